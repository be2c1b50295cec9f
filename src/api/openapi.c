/* SPDX-License-Identifier: Apache-2.0 */
/* The OpenAPI 3.1 document, made once at start from the route table, the request schemas
 * and the answer components. */
#include "api/components.h"
#include "api/handlers.h"
#include "api/internal.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>

static void ref(struct text *text, const char *name)
{
    text_appendf(text, "{\"$ref\":\"#/components/schemas/%s\"}", name);
}

/* ---- request schemas ---- */
static void write_codes(struct text *text, const struct field *field)
{
    out_open(text, "enum", '[');
    for (uint32_t i = 0; field->codes[i] != NULL; i++)
        if (field->codes[i][0] != '\0')
            out_text(text, NULL, field->codes[i]);
    out_close(text, ']');
}

static void write_range(struct text *text, const struct field *field, const char *least,
                        const char *most)
{
    const bool open = (field->flags & FIELD_OPEN) != 0;
    char number[32];
    (void)snprintf(number, sizeof number, "%.17g", field->min);
    out_raw(text, open ? "exclusiveMinimum" : least, number);
    (void)snprintf(number, sizeof number, "%.17g", field->max);
    out_raw(text, open ? "exclusiveMaximum" : most, number);
}

static void write_item(struct text *text, const struct field *field)
{
    out_raw(text, "items", "");
    if (field->schema != NULL)
        ref(text, field->schema->name);
    else
        text_append_string(text,
                           "{\"type\":\"string\",\"minLength\":1,\"maxLength\":64}");
}

static void write_text_type(struct text *text, const struct field *field)
{
    out_raw(text, "type",
            (field->flags & FIELD_NULL) != 0 ? "[\"string\",\"null\"]" : "\"string\"");
}

#define PLACE_PATTERN "-?[0-9]+([.][0-9]+)?,-?[0-9]+([.][0-9]+)?"

/* As body_read_form takes them; all else in a form is as in JSON. False: FIELD is so. */
static bool write_form_kind(struct text *text, const struct field *field)
{
    if (field->kind != FIELD_POINT && field->kind != FIELD_FROM)
        return false;
    out_text(text, "type", "string");
    out_text(text, "pattern",
             field->kind == FIELD_FROM ? "^(home|work|" PLACE_PATTERN ")$"
                                       : "^" PLACE_PATTERN "$");
    out_raw(text, "examples", "[\"30.7,121.02\"]");
    return true;
}

/* The members that say of what kind a field is. */
static void write_kind(struct text *text, const struct field *field)
{
    static const char place[] = "{\"$ref\":\"#/components/schemas/PlaceIn\"}";
    switch (field->kind) {
    case FIELD_TEXT:
        write_text_type(text, field);
        write_range(text, field, "minLength", "maxLength");
        return;
    case FIELD_INT:
        out_text(text, "type", "integer");
        write_range(text, field, "minimum", "maximum");
        return;
    case FIELD_REAL:
        out_text(text, "type", "number");
        write_range(text, field, "minimum", "maximum");
        return;
    case FIELD_BOOL:
        out_text(text, "type", "boolean");
        return;
    case FIELD_TIME:
        write_text_type(text, field);
        out_text(text, "format", "date-time");
        return;
    case FIELD_CODE:
        out_text(text, "type", "string");
        write_codes(text, field);
        return;
    case FIELD_POINT:
        out_text(text, "$ref", "#/components/schemas/PlaceIn");
        return;
    case FIELD_AUTO_INT:
        out_open(text, "oneOf", '[');
        out_raw(text, NULL, "{\"const\":\"auto\"}");
        out_open(text, NULL, '{');
        out_text(text, "type", "integer");
        write_range(text, field, "minimum", "maximum");
        out_close(text, '}');
        out_close(text, ']');
        return;
    case FIELD_FROM:
        out_open(text, "oneOf", '[');
        out_raw(text, NULL, "{\"enum\":[\"home\",\"work\"]}");
        out_raw(text, NULL, place);
        out_close(text, ']');
        return;
    case FIELD_OBJECT:
        out_text(text, "$ref", "");
        text->size--; /* into the quotes */
        text_appendf(text, "#/components/schemas/%s\"", field->schema->name);
        return;
    case FIELD_LIST:
        out_text(text, "type", "array");
        write_range(text, field, "minItems", "maxItems");
        write_item(text, field);
        return;
    case FIELD_JSON:
        out_text(text, "type", "object");
        return;
    case FIELD_CODES:
        out_text(text, "type", "array");
        out_open(text, "items", '{');
        out_text(text, "type", "string");
        write_codes(text, field);
        out_close(text, '}');
        return;
    }
}

