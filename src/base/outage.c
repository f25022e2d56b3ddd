#include "base/outage.h"

#include "base/clock.h"

bool outage_begins(struct outage *outage)
{
    if (outage->told || clock_steady_us() < outage->quiet_until)
        return false;
    outage->told = true;
    return true;
}

bool outage_ends(struct outage *outage)
{
    if (!outage->told)
        return false;
    outage->told = false;
    outage->quiet_until = clock_steady_us() + OUTAGE_QUIET_US;
    return true;
}
