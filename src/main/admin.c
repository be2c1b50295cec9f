/* SPDX-License-Identifier: Apache-2.0 */
#include "main/admin.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/status.h"
#include "base/thread.h"
#include "base/wait.h"
#include "main/instance.h"
#include "store/db.h"
#include "store/places.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define PATIENCE_S 2    /* with a client that says or takes nothing */
#define TELL_MS 200     /* then who waits for another command is told for which */
#define SILENCE_MS 2000 /* then a terminal is told what it waits for */
#define ACCEPT_PAUSE_US 100000
#define WAITING 32 /* clients that the kernel keeps until they are taken in */
#define ARGUMENTS_MAX (CLI_WORDS_MAX + 2 * CLI_OPTIONS_MAX + 4)

struct call;

struct admin {
    struct instance *instance;
    int fd;
    char path[INSTANCE_PATH_SIZE];
    pthread_t thread; /* takes in who connects */
    atomic_bool stopping;
    pthread_mutex_t lock; /* the calls' turns, and who is over */
    pthread_cond_t moved; /* one is over, or given up */
    uint64_t turns;       /* given so far */
    struct call *calls[ADMIN_CALLS_MAX];
};

/* A client, with a thread of its own. */
struct call {
    struct admin *admin;
    int fd;
    pthread_t thread;
    const struct cli_command *command; /* NULL: none yet, or none any more */
    uint64_t turn;
    int64_t since_us;     /* the turn's */
    atomic_bool given_up; /* nobody waits for the answer: the client left, or the end */
    bool is_over;         /* the thread is about to end */
};

/* A socket's address has 108 bytes. A longer path goes by way of a descriptor of its
 * folder, which *RET_FOLDER is then; else it is -1. */
static int socket_address(struct sockaddr_un *ret, const char *path, int *ret_folder,
                          struct diag *reterr)
{
    *ret = (struct sockaddr_un){.sun_family = AF_UNIX};
    *ret_folder = -1;
    const char *slash = strrchr(path, '/');
    if (strlen(path) < sizeof ret->sun_path || slash == NULL) {
        (void)snprintf(ret->sun_path, sizeof ret->sun_path, "%s", path);
        return ST_OK;
    }
    char folder[INSTANCE_PATH_SIZE];
    (void)snprintf(folder, sizeof folder, "%.*s", (int)(slash - path), path);
    *ret_folder = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (*ret_folder < 0)
        return diag_set(reterr, ST_IO, 0, 0, folder, "cannot open: %s",
                        strerrordesc_np(errno));
    (void)snprintf(ret->sun_path, sizeof ret->sun_path, "/proc/self/fd/%d%s", *ret_folder,
                   slash);
    return ST_OK;
}

static void close_folder(int folder)
{
    if (folder >= 0)
        (void)close(folder); /* a place, nothing was written */
}

static bool send_all(int fd, const char *data, size_t size)
{
    while (size > 0) {
        ssize_t put = send(fd, data, size, MSG_NOSIGNAL);
        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0)
            return false;
        data += put;
        size -= (size_t)put;
    }
    return true;
}

/* Reads up to a line feed, which is cut off. False if the line is too long, cut short, or
 * not here at UNTIL_US. */
static bool receive_line(int fd, char *line, size_t size, int64_t until_us)
{
    for (size_t i = 0; i < size && clock_mono_us(clock_system()) < until_us; i++) {
        ssize_t got = recv(fd, line + i, 1, 0);
        if (got < 0 && errno == EINTR) {
            i--;
            continue;
        }
        if (got <= 0)
            return false;
        if (line[i] == '\n') {
            line[i] = '\0';
            return true;
        }
    }
    return false;
}

/* ---- turns
 * ------------------------------------------------------------------------------- */

/* Of one kind (import, drill, backup, ..) one runs after the other: of what takes long
 * two would only be slower, and each holds much memory. */
static bool are_of_a_kind(const struct cli_command *one, const struct cli_command *other)
{
    const size_t size = strcspn(one->name, " ");
    return strcspn(other->name, " ") == size && memcmp(one->name, other->name, size) == 0;
}

