/* SPDX-License-Identifier: Apache-2.0 */
#include "api/link_page.h"

#include "api/internal.h"

#include <ctype.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <string.h>

#define COOKIE_AGE_S (90 * 86400)

bool link_wants_json(struct call *call)
{
    const char *accept = http_header(call->request, "Accept");
    const char *type = http_header(call->request, "Content-Type");
    return (accept != NULL && strstr(accept, "application/json") != NULL) ||
           (type != NULL && strncmp(type, "application/json", 16) == 0);
}

enum page_language link_language(struct call *call)
{
    return page_language_of(http_header(call->request, "Accept-Language"));
}

void link_send_gone(struct call *call)
{
    if (link_wants_json(call)) {
        call_error(call, 404, "there is no such link");
        return;
    }
    struct text text;
    text_init(&text, PAGE_SIZE_MAX);
    page_render_gone(call->api->settings.duty_phone, link_language(call), &text);
    static_headers(call);
    call_send(call, 404, "text/html; charset=utf-8", &text);
}

bool link_digits_are_right(const char *phone, const char *digits)
{
    char last[5] = "";
    size_t count = 0;
    for (size_t i = strlen(phone); i > 0 && count < 4; i--)
        if (isdigit((unsigned char)phone[i - 1]))
            last[3 - count++] = phone[i - 1];
    return count == 4 && strlen(digits) == 4 && CRYPTO_memcmp(last, digits, 4) == 0;
}

void link_set_cookie(struct call *call, const char *name, const char *path,
                     const char *value)
{
    char cookie[128 + CALL_WORD_MAX + 1];
    (void)snprintf(cookie, sizeof cookie,
                   "%s=%s; Path=%s; HttpOnly; SameSite=Lax; Max-Age=%d%s", name, value,
                   path, COOKIE_AGE_S, http_is_tls(call->request) ? "; Secure" : "");
    call_header(call, "Set-Cookie", cookie);
}
