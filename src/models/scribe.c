#include "models/scribe.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "loop/thread.h"

enum { MAX_WAITING = 32 << 20 }; /* bytes of lines that wait for a disk that is stuck */

struct scribe {
    struct loop *loop;
    struct thread *thread; /* NULL: not yet */
    size_t waiting;
};

/* A line under way. */
struct writing {
    struct job job;
    struct scribe *scribe;
    struct tape *tape;
    char *line;
    size_t len;
    int fault; /* errno; 0: none */
};

struct scribe *scribe_new(struct loop *loop)
{
    struct scribe *scribe = mem_zalloc(1, sizeof *scribe);
    scribe->loop = loop;
    return scribe;
}

void scribe_free(struct scribe **scribe)
{
    struct scribe *old = *scribe;
    *scribe = NULL;
    if (old)
        thread_free(&old->thread);
    free(old);
}

static void write_line(struct job *job)
{
    struct writing *writing = container_of(job, struct writing, job);
    writing->fault = tape_write(writing->tape, writing->line, writing->len);
}

static void on_written(struct job *job)
{
    struct writing *writing = container_of(job, struct writing, job);
    writing->scribe->waiting -= writing->len;
    tape_written(writing->tape, writing->fault);
    tape_rele(writing->tape);
    free(writing->line);
    free(writing);
}

/* Whether there is a thread, now at the latest. */
static bool has_thread(struct scribe *scribe)
{
    if (!scribe->thread)
        scribe->thread = thread_new(scribe->loop);
    return scribe->thread != NULL;
}

void scribe_append(struct scribe *scribe, struct tape *tape, const char *line, size_t len)
{
    if (!scribe || !has_thread(scribe)) {
        tape_written(tape, tape_write(tape, line, len));
        return;
    }
    if (len > MAX_WAITING - scribe->waiting) {
        tape_written(tape, EBUSY);
        return;
    }
    struct writing *writing = mem_zalloc(1, sizeof *writing);
    writing->job.work = write_line;
    writing->job.done = on_written;
    writing->scribe = scribe;
    writing->tape = tape_hold(tape);
    writing->line = mem_strndup(line, len);
    writing->len = len;
    scribe->waiting += len;
    thread_do(scribe->thread, &writing->job);
}
