/* SPDX-License-Identifier: Apache-2.0 */
/* erase-person, merge-people, by number; erase-requester, by case: one command of the
 * writer each. */
#include "base/status.h"
#include "main/commands.h"
#include "main/instance.h"
#include "store/answer.h"
#include "store/commands.h"
#include "store/db.h"
#include "store/people.h"
#include "store/read_incident.h"
#include "store/texts.h"

struct pair {
    const char *number, *duplicate; /* DUPLICATE NULL: erase */
    bool is_repeated;               /* it was so already */
    struct answer_rows answers;     /* of who is erased, or of DUPLICATE */
};

struct found {
    int64_t id, alias_of;
    bool is_erased;
};

static int find(struct db *db, const char *number, struct found *ret, struct diag *reterr)
{
    struct query *query =
        db_query(db, "SELECT id, alias_of, erased FROM person WHERE number = ?1");
    query_text(query, 1, number);
    int status = query_step(query);
    if (status == 1)
        *ret = (struct found){query_get_int(query, 0), query_get_int(query, 1),
                              query_get_int(query, 2) != 0};
    query_reset(query);
    if (status == 0)
        return diag_set(reterr, ST_NOT_FOUND, 0, 0, number, "there is no such person");
    return status < 0 ? status : ST_OK;
}

/* Half a person is not erased: the other row holds what this one did. */
static int refuse_alias(struct db *db, const char *number, int64_t alias_of,
                        struct diag *reterr)
{
    struct person_identity who;
    int status = person_identity(db, NULL, alias_of, &who); /* only the number */
    if (status != ST_OK)
        return status;
    return diag_set(reterr, ST_CONFLICT, 0, 0, number,
                    "stands for %s: muster erase-person %s erases both", who.number,
                    who.number);
}

static int erase(void *context, struct writer *writer, int64_t now_ms,
                 struct diag *reterr)
{
    struct pair *pair = context;
    struct found person;
    int status = find(writer_db(writer), pair->number, &person, reterr);
    pair->is_repeated = status == ST_OK && person.is_erased;
    if (status == ST_OK && !person.is_erased && person.alias_of != 0)
        return refuse_alias(writer_db(writer), pair->number, person.alias_of, reterr);
    if (status == ST_OK) /* all who are under way are to be accounted for */
        status = person_expect_free(writer, person.id, false, reterr);
    if (status == ST_OK) {
        answer_use(writer, &pair->answers);
        status = person_erase(writer, person.id, 0, now_ms);
        answer_use(writer, NULL);
    }
    return pair->is_repeated && status == ST_NOT_FOUND ? ST_OK : status;
}

static int merge(void *context, struct writer *writer, int64_t now_ms,
                 struct diag *reterr)
{
    struct pair *pair = context;
    struct found person, duplicate;
    int status = find(writer_db(writer), pair->number, &person, reterr);
    if (status == ST_OK)
        status = find(writer_db(writer), pair->duplicate, &duplicate, reterr);
    if (status != ST_OK)
        return status;
    pair->is_repeated = duplicate.alias_of == person.id;
    if (pair->is_repeated)
        return ST_OK;
    if (person.id == duplicate.id)
        return diag_set(reterr, ST_INVALID, 0, 0, pair->number, "is one person already");
    if (person.alias_of != 0 || duplicate.alias_of != 0)
        return diag_set(reterr, ST_CONFLICT, 0, 0,
                        person.alias_of != 0 ? pair->number : pair->duplicate,
                        "stands for somebody else already");
    if (person.is_erased || duplicate.is_erased)
        return diag_set(reterr, ST_CONFLICT, 0, 0,
                        person.is_erased ? pair->number : pair->duplicate, "was erased");
    answer_use(writer, &pair->answers);
    status = person_merge(writer, person.id, duplicate.id, 0, now_ms, reterr);
    answer_use(writer, NULL);
    return status;
}

/* RUN with the answers of NUMBER, which are found here: the writer would stand still
 * while it reads those of everybody. What cannot be found it looks for itself. */
static int call(struct instance *instance,
                int (*run)(void *, struct writer *, int64_t, struct diag *),
                struct pair *pair, const char *number, struct diag *reterr)
{
    struct found person;
    struct diag unused;
    if (find(instance->db, number, &person, &unused) == ST_OK &&
        answer_find(instance->db, person.id, &pair->answers) != ST_OK)
        answer_rows_release(&pair->answers);
    const int status = command_call(instance->writer, run, pair, reterr);
    answer_rows_release(&pair->answers);
    return status;
}

int command_erase_person(struct cli *cli, struct instance *instance, struct diag *reterr)
{
    struct pair pair = {.number = cli->words[0]};
    int status = call(instance, erase, &pair, pair.number, reterr);
    if (status != ST_OK)
        return status;
    text_append_string(&cli->out, cli->json ? "{\"number\":" : "");
    if (cli->json)
        text_append_json(&cli->out, pair.number);
    else
        text_append_string(&cli->out, pair.number);
    text_append_string(&cli->out, cli->json          ? ",\"erased\":true}\n"
                                  : pair.is_repeated ? " was erased before\n"
                                                     : " is erased; the history keeps a "
                                                       "bare number\n");
    return ST_OK;
}

/* ---- who asked for help ---- */
struct asked {
    const char *case_number;
    bool is_repeated;
};

static int erase_asked(void *context, struct writer *writer, int64_t now_ms,
                       struct diag *reterr)
{
    struct asked *asked = context;
    struct db *db = writer_db(writer);
    struct read_incident incident;
    int status = read_incident_by_case(db, asked->case_number, &incident);
    if (status == ST_NOT_FOUND)
        return diag_set(reterr, status, 0, 0, asked->case_number,
                        "there is no such incident");
    if (status == ST_OK)
        status = requester_is_erased(db, incident.id);
    asked->is_repeated = status == 1;
    return status < 0 ? status : requester_erase(writer, incident.id, 0, now_ms, reterr);
}

int command_erase_requester(struct cli *cli, struct instance *instance,
                            struct diag *reterr)
{
    struct asked asked = {.case_number = cli->words[0]};
    const int status = command_call(instance->writer, erase_asked, &asked, reterr);
    if (status != ST_OK)
        return status;
    if (cli->json) {
        text_append_string(&cli->out, "{\"case\":");
        text_append_json(&cli->out, asked.case_number);
        text_append_string(&cli->out, ",\"erased\":true}\n");
        return ST_OK;
    }
    text_appendf(&cli->out, "%s: %s\n", asked.case_number,
                 asked.is_repeated ? "who asked was erased before"
                                   : "who asked, the title and the notes are erased; the "
                                     "history keeps what was done");
    return ST_OK;
}

int command_merge_people(struct cli *cli, struct instance *instance, struct diag *reterr)
{
    struct pair pair = {.number = cli->words[0], .duplicate = cli->words[1]};
    int status = call(instance, merge, &pair, pair.duplicate, reterr);
    if (status != ST_OK)
        return status;
    if (!cli->json) {
        text_appendf(&cli->out, "%s stands for %s now\n", pair.duplicate, pair.number);
        return ST_OK;
    }
    text_append_string(&cli->out, "{\"number\":");
    text_append_json(&cli->out, pair.number);
    text_append_string(&cli->out, ",\"alias\":");
    text_append_json(&cli->out, pair.duplicate);
    text_append_string(&cli->out, "}\n");
    return ST_OK;
}
