/* A runnable: an immutable description of work, shared by all runs.
 *
 * A kind of runnable is one file with one `struct runnable_ops`; its instances embed a
 * `struct runnable` first.  They are made when an app is loaded and reference counted; nothing in
 * them changes afterwards. */
#pragma once

#include <stdbool.h>

#include "base/id.h"
#include "run/sink.h"

struct config_specs;
struct runnable;
struct scope;
struct step;

/* What traces and events call the sort of a step (LangChain's words). */
enum step_type {
    STEP_CHAIN,
    STEP_PROMPT,
    STEP_CHAT_MODEL,
    STEP_LLM,
    STEP_PARSER,
    STEP_RETRIEVER,
    STEP_TOOL,
};

/* What LangChain's traces tell of a kind besides its end. */
enum trace_style {
    TRACE_WHOLE,     /* its input at the start, no chunks; of a model its chunks */
    TRACE_TRANSFORM, /* its chunks, and its input at the end only; where nobody streams: whole */
    TRACE_PASSING,   /* its input at the start, its chunks only where it is the root */
};

/* What those who put one question to a model together share. */
struct race {
    uint64_t tried; /* endpoints that were asked already, a bit for each */
    bool overtaken; /* who asked first has lost to who asked later */
};

/* How a runnable is to be run: what a client, a parent or a modifier says about this one run.
 * Values are borrowed and live as long as the scope. */
struct call {
    const char *name;          /* instead of the runnable's own; NULL: its own */
    const char *tag;           /* "seq:step:1": this step's place in its parent; NULL: none */
    json_t *tags;              /* list of text, inherited by what is inside; NULL: none */
    json_t *metadata;          /* object, inherited by what is inside; NULL: none */
    json_t *config;            /* object: configurable, max_concurrency, …; NULL: empty */
    json_t *kwargs;            /* parameters bound to a model; NULL: none */
    const struct step *parent; /* the observed step this one is part of; NULL: none */
    const struct uuid *run_id; /* the id this step must have; NULL: one of its own */
    bool streaming;            /* somebody wants chunks: a model asks its provider for a stream */
    struct race *race;         /* for a model's question that is put twice; NULL: it is not */
};

struct runnable_ops {
    const char *type;      /* LangChain's class: "RunnableSequence" */
    const char *traced;    /* what traces call an instance, where that is not its name; or NULL */
    enum step_type step;   /* chain, prompt, … */
    bool streams;          /* hands on each chunk as it comes; false: needs its whole input first */
    bool unseen;           /* observers see what is inside and not the kind itself: a modifier */
    bool unseen_streaming; /* likewise, but only when somebody streams */
    bool reads_config;     /* what it gives may depend on anything in its call's config, tags and
                              metadata, not only on what its config_specs name */
    bool titles_config;    /* `type` and not the name titles the schema of its config */
    enum trace_style trace;

    /* Opens a stage in `scope` whose output goes to `out`, and returns the sink that takes its
     * input.  Cannot fail and lets nothing flow; what is wrong is told when the input ends.
     * The stage ends `out` exactly once, after its input was ended, and ends it with the input's
     * outcome if that is not well. */
    struct sink *(*open)(const struct runnable *runnable, struct scope *scope,
                         const struct call *call, struct sink *out);

    /* JSON Schemas (new references) of what the kind takes and gives; NULL functions: anything. */
    json_t *(*input_schema)(const struct runnable *runnable);
    json_t *(*output_schema)(const struct runnable *runnable);

    /* What traces tell of the instance, which they call `name` and which runs with `kwargs` (may be
     * NULL), besides its metadata (new reference, an object); NULL: nothing. */
    json_t *(*trace_metadata)(const struct runnable *runnable, const char *name,
                              const json_t *kwargs);

    /* What traces show as the instance itself (new reference, an object); NULL: nothing. */
    json_t *(*serialized)(const struct runnable *runnable);

    /* The i-th part, or NULL behind the last; *label names its place ("seq:step:1",
     * "map:key:x"), valid until the next call, or NULL where parts have no place. */
    const struct runnable *(*part)(const struct runnable *runnable, unsigned i, const char **label);

