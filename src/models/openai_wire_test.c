#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/text.h"
#include "models/openai_wire.h"
#include "models/provider_error.h"

/* JSON written with ' for ". */
static json_t *read_value(const char *text)
{
    char *copy = strdup(text);
    json_t *value = NULL;
    for (char *c = copy; *c; c++)
        *c = *c == '\'' ? '"' : *c;
    if (json_read(&value, copy, strlen(copy), NULL))
        fail_msg("no JSON: %s", text);
    free(copy);
    return value;
}

/* Asserts that a value (taken) is what is written. */
static void check_value(json_t *got, const char *expected)
{
    json_t *want = read_value(expected);
    if (!got || !json_equal(got, want)) {
        char *text = json_dumps(got, JSON_ENCODE_ANY);
        fail_msg("got %s\nexpected %s", text ? text : "nothing", expected);
    }
    json_decref(want);
    json_decref(got);
}

static json_t *request(const char *messages, const char *parameters, bool stream, bool usage)
{
    json_t *list = read_value(messages);
    struct model_options options = {.model = "m",
                                    .parameters = read_value(parameters),
                                    .stream_usage = usage};
    json_t *body = openai_request(&options, NULL, list, stream, NULL);
    json_decref(list);
    json_decref(options.parameters);
    return body;
}

/* A message of a history and what goes to the provider. */
static const struct {
    const char *message, *sent;
} messages[] = {
    {"{'type':'human','content':'hi','name':null,'id':null}", "{'role':'user','content':'hi'}"},
    {"{'type':'system','content':'be'}", "{'role':'system','content':'be'}"},
    {"{'type':'ai','content':'so','tool_calls':[]}", "{'role':'assistant','content':'so'}"},
    {"{'type':'AIMessageChunk','content':'so'}", "{'role':'assistant','content':'so'}"},
    {"{'type':'HumanMessageChunk','content':'x'}", "{'role':'user','content':'x'}"},
    {"{'type':'chat','role':'critic','content':'x'}", "{'role':'critic','content':'x'}"},
    {"{'type':'function','name':'f','content':'1'}",
     "{'role':'function','name':'f','content':'1'}"},
    {"{'type':'human','content':'hi','name':'ada'}", "{'role':'user','content':'hi','name':'ada'}"},
    {"{'type':'tool','content':'22','tool_call_id':'c1','name':'w','status':'success'}",
     "{'role':'tool','content':'22','tool_call_id':'c1'}"},
    {"{'type':'human','content':[{'type':'text','text':'a'}]}",
     "{'role':'user','content':[{'type':'text','text':'a'}]}"},
    {"{'type':'human','content':[{'type':'image','base64':'QQ==','mime_type':'image/png'},"
     "{'type':'image','url':'https://e.x/a.png'},{'type':'image','source_type':'base64',"
     "'data':'QQ==','mime_type':'image/gif'},{'type':'image','source':{'type':'base64',"
     "'media_type':'image/png','data':'QQ=='}}]}",
     "{'role':'user','content':["
     "{'type':'image_url','image_url':{'url':'data:image/png;base64,QQ=='}},"
     "{'type':'image_url','image_url':{'url':'https://e.x/a.png'}},"
     "{'type':'image_url','image_url':{'url':'data:image/gif;base64,QQ=='}},"
     "{'type':'image_url','image_url':{'url':'data:image/png;base64,QQ=='}}]}"},
    {"{'type':'human','content':[{'type':'file','base64':'QQ==','mime_type':'application/pdf',"
     "'extras':{'filename':'a.pdf'}},{'type':'file','file_id':'f1'},{'type':'audio','base64':"
     "'QQ==','mime_type':'audio/wav'},{'type':'file','file':{'file_id':'f2'}},'bare']}",
     "{'role':'user','content':[{'type':'file','file':{'file_data':"
     "'data:application/pdf;base64,QQ==','filename':'a.pdf'}},"
     "{'type':'file','file':{'file_id':'f1'}},{'type':'input_audio','input_audio':{'data':'QQ==',"
     "'format':'wav'}},{'type':'file','file':{'file_id':'f2'}},'bare']}"},
    {"{'type':'ai','content':[{'type':'thinking','thinking':'t'},{'type':'text','text':'a'},"
     "{'type':'tool_use','id':'c1','name':'w','input':{}}]}",
     "{'role':'assistant','content':[{'type':'text','text':'a'}]}"},
    {"{'type':'ai','content':'','additional_kwargs':{'function_call':{'name':'f','arguments':"
     "'{}'}}}",
     "{'role':'assistant','content':null,'function_call':{'name':'f','arguments':'{}'}}"},
    {"{'type':'human'}", "{'role':'user','content':''}"},
    {"{'type':'ai','content':'','tool_calls':[{'name':'w','args':{'city':'M\xc3\xbcnchen','n':1},"
     "'id':'c1','type':'tool_call'}]}",
     "{'role':'assistant','content':null,'tool_calls':[{'type':'function','id':'c1','function':"
     "{'name':'w','arguments':'{\\'city\\':\\'M\xc3\xbcnchen\\',\\'n\\':1}'}}]}"},
    {"{'type':'ai','content':'text','tool_calls':[{'name':'w','args':{},'id':'c1'}],"
     "'invalid_tool_calls':[{'name':'v','args':'{oops','id':'c2','error':'x'}]}",
     "{'role':'assistant','content':'text','tool_calls':["
     "{'type':'function','id':'c1','function':{'name':'w','arguments':'{}'}},"
     "{'type':'function','id':'c2','function':{'name':'v','arguments':'{oops'}}]}"},
    {"{'type':'ai','content':[],'tool_calls':[{'name':'w','args':{},'id':null}]}",
     "{'role':'assistant','content':null,'tool_calls':["
     "{'type':'function','id':null,'function':{'name':'w','arguments':'{}'}}]}"},
    /* What clients may leave out or write wrong. */
    {"{'type':'ai','content':'','tool_calls':[{'name':'w','id':'c1'}]}",
     "{'role':'assistant','content':null,'tool_calls':["
     "{'type':'function','id':'c1','function':{'name':'w','arguments':'{}'}}]}"},
    {"{'type':'ai','content':'','tool_calls':[7,{}]}",
     "{'role':'assistant','content':null,'tool_calls':["
     "{'type':'function','id':null,'function':{'name':'','arguments':'{}'}},"
     "{'type':'function','id':null,'function':{'name':'','arguments':'{}'}}]}"},
    {"{'type':'ai','content':'x','tool_calls':{},'invalid_tool_calls':'no'}",
     "{'role':'assistant','content':'x'}"},
};

