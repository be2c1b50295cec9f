/* SPDX-License-Identifier: Apache-2.0 */
/* The version is asked for before the rows are read: a commit in between makes what is
 * kept look older than it is, never newer. Whoever waits for an answer is told it after
 * the version has grown, so nobody sees rows from before the own answer. */
#include "api/recent.h"

#include "api/internal.h"
#include "store/writer.h"

#define RECENT_CALLOUTS 64 /* a power of two; they displace each other */

struct recent {
    struct recent_callout callouts[RECENT_CALLOUTS];
};

static int read(struct api *api, int64_t callout_id, struct recent_callout *ret)
{
    int status = read_callout(api->db, callout_id, &ret->callout);
    if (status == 0)
        status = read_incident(api->db, ret->callout.incident_id, &ret->incident);
    if (status == 0)
        status = read_need(api->db, ret->callout.need_id, &ret->need);
    return status;
}

int recent_callout(struct api *api, int64_t callout_id, const struct recent_callout **ret)
{
    if (api->recent == NULL)
        api->recent = mem_calloc(1, sizeof *api->recent);
    if (api->recent == NULL)
        return ST_NO_MEMORY;
    struct recent_callout *kept =
        &api->recent->callouts[callout_id & (RECENT_CALLOUTS - 1)];
    const uint64_t version = writer_version(api->config.writer);
    if (kept->callout.id != callout_id || kept->version != version) {
        kept->callout.id = 0;
        const int status = read(api, callout_id, kept);
        if (status != 0) {
            kept->callout.id = 0;
            return status;
        }
        kept->version = version;
    }
    *ret = kept;
    return 0;
}
