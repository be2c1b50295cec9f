/* SPDX-License-Identifier: Apache-2.0 */
/* Two accounts of a person at most, found by a hash table. An account holds the log
 * likelihood of its own rows over the nodes, as it was in the week of the last row; what
 * a later week sees is that, times keep^weeks (so counts fade as if multiplied by it).
 * `weight` is the view of the present week, with the other account's likelihood to the
 * power LEARN_ACROSS; the fold itself never reads it, so looking changes nothing.
 *
 * How people differ is learned by incremental EM: each account keeps its part of two
 * sums; a row renews the part of its own account and of the next few in turn, and every
 * FIT_EVERY rows the priors are fitted to the sums. Only actual accounts count there. */
#include "plan/learn_internal.h"

#include "base/hash.h"
#include "base/mem.h"
#include "base/status.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#define WEEK_MS (7 * INT64_C(86400000))
#define DAY_MS 86400000.0
#define FIT_EVERY 64
#define RENEWED 3 /* accounts in turn, a row */
#define SHIFT_SIGMA 0.5
#define COMES_PEERS 20.0
#define COMES_ASSUMED 30.0  /* people */
#define SAYING_MAX 400.0    /* arrivals */
#define HABIT_ASSUMED 5.0   /* answers */
#define HABIT_MAX 1.5       /* of a logarithm */
#define RECOVERED_DAYS 60.0 /* an alert counts below 2e-4 then */
#define SLOTS_MIN 1024
#define CORRELATION_MAX 0.5
#define SILENT_LEAST 1e-3 /* P of a silence that is believed */

const char *learn_what_code(enum learn_what what)
{
    static const char *const codes[] = {
#define X(name, code) code,
        LEARN_WHAT_LIST(X)
#undef X
    };
    assert(what < LEARN_WHAT_COUNT);
    return codes[what];
}

bool learn_what_parse(const char *code, enum learn_what *ret)
{
    for (int i = 0; i < LEARN_WHAT_COUNT; i++)
        if (strcmp(code, learn_what_code((enum learn_what)i)) == 0) {
            *ret = (enum learn_what)i;
            return true;
        }
    return false;
}

/* ---- life ---------------------------------------------------------------------------
 */

void learn_config_default(struct learn_config *config)
{
    *config = (struct learn_config){
        .peers = 4.0, .half_life_days = 180.0, .context_half_life_days = 365.0};
    response_model_config_default(&config->response);
}

static bool within(double value, double min, double max)
{
    return value >= min && value <= max; /* false for NaN */
}

static int check_config(const struct learn_config *config, struct diag *reterr)
{
    const struct {
        const char *name;
        double value, min, max;
    } figures[] = {
        {"accept", config->response.accept, 0.001, 0.999},
        {"comes", config->response.comes, 0.001, 0.999},
        {"declines", config->response.declines, 0, 1},
        {"says_left", config->response.says_left, 0, 1},
        {"correlation", config->response.correlation, 0, CORRELATION_MAX},
        {"peers", config->peers, 0.1, 1000},
        {"half_life_days", config->half_life_days, 0, 36500},
        {"context_half_life_days", config->context_half_life_days, 0, 36500},
        {"delay_median_s", config->response.delay_median_s, 1, 86400},
        {"delay_sigma", config->response.delay_sigma, 0.05, 5},
        {"turnout_day_median_s", config->response.turnout_day_median_s, 1, 86400},
        {"turnout_night_median_s", config->response.turnout_night_median_s, 1, 86400},
        {"turnout_sigma", config->response.turnout_sigma, 0.05, 5},
    };
    for (size_t i = 0; i < COUNT_OF(figures); i++)
        if (!within(figures[i].value, figures[i].min, figures[i].max))
            return diag_set(reterr, ST_INVALID, 0, 0, figures[i].name,
                            "must be %g to %g, not %g", figures[i].min, figures[i].max,
                            figures[i].value);
    return ST_OK;
}

static void renew_times(struct shared *shared)
{
    const struct timing *timing = &shared->timing;
    for (uint8_t mode = 0; mode < TIMING_MODES; mode++)
        shared->factor[mode] = timing_factor(timing, mode);
    shared->delay_ms = 1000.0 * exp(timing->replies.mean);
    for (int night = 0; night < 2; night++)
        shared->turnout_ms[night] = 1000.0 * exp(timing->turnout[night].mean);
}