static void messages_go_out_as_openai_wants_them(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof messages / sizeof *messages; i++) {
        json_t *list = read_value("[]"), *message = read_value(messages[i].message);
        struct model_options options = {.model = "m", .parameters = json_object()};
        json_array_append_new(list, message);
        json_t *body = openai_request(&options, NULL, list, false, NULL);
        check_value(json_incref(json_array_get(json_object_get(body, "messages"), 0)),
                    messages[i].sent);
        json_decref(body);
        json_decref(list);
        json_decref(options.parameters);
    }
}

static void a_request_holds_model_and_parameters(void **state)
{
    (void)state;
    check_value(request("[]", "{}", false, true), "{'messages':[],'model':'m'}");
    check_value(request("[]", "{}", true, false), "{'messages':[],'model':'m','stream':true}");
    check_value(request("[]", "{'temperature':0.5,'stop':['x']}", true, true),
                "{'messages':[],'model':'m','stream':true,'stream_options':"
                "{'include_usage':true},'temperature':0.5,'stop':['x']}");
}

static void parameters_of_a_call_count_more_than_the_models(void **state)
{
    (void)state;
    struct model_options options = {.model = "m", .parameters = read_value("{'temperature':0.5}")};
    json_t *kwargs = read_value("{'temperature':0.9,'stop':['x'],'max_tokens':7,'own':{'a':1},"
                                "'stream':true,'extra_body':{'k':2}}");
    json_t *none = json_array();
    check_value(openai_request(&options, kwargs, none, false, NULL),
                "{'messages':[],'model':'m','temperature':0.9,'stop':['x'],'own':{'a':1},"
                "'max_completion_tokens':7,'k':2}");
    json_decref(none);
    json_decref(kwargs);
    json_decref(options.parameters);
}

