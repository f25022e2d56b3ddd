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

/* An event, and its text where that can be had without making values. */
static const struct {
    const char *event, *text;
} events[] = {
    {"{\"id\":\"c-1\",\"object\":\"chat.completion.chunk\",\"created\":17,\"model\":\"m\","
     "\"choices\":[{\"index\":0,\"delta\":{\"content\":\" w\\u00f6rd\"},\"logprobs\":null,"
     "\"finish_reason\":null}],\"usage\":null,\"obfuscation\":\"a]}\"}",
     " w\xc3\xb6rd"},
    {"{\"choices\":[{\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}]}", ""},
    {"{\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}", ""},
    {"{\"choices\":[{\"delta\":{\"content\":\"a\",\"content\":\"b\"}}],\"error\":null}", "b"},
    {"{\"choices\":[{\"delta\":{\"refusal\":\"No\",\"tool_calls\":[{\"index\":0}]}}]}", ""},
    {"{\"choices\":[{\"delta\":{\"content\":null}}]}", NULL},
    {"{\"choices\":[{\"delta\":{\"content\":\"a\",\"content\":null}}]}", NULL},
    {"{\"choices\":[{\"index\":1,\"delta\":{\"content\":\"a\"}}]}", NULL},
    {"{\"choices\":[{\"index\":0.5,\"delta\":{\"content\":\"a\"}}]}", NULL},
    {"{\"choices\":[{\"delta\":{\"content\":\"a\"}},{\"delta\":{\"content\":\"b\"}}]}", NULL},
    {"{\"choices\":[{\"delta\":{\"content\":\"a\"},\"delta\":{}}]}", NULL},
    {"{\"choices\":[{\"delta\":{\"content\":\"a\"},\"delta\":null}]}", NULL},
    {"{\"choices\":[{\"delta\":{\"content\":\"a\"}}],\"choices\":[]}", NULL},
    {"{\"choices\":[{\"delta\":{\"content\":\"a\"}}],\"usage\":{\"prompt_tokens\":1}}", NULL},
    {"{\"choices\":[{\"delta\":{\"content\":\"a\"}}],\"error\":{\"message\":\"no\"}}", NULL},
    {"{\"choices\":[]}", NULL},
    {"{\"choices\":[7]}", NULL},
    {"{\"choices\":{}}", NULL},
    {"{\"choices\":[{\"delta\":{\"content\":\"a\"}}]}}", NULL},
    {"{\"choices\":[{\"delta\":{\"content\":\"a\xff\"}}]}", NULL},
    {"[]", NULL},
    {"", NULL},
};

/* What is had is what openai_chunk() gives, of an event that holds nothing else for this reader. */
static void check_text(const char *data, size_t len, const json_t *text,
                       const struct model_reading *reading)
{
    json_t *event = NULL;
    struct model_reading other = {.id = "run-1"};
    if (json_read(&event, data, len, NULL))
        fail_msg("text of what is no JSON: %.*s", (int)len, data);
    json_t *chunk = openai_chunk(&other, event);
    json_t *error = json_object_get(event, "error");
    if (!json_equal(json_object_get(chunk, "content"), text) || (error && !json_is_null(error)) ||
        !json_is_null(json_object_get(chunk, "usage_metadata")))
        fail_msg("another text than the chunk's: %.*s", (int)len, data);
    assert_int_equal(reading->answered, other.answered);
    assert_int_equal(reading->finished, other.finished);
    json_decref(chunk);
    json_decref(event);
}

static void check(const char *data, size_t len, const char *expected, bool known)
{
    struct model_reading reading = {.id = "run-1"};
    json_t *text = openai_delta_text(&reading, data, len);
    if (known && (!text != !expected || (text && strcmp(json_string_value(text), expected) != 0)))
        fail_msg("got %s of %s", text ? json_string_value(text) : "nothing", data);
    if (text)
        check_text(data, len, text, &reading);
    else
        assert_false(reading.answered || reading.finished);
    json_decref(text);
}

static void plain_events_give_their_text(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof events / sizeof *events; i++)
        check(events[i].event, strlen(events[i].event), events[i].text, true);
}

/* Cut off anywhere, or with any byte replaced, an event gives the text of its chunk or none. */
static void no_event_is_read_in_another_way_than_in_full(void **state)
{
    static const char others[] = "{}[],:\"\\01n acdeiox\x01\xc3";
    (void)state;
    for (size_t i = 0; i < sizeof events / sizeof *events; i++) {
        size_t len = strlen(events[i].event);
        char *changed = mem_strdup(events[i].event);
        for (size_t at = 0; at < len; at++) {
            check(changed, at, NULL, false);
            for (const char *other = others; *other; other++) {
                changed[at] = *other;
                check(changed, len, NULL, false);
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
