#include "http/transport.h"

static bool net_write(void *pipe, const char *data, size_t len)
{
    return net_conn_write(pipe, data, len);
}

static size_t net_pending(void *pipe)
{
    return net_conn_pending(pipe);
}

static void net_read_start(void *pipe)
{
    net_conn_read_start(pipe);
}

static void net_read_stop(void *pipe)
{
    net_conn_read_stop(pipe);
}

static void net_close(void *pipe)
{
    net_conn_close(pipe);
}

static void net_finish(void *pipe, int64_t linger_ms)
{
    net_conn_finish(pipe, linger_ms);
}

static const char *net_peer(void *pipe)
{
    return net_conn_peer(pipe);
}

static size_t net_untaken(void *pipe)
{
    return net_conn_untaken(pipe);
}

const struct transport_ops transport_net = {
    net_write, net_pending, net_read_start, net_read_stop,
    net_close, net_finish,  net_peer,       net_untaken,
};
