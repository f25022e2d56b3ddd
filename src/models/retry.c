/* The figures are those of OpenAI's own clients. */
#include "models/retry.h"

#include <math.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/id.h"

enum { FIRST_MS = 500, MOST_MS = 8000, MOST_ASKED_MS = 60000 };

bool retry_status(int status)
{
    return status == 429 || (status >= 500 && status <= 599);
}

/* The number `text` spells, times `scale`, as ms; -1 when it spells none. */
static int64_t read_ms(const char *text, double scale)
{
    char *end;
    if (!text || *text < '0' || *text > '9')
        return -1;
    double value = strtod(text, &end) * scale;
    return *end == '\0' && isfinite(value) && value < 1e15 ? (int64_t)ceil(value) : -1;
}

int64_t retry_asked(const char *after_ms, const char *after, int64_t now_us)
{
    int64_t ms = read_ms(after_ms, 1);
    if (ms < 0)
        ms = read_ms(after, 1000);
    if (ms >= 0 || !after)
        return ms;
    int64_t date = clock_parse_http(after);
    if (date < 0)
        return -1;
    ms = date * 1000 - now_us / 1000;
    return ms > 0 ? ms : 0;
}

int64_t retry_wait(unsigned attempt, int64_t asked)
{
    if (asked >= 0 && asked <= MOST_ASKED_MS)
        return asked;
    int64_t ms = FIRST_MS;
    for (unsigned i = 1; i < attempt && ms < MOST_MS; i++)
        ms *= 2;
    if (ms > MOST_MS)
        ms = MOST_MS;
    uint32_t random;
    random_bytes(&random, sizeof random);
    return ms - (int64_t)(random % (uint32_t)(ms / 4 + 1));
}
