/* SPDX-License-Identifier: Apache-2.0 */
/* The running incidents in memory, as the database has them: loads them, runs the loop on
 * them, writes what follows, and takes everything back when a command is refused or a
 * batch fails. Inside src/store; owned by the writer's thread. */
#ifndef MUSTER_STORE_STAGE_H
#define MUSTER_STORE_STAGE_H

#include "store/chain.h"
#include "store/commitment.h"
#include "store/db.h"
#include "store/funnel.h"
#include "store/link.h"
#include "store/rows.h"
#include "store/vault.h"
#include "store/writer.h"

#include <pthread.h>

#define STAGE_INCIDENTS_MAX 100000
#define STAGE_HOMES 65536       /* a power of two */
#define STAGE_LEVELS 64         /* likewise */
#define STAGE_LEVEL_MS 1000     /* so long a level is believed: areas may be imported */
#define STAGE_SEATS 1024        /* likewise */
#define STAGE_FUNNELS 1024      /* likewise */
#define STAGE_ELSEWHERE_DEPTH 4 /* effects of effects: a void frees nobody further */

struct staged {
    struct loop_incident incident;
    struct funnels funnels;
    int64_t key_slot, first_position, last_position;
    int64_t next_due_ms;   /* no timer is due before; stage_is_due makes it exact */
    int64_t not_before_ms; /* timers wait until then: one was refused */
    int64_t sending;       /* the call-out whose wave is being sent in parts; 0 = none */
    bool touched, touched_by_command;
    bool seats_changed;  /* in this batch: rows other than alerts, messages, call-outs */
    bool around_changed; /* in this batch: the incident, a need */
    bool unchecked;      /* in this batch: loop_check is still to come */
};

/* A person whose state in the crowd is to be told after the commit. */
struct stage_person {
    int64_t person_id;
    int64_t alerted_ms; /* an actual alert was sent; 0 = only commitments changed */
    bool shared;        /* a position: */
    struct point at;
};

/* What is known without asking the database: which incident a row belongs to, which never
 * changes, and the response level of an area, until a response begins or ends. Entries
 * displace each other. */
struct stage_home {
    int64_t id, incident_id;
    enum stage_key key;
};
struct stage_level {
    int64_t area_id, from_ms, until_ms;
    enum response_level level;
};

/* Seats taken in the lines of a need, as committed last. */
struct stage_seats {
    int64_t need_id;
    uint64_t since; /* version of the seats when incident or needs changed last */
    int32_t accepted[LOOP_LINES_MAX];
};

/* A call-out's funnel, as committed last. */
struct stage_funnel {
    int64_t callout_id;
    struct read_funnel counts;
};

struct stage {
    struct db *db;
    struct vault *vault;
    struct chain *chain;
    struct random *random;
    struct crowd *crowd;
    const struct loop_config *config;
    uint32_t wave_whole, wave_part;
    int64_t wave_age_ms;
    bool check_all;    /* every row after every step, and compared */
    int64_t sent_last; /* incident whose wave got its last part */
    struct rows rows;
    struct skill_table skills;
    struct link_key link_key;
    struct commitments commitments;
    int64_t next_id, next_id_stored;
    struct stage_home *homes;                     /* STAGE_HOMES, by id */
    struct stage_level levels[STAGE_LEVELS];      /* by area */
    _Atomic uint64_t seats_versions[STAGE_SEATS]; /* by incident; any thread reads */
    pthread_mutex_t seats_lock;
    struct stage_seats seats[STAGE_SEATS];      /* by need; under seats_lock */
    struct stage_funnel funnels[STAGE_FUNNELS]; /* by call-out; under seats_lock */

    struct staged **incidents; /* sorted by id */
    uint32_t count, capacity;

    /* the open batch */
    struct stage_person *people;
    uint32_t person_count, person_capacity;
    int64_t *alerted; /* ids of those of `people` who were alerted, sorted */
    uint32_t alerted_count, alerted_capacity;
    uint32_t alerted_of;    /* how many of `people` it was made of */
    int64_t *crowd_changed; /* people whose rows changed */
    uint32_t changed_count, changed_capacity;
    uint32_t changed_kept; /* the first so many: of batches before, not yet read */
    const struct answer_rows *answers; /* answer_use */
    int64_t *destroy_slots;            /* keys to destroy after the commit */
    uint32_t destroy_count, destroy_capacity;
    bool skills_changed, messages_queued, replans_changed;
    int64_t current; /* incident being stepped: what `elsewhere` is relative to */
};

/* Loads every running incident. */
int stage_open(struct stage *stage, struct diag *reterr)
    __attribute__((warn_unused_result));
void stage_close(struct stage *stage);

