/* SPDX-License-Identifier: Apache-2.0 */
/* A problem says what is wrong, where, and what would be right: "errors" has a JSON
 * pointer per field, "allowed" the words that the present state accepts. Nothing of the
 * inside (file names, SQL) is ever said. */
#include "api/problem.h"

#include "base/mem.h"
#include "base/status.h"
#include "http/http.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const struct {
    int status;
    const char *type;
} types[] = {
    {400, "bad-request"},
    {401, "sign-in"},
    {403, "forbidden"},
    {404, "not-found"},
    {405, "method"},
    {406, "not-acceptable"},
    {409, "conflict"},
    {410, "gone"},
    {411, "length-required"},
    {412, "precondition-failed"},
    {413, "too-large"},
    {415, "media-type"},
    {422, "unprocessable"},
    {428, "precondition-required"},
    {429, "too-many-requests"},
    {500, "internal"},
    {501, "not-implemented"},
    {503, "unavailable"},
    {507, "no-space"},
};

static const struct {
    int status, http;
} statuses[] = {
    {ST_INVALID, 422},       {ST_NOT_FOUND, 404}, {ST_CONFLICT, 409},
    {ST_LIMIT, 422},         {ST_NO_MEMORY, 503}, {ST_IO, 500},
    {ST_NO_SPACE, 507},      {ST_DENIED, 403},    {ST_STALE, 409},
    {ST_BUSY, 503},          {ST_CORRUPT, 500},   {ST_UNSUPPORTED, 422},
    {ST_UNPROCESSABLE, 422}, {ST_CLOSED, 503},    {ST_UNAUTHENTICATED, 401},
};

int problem_http_status(int status)
{
    for (size_t i = 0; i < COUNT_OF(statuses); i++)
        if (statuses[i].status == status)
            return statuses[i].http;
    return 500;
}

static const char *find_type(int http_status)
{
    for (size_t i = 0; i < COUNT_OF(types); i++)
        if (types[i].status == http_status)
            return types[i].type;
    return "error";
}

void problem_init(struct problem *problem, int status, const char *format, ...)
{
    problem->status = status;
    problem->retry_after_s = 0;
    problem->allowed = NULL;
    problem->instance = NULL;
    problem->members = NULL;
    problem->error_count = 0;
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(problem->detail, sizeof problem->detail, format, arguments);
    va_end(arguments);
}

void problem_add(struct problem *problem, const char *pointer, const char *format, ...)
{
    if (problem->status < 400)
        problem->status = 422;
    if (problem->error_count == PROBLEM_ERRORS_MAX)
        return;
    struct problem_error *error = &problem->errors[problem->error_count++];
    (void)snprintf(error->pointer, sizeof error->pointer, "%s", pointer);
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(error->detail, sizeof error->detail, format, arguments);
    va_end(arguments);
}

/* "accept, decline" but not a sentence. */
static bool is_word_list(const char *text)
{
    if (*text == '\0')
        return false;
    for (const char *at = text; *at != '\0'; at++) {
        if (*at == ' ' && (at == text || at[-1] != ','))
            return false;
        if (!isalnum((unsigned char)*at) && strchr("_-., ", *at) == NULL)
            return false;
    }
    return true;
}

void problem_allow(struct problem *problem, const char *of, const char *words)
{
    problem_init(problem, 409, "%s%s%s%s%s", status_text(ST_CONFLICT),
                 *of == '\0' ? "" : " of the ", of,
                 *words == '\0' ? "" : "; allowed: ", words);
    problem->allowed = words;
    problem->of = of;
}

void problem_from_status(struct problem *problem, int status, const struct diag *diag)
{
    const char *text = diag == NULL ? "" : diag->text;
    const int http = problem_http_status(status);
    if (http >= 500) /* the inside stays inside */
        text = "";
    problem_init(problem, http, "%s", *text == '\0' ? status_text(status) : text);
    if (http == 503)
        problem->retry_after_s = 1;
    if (status == ST_CONFLICT && (*text == '\0' || is_word_list(text)))
        problem_allow(problem, diag == NULL ? "" : diag->where,
                      text); /* "" in a last state */
    if (http == 422 && diag != NULL && diag->where[0] != '\0') {
        if (diag->where[0] == '/')
            problem_add(problem, diag->where, "%s", text);
        else {
            char pointer[PROBLEM_POINTER_MAX + 1];
            (void)snprintf(pointer, sizeof pointer, "/%s", diag->where);
            problem_add(problem, pointer, "%s", text);
        }
    }
}

static void write_words(struct text *ret, const char *words)
{
    text_append_string(ret, "[");
    bool first = true;
    for (const char *at = words; *at != '\0';) {
        const size_t size = strcspn(at, ", ");
        if (size > 0) {
            text_appendf(ret, "%s\"%.*s\"", first ? "" : ",", (int)size, at);
            first = false;
        }
        at += size;
        at += strspn(at, ", ");
    }
    text_append_string(ret, "]");
}

void problem_write(const struct problem *problem, struct text *ret)
{
    text_appendf(
        ret, "{\"type\":\"urn:muster:problem:%s\",\"title\":\"%s\",\"status\":%d",
        find_type(problem->status), http_status_title(problem->status), problem->status);
    text_append_string(ret, ",\"detail\":");
    text_append_json(ret, problem->detail);
    if (problem->instance != NULL) {
        text_append_string(ret, ",\"instance\":");
        text_append_json(ret, problem->instance);
    }
    if (problem->error_count > 0) {
        text_append_string(ret, ",\"errors\":[");
        for (uint32_t i = 0; i < problem->error_count; i++) {
            text_append_string(ret, i == 0 ? "{\"pointer\":" : ",{\"pointer\":");
            text_append_json(ret, problem->errors[i].pointer);
            text_append_string(ret, ",\"detail\":");
            text_append_json(ret, problem->errors[i].detail);
            text_append_string(ret, "}");
        }
        text_append_string(ret, "]");
    }
    if (problem->allowed != NULL) {
        text_append_string(ret, ",\"allowed\":");
        write_words(ret, problem->allowed);
    }
    if (problem->members != NULL)
        text_append_string(ret, problem->members);
    text_append_string(ret, "}");
}
