/* The store's file: whose it is, what becomes of it when it is locked, full or corrupt. */
#include "store/store_stand.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/stat.h>

static struct store_stand stand;

static int set_up(void **state)
{
    (void)state;
    store_stand_init(&stand, loop_new_virtual(), NULL);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    store_stand_fini(&stand);
    return 0;
}

static void reopen(void)
{
    store_free(&stand.store);
    stand.store = stand_store_new(&stand);
}

/* Another program's connection to the file. */
static sqlite3 *intruder(void)
{
    sqlite3 *db;
    assert_int_equal(sqlite3_open(stand.path, &db), SQLITE_OK);
    return db;
}

static void exec(sqlite3 *db, const char *sql)
{
    char *why = NULL;
    if (sqlite3_exec(db, sql, NULL, NULL, &why) != SQLITE_OK)
        fail_msg("%s: %s", sql, why);
}

static int number(const char *sql)
{
    sqlite3 *db = intruder();
    sqlite3_stmt *statement;
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &statement, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    int found = sqlite3_column_int(statement, 0);
    sqlite3_finalize(statement);
    sqlite3_close(db);
    return found;
}

/* How many files beside the store's have ".corrupt-" in their names and none of SQLite's ends. */
static int count_set_aside(void)
{
    char folder[96];
    int count = 0;
    snprintf(folder, sizeof folder, "%s/own", stand.folder);
    DIR *entries = opendir(folder);
    for (struct dirent *entry; (entry = readdir(entries));)
        count += strstr(entry->d_name, "store.db.corrupt-") && !strstr(entry->d_name, "-wal") &&
                 !strstr(entry->d_name, "-shm");
    closedir(entries);
    return count;
}

/* Spoils what of the file lies behind its first `from` bytes. */
static void spoil(off_t from)
{
    struct stat found;
    assert_int_equal(stat(stand.path, &found), 0);
    int fd = open(stand.path, O_WRONLY);
    for (off_t at = from; at < found.st_size; at += 8)
        assert_int_equal(pwrite(fd, "spoiled!", 8, at), 8);
    close(fd);
}

static void test_nothing_is_made_before_it_is_needed(void **state)
{
    (void)state;
    struct stat found;
    char folder[96];
    snprintf(folder, sizeof folder, "%s/own", stand.folder);
    loop_run(stand.loop);
    assert_int_not_equal(stat(folder, &found), 0);
    stand_do(&stand, STORE_APPEND, "k", "a");
    assert_int_equal(stat(folder, &found), 0);
    assert_int_equal(found.st_mode & 0777, 0700);
    assert_int_equal(stat(stand.path, &found), 0);
    assert_int_equal(found.st_mode & 0777, 0600);
}

static void test_it_is_there_when_opened_again(void **state)
{
    (void)state;
    stand_do(&stand, STORE_APPEND, "k", "a");
    reopen();
    assert_list(&stand, "k", "a");
    assert_int_equal(number("PRAGMA user_version"), 2);
}

static void test_two_processes_may_share_it(void **state)
{
    (void)state;
    struct store *other = stand_store_new(&stand);
    const struct store_text item = text_of("b");
    const struct store_request request = {
        .verb = STORE_APPEND, .key = text_of("k"), .items = &item, .count = 1};
    stand_do(&stand, STORE_APPEND, "k", "a");
    stand_ask_of(&stand, other, &request);
    stand_do(&stand, STORE_APPEND, "k", "c");
    assert_list(&stand, "k", "a|b|c");
    store_free(&other);
}

static void test_what_has_expired_is_swept(void **state)
{
    (void)state;
    stand_do(&stand, STORE_APPEND, "k", "a");
    stand_do(&stand, STORE_APPEND, "l", "b");
    sqlite3 *db = intruder();
    exec(db, "UPDATE entry SET expires = 1000 WHERE key = CAST('k' AS BLOB)");
    sqlite3_close(db);
    reopen(); /* the first request sweeps */
    stand_do(&stand, STORE_READ, "other", NULL);
    assert_int_equal(number("SELECT count(*) FROM entry"), 1);
    assert_int_equal(number("SELECT count(*) FROM item"), 1);
}

