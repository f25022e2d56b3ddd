/* Design: libcurl says which sockets and which time to wait for, the loop waits.  Each call into
 * libcurl is followed by reap(), which ends the transfers that it finished; so owners hear of the
 * end outside of libcurl, while heads and bodies are handed on from inside, without a copy. */
#include <assert.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/metrics.h"
#include "loop/fetch_internal.h"
#include "loop/loop_internal.h"

/* A socket that libcurl wants watched; outlives the pool until its handle is closed. */
struct fetch_socket {
    uv_poll_t poll;
    struct fetch_pool *pool;
    curl_socket_t fd;
    int wanted; /* CURL_CSELECT_… */
};

/* ---- calls into libcurl ---- */

static void reap(struct fetch_pool *pool)
{
    int left;
    for (CURLMsg *message; (message = libcurl.multi_info_read(pool->multi, &left));) {
        struct fetch *fetch = NULL;
        CURLcode code = message->data.result;
        libcurl.easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&fetch);
        fetch_completed(fetch, code);
    }
}

static void act(struct fetch_pool *pool, curl_socket_t fd, int events)
{
    int running;
    pool->inside++;
    libcurl.multi_socket_action(pool->multi, fd, events, &running);
    pool->inside--;
    reap(pool);
}

static void on_work(struct task *task)
{
    struct fetch_pool *pool = container_of(task, struct fetch_pool, work);
    struct link now;
    list_init(&now);
    list_append_all(&now, &pool->todo);
    for (struct link *item; (item = list_take_first(&now));)
        fetch_work(container_of(item, struct fetch, todo));
    if (pool->multi)
        act(pool, CURL_SOCKET_TIMEOUT, 0);
}

void fetch_todo(struct fetch *fetch)
{
    list_remove(&fetch->todo);
    list_append(&fetch->pool->todo, &fetch->todo);
    loop_soon(fetch->pool->loop, &fetch->pool->work);
}

/* Counts a transfer in or out.  libcurl's limit on kept connections counts those in use as well;
 * it is moved along so that max_idle is what may be idle.  It is looked at when a connection becomes
 * idle, while the transfer that had it still counts. */
static void count(struct fetch_pool *pool, long change)
{
    pool->active += change;
    metric_add(metrics.upstream_active, (double)change);
    long busy = pool->active < pool->max_connections ? pool->active : pool->max_connections;
    long others = busy > 0 ? busy - 1 : 0;
    libcurl.multi_setopt(pool->multi, CURLMOPT_MAXCONNECTS, others + pool->max_idle);
}

void fetch_add(struct fetch *fetch)
{
    CURLMcode code = libcurl.multi_add_handle(fetch->pool->multi, fetch->easy);
    if (code != CURLM_OK) {
        fetch_fail(fetch, LS_UPSTREAM, "%s", libcurl.multi_strerror(code));
        fetch->ended = true;
        fetch_todo(fetch);
        return;
    }
    fetch->added = true;
    count(fetch->pool, 1);
}

void fetch_remove(struct fetch *fetch)
{
    if (!fetch->added)
        return;
    assert(fetch->pool->inside == 0);
    fetch->added = false;
    libcurl.multi_remove_handle(fetch->pool->multi, fetch->easy);
    count(fetch->pool, -1);
}

CURL *fetch_pool_take_easy(struct fetch_pool *pool)
{
    CURL *easy = pool->spares > 0 ? pool->spare[--pool->spares] : libcurl.easy_init();
    if (!easy)
        abort(); /* a small allocation */
    return easy;
}

void fetch_pool_give_easy(struct fetch_pool *pool, CURL *easy)
{
    if (pool->spares == FETCH_SPARES) {
        libcurl.easy_cleanup(easy);
        return;
    }
    libcurl.easy_reset(easy);
    pool->spare[pool->spares++] = easy;
}

/* ---- what libcurl waits for ---- */

static void on_timer(struct timer *timer)
{
    act(container_of(timer, struct fetch_pool, timer), CURL_SOCKET_TIMEOUT, 0);
}

static int on_curl_timer(CURLM *multi, long ms, void *arg)
{
    struct fetch_pool *pool = arg;
    (void)multi;
    if (ms > 0) {
        timer_start(&pool->timer, ms);
        return 0;
    }
    timer_stop(&pool->timer);
    if (ms == 0)
        loop_soon(pool->loop, &pool->work);
    return 0;
}

