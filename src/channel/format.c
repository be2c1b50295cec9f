/* SPDX-License-Identifier: Apache-2.0 */
#include "channel/format.h"

#include "base/status.h"
#include "base/time.h"
#include "loop/names.h"
#include "store/course.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>

#define BASE64_LINE 57 /* bytes that make a line of 76 letters */

/* As a gateway dials it: people write 138 0000 1111. */
static void append_phone(const char *phone, struct text *ret)
{
    text_append_string(ret, "\"");
    for (const char *at = phone; *at != '\0'; at++)
        if ((*at >= '0' && *at <= '9') || (*at == '+' && at == phone))
            text_append(ret, at, 1);
    text_append_string(ret, "\"");
}

int format_json(const struct outbox_item *item, const struct wording *wording,
                const char *link, int64_t now_ms, struct text *ret)
{
    const bool is_phone = wording_is_telephone(item->channel);
    if (is_phone && item->to.phone[0] == '\0')
        return ST_INVALID;
    char at[TIME_TEXT_SIZE];
    time_format(now_ms, at);
    text_appendf(ret, "{\"id\":\"%lld\",\"to\":", (long long)item->id);
    char desk[AREA_CODE_MAX + sizeof "desk:"];
    (void)snprintf(desk, sizeof desk, "desk:%s", item->desk_code);
    text_append_json(ret, item->to_desk ? desk : item->to.number);
    if (is_phone) {
        text_appendf(ret,
                     ",\"channel\":\"%s\",\"phone\":", channel_kind_code(item->channel));
        append_phone(item->to.phone, ret);
    }
    text_append_string(ret, ",\"subject\":");
    text_append_json(ret, text_string(&wording->subject));
    text_append_string(ret, ",\"text\":");
    text_append_json(ret, text_string(&wording->text));
    text_append_string(ret, ",\"link\":");
    text_append_json(ret, link);
    text_append_string(ret, ",\"reply_code\":");
    text_append_json(ret, item->reply_code);
    text_appendf(ret,
                 ",\"exercise\":%s,\"kind\":\"%s\",\"perhaps_twice\":%s,\"at\":\"%s\"}\n",
                 item->exercise ? "true" : "false", message_kind_code(item->kind),
                 item->perhaps_twice ? "true" : "false", at);
    return ret->status;
}

/* An answer is waited for, or a hand. */
static bool is_urgent(const struct outbox_item *item)
{
    return item->to_desk || item->kind == MESSAGE_KIND_ALERT ||
           item->kind == MESSAGE_KIND_ASK_LIMITED ||
           item->kind == MESSAGE_KIND_ROLL_CALL || item->kind == MESSAGE_KIND_OVERDUE;
}

int format_push(const struct outbox_item *item, const struct wording *wording,
                const char *link, bool zh, struct text *ret)
{
    text_appendf(ret,
                 "{\"id\":\"%lld\",\"kind\":\"%s\",\"subject\":", (long long)item->id,
                 message_kind_code(item->kind));
    text_append_json(ret, text_string(&wording->subject));
    text_append_string(ret, ",\"text\":");
    text_append_json(ret, text_string(&wording->text));
    text_append_string(ret, ",\"link\":");
    text_append_json(ret, link);
    text_appendf(ret, ",\"exercise\":%s,\"urgent\":%s,\"lang\":\"%s\"}",
                 item->exercise ? "true" : "false", is_urgent(item) ? "true" : "false",
                 zh ? "zh" : "en");
    return ret->status;
}

/* The list of what was written. */
static void list_headers(char headers[FORMAT_HEADERS_MAX][FORMAT_HEADER_SIZE], int count,
                         const char *ret[FORMAT_HEADERS_MAX + 1])
{
    for (int i = 0; i < count; i++)
        ret[i] = headers[i];
    ret[count] = NULL;
}

/* What a later notification takes the place of. */
static void put_topic(const struct outbox_item *item, char ret[FORMAT_HEADER_SIZE])
{
    const char *what = item->to_desk          ? message_kind_code(item->kind)
                       : item->course == NULL ? "alert"
                                              : "course";
    const int64_t id = item->to_desk          ? item->subject_id
                       : item->course == NULL ? item->alert_id
                                              : item->course->id;
    (void)snprintf(ret, FORMAT_HEADER_SIZE, "Topic: %s-%lld", what, (long long)id);
}

void format_push_headers(const struct outbox_item *item, const char *authorization,
                         int64_t now_ms, char ret[FORMAT_HEADERS_MAX][FORMAT_HEADER_SIZE],
                         const char *ret_list[FORMAT_HEADERS_MAX + 1])
{
    int64_t kept_ms = item->to_desk ? TIME_HOUR_MS : TIME_DAY_MS;
    if (!item->to_desk && is_urgent(item) && item->deadline_ms - now_ms < kept_ms)
        kept_ms = item->deadline_ms - now_ms;
    if (kept_ms < TIME_MINUTE_MS)
        kept_ms = TIME_MINUTE_MS;
    int count = 0;
    (void)snprintf(ret[count++], FORMAT_HEADER_SIZE,
                   "Content-Type: application/octet-stream");
    (void)snprintf(ret[count++], FORMAT_HEADER_SIZE, "Content-Encoding: aes128gcm");
    (void)snprintf(ret[count++], FORMAT_HEADER_SIZE, "TTL: %lld",
                   (long long)(kept_ms / 1000));
    (void)snprintf(ret[count++], FORMAT_HEADER_SIZE, "Urgency: %s",
                   is_urgent(item) ? "high" : "normal");
    put_topic(item, ret[count++]);
    (void)snprintf(ret[count++], FORMAT_HEADER_SIZE, "Authorization: %s", authorization);
    (void)snprintf(ret[count++], FORMAT_HEADER_SIZE, "Expect:");
    list_headers(ret, count, ret_list);
}

