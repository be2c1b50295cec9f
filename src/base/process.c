/* SPDX-License-Identifier: Apache-2.0 */
#include "base/process.h"

#include <dirent.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

static int64_t resident_bytes(void)
{
    long long size, resident = 0;
    FILE *file = fopen("/proc/self/statm", "re");
    if (file == NULL)
        return 0;
    if (fscanf(file, "%lld %lld", &size, &resident) != 2)
        resident = 0;
    (void)fclose(file);
    return resident * sysconf(_SC_PAGESIZE);
}

static int64_t count_files(void)
{
    int64_t count = -3; /* the folder's own, "." and ".." */
    DIR *folder = opendir("/proc/self/fd");
    if (folder == NULL)
        return 0;
    while (readdir(folder) != NULL)
        count++;
    (void)closedir(folder);
    return count;
}

static int64_t to_us(struct timeval time)
{
    return time.tv_sec * INT64_C(1000000) + time.tv_usec;
}

void process_look(struct process_use *ret)
{
    struct rusage usage = {0};
    struct rlimit files = {0};
    (void)getrusage(RUSAGE_SELF, &usage);
    (void)getrlimit(RLIMIT_NOFILE, &files);
    *ret = (struct process_use){.resident_bytes = resident_bytes(),
                                .cpu_us = to_us(usage.ru_utime) + to_us(usage.ru_stime),
                                .files = count_files(),
                                .files_max = (int64_t)files.rlim_cur};
}
