#include "loop/libcurl.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stddef.h>
#include <stdio.h>

struct libcurl libcurl;

static const struct {
    const char *name;
    size_t offset; /* of its pointer in struct libcurl */
} functions[] = {
    {"curl_global_init", offsetof(struct libcurl, global_init)},
    {"curl_easy_init", offsetof(struct libcurl, easy_init)},
    {"curl_easy_cleanup", offsetof(struct libcurl, easy_cleanup)},
    {"curl_easy_reset", offsetof(struct libcurl, easy_reset)},
    {"curl_easy_setopt", offsetof(struct libcurl, easy_setopt)},
    {"curl_easy_getinfo", offsetof(struct libcurl, easy_getinfo)},
    {"curl_easy_pause", offsetof(struct libcurl, easy_pause)},
    {"curl_easy_strerror", offsetof(struct libcurl, easy_strerror)},
    {"curl_multi_init", offsetof(struct libcurl, multi_init)},
    {"curl_multi_cleanup", offsetof(struct libcurl, multi_cleanup)},
    {"curl_multi_setopt", offsetof(struct libcurl, multi_setopt)},
    {"curl_multi_add_handle", offsetof(struct libcurl, multi_add_handle)},
    {"curl_multi_remove_handle", offsetof(struct libcurl, multi_remove_handle)},
    {"curl_multi_assign", offsetof(struct libcurl, multi_assign)},
    {"curl_multi_info_read", offsetof(struct libcurl, multi_info_read)},
    {"curl_multi_socket_action", offsetof(struct libcurl, multi_socket_action)},
    {"curl_multi_strerror", offsetof(struct libcurl, multi_strerror)},
    {"curl_slist_append", offsetof(struct libcurl, slist_append)},
    {"curl_slist_free_all", offsetof(struct libcurl, slist_free_all)},
};

static bool loaded;
static char fault[256]; /* why it is not, after load() */

static void load(void)
{
    struct libcurl found;
    void *object = dlopen("libcurl.so.4", RTLD_NOW | RTLD_LOCAL);
    loaded = object != NULL;
    for (size_t i = 0; loaded && i < sizeof functions / sizeof *functions; i++) {
        void *function = dlsym(object, functions[i].name);
        *(void **)((char *)&found + functions[i].offset) = function;
        loaded = function != NULL;
    }
    if (loaded)
        libcurl = found;
    else
        snprintf(fault, sizeof fault, "libcurl cannot be loaded: %s", dlerror());
}

const char *libcurl_load(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, load);
    return loaded ? NULL : fault;
}

bool libcurl_is_loaded(void)
{
    return loaded;
}
