/* SPDX-License-Identifier: Apache-2.0 */
/* Messages: one try on one channel for one alert, and the ladder of channels. The channel
 * workers say what became of a try; here stands what follows from it. */
#include "loop/names.h"
#include "loop/step.h"

#include <string.h>

uint8_t loop_reach(uint8_t channels, bool has_email, bool has_phone, bool has_push)
{
    if (!has_email)
        channels &= (uint8_t) ~(1u << CHANNEL_EMAIL);
    if (!has_phone)
        channels &= (uint8_t) ~(1u << CHANNEL_SMS | 1u << CHANNEL_VOICE);
    if (!has_push)
        channels &= (uint8_t) ~(1u << CHANNEL_PUSH);
    return channels;
}

int32_t loop_ladder(const struct loop_config *config, uint8_t channels,
                    enum channel_kind ret[LOOP_CHANNELS_MAX])
{
    int32_t count = 0;
    bool voice = false;
    for (int32_t i = 0; i < config->ladder_count && i < LOOP_CHANNELS_MAX; i++) {
        enum channel_kind channel = config->ladder[i];
        if ((channels >> channel & 1) == 0)
            continue;
        if (channel == CHANNEL_VOICE)
            voice = true;
        else
            ret[count++] = channel;
    }
    if (voice)
        ret[count++] = CHANNEL_VOICE;
    return count;
}

int32_t ladder_of(const struct step *step, uint8_t channels,
                  enum channel_kind ret[LOOP_CHANNELS_MAX])
{
    return loop_ladder(step->world->config, channels, ret);
}

static void add(struct step *step, const struct alert *alert, enum message_kind kind,
                enum channel_kind channel)
{
    struct message *message = add_message(step);
    message->alert_id = alert->id;
    message->kind = kind;
    message->channel = channel;
    message->state = MESSAGE_QUEUED;
    message->created_ms = step->now_ms;
    message->due_ms = step->now_ms;
}

void send_message(struct step *step, const struct alert *alert, enum message_kind kind)
{
    enum channel_kind ladder[LOOP_CHANNELS_MAX];
    int32_t count = ladder_of(step, alert->channels, ladder);
    if (count == 0)
        return;
    int32_t rung = alert->rung < 0 ? 0 : alert->rung < count ? alert->rung : count - 1;
    /* Only a call must be a call. */
    add(step, alert, kind, ladder[rung] == CHANNEL_VOICE ? ladder[0] : ladder[rung]);
}

void send_voice(struct step *step, const struct alert *alert, enum message_kind kind)
{
    enum channel_kind ladder[LOOP_CHANNELS_MAX];
    int32_t count = ladder_of(step, alert->channels, ladder);
    if (count > 0 && ladder[count - 1] == CHANNEL_VOICE)
        add(step, alert, kind, CHANNEL_VOICE);
    else
        send_message(step, alert, kind);
}

bool send_next_rung(struct step *step, struct alert *alert)
{
    enum channel_kind ladder[LOOP_CHANNELS_MAX];
    int32_t count = ladder_of(step, alert->channels, ladder);
    if (alert->rung + 1 >= count)
        return false;
    struct alert *edited = edit_alert(step, alert);
    edited->rung++;
    if (edited->rung < count) {
        add(step, edited, MESSAGE_KIND_ALERT, ladder[edited->rung]);
        if (edited->rung > 0)
            tell_alert(step, EVENT_ALERT_NEXT_CHANNEL, alert,
                       channel_kind_code(ladder[edited->rung]), edited->rung);
    }
    return true;
}

int64_t alert_due(const struct step *step, const struct alert *alert)
{
    const struct loop_config *config = step->world->config;
    int64_t due = alert->timer_ms + config->no_answer_ms;
    enum channel_kind ladder[LOOP_CHANNELS_MAX];
    int32_t count = ladder_of(step, alert->channels, ladder);
    int32_t next = alert->rung + 1;
    if (alert->seen_ms != 0 || next >= count)
        return due;
    int64_t rung_due =
        alert->timer_ms +
        (ladder[next] == CHANNEL_VOICE ? config->voice_ms : next * config->unread_ms);
    return rung_due < due ? rung_due : due;
}

static bool is_coming(const struct step *step, const struct alert *alert)
{
    const struct assignment *assignment = loop_assignment_of(step->incident, alert->id);
    return assignment != NULL && loop_is_coming(assignment);
}

