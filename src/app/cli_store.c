#include "app/cli_store.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "store/sqlite.h"

struct store *cli_store(const struct app *app, const char *path, bool make, struct loop *loop)
{
    struct sqlite_options sqlite = {.path = path ? path : ".langserved/store.db",
                                    .busy_timeout = 5000};
    if (app && app->store.url)
        return app_store(app, loop);
    if (app)
        sqlite.path = app->store.path;
    if (!make && access(sqlite.path, R_OK) != 0) {
        fprintf(stderr, "langserved: %s: %s\n", sqlite.path, strerror(errno));
        return NULL;
    }
    return app ? app_store(app, loop) : sqlite_store_new(loop, &sqlite);
}