static void write_field(struct text *text, const struct field *field, bool is_form)
{
    out_open(text, field->name, '{');
    if (!is_form || !write_form_kind(text, field)) {
        write_kind(text, field);
        if (field->kind != FIELD_POINT && field->kind != FIELD_OBJECT) {
            out_open(text, "examples", '[');
            out_raw(text, NULL, field->example);
            out_close(text, ']');
        }
    }
    out_text_if(text, "description", field->about);
    out_close(text, '}');
}

/* NAME as in out_open. */
static void write_schema(struct text *text, const char *name, const struct schema *schema,
                         bool is_form)
{
    out_open(text, name, '{');
    out_text(text, "type", "object");
    out_bool(text, "additionalProperties", false);
    out_open(text, "required", '[');
    for (uint32_t i = 0; i < schema->count; i++)
        if ((schema->fields[i].flags & FIELD_REQUIRED) != 0)
            out_text(text, NULL, schema->fields[i].name);
    out_close(text, ']');
    out_open(text, "properties", '{');
    for (uint32_t i = 0; i < schema->count; i++)
        write_field(text, &schema->fields[i], is_form);
    out_close(text, '}');
    out_close(text, '}');
}

/* Whether the body of a route before ROUTE is or holds it, too: then it stands there
 * already. */
static bool is_written(const struct schema *schema, uint32_t route)
{
    for (uint32_t i = 0; i < route; i++) {
        const struct schema *body = routes[i].request;
        if (body == schema)
            return true;
        for (uint32_t k = 0; body != NULL && k < body->count; k++)
            if (body->fields[k].schema == schema)
                return true;
    }
    return false;
}

/* Schemas inside the body first; depth is that of the tables (two). */
static void write_request_schemas(struct text *text, uint32_t route)
{
    const struct schema *schema = routes[route].request;
    for (uint32_t i = 0; i < schema->count; i++)
        if (schema->fields[i].schema != NULL &&
            !is_written(schema->fields[i].schema, route))
            write_schema(text, schema->fields[i].schema->name, schema->fields[i].schema,
                         false);
    write_schema(text, schema->name, schema, false);
}

static void write_components(struct text *text)
{
    out_open(text, "components", '{');
    out_open(text, "schemas", '{');
    for (uint32_t i = 0; i < component_count; i++)
        out_raw(text, components[i].name, components[i].schema);
    out_raw(
        text, "PlaceIn",
        "{\"type\":\"object\",\"additionalProperties\":false,\"required\":[\"lat\","
        "\"lon\"],\"properties\":{\"lat\":{\"type\":\"number\",\"minimum\":-90,"
        "\"maximum\":90},\"lon\":{\"type\":\"number\",\"minimum\":-180,\"maximum\":"
        "180},\"crs\":{\"type\":\"string\",\"enum\":[\"wgs84\",\"gcj02\",\"bd09\"]}}}");
    for (uint32_t i = 0; i < route_count; i++)
        if (routes[i].request != NULL && !is_written(routes[i].request, i))
            write_request_schemas(text, i);
    out_close(text, '}');
    out_raw(text, "responses",
            "{\"Problem\":{\"description\":\"A problem\",\"headers\":{\"Retry-After\":{"
            "\"description\":\"Seconds to wait, with 429 and 503\",\"schema\":{\"type\":"
            "\"integer\"}}},\"content\":{\"application/problem+json\":{\"schema\":{"
            "\"$ref\":\"#/components/schemas/Problem\"}}}}}");
    out_raw(
        text, "securitySchemes",
        "{\"bearer\":{\"type\":\"http\",\"scheme\":\"bearer\",\"description\":\"An API "
        "token\"},\"cookie\":{\"type\":\"apiKey\",\"in\":\"cookie\",\"name\":\"muster\","
        "\"description\":\"A session; changes need the header X-Muster-Csrf. Under TLS "
        "the name is __Host-muster\"}}");
    out_close(text, '}');
}

