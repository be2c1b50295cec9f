/* SPDX-License-Identifier: Apache-2.0 */
/* Both ends are polled, so that neither waits for the other. */
#include "base/child.h"

#include "base/clock.h"
#include "base/status.h"
#include "base/text.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

struct child {
    pid_t pid;
    int in, out; /* ours; -1 = closed */
};

static void close_end(int *fd)
{
    if (*fd >= 0)
        (void)close(*fd);
    *fd = -1;
}

/* Its output is ours to read, its complaints go where ours go. */
static int spawn(const struct child_config *config, int in, int out, pid_t *ret)
{
    char *argv[CHILD_WORDS_MAX + 2] = {(char *)(uintptr_t) "muster"};
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none;
    for (uint32_t i = 0; config->words[i] != NULL; i++) {
        assert(i < CHILD_WORDS_MAX);
        argv[i + 1] = (char *)(uintptr_t)config->words[i];
    }
    (void)sigemptyset(&none);
    (void)posix_spawn_file_actions_init(&actions);
    (void)posix_spawnattr_init(&attributes);
    (void)posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
    (void)posix_spawnattr_setsigmask(&attributes, &none);
    (void)posix_spawn_file_actions_adddup2(&actions, in, STDIN_FILENO);
    (void)posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
    int failed = posix_spawn(ret, config->program, &actions, &attributes, argv, environ);
    (void)posix_spawn_file_actions_destroy(&actions);
    (void)posix_spawnattr_destroy(&attributes);
    return failed == 0 ? ST_OK : ST_IO;
}

static int start(const struct child_config *config, struct child *ret)
{
    int in[2], out[2];
    if (pipe2(in, O_CLOEXEC) != 0)
        return ST_IO;
    if (pipe2(out, O_CLOEXEC) != 0) {
        (void)close(in[0]);
        (void)close(in[1]);
        return ST_IO;
    }
    int status = spawn(config, in[0], out[1], &ret->pid);
    (void)close(in[0]);
    (void)close(out[1]);
    ret->in = in[1];
    ret->out = out[0];
    if (status == ST_OK)
        return ST_OK;
    close_end(&ret->in);
    close_end(&ret->out);
    return status;
}

static void feed(struct child *child, const struct child_config *config, size_t *sent)
{
    const char *data = config->data;
    ssize_t put = write(child->in, data + *sent, config->size - *sent);
    if (put > 0)
        *sent += (size_t)put;
    if (*sent == config->size || (put < 0 && errno != EAGAIN && errno != EINTR))
        close_end(&child->in);
}

static void take(struct child *child, struct text *ret)
{
    char part[65536];
    ssize_t got = read(child->out, part, sizeof part);
    if (got > 0)
        text_append(ret, part, (size_t)got);
    if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR))
        close_end(&child->out);
}

/* Until it has closed its output. */
static enum child_end talk(struct child *child, const struct child_config *config,
                           struct text *ret)
{
    int64_t until_us =
        clock_mono_us(clock_system()) + config->seconds_max * INT64_C(1000000);
    size_t sent = 0;
    (void)fcntl(child->in, F_SETFL, O_NONBLOCK);
    while (child->out >= 0) {
        int64_t left_ms = (until_us - clock_mono_us(clock_system())) / 1000;
        struct pollfd ends[] = {{.fd = child->out, .events = POLLIN},
                                {.fd = child->in, .events = POLLOUT}};
        if (left_ms <= 0)
            return CHILD_LATE;
        if (config->goes_on != NULL && !config->goes_on(config->context))
            return CHILD_STOPPED;
        (void)poll(ends, 2, left_ms < CHILD_LOOK_MS ? (int)left_ms : CHILD_LOOK_MS);
        if (ends[0].revents != 0)
            take(child, ret);
        if (child->in >= 0 && ends[1].revents != 0)
            feed(child, config, &sent);
    }
    return CHILD_DONE;
}

int child_run(const struct child_config *config, struct text *ret,
              enum child_end *ret_end)
{
    struct child child = {.in = -1, .out = -1};
    int code = 0;
    int status = start(config, &child);
    if (status != ST_OK)
        return status;
    *ret_end = talk(&child, config, ret);
    close_end(&child.in);
    close_end(&child.out);
    if (*ret_end != CHILD_DONE)
        (void)kill(child.pid, SIGKILL);
    while (waitpid(child.pid, &code, 0) < 0 && errno == EINTR) {
    }
    if (*ret_end == CHILD_DONE && WIFSIGNALED(code))
        *ret_end = CHILD_KILLED;
    else if (*ret_end == CHILD_DONE && WEXITSTATUS(code) != 0)
        *ret_end = CHILD_FAILED;
    return ST_OK;
}

void child_be_modest(uint32_t seconds_max)
{
    static const char first[] = "1000";
    const struct rlimit time = {seconds_max, seconds_max}, core = {0, 0};
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    (void)setpriority(PRIO_PROCESS, 0, CHILD_NICE);
    (void)setrlimit(RLIMIT_CPU, &time);
    (void)setrlimit(RLIMIT_CORE, &core);
    int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return;
    ssize_t put = write(fd, first, sizeof first - 1);
    (void)put; /* then it is not the first */
    (void)close(fd);
}
