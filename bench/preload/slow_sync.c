/* SPDX-License-Identifier: Apache-2.0 */
/* A disk that takes SYNC_MS milliseconds longer for each sync, whatever it is made of:
 * LD_PRELOAD for the program that is measured. Other threads go on meanwhile. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>

static void wait_longer(void)
{
    const char *text = getenv("SYNC_MS");
    long ms = text == NULL ? 0 : strtol(text, NULL, 10);
    struct timespec rest = {ms / 1000, ms % 1000 * 1000000};
    (void)nanosleep(&rest, NULL);
}

static int sync_by(const char *name, int fd)
{
    int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
    wait_longer();
    return real(fd);
}

int fdatasync(int fd)
{
    return sync_by("fdatasync", fd);
}

int fsync(int fd)
{
    return sync_by("fsync", fd);
}
