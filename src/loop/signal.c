#include <stdlib.h>

#include "base/mem.h"
#include "loop/loop_internal.h"
#include "loop/net.h"

/* Something outside that is watched until the loop is freed. */
struct watcher {
    struct link link;
    union {
        uv_handle_t handle;
        uv_signal_t signal;
        uv_poll_t poll;
    } uv;
    void (*on_signal)(void *owner, int signum);
    void (*on_hangup)(void *owner);
    void *owner;
};

static struct watcher *watcher_new(struct loop *loop, void *owner)
{
    struct watcher *watcher = mem_zalloc(1, sizeof *watcher);
    watcher->owner = owner;
    list_init(&watcher->link);
    list_append(&loop->watchers, &watcher->link);
    return watcher;
}

static void on_uv_signal(uv_signal_t *handle, int signum)
{
    struct watcher *watcher = handle->data;
    watcher->on_signal(watcher->owner, signum);
}

enum ls_err loop_on_signal(struct loop *loop, int signum, void (*fn)(void *owner, int signum),
                           void *owner)
{
    struct watcher *watcher = watcher_new(loop, owner);
    watcher->on_signal = fn;
    uv_signal_init(loop_uv(loop), &watcher->uv.signal);
    watcher->uv.handle.data = watcher;
    return uv_signal_start(&watcher->uv.signal, on_uv_signal, signum) == 0 ? LS_OK : LS_SYSTEM;
}

static void on_uv_hangup(uv_poll_t *handle, int status, int events)
{
    struct watcher *watcher = handle->data;
    if (status == 0 && !(events & UV_DISCONNECT))
        return;
    uv_poll_stop(handle);
    watcher->on_hangup(watcher->owner);
}

enum ls_err loop_on_hangup(struct loop *loop, int fd, void (*fn)(void *owner), void *owner)
{
    struct watcher *watcher = watcher_new(loop, owner);
    watcher->on_hangup = fn;
    if (uv_poll_init(loop_uv(loop), &watcher->uv.poll, fd) != 0) {
        list_remove(&watcher->link);
        free(watcher);
        return LS_SYSTEM;
    }
    watcher->uv.handle.data = watcher;
    return uv_poll_start(&watcher->uv.poll, UV_DISCONNECT, on_uv_hangup) == 0 ? LS_OK : LS_SYSTEM;
}

void loop_free_watchers(struct loop *loop)
{
    for (struct link *item; (item = list_take_first(&loop->watchers));)
        free(container_of(item, struct watcher, link));
}
