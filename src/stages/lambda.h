/* RunnableLambda and RunnableGenerator: C functions as steps (include/langserved/lambda.h). */
#pragma once

#include <langserved/lambda.h>
#include <stdatomic.h>

#include "run/runnable.h"

enum lambda_form {
    LAMBDA_PLAIN,
    LAMBDA_BLOCKING,
    LAMBDA_ASYNC,
    LAMBDA_GENERATOR,
    LAMBDA_TRANSFORM
};

union lambda_function {
    ls_function *plain; /* and blocking */
    ls_async_function *async;
    ls_generator_function *generator;
    ls_transform_function *transform;
};

/* A function with its data: shared by the runnables made of it and the calls under way, on any
 * thread. */
struct lambda_code {
    atomic_uint refs;
    enum lambda_form form;
    union lambda_function function;
    void *data;
    void (*free_data)(void *data); /* NULL: nothing */
};

/* New code with one reference. */
struct lambda_code *lambda_code_new(enum lambda_form form, union lambda_function function,
                                    void *data, void (*free_data)(void *data));

/* One more reference; returns `code`. */
struct lambda_code *lambda_code_hold(struct lambda_code *code);

/* One reference less; NULL is harmless. */
void lambda_code_rele(struct lambda_code *code);

/* A new instance with a reference of its own to `code`; `name` NULL: the type's. */
struct runnable *lambda_new(struct lambda_code *code, const char *name);
