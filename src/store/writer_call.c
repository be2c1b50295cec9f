/* SPDX-License-Identifier: Apache-2.0 */
/* Submitting a command and waiting for its answer. */
#include "store/writer_internal.h"

#include "base/status.h"

#include <pthread.h>
#include <stddef.h>

/* The caller's `done` is replaced while it waits; commands are found again by their
 * address. */
struct waiting {
    pthread_mutex_t lock;
    pthread_cond_t answered;
    struct command wrapper;
    struct command *inner;
    bool is_done;
    int status;
};

static struct waiting *waiting_of(struct command *command)
{
    return (struct waiting *)((char *)command - offsetof(struct waiting, wrapper));
}

static int run_waiting(struct command *command, struct writer *writer, int64_t now_ms)
{
    struct command *inner = waiting_of(command)->inner;
    int status = inner->run(inner, writer, now_ms);
    command->diag = inner->diag;
    command->result_status = inner->result_status;
    command->result_id = inner->result_id;
    return status;
}

static void done_waiting(struct command *command, int status)
{
    struct waiting *waiting = waiting_of(command);
    (void)pthread_mutex_lock(&waiting->lock);
    waiting->status = status;
    waiting->is_done = true;
    (void)pthread_cond_signal(&waiting->answered);
    (void)pthread_mutex_unlock(&waiting->lock);
}

int writer_call(struct writer *writer, struct command *command)
{
    struct waiting waiting = {.inner = command, .wrapper = *command};
    (void)pthread_mutex_init(&waiting.lock, NULL); /* cannot fail on Linux */
    (void)pthread_cond_init(&waiting.answered, NULL);
    waiting.wrapper.run = run_waiting;
    waiting.wrapper.done = done_waiting;
    int status = writer_submit(writer, &waiting.wrapper);
    if (status == ST_OK) {
        /* Without a thread (tests, tools) the caller makes the step. */
        while (!writer_has_thread(writer) && !waiting.is_done)
            (void)writer_step(writer, writer_now_ms(writer));
        (void)pthread_mutex_lock(&waiting.lock);
        while (!waiting.is_done)
            (void)pthread_cond_wait(&waiting.answered, &waiting.lock);
        (void)pthread_mutex_unlock(&waiting.lock);
        status = waiting.status;
        command->diag = waiting.wrapper.diag;
        command->repeated = waiting.wrapper.repeated;
        command->result_status = waiting.wrapper.result_status;
        command->result_id = waiting.wrapper.result_id;
    }
    (void)pthread_mutex_destroy(&waiting.lock);
    (void)pthread_cond_destroy(&waiting.answered);
    return status;
}
