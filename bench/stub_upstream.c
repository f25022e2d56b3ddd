// An upstream for the benchmark: OpenAI's chat completions over plain HTTP, as fast as one thread
// can.  The model's name steers it: "gpt+chunks=50+delay_ms=10" streams 50 chunks with 10 ms before
// each.  Without `stream: true` the answer comes at once.
//
// Usage: stub_upstream PORT

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MOST_CLIENTS 32768
#define MOST_REQUEST (1 << 20)

struct buffer {
    char *data;
    size_t used, room;
};

struct client {
    int fd;
    struct buffer in, out;
    bool writable_wanted;
    long chunks_left; // of the running stream, its finish included; 0: no stream runs
    long delay_ms;
    uint64_t due;
    size_t heap_at; // 1-based place in the heap of waiting streams; 0: not in it
};

static int poller;
static struct client *heap[MOST_CLIENTS + 1];
static size_t heap_count;

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static uint64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

// ---- The heap of streams that wait for their next chunk ----

static void heap_put(size_t at, struct client *client)
{
    heap[at] = client;
    client->heap_at = at;
}

static void heap_up(size_t at)
{
    struct client *client = heap[at];
    for (; at > 1 && heap[at / 2]->due > client->due; at /= 2)
        heap_put(at, heap[at / 2]);
    heap_put(at, client);
}

static void heap_down(size_t at)
{
    struct client *client = heap[at];
    for (size_t child; (child = at * 2) <= heap_count; at = child) {
        if (child < heap_count && heap[child + 1]->due < heap[child]->due)
            child++;
        if (heap[child]->due >= client->due)
            break;
        heap_put(at, heap[child]);
    }
    heap_put(at, client);
}

static void heap_add(struct client *client)
{
    heap_put(++heap_count, client);
    heap_up(heap_count);
}

static void heap_remove(struct client *client)
{
    size_t at = client->heap_at;
    if (at == 0)
        return;
    client->heap_at = 0;
    struct client *last = heap[heap_count--];
    if (last == client)
        return;
    heap_put(at, last);
    heap_up(at);
    heap_down(last->heap_at);
}

// ---- Bytes out ----

static void buffer_reserve(struct buffer *buffer, size_t more)
{
    size_t room = buffer->room ? buffer->room : 1024;
    while (room < buffer->used + more)
        room *= 2;
    if (room > buffer->room)
        buffer->data = realloc(buffer->data, buffer->room = room);
    if (!buffer->data)
        die("realloc");
}

static void client_drop(struct client *client)
{
    heap_remove(client);
    close(client->fd);
    free(client->in.data);
    free(client->out.data);
    free(client);
}

__attribute__((format(printf, 2, 3))) static void say(struct client *client, const char *format,
                                                      ...)
{
    char text[1024];
    va_list args;
    va_start(args, format);
    size_t length = (size_t)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    buffer_reserve(&client->out, length);
    memcpy(client->out.data + client->out.used, text, length);
    client->out.used += length;
}

// Returns false when the client was dropped.
static bool client_flush(struct client *client)
{
    struct buffer *out = &client->out;
    size_t sent = 0;
    while (sent < out->used) {
        ssize_t n = send(client->fd, out->data + sent, out->used - sent, MSG_NOSIGNAL);
        if (n < 0 && errno == EAGAIN)
            break;
        if (n < 0) {
            client_drop(client);
            return false;
        }
        sent += (size_t)n;
    }
    memmove(out->data, out->data + sent, out->used - sent);
    out->used -= sent;
    if (client->writable_wanted != (out->used > 0)) {
        client->writable_wanted = out->used > 0;
        struct epoll_event event = {.data.ptr = client,
                                    .events = EPOLLIN | (out->used ? EPOLLOUT : 0)};
        epoll_ctl(poller, EPOLL_CTL_MOD, client->fd, &event);
    }
    return true;
}

// ---- Answers ----

#define CHUNK                                                                                      \
    "data: {\"id\":\"chatcmpl-stub\",\"object\":\"chat.completion.chunk\",\"created\":1700000000," \
    "\"model\":\"gpt\",\"system_fingerprint\":null,\"choices\":[{\"index\":0,\"delta\":%s,"        \
    "\"logprobs\":null,\"finish_reason\":%s}]}\n\n"

static void say_event(struct client *client, const char *delta, const char *finish)
{
    char event[512];
    int length = snprintf(event, sizeof event, CHUNK, delta, finish);
    say(client, "%x\r\n%s\r\n", length, event);
}

// The next chunk of a stream; the last one brings the end of the answer with it.
static void say_chunk(struct client *client)
{
    client->chunks_left--;
    if (client->chunks_left > 0) {
        say_event(client, "{\"content\":\" word\"}", "null");
        return;
    }
    say_event(client, "{}", "\"stop\"");
    say(client, "e\r\ndata: [DONE]\n\n\r\n0\r\n\r\n");
}

