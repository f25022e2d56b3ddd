/* What the files of this folder share: the server, its connections, their exchanges. */
#pragma once

#include <llhttp.h>

#include "base/list.h"
#include "http/checks.h"
#include "http/guard.h"
#include "http/server.h"
#include "http/transport.h"

struct http_server {
    struct loop *loop;
    struct http_limits limits;
    struct guard_limits guard_limits;
    const struct http_handler *handler;
    void *owner;
    struct link conns, listeners;
    unsigned count; /* of connections */
    bool paused;    /* accepting, because of max_connections */
    bool draining, freed;
    void (*on_drained)(void *owner);
    void *drained_owner;
    struct task drained;
    int64_t date_second; /* that `date` shows */
    char date[30];
};

enum http_phase {
    PHASE_START, /* between requests */
    PHASE_HEAD,
    PHASE_BODY,
    PHASE_OVER, /* what still comes in is thrown away */
};

struct http_conn {
    struct link link; /* server->conns */
    struct http_server *server;
    const struct transport_ops *transport;
    void *pipe;        /* for the transport */
    struct link queue; /* exchanges, in the order of their requests */
    unsigned queued;
    struct link done;               /* exchanges that are over, freed at the end of the turn */
    struct http_exchange *incoming; /* its head or body is being read; the last of the queue */
    enum http_phase phase;
    struct guard guard;
    llhttp_t parser;
    struct buf head;    /* the part of a head that has come in */
    struct buf stash;   /* what was read and waits for its turn */
    struct buf out;     /* what was answered in this turn */
    uint64_t body_left; /* of a body with a content-length */
    int64_t began_us;   /* when the first byte of the current request came */
    struct task late;
    struct timer timer;
    int64_t read_deadline, write_deadline; /* by the loop's clock; 0: none */
    size_t write_left;                     /* bytes the client had not taken when last looked at */
    bool reading, blocked /* the transport keeps bytes */, ended, finishing, closing;
};

struct http_exchange {
    struct link link; /* conn->queue, then conn->done */
    struct http_conn *conn;
    struct arena *arena;
    struct http_request request;
    struct http_header *headers; /* request.headers, while they are read */
    unsigned header_room;
    size_t name_len, value_len; /* of the header being read */
    struct head_facts facts;
    struct buf in;    /* the body of the request */
    struct buf body;  /* see http_body() */
    struct buf added; /* header lines of the handler */
    struct buf held;  /* the answer, as long as earlier ones are not complete */
    void (*on_gone)(void *owner);
    void *gone_owner;
    void (*on_writable)(void *owner);
    void *writable_owner;
    const char *note;
    void *mark;
    size_t sent; /* bytes of body */
    int status;  /* of the answer; 0: not begun */
    bool http10, keep_alive, read /* by llhttp, to its end */;
    bool streaming, bodyless, full, failed, answered;
};

/* ---- conn.c ---- */

/* A connection whose bytes go through `transport`, which calls http_conn_events. */
struct http_conn *conn_new(struct http_server *server, const struct transport_ops *transport,
                           void *pipe);
extern const struct net_events http_conn_events;

/* Closes at once; exchanges are told. */
void conn_close(struct http_conn *conn);

/* Closes after the requests that are under way, which may include one that comes in now. */
void conn_drain(struct http_conn *conn);

/* Answers with `status` in place of the handler and reads no more. */
void conn_refuse(struct http_conn *conn, int status);

/* ---- conn_read.c ---- */

/* Takes as many of the bytes as can be used now; returns how many. */
size_t conn_read(struct http_conn *conn, const char *data, size_t len);

/* False when answers pile up: then no new request begins. */
bool conn_keeps_up(const struct http_conn *conn);

/* ---- conn_write.c ---- */

/* Writes the turn's output, unless earlier bytes wait. */
void conn_flush(struct http_conn *conn);

/* Bytes that wait for the client. */
size_t conn_waiting(const struct http_conn *conn);

/* The exchange's answer is complete: it leaves the queue when its turn comes. */
void conn_answered(struct http_exchange *exchange);

/* The client is gone: all exchanges are over, and told. */
void conn_abandon(struct http_conn *conn);

/* Frees the exchanges that are over. */
void conn_free_done(struct http_conn *conn);

/* ---- parse.c ---- */

/* An exchange at the end of the queue, with a blank request and room for a head. */
struct http_exchange *exchange_new(struct http_conn *conn, size_t head_len, unsigned lines);

/* Reads a complete head (copied) into conn->incoming.  The status that refuses it, or 0. */
int parse_head(struct http_conn *conn, const char *head, size_t len);

/* Bytes of the body, as cut by the guard; `last` when it holds these to be the last. */
int parse_body(struct http_conn *conn, const char *data, size_t len, bool last);

/* ---- respond.c ---- */

/* The answer of the server itself. */
void respond_refusal(struct http_exchange *exchange, int status);

/* Sends `100 Continue` when it is the exchange's turn. */
void respond_continue(struct http_exchange *exchange);

/* ---- server.c ---- */

/* The `date` of now. */
const char *server_date(struct http_server *server);

/* The connection is no more. */
void server_forget(struct http_conn *conn);
