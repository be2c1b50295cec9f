/* SPDX-License-Identifier: Apache-2.0 */
/*     queued -> sending -> handed_over -> delivered;  sending -> queued (again)
 *     sending | handed_over -> failed (then the next channel) | unknown
 *     queued -> withdrawn */
#include "store/notice.h"

#include "base/mem.h"
#include "base/status.h"
#include "base/time.h"
#include "loop/names.h"
#include "store/own_page.h"
#include "store/waiting.h"
#include "store/writer_internal.h"

#include <stdio.h>
#include <string.h>

#define DAY_MINUTES 1440
/* Who is told so shortly before it begins has little of it: better woken than left. */
#define TIME_TO_ACT_MS (2 * TIME_HOUR_MS)

/* A row, as far as it is needed again. */
struct row {
    int64_t id, course_id, person_id;
    enum message_kind kind;
    enum message_state state;
    enum channel_kind channel;
    int32_t tries;
    bool perhaps_twice;
};

static int read_row(struct db *db, int64_t id, struct row *ret)
{
    struct query *query =
        db_query(db, "SELECT course_id, person_id, kind, state, channel, tries,"
                     " perhaps_twice FROM notice WHERE id = ?1 AND channel <> ''");
    query_int(query, 1, id);
    const int status = query_step(query);
    if (status != 1)
        return status == 0 ? ST_NOT_FOUND : status;
    *ret = (struct row){.id = id,
                        .course_id = query_get_int(query, 0),
                        .person_id = query_get_int(query, 1),
                        .tries = (int32_t)query_get_int(query, 5),
                        .perhaps_twice = query_get_int(query, 6) != 0};
    const bool known = message_kind_parse(query_get_text(query, 2), &ret->kind) &&
                       message_state_parse(query_get_text(query, 3), &ret->state) &&
                       channel_kind_parse(query_get_text(query, 4), &ret->channel);
    query_reset(query);
    return known ? ST_OK : ST_CORRUPT;
}

/* ---- telling ------------------------------------------------------------------------
 */

/* DUE_MS, or when the person's quiet hours are over, unless that leaves no time. */
static int64_t after_quiet(const struct crowd_person *person, int64_t due_ms,
                           int64_t starts_ms)
{
    struct hours_moment moment;
    hours_moment_init(&moment, due_ms, NULL); /* they are the same every day */
    const uint16_t first = moment.minute;
    int minutes = 0;
    while (minutes < DAY_MINUTES &&
           crowd_is_quiet(person->quiet_kind, &person->quiet, &moment)) {
        minutes++;
        moment.minute = (uint16_t)((first + minutes) % DAY_MINUTES);
    }
    if (minutes == 0 || minutes == DAY_MINUTES)
        return due_ms;
    const int64_t ends_ms =
        due_ms - due_ms % TIME_MINUTE_MS + minutes * TIME_MINUTE_MS; /* to the minute */
    return starts_ms - ends_ms < TIME_TO_ACT_MS ? due_ms : ends_ms;
}

static int insert(struct stage *stage, const struct course *course, int64_t person_id,
                  enum message_kind kind, const enum channel_kind *channel,
                  int64_t due_ms)
{
    struct query *query =
        db_query(stage->db, "INSERT INTO notice (id, course_id, person_id, kind, state,"
                            " channel, due_ms, sent_ms, tries, perhaps_twice)"
                            " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 0, 0, 0)");
    query_int(query, 1, stage_new_id(stage));
    query_int(query, 2, course->id);
    query_int(query, 3, person_id);
    query_text(query, 4, message_kind_code(kind));
    query_text(query, 5,
               message_state_code(channel == NULL ? MESSAGE_FAILED : MESSAGE_QUEUED));
    query_text(query, 6, channel == NULL ? "" : channel_kind_code(*channel));
    query_int(query, 7, due_ms);
    stage->messages_queued = true;
    return query_run(query);
}

/* Nobody is called up by a machine to hear that there is a course, or that a seat is
 * theirs: a call has no link to give it back by. */
static bool is_read(enum message_kind kind)
{
    return kind == MESSAGE_KIND_COURSE_INVITED || kind == MESSAGE_KIND_COURSE_SEAT;
}

int32_t notice_ladder(const struct loop_config *config, const struct person *person,
                      enum message_kind kind, enum channel_kind ret[LOOP_CHANNELS_MAX])
{
    if (person->retired) /* nor erased */
        return 0;
    const uint8_t channels =
        loop_reach(UINT8_MAX, person->email[0] != '\0', person->phone[0] != '\0',
                   person->push[0] != '\0');
    const int32_t count = loop_ladder(config, channels, ret);
    return is_read(kind) && count > 0 && ret[count - 1] == CHANNEL_VOICE ? count - 1
                                                                         : count;
}

