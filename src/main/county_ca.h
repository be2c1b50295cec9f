/* SPDX-License-Identifier: Apache-2.0 */
/* `init --tls-name NAMES`: a certificate authority of the county's own and a certificate
 * for the server, for networks without the internet. P-256; the authority lives ten
 * years, the certificate 825 days (browsers take no longer one). */
#ifndef MUSTER_MAIN_COUNTY_CA_H
#define MUSTER_MAIN_COUNTY_CA_H

#include "base/diag.h"

#define COUNTY_CA_NAME_MAX 253
#define COUNTY_CA_NAMES_MAX 8

/* Writes DIR/tls-ca.pem, tls-ca-key.pem, tls-cert.pem and tls-key.pem (keys mode 0600).
 * NAMES are host names and IP addresses with ',' between, all of the one certificate.
 * ST_INVALID, ST_IO, ST_NO_SPACE, ST_NO_MEMORY. */
int county_ca_make(const char *dir, const char *names, struct diag *reterr)
    __attribute__((warn_unused_result));

#endif
