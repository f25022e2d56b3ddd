/* For http_model.c: what a run of a model asks its endpoints. */
#pragma once

#include "base/list.h"
#include "models/endpoint.h"
#include "models/http_model.h"
#include "models/model_tally.h"
#include "models/upstream.h"

struct http_model {
    struct runnable runnable;
    struct runnable racer; /* what it is where questions may be put twice: one of the two */
    const struct model_dialect *dialect;
    struct model_options options;    /* texts and parameters are its own */
    struct http_endpoint *endpoints; /* options.endpoint_count */
    int64_t *weights;                /* theirs */
};

struct model_stage {
    struct upstream upstream;
    const struct http_model *model;
    json_t *kwargs;          /* of the call, or NULL; lives as long as the scope */
    const struct step *step; /* that it is; NULL: nobody observes it */
    struct model_reading reading;
    struct model_tally tally;
    json_t *asked;             /* the body of requests where an endpoint has no model of its own */
    struct buf body;           /* that, printed: */
    const char *printed_model; /* with this name of the model, or NULL */
    bool printed;
};

static inline struct model_stage *model_stage_of(struct upstream *upstream)
{
    return container_of(upstream, struct model_stage, upstream);
}

static inline const struct model_dialect *model_dialect_of(struct upstream *upstream)
{
    return model_stage_of(upstream)->model->dialect;
}

static inline const struct http_endpoint *model_endpoint_of(struct upstream *upstream)
{
    return &model_stage_of(upstream)->model->endpoints[upstream->claim.index];
}

/* Asks what the model's input is; `owner` is the stage. */
void http_request_start(void *owner, json_t *asked);

/* upstream_ops.aim */
void http_request_aim(struct upstream *upstream, size_t index);
