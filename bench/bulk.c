/* SPDX-License-Identifier: Apache-2.0 */
/* One alert to very many: how long until the list of them is on disk (the answer), until
 * all their rows and messages are, and what the replies to another call-out notice of it.
 * The writer with its thread, without HTTP and without planning: the wave is given.
 * Prints JSON.
 *
 *     bulk [PEOPLE] [STORE]            100000, a new database under /tmp */
#include "base/mem.h"
#include "base/status.h"
#include "base/time.h"
#include "bench/histogram.h"
#include "store/commands.h"
#include "store/vault.h"
#include "store/writer.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SMALL 6000          /* alerts that are replied to, before and meanwhile */
#define PAUSE_US 10000      /* between two replies */
#define USUAL_US 5000000    /* of replies before the large alerts */
#define PEOPLE_FROM 1000000 /* of the large alerts: nobody is in two */
#define ROUNDS 3

struct bulk {
    struct writer *writer;
    struct histogram usual, during;
    atomic_bool is_during, stop;
    int64_t first_alert;
};

static void fail(const char *what, const struct diag *diag)
{
    (void)fprintf(stderr, "bulk: %s: %s %s\n", what, diag->where, diag->text);
    exit(1);
}

static void stop(void *context, const char *what)
{
    (void)context;
    fail(what, &(struct diag){.where = ""});
}

static int64_t now_us(void)
{
    return clock_mono_us(clock_system());
}

static int64_t step(struct writer *writer, enum stage_key key, int64_t id,
                    const struct loop_input *input)
{
    struct loop_command *command;
    if (loop_command_new(&command, key, id, input, NULL) != ST_OK)
        exit(1);
    if (writer_call(writer, &command->command) != ST_OK)
        fail("step", &command->command.diag);
    int64_t row = command->row_id;
    loop_command_free(command);
    return row;
}

/* A confirmed incident with a need; returns the need. */
static int64_t make_need(struct writer *writer)
{
    struct report_command report;
    report_command_init(&report);
    report.incident.kind = KIND_FLOOD;
    report.incident.at = (struct point){307000000, 1210200000};
    report.actor = 1;
    if (writer_call(writer, &report.command) != ST_OK)
        fail("report", &report.command.diag);
    int64_t incident = report.incident_id;
    struct loop_input confirm = {.kind = LOOP_CONFIRM, .id = incident, .actor = 1};
    (void)step(writer, STAGE_INCIDENT, incident, &confirm);
    struct need need = {.at = {307000000, 1210200000},
                        .deadline_ms = clock_wall_ms(clock_system()) + TIME_HOUR_MS,
                        .line_count = 1,
                        .target = 0.95,
                        .mode = -1};
    need.lines[0].count = LOOP_COUNT_MAX;
    struct loop_input input = {.kind = LOOP_NEED, .actor = 1, .need = &need};
    return step(writer, STAGE_INCIDENT, incident, &input);
}

static int64_t call_out(struct writer *writer, int64_t need, int64_t first,
                        uint32_t count)
{
    struct loop_invitation *people = mem_calloc(count, sizeof *people);
    for (uint32_t i = 0; i < count; i++)
        people[i] = (struct loop_invitation){.person_id = first + i,
                                             .count = 1,
                                             .travel_ms = 60000,
                                             .p_accept = 0.3F,
                                             .p_in_time = 0.9F,
                                             .channels = 1 << CHANNEL_FILE};
    struct loop_wave wave = {.count = count,
                             .invitations = people,
                             .probability = 0.96,
                             .target_reached = true};
    struct loop_input input = {
        .kind = LOOP_CALLOUT_START, .id = need, .actor = 1, .wave = &wave};
    int64_t id = step(writer, STAGE_NEED, need, &input);
    mem_free(people);
    return id;
}

/* One reply under way, measured from when it was due (no coordinated omission). */
struct reply {
    struct loop_command *command;
    struct bulk *bulk;
    int64_t due_us;
    bool is_during;
};

/* On the writer's thread, as is everything that touches the histograms. */
static void replied(struct command *command, int status)
{
    struct loop_command *loop = (struct loop_command *)command;
    struct reply *reply = loop->owner;
    if (status != ST_OK)
        fail("reply", &command->diag);
    histogram_add(reply->is_during ? &reply->bulk->during : &reply->bulk->usual,
                  now_us() - reply->due_us);
    loop_command_free(loop);
    mem_free(reply);
}

