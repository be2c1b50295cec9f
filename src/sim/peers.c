/* SPDX-License-Identifier: Apache-2.0 */
/* A try is decided when it starts and comes true when its time has come; so a crash of
 * the server in between may leave a message that was taken and whose result nobody
 * heard. Letters are kept sorted by id; ids mostly grow. */
#include "sim/peers.h"

#include "base/mem.h"
#include "base/status.h"

#include <stdio.h>
#include <string.h>

#define SECOND_US INT64_C(1000000)

struct letter {
    int64_t id;
    uint32_t taken;
};

struct peers {
    struct peers_config config;
    struct letter *letters;
    uint32_t count, capacity;
    int64_t dead_until_us;
    bool calm;
    struct peers_counts counts;
};

struct flight {
    struct transport_result result;
    int64_t due_us;
};

struct sim_transport {
    struct transport super;
    struct peers *peers;
    struct flight flights[PEERS_FLIGHTS_MAX];
    uint32_t count;
};

/* Index of the first letter whose id is not smaller. */
static uint32_t find_letter(const struct peers *peers, int64_t id)
{
    uint32_t low = 0, high = peers->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (peers->letters[middle].id < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void take(struct peers *peers, int64_t id)
{
    uint32_t at = find_letter(peers, id);
    if (at == peers->count || peers->letters[at].id != id) {
        if (mem_grow(&peers->letters, &peers->capacity, peers->count + 1,
                     sizeof *peers->letters, PEERS_LETTERS_MAX) != ST_OK)
            return;
        memmove(peers->letters + at + 1, peers->letters + at,
                (peers->count - at) * sizeof *peers->letters);
        peers->letters[at] = (struct letter){.id = id};
        peers->count++;
    }
    peers->letters[at].taken++;
    peers->counts.taken++;
    peers->config.on_letter(peers->config.context, id);
}

static void arrive(struct peers *peers, const struct transport_result *result)
{
    if (result->outcome != TRANSPORT_ACCEPTED)
        return;
    if (peers->config.loses && result->tag % 5 == 0)
        return;
    uint64_t left = mem_fail_hold(); /* what the peer keeps is not the server's memory */
    take(peers, (int64_t)result->tag);
    if (peers->config.repeats && result->tag % 5 == 0)
        take(peers, (int64_t)result->tag);
    mem_fail_at(left);
}

/* ---- the transport --------------------------------------------------------------------
 */

static void decide(struct peers *peers, struct flight *flight, int64_t now_us)
{
    struct random *random = peers->config.random;
    struct transport_result *result = &flight->result;
    uint64_t luck = random_below(random, 100);
    flight->due_us = now_us + 20000 + (int64_t)random_below(random, 400000);
    if (now_us < peers->dead_until_us) {
        peers->counts.dead++;
        result->outcome = TRANSPORT_TEMPORARY;
        result->peer_down = true;
        (void)snprintf(result->why, sizeof result->why, "no connection");
    } else if (peers->calm || luck < 82) {
        result->outcome = TRANSPORT_ACCEPTED;
    } else if (luck < 87) {
        peers->counts.slow++;
        result->outcome = TRANSPORT_ACCEPTED;
        flight->due_us += SECOND_US * (2 + (int64_t)random_below(random, 12));
    } else if (luck < 97) {
        peers->counts.refused_for_now++;
        result->outcome = TRANSPORT_TEMPORARY;
        result->retry_after_ms = luck == 96 ? 7000 : 0;
        (void)snprintf(result->why, sizeof result->why, "451 try again");
    } else {
        peers->counts.refused++;
        result->outcome = TRANSPORT_PERMANENT;
        (void)snprintf(result->why, sizeof result->why, "550 no such mailbox");
    }
}

static int start(struct transport *super, const struct transport_job *job)
{
    struct sim_transport *transport = (struct sim_transport *)super;
    struct peers *peers = transport->peers;
    if (transport->count == PEERS_FLIGHTS_MAX)
        return ST_BUSY;
    struct flight *flight = &transport->flights[transport->count++];
    *flight = (struct flight){.result = {.tag = job->tag}};
    decide(peers, flight, clock_mono_us(peers->config.clock));
    return ST_OK;
}

static void step(struct transport *super, int wait_ms)
{
    (void)super; /* time stands still while anybody works */
    (void)wait_ms;
}

static bool finished(struct transport *super, struct transport_result *ret)
{
    struct sim_transport *transport = (struct sim_transport *)super;
    int64_t now_us = clock_mono_us(transport->peers->config.clock);
    for (uint32_t i = 0; i < transport->count; i++) {
        if (transport->flights[i].due_us > now_us)
            continue;
        *ret = transport->flights[i].result;
        transport->count--;
        memmove(transport->flights + i, transport->flights + i + 1,
                (transport->count - i) * sizeof transport->flights[0]);
        arrive(transport->peers, ret);
        return true;
    }
    return false;
}

static uint32_t running(struct transport *super)
{
    return ((struct sim_transport *)super)->count;
}

static void wake(struct transport *super)
{
    (void)super;
}

/* The server is gone; what it had said may still have been understood. */
static void release(struct transport *super)
{
    struct sim_transport *transport = (struct sim_transport *)super;
    for (uint32_t i = 0; i < transport->count; i++)
        if (random_below(transport->peers->config.random, 2) == 0)
            arrive(transport->peers, &transport->flights[i].result);
    mem_free(transport);
}

int peers_transport(struct peers *peers, struct transport **ret)
{
    struct sim_transport *transport = mem_calloc(1, sizeof *transport);
    if (transport == NULL)
        return ST_NO_MEMORY;
    transport->super = (struct transport){start, step, finished, running, wake, release};
    transport->peers = peers;
    *ret = &transport->super;
    return ST_OK;
}

/* ---- the peers ------------------------------------------------------------------------
 */

int peers_new(struct peers **ret, const struct peers_config *config)
{
    struct peers *peers = mem_calloc(1, sizeof *peers);
    if (peers == NULL)
        return ST_NO_MEMORY;
    peers->config = *config;
    *ret = peers;
    return ST_OK;
}

void peers_free(struct peers *peers)
{
    if (peers == NULL)
        return;
    mem_free(peers->letters);
    mem_free(peers);
}

void peers_die(struct peers *peers, int64_t until_us)
{
    peers->dead_until_us = until_us;
}

void peers_calm(struct peers *peers)
{
    peers->calm = true;
    peers->dead_until_us = 0;
}

uint32_t peers_taken(const struct peers *peers, int64_t message_id)
{
    uint32_t at = find_letter(peers, message_id);
    return at < peers->count && peers->letters[at].id == message_id
               ? peers->letters[at].taken
               : 0;
}

bool peers_next_repeated(const struct peers *peers, uint32_t *index, int64_t *ret_id)
{
    for (; *index < peers->count; (*index)++)
        if (peers->letters[*index].taken > 1) {
            *ret_id = peers->letters[(*index)++].id;
            return true;
        }
    return false;
}

void peers_count(const struct peers *peers, struct peers_counts *ret)
{
    *ret = peers->counts;
}
