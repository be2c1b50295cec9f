/* SPDX-License-Identifier: Apache-2.0 */
/* The database is copied by SQLite's own backup in one read transaction; the keys after
 * it, so that they hold every slot the database knows. backup.json is written last. */
#include "store/backup.h"

#include "base/file.h"
#include "base/mem.h"
#include "base/status.h"
#include "base/text.h"
#include "base/time.h"
#include "store/commands.h"
#include "store/db.h"
#include "store/number.h"
#include "store/verify.h"

#include <dirent.h>
#include <jansson.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MANIFEST_MAX 65536
#define UNFINISHED "backup.unfinished"
#define FINDINGS_MAX (1 << 20)
#define MEGA 1000000

static const char *const plain_files[] = {"muster.conf", "road.graph", "calendar.csv",
                                          "backdrop.geojson"};
/* Beside keys.db. A county's own certificates are trusted by telephones one by one. */
static const char *const key_files[] = {"master.key",   "signing.key", "tls-ca.pem",
                                        "tls-cert.pem", "tls-key.pem", "tls-ca-key.pem"};

struct place {
    char path[INSTANCE_PATH_SIZE + 32];
};

static const char *in(struct place *place, const char *folder, const char *name)
{
    (void)snprintf(place->path, sizeof place->path, "%s/%s", folder, name);
    return place->path;
}

/* A file that need not be there; mapped, for a graph or a database is large. */
static int copy_file(const char *from_folder, const char *to_folder, const char *name,
                     struct diag *reterr)
{
    struct place from, to;
    struct file_map map = {0};
    int status = file_map(&map, in(&from, from_folder, name), reterr);
    if (status == ST_NOT_FOUND)
        return ST_OK;
    if (status != ST_OK && status != ST_CORRUPT) /* empty: copied as it is */
        return status;
    status = file_write(in(&to, to_folder, name), map.data, map.size, 0600, reterr);
    file_unmap(&map);
    return status;
}

static int hash_file(const char *path, char ret[65], struct diag *reterr)
{
    uint8_t hash[32];
    struct file_map map;
    int status = file_map(&map, path, reterr);
    if (status != ST_OK)
        return status;
    SHA256(map.data, map.size, hash);
    file_unmap(&map);
    text_to_hex(hash, sizeof hash, ret);
    return ST_OK;
}

/* ---- making ---- */
static int write_erased(struct db *db, const char *folder, uint64_t *ret_count,
                        struct diag *reterr)
{
    struct place place;
    struct text lines;
    int found;
    text_init(&lines, BACKUP_ERASED_MAX);
    struct query *query = db_query(
        db, "SELECT id FROM person WHERE erased = 1 UNION ALL SELECT id"
            " FROM applicant WHERE state IN ('declined', 'expired') UNION ALL"
            " SELECT incident_id FROM requester WHERE length(box) = 1 ORDER BY id");
    for (*ret_count = 0; (found = query_step(query)) == 1; (*ret_count)++)
        text_appendf(&lines, "%lld\n", (long long)query_get_int(query, 0));
    int status = found < 0 ? found : lines.status;
    if (status == ST_OK)
        status = file_write(in(&place, folder, "erased.txt"), text_string(&lines),
                            lines.size, 0600, reterr);
    else
        (void)diag_set(reterr, status, 0, 0, folder, "the erased cannot be listed");
    text_release(&lines);
    return status;
}

/* The copy is opened as anybody would open it. */
static int verify_copy(const char *folder, struct backup_result *ret, struct diag *reterr)
{
    struct place place;
    struct verify_result result = {0};
    struct text findings;
    struct db *db = NULL;
    text_init(&findings, FINDINGS_MAX);
    int status = db_open(&db, in(&place, folder, "muster.db"), DB_READ, reterr);
    if (status == ST_OK)
        status = verify_store(db, NULL, 0, &result, &findings, reterr);
    if (status == ST_OK && result.findings > 0)
        status = diag_set(
            reterr, ST_CORRUPT, 0, 0, place.path, "the copy does not verify: %.*s",
            (int)strcspn(text_string(&findings), "\n"), text_string(&findings));
    if (status == ST_OK)
        status = write_erased(db, folder, &ret->erased, reterr);
    db_close(db);
    text_release(&findings);
    ret->events = result.events;
    ret->incidents = result.incidents;
    /* What a reader of the copy left beside it. */
    (void)unlink(in(&place, folder, "muster.db-shm"));
    (void)unlink(in(&place, folder, "muster.db-wal"));
    return status;
}

