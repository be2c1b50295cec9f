/* SPDX-License-Identifier: Apache-2.0 */
#include "api/refused.h"

#include "api/internal.h"

#include <stdio.h>

static const struct {
    enum log_level level;
    const char *what;                /* in the log */
    const char *name, *label, *help; /* for /metrics; kinds of one name stand together */
} kinds[REFUSED_COUNT] = {
    [REFUSED_SIGN_IN] = {LOG_INFO, "sign-ins failed", "sign_ins_failed_total", "",
                         "Sign-ins with a wrong account or password."},
    [REFUSED_WAITING] = {LOG_WARNING,
                         "sign-ins were told to wait: too many failed before, of an "
                         "account or from an address",
                         "sign_ins_held_up_total", "",
                         "Sign-ins told to wait, as too many had failed."},
    [REFUSED_TOKEN] = {LOG_WARNING, "tokens were refused: unknown, or taken back",
                       "tokens_refused_total", "",
                       "Requests with a token that is unknown or was taken back."},
    [REFUSED_CONNECTION] = {LOG_WARNING, "connections found no room: too many are open",
                            "connections_refused_total", "",
                            "Connections that found no room."},
    [REFUSED_ERROR] = {LOG_WARNING, "problem", "errors_total", "{status=\"500\"}",
                       "Requests that failed by no fault of the client."},
    [REFUSED_BUSY] = {LOG_WARNING, "problem", "errors_total", "{status=\"503\"}", NULL},
    [REFUSED_SPACE] = {LOG_WARNING, "problem", "errors_total", "{status=\"507\"}", NULL},
};

static void tell(struct api *api, enum refused_kind kind)
{
    struct refused *refused = &api->refused;
    const uint64_t due = log_count_due(&refused->counts[kind], api_mono_ms(api));
    if (due == 0)
        return;
    log_line(kinds[kind].level, kinds[kind].what, "\"count\":%llu%s",
             (unsigned long long)due, refused->newest[kind]);
    refused->newest[kind][0] = '\0';
}

void refused_note(struct api *api, enum refused_kind kind)
{
    api->refused.counts[kind].all++;
    tell(api, kind);
}

void refused_note_failure(struct call *call, int status, const char *instance)
{
    if (status < 500 || http_is_gone(call->request))
        return;
    const enum refused_kind kind = status == 503   ? REFUSED_BUSY
                                   : status == 507 ? REFUSED_SPACE
                                                   : REFUSED_ERROR;
    (void)snprintf(call->api->refused.newest[kind], REFUSED_NEWEST_MAX + 1,
                   ",\"status\":%d,\"route\":\"%s\",\"instance\":\"%s\"", status,
                   call->route == NULL ? "" : call->route->id, instance);
    refused_note(call->api, kind);
}

void refused_tell(struct api *api)
{
    api->refused.counts[REFUSED_CONNECTION].all = http_server_refused_count(api->server);
    for (int kind = 0; kind < REFUSED_COUNT; kind++)
        tell(api, (enum refused_kind)kind);
}

void refused_figures(const struct api *api, struct text *text)
{
    for (int kind = 0; kind < REFUSED_COUNT; kind++) {
        const char *name = kinds[kind].name;
        const uint64_t all = kind == REFUSED_CONNECTION
                                 ? http_server_refused_count(api->server)
                                 : api->refused.counts[kind].all;
        if (kinds[kind].help != NULL)
            text_appendf(text, "# HELP muster_%s %s\n# TYPE muster_%s counter\n", name,
                         kinds[kind].help, name);
        text_appendf(text, "muster_%s%s %llu\n", name, kinds[kind].label,
                     (unsigned long long)all);
    }
}
