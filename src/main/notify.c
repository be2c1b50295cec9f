/* SPDX-License-Identifier: Apache-2.0 */
#include "main/notify.h"

#include "base/text.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define LINES_MAX 1024

/* The address that NOTIFY_SOCKET names, and its size; 0: none that can be used. */
static socklen_t manager_address(struct sockaddr_un *ret)
{
    const char *name = getenv("NOTIFY_SOCKET");
    *ret = (struct sockaddr_un){.sun_family = AF_UNIX};
    if (name == NULL || (name[0] != '/' && name[0] != '@') || name[1] == '\0' ||
        strlen(name) >= sizeof ret->sun_path)
        return 0;
    memcpy(ret->sun_path, name, strlen(name));
    if (name[0] == '@')
        ret->sun_path[0] = '\0'; /* abstract: the size says where it ends */
    return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(name));
}

static void tell(const char *lines)
{
    struct sockaddr_un address;
    const socklen_t size = manager_address(&address);
    const int fd = size == 0 ? -1 : socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return;
    (void)sendto(fd, lines, strlen(lines), MSG_NOSIGNAL | MSG_DONTWAIT,
                 (const struct sockaddr *)&address, size);
    (void)close(fd);
}

int64_t notify_watchdog_ms(void)
{
    const char *pid = getenv("WATCHDOG_PID"), *us = getenv("WATCHDOG_USEC");
    int64_t value;
    if (us == NULL || !text_to_int64(us, 1, INT64_MAX, &value))
        return 0;
    int64_t own;
    if (pid != NULL && (!text_to_int64(pid, 1, INT64_MAX, &own) || own != getpid()))
        return 0;
    return value / 1000;
}

/* LINES, with the time until the next sign of life, if one is wanted. */
static void tell_patience(const char *lines, int64_t patience_ms)
{
    char text[LINES_MAX];
    const int size = snprintf(text, sizeof text, "%s", lines);
    if (notify_watchdog_ms() > 0 && size > 0 && (size_t)size < sizeof text)
        (void)snprintf(text + size, sizeof text - (size_t)size,
                       "\nWATCHDOG_USEC=%lld\nWATCHDOG=1", (long long)patience_ms * 1000);
    tell(text);
}

void notify_begin(const char *what)
{
    char lines[LINES_MAX];
    (void)snprintf(lines, sizeof lines, "STATUS=%s\nEXTEND_TIMEOUT_USEC=%d000000", what,
                   NOTIFY_PATIENCE_S);
    tell_patience(lines, NOTIFY_PATIENCE_S * 1000);
}

void notify_ready(const char *what)
{
    char lines[LINES_MAX];
    (void)snprintf(lines, sizeof lines, "READY=1\nSTATUS=%s", what);
    tell_patience(lines, notify_watchdog_ms());
}

void notify_alive(void)
{
    tell("WATCHDOG=1");
}

void notify_stopping(void)
{
    tell_patience("STOPPING=1\nSTATUS=stops", NOTIFY_PATIENCE_S * 1000);
}