static void shared_init(struct shared *shared, const struct learn_config *config)
{
    double s = config->response.comes;
    timing_init(&shared->timing, &config->response, config->context_half_life_days);
    cause_init(&shared->cause, config->response.correlation,
               config->context_half_life_days);
    renew_times(shared);
    shared->comes = (struct prior_beta){s * COMES_PEERS, (1.0 - s) * COMES_PEERS};
    double all = prior_digamma(COMES_PEERS);
    shared->comes_people = COMES_ASSUMED;
    shared->comes_log_yes = COMES_ASSUMED * (prior_digamma(shared->comes.alpha) - all);
    shared->comes_log_no = COMES_ASSUMED * (prior_digamma(shared->comes.beta) - all);
}

int learn_new(struct learn **ret, const struct learn_config *config, struct diag *reterr)
{
    int status = check_config(config, reterr);
    if (status < 0)
        return status;
    struct learn *learn = mem_calloc(1, sizeof(*learn));
    if (learn == NULL)
        return ST_NO_MEMORY;
    learn->config = *config;
    learn->keep = config->half_life_days > 0 ? exp2(-7.0 / config->half_life_days) : 1.0;
    mixture_init(&learn->mixture, config->response.accept, config->peers);
    context_init(&learn->context, config->context_half_life_days);
    learn->shift_variance = SHIFT_SIGMA * SHIFT_SIGMA;
    for (int i = 0; i < 2; i++)
        shared_init(&learn->shared[i], config);
    learn->hash = HASH_START;
    *ret = learn;
    return ST_OK;
}

void learn_free(struct learn *learn)
{
    if (learn == NULL)
        return;
    mem_free(learn->accounts);
    mem_free(learn->slots);
    mem_free(learn);
}

uint64_t learn_version(const struct learn *learn)
{
    return learn->hash >> 11;
}

uint64_t learn_rows(const struct learn *learn)
{
    return learn->rows;
}

/* ---- accounts -----------------------------------------------------------------------
 */

static uint32_t *slot_of(const struct learn *learn, int64_t person_id, bool exercise)
{
    uint64_t hash = (2 * (uint64_t)person_id + exercise) * UINT64_C(0x9e3779b97f4a7c15);
    uint32_t mask = learn->slot_count - 1;
    for (uint32_t i = (uint32_t)(hash >> 32) & mask;; i = (i + 1) & mask) {
        uint32_t index = learn->slots[i];
        if (index == 0 || (learn->accounts[index - 1].person_id == person_id &&
                           learn->accounts[index - 1].exercise == exercise))
            return &learn->slots[i];
    }
}

struct account *learn_find(const struct learn *learn, int64_t person_id, bool exercise)
{
    if (learn->slot_count == 0)
        return NULL;
    uint32_t index = *slot_of(learn, person_id, exercise);
    return index == 0 ? NULL : &learn->accounts[index - 1];
}

int learn_make_slots(struct learn *learn, uint32_t people)
{
    uint32_t count = learn->slot_count == 0 ? SLOTS_MIN : learn->slot_count;
    while (count < 2 * people)
        count *= 2;
    if (count == learn->slot_count)
        return ST_OK;
    uint32_t *slots = mem_calloc(count, sizeof(*slots));
    if (slots == NULL)
        return ST_NO_MEMORY;
    mem_free(learn->slots);
    learn->slots = slots;
    learn->slot_count = count;
    for (uint32_t i = 0; i < learn->count; i++)
        *slot_of(learn, learn->accounts[i].person_id, learn->accounts[i].exercise) =
            i + 1;
    return ST_OK;
}

static int find_or_make(struct learn *learn, int64_t person_id, bool exercise,
                        struct account **ret)
{
    *ret = learn_find(learn, person_id, exercise);
    if (*ret != NULL)
        return ST_OK;
    int status = learn_make_slots(learn, learn->count + 1);
    if (status < 0)
        return status;
    status = mem_grow(&learn->accounts, &learn->capacity, learn->count + 1,
                      sizeof(*learn->accounts), 2 * LEARN_PEOPLE_MAX);
    if (status < 0)
        return status;
    *ret = &learn->accounts[learn->count++];
    **ret = (struct account){.person_id = person_id, .exercise = exercise};
    *slot_of(learn, person_id, exercise) = learn->count;
    return ST_OK;
}