/* ---- paths ---- */
static void parameter(struct text *text, const char *in, const char *name,
                      bool is_required, const char *schema, const char *about)
{
    out_open(text, NULL, '{');
    out_text(text, "name", name);
    out_text(text, "in", in);
    out_bool(text, "required", is_required);
    out_raw(text, "schema", schema);
    out_text_if(text, "description", about);
    out_close(text, '}');
}

static void write_path_parameter(struct text *text, const char *pattern)
{
    const char *open = strchr(pattern, '{');
    if (open == NULL)
        return;
    char name[32];
    (void)snprintf(name, sizeof name, "%.*s", (int)strcspn(open + 1, "}"), open + 1);
    parameter(text, "path", name, true,
              strcmp(name, "id") == 0 ? "{\"type\":\"integer\",\"minimum\":1}"
                                      : "{\"type\":\"string\"}",
              NULL);
}

/* What the parameters of a query are: of one operation (its id), or, behind those, of all
 * that have the name. */
static const struct query_about {
    const char *id, *name;
    bool is_required;
    const char *schema, *about;
} query_abouts[] = {
#define TEXT "{\"type\":\"string\"}"
#define FLAG "{\"type\":\"boolean\"}"
#define DAY "{\"type\":\"string\",\"format\":\"date\"}"
#define NUMBER "{\"type\":\"integer\",\"minimum\":"
    {"listIncidents", "state", false, "{\"enum\":[\"running\",\"closed\",\"all\"]}",
     "Absent: all"},
    {"listResponses", "state", false, "{\"enum\":[\"proposed\",\"running\",\"ended\"]}",
     "Absent: all"},
    {"listCourses", "state", false, "{\"enum\":[\"planned\",\"held\",\"cancelled\"]}",
     "Absent: all"},
    {"listFindings", "state", false,
     "{\"enum\":[\"open\",\"working\",\"solved\",\"checked\",\"dropped\"]}",
     "Absent: all"},
    {"getCoverage", "kind", false, TEXT,
     "Kinds of site, commas between; absent: all but homes"},
    {NULL, "kind", false, TEXT, "A kind of site; absent: all but homes"},
    {NULL, "area", false, TEXT, "The code of an area, and what lies below it"},
    {NULL, "organisation", false, TEXT, "The name of an organisation"},
    {NULL, "lapses_within", false, NUMBER "0,\"maximum\":366}",
     "Days: whose certificates are missing or end by then"},
    {NULL, "dry_run", false, FLAG, "true: only says what would change"},
    {NULL, "retire_missing", false, FLAG, "true: who is not in the file leaves"},
    {NULL, "retire_most", false, FLAG, "true: even if that is more than half"},
    {"getOwnService", "from", false, DAY, "The first day"},
    {"getOwnService", "to", false, DAY, "The last day"},
    {NULL, "from", true, DAY, "The first day"},
    {NULL, "to", true, DAY, "The last day"},
    {NULL, "lang", false, "{\"enum\":[\"zh\",\"en\"]}", "The language"},
    {NULL, "exercise", false, FLAG, "true: those of exercises"},
    {"listWarnings", "whole", false, FLAG,
     "true: also those that are over, the newest 200"},
    {NULL, "class", false, "{\"enum\":[\"main\",\"minor\"]}", "Absent: all roads"},
    {NULL, "box", false, TEXT, "WEST,SOUTH,EAST,NORTH in degrees"},
    {NULL, "incident", false, NUMBER "1}", "Those of this incident alone"},
    {NULL, "at", true, TEXT, "LAT,LON in degrees (WGS-84)"},
    {NULL, "mode", false, "{\"enum\":[\"foot\",\"bike\",\"car\"]}", "How one travels"},
    {"getCoverage", "minutes", false, NUMBER "1,\"maximum\":240}", "Absent: 15"},
    {NULL, "minutes", false, TEXT, "1 to 240, at most 12 with commas between: 5,10,15"},
    {NULL, "direction", false, "{\"enum\":[\"from\",\"to\"]}",
     "from: how far one comes from there; to: from where one gets there. Absent: to for "
     "a "
     "circle, from for what all sites cover"},
    {NULL, "propose", false, NUMBER "0,\"maximum\":10}", "How many new sites"},
    {NULL, "spoken", false, FLAG, "true: without those that only a machine reads"},
    {NULL, "since", false, NUMBER "0}",
     "The position of the answer before: who has changed since"},
    {NULL, "elsewhere", false, FLAG, "true: only on incidents that one may not read"},
    {NULL, "saved", false, TEXT, "Present: the page says that it is saved"},
    {NULL, "within", false, TEXT, "The code of an area"},
#undef TEXT
#undef FLAG
#undef DAY
#undef NUMBER
};

