/* SPDX-License-Identifier: Apache-2.0 */
/* Three things: the fold (plan/learn.h), a cursor in the table of rows, and for the last
 * ALERTS_KEPT alerts what their last answer was, so that a row knows what it replaces.
 * A row "forget" behind the cursor means that rows before it are gone or changed: then
 * all is folded anew, which is what a restart would do. */
#include "dispatch/learner.h"

#include "base/mem.h"
#include "base/status.h"
#include "store/answer.h"
#include "store/db.h"

#include <pthread.h>
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
    struct response_model *models[2];
    pthread_mutex_t db_lock; /* guards the connection and who folds; before `lock` */
    struct db *db;
};

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
 * bad row does not end the learning. */
static int fold_rows(struct fold *fold, struct db *db, bool passes_forget)
{
    struct query *query = answer_read(db, fold->cursor);
    struct answer_row answer;
    int status;
    while ((status = answer_next(query, &answer)) == 1) {
        if (answer.row.what == LEARN_FORGET) {
            if (!passes_forget) {
                query_reset(query);
                return ST_STALE;
            }
        } else if (join_row(fold, &answer)) {
            status = learn_add(fold->learn, &answer.row, NULL);
            if (status < 0 && status != ST_INVALID) {
                query_reset(query);
                return status;
            }
        }
        fold->cursor = answer.row.id;
    }
    return status;
}

/* The tables are made anew only if a figure they depend on moved a step. */
static int make_model(const struct learn *learn, bool exercise,
                      const struct response_model *like, struct response_model **ret)
{
    struct response_model_config config;
    learn_response_config(learn, exercise, &config);
    return response_model_like(ret, like, &config);
}

/* Without memory the figures of before hold. Who holds db_lock is the only one to change
 * the fold, so reading it needs no lock, and the exchange is short. */
static void renew_models(struct learner *learner)
{
    for (int i = 0; i < 2; i++) {
        struct response_model *model, *old = learner->models[i];
        if (make_model(learner->fold.learn, i == 1, old, &model) < 0)
            continue;
        pthread_rwlock_wrlock(&learner->lock);
        learner->models[i] = model;
        pthread_rwlock_unlock(&learner->lock);
        response_model_free(old);
    }
}

static void fold_anew(struct learner *learner)
{
    struct fold fresh, old = learner->fold;
    int status = fold_init(&fresh, &learner->config, NULL);
    if (status == ST_OK)
        status = fold_rows(&fresh, learner->db, true);
    if (status < 0) {
        fold_release(&fresh); /* the next time: the cursor has not moved */
        return;
    }
    pthread_rwlock_wrlock(&learner->lock);
    learner->fold = fresh;
    pthread_rwlock_unlock(&learner->lock);
    fold_release(&old);
}

void learner_catch_up(struct learner *learner, int64_t now_ms)
{
    pthread_mutex_lock(&learner->db_lock);
    int64_t before = learner->fold.cursor;
    int status = ST_OK;
    pthread_rwlock_wrlock(&learner->lock);
    if (learner->db != NULL)
        status = fold_rows(&learner->fold, learner->db, false);
    pthread_rwlock_unlock(&learner->lock);
    if (status == ST_STALE)
        fold_anew(learner);
    if (learner->fold.cursor != before)
        renew_models(learner);
    pthread_rwlock_wrlock(&learner->lock);
    learn_look(learner->fold.learn, now_ms);
    pthread_rwlock_unlock(&learner->lock);
    pthread_mutex_unlock(&learner->db_lock);
}

int learner_new(struct learner **ret, const char *db_path,
                const struct learn_config *config, struct diag *reterr)
{
    struct learner *learner = mem_calloc(1, sizeof(*learner));
    if (learner == NULL)
        return ST_NO_MEMORY;
    learner->config = *config;
    pthread_rwlock_init(&learner->lock, NULL);
    pthread_mutex_init(&learner->db_lock, NULL);
    int status = fold_init(&learner->fold, config, reterr);
    if (status == ST_OK && db_path != NULL)
        status = db_open(&learner->db, db_path, DB_READ, reterr);
    if (status == ST_OK && db_path != NULL)
        status = fold_rows(&learner->fold, learner->db, true);
    for (int i = 0; i < 2 && status == ST_OK; i++)
        status = make_model(learner->fold.learn, i == 1, learner->models[0],
                            &learner->models[i]);
    if (status < 0) {
        learner_free(learner);
        return status;
    }
    *ret = learner;
    return ST_OK;
}

void learner_free(struct learner *learner)
{
    if (learner == NULL)
        return;
    fold_release(&learner->fold);
    for (int i = 0; i < 2; i++)
        response_model_free(learner->models[i]);
    if (learner->db != NULL)
        db_close(learner->db);
    pthread_rwlock_destroy(&learner->lock);
    pthread_mutex_destroy(&learner->db_lock);
    mem_free(learner);
}

void learner_take(struct learner *learner, struct learner_view *ret)
{
    pthread_rwlock_rdlock(&learner->lock);
    *ret = (struct learner_view){.learn = learner->fold.learn,
                                 .models = {learner->models[0], learner->models[1]}};
}

void learner_give(struct learner *learner)
{
    pthread_rwlock_unlock(&learner->lock);
}
