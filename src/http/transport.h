/* What carries the bytes of a connection: a socket, or a test. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "loop/net.h"

/* The calls of loop/net.h that a connection makes; see there. */
struct transport_ops {
    bool (*write)(void *pipe, const char *data, size_t len);
    size_t (*pending)(void *pipe);
    void (*read_start)(void *pipe);
    void (*read_stop)(void *pipe);
    void (*close)(void *pipe);
    void (*finish)(void *pipe, int64_t linger_ms);
    const char *(*peer)(void *pipe);
    size_t (*untaken)(void *pipe);
};

/* On a struct net_conn. */
extern const struct transport_ops transport_net;
