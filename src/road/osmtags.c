/* SPDX-License-Identifier: Apache-2.0 */
/* Three questions for each way: which modes does its kind allow, what do access tags
 * change, and which direction is open. The most specific access tag wins (motorcar before
 * motor_vehicle before vehicle before access). Turn restrictions are not used: a
 * volunteer who must turn around loses seconds, and the graph stays three times smaller.
 */
#include "road/osmtags.h"

#include "base/text.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#define FOOT 1u
#define BIKE 2u
#define CAR 4u
#define FOOT_MPS 1.8
#define BIKE_MPS 4.0
#define FERRY_MPS 5.0
#define SPEED_KMH_MIN 5.0
#define SPEED_KMH_MAX 140.0
#define DURATION_S_MAX (7 * 86400.0)
#define KMH (1 / 3.6)
#define MPH 0.44704
#define KNOT (1852 / 3600.0)
#define NUMBER_SIZE 16
#define ACCESS_WORD_SIZE 32

static_assert(FOOT == 1u << ROAD_FOOT && BIKE == 1u << ROAD_BIKE && CAR == 1u << ROAD_CAR,
              "bits are modes");

struct highway {
    const char *value;
    enum road_class class;
    unsigned modes;
    double car_kmh;
};

static const struct highway highways[] = {
    {"motorway", ROAD_MOTORWAY, CAR, 100},
    {"motorway_link", ROAD_MOTORWAY, CAR, 50},
    {"trunk", ROAD_TRUNK, FOOT | BIKE | CAR, 80},
    {"trunk_link", ROAD_TRUNK, FOOT | BIKE | CAR, 45},
    {"primary", ROAD_PRIMARY, FOOT | BIKE | CAR, 60},
    {"primary_link", ROAD_PRIMARY, FOOT | BIKE | CAR, 40},
    {"secondary", ROAD_SECONDARY, FOOT | BIKE | CAR, 50},
    {"secondary_link", ROAD_SECONDARY, FOOT | BIKE | CAR, 35},
    {"tertiary", ROAD_TERTIARY, FOOT | BIKE | CAR, 40},
    {"tertiary_link", ROAD_TERTIARY, FOOT | BIKE | CAR, 30},
    {"unclassified", ROAD_MINOR, FOOT | BIKE | CAR, 30},
    {"residential", ROAD_MINOR, FOOT | BIKE | CAR, 25},
    {"road", ROAD_MINOR, FOOT | BIKE | CAR, 30},
    {"living_street", ROAD_MINOR, FOOT | BIKE | CAR, 10},
    {"service", ROAD_SERVICE, FOOT | BIKE | CAR, 15},
    {"track", ROAD_SERVICE, FOOT | BIKE, 15},
    {"cycleway", ROAD_PATH, FOOT | BIKE, 10},
    {"path", ROAD_PATH, FOOT | BIKE, 10},
    {"bridleway", ROAD_PATH, FOOT, 10},
    {"footway", ROAD_PATH, FOOT, 10},
    {"pedestrian", ROAD_PATH, FOOT, 10},
    {"steps", ROAD_PATH, FOOT, 0},
    {"corridor", ROAD_PATH, FOOT, 0},
    {"platform", ROAD_PATH, FOOT, 0},
    {"elevator", ROAD_PATH, FOOT, 0},
};

static const struct highway ferry = {"ferry", ROAD_FERRY, FOOT | BIKE, 18};
static const struct highway pier = {"pier", ROAD_PATH, FOOT, 0};

const char *osmtags_get(struct osmtags tags, const char *key)
{
    for (uint32_t i = 0; i < tags.count; i++)
        if (strcmp(tags.items[i].key, key) == 0)
            return tags.items[i].value;
    return NULL;
}

bool osmtags_is(struct osmtags tags, const char *key, const char *value)
{
    const char *found = osmtags_get(tags, key);
    return found != NULL && strcmp(found, value) == 0;
}

static bool one_of(const char *value, const char *const *list, size_t count)
{
    for (size_t i = 0; value != NULL && i < count; i++)
        if (strcmp(value, list[i]) == 0)
            return true;
    return false;
}

#define ONE_OF(value, ...)                                                               \
    one_of(value, (const char *const[]){__VA_ARGS__},                                    \
           sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *))

/* ---- values ----------------------------------------------------------------------- */

