#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "base/metrics.h"

static struct buf text;

static int set_up(void **state)
{
    (void)state;
    metrics_open();
    buf_init(&text, 16 << 20);
    return metrics.http_requests ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    buf_fini(&text);
    return 0;
}

static const char *printed(void)
{
    buf_reset(&text);
    metrics_print(&text);
    return buf_str(&text);
}

static void assert_line(const char *line)
{
    if (!strstr(printed(), line))
        fail_msg("not printed: %s", line);
}

static struct metric *declare(const char *name, enum metric_type type, size_t series,
                              const char *const *labels)
{
    const struct metric_def def = {
        .name = name, .help = "h", .type = type, .series = series, .labels = labels};
    return metric_declare(&def);
}

static const char *const one_label[] = {"who", NULL}, *const two_labels[] = {"a", "b", NULL};

/* Starts `count` processes that call fn(i), and waits for them. */
static void in_processes(int count, void (*fn)(int i))
{
    for (int i = 0; i < count; i++)
        if (fork() == 0) {
            fn(i);
            _exit(0);
        }
    for (int i = 0, status; i < count; i++) {
        assert_true(wait(&status) > 0);
        assert_int_equal(status, 0);
    }
}

enum { PROCESSES = 8, TIMES = 20000 };
static struct metric *counter, *histogram;

/* All of them find, or make, the same series at the same time. */
static void add_many(int i)
{
    (void)i;
    for (int n = 0; n < TIMES; n++) {
        char who[16];
        snprintf(who, sizeof who, "%d", n % 10);
        struct series series = metric_series(counter, (const char *[]){who});
        series_add(&series, 1);
        metric_observe(histogram, n % 4);
    }
}

static void what_many_processes_add_at_once_sums_exactly(void **state)
{
    (void)state;
    const double bounds[] = {0, 1.5, 2};
    char line[80];
    counter = declare("many_total", METRIC_COUNTER, 20, one_label);
    histogram = metric_declare(&(struct metric_def){.name = "many_seconds",
                                                    .help = "h",
                                                    .type = METRIC_HISTOGRAM,
                                                    .buckets = bounds,
                                                    .bucket_count = 3});
    in_processes(PROCESSES, add_many);
    for (int i = 0; i < 10; i++) {
        snprintf(line, sizeof line, "\nmany_total{who=\"%d\"} %d\n", i, PROCESSES * TIMES / 10);
        assert_line(line);
    }
    snprintf(line, sizeof line, "many_seconds_bucket{le=\"0.0\"} %d\n", PROCESSES * TIMES / 4);
    assert_line(line);
    snprintf(line, sizeof line, "many_seconds_bucket{le=\"1.5\"} %d\n", PROCESSES * TIMES / 2);
    assert_line(line);
    snprintf(line, sizeof line, "many_seconds_bucket{le=\"2.0\"} %d\n", PROCESSES * TIMES / 4 * 3);
    assert_line(line);
    snprintf(line, sizeof line, "many_seconds_count %d\nmany_seconds_sum %d\n", PROCESSES * TIMES,
             PROCESSES * TIMES / 4 * 6);
    assert_line(line);
}

static struct series held;

static void hold_gauge(int i)
{
    metrics_enter_worker((unsigned)i + 3);
    series_add(&held, 5);
    series_add(&held, -1);
}

static void a_dead_worker_leaves_nothing_in_gauges(void **state)
{
    (void)state;
    struct metric *gauge = declare("held", METRIC_GAUGE, 4, one_label);
    held = metric_series(gauge, (const char *[]){"x"});
    series_set(&held, 2);
    in_processes(3, hold_gauge);
    assert_true(metrics_worker(3) > 0 && metrics_worker(5) > 0);
    assert_int_equal(metrics_worker(6), 0);
    assert_line("held{who=\"x\"} 14\n");
    metrics_forget_worker(4);
    assert_int_equal(metrics_worker(4), 0);
    assert_line("held{who=\"x\"} 10\n");
    metrics_forget_worker(3);
    metrics_forget_worker(5);
    assert_line("held{who=\"x\"} 2\n");
}

/* Counts the lines that begin so. */
static int lines_of(const char *prefix)
{
    int count = 0;
    for (const char *at = printed(); (at = strstr(at, prefix)); at++)
        count += at == buf_str(&text) || at[-1] == '\n';
    return count;
}

static void series_are_bounded_and_the_log_is_told_once(void **state)
{
    (void)state;
    char value[16], line[256];
    int ends[2], told = 0;
    struct metric *metric = declare("bounded_total", METRIC_COUNTER, 5, two_labels);
    assert_int_equal(pipe(ends), 0);
    log_setup(ends[1], LOG_JSON, LOG_INFO);
    for (int i = 0; i < 100000; i++) {
        snprintf(value, sizeof value, "%d", i);
        struct series series = metric_series(metric, (const char *[]){value, "b"});
        series_add(&series, 1);
    }
    close(ends[1]);
    log_setup(STDERR_FILENO, LOG_AUTO, LOG_INFO);
    FILE *log = fdopen(ends[0], "r");
    while (fgets(line, sizeof line, log))
        told += strstr(line, "bounded_total has 5 series") != NULL;
    fclose(log);
    assert_int_equal(told, 1);
    assert_int_equal(lines_of("bounded_total{"), 6);
    assert_line("bounded_total{a=\"4\",b=\"b\"} 1\n");
    assert_line("bounded_total{a=\"other\",b=\"other\"} 99995\n");
}