static void usage_is_langchains(void **state)
{
    (void)state;
    json_t *usage = read_value(
        "{'prompt_tokens':7,'completion_tokens':5,'total_tokens':12,'prompt_tokens_details':"
        "{'cached_tokens':3,'audio_tokens':null},'completion_tokens_details':"
        "{'reasoning_tokens':2}}");
    check_value(openai_usage(usage),
                "{'input_tokens':7,'output_tokens':5,'total_tokens':12,'input_token_details':"
                "{'cache_read':3},'output_token_details':{'reasoning':2}}");
    json_decref(usage);
    usage = read_value("{'prompt_tokens':7,'completion_tokens':null,'prompt_tokens_details':null}");
    check_value(openai_usage(usage), "{'input_tokens':7,'output_tokens':0,'total_tokens':7,"
                                     "'input_token_details':{},'output_token_details':{}}");
    json_decref(usage);
    assert_null(openai_usage(NULL));
    assert_null(openai_usage(json_null()));
}

/* A part of the message that an answer gives. */
static const struct {
    const char *message, *member, *value;
} answers[] = {
    {"{'content':'hello'}", "content", "'hello'"},
    {"{'content':null}", "content", "''"},
    {"{}", "content", "''"},
    {"{'content':null,'refusal':'No.'}", "content", "''"},
    {"{'content':null,'refusal':'No.'}", "additional_kwargs", "{'refusal':'No.'}"},
    {"{'content':'4','reasoning_content':'2+2'}", "content", "'4'"},
    {"{'content':'4','reasoning_content':'2+2'}", "additional_kwargs",
     "{'reasoning_content':'2+2'}"},
    {"{'content':'x','refusal':null}", "additional_kwargs", "{}"},
    {"{'tool_calls':[{'id':'c','type':'function','function':{'name':'f','arguments':"
     "'{\\'a\\':[1]}'}}]}",
     "tool_calls", "[{'name':'f','args':{'a':[1]},'id':'c','type':'tool_call'}]"},
    {"{'tool_calls':[{'id':'c','function':{'name':'f','arguments':''}},"
     "{'function':{'name':'f','arguments':'null'}},"
     "{'function':{'name':'f','arguments':null}}]}",
     "tool_calls",
     "[{'name':'f','args':{},'id':'c','type':'tool_call'},"
     "{'name':'f','args':{},'id':null,'type':'tool_call'},"
     "{'name':'f','args':{},'id':null,'type':'tool_call'}]"},
    {"{'tool_calls':[{'id':'c','function':{'name':'f','arguments':'{\\'a\\':\\'x\\ny\\'}'}}]}",
     "tool_calls", "[{'name':'f','args':{'a':'x\\ny'},'id':'c','type':'tool_call'}]"},
    {"{'tool_calls':[{'id':'c','function':{'name':'f','arguments':'{oops'}}]}",
     "invalid_tool_calls",
     "[{'name':'f','args':'{oops','id':'c','error':'the arguments are no JSON object',"
     "'type':'invalid_tool_call'}]"},
    {"{'tool_calls':[{'id':'c','function':{'name':'f','arguments':'[1]'}}]}", "tool_calls", "[]"},
    {"{'tool_calls':[{'id':'c'},7,null]}", "tool_calls", "[]"},
    {"{'tool_calls':null}", "tool_calls", "[]"},
    {"{'tool_calls':'no'}", "invalid_tool_calls", "[]"},
};

static void answers_become_messages(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
        json_t *given = read_value(answers[i].message);
        json_t *answer = json_pack("{s:s,s:[{s:o,s:s}]}", "model", "m-1", "choices", "message",
                                   given, "finish_reason", "stop");
        const char *why = NULL;
        json_t *message = openai_message(&(struct model_reading){.id = "run-1"}, answer, &why);
        assert_non_null(message);
        assert_string_equal(json_get_string(message, "type"), "ai");
        assert_string_equal(json_get_string(message, "id"), "run-1");
        const json_t *metadata = json_object_get(message, "response_metadata");
        assert_string_equal(json_get_string(metadata, "model_name"), "m-1");
        assert_string_equal(json_get_string(metadata, "finish_reason"), "stop");
        check_value(json_incref(json_object_get(message, answers[i].member)), answers[i].value);
        json_decref(message);
        json_decref(answer);
    }
}

