/* invoke and stream. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/cli_target.h"
#include "base/json.h"
#include "run/gather.h"

struct printing {
    struct sink sink;
    struct loop *loop;
    bool json;    /* text as JSON, too */
    bool in_line; /* the last thing printed was text without a newline */
    int status;
};

static void print_value(struct printing *printing, const json_t *value)
{
    struct buf text;
    bool plain = json_is_string(value) && !printing->json;
    buf_init(&text, (size_t)1 << 30);
    if (plain)
        buf_add(&text, json_string_value(value), json_string_length(value));
    else
        (void)json_print(&text, value, JSON_WIRE);
    if (!plain && printing->in_line)
        fputc('\n', stdout);
    fwrite(buf_str(&text), 1, text.len, stdout);
    if (!plain)
        fputc('\n', stdout);
    printing->in_line = plain;
    buf_fini(&text);
}

static void print_end(struct printing *printing, const struct outcome *outcome)
{
    if (printing->in_line)
        fputc('\n', stdout);
    fflush(stdout);
    printing->status = outcome->kind == OUTCOME_WELL  ? EXIT_WELL
                       : outcome->err == LS_BAD_INPUT ? EXIT_USAGE
                                                      : EXIT_FAILED;
    if (outcome->kind != OUTCOME_WELL)
        cli_tell_failure(outcome);
}

static void on_output(void *owner, json_t *value, const struct outcome *outcome)
{
    struct printing *printing = owner;
    json_auto_t *null = json_null();
    if (outcome->kind == OUTCOME_WELL)
        print_value(printing, value ? value : null);
    print_end(printing, outcome);
}

static struct sink *gather_output(struct run *run, void *owner)
{
    return gather_sink(&run->root, on_output, owner);
}

static enum flow stream_push(struct sink *sink, const struct chunk *chunk)
{
    print_value(container_of(sink, struct printing, sink), chunk->value);
    return fflush(stdout) == 0 ? FLOW_ON : FLOW_STOP;
}

static void stream_done(struct sink *sink, const struct outcome *outcome)
{
    print_end(container_of(sink, struct printing, sink), outcome);
}

static const struct sink_ops stream_ops = {stream_push, stream_done};

static struct sink *print_stream(struct run *run, void *owner)
{
    struct printing *printing = owner;
    sink_init(&printing->sink, &stream_ops, &run->root);
    return &printing->sink;
}

static int run_one(const struct command *command, int argc, char **argv, bool streaming)
{
    struct cli_run_options words = {0};
    struct printing printing = {.status = EXIT_FAILED};
    const struct cli_option options[] = {{"--config", &words.config, NULL},
                                         {"--json", NULL, &printing.json},
                                         {NULL, NULL, NULL}};
    struct cli_target target = {0};
    const char *text = NULL;
    int status = cli_parse(command, argc, argv, options, words.words, 3, &words.count);
    if (status == CLI_GO_ON)
        status = cli_target_open(command, &words, &target, &text);
    json_auto_t *input = status == CLI_GO_ON ? cli_read_json(command, text) : NULL;
    char *wrong = NULL;
    if (input && !cli_target_check(&target, &input, &wrong)) {
        const struct outcome refused = outcome_error(LS_BAD_INPUT, wrong);
        cli_tell_failure(&refused);
        free(wrong);
        status = EXIT_USAGE;
    } else if (input) {
        cli_target_start(&target, input, streaming, streaming ? print_stream : gather_output,
                         &printing);
        loop_run(target.loop);
        status = printing.status;
    } else if (status == CLI_GO_ON) {
        status = EXIT_USAGE;
    }
    cli_target_close(&target);
    return status;
}

int cli_invoke(const struct command *command, int argc, char **argv)
{
    return run_one(command, argc, argv, false);
}

int cli_stream(const struct command *command, int argc, char **argv)
{
    return run_one(command, argc, argv, true);
}
