#include "stages/retriever.h"

#include <stdlib.h>

#include "base/mem.h"
#include "schema/well_known.h"
#include "stages/bodied.h"

static json_t *enter(struct bodied_stage *stage, json_t *input, const char **why)
{
    (void)stage, (void)why;
    return json_incref(input);
}

/* A document in the wire's order of keys (new reference), NULL when it is none. */
static json_t *document(json_t *found)
{
    json_t *text = json_is_string(found) ? found : json_object_get(found, "page_content");
    json_t *metadata = json_object_get(found, "metadata");
    json_t *id = json_object_get(found, "id");
    bool has_metadata = metadata && !json_is_null(metadata);
    bool well = json_is_string(text) && (!has_metadata || json_is_object(metadata)) &&
                (!id || json_is_null(id) || json_is_string(id));
    return well ? json_pack("{s:O?,s:o,s:O,s:s}", "id", id, "metadata",
                            has_metadata ? json_incref(metadata) : json_object(), "page_content",
                            text, "type", "Document")
                : NULL;
}

static json_t *leave(struct bodied_stage *stage, json_t *output, const char **why)
{
    json_t *documents = json_array(), *found;
    size_t i;
    *why = "a retriever gives a list of documents: objects with `page_content`, `metadata` and "
           "`id`, or texts";
    json_array_foreach(output, i, found) {
        json_t *made = document(found);
        if (json_array_append_new(documents, made) == 0)
            continue;
        *why = arena_printf(stage->scope->arena, "item %zu: %s", i, *why);
        json_decref(documents);
        return NULL;
    }
    if (json_is_array(output))
        return documents;
    json_decref(documents);
    return NULL;
}

static const struct bodied_ops bodied_ops = {enter, leave};

static struct sink *retriever_open(const struct runnable *runnable, struct scope *scope,
                                   const struct call *call, struct sink *out)
{
    return bodied_open(runnable, &bodied_ops, scope, call, out);
}

static json_t *retriever_input_schema(const struct runnable *runnable)
{
    return json_pack("{s:o,s:s}", "title", runnable_title(runnable, "Input"), "type", "string");
}

static json_t *retriever_output_schema(const struct runnable *runnable)
{
    return well_known_document_list(runnable_title(runnable, "Output"));
}

/* LangChain names it after its class, without that word, in small letters. */
static json_t *retriever_trace_metadata(const struct runnable *runnable, const char *name,
                                        const json_t *kwargs)
{
    (void)kwargs, (void)name;
    char *word = runnable_trace_word(runnable->name, "Retriever", true);
    json_t *metadata = json_pack("{s:s}", "ls_retriever_name", word);
    free(word);
    return metadata;
}

static const struct runnable_ops retriever_ops = {
    .type = "BaseRetriever",
    .step = STEP_RETRIEVER,
    .open = retriever_open,
    .input_schema = retriever_input_schema,
    .output_schema = retriever_output_schema,
    .trace_metadata = retriever_trace_metadata,
    .part = wrapper_part,
    .fini = wrapper_fini,
};

struct runnable *retriever_new(struct runnable *body, bool bare)
{
    struct bodied *retriever = mem_zalloc(1, sizeof *retriever);
    bodied_init(retriever, &retriever_ops, body, bare);
    return &retriever->wrapper.runnable;
}
