/* batch: one run per line of input; outputs in the order of the lines. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/cli_target.h"
#include "base/json.h"
#include "base/mem.h"
#include "loop/input.h"
#include "run/gather.h"

enum { DEFAULT_CONCURRENCY = 10 };

struct line {
    struct cli_batch *batch;
    json_t *output; /* of a line that has ended */
    bool ended;
};

struct cli_batch {
    struct cli_target target;
    const struct command *command;
    struct input *in;
    struct buf read; /* and not yet begun */
    size_t searched; /* of those bytes, for the end of a line */
    struct task fill;
    struct line **lines; /* begun and not yet printed, first of them first */
    size_t waiting, cap; /* how many those are */
    size_t running, at_once, done, failed;
    bool at_end, progress; /* at_end: nothing more can be read */
};

static json_t *failure(enum ls_err err, const char *message)
{
    return json_pack("{s:{s:s,s:s}}", "error", "code", err_code(err), "message", message);
}

/* Takes no more lines than those that were begun. */
static void stop_reading(struct cli_batch *batch)
{
    batch->at_end = true;
    batch->searched = 0;
    buf_reset(&batch->read);
}

static void print_ended(struct cli_batch *batch)
{
    size_t printed = 0;
    struct buf text;
    buf_init(&text, (size_t)1 << 30);
    while (printed < batch->waiting && batch->lines[printed]->ended) {
        struct line *line = batch->lines[printed++];
        (void)json_print(&text, line->output, JSON_WIRE);
        buf_add_char(&text, '\n');
        json_decref(line->output);
        free(line);
    }
    batch->waiting -= printed;
    if (printed > 0)
        memmove(batch->lines, batch->lines + printed, batch->waiting * sizeof(struct line *));
    fwrite(buf_str(&text), 1, text.len, stdout);
    if (fflush(stdout) != 0) /* nobody hears the rest */
        stop_reading(batch);
    buf_fini(&text);
    if (batch->progress)
        fprintf(stderr, "\r%zu done, %zu failed ", batch->done, batch->failed);
}

static void end_line(struct line *line, json_t *output, bool failed)
{
    line->output = output;
    line->ended = true;
    line->batch->done++;
    line->batch->failed += failed;
    loop_soon(line->batch->target.loop, &line->batch->fill);
}

static void on_output(void *owner, json_t *value, const struct outcome *outcome)
{
    struct line *line = owner;
    bool well = outcome->kind == OUTCOME_WELL;
    line->batch->running--;
    end_line(line,
             !well   ? failure(outcome->err, outcome_message(outcome))
             : value ? json_incref(value)
                     : json_null(),
             !well);
}

static struct sink *gather_output(struct run *run, void *owner)
{
    return gather_sink(&run->root, on_output, owner);
}

static struct line *add_line(struct cli_batch *batch)
{
    struct line *line = mem_zalloc(1, sizeof *line);
    line->batch = batch;
    if (batch->waiting == batch->cap) {
        batch->cap = batch->cap ? batch->cap * 2 : 64;
        batch->lines = mem_resize(batch->lines, batch->cap, sizeof(struct line *));
    }
    batch->lines[batch->waiting++] = line;
    return line;
}

static void start_line(struct cli_batch *batch, const char *text, size_t len)
{
    json_t *input = NULL;
    const char *why = NULL;
    char *wrong = NULL;
    struct line *line = add_line(batch);
    if (json_read(&input, text, len, &why) != LS_OK) {
        end_line(line, failure(LS_BAD_SYNTAX, why), true);
        return;
    }
    if (!cli_target_check(&batch->target, &input, &wrong)) {
        end_line(line, failure(LS_BAD_INPUT, wrong), true);
        free(wrong);
        json_decref(input);
        return;
    }
    batch->running++;
    cli_target_start(&batch->target, input, false, gather_output, line);
    json_decref(input);
}

static bool is_blank(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (!strchr(" \t\r\n", text[i]))
            return false;
    return true;
}