static void test_a_folder_that_cannot_be_made(void **state)
{
    (void)state;
    snprintf(stand.path, sizeof stand.path, "%s/no/such/store.db", stand.folder);
    reopen();
    assert_int_equal(stand_do(&stand, STORE_APPEND, "k", "a"), LS_STORE);
    assert_non_null(strstr(stand.message, "/no/such/store.db: its folder cannot be made: No such"));
}

static void test_a_database_of_another_program_is_left_alone(void **state)
{
    (void)state;
    stand_do(&stand, STORE_APPEND, "k", "a");
    snprintf(stand.path, sizeof stand.path, "%s/own/other.db", stand.folder);
    sqlite3 *db = intruder();
    exec(db, "CREATE TABLE theirs (x); INSERT INTO theirs VALUES (7)");
    sqlite3_close(db);
    reopen();
    assert_int_equal(stand_do(&stand, STORE_APPEND, "k", "a"), LS_STORE);
    assert_non_null(strstr(stand.message, "another program's database"));
    assert_int_equal(number("SELECT x FROM theirs"), 7);
    assert_int_equal(count_set_aside(), 0);
}

static void test_a_file_of_a_later_version_is_left_alone(void **state)
{
    (void)state;
    stand_do(&stand, STORE_APPEND, "k", "a");
    sqlite3 *db = intruder();
    exec(db, "PRAGMA user_version = 999");
    sqlite3_close(db);
    reopen();
    assert_int_equal(stand_do(&stand, STORE_READ, "k", NULL), LS_STORE);
    assert_non_null(strstr(stand.message, "a later version"));
    assert_int_equal(number("PRAGMA user_version"), 999);
}

static void test_a_locked_file_is_an_error_until_it_is_free(void **state)
{
    (void)state;
    stand_do(&stand, STORE_APPEND, "k", "a");
    sqlite3 *db = intruder();
    exec(db, "BEGIN EXCLUSIVE");
    assert_int_equal(stand_do(&stand, STORE_APPEND, "k", "b"), LS_STORE);
    assert_non_null(strstr(stand.message, "locked"));
    assert_list(&stand, "k", "a"); /* reading goes on */
    exec(db, "COMMIT");
    assert_int_equal(stand_do(&stand, STORE_APPEND, "k", "c"), LS_OK);
    assert_list(&stand, "k", "a|c");
    sqlite3_close(db);
}

static void test_a_file_locked_for_all_cannot_be_opened(void **state)
{
    (void)state;
    stand_do(&stand, STORE_APPEND, "k", "a");
    store_free(&stand.store);
    sqlite3 *db = intruder();
    exec(db, "PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE");
    stand.store = stand_store_new(&stand);
    assert_int_equal(stand_do(&stand, STORE_READ, "k", NULL), LS_STORE);
    assert_non_null(strstr(stand.message, "locked"));
    exec(db, "COMMIT");
    sqlite3_close(db);
    assert_list(&stand, "k", "a");
}

static void test_a_full_disk_is_an_error_until_there_is_room(void **state)
{
    (void)state;
    struct rlimit before, tight = {.rlim_cur = 1 << 20};
    char *large = malloc((2 << 20) + 1);
    memset(large, 'x', 2 << 20);
    large[2 << 20] = '\0';
    stand_do(&stand, STORE_APPEND, "k", "a");
    getrlimit(RLIMIT_FSIZE, &before);
    tight.rlim_max = before.rlim_max;
    setrlimit(RLIMIT_FSIZE, &tight);
    for (int i = 0; i < 3; i++)
        assert_int_equal(stand_do(&stand, STORE_APPEND, "k", large), LS_STORE);
    setrlimit(RLIMIT_FSIZE, &before);
    assert_true(stand.message[0] != '\0');
    assert_list(&stand, "k", "a");
    assert_int_equal(stand_do(&stand, STORE_APPEND, "k", large), LS_OK);
    free(large);
    stand_do(&stand, STORE_READ, "k", NULL);
    assert_int_equal(stand.count, 2);
}