static void an_answer_without_a_message_is_told(void **state)
{
    (void)state;
    static const char *const wrong[] = {"{}",
                                        "{'choices':[]}",
                                        "{'choices':null}",
                                        "{'choices':[{}]}",
                                        "{'choices':[{'message':null}]}",
                                        "[]",
                                        "'text'",
                                        "{'choices':[{'message':'text'}]}"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        json_t *answer = read_value(wrong[i]);
        const char *why = NULL;
        assert_null(openai_message(&(struct model_reading){.id = NULL}, answer, &why));
        assert_true(strlen(why) > 10);
        json_decref(answer);
    }
}

/* A part of the chunk that an event gives; no member: no chunk. */
static const struct {
    const char *event, *member, *value;
} events[] = {
    {"{'choices':[{'delta':{'content':'he'}}]}", "content", "'he'"},
    {"{'choices':[{'delta':{'role':'assistant','content':null}}]}", "content", "''"},
    {"{'choices':[{'delta':{'reasoning_content':'hm'}}]}", "content", "''"},
    {"{'choices':[{'delta':{'reasoning_content':'hm'}}]}", "additional_kwargs",
     "{'reasoning_content':'hm'}"},
    {"{'choices':[{'delta':{'refusal':'No'}}]}", "additional_kwargs", "{'refusal':'No'}"},
    {"{'model':'m-1','choices':[{'delta':{},'finish_reason':'stop'}]}", "response_metadata",
     "{'finish_reason':'stop','model_name':'m-1','model_provider':'openai'}"},
    {"{'model':'m-1','choices':[{'delta':{'content':'x'},'finish_reason':null}]}",
     "response_metadata", "{'model_provider':'openai'}"},
    {"{'choices':[],'usage':{'prompt_tokens':1,'completion_tokens':2,'total_tokens':3}}",
     "usage_metadata",
     "{'input_tokens':1,'output_tokens':2,'total_tokens':3,"
     "'input_token_details':{},'output_token_details':{}}"},
    {"{'choices':[],'usage':{'prompt_tokens':1}}", "response_metadata", "{}"},
    {"{'choices':[{'delta':{'tool_calls':[{'index':0,'id':'c','function':{'name':'f',"
     "'arguments':'{'}},{'index':1,'function':{'arguments':'x'}}]}}]}",
     "tool_call_chunks",
     "[{'name':'f','args':'{','id':'c','index':0,'type':'tool_call_chunk'},"
     "{'name':null,'args':'x','id':null,'index':1,'type':'tool_call_chunk'}]"},
    {"{'choices':[{'delta':{'tool_calls':[7,{},{'index':0},{'function':7}]}}]}", "tool_call_chunks",
     "[]"},
    {"{'choices':[{'delta':{'tool_calls':[{'id':'c','function':{'name':'f','arguments':{'a':1}}}]}}"
     "]}",
     "tool_call_chunks",
     "[{'name':'f','args':'{\\'a\\': 1}','id':'c','index':null,'type':'tool_call_chunk'}]"},
    {"{'choices':[{'delta':{'content':7}}]}", "content", "''"},
    {"{'choices':[]}", NULL, NULL},
    {"{'choices':[],'usage':null}", NULL, NULL},
    {"{'choices':[{'delta':null}]}", NULL, NULL},
    {"{'choices':[{}]}", NULL, NULL},
    {"{}", NULL, NULL},
    {"[]", NULL, NULL},
};

static void events_become_chunks(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof events / sizeof *events; i++) {
        json_t *event = read_value(events[i].event);
        json_t *chunk = openai_chunk(&(struct model_reading){.id = "run-1"}, event);
        assert_int_equal(chunk != NULL, events[i].member != NULL);
        if (chunk) {
            assert_string_equal(json_get_string(chunk, "type"), "AIMessageChunk");
            check_value(json_incref(json_object_get(chunk, events[i].member)), events[i].value);
        }
        json_decref(chunk);
        json_decref(event);
    }
}