static void write_query(struct text *text, const struct route *route, const char *name)
{
    for (size_t i = 0; i < COUNT_OF(query_abouts); i++) {
        const struct query_about *query = &query_abouts[i];
        if (strcmp(query->name, name) != 0 ||
            (query->id != NULL && strcmp(query->id, route->id) != 0))
            continue;
        parameter(text, "query", name, query->is_required, query->schema, query->about);
        return;
    }
    assert(!"a query that says nothing of itself");
}

/* What the telephone gateway signs with: its two headers (docs/formats/gateway.md). */
static void write_signature(struct text *text)
{
    parameter(text, "header", "X-Muster-Timestamp", true, "{\"type\":\"integer\"}",
              "Seconds since 1970, within five minutes of the clock here");
    parameter(text, "header", "X-Muster-Signature", true, "{\"type\":\"string\"}",
              "sha256= and the HMAC-SHA256 of TIMESTAMP.BODY under the secret, in hex");
}

static void write_parameters(struct text *text, const struct route *route)
{
    out_open(text, "parameters", '[');
    write_path_parameter(text, route->pattern);
    for (const char *at = route->queries; at != NULL && *at != '\0';) {
        char name[32];
        const size_t size = strcspn(at, " ");
        (void)snprintf(name, sizeof name, "%.*s", (int)size, at);
        write_query(text, route, name);
        at += size;
        at += strspn(at, " ");
    }
    if (strncmp(route->pattern, "/api/v1/gateway/", 16) == 0)
        write_signature(text);
    if ((route->flags & ROUTE_CURSOR) != 0) {
        parameter(text, "query", "cursor", false, "{\"type\":\"string\"}",
                  "From the Link header of the page before");
        parameter(text, "query", "limit", false, "{\"type\":\"integer\",\"minimum\":1}",
                  "So many a page; more than the list gives is 422 and says how many");
    }
    if ((route->flags & ROUTE_IDEMPOTENT) != 0)
        parameter(text, "header", "Idempotency-Key", false,
                  "{\"type\":\"string\",\"maxLength\":255}",
                  "The same key with the same body has one effect and one answer");
    if ((route->flags & ROUTE_IF_MATCH) != 0)
        parameter(text, "header", "If-Match", true, "{\"type\":\"string\"}",
                  "The ETag that GET gave, or *; 428 without it");
    if ((route->flags & ROUTE_FRESH) != 0)
        parameter(text, "header", "If-None-Match", false, "{\"type\":\"string\"}",
                  "The ETag of what is there; 304 if it is still so");
    if (route->may != MAY_PUBLIC && strcmp(route->method, "GET") != 0)
        parameter(text, "header", "X-Muster-Csrf", false, "{\"type\":\"string\"}",
                  "The csrf of the sign-in: wanted with the cookie, not with a token");
    if (route->response != NULL && strcmp(route->response, "text/event-stream") == 0)
        parameter(
            text, "header", "Last-Event-ID", false,
            "{\"type\":\"integer\",\"minimum\":0}",
            "Go on behind this event; if too much has passed, the first is a resync");
    out_close(text, ']');
}

