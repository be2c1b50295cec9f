/* SPDX-License-Identifier: Apache-2.0 */
/* The order of work: terrain, villages, streets, network, then files. Each part has its
 * own stream of random numbers, so that more people do not move the roads. */
#include "demo/county.h"

#include "base/file.h"
#include "base/mem.h"
#include "base/status.h"
#include "base/time.h"
#include "demo/osm.h"
#include "demo/residents.h"
#include "demo/streets.h"

#include <assert.h>

#define FILE_SIZE_MAX (512u << 20)
#define PATH_SIZE 4096

struct county {
    const char *folder;
    const struct county_options *options;
    struct terrain terrain;
    struct villages villages;
    struct net net;
    struct homes homes;
    struct diag *reterr;
};

enum stream { STREAM_LAND = 1, STREAM_ROADS, STREAM_SITES, STREAM_PEOPLE };

static struct random_seeded stream(const struct county *county, enum stream which)
{
    struct random_seeded random;
    random_seeded_init(&random, county->options->seed * 16 + which);
    return random;
}

static void report(const struct county *county, const char *stage, uint64_t done)
{
    if (county->options->progress != NULL)
        county->options->progress(county->options->context, stage, done, 5);
}

static int build(struct county *county)
{
    struct random_seeded land = stream(county, STREAM_LAND);
    struct random_seeded roads = stream(county, STREAM_ROADS);
    report(county, "land", 0);
    terrain_init(&county->terrain, &land.super);
    villages_place(&county->villages, &county->terrain, &land.super);
    report(county, "roads", 1);
    streets_draw(&county->net, &county->terrain, &county->villages, &roads.super);
    net_weave(&county->net, &roads.super);
    net_join(&county->net);
    streets_add_ferries(&county->net);
    if (county->net.status != ST_OK)
        return county->net.status;
    return homes_init(&county->homes, &county->net, &county->villages);
}

/* Writes TEXT to the folder's file NAME and empties it. */
static int save(const struct county *county, const char *name, struct text *text)
{
    char path[PATH_SIZE];
    int length = snprintf(path, sizeof path, "%s/%s", county->folder, name);
    if (length < 0 || (size_t)length >= sizeof path)
        return diag_set(county->reterr, ST_INVALID, 0, 0, name, "the path is too long");
    if (text->status != ST_OK)
        return diag_set(county->reterr, text->status, 0, 0, name, "%s",
                        status_text(text->status));
    int r = file_write(path, text_string(text), text->size, 0644, county->reterr);
    text_clear(text);
    return r;
}

static int save_people(struct county *county, struct text *text)
{
    struct random_seeded random = stream(county, STREAM_PEOPLE);
    struct team_seed teams[RESIDENTS_TEAMS];
    struct residents_options options = {.people = county->options->people,
                                        .today =
                                            time_local_day(county->options->today_ms)};
    report(county, "people", 3);
    residents_write(text, teams, &county->homes, &options, &random.super);
    int r = save(county, "people.csv", text);
    if (r != ST_OK)
        return r;
    residents_write_teams(text, teams, &county->villages);
    return save(county, "teams.csv", text);
}

static int save_all(struct county *county, struct text *text)
{
    struct random_seeded random = stream(county, STREAM_SITES);
    report(county, "map", 2);
    osm_write(text, &county->net, &county->terrain, &county->villages);
    int r = save(county, "roads.osm", text);
    if (r != ST_OK)
        return r;
    areas_write(text, &county->terrain, &county->villages);
    r = save(county, "areas.csv", text);
    if (r != ST_OK)
        return r;
    sites_write(text, &county->homes, &random.super);
    r = save(county, "sites.csv", text);
    if (r != ST_OK)
        return r;
    r = save_people(county, text);
    report(county, "people", 5);
    return r;
}

int county_write(const char *folder, const struct county_options *options,
                 struct diag *reterr)
{
    if (options->people < COUNTY_PEOPLE_MIN || options->people > COUNTY_PEOPLE_MAX)
        return diag_set(reterr, ST_INVALID, 0, 0, "people",
                        "must be %d to %d: give another number", COUNTY_PEOPLE_MIN,
                        COUNTY_PEOPLE_MAX);
    int r = file_make_folder(folder, reterr);
    if (r != ST_OK)
        return r;
    struct county *county = mem_calloc(1, sizeof *county);
    if (county == NULL)
        return diag_set(reterr, ST_NO_MEMORY, 0, 0, "", "out of memory");
    county->folder = folder;
    county->options = options;
    county->reterr = reterr;
    struct text text;
    text_init(&text, FILE_SIZE_MAX);
    net_init(&county->net);
    r = build(county);
    if (r != ST_OK)
        r = diag_set(reterr, r, 0, 0, "county", "%s", status_text(r));
    else
        r = save_all(county, &text);
    text_release(&text);
    homes_release(&county->homes);
    net_release(&county->net);
    mem_free(county);
    return r;
}
