/* SPDX-License-Identifier: Apache-2.0 */
/* The demo's mailbox: the newest messages that the file channel wrote. Loopback only. */
#include "api/handlers.h"
#include "api/internal.h"
#include "base/file.h"

#include <dirent.h>
#include <jansson.h>
#include <stdio.h>
#include <sys/stat.h>

#define MAIL_SHOWN_MAX 200
#define MAIL_FOLDER_MAX 100000
#define MAIL_SIZE_MAX 65536

/* The highest ids of files named ID.json, descending; ids grow with time. */
static uint32_t newest(DIR *folder, int64_t *ret_ids)
{
    uint32_t count = 0;
    const struct dirent *entry;
    for (uint32_t i = 0; i < MAIL_FOLDER_MAX && (entry = readdir(folder)) != NULL; i++) {
        char name[32];
        int64_t id;
        const size_t size = strlen(entry->d_name);
        if (size < 6 || size > sizeof name ||
            strcmp(entry->d_name + size - 5, ".json") != 0)
            continue;
        memcpy(name, entry->d_name, size - 5);
        name[size - 5] = '\0';
        if (!text_to_int64(name, 1, INT64_MAX, &id))
            continue;
        uint32_t at = count < MAIL_SHOWN_MAX ? count++ : MAIL_SHOWN_MAX;
        for (; at > 0 && ret_ids[at - 1] < id; at--)
            if (at < MAIL_SHOWN_MAX)
                ret_ids[at] = ret_ids[at - 1];
        if (at < MAIL_SHOWN_MAX)
            ret_ids[at] = id;
    }
    return count;
}

static void write_mail(struct text *text, const char *path)
{
    AUTO_FREE char *data = NULL;
    size_t size;
    struct diag diag;
    struct stat status;
    if (file_read(path, MAIL_SIZE_MAX, &data, &size, &diag) != 0)
        return;
    json_t *mail = json_loadb(data, size, 0, NULL);
    if (!json_is_object(mail)) {
        json_decref(mail);
        return;
    }
    if (stat(path, &status) == 0 && json_object_get(mail, "at") == NULL) {
        struct text at;
        text_init(&at, 64);
        out_time_if(&at, NULL,
                    (int64_t)status.st_mtim.tv_sec * 1000 +
                        status.st_mtim.tv_nsec / 1000000);
        json_t *value = json_loads(text_string(&at), JSON_DECODE_ANY, NULL);
        json_object_set_new(mail, "at", value == NULL ? json_null() : value);
        text_release(&at);
    }
    char *whole = json_dumps(mail, JSON_COMPACT);
    if (whole != NULL)
        out_raw(text, NULL, whole);
    json_free_t release;
    json_get_alloc_funcs(NULL, &release);
    release(whole);
    json_decref(mail);
}

void mailbox_get(struct call *call)
{
    struct api *api = call->api;
    if (api->settings.mailbox_page == 0) {
        call_error(call, 404, "there is no such address");
        return;
    }
    struct text text;
    text_init(&text, CALL_ANSWER_MAX);
    out_open(&text, NULL, '{');
    out_open(&text, "items", '[');
    char path[4096];
    (void)snprintf(path, sizeof path, "%s/mailbox", api->config.dir);
    DIR *folder = opendir(path);
    if (folder != NULL) {
        int64_t ids[MAIL_SHOWN_MAX];
        const uint32_t count = newest(folder, ids);
        closedir(folder);
        for (uint32_t i = 0; i < count; i++) {
            (void)snprintf(path, sizeof path, "%s/mailbox/%lld.json", api->config.dir,
                           (long long)ids[i]);
            write_mail(&text, path);
        }
    }
    out_close(&text, ']');
    out_close(&text, '}');
    call_json(call, 200, &text);
}
