/* SPDX-License-Identifier: Apache-2.0 */
#include "main/instance.h"

#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/status.h"
#include "base/text.h"
#include "base/time.h"
#include "dispatch/closures.h"
#include "dispatch/isolated.h"
#include "dispatch/planner.h"
#include "main/settings.h"
#include "road/hierarchy.h"
#include "store/db.h"
#include "store/image.h"
#include "store/lease.h"
#include "store/people.h"
#include "store/places.h"
#include "store/schema.h"
#include "store/vault.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void on_event(void *context, int64_t position, int64_t incident_id,
                     const char *kind, const char *body)
{
    const struct instance_hooks *hooks = &((struct instance *)context)->hooks;
    if (hooks->on_event != NULL)
        hooks->on_event(hooks->context, position, incident_id, kind, body);
}

static void on_outbox(void *context)
{
    const struct instance_hooks *hooks = &((struct instance *)context)->hooks;
    if (hooks->on_outbox != NULL)
        hooks->on_outbox(hooks->context);
}

static void on_replan(void *context)
{
    const struct instance_hooks *hooks = &((struct instance *)context)->hooks;
    if (hooks->on_replan != NULL)
        hooks->on_replan(hooks->context);
}

static void on_closures(void *context)
{
    const struct instance_hooks *hooks = &((struct instance *)context)->hooks;
    if (hooks->on_closures != NULL)
        hooks->on_closures(hooks->context);
}

static void tell_stage(const struct instance *instance, const char *what)
{
    if (instance->hooks.on_stage != NULL)
        instance->hooks.on_stage(instance->hooks.context, what);
}

#define CALENDAR_SIZE_MAX (1024 * 1024)

/* A failed fsync: what is on the disk is not known, so nothing may be acknowledged any
 * more. The restart reads the truth (docs/formats/database.md). */
static void on_fatal(void *context, const char *what)
{
    (void)context;
    struct text quoted;
    text_init(&quoted, 1000);
    text_append_json(&quoted, what);
    log_line(LOG_ERROR, "fatal: the disk failed, stopping", "\"why\":%s",
             text_string(&quoted));
    _exit(1);
}

static void on_storing(void *context, int status)
{
    const struct instance *instance = context;
    int64_t size;
    int32_t percent;
    if (status == ST_OK) {
        log_line(LOG_INFO, "what changes something is stored again", NULL);
        return;
    }
    if (!file_free_space(instance->paths.dir, &size, &percent))
        size = 0;
    log_line(LOG_ERROR,
             "nothing can be stored, what changes something is refused: see whether the "
             "disk is full, broken or mounted read-only",
             "\"why\":\"%s\",\"free_mb\":%lld", status_text(status),
             (long long)(size / (1024 * 1024)));
}

static void loop_settings(const struct config *config, struct loop_config *ret)
{
    loop_config_default(ret);
    ret->no_answer_ms = config->no_answer_s * 1000;
    ret->unread_ms = config->unread_s * 1000;
    ret->voice_ms = config->voice_s * 1000;
    ret->escalate_ms = config->escalate_s * 1000;
    ret->overdue_extra_ms = config->overdue_extra_s * 1000;
    ret->lost_after_call_ms = config->lost_after_call_s * 1000;
    ret->desk_next_ms = config->desk_next_s * 1000;
}

int instance_open_road(const struct instance_paths *paths, struct road **ret_road,
                       struct road_hierarchy **ret_hierarchy, struct diag *reterr)
{
    struct road *road = NULL;
    *ret_road = NULL;
    *ret_hierarchy = NULL;
    if (access(paths->road, F_OK) != 0)
        return ST_OK;
    int status = road_open(&road, paths->road, reterr);
    if (status != ST_OK)
        return status;
    status = road_hierarchy_new(ret_hierarchy, road);
    if (status != ST_OK) {
        road_free(road);
        return diag_set(reterr, status, 0, 0, paths->road, "the weights of the roads: %s",
                        status_text(status));
    }
    *ret_road = road;
    return ST_OK;
}

int instance_need_road(const struct instance *instance, struct diag *reterr)
{
    if (instance->road != NULL)
        return ST_OK;
    return diag_set(reterr, ST_NOT_FOUND, 0, 0, "roads",
                    "none imported yet; `muster import roads FILE --dir %s`",
                    instance->paths.dir);
}

static int open_road(struct instance *instance, struct diag *reterr)
{
    if (instance->road != NULL)
        return ST_OK;
    return instance_open_road(&instance->paths, &instance->road, &instance->hierarchy,
                              reterr);
}