static void fill_file(void)
{
    char text[4000];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    for (int i = 0; i < 50; i++)
        stand_do(&stand, STORE_APPEND, "k", text);
    store_free(&stand.store); /* the last to close it: all is in the file itself */
}

/* Spoiled from this byte on: no database at all, no tables, no rows. */
static void test_a_corrupt_file_is_set_aside(void **state)
{
    (void)state;
    static const off_t places[] = {0, 100, 4096, 3 * 4096};
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        stand.store = stand.store ? stand.store : stand_store_new(&stand);
        fill_file();
        spoil(places[i]);
        stand.store = stand_store_new(&stand);
        assert_int_equal(stand_do(&stand, STORE_APPEND, "k", "new"), LS_OK);
        stand_do(&stand, STORE_READ, "k", NULL);
        assert_int_equal(stand.err, LS_OK);
        assert_list(&stand, "k", "new");
        assert_int_equal(count_set_aside(), (int)i + 1);
        assert_int_equal(number("PRAGMA user_version"), 2);
        store_free(&stand.store);
        unlink(stand.path);
    }
}

static void test_others_follow_when_it_was_set_aside(void **state)
{
    (void)state;
    struct store *other = stand_store_new(&stand);
    const struct store_text item = text_of("theirs");
    const struct store_request append = {
        .verb = STORE_APPEND, .key = text_of("l"), .items = &item, .count = 1};
    stand_ask_of(&stand, other, &append); /* both have it open */
    stand_do(&stand, STORE_READ, "k", NULL);
    char aside[112];
    snprintf(aside, sizeof aside, "%s.corrupt-by-hand", stand.path);
    assert_int_equal(rename(stand.path, aside), 0);
    assert_int_equal(stand_do(&stand, STORE_APPEND, "k", "new"), LS_OK);
    stand_ask_of(&stand, other, &append);
    assert_int_equal(stand.err, LS_OK);
    store_free(&other);
    assert_list(&stand, "k", "new");
    assert_list(&stand, "l", "theirs");
}

static void test_a_removed_file_is_made_anew(void **state)
{
    (void)state;
    stand_do(&stand, STORE_APPEND, "k", "a");
    unlink(stand.path);
    assert_int_equal(stand_do(&stand, STORE_APPEND, "k", "b"), LS_OK);
    assert_int_equal(access(stand.path, R_OK), 0);
    stand_do(&stand, STORE_APPEND, "k", "c");
    reopen();
    stand_do(&stand, STORE_READ, "k", NULL);
    assert_int_equal(stand.err, LS_OK);
    assert_string_equal(stand.given.data + stand.given.len - 3, "b|c");
}

static void cache(const char *key, const char *value)
{
    const struct store_text item = text_of(value);
    const struct store_request request = {
        .verb = STORE_CACHE, .key = text_of(key), .items = &item, .count = 1, .ttl = 3600000};
    stand_ask_of(&stand, stand.store, &request);
    assert_int_equal(stand.err, LS_OK);
}

static bool is_cached(const char *key)
{
    assert_int_equal(stand_do(&stand, STORE_RECALL, key, NULL), LS_OK);
    return stand.count == 1;
}

/* By a clock that was ahead: it would outlive its time by as much. */
static void test_what_ends_too_late_is_not_given(void **state)
{
    (void)state;
    struct store_request request = {.verb = STORE_RECALL, .key = text_of("a"), .ttl = 3600000};
    cache("a", "value");
    stand_ask_of(&stand, stand.store, &request);
    assert_int_equal(stand.count, 1);
    request.ttl = 1000;
    stand_ask_of(&stand, stand.store, &request);
    assert_int_equal(stand.err, LS_OK);
    assert_int_equal(stand.count, 0);
}

