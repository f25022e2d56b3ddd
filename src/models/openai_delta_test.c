#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "models/openai_wire.h"

/* An event, its text where that can be had without making values, and whether a message can too. */
static const struct {
    const char *event, *text;
    bool message;
} events[] = {
    {"{\"id\":\"c-1\",\"object\":\"chat.completion.chunk\",\"created\":17,\"model\":\"m\","
     "\"choices\":[{\"index\":0,\"delta\":{\"content\":\" w\\u00f6rd\"},\"logprobs\":null,"
     "\"finish_reason\":null}],\"usage\":null,\"obfuscation\":\"a]}\"}",
     " w\xc3\xb6rd", true},
    {"{\"choices\":[{\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}]}", "", true},
    {"{\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}", "", false},
    {"{\"choices\":[{\"delta\":{\"content\":\"a\",\"content\":\"b\"}}],\"error\":null}", "b", true},
    {"{\"choices\":[{\"delta\":{\"content\":\"a\",\"refusal\":null}}],\"service_tier\":\"x\"}", "a",
     true},
    {"{\"choices\":[{\"delta\":{\"reasoning_content\":\"a\"},\"logprobs\":{}}]}", "", false},
    {"{\"choices\":[{\"delta\":{\"refusal\":\"No\",\"tool_calls\":[{\"index\":0}]}}]}", "", false},
    {"{\"choices\":[{\"delta\":{\"content\":null}}]}", NULL, false},
    {"{\"choices\":[{\"delta\":{\"content\":\"a\",\"content\":null}}]}", NULL, false},
    {"{\"choices\":[{\"index\":1,\"delta\":{\"content\":\"a\"}}]}", NULL, false},
    {"{\"choices\":[{\"index\":0.5,\"delta\":{\"content\":\"a\"}}]}", NULL, false},
    {"{\"choices\":[{\"delta\":{\"content\":\"a\"}},{\"delta\":{\"content\":\"b\"}}]}", NULL,
     false},
    {"{\"choices\":[{\"delta\":{\"content\":\"a\"},\"delta\":{}}]}", NULL, false},
    {"{\"choices\":[{\"delta\":{\"content\":\"a\"},\"delta\":null}]}", NULL, false},
    {"{\"choices\":[{\"delta\":{\"content\":\"a\"}}],\"choices\":[]}", NULL, false},
    {"{\"choices\":[{\"delta\":{\"content\":\"a\"}}],\"usage\":{\"prompt_tokens\":1}}", NULL,
     false},
    {"{\"choices\":[{\"delta\":{\"content\":\"a\"}}],\"error\":{\"message\":\"no\"}}", NULL, false},
    {"{\"choices\":[]}", NULL, false},
    {"{\"choices\":[7]}", NULL, false},
    {"{\"choices\":{}}", NULL, false},
    {"{\"choices\":[{\"delta\":{\"content\":\"a\"}}]}}", NULL, false},
    {"{\"choices\":[{\"delta\":{\"content\":\"a\xff\"}}]}", NULL, false},
    {"[]", NULL, false},
    {"", NULL, false},
};

/* The chunk of the event, read in full, which tells nothing else. */
static json_t *chunk_of(const char *data, size_t len, struct model_reading *reading)
{
    json_t *event = NULL;
    if (json_read(&event, data, len, NULL))
        fail_msg("something of what is no JSON: %.*s", (int)len, data);
    json_t *chunk = openai_chunk(reading, event);
    json_t *error = json_object_get(event, "error");
    if (!chunk || (error && !json_is_null(error)) ||
        !json_is_null(json_object_get(chunk, "usage_metadata")))
        fail_msg("there is more to it: %.*s", (int)len, data);
    json_decref(event);
    return chunk;
}

/* Reads an event for its text, or for its message; what is had is what openai_chunk() gives. */
static json_t *read_plain(const char *data, size_t len, bool takes_text)
{
    struct model_reading reading = {.id = "run-1"}, other = reading;
    json_t *plain = openai_delta(&reading, data, len, takes_text);
    if (plain) {
        json_t *chunk = chunk_of(data, len, &other);
        json_auto_t *whole =
            json_text(takes_text ? json_object_get(chunk, "content") : chunk, JSON_WIRE);
        json_auto_t *got = json_text(plain, JSON_WIRE);
        if (!json_equal(got, whole))
            fail_msg("not as it is read in full: %.*s", (int)len, data);
        json_decref(chunk);
    }
    assert_int_equal(reading.answered, other.answered);
    assert_int_equal(reading.finished, other.finished);
    return plain;
}

static void plain_events_give_their_text(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof events / sizeof *events; i++) {
        const char *event = events[i].event, *expected = events[i].text;
        json_t *text = read_plain(event, strlen(event), true);
        json_t *message = read_plain(event, strlen(event), false);
        if (!text != !expected || (text && strcmp(json_string_value(text), expected) != 0) ||
            !message == events[i].message)
            fail_msg("got %s of %s", text ? json_string_value(text) : "nothing", event);
        json_decref(text);
        json_decref(message);
    }
}

static void check(const char *data, size_t len)
{
    json_decref(read_plain(data, len, true));
    json_decref(read_plain(data, len, false));
}

/* Cut off anywhere, or with any byte replaced, an event gives what its chunk says, or nothing. */
static void no_event_is_read_in_another_way_than_in_full(void **state)
{
    static const char others[] = "{}[],:\"\\01n acdeiox\x01\xc3";
    (void)state;
    for (size_t i = 0; i < sizeof events / sizeof *events; i++) {
        size_t len = strlen(events[i].event);
        char *changed = mem_strdup(events[i].event);
        for (size_t at = 0; at < len; at++) {
            check(changed, at);
            for (const char *other = others; *other; other++) {
                changed[at] = *other;
                check(changed, len);
            }
            changed[at] = events[i].event[at];
        }
        free(changed);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_events_give_their_text),
        cmocka_unit_test(no_event_is_read_in_another_way_than_in_full),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