/* The length of the next line that was read, with its end; 0: it is not there yet. */
static size_t next_line(struct cli_batch *batch)
{
    const char *text = buf_str(&batch->read);
    const char *end = memchr(text + batch->searched, '\n', batch->read.len - batch->searched);
    batch->searched = end ? 0 : batch->read.len;
    return end ? (size_t)(end - text) + 1 : batch->at_end ? batch->read.len : 0;
}

/* Whether one more line may be begun; a slow first line lets at most `MAX_AHEAD` wait. */
static bool has_room(const struct cli_batch *batch)
{
    enum { MAX_AHEAD = 10000 };
    return batch->running < batch->at_once && batch->waiting < MAX_AHEAD;
}

/* Begins as many lines as may be under way, and reads on when there are too few. */
static void on_fill(struct task *task)
{
    struct cli_batch *batch = container_of(task, struct cli_batch, fill);
    size_t len = 0;
    print_ended(batch);
    while (has_room(batch) && (len = next_line(batch)) > 0) {
        if (!is_blank(buf_str(&batch->read), len))
            start_line(batch, buf_str(&batch->read), len);
        buf_consume(&batch->read, len);
        batch->searched = 0;
    }
    if (has_room(batch) && !batch->at_end && !input_is_asked(batch->in))
        input_ask(batch->in);
}

static void on_bytes(void *owner, const char *data, size_t len)
{
    struct cli_batch *batch = owner;
    if (batch->at_end)
        return;
    batch->at_end = len == 0;
    if (buf_add(&batch->read, data, len) != LS_OK) {
        stop_reading(batch);
        end_line(add_line(batch), failure(LS_TOO_BIG, "this line is too long, reading ends here"),
                 true);
    }
    loop_soon(batch->target.loop, &batch->fill);
}

static int open_inputs(const struct command *command, const char *path)
{
    if (!path || strcmp(path, "-") == 0)
        return STDIN_FILENO;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        cli_misused(command, "cannot read %s: %s", path, strerror(errno));
    return fd;
}

/* The exit status; tells of what could not be read. */
static int end_batch(struct cli_batch *batch, const char *path)
{
    int fault = input_fault(batch->in);
    if (fault == 0)
        return batch->failed > 0 ? EXIT_FAILED : EXIT_WELL;
    fprintf(stderr, "langserved batch: cannot read %s: %s\n", path, strerror(fault));
    return EXIT_USAGE;
}

static int run_batch(struct cli_batch *batch, int fd, const char *path)
{
    buf_init(&batch->read, CLI_MAX_INPUT);
    batch->in = input_new(batch->target.loop, fd, on_bytes, batch);
    task_init(&batch->fill, on_fill);
    loop_soon(batch->target.loop, &batch->fill);
    loop_run(batch->target.loop);
    print_ended(batch);
    if (batch->progress)
        fputs("\n", stderr);
    int status = end_batch(batch, fd == STDIN_FILENO ? "standard input" : path);
    input_free(&batch->in);
    buf_fini(&batch->read);
    free(batch->lines);
    return status;
}

int cli_batch(const struct command *command, int argc, char **argv)
{
    struct cli_run_options words = {0};
    struct cli_batch batch = {.progress = isatty(STDERR_FILENO)};
    const char *concurrency = NULL, *path = NULL;
    long at_once = DEFAULT_CONCURRENCY;
    const struct cli_option options[] = {{"--config", &words.config, NULL},
                                         {"--concurrency", &concurrency, NULL},
                                         {NULL, NULL, NULL}};
    int status = cli_parse(command, argc, argv, options, words.words, 3, &words.count);
    if (status != CLI_GO_ON)
        return status;
    if (concurrency && !cli_number(command, "--concurrency", concurrency, 1, 10000, &at_once))
        return EXIT_USAGE;
    batch.at_once = (size_t)at_once;
    status = cli_target_open(command, &words, &batch.target, &path);
    int fd = status == CLI_GO_ON ? open_inputs(command, path) : -1;
    if (fd >= 0)
        status = run_batch(&batch, fd, path);
    else if (status == CLI_GO_ON)
        status = EXIT_USAGE;
    if (fd > STDIN_FILENO)
        close(fd);
    cli_target_close(&batch.target);
    return status;
}
