#include "store/sqlite_schema.h"

#include <stdbool.h>
#include <stddef.h>

#define TEXT_OF(number) #number
#define TEXT(number) TEXT_OF(number)
#define APPLICATION_ID 1280529236 /* "LSST" */

/* Step n makes version n + 1 of version n; released steps never change. */
static const char *const steps[] = {
    "CREATE TABLE entry (id INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE, expires INTEGER);"
    "CREATE INDEX entry_expires ON entry (expires) WHERE expires IS NOT NULL;"
    "CREATE TABLE item (entry INTEGER NOT NULL REFERENCES entry (id) ON DELETE CASCADE,"
    " place INTEGER NOT NULL, data BLOB NOT NULL, PRIMARY KEY (entry, place)) WITHOUT ROWID;"
    "PRAGMA application_id = " TEXT(APPLICATION_ID) ";"
                                                    "PRAGMA user_version = 1;",
    "CREATE TABLE cache (id INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE,"
    " expires INTEGER NOT NULL, data BLOB NOT NULL);"
    "CREATE INDEX cache_expires ON cache (expires);"
    "CREATE TABLE cache_total (entries INTEGER NOT NULL, bytes INTEGER NOT NULL);"
    "INSERT INTO cache_total VALUES (0, 0);"
    "CREATE TRIGGER cache_added AFTER INSERT ON cache BEGIN UPDATE cache_total SET"
    " entries = entries + 1, bytes = bytes + length(new.key) + length(new.data); END;"
    "CREATE TRIGGER cache_dropped AFTER DELETE ON cache BEGIN UPDATE cache_total SET"
    " entries = entries - 1, bytes = bytes - length(old.key) - length(old.data); END;"
    "PRAGMA user_version = 2;",
};

enum { LATEST = sizeof steps / sizeof steps[0] };

static int read_number(sqlite3 *db, const char *sql, int *number)
{
    sqlite3_stmt *statement;
    int code = sqlite3_prepare_v2(db, sql, -1, &statement, NULL);
    if (code)
        return code;
    code = sqlite3_step(statement);
    *number = sqlite3_column_int(statement, 0);
    sqlite3_finalize(statement);
    return code == SQLITE_ROW ? SQLITE_OK : code;
}

/* The version of the file's tables, 0 for an empty one. */
static int read_version(sqlite3 *db, int *version)
{
    int application = 0, tables = 0;
    int code = read_number(db, "PRAGMA user_version", version);
    if (!code)
        code = read_number(db, "PRAGMA application_id", &application);
    if (!code)
        code = read_number(db, "SELECT count(*) FROM sqlite_schema", &tables);
    if (code)
        return code;
    bool empty = tables == 0 && application == 0;
    if (!empty && application != APPLICATION_ID)
        return SCHEMA_FOREIGN;
    return *version > LATEST ? SCHEMA_NEWER : SQLITE_OK;
}

static int take_steps(sqlite3 *db)
{
    int version;
    int code = read_version(db, &version);
    for (; !code && version < LATEST; version++)
        code = sqlite3_exec(db, steps[version], NULL, NULL, NULL);
    return code;
}

int sqlite_schema_update(sqlite3 *db)
{
    int version;
    int code = read_version(db, &version);
    if (code || version == LATEST)
        return code;
    code = sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL);
    if (!code)
        code = take_steps(db);
    if (!code)
        code = sqlite3_exec(db, "COMMIT", NULL, NULL, NULL);
    return code; /* a transaction that was not ended ends with the connection */
}

const char *sqlite_schema_fault(int code)
{
    return code == SCHEMA_NEWER ? "a later version of langserved made it"
                                : "it is another program's database";
}