static void begin_stream(struct client *client, long chunks, long delay_ms)
{
    say(client, "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\n"
                "transfer-encoding: chunked\r\n\r\n");
    say_event(client, "{\"role\":\"assistant\",\"content\":\"\"}", "null");
    client->chunks_left = chunks + 1;
    client->delay_ms = delay_ms;
    if (delay_ms > 0) {
        client->due = now_ms() + (uint64_t)delay_ms;
        heap_add(client);
        return;
    }
    while (client->chunks_left > 0)
        say_chunk(client);
}

static void answer_whole(struct client *client)
{
    static const char body[] =
        "{\"id\":\"chatcmpl-stub\",\"object\":\"chat.completion\",\"created\":1700000000,"
        "\"model\":\"gpt\",\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\","
        "\"content\":\"Bonjour, comment allez-vous?\"},\"logprobs\":null,\"finish_reason\":"
        "\"stop\"}],\"usage\":{\"prompt_tokens\":12,\"completion_tokens\":7,\"total_tokens\":19}}";
    say(client, "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %zu\r\n\r\n",
        sizeof body - 1);
    say(client, "%s", body);
}

static long steering(const char *model, const char *name, long fallback)
{
    const char *found = strstr(model, name);
    return found ? atol(found + strlen(name)) : fallback;
}

static void answer(struct client *client, const char *head, const char *body)
{
    if (strncmp(head, "POST /v1/traces ", 16) == 0) { // a collector too
        say(client, "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
        return;
    }
    if (strncmp(head, "POST /v1/chat/completions ", 26) != 0) {
        say(client, "HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n");
        return;
    }
    if (!strstr(body, "\"stream\":true") && !strstr(body, "\"stream\": true")) {
        answer_whole(client);
        return;
    }
    char model[128] = "";
    const char *found = strstr(body, "\"model\":");
    if (found)
        sscanf(found + 8, " \"%127[^\"]", model);
    begin_stream(client, steering(model, "+chunks=", 10), steering(model, "+delay_ms=", 0));
}

// ---- Requests ----

// Answers the first request if it is there in full; returns how many bytes it took.
static size_t take_request(struct client *client)
{
    char *data = client->in.data;
    data[client->in.used] = '\0';
    char *end = strstr(data, "\r\n\r\n");
    if (!end)
        return 0;
    *end = '\0';
    const char *length = strcasestr(data, "\r\ncontent-length:");
    size_t head = (size_t)(end - data) + 4;
    size_t whole = head + (length ? strtoul(length + 17, NULL, 10) : 0);
    if (client->in.used >= whole) {
        char after = data[whole];
        data[whole] = '\0';
        answer(client, data, data + head);
        data[whole] = after;
    }
    *end = '\r';
    return client->in.used >= whole ? whole : 0;
}

static void client_read(struct client *client)
{
    struct buffer *in = &client->in;
    buffer_reserve(in, 1024 + 1);
    ssize_t n = recv(client->fd, in->data + in->used, in->room - in->used - 1, 0);
    if (n < 0 && errno == EAGAIN)
        return;
    if (n <= 0 || in->used > MOST_REQUEST) {
        client_drop(client);
        return;
    }
    in->used += (size_t)n;
    // Nothing is pipelined behind a running stream.
    for (size_t taken; client->chunks_left == 0 && (taken = take_request(client)) > 0;) {
        memmove(in->data, in->data + taken, in->used - taken);
        in->used -= taken;
    }
    client_flush(client);
}

static void accept_clients(int listener)
{
    int fd;
    while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
        struct client *client = calloc(1, sizeof *client);
        if (!client || fd >= MOST_CLIENTS)
            die("accept");
        client->fd = fd;
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = client};
        if (epoll_ctl(poller, EPOLL_CTL_ADD, fd, &event) != 0)
            die("epoll_ctl");
    }
}

static void send_due_chunks(void)
{
    for (uint64_t now = now_ms(); heap_count > 0 && heap[1]->due <= now;) {
        struct client *client = heap[1];
        heap_remove(client);
        say_chunk(client);
        if (!client_flush(client) || client->chunks_left == 0)
            continue;
        client->due += (uint64_t)client->delay_ms;
        heap_add(client);
    }
}

static int listen_on(int port)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int));
    if (bind(fd, (struct sockaddr *)&address, sizeof address) != 0 || listen(fd, 4096) != 0)
        die("listen");
    return fd;
}

int main(int argc, char **argv)
{
    int listener = listen_on(argc > 1 ? atoi(argv[1]) : 0);
    poller = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event listening = {.events = EPOLLIN, .data.ptr = NULL}, events[256];
    if (poller < 0 || epoll_ctl(poller, EPOLL_CTL_ADD, listener, &listening) != 0)
        die("epoll");
    for (;;) {
        uint64_t now = now_ms();
        int wait = heap_count == 0 ? -1 : heap[1]->due > now ? (int)(heap[1]->due - now) : 0;
        int count = epoll_wait(poller, events, 256, wait);
        for (int i = 0; i < count; i++) {
            if (!events[i].data.ptr)
                accept_clients(listener);
            else if (!(events[i].events & EPOLLOUT) || client_flush(events[i].data.ptr))
                if (events[i].events & ~(uint32_t)EPOLLOUT)
                    client_read(events[i].data.ptr);
        }
        send_due_chunks();
    }
}