/* DIR/calendar.csv: public holidays and exchanged working days; there need be none. */
static int open_calendar(struct instance *instance, struct diag *reterr)
{
    char path[INSTANCE_PATH_SIZE + 16];
    (void)snprintf(path, sizeof path, "%s/calendar.csv", instance->paths.dir);
    AUTO_FREE char *data = NULL;
    size_t size;
    if (access(path, F_OK) != 0)
        return ST_OK;
    int status = file_read(path, CALENDAR_SIZE_MAX, &data, &size, reterr);
    if (status == ST_OK)
        status = calendar_parse(data, size, &instance->calendar, reterr);
    return diag_in_file(reterr, status, path);
}

static int make_crowd(struct instance *instance)
{
    const struct crowd_config config = {.road = instance->road,
                                        .hierarchy = instance->hierarchy,
                                        .skills = instance->skills,
                                        .calendar = &instance->calendar,
                                        .weekly_cap =
                                            (uint32_t)instance->config.weekly_cap,
                                        .people_max = PEOPLE_MAX};
    return crowd_new(&instance->crowd, &config);
}

static struct image_config image_config(const struct instance *instance)
{
    return (struct image_config){.path = instance->paths.image,
                                 .vault = instance->vault,
                                 .skills = instance->skills,
                                 .crowd = instance->crowd};
}

/* An image that cannot be used costs a line in the log and the time of reading rows. */
static bool load_image(struct instance *instance)
{
    struct diag diag = {0};
    struct text why;
    const struct image_config config = image_config(instance);
    int status = image_load(&config, instance->db, &diag);
    if (status == ST_OK || status == ST_NOT_FOUND)
        return status == ST_OK;
    if (!instance->hooks.read_only && status != ST_NO_MEMORY)
        (void)unlink(config.path); /* so that another one is made */
    text_init(&why, 1000);
    text_append_json(&why, diag.text);
    log_line(LOG_WARNING, "crowd.image is not used: the people are read from their rows",
             "\"why\":%s", text_string(&why));
    text_release(&why);
    return false;
}

static int fill_crowd(struct instance *instance)
{
    int64_t begun_us = clock_mono_us(instance->clock);
    instance->people_from = load_image(instance) ? "image" : "rows";
    int status = ST_OK;
    if (strcmp(instance->people_from, "rows") == 0) {
        crowd_free(instance->crowd);
        instance->crowd = NULL;
        status = make_crowd(instance);
        if (status == ST_OK)
            status = people_load(instance->db, instance->paths.db, instance->vault,
                                 instance->skills, instance->crowd);
    }
    if (status == ST_OK)
        status = people_load_alerts(instance->db, instance->crowd,
                                    clock_wall_ms(instance->clock));
    instance->people_ms = (clock_mono_us(instance->clock) - begun_us) / 1000;
    return status;
}

static int open_crowd(struct instance *instance, struct diag *reterr)
{
    int status = make_crowd(instance);
    if (status == ST_OK)
        status = fill_crowd(instance);
    if (status != ST_OK)
        return diag_set(reterr, status, 0, 0, db_place(instance->paths.db),
                        "the people could not be loaded: %s", status_text(status));
    return ST_OK;
}

int instance_save_image(struct instance *instance, struct db *db)
{
    const struct image_config config = image_config(instance);
    if (instance->hooks.read_only || instance->crowd == NULL ||
        !image_is_due(&config, db))
        return 0;
    struct diag diag = {0};
    int status = image_save(&config, instance->writer, &diag);
    if (status == ST_OK)
        return 1;
    struct text why;
    text_init(&why, 1000);
    text_append_json(&why, diag.text);
    log_line(LOG_WARNING, "crowd.image could not be made", "\"why\":%s",
             text_string(&why));
    text_release(&why);
    return status;
}

static int open_closures(struct instance *instance, struct diag *reterr)
{
    const struct closures_config config = {.road = instance->road,
                                           .crowd = instance->crowd,
                                           .hierarchy = instance->hierarchy,
                                           .db_path = instance->paths.db,
                                           .clock = instance->clock,
                                           .on_change = on_closures,
                                           .context = instance};
    int status = closures_new(&instance->closures, &config, reterr);
    return status == ST_OK ? ST_OK
                           : diag_set(reterr, status, 0, 0, db_place(instance->paths.db),
                                      "the closed roads could not be loaded: %s",
                                      status_text(status));
}

/* With the roads they live by. */
static int open_people(struct instance *instance, struct diag *reterr)
{
    tell_stage(instance, "reads the roads");
    int status = open_road(instance, reterr);
    if (status == ST_OK) {
        tell_stage(instance, "reads the people");
        status = open_crowd(instance, reterr);
    }
    return status == ST_OK ? open_closures(instance, reterr) : status;
}

