/* SPDX-License-Identifier: Apache-2.0 */
/* Walks every pair (state, input) of every machine: what the table allows is done and
 * leads where the table says, anything else is refused, lists what is allowed, and
 * changes nothing. And the table says what docs/domain.md says. */
#include "base/text.h"
#include "random_input.h"

#define PERSON 7

/* An active incident with one row of each kind, their states set by hand. */
static void build(struct world *world, enum loop_machine machine, int state,
                  enum loop_input_kind kind)
{
    world_init(world);
    int64_t callout = world_callout(world, 2, 0);
    assert_int_equal(world_wave(world, callout, PERSON, 1), ST_OK);
    assert_int_equal(world_yes(world, PERSON), ST_OK);
    struct loop_incident *in = &world->incident;
    in->exercise = kind == LOOP_VOID;
    in->assignments[0].en_route_ms = START_MS;
    in->assignments[0].sos_ms = kind == LOOP_SOS_ACKNOWLEDGE ? START_MS : 0;
    in->assignments[0].before_lost = ASSIGNMENT_EN_ROUTE;
    in->messages[0].state = MESSAGE_WITHDRAWN;
    if (kind == LOOP_CALLOUT_START)
        in->callouts[0].state = CALLOUT_ENDED;
    switch (machine) {
    case MACHINE_INCIDENT:
        in->state = (enum incident_state)state;
        in->assignments[0].state = ASSIGNMENT_WITHDRAWN;
        in->alerts[0].state = ALERT_DECLINED;
        in->reported_ms = kind == LOOP_REPORT ? 0 : in->reported_ms;
        if (kind == LOOP_VERIFY)
            in->assignments[0].state = ASSIGNMENT_REPORTED;
        if (kind == LOOP_NEED_REOPEN)
            in->needs[0].state = NEED_SHORT;
        if (kind == LOOP_CALLOUT_RESUME)
            in->callouts[0].state = CALLOUT_FILLED;
        break;
    case MACHINE_NEED:
        in->needs[0].state = (enum need_state)state;
        break;
    case MACHINE_CALLOUT:
        in->callouts[0].state = (enum callout_state)state;
        break;
    case MACHINE_ALERT:
        in->alerts[0].state = (enum alert_state)state;
        if (state != ALERT_ACCEPTED)
            in->assignments[0].state = ASSIGNMENT_WITHDRAWN;
        break;
    case MACHINE_ASSIGNMENT:
        in->assignments[0].state = (enum assignment_state)state;
        break;
    default:
        in->messages[0].state = (enum message_state)state;
        break;
    }
}

static int state_of(const struct loop_incident *in, enum loop_machine machine)
{
    switch (machine) {
    case MACHINE_INCIDENT:
        return (int)in->state;
    case MACHINE_NEED:
        return (int)in->needs[0].state;
    case MACHINE_CALLOUT:
        return (int)in->callouts[0].state;
    case MACHINE_ALERT:
        return (int)in->alerts[0].state;
    case MACHINE_ASSIGNMENT:
        return (int)in->assignments[0].state;
    default:
        return (int)in->messages[0].state;
    }
}

/* An input that passes every guard. */
static void fitting(struct world *world, enum loop_input_kind kind, struct drawn *drawn)
{
    struct loop_incident *in = &world->incident;
    memset(drawn, 0, sizeof *drawn);
    drawn->input = (struct loop_input){
        .kind = kind, .actor = DISPATCHER, .reason = "test", .yes = true, .number = 30};
    struct loop_input *input = &drawn->input;
    switch (table_machine_of(kind)) {
    case MACHINE_NEED:
        input->id = in->needs[0].id;
        break;
    case MACHINE_CALLOUT:
        input->id = in->callouts[0].id;
        break;
    case MACHINE_ALERT:
        input->id = in->alerts[0].id;
        break;
    case MACHINE_ASSIGNMENT:
        input->id = in->assignments[0].id;
        break;
    case MACHINE_MESSAGE:
        input->id = in->messages[0].id;
        break;
    default:
        break;
    }
    if (kind == LOOP_REPORTED) {
        input->actor = -PERSON;
        input->outcome = OUTCOME_DONE;
    }
    if (kind == LOOP_WAVE) {
        drawn->wave.version = in->callouts[0].version;
        input->wave = &drawn->wave;
    }
    if (kind == LOOP_NEED || kind == LOOP_CALLOUT_START) {
        drawn->need = (struct need){
            .id = ++world->ids, .line_count = 1, .lines = {{.count = 1}}, .target = 0.5};
        if (kind == LOOP_CALLOUT_START) /* the one it has may have passed */
            drawn->need.deadline_ms = world->now_ms + MINUTE;
        input->need = &drawn->need;
    }
}

