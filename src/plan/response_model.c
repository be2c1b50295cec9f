/* SPDX-License-Identifier: Apache-2.0 */
/* The defaults and where they come from:
 *
 *   accept 0.287             Scquizzato et al. 2020, median over 12 systems, per alert
 *   comes 0.85               prior of ours, learned later
 *   delay median 60 s        prior of ours; sigma 0.75 puts 80 % between 23 s and 157 s,
 *                            the range of published reply delays (16 to 150 s)
 *   turnout 105 s / 142 s    Region der Lebensretter 2025 (n = 4,138), day / night;
 *                            sigma 0.6 is ours
 *   declines 0               learned: how many of those who will not come say so
 *   says left 0              learned: how many of those who leave say so
 *   correlation 0            learned (plan/cause.h)
 *   travel factor 1          the road network's speeds are the measured ones
 *   unread, undelivered      ours: half and a quarter of the acceptance is left
 *
 * D + U has no closed form: its distribution function is a table in steps of one second,
 * made once by convolving the two densities (plan/convolve.h; cell masses from
 * differences of the log-normal distribution function, so no mass is lost; the sum of two
 * cells lies in the middle of two, and the table is read by linear interpolation). */
#include "plan/response_model.h"

#include "base/hash.h"
#include "base/mem.h"
#include "base/status.h"
#include "plan/convolve.h"

#include <assert.h>
#include <math.h>
#include <stdatomic.h>
#include <string.h>

#define CELLS 3600    /* seconds; the rest of the mass lies beyond */
#define QUANTILES 128 /* of the delay, for people who have been silent */
#define BISECTIONS 64 /* 40 / 2^64 is below what a double can tell */

/* Silence counts in whole minutes (plan_people.c): so many have tables of their own, in
 * coarser steps. */
#define MINUTES RESPONSE_MODEL_MINUTES
#define MINUTE_MS 60000
#define STEP_S 3
#define STEPS (CELLS / STEP_S)
#define SILENT_MIN 1e-7 /* less of D than this is left: rounding counts */

/* What follows from the times alone: shared by models that have the same. */
struct tables {
    atomic_uint references;
    double sum[2][CELLS + 1]; /* [night][i] = P(D + U <= i s) */
    /* [night][i][minute - 1] = P(D > minute, D + U <= i STEP_S s) */
    double late[2][STEPS + 1][MINUTES];
    double replied[MINUTES + 1];    /* P(D <= minute) */
    double quantiles_ms[QUANTILES]; /* of D: the middle of each 1/128 */
};

struct response_model {
    struct response_model_config config;
    uint64_t version;
    struct tables *tables;
};

void response_model_config_default(struct response_model_config *config)
{
    *config = (struct response_model_config){
        .accept = 0.287,
        .comes = 0.85,
        .delay_median_s = 60,
        .delay_sigma = 0.75,
        .turnout_day_median_s = 105,
        .turnout_night_median_s = 142,
        .turnout_sigma = 0.6,
        .travel_factor = 1.0,
        .comes_en_route = 0.97,
        .unread_factor = 0.8,
        .undelivered_factor = 0.25,
        .night_from_minute = 22 * 60,
        .night_to_minute = 6 * 60,
        .declines = 0.0,
        .says_left = 0.0,
        .correlation = 0.0,
    };
}

/* P(X <= x) of a log-normal. */
static double lognormal(double x, double median, double sigma)
{
    return x <= 0.0 ? 0.0 : 0.5 * erfc(-log(x / median) / (sigma * M_SQRT2));
}

static bool in_range(double value, double min, double max)
{
    return value >= min && value <= max; /* false for NaN */
}

static bool is_valid(const struct response_model_config *c)
{
    return in_range(c->accept, 0, 1) && in_range(c->comes, 0, 1) &&
           in_range(c->comes_en_route, 0, 1) && in_range(c->unread_factor, 0, 1) &&
           in_range(c->undelivered_factor, 0, 1) &&
           in_range(c->delay_median_s, 1, 86400) && in_range(c->delay_sigma, 0.01, 5) &&
           in_range(c->turnout_day_median_s, 1, 86400) &&
           in_range(c->turnout_night_median_s, 1, 86400) &&
           in_range(c->turnout_sigma, 0.01, 5) && in_range(c->travel_factor, 0.1, 10) &&
           in_range(c->night_from_minute, 0, 1440) &&
           in_range(c->night_to_minute, 0, 1440) && in_range(c->declines, 0, 1) &&
           in_range(c->says_left, 0, 1) && in_range(c->correlation, 0, 0.5);
}

