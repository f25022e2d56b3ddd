// The benchmark's own client, for what wrk does not do.
//
//   load rate PORT PATH BODY_FILE CONNECTIONS REQUESTS_PER_SECOND SECONDS
//       sends at a fixed rate, whatever the answers do (an open loop): a request that must wait for
//       a free connection counts from the moment it was due.  Prints one JSON line of latencies.
//
//   load streams PORT PATH BODY_FILE COUNT
//       opens COUNT streams; says "open" once each has had its first chunk; reads until all have
//       ended or standard input is closed.  Prints one JSON line of counts.

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MOST_OPENING 200 // streams that have not had their first chunk yet

struct conn {
    int fd;
    uint64_t due;       // rate: when the running request should have been sent
    char answer[4096];  // rate: the answer so far
    size_t have;        //
    char line[10];      // streams: how the current line begins
    size_t line_length; //
    bool alive, answered, begun;
};

static int poller;
static struct sockaddr_in target;
static char *request;
static size_t request_length;
static struct conn *conns;
static long failed, chunks, begun, ended;

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static uint64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static void make_request(const char *path, const char *body_file)
{
    char body[65536];
    FILE *file = fopen(body_file, "rb");
    if (!file)
        die(body_file);
    size_t length = fread(body, 1, sizeof body - 1, file);
    body[length] = '\0';
    fclose(file);
    int n = asprintf(&request,
                     "POST %s HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n"
                     "content-length: %zu\r\n\r\n%s",
                     path, length, body);
    if (n < 0)
        die("asprintf");
    request_length = (size_t)n;
}

static void set_up(int port)
{
    prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL);
    target = (struct sockaddr_in){.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    poller = epoll_create1(EPOLL_CLOEXEC);
    if (poller < 0)
        die("epoll_create1");
}

static void conn_open(struct conn *conn)
{
    conn->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (conn->fd < 0 || connect(conn->fd, (struct sockaddr *)&target, sizeof target) != 0)
        die("connect");
    setsockopt(conn->fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = conn};
    if (epoll_ctl(poller, EPOLL_CTL_ADD, conn->fd, &event) != 0)
        die("epoll_ctl");
    conn->alive = true;
}

static void conn_close(struct conn *conn)
{
    close(conn->fd);
    conn->alive = false;
}

static void conn_send(struct conn *conn)
{
    if (send(conn->fd, request, request_length, MSG_NOSIGNAL) != (ssize_t)request_length)
        die("send");
}

// ---- rate ----

// Whether the answer is there in full; counts one that is not a 200 as failed.
static bool answer_is_whole(struct conn *conn)
{
    conn->answer[conn->have] = '\0';
    const char *end = strstr(conn->answer, "\r\n\r\n");
    if (!end)
        return false;
    const char *length = strcasestr(conn->answer, "\r\ncontent-length:");
    if (!length || length > end) {
        fprintf(stderr, "an answer without content-length\n");
        exit(1);
    }
    size_t head = (size_t)(end - conn->answer) + 4;
    if (conn->have < head + strtoul(length + 17, NULL, 10))
        return false;
    failed += strncmp(conn->answer, "HTTP/1.1 200", 12) != 0;
    return true;
}

