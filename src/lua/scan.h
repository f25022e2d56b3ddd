/* What a Lua source names: found in its text, without running it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* A word of the source that is no part of text, of a comment, or behind a '.' or ':'. */
struct scan_word {
    const char *text;
    size_t len;
    const char *argument; /* the text behind it, as in `word "text"`, `word("text", …` and
                        `word.member("text", …`, or NULL */
    size_t argument_len;
    int line; /* of the argument, or of the word; the source's first is 1 */
};

/* Calls `fn` for each word. */
void scan_words(const char *source, size_t len, void (*fn)(void *owner, const struct scan_word *),
                void *owner);

/* Whether the word is `text`. */
bool scan_is(const struct scan_word *word, const char *text);
