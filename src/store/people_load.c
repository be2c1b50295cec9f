/* SPDX-License-Identifier: Apache-2.0 */
/* The crowd from the rows. Whoever works takes the next range of ids, reads its rows with
 * a connection of its own, unseals them, and puts the people in: nothing is handed from
 * thread to thread. Nobody writes meanwhile, so all connections see the same rows. */
#include "base/status.h"
#include "base/time.h"
#include "store/db.h"
#include "store/people_internal.h"

#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#define CAP_WINDOW_MS (168 * TIME_HOUR_MS)
#define CALLOUT_AGE_MS (30 * TIME_DAY_MS) /* an older call-out sends no alerts */
#define HELPERS_MAX 15
#define ALONE (2 * PEOPLE_RANGE) /* ids that are not worth a thread */

struct load {
    const char *db_path;
    struct vault *vault;
    const struct skill_table *skills;
    struct crowd *crowd;
    int64_t last;
    _Atomic int64_t next;
    atomic_int status;
};

static int put(void *context, const struct person *person)
{
    return crowd_put(context, &person->crowd);
}

static void take_ranges(struct load *load, struct db *db)
{
    while (load->status == ST_OK) {
        int64_t after = atomic_fetch_add(&load->next, PEOPLE_RANGE);
        if (after >= load->last)
            return;
        const struct people_range range = {after, after + PEOPLE_RANGE};
        int status = people_walk(db, load->vault, load->skills, &range, put, load->crowd);
        if (status != ST_OK)
            load->status = status;
    }
}

static void *help(void *context)
{
    struct load *load = context;
    struct db *db;
    if (db_open(&db, load->db_path, DB_READ, NULL) != ST_OK)
        return NULL; /* the others do it */
    take_ranges(load, db);
    db_close(db);
    return NULL;
}

int people_load(struct db *db, const char *db_path, struct vault *vault,
                const struct skill_table *skills, struct crowd *crowd)
{
    struct load load = {
        .db_path = db_path, .vault = vault, .skills = skills, .crowd = crowd};
    int status = people_last_id(db, &load.last);
    if (status != ST_OK)
        return status;
    pthread_t helpers[HELPERS_MAX];
    long cores = sysconf(_SC_NPROCESSORS_ONLN), count = 0;
    while (db_path != NULL && load.last > ALONE && count < cores - 1 &&
           count < HELPERS_MAX && pthread_create(&helpers[count], NULL, help, &load) == 0)
        count++;
    take_ranges(&load, db);
    while (count > 0)
        (void)pthread_join(helpers[--count], NULL); /* ours and joinable */
    crowd_arrange(crowd);
    return load.status;
}

int people_load_alerts(struct db *db, struct crowd *crowd, int64_t now_ms)
{
    /* By the young call-outs and the index of their alerts: there is none on time. */
    struct query *query =
        db_query(db, "SELECT alert.person_id, alert.alerted_ms FROM callout"
                     " JOIN incident ON incident.id = callout.incident_id"
                     " JOIN alert ON alert.callout_id = callout.id"
                     " WHERE callout.started_ms > ?1 AND incident.exercise = 0"
                     " AND alert.alerted_ms > ?2");
    query_int(query, 1, now_ms - CALLOUT_AGE_MS);
    query_int(query, 2, now_ms - CAP_WINDOW_MS);
    int status;
    while ((status = query_step(query)) == 1)
        crowd_note_alert(crowd, query_get_int(query, 0), query_get_int(query, 1));
    return status;
}
