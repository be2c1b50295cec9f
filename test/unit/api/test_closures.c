/* SPDX-License-Identifier: Apache-2.0 */
/* Who may close which roads: a town's dispatcher those of the town, and nothing that
 * reaches beyond it; a dispatcher of the whole county all of them. */
#include "admin.h"

static struct client west;

static int start(void **state)
{
    (void)admin_start(state);
    client_expect(&admin, 201, "POST", "/api/v1/accounts",
                  "{\"account\":\"a-west\",\"password\":\"a long password\",\"roles\":[{"
                  "\"role\":\"dispatcher\",\"area\":\"west\"},{\"role\":\"viewer\","
                  "\"area\":\"east\"}]}");
    client_init(&west, &fixture);
    client_sign_in(&west, "a-west", "a long password");
    return 0;
}

static int stop(void **state)
{
    client_release(&west);
    return admin_stop(state);
}

/* The towns meet at 121.02855; west of 120.9 there is nothing but the county. */
#define WEST "{\"lat\":30.706,\"lon\":121.0245}"
#define EAST "{\"lat\":30.706,\"lon\":121.0335}"
#define RING(a, b, c, d) "[" a "," b "," c "," d "," a "]"
#define SOUTHWEST "[121.0215,30.702]"
#define NORTHWEST "[121.0215,30.706]"
#define SOUTHEAST "[121.0335,30.702]"
#define NORTHEAST "[121.0335,30.706]"
#define MIDDLE_SOUTH "[121.0265,30.702]"
#define MIDDLE_NORTH "[121.0265,30.706]"
#define POLYGON(rings) "\"polygon\":{\"type\":\"Polygon\",\"coordinates\":[" rings "]}"
#define OWN RING(SOUTHWEST, NORTHWEST, MIDDLE_NORTH, MIDDLE_SOUTH)
#define OTHERS RING(SOUTHEAST, NORTHEAST, "[121.0315,30.706]", "[121.0315,30.702]")
#define BOTH RING(SOUTHWEST, NORTHWEST, NORTHEAST, SOUTHEAST)

static const struct {
    const char *where;
    long status; /* for the west's dispatcher; everything is for the admin */
} rows[] = {
    {"\"at\":" WEST, 201},
    {"\"at\":" EAST, 403},
    {"\"at\":" WEST ",\"radius\":150", 201},
    {"\"at\":" EAST ",\"radius\":150", 403},
    {"\"at\":" WEST ",\"radius\":500", 403},   /* over the border */
    {"\"at\":" WEST ",\"radius\":14000", 403}, /* beyond the other town */
    {POLYGON(OWN), 201},
    {POLYGON(OTHERS), 403},
    {POLYGON(BOTH), 403},
    {POLYGON(RING(SOUTHEAST, SOUTHWEST, NORTHWEST, NORTHEAST)), 403},
    {"\"at\":" WEST "," POLYGON(OWN), 201},
    {"\"at\":" WEST "," POLYGON(OTHERS), 403},
    {"\"at\":" WEST "," POLYGON(BOTH), 403},
    {"\"at\":" EAST "," POLYGON(OWN), 403},
    {POLYGON(RING("[120.89,30.702]", "[120.89,30.706]", MIDDLE_NORTH, MIDDLE_SOUTH)),
     404},
    {"\"polygon\":{\"type\":\"MultiPolygon\",\"coordinates\":[[" OWN "],[" OTHERS "]]}",
     403},
};

/* What it closes, OPENER opens again, with the status OPENS. */
static void try(struct client *client, const char *where, long status,
                struct client *opener, long opens)
{
    char body[1024], path[64];
    (void)snprintf(body, sizeof body, "{%s,\"reason\":\"flooded\"}", where);
    client_expect(client, status, "POST", "/api/v1/closures", body);
    if (status != 201)
        return;
    (void)snprintf(path, sizeof path, "/api/v1/closures/%lld",
                   (long long)client_int(client, "id"));
    client_expect(opener, opens, "DELETE", path, NULL);
    if (opens != 204)
        client_expect(&admin, 204, "DELETE", path, NULL);
}

static void test_only_where_one_may(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        try(&west, rows[i].where, rows[i].status, &west, 204);
}

static void test_the_county_may_everywhere(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        try(&admin, rows[i].where, 201, &admin, 204);
}

/* What the county closed beyond the town is not the town's to open, wherever it begins.
 */
static void test_opened_by_who_may_close(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        try(&admin, rows[i].where, 201, &west,
            rows[i].status == 201 ? 204 : rows[i].status);
}

/* A ring of COUNT corners around a place of the west. */
static void write_ring(struct text *text, int count)
{
    text_clear(text);
    text_append_string(text, "{\"reason\":\"flooded\",\"polygon\":{\"type\":\"Polygon\","
                             "\"coordinates\":[[[121.02,30.702]");
    for (int i = 1; i < count; i++)
        text_appendf(text, ",[%.7f,%.7f]", 121.02 + i * 1e-6, 30.706 + i % 2 * 1e-6);
    text_append_string(text, ",[121.02,30.702]]]}}");
}

static void test_many_corners(void **state)
{
    (void)state;
    struct text text;
    text_init(&text, 1 << 20);
    write_ring(&text, 2000);
    client_expect(&west, 201, "POST", "/api/v1/closures", text_string(&text));
    write_ring(&text, 2001);
    client_expect(&west, 422, "POST", "/api/v1/closures", text_string(&text));
    assert_non_null(strstr(text_string(&west.body), "\"/polygon\""));
    client_expect(&admin, 201, "POST", "/api/v1/closures", text_string(&text));
    text_release(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_only_where_one_may),
        cmocka_unit_test(test_the_county_may_everywhere),
        cmocka_unit_test(test_opened_by_who_may_close),
        cmocka_unit_test(test_many_corners),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