static const struct {
    int status;
    const char *body; /* NULL: no JSON */
    enum ls_err err;
    const char *text;
} failures[] = {
    {401, "{'error':{'message':'bad key','code':'invalid_api_key'}}", LS_UPSTREAM_AUTH,
     "the provider answered 401 invalid_api_key: bad key"},
    {403, NULL, LS_UPSTREAM_AUTH, "the provider answered 403"},
    {400, "{'error':{'message':'too long','code':'context_length_exceeded'}}", LS_CONTEXT_LENGTH,
     "context_length_exceeded: too long"},
    {400, "{'error':{'message':'the maximum context length is 4096'}}", LS_CONTEXT_LENGTH, "4096"},
    {429, "{'error':{'type':'tokens','code':null}}", LS_UPSTREAM_RATE_LIMIT, "429 tokens"},
    {400, "{'error':{'code':'rate_limit_exceeded'}}", LS_UPSTREAM_RATE_LIMIT, "400"},
    {408, NULL, LS_UPSTREAM_TIMEOUT, "408"},
    {504, NULL, LS_UPSTREAM_TIMEOUT, "504"},
    {404, "{'error':'no such model'}", LS_UPSTREAM_REFUSED, "404: no such model"},
    {422, "{'error':{'message':7,'code':9}}", LS_UPSTREAM_REFUSED, "422"},
    {500, "[]", LS_UPSTREAM, "500"},
    {503, "{'error':null}", LS_UPSTREAM, "503"},
    {200, "{'error':{'message':'overloaded'}}", LS_UPSTREAM, "200: overloaded"},
};

static void failures_have_their_kinds(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof failures / sizeof *failures; i++) {
        struct arena *arena = arena_new(0);
        json_t *body = failures[i].body ? read_value(failures[i].body) : NULL;
        struct outcome outcome = provider_failure(arena, failures[i].status, body, "sk-secret");
        assert_int_equal(outcome.kind, OUTCOME_ERROR);
        assert_int_equal(outcome.err, failures[i].err);
        assert_non_null(strstr(outcome.message, failures[i].text));
        assert_null(outcome.client);
        json_decref(body);
        arena_free(&arena);
    }
}

static void check_hidden(const char *code, const char *message, const char *key)
{
    struct arena *arena = arena_new(0);
    json_t *body = json_pack("{s:{s:s,s:s}}", "error", "code", code, "message", message);
    struct outcome outcome = provider_failure(arena, 401, body, key);
    char half[8];
    snprintf(half, sizeof half, "%s", key);
    assert_null(strstr(outcome.message, half));
    assert_true(text_is_utf8(outcome.message, strlen(outcome.message)));
    assert_in_range(strlen(outcome.message), 20, 2500);
    json_decref(body);
    arena_free(&arena);
}

/* The key does not stand in the text, and no part of it where the text was cut. */
static void the_key_is_blotted_out(void **state)
{
    (void)state;
    static const char key[] = "sk-0123456789abcdef";
    static char message[3000];
    check_hidden("sk-0123456789abcdef", "none", key);
    check_hidden("x", "sk-0123456789abcdefsk-0123456789abcdef is wrong", key);
    for (size_t at = 1900; at < 2100; at++) {
        memset(message, 'x', at);
        snprintf(message + at, sizeof message - at, "%s and more", key);
        check_hidden("x", message, key);
    }
    for (size_t shift = 0; shift < 3; shift++) {
        memset(message, 'x', shift);
        message[shift] = '\0';
        for (int i = 0; i < 900; i++)
            strncat(message, "\xe2\x82\xac", 4);
        check_hidden("x", message, key);
    }
    struct arena *arena = arena_new(0);
    (void)provider_failure(arena, 500, NULL, NULL);
    (void)provider_failure(arena, 500, NULL, "");
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_go_out_as_openai_wants_them),
        cmocka_unit_test(a_request_holds_model_and_parameters),
        cmocka_unit_test(parameters_of_a_call_count_more_than_the_models),
        cmocka_unit_test(usage_is_langchains),
        cmocka_unit_test(answers_become_messages),
        cmocka_unit_test(an_answer_without_a_message_is_told),
        cmocka_unit_test(events_become_chunks),
        cmocka_unit_test(failures_have_their_kinds),
        cmocka_unit_test(the_key_is_blotted_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
