/* SPDX-License-Identifier: Apache-2.0 */
/* A message is done when `start` returns; results wait in a ring. The mailbox is rebuilt
 * from nothing but convenience, so a file is renamed into place without its own fsync: a
 * power cut may lose a file but never shows half of one, and the message's state says
 * handed over. */
#include "channel/transport_file.h"

#include "base/file.h"
#include "base/mem.h"
#include "base/status.h"
#include "base/wait.h"

#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define RESULTS_MAX 1024
#define FOLDER_SIZE 3900

struct transport_file {
    struct transport super;
    char folder[FOLDER_SIZE];
    struct transport_result results[RESULTS_MAX];
    uint32_t first, count;
    pthread_mutex_t lock; /* of `woken` */
    pthread_cond_t changed;
    bool woken;
};

/* Aside and renamed; see above why it is not fsynced. Returns 0 or an errno. */
static int put_file(const char *path, const char *data, size_t size)
{
    char aside[FOLDER_SIZE + 64];
    (void)snprintf(aside, sizeof aside, "%s.new", path);
    FILE *file = fopen(aside, "wxe");
    if (file == NULL && errno == EEXIST && remove(aside) == 0)
        file = fopen(aside, "wxe");
    if (file == NULL)
        return errno;
    int error = fwrite(data, 1, size, file) == size ? 0 : errno;
    if (fclose(file) != 0 && error == 0)
        error = errno;
    if (error == 0 && rename(aside, path) != 0)
        error = errno;
    if (error != 0)
        (void)remove(aside);
    return error;
}

static int file_start(struct transport *super, const struct transport_job *job)
{
    struct transport_file *transport = (struct transport_file *)super;
    if (transport->count == RESULTS_MAX)
        return ST_BUSY;
    char path[FOLDER_SIZE + 32];
    (void)snprintf(path, sizeof path, "%s/%llu.json", transport->folder,
                   (unsigned long long)job->tag);
    const int error = put_file(path, job->body, job->body_size);
    uint32_t at = (transport->first + transport->count++) % RESULTS_MAX;
    transport->results[at] = (struct transport_result){
        .tag = job->tag,
        .outcome = error == 0 ? TRANSPORT_ACCEPTED : TRANSPORT_TEMPORARY,
        .peer_down = error != 0,
    };
    if (error != 0)
        (void)snprintf(transport->results[at].why, TRANSPORT_WHY_MAX,
                       "mailbox not writable: %s", strerrordesc_np(error));
    return ST_OK;
}

static void file_step(struct transport *super, int wait_ms)
{
    struct transport_file *transport = (struct transport_file *)super;
    pthread_mutex_lock(&transport->lock);
    if (!transport->woken && wait_ms > 0 && transport->count == 0)
        wait_for(&transport->changed, &transport->lock, wait_ms);
    if (wait_ms > 0)
        transport->woken = false; /* it has ended a wait */
    pthread_mutex_unlock(&transport->lock);
}

static bool file_finished(struct transport *super, struct transport_result *ret)
{
    struct transport_file *transport = (struct transport_file *)super;
    if (transport->count == 0)
        return false;
    *ret = transport->results[transport->first];
    transport->first = (transport->first + 1) % RESULTS_MAX;
    transport->count--;
    return true;
}

static uint32_t file_running(struct transport *super)
{
    (void)super;
    return 0;
}

static void file_wake(struct transport *super)
{
    struct transport_file *transport = (struct transport_file *)super;
    pthread_mutex_lock(&transport->lock);
    transport->woken = true;
    pthread_cond_signal(&transport->changed);
    pthread_mutex_unlock(&transport->lock);
}

static void file_free(struct transport *super)
{
    struct transport_file *transport = (struct transport_file *)super;
    pthread_cond_destroy(&transport->changed);
    pthread_mutex_destroy(&transport->lock);
    mem_free(transport);
}

int transport_file_new(struct transport **ret, const char *folder, struct diag *reterr)
{
    if (strlen(folder) >= FOLDER_SIZE)
        return diag_set(reterr, ST_LIMIT, 0, 0, folder, "the path is too long");
    int status = file_make_folder(folder, reterr);
    if (status != ST_OK)
        return status;
    struct transport_file *transport = mem_calloc(1, sizeof *transport);
    if (transport == NULL)
        return diag_set(reterr, ST_NO_MEMORY, 0, 0, "", "no memory");
    transport->super = (struct transport){file_start,   file_step, file_finished,
                                          file_running, file_wake, file_free};
    (void)snprintf(transport->folder, sizeof transport->folder, "%s", folder);
    pthread_mutex_init(&transport->lock, NULL);
    wait_init(&transport->changed);
    *ret = &transport->super;
    return ST_OK;
}

/* TAG.json, or TAG.json.new that a crash left; and what the demo's people keep there. */
static bool is_message(const char *name)
{
    const char *behind = name + strspn(name, "0123456789");
    return behind > name &&
           (strcmp(behind, ".json") == 0 || strcmp(behind, ".json.new") == 0 ||
            strcmp(behind, ".cookie") == 0);
}

int transport_file_expire(const char *folder, int64_t now_ms)
{
    const int64_t oldest_ms = now_ms - TRANSPORT_FILE_KEPT_MS;
    DIR *dir = opendir(folder);
    if (dir == NULL)
        return errno == ENOENT ? ST_OK : ST_IO;
    bool ok = true;
    for (const struct dirent *entry; (entry = readdir(dir)) != NULL;) {
        struct stat file;
        if (is_message(entry->d_name) &&
            fstatat(dirfd(dir), entry->d_name, &file, 0) == 0 &&
            (int64_t)file.st_mtim.tv_sec * 1000 < oldest_ms)
            ok = unlinkat(dirfd(dir), entry->d_name, 0) == 0 && ok;
    }
    (void)closedir(dir);
    return ok ? ST_OK : ST_IO;
}
