#include "lua/scan.h"

#include <ctype.h>
#include <string.h>

struct scanner {
    const char *at, *end;
    int line;
};

static bool is_word_char(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

static void step(struct scanner *scanner)
{
    scanner->line += *scanner->at == '\n';
    scanner->at++;
}

static void skip_blanks(struct scanner *scanner)
{
    while (scanner->at < scanner->end && isspace((unsigned char)*scanner->at))
        step(scanner);
}

/* The number of '=' in a long bracket that opens here, or -1. */
static int bracket_level(const struct scanner *scanner)
{
    const char *at = scanner->at + 1;
    while (at < scanner->end && *at == '=')
        at++;
    return at < scanner->end && *scanner->at == '[' && *at == '[' ? (int)(at - scanner->at) - 1
                                                                  : -1;
}

/* Passes over `[==[…]==]`; its text is from *from to *to. */
static void skip_long(struct scanner *scanner, int level, const char **from, const char **to)
{
    scanner->at += level + 2;
    *from = scanner->at;
    for (; scanner->at < scanner->end; step(scanner)) {
        const char *at = scanner->at + 1;
        if (*scanner->at != ']')
            continue;
        while (at < scanner->end && *at == '=')
            at++;
        if (at < scanner->end && *at == ']' && at - scanner->at - 1 == level) {
            *to = scanner->at;
            scanner->at = at + 1;
            return;
        }
    }
    *to = scanner->end;
}

/* Passes over "…" or '…'; false when it holds escapes. */
static bool skip_short(struct scanner *scanner, const char **from, const char **to)
{
    bool plain = true;
    char quote = *scanner->at++;
    *from = scanner->at;
    while (scanner->at < scanner->end && *scanner->at != quote && *scanner->at != '\n') {
        if (*scanner->at == '\\' && scanner->at + 1 < scanner->end) {
            plain = false;
            step(scanner);
        }
        step(scanner);
    }
    *to = scanner->at;
    if (scanner->at < scanner->end && *scanner->at == quote)
        scanner->at++;
    return plain;
}

/* Passes over a text that begins here; false when none does. */
static bool skip_text(struct scanner *scanner, const char **from, const char **to)
{
    int level = bracket_level(scanner);
    if (level >= 0)
        skip_long(scanner, level, from, to);
    else if (*scanner->at != '"' && *scanner->at != '\'')
        return false;
    else if (!skip_short(scanner, from, to))
        *from = NULL;
    return true;
}

static void skip_comment(struct scanner *scanner)
{
    const char *from, *to;
    scanner->at += 2;
    int level = scanner->at < scanner->end ? bracket_level(scanner) : -1;
    if (level >= 0) {
        skip_long(scanner, level, &from, &to);
        return;
    }
    while (scanner->at < scanner->end && *scanner->at != '\n')
        scanner->at++;
}

/* What stands behind a word, without moving on. */
static void find_argument(struct scanner behind, struct scan_word *word)
{
    const char *from, *to;
    if (behind.at < behind.end && *behind.at == '.')
        for (behind.at++; behind.at < behind.end && is_word_char(*behind.at);)
            behind.at++;
    skip_blanks(&behind);
    if (behind.at < behind.end && *behind.at == '(') {
        behind.at++;
        skip_blanks(&behind);
    }
    int line = behind.line;
    if (behind.at >= behind.end || !skip_text(&behind, &from, &to) || !from)
        return;
    word->argument = from;
    word->argument_len = (size_t)(to - from);
    word->line = line;
}

void scan_words(const char *source, size_t len, void (*fn)(void *owner, const struct scan_word *),
                void *owner)
{
    struct scanner scanner = {source, source + len, 1};
    const char *from, *to;
    bool member = false; /* the last sign was a '.' or a ':' */
    while (scanner.at < scanner.end) {
        if (scanner.end - scanner.at > 1 && scanner.at[0] == '-' && scanner.at[1] == '-') {
            skip_comment(&scanner);
        } else if (is_word_char(*scanner.at)) {
            struct scan_word word = {.text = scanner.at, .line = scanner.line};
            while (scanner.at < scanner.end && is_word_char(*scanner.at))
                scanner.at++;
            word.len = (size_t)(scanner.at - word.text);
            find_argument(scanner, &word);
            if (!member)
                fn(owner, &word);
            member = false;
        } else if (skip_text(&scanner, &from, &to)) {
            member = false;
        } else {
            member = *scanner.at == ':' ||
                     (*scanner.at == '.' && (scanner.at == source || scanner.at[-1] != '.')) ||
                     (member && isspace((unsigned char)*scanner.at));
            step(&scanner);
        }
    }
}

bool scan_is(const struct scan_word *word, const char *text)
{
    return strlen(text) == word->len && memcmp(word->text, text, word->len) == 0;
}
