/* The corpus of tests/lua: lambdas that want out of the sandbox, and lambdas without end. */
#include <dirent.h>

#include "base/buf.h"
#include "base/mem.h"
#include "lua/box_stand.h"

enum { LEAST_ESCAPES = 100, LEAST_HOGS = 80, LEAST_SLICES = 1 };

static char *read_text(const char *path)
{
    struct buf text;
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    buf_init(&text, 1 << 20);
    char *room = buf_reserve(&text, 1 << 16);
    buf_commit(&text, fread(room, 1, 1 << 16, file));
    fclose(file);
    return buf_take(&text);
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Calls `check` with the name and the text of each file of a folder; returns how many. */
static size_t for_each(const char *folder, void (*check)(const char *name, const char *text))
{
    char *names[1000];
    size_t count = 0;
    /* beside this file's folder: src/lua/… and tests/lua/… */
    char *path = mem_printf("%.*s/../../tests/lua/%s", (int)(strrchr(__FILE__, '/') - __FILE__),
                            __FILE__, folder);
    DIR *dir = opendir(path);
    assert_non_null(dir);
    for (struct dirent *entry; (entry = readdir(dir)) && count < 1000;)
        if (entry->d_name[0] != '.')
            names[count++] = mem_strdup(entry->d_name);
    closedir(dir);
    qsort(names, count, sizeof *names, compare_names);
    for (size_t i = 0; i < count; i++) {
        char *file = mem_printf("%s/%s", path, names[i]);
        char *text = read_text(file);
        check(names[i], text);
        free(text);
        free(file);
        free(names[i]);
    }
    free(path);
    return count;
}

/* Runs the attempt, then looks whether the libraries are whole. */
static const char guarded[] =
    "local function attempt() local _ENV = _ENV %s\nend "
    "local upper, kind, protected, unpacked = string.upper, type, pcall, table.unpack "
    "local well, got = pcall(attempt) "
    "local whole = ('x'):upper() == 'X' and upper('y') == 'Y' and type(1) == 'number' and"
    " string.upper == upper and type == kind and pcall == protected and"
    " table.unpack == unpacked and x == nil and escaped == nil and string[1] == nil "
    "return {escaped = well and got == true, whole = whole}";

static void check_escape(const char *name, const char *text)
{
    const struct box_limits limits = {.memory = 8 << 20, .time_ms = 2000};
    char *source = mem_printf(guarded, text);
    struct box *box = box_stand_load(source, &limits);
    for (int i = 0; i < 2; i++) {
        struct told told;
        box_stand_run(box, NULL, &told);
        if (strcmp(told.text, "{\"escaped\":false,\"whole\":true}") != 0)
            fail_msg("%s: %s", name, told.text);
    }
    box_free(&box);
    free(source);
}

static void test_escapes(void **state)
{
    (void)state;
    size_t count = for_each("escapes", check_escape);
    printf("%zu escapes\n", count);
    assert_true(count >= LEAST_ESCAPES);
}

/* Ends; and when that is by the limit of time, others could run meanwhile. */
static void check_hog(const char *name, const char *text)
{
    const struct box_limits limits = {.memory = 8 << 20, .time_ms = 500};
    struct box *box = box_stand_load(text, &limits);
    struct told told;
    box_stand_run(box, NULL, &told);
    if (getenv("LS_SHOW"))
        printf("%-32s %7zu slices, longest %7.2f ms, of which %7.2f worked: %.60s\n", name,
               told.slices, (double)told.longest_us / 1000, (double)told.longest_cpu_us / 1000,
               told.text);
    if (told.err == LS_TIMEOUT && told.slices < LEAST_SLICES)
        fail_msg("%s: only %zu slices", name, told.slices);
    box_free(&box);
}

static void test_hogs(void **state)
{
    (void)state;
    size_t count = for_each("hogs", check_hog);
    printf("%zu hogs\n", count);
    assert_true(count >= LEAST_HOGS);
}

/* A box that was used up serves the next call. */
static void test_box_recovers(void **state)
{
    (void)state;
    const struct box_limits limits = {.memory = 2 << 20, .time_ms = 100};
    struct box *box = box_stand_load("if input == 1 then while true do end end "
                                     "if input == 2 then local t = {} "
                                     "while true do t[#t + 1] = {} end end return 'well'",
                                     &limits);
    static const enum ls_err ends[] = {LS_OK, LS_TIMEOUT, LS_INTERNAL};
    for (int i = 0; i < 9; i++) {
        struct told told;
        json_t *input = json_integer(i % 3);
        box_stand_run(box, input, &told);
        assert_int_equal(told.err, ends[i % 3]);
        json_decref(input);
    }
    box_free(&box);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_escapes),
        cmocka_unit_test(test_hogs),
        cmocka_unit_test(test_box_recovers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
