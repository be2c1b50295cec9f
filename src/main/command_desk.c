/* SPDX-License-Identifier: Apache-2.0 */
/* desk set, list and remove (decision 0070). */
#include "base/status.h"
#include "main/commands.h"
#include "main/instance.h"
#include "store/commands.h"
#include "store/desk.h"

static void print(struct text *out, bool as_json, const char *code,
                  const struct desk *desk)
{
    if (!as_json) {
        text_appendf(out, "%-12s %s\n", code,
                     desk->email[0] == '\0' ? "web hook and mailbox" : desk->email);
        return;
    }
    text_append_string(out, "{\"area\":");
    text_append_json(out, code);
    if (desk->email[0] != '\0') {
        text_append_string(out, ",\"email\":");
        text_append_json(out, desk->email);
    }
    text_append_string(out, "}");
}

/* ---- set, remove ---- */
static int put(void *context, struct writer *writer, int64_t now_ms, struct diag *reterr)
{
    return desk_put(writer, context, 0, now_ms, reterr);
}

static int take(void *context, struct writer *writer, int64_t now_ms, struct diag *reterr)
{
    (void)reterr;
    const int64_t *area_id = context;
    return desk_remove(writer, *area_id, 0, now_ms);
}

int command_desk_set(struct cli *cli, struct instance *instance, struct diag *reterr)
{
    struct desk desk = {0};
    const char *email = cli_option(cli, "email");
    if (email == NULL)
        email = "";
    const char *wrong = desk_judge(email, instance->config.channels);
    if (wrong != NULL)
        return diag_set(reterr, ST_INVALID, 0, 0, "email", "%s", wrong);
    int status = cli_find_area(instance, cli->words[0], &desk.area_id, reterr);
    if (status != ST_OK)
        return status;
    (void)snprintf(desk.email, sizeof desk.email, "%s", email);
    status = command_call(instance->writer, put, &desk, reterr);
    if (status != ST_OK)
        return status;
    print(&cli->out, cli->json, cli->words[0], &desk);
    if (cli->json)
        text_append_string(&cli->out, "\n");
    return ST_OK;
}

int command_desk_remove(struct cli *cli, struct instance *instance, struct diag *reterr)
{
    int64_t area_id;
    int status = cli_find_area(instance, cli->words[0], &area_id, reterr);
    if (status == ST_OK)
        status = command_call(instance->writer, take, &area_id, reterr);
    if (status == ST_NOT_FOUND && reterr->where[0] == '\0')
        return diag_set(reterr, status, 0, 0, cli->words[0], "has no desk");
    if (status != ST_OK)
        return status;
    if (!cli->json)
        text_appendf(&cli->out, "%s: removed\n", cli->words[0]);
    else
        print(&cli->out, true, cli->words[0], &(struct desk){0});
    if (cli->json)
        text_append_string(&cli->out, "\n");
    return ST_OK;
}

/* ---- list ---- */
struct list {
    struct cli *cli;
    struct area_tree areas;
    uint32_t count;
};

static int list_one(void *context, const struct desk *desk)
{
    struct list *list = context;
    const struct area *area = area_by_id(&list->areas, desk->area_id);
    if (list->count++ > 0 && list->cli->json)
        text_append_string(&list->cli->out, ",");
    print(&list->cli->out, list->cli->json, area == NULL ? "" : area->code, desk);
    return ST_OK;
}

int command_desk_list(struct cli *cli, struct instance *instance, struct diag *reterr)
{
    struct list list = {.cli = cli};
    if (area_tree_load(&list.areas, instance->db) != ST_OK)
        return diag_set(reterr, ST_IO, 0, 0, "areas", "cannot be read");
    if (cli->json)
        text_append_string(&cli->out, "{\"desks\":[");
    const int status = desks_each(instance->db, instance->vault, list_one, &list);
    if (cli->json)
        text_append_string(&cli->out, "]}\n");
    else if (list.count == 0)
        text_append_string(&cli->out, "There is none yet: muster desk set AREA\n");
    area_tree_release(&list.areas);
    return status == ST_OK ? ST_OK
                           : diag_set(reterr, status, 0, 0, "desks", "cannot be read");
}
