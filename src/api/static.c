/* SPDX-License-Identifier: Apache-2.0 */
/* The console's files, linked into the program. A path without a file that looks like a
 * page of the console gets index.html; the console's own router takes it from there. */
#include "api/assets.h"
#include "api/internal.h"
#include "api/pack.h"

#include <stdio.h>

/* No script and no style stands inside the pages; the map's worker is a file of its own.
 */
#define CONTENT_POLICY                                                                   \
    "default-src 'none'; script-src 'self'; style-src 'self'; worker-src 'self';"        \
    " img-src 'self' data: blob:; connect-src 'self'; manifest-src 'self';"              \
    " base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

#define PACK_MIN 1024

static const struct {
    const char *ending, *type;
} types[] = {
    {".html", "text/html; charset=utf-8"},
    {".js", "text/javascript; charset=utf-8"},
    {".mjs", "text/javascript; charset=utf-8"},
    {".css", "text/css; charset=utf-8"},
    {".json", "application/json"},
    {".map", "application/json"},
    {".webmanifest", "application/manifest+json"},
    {".svg", "image/svg+xml"},
    {".png", "image/png"},
    {".ico", "image/x-icon"},
    {".woff2", "font/woff2"},
    {".pbf", "application/x-protobuf"},
    {".txt", "text/plain; charset=utf-8"},
};

static const char *type_of(const char *path)
{
    const size_t size = strlen(path);
    for (size_t i = 0; i < COUNT_OF(types); i++) {
        const size_t ending = strlen(types[i].ending);
        if (size > ending && strcmp(path + size - ending, types[i].ending) == 0)
            return types[i].type;
    }
    return "application/octet-stream";
}

static const struct asset *find(const struct api *api, const char *path)
{
    unsigned low = 0, high = api->asset_count;
    while (low < high) {
        const unsigned middle = low + (high - low) / 2;
        const int order = strcmp(api->assets[middle].path, path);
        if (order == 0)
            return &api->assets[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

/* name-1A2B3C4D.js: a name with its content's hash never changes its content. */
static bool is_hashed(const char *path)
{
    const char *name = strrchr(path, '/');
    const char *dash = name == NULL ? NULL : strrchr(name, '-');
    const char *dot = dash == NULL ? NULL : strchr(dash, '.');
    return dot != NULL && dot - dash == 9;
}

/* A volunteer's line is slow, and nothing is shown before the styles are there: from page
 * to page of one evening they are not asked for again. The console's files, which belong
 * together, are looked at each time. */
static const char *cache_of(const char *path)
{
    if (is_hashed(path))
        return "public, max-age=31536000, immutable";
    return strncmp(path, "/assets/page.", 13) == 0 ? "public, max-age=3600" : "no-cache";
}

/* A page of the console: no dot in its last part. */
static bool is_page(const char *path)
{
    const char *name = strrchr(path, '/');
    return name != NULL && strchr(name, '.') == NULL && strncmp(path, "/assets/", 8) != 0;
}

void static_headers(struct call *call)
{
    call_header(call, "Content-Security-Policy", CONTENT_POLICY);
    call_header(call, "Referrer-Policy", "no-referrer");
    call_header(call, "X-Frame-Options", "DENY");
    call_header(call, "Permissions-Policy",
                "geolocation=(self), camera=(), microphone=()");
    call_header(call, "Cross-Origin-Opener-Policy", "same-origin");
}

/* Texts, not pictures and fonts: those are packed already. */
static bool is_text(const char *type)
{
    return strncmp(type, "text/", 5) == 0 || strncmp(type, "application/", 12) == 0 ||
           strcmp(type, "image/svg+xml") == 0;
}

/* The asset as gzip, made when it is asked for first; NULL if it is not worth it. */
static const struct packed *pack(struct api *api, const struct asset *asset)
{
    struct packed *packed = &api->packed[asset - api->assets];
    if (packed->data == NULL && !packed->is_tried) {
        packed->is_tried = true;
        if (asset->size > PACK_MIN && is_text(type_of(asset->path)) &&
            pack_gzip(asset->data, asset->size, PACK_WELL, &packed->data,
                      &packed->size) != 0)
            packed->data = NULL; /* sent as it is */
    }
    return packed->data == NULL ? NULL : packed;
}

static void send_asset(struct call *call, const struct asset *asset)
{
    char etag[24];
    (void)snprintf(etag, sizeof etag, "W/\"a%x\"", pack_sum(asset->data, asset->size));
    static_headers(call);
    call_header(call, "ETag", etag);
    call_header(call, "Vary", "Accept-Encoding");
    call_header(call, "Cache-Control", cache_of(asset->path));
    const char *match = http_header(call->request, "If-None-Match");
    if (match != NULL && strstr(match, etag) != NULL) {
        call_empty(call, 304);
        return;
    }
    const struct packed *packed =
        pack_is_accepted(http_header(call->request, "Accept-Encoding"))
            ? pack(call->api, asset)
            : NULL;
    const char *type = type_of(asset->path);
    if (packed != NULL) {
        call_header(call, "Content-Encoding", "gzip");
        http_respond_static(call->request, 200, type, packed->data, packed->size);
    } else {
        http_respond_static(call->request, 200, type, asset->data, asset->size);
    }
}

void static_serve(struct call *call, const char *path)
{
    const char *method = http_method(call->request);
    const struct asset *asset = find(call->api, path);
    if (asset == NULL && is_page(path))
        asset = find(call->api, "/index.html");
    if (asset == NULL) {
        call_error(call, 404, "there is no such address");
        return;
    }
    if (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0) {
        call_header(call, "Allow", "GET, HEAD");
        call_error(call, 405, "this address answers to GET, HEAD");
        return;
    }
    send_asset(call, asset);
}