/* NULL = there is none, or *ret_status says why it could not be read. */
struct staged *stage_find(struct stage *stage, enum stage_key key, int64_t id,
                          int *ret_status);
int stage_apply(struct stage *stage, struct staged *staged,
                const struct loop_input *input, int64_t now_ms, int64_t *ret_id,
                bool *ret_repeated, struct diag *reterr)
    __attribute__((warn_unused_result));
/* What PERSON_ID is asked for, or is limited to, in the running incidents becomes void.
 * Cost O(their alerts). */
int stage_void_person(struct stage *stage, int64_t person_id, const char *code,
                      int64_t actor, int64_t now_ms) __attribute__((warn_unused_result));
int stage_report(struct stage *stage, const struct loop_incident *template, int64_t actor,
                 int64_t now_ms, struct staged **ret, struct diag *reterr)
    __attribute__((warn_unused_result));
/* The key slot of an incident, made at first use. */
int stage_incident_slot(struct stage *stage, int64_t incident_id, int64_t *ret)
    __attribute__((warn_unused_result));
/* A text under the key of PERSON_ID, or of the incident (0). */
int stage_put_text(struct stage *stage, int64_t incident_id, const char *kind,
                   int64_t row, int64_t person_id, const char *text, int64_t now_ms,
                   uint8_t ret_hash[32]) __attribute__((warn_unused_result));
/* A position that the person shares while on an actual assignment: they count there until
 * the last such assignment is over, then at their places again. */
int stage_note_position(struct stage *stage, int64_t person_id, struct point at)
    __attribute__((warn_unused_result));
int stage_note(struct stage *stage, const char *kind, int64_t actor, int64_t subject,
               const char *code, int64_t number, int64_t now_ms)
    __attribute__((warn_unused_result));
int64_t stage_new_id(struct stage *stage);
int stage_level(struct stage *stage, int64_t area_id, int64_t now_ms,
                enum response_level *ret) __attribute__((warn_unused_result));
/* A response begins or ends. */
void stage_forget_levels(struct stage *stage);

/* See writer_funnel. */
bool stage_funnel(struct stage *stage, int64_t callout_id, struct read_funnel *ret);
/* See writer_seats. */
bool stage_seats(struct stage *stage, int64_t need_id, uint64_t version,
                 int32_t ret[LOOP_LINES_MAX]);
/* A deep copy: loop_incident_release. */
int stage_copy_incident(const struct loop_incident *from, struct loop_incident *ret)
    __attribute__((warn_unused_result));
/* Nothing is due before this; 0 while a wave is being sent. */
int64_t stage_next_due_ms(const struct stage *stage);
/* Whether a timer of the incident is due and does not wait for another try. */
bool stage_is_due(struct staged *staged, int64_t now_ms);
/* Whether parts of a wave are still to be sent, and the next one; GIVE_UP: what is left
 * of that wave is not sent. */
bool stage_is_sending(const struct stage *stage);
int stage_send_part(struct stage *stage, bool give_up, int64_t now_ms,
                    struct diag *reterr) __attribute__((warn_unused_result));
/* Each step is followed by a check of the incident, of what the step changed if that
 * suffices. One of every row of more than STAGE_CHECK_ROWS_MAX waits for the end of the
 * batch: this one, and then the batch fails as a whole. */
#define STAGE_CHECK_ROWS_MAX 4000
int stage_check(struct stage *stage, struct diag *reterr)
    __attribute__((warn_unused_result));
/* Where a command began: what it noted for after the commit. */
struct stage_mark {
    uint32_t person_count, changed_count, destroy_count;
};
void stage_mark(struct stage *stage, struct stage_mark *ret);
/* After a command: kept, or taken back (its rows are rolled back already). */
void stage_command_kept(struct stage *stage);
int stage_command_refused(struct stage *stage, const struct stage_mark *mark)
    __attribute__((warn_unused_result));
/* Before the commit: the id counter. */
int stage_end_batch(struct stage *stage) __attribute__((warn_unused_result));
/* After the commit: tells the crowd, destroys keys, drops incidents that have ended. */
void stage_committed(struct stage *stage);
/* After a roll-back: reads again what was touched. */
int stage_rolled_back(struct stage *stage) __attribute__((warn_unused_result));

/* ---- after a start, inside the first transaction */
/* Messages found in `sending` may or may not have gone out: they go again, marked. */
int stage_resend_unknown(struct stage *stage, int64_t now_ms, struct diag *reterr)
    __attribute__((warn_unused_result));
/* Keys of people who were erased just before a crash. */
int stage_destroy_again(struct stage *stage) __attribute__((warn_unused_result));

#endif
