/* SPDX-License-Identifier: Apache-2.0 */
/* What the other modules of src/store may ask of the writer, on its thread. */
#ifndef MUSTER_STORE_WRITER_INTERNAL_H
#define MUSTER_STORE_WRITER_INTERNAL_H

#include "store/stage.h"

struct stage *writer_stage(struct writer *writer);
/* The wall clock. Any thread. */
int64_t writer_now_ms(struct writer *writer);
/* The person's row changed: the crowd reads it again after the commit. */
int writer_person_changed(struct writer *writer, int64_t person_id)
    __attribute__((warn_unused_result));
/* The slot's key goes after the commit. */
int writer_destroy_slot(struct writer *writer, int64_t slot)
    __attribute__((warn_unused_result));

#endif
