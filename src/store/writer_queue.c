/* SPDX-License-Identifier: Apache-2.0 */
/* The commands that wait for the writer: those for whom somebody waits, in order, and
 * those that may run a while later, a half of that while after the other. */
#include "store/writer_own.h"

#include "base/status.h"

#include <assert.h>

#define LATER_HALF_MS (WRITER_LATER_MS / 2)

static void push(struct commands *commands, struct command *command)
{
    command->next = NULL;
    if (commands->last == NULL)
        commands->first = command;
    else
        commands->last->next = command;
    commands->last = command;
    commands->length++;
}

static struct command *pop(struct commands *commands)
{
    struct command *command = commands->first;
    commands->first = command->next;
    if (commands->first == NULL)
        commands->last = NULL;
    commands->length--;
    command->next = NULL;
    return command;
}

static int submit(struct writer *writer, struct commands *commands,
                  struct command *command)
{
    assert(command->run != NULL);
    command->repeated = false;
    int status = ST_OK;
    (void)pthread_mutex_lock(&writer->queue_lock);
    if (writer->closed)
        status = ST_CLOSED;
    else if (commands->length >= WRITER_QUEUE_MAX)
        status = ST_BUSY;
    else {
        if (commands == &writer->later && commands->length == 0)
            writer->later_turn_ms = clock_wall_ms(writer->config.clock) + LATER_HALF_MS;
        push(commands, command);
        if (commands == &writer->queue || commands->length == 1 ||
            commands->length == WRITER_LATER_MAX)
            (void)pthread_cond_signal(&writer->queue_grew);
    }
    (void)pthread_mutex_unlock(&writer->queue_lock);
    return status;
}

int writer_submit(struct writer *writer, struct command *command)
{
    return submit(writer, &writer->queue, command);
}

int writer_submit_later(struct writer *writer, struct command *command)
{
    return submit(writer, &writer->later, command);
}

uint32_t writer_queue_length(struct writer *writer)
{
    (void)pthread_mutex_lock(&writer->queue_lock);
    uint32_t length = writer->queue.length;
    (void)pthread_mutex_unlock(&writer->queue_lock);
    return length;
}

/* Whose half is over becomes old, and who was old is due: so nobody runs before half of
 * the time, when an answer often has made the note needless, and all of a half run one
 * after the other. The queue is locked. After a jump of the clock nothing waits longer
 * than its time. */
static void turn_later(struct writer *writer, int64_t now_ms)
{
    uint32_t length = writer->later.length;
    if (length >= WRITER_LATER_MAX || writer->closed || writer->stop ||
        now_ms < writer->later_turn_ms - LATER_HALF_MS) {
        writer->later_due = writer->later_old = length;
    } else if (now_ms >= writer->later_turn_ms) {
        writer->later_due = writer->later_old;
        writer->later_old = length;
        writer->later_turn_ms = now_ms + LATER_HALF_MS;
    }
}

uint32_t writer_take_batch(struct writer *writer, struct command **ret, int64_t now_ms)
{
    uint32_t count = 0;
    (void)pthread_mutex_lock(&writer->queue_lock);
    while (count < WRITER_BATCH_MAX && writer->queue.length > 0)
        ret[count++] = pop(&writer->queue);
    turn_later(writer, now_ms);
    for (uint32_t i = 0;
         i < WRITER_LATER_PART && count < WRITER_BATCH_MAX && writer->later_due > 0;
         i++) {
        ret[count++] = pop(&writer->later);
        writer->later_due--;
        writer->later_old--;
    }
    (void)pthread_mutex_unlock(&writer->queue_lock);
    return count;
}

int64_t writer_later_due_ms(struct writer *writer)
{
    (void)pthread_mutex_lock(&writer->queue_lock);
    int64_t due = writer->later.length == 0 ? INT64_MAX
                  : writer->later_due > 0 || writer->later.length >= WRITER_LATER_MAX
                      ? 0
                      : writer->later_turn_ms;
    (void)pthread_mutex_unlock(&writer->queue_lock);
    return due;
}

void writer_put_back(struct writer *writer, struct command **commands, uint32_t count)
{
    (void)pthread_mutex_lock(&writer->queue_lock);
    struct commands *queue = &writer->queue;
    for (uint32_t i = count; i-- > 0;) {
        commands[i]->next = queue->first;
        queue->first = commands[i];
        if (queue->last == NULL)
            queue->last = commands[i];
    }
    queue->length += count;
    (void)pthread_mutex_unlock(&writer->queue_lock);
}
