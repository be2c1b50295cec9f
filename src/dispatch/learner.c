/* SPDX-License-Identifier: Apache-2.0 */
/* Three things: the fold (plan/learn.h), a cursor in the table of rows, and for the last
 * ALERTS_KEPT alerts what their last answer was, so that a row knows what it replaces.
 * A row "forget" behind the cursor means that rows before it are gone or changed: then
 * all is folded anew, which is what a restart would do. Of a million rows that takes
 * seconds, so a server does it on a thread of its own, while plans go by the old fold. */
#include "dispatch/learner.h"

#include "base/file.h"
#include "base/hash.h"
#include "base/mem.h"
#include "base/status.h"
#include "base/thread.h"
#include "plan/learn_keep.h"
#include "store/answer.h"
#include "store/db.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#define ALERTS_KEPT 65536 /* a power of two; an alert's rows come within some hours */

struct answered {
    int64_t alert_id, took_ms;
    enum learn_what what;
};

/* What a fold makes: exchanged as a whole when all is folded anew. */
struct fold {
    struct learn *learn;
    struct answered *answered; /* [alert id % ALERTS_KEPT] */
    int64_t cursor;
};

struct learner {
    struct learn_config config;
    pthread_rwlock_t lock; /* guards the fold and the models */
    struct fold fold;
    struct response_model *models[2]; /* [exercise] */
    pthread_mutex_t db_lock; /* guards what follows and who folds; before `lock` */
    struct db *db;
    char *db_path; /* not NULL: it is folded anew aside, by this connection */
    pthread_t aside;
    bool has_aside, is_aside_over;
    atomic_bool stop;  /* read by that thread without db_lock */
    bool is_behind[2]; /* a model is of fewer rows than the fold */
    char *kept;        /* the file, NULL = none */
    bool keeps;
    uint64_t folds;                 /* how often it was folded anew */
    uint64_t kept_rows, kept_folds; /* as the file has them */
    struct learner_start start;
};

/* The file: this, the answers of before, then what learn_save writes. */
struct kept_head {
    uint64_t magic, checksum;                    /* of the answers */
    int64_t cursor, rows;                        /* rows of the table up to it */
    int64_t person_id, alert_id, at_ms, took_ms; /* of the row at the cursor */
    uint64_t learn_size;
};
#define KEPT_MAGIC UINT64_C(0x3152414c54534d00)

static void fold_release(struct fold *fold)
{
    learn_free(fold->learn);
    mem_free(fold->answered);
    *fold = (struct fold){0};
}

static int fold_init(struct fold *fold, const struct learn_config *config,
                     struct diag *reterr)
{
    *fold = (struct fold){0};
    fold->answered = mem_calloc(ALERTS_KEPT, sizeof(*fold->answered));
    int status =
        fold->answered == NULL ? ST_NO_MEMORY : learn_new(&fold->learn, config, reterr);
    if (status < 0)
        fold_release(fold);
    return status;
}

/* Fills what the row replaces. False: the row says nothing new about the alert. */
static bool join_row(struct fold *fold, struct answer_row *answer)
{
    struct learn_row *row = &answer->row;
    if (row->what > LEARN_STOPPED)
        return true;
    struct answered *last =
        &fold->answered[(uint64_t)answer->alert_id & (ALERTS_KEPT - 1)];
    if (last->alert_id == answer->alert_id) {
        /* A second yes, and a stand-down of somebody who has answered. */
        if (last->what == LEARN_YES || row->what == LEARN_STOPPED)
            return false;
        row->before = last->what;
        row->before_ms = last->took_ms;
    }
    *last = (struct answered){answer->alert_id, row->took_ms, row->what};
    return true;
}

/* ST_STALE: a forget was met. A row that is out of its range is passed over, so that one
 * bad row does not end the learning. ST_CLOSED: STOP, which may be NULL, has come. */
static int fold_rows(struct fold *fold, struct db *db, bool passes_forget,
                     const atomic_bool *stop)
{
    struct query *query = answer_read(db, fold->cursor);
    struct answer_row answer;
    int status;
    while ((status = answer_next(query, &answer)) == 1) {
        if (stop != NULL && *stop)
            return query_stop(query, ST_CLOSED);
        if (answer.row.what == LEARN_FORGET) {
            if (!passes_forget)
                return query_stop(query, ST_STALE);
        } else if (join_row(fold, &answer)) {
            status = learn_add(fold->learn, &answer.row, NULL);
            if (status < 0 && status != ST_INVALID)
                return query_stop(query, status);
        }
        fold->cursor = answer.row.id;
    }
    return status;
}

