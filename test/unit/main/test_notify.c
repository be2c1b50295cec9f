/* SPDX-License-Identifier: Apache-2.0 */
/* A server under a service manager, which this test plays: what it tells its socket, and
 * that the signs of life stop when the writer's or the loop's thread stands still (ptrace
 * stops one), but not while nothing can be stored. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/mem.h"
#include "main/cli.h"
#include "main/notify.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define WATCHDOG_MS 2000
#define START_MS 60000 /* under a sanitizer, on a machine that is busy */

struct manager {
    char dir[64];
    int fd;
    pid_t server;
    char told[1024]; /* the newest */
};

/* One command of the table, as if it had been typed. */
static int run(int argc, char **argv)
{
    struct cli cli = {0};
    struct diag diag = {0};
    text_init(&cli.out, CLI_OUTPUT_MAX);
    text_init(&cli.err, CLI_OUTPUT_MAX);
    int status = cli_parse(&cli, argc, argv, &diag);
    if (status == 0)
        status = cli.command->run(&cli, NULL, &diag);
    text_release(&cli.out);
    text_release(&cli.err);
    return status;
}

/* The socket of the name, which NOTIFY_SOCKET then is. */
static void listen_at(struct manager *manager, const char *name)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    memcpy(address.sun_path, name, strlen(name));
    if (name[0] == '@')
        address.sun_path[0] = '\0';
    manager->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    assert_int_equal(
        bind(manager->fd, (struct sockaddr *)&address,
             (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(name))),
        0);
    assert_int_equal(setenv("NOTIFY_SOCKET", name, 1), 0);
}

/* Whether something is told within MS: into manager->told. */
static bool hear(struct manager *manager, int64_t ms)
{
    struct pollfd fds = {.fd = manager->fd, .events = POLLIN};
    if (ms < 0 || poll(&fds, 1, (int)ms) <= 0)
        return false;
    const ssize_t size = recv(manager->fd, manager->told, sizeof manager->told - 1, 0);
    assert_true(size > 0);
    manager->told[size] = '\0';
    return true;
}

static int64_t now_ms(void)
{
    return clock_mono_us(clock_system()) / 1000;
}

/* Until something with WHAT in it is told. */
static bool hear_of(struct manager *manager, const char *what, int64_t ms)
{
    const int64_t until_ms = now_ms() + ms;
    while (hear(manager, until_ms - now_ms()))
        if (strstr(manager->told, what) != NULL)
            return true;
    return false;
}

static int setup(void **state)
{
    struct manager *manager = mem_calloc(1, sizeof *manager);
    assert_non_null(manager);
    (void)snprintf(manager->dir, sizeof manager->dir, "/tmp/muster-notify-XXXXXX");
    assert_non_null(mkdtemp(manager->dir));
    *state = manager;
    return 0;
}

static int teardown(void **state)
{
    struct manager *manager = *state;
    char command[128];
    (void)snprintf(command, sizeof command, "rm -rf '%s'", manager->dir);
    if (manager->server > 0)
        (void)kill(manager->server, SIGKILL);
    (void)close(manager->fd);
    (void)unsetenv("NOTIFY_SOCKET");
    (void)unsetenv("WATCHDOG_USEC");
    (void)unsetenv("WATCHDOG_PID");
    assert_int_equal(system(command), 0);
    mem_free(manager);
    return 0;
}

/* ---- the server ---- */
static void serve(const struct manager *manager)
{
    char serve_word[] = "serve", dir_word[] = "--dir", listen_word[] = "--listen",
         address[] = "127.0.0.1:0", dir[64], log[80], pid[16];
    char *argv[] = {serve_word, dir_word, dir, listen_word, address};
    (void)snprintf(dir, sizeof dir, "%s", manager->dir);
    (void)snprintf(log, sizeof log, "%s/log", manager->dir);
    (void)snprintf(pid, sizeof pid, "%d", (int)getpid());
    const int fd = open(log, O_WRONLY | O_CREAT | O_APPEND, 0600);
    if (fd < 0 || dup2(fd, STDOUT_FILENO) < 0 || dup2(fd, STDERR_FILENO) < 0 ||
        setenv("WATCHDOG_PID", pid, 1) != 0)
        _exit(3);
    (void)signal(SIGPIPE, SIG_IGN);
    (void)signal(SIGXFSZ, SIG_IGN);
    _exit(run(5, argv) == 0 ? 0 : 1);
}

static void start(struct manager *manager)
{
    char init[] = "init", dir_word[] = "--dir";
    char *argv[] = {init, dir_word, manager->dir};
    assert_int_equal(run(3, argv), 0);
    assert_int_equal(setenv("WATCHDOG_USEC", "2000000", 1), 0);
    manager->server = fork();
    assert_true(manager->server >= 0);
    if (manager->server == 0)
        serve(manager);
}

/* GET /healthz of the address that was told. */
static void expect_answer(const char *told)
{
    static const char request[] = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";
    char answer[64] = "";
    const char *port = strstr(told, "http://127.0.0.1:");
    assert_non_null(port);
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port =
                                      htons((uint16_t)strtol(port + 17, NULL, 10)),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(send(fd, request, sizeof request - 1, 0), sizeof request - 1);
    assert_true(recv(fd, answer, sizeof answer - 1, 0) > 15);
    assert_memory_equal(answer, "HTTP/1.1 200 OK", 15);
    (void)close(fd);
}