/* The person, and the channels that reach them. */
static int read_reached(struct stage *stage, int64_t person_id, enum message_kind kind,
                        struct person *ret,
                        enum channel_kind ret_ladder[LOOP_CHANNELS_MAX],
                        int32_t *ret_count)
{
    const int status =
        person_by_id(stage->db, stage->vault, &stage->skills, person_id, ret);
    *ret_count = 0;
    if (status == ST_OK)
        *ret_count = notice_ladder(stage->config, ret, kind, ret_ladder);
    return status == ST_NOT_FOUND || status == ST_CORRUPT ? ST_OK : status;
}

/* By the first channel behind AFTER (NULL: the first of all). Who has none at all and
 * would miss something: a row that has failed. */
static int tell(struct stage *stage, const struct course *course, int64_t person_id,
                enum message_kind kind, const enum channel_kind *after, int64_t due_ms)
{
    enum channel_kind ladder[LOOP_CHANNELS_MAX];
    int32_t count = 0, at = 0;
    AUTO_FREE struct person *person = mem_alloc(sizeof *person);
    if (person == NULL)
        return ST_NO_MEMORY;
    const int status = read_reached(stage, person_id, kind, person, ladder, &count);
    if (status != ST_OK)
        return status;
    while (after != NULL && at < count && ladder[at] != *after)
        at++;
    at += after != NULL;
    if (at < count)
        return insert(stage, course, person_id, kind, &ladder[at],
                      after_quiet(&person->crowd, due_ms, course->starts_ms));
    const bool is_missed = after == NULL && kind != MESSAGE_KIND_COURSE_REMINDER;
    return is_missed ? insert(stage, course, person_id, kind, NULL, due_ms) : ST_OK;
}

/* If a channel reaches the person, in time; else *RET_TOLD is false. */
static int offer(struct stage *stage, const struct course *course, int64_t person_id,
                 enum message_kind kind, int64_t now_ms, bool *ret_told)
{
    const int64_t ahead_ms =
        kind == MESSAGE_KIND_COURSE_SEAT ? WAITING_NOTICE_HOURS * TIME_HOUR_MS : 0;
    enum channel_kind ladder[LOOP_CHANNELS_MAX];
    int32_t count = 0;
    AUTO_FREE struct person *person = mem_alloc(sizeof *person);
    if (person == NULL)
        return ST_NO_MEMORY;
    const int status = read_reached(stage, person_id, kind, person, ladder, &count);
    *ret_told = false;
    if (status != ST_OK || count == 0)
        return status;
    const int64_t due_ms = after_quiet(&person->crowd, now_ms, course->starts_ms);
    *ret_told = course->starts_ms - due_ms >= ahead_ms;
    return *ret_told ? insert(stage, course, person_id, kind, &ladder[0], due_ms)
                     : status;
}

int notice_invite(struct stage *stage, const struct course *course, int64_t person_id,
                  int64_t now_ms, bool *ret_told)
{
    return offer(stage, course, person_id, MESSAGE_KIND_COURSE_INVITED, now_ms, ret_told);
}

int notice_give_seat(struct stage *stage, const struct course *course, int64_t person_id,
                     int64_t now_ms, bool *ret_told)
{
    return offer(stage, course, person_id, MESSAGE_KIND_COURSE_SEAT, now_ms, ret_told);
}

int notice_withdraw(struct stage *stage, int64_t course_id, int64_t person_id)
{
    struct query *query = db_query(stage->db, "UPDATE notice SET state = 'withdrawn'"
                                              " WHERE course_id = ?1 AND state = 'queued'"
                                              " AND kind <> 'course_invited'"
                                              " AND (?2 = 0 OR person_id = ?2)");
    query_int(query, 1, course_id);
    query_int(query, 2, person_id);
    return query_run(query);
}

int notice_remind(struct stage *stage, const struct course *course, int64_t person_id,
                  int64_t now_ms)
{
    const int64_t due_ms = course->starts_ms - TIME_DAY_MS;
    return due_ms - now_ms < TIME_DAY_MS
               ? ST_OK
               : tell(stage, course, person_id, MESSAGE_KIND_COURSE_REMINDER, NULL,
                      due_ms);
}

