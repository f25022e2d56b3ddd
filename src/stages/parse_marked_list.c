/* Design: two small machines over code points, so that a stream costs time in its length alone.
 * As regular expressions the marks are \d+\.\s anywhere, and ^\s*[-*]\s; the blank of a mark may
 * be a line's end, then the item is the next line. */
#include "stages/parse_marked_list.h"

#include <stdlib.h>
#include <utf8proc.h>

#include "base/mem.h"
#include "base/text.h"
#include "stages/parse_text.h"

enum { MAX_LIST = 16 << 20 }; /* bytes of text that are read */

enum mark_state { AT_START, IN_NUMBER, IN_LINE, AFTER_SIGN, AFTER_BLANK, IN_ITEM };

struct marked_list {
    bool numbered;
    enum mark_state state;
    json_t *items; /* not shown yet */
    json_t *all;
    struct buf item;
    size_t fed; /* bytes of the text */
};

static void *begin(bool numbered)
{
    struct marked_list *list = mem_zalloc(1, sizeof *list);
    list->numbered = numbered;
    list->items = json_array();
    list->all = json_array();
    buf_init(&list->item, MAX_LIST);
    return list;
}

static void *numbered_begin(const struct runnable *runnable)
{
    (void)runnable;
    return begin(true);
}

static void *markdown_begin(const struct runnable *runnable)
{
    (void)runnable;
    return begin(false);
}

static void marked_end(void *ptr)
{
    struct marked_list *list = ptr;
    json_decref(list->items);
    json_decref(list->all);
    buf_fini(&list->item);
    free(list);
}

static void end_item(struct marked_list *list)
{
    json_t *item = json_stringn(buf_str(&list->item), list->item.len);
    json_array_append(list->items, item);
    json_array_append_new(list->all, item);
    buf_reset(&list->item);
}

static bool is_digit(int32_t code)
{
    return (code >= '0' && code <= '9') ||
           (code > 0x7f && utf8proc_category(code) == UTF8PROC_CATEGORY_ND);
}

/* Where a character leads that belongs to no mark. */
static enum mark_state outside(const struct marked_list *list, int32_t code)
{
    if (list->numbered)
        return is_digit(code) ? IN_NUMBER : IN_LINE;
    return code == '\n' ? AT_START : IN_LINE;
}

static enum mark_state read_outside(const struct marked_list *list, int32_t code)
{
    bool dot = list->numbered && list->state == IN_NUMBER && code == '.';
    bool sign = !list->numbered && list->state == AT_START && (code == '-' || code == '*');
    if (dot || sign)
        return AFTER_SIGN;
    if (!list->numbered && list->state == AT_START && text_is_space(code))
        return AT_START;
    return outside(list, code);
}

static void read_char(struct marked_list *list, int32_t code, const char *text, size_t len)
{
    bool starts_item = list->state == AFTER_BLANK && code != '\n';
    if (list->state == AFTER_SIGN)
        list->state = text_is_space(code) ? AFTER_BLANK : outside(list, code);
    else if (starts_item || (list->state == IN_ITEM && code != '\n')) {
        list->state = IN_ITEM;
        buf_add(&list->item, text, len);
    } else if (list->state == IN_ITEM || list->state == AFTER_BLANK) {
        if (list->state == IN_ITEM)
            end_item(list);
        list->state = outside(list, code);
    } else
        list->state = read_outside(list, code);
}

/* What is fed is the text of JSON strings: whole characters. */
static enum ls_err marked_feed(void *ptr, const char *text, size_t len)
{
    struct marked_list *list = ptr;
    list->fed += len;
    if (list->fed > MAX_LIST)
        return LS_TOO_BIG;
    for (size_t size; len > 0; text += size, len -= size) {
        int32_t code = 0;
        size = text_char_len(text, len);
        (void)utf8proc_iterate((const utf8proc_uint8_t *)text, (utf8proc_ssize_t)size, &code);
        read_char(list, code, text, size);
    }
    return LS_OK;
}

static json_t *marked_ready(void *ptr)
{
    struct marked_list *list = ptr;
    if (json_array_size(list->items) == 0)
        return NULL;
    json_t *ready = list->items;
    list->items = json_array();
    return ready;
}

static enum ls_err marked_finish(void *ptr, json_t **value, struct buf *why)
{
    struct marked_list *list = ptr;
    if (list->fed > MAX_LIST) {
        buf_add_str(why, "the list is too long");
        return LS_TOO_BIG;
    }
    if (list->state == IN_ITEM)
        end_item(list);
    list->state = IN_LINE;
    *value = json_incref(list->all);
    return LS_OK;
}

static const struct text_reader numbered_reader = {
    .begin = numbered_begin,
    .end = marked_end,
    .feed = marked_feed,
    .ready = marked_ready,
    .finish = marked_finish,
};

static const struct text_reader markdown_reader = {
    .begin = markdown_begin,
    .end = marked_end,
    .feed = marked_feed,
    .ready = marked_ready,
    .finish = marked_finish,
};

static struct sink *numbered_open(const struct runnable *runnable, struct scope *scope,
                                  const struct call *call, struct sink *out)
{
    return parse_text_open(&numbered_reader, runnable, scope, call, out);
}

static struct sink *markdown_open(const struct runnable *runnable, struct scope *scope,
                                  const struct call *call, struct sink *out)
{
    return parse_text_open(&markdown_reader, runnable, scope, call, out);
}

static const struct runnable_ops numbered_ops = {
    .type = "NumberedListOutputParser",
    .step = STEP_PARSER,
    .trace = TRACE_TRANSFORM,
    .streams = true,
    .open = numbered_open,
    .input_schema = parse_input_schema,
    .output_schema = parse_list_output_schema,
};

static const struct runnable_ops markdown_ops = {
    .type = "MarkdownListOutputParser",
    .step = STEP_PARSER,
    .trace = TRACE_TRANSFORM,
    .streams = true,
    .open = markdown_open,
    .input_schema = parse_input_schema,
    .output_schema = parse_list_output_schema,
};

static struct runnable *marked_new(const struct runnable_ops *ops)
{
    struct runnable *runnable = mem_alloc(sizeof *runnable);
    runnable_init(runnable, ops, NULL);
    return runnable;
}

struct runnable *parse_numbered_list_new(void)
{
    return marked_new(&numbered_ops);
}

struct runnable *parse_markdown_list_new(void)
{
    return marked_new(&markdown_ops);
}
