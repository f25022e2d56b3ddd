/* Design: calls stand in one of three lists: `waiting` for a connection that is being made, `sent`,
 * or `failed`, which are told on a clean stack.  What is sent leaves once a turn, in one write.  */
#include "store/redis_link.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/id.h"
#include "base/mem.h"
#include "loop/net_dial.h"
#include "store/redis_request.h"

enum {
    MAX_CALLS = 10000,   /* that wait for their answers */
    MAX_SENT = 64 << 20, /* bytes of them */
    MAX_REPLY = STORE_MAX_READ + (2 << 20),
    KEPT_BUFFER = 1 << 20,
    FIRST_PAUSE_MS = 100,
    LONGEST_PAUSE_MS = 1600,
};

enum state {
    LINK_OFF, /* nobody wants a connection */
    LINK_DIALING,
    LINK_GREETING, /* the first words are out */
    LINK_READY,
    LINK_PAUSED, /* the last one was lost: the next is made later */
};

struct redis_link {
    struct loop *loop;
    struct redis_link_options options;
    enum state state;
    struct net_dial *dial;
    struct net_conn *conn;
    struct redis_reader *reader;
    struct buf out;     /* is to be sent */
    bool blocked;       /* the socket takes no more for now */
    unsigned greetings; /* answers to the first words that are to come */
    char greeting[UUID_LEN + 1];
    struct link waiting, sent, failed;
    size_t calls, size; /* of `waiting` and `sent` */
    uint64_t numbers;
    struct task write, tell;
    struct timer patience, pause;
    int64_t pause_ms;
    bool down; /* it was lost and has not come back: calls fail at once */
    char why[512];
};

static struct redis_call *first_of(struct link *list)
{
    return list_is_empty(list) ? NULL : container_of(list->next, struct redis_call, link);
}

/* ---- failing ---- */

static void on_tell(struct task *task)
{
    struct redis_link *link = container_of(task, struct redis_link, tell);
    struct link now, *next;
    list_init(&now);
    list_append_all(&now, &link->failed);
    while ((next = list_take_first(&now))) {
        struct redis_call *call = container_of(next, struct redis_call, link);
        call->fn(call, NULL, 0, link->why);
    }
}

static void fail_all(struct redis_link *link)
{
    list_append_all(&link->failed, &link->sent);
    list_append_all(&link->failed, &link->waiting);
    link->calls = link->size = 0;
    if (!list_is_empty(&link->failed))
        loop_soon(link->loop, &link->tell);
}

/* Ends the connection, or what there is of it. */
static void drop_conn(struct redis_link *link)
{
    net_dial_cancel(&link->dial);
    if (link->conn) {
        net_conn_attach(link->conn, NULL, NULL);
        net_conn_close(link->conn);
        link->conn = NULL;
    }
    redis_reader_free(&link->reader);
    buf_reset(&link->out);
    link->blocked = false;
    task_cancel(&link->write);
    timer_stop(&link->patience);
}

/* The connection cannot be used any more, or cannot be made. */
static void lose(struct redis_link *link, const char *why)
{
    snprintf(link->why, sizeof link->why, "Redis: %s", why);
    drop_conn(link);
    link->down = true;
    link->state = LINK_PAUSED;
    unsigned char jitter; /* not all workers at once */
    random_bytes(&jitter, sizeof jitter);
    timer_start(&link->pause, link->pause_ms + jitter);
    link->pause_ms = link->pause_ms * 2 < LONGEST_PAUSE_MS ? link->pause_ms * 2 : LONGEST_PAUSE_MS;
    fail_all(link);
}

/* ---- sending ---- */

/* loop_run() waits for answers, and for nothing else here. */
static void watch(struct redis_link *link)
{
    struct redis_call *oldest = first_of(&link->sent);
    net_conn_set_awaited(link->conn, oldest || link->state != LINK_READY);
    if (oldest)
        timer_start(&link->patience, oldest->due - loop_now(link->loop));
    else if (link->state == LINK_READY)
        timer_stop(&link->patience);
}