int notice_tell_all(struct stage *stage, const struct course *course,
                    enum message_kind kind, int64_t now_ms)
{
    struct query *query =
        db_query(stage->db, "SELECT person_id FROM course_person WHERE course_id = ?1"
                            " AND (state = 'signed_up' OR (state = 'waiting'"
                            " AND ?2 = 'course_cancelled')) ORDER BY person_id");
    AUTO_FREE int64_t *people = NULL;
    uint32_t count = 0;
    query_int(query, 1, course->id);
    query_text(query, 2, message_kind_code(kind));
    int status = query_list_ids(query, &people, &count);
    if (status == ST_OK)
        status = notice_withdraw(stage, course->id, 0);
    for (uint32_t i = 0; i < count && status == ST_OK; i++) {
        status = tell(stage, course, people[i], kind, NULL, now_ms);
        if (status == ST_OK && course->state == COURSE_PLANNED)
            status = notice_remind(stage, course, people[i], now_ms);
    }
    return status;
}

/* ---- sending ------------------------------------------------------------------------
 */

static int set_state(struct db *db, int64_t id, enum message_state state)
{
    struct query *query = db_query(db, "UPDATE notice SET state = ?2 WHERE id = ?1");
    query_int(query, 1, id);
    query_text(query, 2, message_state_code(state));
    return query_run(query);
}

/* One that waited too long (a channel was down) is no news any more; nobody is invited to
 * a course that is full. */
static bool is_wanted(const struct course *course, const struct row *row,
                      enum course_person_state has, int64_t now_ms)
{
    const int64_t ends_ms = course->starts_ms + course->minutes * TIME_MINUTE_MS;
    const bool is_ahead = course->state == COURSE_PLANNED && now_ms < course->starts_ms;
    if (row->kind == MESSAGE_KIND_COURSE_INVITED)
        return is_ahead && has == COURSE_INVITED && course->signed_up < course->seats;
    if (row->kind == MESSAGE_KIND_COURSE_CANCELLED)
        return (has == COURSE_SIGNED_UP || has == COURSE_WAITING) &&
               course->state == COURSE_CANCELLED && now_ms < ends_ms;
    return has == COURSE_SIGNED_UP && is_ahead;
}

static int set_sending(struct db *db, int64_t id, int64_t now_ms)
{
    struct query *query = db_query(db, "UPDATE notice SET state = 'sending', tries ="
                                       " tries + 1, sent_ms = ?2 WHERE id = ?1");
    query_int(query, 1, id);
    query_int(query, 2, now_ms);
    return query_run(query);
}

static int fill_item(struct stage *stage, const struct row *row,
                     const struct course *course, struct outbox_item *ret)
{
    *ret = (struct outbox_item){.id = row->id,
                                .person_id = row->person_id,
                                .kind = row->kind,
                                .channel = row->channel,
                                .perhaps_twice = row->perhaps_twice,
                                .tries = row->tries + 1,
                                .area_id = course->area_id,
                                .deadline_ms = course->starts_ms};
    int64_t ended_ms;
    const int status = own_page_ended(stage->db, row->person_id, &ended_ms);
    if (status != ST_OK)
        return status;
    link_person_token(&stage->link_key, row->person_id, ended_ms, ret->token);
    return outbox_address(stage, ret);
}

/* Nobody was told: who was to be invited can still be, when a seat is free again. */
static int give_up(struct stage *stage, const struct row *row)
{
    const int status = set_state(stage->db, row->id, MESSAGE_WITHDRAWN);
    return status == ST_OK && row->kind == MESSAGE_KIND_COURSE_INVITED
               ? course_forget_invited(stage->db, row->course_id, row->person_id)
               : status;
}

/* Whether the person has not left since it was queued. */
static int is_there(struct db *db, int64_t person_id, bool *ret)
{
    struct query *query =
        db_query(db, "SELECT 1 FROM person WHERE id = ?1 AND retired = 0");
    query_int(query, 1, person_id);
    const int status = query_step(query);
    query_reset(query);
    *ret = status == 1;
    return status < 0 ? status : ST_OK;
}

int notice_take(struct stage *stage, int64_t id, int64_t now_ms, struct outbox_item *ret,
                bool *ret_wanted)
{
    struct row row;
    enum course_person_state has = COURSE_WITHDRAWN;
    AUTO_FREE struct course *course = mem_alloc(sizeof *course);
    int status = course == NULL ? ST_NO_MEMORY : read_row(stage->db, id, &row);
    if (status == ST_OK)
        status = course_read(stage->db, row.course_id, course);
    if (status == ST_OK)
        status = course_person_state(stage->db, row.course_id, row.person_id, &has);
    if (status != ST_OK && status != ST_NOT_FOUND)
        return status;
    status = is_there(stage->db, row.person_id, ret_wanted);
    if (status != ST_OK)
        return status;
    *ret_wanted = *ret_wanted && is_wanted(course, &row, has, now_ms);
    if (!*ret_wanted)
        return give_up(stage, &row);
    status = set_sending(stage->db, id, now_ms);
    if (status == ST_OK)
        status = fill_item(stage, &row, course, ret);
    if (status == ST_OK) {
        ret->course = course; /* its own now */
        course = NULL;
    }
    return status;
}

