/* What of a site needs a key. */
#include "gates/auth.h"
#include "routes/site.h"

const struct auth *site_auth(const struct site *site, const struct path_entry *entry)
{
    if (entry->route)
        return entry->route->auth;
    return entry->area & site->guarded ? site->auth : NULL;
}

bool site_stores_keys(const struct site *site)
{
    bool stored = site->auth && site->auth->stored;
    for (size_t i = 0; i < site->count && !stored; i++)
        stored = site->routes[i]->auth && site->routes[i]->auth->stored;
    return stored;
}
