/* SPDX-License-Identifier: Apache-2.0 */
/* Lines to a planar network. Every segment is filed in the cells of a 120 m grid that
 * its box touches; pairs inside a cell are tested once (a crossing counts only in the
 * cell that holds it). What happens at a crossing is noted as an event on the segment;
 * then each line is walked and its events become nodes:
 *
 *     road x road      a junction at the same place on both
 *     road x water     two nodes, one on each bank, and an element between them that
 *                      net_join keeps as a bridge or cuts
 *     road x motorway  the same on the road (a passage below), and a bridge on the
 * motorway
 */
#include "demo/net.h"

#include "base/mem.h"
#include "base/status.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define CELL_M 120.0
#define EVENTS_MAX 2000000
/* Crossings nearer to an end of a segment than this become that end. */
#define SNAP_M 4.0

struct event {
    uint32_t segment; /* index of its first point */
    uint8_t kind;     /* NET_PLAIN = junction */
    double t;
    struct vec at;
    double half_width;
};

struct weave {
    struct net *net;
    struct random *random;
    uint32_t *line_of; /* line of the segment that starts at a point; NET_NONE = none */
    uint32_t *starts;  /* cell -> first entry of filed */
    uint32_t *filed;   /* segments, cell by cell */
    uint32_t columns, rows;
    struct vec corner;
    struct event *events;
    uint32_t event_count, event_capacity;
};

static uint32_t cell_of(double value, double origin, uint32_t count)
{
    double cell = floor((value - origin) / CELL_M);
    return cell < 0 ? 0 : cell >= count ? count - 1 : (uint32_t)cell;
}

static int weave_init(struct weave *weave, struct net *net, struct random *random)
{
    *weave = (struct weave){.net = net, .random = random};
    struct vec low = {INFINITY, INFINITY}, high = {-INFINITY, -INFINITY};
    for (uint32_t i = 0; i < net->point_count; i++) {
        struct vec at = net->points[i];
        low = (struct vec){fmin(low.x, at.x), fmin(low.y, at.y)};
        high = (struct vec){fmax(high.x, at.x), fmax(high.y, at.y)};
    }
    weave->corner = low;
    weave->columns = (uint32_t)((high.x - low.x) / CELL_M) + 1;
    weave->rows = (uint32_t)((high.y - low.y) / CELL_M) + 1;
    weave->line_of = mem_alloc(net->point_count * sizeof *weave->line_of);
    weave->starts =
        mem_calloc((size_t)weave->columns * weave->rows + 1, sizeof *weave->starts);
    if (weave->line_of == NULL || weave->starts == NULL)
        return ST_NO_MEMORY;
    for (uint32_t l = 0; l < net->line_count; l++) {
        const struct net_line *line = &net->lines[l];
        for (uint32_t i = 0; i < line->count; i++)
            weave->line_of[line->first + i] = i + 1 < line->count ? l : NET_NONE;
    }
    return ST_OK;
}

static void weave_release(struct weave *weave)
{
    mem_free(weave->line_of);
    mem_free(weave->starts);
    mem_free(weave->filed);
    mem_free(weave->events);
}

struct cells {
    uint32_t x0, x1, y0, y1;
};

static struct cells segment_cells(const struct weave *weave, uint32_t segment)
{
    struct vec a = weave->net->points[segment], b = weave->net->points[segment + 1];
    struct vec o = weave->corner;
    return (struct cells){cell_of(fmin(a.x, b.x), o.x, weave->columns),
                          cell_of(fmax(a.x, b.x), o.x, weave->columns),
                          cell_of(fmin(a.y, b.y), o.y, weave->rows),
                          cell_of(fmax(a.y, b.y), o.y, weave->rows)};
}

/* Counting sort of the segments by cell: first the counts, then the places. */
static int file_segments(struct weave *weave)
{
    size_t cells = (size_t)weave->columns * weave->rows;
    for (int pass = 0; pass < 2; pass++) {
        for (uint32_t s = 0; s < weave->net->point_count; s++) {
            if (weave->line_of[s] == NET_NONE)
                continue;
            struct cells c = segment_cells(weave, s);
            for (uint32_t y = c.y0; y <= c.y1; y++)
                for (uint32_t x = c.x0; x <= c.x1; x++) {
                    size_t cell = (size_t)y * weave->columns + x;
                    if (pass == 0)
                        weave->starts[cell]++;
                    else
                        weave->filed[--weave->starts[cell]] = s;
                }
        }
        if (pass == 1)
            break;
        for (size_t i = 1; i <= cells; i++)
            weave->starts[i] += weave->starts[i - 1];
        weave->filed = mem_alloc(weave->starts[cells] * sizeof *weave->filed);
        if (weave->filed == NULL)
            return ST_NO_MEMORY;
    }
    return ST_OK;
}

