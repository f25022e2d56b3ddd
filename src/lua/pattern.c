#include "lua/pattern.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum {
    MAX_STEPS = 200000,    /* of one attempt, and for each byte of the text */
    STEPS_PER_BYTE = 8,    /* as many, which is enough to walk over it */
    MAX_WALKED = 64 << 10, /* bytes that count: an attempt cannot be interrupted */
    MEMBER_BYTES = 3,      /* of a set: what takes as long as a step */
    MAX_DEPTH = 200,       /* of items that call each other */
};

enum { OPEN = -1, PLACE = -2 }; /* a capture's length while it is open; of `()` */

struct attempt {
    const char *text, *text_end, *pattern_end;
    size_t steps, most_steps;
    int depth;
    unsigned level;
    struct {
        const char *start;
        ptrdiff_t len;
    } captures[PATTERN_CAPTURES];
    char *why; /* of the search; "" while all is well */
};

/* The two functions that match a pattern from `p` on at `s` call each other; NULL: no match, or
 * `why` is set. */
static const char *match(struct attempt *attempt, const char *s, const char *p);

static const char *wrong(struct attempt *attempt, const char *why)
{
    if (!*attempt->why)
        snprintf(attempt->why, sizeof((struct pattern_search *)0)->why, "%s", why);
    return NULL;
}

/* Counts work; false when it is too much, or something is wrong already. */
static bool spend(struct attempt *attempt, size_t steps)
{
    attempt->steps += steps;
    if (attempt->steps > attempt->most_steps)
        wrong(attempt, "pattern too complex");
    return !*attempt->why;
}

static bool is_in_class(unsigned char c, char class)
{
    bool in;
    switch (tolower((unsigned char)class)) {
    case 'a': in = isalpha(c); break;
    case 'c': in = iscntrl(c); break;
    case 'd': in = isdigit(c); break;
    case 'g': in = isgraph(c); break;
    case 'l': in = islower(c); break;
    case 'p': in = ispunct(c); break;
    case 's': in = isspace(c); break;
    case 'u': in = isupper(c); break;
    case 'w': in = isalnum(c); break;
    case 'x': in = isxdigit(c); break;
    case 'z': in = c == 0; break;
    default: return c == (unsigned char)class;
    }
    return isupper((unsigned char)class) ? !in : in;
}

/* Behind the `]` of the set that begins at `p`, NULL (and told) when there is none. */
static const char *set_end(struct attempt *attempt, const char *p)
{
    const char *at = p + 1;
    if (at < attempt->pattern_end && *at == '^')
        at++;
    do { /* the first character is a member, whatever it is */
        if (at >= attempt->pattern_end)
            return wrong(attempt, "malformed pattern (missing ']')");
        if (*at++ == '%')
            at++; /* and what it escapes */
    } while (at >= attempt->pattern_end || *at != ']');
    return at + 1;
}

/* Behind the single-character item at `p`. */
static const char *item_end(struct attempt *attempt, const char *p)
{
    if (*p == '[')
        return set_end(attempt, p);
    if (*p != '%')
        return p + 1;
    if (p + 1 >= attempt->pattern_end)
        return wrong(attempt, "malformed pattern (ends with '%')");
    return p + 2;
}

/* Whether `c` is in the set from `[` at `p` to the `]` at `last`. */
static bool is_in_set(unsigned char c, const char *p, const char *last)
{
    bool found = true;
    p++;
    if (*p == '^') {
        found = false;
        p++;
    }
    while (p < last) {
        if (*p == '%') {
            if (is_in_class(c, p[1]))
                return found;
            p += 2;
        } else if (p + 2 < last && p[1] == '-') {
            if ((unsigned char)p[0] <= c && c <= (unsigned char)p[2])
                return found;
            p += 3;
        } else {
            if ((unsigned char)*p == c)
                return found;
            p++;
        }
    }
    return !found;
}

/* Whether the character at `s` fits the item from `p` to `end`. */
static bool fits(struct attempt *attempt, const char *s, const char *p, const char *end)
{
    if (s >= attempt->text_end || !spend(attempt, 1 + (size_t)(end - p) / MEMBER_BYTES))
        return false;
    switch (*p) {
    case '.': return true;
    case '%': return is_in_class((unsigned char)*s, p[1]);
    case '[': return is_in_set((unsigned char)*s, p, end - 1);
    default: return *s == *p;
    }
}