/* Under the lock: the one that runs before CALL and keeps it waiting, or NULL. */
static const struct call *find_before(const struct call *call)
{
    const struct call *ret = NULL;
    for (size_t i = 0; i < ADMIN_CALLS_MAX; i++) {
        const struct call *other = call->admin->calls[i];
        if (other != NULL && other->command != NULL && other->turn < call->turn &&
            are_of_a_kind(other->command, call->command) &&
            (ret == NULL || other->turn < ret->turn))
            ret = other;
    }
    return ret;
}

/* So that nobody waits in silence; a client that does not take it is found out later. */
static void tell_before(int fd, const struct cli_command *before, int64_t passed_us)
{
    char line[200];
    const int size =
        snprintf(line, sizeof line, "{\"waits_for\":\"%s\",\"seconds\":%lld}\n",
                 before->name, (long long)(passed_us / 1000000));
    (void)send_all(fd, line, (size_t)size);
}

/* Under the lock: until none is before, it is given up, or the time has come. */
static void wait_before(struct call *call, int64_t until_us)
{
    while (!call->given_up && find_before(call) != NULL &&
           clock_mono_us(clock_system()) < until_us)
        wait_for(&call->admin->moved, &call->admin->lock, TELL_MS);
}

/* Waits until none of the kind is before. False: it is given up, or the server stops. */
static bool take_turn(struct call *call, const struct cli_command *command)
{
    struct admin *admin = call->admin;
    pthread_mutex_lock(&admin->lock);
    call->turn = ++admin->turns;
    call->since_us = clock_mono_us(clock_system());
    call->command = command;
    wait_before(call, call->since_us + TELL_MS * 1000);
    const struct call *before = find_before(call);
    if (before != NULL) {
        const struct cli_command *other = before->command;
        const int64_t passed_us = call->since_us - before->since_us;
        pthread_mutex_unlock(&admin->lock);
        tell_before(call->fd, other, passed_us);
        pthread_mutex_lock(&admin->lock);
        wait_before(call, INT64_MAX);
    }
    pthread_mutex_unlock(&admin->lock);
    return !call->given_up;
}

static void leave_turn(struct call *call)
{
    pthread_mutex_lock(&call->admin->lock);
    call->command = NULL;
    pthread_cond_broadcast(&call->admin->moved);
    pthread_mutex_unlock(&call->admin->lock);
}

static void give_up(struct call *call)
{
    pthread_mutex_lock(&call->admin->lock);
    call->given_up = true;
    pthread_cond_broadcast(&call->admin->moved);
    pthread_mutex_unlock(&call->admin->lock);
}

/* ---- one command
 * ------------------------------------------------------------------------- */

/* The instance with a reading connection of its own, and the skills as they are now: an
 * import may have brought new ones since the start. */
static int borrow_instance(const struct instance *from, struct instance *ret,
                           struct diag *reterr)
{
    *ret = *from;
    ret->db = NULL;
    ret->skills = mem_alloc(sizeof *ret->skills);
    if (ret->skills == NULL)
        return diag_set(reterr, ST_NO_MEMORY, 0, 0, "", "no memory");
    int status = db_open(&ret->db, ret->paths.db, DB_READ, reterr);
    if (status == ST_OK && skills_load(ret->db, ret->skills) != ST_OK)
        status = diag_set(reterr, ST_IO, 0, 0, "skills", "the table cannot be read");
    return status;
}

static int run_borrowed(struct call *call, struct cli *cli, struct diag *reterr)
{
    AUTO_FREE struct instance *instance = mem_alloc(sizeof *instance);
    if (instance == NULL)
        return diag_set(reterr, ST_NO_MEMORY, 0, 0, "", "no memory");
    int status = borrow_instance(call->admin->instance, instance, reterr);
    if (status == ST_OK)
        status = cli->command->run(cli, instance, reterr);
    db_close(instance->db);
    mem_free(instance->skills);
    return status;
}

