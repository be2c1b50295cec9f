/* SPDX-License-Identifier: Apache-2.0 */
/* One easy handle, its connections kept; the cookie engine is emptied and filled for
 * every call, so that no person ever shows another's cookie. No redirects, no proxy,
 * plain HTTP only: the links are checked to be on this machine before they come here. */
#include "demo/simulate_internal.h"

#include "base/mem.h"
#include "base/status.h"

#define ANSWER_MAX 65536
#define TIMEOUT_MS 2000L

static size_t take_answer(char *data, size_t size, size_t count, void *context)
{
    struct text *answer = context;
    text_append(answer, data, size * count);
    return answer->status == ST_OK ? size * count : 0;
}

int simulate_http_init(struct simulate_http *http)
{
    *http = (struct simulate_http){.easy = curl_easy_init()};
    text_init(&http->answer, ANSWER_MAX);
    static const char *const lines[] = {"Accept: application/json",
                                        "Content-Type: application/json",
                                        "X-Muster-Simulated: 1", "Expect:"};
    for (size_t i = 0; i < COUNT_OF(lines); i++) {
        struct curl_slist *more = curl_slist_append(http->headers, lines[i]);
        if (more == NULL)
            return ST_NO_MEMORY;
        http->headers = more;
    }
    if (http->easy == NULL)
        return ST_NO_MEMORY;
    CURL *easy = http->easy;
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http");
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, TIMEOUT_MS);
    curl_easy_setopt(easy, CURLOPT_USERAGENT, SIMULATE_USER_AGENT);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, http->headers);
    curl_easy_setopt(easy, CURLOPT_COOKIEFILE, "");
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_answer);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, &http->answer);
    return ST_OK;
}

void simulate_http_release(struct simulate_http *http)
{
    curl_easy_cleanup(http->easy);
    curl_slist_free_all(http->headers);
    text_release(&http->answer);
}

static void fill_cookies(CURL *easy, char *jar)
{
    curl_easy_setopt(easy, CURLOPT_COOKIELIST, "ALL");
    for (char *line = jar; line != NULL && *line != '\0';) {
        char *end = strchr(line, '\n');
        if (end != NULL)
            *end = '\0';
        curl_easy_setopt(easy, CURLOPT_COOKIELIST, line);
        line = end != NULL ? end + 1 : NULL;
    }
}

static char *take_cookies(CURL *easy)
{
    struct curl_slist *list = NULL;
    if (curl_easy_getinfo(easy, CURLINFO_COOKIELIST, &list) != CURLE_OK)
        return NULL;
    struct text jar;
    text_init(&jar, 8192);
    for (struct curl_slist *at = list; at != NULL; at = at->next)
        text_appendf(&jar, "%s%s", jar.size > 0 ? "\n" : "", at->data);
    curl_slist_free_all(list);
    if (jar.status != ST_OK)
        text_clear(&jar);
    return text_take(&jar);
}

long simulate_http_call(struct simulate_http *http, const char *url, const char *body,
                        char **jar)
{
    CURL *easy = http->easy;
    text_clear(&http->answer);
    fill_cookies(easy, *jar);
    curl_easy_setopt(easy, CURLOPT_URL, url);
    if (body != NULL) {
        curl_easy_setopt(easy, CURLOPT_POST, 1L);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, (long)strlen(body));
    } else {
        curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
    }
    CURLcode result = curl_easy_perform(easy);
    mem_free(*jar);
    *jar = take_cookies(easy);
    long status = 0;
    if (result != CURLE_OK ||
        curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status) != CURLE_OK)
        return 0;
    return status;
}