static const char csv_example[] = "number,name,lat,lon\nV001,Ann,30.7,121.02\n";
static const char cap_example[] =
    "<alert xmlns=\"urn:oasis:names:tc:emergency:cap:1.2\"><identifier>1</identifier>"
    "<sender>weather.example.org</sender><sent>2026-11-23T03:00:00+08:00</sent>"
    "<status>Exercise</status><msgType>Alert</msgType><scope>Public</scope><info>"
    "<language>zh-CN</language><category>Met</category><event>暴雨</event>"
    "<urgency>Expected</urgency><severity>Severe</severity><certainty>Likely</certainty>"
    "<headline>暴雨橙色预警</headline><area><areaDesc>平湖市</areaDesc><geocode>"
    "<valueName>division</valueName><value>330482000000</value></geocode></area></info>"
    "</alert>";

static void write_file_body(struct text *text, const struct route *route)
{
    const bool is_cap = (route->flags & ROUTE_CAP) != 0;
    out_open(text, "requestBody", '{');
    out_bool(text, "required", true);
    out_open(text, "content", '{');
    out_open(text, route_file_type(route), '{');
    out_raw(text, "schema", "{\"type\":\"string\"}");
    out_text(text, "example", is_cap ? cap_example : csv_example);
    out_close(text, '}');
    out_close(text, '}');
    out_close(text, '}');
}

static void write_body(struct text *text, const struct route *route)
{
    if (route_file_type(route) != NULL)
        write_file_body(text, route);
    if (route->request == NULL)
        return;
    out_open(text, "requestBody", '{');
    out_bool(text, "required", route->request->count > 0);
    out_open(text, "content", '{');
    out_open(text, "application/json", '{');
    out_raw(text, "schema", "");
    ref(text, route->request->name);
    out_raw(text, "example", route->request->example);
    out_close(text, '}');
    if (route->refuse_form != NULL) {
        out_open(text, "application/x-www-form-urlencoded", '{');
        write_schema(text, "schema", route->request, true);
        out_close(text, '}');
    }
    out_close(text, '}');
    out_close(text, '}');
}

static const struct component *find_component(const char *name)
{
    for (uint32_t i = 0; i < component_count; i++)
        if (strcmp(components[i].name, name) == 0)
            return &components[i];
    return NULL;
}

static void write_header(struct text *text, const char *name, const char *about)
{
    out_open(text, name, '{');
    out_text(text, "description", about);
    out_raw(text, "schema", "{\"type\":\"string\"}");
    out_close(text, '}');
}

static void write_headers(struct text *text, const struct route *route)
{
    if ((route->flags & (ROUTE_CURSOR | ROUTE_ETAG)) == 0)
        return;
    out_open(text, "headers", '{');
    if ((route->flags & ROUTE_CURSOR) != 0)
        write_header(text, "Link", "The next page, rel=next; absent on the last one");
    if ((route->flags & ROUTE_ETAG) != 0)
        write_header(text, "ETag", "Of what was answered");
    out_close(text, '}');
}

static void write_content(struct text *text, const struct route *route)
{
    const struct component *component = find_component(route->response);
    out_open(text, "content", '{');
    out_open(text, component == NULL ? route->response : "application/json", '{');
    out_raw(text, "schema", "");
    if (component == NULL && strcmp(route->response, "text/event-stream") == 0) {
        text_append_string(text, "{\"type\":\"string\"}");
        out_text(text, "example",
                 "id: 4711\nevent: change\ndata: {\"position\":4711,\"incident\":12,"
                 "\"kind\":\"callout.filled\",\"need\":14,\"callout\":15}\n\n");
    } else if (component == NULL) {
        text_append_string(text, "{}");
    } else {
        ref(text, component->name);
        out_raw(text, "example", component->example);
    }
    out_close(text, '}');
    if ((route->flags & ROUTE_PAGE) != 0)
        out_raw(text, "text/html", "{\"schema\":{}}");
    out_close(text, '}');
}

