/* SPDX-License-Identifier: Apache-2.0 */
/* Font libraries keep memory and have bugs of their own: a process for each document, so
 * that the server is as it was afterwards. JSON goes in by one pipe, the PDF comes out by
 * another; both ends are polled, so that neither waits for the other. */
#include "base/clock.h"
#include "base/mem.h"
#include "base/status.h"
#include "base/text.h"
#include "report/pdf.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

struct helper {
    pid_t pid;
    int in, out; /* ours; -1 = closed */
};

static void close_end(int *fd)
{
    if (*fd >= 0)
        (void)close(*fd);
    *fd = -1;
}

/* Its output is the PDF, its complaints go where ours go. */
static int start(const char *program, enum report_language language, struct helper *ret)
{
    int in[2], out[2];
    if (pipe2(in, O_CLOEXEC) != 0)
        return ST_IO;
    if (pipe2(out, O_CLOEXEC) != 0) {
        (void)close(in[0]);
        (void)close(in[1]);
        return ST_IO;
    }
    const char *code = language == REPORT_ZH ? "zh" : "en";
    char *argv[] = {(char *)(uintptr_t) "muster", (char *)(uintptr_t) "report-pdf",
                    (char *)(uintptr_t) "--lang", (char *)(uintptr_t)code, NULL};
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none;
    (void)sigemptyset(&none);
    (void)posix_spawn_file_actions_init(&actions);
    (void)posix_spawnattr_init(&attributes);
    (void)posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
    (void)posix_spawnattr_setsigmask(&attributes, &none);
    (void)posix_spawn_file_actions_adddup2(&actions, in[0], STDIN_FILENO);
    (void)posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
    int failed = posix_spawn(&ret->pid, program, &actions, &attributes, argv, environ);
    (void)posix_spawn_file_actions_destroy(&actions);
    (void)posix_spawnattr_destroy(&attributes);
    (void)close(in[0]);
    (void)close(out[1]);
    ret->in = in[1];
    ret->out = out[0];
    if (failed == 0)
        return ST_OK;
    close_end(&ret->in);
    close_end(&ret->out);
    return ST_IO;
}

static void feed(struct helper *helper, const char *json, size_t size, size_t *sent)
{
    ssize_t put = write(helper->in, json + *sent, size - *sent);
    if (put > 0)
        *sent += (size_t)put;
    if (*sent == size || (put < 0 && errno != EAGAIN && errno != EINTR))
        close_end(&helper->in);
}

static void take(struct helper *helper, struct text *ret)
{
    char part[65536];
    ssize_t got = read(helper->out, part, sizeof part);
    if (got > 0)
        text_append(ret, part, (size_t)got);
    if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR))
        close_end(&helper->out);
}

/* Until it has closed its output; false: it took too long. */
static bool talk(struct helper *helper, const char *json, size_t size, struct text *ret)
{
    int64_t until_us = clock_mono_us(clock_system()) + REPORT_HELPER_S * 1000000;
    size_t sent = 0;
    (void)fcntl(helper->in, F_SETFL, O_NONBLOCK);
    while (helper->out >= 0) {
        int64_t left_ms = (until_us - clock_mono_us(clock_system())) / 1000;
        struct pollfd ends[] = {{.fd = helper->out, .events = POLLIN},
                                {.fd = helper->in, .events = POLLOUT}};
        if (left_ms <= 0)
            return false;
        (void)poll(ends, 2, (int)left_ms);
        if (ends[0].revents != 0)
            take(helper, ret);
        if (helper->in >= 0 && ends[1].revents != 0)
            feed(helper, json, size, &sent);
    }
    return true;
}

int report_pdf_by_helper(const char *program, const char *json, size_t size,
                         enum report_language language, struct text *ret,
                         struct diag *reterr)
{
    struct helper helper = {.in = -1, .out = -1};
    int code = 0;
    if (start(program, language, &helper) != ST_OK)
        return diag_set(reterr, ST_IO, 0, 0, "pdf", "the helper cannot be started");
    bool ended = talk(&helper, json, size, ret);
    close_end(&helper.in);
    close_end(&helper.out);
    if (!ended)
        (void)kill(helper.pid, SIGKILL);
    while (waitpid(helper.pid, &code, 0) < 0 && errno == EINTR) {
    }
    if (!ended)
        return diag_set(reterr, ST_IO, 0, 0, "pdf", "the helper took too long");
    if (!WIFEXITED(code) || WEXITSTATUS(code) != 0 || ret->size < 5)
        return diag_set(reterr, ST_IO, 0, 0, "pdf", "the helper failed");
    return ret->status;
}