/* The thread of the server with the name. */
static pid_t find_thread(const struct manager *manager, const char *name)
{
    char path[300], found[32];
    (void)snprintf(path, sizeof path, "/proc/%d/task", (int)manager->server);
    DIR *tasks = opendir(path);
    pid_t ret = 0;
    assert_non_null(tasks);
    for (const struct dirent *task; ret == 0 && (task = readdir(tasks)) != NULL;) {
        (void)snprintf(path, sizeof path, "/proc/%d/task/%s/comm", (int)manager->server,
                       task->d_name);
        FILE *file = fopen(path, "r");
        if (file == NULL)
            continue;
        found[0] = '\0';
        if (fgets(found, sizeof found, file) != NULL)
            found[strcspn(found, "\n")] = '\0';
        (void)fclose(file);
        ret = strcmp(found, name) == 0 ? (pid_t)strtol(task->d_name, NULL, 10) : 0;
    }
    (void)closedir(tasks);
    assert_true(ret > 0);
    return ret;
}

/* While it stands still the signs of life stop; what came before is let go by. */
static void expect_missed(struct manager *manager, pid_t thread)
{
    if (ptrace(PTRACE_SEIZE, thread, NULL, NULL) != 0) {
        print_message("absent: ptrace\n");
        return;
    }
    assert_int_equal(ptrace(PTRACE_INTERRUPT, thread, NULL, NULL), 0);
    assert_int_equal(waitpid(thread, NULL, __WALL), thread);
    for (const int64_t until_ms = now_ms() + WATCHDOG_MS / 2; now_ms() < until_ms;)
        (void)hear(manager, until_ms - now_ms());
    assert_false(hear_of(manager, "WATCHDOG=1", WATCHDOG_MS));
    assert_int_equal(ptrace(PTRACE_DETACH, thread, NULL, NULL), 0);
    assert_true(hear_of(manager, "WATCHDOG=1", START_MS));
}

static void expect_alive(struct manager *manager)
{
    for (int i = 0; i < 2; i++)
        assert_true(hear_of(manager, "WATCHDOG=1", 10 * WATCHDOG_MS));
}

static void test_life(void **state)
{
    struct manager *manager = *state;
    char name[80];
    (void)snprintf(name, sizeof name, "%s/notify", manager->dir);
    listen_at(manager, name);
    start(manager);
    assert_true(hear(manager, START_MS));
    assert_string_equal(manager->told, "STATUS=opens the database\n"
                                       "EXTEND_TIMEOUT_USEC=1800000000\n"
                                       "WATCHDOG_USEC=1800000000\nWATCHDOG=1");
    assert_true(hear_of(manager, "STATUS=reads the people\n", START_MS));
    assert_true(hear_of(manager, "READY=1", START_MS));
    assert_memory_equal(manager->told, "READY=1\nSTATUS=serves http://", 29);
    assert_non_null(strstr(manager->told, "\nWATCHDOG_USEC=2000000\nWATCHDOG=1"));
    expect_answer(manager->told);
    expect_alive(manager);
    expect_missed(manager, find_thread(manager, "writer"));
    expect_missed(manager, manager->server); /* the loop's */

    /* As a full disk: every write fails. */
    const struct rlimit none = {.rlim_cur = 0, .rlim_max = RLIM_INFINITY};
    assert_int_equal(prlimit(manager->server, RLIMIT_FSIZE, &none, NULL), 0);
    expect_alive(manager);

    int status;
    assert_int_equal(kill(manager->server, SIGTERM), 0);
    assert_true(hear_of(manager, "STOPPING=1", START_MS));
    assert_int_equal(waitpid(manager->server, &status, 0), manager->server);
    manager->server = 0;
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

/* ---- the words alone ---- */
static void test_abstract(void **state)
{
    struct manager *manager = *state;
    char name[80];
    (void)snprintf(name, sizeof name, "@muster-notify-%d", (int)getpid());
    listen_at(manager, name);
    assert_int_equal(notify_watchdog_ms(), 0);
    notify_begin("counts");
    assert_true(hear(manager, WATCHDOG_MS));
    assert_string_equal(manager->told, "STATUS=counts\nEXTEND_TIMEOUT_USEC=1800000000");
    notify_ready("counted");
    assert_true(hear(manager, WATCHDOG_MS));
    assert_string_equal(manager->told, "READY=1\nSTATUS=counted");
    notify_stopping();
    assert_true(hear(manager, WATCHDOG_MS));
    assert_string_equal(manager->told, "STOPPING=1\nSTATUS=stops");
}

static void test_nobody_listens(void **state)
{
    struct manager *manager = *state;
    char long_name[200];
    memset(long_name, 'x', sizeof long_name - 1);
    long_name[0] = '/';
    long_name[sizeof long_name - 1] = '\0';
    const char *const names[] = {"",         "@",       "/",           "nowhere",
                                 "/nowhere", long_name, "vsock:2:1234"};
    listen_at(manager, "@muster-notify-unheard");
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        assert_int_equal(setenv("NOTIFY_SOCKET", names[i], 1), 0);
        notify_alive();
    }
    assert_false(hear(manager, 0));
}

static void test_watchdog(void **state)
{
    (void)state;
    static const struct {
        const char *us, *pid;
        int64_t ms;
    } cases[] = {{"180000000", NULL, 180000},
                 {"180000000", "1", 0},
                 {"0", NULL, 0},
                 {"-5", NULL, 0},
                 {"soon", NULL, 0},
                 {"180000000", "we", 0}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        assert_int_equal(setenv("WATCHDOG_USEC", cases[i].us, 1), 0);
        (void)unsetenv("WATCHDOG_PID");
        if (cases[i].pid != NULL)
            assert_int_equal(setenv("WATCHDOG_PID", cases[i].pid, 1), 0);
        assert_int_equal(notify_watchdog_ms(), cases[i].ms);
    }
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {CASE(test_life), CASE(test_abstract),
                                       CASE(test_nobody_listens), CASE(test_watchdog)};
    if (sodium_init() < 0 || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
