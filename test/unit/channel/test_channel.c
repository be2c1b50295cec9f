/* SPDX-License-Identifier: Apache-2.0 */
/* The worker between a real store and a peer that does what the test says. Nothing runs
 * by itself: the test steps the writer and the channel, and moves the clock. One test at
 * the end has both threads. */
#include "bench.h"

/* ---- tests
 * ----------------------------------------------------------------------------- */

static void every_message_goes_once(void **state)
{
    struct bench *b = *state;
    b->peer.answer.outcome = TRANSPORT_ACCEPTED;
    b->peer.sending_at_start = 0;
    open_channel(b, CHANNEL_EMAIL, 4);
    call_out(b, 0, 2, 1U << CHANNEL_EMAIL);
    turn(b);
    assert_int_equal(b->peer.job_count, 2);
    assert_true(b->peer.sending_at_start >= 1); /* durable before the first try */
    assert_int_equal(in_state(b, "handed_over"), 2);
    assert_string_equal(b->peer.jobs[0].to, "p0@people.invalid");
    assert_true(b->peer.jobs[0].tag != b->peer.jobs[1].tag);
    char id[64];
    (void)snprintf(id, sizeof id, "Message-ID: <muster-%llu@county.invalid>",
                   (unsigned long long)b->peer.jobs[0].tag);
    assert_non_null(strstr(b->peer.jobs[0].body, id));
    pass(b, 60000);
    assert_int_equal(b->peer.job_count, 2);
    assert_int_equal(counts_of(b).handed_over, 2);
    fixture_verify(&b->store);
}

static void the_mailbox_delivers(void **state)
{
    struct bench *b = *state;
    open_channel(b, CHANNEL_FILE, 500);
    call_out(b, 0, PEOPLE, 1U << CHANNEL_FILE);
    turn(b);
    assert_int_equal(b->peer.job_count, PEOPLE);
    assert_int_equal(in_state(b, "delivered"), PEOPLE);
    assert_non_null(strstr(b->peer.jobs[2].body, "\"to\":\"P2\""));
    assert_non_null(strstr(b->peer.jobs[2].body, "https://county.invalid/r/"));
}

static void a_busy_peer_is_asked_again(void **state)
{
    struct bench *b = *state;
    b->peer.answer.outcome = TRANSPORT_TEMPORARY;
    open_channel(b, CHANNEL_EMAIL, 4);
    call_out(b, 0, 1, 1U << CHANNEL_EMAIL);
    turn(b);
    /* 2 s, 4 s, 8 s, ...: nothing a millisecond early. */
    for (int64_t wait = 2000; wait <= 64000; wait *= 2) {
        uint32_t tries = b->peer.job_count;
        assert_int_equal(in_state(b, "queued"), 1);
        pass(b, wait - 1);
        assert_int_equal(b->peer.job_count, tries);
        pass(b, 1);
        assert_int_equal(b->peer.job_count, tries + 1);
        assert_int_equal(b->peer.jobs[tries].tag, b->peer.jobs[0].tag);
        assert_false(b->peer.jobs[tries].perhaps_twice);
    }
    b->peer.answer.outcome = TRANSPORT_ACCEPTED;
    pass(b, 128000);
    assert_int_equal(in_state(b, "handed_over"), 1);
    assert_int_equal(b->peer.job_count, 8);
}

static void an_endless_refusal_ends(void **state)
{
    struct bench *b = *state;
    b->peer.answer.outcome = TRANSPORT_TEMPORARY;
    open_channel(b, CHANNEL_EMAIL, 4);
    call_out(b, 0, 1, 1U << CHANNEL_EMAIL);
    for (int i = 0; i < 40; i++)
        pass(b, 5000);
    /* The alert's own time ran out meanwhile: what is left is withdrawn, or it failed. */
    for (int i = 0; i < 40; i++)
        pass(b, 20000);
    assert_true(b->peer.job_count <= CHANNEL_TRIES_MAX);
    assert_int_equal(in_state(b, "queued") + in_state(b, "sending"), 0);
    assert_int_equal(alerts_in(b, "pending"), 0);
}

static void a_peer_may_say_when(void **state)
{
    struct bench *b = *state;
    b->peer.answer.outcome = TRANSPORT_TEMPORARY;
    b->peer.answer.retry_after_ms = 30000;
    open_channel(b, CHANNEL_WEBHOOK, 4);
    call_out(b, 0, 1, 1U << CHANNEL_WEBHOOK);
    turn(b);
    pass(b, 29999);
    assert_int_equal(b->peer.job_count, 1);
    b->peer.answer = (struct transport_result){.outcome = TRANSPORT_ACCEPTED};
    pass(b, 1);
    assert_int_equal(b->peer.job_count, 2);
    assert_int_equal(in_state(b, "handed_over"), 1);
}

