/* SPDX-License-Identifier: Apache-2.0 */
/* The row's text: place US contact US warning, where US is the byte 0x1f (the unit
 * separator of ASCII), which no text that comes in by HTTP may have. */
#include "store/notes.h"

#include "base/mem.h"
#include "base/status.h"
#include "store/texts.h"
#include "store/writer_internal.h"

#include <stdio.h>
#include <string.h>

#define MARK '\x1f'
#define NOTES_COUNT 3

/* ---- reading ------------------------------------------------------------------------
 */

static int split(const char *joined, struct need_notes *ret)
{
    char *const texts[NOTES_COUNT] = {ret->place, ret->contact, ret->warning};
    for (int i = 0; i < NOTES_COUNT; i++) {
        const char *end = strchr(joined, MARK);
        const size_t size = end == NULL ? strlen(joined) : (size_t)(end - joined);
        if (size > NOTES_TEXT_MAX || (end == NULL) != (i == NOTES_COUNT - 1))
            return ST_CORRUPT;
        memcpy(texts[i], joined, size);
        texts[i][size] = '\0';
        joined += size + 1;
    }
    return ST_OK;
}

int notes_read(struct db *db, struct vault *vault, int64_t incident_id, int64_t need_id,
               struct need_notes *ret)
{
    char *joined;
    int status = text_read(db, vault, incident_id, TEXT_NOTES, need_id, &joined);
    if (status != ST_OK)
        return status;
    struct need_notes notes;
    status = split(joined, &notes);
    mem_free(joined);
    if (status == ST_OK)
        *ret = notes;
    return status;
}

/* ---- writing ------------------------------------------------------------------------
 */

struct loop_notes notes_borrow(const struct need_notes *notes)
{
    return (struct loop_notes){notes->place, notes->contact, notes->warning};
}

/* TO becomes FROM, if FROM says anything about it. */
static int take(char to[NOTES_TEXT_MAX + 1], const char *from, bool *changed)
{
    if (from == NULL || strcmp(from, to) == 0)
        return ST_OK;
    if (strnlen(from, NOTES_TEXT_MAX + 1) > NOTES_TEXT_MAX)
        return ST_LIMIT;
    (void)snprintf(to, NOTES_TEXT_MAX + 1, "%s", from);
    *changed = true;
    return ST_OK;
}

int notes_resolve(struct writer *writer, int64_t incident_id, struct loop_input *input,
                  struct need_notes *ret, struct loop_notes *local)
{
    const struct stage *stage = writer_stage(writer);
    const struct loop_notes *told = input->notes;
    input->notes = NULL;
    if (told == NULL || stage->vault == NULL)
        return ST_OK;
    int status = ST_NOT_FOUND; /* a new need has none */
    if (input->kind == LOOP_NEED_NOTES)
        status = notes_read(stage->db, stage->vault, incident_id, input->id, ret);
    if (status == ST_NOT_FOUND)
        ret->place[0] = ret->contact[0] = ret->warning[0] = '\0';
    else if (status != ST_OK)
        return status;
    bool changed = false;
    status = take(ret->place, told->place, &changed);
    if (status == ST_OK)
        status = take(ret->contact, told->contact, &changed);
    if (status == ST_OK)
        status = take(ret->warning, told->warning, &changed);
    *local = notes_borrow(ret);
    if (changed)
        input->notes = local;
    return status;
}

int notes_put(struct stage *stage, int64_t incident_id, int64_t need_id,
              const struct loop_notes *notes, int64_t now_ms, uint8_t ret_hash[32])
{
    char joined[NOTES_COUNT * (NOTES_TEXT_MAX + 1)];
    if (strchr(notes->place, MARK) != NULL || strchr(notes->contact, MARK) != NULL ||
        strchr(notes->warning, MARK) != NULL)
        return ST_INVALID;
    const int size = snprintf(joined, sizeof joined, "%s%c%s%c%s", notes->place, MARK,
                              notes->contact, MARK, notes->warning);
    if (size < 0 || (size_t)size >= sizeof joined)
        return ST_LIMIT;
    return stage_put_text(stage, incident_id, "notes", need_id, 0, joined, now_ms,
                          ret_hash);
}