static void note(struct weave *weave, struct event event)
{
    struct net *net = weave->net;
    if (net->status == ST_OK)
        net->status = mem_grow(&weave->events, &weave->event_capacity,
                               weave->event_count + 1, sizeof *weave->events, EVENTS_MAX);
    if (net->status == ST_OK)
        weave->events[weave->event_count++] = event;
}

/* A junction of segments S and Q: at the crossing, or at an end of one that is near. */
static void note_junction(struct weave *weave, const uint32_t segment[2],
                          const double t[2], struct vec at)
{
    const struct vec *points = weave->net->points;
    struct vec place = plane_round(at);
    bool at_end[2] = {false, false};
    for (int i = 0; i < 2; i++)
        for (uint32_t end = 0; end < 2; end++) {
            struct vec corner = points[segment[i] + end];
            if (!at_end[0] && !at_end[1] && plane_distance(corner, at) < SNAP_M) {
                place = corner;
                at_end[i] = true;
            }
        }
    for (int i = 0; i < 2; i++)
        if (!at_end[i])
            note(weave, (struct event){segment[i], NET_PLAIN, t[i], place, 0});
}

static void note_crossing(struct weave *weave, uint32_t s, uint32_t q, double t, double u)
{
    const struct net *net = weave->net;
    const struct net_line *a = &net->lines[weave->line_of[s]];
    const struct net_line *b = &net->lines[weave->line_of[q]];
    struct vec at = plane_mix(net->points[s], net->points[s + 1], t);
    if (net_is_water(a->class))
        note(weave, (struct event){q, NET_OVER_WATER, u, at, a->width_m / 2.0 + 4});
    else if (net_is_water(b->class))
        note(weave, (struct event){s, NET_OVER_WATER, t, at, b->width_m / 2.0 + 4});
    else if (net_is_raised(a->class) && net_is_raised(b->class))
        note(weave, (struct event){s, NET_ABOVE_ROAD, t, at, 14});
    else if (net_is_raised(a->class) || net_is_raised(b->class)) {
        bool first = net_is_raised(a->class);
        note(weave, (struct event){first ? s : q, NET_ABOVE_ROAD, first ? t : u, at, 14});
        note(weave,
             (struct event){first ? q : s, NET_UNDER_MOTORWAY, first ? u : t, at, 9});
    } else
        note_junction(weave, (uint32_t[]){s, q}, (double[]){t, u}, at);
}

/* The boxes of two segments do not touch: most pairs of a cell end here. */
static bool are_apart(const struct vec p[2], const struct vec r[2])
{
    return (p[0].x < r[0].x && p[0].x < r[1].x && p[1].x < r[0].x && p[1].x < r[1].x) ||
           (p[0].x > r[0].x && p[0].x > r[1].x && p[1].x > r[0].x && p[1].x > r[1].x) ||
           (p[0].y < r[0].y && p[0].y < r[1].y && p[1].y < r[0].y && p[1].y < r[1].y) ||
           (p[0].y > r[0].y && p[0].y > r[1].y && p[1].y > r[0].y && p[1].y > r[1].y);
}

static void cross_pair(struct weave *weave, uint32_t s, uint32_t q, uint32_t x,
                       uint32_t y)
{
    const struct net *net = weave->net;
    uint32_t l = weave->line_of[s], m = weave->line_of[q];
    if (l == m)
        return;
    enum net_class a = net->lines[l].class, b = net->lines[m].class;
    if (net_is_water(a) && net_is_water(b))
        return;
    const struct vec *p = &net->points[s], *r = &net->points[q];
    if (are_apart(p, r))
        return;
    for (int i = 0; i < 4; i++)
        if (plane_distance(p[i & 1], r[i >> 1]) < 0.05)
            return;
    double t, u;
    if (!plane_cross(p[0], p[1], r[0], r[1], &t, &u))
        return;
    struct vec at = plane_mix(p[0], p[1], t);
    if (cell_of(at.x, weave->corner.x, weave->columns) == x &&
        cell_of(at.y, weave->corner.y, weave->rows) == y)
        note_crossing(weave, s, q, t, u);
}

