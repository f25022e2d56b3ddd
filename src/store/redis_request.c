#include "store/redis_request.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { AROUND_PART = 32, AROUND_CALL = 128 }; /* bytes, at the most */

static void add_part(struct buf *out, const void *data, size_t len)
{
    buf_printf(out, "$%zu\r\n", len);
    buf_add(out, data, len);
    buf_add(out, "\r\n", 2);
}

static void add_text(struct buf *out, const char *text)
{
    add_part(out, text, strlen(text));
}

static void add_number(struct buf *out, uint64_t number)
{
    char digits[24];
    snprintf(digits, sizeof digits, "%" PRIu64, number);
    add_text(out, digits);
}

unsigned redis_request_greet(struct buf *out, const struct redis_target *target,
                             const char *greeting)
{
    unsigned count = 1;
    if (target->password) {
        buf_printf(out, "*%d\r\n", target->user ? 3 : 2);
        add_text(out, "AUTH");
        if (target->user)
            add_text(out, target->user);
        add_text(out, target->password);
        count++;
    }
    if (target->db > 0) {
        buf_add_str(out, "*2\r\n");
        add_text(out, "SELECT");
        add_number(out, (uint64_t)target->db);
        count++;
    }
    buf_add_str(out, "*2\r\n");
    add_text(out, "ECHO");
    add_text(out, greeting);
    return count;
}

void redis_request_call(struct buf *out, const struct redis_call *call)
{
    buf_printf(out, "*%zu\r\n", 4 + call->key_count + call->argument_count);
    add_text(out, call->sha1 ? "EVALSHA" : "EVAL");
    add_text(out, call->sha1 ? call->sha1 : call->script);
    add_number(out, call->key_count);
    for (size_t i = 0; i < call->key_count; i++)
        add_part(out, call->keys[i].data, call->keys[i].len);
    add_number(out, call->number);
    for (size_t i = 0; i < call->argument_count; i++)
        add_part(out, call->arguments[i].data, call->arguments[i].len);
}

size_t redis_request_size(const struct redis_call *call)
{
    size_t size = strlen(call->script) + AROUND_CALL;
    for (size_t i = 0; i < call->key_count; i++)
        size += call->keys[i].len + AROUND_PART;
    for (size_t i = 0; i < call->argument_count; i++)
        size += call->arguments[i].len + AROUND_PART;
    return size;
}