/* FNV-1a over the figures. */
static uint64_t hash_config(const struct response_model_config *config)
{
    const double figures[] = {config->accept,
                              config->comes,
                              config->delay_median_s,
                              config->delay_sigma,
                              config->turnout_day_median_s,
                              config->turnout_night_median_s,
                              config->turnout_sigma,
                              config->travel_factor,
                              config->comes_en_route,
                              config->unread_factor,
                              config->undelivered_factor,
                              config->night_from_minute,
                              config->night_to_minute,
                              config->declines,
                              config->says_left,
                              config->correlation};
    unsigned char bytes[sizeof(figures)];
    memcpy(bytes, figures, sizeof(bytes));
    return hash_bytes(HASH_START, bytes, sizeof(bytes)) >>
           11; /* 53 bits: exact as a JSON number */
}

/* Cell i holds the mass between i and i + 1 seconds. */
static void make_cells(double median, double sigma, double *cells)
{
    double before = 0.0;
    for (int i = 0; i < CELLS; i++) {
        double now = lognormal(i + 1, median, sigma);
        cells[i] = now - before;
        before = now;
    }
}

/* Two cells i and j make a sum between i + j and i + j + 2 seconds, half of it (by
 * symmetry) before i + j + 1. */
static void add_up(const double *mass, double *ret_sum)
{
    double total = 0.0; /* of the sums that have ended */
    ret_sum[0] = 0.0;
    for (int i = 0; i < CELLS; i++) {
        ret_sum[i + 1] = total + mass[i] / 2;
        total += mass[i];
    }
}

/* Sum over j, FROM <= j <= TO, of a[j] b[i - j], in four sums side by side: one waits for
 * each addition. */
static double product(const double *a, const double *b, int i, int from, int to)
{
    double sums[4] = {0.0, 0.0, 0.0, 0.0};
    int j = from;
    for (; j + 3 <= to; j += 4)
        for (int k = 0; k < 4; k++)
            sums[k] += a[j + k] * b[i - j - k];
    for (; j <= to; j++)
        sums[0] += a[j] * b[i - j];
    return (sums[0] + sums[1]) + (sums[2] + sums[3]);
}

/* The delays minute by minute from the end, so that each minute's table is a part of one
 * sum and nothing cancels. */
static void convolve_late(const double *delay, const double *turnout,
                          struct tables *tables, int night)
{
    const int per_minute = MINUTE_MS / 1000 / STEP_S;
    double total[MINUTES] = {0.0}; /* of the sums that have ended */
    for (int minute = 0; minute < MINUTES; minute++)
        tables->late[night][0][minute] = 0.0;
    for (int i = 0; i < STEPS; i++) {
        double mass = 0.0;
        for (int minute = MINUTES - 1; minute >= 0; minute--) {
            int from = (minute + 1) * per_minute, to = from + per_minute - 1;
            to = minute == MINUTES - 1 || to > i ? i : to;
            mass += product(delay, turnout, i, from, to);
            tables->late[night][i + 1][minute] = total[minute] + mass / 2;
            total[minute] += mass;
        }
    }
}

static void make_steps(double median, double sigma, double *steps)
{
    double before = 0.0;
    for (int i = 0; i < STEPS; i++) {
        double now = lognormal((double)(i + 1) * STEP_S, median, sigma);
        steps[i] = now - before;
        before = now;
    }
}

static int make_late(const struct response_model_config *config, struct tables *tables)
{
    AUTO_FREE double *steps = mem_calloc((size_t)2 * STEPS, sizeof(*steps));
    if (steps == NULL)
        return ST_NO_MEMORY;
    make_steps(config->delay_median_s, config->delay_sigma, steps);
    for (int night = 0; night < 2; night++) {
        make_steps(night ? config->turnout_night_median_s : config->turnout_day_median_s,
                   config->turnout_sigma, steps + STEPS);
        convolve_late(steps, steps + STEPS, tables, night);
    }
    for (int minute = 0; minute <= MINUTES; minute++)
        tables->replied[minute] = lognormal(minute * (MINUTE_MS / 1000.0),
                                            config->delay_median_s, config->delay_sigma);
    return ST_OK;
}

/* The distribution of D + U, by day and by night. */
static int make_sums(const struct response_model_config *config, double sum[2][CELLS + 1])
{
    AUTO_FREE double *cells = mem_calloc((size_t)5 * CELLS, sizeof(*cells));
    if (cells == NULL)
        return ST_NO_MEMORY;
    double *delay = cells, *day = delay + CELLS, *night = day + CELLS;
    double *day_sum = night + CELLS, *night_sum = day_sum + CELLS;
    make_cells(config->delay_median_s, config->delay_sigma, delay);
    make_cells(config->turnout_day_median_s, config->turnout_sigma, day);
    make_cells(config->turnout_night_median_s, config->turnout_sigma, night);
    int status = convolve_pair(delay, day, night, CELLS, day_sum, night_sum);
    if (status != ST_OK)
        return status;
    add_up(day_sum, sum[0]);
    add_up(night_sum, sum[1]);
    return ST_OK;
}

