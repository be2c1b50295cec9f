/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of api/ share: the instance behind every call. Loop thread only, but for
 * what says otherwise. */
#ifndef MUSTER_API_INTERNAL_H
#define MUSTER_API_INTERNAL_H

#include "api/api.h"
#include "api/call.h"
#include "api/limits.h"
#include "api/out.h"
#include "api/refused.h"
#include "api/routes.h"
#include "api/unstored.h"
#include "base/mem.h"
#include "base/status.h"
#include "crowd/skill.h"
#include "store/area.h"
#include "store/db.h"
#include "store/link.h"
#include "store/read_board.h"
#include "store/read_incident.h"

#include <sodium.h>
#include <stdatomic.h>

#define API_CLIENTS_MAX 16000    /* open event streams */
#define API_PASSWORDS_WAITING 64 /* of each queue, for a hashing thread */
#define API_PASSWORDS_AT_ONCE 2
/* With one of each of the other lines they leave threads of the pool (main.c) to those
 * whom nobody may hold up: a yes, a sign-in. */
#define API_PLANS_AT_ONCE 2
#define API_MAPS_AT_ONCE 2
#define API_FILE_MAX (4 * 1024 * 1024) /* bytes of a ROUTE_CSV's body */
#define API_SALTS 128       /* drawn at once: each draw is a call of the kernel */
#define API_OPENED_MAX 8192 /* links remembered as opened by a browser */
/* Of lists whose rows are chosen after they are read. PostgreSQL gives all that it is
 * asked for, so they are read in parts; what is looked at for one page is bounded. */
#define API_ROWS_AT_ONCE 1000
#define API_ROWS_MAX 100000

struct hub;       /* stream.c */
struct recent;    /* recent.c */
struct readiness; /* readiness.c */
struct drills;    /* drills.c */
struct in_line;   /* schemas.h */
struct asset;     /* assets.h */

/* What the map is drawn from: all roads; the main ones; the others; water and names. */
enum map_part { MAP_ROADS, MAP_MAIN, MAP_MINOR, MAP_BACKDROP, MAP_PART_COUNT };

struct api {
    struct api_config config;
    struct config settings;
    char *dir, *backdrop_path, *db_path, *road_path;
    struct db *db;                        /* read-only */
    _Atomic(struct http_server *) server; /* set once; read by the writer's thread */
    struct area_tree areas;
    uint64_t areas_version; /* begins with the time, so that a restart has another one */
    struct skill_table skills;
    atomic_bool areas_stale; /* set from any thread */
    atomic_bool stopping;    /* set from any thread */
    atomic_bool importing;   /* a file of people is on its way: imports.c */
    struct link_key link_key;
    struct limits limits;
    uint8_t device_secret[32]; /* of the cookie that says "signed in here before" */
    crypto_auth_hmacsha256_state device_mac; /* begun with it; what is said in it begins
                                                with what it is for */
    uint32_t salts[API_SALTS], salt_count;   /* random, not used yet */
    uint32_t passwords_running;
    struct password_queue {
        struct job *first, *last;
        uint32_t waiting;
    } known, strangers; /* session.c; the known go first */
    struct unstored unstored;
    struct hub *hub;
    struct recent *recent; /* NULL until it is used */
    struct readiness *readiness;
    struct drills *drills;
    struct job_line coverages, circles, warnings; /* one of each at a time */
    struct job_line reports;                      /* and other sums over everybody */
    struct job_line plans, maps;
    struct turns reads; /* call_in_turn */
    bool is_reading;    /* the next one of them is posted */
    struct map_cache {
        char *data; /* gzip */
        size_t size;
        char etag[24]; /* of the backdrop */
        bool is_ready;
    } map[MAP_PART_COUNT];
    char *openapi;
    size_t openapi_size;
    const struct asset *assets;
    unsigned asset_count;
    struct packed {
        char *data; /* gzip */
        size_t size;
        bool is_tried;
    } * packed;                  /* one for each asset */
    uint64_t requests, problems; /* for /metrics */
    struct refused refused;      /* likewise, and for the log */
    uint64_t serial;             /* of problems, for their `instance` */
    /* Alerts whose page a browser has been given, by id modulo size: the demo's simulated
     * people leave them alone. Forgotten with the process. */
    int64_t opened[API_OPENED_MAX];
};

/* 0 if the viewer holds a role of MASK (MAY_*) over AREA; ST_NOT_FOUND if no role of
 * theirs reaches the area at all, ST_DENIED if one does, but not such a one. For an
 * exercise a trainer counts as a dispatcher. */
int api_may(const struct call *call, unsigned mask, int64_t area_id, bool exercise);
/* Whether the viewer may see the history of a person of AREA_ID (0 and an area that is
 * gone count as the root): dispatchers of the person's area. */
bool api_sees_history(const struct call *call, int64_t area_id);
/* As api_may, and answers 404 or 403 itself: true = go on. For what lies in an area: the
 * 404 says no more than if it did not exist. */
bool api_require(struct call *call, unsigned mask, int64_t area_id, bool exercise);
/* The same for an area, or a place in it, that the request itself names: areas are no
 * secret, and the 404 says that it is not the account's. */
bool api_require_there(struct call *call, unsigned mask, int64_t area_id, bool exercise);
/* The area of CODE (NULL: the root), which the body names at POINTER, if a role of MASK
 * reaches it; NULL after a 422 that tells whether there is none or it is not the
 * account's. */
const struct area *api_area_named(struct call *call, const char *pointer,
                                  const char *code, unsigned mask, bool exercise);