static void set_behind(struct learner *learner)
{
    learner->is_behind[0] = learner->is_behind[1] = true;
}

/* The tables are made anew only if a figure they depend on moved a step. Without memory
 * the figures of before hold. Who holds db_lock is the only one to change the fold, so
 * reading it needs no lock, and the exchange is short. */
static int renew_model(struct learner *learner, bool exercise)
{
    struct response_model_config config;
    struct response_model *model, *old = learner->models[exercise];
    learn_response_config(learner->fold.learn, exercise, &config);
    int status = response_model_like(&model, old, &config);
    if (status < 0)
        return status;
    pthread_rwlock_wrlock(&learner->lock);
    learner->models[exercise] = model;
    pthread_rwlock_unlock(&learner->lock);
    response_model_free(old);
    learner->is_behind[exercise] = false;
    return ST_OK;
}

/* A model is always there: the one of exercises begins as a copy, which costs nothing. */
static int first_models(struct learner *learner)
{
    set_behind(learner);
    int status = renew_model(learner, false);
    if (status < 0)
        return status;
    const struct response_model *model = learner->models[false];
    return response_model_like(&learner->models[true], model,
                               response_model_get_config(model));
}

/* ---- kept ---------------------------------------------------------------------------
 */

/* What the table has up to the cursor. ST_NOT_FOUND: the row at it is not there. */
static int look_back(struct db *db, int64_t cursor, struct kept_head *ret)
{
    struct query *query =
        db_query(db, "SELECT person_id, alert_id, at_ms, took_ms, (SELECT count(*) FROM"
                     " answer WHERE id <= ?1) FROM answer WHERE id = ?1");
    query_int(query, 1, cursor);
    int status = query_step(query);
    if (status == 1) {
        ret->cursor = cursor;
        ret->person_id = query_get_int(query, 0);
        ret->alert_id = query_get_int(query, 1);
        ret->at_ms = query_get_int(query, 2);
        ret->took_ms = query_get_int(query, 3);
        ret->rows = query_get_int(query, 4);
    }
    query_reset(query);
    return status == 1 ? ST_OK : status < 0 ? status : ST_NOT_FOUND;
}

static uint64_t sum_of(const struct answered *answered)
{
    uint64_t ret = HASH_START;
    for (uint32_t i = 0; i < ALERTS_KEPT; i++) {
        const int64_t numbers[] = {answered[i].alert_id, answered[i].took_ms,
                                   answered[i].what};
        ret = hash_bytes(ret, numbers, sizeof numbers);
    }
    return ret;
}

/* The fold as bytes of *RET_SIZE for the file, whose rows then are *RET_ROWS; NULL: it is
 * as it was kept, is not kept, or cannot be. db_lock is held, or nobody else has the
 * learner. */
static void *pack(struct learner *learner, size_t *ret_size, uint64_t *ret_rows)
{
    const struct fold *fold = &learner->fold;
    struct kept_head head = {.magic = KEPT_MAGIC,
                             .learn_size = learn_saved_size(fold->learn)};
    size_t answered = ALERTS_KEPT * sizeof *fold->answered;
    size_t size = sizeof head + answered + head.learn_size;
    if (!learner->keeps || learner->kept == NULL || size > LEARNER_FILE_MAX ||
        (learn_rows(fold->learn) == learner->kept_rows &&
         learner->folds == learner->kept_folds) ||
        look_back(learner->db, fold->cursor, &head) != ST_OK)
        return NULL;
    unsigned char *data = mem_alloc(size);
    if (data == NULL)
        return NULL;
    head.checksum = sum_of(fold->answered);
    memcpy(data, &head, sizeof head);
    memcpy(data + sizeof head, fold->answered, answered);
    learn_save(fold->learn, data + sizeof head + answered);
    *ret_size = size;
    *ret_rows = learn_rows(fold->learn);
    return data;
}

/* Nobody else has the learner. */
static void keep(struct learner *learner)
{
    size_t size;
    uint64_t rows;
    AUTO_FREE void *data = pack(learner, &size, &rows);
    if (data != NULL && file_write(learner->kept, data, size, 0600, NULL) == ST_OK)
        learner->kept_rows = rows;
}

