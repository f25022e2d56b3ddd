/* Design: what is posted on the loop's own thread goes into its queue at once.  Other threads leave
 * their tasks in a list under a lock and wake the loop, which moves them into its queue.  A virtual
 * loop looks at the list on each turn. */
#include "loop/mailbox.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/mem.h"
#include "loop/loop_internal.h"

struct mailbox {
    atomic_uint refs;
    pthread_t thread;     /* the loop's */
    pthread_mutex_t lock; /* of what follows */
    struct loop *loop;    /* NULL once it is gone */
    struct link posted;
    uv_async_t wake;   /* of a real loop */
    unsigned expected; /* on the loop's thread only */
};

bool mailbox_drain(struct loop *loop)
{
    struct mailbox *mailbox = loop->mailbox;
    struct link now;
    list_init(&now);
    if (!mailbox)
        return false;
    pthread_mutex_lock(&mailbox->lock);
    list_append_all(&now, &mailbox->posted);
    pthread_mutex_unlock(&mailbox->lock);
    bool any = !list_is_empty(&now);
    list_append_all(&loop->soon, &now);
    return any;
}

static void on_wake(uv_async_t *wake)
{
    mailbox_drain(wake->data);
}

static void open_wake(struct mailbox *mailbox)
{
    if (uv_async_init(loop_uv(mailbox->loop), &mailbox->wake, on_wake) != 0)
        abort(); /* a pipe for the whole loop, made with its first asynchronous handle */
    mailbox->wake.data = mailbox->loop;
    uv_unref((uv_handle_t *)&mailbox->wake);
}

struct mailbox *loop_mailbox(struct loop *loop)
{
    if (loop->mailbox)
        return loop->mailbox;
    struct mailbox *mailbox = mem_zalloc(1, sizeof *mailbox);
    atomic_init(&mailbox->refs, 1);
    mailbox->thread = pthread_self();
    pthread_mutex_init(&mailbox->lock, NULL);
    mailbox->loop = loop->closing ? NULL : loop;
    list_init(&mailbox->posted);
    if (loop->real && mailbox->loop)
        open_wake(mailbox);
    return loop->mailbox = mailbox;
}

struct mailbox *mailbox_hold(struct mailbox *mailbox)
{
    atomic_fetch_add(&mailbox->refs, 1);
    return mailbox;
}

void mailbox_rele(struct mailbox *mailbox)
{
    if (!mailbox || atomic_fetch_sub(&mailbox->refs, 1) > 1)
        return;
    pthread_mutex_destroy(&mailbox->lock);
    free(mailbox);
}

bool mailbox_post(struct mailbox *mailbox, struct task *task)
{
    bool own = pthread_equal(mailbox->thread, pthread_self());
    pthread_mutex_lock(&mailbox->lock);
    bool open = mailbox->loop != NULL;
    if (open && own) {
        loop_soon(mailbox->loop, task);
    } else if (open) {
        list_append(&mailbox->posted, &task->link);
        if (mailbox->loop->real)
            uv_async_send(&mailbox->wake);
    }
    pthread_mutex_unlock(&mailbox->lock);
    return open;
}

void mailbox_expect(struct mailbox *mailbox)
{
    if (mailbox->expected++ == 0 && mailbox->loop && mailbox->loop->real)
        uv_ref((uv_handle_t *)&mailbox->wake);
}

void mailbox_expect_less(struct mailbox *mailbox)
{
    if (--mailbox->expected == 0 && mailbox->loop && mailbox->loop->real)
        uv_unref((uv_handle_t *)&mailbox->wake);
}

void mailbox_close(struct mailbox *mailbox)
{
    if (!mailbox)
        return;
    pthread_mutex_lock(&mailbox->lock);
    struct loop *loop = mailbox->loop;
    mailbox->loop = NULL;
    list_append_all(&loop->soon, &mailbox->posted);
    pthread_mutex_unlock(&mailbox->lock);
}