static int copy_keys(const struct instance_paths *paths, const char *keys,
                     struct diag *reterr)
{
    struct place place;
    int status = file_make_folder(keys, reterr);
    if (status == ST_OK)
        status = db_backup(paths->keys, in(&place, keys, "keys.db"), reterr);
    for (size_t i = 0; i < COUNT_OF(key_files) && status == ST_OK; i++)
        status = copy_file(paths->dir, keys, key_files[i], reterr);
    return status;
}

static int write_manifest(const char *folder, int64_t now_ms, bool has_keys,
                          const struct backup_result *result, struct diag *reterr)
{
    struct place place;
    struct text text;
    char at[TIME_TEXT_SIZE];
    time_format_utc(now_ms, at);
    text_init(&text, MANIFEST_MAX);
    text_appendf(
        &text,
        "{\"at\":\"%s\",\"events\":%llu,\"incidents\":%llu,\"erased\":%llu,"
        "\"keys\":%s,\"sha256\":\"%s\"}\n",
        at, (unsigned long long)result->events, (unsigned long long)result->incidents,
        (unsigned long long)result->erased, has_keys ? "true" : "false", result->hash);
    int status = text.status;
    if (status == ST_OK)
        status = file_write(in(&place, folder, "backup.json"), text.data, text.size, 0600,
                            reterr);
    text_release(&text);
    return status;
}

/* The folder, or the nearest one around it that is there already. */
static char *real_folder(const char *folder)
{
    struct place place;
    char *real, *slash;
    (void)snprintf(place.path, sizeof place.path, "%s%s", folder[0] == '/' ? "" : "./",
                   folder);
    while ((real = realpath(place.path[0] == '\0' ? "/" : place.path, NULL)) == NULL &&
           (slash = strrchr(place.path, '/')) != NULL)
        *slash = '\0';
    return real;
}

static bool lies_in(const char *inner, const char *outer)
{
    AUTO_FREE char *a = real_folder(inner), *b = realpath(outer, NULL);
    size_t size = b == NULL ? 0 : strlen(b);
    return a != NULL && b != NULL && strncmp(a, b, size) == 0 &&
           (a[size] == '\0' || a[size] == '/');
}

/* What ends the instance's folder must not end its backup, too. */
static int expect_elsewhere(const struct instance_paths *paths, const char *folder,
                            struct diag *reterr)
{
    if (!lies_in(folder, paths->dir))
        return ST_OK;
    return diag_set(reterr, ST_CONFLICT, 0, 0, folder,
                    "lies in the instance's own folder; choose one elsewhere, best on "
                    "another disk");
}

static bool has(const char *folder, const char *name)
{
    struct place place;
    return access(in(&place, folder, name), F_OK) == 0;
}

static bool is_empty(const char *folder)
{
    DIR *open = opendir(folder);
    bool ret = true;
    for (const struct dirent *entry; open != NULL && (entry = readdir(open)) != NULL;)
        ret =
            ret && (entry->d_name[0] == '.' || strcmp(entry->d_name, "lost+found") == 0);
    if (open != NULL)
        (void)closedir(open);
    return ret;
}

/* Only over what an earlier try left: a folder that holds anything else may be somebody's
 * instance. */
static int prepare_folder(const struct instance_paths *paths, const char *folder,
                          struct diag *reterr)
{
    struct place place;
    int status = expect_elsewhere(paths, folder, reterr);
    if (status == ST_OK)
        status = file_make_folder(folder, reterr);
    if (status != ST_OK)
        return status;
    if (has(folder, "backup.json"))
        return diag_set(reterr, ST_CONFLICT, 0, 0, folder,
                        "holds a backup already; choose another folder");
    if (!has(folder, UNFINISHED) && !is_empty(folder))
        return diag_set(reterr, ST_CONFLICT, 0, 0, folder,
                        "is not empty; choose another folder");
    return file_write(in(&place, folder, UNFINISHED), "", 0, 0600, reterr);
}

/* Keys of before may be replaced by newer ones of the same instance alone. */
static bool are_our_keys(const struct instance_paths *paths, const char *keys)
{
    struct place place;
    char ours[65], theirs[65];
    return !has(keys, "muster.db") && !has(keys, "lock") &&
           hash_file(paths->master_key, ours, NULL) == ST_OK &&
           hash_file(in(&place, keys, "master.key"), theirs, NULL) == ST_OK &&
           strcmp(ours, theirs) == 0;
}

