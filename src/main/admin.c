/* SPDX-License-Identifier: Apache-2.0 */
#include "main/admin.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/status.h"
#include "main/instance.h"
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
#define SILENCE_MS 2000 /* then a terminal is told what it waits for */
#define ACCEPT_PAUSE_US 100000
#define ARGUMENTS_MAX (CLI_WORDS_MAX + 2 * CLI_OPTIONS_MAX + 4)

struct admin {
    struct instance *instance;
    int fd;
    char path[INSTANCE_PATH_SIZE];
    pthread_t thread;
    atomic_bool stopping;
    atomic_bool given_up; /* nobody waits for the answer: the client left, or the end */
    pthread_mutex_t lock; /* client_fd: so that the end is not held up by a slow client */
    int client_fd;        /* being served, or -1 */
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

/* ---- the server's side
 * ------------------------------------------------------------------ */

static int run_request(struct admin *admin, json_t *request, struct cli *cli,
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
    /* An import may have brought new ones since. */
    status = skills_load(admin->instance->db, admin->instance->skills);
    if (status != ST_OK)
        return diag_set(reterr, status, 0, 0, "skills", "the table cannot be read");
    return cli->command->run(cli, admin->instance, reterr);
}

struct watch {
    struct admin *admin;
    int client, done; /* an eventfd: the command is over */
};

/* Ctrl-C ends what a client asked for, as far as the command looks at cli->stop. */
static void *watch_client(void *context)
{
    const struct watch *watch = context;
    struct pollfd fds[] = {{.fd = watch->client, .events = POLLRDHUP},
                           {.fd = watch->done, .events = POLLIN}};
    while (poll(fds, 2, -1) < 0 && errno == EINTR)
        continue;
    if (fds[0].revents != 0)
        watch->admin->given_up = true;
    return NULL;
}

static int run_watched(struct admin *admin, int fd, json_t *request, struct cli *cli,
                       struct diag *reterr)
{
    struct watch watch = {admin, fd, eventfd(0, EFD_CLOEXEC)};
    const uint64_t one = 1;
    pthread_t thread;
    admin->given_up = false;
    if (admin->stopping) /* in this order: admin_stop sets both in the other one */
        admin->given_up = true;
    const bool is_watched =
        watch.done >= 0 && pthread_create(&thread, NULL, watch_client, &watch) == 0;
    const int status = run_request(admin, request, cli, reterr);
    if (is_watched) {
        (void)!write(watch.done, &one, sizeof one); /* the first of 2^64: cannot fail */
        pthread_join(thread, NULL);
    }
    if (watch.done >= 0)
        (void)close(watch.done);
    return status;
}

static void answer(struct admin *admin, int fd)
{
    AUTO_FREE char *line = mem_alloc(ADMIN_REQUEST_MAX);
    const int64_t until_us = clock_mono_us(clock_system()) + PATIENCE_S * 1000000;
    if (line == NULL || !receive_line(fd, line, ADMIN_REQUEST_MAX, until_us))
        return;
    json_t *request = json_loads(line, JSON_REJECT_DUPLICATES, NULL);
    struct cli cli = {.live = true, .stop = &admin->given_up};
    struct diag diag = {0};
    text_init(&cli.out, CLI_OUTPUT_MAX);
    text_init(&cli.err, CLI_OUTPUT_MAX);
    int status = run_watched(admin, fd, request, &cli, &diag);
    if (status == ST_OK)
        status = cli.out.status;
    diag_settle(&diag, status);
    json_t *head =
        json_pack("{s:i,s:b,s:s,s:s,s:i,s:i,s:I,s:I}", "status", status, "misused",
                  cli.is_misused, "where", diag.where, "text", diag.text, "line",
                  (int)diag.line, "column", (int)diag.column, "size",
                  (json_int_t)cli.out.size, "errors", (json_int_t)cli.err.size);
    char *text = head == NULL ? NULL : json_dumps(head, JSON_COMPACT);
    if (text != NULL && send_all(fd, text, strlen(text)) && send_all(fd, "\n", 1) &&
        send_all(fd, text_string(&cli.out), cli.out.size))
        (void)send_all(fd, text_string(&cli.err),
                       cli.err.size); /* the client may be gone */
    if (text != NULL) {
        json_malloc_t get;
        json_free_t release;
        json_get_alloc_funcs(&get, &release);
        release(text);
    }
    json_decref(head);
    json_decref(request);
    text_release(&cli.out);
    text_release(&cli.err);
}

static void set_client(struct admin *admin, int fd)
{
    pthread_mutex_lock(&admin->lock);
    admin->client_fd = fd;
    pthread_mutex_unlock(&admin->lock);
}

static void *serve(void *context)
{
    struct admin *admin = context;
    while (!admin->stopping) {
        int fd = accept4(admin->fd, NULL, NULL, SOCK_CLOEXEC);
        if (fd < 0) {
            if (!admin->stopping)
                (void)usleep(ACCEPT_PAUSE_US); /* no descriptor is free */
            continue;
        }
        const struct timeval patience = {.tv_sec = PATIENCE_S};
        (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        (void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
        set_client(admin, fd);
        if (!admin->stopping)
            answer(admin, fd);
        set_client(admin, -1);
        (void)close(fd);
    }
    return NULL;
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
    admin->client_fd = -1;
    (void)pthread_mutex_init(&admin->lock, NULL); /* cannot fail on Linux */
    (void)snprintf(admin->path, sizeof admin->path, "%s", path);
    (void)unlink(path); /* of a server that was killed; the lock is ours */
    admin->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    mode_t mask = umask(0177);
    bool ok = admin->fd >= 0 &&
              bind(admin->fd, (struct sockaddr *)&address, sizeof address) == 0 &&
              listen(admin->fd, 8) == 0;
    const int error = errno;
    umask(mask);
    close_folder(folder);
    if (ok && pthread_create(&admin->thread, NULL, serve, admin) == 0) {
        *ret = admin;
        return ST_OK;
    }
    if (admin->fd >= 0)
        (void)close(admin->fd);
    (void)pthread_mutex_destroy(&admin->lock);
    mem_free(admin);
    return diag_set(reterr, ST_IO, 0, 0, path, "the socket cannot be made%s%s",
                    ok ? "" : ": ", ok ? "" : strerrordesc_np(error));
}

void admin_stop(struct admin *admin)
{
    if (admin == NULL)
        return;
    admin->stopping = true;
    admin->given_up = true;
    (void)shutdown(admin->fd, SHUT_RDWR); /* ends accept */
    pthread_mutex_lock(&admin->lock);
    if (admin->client_fd >= 0)
        (void)shutdown(admin->client_fd,
                       SHUT_RD); /* no more questions; the answer still goes */
    pthread_mutex_unlock(&admin->lock);
    pthread_join(admin->thread, NULL);
    (void)close(admin->fd);
    (void)pthread_mutex_destroy(&admin->lock);
    (void)unlink(admin->path);
    mem_free(admin);
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

/* Commands in a server show no progress, and one waits for the other. */
static void explain_silence(int fd)
{
    struct pollfd answer = {.fd = fd, .events = POLLIN};
    if (isatty(STDERR_FILENO) && poll(&answer, 1, SILENCE_MS) == 0)
        (void)fprintf(stderr, "the server works on it, or on another command before it; "
                              "Ctrl-C stops waiting\n");
}

static int receive_answer(struct cli *cli, int fd, struct diag *reterr)
{
    char line[4096];
    explain_silence(fd);
    if (!receive_line(fd, line, sizeof line, INT64_MAX))
        return diag_set(reterr, ST_IO, 0, 0, "admin.sock", "the server did not answer");
    json_t *head = json_loads(line, 0, NULL);
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
    else if (!send_all(fd, line, strlen(line)) || !send_all(fd, "\n", 1))
        status = diag_set(reterr, ST_IO, 0, 0, path, "the server went away");
    else
        status = receive_answer(cli, fd, reterr);
    close_folder(folder);
    if (fd >= 0)
        (void)close(fd);
    return status;
}
