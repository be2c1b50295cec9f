/* SPDX-License-Identifier: Apache-2.0 */
/* A console on the live stream. It must be told every change once and in order: positions
 * have no gaps and everything is in its area. When it is cut off, by itself or by a
 * crash, it comes back with Last-Event-ID and goes on where it stopped; a resync tells it
 * to look anew, and is the only way to pass over anything. */
#include "sim/sim_internal.h"

#include "base/status.h"
#include "base/text.h"
#include "http/local.h"
#include "store/db.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEAD_MAX 120 /* of an event: its id and its name */
#define AWAY_S 90
#define TURNS_OFF 150 /* one of so many turns, the connection breaks */

/* The digits behind KEY at the beginning of a line of the event, -1 if there are none. */
static int64_t field(const char *event, const char *key)
{
    const char *at = strncmp(event, key, strlen(key)) == 0 ? event : strstr(event, key);
    return at == NULL ? -1 : strtoll(at + strlen(key), NULL, 10);
}

static void take_change(struct sim *sim, int64_t position)
{
    struct watcher *watcher = &sim->watcher;
    int64_t known = watcher->last > watcher->looked ? watcher->last : watcher->looked;
    if (position <= watcher->last || position > known + 1)
        sim_violate(sim, "the live stream shows every change once",
                    "position %lld after %lld", (long long)position,
                    (long long)watcher->last);
    watcher->last = position;
    sim->result->told++;
}

/* What a planted bug makes of a change. The server itself reads again what it was not
 * told, and passes over what it was told twice. */
static int times_shown(const struct sim *sim, int64_t position)
{
    const enum sim_plant plant = sim->options->plant;
    return position % 40 != 17               ? 1
           : plant == SIM_PLANT_CHANGE_LOST  ? 0
           : plant == SIM_PLANT_CHANGE_TWICE ? 2
                                             : 1;
}

/* One event is one call. After a resync it looks at everything anew and so knows what was
 * committed until now. */
static void told(void *context, const char *bytes, size_t size)
{
    struct sim *sim = context; /* takes no memory */
    struct watcher *watcher = &sim->watcher;
    if (size == 0) {
        watcher->is_on = false;
        return;
    }
    char head[HEAD_MAX + 1] = ""; /* the bytes do not end with a zero */
    memcpy(head, bytes, size < HEAD_MAX ? size : HEAD_MAX);
    int64_t id = field(head, "id: ");
    if (strstr(head, "event: change") != NULL) {
        for (int i = times_shown(sim, id); i > 0; i--)
            take_change(sim, id);
    } else if (strstr(head, "event: resync") != NULL) {
        sim->result->faults.resync++;
        if (id >= 0 && id < watcher->last)
            sim_violate(sim, "told => durable",
                        "change %lld was shown, %lld is the newest",
                        (long long)watcher->last, (long long)id);
        watcher->looked = sim->last_position;
        watcher->last = id >= 0 ? id : watcher->last;
    }
}

static void heard(void *context, const struct http_local_answer *answer)
{
    struct sim *sim = context;
    sim->watcher.is_on = answer->status == 200;
}

/* What a page shows that is opened now: also what a crash let nobody be told of. */
static int64_t newest(struct sim *sim)
{
    struct query *query =
        db_query(writer_db(sim->writer), "SELECT max(position) FROM event");
    int64_t position = query_step(query) == 1 ? query_get_int(query, 0) : 0;
    query_reset(query);
    return position > sim->last_position ? position : sim->last_position;
}

static void connect(struct sim *sim)
{
    struct watcher *watcher = &sim->watcher;
    struct text text;
    text_init(&text, 1024);
    text_appendf(&text,
                 "GET /api/v1/stream HTTP/1.1\r\nHost: muster.example\r\n"
                 "Authorization: Bearer %s\r\n",
                 sim->staff[0].token);
    if (watcher->last >= 0)
        text_appendf(&text, "Last-Event-ID: %lld\r\n", (long long)watcher->last);
    text_append_string(&text, "\r\n");
    if (text.status != ST_OK ||
        http_local_listen(sim->http, text.data, text.size, heard, told, sim) != ST_OK)
        sim_violate(sim, "a request is well-formed", "the live stream");
    text_release(&text);
    if (watcher->is_on && watcher->last < 0)
        watcher->looked = newest(sim);
}

void watcher_step(struct sim *sim)
{
    struct watcher *watcher = &sim->watcher;
    if (sim->ending)
        watcher->away_until_us = 0;
    if (sim->http == NULL || sim->dead)
        return;
    if (!watcher->is_on) {
        if (sim->true_us >= watcher->away_until_us && sim_luck(sim, 4) == 0)
            connect(sim);
    } else if (!sim->ending && sim_luck(sim, TURNS_OFF) == 0) {
        sim->result->faults.stream_cut++;
        http_local_leave(sim->http, sim);
        watcher->is_on = false;
        if (sim_luck(sim, 3) == 0) /* enough to miss more than is sent again */
            watcher->away_until_us = sim->true_us + AWAY_S * SIM_SECOND_US;
    }
}

void watcher_check_settled(struct sim *sim)
{
    struct watcher *watcher = &sim->watcher;
    int64_t known = watcher->last > watcher->looked ? watcher->last : watcher->looked;
    const int64_t all = newest(sim);
    if (!watcher->is_on || known != all)
        sim_violate(sim, "the live stream shows every change once",
                    "at the end %lld of %lld (%s)", (long long)watcher->last,
                    (long long)all, watcher->is_on ? "on" : "off");
}
