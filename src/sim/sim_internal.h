/* SPDX-License-Identifier: Apache-2.0 */
/* The simulator's context: the server in its parts, and what the world outside remembers
 * of it (what was acknowledged, asked, received). */
#ifndef MUSTER_SIM_SIM_INTERNAL_H
#define MUSTER_SIM_SIM_INTERNAL_H

#include "base/clock.h"
#include "base/config.h"
#include "base/random.h"
#include "channel/channel.h"
#include "crowd/crowd.h"
#include "dispatch/planner.h"
#include "road/road.h"
#include "sim/disk.h"
#include "sim/peers.h"
#include "sim/sim.h"
#include "store/account.h"
#include "store/commands.h"
#include "store/vault.h"

#include <openssl/evp.h>

#define SIM_PEOPLE 60
#define SIM_CAP 2
#define SIM_WAVE_PART 4 /* people of a wave alerted at once */
#define SIM_WAVE_PARTS                                                                   \
    10 /* in one transaction: its clock stands still, so nothing takes any time */
#define SIM_WAVE_AGE_MS 8000
#define SIM_CHANNELS 2
#define SIM_STAFF 4 /* a dispatcher, two commanders, a verifier */
#define SIM_NONCE_SIZE 17
#define SIM_DEEDS_MAX 100000
#define SIM_LOG_MAX 1000000
#define SIM_INCIDENTS_OPEN 4
#define SIM_NO_ANSWER_MS 60000
#define SIM_LATE_MS 15000 /* how late a timer may fire: pauses, a full disk */
#define SIM_SECOND_US INT64_C(1000000)

struct sim_person {
    int64_t id;
    bool no_quiet, suspended, paused;
    bool is_silent; /* never answers */
};

enum deed_kind {
    DEED_REPORT,  /* a new incident at `at` */
    DEED_STEP,    /* one input of the loop */
    DEED_CALLOUT, /* plan and start a call-out for need `id` */
    DEED_LETTER,  /* a person reads message `id` */
    /* requests only */
    DEED_NEXT_WAVE, /* of call-out `id`, at once */
    /* office.c */
    DEED_RESPONSE,      /* a level (input.number) until `until_ms` */
    DEED_RESPONSE_STEP, /* input.code */
    DEED_CLOSE,         /* roads within input.number metres of `at` */
    DEED_OPEN,
    DEED_WARN, /* everybody, until `until_ms` */
    DEED_ALL_CLEAR,
};

/* What somebody is about to do: plain data, so that it can be done again. */
struct deed {
    enum deed_kind kind;
    int64_t due_us; /* monotonic */
    enum stage_key stage;
    int64_t id;
    struct loop_input input; /* texts in it are static */
    struct need need;
    struct point at;
    int64_t until_ms;
    bool exercise, again;
    char key[24]; /* "" = none */
    char
        nonce_text[SIM_NONCE_SIZE]; /* of the page whose form this is; "" = not got yet */
};

/* What was promised: an answer left, so the fact must be there. */
struct promise {
    enum {
        PROMISE_INCIDENT,
        PROMISE_NEED,
        PROMISE_FORM,
        PROMISE_TEXT,     /* a text message that was taken; `nonce` is in its key */
        PROMISE_RESPONSE, /* its level as `nonce` */
        PROMISE_CLOSURE,
        PROMISE_OPENED, /* a closure that is over */
        PROMISE_WARNING,
        PROMISE_ALL_CLEAR, /* a warning that is over */
        PROMISE_WAVE,      /* as many waves as `nonce` */
        PROMISE_LIMITED    /* not promised: such a form was sent */
    } kind;
    int64_t id;     /* of the incident, need, alert, response, closure, call-out */
    uint64_t nonce; /* of a form or a text */
};

struct asked {
    int64_t need_id;
    int32_t line_count, counts[LOOP_LINES_MAX], reserve;
};

