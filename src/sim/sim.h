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
    X(CHANGE_LOST, "change_lost", "a change does not reach the live stream")             \
    X(CHANGE_TWICE, "change_twice", "a change reaches the live stream twice")            \
    X(LEVEL_WRONG, "level_wrong", "level III is started as IV")                          \
    X(LEVEL_ALONE, "level_alone", "who proposed level I or II confirmed it")             \
    X(PART_LOST, "part_lost", "a part of a large wave is not sent")                      \
    X(ROADS_OPEN, "roads_open", "after a start the crowd knows no closed road")          \
    X(JUMP_HIDDEN, "jump_hidden", "a jump of the clock looks like time that passed")     \
    X(ARCHIVE_LOST, "archive_lost", "an event is lost on its way to the archive")        \
    X(ARCHIVE_EARLY, "archive_early", "what is not verified is archived")                \
    X(DESK_LOST, "desk_lost", "where a desk is written to is lost")

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

/* X(NAME, "name", how many of a hundred). Strikes from outside come every 3 to 28
 * seconds and are numbered from 0. */
#define SIM_STRIKE_LIST(X)                                                               \
    X(POWER_CUT, "power_cut", 40)                                                        \
    X(DEATH, "death", 10)                                                                \
    X(DISK_FULL, "disk_full", 10)                                                        \
    X(SYNC_FAILS, "sync_fails", 6)                                                       \
    X(CLOCK_JUMP, "clock_jump", 10)                                                      \
    X(PAUSE, "pause", 6)                                                                 \
    X(PEERS_DIE, "peers_die", 10)                                                        \
    X(NO_MEMORY, "no_memory", 8)

enum sim_strike_kind {
#define X(name, code, weight) SIM_STRIKE_##name,
    SIM_STRIKE_LIST(X)
#undef X
        SIM_STRIKE_KINDS
};
const char *sim_strike_code(enum sim_strike_kind kind);
#define SIM_STRIKES_MAX 4096

/* X(NAME, "name"): habits that a run can do without. */
#define SIM_HABIT_LIST(X)                                                                \
    X(REPEAT, "repeat")     /* a request is sent twice */                                \
    X(FIGHT, "fight")       /* dispatchers want the opposite at once */                  \
    X(WITHDRAW, "withdraw") /* who said yes does not come */                             \
    X(ANYTHING, "anything") /* steps that make no sense */

enum sim_habit {
#define X(name, code) SIM_HABIT_##name,
    SIM_HABIT_LIST(X)
#undef X
        SIM_HABIT_COUNT
};
const char *sim_habit_code(enum sim_habit habit);

struct sim_options {
    uint64_t seed;
    uint32_t minutes; /* 1 to SIM_MINUTES_MAX, virtual */
    enum sim_plant plant;
    uint32_t without;                        /* habits left out: bit per enum sim_habit */
    uint64_t left_out[SIM_STRIKES_MAX / 64]; /* strikes left out: bit per number */
};

struct sim_result {
    uint64_t steps;
    struct {
        uint64_t power_cut, lost_write, torn_write, disk_full, failed_sync, clock_jump,
            pause, peer_dead, peer_slow, peer_refused, repeated, replayed, fight,
            withdrawn, silent, stream_cut, resync, no_memory;
    } faults;
    uint64_t crashes, replies, stand_downs, incidents, merges, commands, refused, events,
        messages, checks, told, responses, closures, warnings, next_waves, texts,
        archived, archive_cut; /* it died while one was moving */
    uint32_t strike_count;     /* those left out too */
    struct sim_strike {
        enum sim_strike_kind kind;
        uint32_t second; /* of the run */
    } strikes[SIM_STRIKES_MAX];
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
/* Of a run that did not hold: the same violation with as little as possible. OPTIONS and
 * RET are those of the failing run at first and of its shortest form afterwards: leaves
 * out habits and strikes by delta debugging (Zeller, Hildebrandt, Simplifying and
 * Isolating Failure-Inducing Input, IEEE TSE 28, 2002: ddmin), at most
 * SIM_SHORTEN_RUNS_MAX runs. Nothing can be taken away alone then, if they sufficed. */
#define SIM_SHORTEN_RUNS_MAX 200
int sim_shorten(struct sim_options *options, struct sim_result *ret, struct diag *reterr)
    __attribute__((warn_unused_result));

#endif
