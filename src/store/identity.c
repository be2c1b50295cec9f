/* SPDX-License-Identifier: Apache-2.0 */
#include "store/identity.h"

#include "base/status.h"
#include "store/db.h"
#include "store/vault.h"

#include <stdio.h>

static void copy_text(char *to, size_t size, const char *from)
{
    (void)snprintf(to, size, "%s", from);
}

/* ST_NOT_FOUND: erased, or the key is destroyed. */
static int unseal(struct query *query, int first, struct vault *vault,
                  struct vault_texts *ret)
{
    if (vault == NULL || query_get_int(query, first + 4) != 0)
        return ST_NOT_FOUND;
    size_t size;
    const void *box = query_get_blob(query, first + 5, &size);
    return vault_unseal_texts(vault, query_get_int(query, first + 3), "person.identity",
                              query_get_int(query, first), box, size, ret);
}

int identity_row(struct query *query, int first, struct vault *vault,
                 struct person_identity *ret)
{
    if (query_get_null(query, first))
        return ST_NOT_FOUND;
    *ret = (struct person_identity){.area_id = query_get_int(query, first + 2)};
    copy_text(ret->number, sizeof ret->number, query_get_text(query, first + 1));
    struct vault_texts texts;
    int status = unseal(query, first, vault, &texts);
    if (status != ST_OK) /* a bare number */
        return status == ST_NOT_FOUND ? ST_OK : status;
    copy_text(ret->name, sizeof ret->name, texts.texts[0]);
    copy_text(ret->phone, sizeof ret->phone, texts.texts[1]);
    copy_text(ret->email, sizeof ret->email, texts.texts[2]);
    vault_texts_release(&texts);
    return ST_OK;
}

/* The row of one person. 1, or a status. */
static int find_row(struct db *db, int64_t id, struct query **ret)
{
    *ret = db_query(db, "SELECT " IDENTITY_COLUMNS " FROM person p WHERE p.id = ?1");
    query_int(*ret, 1, id);
    const int status = query_step(*ret);
    return status == 0 ? ST_NOT_FOUND : status;
}

int person_identity(struct db *db, struct vault *vault, int64_t id,
                    struct person_identity *ret)
{
    struct query *query;
    int status = find_row(db, id, &query);
    if (status != 1)
        return status;
    status = identity_row(query, 0, vault, ret);
    query_reset(query);
    return status;
}

int person_push(struct db *db, struct vault *vault, int64_t id,
                char ret[PERSON_PUSH_MAX + 1])
{
    struct query *query;
    struct vault_texts texts;
    int status = find_row(db, id, &query);
    if (status != 1)
        return status;
    status = unseal(query, 0, vault, &texts);
    query_reset(query);
    if (status != ST_OK)
        return status;
    copy_text(ret, PERSON_PUSH_MAX + 1, texts.texts[3]);
    vault_texts_release(&texts);
    return ST_OK;
}
