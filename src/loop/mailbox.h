/* Tasks from other threads: the only way into a loop from outside its thread.
 *
 * A mailbox belongs to a loop and may outlive it: whoever holds it can try to post at any time, and
 * is told when the loop is gone. */
#pragma once

#include <stdbool.h>

#include "loop/loop.h"

struct mailbox;

/* The mailbox of `loop` (borrowed), made with the first call; on the loop's own thread. */
struct mailbox *loop_mailbox(struct loop *loop);

/* One more reference; returns `mailbox`.  Any thread. */
struct mailbox *mailbox_hold(struct mailbox *mailbox);

/* One reference less.  Any thread. */
void mailbox_rele(struct mailbox *mailbox);

/* Has `task` (in no queue) called on the loop's thread, exactly once, on a clean stack.  False: the
 * loop is gone and nothing will be called.  Any thread. */
bool mailbox_post(struct mailbox *mailbox, struct task *task);

/* A post is to be expected (more than one: call it as often): loop_run() waits for it.  On the
 * loop's thread. */
void mailbox_expect(struct mailbox *mailbox);

/* One that was expected has come, or is not waited for any more. */
void mailbox_expect_less(struct mailbox *mailbox);
