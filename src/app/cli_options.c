#include "app/cli_options.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const struct cli_option *find(const struct cli_option *options, const char *arg, size_t len)
{
    for (const struct cli_option *o = options; o->name; o++)
        if (strlen(o->name) == len && strncmp(o->name, arg, len) == 0)
            return o;
    return NULL;
}

/* Takes the option at argv[*i], and its argument, which may follow '='. */
static int take_option(const struct command *command, int argc, char **argv, int *i,
                       const struct cli_option *options)
{
    const char *arg = argv[*i];
    size_t len = strcspn(arg, "=");
    const struct cli_option *option = find(options, arg, len);
    if (!option)
        return cli_misused(command, "there is no option %.*s", (int)len, arg);
    if (option->flag) {
        *option->flag = true;
        return arg[len] ? cli_misused(command, "%s takes no value", option->name) : CLI_GO_ON;
    }
    if (!arg[len] && *i + 1 >= argc)
        return cli_misused(command, "%s needs a value", option->name);
    *option->value = arg[len] ? arg + len + 1 : argv[++*i];
    return CLI_GO_ON;
}

int cli_parse(const struct command *command, int argc, char **argv,
              const struct cli_option *options, const char **words, size_t max, size_t *count)
{
    *count = 0;
    for (int i = 1; i < argc; i++) {
        int status = CLI_GO_ON;
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
            cli_help(command);
            return EXIT_WELL;
        }
        if (argv[i][0] == '-' && argv[i][1] && !isdigit((unsigned char)argv[i][1]))
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