static void walk(enum loop_machine machine, int state, enum loop_input_kind kind)
{
    struct world world;
    build(&world, machine, state, kind);
    struct drawn drawn;
    fitting(&world, kind, &drawn);
    struct loop_incident before;
    snapshot_take(&world.incident, &before);
    int status = world_step(&world, &drawn.input);
    int after = state_of(&world.incident, machine);
    const char *name = table_state_code(machine, state);
    if (table_allows(machine, state, kind)) {
        bool leads = table_leads(machine, state, kind, after);
        /* What settles afterwards may move the row on. */
        for (unsigned s = 0; s < table_state_count(machine) && !leads; s++)
            leads = table_leads(machine, state, kind, (int)s) &&
                    table_leads(machine, (int)s, LOOP_ITSELF, after);
        if (status != ST_OK || !leads)
            fail_msg("%s %s + %s: %s (%s), now %s", table_machine_name(machine), name,
                     loop_input_code(kind), status_text(status), world.diag.text,
                     table_state_code(machine, after));
    } else {
        struct text allowed;
        text_init(&allowed, DIAG_TEXT_MAX);
        table_allowed(machine, state, &allowed);
        if (status != ST_CONFLICT)
            fail_msg("%s %s + %s: not refused, %s", table_machine_name(machine), name,
                     loop_input_code(kind), status_text(status));
        assert_string_equal(world.diag.text, text_string(&allowed));
        assert_true(snapshot_equals(&world.incident, &before));
        text_release(&allowed);
    }
    loop_incident_release(&before);
    world_release(&world);
}

static void test_all_pairs(void **unused)
{
    (void)unused;
    unsigned walked = 0;
    for (int machine = 0; machine < MACHINE_COUNT; machine++)
        for (unsigned state = 0; state < table_state_count(machine); state++)
            for (int kind = 0; kind < LOOP_INPUT_COUNT; kind++) {
                bool own = table_machine_of((enum loop_input_kind)kind) ==
                           (enum loop_machine)machine;
                bool asks = machine == MACHINE_INCIDENT &&
                            table_asks_incident((enum loop_input_kind)kind);
                if (kind == LOOP_TICK || kind == LOOP_REBASE || (!own && !asks))
                    continue;
                walk((enum loop_machine)machine, (int)state, (enum loop_input_kind)kind);
                walked++;
            }
    assert_true(walked > 450);
}

/* The arrows of docs/domain.md, "States". Arrows that are not there are listed apart. */
static const struct arrows {
    enum loop_machine machine;
    const char *from, *to; /* space-separated codes */
} arrows[] = {
    {MACHINE_INCIDENT, "reported", "confirmed cancelled merged"},
    {MACHINE_INCIDENT, "confirmed", "active cancelled merged"},
    {MACHINE_INCIDENT, "active", "standing_down cancelled merged"},
    {MACHINE_INCIDENT, "standing_down", "review active cancelled merged"},
    {MACHINE_INCIDENT, "review", "closed active cancelled merged"},
    {MACHINE_INCIDENT, "closed", "active"},
    {MACHINE_INCIDENT, "cancelled", ""},
    {MACHINE_INCIDENT, "merged", ""},
    {MACHINE_NEED, "open", "filled short cancelled"},
    {MACHINE_NEED, "filled", "met open cancelled"},
    {MACHINE_NEED, "met", "open cancelled"},
    {MACHINE_NEED, "short", "open filled cancelled"},
    {MACHINE_NEED, "cancelled", ""},
    {MACHINE_CALLOUT, "planned", "active standing_down"},
    {MACHINE_CALLOUT, "active", "filled standing_down"},
    {MACHINE_CALLOUT, "filled", "standing_down active"},
    {MACHINE_CALLOUT, "standing_down", "ended active"},
    {MACHINE_CALLOUT, "ended", ""},
    {MACHINE_ALERT, "pending",
     "accepted limited late declined no_answer void stood_down"},
    {MACHINE_ALERT, "accepted", "declined"},
    /* A person who was limited may take it back, and its exercise may be void. */
    {MACHINE_ALERT, "limited", "accepted late stood_down declined void"},
    {MACHINE_ALERT, "late", "accepted stood_down"},
    {MACHINE_ALERT, "declined", "accepted late"},
    {MACHINE_ALERT, "no_answer", "accepted late declined"},
    {MACHINE_ALERT, "void", "late"},
    {MACHINE_ALERT, "stood_down", "accepted late"},
    {MACHINE_ASSIGNMENT, "assigned",
     "en_route on_scene withdrawn stood_down no_show lost_contact"},
    {MACHINE_ASSIGNMENT, "en_route",
     "on_scene withdrawn stood_down no_show lost_contact"},
    {MACHINE_ASSIGNMENT, "on_scene", "working released withdrawn lost_contact"},
    {MACHINE_ASSIGNMENT, "working", "released withdrawn lost_contact"},
    {MACHINE_ASSIGNMENT, "released", "reported"},
    {MACHINE_ASSIGNMENT, "reported", "verified disputed"},
    {MACHINE_ASSIGNMENT, "verified", ""},
    {MACHINE_ASSIGNMENT, "disputed", "reported"},
    {MACHINE_ASSIGNMENT, "withdrawn", ""},
    {MACHINE_ASSIGNMENT, "stood_down", "turned_back"},
    {MACHINE_ASSIGNMENT, "turned_back", ""},
    {MACHINE_ASSIGNMENT, "no_show", "on_scene"}, /* was there after all */
    {MACHINE_ASSIGNMENT, "lost_contact", "assigned en_route on_scene working"},
    {MACHINE_MESSAGE, "queued", "sending withdrawn"},
    {MACHINE_MESSAGE, "sending", "handed_over delivered failed unknown queued withdrawn"},
    {MACHINE_MESSAGE, "handed_over", "delivered read failed unknown"},
    {MACHINE_MESSAGE, "delivered", "read failed unknown"},
    {MACHINE_MESSAGE, "read", ""},
    {MACHINE_MESSAGE, "failed", ""},
    {MACHINE_MESSAGE, "unknown", ""},
    {MACHINE_MESSAGE, "withdrawn", ""},
};