/* Digits with at most one point, no sign; the rest of the text in *ret_rest. */
static bool number_prefix(const char *text, double *ret, const char **ret_rest)
{
    size_t size = strspn(text, "0123456789.");
    char number[NUMBER_SIZE];
    if (size == 0 || size >= sizeof number)
        return false;
    memcpy(number, text, size);
    number[size] = '\0';
    if (!text_to_double(number, 0, 1e9, ret))
        return false;
    *ret_rest = text + size;
    return true;
}

/* "50", "50 km/h", "30 mph", "10 knots": metres per second; false on words and zones. */
static bool read_speed(const char *text, double *ret_mps)
{
    double value;
    const char *unit;
    if (!number_prefix(text, &value, &unit))
        return false;
    while (*unit == ' ')
        unit++;
    double factor = strcmp(unit, "mph") == 0                 ? MPH
                    : strcmp(unit, "knots") == 0             ? KNOT
                    : ONE_OF(unit, "", "km/h", "kmh", "kph") ? KMH
                                                             : 0;
    if (factor == 0 || value <= 0)
        return false;
    *ret_mps = fmin(fmax(value * factor, SPEED_KMH_MIN * KMH), SPEED_KMH_MAX * KMH);
    return true;
}

/* ISO 8601, the parts that ferries use: PnDTnHnMnS. */
static bool iso_duration(const char *text, double *ret_s)
{
    double all = 0;
    bool time = false;
    for (text++; *text != '\0';) {
        if (*text == 'T' && !time) {
            time = true;
            text++;
            continue;
        }
        double value;
        if (!number_prefix(text, &value, &text))
            return false;
        double unit = *text == 'D' && !time  ? 86400
                      : *text == 'H' && time ? 3600
                      : *text == 'M' && time ? 60
                      : *text == 'S' && time ? 1
                                             : 0;
        if (unit == 0)
            return false;
        all += value * unit;
        text++;
    }
    *ret_s = all;
    return true;
}

bool osmtags_duration(const char *text, double *ret_s)
{
    double part[3] = {0}, all = 0;
    int count = 0;
    if (*text == 'P') {
        if (!iso_duration(text, &all))
            return false;
    } else {
        do {
            if (!number_prefix(text, &part[count++], &text))
                return false;
        } while (*text == ':' && *text++ == ':' && count < 3);
        if (*text != '\0')
            return false;
        all = count == 1   ? part[0] * 60
              : count == 2 ? part[0] * 3600 + part[1] * 60
                           : part[0] * 3600 + part[1] * 60 + part[2];
    }
    if (!(all > 0) || all > DURATION_S_MAX)
        return false;
    *ret_s = all;
    return true;
}

/* ---- access ----------------------------------------------------------------------- */

enum access { ACCESS_UNSAID, ACCESS_YES, ACCESS_NO };

static enum access word_access(const char *word)
{
    if (ONE_OF(word, "no", "private", "agricultural", "forestry", "military",
               "restricted", "use_sidepath", "emergency", "bus", "psv", "taxi",
               "dismount"))
        return ACCESS_NO;
    if (ONE_OF(word, "yes", "permissive", "designated", "official", "destination",
               "customers", "delivery", "permit", "residents", "public", "allowed"))
        return ACCESS_YES;
    return ACCESS_UNSAID; /* an unknown word changes nothing */
}

/* "agricultural;forestry": open if one of the words says so, else closed if one does. */
static enum access access_of(const char *value)
{
    enum access access = ACCESS_UNSAID;
    while (value != NULL && *value != '\0') {
        size_t size = strcspn(value, ";");
        char word[ACCESS_WORD_SIZE];
        if (size < sizeof word) {
            memcpy(word, value, size);
            word[size] = '\0';
            enum access own = word_access(text_trim(word));
            if (own == ACCESS_YES)
                return ACCESS_YES;
            if (own == ACCESS_NO)
                access = ACCESS_NO;
        }
        value += size + (value[size] == ';');
    }
    return access;
}

static const char *const access_keys[ROAD_MODE_COUNT][4] = {
    [ROAD_FOOT] = {"foot", "access"},
    [ROAD_BIKE] = {"bicycle", "vehicle", "access"},
    [ROAD_CAR] = {"motorcar", "motor_vehicle", "vehicle", "access"},
};

