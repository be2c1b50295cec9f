/* SPDX-License-Identifier: Apache-2.0 */
/* What rarely changes: the instance, areas, skills, sites, teams,
 * organisations. */
#include "api/handlers.h"
#include "api/internal.h"
#include "road/road.h"
#include "store/places.h"

#include <stdio.h>

#define LIST_LIMIT 5000
#define LIST_LIMIT_MAX 20000

void lists_instance(struct call *call)
{
    const struct api *api = call->api;
    const struct config *settings = &api->settings;
    struct text text;
    text_init(&text, 65536);
    out_open(&text, NULL, '{');
    out_open(&text, "name", '{');
    out_text(&text, "zh", settings->name_zh);
    out_text(&text, "en", settings->name_en);
    out_close(&text, '}');
    out_bool(&text, "synthetic", settings->synthetic != 0);
    if (api->config.road != NULL) {
        const struct box box = road_box(api->config.road);
        char list[128];
        (void)snprintf(list, sizeof list, "[%.6f,%.6f,%.6f,%.6f]", point_lon(box.min),
                       point_lat(box.min), point_lon(box.max), point_lat(box.max));
        out_raw(&text, "box", list);
    }
    out_text(&text, "version", api->config.version);
    out_time_if(&text, "now", call->now_ms);
    out_text(&text, "zone", settings->zone);
    out_text(&text, "root_area", api->areas.areas[0].code);
    out_words(&text, "channels", settings->channels);
    out_bool(&text, "demo", api->config.demo);
    out_bool(&text, "mailbox", settings->mailbox_page != 0);
    out_bool(&text, "join", settings->join != 0);
    out_int(&text, "desk_next_s", settings->desk_next_s);
    out_bool(&text, "stores", api_stores(api));
    out_close(&text, '}');
    call_json(call, 200, &text);
}

void lists_areas(struct call *call)
{
    int64_t from, limit;
    if (!call_page(call, LIST_LIMIT, LIST_LIMIT_MAX, 0, &limit, &from))
        return;
    const struct area_tree *tree = &call->api->areas;
    struct text text;
    char etag[24];
    (void)snprintf(etag, sizeof etag, "W/\"a%llx\"",
                   (unsigned long long)call->api->areas_version);
    if (call_is_fresh(call, etag, "private, no-cache"))
        return;
    call_list_begin(&text);
    for (int64_t i = from; i < tree->count; i++) {
        if (i - from == limit) {
            call_next_id(call, i);
            break;
        }
        const struct area *area = &tree->areas[i];
        out_open(&text, NULL, '{');
        out_int(&text, "id", area->id);
        out_text(&text, "code", area->code);
        out_text(&text, "name", area->name);
        if (area->parent >= 0)
            out_text(&text, "parent", tree->areas[area->parent].code);
        else
            out_raw(&text, "parent", "null");
        out_text(&text, "level", area_level_code(area->level));
        if (area->has_at)
            out_point(&text, "at", area->at);
        out_close(&text, '}');
    }
    call_list_end(call, &text, 0);
}

void lists_skills(struct call *call)
{
    const struct skill_table *table = &call->api->skills;
    struct text text;
    call_list_begin(&text);
    for (uint32_t i = 0; i < table->count; i++) {
        const struct skill *skill = &table->skills[i];
        out_open(&text, NULL, '{');
        out_text(&text, "code", skill->code);
        out_text(&text, "zh", skill->zh);
        out_text(&text, "en", skill->en);
        out_text(&text, "certificate",
                 skill->certificate < 0 ? "" : table->certificates[skill->certificate]);
        out_int(&text, "months", skill->months);
        out_close(&text, '}');
    }
    call_list_end(call, &text, 0);
}

