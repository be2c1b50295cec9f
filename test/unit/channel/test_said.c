/* SPDX-License-Identifier: Apache-2.0 */
/* What a message says, and to whom: each the own link, and no words but what is so. */
#include "bench.h"

static int64_t alert_of(struct bench *b, uint32_t person)
{
    char sql[128];
    (void)snprintf(sql, sizeof sql, "SELECT max(id) FROM alert WHERE person_id = %lld",
                   (long long)(b->first_person + person));
    return fixture_number(&b->store, sql);
}

static void answer(struct bench *b, int64_t alert, uint32_t person)
{
    const struct loop_input input = {
        .kind = LOOP_ACCEPT, .id = alert, .actor = -(b->first_person + person)};
    assert_int_equal(fixture_step(&b->store, STAGE_ALERT, alert, &input, NULL), ST_OK);
}

/* The newest message to P<PERSON> has these WORDS. */
static void expect_said(struct bench *b, uint32_t person, const char *words)
{
    char to[32];
    const char *body = NULL;
    turn(b);
    (void)snprintf(to, sizeof to, "\"to\":\"P%u\"", person);
    for (uint32_t i = b->peer.job_count; i > 0 && body == NULL; i--)
        if (strstr(b->peer.jobs[i - 1].body, to) != NULL)
            body = b->peer.jobs[i - 1].body;
    assert_non_null(body);
    if (strstr(body, words) == NULL)
        fail_msg("not %s: %s", words, body);
}

/* Whoever holds a link answers for the person: each is sent the own one. */
static void each_has_the_own_link(void **state)
{
    struct bench *b = *state;
    struct link_key key;
    link_key_init(&key, b->store.vault);
    open_channel(b, CHANNEL_FILE, 500);
    call_out(b, 0, 5, 1U << CHANNEL_FILE);
    turn(b);
    assert_int_equal(b->peer.job_count, 5);
    for (uint32_t i = 0; i < 5; i++) {
        char token[LINK_TOKEN_SIZE], to[32];
        int64_t alert;
        const char *link = strstr(b->peer.jobs[i].body, "/r/");
        assert_non_null(link);
        (void)snprintf(token, sizeof token, "%s", link + strlen("/r/"));
        assert_true(link_find(&key, token, &alert));
        assert_int_equal(alert, alert_of(b, i));
        (void)snprintf(to, sizeof to, "\"to\":\"P%u\"", i);
        assert_non_null(strstr(b->peer.jobs[i].body, to));
    }
    link_key_release(&key);
}

/* Too late for a full need, or for having said yes elsewhere; stood down because enough
 * are there, or because it is called off; asked after on the way, or on the way home. */
static void the_words_are_what_is_so(void **state)
{
    struct bench *b = *state;
    struct loop_input input = {.actor = 1, .reason = "over"};
    open_channel(b, CHANNEL_FILE, 500);
    call_out(b, 0, 5, 1U << CHANNEL_FILE);
    for (uint32_t person = 0; person < 3; person++)
        answer(b, alert_of(b, person), person);
    answer(b, alert_of(b, 3), 3);
    expect_said(b, 3, "人刚好够了");
    const int64_t incident = b->incident, late = alert_of(b, 4);
    call_out(b, 4, 1, 1U << CHANNEL_FILE); /* is asked elsewhere, has promised nothing */
    answer(b, late, 4);
    expect_said(b, 4, "人刚好够了");
    const int64_t assignment =
        fixture_number(&b->store, "SELECT min(id) FROM assignment");
    input.kind = LOOP_DEPART;
    input.id = assignment;
    assert_int_equal(fixture_step(&b->store, STAGE_ASSIGNMENT, assignment, &input, NULL),
                     ST_OK);
    pass(b, 8 * TIME_MINUTE_MS); /* twice the way, and five minutes */
    expect_said(b, 0, "还没有看到您到达");
    input.kind = LOOP_STAND_DOWN;
    input.id = incident;
    assert_int_equal(fixture_step(&b->store, STAGE_INCIDENT, incident, &input, NULL),
                     ST_OK);
    expect_said(b, 2, "人手已经够了");
    pass(b, 6 * TIME_MINUTE_MS);
    expect_said(b, 0, "路上一切都好吗");

    call_out(b, 5, 1, 1U << CHANNEL_FILE);
    const int64_t first = alert_of(b, 5);
    pass(b, 6 * TIME_MINUTE_MS); /* no answer */
    call_out(b, 5, 1, 1U << CHANNEL_FILE);
    answer(b, alert_of(b, 5), 5);
    answer(b, first, 5);
    expect_said(b, 5, "已经答应了另一处");
    input.kind = LOOP_NEED_CANCEL;
    input.id = b->need;
    assert_int_equal(fixture_step(&b->store, STAGE_NEED, b->need, &input, NULL), ST_OK);
    expect_said(b, 5, "这次不用您来了");
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, bench_setup, bench_teardown)
    const struct CMUnitTest tests[] = {
        TEST(each_has_the_own_link),
        TEST(the_words_are_what_is_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