static void on_write(struct task *task)
{
    struct redis_link *link = container_of(task, struct redis_link, write);
    if (link->blocked || link->out.len == 0)
        return;
    link->blocked = !net_conn_write(link->conn, link->out.data, link->out.len);
    if (link->out.cap > KEPT_BUFFER)
        buf_fini(&link->out);
    buf_reset(&link->out);
}

static void send_call(struct redis_link *link, struct redis_call *call)
{
    redis_request_call(&link->out, call);
    if (call->due == 0) /* it may be sent a second time, with its script */
        call->due = loop_now(link->loop) + link->options.timeout;
    list_append(&link->sent, &call->link);
    loop_late(link->loop, &link->write);
}

static void send_waiting(struct redis_link *link)
{
    struct link *next;
    while ((next = list_take_first(&link->waiting)))
        send_call(link, container_of(next, struct redis_call, link));
    watch(link);
}

/* ---- receiving ---- */

/* The first words are answered: the server is one. */
static void on_greeted(struct redis_link *link)
{
    link->down = false;
    link->state = LINK_READY;
    link->pause_ms = FIRST_PAUSE_MS;
    send_waiting(link);
}

static bool is_text(const struct redis_value *value, const char *text)
{
    return value->kind == REDIS_TEXT && value->len == strlen(text) &&
           memcmp(value->text, text, value->len) == 0;
}

/* An answer to the first words; false: not the right one, and the connection is lost. */
static bool take_greeting(struct redis_link *link, const struct redis_value *reply)
{
    char why[256];
    bool last = --link->greetings == 0;
    if (reply->kind == REDIS_ERROR)
        snprintf(why, sizeof why, "it refuses us: %.200s", reply->text);
    else if (last ? !is_text(reply, link->greeting) : reply->kind != REDIS_STATUS)
        snprintf(why, sizeof why, "it does not speak as Redis does");
    else {
        if (last)
            on_greeted(link);
        return true;
    }
    lose(link, why);
    return false;
}

/* Gives the answer to the oldest call; false: it is not the answer to that. */
static bool take_answer(struct redis_link *link, const struct redis_value *reply)
{
    struct redis_call *call = first_of(&link->sent);
    char number[24], why[256];
    if (!call) {
        lose(link, "it speaks unasked");
        return false;
    }
    snprintf(number, sizeof number, "%" PRIu64, call->number);
    bool error = reply->kind == REDIS_ERROR;
    if (!error &&
        (reply->kind != REDIS_LIST || reply->len == 0 || !is_text(&reply->items[0], number))) {
        lose(link, "its answer is to something else");
        return false;
    }
    list_remove(&call->link);
    if (error && call->sha1 && strncmp(reply->text, "NOSCRIPT", 8) == 0) {
        call->sha1 = NULL; /* nothing has happened yet: now with the whole script */
        send_call(link, call);
        return true;
    }
    link->calls--;
    link->size -= call->size;
    if (error) {
        snprintf(why, sizeof why, "Redis: %.200s", reply->text);
        call->fn(call, NULL, 0, why);
    } else {
        call->fn(call, reply->items + 1, reply->len - 1, NULL);
    }
    return true;
}

static void on_data(void *owner, const char *data, size_t len)
{
    struct redis_link *link = owner;
    const struct redis_value *reply;
    const char *why;
    redis_reader_feed(link->reader, data, len);
    while ((reply = redis_reader_next(link->reader, &why)))
        if (!(link->state == LINK_GREETING ? take_greeting(link, reply) : take_answer(link, reply)))
            return;
    if (why) {
        char said[200];
        snprintf(said, sizeof said, "it does not speak as Redis does: %s", why);
        lose(link, said);
        return;
    }
    watch(link);
}