double learn_faded(const struct learn *learn, const struct account *account, int32_t week)
{
    return week > account->week ? pow(learn->keep, week - account->week) : 1.0;
}

void learn_weigh(const struct learn *learn, const struct account *account,
                 const struct account *other, int32_t week, float *ret)
{
    float own = (float)learn_faded(learn, account, week), across = 0.0F, most = -INFINITY;
    if (other != NULL)
        across = (float)(LEARN_ACROSS * learn_faded(learn, other, week));
    for (int i = 0; i < MIXTURE_NODES; i++) {
        ret[i] = own * account->log_likelihood[i];
        if (other != NULL)
            ret[i] += across * other->log_likelihood[i];
        most = ret[i] > most ? ret[i] : most;
    }
    for (int i = 0; i < MIXTURE_NODES; i++)
        ret[i] = expf(ret[i] - most);
}

static void renew_weight(struct learn *learn, struct account *account)
{
    learn_weigh(learn, account, learn_find(learn, account->person_id, !account->exercise),
                learn->week, account->weight);
}

void learn_look(struct learn *learn, int64_t now_ms)
{
    int32_t week = (int32_t)(now_ms / WEEK_MS);
    if (week <= learn->week)
        return;
    learn->week = week;
    for (uint32_t i = 0; i < learn->count; i++)
        renew_weight(learn, &learn->accounts[i]);
}

/* ---- the crowd's spread: incremental EM -------------------------------------------- */

/* The fold's own view: of the week of the row, without the exercises. */
static void renew_part(struct learn *learn, struct account *account, int32_t week)
{
    float weight[MIXTURE_NODES];
    struct mixture *mixture = &learn->mixture;
    learn_weigh(learn, account, NULL, week, weight);
    if (account->counted) {
        mixture->sum_log_yes -= account->part.log_yes;
        mixture->sum_log_no -= account->part.log_no;
    } else {
        mixture->people += 1.0;
        account->counted = true;
    }
    account->part = mixture_part_of(mixture, weight);
    mixture->sum_log_yes += account->part.log_yes;
    mixture->sum_log_no += account->part.log_no;
}

static void renew_parts(struct learn *learn, struct account *account, int32_t week)
{
    renew_part(learn, account, week);
    for (int i = 0; i < RENEWED; i++) {
        learn->turn = learn->turn + 1 < learn->count ? learn->turn + 1 : 0;
        struct account *next = &learn->accounts[learn->turn];
        if (!next->exercise && next->counted)
            renew_part(learn, next, week);
    }
}

static void renew_comes(struct learn *learn, struct account *account, int32_t week)
{
    struct shared *shared = &learn->shared[account->exercise];
    double keep = learn_faded(learn, account, week);
    double a = shared->comes.alpha + keep * account->came;
    double b = shared->comes.beta + keep * (account->promised - account->came);
    double all = prior_digamma(a + b);
    if (account->comes_counted) {
        shared->comes_log_yes -= account->comes_yes;
        shared->comes_log_no -= account->comes_no;
    } else {
        shared->comes_people += 1.0;
        account->comes_counted = true;
    }
    account->comes_yes = prior_digamma(a) - all;
    account->comes_no = prior_digamma(b) - all;
    shared->comes_log_yes += account->comes_yes;
    shared->comes_log_no += account->comes_no;
}

static void fit(struct learn *learn)
{
    mixture_fit(&learn->mixture);
    for (int i = 0; i < 2; i++) {
        struct shared *shared = &learn->shared[i];
        replies_fit(&shared->timing.replies);
        shared->comes =
            prior_of_logs(shared->comes_log_yes / shared->comes_people,
                          shared->comes_log_no / shared->comes_people, shared->comes);
    }
}

/* ---- one answer ---------------------------------------------------------------------
 */

double learn_declines(const struct learn *learn, bool exercise)
{
    return learn->shared[exercise].timing.replies.declines;
}

/* What was promised of the person, or what is assumed of everybody. */
static double promised(const struct learn *learn, const struct learn_row *row)
{
    return row->promised > 0.0 && row->promised < 1.0 ? row->promised
                                                      : learn->config.response.accept;
}

static bool is_silence(enum learn_what what)
{
    return what == LEARN_SILENT || what == LEARN_STOPPED;
}

/* What an answer says about P(yes) = a: log a for a yes, log(1 - a E) for none, where E
 * is 1 for a refusal and, for a silence, what response_model_evidence says. */