static bool owes_report(const struct assignment *assignment)
{
    return assignment != NULL && (assignment->state == ASSIGNMENT_RELEASED ||
                                  assignment->state == ASSIGNMENT_DISPUTED);
}

/* "An alert is repeated only while its answer is still wanted; stand-downs are." */
static bool is_wanted(const struct step *step, const struct message *message)
{
    if (message->area_id != 0)
        return desk_is_wanted(step, message);
    const struct alert *alert = loop_find_alert(step->incident, message->alert_id);
    if (alert == NULL)
        return true;
    switch (message->kind) {
    case MESSAGE_KIND_ALERT:
        return alert->state == ALERT_PENDING && alert->seen_ms == 0;
    case MESSAGE_KIND_ASK_LIMITED:
        return alert->state == ALERT_LIMITED;
    case MESSAGE_KIND_DETAILS:
        return alert->state == ALERT_ACCEPTED;
    case MESSAGE_KIND_NOTES:
    case MESSAGE_KIND_DETOUR:
        return is_coming(step, alert);
    case MESSAGE_KIND_REPORT:
        return owes_report(loop_assignment_of(step->incident, alert->id));
    default:
        return true;
    }
}

static void sweep_messages_of(struct step *step, int64_t alert_id)
{
    const struct id_index *index = &step->incident->messages_of_alert;
    for (uint32_t at = id_index_newest(index, alert_id); at != 0;
         at = id_index_before(index, at)) {
        struct message *message = &step->incident->messages[at - 1];
        if (message->state == MESSAGE_QUEUED && !is_wanted(step, message))
            set_message_state(step, message, MESSAGE_WITHDRAWN, LOOP_ITSELF);
    }
}

/* Whether a message is wanted depends on its alert and the assignment alone: only
 * messages of those that changed can have become unwanted. */
void sweep_messages(struct step *step)
{
    const struct loop_effects *effects = step->effects;
    const uint32_t count = effects->change_count; /* messages come behind it */
    for (uint32_t i = 0; i < count && step->status == ST_OK; i++) {
        const struct loop_change change = effects->changes[i]; /* a copy: they grow */
        if (change.row == LOOP_ROW_ALERT)
            sweep_messages_of(step, step->incident->alerts[change.index].id);
        if (change.row == LOOP_ROW_ASSIGNMENT)
            sweep_messages_of(step, step->incident->assignments[change.index].alert_id);
    }
}

void mark_read(struct step *step, struct alert *alert)
{
    if (alert->seen_ms == 0) {
        struct alert *edited = edit_alert(step, alert);
        edited->seen_ms = step->now_ms;
        if (edited->fetched_ms == 0) /* its note comes later, and then tells nothing */
            edited->fetched_ms = step->now_ms;
        if (edited->state == ALERT_PENDING)
            edited->due_ms = alert_due(step, edited);
        step->sweep = true;
    }
    const struct id_index *index = &step->incident->messages_of_alert;
    for (uint32_t at = id_index_newest(index, alert->id); at != 0;
         at = id_index_before(index, at)) {
        struct message *message = &step->incident->messages[at - 1];
        if (message->state != MESSAGE_HANDED_OVER && message->state != MESSAGE_DELIVERED)
            continue;
        set_message_state(step, message, MESSAGE_READ, LOOP_ITSELF);
        edit_alert(step, alert)->read_sequence = step->incident->event_sequence;
    }
}

static bool has_hope(const struct step *step, const struct alert *alert)
{
    const struct id_index *index = &step->incident->messages_of_alert;
    for (uint32_t at = id_index_newest(index, alert->id); at != 0;
         at = id_index_before(index, at)) {
        const struct message *message = &step->incident->messages[at - 1];
        if (message->kind == MESSAGE_KIND_ALERT && message->state != MESSAGE_FAILED &&
            message->state != MESSAGE_WITHDRAWN)
            return true;
    }
    return false;
}