/* Homes, of which there may be very many, only for who asks for that kind. */
void lists_sites(struct call *call)
{
    int64_t from, limit, count = 0, last = 0;
    if (!call_page(call, LIST_LIMIT, LIST_LIMIT_MAX, 0, &limit, &from))
        return;
    const char *kind = http_query(call->request, "kind");
    if (kind != NULL && !site_kind_is_known(kind)) {
        api_wrong(call, "?kind", "is not known; known are: " SITE_KINDS);
        return;
    }
    struct text text;
    call_list_begin(&text);
    struct query *query =
        db_query(call->api->db, "SELECT id, code, kind, name, lat_e7, lon_e7, capacity"
                                " FROM site WHERE id > ?1 AND (kind = ?2 OR (?2 = '' AND"
                                " kind <> 'homes')) ORDER BY id LIMIT ?3");
    query_int(query, 1, from);
    query_text(query, 2, kind == NULL ? "" : kind);
    query_int(query, 3, limit + 1);
    int status;
    while ((status = query_step(query)) > 0) {
        if (count++ == limit) {
            query_reset(query);
            call_next_id(call, last);
            break;
        }
        last = query_get_int(query, 0);
        out_open(&text, NULL, '{');
        out_text(&text, "code", query_get_text(query, 1));
        out_text(&text, "kind", query_get_text(query, 2));
        out_text(&text, "name", query_get_text(query, 3));
        out_point(&text, "at",
                  (struct point){(int32_t)query_get_int(query, 4),
                                 (int32_t)query_get_int(query, 5)});
        if (!query_get_null(query, 6))
            out_int(&text, "capacity", query_get_int(query, 6));
        out_close(&text, '}');
    }
    call_list_end(call, &text, status);
}

void lists_organisations(struct call *call)
{
    int64_t from, limit, count = 0, last = 0;
    if (!call_page(call, LIST_LIMIT, LIST_LIMIT_MAX, 0, &limit, &from))
        return;
    struct text text;
    call_list_begin(&text);
    struct query *query =
        db_query(call->api->db, "SELECT id, name FROM organisation WHERE id > ?1"
                                " ORDER BY id LIMIT ?2");
    query_int(query, 1, from);
    query_int(query, 2, limit + 1);
    int status;
    while ((status = query_step(query)) > 0) {
        if (count++ == limit) {
            query_reset(query);
            call_next_id(call, last);
            break;
        }
        last = query_get_int(query, 0);
        out_open(&text, NULL, '{');
        out_text(&text, "name", query_get_text(query, 1));
        out_close(&text, '}');
    }
    call_list_end(call, &text, status);
}

void lists_teams(struct call *call)
{
    int64_t from, limit, count = 0, last = 0;
    if (!call_page(call, LIST_LIMIT, LIST_LIMIT_MAX, 0, &limit, &from))
        return;
    struct text text;
    call_list_begin(&text);
    struct query *query =
        db_query(call->api->db, "SELECT id, number, name, leader, deputies, size, skills,"
                                " area_id FROM team WHERE id > ?1 ORDER BY id");
    query_int(query, 1, from);
    int status;
    while ((status = query_step(query)) > 0) {
        const int64_t area_id = query_get_int(query, 7);
        if (api_may(call, MAY_SEE_PEOPLE,
                    area_id == 0 ? call->api->areas.areas[0].id : area_id, false) != 0)
            continue;
        if (count++ == limit) {
            query_reset(query);
            call_next_id(call, last);
            break;
        }
        last = query_get_int(query, 0);
        out_open(&text, NULL, '{');
        out_text(&text, "number", query_get_text(query, 1));
        out_text(&text, "name", query_get_text(query, 2));
        out_text(&text, "leader", query_get_text(query, 3));
        api_write_skills(&text, "deputies", query_get_text(query, 4));
        out_int(&text, "size", query_get_int(query, 5));
        api_write_skills(&text, "skills", query_get_text(query, 6));
        out_text(&text, "area", api_area_code(call->api, area_id));
        out_close(&text, '}');
    }
    call_list_end(call, &text, status);
}
