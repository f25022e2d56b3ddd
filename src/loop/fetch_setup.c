#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "loop/fetch_internal.h"

/* Bytes read at once, and so the longest piece handed to on_data.  Each transfer has such a buffer:
 * it is small because open streams are many and their pieces short. */
enum { READ_ROOM = 2 * 1024, UPLOAD_ROOM = 16 * 1024, DAY_MS = 24 * 60 * 60 * 1000 };

/* Adds one "Name: value"; false when it could smuggle in a second one. */
static bool add_header(struct fetch *fetch, const char *header)
{
    for (const char *p = header; *p; p++)
        if (((unsigned char)*p < ' ' && *p != '\t') || *p == 0x7f)
            return false;
    const char *colon = strchr(header, ':');
    if (!colon || colon == header)
        return false;
    char *empty = NULL; /* libcurl's spelling of a header without a value */
    if (colon[1 + strspn(colon + 1, " \t")] == '\0')
        empty = mem_printf("%.*s;", (int)(colon - header), header);
    fetch->headers = libcurl.slist_append(fetch->headers, empty ? empty : header);
    free(empty);
    if (!fetch->headers)
        abort(); /* a small allocation */
    return true;
}

static void set_headers(struct fetch *fetch, const char *const *headers)
{
    for (; headers && *headers; headers++) {
        if (add_header(fetch, *headers))
            continue;
        fetch_fail(fetch, LS_UPSTREAM, "a header of the request is malformed");
        return;
    }
    fetch->headers =
        libcurl.slist_append(fetch->headers, "Expect:"); /* do not ask before sending */
    libcurl.easy_setopt(fetch->easy, CURLOPT_HTTPHEADER, fetch->headers);
}

static void set_method(struct fetch *fetch, const struct fetch_request *request)
{
    CURL *easy = fetch->easy;
    const char *method = request->method;
    if (!*method || method[strspn(method, "ABCDEFGHIJKLMNOPQRSTUVWXYZ")] != '\0') {
        fetch_fail(fetch, LS_UPSTREAM, "the method of the request is malformed");
        return;
    }
    bool is_post = strcmp(method, "POST") == 0;
    if (request->body || is_post) {
        curl_off_t len = request->body ? (curl_off_t)request->body_len : 0;
        libcurl.easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, len);
        libcurl.easy_setopt(easy, request->body_stays ? CURLOPT_POSTFIELDS : CURLOPT_COPYPOSTFIELDS,
                            request->body ? request->body : "");
        if (!is_post)
            libcurl.easy_setopt(easy, CURLOPT_CUSTOMREQUEST, method);
    } else if (strcmp(method, "HEAD") == 0) {
        libcurl.easy_setopt(easy, CURLOPT_NOBODY, 1L);
    } else if (strcmp(method, "GET") != 0) {
        libcurl.easy_setopt(easy, CURLOPT_CUSTOMREQUEST, method);
    }
}

/* Nothing is taken from the environment, from files or from the answer. */
static void set_policy(CURL *easy)
{
    libcurl.easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    libcurl.easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    libcurl.easy_setopt(easy, CURLOPT_PROXY, "");
    libcurl.easy_setopt(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    libcurl.easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    libcurl.easy_setopt(easy, CURLOPT_QUICK_EXIT,
                        1L); /* stopping must not wait for a name server */
    libcurl.easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    libcurl.easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
    libcurl.easy_setopt(easy, CURLOPT_TCP_NODELAY, 1L);
    libcurl.easy_setopt(easy, CURLOPT_BUFFERSIZE, (long)READ_ROOM);
    libcurl.easy_setopt(easy, CURLOPT_UPLOAD_BUFFERSIZE, (long)UPLOAD_ROOM);
}

static void set_callbacks(struct fetch *fetch)
{
    CURL *easy = fetch->easy;
    libcurl.easy_setopt(easy, CURLOPT_PRIVATE, fetch);
    libcurl.easy_setopt(easy, CURLOPT_ERRORBUFFER, fetch->error);
    libcurl.easy_setopt(easy, CURLOPT_HEADERFUNCTION, fetch_on_header);
    libcurl.easy_setopt(easy, CURLOPT_HEADERDATA, fetch);
    libcurl.easy_setopt(easy, CURLOPT_WRITEFUNCTION, fetch_on_body);
    libcurl.easy_setopt(easy, CURLOPT_WRITEDATA, fetch);
    libcurl.easy_setopt(easy, CURLOPT_PREREQFUNCTION, fetch_on_connected);
    libcurl.easy_setopt(easy, CURLOPT_PREREQDATA, fetch);
    if (!fetch->public_only)
        return;
    libcurl.easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, fetch_on_socket);
    libcurl.easy_setopt(easy, CURLOPT_OPENSOCKETDATA, fetch);
}

void fetch_setup(struct fetch *fetch, const struct fetch_request *request)
{
    CURL *easy = fetch->easy;
    int64_t connect = request->timeouts.connect;
    fetch->public_only = request->public_only;
    set_policy(easy);
    set_callbacks(fetch);
    libcurl.easy_setopt(easy, CURLOPT_URL, request->url);
    libcurl.easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS,
                        (long)(connect > 0 && connect < DAY_MS ? connect : DAY_MS));
    if (request->unix_socket)
        libcurl.easy_setopt(easy, CURLOPT_UNIX_SOCKET_PATH, request->unix_socket);
    if (request->ca_file) {
        libcurl.easy_setopt(easy, CURLOPT_CAINFO, request->ca_file);
        libcurl.easy_setopt(easy, CURLOPT_CAPATH, NULL);
    }
    set_method(fetch, request);
    set_headers(fetch, request->headers);
}
