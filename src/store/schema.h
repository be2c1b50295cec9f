/* SPDX-License-Identifier: Apache-2.0 */
/* The schema, as steps from one version to the next. docs/formats/database.md explains
 * the tables. */
#ifndef MUSTER_STORE_SCHEMA_H
#define MUSTER_STORE_SCHEMA_H

#define SCHEMA_VERSION 25
#define SCHEMA_KEYS_VERSION 1

/* SQL that brings version STEP to STEP + 1 (0 makes everything), in parts run one after
 * the other; NULL behind the last part. */
const char *schema_step(int step, int part);
/* The schema of keys.db. */
const char *schema_keys(void);

#endif