static int queue_again(struct db *db, int64_t id, int64_t due_ms)
{
    struct query *query =
        db_query(db, "UPDATE notice SET state = 'queued', due_ms = ?2 WHERE id = ?1");
    query_int(query, 1, id);
    query_int(query, 2, due_ms);
    return query_run(query);
}

/* What came of it is noted, with the person as the subject. */
static int note(struct stage *stage, const char *kind, const struct row *row,
                int64_t now_ms)
{
    char course[24];
    (void)snprintf(course, sizeof course, "%lld", (long long)row->course_id);
    return stage_note(stage, kind, 0, row->person_id, course, 0, now_ms);
}

static int fail(struct stage *stage, const struct row *row, int64_t now_ms)
{
    AUTO_FREE struct course *course = mem_alloc(sizeof *course);
    int status =
        course == NULL ? ST_NO_MEMORY : course_read(stage->db, row->course_id, course);
    if (status == ST_OK)
        status = set_state(stage->db, row->id, MESSAGE_FAILED);
    if (status == ST_OK)
        status = tell(stage, course, row->person_id, row->kind, &row->channel, now_ms);
    return status == ST_OK ? note(stage, "course.not_told", row, now_ms) : status;
}

int notice_result(struct stage *stage, const struct outbox_result *result, int64_t now_ms)
{
    static const enum message_state states[] = {[OUTBOX_HANDED_OVER] =
                                                    MESSAGE_HANDED_OVER,
                                                [OUTBOX_DELIVERED] = MESSAGE_DELIVERED,
                                                [OUTBOX_UNKNOWN] = MESSAGE_UNKNOWN};
    struct row row;
    const int status = read_row(stage->db, result->message_id, &row);
    if (status != ST_OK)
        return status;
    if (row.state != MESSAGE_SENDING && row.state != MESSAGE_HANDED_OVER)
        return ST_CONFLICT; /* receipts come late and twice */
    if (result->outcome == OUTBOX_RETRY)
        return row.state == MESSAGE_SENDING
                   ? queue_again(stage->db, row.id, result->retry_ms)
                   : ST_CONFLICT;
    if (outbox_is_final(result->outcome))
        return fail(stage, &row, now_ms);
    const bool is_told =
        row.state == MESSAGE_SENDING && result->outcome != OUTBOX_UNKNOWN;
    const int set = set_state(stage->db, row.id, states[result->outcome]);
    return set == ST_OK && is_told ? note(stage, "course.told", &row, now_ms) : set;
}

int notice_resend_unknown(struct db *db, int64_t now_ms)
{
    struct query *query = db_query(db, "UPDATE notice SET state = 'queued', due_ms = ?1,"
                                       " perhaps_twice = 1 WHERE state = 'sending'");
    query_int(query, 1, now_ms);
    return query_run(query);
}

/* ---- reading ------------------------------------------------------------------------
 */

int notice_of(struct db *db, int64_t course_id, int64_t person_id, struct notice *ret)
{
    struct query *query = db_query(
        db, "SELECT kind, state, channel, CASE WHEN sent_ms > 0 THEN sent_ms ELSE due_ms"
            " END FROM notice WHERE course_id = ?1 AND person_id = ?2"
            " AND state <> 'withdrawn'"
            " AND NOT (kind = 'course_reminder' AND state = 'queued')"
            " ORDER BY id DESC LIMIT 1");
    query_int(query, 1, course_id);
    query_int(query, 2, person_id);
    const int status = query_step(query);
    if (status != 1)
        return status == 0 ? ST_NOT_FOUND : status;
    *ret = (struct notice){.at_ms = query_get_int(query, 3)};
    (void)snprintf(ret->channel, sizeof ret->channel, "%s", query_get_text(query, 2));
    const bool known = message_kind_parse(query_get_text(query, 0), &ret->kind) &&
                       message_state_parse(query_get_text(query, 1), &ret->state);
    query_reset(query);
    return known ? ST_OK : ST_CORRUPT;
}
