#include "stages/tool.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "run/message.h"
#include "schema/schema.h"
#include "stages/bodied.h"
#include "stages/schema_parts.h"

struct tool {
    struct bodied bodied;
    char *description;
    struct schema *args; /* NULL: any */
};

static const struct tool *tool_of(const struct runnable *runnable)
{
    return container_of(runnable, const struct tool, bodied.wrapper.runnable);
}

/* ---- what comes in ---- */

/* The call of a model that `input` is, or NULL. */
static json_t *call_of(json_t *input)
{
    const char *type = json_get_string(input, "type");
    return type && strcmp(type, "tool_call") == 0 ? input : NULL;
}

/* Text is the first argument (new reference). */
static json_t *first_argument(const struct schema *args, json_t *text)
{
    json_t *members = json_object_get(schema_json(args), "properties");
    const char *first = json_object_iter_key(json_object_iter(members));
    return first ? json_pack("{s:O}", first, text) : json_incref(text);
}

static json_t *decode(const struct bodied_stage *stage, json_t *input, const char **why)
{
    const struct schema *args = tool_of(stage->runnable)->args;
    json_t *decoded = NULL, *errors = NULL;
    if (!args)
        return json_incref(input);
    json_auto_t *given = json_is_string(input) ? first_argument(args, input) : json_incref(input);
    if (schema_decode(args, given, &decoded, &errors) == LS_OK)
        return decoded;
    char *text = schema_errors_text(errors);
    *why = arena_printf(stage->scope->arena, "the tool %s: %s", stage->runnable->name, text);
    free(text);
    json_decref(errors);
    return NULL;
}

static json_t *enter(struct bodied_stage *stage, json_t *input, const char **why)
{
    json_t *call = call_of(input);
    if (!call)
        return decode(stage, input, why);
    stage->note = arena_hold_json(stage->scope->arena, call);
    json_auto_t *none = json_object();
    json_t *args = json_object_get(call, "args");
    return decode(stage, args ? args : none, why);
}

/* ---- what goes out ---- */

/* Whether a message may hold `value` as it is: text, or a list of texts and content blocks. */
static bool is_content(const json_t *value)
{
    static const char *const blocks[] = {"text",     "image_url",     "image",
                                         "json",     "search_result", "custom_tool_call_output",
                                         "document", "file"};
    size_t i;
    json_t *item;
    json_array_foreach(value, i, item) {
        const char *type = json_get_string(item, "type");
        bool known = json_is_string(item);
        for (size_t k = 0; type && k < sizeof blocks / sizeof *blocks; k++)
            known = known || strcmp(type, blocks[k]) == 0;
        if (!known)
            return false;
    }
    return json_is_array(value) || json_is_string(value);
}

static json_t *content_of(json_t *output)
{
    return is_content(output) ? json_incref(output) : json_text(output, JSON_SPACED);
}

static bool is_tool_message(const json_t *value)
{
    const char *type = json_get_string(value, "type");
    return type && strcmp(type, "tool") == 0 && json_object_get(value, "tool_call_id");
}

static json_t *leave(struct bodied_stage *stage, json_t *output, const char **why)
{
    json_t *id = json_object_get(stage->note, "id");
    (void)why;
    if (!id || json_is_null(id) || is_tool_message(output))
        return json_incref(output);
    json_auto_t *content = content_of(output);
    json_t *message = message_plain("tool", content);
    json_object_set_new(message, "name", json_string(stage->runnable->name));
    json_object_set(message, "tool_call_id", id);
    json_object_set_new(message, "artifact", json_null());
    json_object_set_new(message, "status", json_string("success"));
    return message;
}

static const struct bodied_ops bodied_ops = {enter, leave};

/* ---- the runnable ---- */

static struct sink *tool_open(const struct runnable *runnable, struct scope *scope,
                              const struct call *call, struct sink *out)
{
    return bodied_open(runnable, &bodied_ops, scope, call, out);
}

/* The schema of the arguments, titled and described as the tool is; without one, any object. */
static json_t *tool_input_schema(const struct runnable *runnable)
{
    const struct tool *tool = tool_of(runnable);
    json_t *schema = tool->args
                         ? json_copy(schema_json(tool->args))
                         : json_pack("{s:s,s:b}", "type", "object", "additionalProperties", 1);
    if (tool->description)
        json_object_set_new(schema, "description", json_string(tool->description));
    json_object_set_new(schema, "title", json_string(runnable->name));
    return schema;
}

static json_t *tool_serialized(const struct runnable *runnable)
{
    const char *description = tool_of(runnable)->description;
    return json_pack("{s:s,s:s}", "name", runnable->name, "description",
                     description ? description : "");
}

static void tool_fini(struct runnable *runnable)
{
    struct tool *tool = container_of(runnable, struct tool, bodied.wrapper.runnable);
    free(tool->description);
    schema_free(&tool->args);
    wrapper_fini(runnable);
}

static const struct runnable_ops tool_ops = {
    .type = "StructuredTool",
    .step = STEP_TOOL,
    .open = tool_open,
    .input_schema = tool_input_schema,
    .serialized = tool_serialized,
    .part = wrapper_part,
    .fini = tool_fini,
};

/* The schema (a new reference) as an object's, with titles for members that have none. */
static json_t *complete(json_t *args)
{
    json_t *whole = json_copy(args), *members = json_object(), *member;
    const char *key;
    json_object_foreach(json_object_get(args, "properties"), key, member) {
        json_t *titled = json_copy(member);
        if (json_is_object(member) && !json_object_get(member, "title") &&
            !json_object_get(member, "$ref"))
            json_object_set_new(titled, "title", schema_title(key));
        json_object_set_new(members, key, titled);
    }
    json_object_set_new(whole, "properties", members);
    if (!json_object_get(whole, "type"))
        json_object_set_new(whole, "type", json_string("object"));
    return whole;
}

enum ls_err tool_new(struct runnable **out, const struct tool_options *options,
                     struct runnable *body, char why[256])
{
    struct schema *args = NULL;
    json_auto_t *whole = options->args ? complete(options->args) : NULL;
    enum ls_err err = whole ? schema_compile(&args, whole, why) : LS_OK;
    if (err) {
        runnable_rele(body);
        return err;
    }
    struct tool *tool = mem_zalloc(1, sizeof *tool);
    bodied_init(&tool->bodied, &tool_ops, body, options->bare);
    tool->description = mem_strdup(options->description);
    tool->args = args;
    *out = &tool->bodied.wrapper.runnable;
    return LS_OK;
}