/* NULL: FOLD is as it was kept; else why it is not. */
static const char *take_kept(struct learner *learner, struct fold *fold)
{
    AUTO_FREE char *data = NULL;
    size_t size, answered = ALERTS_KEPT * sizeof *fold->answered;
    struct kept_head head, now = {0};
    int status = file_read(learner->kept, LEARNER_FILE_MAX, &data, &size, NULL);
    if (status == ST_NOT_FOUND)
        return "there is none yet";
    if (status != ST_OK)
        return "it cannot be read";
    if (size < sizeof head + answered)
        return "it is cut off";
    memcpy(&head, data, sizeof head);
    if (head.magic != KEPT_MAGIC || size != sizeof head + answered + head.learn_size)
        return "it is of another program, or cut off";
    if (look_back(learner->db, head.cursor, &now) != ST_OK || now.rows != head.rows ||
        now.person_id != head.person_id || now.alert_id != head.alert_id ||
        now.at_ms != head.at_ms || now.took_ms != head.took_ms)
        return "it is of other answers than the database has";
    memcpy(fold->answered, data + sizeof head, answered);
    if (sum_of(fold->answered) != head.checksum)
        return "it is damaged";
    struct learn *learn;
    status = learn_load(&learn, &learner->config, data + sizeof head + answered,
                        (size_t)head.learn_size);
    if (status != ST_OK)
        return status == ST_CORRUPT ? "it is damaged"
                                    : "it is of another program or other settings";
    learn_free(fold->learn);
    fold->learn = learn;
    fold->cursor = head.cursor;
    return NULL;
}

/* With the file, or all anew: also when rows behind the file's say "forget". */
static int fold_first(struct learner *learner, struct diag *reterr)
{
    struct fold *fold = &learner->fold;
    int status = ST_STALE;
    if (learner->kept != NULL) {
        learner->start.why = take_kept(learner, fold);
        if (learner->start.why == NULL) {
            learner->start.kept = learner->kept_rows = learn_rows(fold->learn);
            status = fold_rows(fold, learner->db, false, NULL);
            if (status == ST_STALE)
                learner->start.why = "somebody was erased or merged since";
        }
    }
    if (status == ST_STALE) {
        fold_release(fold);
        learner->start.kept = learner->kept_rows = 0;
        status = fold_init(fold, &learner->config, reterr);
        if (status == ST_OK)
            status = fold_rows(fold, learner->db, true, NULL);
    }
    if (status < 0)
        return status;
    learner->start.folded = learn_rows(fold->learn) - learner->start.kept;
    if (learner->start.folded >= LEARNER_KEEP_ROWS || learner->start.kept == 0)
        keep(learner);
    return ST_OK;
}

struct learner_start learner_started(const struct learner *learner)
{
    return learner->start;
}

/* db_lock is held. */
static void take_fold(struct learner *learner, const struct fold *fresh)
{
    struct fold old = learner->fold;
    pthread_rwlock_wrlock(&learner->lock);
    learner->fold = *fresh;
    pthread_rwlock_unlock(&learner->lock);
    fold_release(&old);
    set_behind(learner);
    learner->folds++; /* whoever was to be forgotten leaves the file, too */
}

/* All rows that there are. A failure leaves nothing in RET. */
static int fold_all(const struct learner *learner, struct db *db, const atomic_bool *stop,
                    struct fold *ret)
{
    int status = fold_init(ret, &learner->config, NULL);
    if (status == ST_OK)
        status = fold_rows(ret, db, true, stop);
    if (status < 0)
        fold_release(ret);
    return status;
}

/* Somebody who is forgotten while it is folded is met again at the next catching up. */
static void *fold_aside(void *context)
{
    struct learner *learner = context;
    struct fold fresh;
    struct db *db = NULL;
    thread_name("learner");
    thread_nice(THREAD_NICE_PLANS);
    int status = db_open(&db, learner->db_path, DB_READ, NULL);
    if (status == ST_OK)
        status = fold_all(learner, db, &learner->stop, &fresh);
    pthread_mutex_lock(&learner->db_lock);
    if (status == ST_OK)
        take_fold(learner, &fresh);
    learner->is_aside_over = true;
    pthread_mutex_unlock(&learner->db_lock);
    db_close(db);
    return NULL;
}

/* db_lock is held. What was known before holds until then, and after a failure until the
 * next time: the cursor does not move. */
static void fold_anew(struct learner *learner)
{
    struct fold fresh;
    if (learner->db_path == NULL) {
        if (fold_all(learner, learner->db, NULL, &fresh) == ST_OK)
            take_fold(learner, &fresh);
        return;
    }
    if (learner->has_aside && !learner->is_aside_over)
        return;
    if (learner->has_aside)
        (void)pthread_join(learner->aside, NULL); /* it has let go of the lock */
    learner->is_aside_over = false;
    learner->has_aside = pthread_create(&learner->aside, NULL, fold_aside, learner) == 0;
}