struct evidence {
    bool yes;
    double known; /* E */
};

static struct evidence evidence_of(const struct learn *learn, bool exercise,
                                   enum learn_what what, int64_t took_ms)
{
    struct evidence evidence = {what == LEARN_YES, 1.0};
    if (!is_silence(what))
        return evidence;
    double f = replies_done(&learn->shared[exercise].timing.replies, took_ms);
    double declines = learn_declines(learn, exercise);
    evidence.known = f * (1.0 - declines) / (1.0 - declines * f);
    return evidence;
}

static double log_of(struct evidence evidence, double a)
{
    return evidence.yes ? log(a) : log1p(-a * evidence.known);
}

void learn_set_tired(const struct account *account, int64_t at_ms,
                     struct context_moment *moment)
{
    if (account == NULL || account->tired_week <= 0.0)
        return;
    double days = (double)(at_ms - account->tired_ms) / DAY_MS;
    days = days > 0 ? days : 0;
    if (days > RECOVERED_DAYS)
        return;
    moment->tired_day = account->tired_day * exp(-days);
    moment->tired_week = account->tired_week * exp(-days / 7.0);
}

/* A row that replaces one of the same alert must not count that alert. */
static struct context_moment moment_of_row(const struct account *account,
                                           const struct learn_row *row)
{
    struct context_moment moment = {.band = context_band(row->minute),
                                    .weekend = row->weekend,
                                    .kind = row->kind,
                                    .travel_ms = row->travel_ms};
    struct account before = {.tired_day = account->tired_day,
                             .tired_week = account->tired_week,
                             .tired_ms = account->tired_ms};
    if (row->before != LEARN_NOTHING) {
        before.tired_day = fmax(before.tired_day - 1.0, 0.0);
        before.tired_week = fmax(before.tired_week - 1.0, 0.0);
    }
    learn_set_tired(&before, row->at_ms, &moment);
    return moment;
}

static void tire(struct account *account, const struct context_moment *moment,
                 int64_t at_ms)
{
    account->tired_day = moment->tired_day + 1.0;
    account->tired_week = moment->tired_week + 1.0;
    if (at_ms > account->tired_ms)
        account->tired_ms = at_ms;
}

/* What the moment does, and in exercises the shift, learns from the answer: against what
 * is expected of the person. For the shift the exercises of before are left out of that,
 * else a shift of all would be taken for many people who each are readier. */
static void learn_moments(struct learn *learn, const struct learn_row *row,
                          const struct account *account, const struct account *other,
                          const struct context_moment *moment, int32_t week)
{
    float weight[MIXTURE_NODES];
    double slope, shift = row->exercise ? learn->shift : 0.0;
    if (!row->exercise)
        learn_weigh(learn, account, other, week, weight);
    else if (other != NULL)
        learn_weigh(learn, other, NULL, week, weight);
    double p = mixture_forecast(
        &learn->mixture, row->exercise && other == NULL ? NULL : weight,
        context_log_odds(&learn->context, moment) + shift, moment->band == 0, &slope);
    struct evidence evidence = evidence_of(learn, row->exercise, row->what, row->took_ms);
    double known = evidence.known;
    double score = evidence.yes ? slope / p : -slope * known / (1.0 - p * known);
    double information = slope * slope * known / (p * (1.0 - p * known));
    double worth =
        cause_worth(&learn->shared[row->exercise].cause, row->callout_id, row->wave);
    score *= worth;
    information *= worth;
    if (!row->exercise) {
        context_learn(&learn->context, moment, score, information, row->at_ms);
        return;
    }
    learn->shift_variance /= 1.0 + information * learn->shift_variance;
    learn->shift += learn->shift_variance * score;
}

/* How many yeses are expected of somebody of whom P was promised until an answer came, or
 * nobody waited for one any more, MS after the alert: the compensator of the yes among
 * those still silent (Aalen 1978). So who was stood down counts for as long as it was. */
static double expected_yes(const struct learn *learn, bool exercise, double p, int64_t ms)
{
    const double k = p + (1.0 - p) * learn_declines(learn, exercise);
    const double f = replies_done(&learn->shared[exercise].timing.replies, ms);
    return -p / k * log(fmax(1.0 - k * f, SILENT_LEAST));
}

