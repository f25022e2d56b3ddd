#include "app/kinds.h"

#include <string.h>

#include "app/build.h"
#include "app/build_prompt.h"
#include "app/build_remote.h"
#include "app/build_tool.h"
#include "app/modifiers.h"
#include "app/parsers.h"
#include "base/mem.h"
#include "base/text.h"

#define ANY_EXPRESSION "{\"$ref\":\"#/$defs/expression\"}"
#define MAP_OF_EXPRESSIONS \
    "{\"type\":\"object\",\"minProperties\":1,\"additionalProperties\":" ANY_EXPRESSION "}"

#define LUA_SOURCE                                                                   \
    "{\"oneOf\":[{\"type\":\"string\"},{\"type\":\"object\",\"required\":[\"file\"," \
    "\"function\"],\"properties\":{\"file\":{\"type\":\"string\"},\"function\":"     \
    "{\"type\":\"string\"}},\"additionalProperties\":false}]}"

#define LAMBDA_SOURCE                                                                         \
    "{\"oneOf\":[" LUA_SOURCE ",{\"type\":\"object\",\"required\":[\"plugin\",\"function\"]," \
    "\"properties\":{\"plugin\":{\"type\":\"string\"},\"function\":{\"type\":\"string\"}},"   \
    "\"additionalProperties\":false}]}"

#define TEMPLATE                                                                      \
    "{\"oneOf\":[{\"type\":\"string\"},{\"type\":\"object\",\"required\":[\"file\"]," \
    "\"properties\":{\"file\":{\"type\":\"string\"}},\"additionalProperties\":false}]}"

#define MESSAGES                                                                                 \
    "{\"type\":\"array\",\"minItems\":1,\"items\":{\"oneOf\":[{\"type\":\"string\"},"            \
    "{\"type\":\"array\",\"minItems\":2,\"maxItems\":2,\"prefixItems\":[{\"type\":\"string\"}]," \
    "\"items\":{\"type\":[\"string\",\"object\",\"array\"]}},{\"type\":\"object\"}]}}"

#define FEW_SHOT                                                                                  \
    "{\"type\":\"object\",\"required\":[\"examples\",\"example\"],\"properties\":{\"examples\":{" \
    "\"type\":\"array\",\"items\":{\"type\":\"object\"}},\"example\":{\"oneOf\":[" TEMPLATE       \
    "," MESSAGES "]},\"prefix\":" TEMPLATE ",\"suffix\":" TEMPLATE ",\"separator\":" TEMPLATE     \
    ",\"measure\":" TEMPLATE ",\"max_length\":{\"type\":\"integer\",\"minimum\":0}},"             \
    "\"additionalProperties\":false}"

