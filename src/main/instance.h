/* SPDX-License-Identifier: Apache-2.0 */
/* A folder brought to life: configuration, keys, roads, people in memory, the writer.
 * Made once per process, under the folder's lock. Every command that works on an instance
 * gets one, whether it runs alone or inside the server. */
#ifndef MUSTER_MAIN_INSTANCE_H
#define MUSTER_MAIN_INSTANCE_H

#include "base/clock.h"
#include "base/config.h"
#include "base/random.h"
#include "crowd/crowd.h"
#include "road/road.h"
#include "store/area.h"
#include "store/instance.h"
#include "store/writer.h"

struct closures;
struct db;
struct isolated;
struct lease;
struct planner_config;
struct sites;
struct vault;

/* Told after commits, on the writer's thread. Any may be NULL. */
struct instance_hooks {
    void (*on_event)(void *context, int64_t position, int64_t incident_id,
                     const char *kind, const char *body);
    void (*on_outbox)(void *context);
    void (*on_replan)(void *context);
    /* Roads were closed or opened: on any thread. */
    void (*on_closures)(void *context);
    /* Something long begins as the instance is opened: what, in a few words. */
    void (*on_stage)(void *context, const char *what);
    void *context;
    const char *store; /* PostgreSQL's address instead of the configured store; or NULL */
    struct lease *lease; /* taken already; the instance's from now on. Or NULL */
    /* Opened already by instance_open_road; the instance's from now on. Or NULL. */
    struct road *road;
    struct road_hierarchy *hierarchy;
    bool read_only;   /* the writer takes no commands, and nothing is written */
    bool rows_alone;  /* no roads, no people: `road`, `crowd`, `closures` stay NULL */
    bool is_restored; /* from a backup, and marked as unfinished still */
};

struct instance {
    struct instance_paths paths;
    struct config config;
    struct clock *clock;
    struct random *random;
    struct instance_hooks hooks;
    int lock_fd;
    struct lease *lease; /* PostgreSQL, unless read_only: this node alone writes */
    struct vault *vault;
    struct db *db;              /* read-only, for the thread of the command */
    struct skill_table *skills; /* as of start */
    struct calendar calendar;
    struct road *road;                /* NULL: none imported yet */
    struct road_hierarchy *hierarchy; /* of `road`, with what is closed; NULL: no road */
    struct crowd *crowd;              /* NULL: rows_alone */
    const char *people_from;          /* what the crowd was filled from: image, rows */
    int64_t people_ms;                /* and how long that took */
    struct closures *closures;
    struct writer *writer; /* its thread runs */
};

/* ST_NOT_FOUND: DIR holds no instance. ST_BUSY: another process has it. */
int instance_open(struct instance **ret, const char *dir,
                  const struct instance_hooks *hooks, struct diag *reterr)
    __attribute__((warn_unused_result));
/* DIR's roads, which take a while to check and weigh; both NULL if there are none. Reads
 * files only. */
int instance_open_road(const struct instance_paths *paths, struct road **ret_road,
                       struct road_hierarchy **ret_hierarchy, struct diag *reterr)
    __attribute__((warn_unused_result));
/* ST_NOT_FOUND, with what to do, if no roads are imported yet. */
int instance_need_road(const struct instance *instance, struct diag *reterr)
    __attribute__((warn_unused_result));
/* What a planner of these people needs; the caller adds `writer` and `keeps`. */
void instance_planner_config(const struct instance *instance, struct planner_config *ret);
/* isolated_find with the roads as they are; MUSTERS is loaded and belongs to the caller
 * also after a failure. */
int instance_find_isolated(const struct instance *instance, struct point at,
                           unsigned modes, struct sites *musters, struct isolated *ret)
    __attribute__((warn_unused_result));
/* For lease_keep: says WHY and ends the process, for another node may write now. */
void instance_lease_lost(void *context, const char *why);
/* Makes a new DIR/crowd.image if it is worth it (store/image.h): 1. 0: it is not; or a
 * status, which stands in the log already. Any thread with a connection DB of its own,
 * while the writer runs. */
int instance_save_image(struct instance *instance, struct db *db);
/* An image if it is worth it, unless the writer was stopped before; commits what is
 * queued, signs the heads. */
void instance_close(struct instance *instance);

#endif