static void a_final_no_leads_to_the_next_channel(void **state)
{
    struct bench *b = *state;
    b->peer.answer.outcome = TRANSPORT_PERMANENT;
    open_channel(b, CHANNEL_WEBHOOK, 4);
    call_out(b, 0, 2, 1U << CHANNEL_WEBHOOK | 1U << CHANNEL_EMAIL);
    turn(b);
    assert_int_equal(b->peer.job_count, 2);
    assert_int_equal(in_state(b, "failed"), 2);
    assert_int_equal(fixture_number(&b->store,
                                    "SELECT count(*) FROM message WHERE state = 'queued'"
                                    " AND channel = 'email'"),
                     2);
    assert_int_equal(alerts_in(b, "pending"), 2);
    fixture_verify(&b->store);
}

static void after_the_last_channel_the_alert_is_void(void **state)
{
    struct bench *b = *state;
    b->peer.answer.outcome = TRANSPORT_PERMANENT;
    open_channel(b, CHANNEL_EMAIL, 4);
    call_out(b, 0, 2, 1U << CHANNEL_EMAIL);
    turn(b);
    assert_int_equal(alerts_in(b, "void"), 2);
    assert_int_equal(b->peer.job_count, 2);
    /* They are to be replaced. */
    int64_t due[4], next;
    assert_int_equal(
        writer_replans_due(b->store.writer, b->store.clock.now_ms, due, 4, &next), 1);
    assert_int_equal(due[0], b->callout);
}

static void no_address_is_no_try(void **state)
{
    struct bench *b = *state;
    open_channel(b, CHANNEL_EMAIL, 4);
    call_out(b, 0, 3, 1U << CHANNEL_EMAIL); /* P2 has none */
    turn(b);
    assert_int_equal(b->peer.job_count, 2);
    assert_int_equal(in_state(b, "failed"), 1);
    assert_int_equal(alerts_in(b, "void"), 1);
}

/* ---- notifications in a browser
 * ------------------------------------------------------------------ */

#define BROWSER                                                                          \
    "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNto" \
    "IAiw4"

static int give_browser(void *context, struct writer *writer, int64_t now_ms,
                        struct diag *reterr)
{
    const char *number = context;
    struct person change = {.has = PERSON_HAS_PUSH};
    (void)snprintf(change.crowd.number, sizeof change.crowd.number, "%s", number);
    (void)snprintf(change.push, sizeof change.push, "en https://push.invalid/%s %s %s",
                   number, BROWSER, "BTBZMqHH6r4Tts7J_aSIgg");
    return person_patch(writer, &change, 0, -1, now_ms, reterr);
}

static bool has_browser(struct bench *b, int64_t person)
{
    char push[PERSON_PUSH_MAX + 1];
    struct db *db = fixture_reader(&b->store);
    assert_int_equal(person_push(db, b->store.vault, b->first_person + person, push),
                     ST_OK);
    db_close(db);
    return push[0] != '\0';
}

/* P0 has a browser, P1 has none and is called at once. */
static void a_push_goes_to_the_persons_browser(void **state)
{
    struct bench *b = *state;
    struct random_seeded random;
    struct push_signer *signer;
    const uint8_t seed[32] = {7};
    random_seeded_init(&random, 1);
    assert_int_equal(push_signer_new(&signer, seed, "muster@mail.example"), ST_OK);
    char first[] = "P0", other[] = "P2";
    struct writer *writer = b->store.writer;
    assert_int_equal(command_call(writer, give_browser, first, &b->store.diag), ST_OK);
    assert_int_equal(command_call(writer, give_browser, other, &b->store.diag), ST_OK);
    const struct channel_config config = {.kind = CHANNEL_PUSH,
                                          .transport = &b->peer.super,
                                          .writer = b->store.writer,
                                          .clock = b->clock,
                                          .signer = signer,
                                          .random = &random.super,
                                          .at_once = 4,
                                          .base_url = base_url,
                                          .area_name = area_name};
    assert_int_equal(channel_new(&b->channel, &config), ST_OK);
    call_out(b, 0, 2, 1U << CHANNEL_PUSH | 1U << CHANNEL_VOICE);
    turn(b);
    assert_int_equal(b->peer.job_count, 1);
    assert_string_equal(b->peer.jobs[0].url, "https://push.invalid/P0");
    assert_int_equal(in_state(b, "handed_over"), 1);
    assert_int_equal(in_state(b, "failed"), 1);
    assert_true(has_browser(b, 0));

    /* The service says that the browser is no more: the next channel, and nothing goes
     * there again.
     */
    b->peer.answer = (struct transport_result){.outcome = TRANSPORT_PERMANENT};
    b->peer.answer.is_gone = true;
    call_out(b, 2, 1, 1U << CHANNEL_PUSH | 1U << CHANNEL_VOICE);
    turn(b);
    assert_int_equal(b->peer.job_count, 2);
    assert_int_equal(fixture_number(&b->store,
                                    "SELECT count(*) FROM message WHERE state = 'queued'"
                                    " AND channel = 'voice'"),
                     2);
    assert_true(has_browser(b, 0));
    assert_false(has_browser(b, 2));
    fixture_verify(&b->store);
    push_signer_free(signer);
}