static void find_crossings(struct weave *weave)
{
    for (uint32_t y = 0; y < weave->rows; y++)
        for (uint32_t x = 0; x < weave->columns; x++) {
            size_t cell = (size_t)y * weave->columns + x;
            for (uint32_t i = weave->starts[cell]; i < weave->starts[cell + 1]; i++)
                for (uint32_t j = weave->starts[cell]; j < i; j++)
                    cross_pair(weave, weave->filed[i], weave->filed[j], x, y);
        }
}

static int event_compare(const void *one, const void *other)
{
    const struct event *a = one, *b = other;
    if (a->segment != b->segment)
        return a->segment < b->segment ? -1 : 1;
    if (a->t != b->t)
        return a->t < b->t ? -1 : 1;
    return a->kind - b->kind;
}

/* How often a road of this kind has a bridge where it meets water. */
static double bridge_share(const struct net_line *line)
{
    if (line->class <= NET_SECONDARY)
        return 1;
    if (line->class == NET_TERTIARY)
        return 0.7;
    if ((line->flags & NET_SPUR) != 0)
        return 0;
    return (line->flags & NET_URBAN) != 0 ? 0.3 : 0.1;
}

/* Adds the piece from *FROM to the node at AT; then AT is the end of the line so far. */
static struct net_element *draw_to(struct net *net, uint32_t *from, struct vec at,
                                   uint32_t line)
{
    uint32_t node = net_node(net, at);
    if (node == NET_NONE || node == *from)
        return NULL;
    struct net_element *element = net_element(net, *from, node, line);
    *from = node;
    return element;
}

static void draw_barrier(struct weave *weave, uint32_t *from, const struct event *event,
                         double before, double after)
{
    struct net *net = weave->net;
    uint32_t line = weave->line_of[event->segment];
    struct vec a = net->points[event->segment], b = net->points[event->segment + 1];
    double half = event->half_width / plane_distance(a, b);
    double t0 = fmax(event->t - half, (before + event->t) / 2);
    double t1 = fmin(event->t + half, (after + event->t) / 2);
    (void)draw_to(net, from, plane_mix(a, b, t0), line);
    struct net_element *element = draw_to(net, from, plane_mix(a, b, t1), line);
    if (element == NULL)
        return;
    element->kind = event->kind;
    if (event->kind == NET_ABOVE_ROAD)
        return;
    element->key = random_unit(weave->random);
    double share = bridge_share(&net->lines[line]);
    if (event->kind == NET_UNDER_MOTORWAY && share > 0 && share < 1)
        share = 0.5;
    element->sure = plane_chance(weave->random, share);
    element->kept = element->sure;
}

static void draw_line(struct weave *weave, uint32_t l, uint32_t *event)
{
    struct net *net = weave->net;
    const struct net_line line = net->lines[l];
    uint32_t from = net_node(net, net->points[line.first]);
    for (uint32_t s = line.first; s + 1 < line.first + line.count; s++) {
        double before = 0;
        for (; *event < weave->event_count && weave->events[*event].segment == s;
             (*event)++) {
            const struct event *now = &weave->events[*event];
            bool more = *event + 1 < weave->event_count && now[1].segment == s;
            if (now->kind == NET_PLAIN)
                (void)draw_to(net, &from, now->at, l);
            else
                draw_barrier(weave, &from, now, before, more ? now[1].t : 1);
            before = now->t;
        }
        (void)draw_to(net, &from, net->points[s + 1], l);
    }
}

void net_weave(struct net *net, struct random *random)
{
    if (net->status != ST_OK || net->point_count == 0)
        return;
    struct weave weave;
    net->status = weave_init(&weave, net, random);
    if (net->status == ST_OK)
        net->status = file_segments(&weave);
    if (net->status == ST_OK)
        find_crossings(&weave);
    if (weave.event_count > 0)
        qsort(weave.events, weave.event_count, sizeof *weave.events, event_compare);
    uint32_t event = 0;
    for (uint32_t l = 0; l < net->line_count && net->status == ST_OK; l++) {
        if (net_is_water(net->lines[l].class)) {
            while (event < weave.event_count &&
                   weave.events[event].segment <
                       net->lines[l].first + net->lines[l].count)
                event++;
            continue;
        }
        draw_line(&weave, l, &event);
    }
    weave_release(&weave);
}