/* SUFFIX "", ":forward" or ":backward". Rank 0 is the most specific key. */
static enum access mode_access(struct osmtags tags, int mode, const char *suffix,
                               int *ret_rank)
{
    for (int i = 0; i < 4 && access_keys[mode][i] != NULL; i++) {
        char key[40];
        (void)snprintf(key, sizeof key, "%s%s", access_keys[mode][i], suffix);
        enum access access = access_of(osmtags_get(tags, key));
        if (access != ACCESS_UNSAID) {
            *ret_rank = i;
            return access;
        }
    }
    *ret_rank = 4;
    return ACCESS_UNSAID;
}

static unsigned modes_allowed(struct osmtags tags, const struct highway *kind)
{
    unsigned modes = kind->modes;
    if (osmtags_is(tags, "motorroad", "yes"))
        modes &= ~(FOOT | BIKE);
    for (int mode = 0; mode < ROAD_MODE_COUNT; mode++) {
        int rank;
        enum access access = mode_access(tags, mode, "", &rank);
        /* A general yes does not open a footpath to cars: only a tag of the mode's own
         * kind does (the last key of each list is "access"). */
        bool general = mode == ROAD_FOOT ? rank == 1 : rank >= mode + 1;
        if (access == ACCESS_NO)
            modes &= ~(1u << mode);
        else if (access == ACCESS_YES && !general)
            modes |= 1u << mode;
    }
    if (strcmp(kind->value, "steps") == 0)
        modes &= FOOT;
    return modes;
}

/* ---- direction -------------------------------------------------------------------- */

#define ALONG 1u
#define AGAINST 2u

/* The directions a oneway value leaves open; 0 = it says nothing. */
static unsigned oneway_value(const char *value)
{
    if (ONE_OF(value, "yes", "true", "1"))
        return ALONG;
    if (ONE_OF(value, "-1", "reverse"))
        return AGAINST;
    if (ONE_OF(value, "no", "false", "0", "alternating"))
        return ALONG | AGAINST;
    return 0;
}

static unsigned vehicle_directions(struct osmtags tags, const struct highway *kind)
{
    unsigned said = oneway_value(osmtags_get(tags, "oneway"));
    if (said != 0)
        return said;
    if (ONE_OF(osmtags_get(tags, "junction"), "roundabout", "circular") ||
        strcmp(kind->value, "motorway") == 0)
        return ALONG;
    return ALONG | AGAINST;
}