static void a_damaged_person_does_not_stop_the_others(void **state)
{
    struct bench *b = *state;
    /* A box that belongs elsewhere cannot be opened. */
    engine_run(b->store.db_path,
               "UPDATE person SET identity = whereabouts WHERE number = 'P0'");
    open_channel(b, CHANNEL_EMAIL, 4);
    call_out(b, 0, 2, 1U << CHANNEL_EMAIL);
    turn(b);
    assert_int_equal(b->peer.job_count, 1);
    assert_int_equal(in_state(b, "failed"), 1);
    assert_int_equal(fixture_number(&b->store,
                                    "SELECT count(*) FROM event WHERE kind ="
                                    " 'message.failed' AND body LIKE '%\"damaged\"%'"),
                     1);
    assert_int_equal(alerts_in(b, "void"), 1);
    assert_int_equal(alerts_in(b, "pending"), 1);
}

static void a_peer_that_is_down_is_left_alone(void **state)
{
    struct bench *b = *state;
    b->peer.answer =
        (struct transport_result){.outcome = TRANSPORT_TEMPORARY, .peer_down = true};
    open_channel(b, CHANNEL_WEBHOOK, 8);
    call_out(b, 0, PEOPLE, 1U << CHANNEL_WEBHOOK);
    turn(b);
    assert_true(counts_of(b).resting);
    assert_in_range(b->peer.job_count, BREAKER_FAILURES, 8);
    assert_int_equal(in_state(b, "sending"), 0); /* all can still be withdrawn */
    uint32_t tries = b->peer.job_count;
    pass(b, BREAKER_REST_MS_MIN - 1);
    assert_int_equal(b->peer.job_count, tries);
    pass(b, 1);
    assert_int_equal(b->peer.job_count, tries + 1); /* one probe, and a longer rest */
    pass(b, BREAKER_REST_MS_MIN);
    assert_int_equal(b->peer.job_count, tries + 1);
    b->peer.answer = (struct transport_result){.outcome = TRANSPORT_ACCEPTED};
    for (int i = 0; i < 8; i++)
        pass(b, 2000);
    assert_false(counts_of(b).resting);
    assert_int_equal(in_state(b, "handed_over"), PEOPLE);
    fixture_verify(&b->store);
}

/* While the channel rests the wall clock is set back by an hour: the rest is no longer
 * for it, and what is queued goes when it would have gone. */
static void a_clock_set_back_prolongs_no_rest(void **state)
{
    struct bench *b = *state;
    b->peer.answer =
        (struct transport_result){.outcome = TRANSPORT_TEMPORARY, .peer_down = true};
    open_channel(b, CHANNEL_WEBHOOK, 8);
    call_out(b, 0, PEOPLE, 1U << CHANNEL_WEBHOOK);
    turn(b);
    assert_true(counts_of(b).resting);
    b->store.clock.now_ms -= TIME_HOUR_MS;
    b->peer.answer = (struct transport_result){.outcome = TRANSPORT_ACCEPTED};
    for (int i = 0; i < 8; i++)
        pass(b, 2000);
    assert_false(counts_of(b).resting);
    assert_int_equal(in_state(b, "handed_over"), PEOPLE);
    fixture_verify(&b->store);
}

/* The probe falls on somebody without an address: the next one probes. */
static void a_probe_that_is_no_try(void **state)
{
    struct bench *b = *state;
    b->peer.answer =
        (struct transport_result){.outcome = TRANSPORT_TEMPORARY, .peer_down = true};
    open_channel(b, CHANNEL_EMAIL, 1);
    call_out(b, 0, 2, 1U << CHANNEL_EMAIL);
    for (int i = 0; i < 20 && !counts_of(b).resting; i++)
        pass(b, 1000);
    assert_true(counts_of(b).resting);
    call_out(b, 2, 2, 1U << CHANNEL_EMAIL); /* P2 has none, P3 has one */
    b->peer.answer = (struct transport_result){.outcome = TRANSPORT_ACCEPTED};
    for (int i = 0; i < 40; i++)
        pass(b, 1000);
    assert_false(counts_of(b).resting);
    assert_int_equal(in_state(b, "handed_over"), 3);
    assert_int_equal(in_state(b, "failed"), 1);
}