/* A server may close a connection on which nothing is going on. */
static void on_ended(void *owner)
{
    struct redis_link *link = owner;
    if (link->state == LINK_READY && list_is_empty(&link->sent)) {
        drop_conn(link);
        link->state = LINK_OFF;
        return;
    }
    lose(link, "it has closed the connection");
}

static void on_drained(void *owner)
{
    struct redis_link *link = owner;
    link->blocked = false;
    if (link->out.len > 0)
        loop_late(link->loop, &link->write);
}

static const struct net_events events = {on_data, on_ended, on_drained, NULL};

/* ---- connecting ---- */

static void greet(struct redis_link *link)
{
    struct uuid id = uuid_new();
    uuid_format(link->greeting, &id);
    link->greetings = redis_request_greet(&link->out, &link->options.target, link->greeting);
    loop_late(link->loop, &link->write);
}

static void on_dialed(void *owner, struct net_conn *conn, const char *why)
{
    struct redis_link *link = owner;
    link->dial = NULL;
    if (!conn) {
        lose(link, why);
        return;
    }
    link->conn = conn;
    link->state = LINK_GREETING;
    link->reader = redis_reader_new(MAX_REPLY);
    net_conn_attach(conn, &events, link);
    net_conn_read_start(conn);
    greet(link);
}

static void dial(struct redis_link *link)
{
    link->state = LINK_DIALING;
    timer_start(&link->patience, link->options.connect_timeout);
    link->dial =
        net_dial(link->loop, link->options.target.host, link->options.target.port, on_dialed, link);
}

static void on_impatient(struct timer *timer)
{
    struct redis_link *link = container_of(timer, struct redis_link, patience);
    char why[64];
    bool ready = link->state == LINK_READY;
    snprintf(why, sizeof why, "no %s within %" PRId64 " ms", ready ? "answer" : "connection",
             ready ? link->options.timeout : link->options.connect_timeout);
    lose(link, why);
}

static void on_pause_over(struct timer *timer)
{
    dial(container_of(timer, struct redis_link, pause));
}

/* ---- outside ---- */

struct redis_link *redis_link_new(struct loop *loop, const struct redis_link_options *options)
{
    struct redis_link *link = mem_zalloc(1, sizeof *link);
    link->loop = loop;
    link->options = *options;
    link->pause_ms = FIRST_PAUSE_MS;
    buf_init(&link->out, 2 * (size_t)MAX_SENT);
    list_init(&link->waiting);
    list_init(&link->sent);
    list_init(&link->failed);
    task_init(&link->write, on_write);
    task_init(&link->tell, on_tell);
    timer_init(&link->patience, loop, on_impatient);
    timer_init(&link->pause, loop, on_pause_over);
    link->pause.aside = true;
    return link;
}

/* A call that cannot even wait. */
static void refuse(struct redis_link *link, struct redis_call *call)
{
    if (!link->down)
        snprintf(link->why, sizeof link->why, "Redis: too many requests wait for it");
    list_append(&link->failed, &call->link);
    loop_soon(link->loop, &link->tell);
}

void redis_link_ask(struct redis_link *link, struct redis_call *call)
{
    list_init(&call->link);
    call->number = ++link->numbers;
    call->size = redis_request_size(call);
    bool too_much = link->calls >= MAX_CALLS || link->size + call->size > MAX_SENT;
    if (link->down || too_much) {
        refuse(link, call);
        return;
    }
    link->calls++;
    link->size += call->size;
    if (link->state == LINK_READY) {
        send_call(link, call);
        watch(link);
        return;
    }
    list_append(&link->waiting, &call->link);
    if (link->state == LINK_OFF)
        dial(link);
}

void redis_link_free(struct redis_link **link)
{
    struct redis_link *old = *link;
    *link = NULL;
    drop_conn(old);
    timer_stop(&old->pause);
    snprintf(old->why, sizeof old->why, "the store is closed");
    fail_all(old);
    task_cancel(&old->tell);
    on_tell(&old->tell);
    buf_fini(&old->out);
    free(old);
}