static int prepare_keys(const struct instance_paths *paths, const char *keys,
                        const char *folder, struct diag *reterr)
{
    if (lies_in(keys, folder) || lies_in(folder, keys))
        return diag_set(reterr, ST_CONFLICT, 0, 0, keys,
                        "must not lie in or around %s: who finds one must not have both",
                        folder);
    int status = expect_elsewhere(paths, keys, reterr);
    if (status == ST_OK)
        status = file_make_folder(keys, reterr);
    if (status != ST_OK)
        return status;
    if (!is_empty(keys) && !are_our_keys(paths, keys))
        return diag_set(reterr, ST_CONFLICT, 0, 0, keys,
                        "holds something else than keys of this instance; choose another "
                        "folder");
    return ST_OK;
}

static int64_t size_of(const char *folder, const char *name)
{
    struct place place;
    struct stat info;
    return stat(in(&place, folder, name), &info) == 0 ? (int64_t)info.st_size : 0;
}

/* Before a disk is filled on which the server itself may store. The log is counted, as
 * what is in it may not be in the database yet. */
static int expect_room(const struct instance_paths *paths, const char *folder,
                       struct diag *reterr)
{
    int64_t free_size,
        wanted = size_of(paths->dir, "muster.db") + size_of(paths->dir, "muster.db-wal");
    int32_t percent;
    for (size_t i = 0; i < COUNT_OF(plain_files); i++)
        wanted += size_of(paths->dir, plain_files[i]);
    if (!file_free_space(folder, &free_size, &percent) || wanted <= free_size)
        return ST_OK;
    return diag_set(reterr, ST_NO_SPACE, 0, 0, folder,
                    "a backup takes %lld MB, and %lld MB are free there: remove older "
                    "backups, or choose another disk",
                    (long long)(wanted / MEGA + 1), (long long)(free_size / MEGA));
}

static void remove_all(const char *folder, const char *const names[], size_t count)
{
    struct place place;
    for (size_t i = 0; i < count; i++)
        (void)unlink(in(&place, folder, names[i]));
}

/* What a try left that failed: a disk that is full is not to be filled by it, too. */
static void discard(const char *folder, bool was_there)
{
    static const char *const made[] = {"muster.db",  "muster.db-wal", "muster.db-shm",
                                       "erased.txt", "backup.json",   UNFINISHED};
    remove_all(folder, plain_files, COUNT_OF(plain_files));
    remove_all(folder, made, COUNT_OF(made));
    if (!was_there)
        (void)rmdir(folder);
}

/* Half of the keys would be taken for somebody else's by the next try. */
static void discard_keys(const char *keys, bool were_there)
{
    static const char *const made[] = {"keys.db"};
    remove_all(keys, key_files, COUNT_OF(key_files));
    remove_all(keys, made, COUNT_OF(made));
    if (!were_there)
        (void)rmdir(keys);
}

static int fill(const struct instance_paths *paths, const char *folder, const char *keys,
                int64_t now_ms, struct backup_result *ret, struct diag *reterr)
{
    struct place place;
    int status = expect_room(paths, folder, reterr);
    if (status == ST_OK && keys != NULL)
        status = prepare_keys(paths, keys, folder, reterr);
    if (status == ST_OK)
        status = db_backup(paths->db, in(&place, folder, "muster.db"), reterr);
    if (status == ST_OK && keys != NULL)
        status = copy_keys(paths, keys, reterr);
    for (size_t i = 0; i < COUNT_OF(plain_files) && status == ST_OK; i++)
        status = copy_file(paths->dir, folder, plain_files[i], reterr);
    if (status == ST_OK)
        status = verify_copy(folder, ret, reterr);
    if (status == ST_OK)
        status = hash_file(in(&place, folder, "muster.db"), ret->hash, reterr);
    if (status == ST_OK)
        status = write_manifest(folder, now_ms, keys != NULL, ret, reterr);
    if (status == ST_OK)
        (void)unlink(in(&place, folder, UNFINISHED)); /* the manifest counts */
    return status;
}

