/* SPDX-License-Identifier: Apache-2.0 */
#include "store/instance.h"

#include "base/clock.h"
#include "base/config.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/status.h"
#include "loop/loop.h"
#include "store/account.h"
#include "store/area.h"
#include "store/commands.h"
#include "store/db.h"
#include "store/places.h"
#include "store/vault.h"
#include "store/writer.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

int instance_paths(struct instance_paths *ret, const char *dir, struct diag *reterr)
{
    if (dir[0] == '\0' || strlen(dir) > INSTANCE_PATH_SIZE - 32)
        return diag_set(reterr, ST_LIMIT, 0, 0, "--dir", "is empty or too long");
    const struct {
        char *path;
        const char *name;
    } names[] = {
        {ret->db, "muster.db"},          {ret->keys, "keys.db"},
        {ret->master_key, "master.key"}, {ret->signing_key, "signing.key"},
        {ret->config, "muster.conf"},    {ret->lock, "lock"},
        {ret->socket, "admin.sock"},     {ret->road, "road.graph"},
        {ret->mailbox, "mailbox"},       {ret->image, "crowd.image"},
        {ret->learned, "learned.bin"},   {ret->unfinished, "init.unfinished"},
    };
    (void)snprintf(ret->dir, INSTANCE_PATH_SIZE, "%s", dir);
    for (size_t i = 0; i < COUNT_OF(names); i++)
        (void)snprintf(names[i].path, INSTANCE_PATH_SIZE, "%s/%s", dir, names[i].name);
    if (access(ret->config, F_OK) != 0)
        return ST_OK;
    struct config *config = mem_alloc(sizeof *config);
    if (config == NULL)
        return diag_set(reterr, ST_NO_MEMORY, 0, 0, ret->config, "no memory");
    config_default(config);
    int status = config_read(config, ret->config, reterr);
    if (status == ST_OK && config->store[0] != '\0' && !db_is_postgres(config->store))
        status = diag_in_file(
            reterr,
            diag_set(reterr, ST_INVALID, config_line(config, "store"), 0, "store",
                     "is no address: write postgres://USER@HOST/NAME, or nothing for "
                     "SQLite"),
            ret->config);
    if (status == ST_OK)
        instance_use_store(ret, config->store);
    mem_free(config);
    return status;
}

void instance_use_store(struct instance_paths *paths, const char *store)
{
    if (store[0] == '\0')
        return;
    (void)snprintf(paths->db, INSTANCE_PATH_SIZE, "%s", store);
    (void)snprintf(paths->keys, INSTANCE_PATH_SIZE, "%s", store);
}

bool instance_exists(const struct instance_paths *paths)
{
    /* With PostgreSQL the folder holds the keys alone. */
    const char *first = db_is_postgres(paths->db) ? paths->signing_key : paths->db;
    return access(first, F_OK) == 0 && access(paths->unfinished, F_OK) != 0;
}

bool instance_has_keys_only(const struct instance_paths *paths)
{
    return !db_is_postgres(paths->db) && access(paths->db, F_OK) != 0 &&
           access(paths->keys, F_OK) == 0 && access(paths->unfinished, F_OK) != 0;
}

int instance_expect(const struct instance_paths *paths, struct diag *reterr)
{
    struct stat file;
    if (instance_has_keys_only(paths))
        return diag_set(
            reterr, ST_CORRUPT, 0, 0, paths->dir,
            "holds the keys of an instance, but no muster.db; `muster restore "
            "BACKUP --keys %s --dir NEW` makes it anew from a backup",
            paths->dir);
    if (!db_is_postgres(paths->db) && stat(paths->db, &file) == 0 && file.st_size == 0 &&
        access(paths->unfinished, F_OK) != 0)
        return diag_set(reterr, ST_CORRUPT, 0, 0, paths->db,
                        "is empty; `muster restore BACKUP --keys %s --dir NEW` makes it "
                        "anew from a backup",
                        paths->dir);
    if (instance_exists(paths))
        return ST_OK;
    if (access(paths->dir, F_OK) == 0 && access(paths->dir, R_OK | X_OK) != 0)
        return diag_set(reterr, ST_DENIED, 0, 0, paths->dir, "may not be entered: %s",
                        strerrordesc_np(errno));
    return diag_set(reterr, ST_NOT_FOUND, 0, 0, paths->dir,
                    "holds no instance; `muster init --dir %s` makes one", paths->dir);
}

