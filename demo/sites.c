/* SPDX-License-Identifier: Apache-2.0 */
/* Sites and areas. 60 AEDs, 20 muster points, 9 childcare sites with 600 places in all,
 * and in each village 12 clusters of homes; every name says that it is made up. */
#include "demo/residents.h"

#include "base/mem.h"

#define AEDS 60
#define MUSTER_POINTS 20
#define CLUSTERS 12 /* of homes, in each village */

struct site {
    const char *prefix, *kind, *tail;
    uint32_t number, capacity; /* capacity 0 = empty cell */
};

static void append_site(struct text *text, const struct site *site, uint32_t village,
                        const struct homes *homes, struct random *random)
{
    const struct division *division = homes->villages->items[village].division;
    char name[DIVISION_NAME_SIZE];
    division_short_name(division, name);
    struct vec at = homes_pick(homes, village, random);
    text_appendf(text, "%s%03u,%s,%s%s（示例）,%.6f,%.6f,", site->prefix, site->number,
                 site->kind, name, site->tail, plane_lat(at), plane_lon(at));
    if (site->capacity > 0)
        text_appendf(text, "%u", site->capacity);
    text_appendf(text, ",%s\n", division->code);
}

/* The first village of the K-th town (0-based), its main community. */
static uint32_t first_of_town(const struct villages *villages, uint32_t town)
{
    for (uint32_t v = 0; v < villages->count; v++)
        if (villages->items[v].town == town)
            return v;
    return 0;
}

void sites_write(struct text *text, const struct homes *homes, struct random *random)
{
    static const uint32_t places[] = {120, 90, 50, 90, 60, 50, 40, 40, 60};
    uint32_t villages = homes->villages->count;
    text_append_string(text, "code,kind,name,lat,lon,capacity,area\n");
    for (uint32_t i = 0; i < AEDS; i++) {
        struct site site = {"AED-", "aed", "AED", i + 1, 0};
        append_site(text, &site, i * villages / AEDS, homes, random);
    }
    for (uint32_t i = 0; i < COUNT_OF(places); i++) {
        struct site site = {"CARE-", "childcare", "托管点", i + 1, places[i]};
        append_site(text, &site, first_of_town(homes->villages, i), homes, random);
    }
    for (uint32_t i = 0; i < MUSTER_POINTS; i++) {
        struct site site = {"MP-", "muster", "集结点", i + 1,
                            100 + 50 * (uint32_t)random_below(random, 7)};
        append_site(text, &site, (2 * i + 1) * villages / (2 * MUSTER_POINTS), homes,
                    random);
    }
    for (uint32_t i = 0; i < CLUSTERS * villages; i++) {
        struct site site = {"H-", "homes", "住户", i + 1,
                            20 + (uint32_t)random_below(random, 160)};
        append_site(text, &site, i / CLUSTERS, homes, random);
    }
}

void areas_write(struct text *text, const struct terrain *terrain,
                 const struct villages *villages)
{
    static const char *const levels[] = {"city", "town", "village"};
    text_append_string(text, "code,name,parent,level,lat,lon\n");
    for (uint32_t i = 0, village = 0; i < division_count(); i++) {
        const struct division *division = division_at(i);
        char parent[DIVISION_CODE_SIZE];
        division_parent_code(division, parent);
        struct vec at = terrain->towns[0].centre;
        if (division->level == DIVISION_TOWN)
            at = terrain->towns[villages_town_of_code(terrain, division->code)].centre;
        else if (division->level == DIVISION_VILLAGE)
            at = villages->items[village++].centre;
        text_appendf(text, "%s,%s,%s,%s,%.6f,%.6f\n", division->code, division->name,
                     parent, levels[division->level], plane_lat(at), plane_lon(at));
    }
}