static int run_request(struct call *call, json_t *request, struct cli *cli,
                       struct diag *reterr)
{
    char *argv[ARGUMENTS_MAX];
    size_t count = json_array_size(request);
    if (count == 0 || count > ARGUMENTS_MAX)
        return diag_set(reterr, ST_LIMIT, 0, 0, "", "too many arguments");
    for (size_t i = 0; i < count; i++) {
        const char *argument = json_string_value(json_array_get(request, i));
        if (argument == NULL)
            return diag_set(reterr, ST_INVALID, 0, 0, "", "arguments are strings");
        argv[i] = (char *)(uintptr_t)argument;
    }
    int status = cli_parse(cli, (int)count, argv, reterr);
    if (status != ST_OK)
        return status;
    if (!cli_wants_instance(cli) && cli->command->needs != CLI_MAYBE)
        return diag_set(reterr, ST_BUSY, 0, 0, cli->command->name,
                        "a server runs on this folder; stop it first");
    status = take_turn(call, cli->command)
                 ? run_borrowed(call, cli, reterr)
                 : diag_set(reterr, ST_CLOSED, 0, 0, cli->command->name,
                            "the server stops: give it again");
    leave_turn(call);
    return status;
}

struct watch {
    struct call *call;
    int done; /* an eventfd: the command is over */
};

/* Ctrl-C ends what a client asked for, as far as the command looks at cli->stop. */
static void *watch_client(void *context)
{
    const struct watch *watch = context;
    struct pollfd fds[] = {{.fd = watch->call->fd, .events = POLLRDHUP},
                           {.fd = watch->done, .events = POLLIN}};
    while (poll(fds, 2, -1) < 0 && errno == EINTR)
        continue;
    if (fds[0].revents != 0)
        give_up(watch->call);
    return NULL;
}

static int run_watched(struct call *call, json_t *request, struct cli *cli,
                       struct diag *reterr)
{
    struct watch watch = {call, eventfd(0, EFD_CLOEXEC)};
    const uint64_t one = 1;
    pthread_t thread;
    const bool is_watched =
        watch.done >= 0 && pthread_create(&thread, NULL, watch_client, &watch) == 0;
    const int status = run_request(call, request, cli, reterr);
    if (is_watched) {
        (void)!write(watch.done, &one, sizeof one); /* the first of 2^64: cannot fail */
        pthread_join(thread, NULL);
    }
    if (watch.done >= 0)
        (void)close(watch.done);
    return status;
}

/* The client may be gone. */
static void send_answer(int fd, int status, const struct diag *diag,
                        const struct cli *cli)
{
    json_t *head =
        json_pack("{s:i,s:b,s:s,s:s,s:i,s:i,s:I,s:I}", "status", status, "misused",
                  cli->is_misused, "where", diag->where, "text", diag->text, "line",
                  (int)diag->line, "column", (int)diag->column, "size",
                  (json_int_t)cli->out.size, "errors", (json_int_t)cli->err.size);
    char *text = head == NULL ? NULL : json_dumps(head, JSON_COMPACT);
    if (text != NULL && send_all(fd, text, strlen(text)) && send_all(fd, "\n", 1) &&
        send_all(fd, text_string(&cli->out), cli->out.size))
        (void)send_all(fd, text_string(&cli->err), cli->err.size);
    if (text != NULL) {
        json_malloc_t get;
        json_free_t release;
        json_get_alloc_funcs(&get, &release);
        release(text);
    }
    json_decref(head);
}

