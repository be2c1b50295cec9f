/* SPDX-License-Identifier: Apache-2.0 */
/* Homes stand beside the roads people live along. Each such element belongs to the
 * village whose centre is nearest; a counting sort files them. */
#include "demo/residents.h"

#include "base/mem.h"
#include "base/status.h"

#include <math.h>

static bool is_home(const struct net *net, const struct net_element *e)
{
    return e->kept && e->kind == NET_PLAIN &&
           (net->lines[e->line].flags & NET_HOMES) != 0;
}

static int file_homes(struct homes *homes)
{
    const struct net *net = homes->net;
    uint32_t villages = homes->villages->count;
    AUTO_FREE uint32_t *owners =
        mem_calloc((size_t)net->element_count + 1, sizeof *owners);
    if (owners == NULL)
        return ST_NO_MEMORY;
    for (uint32_t i = 0; i < net->element_count; i++) {
        const struct net_element *e = &net->elements[i];
        enum net_class class = net->lines[e->line].class;
        if (e->kept && e->kind == NET_PLAIN && class >= NET_TERTIARY &&
            class <= NET_SERVICE)
            homes->any[homes->any_count++] = i;
        if (!is_home(net, e))
            continue;
        struct vec middle = plane_mix(net->nodes[e->a].at, net->nodes[e->b].at, 0.5);
        owners[i] = villages_nearest(homes->villages, middle);
        homes->starts[owners[i]]++;
    }
    for (uint32_t v = 1; v <= villages; v++)
        homes->starts[v] += homes->starts[v - 1];
    for (uint32_t i = net->element_count; i-- > 0;)
        if (is_home(net, &net->elements[i]))
            homes->elements[--homes->starts[owners[i]]] = i;
    return homes->any_count > 0 ? ST_OK : ST_INVALID;
}

int homes_init(struct homes *homes, const struct net *net,
               const struct villages *villages)
{
    size_t count = (size_t)net->element_count + 1;
    *homes = (struct homes){.net = net, .villages = villages};
    homes->elements = mem_alloc(count * sizeof *homes->elements);
    homes->any = mem_alloc(count * sizeof *homes->any);
    homes->starts = mem_calloc((size_t)villages->count + 1, sizeof *homes->starts);
    for (uint32_t v = 0; v < villages->count; v++)
        homes->weight_sum += villages->items[v].weight;
    if (homes->elements == NULL || homes->any == NULL || homes->starts == NULL)
        return ST_NO_MEMORY;
    return file_homes(homes);
}

void homes_release(struct homes *homes)
{
    mem_free(homes->elements);
    mem_free(homes->any);
    mem_free(homes->starts);
    *homes = (struct homes){.net = NULL};
}

struct vec homes_pick(const struct homes *homes, uint32_t village, struct random *random)
{
    uint32_t first = homes->starts[village];
    uint32_t count = homes->starts[village + 1] - first;
    uint32_t index = count > 0 ? homes->elements[first + random_below(random, count)]
                               : homes->any[random_below(random, homes->any_count)];
    const struct net_element *e = &homes->net->elements[index];
    struct vec a = homes->net->nodes[e->a].at, b = homes->net->nodes[e->b].at;
    struct vec aside = plane_left(plane_direction(a, b));
    double offset = plane_between(random, 6, 28);
    if (plane_chance(random, 0.5))
        offset = -offset;
    struct vec on = plane_mix(a, b, random_unit(random));
    return plane_add(on, plane_scale(aside, offset));
}

uint32_t homes_pick_village(const struct homes *homes, struct random *random)
{
    double left = random_unit(random) * homes->weight_sum;
    for (uint32_t v = 0; v < homes->villages->count; v++) {
        left -= homes->villages->items[v].weight;
        if (left < 0)
            return v;
    }
    return homes->villages->count - 1;
}
