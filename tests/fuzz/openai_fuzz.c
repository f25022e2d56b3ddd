/* Any bytes as an answer of OpenAI's chat completions; see model_stream.h. */
#include "model_stream.h"
#include "models/openai.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return model_stream_check(openai_new, data, size);
}