static void answer(struct call *call)
{
    AUTO_FREE char *line = mem_alloc(ADMIN_REQUEST_MAX);
    const int64_t until_us = clock_mono_us(clock_system()) + PATIENCE_S * 1000000;
    if (line == NULL || !receive_line(call->fd, line, ADMIN_REQUEST_MAX, until_us))
        return;
    json_t *request = json_loads(line, JSON_REJECT_DUPLICATES, NULL);
    struct cli cli = {.live = true, .stop = &call->given_up};
    struct diag diag = {0};
    text_init(&cli.out, CLI_OUTPUT_MAX);
    text_init(&cli.err, CLI_OUTPUT_MAX);
    int status = run_watched(call, request, &cli, &diag);
    if (status == ST_OK)
        status = cli.out.status;
    diag_settle(&diag, status);
    send_answer(call->fd, status, &diag, &cli);
    json_decref(request);
    text_release(&cli.out);
    text_release(&cli.err);
}

/* ---- who connects
 * ------------------------------------------------------------------------ */

static void *run_call(void *context)
{
    struct call *call = context;
    thread_name("command");
    thread_nice(THREAD_NICE_PLANS);
    answer(call);
    pthread_mutex_lock(&call->admin->lock);
    call->is_over = true;
    pthread_mutex_unlock(&call->admin->lock);
    (void)shutdown(call->fd, SHUT_RDWR); /* the client need not wait for the next one */
    return NULL;
}

static void end_call(struct call *call)
{
    pthread_join(call->thread, NULL);
    (void)close(call->fd);
    mem_free(call);
}

/* A place for another call, and those that are over are gone; NULL: all are taken. */
static struct call **find_place(struct admin *admin)
{
    struct call **ret = NULL;
    for (size_t i = 0; i < ADMIN_CALLS_MAX; i++) {
        struct call **place = &admin->calls[i];
        pthread_mutex_lock(&admin->lock);
        struct call *over = *place != NULL && (*place)->is_over ? *place : NULL;
        if (over != NULL)
            *place = NULL;
        pthread_mutex_unlock(&admin->lock);
        if (over != NULL)
            end_call(over);
        if (*place == NULL)
            ret = place;
    }
    return ret;
}

static void refuse(int fd, int status, const char *why)
{
    struct cli cli = {.live = true};
    struct diag diag = {0};
    (void)diag_set(&diag, status, 0, 0, "commands", "%s", why);
    send_answer(fd, status, &diag, &cli);
    (void)close(fd);
}