/* The delay at the middle of each 1/128: the lower half by bisection of the normal
 * distribution, the upper half as its mirror image. */
static void make_quantiles(const struct response_model_config *config, double *ret_ms)
{
    const double median = config->delay_median_s;
    double before = -40.0; /* of log(x / median) / sigma, a standard normal */
    for (int i = 0; i < QUANTILES / 2; i++) {
        double low = before, high = 0.0;
        for (int round = 0; round < BISECTIONS; round++) {
            double middle = (low + high) / 2;
            bool below = 0.5 * erfc(-middle / M_SQRT2) < (i + 0.5) / QUANTILES;
            *(below ? &low : &high) = middle;
        }
        before = low;
        ret_ms[i] = median * exp(low * config->delay_sigma) * 1000.0;
        ret_ms[QUANTILES - 1 - i] = median * exp(-low * config->delay_sigma) * 1000.0;
    }
}

int response_model_new(struct response_model **ret,
                       const struct response_model_config *config)
{
    if (!is_valid(config))
        return ST_INVALID;
    struct response_model *response = mem_calloc(1, sizeof(*response));
    struct tables *tables = mem_alloc(sizeof(*tables));
    int status = response == NULL || tables == NULL ? ST_NO_MEMORY
                                                    : make_sums(config, tables->sum);
    if (status == ST_OK)
        status = make_late(config, tables);
    if (status != ST_OK) {
        mem_free(tables);
        mem_free(response);
        return status;
    }
    make_quantiles(config, tables->quantiles_ms);
    atomic_init(&tables->references, 1);
    *response = (struct response_model){
        .config = *config, .version = hash_config(config), .tables = tables};
    *ret = response;
    return ST_OK;
}

static bool has_same_times(const struct response_model_config *a,
                           const struct response_model_config *b)
{
    return a->delay_median_s == b->delay_median_s && a->delay_sigma == b->delay_sigma &&
           a->turnout_day_median_s == b->turnout_day_median_s &&
           a->turnout_night_median_s == b->turnout_night_median_s &&
           a->turnout_sigma == b->turnout_sigma;
}

int response_model_like(struct response_model **ret, const struct response_model *like,
                        const struct response_model_config *config)
{
    if (like == NULL || !has_same_times(&like->config, config))
        return response_model_new(ret, config);
    if (!is_valid(config))
        return ST_INVALID;
    struct response_model *response = mem_alloc(sizeof(*response));
    if (response == NULL)
        return ST_NO_MEMORY;
    atomic_fetch_add(&like->tables->references, 1);
    *response = (struct response_model){
        .config = *config, .version = hash_config(config), .tables = like->tables};
    *ret = response;
    return ST_OK;
}

void response_model_free(struct response_model *response)
{
    if (response != NULL && atomic_fetch_sub(&response->tables->references, 1) == 1)
        mem_free(response->tables);
    mem_free(response);
}

const struct response_model_config *
response_model_get_config(const struct response_model *response)
{
    return &response->config;
}

uint64_t response_model_version(const struct response_model *response)
{
    return response->version;
}

bool response_model_is_night(const struct response_model *response, int32_t minute_of_day)
{
    int32_t from = response->config.night_from_minute,
            to = response->config.night_to_minute;
    if (from <= to)
        return minute_of_day >= from && minute_of_day < to;
    return minute_of_day >= from || minute_of_day < to;
}

static double travel_s(const struct response_model *response, uint32_t travel_ms)
{
    return response->config.travel_factor * travel_ms / 1000.0;
}

/* P(D + U <= X seconds). */
static double sum_at(const struct tables *tables, bool night, double x)
{
    const double *table = tables->sum[night];
    if (x <= 0.0)
        return 0.0;
    if (x >= CELLS)
        return table[CELLS];
    int cell = (int)x;
    return table[cell] + (table[cell + 1] - table[cell]) * (x - cell);
}

/* Where X seconds lie among the steps of `late`: the row before, and how far beyond. */
static int step_at(double x, double *ret_part)
{
    x = x <= 0.0 ? 0.0 : x / STEP_S;
    int step = x < STEPS ? (int)x : STEPS - 1;
    *ret_part = x < STEPS ? x - step : 1.0;
    return step;
}

/* P(D > MINUTE, D + U <= X seconds), MINUTE from 1 to MINUTES. */
static double late_at(const struct tables *tables, bool night, int minute, double x)
{
    double part;
    int step = step_at(x, &part);
    double low = tables->late[night][step][minute - 1];
    return low + (tables->late[night][step + 1][minute - 1] - low) * part;
}

double response_model_in_time(const struct response_model *response, bool night,
                              int64_t left_ms, uint32_t travel_ms)
{
    return sum_at(response->tables, night,
                  (double)left_ms / 1000.0 - travel_s(response, travel_ms));
}