static void write_success(struct text *text, const struct route *route)
{
    char status[8];
    (void)snprintf(status, sizeof status, "%d", route->status);
    out_open(text, status, '{');
    out_text(text, "description", route->summary);
    write_headers(text, route);
    if (route->response != NULL)
        write_content(text, route);
    out_close(text, '}');
    if ((route->flags & ROUTE_FRESH) != 0)
        out_raw(text, "304", "{\"description\":\"As it was with that ETag\"}");
    if (route->refuse_form == NULL)
        return;
    out_open(text, "303", '{');
    out_text(text, "description", "A form was taken");
    out_open(text, "headers", '{');
    write_header(text, "Location", "The page to show");
    out_close(text, '}');
    out_close(text, '}');
}

static void write_operation(struct text *text, const struct route *route)
{
    static const struct {
        const char *method, *key;
    } keys[] = {{"GET", "get"},
                {"POST", "post"},
                {"PUT", "put"},
                {"PATCH", "patch"},
                {"DELETE", "delete"}};
    const char *key = NULL;
    for (size_t i = 0; i < COUNT_OF(keys); i++)
        if (strcmp(keys[i].method, route->method) == 0)
            key = keys[i].key;
    out_open(text, key, '{');
    out_text(text, "operationId", route->id);
    out_text(text, "summary", route->summary);
    out_open(text, "tags", '[');
    out_text(text, NULL, route->tag);
    out_close(text, ']');
    if (route->may == MAY_PUBLIC)
        out_raw(text, "security", "[]");
    write_parameters(text, route);
    write_body(text, route);
    out_open(text, "responses", '{');
    write_success(text, route);
    out_raw(text, "4XX", "{\"$ref\":\"#/components/responses/Problem\"}");
    out_raw(text, "5XX", "{\"$ref\":\"#/components/responses/Problem\"}");
    out_close(text, '}');
    out_close(text, '}');
}

static bool is_first_of_pattern(uint32_t index)
{
    for (uint32_t i = 0; i < index; i++)
        if (strcmp(routes[i].pattern, routes[index].pattern) == 0)
            return false;
    return true;
}

int openapi_make(struct text *ret)
{
    text_clear(ret);
    text_append_string(ret, "{");
    out_text(ret, "openapi", "3.1.0");
    out_raw(
        ret, "info",
        "{\"title\":\"muster\",\"version\":\"1\",\"description\":\"Trained volunteers "
        "to an incident: incidents, needs, call-outs, answers, assignments.\","
        "\"license\":{\"name\":\"Apache-2.0\",\"identifier\":\"Apache-2.0\"}}");
    out_raw(ret, "servers", "[{\"url\":\"/\",\"description\":\"this instance\"}]");
    out_raw(ret, "security", "[{\"bearer\":[]},{\"cookie\":[]}]");
    out_open(ret, "tags", '[');
    static const char *const tags[] = {
        "instance",  "sessions",  "lists",    "people",      "map",      "responses",
        "courses",   "readiness", "desks",    "warnings",    "closures", "drills",
        "incidents", "needs",     "callouts", "assignments", "live",     "volunteer"};
    for (size_t i = 0; i < COUNT_OF(tags); i++) {
        out_open(ret, NULL, '{');
        out_text(ret, "name", tags[i]);
        out_text(ret, "description", tags[i]);
        out_close(ret, '}');
    }
    out_close(ret, ']');
    out_open(ret, "paths", '{');
    for (uint32_t i = 0; i < route_count; i++) {
        if ((routes[i].flags & ROUTE_HIDDEN) != 0 || !is_first_of_pattern(i))
            continue;
        out_open(ret, routes[i].pattern, '{');
        for (uint32_t k = i; k < route_count; k++)
            if (strcmp(routes[k].pattern, routes[i].pattern) == 0)
                write_operation(ret, &routes[k]);
        out_close(ret, '}');
    }
    out_close(ret, '}');
    write_components(ret);
    out_close(ret, '}');
    return ret->status;
}

void openapi_get(struct call *call)
{
    call_header(call, "Cache-Control", "no-cache");
    http_respond_static(call->request, 200, "application/json", call->api->openapi,
                        call->api->openapi_size);
}
