/* A model that another server answers for, by HTTP and JSON: what all providers share.
 *
 * A provider is one `struct model_dialect`: pure functions between LangChain's messages and its own
 * JSON, and a table of runnable_ops whose open, probe and fini are those of this file. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "loop/fetch.h"
#include "models/balance.h"
#include "models/endpoint.h"
#include "models/price.h"
#include "models/tape.h"
#include "run/runnable.h"
#include "run/scope.h"

struct model_options {
    const char *base_url; /* without a slash at its end */
    const char *query;    /* what each address ends in: "?…"; NULL: nothing */
    const char *api_key;  /* sent to base_url's origin only; NULL: none */
    bool public_only;     /* a client of ours chose base_url: see fetch_request */
    const char *model;
    json_t *parameters;  /* members of the request's body (the provider's names); object */
    bool stream_usage;   /* ask for the usage when streaming, where that must be asked for */
    int64_t max_retries; /* further attempts after the first */
    struct fetch_timeouts timeouts;
    bool has_price;
    struct price price;              /* with `has_price` */
    const struct price_list *prices; /* else: by the name that answers give; NULL: none */
    struct tape_use tape;            /* its reference is taken over */
    const struct model_endpoint
        *endpoints;           /* instead of base_url and api_key; at most BALANCE_MOST */
    size_t endpoint_count;    /* 0: those two */
    int64_t hedge;            /* ms until a question is put again; 0: never */
    struct balance_rule rule; /* without count and weights; key NULL: none */
};

/* A streamed answer, as far as it was read. */
struct model_reading {
    const char *id;        /* of the messages */
    const json_t *request; /* the body that was sent */
    json_t *opening;       /* what the stream's first event said, for the later ones; or NULL */
    bool blocks;           /* content is lists of blocks, not text */
    bool answered;         /* there was a piece of an answer */
    bool finished;         /* nothing essential is missing */
    bool complete;         /* the stream said that it is over */
};

struct model_dialect {
    const struct runnable_ops *ops;
    const char *path, *probe_path; /* behind base_url; the latter NULL: nothing to probe */
    const char *key_header;        /* what stands before the key: "Authorization: Bearer " */
    const char *version_header;    /* one that goes with every request; or NULL */
    const char *accept_stream;     /* the type of streamed answers */
    bool lines;                    /* streams are lines of JSON, not server-sent events */
    const char *end_mark;          /* the data of the event behind the last one; or NULL */

    /* A sink that reads the model's input and calls `fn` with it. */
    struct sink *(*input)(struct scope *scope, struct sink *out,
                          void (*fn)(void *owner, json_t *asked), void *owner);
    /* The body of a request; `kwargs` (an object, or NULL) are parameters of this call, which count
     * more than the model's own.  New reference; NULL: *why says what is wrong (static). */
    json_t *(*request)(const struct model_options *options, json_t *kwargs, json_t *asked,
                       bool stream, const char **why);
    /* What a whole answer gives (new reference); NULL: *why says what is wrong (static). */
    json_t *(*whole)(const struct model_reading *reading, const json_t *answer, const char **why);
    /* What an event of a stream gives (new reference), or NULL; keeps `reading` true. */
    json_t *(*chunk)(struct model_reading *reading, json_t *event);
    /* What chunk() gives for the event of that JSON text, or the text of it alone (new reference),
     * where the event tells of nothing else and can be read for less; NULL: chunk() is to read it.
     * NULL: always. */
    json_t *(*plain)(struct model_reading *reading, const char *data, size_t len, bool takes_text);
    json_t *(*last)(const char *id); /* the chunk behind a stream; NULL: none */
    /* LangChain's form of an answer's `usage`, where what was made of it has none; NULL: it has. */
    json_t *(*usage)(const json_t *usage);
    /* What LangChain tells of an answer beside its texts (new reference); NULL: it is in messages. */
    json_t *(*llm_output)(const struct model_options *options, const json_t *answer);
};

/* A new model; everything but the dialect is copied or referenced. */
struct runnable *http_model_new(const struct model_dialect *dialect,
                                const struct model_options *options);

/* The options of a model made here. */
const struct model_options *http_model_options(const struct runnable *runnable);

/* What LangSmith is told (see runnable_ops.trace_metadata): `ls_…` of the provider and the type
 * ("chat", "llm"); temperature, limit and stop are borrowed, NULL where there is none. */
json_t *http_model_metadata(const char *provider, const char *model, const char *type,
                            json_t *temperature, json_t *max_tokens, json_t *stop);

/* A parameter as the run's kwargs, else the options have it; borrowed, or NULL. */
json_t *http_model_parameter(const struct runnable *runnable, const json_t *kwargs,
                             const char *key);

/* runnable_ops.open, probe and fini. */
struct sink *http_model_open(const struct runnable *runnable, struct scope *scope,
                             const struct call *call, struct sink *out);
const char *http_model_probe(const struct runnable *runnable, unsigned i,
                             const char *const **headers);
void http_model_fini(struct runnable *runnable);
