/* SPDX-License-Identifier: Apache-2.0 */
/* What the service manager is told (sd_notify(3)): each call one datagram to the socket
 * that NOTIFY_SOCKET names, a path or '@' and an abstract name; nothing where there is
 * none. Nobody waits for it, and what cannot be sent is lost. Thread-safe, as long as
 * nobody changes the environment. */
#ifndef MUSTER_MAIN_NOTIFY_H
#define MUSTER_MAIN_NOTIFY_H

#include <stdint.h>

#define NOTIFY_PATIENCE_S 1800 /* for what may take long; no sign of life meanwhile */

/* Something long begins, as the start or the taking over does: WHAT is shown, and it may
 * take NOTIFY_PATIENCE_S until the next call. */
void notify_begin(const char *what);
/* Requests are answered; from now on signs of life are missed. */
void notify_ready(const char *what);
void notify_alive(void);
/* It ends, and may take a while. */
void notify_stopping(void);
/* Without a sign of life for so long (WATCHDOG_USEC) the process is killed; 0: none is
 * wanted of this one. */
int64_t notify_watchdog_ms(void);

#endif