const struct kind kinds[] = {
    {.key = "prompt",
     .shown = "ChatPromptTemplate",
     .build = build_prompt,
     .options = prompt_options,
     .value = "{\"oneOf\":[" TEMPLATE "," MESSAGES "]}",
     .doc = "Messages for a chat model. A template is one human message; a list holds "
            "`[role, content]` pairs (roles `system`, `human`, `ai`), placeholders for lists of "
            "messages, other prompts and examples. A content is a template, or a list of parts: "
            "texts, images, data. Templates are Python f-strings (`{name}` is a variable, `{{` and "
            "`}}` are braces) or mustache, or `{file: …}` with one. [prompts.md](prompts.md) says "
            "more.",
     .example = "prompt:\n  - [system, \"You are a {role}.\"]\n  - {placeholder: history, "
                "optional: true}\n  - [human, \"{question}\"]\n"},
    {.key = "template",
     .shown = "PromptTemplate",
     .build = build_template,
     .options = prompt_options,
     .value = TEMPLATE,
     .doc = "A text with variables; gives one prompt text and no messages.",
     .example = "template: \"Summarise: {text}\"\n"},
    {.key = "few_shot",
     .shown = "FewShotPromptTemplate",
     .build = build_few_shot,
     .options = prompt_options,
     .value = FEW_SHOT,
     .doc =
         "A prompt with examples. Where `example` is a template it gives one text: `prefix`, the "
         "examples, `suffix`. Where it is a list of messages it gives the examples' messages, "
         "and stands within a prompt: `{few_shot: …}`.",
     .example = "few_shot:\n  prefix: Give the opposite.\n  examples:\n    - {word: happy, "
                "opposite: sad}\n  example: \"{word}: {opposite}\"\n  suffix: \"{word}:\"\n"},
    {.key = "chain",
     .shown = "Runnable",
     .build = build_chain,
     .value = ANY_EXPRESSION,
     .doc = "Any expression. This is where modifiers of a sequence or of a named chain stand.",
     .example = "chain: [ask, gpt, str]\ntimeout: 30s\n"},
    {.key = "model",
     .shown = "BaseChatModel",
     .build = build_model_kind,
     .value = "{\"oneOf\":[{\"type\":\"string\"},{\"$ref\":\"#/$defs/model\"}]}",
     .doc = "A chat model: a name under `models:`, or its options in place.",
     .example = "model: {provider: openai, model: gpt-4o-mini}\n"},
    {.key = "parse",
     .shown = "BaseOutputParser",
     .build = build_parse,
     .options = parse_options,
     .value = "{\"enum\":[\"str\",\"json\",\"list\",\"numbered_list\",\"markdown_list\","
              "\"xml\",\"enum\",\"datetime\",\"boolean\",\"regex\",\"tools\",\"fixing\","
              "\"retry\"]}",
     .doc = "Reads a model's answer: as text (`str`), as JSON (`json`; growing snapshots while "
            "streaming, with `schema` checked), as a list (`list`: with commas, `numbered_list`, "
            "`markdown_list`), as XML (`xml`), as one of some words (`enum`, `boolean`), a time "
            "(`datetime`) or by a regular expression (`regex`); or its tool calls (`tools`). "
            "`fixing` and `retry` ask for a better answer when another parser cannot read one. "
            "`str`, `json` and `list` may also be written as bare names. "
            "[chains.md](chains.md#parsers) says more.",
     .example = "parse: json\nschema:\n  title: Joke\n  type: object\n  properties: {setup: "
                "{type: string}}\n  required: [setup]\n"},
    {.key = "parallel",
     .shown = "RunnableParallel",
     .build = build_parallel,
     .value = MAP_OF_EXPRESSIONS,
     .doc = "Several runnables on the same input, at the same time; gives an object of their "
            "outputs.",
     .example = "parallel:\n  summary: summarise\n  original: passthrough\n"},
    {.key = "assign",
     .shown = "RunnableAssign",
     .build = build_assign,
     .value = MAP_OF_EXPRESSIONS,
     .doc = "The input object with members added, each the output of a runnable on that input.",
     .example = "assign:\n  translated: translate\n"},
    {.key = "pick",
     .shown = "RunnablePick",
     .build = build_pick,
     .value = "{\"oneOf\":[{\"type\":\"string\"},{\"type\":\"array\",\"minItems\":1,\"items\":"
              "{\"type\":\"string\"}}]}",
     .doc = "One member of an object, or an object of some of its members.",
     .example = "pick: [translated, language]\n"},
    {.key = "branch",
     .shown = "RunnableBranch",
     .build = build_branch,
     .value = "{\"type\":\"array\",\"minItems\":2,\"items\":{\"anyOf\":[{\"type\":\"object\","
              "\"required\":[\"if\",\"then\"],\"properties\":{\"if\":" ANY_EXPRESSION
              ",\"then\":" ANY_EXPRESSION "},\"additionalProperties\":false},{\"type\":\"object\","
              "\"required\":[\"else\"],\"properties\":{\"else\":" ANY_EXPRESSION
              "},\"additionalProperties\":false}]}}",
     .doc = "The first `then` whose `if` holds, or else the `else`. A condition is an expression "
            "over the same input; what it gives counts as in Python: null, false, 0, empty texts, "
            "lists and objects do not hold.",
     .example = "branch:\n  - {if: {pick: urgent}, then: answer_now}\n  - {else: answer}\n"},
    {.key = "map",
     .shown = "RunnableEach",
     .build = build_map_kind,
     .value = ANY_EXPRESSION,
     .doc = "An expression over each element of a list; gives the list of what it gives. As many "
            "elements run at once as `max_concurrency` of the config says.",
     .example = "map: summarise\n"},
    {.key = "guard",
     .shown = "RunnableLambda",
     .build = build_guard,
     .value = "{\"oneOf\":[{\"enum\":[\"reject\",\"strip\",\"neutralise\",\"flag\"]},"
              "{\"$ref\":\"#/$defs/guard\"}]}",
     .doc = "Its input, in whose texts it looks for prompt injection: an action, or a mapping of "
            "[options](#guard-1). [guard.md](guard.md) says more.",
     .example = "guard: {action: strip, fields: [text]}\n"},
    {.key = "router",
     .shown = "RouterRunnable",
     .build = build_router,
     .value = MAP_OF_EXPRESSIONS,
     .doc = "The runnable that `key` of the input `{key, input}` names, on `input`.",
     .example = "router:\n  short: summarise\n  long: explain\n"},
    {.key = "value",
     .shown = "RunnableLambda",
     .build = build_value,
     .value = "{}",
     .doc = "A constant, whatever the input.",
     .example = "value: {ok: true}\n"},
    {.key = "lambda",
     .shown = "RunnableLambda",
     .build = build_lambda,
     .value = LAMBDA_SOURCE,
     .doc = "Lua over `input` and `config`: an expression, or a body that returns. `{file, "
            "function}` names a function of a file, relative to this one. See lua.md.",
     .example = "lambda: \"{text = text.trim(input.text)}\"\n"},
    {.key = "generator",
     .shown = "RunnableGenerator",
     .build = build_lua_generator,
     .value = LUA_SOURCE,
     .doc = "Lua over the whole `input` that gives its output in chunks, each by `emit(chunk)`.",
     .example = "generator: |\n  for word in input:gmatch(\"%S+\") do emit(word) end\n"},
    {.key = "tool",
     .shown = "BaseTool",
     .build = build_tool,
     .options = tool_options,
     .value = ANY_EXPRESSION,
     .doc = "A function that models may call: Lua over its arguments, which are `input`, or any "
            "expression. Its `name` is the tool's. A tool call of a model's message is answered "
            "with a tool message.",
     .example = "tool: input.a * input.b\nname: multiply\ndescription: Multiply two numbers.\n"
                "args: {properties: {a: {type: integer}, b: {type: integer, default: 2}}, "
                "required: [a]}\n"},
    {.key = "retriever",
     .shown = "BaseRetriever",
     .build = build_retriever,
     .value = ANY_EXPRESSION,
     .doc = "Documents for a query: Lua over the query, which is `input`, or any expression, that "
            "gives a list of `{page_content, metadata, id}`, or of texts.",
     .example = "retriever: \"{{page_content = 'about ' .. input}}\"\nname: FixedRetriever\n"},
    {.key = "remote",
     .shown = "RemoteRunnable",
     .build = build_remote,
     .options = remote_options,
     .value = "{\"type\":\"string\"}",
     .doc = "A route of another LangServe server, by its URL. Its output is streamed where it "
            "streams; `configurable`, tags and metadata of the run are passed on.",
     .example = "remote: https://models.example.com/summarise\nheaders: {Authorization: "
                "\"Bearer ${TOKEN}\"}\n"},
    {.key = NULL},
};

