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

int identity_row(struct query *query, int first, struct vault *vault,
                 struct person_identity *ret)
{
    if (query_get_null(query, first))
        return ST_NOT_FOUND;
    *ret = (struct person_identity){.area_id = query_get_int(query, first + 2)};
    copy_text(ret->number, sizeof ret->number, query_get_text(query, first + 1));
    if (vault == NULL || query_get_int(query, first + 4) != 0)
        return ST_OK;
    size_t size;
    const void *box = query_get_blob(query, first + 5, &size);
    struct vault_texts texts;
    int status =
        vault_unseal_texts(vault, query_get_int(query, first + 3), "person.identity",
                           query_get_int(query, first), box, size, &texts);
    if (status != ST_OK) /* a destroyed key: a bare number */
        return status == ST_NOT_FOUND ? ST_OK : status;
    copy_text(ret->name, sizeof ret->name, texts.texts[0]);
    copy_text(ret->phone, sizeof ret->phone, texts.texts[1]);
    copy_text(ret->email, sizeof ret->email, texts.texts[2]);
    vault_texts_release(&texts);
    return ST_OK;
}

int person_identity(struct db *db, struct vault *vault, int64_t id,
                    struct person_identity *ret)
{
    struct query *query =
        db_query(db, "SELECT " IDENTITY_COLUMNS " FROM person p WHERE p.id = ?1");
    query_int(query, 1, id);
    int status = query_step(query);
    if (status != 1)
        return status == 0 ? ST_NOT_FOUND : status;
    status = identity_row(query, 0, vault, ret);
    query_reset(query);
    return status;
}