static void count_promise(struct learn *learn, const struct learn_row *row,
                          struct evidence evidence)
{
    struct shared *shared = &learn->shared[row->exercise];
    double p = row->promised, known = evidence.known;
    if (!(p > 0.0 && p < 1.0))
        return;
    double residual = evidence.yes ? 1.0 - p : -p * known * (1.0 - p) / (1.0 - p * known);
    double sigma = (1.0 - p) * sqrt(p * known / (1.0 - p * known));
    const struct cause_answer answer = {.callout_id = row->callout_id,
                                        .at_ms = row->at_ms,
                                        .wave = row->wave,
                                        .is_silence = is_silence(row->what),
                                        .residual = residual,
                                        .sigma = sigma};
    cause_learn(&shared->cause, &answer);
    struct learn_bin *bin = &shared->bins[(int)(p * LEARN_BINS)];
    bin->count += 1.0;
    bin->promised += expected_yes(learn, row->exercise, p, row->took_ms);
    bin->yes += evidence.yes;
}

/* Brings the account's own figures to WEEK. */
static void fade(struct learn *learn, struct account *account, int32_t week)
{
    double keep = learn_faded(learn, account, week);
    if (week > account->week)
        account->week = week;
    if (keep == 1.0)
        return;
    for (int i = 0; i < MIXTURE_NODES; i++)
        account->log_likelihood[i] *= (float)keep;
    account->came *= keep;
    account->promised *= keep;
    struct habit *habits[] = {&account->delay, &account->turnout, &account->travel};
    for (size_t i = 0; i < COUNT_OF(habits); i++) {
        habits[i]->sum *= keep;
        habits[i]->count *= keep;
    }
}

/* By how much somebody's median is a multiple of everybody's, shrunk. */
static void add_habit(struct habit *habit, double apart)
{
    habit->sum += apart;
    habit->count += 1.0;
    double fold = habit->sum / (habit->count + HABIT_ASSUMED);
    habit->multiple = exp(fmax(-HABIT_MAX, fmin(fold, HABIT_MAX)));
}

static void learn_replies(struct learn *learn, struct account *account,
                          const struct learn_row *row)
{
    struct replies *replies = &learn->shared[row->exercise].timing.replies;
    const double p = promised(learn, row);
    if (row->before != LEARN_NOTHING && is_silence(row->before))
        replies_silence(replies, row->before_ms, p, -1.0);
    if (is_silence(row->what))
        replies_silence(replies, row->took_ms, p, 1.0);
    else if (row->what != LEARN_LIMITED && row->took_ms > 0)
        add_habit(&account->delay,
                  replies_answer(replies, row->what == LEARN_NO, row->took_ms));
}

static void add_likelihood(struct learn *learn, struct account *account,
                           const struct learn_row *row, double log_odds, bool night)
{
    struct evidence now = evidence_of(learn, row->exercise, row->what, row->took_ms);
    bool replaces = row->before != LEARN_NOTHING;
    struct evidence before = {0};
    if (replaces)
        before = evidence_of(learn, row->exercise, row->before, row->before_ms);
    for (int i = 0; i < MIXTURE_NODES; i++) {
        double a = mixture_at(&learn->mixture, i, log_odds, night);
        double change = log_of(now, a) - (replaces ? log_of(before, a) : 0.0);
        account->log_likelihood[i] += (float)change;
    }
}

static void add_answer(struct learn *learn, struct account *account,
                       const struct account *other, const struct learn_row *row,
                       int32_t week)
{
    struct context_moment moment = moment_of_row(account, row);
    bool night = moment.band == 0;
    double log_odds =
        context_log_odds(&learn->context, &moment) + (row->exercise ? learn->shift : 0.0);
    struct evidence evidence = evidence_of(learn, row->exercise, row->what, row->took_ms);
    if (row->before == LEARN_NOTHING) {
        if (!learn->config.fixed_context)
            learn_moments(learn, row, account, other, &moment, week);
        count_promise(learn, row, evidence);
        tire(account, &moment, row->at_ms);
    }
    add_likelihood(learn, account, row, log_odds, night);
    learn_replies(learn, account, row);
    bool stopped = row->what == LEARN_STOPPED;
    bool was = row->before != LEARN_NOTHING && row->before != LEARN_STOPPED;
    account->asked[night] += !stopped && !was;
    account->yes[night] += row->what == LEARN_YES;
    if (!row->exercise)
        renew_parts(learn, account, week);
}

