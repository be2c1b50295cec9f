/* SPDX-License-Identifier: Apache-2.0 */
/* The folder of an instance: muster.db, keys.db, master.key, signing.key, muster.conf,
 * lock, mailbox/. Everything that only exists once per process and folder. */
#ifndef MUSTER_STORE_INSTANCE_H
#define MUSTER_STORE_INSTANCE_H

#include "base/diag.h"
#include "base/random.h"

#include <stdbool.h>
#include <stdint.h>

#define INSTANCE_PATH_SIZE 4096

struct instance_paths {
    char dir[INSTANCE_PATH_SIZE], db[INSTANCE_PATH_SIZE], keys[INSTANCE_PATH_SIZE],
        master_key[INSTANCE_PATH_SIZE], signing_key[INSTANCE_PATH_SIZE],
        config[INSTANCE_PATH_SIZE], lock[INSTANCE_PATH_SIZE], socket[INSTANCE_PATH_SIZE],
        road[INSTANCE_PATH_SIZE], mailbox[INSTANCE_PATH_SIZE], image[INSTANCE_PATH_SIZE],
        learned[INSTANCE_PATH_SIZE], unfinished[INSTANCE_PATH_SIZE];
};
/* db and keys are what DIR/muster.conf says, if it is there. ST_LIMIT: DIR is too long;
 * ST_INVALID: its `store` is no address; or what config_read says. */
int instance_paths(struct instance_paths *ret, const char *dir, struct diag *reterr)
    __attribute__((warn_unused_result));
/* The store is not in DIR but at STORE, PostgreSQL's address; "" changes nothing. */
void instance_use_store(struct instance_paths *paths, const char *store);
/* Whether DIR holds an instance. */
bool instance_exists(const struct instance_paths *paths);
/* Keys without a database: what is in a backup can be read with them, and only so. */
bool instance_has_keys_only(const struct instance_paths *paths);
/* instance_exists with a word what to do. ST_NOT_FOUND: there is none; ST_CORRUPT: its
 * database is gone or empty; ST_DENIED: DIR may not be entered. */
int instance_expect(const struct instance_paths *paths, struct diag *reterr)
    __attribute__((warn_unused_result));

/* What root made in DIR becomes its owner's, as SQLite does it with its own files: else a
 * server that runs as they could not read it. Not for links, nor if the user is not root.
 */
void instance_give_to_owner(const char *dir);

/* An empty instance: files, schema, root area, skills, account `admin` (role admin at the
 * root) with a random password of 16 letters. CONFIG = text of muster.conf (not
 * overwritten if there). ST_CONFLICT: there is one already, or the keys of one. */
struct instance_init {
    const char *config;
    struct random *random;
    int64_t now_ms;
    char account[32], password[20]; /* out */
};
int instance_init(const struct instance_paths *paths, struct instance_init *init,
                  struct diag *reterr) __attribute__((warn_unused_result));

/* The exclusive lock on DIR, held until instance_unlock or the end of the process.
 * ST_BUSY: somebody holds it. */
int instance_lock(const struct instance_paths *paths, int *ret_fd, struct diag *reterr)
    __attribute__((warn_unused_result));
void instance_unlock(int fd);

#endif
