/* The workers of a master: started, found ready, replaced, buried.
 *
 * Those that are old are being replaced: they serve until all others are ready, are then told to
 * drain, and are not started again. */
#pragma once

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct heartbeats;

/* What a worker tells its master, as the value of a signal. */
enum worker_news {
    NEWS_READY = 1,  /* it serves */
    NEWS_RELIEVE_ME, /* it wants to be replaced */
};

struct child {
    pid_t pid;      /* 0: to be started at `due_ms` */
    unsigned place; /* a number that no other has at a time */
    int64_t born_ms, due_ms;
    bool old, ready;
};

struct children {
    struct child *list;
    size_t count;
    int64_t backoff_ms; /* of those that die young */
    struct heartbeats *beats;
    void (*run)(void *owner, unsigned place); /* a worker's life, in its process; does not return */
    void *owner;
};

/* The signal that brings news, the one that tells a worker to drain at once, and the one that tells
 * all processes to open their log files again: as others name it, so that who tells it to all of
 * them by their name does no harm. */
int children_news_signal(void);
enum { SIGNAL_DRAIN = SIGUSR2, SIGNAL_REOPEN = SIGUSR1 };

/* Tells the master (whose process id it is) from a worker. */
void children_tell(pid_t master, enum worker_news news);

/* No workers; false when the system refuses memory. */
bool children_init(struct children *children, void (*run)(void *owner, unsigned place),
                   void *owner);
void children_fini(struct children *children);

/* Starts `count` more. */
void children_add(struct children *children, unsigned count);

/* Makes all that there are old. */
void children_retire_all(struct children *children);

/* Makes one old and starts another in its place. */
void children_relieve(struct children *children, pid_t pid);

/* A worker said that it is ready.  When all that are not old are, the old ones are told to drain:
 * then true. */
bool children_ready(struct children *children, pid_t pid);

/* Signals all. */
void children_signal(const struct children *children, int signum);

/* Buries one that has ended with this status of waitpid(): one that was not old is started again
 * if `again`, at once if it lived for long enough, else later and later. */
void children_on_death(struct children *children, pid_t pid, int status, bool again);

/* Forgets those that were to be started again. */
void children_forget_dead(struct children *children);

/* Starts those that are due. */
void children_start_due(struct children *children);

/* Milliseconds until one is due; -1: none is. */
int64_t children_wait_ms(const struct children *children);

/* Kills those that gave no sign of life for `limit_ms`. */
void children_kill_silent(const struct children *children, int64_t limit_ms);