struct staff {
    int64_t id;
    char token[ACCOUNT_TOKEN_SIZE];
};

/* What a telephone keeps of one link. */
struct device {
    int64_t alert_id;
    char cookie[33]; /* "" = none yet */
    bool follows;    /* its owner is on the way through the assignment */
    int under_way;   /* forms without an answer yet */
};

/* A response or a closure that the headquarters knows of. */
struct made {
    enum deed_kind kind;
    int64_t id;
};

/* A console on the live stream. */
struct watcher {
    bool is_on;
    int64_t last;   /* position of the newest change shown; -1 = none yet */
    int64_t looked; /* everything up to this one was looked at */
    int64_t away_until_us;
};

struct sim {
    const struct sim_options *options;
    struct sim_result *result;
    struct diag *reterr;
    struct random_seeded world, server, faults;
    struct clock_manual clock;
    char dir[64], db_path[96], keys_path[96], master_path[96], signing_path[96];

    /* the machine and what is outside */
    struct disk *disk;
    struct peers *peers;
    struct road *road;
    struct skill_table *skills;
    struct sim_person people[SIM_PEOPLE];
    int64_t root_area; /* 0 = the first rows are not there yet */
    struct staff staff[SIM_STAFF];
    struct watcher watcher;
    struct device *devices;
    uint32_t device_count, device_capacity;

    /* the server; all of it goes in a crash */
    struct vault *vault;
    struct db *reader; /* the checks' own connection */
    struct crowd *crowd;
    struct closures *closures;
    struct writer *writer;
    struct planner *planner;
    struct channel *channels[SIM_CHANNELS];
    struct config config;
    struct api *api;
    struct http_server *http;
    bool dead; /* its process is gone: what it still says is not heard */
    bool booting;
    uint32_t answers_left; /* the process dies before the n-th answer from now; 0 = not */
    bool ending;           /* the last minutes: nothing new happens */
    int64_t jumped_ms;     /* by the clock, and the writer has not said so since */
    uint64_t jump_batches; /* that it had made then */
    int64_t jumped_from_ms, jumped_to_ms; /* the newest jump */

    /* what is going to be done, and what is known */
    struct deed *deeds;
    uint32_t deed_count, deed_capacity;
    uint64_t next_nonce, next_key;
    int64_t *incidents;
    uint32_t incident_count, incident_capacity;
    struct promise *promises;
    uint32_t promise_count, promise_capacity;
    struct made *made;
    uint32_t made_count, made_capacity;
    struct asked *asked;
    uint32_t asked_count, asked_capacity;
    struct born {
        int64_t alert_id, true_us;
    } * born; /* when alerts were seen first */
    uint32_t born_count, born_capacity;
    int64_t true_us; /* what really passed, whatever the clocks say */
    int64_t last_position, last_alert_id;
    int64_t full_until_us, next_fault_us;
    uint64_t memory_left; /* the server's n-th allocation from now fails; 0 = none */
    EVP_MD_CTX *hash;
};

