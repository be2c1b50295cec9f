/* SPDX-License-Identifier: Apache-2.0 */
/* Whoever fills the tables pushes out one of eight neighbours, and among failures first
 * those who have failed least: forgetting somebody's failures takes as many of eight
 * others. */
#include "api/limits.h"

#include <arpa/inet.h>
#include <assert.h>
#include <math.h>
#include <sodium.h>
#include <stddef.h>
#include <string.h>

static uint64_t keyed(const struct limits *limits, const void *data, size_t size)
{
    static_assert(LIMITS_SECRET_SIZE == crypto_shorthash_KEYBYTES, "the key of SipHash");
    uint64_t hash;
    static_assert(sizeof hash == crypto_shorthash_BYTES, "what SipHash makes");
    (void)crypto_shorthash((unsigned char *)&hash, data, size, limits->secret);
    return hash;
}

uint64_t limits_key(const struct limits *limits, const char *kind, const char *name)
{
    const uint64_t parts[2] = {keyed(limits, kind, strlen(kind)),
                               keyed(limits, name, strlen(name))};
    const uint64_t hash = keyed(limits, parts, sizeof parts);
    return hash == 0 ? 1 : hash;
}

uint64_t limits_peer_key(const struct limits *limits, const char *kind, const char *peer)
{
    struct in6_addr six;
    char network[INET6_ADDRSTRLEN];
    if (inet_pton(AF_INET6, peer, &six) != 1 || IN6_IS_ADDR_V4MAPPED(&six))
        return limits_key(limits, kind, peer);
    memset(six.s6_addr + 8, 0, 8);
    return limits_key(limits, kind, inet_ntop(AF_INET6, &six, network, sizeof network));
}

static uint32_t failures_of(const struct limits_entry *entry, int64_t now_ms)
{
    return now_ms - entry->at_ms > LIMITS_FORGET_MS ? 0 : entry->failures;
}

/* Whether A makes room rather than B. */
static bool goes_first(const struct limits_entry *a, const struct limits_entry *b,
                       int64_t now_ms)
{
    const uint32_t x = failures_of(a, now_ms), y = failures_of(b, now_ms);
    if (a->key == 0 || b->key == 0)
        return a->key < b->key;
    return x != y ? x < y : a->at_ms < b->at_ms;
}

/* Of those where KEY may stand. */
static struct limits_entry *neighbour(struct limits_entry *table, uint64_t key,
                                      uint64_t index)
{
    return &table[(key + index) & (LIMITS_ENTRIES - 1)];
}

/* The entry of KEY; NULL: there is none. */
static struct limits_entry *find(struct limits_entry *table, uint64_t key)
{
    for (uint64_t i = 0; i < LIMITS_NEIGHBOURS; i++)
        if (neighbour(table, key, i)->key == key)
            return neighbour(table, key, i);
    return NULL;
}

/* The same; made if there is none. */
static struct limits_entry *need(struct limits_entry *table, uint64_t key, int64_t now_ms)
{
    struct limits_entry *entry = find(table, key);
    if (entry != NULL)
        return entry;
    entry = neighbour(table, key, 0);
    for (uint64_t i = 1; i < LIMITS_NEIGHBOURS; i++)
        if (goes_first(neighbour(table, key, i), entry, now_ms))
            entry = neighbour(table, key, i);
    *entry = (struct limits_entry){.key = key, .tokens = -1};
    return entry;
}

bool limits_take(struct limits *limits, uint64_t key, double rate_per_s, double burst,
                 int64_t now_ms, int *ret_wait_s)
{
    struct limits_entry *entry = need(limits->buckets, key, now_ms);
    if (entry->tokens < 0)
        entry->tokens = burst;
    else if (now_ms > entry->at_ms)
        entry->tokens += (double)(now_ms - entry->at_ms) / 1000 * rate_per_s;
    if (entry->tokens > burst)
        entry->tokens = burst;
    entry->at_ms = now_ms;
    if (entry->tokens >= 1) {
        entry->tokens -= 1;
        return true;
    }
    *ret_wait_s = (int)ceil((1 - entry->tokens) / rate_per_s);
    if (*ret_wait_s < 1)
        *ret_wait_s = 1;
    return false;
}

int limits_wait_s(struct limits *limits, uint64_t key, uint32_t free, int64_t now_ms)
{
    const struct limits_entry *entry = find(limits->failures, key);
    if (entry == NULL || entry->failures < free)
        return 0;
    const uint32_t over = entry->failures - free;
    const int64_t wait_s =
        over >= 10 ? LIMITS_WAIT_MAX_S
                   : (INT64_C(1) << over > LIMITS_WAIT_MAX_S ? LIMITS_WAIT_MAX_S
                                                             : INT64_C(1) << over);
    const int64_t left_ms = entry->at_ms + wait_s * 1000 - now_ms;
    return left_ms <= 0 ? 0 : (int)((left_ms + 999) / 1000);
}

void limits_fail(struct limits *limits, uint64_t key, int64_t now_ms)
{
    struct limits_entry *entry = need(limits->failures, key, now_ms);
    entry->failures = failures_of(entry, now_ms) + 1;
    entry->at_ms = now_ms;
}

void limits_forgive(struct limits *limits, uint64_t key)
{
    struct limits_entry *entry = find(limits->failures, key);
    if (entry != NULL)
        entry->failures = 0;
}
