#include "app/providers.h"

#include <string.h>

#include "app/provider_anthropic.h"
#include "app/provider_fake.h"
#include "app/provider_ollama.h"
#include "app/provider_openai.h"

#define FAKE_RULE                                                                                 \
    "{\"anyOf\":[{\"required\":[\"responses\"],\"properties\":{\"responses\":{\"minItems\":1}}}," \
    "{\"required\":[\"echo\"],\"properties\":{\"echo\":{\"not\":{\"const\":false}}}},"            \
    "{\"required\":[\"error\"]}]}"

const struct provider providers[] = {
    {.name = "openai",
     .shown = "ChatOpenAI",
     .options = openai_model_options,
     .url_variable = "OPENAI_BASE_URL",
     .build = provider_openai,
     .doc = "OpenAI, and everything that speaks its chat completions: vLLM, llama.cpp, Ollama "
            "(`base_url: http://localhost:11434/v1`), gateways. The key is `api_key` or the "
            "environment's `OPENAI_API_KEY`; it goes to `base_url` only, and redirects are not "
            "followed."},
    {.name = "openai-completion",
     .shown = "OpenAI",
     .options = openai_model_options,
     .url_variable = "OPENAI_BASE_URL",
     .build = provider_openai_completion,
     .doc = "Models of texts, and not of messages, by OpenAI's `/completions`: they go on where a "
            "text ends, and give text. The options are those of `openai`, but `logprobs`, "
            "`reasoning_effort` and `service_tier`."},
    {.name = "azure",
     .shown = "AzureChatOpenAI",
     .options = openai_model_options,
     .url_variable = "AZURE_OPENAI_ENDPOINT",
     .build = provider_azure,
     .doc =
         "OpenAI's models on Azure: `deployment`, `api_version`, and as `base_url` the resource's "
         "address without a path, or the environment's `AZURE_OPENAI_ENDPOINT`. The key is "
         "`api_key` or `AZURE_OPENAI_API_KEY`. `model` is what traces and metrics call it, the "
         "deployment's name when absent."},
    {.name = "anthropic",
     .shown = "ChatAnthropic",
     .options = anthropic_model_options,
     .url_variable = "ANTHROPIC_BASE_URL",
     .build = provider_anthropic,
     .doc = "Anthropic's Messages API, and servers that speak it. The key is `api_key` or the "
            "environment's `ANTHROPIC_API_KEY`; it goes to `base_url` only, and redirects are not "
            "followed."},
    {.name = "ollama",
     .shown = "ChatOllama",
     .options = ollama_model_options,
     .url_variable = "OLLAMA_HOST",
     .build = provider_ollama,
     .doc = "Ollama's own `/api/chat`, at `http://localhost:11434` unless `base_url` or the "
            "environment's `OLLAMA_HOST` says otherwise."},
    {.name = "fake",
     .shown = "FakeListChatModel",
     .options = fake_model_options,
     .rule = FAKE_RULE,
     .build = provider_fake,
     .doc = "Answers without a network: for tests, demonstrations and benchmarks."},
    {.name = "fake-completion",
     .shown = "FakeStreamingListLLM",
     .options = fake_model_options,
     .rule = FAKE_RULE,
     .build = provider_fake_completion,
     .doc =
         "Likewise, as a model of texts. With `chunk: whole` it is LangChain's FakeListLLM, which "
         "does not stream."},
    {.name = NULL},
};

static const struct provider *find_provider(struct builder *builder, const struct node *map)
{
    const char *names[sizeof providers / sizeof providers[0]];
    const struct node *name = node_get(map, "provider");
    size_t count = 0;
    if (!name || name->kind != NODE_STRING) {
        problems_error(builder->problems, name ? name->place : map->place,
                       name ? "provider: expected a name, such as openai"
                            : "a model names its provider: `provider: openai`, or `fake`");
        return NULL;
    }
    for (const struct provider *p = providers; p->name; p++) {
        if (strcmp(p->name, name->as.string.text) == 0)
            return p;
        names[count++] = p->name;
    }
    names[count] = NULL;
    problems_unknown(builder->problems, name->place, "provider", name->as.string.text, names);
    return NULL;
}

/* The keys that are the provider's. */
static const char *const *own_keys(struct arena *arena, const struct provider *provider)
{
    size_t count = 0;
    while (provider->options[count].name)
        count++;
    const char **keys = arena_zalloc(arena, (count + 2) * sizeof *keys);
    keys[0] = "provider";
    for (size_t i = 0; i < count; i++)
        keys[i + 1] = provider->options[i].name;
    return keys;
}

struct runnable *provider_build(struct builder *builder, const struct node *map, const char *name)
{
    if (map->kind != NODE_MAP) {
        problems_error(builder->problems, map->place, "%s%sexpected the options of a model, not %s",
                       name ? name : "", name ? ": " : "", node_kind_name(map->kind));
        return NULL;
    }
    const struct provider *provider = find_provider(builder, map);
    struct runnable *model = provider ? provider->build(builder, map) : NULL;
    return model ? model_common_apply(builder, map, own_keys(builder->arena, provider), model)
                 : NULL;
}
