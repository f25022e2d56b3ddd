/* Any bytes as an answer of Anthropic's messages; see model_stream.h. */
#include "model_stream.h"
#include "models/anthropic.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return model_stream_check(anthropic_new, data, size);
}
