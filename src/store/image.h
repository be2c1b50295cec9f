/* SPDX-License-Identifier: Apache-2.0 */
/* DIR/crowd.image: the crowd as it was, so that a start need not unseal and snap
 * everybody again (crowd/image.h). The file is sealed under a slot of the vault of its
 * own. The database names it (table crowd_image) and notes whose row has changed since
 * (person_change); these are read from their rows. Whatever does not fit - no such name,
 * other roads, a damaged byte - makes it as good as absent: everything in it is in the
 * database too. Erasing anybody destroys the keys of all images; the next one is made
 * without that person. Format: docs/formats/image.md. */
#ifndef MUSTER_STORE_IMAGE_H
#define MUSTER_STORE_IMAGE_H

#include "base/diag.h"

#include <stdbool.h>
#include <stdint.h>

#define IMAGE_PEOPLE_MIN 10000    /* fewer are read from their rows at once */
#define IMAGE_CHANGED_MAX 500000u /* more changes since: not used */
#define IMAGE_NAMES_KEPT 8        /* older ones are destroyed: nodes keep one each */

struct crowd;
struct db;
struct skill_table;
struct stage;
struct vault;
struct writer;

struct image_config {
    const char *path; /* of the file */
    struct vault *vault;
    const struct skill_table *skills;
    struct crowd *crowd;
};

/* Into a new crowd, by all cores: everybody as people_load would put them in. After a
 * failure the crowd is only good for crowd_free. ST_NOT_FOUND: there is no file;
 * ST_UNSUPPORTED, ST_CORRUPT, ST_STALE, ST_IO, ST_NO_MEMORY with the reason. */
int image_load(const struct image_config *config, struct db *db, struct diag *reterr)
    __attribute__((warn_unused_result));
/* Makes a new one, beside everything else; only the thread of the caller works. The
 * writer runs: it names the image first. ST_IO, ST_NO_SPACE; ST_STALE: somebody was
 * erased meanwhile. The one of before is there until then. */
int image_save(const struct image_config *config, struct writer *writer,
               struct diag *reterr) __attribute__((warn_unused_result));
/* Whether a new one is worth it: there is none that could be loaded, or one person in 200
 * (at least 1,000) has changed since. Removes a file that cannot be opened any more. */
bool image_is_due(const struct image_config *config, struct db *db);

/* ---- inside a transaction of the writer */
/* The row of a person has changed. Costs nothing where there is no image. */
int image_note_change(struct stage *stage, int64_t person_id)
    __attribute__((warn_unused_result));
/* Somebody is erased: the keys of all images go with the commit. */
int image_spoil(struct writer *writer) __attribute__((warn_unused_result));

#endif
