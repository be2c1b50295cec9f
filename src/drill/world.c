/* SPDX-License-Identifier: Apache-2.0 */
/* Random streams: the key (seed, run, person, purpose) is mixed into the seed of a small
 * generator of its own, which then gives all draws of that purpose in a fixed order. */
#include "drill/world.h"

#include "base/mem.h"
#include "base/random.h"
#include "base/status.h"
#include "base/time.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK 64  /* people placed at a time */
#define PART 112  /* nearest people sorted at once, or as many as there are */
#define SAMPLE 47 /* of the others, to find so many */
#define SMALL 500 /* keys, for sort_keys */
#define BINS 128  /* of it */
#define UNREAD_MS TIME_MINUTE_MS /* the loop's default: next channel */

enum { DRAW_COUNT, DRAW_PLACE, DRAW_PERSON, DRAW_EVENT, DRAW_ANSWER };

/* The finaliser of splitmix64 (Steele, Lea, Flood 2014), once per word of the key. */
static uint64_t mix(uint64_t x)
{
    x += UINT64_C(0x9e3779b97f4a7c15);
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

static uint64_t key_of_run(const struct world *world, uint64_t run)
{
    return mix(mix(world->seed) ^ run);
}

static uint64_t key_of(uint64_t run_key, uint64_t who, unsigned purpose)
{
    return mix(run_key ^ (who << 8 | (uint64_t)purpose));
}

static void stream(struct random_seeded *ret, const struct world *world, uint64_t run,
                   uint64_t who, unsigned purpose)
{
    random_seeded_init(ret, key_of(key_of_run(world, run), who, purpose));
}

uint32_t world_people_max(const struct scenario *scenario)
{
    const struct scenario_people *people = &scenario->people;
    if (scenario->roster != NULL)
        return roster_count(scenario->roster);
    if (people->mean <= 0)
        return people->count;
    /* Poisson: beyond 12 standard deviations nobody will look. */
    double most = people->mean + 12.0 * sqrt(people->mean) + 20.0;
    return most < SCENARIO_PEOPLE_MAX ? (uint32_t)most : SCENARIO_PEOPLE_MAX;
}

int world_init(struct world *world, const struct scenario *scenario, uint64_t seed)
{
    *world = (struct world){.scenario = scenario, .seed = seed};
    uint32_t most = world_people_max(scenario);
    world->people = mem_calloc(most, sizeof *world->people);
    bool ok = world->people != NULL;
    for (uint32_t i = 0; i < scenario->need_count; i++) {
        world->needs[i].keys = mem_calloc(most, sizeof(uint64_t));
        ok = ok && world->needs[i].keys != NULL;
        if (scenario->roster != NULL) {
            world->needs[i].ways = mem_calloc(most, sizeof(struct roster_way));
            ok = ok && world->needs[i].ways != NULL;
        }
    }
    if (!ok) {
        world_release(world);
        return ST_NO_MEMORY;
    }
    return ST_OK;
}

void world_release(struct world *world)
{
    mem_free(world->people);
    for (uint32_t i = 0; i < SCENARIO_NEEDS_MAX; i++)
        mem_free(world->needs[i].keys);
    for (uint32_t i = 0; i < SCENARIO_NEEDS_MAX; i++)
        mem_free(world->needs[i].ways);
    *world = (struct world){0};
}

/* ---- people
 * ------------------------------------------------------------------------------ */

/* Knuth's product of uniforms, in pieces of at most 500 so that exp does not underflow.
 */
static uint32_t poisson(struct random *random, double mean, uint32_t most)
{
    uint32_t count = 0;
    while (mean > 0 && count < most) {
        double piece = mean < 500 ? mean : 500;
        double product = random_unit(random), floor = exp(-piece);
        while (product > floor && count < most) {
            count++;
            product *= random_unit(random);
        }
        mean -= piece;
    }
    return count;
}

/* Evenly in the disc: points of the square until one lies inside. */
static void draw_place(struct random *random, double radius_m, double *ret_east,
                       double *ret_north)
{
    double x, y;
    do {
        x = 2 * random_unit(random) - 1;
        y = 2 * random_unit(random) - 1;
    } while (x * x + y * y > 1);
    *ret_east = radius_m * x;
    *ret_north = radius_m * y;
}

/* As draw_place in a disc of radius 1, from the word KEY. */
static bool place_of(uint64_t key, double *ret_x, double *ret_y)
{
    const double unit = 1.0 / (UINT64_C(1) << 31);
    const double x = (double)(int64_t)(key >> 32) * unit - 1;
    const double y = (double)(int64_t)(key & UINT32_MAX) * unit - 1;
    *ret_x = x;
    *ret_y = y;
    return x * x + y * y <= 1;
}

static void put_place(const struct world *world, uint32_t person, double x, double y)
{
    const double radius_m = world->scenario->people.radius_m;
    world->people[person].east_m = radius_m * x;
    world->people[person].north_m = radius_m * y;
}

/* A run draws all its people: each from the words mix(KEY), mix(mix(KEY)) and so on. Who
 * lies outside at first is drawn again at the end of their block, so that the first draws
 * need no branch. KEY: of the run whose places these are. */
static void place_people(const struct world *world, uint64_t key)
{
    double x, y;
    for (uint32_t from = 0; from < world->count; from += BLOCK) {
        const uint32_t to = from + BLOCK < world->count ? from + BLOCK : world->count;
        uint32_t outside[BLOCK], count = 0;
        uint64_t words[BLOCK];
        for (uint32_t i = from; i < to; i++) {
            const uint64_t word = mix(key_of(key, i, DRAW_PLACE));
            outside[count] = i;
            words[count] = word;
            count += !place_of(word, &x, &y);
            put_place(world, i, x, y);
        }
        for (uint32_t i = 0; i < count; i++) {
            do
                words[i] = mix(words[i]);
            while (!place_of(words[i], &x, &y));
            put_place(world, outside[i], x, y);
        }
    }
}

/* What people are besides where they are; it is the same in every run. */
static void draw_people(const struct world *world)
{
    const struct scenario_people *people = &world->scenario->people;
    struct random_seeded random;
    if (people->skill_count == 0 && people->quiet_share <= 0 &&
        world->scenario->response.person_sd <= 0)
        return;
    for (uint32_t person = 0; person < world->count; person++) {
        struct world_person *ret = &world->people[person];
        ret->skills = 0;
        stream(&random, world, 0, person, DRAW_PERSON);
        ret->quiet = random_unit(&random.super) < people->quiet_share;
        for (uint32_t i = 0; i < people->skill_count; i++)
            if (random_unit(&random.super) < people->skills[i].share)
                ret->skills |= 1u << i;
        ret->z = random_normal(&random.super);
    }
}

/* ---- ways
 * -------------------------------------------------------------------------------- */

/* How much of the segment a-b lies within R of C: metres, < 0 = none. */
static double within_m(const struct scenario_place *a, const struct scenario_place *b,
                       const struct scenario_closure *closure)
{
    double dx = b->east_m - a->east_m, dy = b->north_m - a->north_m;
    double cx = closure->at.east_m - a->east_m, cy = closure->at.north_m - a->north_m;
    double length = sqrt(dx * dx + dy * dy);
    double along = length > 0 ? (cx * dx + cy * dy) / length : 0;
    double aside2 = cx * cx + cy * cy - along * along;
    double half2 = closure->radius_m * closure->radius_m - aside2;
    if (half2 < 0)
        return -1;
    double from = fmax(0, along - sqrt(half2)), to = fmin(length, along + sqrt(half2));
    return to - from;
}

/* A circle that is touched makes the whole way longer, or its part inside slower; slow
 * circles add up. */
static uint32_t travel(const struct world *world, const struct world_need *need,
                       const struct world_person *person)
{
    const struct scenario *scenario = world->scenario;
    const struct scenario_people *people = &scenario->people;
    const struct scenario_place *at = &need->at;
    const struct scenario_place from = {person->east_m, person->north_m, false};
    double dx = from.east_m - at->east_m, dy = from.north_m - at->north_m;
    double s = sqrt(dx * dx + dy * dy) * people->detour / people->speed_m_s, slow_s = 0;
    for (uint32_t i = 0; need->closed >> i != 0; i++) {
        const struct scenario_closure *closure = &scenario->closures[i];
        double m = (need->closed >> i & 1) != 0 ? within_m(&from, at, closure) : -1;
        double limit_m_s = closure->limit_kmh / 3.6;
        if (m >= 0 && closure->limit_kmh == 0)
            s *= closure->detour;
        else if (m >= 0 && limit_m_s < people->speed_m_s)
            slow_s += m * people->detour * (1 / limit_m_s - 1 / people->speed_m_s);
    }
    s += slow_s;
    return s > WORLD_TRAVEL_S_MAX ? WORLD_UNREACHABLE : 1000 * (uint32_t)(s + 0.5);
}

uint32_t world_lines(const struct world *world, uint32_t need, uint32_t person)
{
    const struct scenario_need *of = &world->scenario->needs[need];
    const struct roster_way *ways = world->needs[need].ways;
    uint32_t skills = world->people[person].skills, lines = 0;
    if (ways != NULL)
        return ways[person].lines;
    for (uint32_t i = 0; i < of->line_count; i++)
        lines |= (uint32_t)((skills & of->lines[i].skills) == of->lines[i].skills) << i;
    return lines;
}

uint32_t world_travel_ms(const struct world *world, uint32_t need, uint32_t person)
{
    const struct world_need *of = &world->needs[need];
    if (of->ways != NULL)
        return of->ways[person].lines == 0 ? WORLD_UNREACHABLE : of->ways[person].ms;
    if (world_lines(world, need, person) == 0)
        return WORLD_UNREACHABLE;
    return travel(world, of, &world->people[person]);
}

struct learn_forecast world_forecast(const struct world *world, uint32_t need,
                                     uint32_t person, uint32_t travel_ms)
{
    const struct scenario *scenario = world->scenario;
    if (scenario->roster != NULL)
        return roster_forecast(scenario->roster, scenario, need, person, travel_ms);
    return (struct learn_forecast){scenario->planner.accept, scenario->planner.comes,
                                   travel_ms, travel_ms, 0};
}

/* Whether nobody lacks the skills of some line. */
static bool serves_all(const struct world *world, uint32_t need)
{
    const struct scenario_need *of = &world->scenario->needs[need];
    for (uint32_t i = 0; i < of->line_count; i++)
        if (of->lines[i].skills == 0)
            return true;
    return false;
}

/* Everybody's way if no road is closed: as `travel`, without a branch. */
static void set_straight_ways(struct world *world, uint32_t index)
{
    const struct scenario_people *people = &world->scenario->people;
    struct world_need *need = &world->needs[index];
    const double detour = people->detour, speed_m_s = people->speed_m_s;
    const bool all = serves_all(world, index);
    uint32_t count = 0;
    for (uint32_t i = 0; i < world->count; i++) {
        const struct world_person *person = &world->people[i];
        double dx = person->east_m - need->at.east_m,
               dy = person->north_m - need->at.north_m;
        double s = sqrt(dx * dx + dy * dy) * detour / speed_m_s;
        const bool there =
            s <= WORLD_TRAVEL_S_MAX && (all || world_lines(world, index, i) != 0);
        s = s <= WORLD_TRAVEL_S_MAX ? s : WORLD_TRAVEL_S_MAX;
        need->keys[count] = (uint64_t)(1000 * (uint32_t)(s + 0.5)) << 32 | i;
        count += there;
    }
    need->count = count;
}

/* Everybody's way to the need as its roads are. */
static int set_ways(struct world *world, uint32_t index)
{
    struct world_need *need = &world->needs[index];
    int status = ST_OK;
    if (world->scenario->roster != NULL)
        status = roster_ways(world->scenario->roster, world->scenario, index, &need->at,
                             need->closed, need->ways);
    need->count = need->sorted = 0;
    if (world->scenario->roster == NULL && need->closed == 0) {
        set_straight_ways(world, index);
        return ST_OK;
    }
    for (uint32_t i = 0; i < world->count && status == ST_OK; i++) {
        uint32_t ms = world_travel_ms(world, index, i);
        if (ms != WORLD_UNREACHABLE)
            need->keys[need->count++] = (uint64_t)ms << 32 | i;
    }
    return status;
}

#define DRAWS_MAX 1000 /* of a place that must lie near a road */

static int set_need(struct world *world, uint32_t index)
{
    const struct scenario *scenario = world->scenario;
    struct world_need *need = &world->needs[index];
    uint32_t incident = scenario->needs[index].incident;
    struct random_seeded random;
    stream(&random, world, world->run, incident, DRAW_EVENT);
    need->event_z = random_normal(&random.super);
    need->at = scenario->incidents[incident].at;
    bool fits = !need->at.anywhere;
    for (uint32_t i = 0; !fits && i < DRAWS_MAX; i++) {
        draw_place(&random.super, scenario->people.radius_m, &need->at.east_m,
                   &need->at.north_m);
        fits = scenario->roster == NULL || roster_has_road(scenario->roster, &need->at);
    }
    need->closed = scenario_closed(scenario, scenario->needs[index].start_ms);
    return set_ways(world, index);
}

int world_set_roads(struct world *world, uint32_t need, int64_t since_ms,
                    bool *ret_changed)
{
    uint32_t closed = scenario_closed(world->scenario, since_ms);
    *ret_changed = closed != world->needs[need].closed;
    world->needs[need].closed = closed;
    return *ret_changed ? set_ways(world, need) : ST_OK;
}

/* Roads that changed in the run of before are as at the start again. */
static int reset_roads(struct world *world)
{
    int status = ST_OK;
    bool changed;
    for (uint32_t i = 0; i < world->scenario->need_count && status == ST_OK; i++)
        status = world_set_roads(world, i, world->scenario->needs[i].start_ms, &changed);
    return status;
}

int world_set_run(struct world *world, uint64_t run)
{
    const struct scenario *scenario = world->scenario;
    const struct scenario_people *people = &scenario->people;
    bool known = (world->is_set && !people->redraw) || scenario->roster != NULL;
    if (world->is_set && world->run == run)
        return reset_roads(world);
    world->is_set = true;
    world->run = run;
    world->count =
        scenario->roster != NULL ? roster_count(scenario->roster) : people->count;
    if (people->mean > 0 && scenario->roster == NULL) {
        struct random_seeded random;
        stream(&random, world, run, 0, DRAW_COUNT);
        world->count = poisson(&random.super, people->mean, world_people_max(scenario));
    }
    if (!known) {
        place_people(world, key_of_run(world, people->redraw ? run : 0));
        draw_people(world);
    }
    int status = ST_OK;
    for (uint32_t i = 0; i < scenario->need_count && status == ST_OK; i++)
        status = set_need(world, i);
    world->is_set = status == ST_OK;
    return status;
}

/* ---- the nearest
 * ------------------------------------------------------------------------- */

/* At most SMALL keys: into bins by their time, then by insertion. Drawn people differ in
 * each run, so a sort by comparisons would mispredict half of its branches. */
static void sort_keys(uint64_t *keys, uint32_t count)
{
    uint64_t copy[SMALL], most = 0;
    uint32_t end[BINS + 1] = {0}; /* of the bin before, while they are filled */
    for (uint32_t i = 0; i < count; i++)
        most = keys[i] > most ? keys[i] : most;
    const uint64_t scale = ((uint64_t)BINS << 32) / ((most >> 32) + 1);
    for (uint32_t i = 0; i < count; i++)
        end[((keys[i] >> 32) * scale >> 32) + 1]++;
    for (uint32_t b = 1; b <= BINS; b++)
        end[b] += end[b - 1];
    for (uint32_t i = 0; i < count; i++)
        copy[end[(keys[i] >> 32) * scale >> 32]++] = keys[i];
    for (uint32_t i = 0; i < count; i++) {
        uint32_t at = i;
        for (; at > 0 && keys[at - 1] > copy[i]; at--)
            keys[at] = keys[at - 1];
        keys[at] = copy[i];
    }
}

static int by_key(const void *a, const void *b)
{
    const uint64_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

/* A key below which about N of the COUNT keys lie, by a sample of them. */
static uint64_t key_for(const uint64_t *keys, uint32_t count, uint32_t n)
{
    uint64_t sample[SAMPLE];
    for (uint32_t i = 0; i < SAMPLE; i++)
        sample[i] = keys[(uint64_t)count * i / SAMPLE];
    sort_keys(sample, SAMPLE);
    return sample[(uint64_t)n * SAMPLE / count];
}

/* Those up to PIVOT come first: their number. No branch depends on a key. */
static uint32_t divide(uint64_t *keys, uint32_t count, uint64_t pivot)
{
    uint32_t at = 0;
    for (uint32_t i = 0; i < count; i++) {
        const uint64_t key = keys[i];
        keys[i] = keys[at];
        keys[at] = key;
        at += key <= pivot;
    }
    return at;
}

/* About as many more as are sorted, and some are always. */
static void sort_more(struct world_need *need)
{
    uint64_t *from = need->keys + need->sorted;
    uint32_t count = need->count - need->sorted;
    const uint32_t wanted = need->sorted > PART ? need->sorted : PART;
    if (count > 2 * wanted)
        count = divide(from, count, key_for(from, count, wanted));
    if (count > SMALL)
        qsort(from, count, sizeof *from, by_key);
    else
        sort_keys(from, count);
    need->sorted += count;
}

bool world_nearest(struct world *world, uint32_t need, uint32_t index,
                   uint32_t *ret_person, uint32_t *ret_ms)
{
    struct world_need *of = &world->needs[need];
    if (index >= of->count)
        return false;
    while (index >= of->sorted)
        sort_more(of);
    *ret_person = (uint32_t)of->keys[index];
    *ret_ms = (uint32_t)(of->keys[index] >> 32);
    return true;
}

/* ---- answers
 * ----------------------------------------------------------------------------- */

static double lognormal_s(struct random *random, double median, double sigma)
{
    double z = random_normal(random);
    return sigma > 0 ? median * exp(sigma * z) : median;
}

/* The acceptance of a person in this incident, on the scale of logits. */
static double willing(const struct world *world, uint32_t need, uint32_t person,
                      double accept)
{
    const struct scenario_response *response = &world->scenario->response;
    if ((response->person_sd <= 0 && response->event_sd <= 0) || accept <= 0 ||
        accept >= 1)
        return accept;
    double logit = log(accept / (1 - accept)) +
                   response->person_sd * world->people[person].z +
                   response->event_sd * world->needs[need].event_z;
    return 1 / (1 + exp(-logit));
}

void world_answer(const struct world *world, const struct world_alert *alert,
                  struct world_answer *ret)
{
    const struct scenario_response *response = &world->scenario->response;
    bool night = scenario_is_quiet(alert->now_ms);
    struct random_seeded seeded;
    struct random *random = &seeded.super;
    stream(&seeded, world, world->run, (uint64_t)alert->person << 16 | alert->attempt,
           DRAW_ANSWER);
    struct learn_forecast forecast = {
        night ? response->accept_night : response->accept_day, response->comes, 0, 0, 0};
    if (world->scenario->roster != NULL) /* they are as the instance has learned */
        forecast = world_forecast(world, alert->need, alert->person, alert->travel_ms);
    double accept = willing(world, alert->need, alert->person, forecast.accept);
    ret->accepts = random_unit(random) < accept;
    ret->declines = random_unit(random) < response->decline_share && !ret->accepts;
    ret->comes = random_unit(random) < forecast.comes;
    ret->delay_ms = (int64_t)(1000 * lognormal_s(random, response->delay_median_s,
                                                 response->delay_sigma));
    ret->turnout_ms =
        (int64_t)(1000 * lognormal_s(random,
                                     night ? response->turnout_night_median_s
                                           : response->turnout_day_median_s,
                                     response->turnout_sigma));
    ret->travel = lognormal_s(random, response->travel_factor, response->travel_sigma);
    ret->lost = 0;
    for (uint32_t i = 0; i < world->scenario->channel_count; i++)
        if (random_unit(random) < world->scenario->channels[i].loss)
            ret->lost |= (uint8_t)(1u << i);
}

static bool is_down(const struct scenario_channel *channel, int64_t since_ms)
{
    for (uint32_t i = 0; i < channel->down_count; i++)
        if (since_ms >= channel->down[i].from_ms && since_ms < channel->down[i].to_ms)
            return true;
    return false;
}

int64_t world_seen_ms(const struct scenario *scenario, int64_t since_ms, uint8_t lost,
                      bool *ret_void)
{
    int64_t at = since_ms, seen = INT64_MAX;
    bool all_failed = true;
    for (uint32_t i = 0; i < scenario->channel_count; i++) {
        const struct scenario_channel *channel = &scenario->channels[i];
        if (at >= since_ms + scenario->no_answer_ms)
            break;
        if (is_down(channel, at))
            continue; /* the next one at once */
        all_failed = false;
        if ((lost >> i & 1) == 0 && at + channel->delay_ms < seen)
            seen = at + channel->delay_ms;
        at = since_ms + (int64_t)(i + 1) * UNREAD_MS;
    }
    *ret_void = all_failed;
    return seen;
}
