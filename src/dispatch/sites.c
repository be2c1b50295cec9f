/* SPDX-License-Identifier: Apache-2.0 */
#include "dispatch/sites.h"

#include "base/mem.h"
#include "base/status.h"
#include "store/db.h"
#include "store/places.h"

#include <string.h>

static int add(struct sites *sites, struct query *query)
{
    int status = mem_grow(&sites->items, &sites->capacity, sites->count + 1,
                          sizeof *sites->items, SITES_MAX);
    if (status != ST_OK)
        return status;
    struct site site = {
        .code = mem_strdup(query_get_text(query, 0)),
        .kind = mem_strdup(query_get_text(query, 1)),
        .name = mem_strdup(query_get_text(query, 2)),
        .at = {(int32_t)query_get_int(query, 3), (int32_t)query_get_int(query, 4)},
        .capacity = query_get_null(query, 5) ? -1 : query_get_int(query, 5),
    };
    sites->items[sites->count++] = site;
    return site.code == NULL || site.kind == NULL || site.name == NULL ? ST_NO_MEMORY
                                                                       : ST_OK;
}

int sites_load(struct sites *ret, struct db *db, const char *kind)
{
    struct sites sites = {0};
    struct query *query = db_query(db, "SELECT code, kind, name, lat_e7, lon_e7, capacity"
                                       " FROM site WHERE ?1 = '' OR kind = ?1"
                                       " ORDER BY code");
    query_text(query, 1, kind == NULL ? "" : kind);
    int status;
    while ((status = query_step(query)) > 0) {
        status = add(&sites, query);
        if (status != ST_OK) {
            query_reset(query);
            break;
        }
    }
    if (status != ST_OK) {
        sites_release(&sites);
        return status;
    }
    *ret = sites;
    return ST_OK;
}

void sites_release(struct sites *sites)
{
    for (uint32_t i = 0; i < sites->count; i++) {
        mem_free(sites->items[i].code);
        mem_free(sites->items[i].kind);
        mem_free(sites->items[i].name);
    }
    mem_free(sites->items);
    *sites = (struct sites){0};
}

bool site_is_homes(const struct site *site)
{
    return strcmp(site->kind, SITE_HOMES) == 0;
}

void site_append_json(const struct site *site, struct text *ret)
{
    text_append_string(ret, "{\"code\":");
    text_append_json(ret, site->code);
    text_append_string(ret, ",\"kind\":");
    text_append_json(ret, site->kind);
    text_append_string(ret, ",\"name\":");
    text_append_json(ret, site->name);
    text_appendf(ret, ",\"at\":{\"lat\":%.7f,\"lon\":%.7f}", point_lat(site->at),
                 point_lon(site->at));
    if (site->capacity >= 0)
        text_appendf(ret, ",\"capacity\":%lld", (long long)site->capacity);
}