struct builtin {
    const char *name, *kind;
};

static const struct builtin builtins[] = {
    {"str", "parse"},
    {"json", "parse"},
    {"list", "parse"},
    {"passthrough", NULL},
};

static const struct kind passthrough_kind = {.key = "passthrough",
                                             .shown = "RunnablePassthrough",
                                             .build = build_passthrough};

const struct kind *kind_find(const char *key)
{
    for (const struct kind *kind = kinds; kind->key; kind++)
        if (strcmp(kind->key, key) == 0)
            return kind;
    return NULL;
}

size_t kinds_builtin_count(void)
{
    return sizeof builtins / sizeof builtins[0];
}

const char *kinds_builtin(size_t i)
{
    return builtins[i].name;
}

const struct kind *kind_of_builtin(const char *name)
{
    for (size_t i = 0; i < kinds_builtin_count(); i++)
        if (strcmp(builtins[i].name, name) == 0)
            return builtins[i].kind ? kind_find(builtins[i].kind) : &passthrough_kind;
    return NULL;
}

static bool is_modifier(const char *key)
{
    for (const struct option *option = modifier_options; option->name; option++)
        if (strcmp(option->name, key) == 0)
            return true;
    return false;
}

void kind_options_read(struct builder *builder, const char *key, const struct node *map, void *out)
{
    size_t count = 0;
    while (modifier_options[count].name)
        count++;
    const char **others = arena_zalloc(builder->arena, (count + 2) * sizeof *others);
    others[0] = key;
    for (size_t i = 0; i < count; i++)
        others[i + 1] = modifier_options[i].name;
    options_read(kind_find(key)->options, map, out, others, key, builder->arena, builder->problems);
}

/* The first key that looks like a misspelt kind. */
static const char *nearest_kind(const char *key)
{
    const char *words[sizeof kinds / sizeof kinds[0]];
    size_t n = 0;
    for (const struct kind *kind = kinds; kind->key; kind++)
        words[n++] = kind->key;
    words[n] = NULL;
    return is_modifier(key) ? NULL : text_nearest(key, words);
}

void kinds_tell_missing(struct problems *problems, const struct node *map)
{
    for (size_t i = 0; i < map->as.map.count; i++) {
        const struct node_member *member = &map->as.map.members[i];
        const char *near = nearest_kind(member->key);
        if (near) {
            problems_error(problems, member->key_place, "unknown kind '%s', did you mean '%s'?",
                           member->key, near);
            return;
        }
    }
    problems_error(problems, map->place,
                   "a mapping without a kind (prompt, model, parallel, …); for an object of "
                   "several outputs write `parallel: {…}`");
}
