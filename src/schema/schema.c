#include "schema/schema.h"

#include <assert.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "schema/compile.h"
#include "schema/well_known.h"

static struct schema *shared; /* of LangChain's types, whose nodes all schemas have in common */

/* The node of a definition, if it is one of those that schemas share: see well_known_add_defs(). */
static struct node *shared_node(const json_t *json)
{
    const char *key;
    json_t *other;
    size_t i = 0;
    if (!shared)
        return NULL;
    json_object_foreach(json_object_get(shared->json, "$defs"), key, other) {
        if (other == json)
            return shared->defs[i];
        i++;
    }
    return NULL;
}

static bool compile_defs(struct compiler *compiler, const struct place *root)
{
    const char *key, *keyword = "$defs";
    json_t *json;
    size_t i = 0;
    bool fine = true;
    compiler->defs = json_object_get(compiler->json, keyword);
    if (!compiler->defs)
        compiler->defs = json_object_get(compiler->json, keyword = "definitions");
    struct place place = {root, keyword, 0};
    if (compiler->defs && !json_is_object(compiler->defs))
        return compile_refuse(compiler, &place, NULL, "definitions are an object of schemas");
    compiler->nodes = arena_zalloc(compiler->arena, (json_object_size(compiler->defs) + 1) *
                                                        sizeof *compiler->nodes);
    json_object_foreach(compiler->defs, key, json) {
        struct node *node = compiler->shares ? shared_node(json) : NULL;
        compiler->nodes[i++] =
            node ? node : arena_zalloc(compiler->arena, sizeof *compiler->nodes[0]);
    }
    i = 0;
    json_object_foreach(compiler->defs, key, json) {
        struct place here = {&place, key, 1};
        struct node *node = compiler->nodes[i++];
        if (node->is_def) /* a shared one, that was compiled before */
            continue;
        node->is_def = true;
        fine &= compile_node(compiler, node, json, &here);
    }
    return fine;
}

/* Whether `node` leads back to itself without a step into a value; *visits: a list of the
 * references and unions on the way here. */
struct visit {
    const struct visit *up;
    const struct node *node;
};

static bool leads_back(const struct node *node, const struct visit *up)
{
    for (const struct visit *visit = up; visit; visit = visit->up)
        if (visit->node == node)
            return true;
    struct visit here = {up, node};
    if (node->kind == NODE_REF || node->kind == NODE_NULLABLE)
        return leads_back(node->inner, &here);
    if (node->kind == NODE_UNION)
        for (size_t i = 0; i < node->count; i++)
            if (leads_back(node->options[i].node, &here))
                return true;
    return false;
}

/* Definitions that only stand for each other in a circle would never end. */
static bool check_circles(struct compiler *compiler, const struct place *root)
{
    if (leads_back(compiler->root, NULL))
        return compile_refuse(compiler, root, NULL, "this refers to itself");
    const char *key;
    json_t *json;
    size_t i = 0;
    json_object_foreach(compiler->defs, key, json) {
        struct place place = {root, key, 1};
        if (leads_back(compiler->nodes[i++], NULL))
            return compile_refuse(compiler, &place, NULL, "this refers to itself");
    }
    return true;
}

static void label_unions(struct compiler *compiler)
{
    for (struct node *node = compiler->last; node; node = node->next)
        for (size_t i = 0; i < node->count; i++)
            node->options[i].label = node_label(compiler->arena, node->options[i].node);
}

/* The compiled schema; NULL when it has faults, which are told. */
static struct schema *compile(json_t *json, schema_fault_fn *on_fault, void *owner, bool shares)
{
    struct schema *schema = mem_zalloc(1, sizeof *schema);
    struct place root = {NULL, NULL, 0};
    schema->arena = arena_new(0);
    schema->json = arena_hold_json(schema->arena, json);
    schema->root = arena_zalloc(schema->arena, sizeof *schema->root);
    struct compiler compiler = {.arena = schema->arena,
                                .json = json,
                                .root = schema->root,
                                .shares = shares,
                                .on_fault = on_fault,
                                .owner = owner};
    bool fine = compile_defs(&compiler, &root);
    schema->defs = compiler.nodes;
    fine = compile_node(&compiler, schema->root, json, &root) && fine;
    if (fine && check_circles(&compiler, &root))
        label_unions(&compiler);
    else
        schema_free(&schema);
    return schema;
}

/* Keeps the first fault as a sentence. */
static void keep_first(void *owner, const char *pointer, const char *text)
{
    char *why = owner;
    if (!*why)
        snprintf(why, 256, "#%.150s: %s", pointer, text);
}

static void compile_shared(void)
{
    char why[256] = "";
    json_t *defs = json_object(), *json = json_pack("{s:o}", "$defs", defs);
    well_known_add_defs(defs);
    shared = compile(json, keep_first, why, false);
    assert(shared);
    json_decref(json);
}

/* compile(), with what is shared. */
static struct schema *compile_sharing(json_t *json, schema_fault_fn *on_fault, void *owner)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    if (well_known_is_used())
        pthread_once(&once, compile_shared);
    return compile(json, on_fault, owner, true);
}

enum ls_err schema_compile(struct schema **out, json_t *json, char why[256])
{
    why[0] = '\0';
    struct schema *schema = compile_sharing(json, keep_first, why);
    if (!schema)
        return LS_BAD_CONFIG;
    *out = schema;
    return LS_OK;
}

bool schema_is_sound(json_t *json, schema_fault_fn *on_fault, void *owner)
{
    struct schema *schema = compile_sharing(json, on_fault, owner);
    bool fine = schema != NULL;
    schema_free(&schema);
    return fine;
}

void schema_free(struct schema **schema)
{
    if (!*schema)
        return;
    arena_free(&(*schema)->arena);
    free(*schema);
    *schema = NULL;
}

json_t *schema_json(const struct schema *schema)
{
    return schema->json;
}