static void a_value_called_other_is_no_second_series(void **state)
{
    (void)state;
    struct metric *metric = declare("twice_total", METRIC_COUNTER, 2, one_label);
    for (const char *const *value = (const char *const[]){"other", "a", "b", "c", NULL}; *value;
         value++) {
        struct series series = metric_series(metric, (const char *[]){*value});
        series_add(&series, 1);
    }
    assert_int_equal(lines_of("twice_total{"), 2);
    assert_line("twice_total{who=\"other\"} 3\n");
}

static void names_are_escaped_and_cut_between_code_points(void **state)
{
    (void)state;
    char longer[METRIC_VALUE_MAX + 8] = "";
    struct metric *metric = metric_declare(&(struct metric_def){
        .name = "odd_total", .help = "a\\b\nc", .series = 9, .labels = one_label});
    for (size_t i = 0; i < METRIC_VALUE_MAX - 1; i++)
        longer[i] = 'x';
    strcat(longer, "é");
    struct series odd = metric_series(metric, (const char *[]){"\"\\\n中"});
    struct series cut = metric_series(metric, (const char *[]){longer});
    struct series torn = metric_series(metric, (const char *[]){"\xff\xfe"});
    series_add(&odd, 0.1);
    series_add(&cut, 1);
    series_add(&torn, 1e300);
    assert_line("# HELP odd_total a\\\\b\\nc\n# TYPE odd_total counter\n");
    assert_line("odd_total{who=\"\\\"\\\\\\n中\"} 0.1\n");
    longer[METRIC_VALUE_MAX - 1] = '\0';
    strcat(longer, "\"} 1\n");
    assert_line(longer);
    assert_line("odd_total{who=\"\"} 1e+300\n");
}

static void a_metric_is_declared_once_and_another_of_its_name_replaces_it(void **state)
{
    (void)state;
    struct metric *first = declare("again_total", METRIC_COUNTER, 1, NULL);
    metric_add(first, 7);
    assert_ptr_equal(declare("again_total", METRIC_COUNTER, 1, NULL), first);
    assert_line("again_total 7\n");
    struct metric *second = declare("again_total", METRIC_COUNTER, 5, one_label);
    assert_ptr_not_equal(second, first);
    assert_ptr_equal(metric_find("again_total"), second);
    assert_int_equal(lines_of("again_total"), 0);
    assert_int_equal(lines_of("# TYPE again_total"), 1);
    assert_null(metric_find("nobody_total"));
    assert_null(metric_find("http_requests_total")); /* the server's own */
}

static void what_makes_no_sense_counts_nothing(void **state)
{
    (void)state;
    const struct series nothing = {0};
    struct metric *metric = declare("sane_total", METRIC_COUNTER, 1, NULL);
    metric_add(metric, -1);
    metric_add(metric, (double)NAN);
    metric_add(metric, (double)INFINITY);
    metric_observe(metric, 1);
    metric_add(NULL, 1);
    metric_observe(NULL, 1);
    series_add(&nothing, 1);
    series_set(&nothing, 1);
    series_observe(&nothing, 1);
    assert_line("sane_total 0\n");
}

static void what_does_not_fit_the_map_is_refused(void **state)
{
    (void)state;
    struct metric *metric = declare("huge_total", METRIC_COUNTER, 1 << 20, one_label);
    struct series series = metric_series(metric, (const char *[]){"x"});
    series_add(&series, 1);
    assert_int_equal(lines_of("huge_total{"), 0);
    assert_non_null(declare("after_total", METRIC_COUNTER, 1, NULL));
}

static void names_are_checked(void **state)
{
    (void)state;
    assert_true(metric_name_is_well("a_b:c9"));
    assert_false(metric_name_is_well("9a") || metric_name_is_well("") ||
                 metric_name_is_well("a-b") || metric_name_is_well("é"));
    assert_true(metric_label_is_well("source_lang"));
    assert_false(metric_label_is_well("le") || metric_label_is_well("__a") ||
                 metric_label_is_well("a:b"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_many_processes_add_at_once_sums_exactly),
        cmocka_unit_test(a_dead_worker_leaves_nothing_in_gauges),
        cmocka_unit_test(series_are_bounded_and_the_log_is_told_once),
        cmocka_unit_test(a_value_called_other_is_no_second_series),
        cmocka_unit_test(names_are_escaped_and_cut_between_code_points),
        cmocka_unit_test(a_metric_is_declared_once_and_another_of_its_name_replaces_it),
        cmocka_unit_test(what_makes_no_sense_counts_nothing),
        cmocka_unit_test(what_does_not_fit_the_map_is_refused),
        cmocka_unit_test(names_are_checked),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
