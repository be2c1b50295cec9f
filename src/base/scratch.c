/* SPDX-License-Identifier: Apache-2.0 */
#include "base/scratch.h"

#include "base/status.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define FOLDERS_TRIED 1000

int scratch_make(char *ret, size_t size, const char *name, struct diag *reterr)
{
    const char *where = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    for (int i = 0; i < FOLDERS_TRIED; i++) {
        (void)snprintf(ret, size, "%s/muster-%s-%d-%d", where, name, (int)getpid(), i);
        if (mkdir(ret, 0700) == 0)
            return ST_OK;
    }
    int status = diag_set(reterr, ST_IO, 0, 0, ret, "cannot be made");
    ret[0] = '\0'; /* not ours to remove */
    return status;
}

void scratch_drop(const char *folder, const char *const *names, size_t count)
{
    if (folder[0] == '\0')
        return;
    for (size_t i = 0; i < count; i++) {
        char path[128];
        (void)snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        (void)unlink(path); /* it need not be there */
    }
    (void)rmdir(folder); /* what is left harms nobody */
}
