/* SPDX-License-Identifier: Apache-2.0 */
/* Messages over libcurl: SMTP(S) or HTTP(S), protocols restricted to the one of the URL,
 * no redirects, connections kept and reused, each with a thread. release() waits for no
 * peer. curl_global_init is main's. */
#ifndef MUSTER_CHANNEL_TRANSPORT_CURL_H
#define MUSTER_CHANNEL_TRANSPORT_CURL_H

#include "base/diag.h"
#include "channel/transport.h"

struct transport_curl_config {
    const char *url; /* smtp:// smtps:// http:// https://; NULL = each job has its own,
                        http:// or https:// */
    /* SMTP sign-in; NULL = none. Over a network the password demands TLS (smtps, or
     * STARTTLS with smtp). */
    const char *user, *password;
    const char *from;                       /* SMTP sender */
    uint32_t connections;                   /* tries at a time */
    int64_t connect_timeout_ms, timeout_ms; /* 0 = 10 s and 30 s */
};

/* ST_INVALID if the URL's scheme is not one of the four. */
int transport_curl_new(struct transport **ret, const struct transport_curl_config *config,
                       struct diag *reterr) __attribute__((warn_unused_result));

#endif
