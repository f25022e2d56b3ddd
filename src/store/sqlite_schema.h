/* The tables of the store's SQLite file, and their history. */
#pragma once

#include <sqlite3.h>

/* Beside SQLite's result codes. */
enum {
    SCHEMA_FOREIGN = 10001, /* the file is another program's */
    SCHEMA_NEWER,           /* a later version of this program made it */
};

/* Makes the tables of an empty file, or brings them up to date; one transaction, whoever else is
 * at it. */
int sqlite_schema_update(sqlite3 *db);

/* A sentence about a SCHEMA_ code. */
const char *sqlite_schema_fault(int code);
