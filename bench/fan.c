/* SPDX-License-Identifier: Apache-2.0 */
/* What one change to many streams takes at least: a thread writes 230 bytes to each of N
 * connections on loopback, one write each; another one reads them all. No HTTP, no
 * events, no rights. Prints JSON: medians of ROUNDS, in ms; sent = the writes alone.
 *
 *     fan [N]          9900: two files each, and many systems allow 20,000
 */
#include "base/clock.h"
#include "base/mem.h"
#include "bench/wire.h"

#include <pthread.h>

#define ROUNDS 15
#define BYTES 230
#define PAUSE_US 200000
#define EVENTS 512

struct fan {
    uint32_t count;
    int *ends; /* ours, to write to */
    struct wire *wires;
    int epoll;
    int64_t begun_us, sent_us;
};

static int by_size(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static void *write_all(void *context)
{
    struct fan *fan = context;
    static const char event[BYTES];
    for (uint32_t i = 0; i < fan->count; i++)
        if (write(fan->ends[i], event, sizeof event) != (ssize_t)sizeof event)
            wire_fail("write");
    fan->sent_us = clock_mono_us(clock_system());
    return NULL;
}

static void connect_all(struct fan *fan)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (listener < 0 ||
        bind(listener, (struct sockaddr *)&address, sizeof address) != 0 ||
        listen(listener, 1024) != 0 ||
        getsockname(listener, (struct sockaddr *)&address, &size) != 0)
        wire_fail("listen");
    for (uint32_t i = 0; i < fan->count; i++) {
        wire_open(&fan->wires[i], &address, fan->epoll, i);
        fan->ends[i] = accept(listener, NULL, NULL);
        if (fan->ends[i] < 0)
            wire_fail("accept");
    }
    (void)close(listener);
}

/* From the first write until the last byte has been read. */
static int64_t one_round(struct fan *fan)
{
    static char bytes[4096];
    uint64_t left = (uint64_t)fan->count * BYTES;
    pthread_t thread;
    fan->begun_us = clock_mono_us(clock_system());
    if (pthread_create(&thread, NULL, write_all, fan) != 0)
        wire_fail("a thread");
    while (left > 0) {
        struct epoll_event events[EVENTS];
        int count = epoll_wait(fan->epoll, events, EVENTS, 1000);
        for (int i = 0; i < count; i++) {
            ssize_t got = recv(fan->wires[events[i].data.u32].fd, bytes, sizeof bytes,
                               MSG_DONTWAIT);
            left -= got > 0 ? (uint64_t)got : 0;
        }
    }
    int64_t all_us = clock_mono_us(clock_system()) - fan->begun_us;
    (void)pthread_join(thread, NULL);
    return all_us;
}

int main(int argc, char **argv)
{
    struct fan fan = {.count = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 9900};
    wire_raise_limit();
    fan.epoll = epoll_create1(EPOLL_CLOEXEC);
    fan.ends = mem_calloc(fan.count, sizeof *fan.ends);
    fan.wires = mem_calloc(fan.count, sizeof *fan.wires);
    if (fan.ends == NULL || fan.wires == NULL)
        wire_fail("memory");
    connect_all(&fan);
    int64_t all_us[ROUNDS], sent_us[ROUNDS];
    for (int i = 0; i < ROUNDS; i++) {
        (void)usleep(PAUSE_US);
        all_us[i] = one_round(&fan);
        sent_us[i] = fan.sent_us - fan.begun_us;
    }
    qsort(all_us, ROUNDS, sizeof *all_us, by_size);
    qsort(sent_us, ROUNDS, sizeof *sent_us, by_size);
    (void)printf("{\"connections\":%u,\"sent_ms\":%.1f,\"read_by_all_ms\":%.1f}\n",
                 fan.count, (double)sent_us[ROUNDS / 2] / 1e3,
                 (double)all_us[ROUNDS / 2] / 1e3);
    return 0;
}
