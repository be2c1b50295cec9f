/* SPDX-License-Identifier: Apache-2.0 */
/* The version is asked for before the rows are read: a commit in between makes what is
 * kept look older than it is, never newer. Whoever waits for an answer is told it after
 * the version has grown, so nobody sees rows from before the own answer. */
#include "api/recent.h"

#include "api/internal.h"
#include "store/writer.h"

#define RECENT_CALLOUTS 64 /* a power of two; they displace each other */
#define RECENT_ALERTS 8192 /* likewise */

struct recent {
    struct recent_callout callouts[RECENT_CALLOUTS];
    struct home {
        int64_t alert_id, callout_id;
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
    return &recent->callouts[callout_id & (RECENT_CALLOUTS - 1)];
}

void recent_ask(struct api *api, int64_t alert_id, struct recent_asked *asked)
{
    struct recent *recent = recent_of(api);
    *asked = (struct recent_asked){.version = writer_version(api->config.writer)};
    if (recent == NULL ||
        recent->homes[alert_id & (RECENT_ALERTS - 1)].alert_id != alert_id)
        return;
    asked->callout_id = recent->homes[alert_id & (RECENT_ALERTS - 1)].callout_id;
    const struct recent_callout *kept = place_of(recent, asked->callout_id);
    asked->is_kept = kept->id == asked->callout_id && kept->version == asked->version;
    if (!asked->is_kept)
        read_around_ask(&asked->around, api->db, asked->callout_id);
}

int recent_take(struct api *api, const struct read_alert *alert,
                struct recent_asked *asked, const struct recent_callout **ret)
{
    struct recent *recent = recent_of(api);
    if (recent == NULL)
        return ST_NO_MEMORY;
    if (asked->callout_id == 0) { /* not known when it was to be asked */
        recent->homes[alert->id & (RECENT_ALERTS - 1)] =
            (struct home){alert->id, alert->callout_id};
        recent_ask(api, alert->id, asked);
    }
    struct recent_callout *kept = place_of(recent, asked->callout_id);
    if (!asked->is_kept) {
        kept->id = 0;
        const int status = read_around_take(&asked->around, &kept->incident, &kept->need);
        if (status != 0)
            return status;
        kept->id = asked->callout_id;
        kept->version = asked->version;
    }
    *ret = kept;
    return 0;
}