/* The minute whose table answers for SINCE_MS, or -1. */
static int minute_of(int64_t since_ms)
{
    int64_t minute = since_ms / MINUTE_MS;
    return minute >= 0 && minute <= MINUTES && since_ms == minute * MINUTE_MS
               ? (int)minute
               : -1;
}

double response_model_replied(const struct response_model *response, int64_t since_ms)
{
    int minute = minute_of(since_ms);
    if (minute >= 0)
        return response->tables->replied[minute];
    return lognormal((double)since_ms / 1000.0, response->config.delay_median_s,
                     response->config.delay_sigma);
}

double response_model_evidence(const struct response_model *response, int64_t since_ms)
{
    double replied = response_model_replied(response, since_ms);
    double declines = response->config.declines, rest = 1.0 - declines * replied;
    return rest > 0.0 ? replied * (1.0 - declines) / rest : 0.0;
}

double response_model_accept_after(const struct response_model *response, double accept,
                                   int64_t since_ms)
{
    double evidence = response_model_evidence(response, since_ms);
    double silent = 1.0 - accept * evidence;
    return silent <= 0.0 ? 0.0 : accept * (1.0 - evidence) / silent;
}

static double turnout_median(const struct response_model *response, bool night)
{
    return night ? response->config.turnout_night_median_s
                 : response->config.turnout_day_median_s;
}

/* Any silence: the quantiles of the delay that lie beyond it. */
double response_model_in_time_after_plain(const struct response_model *response,
                                          bool night, int64_t left_ms, uint32_t travel_ms,
                                          int64_t since_ms)
{
    double left_s = (double)left_ms / 1000.0 - travel_s(response, travel_ms);
    double sum = 0.0;
    int count = 0;
    for (int i = 0; i < QUANTILES; i++) {
        if (response->tables->quantiles_ms[i] <= (double)since_ms)
            continue;
        sum += lognormal(left_s - response->tables->quantiles_ms[i] / 1000.0,
                         turnout_median(response, night), response->config.turnout_sigma);
        count++;
    }
    if (count > 0)
        return sum / count;
    /* Beyond the last quantile: at best the yes comes now. */
    return lognormal(left_s - (double)since_ms / 1000.0, turnout_median(response, night),
                     response->config.turnout_sigma);
}

double response_model_in_time_after(const struct response_model *response, bool night,
                                    int64_t left_ms, uint32_t travel_ms, int64_t since_ms)
{
    int minute = since_ms <= 0 ? 0 : minute_of(since_ms);
    if (minute == 0)
        return response_model_in_time(response, night, left_ms, travel_ms);
    double open = minute > 0 ? 1.0 - response->tables->replied[minute] : 0.0;
    if (open < SILENT_MIN)
        return response_model_in_time_after_plain(response, night, left_ms, travel_ms,
                                                  since_ms);
    double both = late_at(response->tables, night, minute,
                          (double)left_ms / 1000.0 - travel_s(response, travel_ms));
    return both < open ? both / open : 1.0;
}

double response_model_late_in_time(const struct response_model *response, bool night,
                                   int64_t left_ms, uint32_t travel_ms, int64_t since_ms)
{
    int minute = since_ms <= 0 ? 0 : minute_of(since_ms);
    if (minute > 0)
        return late_at(response->tables, night, minute,
                       (double)left_ms / 1000.0 - travel_s(response, travel_ms));
    if (minute == 0)
        return response_model_in_time(response, night, left_ms, travel_ms);
    return (1.0 - response_model_replied(response, since_ms)) *
           response_model_in_time_after_plain(response, night, left_ms, travel_ms,
                                              since_ms);
}

void response_model_late_row(const struct response_model *response, bool night,
                             int64_t left_ms, uint32_t travel_ms, double *restrict ret)
{
    double x = (double)left_ms / 1000.0 - travel_s(response, travel_ms), part;
    int step = step_at(x, &part);
    const double *low = response->tables->late[night][step],
                 *high = response->tables->late[night][step + 1];
    ret[0] = sum_at(response->tables, night, x);
    for (int i = 0; i < MINUTES; i++)
        ret[i + 1] = low[i] + (high[i] - low[i]) * part;
}

double response_model_turnout_in_time(const struct response_model *response, bool night,
                                      int64_t left_ms, uint32_t travel_ms,
                                      int64_t since_ms)
{
    double median = turnout_median(response, night);
    double sigma = response->config.turnout_sigma;
    double left_s = (double)left_ms / 1000.0 - travel_s(response, travel_ms);
    double gone = lognormal((double)since_ms / 1000.0, median, sigma);
    double in_time = lognormal(left_s, median, sigma);
    if (in_time <= gone)
        return 0.0;
    return (in_time - gone) / (1.0 - gone);
}