/* A lane for bicycles against the one-way traffic. */
static bool opposite_lane(struct osmtags tags)
{
    static const char *const keys[] = {"cycleway", "cycleway:left", "cycleway:right",
                                       "cycleway:both"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (ONE_OF(osmtags_get(tags, keys[i]), "opposite", "opposite_lane",
                   "opposite_track"))
            return true;
    return false;
}

static unsigned mode_directions(struct osmtags tags, int mode, unsigned vehicles)
{
    unsigned open = vehicles, said = 0;
    if (mode == ROAD_FOOT) {
        open = ALONG | AGAINST;
        said = oneway_value(osmtags_get(tags, "oneway:foot"));
    } else if (mode == ROAD_BIKE) {
        said = oneway_value(osmtags_get(tags, "oneway:bicycle"));
        if (said == 0 && opposite_lane(tags))
            said = ALONG | AGAINST;
    } else {
        said = oneway_value(osmtags_get(tags, "oneway:motorcar"));
        if (said == 0)
            said = oneway_value(osmtags_get(tags, "oneway:motor_vehicle"));
    }
    if (said != 0)
        open = said;
    int rank;
    if (mode_access(tags, mode, ":forward", &rank) == ACCESS_NO)
        open &= ~ALONG;
    if (mode_access(tags, mode, ":backward", &rank) == ACCESS_NO)
        open &= ~AGAINST;
    return open;
}

static void limit_of(struct osmtags tags, double ret_mps[2])
{
    static const char *const keys[] = {"maxspeed:forward", "maxspeed:backward"};
    const char *both = osmtags_get(tags, "maxspeed");
    for (int way = 0; way < 2; way++) {
        const char *own = osmtags_get(tags, keys[way]);
        ret_mps[way] = 0;
        if (own == NULL || !read_speed(own, &ret_mps[way]))
            if (both == NULL || !read_speed(both, &ret_mps[way]))
                ret_mps[way] = 0;
    }
}

static double speed_of(int mode, const struct highway *kind, double limit_mps)
{
    if (kind->class == ROAD_FERRY)
        return FERRY_MPS;
    if (mode == ROAD_FOOT)
        return FOOT_MPS;
    if (mode == ROAD_BIKE)
        return limit_mps > 0 ? fmin(BIKE_MPS, limit_mps) : BIKE_MPS;
    return limit_mps > 0 ? limit_mps : kind->car_kmh * KMH;
}

static const struct highway *kind_of(struct osmtags tags, bool *ret_road)
{
    const char *value = osmtags_get(tags, "highway");
    *ret_road = value != NULL;
    for (size_t i = 0; value != NULL && i < sizeof highways / sizeof *highways; i++)
        if (strcmp(value, highways[i].value) == 0)
            return &highways[i];
    const struct highway *other = osmtags_is(tags, "route", "ferry")     ? &ferry
                                  : osmtags_is(tags, "man_made", "pier") ? &pier
                                                                         : NULL;
    if (value != NULL)
        return NULL;
    *ret_road = other != NULL;
    return other;
}

/* A ferry that names no passengers at all takes everybody. */
static bool ferry_takes_cars(struct osmtags tags)
{
    static const char *const keys[] = {"foot", "bicycle", "vehicle", "motor_vehicle",
                                       "motorcar"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (osmtags_get(tags, keys[i]) != NULL)
            return false;
    return true;
}

void osmtags_way(struct osmtags tags, struct osmtags_way *ret)
{
    *ret = (struct osmtags_way){.class = ROAD_OTHER};
    const struct highway *found = kind_of(tags, &ret->is_road);
    if (found == NULL)
        return;
    struct highway kind = *found;
    if (kind.class == ROAD_FERRY && ferry_takes_cars(tags))
        kind.modes |= CAR;
    ret->class = kind.class;
    const char *duration = osmtags_get(tags, "duration");
    if (kind.class == ROAD_FERRY && duration != NULL &&
        !osmtags_duration(duration, &ret->duration_s))
        ret->duration_s = 0;
    unsigned modes = modes_allowed(tags, &kind);
    unsigned vehicles = vehicle_directions(tags, &kind);
    if (osmtags_is(tags, "oneway", "reversible"))
        modes &= FOOT; /* open one way now, the other way later: nobody here knows */
    double limit_mps[2];
    limit_of(tags, limit_mps);
    for (int mode = 0; mode < ROAD_MODE_COUNT; mode++) {
        if (!(modes & 1u << mode))
            continue;
        unsigned open = mode_directions(tags, mode, vehicles);
        if (kind.class == ROAD_FERRY)
            open = vehicles; /* a boat's direction is everybody's */
        for (int way = 0; way < 2; way++)
            if (open & (way == 0 ? ALONG : AGAINST))
                ret->speed_mps[mode][way] = speed_of(mode, &kind, limit_mps[way]);
    }
}

bool osmtags_way_usable(const struct osmtags_way *way)
{
    for (int mode = 0; mode < ROAD_MODE_COUNT; mode++)
        if (way->speed_mps[mode][0] > 0 || way->speed_mps[mode][1] > 0)
            return true;
    return false;
}

unsigned osmtags_node_blocks(struct osmtags tags)
{
    const char *barrier = osmtags_get(tags, "barrier");
    if (barrier == NULL)
        return 0;
    unsigned blocks = 0;
    if (ONE_OF(barrier, "bollard", "block", "jersey_barrier", "log", "planter", "debris",
               "cycle_barrier", "motorcycle_barrier", "bar", "barrier_board", "rope",
               "chain", "wicket_gate"))
        blocks = CAR;
    if (ONE_OF(barrier, "stile", "turnstile", "kissing_gate", "full-height_turnstile",
               "fence", "wall", "hedge", "step", "horse_stile"))
        blocks = CAR | BIKE;
    for (int mode = 0; mode < ROAD_MODE_COUNT; mode++) {
        int rank;
        enum access access = mode_access(tags, mode, "", &rank);
        bool general = mode == ROAD_FOOT ? rank == 1 : rank >= mode + 1;
        if (access == ACCESS_NO)
            blocks |= 1u << mode;
        else if (access == ACCESS_YES && !general)
            blocks &= ~(1u << mode);
    }
    return blocks;
}