static void on_uv_poll(uv_poll_t *poll, int status, int events)
{
    struct fetch_socket *socket = poll->data;
    int bits = (events & UV_READABLE ? CURL_CSELECT_IN : 0) |
               (events & UV_WRITABLE ? CURL_CSELECT_OUT : 0);
    if (status < 0) /* libuv has stopped watching; reading or writing will say what is wrong */
        bits = CURL_CSELECT_ERR | socket->wanted;
    act(socket->pool, socket->fd, bits);
}

static void on_uv_closed(uv_handle_t *handle)
{
    free(handle->data);
}

static struct fetch_socket *socket_new(struct fetch_pool *pool, curl_socket_t fd)
{
    struct fetch_socket *socket = mem_zalloc(1, sizeof *socket);
    if (uv_poll_init_socket(loop_uv(pool->loop), &socket->poll, fd) != 0) {
        free(socket);
        return NULL;
    }
    socket->poll.data = socket;
    socket->pool = pool;
    socket->fd = fd;
    libcurl.multi_assign(pool->multi, fd, socket);
    return socket;
}

static int on_curl_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *known)
{
    struct fetch_socket *socket = known;
    (void)easy;
    if (what == CURL_POLL_REMOVE) {
        if (socket)
            uv_close((uv_handle_t *)&socket->poll, on_uv_closed);
        return 0;
    }
    if (!socket && !(socket = socket_new(arg, fd)))
        return -1;
    int events = (what & CURL_POLL_IN ? UV_READABLE : 0) | (what & CURL_POLL_OUT ? UV_WRITABLE : 0);
    socket->wanted =
        (what & CURL_POLL_IN ? CURL_CSELECT_IN : 0) | (what & CURL_POLL_OUT ? CURL_CSELECT_OUT : 0);
    return uv_poll_start(&socket->poll, events, on_uv_poll) == 0 ? 0 : -1;
}

/* ---- the pool ---- */

static CURLM *multi_new(struct fetch_pool *pool)
{
    libcurl.global_init(CURL_GLOBAL_DEFAULT); /* counted; lasts as long as the process */
    CURLM *multi = libcurl.multi_init();
    if (!multi)
        abort(); /* a small allocation */
    libcurl.multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, on_curl_socket);
    libcurl.multi_setopt(multi, CURLMOPT_SOCKETDATA, pool);
    libcurl.multi_setopt(multi, CURLMOPT_TIMERFUNCTION, on_curl_timer);
    libcurl.multi_setopt(multi, CURLMOPT_TIMERDATA, pool);
    libcurl.multi_setopt(multi, CURLMOPT_PIPELINING, (long)CURLPIPE_MULTIPLEX);
    libcurl.multi_setopt(multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, pool->max_connections);
    return multi;
}

const char *fetch_pool_open(struct fetch_pool *pool)
{
    const char *why = pool->multi ? NULL : libcurl_load();
    if (pool->multi || why)
        return why;
    pool->multi = multi_new(pool);
    count(pool, 0);
    return NULL;
}

const char *fetch_load(void)
{
    return libcurl_load();
}

struct fetch_pool *fetch_pool_new(struct loop *loop, const struct fetch_pool_options *options)
{
    assert(loop->real);
    struct fetch_pool *pool = mem_zalloc(1, sizeof *pool);
    pool->loop = loop;
    pool->max_connections =
        options && options->max_connections > 0 ? options->max_connections : 100;
    pool->max_idle = options && options->max_idle > 0 ? options->max_idle : 20;
    timer_init(&pool->timer, loop, on_timer);
    task_init(&pool->work, on_work);
    list_init(&pool->fetches);
    list_init(&pool->todo);
    if (libcurl_is_loaded())
        (void)fetch_pool_open(pool);
    return pool;
}

void fetch_pool_free(struct fetch_pool **pool)
{
    struct fetch_pool *old = *pool;
    *pool = NULL;
    if (!old)
        return;
    assert(old->inside == 0);
    while (!list_is_empty(&old->fetches))
        fetch_release(container_of(old->fetches.next, struct fetch, link));
    while (old->spares > 0)
        libcurl.easy_cleanup(old->spare[--old->spares]);
    if (old->multi)
        libcurl.multi_cleanup(old->multi);
    timer_stop(&old->timer);
    task_cancel(&old->work);
    free(old);
}
