/* SPDX-License-Identifier: Apache-2.0 */
#include "main/peers.h"

#include "base/file.h"
#include "base/status.h"
#include "channel/transport_curl.h"
#include "channel/transport_file.h"

#include <string.h>

#define SECRET_MAX 4096

int peer_secret(const char *key, const char *path, char **ret, struct diag *reterr)
{
    size_t size;
    *ret = NULL;
    if (path == NULL || path[0] == '\0')
        return ST_OK;
    int status = file_read(path, SECRET_MAX, ret, &size, reterr);
    if (status == ST_OK)
        (*ret)[strcspn(*ret, "\r\n")] = '\0';
    if (status == ST_OK && (*ret)[0] == '\0')
        status = diag_set(reterr, ST_INVALID, 0, 0, path,
                          "its first line is empty: write the secret there");
    return diag_in_file(reterr, status, key);
}

/* Whom a channel speaks to, by the configuration. */
struct peer {
    const char *url_key, *url;            /* NULL: each message has its own */
    const char *secret_key, *secret_path; /* of the file that holds its secret */
    int64_t connections;
};

static struct peer peer_of(const struct config *config, enum channel_kind kind)
{
    switch (kind) {
    case CHANNEL_EMAIL:
        return (struct peer){"smtp_url", config->smtp_url, "smtp_password_file",
                             config->smtp_password_file, config->smtp_connections};
    case CHANNEL_PUSH:
        return (struct peer){.connections = config->push_connections};
    case CHANNEL_SMS:
    case CHANNEL_VOICE:
        return (struct peer){"gateway_url", config->gateway_url, "gateway_secret_file",
                             config->gateway_secret_file, config->gateway_connections};
    default:
        return (struct peer){"webhook_url", config->webhook_url, "webhook_secret_file",
                             config->webhook_secret_file, config->webhook_connections};
    }
}

uint32_t peer_connections(const struct config *config, enum channel_kind kind)
{
    return (uint32_t)peer_of(config, kind).connections;
}

int peer_transport(const struct instance *instance, enum channel_kind kind,
                   const char *url, struct transport **ret, char **ret_secret,
                   struct diag *reterr)
{
    const struct config *config = &instance->config;
    *ret_secret = NULL;
    if (kind == CHANNEL_FILE)
        return transport_file_new(ret, instance->paths.mailbox, reterr);
    const bool email = kind == CHANNEL_EMAIL;
    const struct peer peer = peer_of(config, kind);
    if (url == NULL && peer.url_key != NULL && peer.url[0] == '\0')
        return diag_set(reterr, ST_INVALID, 0, 0, peer.url_key,
                        "is empty in muster.conf: there is nobody to hand messages to");
    struct transport_curl_config curl = {
        .url = url == NULL ? peer.url : url,
        .from = config->smtp_from,
        .user = config->smtp_user[0] == '\0' ? NULL : config->smtp_user,
        .connections = (uint32_t)peer.connections};
    int status = peer_secret(peer.secret_key, peer.secret_path, ret_secret, reterr);
    curl.password = email ? *ret_secret : NULL;
    if (status == ST_OK && !email && kind != CHANNEL_PUSH && *ret_secret == NULL)
        status = diag_set(reterr, ST_INVALID, 0, 0, peer.secret_key,
                          "is empty: what is posted is always signed");
    return status == ST_OK ? transport_curl_new(ret, &curl, reterr) : status;
}
