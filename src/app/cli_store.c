#include "app/cli_store.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "store/sqlite.h"

/* Whether the file, if it is there and not empty, begins as SQLite's do (its "Database File
 * Format", 1.3.1). */
static bool may_be_sqlite(const char *path)
{
    static const char magic[16] = "SQLite format 3";
    char head[sizeof magic];
    FILE *file = fopen(path, "rb");
    if (!file)
        return true;
    size_t len = fread(head, 1, sizeof head, file);
    fclose(file);
    return len == 0 || (len == sizeof magic && memcmp(head, magic, len) == 0);
}

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
    if (!app && !may_be_sqlite(sqlite.path)) { /* a server would put it aside and begin anew */
        fprintf(stderr, "langserved: %s is no store: it is no SQLite file\n", sqlite.path);
        return NULL;
    }
    return app ? app_store(app, loop) : sqlite_store_new(loop, &sqlite);
}