/* Stood down while the peer was away: nobody is woken for nothing. */
static void what_was_withdrawn_is_not_sent(void **state)
{
    struct bench *b = *state;
    b->peer.answer =
        (struct transport_result){.outcome = TRANSPORT_TEMPORARY, .peer_down = true};
    open_channel(b, CHANNEL_WEBHOOK, 8);
    call_out(b, 0, PEOPLE, 1U << CHANNEL_WEBHOOK);
    turn(b);
    uint32_t tries = b->peer.job_count;
    struct loop_input input = {
        .kind = LOOP_CALLOUT_STAND_DOWN, .id = b->callout, .actor = 1};
    assert_int_equal(fixture_step(&b->store, STAGE_CALLOUT, b->callout, &input, NULL),
                     ST_OK);
    b->peer.answer = (struct transport_result){.outcome = TRANSPORT_ACCEPTED};
    for (int i = 0; i < 60; i++)
        pass(b, 2000);
    assert_int_equal(b->peer.job_count, tries);
    assert_int_equal(in_state(b, "withdrawn"), PEOPLE);
}

static void a_late_result_of_a_withdrawn_message_is_dropped(void **state)
{
    struct bench *b = *state;
    b->peer.holds = true;
    open_channel(b, CHANNEL_WEBHOOK, 8);
    call_out(b, 0, 4, 1U << CHANNEL_WEBHOOK);
    turn(b);
    assert_int_equal(in_state(b, "sending"), 4);
    struct loop_input input = {
        .kind = LOOP_CALLOUT_STAND_DOWN, .id = b->callout, .actor = 1};
    assert_int_equal(fixture_step(&b->store, STAGE_CALLOUT, b->callout, &input, NULL),
                     ST_OK);
    /* What is under way cannot be called back; a refused one is not tried again. */
    b->peer.answer.outcome = TRANSPORT_TEMPORARY;
    b->peer.holds = false;
    turn(b);
    for (int i = 0; i < 10; i++)
        pass(b, 5000);
    assert_int_equal(b->peer.job_count, 4);
    assert_int_equal(in_state(b, "withdrawn"), 4);
}

static void only_what_was_under_way_goes_twice(void **state)
{
    struct bench *b = *state;
    b->peer.holds = true;
    b->peer.room = 2;
    open_channel(b, CHANNEL_EMAIL, 2);
    call_out(b, 0, 2, 1U << CHANNEL_EMAIL);
    turn(b);
    call_out(b, 3, 2, 1U << CHANNEL_EMAIL);
    assert_int_equal(b->peer.job_count, 2);
    /* The plug is pulled: no result was heard of. */
    channel_free(b->channel);
    b->channel = NULL;
    fixture_close(&b->store);
    fixture_open(&b->store);
    b->peer.holds = false;
    b->peer.room = JOBS_MAX;
    open_channel(b, CHANNEL_EMAIL, 2);
    b->peer.answered = b->peer.job_count;
    for (int i = 0; i < 4; i++)
        pass(b, 1000);
    assert_int_equal(b->peer.job_count, 6);
    for (uint32_t i = 0; i < b->peer.job_count; i++) {
        bool again = false;
        for (uint32_t k = 0; k < i; k++)
            again = again || b->peer.jobs[k].tag == b->peer.jobs[i].tag;
        assert_int_equal(again, b->peer.jobs[i].perhaps_twice);
    }
    assert_int_equal(in_state(b, "handed_over"), 4);
    fixture_verify(&b->store);
}

static int limit_pages(void *context, struct writer *writer, int64_t now_ms,
                       struct diag *reterr)
{
    (void)now_ms;
    (void)reterr;
    struct db *db = writer_db(writer);
    db_limit_pages(db, *(bool *)context ? db_page_count(db) : 0);
    return ST_OK;
}

