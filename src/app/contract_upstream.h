/* For the contract suite: what the servers of models and remote routes answer; see
 * loop/fetch_double.h for the scripts. */
#pragma once

#include "base/json.h"
#include "loop/fetch_double.h"
#include "run/run_stand.h"

#define OPENAI_EVENT(delta)                                                                  \
    "data: {\"id\": \"c\", \"model\": \"m\", \"choices\": [{\"index\": 0, \"delta\": " delta \
    "}]}\n\n"

static const char openai_streamed[] =
    OPENAI_EVENT("{\"role\": \"assistant\", \"content\": \"he\"}") ": a comment\n\n" OPENAI_EVENT(
        "{\"content\": \"llo\"}") OPENAI_EVENT("{}") "data: [DONE]\n\n";

static const char openai_whole[] =
    "{\"id\": \"c\", \"model\": \"m\", \"choices\": [{\"index\": 0, \"message\": {\"role\": "
    "\"assistant\", \"content\": \"hello\"}, \"finish_reason\": \"stop\"}], \"usage\": "
    "{\"prompt_tokens\": 1, \"completion_tokens\": 2, \"total_tokens\": 3}}";

#define TEXT_EVENT(text)                                                                         \
    "data: {\"id\": \"c\", \"model\": \"m\", \"choices\": [{\"index\": 0, \"text\": " text "}]}" \
    "\n\n"

static const char texts_streamed[] = TEXT_EVENT("\"he\"") TEXT_EVENT("\"llo\"") "data: [DONE]\n\n";

static const char texts_whole[] =
    "{\"id\": \"c\", \"model\": \"m\", \"choices\": [{\"index\": 0, \"text\": \"hello\"}]}";

static const char anthropic_streamed[] =
    "event: message_start\ndata: {\"type\": \"message_start\", \"message\": {\"model\": \"m\"}}\n\n"
    "data: {\"type\": \"ping\"}\n\n"
    "data: {\"type\": \"content_block_start\", \"index\": 0, \"content_block\": {\"type\": "
    "\"text\","
    " \"text\": \"\"}}\n\n"
    "data: {\"type\": \"content_block_delta\", \"index\": 0, \"delta\": {\"type\": \"text_delta\","
    " \"text\": \"hello\"}}\n\n"
    "data: {\"type\": \"message_delta\", \"delta\": {\"stop_reason\": \"end_turn\"}}\n\n"
    "data: {\"type\": \"message_stop\"}\n\n";

static const char anthropic_whole[] =
    "{\"id\": \"c\", \"model\": \"m\", \"content\": [{\"type\": \"text\", \"text\": \"hello\"}],"
    " \"stop_reason\": \"end_turn\"}";

static const char ollama_streamed[] =
    "{\"model\": \"m\", \"message\": {\"content\": \"he\"}, \"done\": false}\n"
    "{\"model\": \"m\", \"message\": {\"content\": \"llo\"}, \"done\": false}\n"
    "{\"model\": \"m\", \"message\": {\"content\": \"\"}, \"done\": true}";

static const char ollama_whole[] =
    "{\"model\": \"m\", \"message\": {\"content\": \"hello\"}, \"done\": true}";

static const char remote_streamed[] =
    "event: metadata\r\ndata: {\"run_id\": \"r\"}\r\n\r\nevent: data\r\ndata: \"he\"\r\n\r\n"
    ": ping\r\n\r\nevent: data\r\ndata: \"llo\"\r\n\r\nevent: end\r\n\r\n";

static const char remote_whole[] = "{\"output\": \"hello\", \"metadata\": {\"run_id\": \"r\"}}";

static inline bool ends_with(const char *text, const char *end)
{
    size_t len = strlen(text), end_len = strlen(end);
    return len >= end_len && strcmp(text + len - end_len, end) == 0;
}

static inline char *fetch_double_body(const struct fetch_request *request)
{
    json_auto_t *asked = NULL;
    if (json_read(&asked, request->body, request->body_len, NULL) != LS_OK)
        fail_msg("the request is no JSON: %.*s", (int)request->body_len, request->body);
    bool stream = json_is_true(json_object_get(asked, "stream"));
    if (ends_with(request->url, "/chat/completions"))
        return mem_strdup(stream ? openai_streamed : openai_whole);
    if (ends_with(request->url, "/completions"))
        return mem_strdup(stream ? texts_streamed : texts_whole);
    if (ends_with(request->url, "/v1/messages"))
        return mem_strdup(stream ? anthropic_streamed : anthropic_whole);
    if (ends_with(request->url, "/api/chat"))
        return mem_strdup(stream ? ollama_streamed : ollama_whole);
    return mem_strdup(ends_with(request->url, "/stream") ? remote_streamed : remote_whole);
}
