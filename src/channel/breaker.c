/* SPDX-License-Identifier: Apache-2.0 */
#include "channel/breaker.h"

#define BACKOFF_MS_MIN 2000
#define BACKOFF_MS_MAX 300000

uint32_t breaker_allows(struct breaker *breaker, int64_t now_ms, uint32_t room)
{
    if (breaker->rest_ms == 0)
        return room;
    if (now_ms < breaker->open_until_ms || breaker->probing || room == 0)
        return 0;
    breaker->probing = true;
    return 1;
}

void breaker_follow(struct breaker *breaker, int64_t now_ms)
{
    if (breaker->open_until_ms > now_ms + breaker->rest_ms)
        breaker->open_until_ms = now_ms + breaker->rest_ms;
}

void breaker_not_tried(struct breaker *breaker)
{
    breaker->probing = false;
}

void breaker_note(struct breaker *breaker, bool peer_down, int64_t now_ms)
{
    bool probed = breaker->probing;
    breaker->probing = false;
    if (!peer_down) {
        *breaker = (struct breaker){0};
        return;
    }
    breaker->failures++;
    if (breaker->failures < BREAKER_FAILURES && breaker->rest_ms == 0)
        return;
    /* Tries begun before the rest tell nothing new: only a probe makes it longer. */
    if (breaker->rest_ms != 0 && !probed)
        return;
    breaker->rest_ms = breaker->rest_ms == 0 ? BREAKER_REST_MS_MIN : 2 * breaker->rest_ms;
    if (breaker->rest_ms > BREAKER_REST_MS_MAX)
        breaker->rest_ms = BREAKER_REST_MS_MAX;
    breaker->open_until_ms = now_ms + breaker->rest_ms;
}

int64_t breaker_backoff_ms(int32_t tries)
{
    int64_t wait = BACKOFF_MS_MIN;
    for (int32_t i = 1; i < tries && wait < BACKOFF_MS_MAX; i++)
        wait *= 2;
    return wait > BACKOFF_MS_MAX ? BACKOFF_MS_MAX : wait;
}