/* No room on the disk: results wait, nothing is lost and nothing goes out twice. */
static void a_full_disk_loses_no_result(void **state)
{
    struct bench *b = *state;
    b->peer.holds = true;
    open_channel(b, CHANNEL_WEBHOOK, 32);
    call_out(b, 0, PEOPLE, 1U << CHANNEL_WEBHOOK);
    turn(b);
    assert_int_equal(in_state(b, "sending"), PEOPLE);
    bool full = true;
    assert_int_equal(command_call(b->store.writer, limit_pages, &full, NULL), ST_OK);
    b->peer.holds = false;
    for (int i = 0; i < 6; i++)
        pass(b, 500);
    bool stored = in_state(b, "handed_over") == PEOPLE; /* old pages had room */
    full = false;
    (void)command_call(b->store.writer, limit_pages, &full, NULL);
    for (int i = 0; i < 4; i++)
        pass(b, 1000);
    if (stored)
        print_message("the pages in use had room for it all\n");
    assert_int_equal(in_state(b, "handed_over"), PEOPLE);
    assert_int_equal(b->peer.job_count, PEOPLE);
    fixture_verify(&b->store);
}

/* Messages were queued in the same batch as a take that came before them: their wake is
 * heard while the take is still under way. */
static void a_wake_during_a_take_is_kept(void **state)
{
    struct bench *b = *state;
    open_channel(b, CHANNEL_FILE, 4);
    turn(b);
    b->incident = fixture_report(&b->store, false);
    b->need = fixture_need(&b->store, b->incident, 3);
    int64_t now_ms = b->store.clock.now_ms;
    channel_wake(b->channel);
    (void)channel_step(b->channel, now_ms, 0); /* hands in the take */
    channel_wake(b->channel);
    (void)channel_step(b->channel, now_ms, 0); /* hears the wake */
    assert_int_equal(fixture_callout(&b->store, b->need, b->first_person, 1, &b->callout),
                     ST_OK);
    for (int i = 0; i < 6; i++) {
        (void)channel_step(b->channel, now_ms, 0);
        (void)writer_step(b->store.writer, now_ms);
    }
    assert_int_equal(b->peer.job_count, 1);
}

/* The writer finishes a take and a report in the middle of a step of the channel. */
static void what_finishes_in_the_middle_of_a_step_is_kept(void **state)
{
    struct bench *b = *state;
    b->peer.writer_runs_meanwhile = true;
    open_channel(b, CHANNEL_WEBHOOK, 4);
    call_out(b, 0, PEOPLE, 1U << CHANNEL_WEBHOOK);
    for (int i = 0; i < 20; i++) {
        channel_wake(b->channel);
        (void)channel_step(b->channel, b->store.clock.now_ms, 0);
    }
    turn(b);
    assert_int_equal(b->peer.job_count, PEOPLE);
    assert_int_equal(in_state(b, "handed_over"), PEOPLE);
}

/* Threads of the store and the channel, wakes from the side. */
static void with_threads(void **state)
{
    struct bench *b = *state;
    b->clock = clock_system();
    b->store.clock.now_ms = clock_wall_ms(b->clock); /* due means due */
    open_channel(b, CHANNEL_FILE, 7);
    for (int i = 0; i < 20; i++)
        call_out(b, (uint32_t)i, 1, 1U << CHANNEL_FILE);
    assert_int_equal(writer_start(b->store.writer), ST_OK);
    assert_int_equal(channel_start(b->channel), ST_OK);
    struct channel_counts counts = {0};
    for (int i = 0; i < 12000 && counts.handed_over < 20; i++) {
        channel_wake(b->channel);
        channel_count(b->channel, &counts);
        usleep(5000);
    }
    assert_int_equal(counts.handed_over, 20);
    channel_stop(b->channel);
    writer_stop(b->store.writer);
    assert_int_equal(in_state(b, "delivered"), 20);
    assert_int_equal(b->peer.job_count, 20);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, bench_setup, bench_teardown)
    const struct CMUnitTest tests[] = {
        TEST(every_message_goes_once),
        TEST(the_mailbox_delivers),
        TEST(a_busy_peer_is_asked_again),
        TEST(an_endless_refusal_ends),
        TEST(a_peer_may_say_when),
        TEST(a_final_no_leads_to_the_next_channel),
        TEST(after_the_last_channel_the_alert_is_void),
        TEST(no_address_is_no_try),
        TEST(a_push_goes_to_the_persons_browser),
        TEST(a_damaged_person_does_not_stop_the_others),
        TEST(a_peer_that_is_down_is_left_alone),
        TEST(a_clock_set_back_prolongs_no_rest),
        TEST(a_probe_that_is_no_try),
        TEST(what_was_withdrawn_is_not_sent),
        TEST(a_late_result_of_a_withdrawn_message_is_dropped),
        TEST(only_what_was_under_way_goes_twice),
        TEST(a_full_disk_loses_no_result),
        TEST(a_wake_during_a_take_is_kept),
        TEST(what_finishes_in_the_middle_of_a_step_is_kept),
        TEST(with_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