/* sim.c: the first violation counts. */
void sim_violate(struct sim *sim, const char *invariant, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
uint64_t sim_luck(struct sim *sim, uint64_t bound);
void sim_pass(struct sim *sim, int64_t ms);
/* Whether people and dispatchers have this habit in this run. */
static inline bool sim_has(const struct sim *sim, enum sim_habit habit)
{
    return (sim->options->without >> habit & 1) == 0;
}

/* strike.c */
/* Around what the server does: an allocation of it may fail; those of the world do not
 * (mem_fail_hold in its calls back). */
/* The writer has made a batch since the clock jumped, so it knows. */
void strike_forget_jump(struct sim *sim);
void strike_memory_begin(struct sim *sim);
void strike_memory_end(struct sim *sim);
void strike_step(struct sim *sim);
/* For some seconds; a full disk stays so over crashes. */
void strike_fill_disk(struct sim *sim, struct random *random);
/* If they are over. */
void strike_make_room(struct sim *sim);

/* world.c */
int world_make(struct sim *sim) __attribute__((warn_unused_result));
int world_boot(struct sim *sim) __attribute__((warn_unused_result));
/* Ends the server. DEAD: nothing it does meanwhile counts. */
void world_end(struct sim *sim);
void world_drop(struct sim *sim);

/* act.c */
void act_letter(void *context, int64_t message_id);
/* DEED is done DELAY_MS from now. */
void act_add(struct sim *sim, const struct deed *deed, int64_t delay_ms);
void act_step(struct sim *sim);
/* act.c, for web.c: an answer leaves (the process may die of it); whether it arrives; the
 * same is done again later; what an acknowledged answer means. */
void act_count_answer(struct sim *sim);
bool act_is_heard(const struct sim *sim);
void act_again(struct sim *sim, const struct deed *deed);
void act_incident_made(struct sim *sim, int64_t id);
void act_need_made(struct sim *sim, const struct deed *deed, int64_t id);
void act_promise(struct sim *sim, const struct promise *promise);
/* A place, and a key for DEED, that no other has. */
struct point act_new_place(struct sim *sim);
void act_key(struct sim *sim, struct deed *deed);
void act_promise_form(struct sim *sim, int64_t alert_id, uint64_t nonce);
/* The way of a person who said yes. */
void act_follow_up(struct sim *sim, int64_t assignment_id, int64_t person);
/* The gateway's own key of the text message with NONCE. */
#define SIM_TEXT_KEY_SIZE 32
void sim_text_key(uint64_t nonce, char ret[SIM_TEXT_KEY_SIZE]);
/* The last four of the person's number. */
void act_digits(const struct sim *sim, int64_t person, char ret[8]);

/* web.c: the interface above the HTTP edge. Booted after the planner, ended before the
 * writer, dropped after it. */
int web_boot(struct sim *sim) __attribute__((warn_unused_result));
void web_turn(struct sim *sim);
void web_end(struct sim *sim);
void web_drop(struct sim *sim);
/* Sends DEED as a request; false: the interface has none for it. */
bool web_send(struct sim *sim, struct deed *deed);
/* office.c: response levels and closed roads */
void office_step(struct sim *sim);
/* The request of one of its deeds; false: none of its. */
bool office_write(const struct sim *sim, const struct deed *deed, struct text *path,
                  struct text *body);
void office_acknowledged(struct sim *sim, const struct deed *deed, int64_t id);
bool office_kept(struct db *db, const struct promise *promise);
/* Whether a response level lifted quiet hours and caps somewhere in these times. */
bool office_lifts(struct db *db, int64_t from_ms, int64_t to_ms);
void office_check(struct sim *sim, struct db *db);
/* shelf.c: retention. What has been closed for a while goes to the archive, in small
 * pieces, so that the server dies between them; nothing may be there too early, and
 * nothing out of order. */
void shelf_step(struct sim *sim);
void shelf_check(struct sim *sim, struct db *db);
/* The events of both tables, as a source of rows with kind and body. */
#define SIM_EVENTS                                                                       \
    "(SELECT position, kind, body FROM event"                                            \
    " UNION ALL SELECT position, kind, body FROM event_archive)"
/* watcher.c: the live stream; at the end nothing may be missing. */
void watcher_step(struct sim *sim);
void watcher_check_settled(struct sim *sim);
/* dispatcher.c: what the staff thinks of now. */
void dispatcher_step(struct sim *sim);
/* act.c, for it */
void act_input(struct sim *sim, enum stage_key stage, int64_t id,
               const struct loop_input *input, int64_t delay_ms);

/* check.c */
void check_event(void *context, int64_t position, int64_t incident_id, const char *kind,
                 const char *body);
/* The cheap ones; after a crash and now and then all of them. */
void check_rows(struct sim *sim);
void check_all(struct sim *sim);
void check_settled(struct sim *sim);

#endif
