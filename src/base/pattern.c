#include "base/pattern.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum {
    MAX_LEN = 64 << 10,     /* of a pattern */
    COST_ITEM = 16,         /* of trying an item; a byte that it runs over costs 1 */
    COST_BASE = 8 << 20,    /* of a search, and … */
    COST_PER_BYTE = 64,     /* … for each byte of the text: what is linear may be long; … */
    COST_MOST = 64 << 20,   /* … but never more */
    STACK_FIRST = 64 << 10, /* of a search that needs a stack of its own: at first, and … */
    STACK_MOST = 8 << 20,   /* … at most */
    HEAP_KIB = 32 << 10,    /* of a search without the just-in-time compiler */
    BACKREF_BYTES = 16,     /* that comparing with a group gets through per cost */
};

struct pattern {
    pcre2_code *code;
    bool has_backrefs;
};

/* What a search has cost so far. */
struct search {
    uint64_t cost, most, per_item;
    size_t at;
};

/* PCRE2 calls this in front of every item of the pattern. */
static int on_item(pcre2_callout_block *block, void *data)
{
    struct search *search = data;
    size_t at = block->current_position;
    search->cost += search->per_item + (at > search->at ? at - search->at : search->at - at);
    search->at = at;
    return search->cost > search->most ? PCRE2_ERROR_MATCHLIMIT : 0;
}

static uint32_t options_of(enum pattern_dialect dialect)
{
    uint32_t options = PCRE2_UTF | PCRE2_AUTO_CALLOUT | PCRE2_NEVER_BACKSLASH_C;
    if (dialect == PATTERN_ECMA)
        return options | PCRE2_DOLLAR_ENDONLY | PCRE2_ALT_BSUX | PCRE2_ALLOW_EMPTY_CLASS |
               PCRE2_MATCH_UNSET_BACKREF;
    return options | PCRE2_UCP | (dialect == PATTERN_UNICODE ? PCRE2_DOLLAR_ENDONLY : 0) |
           (dialect == PATTERN_NO_CASE ? PCRE2_CASELESS : 0);
}

static pcre2_code *compile(const char *text, size_t len, enum pattern_dialect dialect,
                           char why[256])
{
    pcre2_compile_context *context = pcre2_compile_context_create(NULL);
    int err = 0;
    PCRE2_SIZE at = 0;
    pcre2_set_newline(context, dialect == PATTERN_ECMA ? PCRE2_NEWLINE_ANYCRLF : PCRE2_NEWLINE_LF);
    if (dialect == PATTERN_ECMA)
        pcre2_set_compile_extra_options(context, PCRE2_EXTRA_ALT_BSUX);
    pcre2_code *code =
        pcre2_compile((PCRE2_SPTR)text, len, options_of(dialect), &err, &at, context);
    pcre2_compile_context_free(context);
    if (!code) {
        PCRE2_UCHAR sentence[200];
        pcre2_get_error_message(err, sentence, sizeof sentence);
        snprintf(why, 256, "%s, at byte %zu", (char *)sentence, (size_t)at);
    }
    return code;
}

static pcre2_code *compile_ecma(const char *text, size_t len, char why[256])
{
    struct buf translated;
    const char *sentence = NULL;
    pcre2_code *code = NULL;
    buf_init(&translated, 16 * MAX_LEN);
    if (pattern_from_ecma(&translated, text, len, &sentence) == LS_OK)
        code = compile(buf_str(&translated), translated.len, PATTERN_ECMA, why);
    else
        snprintf(why, 256, "%s", sentence);
    buf_fini(&translated);
    return code;
}

static pcre2_code *compile_unicode(const char *text, size_t len, enum pattern_dialect dialect,
                                   char why[256])
{
    struct buf translated;
    buf_init(&translated, 32 * MAX_LEN);
    pattern_from_unicode(&translated, text, len, dialect);
    pcre2_code *code = compile(buf_str(&translated), translated.len, dialect, why);
    buf_fini(&translated);
    return code;
}

