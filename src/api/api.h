/* SPDX-License-Identifier: Apache-2.0 */
/* The HTTP interface of an instance: everything between a request and the layers below.
 * main/ wires it: api_new, http_server_new with api_handle, api_serve, then run. All
 * functions belong to the thread of the HTTP loop, but for those that say otherwise. */
#ifndef MUSTER_API_API_H
#define MUSTER_API_API_H

#include "base/clock.h"
#include "base/config.h"
#include "base/diag.h"
#include "base/random.h"
#include "channel/channel.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct api;
struct calendar;
struct closures;
struct crowd;
struct http_request;
struct http_server;
struct planner;
struct road;
struct vault;
struct writer;

/* Texts are copied. */
struct api_config {
    const char *dir;     /* DIR: DIR/mailbox is read for the mailbox page */
    const char *db_path; /* a read-only connection is opened */
    struct writer *writer;
    struct vault *vault;
    struct crowd *crowd;
    const struct road *road;         /* NULL: no map, nobody can be reached */
    const char *road_path;           /* its file; NULL: no drill can be played */
    const struct calendar *calendar; /* the same */
    struct planner *planner;         /* NULL: planning answers 503 */
    struct closures *closures;       /* NULL: no road can be closed */
    struct clock *clock;
    struct random *random;
    const struct config *config; /* copied */
    const char *backdrop_path;   /* GeoJSON of the importer; NULL or absent = none */
    const char *version;
    const char *gateway_secret; /* signs what the telephone gateway posts; NULL = none */
    /* How a channel does; false: it is none of the ladder. NULL: no figures. */
    bool (*count_channel)(void *context, enum channel_kind kind,
                          struct channel_counts *ret);
    void *context;
    const char *push_key;  /* for browsers (channel/push.h); NULL = no notifications */
    uint32_t changes_kept; /* for streams that were away; a power of two; 0 = CHANGES_MAX
                            */
    bool demo;
};

int api_new(struct api **ret, const struct api_config *config, struct diag *reterr)
    __attribute__((warn_unused_result));
void api_free(struct api *api);
/* The server that api_handle serves; before http_server_run. */
void api_serve(struct api *api, struct http_server *server);
/* On the loop's thread, every API_TICK_MS: what the log is still to be told, and what is
 * still to be stored. */
#define API_TICK_MS 5000
void api_tick(void *context);
/* Work that has not begun yet is refused from now on, so that a server stops soon: for
 * any thread, after http_server_run, before http_server_free. */
void api_stop(struct api *api);
/* The http_handler; CONTEXT is the struct api. */
void api_handle(void *context, struct http_request *request);
/* http_config.body_max: of whoever is not signed in. A body lies in memory until it is
 * whole, and strangers open many connections. Room for the longest report, as a form. */
#define API_BODY_MAX (64 * 1024)
/* http_config.body_max_of: 1 MiB of who is signed in; a file is larger still, and only
 * who may send one keeps the server's memory busy with it. CONTEXT is the struct api. */
size_t api_body_max(void *context, const struct http_request *request);
/* writer_config.on_event, for any thread; CONTEXT is a struct api. */
void api_note_event(void *context, int64_t position, int64_t incident_id,
                    const char *kind, const char *body);
/* After the areas changed: for any thread. */
void api_note_areas(struct api *api);

/* ---- a node that stands by: live streams only, read from the store that another node
 * writes */
bool api_watch_takes(const char *method, const char *path);
int api_watch_new(struct api **ret, const char *db_path, struct clock *clock,
                  struct diag *reterr) __attribute__((warn_unused_result));
void api_watch_free(struct api *api);
/* The http_handler; CONTEXT is the struct api. */
void api_watch_handle(void *context, struct http_request *request);
/* On the loop's thread, every API_WATCH_MS: what is new goes to who listens. */
#define API_WATCH_MS 50
void api_watch_tick(void *context);

#endif