static void send_reply(struct bulk *bulk, int64_t i, int64_t due_us)
{
    struct reply *reply = mem_calloc(1, sizeof *reply);
    /* An alert and its message draw an id each. */
    struct loop_input no = {
        .kind = LOOP_DECLINE, .id = bulk->first_alert + 2 * i, .actor = -(i + 1)};
    *reply = (struct reply){.bulk = bulk, .due_us = due_us, .is_during = bulk->is_during};
    if (loop_command_new(&reply->command, STAGE_ALERT, no.id, &no, NULL) != ST_OK)
        exit(1);
    reply->command->owner = reply;
    reply->command->command.done = replied;
    if (writer_submit(bulk->writer, &reply->command->command) != ST_OK)
        exit(1);
}

static void *reply(void *context)
{
    struct bulk *bulk = context;
    int64_t due_us = now_us();
    for (int64_t i = 0; i < SMALL && !bulk->stop; i++, due_us += PAUSE_US) {
        while (now_us() < due_us)
            (void)usleep(100);
        send_reply(bulk, i, due_us);
    }
    return NULL;
}

static void await_sent(struct bulk *bulk)
{
    while (writer_is_sending(bulk->writer))
        (void)usleep(2000);
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void run(struct bulk *bulk, uint32_t people)
{
    double answered_s[ROUNDS], seconds[ROUNDS];
    int64_t small = make_need(bulk->writer);
    bulk->first_alert = call_out(bulk->writer, small, 1, SMALL) + 1;
    await_sent(bulk);
    pthread_t thread;
    if (pthread_create(&thread, NULL, reply, bulk) != 0)
        exit(1);
    (void)usleep(USUAL_US);
    for (uint32_t i = 0; i < ROUNDS; i++) {
        int64_t large = make_need(bulk->writer);
        bulk->is_during = true;
        int64_t begun = now_us();
        (void)call_out(bulk->writer, large, PEOPLE_FROM + (int64_t)i * people, people);
        answered_s[i] = (double)(now_us() - begun) / 1e6;
        await_sent(bulk);
        seconds[i] = (double)(now_us() - begun) / 1e6;
        bulk->is_during = false;
        (void)usleep(200000); /* those who came meanwhile */
    }
    bulk->stop = true;
    (void)pthread_join(thread, NULL);
    qsort(answered_s, ROUNDS, sizeof *answered_s, by_size);
    qsort(seconds, ROUNDS, sizeof *seconds, by_size);
    (void)printf("{\"people\":%u,\"list_on_disk_s\":%.2f,\"all_alerted_s\":%.2f,", people,
                 answered_s[ROUNDS / 2], seconds[ROUNDS / 2]);
    histogram_print("reply_usual_ms", &bulk->usual);
    (void)printf(",");
    histogram_print("reply_during_ms", &bulk->during);
    (void)printf("}\n");
}

int main(int argc, char **argv)
{
    char dir[] = "/tmp/muster-bulk-XXXXXX", db[128], keys[128], master[128], line[160];
    if (mkdtemp(dir) == NULL)
        return 1;
    (void)snprintf(db, sizeof db, "%s/muster.db", dir);
    (void)snprintf(keys, sizeof keys, "%s/keys.db", dir);
    (void)snprintf(master, sizeof master, "%s/master.key", dir);
    struct diag diag = {0};
    struct vault *vault;
    struct vault_config config = {
        .keys_path = keys, .master_path = master, .random = random_system(), .make = 1};
    if (vault_open(&vault, &config, &diag) != ST_OK)
        fail("keys", &diag);
    struct writer_config writer = {.db_path = argc > 2 ? argv[2] : db,
                                   .vault = vault,
                                   .clock = clock_system(),
                                   .random = random_system(),
                                   .on_fatal = stop};
    loop_config_default(&writer.loop);
    struct bulk *bulk = mem_calloc(1, sizeof *bulk);
    if (writer_new(&bulk->writer, &writer, &diag) != ST_OK ||
        writer_start(bulk->writer) != ST_OK)
        fail("store", &diag);
    run(bulk, argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 100000);
    writer_free(bulk->writer);
    vault_close(vault);
    (void)snprintf(line, sizeof line, "rm -r %s", dir);
    return system(line) == 0 ? 0 : 1;
}