static void give_file(int folder_fd, const char *name, const struct stat *owner)
{
    struct stat info;
    int fd = openat(folder_fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return;
    const bool is_made = fstat(fd, &info) == 0 && S_ISREG(info.st_mode) &&
                         info.st_uid == 0 && info.st_nlink == 1;
    if (is_made && fchown(fd, owner->st_uid, owner->st_gid) != 0)
        errno = 0; /* a file system without owners */
    (void)close(fd);
}

void instance_give_to_owner(const char *dir)
{
    struct stat owner;
    if (geteuid() != 0)
        return;
    DIR *folder = opendir(dir);
    if (folder != NULL && fstat(dirfd(folder), &owner) == 0 && owner.st_uid != 0)
        for (const struct dirent *entry; (entry = readdir(folder)) != NULL;)
            give_file(dirfd(folder), entry->d_name, &owner);
    if (folder != NULL)
        (void)closedir(folder);
}

/* ---- init ---------------------------------------------------------------------------
 */

#define TAKEN                                                                            \
    "holds an instance already: another node of it gets a copy of the folder, a new "    \
    "instance a database of its own"

struct first_rows {
    struct instance_init *init;
    char hash[ACCOUNT_HASH_SIZE];
};

static int put_first_rows(void *context, struct writer *writer, int64_t now_ms,
                          struct diag *reterr)
{
    struct first_rows *first = context;
    struct query *query = db_query(writer_db(writer), "SELECT count(*) FROM account");
    int status = query_step(query);
    bool is_taken = status == 1 && query_get_int(query, 0) > 0;
    query_reset(query);
    if (status < 0 || is_taken)
        return status < 0 ? status
                          : diag_set(reterr, ST_CONFLICT, 0, 0, "PostgreSQL", TAKEN);
    int64_t root = writer_new_id(writer), account_id;
    status = area_put_root(writer, root);
    struct skill_table *skills = mem_alloc(sizeof *skills);
    if (skills == NULL)
        return ST_NO_MEMORY;
    skill_table_init(skills);
    if (status == ST_OK)
        status = skills_store(writer, skills, 0, now_ms);
    mem_free(skills);
    struct account account = {.role_count = 1, .roles = {{ROLE_ADMIN, root}}};
    (void)snprintf(account.name, sizeof account.name, "%s", first->init->account);
    if (status == ST_OK)
        status =
            account_put(writer, &account, first->hash, 0, now_ms, &account_id, reterr);
    return status;
}

static int make_database(const struct instance_paths *paths, struct vault *vault,
                         struct instance_init *init, struct diag *reterr)
{
    struct clock_manual clock;
    clock_manual_init(&clock, init->now_ms);
    struct writer_config config = {.db_path = paths->db,
                                   .vault = vault,
                                   .clock = &clock.super,
                                   .random = init->random,
                                   .signing_key_path = paths->signing_key};
    loop_config_default(&config.loop);
    struct writer *writer;
    int status = writer_new(&writer, &config, reterr);
    if (status != ST_OK)
        return status;
    struct first_rows first = {.init = init};
    (void)snprintf(init->account, sizeof init->account, "admin");
    account_password_make(init->random, init->password);
    status = account_password_hash(init->password, first.hash);
    if (status != ST_OK)
        (void)diag_set(reterr, status, 0, 0, "password", "cannot be hashed: %s",
                       status_text(status));
    if (status == ST_OK)
        status = command_call(writer, put_first_rows, &first, reterr);
    writer_free(writer);
    return status;
}

/* What an init that was cut short left behind. */
static void remove_databases(const struct instance_paths *paths)
{
    if (db_is_postgres(paths->db))
        return; /* its first rows are there all together or not at all */
    static const char *const suffixes[] = {"", "-wal", "-shm", "-journal"};
    for (size_t i = 0; i < 2 * COUNT_OF(suffixes); i++) {
        char path[INSTANCE_PATH_SIZE + 16];
        (void)snprintf(path, sizeof path, "%s%s", i % 2 == 0 ? paths->db : paths->keys,
                       suffixes[i / 2]);
        (void)unlink(path); /* most are not there */
    }
}

static int make_stores(const struct instance_paths *paths, struct instance_init *init,
                       struct diag *reterr)
{
    struct vault_config config = {paths->keys, paths->master_key, init->random, 1};
    struct vault *vault;
    int status = vault_open(&vault, &config, reterr);
    if (status == ST_CORRUPT && db_is_postgres(paths->keys))
        return diag_set(reterr, ST_CONFLICT, 0, 0, "PostgreSQL", TAKEN);
    if (status != ST_OK)
        return status;
    status = make_database(paths, vault, init, reterr);
    vault_close(vault);
    return status;
}

int instance_init(const struct instance_paths *paths, struct instance_init *init,
                  struct diag *reterr)
{
    if (instance_exists(paths))
        return diag_set(reterr, ST_CONFLICT, 0, 0, paths->dir,
                        "there is an instance in it already");
    if (instance_has_keys_only(paths))
        return diag_set(reterr, ST_CONFLICT, 0, 0, paths->dir,
                        "holds the keys of an instance; move them away if they are not "
                        "wanted any more");
    if (access(paths->unfinished, F_OK) == 0)
        remove_databases(paths);
    int status = file_make_folder(paths->dir, reterr);
    if (status == ST_OK)
        status = file_make_folder(paths->mailbox, reterr);
    const bool makes_config = init->config != NULL && access(paths->config, F_OK) != 0;
    if (status == ST_OK && makes_config)
        status =
            file_write(paths->config, init->config, strlen(init->config), 0600, reterr);
    if (status == ST_OK)
        status = file_write(paths->unfinished, "", 0, 0600, reterr);
    if (status == ST_OK)
        status = make_stores(paths, init, reterr);
    if (status != ST_OK && makes_config)
        (void)unlink(paths->config); /* the next try may be for another store */
    if (status == ST_OK && unlink(paths->unfinished) != 0)
        status = diag_set(reterr, ST_IO, 0, 0, paths->unfinished, "cannot be removed");
    return status; /* init can be tried again */
}

/* ---- the lock -----------------------------------------------------------------------
 */

/* On a disk that is mounted read-only the file is opened as it is; if it is not there
 * nobody can hold it, and the folder stands for it. */
static int open_lock(const struct instance_paths *paths)
{
    int fd = open(paths->lock, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0 && errno == EROFS)
        fd = open(paths->lock, O_RDONLY | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT)
        fd = open(paths->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return fd;
}

int instance_lock(const struct instance_paths *paths, int *ret_fd, struct diag *reterr)
{
    int fd = open_lock(paths);
    if (fd < 0)
        return diag_set(reterr, ST_IO, 0, 0, paths->lock, "cannot open: %s",
                        strerrordesc_np(errno));
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        (void)close(fd); /* nothing was written */
        return diag_set(reterr, ST_BUSY, 0, 0, paths->dir,
                        "another muster works on it (its lock is held)");
    }
    *ret_fd = fd;
    return ST_OK;
}

void instance_unlock(int fd)
{
    (void)close(fd); /* lets the lock go */
}