int learner_fold_aside(struct learner *learner, const char *db_path)
{
    learner->db_path = mem_strdup(db_path);
    return learner->db_path == NULL ? ST_NO_MEMORY : ST_OK;
}

void learner_catch_up(struct learner *learner, int64_t now_ms)
{
    pthread_mutex_lock(&learner->db_lock);
    int64_t before = learner->fold.cursor;
    int status = ST_OK;
    pthread_rwlock_wrlock(&learner->lock);
    if (learner->db != NULL)
        status = fold_rows(&learner->fold, learner->db, false, NULL);
    pthread_rwlock_unlock(&learner->lock);
    if (status == ST_STALE)
        fold_anew(learner);
    if (learner->fold.cursor != before)
        set_behind(learner);
    pthread_rwlock_wrlock(&learner->lock);
    learn_look(learner->fold.learn, now_ms);
    pthread_rwlock_unlock(&learner->lock);
    pthread_mutex_unlock(&learner->db_lock);
}

void learner_keep(struct learner *learner)
{
    size_t size;
    uint64_t rows;
    AUTO_FREE void *data = NULL;
    pthread_mutex_lock(&learner->db_lock);
    if (learner->kept_folds != learner->folds ||
        learn_rows(learner->fold.learn) >= learner->kept_rows + LEARNER_KEEP_ROWS)
        data = pack(learner, &size, &rows);
    const uint64_t folds = learner->folds;
    pthread_mutex_unlock(&learner->db_lock);
    if (data == NULL || file_write(learner->kept, data, size, 0600, NULL) != ST_OK)
        return;
    pthread_mutex_lock(&learner->db_lock);
    learner->kept_rows = rows;
    learner->kept_folds = folds;
    pthread_mutex_unlock(&learner->db_lock);
}

int learner_new_kept(struct learner **ret, const char *db_path, const char *kept,
                     bool keeps, const struct learn_config *config, struct diag *reterr)
{
    struct learner *learner = mem_calloc(1, sizeof(*learner));
    if (learner == NULL)
        return ST_NO_MEMORY;
    learner->config = *config;
    learner->keeps = keeps;
    pthread_rwlock_init(&learner->lock, NULL);
    pthread_mutex_init(&learner->db_lock, NULL);
    int status = fold_init(&learner->fold, config, reterr);
    if (status == ST_OK && kept != NULL) {
        learner->kept = mem_strdup(kept);
        status = learner->kept == NULL ? ST_NO_MEMORY : ST_OK;
    }
    if (status == ST_OK && db_path != NULL)
        status = db_open(&learner->db, db_path, DB_READ, reterr);
    if (status == ST_OK && db_path != NULL)
        status = fold_first(learner, reterr);
    if (status == ST_OK)
        status = first_models(learner);
    if (status < 0) {
        learner->keeps = false;
        learner_free(learner);
        return status;
    }
    *ret = learner;
    return ST_OK;
}

int learner_new(struct learner **ret, const char *db_path,
                const struct learn_config *config, struct diag *reterr)
{
    return learner_new_kept(ret, db_path, NULL, false, config, reterr);
}

void learner_free(struct learner *learner)
{
    if (learner == NULL)
        return;
    learner->stop = true;
    if (learner->has_aside)
        (void)pthread_join(learner->aside, NULL); /* nobody else has the learner now */
    mem_free(learner->db_path);
    if (learner->db != NULL && learner->fold.learn != NULL)
        keep(learner);
    fold_release(&learner->fold);
    for (int i = 0; i < 2; i++)
        response_model_free(learner->models[i]);
    if (learner->db != NULL)
        db_close(learner->db);
    mem_free(learner->kept);
    pthread_rwlock_destroy(&learner->lock);
    pthread_mutex_destroy(&learner->db_lock);
    mem_free(learner);
}

const struct learn *learner_take(struct learner *learner)
{
    pthread_rwlock_rdlock(&learner->lock);
    return learner->fold.learn;
}

void learner_take_model(struct learner *learner, bool exercise, struct learner_view *ret)
{
    pthread_mutex_lock(&learner->db_lock);
    if (learner->is_behind[exercise])
        (void)renew_model(learner, exercise);
    pthread_mutex_unlock(&learner->db_lock);
    ret->learn = learner_take(learner);
    ret->model = learner->models[exercise];
}

void learner_give(struct learner *learner)
{
    pthread_rwlock_unlock(&learner->lock);
}