int backup_make(const struct instance_paths *paths, const char *folder, const char *keys,
                int64_t now_ms, struct backup_result *ret, struct diag *reterr)
{
    const bool was_there = access(folder, F_OK) == 0;
    const bool has_old_keys = keys != NULL && !is_empty(keys);
    const bool were_keys_there = keys != NULL && access(keys, F_OK) == 0;
    *ret = (struct backup_result){0};
    int status = prepare_folder(paths, folder, reterr);
    if (status != ST_OK)
        return status;
    status = fill(paths, folder, keys, now_ms, ret, reterr);
    if (status != ST_OK)
        discard(folder, was_there);
    if (status != ST_OK && keys != NULL && !has_old_keys)
        discard_keys(keys, were_keys_there);
    return status;
}

static int put_newest(void *context, struct writer *writer, int64_t now_ms,
                      struct diag *reterr)
{
    (void)context;
    (void)reterr;
    return number_put(writer_db(writer), "backup_ms", now_ms);
}

int backup_note(struct writer *writer, struct diag *reterr)
{
    return command_call(writer, put_newest, NULL, reterr);
}

int64_t backup_newest_ms(struct db *db)
{
    int64_t newest_ms;
    return number_read(db, "backup_ms", 0, &newest_ms) == ST_OK ? newest_ms : 0;
}

/* ---- restoring ---- */
static int read_manifest(const char *folder, struct backup_result *ret,
                         struct diag *reterr)
{
    struct place place;
    AUTO_FREE char *data = NULL;
    size_t size;
    const char *hash = "";
    json_int_t events = 0, incidents = 0, erased = 0;
    int status =
        file_read(in(&place, folder, "backup.json"), MANIFEST_MAX, &data, &size, reterr);
    if (status == ST_NOT_FOUND)
        return diag_set(reterr, status, 0, 0, folder, "holds no finished backup");
    if (status != ST_OK)
        return status;
    json_t *json = json_loadb(data, size, JSON_REJECT_DUPLICATES, NULL);
    if (json_unpack(json, "{s:I,s:I,s:I,s:s}", "events", &events, "incidents", &incidents,
                    "erased", &erased, "sha256", &hash) != 0 ||
        strlen(hash) != sizeof ret->hash - 1)
        status = diag_set(reterr, ST_CORRUPT, 0, 0, place.path, "is damaged");
    else
        (void)snprintf(ret->hash, sizeof ret->hash, "%s", hash);
    ret->events = (uint64_t)events;
    ret->incidents = (uint64_t)incidents;
    ret->erased = (uint64_t)erased;
    json_decref(json);
    return status;
}

static int check_bytes(const char *folder, const struct backup_result *wanted,
                       struct diag *reterr)
{
    struct place place;
    char hash[65];
    int status = hash_file(in(&place, folder, "muster.db"), hash, reterr);
    if (status == ST_OK && strcmp(hash, wanted->hash) != 0)
        return diag_set(reterr, ST_CORRUPT, 0, 0, place.path,
                        "is not what was backed up: SHA-256 %.16s..., expected %.16s...",
                        hash, wanted->hash);
    return status;
}

int backup_unpack(const struct instance_paths *paths, const char *folder,
                  const char *keys, struct backup_result *ret, struct diag *reterr)
{
    struct place place;
    if (instance_exists(paths) || instance_has_keys_only(paths))
        return diag_set(reterr, ST_CONFLICT, 0, 0, paths->dir,
                        "holds an instance, or its keys; restore into an empty folder");
    int status = read_manifest(folder, ret, reterr);
    if (status == ST_OK)
        status = check_bytes(folder, ret, reterr);
    if (status == ST_OK && access(in(&place, keys, "master.key"), R_OK) != 0)
        status = diag_set(reterr, ST_NOT_FOUND, 0, 0, keys,
                          "holds no keys: nothing personal could be read without them");
    if (status == ST_OK) /* until backup_restored it is none */
        status = file_write(paths->unfinished, "", 0, 0600, reterr);
    if (status == ST_OK)
        status = copy_file(keys, paths->dir, "keys.db", reterr);
    for (size_t i = 0; i < COUNT_OF(key_files) && status == ST_OK; i++)
        status = copy_file(keys, paths->dir, key_files[i], reterr);
    for (size_t i = 0; i < COUNT_OF(plain_files) && status == ST_OK; i++)
        status = copy_file(folder, paths->dir, plain_files[i], reterr);
    return status == ST_OK ? copy_file(folder, paths->dir, "muster.db", reterr) : status;
}

int backup_restored(const struct instance_paths *paths, struct diag *reterr)
{
    return unlink(paths->unfinished) == 0
               ? ST_OK
               : diag_set(reterr, ST_IO, 0, 0, paths->unfinished, "cannot be removed");
}