/* `x*` and `x+` (at least `least`): as many as fit, then fewer. */
static const char *match_most(struct attempt *attempt, const char *s, const char *p,
                              const char *end, ptrdiff_t least)
{
    ptrdiff_t n = 0;
    while (fits(attempt, s + n, p, end))
        n++;
    for (; n >= least && spend(attempt, 1); n--) {
        const char *found = match(attempt, s + n, end + 1);
        if (found)
            return found;
    }
    return NULL;
}

/* `x-`: as few as will do. */
static const char *match_least(struct attempt *attempt, const char *s, const char *p,
                               const char *end)
{
    for (;;) {
        const char *found = match(attempt, s, end + 1);
        if (found || *attempt->why)
            return found;
        if (!fits(attempt, s, p, end))
            return NULL;
        s++;
    }
}

/* `(`: opens a capture; taken back when what follows does not match. */
static const char *match_open(struct attempt *attempt, const char *s, const char *p)
{
    bool place = p + 1 < attempt->pattern_end && p[1] == ')';
    if (attempt->level >= PATTERN_CAPTURES)
        return wrong(attempt, "too many captures");
    attempt->captures[attempt->level].start = s;
    attempt->captures[attempt->level].len = place ? PLACE : OPEN;
    attempt->level++;
    const char *found = match(attempt, s, p + (place ? 2 : 1));
    if (!found)
        attempt->level--;
    return found;
}

/* `)`: closes the capture that was opened last. */
static const char *match_close(struct attempt *attempt, const char *s, const char *p)
{
    unsigned level = attempt->level;
    while (level > 0 && attempt->captures[level - 1].len != OPEN)
        level--;
    if (level == 0)
        return wrong(attempt, "invalid pattern capture");
    attempt->captures[level - 1].len = s - attempt->captures[level - 1].start;
    const char *found = match(attempt, s, p + 1);
    if (!found)
        attempt->captures[level - 1].len = OPEN;
    return found;
}

/* `%bxy`: behind the balanced text, or NULL. */
static const char *balanced_end(struct attempt *attempt, const char *s, const char *p)
{
    int depth = 1;
    if (p + 1 >= attempt->pattern_end)
        return wrong(attempt, "malformed pattern (missing arguments to '%b')");
    if (s >= attempt->text_end || *s != p[0])
        return NULL;
    while (++s < attempt->text_end && spend(attempt, 1)) {
        if (*s == p[1]) {
            if (--depth == 0)
                return s + 1;
        } else if (*s == p[0]) {
            depth++;
        }
    }
    return NULL;
}

/* `%1`: behind the text of the capture, said again. */
static const char *repeated_end(struct attempt *attempt, const char *s, char digit)
{
    unsigned level = (unsigned)(digit - '1');
    if (digit == '0' || level >= attempt->level || attempt->captures[level].len == OPEN) {
        char why[64];
        snprintf(why, sizeof why, "invalid capture index %%%c", digit);
        return wrong(attempt, why);
    }
    ptrdiff_t len = attempt->captures[level].len;
    if (len < 0 || len > attempt->text_end - s || !spend(attempt, 1 + (size_t)len / 8))
        return NULL;
    return memcmp(s, attempt->captures[level].start, (size_t)len) == 0 ? s + len : NULL;
}

/* `%f[set]`: behind the set, when the place at `s` is where the set begins to fit. */
static const char *frontier_end(struct attempt *attempt, const char *s, const char *p)
{
    if (p >= attempt->pattern_end || *p != '[')
        return wrong(attempt, "missing '[' after '%f' in pattern");
    const char *end = set_end(attempt, p);
    if (!end || !spend(attempt, 1 + (size_t)(end - p) / 4))
        return NULL;
    unsigned char before = s == attempt->text ? '\0' : (unsigned char)s[-1];
    unsigned char here = s < attempt->text_end ? (unsigned char)*s : '\0';
    return !is_in_set(before, p, end - 1) && is_in_set(here, p, end - 1) ? end : NULL;
}

/* One of `%b`, `%f`, `%0`…`%9`: true when it matched; moves *s and *p behind it. */
static bool match_special(struct attempt *attempt, const char **s, const char **p)
{
    const char *end;
    if ((*p)[1] == 'f') {
        end = frontier_end(attempt, *s, *p + 2);
        *p = end;
        return end != NULL;
    }
    bool balance = (*p)[1] == 'b';
    end = balance ? balanced_end(attempt, *s, *p + 2) : repeated_end(attempt, *s, (*p)[1]);
    *s = end;
    *p += balance ? 4 : 2;
    return end != NULL;
}

