/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration file DIR/muster.conf: lines `key = value`, `#` begins a comment. One
 * table of keys (CONFIG_LIST) gives defaults, limits and the text of
 * docs/configuration.md. Unknown keys, doubled keys and values outside their limits are
 * errors with their line. */
#ifndef MUSTER_BASE_CONFIG_H
#define MUSTER_BASE_CONFIG_H

#include "base/diag.h"
#include "base/text.h"

#include <stddef.h>
#include <stdint.h>

#define CONFIG_VALUE_MAX 511
#define CONFIG_SIZE_MAX 65536

/* N(name, default, min, max, what) a whole number; T(name, default, what) a text; Y(name,
 * default, what) yes or no, kept as 1 or 0. */
#define CONFIG_LIST(N, T, Y)                                                             \
    T(name_zh, "", "the instance's name in Chinese")                                     \
    T(name_en, "", "the instance's name in English")                                     \
    N(synthetic, 0, 0, 1, "1 = all data is made up; every page says so")                 \
    T(zone, "Asia/Shanghai", "time zone of duty and quiet hours")                        \
    T(store, "", "postgres://USER@HOST/NAME; empty = SQLite in this folder")             \
    T(node_address, "", "where other nodes reach this one; empty = the address served")  \
    T(public_url, "", "address in links; empty = the address served")                    \
    T(duty_phone, "", "telephone of the duty room, on people's pages; empty = none")     \
    T(channels, "file",                                                                  \
      "channel ladder, first tried first: file email webhook sms voice push")            \
    T(smtp_url, "", "smtp://host:25 or smtps://host:465")                                \
    T(smtp_user, "", "empty = no sign-in")                                               \
    T(smtp_password_file, "", "a file with the password")                                \
    T(smtp_from, "", "address of the sender")                                            \
    N(smtp_connections, 4, 1, 64, "connections to the mail server at a time")            \
    T(webhook_url, "", "where messages are posted as JSON")                              \
    T(webhook_secret_file, "", "a file with the key of the HMAC-SHA256 signature")       \
    N(webhook_connections, 4, 1, 64, "posts at a time")                                  \
    T(gateway_url, "", "the telephone gateway: where texts and calls are posted")        \
    T(gateway_secret_file, "", "a file with the key that signs what goes and comes")     \
    N(gateway_connections, 4, 1, 64, "posts to it at a time")                            \
    T(gateway_language, "zh", "language of texts and calls: zh or en")                   \
    T(push_contact, "", "who posts to push services: e-mail or https:// address")        \
    T(push_services,                                                                     \
      "fcm.googleapis.com updates.push.services.mozilla.com *.push.apple.com "           \
      "*.notify.windows.com",                                                            \
      "push services that are posted to: HOST, *.HOST, or http(s)://HOST:PORT")          \
    N(push_connections, 8, 1, 64, "posts to them at a time")                             \
    T(heads_folder, "", "folder that gets the chain's signed heads; empty = none")       \
    T(heads_email, "", "address that gets them by the mail server above; empty = none")  \
    T(heads_url, "", "where they are posted, signed as web hooks are; empty = none")     \
    N(archive_days, 365, 0, 36500,                                                       \
      "a closed incident's events move to the archive after so many days; 0 = never")    \
    N(no_answer_s, 300, 10, 86400, "silence after which a person is replaced")           \
    N(unread_s, 60, 5, 86400, "unread: next channel")                                    \
    N(voice_s, 180, 5, 86400, "unread: a call, if voice is a channel")                   \
    N(escalate_s, 900, 10, 86400, "not filled: the level above is told")                 \
    N(overdue_extra_s, 300, 10, 86400, "overdue = twice the travel time and this")       \
    N(lost_after_call_s, 300, 10, 86400, "no answer to the overdue call: lost contact")  \
    N(desk_next_s, 180, 10, 86400, "unheeded: the desk of the next level is written to") \
    N(weekly_cap, 3, 1, 16, "alerts to a person in 168 hours")                           \
    N(accept_permille, 287, 1, 999,                                                      \
      "probability that an alert is accepted, before anything is known")                 \
    N(show_permille, 850, 1, 999, "probability that who accepted comes")                 \
    N(correlation_permille, 20, 0, 500,                                                  \
      "how much people answer alike: correlation of two people's acceptance")            \
    T(plan_policy, "waves", "waves, one_wave or top_up: how alerts are spread")          \
    N(plan_price, 0, 0, 10000,                                                           \
      "alerts that one more certain success is worth; 0 = as many as the target takes")  \
    N(target_permille, 950, 500, 999, "probability wanted if a need does not say")       \
    Y(join, 0, "yes = who wants to become a volunteer can say so on the page /join")     \
    N(mailbox_page, 0, 0, 1, "1 = /mailbox shows the file channel's messages (demo)")    \
    N(log_debug, 0, 0, 1, "1 = log more")

#define N(name, value, min, max, what) +1
#define T(name, value, what) +1
enum { CONFIG_KEY_COUNT = CONFIG_LIST(N, T, T) };
#undef N
#undef T

struct config {
#define N(name, value, min, max, what) int64_t name;
#define T(name, value, what) char name[CONFIG_VALUE_MAX + 1];
#define Y(name, value, what) int64_t name;
    CONFIG_LIST(N, T, Y)
#undef N
#undef T
#undef Y
    uint32_t lines[CONFIG_KEY_COUNT]; /* where each key stands; 0 = nowhere */
};

void config_default(struct config *config);
/* TEXT is changed while it is read. On failure CONFIG is as before. */
int config_parse(struct config *config, char *text, size_t size, struct diag *reterr)
    __attribute__((warn_unused_result));
/* The same of a file, which is named in what is wrong. */
int config_read(struct config *config, const char *path, struct diag *reterr)
    __attribute__((warn_unused_result));
/* The line on which KEY was read; 0 = it was not there. */
uint32_t config_line(const struct config *config, const char *key);
/* Every key with its value and what it means; defaults are commented out. */
void config_write(const struct config *config, struct text *ret);

#endif
