/* SPDX-License-Identifier: Apache-2.0 */
/* The server without sockets in a deterministic world: the real writer, planner and
 * channels on simulated time, disk and peers, with people and dispatchers who do what
 * people do. The same options always give the same result, to the last event. One run at
 * a time in a process (the disk is SQLite's default file system meanwhile), one thread.
 */
#ifndef MUSTER_SIM_SIM_H
#define MUSTER_SIM_SIM_H

#include "base/diag.h"

#include <stdbool.h>
#include <stdint.h>

#define SIM_MINUTES_MAX 1440

/* X(NAME, "name", what is wrong). Each is a switch at a seam in the simulator's own
 * context: nothing else of muster knows of it. */
#define SIM_PLANT_LIST(X)                                                                \
    X(ACK_BEFORE_COMMIT, "ack_before_commit", "answers leave before the commit")         \
    X(SYNC_LIES, "sync_lies", "the disk confirms what it has not written")               \
    X(KEY_FORGOTTEN, "key_forgotten", "a repeated request comes without its key")        \
    X(NONCE_FORGOTTEN, "nonce_forgotten", "a repeated form comes without its nonce")     \
    X(TIMER_LOST, "timer_lost", "nobody notices silence")                                \
    X(MESSAGE_LOST, "message_lost", "a message counts as sent and is not")               \
    X(MESSAGE_TWICE, "message_twice", "a message goes out twice unannounced")            \
    X(SEAT_OVER, "seat_over", "one seat more than was asked for")                        \
    X(EVENT_GONE, "event_gone", "an event vanishes from the chain")                      \
    X(EVENT_CHANGED, "event_changed", "an event is rewritten")                           \
    X(HOURS_WRONG, "hours_wrong", "a credit that nobody verified")                       \
    X(QUIET_IGNORED, "quiet_ignored", "quiet hours are not those of the person")         \
    X(ZONE_WRONG, "zone_wrong", "local time is counted in UTC")                          \
    X(CAP_IGNORED, "cap_ignored", "the weekly cap is not applied")                       \
    X(SUSPENDED_ASKED, "suspended_asked", "a suspended person is alerted")               \
    X(JUMP_HIDDEN, "jump_hidden", "a jump of the clock looks like time that passed")

enum sim_plant {
    SIM_PLANT_NONE,
#define X(name, code, what) SIM_PLANT_##name,
    SIM_PLANT_LIST(X)
#undef X
        SIM_PLANT_COUNT
};
const char *sim_plant_code(enum sim_plant plant);
const char *sim_plant_what(enum sim_plant plant);
bool sim_plant_parse(const char *code, enum sim_plant *ret);

struct sim_options {
    uint64_t seed;
    uint32_t minutes; /* 1 to SIM_MINUTES_MAX, virtual */
    enum sim_plant plant;
};

struct sim_result {
    uint64_t steps;
    struct {
        uint64_t power_cut, lost_write, torn_write, disk_full, failed_sync, clock_jump,
            pause, peer_dead, peer_slow, peer_refused, repeated, replayed, fight,
            withdrawn, silent;
    } faults;
    uint64_t crashes, replies, stand_downs, incidents, commands, refused, events,
        messages, checks;
    uint8_t hash[32]; /* SHA-256 over all events told, in order */
    bool held;
    char invariant[80]; /* the one that was violated */
    char text[400];
    uint64_t violated_step;
};

/* 0 also when an invariant was violated (ret->held false); an error only if the world
 * could not be made. */
int sim_run(const struct sim_options *options, struct sim_result *ret,
            struct diag *reterr) __attribute__((warn_unused_result));

#endif