static bool read_answer(struct conn *conn)
{
    size_t room = sizeof conn->answer - 1 - conn->have;
    ssize_t n = recv(conn->fd, conn->answer + conn->have, room, MSG_DONTWAIT);
    if (n < 0 && errno == EAGAIN)
        return false;
    if (n <= 0 || (size_t)n == room)
        die("the server's answer");
    conn->have += (size_t)n;
    return answer_is_whole(conn);
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void print_latencies(double *ms, long count)
{
    qsort(ms, (size_t)count, sizeof *ms, compare);
    printf("{\"requests\": %ld, \"failed\": %ld, \"p50_ms\": %.4f, \"p99_ms\": %.4f, "
           "\"p999_ms\": %.4f, \"max_ms\": %.4f}\n",
           count, failed, ms[count / 2], ms[count * 99 / 100], ms[count * 999 / 1000],
           ms[count - 1]);
}

// Sleeps until an answer comes or the next request is due (0: no request can be sent now).
static int wait_until(uint64_t due, struct epoll_event *events, int room)
{
    struct timespec timeout = {.tv_sec = 10};
    if (due != 0) {
        uint64_t now = now_ns(), ns = due > now ? due - now : 0;
        timeout = (struct timespec){.tv_sec = (time_t)(ns / 1000000000),
                                    .tv_nsec = (long)(ns % 1000000000)};
    }
    int count = epoll_pwait2(poller, events, room, &timeout, NULL);
    if (count == 0 && due == 0) {
        fprintf(stderr, "no answer for 10 s\n");
        exit(1);
    }
    return count;
}

static int run_rate(long connections, double rate, double seconds)
{
    long total = (long)(rate * seconds), sent = 0, done = 0, idle_count = 0;
    double *ms = calloc((size_t)total + 1, sizeof *ms);
    struct conn **idle = calloc((size_t)connections, sizeof(struct conn *));
    conns = calloc((size_t)connections, sizeof *conns);
    if (!ms || !idle || !conns || total < 1)
        die("calloc");
    for (long i = 0; i < connections; i++) {
        conn_open(&conns[i]);
        idle[idle_count++] = &conns[i];
    }
    uint64_t start = now_ns() + 10000000;
    struct epoll_event events[64];
    while (done < total) {
        uint64_t due = start + (uint64_t)((double)sent * 1e9 / rate);
        if (sent < total && idle_count > 0 && due <= now_ns()) {
            struct conn *conn = idle[--idle_count];
            conn->due = due;
            conn->have = 0;
            conn_send(conn);
            sent++;
            continue;
        }
        int count = wait_until(sent < total && idle_count > 0 ? due : 0, events, 64);
        for (int i = 0; i < count; i++) {
            struct conn *conn = events[i].data.ptr;
            if (!read_answer(conn))
                continue;
            ms[done++] = (double)(now_ns() - conn->due) / 1e6;
            idle[idle_count++] = conn;
        }
    }
    print_latencies(ms, total);
    return failed > 0;
}

// ---- streams ----

static void stream_failed(struct conn *conn, const char *why)
{
    if (failed++ == 0)
        fprintf(stderr, "a stream failed: %s\n", why);
    begun += !conn->begun; // what is waited for must not wait for this one
    conn_close(conn);
}

static bool line_is(const struct conn *conn, const char *ours, const char *providers)
{
    return memcmp(conn->line, ours, 10) == 0 || memcmp(conn->line, providers, 10) == 0;
}

// A line begins as `conn->line` says, ten characters of it: an event of ours or of a provider's
// stream, or something else.
static void take_line(struct conn *conn)
{
    if (line_is(conn, "event: dat", "data: {\"id")) {
        begun += !conn->begun;
        conn->begun = true;
        chunks++;
    } else if (line_is(conn, "event: end", "data: [DON")) {
        ended++;
        conn_close(conn);
    } else if (line_is(conn, "event: err", "data: {\"er")) {
        stream_failed(conn, "event: error");
    }
}

static void read_stream(struct conn *conn)
{
    char bytes[16384];
    ssize_t n = recv(conn->fd, bytes, sizeof bytes, MSG_DONTWAIT);
    if (n < 0 && errno == EAGAIN)
        return;
    if (n <= 0) {
        stream_failed(conn, "closed before its end");
        return;
    }
    if (!conn->answered && (n < 12 || memcmp(bytes, "HTTP/1.1 200", 12) != 0)) {
        stream_failed(conn, "not a 200");
        return;
    }
    conn->answered = true;
    for (ssize_t i = 0; i < n && conn->alive; i++) {
        if (bytes[i] == '\n')
            conn->line_length = 0;
        else if (conn->line_length < sizeof conn->line) {
            conn->line[conn->line_length++] = bytes[i];
            if (conn->line_length == sizeof conn->line)
                take_line(conn);
        }
    }
}

static bool input_closed(void)
{
    char byte;
    return read(STDIN_FILENO, &byte, 1) <= 0;
}

static int run_streams(long count)
{
    struct epoll_event input = {.events = EPOLLIN, .data.ptr = NULL}, events[256];
    if (epoll_ctl(poller, EPOLL_CTL_ADD, STDIN_FILENO, &input) != 0)
        die("standard input");
    conns = calloc((size_t)count, sizeof *conns);
    if (!conns)
        die("calloc");
    long opened = 0;
    bool stop = false, said = false;
    while (!stop && ended + failed < count) {
        for (; opened < count && opened - begun < MOST_OPENING; opened++) {
            conn_open(&conns[opened]);
            conn_send(&conns[opened]);
        }
        if (begun == count && !said) {
            said = true;
            printf("open\n");
            fflush(stdout);
        }
        int ready = epoll_wait(poller, events, 256, 1000);
        for (int i = 0; i < ready; i++) {
            if (!events[i].data.ptr)
                stop = input_closed();
            else if (((struct conn *)events[i].data.ptr)->alive)
                read_stream(events[i].data.ptr);
        }
    }
    if (!said)
        printf("open\n");
    printf("{\"streams\": %ld, \"chunks\": %ld, \"ended\": %ld, \"failed\": %ld}\n", count, chunks,
           ended, failed);
    return failed > 0;
}

int main(int argc, char **argv)
{
    bool rate = argc == 8 && strcmp(argv[1], "rate") == 0;
    if (!rate && !(argc == 6 && strcmp(argv[1], "streams") == 0)) {
        fprintf(stderr, "usage: see the top of load.c\n");
        return 2;
    }
    set_up(atoi(argv[2]));
    make_request(argv[3], argv[4]);
    return rate ? run_rate(atol(argv[5]), atof(argv[6]), atof(argv[7]))
                : run_streams(atol(argv[5]));
}