    /* Adds what the instance and its parts read of a run's `configurable` (run/configurable.h);
     * NULL: what the parts read. */
    void (*config_specs)(const struct runnable *runnable, struct config_specs *specs);
    /* From now on the instance's schemas, and its parts', are those of the alternatives that
     * `configurable` (an object, or NULL: the defaults) names.  NULL: the parts choose. */
    void (*choose)(struct runnable *runnable, json_t *configurable);
    /* Where to ask, at no cost, whether what the kind needs is there: the i-th of the URLs of which
     * one must answer a GET, and headers (NULL-terminated), all the instance's; NULL behind the
     * last: it needs nothing but its parts. */
    const char *(*probe)(const struct runnable *runnable, unsigned i, const char *const **headers);
    /* Frees what the instance holds beyond struct runnable; NULL: nothing. */
    void (*fini)(struct runnable *runnable);
};

struct runnable {
    const struct runnable_ops *ops;
    unsigned refs;
    unsigned depth; /* how far a push goes through it: itself, and what stands inside or behind each
                       other in it; the C stack grows with it */
    char *name;     /* what traces show, e.g. "RunnableParallel<a,b>"; never NULL; owned */
    json_t *tags;   /* list of text that the instance adds, or NULL; owned */
    json_t *metadata; /* object that the instance adds, or NULL; owned */
    json_t *input;    /* declared schemas that stand instead of the kind's, or NULL; owned */
    json_t *output;
    bool named;    /* `name` was given by the user */
    json_t **told; /* what trace_metadata told of it without kwargs under its own name; owned */
};

/* Readies the common part of an instance with one reference; `name` is copied, NULL: the type. */
void runnable_init(struct runnable *runnable, const struct runnable_ops *ops, const char *name);

/* Tells the new instance's depth of a part inside it, or of one behind those told before. */
void runnable_add_inside(struct runnable *runnable, const struct runnable *part);
void runnable_add_behind(struct runnable *runnable, const struct runnable *part);

/* Gives the instance a name of the user's (copied), before it is used. */
void runnable_set_name(struct runnable *runnable, const char *name);

/* One more reference; returns `runnable`. */
struct runnable *runnable_hold(struct runnable *runnable);

/* One reference less; the last one frees the instance (allocated with mem_alloc).  NULL is
 * harmless. */
void runnable_rele(struct runnable *runnable);

/* Opens a stage: as ops->open, with the run's observers put around it. */
struct sink *runnable_open(const struct runnable *runnable, struct scope *scope,
                           const struct call *call, struct sink *out);

/* The call for a part of the runnable that runs under `call`: what is inherited, and `tag` for the
 * part's place (borrowed for the scope's life). */
struct call call_for_part(const struct call *call, const char *tag);

/* What ops->trace_metadata tells (new reference, which nobody may change), made once for runs
 * that say nothing of their own. */
json_t *runnable_trace_metadata(const struct runnable *runnable, const char *name,
                                const json_t *kwargs);

/* Tags and metadata that a runnable adds (NULL: none) put together with those it inherits (NULL:
 * none), as LangChain's with_config does: tags sorted and each once, inherited metadata counts
 * more.  New references, which nobody may change; never NULL. */
json_t *call_join_tags(json_t *inherited, json_t *own);
json_t *call_join_metadata(json_t *inherited, json_t *own);
/* The call of `runnable` in the form that users know as a run's config (new reference): an object
 * of tags and metadata (the instance's own among them), recursion_limit, configurable and what
 * else was given. */
json_t *call_config(const struct call *call, const struct runnable *runnable);

/* The id of the run that a stage opened with `call` is: the one it must have, or a new one. */
struct uuid call_run_id(const struct call *call);

/* New references to the schemas: declared, else the kind's, else anything with a title. */
json_t *runnable_input_schema(const struct runnable *runnable);
json_t *runnable_output_schema(const struct runnable *runnable);

/* The title of a schema that belongs to a runnable, as LangChain makes it: "RunnableLambdaInput",
 * but "add_one_input".  `suffix` is a word such as "Input".  New reference. */
json_t *runnable_title(const struct runnable *runnable, const char *suffix);

/* What traces make of a class's name: without `word` at its end, or before that at its beginning
 * (`at_start`), in small letters (new string). */
char *runnable_trace_word(const char *name, const char *word, bool at_start);

/* The title of the schema of its config (new reference). */
json_t *runnable_config_title(const struct runnable *runnable);

/* A schema with that title: anything. */
json_t *runnable_any_schema(const struct runnable *runnable, const char *suffix);

/* Likewise: any object. */
json_t *runnable_object_schema(const struct runnable *runnable, const char *suffix);

/* Whether it, or a part of it, may read anything in its call's config (`reads_config`). */
bool runnable_reads_config(const struct runnable *runnable);