static bool is_special(const struct attempt *attempt, const char *p)
{
    return *p == '%' && p + 1 < attempt->pattern_end &&
           (p[1] == 'b' || p[1] == 'f' || (p[1] >= '0' && p[1] <= '9'));
}

/* A single character and its suffix.  True: it matched, go on from *s and *p; false: *found is the
 * answer. */
static bool match_item(struct attempt *attempt, const char **s, const char **p, const char **found)
{
    const char *end = item_end(attempt, *p);
    *found = NULL;
    if (!end)
        return false;
    char suffix = end < attempt->pattern_end ? *end : '\0';
    if (suffix == '*' || suffix == '+') {
        *found = match_most(attempt, *s, *p, end, suffix == '+');
        return false;
    }
    if (suffix == '-') {
        *found = match_least(attempt, *s, *p, end);
        return false;
    }
    bool here = fits(attempt, *s, *p, end);
    if (suffix == '?') {
        if (here && (*found = match(attempt, *s + 1, end + 1)))
            return false;
        *p = end + 1;
        return !*attempt->why;
    }
    *s += here;
    *p = end;
    return here;
}

static const char *match_on(struct attempt *attempt, const char *s, const char *p)
{
    const char *found;
    while (p < attempt->pattern_end && spend(attempt, 1)) {
        if (*p == '(')
            return match_open(attempt, s, p);
        if (*p == ')')
            return match_close(attempt, s, p);
        if (*p == '$' && p + 1 == attempt->pattern_end)
            return s == attempt->text_end ? s : NULL;
        if (is_special(attempt, p)) {
            if (!match_special(attempt, &s, &p))
                return NULL;
        } else if (!match_item(attempt, &s, &p, &found)) {
            return found;
        }
    }
    return *attempt->why ? NULL : s;
}

static const char *match(struct attempt *attempt, const char *s, const char *p)
{
    if (attempt->depth >= MAX_DEPTH)
        return wrong(attempt, "pattern too complex");
    attempt->depth++;
    const char *found = match_on(attempt, s, p);
    attempt->depth--;
    return found;
}

/* Hands the captures of a match on; false when one was left open. */
static bool take_captures(struct pattern_search *search, struct attempt *attempt)
{
    search->captured = attempt->level;
    for (unsigned i = 0; i < attempt->level; i++) {
        ptrdiff_t len = attempt->captures[i].len;
        if (len == OPEN) {
            wrong(attempt, "unfinished capture");
            return false;
        }
        search->captures[i] = (struct pattern_capture){
            .start = (size_t)(attempt->captures[i].start - search->text),
            .len = len == PLACE ? 0 : (size_t)len,
            .position = len == PLACE,
        };
    }
    return true;
}

/* Tries at `search->at`. */
static enum pattern_answer try_here(struct pattern_search *search, struct attempt *attempt)
{
    const char *from = search->text + search->at;
    attempt->steps = 0;
    attempt->level = 0;
    attempt->depth = 0;
    const char *end = match(attempt, from, search->pattern);
    bool counts = end && (size_t)(end - search->text) != search->barred;
    if (*search->why || (counts && !take_captures(search, attempt)))
        return PATTERN_WRONG;
    if (!counts)
        return PATTERN_NONE;
    search->start = search->at;
    search->end = (size_t)(end - search->text);
    return PATTERN_FOUND;
}

enum pattern_answer lua_pattern_search(struct pattern_search *search, size_t steps)
{
    size_t walked = search->text_len < MAX_WALKED ? search->text_len : MAX_WALKED;
    struct attempt attempt = {.text = search->text,
                              .text_end = search->text + search->text_len,
                              .pattern_end = search->pattern + search->pattern_len,
                              .most_steps = MAX_STEPS + STEPS_PER_BYTE * walked,
                              .why = search->why};
    size_t spent = 0;
    search->why[0] = '\0';
    while (search->at <= search->text_len) {
        if (spent > steps)
            return PATTERN_PAUSED;
        enum pattern_answer answer = try_here(search, &attempt);
        if (answer != PATTERN_NONE || search->anchored)
            return answer;
        spent += attempt.steps + 1;
        search->at++;
    }
    return PATTERN_NONE;
}
