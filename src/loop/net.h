/* Stream sockets: listeners and connections, TCP and Unix.
 *
 * A connection belongs to the loop until `on_closed`; its owner is told of everything through
 * `net_events` and may close it at any time, also from within a callback.  Reading is off until
 * net_conn_read_start(). */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "loop/loop.h"

struct net_listener;
struct net_conn;

/* What happens to a connection, in firing order:
 *     on_data*, (on_drained | on_data)*, on_ended?, on_closed.  */
struct net_events {
    /* Bytes came in; borrowed for the call. */
    void (*on_data)(void *owner, const char *data, size_t len);
    /* The peer will send no more, or the connection broke; no on_data follows.  It may still take
     * what is written; one that breaks after this closes by itself. */
    void (*on_ended)(void *owner);
    /* All bytes that net_conn_write() had to keep are out. */
    void (*on_drained)(void *owner);
    /* The connection is gone; the last call. */
    void (*on_closed)(void *owner);
};

/* Called for each accepted connection: either net_conn_attach() it or net_conn_close() it. */
typedef void net_accept_fn(void *owner, struct net_conn *conn);

/* Serves the listening socket `fd` (bound, non-blocking; taken over) of either family; each
 * accepted connection goes to on_accept(owner, …).  When the process runs out of file
 * descriptors accepting pauses for a moment instead of spinning. */
enum ls_err net_listener_open(struct net_listener **out, struct loop *loop, int fd,
                              net_accept_fn *on_accept, void *owner) LS_MUST_CHECK;

/* Accepts at once what waits in the queue of the socket: when the last process closes it, these
 * connections would be reset. */
void net_listener_accept_waiting(struct net_listener *listener);

/* Lets no further connection begin, in any process that shares the socket: who asks is not
 * answered, asks again a second later, and finds the socket closed or served by a successor.  Those
 * that have begun still come in.  Without it the last close() resets who connects just before. */
void net_listener_hold_off(struct net_listener *listener);

/* Accepts no more; nulls *listener. */
void net_listener_close(struct net_listener **listener);

/* Pauses or resumes accepting (a limit on connections is reached). */
void net_listener_set_accepting(struct net_listener *listener, bool accepting);

/* Binds and listens: `host` is a name or address, or "unix:PATH" (an old socket file that nobody
 * serves is replaced).  *out is the non-blocking socket; for a TCP port of 0, *port becomes the
 * one chosen.  LS_SYSTEM with a sentence in `why` (256 bytes) when it cannot be had. */
enum ls_err net_bind(int *out, const char *host, int *port, char why[256]) LS_MUST_CHECK;

/* Says who hears of the connection from now on; `events` NULL: nobody. */
void net_conn_attach(struct net_conn *conn, const struct net_events *events, void *owner);

/* Whether loop_run() goes on for the connection's sake alone: true, unless it is set otherwise. */
void net_conn_set_awaited(struct net_conn *conn, bool awaited);

/* Starts or stops on_data. */
void net_conn_read_start(struct net_conn *conn);
void net_conn_read_stop(struct net_conn *conn);

/* Writes what the socket takes now and keeps the rest (bounded by what callers hand in: do not
 * write again before on_drained).  True when everything is out; false when a rest was kept, and
 * on_drained follows, or on_ended when the connection breaks. */
bool net_conn_write(struct net_conn *conn, const char *data, size_t len);

/* Bytes handed to net_conn_write() that the socket has not taken yet. */
size_t net_conn_pending(const struct net_conn *conn);

/* Bytes handed to net_conn_write() that the peer has not taken yet: the pending ones and those that
 * wait in the socket.  As long as nothing is written it falls, and only while the peer reads. */
size_t net_conn_untaken(const struct net_conn *conn);

/* Closes at once; on_closed follows on a later turn.  Kept bytes are lost.  Idempotent. */
void net_conn_close(struct net_conn *conn);

/* Ends the sending side after all kept bytes are out, and discards what still comes in for up to
 * `linger_ms`, so that the peer can read a last answer before the reset; then closes.  Of the
 * events only on_closed follows.  A peer that takes nothing is the caller's to give up on. */
void net_conn_finish(struct net_conn *conn, int64_t linger_ms);

/* Closes with a reset instead of an orderly end. */
void net_conn_reset(struct net_conn *conn);

/* The peer's address as text ("127.0.0.1", "::1", or "unix"); valid as long as the connection. */
const char *net_conn_peer(const struct net_conn *conn);

/* Wakes `fn(owner)` on the loop for each signal `signum`; lasts until loop_free(). */
enum ls_err loop_on_signal(struct loop *loop, int signum, void (*fn)(void *owner, int signum),
                           void *owner) LS_MUST_CHECK;

/* Calls `fn(owner)` when the other end of the descriptor `fd` is closed (a pipe from the parent
 * process, for instance). */
enum ls_err loop_on_hangup(struct loop *loop, int fd, void (*fn)(void *owner),
                           void *owner) LS_MUST_CHECK;
