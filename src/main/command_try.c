/* SPDX-License-Identifier: Apache-2.0 */
/* try: one message by a channel as it is configured, to see whether it arrives. */
#include "base/mem.h"
#include "base/status.h"
#include "channel/channel.h"
#include "channel/wording.h"
#include "loop/names.h"
#include "main/commands.h"
#include "main/instance.h"
#include "main/peers.h"
#include "main/service.h"

static const char *base_url(void *context)
{
    const struct config *config = context;
    return config->public_url[0] != '\0' ? config->public_url : "http://" SERVICE_LISTEN;
}

static void no_area(void *context, int64_t area_id, char *ret, size_t size)
{
    (void)context;
    (void)area_id;
    ret[size > 0 ? 0 : size] = '\0';
}

/* The message, to the address that was given. */
static int address(struct cli *cli, enum channel_kind kind, int64_t now_ms,
                   struct outbox_item *ret, struct diag *reterr)
{
    const char *to = cli_option(cli, "to");
    const bool is_mail = kind == CHANNEL_EMAIL, is_call = wording_is_telephone(kind);
    if (is_mail && to == NULL)
        return cli_misuse(cli, reterr, "--to ADDRESS is missing");
    if (is_call && to == NULL)
        return cli_misuse(cli, reterr, "--to NUMBER is missing");
    if (!is_mail && !is_call && to != NULL)
        return cli_misuse(cli, reterr, "--to is for email, sms and voice");
    *ret = (struct outbox_item){
        .id = now_ms, .kind = MESSAGE_KIND_TEST, .channel = kind, .deadline_ms = now_ms};
    (void)snprintf(ret->to.number, sizeof ret->to.number, "test");
    if (is_mail)
        (void)snprintf(ret->to.email, sizeof ret->to.email, "%s", to);
    if (is_call)
        (void)snprintf(ret->to.phone, sizeof ret->to.phone, "%s", to);
    return ST_OK;
}

/* The channel alone, without its thread. SECRET: the caller's. */
static int make(struct instance *instance, enum channel_kind kind, char **secret,
                struct channel **ret, struct diag *reterr)
{
    struct channel_config config = {
        .kind = kind,
        .clock = instance->clock,
        .from = instance->config.smtp_from,
        .zh = strcmp(instance->config.gateway_language, "zh") == 0,
        .random = instance->random,
        .base_url = base_url,
        .area_name = no_area,
        .context = &instance->config};
    int status = peer_transport(instance, kind, NULL, &config.transport, secret, reterr);
    if (status != ST_OK)
        return status;
    config.secret = *secret;
    status = channel_new(ret, &config);
    if (status != ST_OK)
        config.transport->release(config.transport);
    return status;
}

static int tell(struct cli *cli, enum channel_kind kind,
                const struct transport_result *result, struct diag *reterr)
{
    const char *code = channel_kind_code(kind);
    if (result->outcome != TRANSPORT_ACCEPTED)
        return diag_set(reterr, ST_IO, 0, 0, code, "%s", result->why);
    if (cli->json)
        text_appendf(&cli->out, "{\"channel\":\"%s\",\"taken\":true}\n", code);
    else
        text_appendf(&cli->out,
                     "%s: taken. Look whether it arrives, and whether the link in it "
                     "opens there.\n",
                     code);
    return ST_OK;
}

int command_try(struct cli *cli, struct instance *instance, struct diag *reterr)
{
    enum channel_kind kind;
    if (!channel_kind_parse(cli->words[0], &kind) || kind == CHANNEL_PUSH)
        return cli_misuse(cli, reterr,
                          "CHANNEL is file, email, webhook, sms or voice; notifications "
                          "are turned on in a browser");
    struct outbox_item item;
    struct transport_result result;
    struct channel *channel = NULL;
    char *secret = NULL;
    const int64_t now_ms = clock_wall_ms(instance->clock);
    int status = address(cli, kind, now_ms, &item, reterr);
    if (status != ST_OK)
        return status;
    status = make(instance, kind, &secret, &channel, reterr);
    if (status == ST_OK)
        status = channel_try(channel, &item, now_ms, &result);
    if (status == ST_OK)
        status = tell(cli, kind, &result, reterr);
    else if (reterr->where[0] == '\0')
        status = diag_set(reterr, status, 0, 0, "to", "is no address that %s reaches",
                          cli->words[0]);
    channel_free(channel);
    mem_free(secret);
    return status;
}