/* Of the last few hundred who came. */
static void learn_saying(struct shared *shared, bool said)
{
    shared->came += 1.0;
    shared->said_left += said;
    if (shared->came < SAYING_MAX)
        return;
    shared->came /= 2;
    shared->said_left /= 2;
}

static void add_outcome(struct learn *learn, struct account *account,
                        const struct learn_row *row, int32_t week)
{
    struct timing *timing = &learn->shared[row->exercise].timing;
    bool night = context_band(row->minute) == 0;
    if (row->what == LEARN_LEFT) {
        add_habit(&account->turnout, timing_turnout(timing, night, row->took_ms));
        return;
    }
    if (row->what == LEARN_CAME)
        learn_saying(&learn->shared[row->exercise], row->took_ms > 0);
    if (row->what == LEARN_CAME && row->took_ms > 0)
        add_habit(&account->travel,
                  timing_travel(timing, row->mode, row->took_ms, row->travel_ms));
    account->promised += 1.0;
    account->came += row->what == LEARN_CAME;
    renew_comes(learn, account, week);
}

static int check_row(const struct learn *learn, const struct learn_row *row,
                     struct diag *reterr)
{
    const char *field = NULL;
    if (row->id <= learn->last_id)
        field = "id";
    else if (row->person_id <= 0)
        field = "person_id";
    else if ((unsigned)row->what >= LEARN_WHAT_COUNT)
        field = "what";
    else if ((unsigned)row->before > LEARN_STOPPED &&
             row->before != (enum learn_what)LEARN_NOTHING)
        field = "before";
    else if (row->at_ms < 0 || row->at_ms / WEEK_MS > INT32_MAX)
        field = "at_ms";
    else if (row->took_ms < 0 || row->took_ms > LEARN_TOOK_MS_MAX)
        field = "took_ms";
    else if (row->before_ms < 0 || row->before_ms > LEARN_TOOK_MS_MAX)
        field = "before_ms";
    else if (row->minute < 0 || row->minute >= 1440)
        field = "minute";
    else if (row->kind >= LEARN_KINDS_MAX)
        field = "kind";
    else if (row->mode >= TIMING_MODES)
        field = "mode";
    else if (row->wave < 0 || row->wave > LEARN_WAVES_MAX)
        field = "wave";
    else if (!within(row->promised, 0.0, 1.0))
        field = "promised";
    if (field == NULL)
        return ST_OK;
    return diag_set(reterr, ST_INVALID, 0, 0, field,
                    "is out of its range in the answer with id %lld", (long long)row->id);
}

static void hash_row(struct learn *learn, const struct learn_row *row)
{
    const int64_t numbers[] = {
        row->id,      row->person_id, row->callout_id, row->wave,      row->exercise,
        row->weekend, row->what,      row->before,     row->kind,      row->mode,
        row->minute,  row->at_ms,     row->took_ms,    row->before_ms, row->travel_ms};
    unsigned char bytes[sizeof(numbers) + sizeof(row->promised)];
    memcpy(bytes, numbers, sizeof(numbers));
    memcpy(bytes + sizeof(numbers), &row->promised, sizeof(row->promised));
    learn->hash = hash_bytes(learn->hash, bytes, sizeof(bytes));
}

int learn_add(struct learn *learn, const struct learn_row *row, struct diag *reterr)
{
    int status = check_row(learn, row, reterr);
    if (status < 0)
        return status;
    if (row->what == LEARN_FORGET) /* of nobody's rows: there is nothing to forget */
        return ST_STALE;
    struct account *account;
    int32_t week = (int32_t)(row->at_ms / WEEK_MS);
    status = find_or_make(learn, row->person_id, row->exercise, &account);
    if (status < 0)
        return status;
    if (account->week == 0)
        account->week = week; /* its first row */
    week = week > account->week ? week : account->week;
    fade(learn, account, week);
    timing_forget(&learn->shared[row->exercise].timing, row->at_ms);
    struct account *other = learn_find(learn, row->person_id, !row->exercise);
    if (row->what <= LEARN_STOPPED)
        add_answer(learn, account, other, row, week);
    else
        add_outcome(learn, account, row, week);
    renew_times(&learn->shared[row->exercise]);
    learn->last_id = row->id;
    hash_row(learn, row);
    if (++learn->rows % FIT_EVERY == 0)
        fit(learn);
    learn_look(learn, row->at_ms);
    renew_weight(learn, account);
    if (other != NULL)
        renew_weight(learn, other);
    return ST_OK;
}
