/* SPDX-License-Identifier: Apache-2.0 */
/* The response model: what a start, an answer and forecasts cost, and whether promised
 * probabilities are kept on CALL_OUTS simulated call-outs by people who answer by a
 * process that the model does not have (test/unit/plan/truth.h). JSON on stdout.
 *
 *     bench_learn [CALL_OUTS] [SHOCK] [SEED]        100000 0.4 1 */
#include "base/mem.h"
#include "base/status.h"
#include "plan/learn_keep.h"
#include "test/unit/plan/truth.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define PEOPLE 10000
#define ANSWERS 200000
#define ROUNDS 15
#define START_PEOPLE 20000

static double cpu_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static int by_value(const void *a, const void *b)
{
    double x, y;
    memcpy(&x, a, sizeof(x));
    memcpy(&y, b, sizeof(y));
    return (x > y) - (x < y);
}

/* ANSWERS of so many people, one after the other. */
static int add_answers(struct learn *learn, int64_t people)
{
    for (int64_t i = 1; i <= ANSWERS; i++) {
        const struct learn_row row = {.id = i,
                                      .person_id = 1 + i % people,
                                      .callout_id = i / 10,
                                      .what = i * 7919 % 10 < 3 ? LEARN_YES : LEARN_NO,
                                      .before = (enum learn_what)LEARN_NOTHING,
                                      .minute = (int32_t)(i * 31 % 1440),
                                      .at_ms = 20000 * TRUTH_DAY + i * 600000,
                                      .took_ms = 60000,
                                      .travel_ms = 300000,
                                      .promised = 0.287};
        int status = learn_add(learn, &row, NULL);
        if (status != ST_OK)
            return status;
    }
    return ST_OK;
}

/* A start folds every answer anew, or takes the kept model: without reading the database
 * or the file. */
static int bench_start(void)
{
    struct learn_config config;
    struct learn *learn, *loaded;
    learn_config_default(&config);
    double start = cpu_s();
    if (learn_new(&learn, &config, NULL) != ST_OK ||
        add_answers(learn, START_PEOPLE) != ST_OK)
        return 1;
    const double folded = cpu_s() - start;
    const size_t size = learn_saved_size(learn);
    AUTO_FREE unsigned char *bytes = mem_alloc(size);
    if (bytes == NULL)
        return 1;
    start = cpu_s();
    learn_save(learn, bytes);
    const double saved = cpu_s() - start;
    start = cpu_s();
    if (learn_load(&loaded, &config, bytes, size) != ST_OK)
        return 1;
    printf("  \"start\": {\"people\": %d, \"answers\": %d, \"folded_ms\": %.1f, "
           "\"loaded_ms\": %.1f, \"saved_ms\": %.1f, \"kept_mb\": %.1f},\n",
           START_PEOPLE, ANSWERS, folded * 1e3, (cpu_s() - start) * 1e3, saved * 1e3,
           (double)size / 1e6);
    learn_free(loaded);
    learn_free(learn);
    return 0;
}

/* 20 answers each of 10,000 people, then all of them asked for, median of the rounds. */
static int bench_cost(void)
{
    struct learn_config config;
    struct learn *learn;
    learn_config_default(&config);
    if (learn_new(&learn, &config, NULL) != ST_OK)
        return 1;
    double start = cpu_s(), times[ROUNDS], sum = 0;
    if (add_answers(learn, PEOPLE) != ST_OK)
        return 1;
    double added = cpu_s() - start;
    struct learn_moment moment = {.now_ms = 20000 * TRUTH_DAY + ANSWERS * INT64_C(600000),
                                  .minute = 600};
    for (int round = 0; round < ROUNDS; round++) {
        start = cpu_s();
        for (int64_t i = 1; i <= PEOPLE; i++)
            sum += learn_forecast(learn, &moment, i, 0, 300000).accept;
        times[round] = cpu_s() - start;
    }
    qsort(times, ROUNDS, sizeof(*times), by_value);
    printf("  \"answer_us\": %.2f,\n  \"forecast_10000_ms\": %.3f,\n  \"mean\": %.3f,\n",
           added / ANSWERS * 1e6, times[ROUNDS / 2] * 1e3, sum / ROUNDS / PEOPLE);
    learn_free(learn);
    return 0;
}

/* Wilson's interval, 95 %. */
static void print_share(double met, double count)
{
    const double z = 1.96;
    double p = met / count, n = count, low, high;
    double middle = (p + z * z / (2 * n)) / (1 + z * z / n);
    double half = z * sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n);
    low = middle - half;
    high = middle + half;
    printf("\"observed\": %.4f, \"low\": %.4f, \"high\": %.4f", p, low, high);
}

static void print_bins(const struct truth *truth, const struct truth_bins *bins)
{
    double count = 0, promised = 0, met = 0;
    printf("    \"plans_by_promise\": [");
    for (int i = 0, n = 0; i < TRUTH_BINS; i++) {
        if (i >= TRUTH_TARGET_BIN) {
            count += bins->count[i];
            promised += bins->promised[i];
            met += bins->met[i];
        }
        if (bins->count[i] < 1)
            continue;
        printf("%s\n      {\"plans\": %.0f, \"promised\": %.4f, ", n++ == 0 ? "" : ",",
               bins->count[i], bins->promised[i] / bins->count[i]);
        print_share(bins->met[i], bins->count[i]);
        printf("}");
    }
    printf("],\n    \"answers_by_promise\": [");
    const struct learn_bin *bin = learn_reliability(truth->learn, false);
    for (int i = 0, n = 0; i < LEARN_BINS; i++) {
        if (bin[i].count < 1)
            continue;
        printf("%s\n      {\"answers\": %.0f, \"promised\": %.4f, ", n++ == 0 ? "" : ",",
               bin[i].count, bin[i].promised / bin[i].count);
        print_share(bin[i].yes, bin[i].count);
        printf("}");
    }
    printf("],\n    \"target_reached\": {\"plans\": %.0f, \"promised\": %.4f, ", count,
           promised / count);
    print_share(met, count);
    printf("}\n  }\n");
}

int main(int argc, char **argv)
{
    long call_outs = argc > 1 ? strtol(argv[1], NULL, 10) : 100000;
    double shock = argc > 2 ? strtod(argv[2], NULL) : 0.4;
    uint64_t seed = argc > 3 ? strtoull(argv[3], NULL, 10) : 1;
    static struct truth truth;
    static struct truth_bins warm_up, bins;
    printf("{\n");
    if (bench_start() != 0 || bench_cost() != 0)
        return 1;
    double start = cpu_s();
    truth_init(&truth, seed, shock);
    for (long i = 0; i < call_outs; i++)
        truth_call_out(&truth, i < call_outs / 10 ? &warm_up : &bins);
    struct learn_crowd crowd = learn_crowd(truth.learn, false);
    printf("  \"calibration\": {\n    \"call_outs\": %ld, \"of_these_warm_up\": %ld, "
           "\"people\": %d, \"shock\": %.2f, \"seed\": %llu,\n    \"cpu_s\": %.1f, "
           "\"alerts_a_plan\": %.2f, \"correlation\": %.4f,\n",
           call_outs, call_outs / 10, TRUTH_PEOPLE, shock, (unsigned long long)seed,
           cpu_s() - start, bins.alerts / bins.plans, crowd.correlation);
    print_bins(&truth, &bins);
    printf("}\n");
    truth_release(&truth);
    return 0;
}