static bool has_word(const char *words, const char *word)
{
    size_t size = strlen(word);
    for (const char *at = words; (at = strstr(at, word)) != NULL; at += size)
        if ((at == words || at[-1] == ' ') && (at[size] == ' ' || at[size] == '\0'))
            return true;
    return false;
}

static bool leads_somehow(enum loop_machine machine, int state, int target)
{
    unsigned count;
    const struct table_row *rows = table_rows(machine, &count);
    for (unsigned i = 0; i < count; i++)
        if (rows[i].state == state && rows[i].target == target)
            return true;
    return false;
}

static void test_arrows(void **unused)
{
    (void)unused;
    for (unsigned a = 0; a < COUNT_OF(arrows); a++) {
        enum loop_machine machine = arrows[a].machine;
        int count = (int)table_state_count(machine);
        int from = 0;
        while (strcmp(table_state_code(machine, from), arrows[a].from) != 0)
            assert_true(++from < count);
        for (int to = 0; to < count; to++) {
            const char *code = table_state_code(machine, to);
            if (to != from &&
                has_word(arrows[a].to, code) != leads_somehow(machine, from, to))
                fail_msg("%s: %s -> %s", table_machine_name(machine), arrows[a].from,
                         code);
        }
    }
}

static void test_names(void **unused)
{
    (void)unused;
    enum alert_state state;
    assert_true(alert_state_parse("no_answer", &state));
    assert_int_equal(state, ALERT_NO_ANSWER);
    assert_false(alert_state_parse("No_answer", &state));
    assert_false(alert_state_parse("", &state));
    assert_string_equal(outcome_list(), "done, partly, not_needed, not_possible");
    assert_string_equal(incident_state_list(), "reported, confirmed, active, "
                                               "standing_down, review, closed, "
                                               "cancelled, merged");
    for (int kind = 0; kind < LOOP_INPUT_COUNT; kind++)
        assert_non_null(loop_input_code((enum loop_input_kind)kind));
    struct text text;
    text_init(&text, 255);
    loop_allowed_for_assignment(ASSIGNMENT_REPORTED, true, &text);
    assert_string_equal(text_string(&text), "verify, sos, sos_acknowledge");
    text_clear(&text);
    loop_allowed_for_assignment(ASSIGNMENT_STOOD_DOWN, true, &text);
    assert_string_equal(text_string(&text), "turned_back, sos, sos_acknowledge");
    text_clear(&text);
    loop_allowed_for_assignment(ASSIGNMENT_STOOD_DOWN, false, &text);
    assert_string_equal(text_string(&text), "sos, sos_acknowledge");
    text_clear(&text);
    loop_allowed_for_alert(ALERT_PENDING, &text);
    assert_string_equal(text_string(&text), "seen, accept, limited, decline");
    text_clear(&text);
    table_allowed(MACHINE_NEED, NEED_SHORT, &text);
    assert_string_equal(text_string(&text), "cancel, reopen, escalate, notes, start");
    text_clear(&text);
    table_allowed(MACHINE_CALLOUT, CALLOUT_FILLED, &text);
    assert_string_equal(text_string(&text), "stand_down, resume");
    text_clear(&text);
    loop_allowed_for_incident(INCIDENT_ACTIVE, &text);
    assert_string_equal(text_string(&text),
                        "stand_down, cancel, merge, move, take_over, roll_call");
    text_release(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_pairs),
        cmocka_unit_test(test_arrows),
        cmocka_unit_test(test_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
