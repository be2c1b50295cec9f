/* SPDX-License-Identifier: Apache-2.0 */
#include "api/sight.h"

#include "crowd/crowd.h"
#include "loop/loop.h"

struct sight sight_of(const struct call *call, const struct read_incident *incident)
{
    return (struct sight){
        .numbers = api_may(call, MAY_AUDIT, incident->area_id, incident->exercise) == 0,
        .dispatch = api_may(call, MAY_DRILL, incident->area_id, incident->exercise) == 0,
        .verify = api_may(call, MAY_VERIFY, incident->area_id, incident->exercise) == 0,
    };
}

void sight_write_person(struct call *call, struct text *text, struct sight sight,
                        const struct person_identity *person, bool said_yes)
{
    out_text(text, "number", person->number);
    if ((said_yes && sight.dispatch) ||
        api_may(call, MAY_DISPATCH, person->area_id, false) == 0) {
        out_text_if(text, "name", person->name);
        out_text_if(text, "phone", person->phone);
    }
}

void sight_write_grid(struct call *call, struct text *text, int64_t person_id)
{
    struct point grid;
    if (crowd_position(call->api->config.crowd, person_id, call->now_ms, &grid))
        out_point(text, "at_grid", grid);
}

void sight_write_seconds(struct text *text, const char *name, uint32_t travel_ms,
                         int64_t seconds)
{
    if (travel_ms < LOOP_NO_WAY_MS)
        out_int(text, name, seconds);
}
