/* Inputs and outputs of steps in the form that LangChain's tracer gives LangSmith. */
#pragma once

#include <jansson.h>

#include "run/observer.h"

/* What a step was given (NULL: nothing), as an object; new reference. */
json_t *langsmith_inputs(const struct step *step, json_t *input);

/* What it gave. */
json_t *langsmith_outputs(const struct step *step, json_t *output);

/* The tokens that a model's answer tells of, with their cost (new reference), or NULL. */
json_t *langsmith_usage(const struct step *step, json_t *output);