static void take_in(struct admin *admin, int fd)
{
    const struct timeval patience = {.tv_sec = PATIENCE_S};
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    (void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    struct call **place = find_place(admin);
    struct call *call = place == NULL ? NULL : mem_calloc(1, sizeof *call);
    if (place == NULL) {
        refuse(fd, ST_BUSY,
               "as many as the server takes run or wait there "
               "already; give it again when one is over");
        return;
    }
    if (call == NULL) {
        refuse(fd, ST_NO_MEMORY, "no memory");
        return;
    }
    call->admin = admin;
    call->fd = fd;
    pthread_mutex_lock(&admin->lock); /* the thread is known before it is over */
    const bool is_made = pthread_create(&call->thread, NULL, run_call, call) == 0;
    if (is_made)
        *place = call;
    pthread_mutex_unlock(&admin->lock);
    if (is_made)
        return;
    mem_free(call);
    refuse(fd, ST_NO_MEMORY, "no thread could be made");
}

static void *serve(void *context)
{
    struct admin *admin = context;
    thread_name("commands");
    while (!admin->stopping) {
        int fd = accept4(admin->fd, NULL, NULL, SOCK_CLOEXEC);
        if (fd >= 0)
            take_in(admin, fd);
        else if (!admin->stopping)
            (void)usleep(ACCEPT_PAUSE_US); /* no descriptor is free */
    }
    return NULL;
}

static void free_admin(struct admin *admin)
{
    (void)pthread_cond_destroy(&admin->moved);
    (void)pthread_mutex_destroy(&admin->lock);
    mem_free(admin);
}

int admin_start(struct admin **ret, struct instance *instance, struct diag *reterr)
{
    const char *path = instance->paths.socket;
    struct sockaddr_un address;
    int folder, status = socket_address(&address, path, &folder, reterr);
    if (status != ST_OK)
        return status;
    struct admin *admin = mem_calloc(1, sizeof *admin);
    if (admin == NULL) {
        close_folder(folder);
        return diag_set(reterr, ST_NO_MEMORY, 0, 0, "", "no memory");
    }
    admin->instance = instance;
    (void)pthread_mutex_init(&admin->lock, NULL); /* cannot fail on Linux */
    wait_init(&admin->moved);
    (void)snprintf(admin->path, sizeof admin->path, "%s", path);
    (void)unlink(path); /* of a server that was killed; the lock is ours */
    admin->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    mode_t mask = umask(0177);
    bool ok = admin->fd >= 0 &&
              bind(admin->fd, (struct sockaddr *)&address, sizeof address) == 0 &&
              listen(admin->fd, WAITING) == 0;
    const int error = errno;
    umask(mask);
    close_folder(folder);
    if (ok && pthread_create(&admin->thread, NULL, serve, admin) == 0) {
        *ret = admin;
        return ST_OK;
    }
    if (admin->fd >= 0)
        (void)close(admin->fd);
    free_admin(admin);
    return diag_set(reterr, ST_IO, 0, 0, path, "the socket cannot be made%s%s",
                    ok ? "" : ": ", ok ? "" : strerrordesc_np(error));
}

void admin_stop(struct admin *admin)
{
    if (admin == NULL)
        return;
    admin->stopping = true;
    (void)shutdown(admin->fd, SHUT_RDWR); /* ends accept */
    pthread_join(admin->thread, NULL);
    for (size_t i = 0; i < ADMIN_CALLS_MAX; i++) {
        if (admin->calls[i] == NULL)
            continue;
        give_up(admin->calls[i]);
        /* No more questions; the answer still goes. */
        (void)shutdown(admin->calls[i]->fd, SHUT_RD);
    }
    for (size_t i = 0; i < ADMIN_CALLS_MAX; i++)
        if (admin->calls[i] != NULL)
            end_call(admin->calls[i]);
    (void)close(admin->fd);
    (void)unlink(admin->path);
    free_admin(admin);
}

/* ---- the client's side
 * ------------------------------------------------------------------ */

/* Appends an argument; a path is made absolute, for the server runs elsewhere. */
static bool add_argument(json_t *list, const char *argument, size_t size, bool is_file)
{
    char path[2 * PATH_MAX + 2], folder[PATH_MAX];
    int length = (int)size;
    const char *slash = "";
    folder[0] = '\0';
    if (is_file && argument[0] != '/' && getcwd(folder, sizeof folder) != NULL)
        slash = "/";
    (void)snprintf(path, sizeof path, "%s%s%.*s", folder, slash, length, argument);
    return json_array_append_new(list, json_string(path)) == 0;
}

static bool add_option(json_t *list, const struct cli *cli, uint32_t index)
{
    const char *name = cli->options[index].name;
    char option[256];
    (void)snprintf(option, sizeof option, "--%.*s", (int)cli->options[index].name_size,
                   name);
    const char *value = cli->options[index].value;
    return add_argument(list, option, strlen(option), false) &&
           (cli->options[index].is_flag ||
            add_argument(list, value, strlen(value), cli->options[index].is_file));
}

/* Whether the command's words are the names of files, by how `help` calls them. */
static bool words_are_files(const char *words)
{
    return strstr(words, "FILE") != NULL || strstr(words, "FOLDER") != NULL ||
           strstr(words, ".json") != NULL;
}

/* The command as one line of JSON; NULL if something in it is not UTF-8. */
static char *request_line(const struct cli *cli)
{
    json_t *list = json_array();
    const char *name = cli->command->name;
    size_t size = strcspn(name, " ");
    bool is_file = words_are_files(cli->command->words);
    bool ok = add_argument(list, name, size, false);
    if (name[size] == ' ')
        ok = ok && add_argument(list, name + size + 1, strlen(name + size + 1), false);
    ok = ok && add_argument(list, "--dir", 5, false) &&
         add_argument(list, cli->dir, strlen(cli->dir), true);
    for (uint32_t i = 0; i < cli->word_count && ok; i++)
        ok = add_argument(list, cli->words[i], strlen(cli->words[i]), is_file);
    for (uint32_t i = 0; i < cli->option_count && ok; i++)
        ok = add_option(list, cli, i);
    if (cli->json)
        ok = ok && add_argument(list, "--json", 6, false);
    char *line = ok ? json_dumps(list, JSON_COMPACT) : NULL;
    json_decref(list);
    return line;
}

/* The next SIZE bytes of the answer. */
static bool receive_text(int fd, json_int_t size, struct text *ret)
{
    char part[65536];
    while (size > 0) {
        size_t wanted = size < (json_int_t)sizeof part ? (size_t)size : sizeof part;
        ssize_t got = recv(fd, part, wanted, 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return false;
        text_append(ret, part, (size_t)got);
        size -= got;
    }
    return true;
}

/* Commands in a server show no progress. */
static void explain_silence(int fd)
{
    struct pollfd answer = {.fd = fd, .events = POLLIN};
    if (isatty(STDERR_FILENO) && poll(&answer, 1, SILENCE_MS) == 0)
        (void)fprintf(stderr, "the server works on it; Ctrl-C stops waiting\n");
}

/* The answer's first line, behind those that say what the server does before. */
static json_t *receive_head(const struct cli *cli, int fd, bool *ret_any)
{
    char line[4096];
    *ret_any = false;
    while (receive_line(fd, line, sizeof line, INT64_MAX)) {
        const char *before;
        json_int_t seconds;
        json_t *head = json_loads(line, 0, NULL);
        *ret_any = true;
        if (json_unpack(head, "{s:s,s:I}", "waits_for", &before, "seconds", &seconds) !=
            0)
            return head;
        (void)fprintf(stderr,
                      "muster: %s: waits until '%s' is over, which runs in the server "
                      "since %lld s; Ctrl-C stops waiting\n",
                      cli->command->name, before, (long long)seconds);
        json_decref(head);
        *ret_any = false;
    }
    return NULL;
}

static int receive_answer(struct cli *cli, int fd, struct diag *reterr)
{
    bool has_answer;
    explain_silence(fd);
    json_t *head = receive_head(cli, fd, &has_answer);
    if (!has_answer)
        return diag_set(reterr, ST_IO, 0, 0, "admin.sock", "the server did not answer");
    int status = ST_IO;
    const char *where = "", *text = "the server's answer is damaged";
    int misused = 0, row = 0, column = 0;
    json_int_t size = 0, errors = 0;
    (void)json_unpack(head, "{s:i,s?b,s:s,s:s,s:i,s:i,s:I,s:I}", "status", &status,
                      "misused", &misused, "where", &where, "text", &text, "line", &row,
                      "column", &column, "size", &size, "errors", &errors);
    cli->is_misused = misused != 0;
    (void)diag_set(reterr, status, (uint32_t)row, (uint32_t)column, where, "%s", text);
    json_decref(head);
    if (!receive_text(fd, size, &cli->out) || !receive_text(fd, errors, &cli->err))
        return diag_set(reterr, ST_IO, 0, 0, "admin.sock", "the answer was cut short");
    return status;
}

int admin_call(struct cli *cli, const char *path, struct diag *reterr)
{
    struct sockaddr_un address;
    int folder, status = socket_address(&address, path, &folder, reterr);
    if (status != ST_OK)
        return status;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    AUTO_FREE char *line = request_line(cli);
    if (line == NULL)
        status = diag_set(reterr, ST_INVALID, 0, 0, cli->command->name,
                          "an argument is not UTF-8");
    else if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) != 0)
        status = diag_set(reterr, ST_BUSY, 0, 0, path,
                          "another process holds the folder and does not answer");
    else { /* one that takes no more says so before it has read the question */
        if (send_all(fd, line, strlen(line)))
            (void)send_all(fd, "\n", 1);
        status = receive_answer(cli, fd, reterr);
    }
    close_folder(folder);
    if (fd >= 0)
        (void)close(fd);
    return status;
}
