/* SPDX-License-Identifier: Apache-2.0 */
/* One thread adds to a batch; a full one waits in a short queue for a helper. The first
 * batches, and all of them where no thread can be had, are put in by the adding thread
 * itself. */
#include "crowd/arrivals.h"

#include "base/mem.h"
#include "base/status.h"

#include <pthread.h>
#include <unistd.h>

#define BATCH 128u
#define ALONE 64u /* batches before helpers come */
#define HELPERS_MAX 16
#define QUEUE_MAX 32u

struct batch {
    uint32_t count;
    struct crowd_person people[BATCH];
};

struct arrivals {
    struct crowd *crowd;
    struct batch *filling;
    uint32_t batches; /* handed on so far */
    pthread_t helpers[HELPERS_MAX];
    uint32_t helper_count;

    pthread_mutex_t lock; /* guards everything below */
    pthread_cond_t added, taken;
    struct batch *queue[QUEUE_MAX];
    uint32_t queue_count;
    bool ended;
    int status; /* the first failure */
};

int arrivals_new(struct arrivals **ret, struct crowd *crowd)
{
    struct arrivals *arrivals = mem_calloc(1, sizeof(*arrivals));
    if (arrivals == NULL)
        return ST_NO_MEMORY;
    arrivals->crowd = crowd;
    pthread_mutex_init(&arrivals->lock, NULL);
    pthread_cond_init(&arrivals->added, NULL);
    pthread_cond_init(&arrivals->taken, NULL);
    *ret = arrivals;
    return ST_OK;
}

static int put_batch(struct arrivals *arrivals, struct batch *batch)
{
    int status = ST_OK;
    for (uint32_t i = 0; i < batch->count && status == ST_OK; i++)
        status = crowd_put(arrivals->crowd, &batch->people[i]);
    mem_free(batch);
    return status;
}

static void *help(void *context)
{
    struct arrivals *arrivals = context;
    pthread_mutex_lock(&arrivals->lock);
    for (;;) {
        while (arrivals->queue_count == 0 && !arrivals->ended)
            pthread_cond_wait(&arrivals->added, &arrivals->lock);
        if (arrivals->queue_count == 0)
            break;
        struct batch *batch = arrivals->queue[--arrivals->queue_count];
        pthread_cond_signal(&arrivals->taken);
        pthread_mutex_unlock(&arrivals->lock);
        int status = put_batch(arrivals, batch);
        pthread_mutex_lock(&arrivals->lock);
        if (status != ST_OK && arrivals->status == ST_OK)
            arrivals->status = status;
    }
    pthread_mutex_unlock(&arrivals->lock);
    return NULL;
}

static void call_helpers(struct arrivals *arrivals)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    long wanted = cores < 2 ? 0 : cores > HELPERS_MAX ? HELPERS_MAX : cores;
    while (arrivals->helper_count < (uint32_t)wanted &&
           pthread_create(&arrivals->helpers[arrivals->helper_count], NULL, help,
                          arrivals) == 0)
        arrivals->helper_count++;
}

static int hand_on(struct arrivals *arrivals)
{
    struct batch *batch = arrivals->filling;
    arrivals->filling = NULL;
    if (++arrivals->batches == ALONE)
        call_helpers(arrivals);
    if (arrivals->helper_count == 0) {
        int status = put_batch(arrivals, batch);
        if (arrivals->status == ST_OK)
            arrivals->status = status;
        return arrivals->status;
    }
    pthread_mutex_lock(&arrivals->lock);
    while (arrivals->queue_count == QUEUE_MAX)
        pthread_cond_wait(&arrivals->taken, &arrivals->lock);
    arrivals->queue[arrivals->queue_count++] = batch;
    int status = arrivals->status;
    pthread_cond_signal(&arrivals->added);
    pthread_mutex_unlock(&arrivals->lock);
    return status;
}

int arrivals_add(struct arrivals *arrivals, const struct crowd_person *person)
{
    if (arrivals->filling == NULL) {
        arrivals->filling = mem_alloc(sizeof(*arrivals->filling));
        if (arrivals->filling == NULL)
            return ST_NO_MEMORY;
        arrivals->filling->count = 0;
    }
    arrivals->filling->people[arrivals->filling->count++] = *person;
    return arrivals->filling->count < BATCH ? ST_OK : hand_on(arrivals);
}

int arrivals_end(struct arrivals *arrivals)
{
    if (arrivals == NULL)
        return ST_OK;
    int status = ST_OK;
    if (arrivals->filling != NULL)
        status = hand_on(arrivals);
    pthread_mutex_lock(&arrivals->lock);
    arrivals->ended = true;
    pthread_cond_broadcast(&arrivals->added);
    pthread_mutex_unlock(&arrivals->lock);
    for (uint32_t i = 0; i < arrivals->helper_count; i++)
        pthread_join(arrivals->helpers[i], NULL);
    status = arrivals->status != ST_OK ? arrivals->status : status;
    pthread_mutex_destroy(&arrivals->lock);
    pthread_cond_destroy(&arrivals->added);
    pthread_cond_destroy(&arrivals->taken);
    mem_free(arrivals);
    return status;
}
