/* How a fuzz target cuts its input: by the input itself, so that a crash can be repeated. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct cuts {
    const char *at;
    size_t left;
    uint32_t seed;
};

/* Cuts `size` bytes behind the first one, which says where. */
static inline struct cuts cuts_of(const uint8_t *data, size_t size)
{
    if (size == 0)
        return (struct cuts){.at = "", .left = 0};
    return (struct cuts){.at = (const char *)data + 1, .left = size - 1, .seed = data[0]};
}

/* The next piece's length (0: the end); pieces are short, or all the rest for a first byte of 0. */
static inline size_t cuts_next(struct cuts *cuts)
{
    cuts->seed = cuts->seed * 1103515245u + (cuts->seed ? 12345u : 0);
    size_t len = cuts->seed ? 1 + (cuts->seed >> 16) % 7 : cuts->left;
    return len < cuts->left ? len : cuts->left;
}

/* Passes over a piece. */
static inline void cuts_skip(struct cuts *cuts, size_t len)
{
    cuts->at += len;
    cuts->left -= len;
}
