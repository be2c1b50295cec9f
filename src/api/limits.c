/* SPDX-License-Identifier: Apache-2.0 */
/* An entry serves either as a bucket or as a counter of failures: the kind is part of the
 * key. An attacker who fills the table only pushes out the oldest of eight neighbours. */
#include "api/limits.h"

#include "base/hash.h"

#include <arpa/inet.h>
#include <math.h>
#include <stddef.h>
#include <string.h>

uint64_t limits_key(const char *kind, const char *name)
{
    uint64_t hash = hash_bytes(HASH_START, kind, strlen(kind));
    hash = hash_bytes(hash, "\xff", 1);
    hash = hash_bytes(hash, name, strlen(name));
    return hash == 0 ? 1 : hash;
}

uint64_t limits_peer_key(const char *kind, const char *peer)
{
    struct in6_addr six;
    char network[INET6_ADDRSTRLEN];
    if (inet_pton(AF_INET6, peer, &six) != 1 || IN6_IS_ADDR_V4MAPPED(&six))
        return limits_key(kind, peer);
    memset(six.s6_addr + 8, 0, 8);
    return limits_key(kind, inet_ntop(AF_INET6, &six, network, sizeof network));
}

/* The entry of KEY; made (cleared) if MAKE, else NULL. */
static struct limits_entry *find(struct limits *limits, uint64_t key, bool make)
{
    const uint64_t home = (key ^ key >> 32) & (LIMITS_ENTRIES - 1);
    struct limits_entry *oldest = NULL;
    for (uint64_t i = 0; i < LIMITS_NEIGHBOURS; i++) {
        struct limits_entry *entry = &limits->entries[(home + i) & (LIMITS_ENTRIES - 1)];
        if (entry->key == key)
            return entry;
        if (oldest == NULL || entry->key == 0 ||
            (oldest->key != 0 && entry->at_ms < oldest->at_ms))
            oldest = entry;
    }
    if (!make)
        return NULL;
    *oldest = (struct limits_entry){.key = key, .tokens = -1};
    return oldest;
}

bool limits_take(struct limits *limits, uint64_t key, double rate_per_s, double burst,
                 int64_t now_ms, int *ret_wait_s)
{
    struct limits_entry *entry = find(limits, key, true);
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
    const struct limits_entry *entry = find(limits, key, false);
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
    struct limits_entry *entry = find(limits, key, true);
    if (now_ms - entry->at_ms > LIMITS_FORGET_MS)
        entry->failures = 0;
    entry->failures++;
    entry->at_ms = now_ms;
}

void limits_forgive(struct limits *limits, uint64_t key)
{
    struct limits_entry *entry = find(limits, key, false);
    if (entry != NULL)
        entry->failures = 0;
}
