/* SPDX-License-Identifier: Apache-2.0 */
/* Signed heads on their way off the machine: what arrives verifies, each place gets all
 * of them, a place that is down waits and then gets what it missed. */
#include "test/unit/store/fixture.h"

#include "base/file.h"
#include "base/log.h"
#include "channel/heads.h"

#include <sys/stat.h>

#define SIZE_MAX_HERE (1 << 20)

struct peer {
    struct transport super;
    enum transport_outcome outcome;
    bool has_job;
    uint32_t tries;
    char body[65536]; /* of the last */
};

static int peer_start(struct transport *super, const struct transport_job *job)
{
    struct peer *peer = (struct peer *)super;
    peer->has_job = true;
    peer->tries++;
    assert_true(job->body_size < sizeof peer->body);
    memcpy(peer->body, job->body, job->body_size);
    peer->body[job->body_size] = '\0';
    return ST_OK;
}

static void peer_step(struct transport *super, int wait_ms)
{
    (void)super;
    (void)wait_ms;
}

static bool peer_finished(struct transport *super, struct transport_result *ret)
{
    struct peer *peer = (struct peer *)super;
    if (!peer->has_job)
        return false;
    peer->has_job = false;
    *ret = (struct transport_result){.outcome = peer->outcome};
    (void)snprintf(ret->why, sizeof ret->why, "the peer is \"down\"");
    return true;
}

static uint32_t peer_running(struct transport *super)
{
    return ((struct peer *)super)->has_job;
}

static void peer_nothing(struct transport *super)
{
    (void)super;
}

static void peer_init(struct peer *peer)
{
    *peer = (struct peer){.super = {peer_start, peer_step, peer_finished, peer_running,
                                    peer_nothing, peer_nothing}};
}

/* An incident, and the quarter of an hour after which its head is signed. */
static void sign(struct fixture *f)
{
    f->clock.now_ms += 16 * TIME_MINUTE_MS;
    f->clock.now_us += 16 * TIME_MINUTE_MS * 1000;
    (void)fixture_report(f, false);
    (void)writer_step(f->writer, f->clock.now_ms);
}

static void verify_with(struct fixture *f, const char *lines, uint64_t want_findings)
{
    struct text findings;
    struct verify_result result;
    text_init(&findings, SIZE_MAX_HERE);
    struct db *db = fixture_reader(f);
    assert_int_equal(verify_store(db, lines, strlen(lines), &result, &findings, &f->diag),
                     ST_OK);
    if (result.findings != want_findings)
        fail_msg("%s", text_string(&findings));
    text_release(&findings);
    db_close(db);
}

static int count(const char *text, const char *what)
{
    int found = 0;
    for (const char *at = text; (at = strstr(at, what)) != NULL; at++)
        found++;
    return found;
}

static void all_places_get_all(void **state)
{
    struct fixture *f = *state;
    struct peer mail, post;
    struct heads *heads;
    char folder[128], path[256], *text = NULL;
    size_t size;
    (void)snprintf(folder, sizeof folder, "%s/off", f->dir);
    assert_int_equal(mkdir(folder, 0700), 0);
    peer_init(&mail);
    peer_init(&post);
    const struct heads_config config = {
        .writer = f->writer,
        .clock = &f->clock.super,
        .db_path = f->db_path,
        .places = {
            {.folder = folder},
            {.to = "o@example.org", .from = "m@example.org", .transport = &mail.super},
            {.secret = "s", .transport = &post.super}}};
    assert_int_equal(heads_new(&heads, &config, &f->diag), ST_OK);
    (void)heads_step(heads, f->clock.now_ms);
    int signed_before = (int)fixture_number(f, "SELECT count(*) FROM signed_head");
    assert_int_equal(mail.tries, signed_before > 0);
    for (int i = 0; i < 3; i++) {
        sign(f);
        (void)heads_step(heads, f->clock.now_ms);
    }
    int64_t all = fixture_number(f, "SELECT count(*) FROM signed_head");
    assert_true(all >= 3);
    assert_int_equal(count(mail.body, "\"signature\""), 1);
    assert_non_null(strstr(mail.body, "To: o@example.org\r\n"));
    assert_int_equal(count(post.body, "{\"heads\":[{"), 1);
    assert_int_equal(post.body[strlen(post.body) - 1], '}');
    (void)snprintf(path, sizeof path, "%s/heads-2025-11-23.jsonl", folder);
    assert_int_equal(file_read(path, SIZE_MAX_HERE, &text, &size, &f->diag), ST_OK);
    assert_int_equal(count(text, "\n"), all);
    verify_with(f, text, 0);
    /* A head that this chain never had is found. */
    char *hash = strstr(text, "\"hash\":\"") + 8;
    *hash = *hash == '0' ? '1' : '0';
    verify_with(f, text, 2); /* its signature does not hold either */
    mem_free(text);
    /* Nothing new: nothing goes out. */
    uint32_t tries = mail.tries;
    f->clock.now_ms += TIME_MINUTE_MS;
    (void)heads_step(heads, f->clock.now_ms);
    assert_int_equal(mail.tries, tries);
    heads_free(heads);
}

static void a_place_that_is_down_waits(void **state)
{
    struct fixture *f = *state;
    struct peer mail;
    struct heads *heads;
    peer_init(&mail);
    mail.outcome = TRANSPORT_TEMPORARY;
    const struct heads_config config = {
        .writer = f->writer,
        .clock = &f->clock.super,
        .db_path = f->db_path,
        .places = {[HEADS_EMAIL] = {.to = "o@example.org",
                                    .from = "m@example.org",
                                    .transport = &mail.super}}};
    log_set_level(LOG_ERROR);
    assert_int_equal(heads_new(&heads, &config, &f->diag), ST_OK);
    sign(f);
    int64_t due_ms = heads_step(heads, f->clock.now_ms);
    assert_int_equal(mail.tries, 1);
    assert_true(due_ms <= f->clock.now_ms + TIME_MINUTE_MS);
    (void)heads_step(heads, f->clock.now_ms + 1000);
    assert_int_equal(mail.tries, 1); /* not before a minute is over */
    sign(f);
    (void)heads_step(heads, f->clock.now_ms);
    assert_int_equal(mail.tries, 2);
    mail.outcome = TRANSPORT_ACCEPTED;
    f->clock.now_ms += 3 * TIME_MINUTE_MS;
    (void)heads_step(heads, f->clock.now_ms);
    assert_int_equal(mail.tries, 3);
    int64_t all = fixture_number(f, "SELECT count(*) FROM signed_head");
    assert_int_equal(count(mail.body, "\"signature\""), all);
    heads_free(heads);
    /* Another process goes on where this one stopped. */
    peer_init(&mail);
    assert_int_equal(heads_new(&heads, &config, &f->diag), ST_OK);
    (void)heads_step(heads, f->clock.now_ms);
    assert_int_equal(mail.tries, 0);
    heads_free(heads);
    log_set_level(LOG_INFO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(all_places_get_all, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(a_place_that_is_down_waits, fixture_setup,
                                        fixture_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