static int open_writer(struct instance *instance, struct diag *reterr)
{
    struct writer_config config = {
        .db_path = instance->paths.db,
        .vault = instance->vault,
        .clock = instance->clock,
        .random = instance->random,
        .crowd = instance->crowd,
        .on_event = on_event,
        .on_outbox = on_outbox,
        .on_replan = on_replan,
        .on_fatal = on_fatal,
        .on_storing = on_storing,
        .context = instance,
        .read_only = instance->hooks.read_only,
        .epoch = instance->lease == NULL ? 0 : lease_epoch(instance->lease),
        .signing_key_path = instance->paths.signing_key};
    loop_settings(&instance->config, &config.loop);
    int status = settings_ladder(&instance->config, &config.loop, reterr);
    if (status == ST_OK)
        status = writer_new(&instance->writer, &config, reterr);
    return status == ST_OK && !config.read_only ? writer_start(instance->writer) : status;
}

static int expect_writable(const struct instance_paths *paths, struct diag *reterr)
{
    const char *const written[] = {paths->dir, paths->db};
    for (size_t i = 0; i < COUNT_OF(written); i++)
        if (access(written[i], W_OK) != 0)
            return diag_set(reterr, ST_DENIED, 0, 0, written[i],
                            "may not be written: %s; %s", strerrordesc_np(errno),
                            errno == EROFS
                                ? "commands that only read and `muster backup` to "
                                  "another disk still work"
                                : "run muster as the user whom the folder belongs to");
    return ST_OK;
}

/* Whoever sees to the machine is told of the copy: it holds personal data. */
static void tell_of_upgrade(const struct db *db)
{
    const int from = db != NULL ? db_brought_up_from(db) : 0;
    if (from > 0)
        log_line(LOG_INFO,
                 "the database was brought up to date; a copy of before is kept",
                 "\"from\":%d,\"to\":%d,\"copy\":\"muster.db.schema-%d\"", from,
                 SCHEMA_VERSION, from);
}

/* Opens the database for writing once, so that an older schema is brought up to date
 * before anybody reads it; not for who only reads: that is told what to do. Who holds
 * the lease has done it when it opened that. */
static int open_stores(struct instance *instance, struct diag *reterr)
{
    const struct vault_config config = {.keys_path = instance->paths.keys,
                                        .master_path = instance->paths.master_key,
                                        .random = instance->random};
    int status = vault_open(&instance->vault, &config, reterr);
    if (status == ST_OK && instance->lease != NULL)
        vault_fence(instance->vault, lease_epoch(instance->lease));
    struct db *migrate = NULL;
    const bool is_done = instance->hooks.read_only || instance->hooks.lease != NULL;
    if (status == ST_OK && !is_done && !db_is_postgres(instance->paths.db))
        status = expect_writable(&instance->paths, reterr);
    if (status == ST_OK && !is_done)
        status = db_open(&migrate, instance->paths.db, DB_WRITE, reterr);
    tell_of_upgrade(migrate);
    db_close(migrate);
    if (status == ST_OK)
        status = db_open(&instance->db, instance->paths.db, DB_READ, reterr);
    if (status == ST_OK && skills_load(instance->db, instance->skills) != ST_OK)
        status = diag_set(reterr, ST_CORRUPT, 0, 0, db_place(instance->paths.db),
                          "the skills table cannot be read");
    return status;
}

#define CLOCKS_APART_MS 2000 /* told from there on */

void instance_lease_lost(void *context, const char *why)
{
    (void)context;
    struct text quoted;
    text_init(&quoted, 1000);
    text_append_json(&quoted, why);
    log_line(LOG_ERROR, "fatal: the lease is lost, stopping", "\"why\":%s",
             text_string(&quoted));
    _exit(1);
}

