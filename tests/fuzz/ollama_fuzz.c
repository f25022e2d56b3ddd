/* Any bytes as an answer of Ollama's /api/chat; see model_stream.h. */
#include "model_stream.h"
#include "models/ollama.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return model_stream_check(ollama_new, data, size);
}
