/* SPDX-License-Identifier: Apache-2.0 */
/* Whom the channels speak to, by the configuration: addresses, secrets, connections. */
#ifndef MUSTER_MAIN_PEERS_H
#define MUSTER_MAIN_PEERS_H

#include "channel/transport.h"
#include "main/instance.h"

/* A secret is the first line of a file of its own, at PATH, the value of KEY (NULL, "":
 * there is no file, and no secret: NULL). ST_INVALID: an empty line is no secret, as
 * everybody can sign with an empty key; file_read's errors. *RET: mem_free. */
int peer_secret(const char *key, const char *path, char **ret, struct diag *reterr)
    __attribute__((warn_unused_result));
/* How many at a time. */
uint32_t peer_connections(const struct config *config, enum channel_kind kind);
/* The transport of one channel; a secret that must outlive it lands in *ret_secret (NULL:
 * there is none). URL: the peer's if NULL. ST_INVALID also if what is posted would not be
 * signed. */
int peer_transport(const struct instance *instance, enum channel_kind kind,
                   const char *url, struct transport **ret, char **ret_secret,
                   struct diag *reterr) __attribute__((warn_unused_result));

#endif