/* A try has failed for good: the next channel, or the person cannot be reached. */
static void after_failure(struct step *step, const struct message *failed)
{
    const struct message message = *failed;
    struct alert *alert = loop_find_alert(step->incident, message.alert_id);
    if (alert == NULL || !is_wanted(step, &message))
        return;
    enum channel_kind ladder[LOOP_CHANNELS_MAX];
    int32_t count = ladder_of(step, alert->channels, ladder);
    if (message.kind != MESSAGE_KIND_ALERT) {
        for (int32_t i = 0; i + 1 < count; i++)
            if (ladder[i] == message.channel)
                add(step, alert, message.kind, ladder[i + 1]);
        return;
    }
    if (alert->rung >= 0 && alert->rung < count &&
        ladder[alert->rung] == message.channel && send_next_rung(step, alert)) {
        edit_alert(step, alert)->due_ms = alert_due(step, alert);
        return;
    }
    if (!has_hope(step, alert) && alert->rung + 1 >= count)
        void_alert(step, alert, "undeliverable", LOOP_ITSELF);
}

static void tell_message(struct step *step, enum event_kind kind,
                         const struct message *message)
{
    tell(step, kind,
         &(struct loop_event){.message_id = message->id,
                              .alert_id = message->alert_id,
                              .code = step->input->code != NULL
                                          ? step->input->code
                                          : channel_kind_code(message->channel),
                              .number = message->tries});
}

static void try_again_later(struct step *step, struct message *message)
{
    const struct loop_input *input = step->input;
    if (!is_wanted(step, message)) {
        set_message_state(step, message, MESSAGE_WITHDRAWN, input->kind);
        tell_message(step, EVENT_MESSAGE_WITHDRAWN, message);
        return;
    }
    set_message_state(step, message, MESSAGE_QUEUED, input->kind);
    struct message *edited = edit_message(step, message);
    edited->due_ms = input->number > step->now_ms ? input->number : step->now_ms;
    if (input->code != NULL && strcmp(input->code, "restart") == 0)
        edited->perhaps_twice = true;
    tell_message(step, EVENT_MESSAGE_QUEUED, message);
}

int message_step(struct step *step)
{
    static const struct {
        enum message_state state;
        enum event_kind event;
    } plain[] = {
        [LOOP_MESSAGE_HANDED_OVER] = {MESSAGE_HANDED_OVER, EVENT_MESSAGE_HANDED_OVER},
        [LOOP_MESSAGE_DELIVERED] = {MESSAGE_DELIVERED, EVENT_MESSAGE_DELIVERED},
        [LOOP_MESSAGE_UNKNOWN] = {MESSAGE_UNKNOWN, EVENT_MESSAGE_UNKNOWN},
        [LOOP_MESSAGE_FAILED] = {MESSAGE_FAILED, EVENT_MESSAGE_FAILED},
    };
    const struct loop_input *input = step->input;
    struct message *message = loop_find_message(step->incident, input->id);
    if (message == NULL)
        return refuse(step, ST_NOT_FOUND, "message", "no such message");
    int status = check_table(step, MACHINE_MESSAGE, message->state);
    if (status != ST_OK)
        return status;
    step->effects->id = message->id;
    if (input->kind == LOOP_MESSAGE_SENDING) {
        struct message *edited = edit_message(step, message);
        edited->perhaps_twice = edited->perhaps_twice || edited->state == MESSAGE_SENDING;
        edited->tries++;
        edited->sent_ms = step->now_ms;
        set_message_state(step, message, MESSAGE_SENDING, input->kind);
        tell_message(step, EVENT_MESSAGE_SENDING, message);
        return step->status;
    }
    bool for_good = input->kind != LOOP_MESSAGE_FAILED || input->yes;
    if (message->state == MESSAGE_READ || message->state == plain[input->kind].state) {
        step->effects->repeated = true;
        return ST_OK;
    }
    if (!for_good && message->state == MESSAGE_SENDING) {
        try_again_later(step, message);
        return step->status;
    }
    bool has_come = message->state != MESSAGE_HANDED_OVER &&
                    (plain[input->kind].state == MESSAGE_HANDED_OVER ||
                     plain[input->kind].state == MESSAGE_DELIVERED);
    if (has_come)
        edit_message(step, message)->handed_sequence = step->incident->event_sequence;
    set_message_state(step, message, plain[input->kind].state, input->kind);
    tell_message(step, plain[input->kind].event, message);
    if (has_come && message->area_id != 0)
        desk_told(step, message);
    if (input->kind == LOOP_MESSAGE_FAILED)
        after_failure(step, message);
    return step->status;
}