/* As api_require_there, for what lies at AT or shall. */
bool api_require_at(struct call *call, unsigned mask, struct point at, bool exercise);
/* Nobody answers for them any more. */
bool api_is_erased(struct call *call, int64_t person_id);
/* Whether the viewer holds one of MASK anywhere. */
bool api_has_role(const struct call *call, unsigned mask);
/* For limits: milliseconds that no step of the wall clock moves. */
int64_t api_mono_ms(const struct api *api);
bool api_account_has_role(const struct account *account, unsigned mask);
/* Whether the caller is on this machine: a client of another node is not, whatever its
 * address there. */
bool api_is_local(const struct call *call);
/* Parts of a request's way: false after the answer. */
bool api_check_rate(struct call *call);
bool api_check_query(struct call *call);
/* False: the disk is full or broken, so what would change something is refused. */
bool api_stores(const struct api *api);
/* Reads areas and skills again if somebody said so. */
void api_refresh(struct api *api);
/* The incident that the row KEY, call->id belongs to, if the viewer may do MASK there;
 * else false after a 404 or 403. */
bool api_open(struct call *call, enum stage_key key, unsigned mask,
              struct read_incident *ret);
/* An incident as GET incidents/{id} tells it to the viewer, without the closing bracket.
 */
int api_write_incident(struct call *call, struct text *text,
                       const struct read_incident *incident) MUSTER_MUST_USE;
/* The board of one of its call-outs, as GET callouts/{id}. */
int api_write_board(struct call *call, struct text *text,
                    const struct read_incident *incident,
                    int64_t callout_id) MUSTER_MUST_USE;
/* The row of QUERY as an item of GET incidents/{id}/events: its first API_EVENT_COLUMNS
 * are position, sequence, at_ms, kind, body, hash of an event of INCIDENT. */
#define API_EVENT_COLUMNS 6
/* Behind a WHERE: not what is only between the machines. */
#define API_EVENTS_SPOKEN                                                                \
    " AND kind NOT LIKE 'message.%' AND kind NOT IN"                                     \
    " ('alert.sent', 'alert.fetched', 'alert.next_channel', 'assignment.assigned')"
void api_write_event(struct call *call, struct text *text,
                     const struct read_incident *incident, struct query *query);
/* POST callouts/{id}/steps with next_wave, by who may. */
void callouts_next_wave(struct call *call);
/* One input of the loop on the row KEY, ID; answers {id, state} of the row MADE that it
 * made or met. TEXT: of a report; may be NULL. */
void api_step(struct call *call, enum stage_key key, int64_t id, enum stage_key made,
              const struct loop_input *input, const char *text);
/* Whether its person is out on it (lost ones too): not over in any way. */
bool api_is_active(const struct read_assignment *assignment);
/* Nobody takes the seats of others: adds /count to PROBLEM if an acceptance of ALERT
 * brings more than was asked for and more than a team has that the person leads. */
void api_check_count(struct call *call, const struct read_alert *alert, int64_t count,
                     struct problem *problem);
/* 422 with one pointer. */
void api_wrong(struct call *call, const char *pointer, const char *detail);
/* Whether AT lies in the map's box or near it; true if there is no map. */
bool api_is_on_map(const struct api *api, struct point at);
/* The id itself; the root's for 0 and for an area that is gone. */
int64_t api_area_or_root(const struct api *api, int64_t area_id);
const char *api_area_name(const struct api *api, int64_t area_id);
const char *api_area_code(const struct api *api, int64_t area_id);
/* "area":{"code","name"} */
void api_write_area(struct call *call, struct text *text, int64_t area_id);
/* False after a 403. A file may name anybody anywhere, and what it says of areas, skills
 * and doubles is the whole instance's business: a role over a part is not enough. */
bool imports_may(struct call *call);
/* The name of an account; nothing if there is none. */
void api_write_account(struct call *call, struct text *text, const char *key, int64_t id);

/* Skill codes to bits; false after a 422 that lists the known. POINTER: of the list. */
bool api_read_skills(struct call *call, const struct body_list *list, const char *pointer,
                     struct skill_set *ret);
/* The same of line INDEX of a need. */
bool api_read_line_skills(struct call *call, const struct in_line *line, uint32_t index,
                          struct skill_set *ret);
/* Codes with ';' between as a list of texts. */
void api_write_skills(struct text *text, const char *key, const char *codes);

/* "roles":[{"role","area"}] */
void api_write_roles(struct call *call, struct text *text, const struct account *account);

/* The parts, made and freed by api.c. */
int hub_new(struct hub **ret, struct api *api) MUSTER_MUST_USE;
void hub_free(struct hub *hub);
void hub_note(struct hub *hub, int64_t position, int64_t incident_id, const char *kind,
              const char *body); /* any thread */
/* Reads what is new from the event table and spreads it: where nobody notes anything, or
 * something was lost. */
int hub_follow(struct hub *hub) MUSTER_MUST_USE;
/* Looks at some streams, in turn, and closes those whose session has ended elsewhere. */
void hub_check_sessions(struct hub *hub);
uint32_t hub_client_count(const struct hub *hub);
/* Closes the streams that were opened with this session or token. */
void hub_end_session(struct hub *hub, const uint8_t token_hash[32]);
/* The headers of every page: content policy, no referrer, no frames. */
void static_headers(struct call *call);
void static_serve(struct call *call, const char *path);
/* Whether the viewer may take on or decline who wants to join; false after a 404 or 403.
 */
bool applicants_may_decide(struct call *call, int64_t id);
int openapi_make(struct text *ret) MUSTER_MUST_USE;
/* Signs the call in by cookie or bearer token; false after a 401 or 403. MASK 0: nobody
 * needs to be signed in. */
bool session_check(struct call *call);
/* Whether somebody with a role of MASK sends REQUEST, of which only the head is read. */
bool session_may(struct api *api, const struct http_request *request, unsigned mask);

#endif