/* The stand's cache holds 4 values and 1 MB. */
static void test_the_oldest_of_the_cache_make_room(void **state)
{
    (void)state;
    static const char *const keys[] = {"a", "b", "c", "d", "e", "f"};
    for (int i = 0; i < 6; i++)
        cache(keys[i], "value");
    for (int i = 0; i < 6; i++)
        assert_true(is_cached(keys[i]) == (i >= 2));
    cache("c", "young again");
    cache("g", "value");
    assert_true(is_cached("c"));
    assert_false(is_cached("d"));
    assert_int_equal(number("SELECT entries FROM cache_total"), 4);
    assert_int_equal(number("SELECT bytes - (SELECT sum(length(key) + length(data)) FROM cache)"
                            " FROM cache_total"),
                     0);
}

static void test_the_cache_is_bounded_in_bytes(void **state)
{
    (void)state;
    size_t len = 400 << 10;
    char *large = malloc(3 * len + 1);
    memset(large, 'x', 3 * len);
    large[3 * len] = '\0';
    cache("huge", large);
    assert_false(is_cached("huge"));
    large[len] = '\0';
    cache("a", large);
    cache("b", large);
    assert_true(is_cached("a"));
    cache("c", large);
    free(large);
    assert_false(is_cached("a"));
    assert_true(is_cached("b") && is_cached("c"));
}

static void test_what_has_expired_in_the_cache_is_swept(void **state)
{
    (void)state;
    cache("a", "value");
    cache("b", "value");
    sqlite3 *db = intruder();
    exec(db, "UPDATE cache SET expires = 1000 WHERE key = CAST('a' AS BLOB)");
    sqlite3_close(db);
    stand_do(&stand, STORE_COUNT, "", NULL);
    assert_string_equal(buf_str(&stand.given), "1");
    reopen(); /* the first request sweeps */
    assert_false(is_cached("a"));
    assert_int_equal(number("SELECT count(*) FROM cache"), 1);
    assert_int_equal(number("SELECT entries FROM cache_total"), 1);
}

/* A file of the first version, with a conversation in it. */
static void test_an_older_file_is_brought_up_to_date(void **state)
{
    (void)state;
    stand_do(&stand, STORE_APPEND, "k", "a");
    sqlite3 *db = intruder();
    exec(db, "DROP TABLE cache; DROP TABLE cache_total; PRAGMA user_version = 1");
    sqlite3_close(db);
    reopen();
    cache("c", "value");
    assert_true(is_cached("c"));
    assert_list(&stand, "k", "a");
    assert_int_equal(number("PRAGMA user_version"), 2);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_nothing_is_made_before_it_is_needed),
        TEST(test_it_is_there_when_opened_again),
        TEST(test_two_processes_may_share_it),
        TEST(test_what_has_expired_is_swept),
        TEST(test_a_folder_that_cannot_be_made),
        TEST(test_a_database_of_another_program_is_left_alone),
        TEST(test_a_file_of_a_later_version_is_left_alone),
        TEST(test_a_locked_file_is_an_error_until_it_is_free),
        TEST(test_a_file_locked_for_all_cannot_be_opened),
        TEST(test_a_full_disk_is_an_error_until_there_is_room),
        TEST(test_a_corrupt_file_is_set_aside),
        TEST(test_others_follow_when_it_was_set_aside),
        TEST(test_a_removed_file_is_made_anew),
        TEST(test_what_ends_too_late_is_not_given),
        TEST(test_the_oldest_of_the_cache_make_room),
        TEST(test_the_cache_is_bounded_in_bytes),
        TEST(test_what_has_expired_in_the_cache_is_swept),
        TEST(test_an_older_file_is_brought_up_to_date),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