/* Base64 (RFC 4648) of SIZE bytes, in lines of 76 letters. */
static void append_base64(struct text *ret, const char *data, size_t size)
{
    for (size_t i = 0; i < size; i += BASE64_LINE) {
        unsigned char line[BASE64_LINE / 3 * 4 + 1];
        size_t part = size - i < BASE64_LINE ? size - i : BASE64_LINE;
        int written = EVP_EncodeBlock(line, (const unsigned char *)data + i, (int)part);
        text_append(ret, (const char *)line, (size_t)written);
        text_append_string(ret, "\r\n");
    }
}

/* RFC 2047 words of at most 75 letters that do not cut a UTF-8 sequence. */
static void append_subject(struct text *ret, const char *subject)
{
    const size_t part_max = 42;
    size_t size = strlen(subject);
    text_append_string(ret, "Subject:");
    while (size > 0) {
        size_t part = size < part_max ? size : part_max;
        while (part < size && part > 1 && ((unsigned char)subject[part] & 0xc0) == 0x80)
            part--;
        unsigned char word[64];
        int written = EVP_EncodeBlock(word, (const unsigned char *)subject, (int)part);
        text_appendf(ret, " =?utf-8?B?%.*s?=\r\n", written, word);
        subject += part;
        size -= part;
    }
}

static void append_date(struct text *ret, int64_t now_ms)
{
    static const char *const days[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    struct time_local local;
    time_to_local(now_ms, &local);
    char iso[TIME_TEXT_SIZE];
    time_format(now_ms - now_ms % 1000, iso);
    const char *zone = iso + strlen(iso) - 6; /* +08:00 */
    text_appendf(ret, "Date: %s, %d %s %d %02d:%02d:%02d %.3s%s\r\n", days[local.weekday],
                 local.day, months[local.month - 1], local.year, local.minute / 60,
                 local.minute % 60, local.second, zone, zone + 4);
}

int format_mail(const struct outbox_item *item, const struct wording *wording,
                const char *from, int64_t now_ms, struct text *ret)
{
    const char *at = strchr(from, '@');
    if (at == NULL || strpbrk(from, "\r\n<>") != NULL ||
        strpbrk(item->to.email, "\r\n<> ,") != NULL ||
        strchr(item->to.email, '@') == NULL)
        return ST_INVALID;
    text_appendf(ret, "From: muster <%s>\r\nTo: <%s>\r\n", from, item->to.email);
    append_subject(ret, text_string(&wording->subject));
    append_date(ret, now_ms);
    text_appendf(ret, "Message-ID: <muster-%lld@%s>\r\n", (long long)item->id, at + 1);
    text_appendf(ret, "X-Muster-Message: %lld\r\n", (long long)item->id);
    if (item->exercise)
        text_append_string(ret, "X-Muster-Exercise: yes\r\n");
    if (item->perhaps_twice)
        text_append_string(ret, "X-Muster-Perhaps-Twice: yes\r\n");
    text_append_string(ret, "Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n"
                            "Content-Type: text/plain; charset=utf-8\r\n"
                            "Content-Transfer-Encoding: base64\r\n\r\n");
    append_base64(ret, text_string(&wording->text), wording->text.size);
    return ret->status;
}

bool format_sign(const char *secret, const char *stamp, const char *body,
                 size_t body_size, char ret[FORMAT_SIGNATURE_SIZE])
{
    struct text all;
    uint8_t mac[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    text_init(&all, body_size + strlen(stamp) + 2);
    text_appendf(&all, "%s.", stamp);
    text_append(&all, body, body_size);
    const bool is_made =
        all.status == ST_OK &&
        HMAC(EVP_sha256(), secret, (int)strlen(secret),
             (const unsigned char *)text_string(&all), all.size, mac, &size) != NULL;
    text_release(&all);
    ret[0] = '\0';
    if (is_made)
        text_to_hex(mac, 32, ret);
    return is_made;
}

void format_signature(const struct outbox_item *item, const char *secret,
                      const char *body, size_t body_size, int64_t now_ms,
                      char ret[FORMAT_HEADERS_MAX][FORMAT_HEADER_SIZE],
                      const char *ret_list[FORMAT_HEADERS_MAX + 1])
{
    char stamp[32];
    (void)snprintf(stamp, sizeof stamp, "%lld", (long long)(now_ms / 1000));
    char hex[FORMAT_SIGNATURE_SIZE];
    if (!format_sign(secret, stamp, body, body_size, hex))
        hex[0] = '\0'; /* no memory: the peer refuses it, and it goes again */
    int count = 0;
    (void)snprintf(ret[count++], FORMAT_HEADER_SIZE, "Content-Type: application/json");
    (void)snprintf(ret[count++], FORMAT_HEADER_SIZE, "X-Muster-Message: %lld",
                   (long long)item->id);
    (void)snprintf(ret[count++], FORMAT_HEADER_SIZE, "X-Muster-Timestamp: %s", stamp);
    (void)snprintf(ret[count++], FORMAT_HEADER_SIZE, "X-Muster-Signature: sha256=%s",
                   hex);
    (void)snprintf(ret[count++], FORMAT_HEADER_SIZE, "Expect:");
    list_headers(ret, count, ret_list);
}
