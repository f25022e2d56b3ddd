#include "loop/input.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/mem.h"
#include "loop/loop_internal.h"

struct input {
    struct loop *loop;
    int fd;
    input_fn *on_bytes;
    void *owner;
    uv_work_t work;
    bool asked;
    ssize_t got;
    int fault; /* errno of a read that failed */
    char data[65536];
};

struct input *input_new(struct loop *loop, int fd, input_fn *on_bytes, void *owner)
{
    struct input *input = mem_zalloc(1, sizeof *input);
    input->loop = loop;
    input->fd = fd;
    input->on_bytes = on_bytes;
    input->owner = owner;
    input->work.data = input;
    return input;
}

/* On the thread. */
static void on_work(uv_work_t *work)
{
    struct input *input = work->data;
    do
        input->got = read(input->fd, input->data, sizeof input->data);
    while (input->got < 0 && errno == EINTR);
    input->fault = input->got < 0 ? errno : 0;
}

static void on_worked(uv_work_t *work, int status)
{
    struct input *input = work->data;
    (void)status; /* nobody takes work back */
    input->asked = false;
    input->on_bytes(input->owner, input->data, input->got > 0 ? (size_t)input->got : 0);
}

void input_ask(struct input *input)
{
    assert(!input->asked);
    input->asked = true;
    int err = uv_queue_work(loop_uv(input->loop), &input->work, on_work, on_worked);
    assert(err == 0); /* it fails without a function only */
    (void)err;
}

bool input_is_asked(const struct input *input)
{
    return input->asked;
}

int input_fault(const struct input *input)
{
    return input->fault;
}

void input_free(struct input **input)
{
    assert(!*input || !(*input)->asked);
    free(*input);
    *input = NULL;
}
