/* SPDX-License-Identifier: Apache-2.0 */
/* The version is asked for before the rows are read: a commit in between makes what is
 * kept look older than it is, never newer. Whoever waits for an answer is told it after
 * the version has grown, so nobody sees rows from before the own answer. An alert that is
 * seen for the first time is read before its incident is known, so the rows may be older
 * than the version: then they are kept only if nothing at all was committed between. */
#include "api/recent.h"

#include "api/internal.h"
#include "store/writer.h"

#define RECENT_CALLOUTS 64  /* the next one takes the place of the oldest */
#define RECENT_ALERTS 65536 /* a power of two; they displace each other */

struct recent {
    int64_t places[RECENT_CALLOUTS]; /* whose they are */
    uint32_t next;                   /* place to be taken */
    struct recent_callout callouts[RECENT_CALLOUTS];
    struct home {
        int64_t alert_id, callout_id, incident_id;
    } homes[RECENT_ALERTS];
};

static struct recent *recent_of(struct api *api)
{
    if (api->recent == NULL)
        api->recent = mem_calloc(1, sizeof *api->recent);
    return api->recent;
}

static struct recent_callout *place_of(struct recent *recent, int64_t callout_id)
{
    for (uint32_t i = 0; i < RECENT_CALLOUTS; i++)
        if (recent->places[i] == callout_id)
            return &recent->callouts[i];
    const uint32_t place = recent->next++ % RECENT_CALLOUTS;
    recent->places[place] = callout_id;
    recent->callouts[place].id = 0;
    return &recent->callouts[place];
}

/* KEPT is brought up to date, if nothing but seats changed. Adding them up means reading
 * a row for each yes: the writer knows them. */
static bool renew_seats(struct api *api, struct recent_callout *kept)
{
    int32_t accepted[LOOP_LINES_MAX];
    if (!writer_seats(api->config.writer, kept->need.id, kept->version, accepted))
        return false;
    for (uint32_t i = 0; i < kept->need.line_count; i++)
        kept->need.lines[i].accepted = accepted[i];
    return true;
}

static void ask(struct api *api, const struct home *home, struct recent_asked *asked)
{
    struct recent_callout *kept = place_of(api->recent, home->callout_id);
    asked->callout_id = home->callout_id;
    asked->version = writer_seats_version(api->config.writer, home->incident_id);
    asked->is_kept = kept->id == home->callout_id &&
                     (kept->version == asked->version || renew_seats(api, kept));
    if (asked->is_kept)
        kept->version = asked->version;
    else
        read_around_ask(&asked->around, api->db, home->callout_id);
}

void recent_ask(struct api *api, int64_t alert_id, struct recent_asked *asked)
{
    const struct recent *recent = recent_of(api);
    *asked = (struct recent_asked){.commit = writer_version(api->config.writer)};
    if (recent == NULL)
        return;
    const struct home *home = &recent->homes[alert_id & (RECENT_ALERTS - 1)];
    if (home->alert_id == alert_id)
        ask(api, home, asked);
}

int recent_take(struct api *api, const struct read_alert *alert,
                struct recent_asked *asked, const struct recent_callout **ret)
{
    struct recent *recent = recent_of(api);
    if (recent == NULL)
        return ST_NO_MEMORY;
    bool is_sure = asked->callout_id != 0;
    if (!is_sure) {
        struct home *home = &recent->homes[alert->id & (RECENT_ALERTS - 1)];
        *home = (struct home){alert->id, alert->callout_id, alert->incident_id};
        ask(api, home, asked);
        is_sure = writer_version(api->config.writer) == asked->commit;
    }
    struct recent_callout *kept = place_of(recent, asked->callout_id);
    if (!asked->is_kept) {
        kept->id = 0;
        const int status = read_around_take(&asked->around, &kept->incident, &kept->need);
        if (status != 0)
            return status;
        kept->id = is_sure ? asked->callout_id : 0;
        kept->version = asked->version;
    }
    *ret = kept;
    return 0;
}
