#include "app/cli_options.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"

static const struct cli_option *find(const struct cli_option *options, const char *arg, size_t len)
{
    for (const struct cli_option *o = options; o->name; o++)
        if (strlen(o->name) == len && strncmp(o->name, arg, len) == 0)
            return o;
    return NULL;
}

/* Says that there is no such option, and which was probably meant. */
static int refuse_option(const struct command *command, const struct cli_option *options,
                         const char *arg, size_t len)
{
    enum { MAX_OPTIONS = 16 };
    const char *names[MAX_OPTIONS + 2] = {"--help"};
    char *name = mem_strndup(arg, len);
    for (size_t i = 0; i < MAX_OPTIONS && options[i].name; i++)
        names[i + 1] = options[i].name;
    const char *near = text_nearest(name, names);
    int status = cli_misused(command, "there is no option %s%s%s%s", name,
                             near ? ", did you mean " : "", near ? near : "", near ? "?" : "");
    free(name);
    return status;
}

/* Takes the option at argv[*i], and its argument, which may follow '='. */
static int take_option(const struct command *command, int argc, char **argv, int *i,
                       const struct cli_option *options)
{
    const char *arg = argv[*i];
    size_t len = strcspn(arg, "=");
    const struct cli_option *option = find(options, arg, len);
    if (!option)
        return refuse_option(command, options, arg, len);
    if (option->flag) {
        *option->flag = true;
        return arg[len] ? cli_misused(command, "%s takes no value", option->name) : CLI_GO_ON;
    }
    if (!arg[len] && *i + 1 >= argc)
        return cli_misused(command, "%s needs a value", option->name);
    *option->value = arg[len] ? arg + len + 1 : argv[++*i];
    return CLI_GO_ON;
}

static bool is_help(const char *arg)
{
    return strcmp(arg, "--help") == 0 || strcmp(arg, "-h") == 0;
}

/* `-` is standard input, and `-1` may be an input. */
static bool is_option(const char *arg)
{
    return arg[0] == '-' && arg[1] && !isdigit((unsigned char)arg[1]);
}

int cli_parse(const struct command *command, int argc, char **argv,
              const struct cli_option *options, const char **words, size_t max, size_t *count)
{
    bool words_only = false; /* behind `--` */
    *count = 0;
    for (int i = 1; i < argc; i++) {
        int status = CLI_GO_ON;
        if (!words_only && strcmp(argv[i], "--") == 0) {
            words_only = true;
            continue;
        }
        if (!words_only && is_help(argv[i])) {
            cli_help(command);
            return EXIT_WELL;
        }
        if (!words_only && is_option(argv[i]))
            status = take_option(command, argc, argv, &i, options);
        else if (*count < max)
            words[(*count)++] = argv[i];
        else
            status = cli_misused(command, "one word too many: %s", argv[i]);
        if (status != CLI_GO_ON)
            return status;
    }
    return CLI_GO_ON;
}

bool cli_number(const struct command *command, const char *option, const char *text, long least,
                long most, long *out)
{
    char *end;
    errno = 0;
    long number = strtol(text, &end, 10);
    if (errno || end == text || *end || number < least || number > most) {
        cli_misused(command, "%s takes a number from %ld to %ld, not '%s'", option, least, most,
                    text);
        return false;
    }
    *out = number;
    return true;
}