/* On PostgreSQL whoever writes holds the lease, and lives by the server's clock. */
static int hold_lease(struct instance *instance, struct diag *reterr)
{
    instance->lease = instance->hooks.lease;
    if (instance->hooks.read_only || !db_is_postgres(instance->paths.db))
        return ST_OK;
    int status = ST_OK;
    bool is_taken = instance->lease != NULL;
    char holder[LEASE_ADDRESS_MAX] = "";
    if (!is_taken)
        status = lease_open(&instance->lease, instance->paths.db, "", reterr);
    if (status == ST_OK && !is_taken)
        status = lease_take(instance->lease, &is_taken, holder, reterr);
    if (status == ST_OK && !is_taken)
        return diag_set(reterr, ST_DENIED, 0, 0, "PostgreSQL",
                        "another node works on it%s%s; give the command there",
                        holder[0] == '\0' ? "" : ": ", holder);
    if (status == ST_OK && instance->hooks.lease == NULL)
        status = lease_keep(instance->lease, instance_lease_lost, instance);
    if (status != ST_OK)
        return status;
    instance->clock = lease_clock(instance->lease);
    int64_t offset_ms = lease_offset_ms(instance->lease);
    if (offset_ms > CLOCKS_APART_MS || offset_ms < -CLOCKS_APART_MS)
        log_line(LOG_WARNING,
                 "this machine's clock is not the database's, which rules: set it",
                 "\"offset_ms\":%lld", (long long)offset_ms);
    return ST_OK;
}

static int open_database(struct instance *instance, struct diag *reterr)
{
    int status = hold_lease(instance, reterr);
    return status == ST_OK ? open_stores(instance, reterr) : status;
}

int instance_open(struct instance **ret, const char *dir,
                  const struct instance_hooks *hooks, struct diag *reterr)
{
    struct instance *instance = mem_calloc(1, sizeof *instance);
    struct skill_table *skills = mem_calloc(1, sizeof *skills);
    if (instance == NULL || skills == NULL) {
        mem_free(instance);
        mem_free(skills);
        return diag_set(reterr, ST_NO_MEMORY, 0, 0, "", "no memory");
    }
    instance->skills = skills;
    instance->lock_fd = -1;
    instance->clock = clock_system();
    instance->random = random_system();
    if (hooks != NULL)
        instance->hooks = *hooks;
    instance->road = instance->hooks.road;
    instance->hierarchy = instance->hooks.hierarchy;
    config_default(&instance->config);
    int status = instance_paths(&instance->paths, dir, reterr);
    if (status == ST_OK && instance->hooks.store != NULL)
        instance_use_store(&instance->paths, instance->hooks.store);
    if (status == ST_OK && !instance->hooks.is_restored)
        status = instance_expect(&instance->paths, reterr);
    if (status == ST_OK)
        status = instance_lock(&instance->paths, &instance->lock_fd, reterr);
    if (status == ST_OK)
        status = settings_read(&instance->config, instance->paths.config, reterr);
    if (status == ST_OK) {
        time_set_zone(instance->config.zone); /* no thread runs yet */
        status = open_database(instance, reterr);
    }
    if (status == ST_OK)
        status = open_calendar(instance, reterr);
    if (status == ST_OK && !instance->hooks.rows_alone)
        status = open_people(instance, reterr);
    if (status == ST_OK)
        status = open_writer(instance, reterr);
    if (status != ST_OK) {
        instance_close(instance);
        return status;
    }
    *ret = instance;
    return ST_OK;
}

void instance_planner_config(const struct instance *instance, struct planner_config *ret)
{
    const struct config *config = &instance->config;
    *ret = (struct planner_config){.crowd = instance->crowd,
                                   .road = instance->road,
                                   .clock = instance->clock,
                                   .accept = (double)config->accept_permille / 1000,
                                   .show = (double)config->show_permille / 1000,
                                   .correlation =
                                       (double)config->correlation_permille / 1000,
                                   .policy = config->plan_policy,
                                   .price = (double)config->plan_price,
                                   .db_path = instance->paths.db,
                                   .kept = instance->paths.learned,
                                   .channels = config->channels};
}

int instance_find_isolated(const struct instance *instance, struct point at,
                           unsigned modes, struct sites *musters, struct isolated *ret)
{
    int status = sites_load(musters, instance->db, "muster");
    if (status != ST_OK)
        return status;
    const struct closures_state *state = closures_take(instance->closures);
    status = isolated_find(instance->road, closures_set(state), at, modes, musters, ret);
    closures_give(instance->closures, state);
    return status;
}

void instance_close(struct instance *instance)
{
    if (instance == NULL)
        return;
    if (instance->writer != NULL) {
        if (writer_has_thread(instance->writer))
            (void)instance_save_image(instance, instance->db);
        writer_stop(instance->writer);
        writer_free(instance->writer);
    }
    closures_free(instance->closures);
    crowd_free(instance->crowd);
    road_hierarchy_free(instance->hierarchy);
    road_free(instance->road);
    db_close(instance->db);
    vault_close(instance->vault);
    lease_free(instance->lease);
    if (instance->lock_fd >= 0)
        instance_unlock(instance->lock_fd);
    calendar_release(&instance->calendar);
    mem_free(instance->skills);
    mem_free(instance);
}