enum ls_err pattern_compile(struct pattern **out, const char *text, size_t len,
                            enum pattern_dialect dialect, char why[256])
{
    snprintf(why, 256, "the pattern is too long");
    if (len > MAX_LEN)
        return LS_BAD_CONFIG;
    pcre2_code *code = dialect == PATTERN_ECMA ? compile_ecma(text, len, why)
                                               : compile_unicode(text, len, dialect, why);
    if (!code)
        return LS_BAD_CONFIG;
    why[0] = '\0';
    uint32_t backrefs = 0;
    pcre2_pattern_info(code, PCRE2_INFO_BACKREFMAX, &backrefs);
    (void)pcre2_jit_compile(code, PCRE2_JIT_COMPLETE); /* without it a search is only slower */
    struct pattern *pattern = mem_alloc(sizeof *pattern);
    *pattern = (struct pattern){code, backrefs > 0};
    *out = pattern;
    return LS_OK;
}

void pattern_free(struct pattern **pattern)
{
    if (!*pattern)
        return;
    pcre2_code_free((*pattern)->code);
    free(*pattern);
    *pattern = NULL;
}

/* Searches once; with a stack of its own if the pattern needs more than PCRE2 has at hand. */
static int run(const struct pattern *pattern, const char *text, size_t len, size_t start,
               pcre2_match_data *data, struct search *search)
{
    pcre2_match_context *context = pcre2_match_context_create(NULL);
    pcre2_set_callout(context, on_item, search);
    pcre2_set_heap_limit(context, HEAP_KIB);
    int rc =
        pcre2_match(pattern->code, (PCRE2_SPTR)text, len, start, PCRE2_NO_UTF_CHECK, data, context);
    if (rc == PCRE2_ERROR_JIT_STACKLIMIT) {
        pcre2_jit_stack *stack = pcre2_jit_stack_create(STACK_FIRST, STACK_MOST, NULL);
        pcre2_jit_stack_assign(context, NULL, stack);
        rc = pcre2_match(pattern->code, (PCRE2_SPTR)text, len, start, PCRE2_NO_UTF_CHECK, data,
                         context);
        pcre2_jit_stack_free(stack);
    }
    pcre2_match_context_free(context);
    return rc;
}

static void read_groups(pcre2_match_data *data, int rc, struct match_span *groups, size_t count)
{
    const PCRE2_SIZE *offsets = pcre2_get_ovector_pointer(data);
    for (size_t i = 0; i < count; i++) {
        bool is_set = (int)i < rc && offsets[2 * i] != PCRE2_UNSET;
        groups[i] = is_set ? (struct match_span){offsets[2 * i], offsets[2 * i + 1]}
                           : (struct match_span){PATTERN_NO_GROUP, PATTERN_NO_GROUP};
    }
}

size_t pattern_groups(const struct pattern *pattern)
{
    uint32_t count = 0;
    pcre2_pattern_info(pattern->code, PCRE2_INFO_CAPTURECOUNT, &count);
    return count;
}

enum ls_err pattern_match(const struct pattern *pattern, const char *text, size_t len, size_t start,
                          uint64_t *spent, struct match_span *groups, size_t count, bool *found)
{
    uint64_t before = spent ? *spent : 0;
    uint64_t free_of_charge = (uint64_t)(len - start) * COST_PER_BYTE;
    struct search search = {.per_item = COST_ITEM, .at = start};
    search.most = free_of_charge + (before < COST_BASE ? COST_BASE - before : 0);
    if (search.most > COST_MOST)
        search.most = COST_MOST;
    if (pattern->has_backrefs)
        search.per_item += len / BACKREF_BYTES;
    pcre2_match_data *data = pcre2_match_data_create(count > 0 ? (uint32_t)count : 1, NULL);
    int rc = run(pattern, text, len, start, data, &search);
    if (rc >= 0) /* what lies behind the match may be searched again */
        free_of_charge = (pcre2_get_ovector_pointer(data)[1] - start) * COST_PER_BYTE;
    if (spent && search.cost > free_of_charge)
        *spent += search.cost - free_of_charge;
    *found = rc >= 0;
    if (rc >= 0)
        read_groups(data, rc > 0 ? rc : (int)count, groups, count);
    pcre2_match_data_free(data);
    return rc >= 0 || rc == PCRE2_ERROR_NOMATCH ? LS_OK : LS_TOO_BIG;
}

enum ls_err pattern_search(const struct pattern *pattern, const char *text, size_t len,
                           uint64_t *spent, bool *found)
{
    return pattern_match(pattern, text, len, 0, spent, NULL, 0, found);
}

void pattern_add_literal(struct buf *out, const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (strchr("\\^$.[]|()?*+{}#- \t", text[i]) && text[i])
            buf_add_char(out, '\\');
        buf_add_char(out, text[i]);
    }
}
