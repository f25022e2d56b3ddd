/* Any bytes as an answer of OpenAI's completions of texts; see model_stream.h. */
#include "model_stream.h"
#include "models/openai.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return model_stream_check(openai_text_new, data, size);
}
