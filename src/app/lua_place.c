#include "app/lua_place.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"

struct place lua_place_first(const struct node *text)
{
    struct place first = text->place;
    if (text->as.string.block) {
        first.line++;
        first.column = 1;
    }
    return first;
}

enum { ROOM = 4096 };

/* The line of the file (mem_free_secret() it), NULL when it cannot be read.  Keys may stand in the
 * lines before it: nothing of them is left. */
static char *read_line(const char *file, int line)
{
    char ahead[ROOM];
    size_t room = ROOM;
    ssize_t len = -1;
    FILE *stream = line > 0 ? fopen(file, "r") : NULL;
    if (!stream)
        return NULL;
    char *text = mem_alloc(room);
    setvbuf(stream, ahead, _IOFBF, sizeof ahead);
    for (int i = 0; i < line; i++)
        len = getline(&text, &room, stream);
    fclose(stream);
    explicit_bzero(ahead, sizeof ahead);
    size_t used = len >= 0 ? (size_t)len + 1 : 0;
    explicit_bzero(text + used, room - used);
    if (len >= 0)
        return text;
    free(text);
    return NULL;
}

/* Where the character of a column (from 1) begins in the line. */
static const char *at_column(const char *line, int column)
{
    size_t len = strlen(line);
    bool counted = text_is_utf8(line, len);
    while (counted && --column > 0 && len > 0) {
        size_t size = text_char_len(line, len);
        line += size;
        len -= size;
    }
    return line;
}

/* The column of the token, searched for from `from` on; 0 when it is not there. */
static int column_of(const char *file, struct place from, const char *token)
{
    char *line = read_line(file, from.line);
    const char *found = line && *token ? strstr(at_column(line, from.column), token) : NULL;
    size_t before = found ? (size_t)(found - line) : 0;
    int column = found && text_is_utf8(line, before) ? (int)text_count(line, before) + 1 : 0;
    mem_free_secret(line);
    return column;
}

/* The token that the sentence ends in: near 'token'; "" when it does not. */
static char *token_of(const char *why)
{
    const char *near = strstr(why, " near '");
    size_t len = near ? strlen(near + 7) : 0;
    return mem_strndup(len > 1 ? near + 7 : "", len > 1 ? len - 1 : 0);
}

void lua_place_error(struct problems *problems, const struct node *text, const char *why)
{
    struct place place = lua_place_first(text);
    const char *sentence = strstr(why, ": ");
    const char *colon = strchr(why, ':');
    if (place.line > 0 && sentence && colon && colon < sentence &&
        isdigit((unsigned char)colon[1])) {
        int line = atoi(colon + 1);
        char *token = token_of(why);
        if (line > place.line) {
            place.line = line;
            place.column = 1;
        }
        int column = column_of(place.file, place, token);
        place.column = column > 0 ? column : place.column;
        free(token);
    }
    problems_error(problems, place, "Lua: %s", sentence ? sentence + 2 : why);
}

void lua_place_warn(struct problems *problems, const struct node *text)
{
    struct place place = text->place;
    char *line = text->as.string.block ? NULL : read_line(place.file, place.line);
    const char *here = line ? at_column(line, place.column) : "";
    size_t len = text->as.string.len;
    if (strncmp(here, text->as.string.text, len) == 0) {
        const char *sign = here + len + strspn(here + len, " \t");
        if (sign > here + len && *sign == '#' &&
            (isalpha((unsigned char)sign[1]) || (sign[1] && strchr("_(\"'{", sign[1]))))
            problems_warn(problems, place,
                          "YAML takes `%.*s` for a comment, so that the Lua ends before it: write "
                          "the text as a block (`|`)",
                          (int)strcspn(sign, "\r\n"), sign);
    }
    mem_free_secret(line);
}
