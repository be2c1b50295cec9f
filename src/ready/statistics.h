/* SPDX-License-Identifier: Apache-2.0 */
/* What a time came to, for the report that an office writes every year: incidents,
 * people, needs, response times and hours, of an area and of those directly below it, by
 * month and by kind; actual ones and exercises apart (decision 0111). From the rows
 * alone: ids and numbers, nobody's name. */
#ifndef MUSTER_READY_STATISTICS_H
#define MUSTER_READY_STATISTICS_H

#include "loop/model.h"
#include "store/area.h"

#include <stdbool.h>
#include <stdint.h>

#define STATISTICS_DAYS_MAX 3653 /* from the first to the last: ten years */
#define STATISTICS_VISITS_MAX                                                            \
    (1u << 24) /* of people, each counted in up to four rows                             \
                */

struct db;

/* What was actual, or what was an exercise. Everything belongs to the day on which its
 * incident was reported, but minutes to the day of the release, as in store/credited.h.
 */
struct statistics_half {
    int64_t incidents;        /* neither merged nor cancelled */
    int64_t cancelled;        /* besides those */
    int64_t needs, in_time;   /* due and not cancelled; of those, met by the deadline */
    int64_t alerts, answered; /* with a yes or a no */
    int64_t accepted, came;   /* who came twice counts twice */
    int64_t people;           /* who came, each once */
    int64_t minutes;          /* credited */
    int64_t alert_ms;         /* median from the report to the first alert; -1 = none */
    int64_t scene_ms;         /* median from the report to the first on scene; likewise */
};

enum statistics_part { STATISTICS_ACTUAL, STATISTICS_EXERCISE, STATISTICS_PARTS };

struct statistics_row {
    const struct area *area; /* of an area: into statistics.areas; NULL: of what lies in
                                the area and in none below it */
    int year, month;         /* of a month */
    enum incident_kind kind; /* of a kind */
    struct statistics_half parts[STATISTICS_PARTS];
    int64_t courses, passed;     /* held; people who passed, in all */
    int64_t noted, checked;      /* findings */
    int64_t on_record, callable; /* people, at people_day; above the villages only */
};

struct statistics_wish {
    int64_t area_id;          /* 0: the root, or the only area below it */
    int32_t from_day, to_day; /* both counted; 0 to STATISTICS_DAYS_MAX apart */
    int64_t now_ms;           /* a need is due by then */
};

struct statistics {
    struct area_tree areas;
    const struct area *area;
    int32_t people_day; /* the last one counted within the time; INT32_MIN = none */
    struct statistics_row *total; /* the others stand behind it: */
    struct statistics_row *below; /* by id, then that of none below */
    struct statistics_row *months;
    struct statistics_row *kinds; /* INCIDENT_KIND_COUNT */
    uint32_t below_count, month_count;
};

/* RET: statistics_release, after a failure too. ST_NOT_FOUND: no such area; ST_LIMIT: too
 * many visits; ST_NO_MEMORY; the database's errors. Reads the rows of every
 * incident of the time: not for a loop's thread. */
int statistics_count(struct db *db, const struct statistics_wish *wish,
                     struct statistics *ret) __attribute__((warn_unused_result));
/* Whether anything but people on record was counted. */
bool statistics_has_any(const struct statistics_row *row);
/* Zeroed is fine. */
void statistics_release(struct statistics *statistics);

#endif
