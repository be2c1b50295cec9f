/* SPDX-License-Identifier: Apache-2.0 */
#include "main/settings.h"

#include "base/status.h"
#include "channel/wording.h"
#include "crowd/person_field.h"
#include "loop/names.h"
#include "plan/plan.h"
#include "store/people.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ZONES "/usr/share/zoneinfo"

bool settings_has_zones(void)
{
    return access(ZONES, F_OK) == 0;
}

/* A zone without a file counts as UTC for the C library, which says nothing. */
static int check_zone(const struct config *config, struct diag *reterr)
{
    char path[sizeof ZONES + 1 + CONFIG_VALUE_MAX];
    struct stat found;
    (void)snprintf(path, sizeof path, ZONES "/%s", config->zone);
    if (strcmp(config->zone, "UTC") == 0 || !settings_has_zones() ||
        (stat(path, &found) == 0 && S_ISREG(found.st_mode)))
        return ST_OK;
    return diag_set(reterr, ST_INVALID, config_line(config, "zone"), 0, "zone",
                    "there is no time zone %s; write one like Asia/Shanghai",
                    config->zone);
}

int settings_ladder(const struct config *config, struct loop_config *ret,
                    struct diag *reterr)
{
    const uint32_t line = config_line(config, "channels");
    char list[CONFIG_VALUE_MAX + 1];
    (void)snprintf(list, sizeof list, "%s", config->channels);
    char *rest = list;
    ret->ladder_count = 0;
    for (char *word; (word = strsep(&rest, " ,")) != NULL;) {
        if (*word == '\0')
            continue;
        if (ret->ladder_count == LOOP_CHANNELS_MAX)
            return diag_set(reterr, ST_LIMIT, line, 0, "channels",
                            "more than %d channels", LOOP_CHANNELS_MAX);
        enum channel_kind kind;
        if (!channel_kind_parse(word, &kind))
            return diag_set(reterr, ST_INVALID, line, 0, "channels", "%s is none of %s",
                            word, channel_kind_list());
        for (int32_t i = 0; i < ret->ladder_count; i++)
            if (ret->ladder[i] == kind)
                return diag_set(reterr, ST_INVALID, line, 0, "channels",
                                "%s stands there twice", word);
        ret->ladder[ret->ladder_count++] = kind;
    }
    if (ret->ladder_count == 0)
        return diag_set(reterr, ST_INVALID, line, 0, "channels",
                        "is empty, so nobody could be alerted: write file, email or "
                        "webhook");
    return ST_OK;
}

/* VALUE is SCHEME:// or SCHEMEs:// and a host. */
static int check_url(const struct config *config, const char *key, const char *value,
                     const char *scheme, struct diag *reterr)
{
    const size_t size = strlen(scheme);
    bool is_good = strncmp(value, scheme, size) == 0;
    if (is_good) {
        const char *rest = value + size + (value[size] == 's');
        is_good = strncmp(rest, "://", 3) == 0 && strcspn(rest + 3, "/:?") > 0 &&
                  strpbrk(value, " \t\"<>\\") == NULL;
    }
    if (is_good)
        return ST_OK;
    return diag_set(reterr, ST_INVALID, config_line(config, key), 0, key,
                    "is %s: write %s://HOST or %ss://HOST",
                    value[0] == '\0' ? "empty, but something is to be sent there"
                                     : "no address",
                    scheme, scheme);
}

/* The sender of every mail: without one none could be written. */
static int check_sender(const struct config *config, struct diag *reterr)
{
    const char *from = config->smtp_from;
    if (from[0] != '\0' && person_judge_email(from) == NULL)
        return ST_OK;
    return diag_set(reterr, ST_INVALID, config_line(config, "smtp_from"), 0, "smtp_from",
                    "is no e-mail address: write the sender's, like muster@mail.example");
}

/* Push services want to know whom to tell if something goes wrong. */
static int check_push(const struct config *config, struct diag *reterr)
{
    const char *contact = config->push_contact;
    if (strncmp(contact, "https://", 8) == 0)
        return check_url(config, "push_contact", contact, "http", reterr);
    if (contact[0] != '\0' && person_judge_email(contact) == NULL)
        return ST_OK;
    return diag_set(reterr, ST_INVALID, config_line(config, "push_contact"), 0,
                    "push_contact",
                    "is no e-mail address and no https:// address: write whom a push "
                    "service can ask, like muster@mail.example");
}

/* Of those that something is sent to. */
static int check_urls(struct config *config, struct diag *reterr)
{
    struct loop_config loop;
    bool mails = config->heads_email[0] != '\0', posts = false, calls = false,
         pushes = false;
    int status = settings_ladder(config, &loop, reterr);
    for (int32_t i = 0; status == ST_OK && i < loop.ladder_count; i++) {
        mails = mails || loop.ladder[i] == CHANNEL_EMAIL;
        posts = posts || loop.ladder[i] == CHANNEL_WEBHOOK;
        calls = calls || wording_is_telephone(loop.ladder[i]);
        pushes = pushes || loop.ladder[i] == CHANNEL_PUSH;
    }
    if (status == ST_OK && mails)
        status = check_url(config, "smtp_url", config->smtp_url, "smtp", reterr);
    if (status == ST_OK && mails)
        status = check_sender(config, reterr);
    if (status == ST_OK && posts)
        status = check_url(config, "webhook_url", config->webhook_url, "http", reterr);
    if (status == ST_OK && calls)
        status = check_url(config, "gateway_url", config->gateway_url, "http", reterr);
    if (status == ST_OK && pushes)
        status = check_push(config, reterr);
    if (status == ST_OK && config->heads_url[0] != '\0')
        status = check_url(config, "heads_url", config->heads_url, "http", reterr);
    if (status != ST_OK || config->public_url[0] == '\0')
        return status;
    status = check_url(config, "public_url", config->public_url, "http", reterr);
    for (size_t n = strlen(config->public_url);
         status == ST_OK && config->public_url[n - 1] == '/';)
        config->public_url[--n] = '\0';
    return status;
}

static int check_gateway_language(const struct config *config, struct diag *reterr)
{
    const char *language = config->gateway_language;
    if (strcmp(language, "zh") == 0 || strcmp(language, "en") == 0)
        return ST_OK;
    return diag_set(reterr, ST_INVALID, config_line(config, "gateway_language"), 0,
                    "gateway_language", "is neither zh nor en: %s", language);
}

/* To be pressed on a telephone. */
static int check_duty_phone(const struct config *config, struct diag *reterr)
{
    const char *phone = config->duty_phone;
    if (strlen(phone) <= PERSON_PHONE_MAX &&
        strspn(phone, "0123456789+-() ") == strlen(phone))
        return ST_OK;
    return diag_set(reterr, ST_INVALID, config_line(config, "duty_phone"), 0,
                    "duty_phone", "is no telephone number: at most %d digits, + and -",
                    PERSON_PHONE_MAX);
}

int settings_read(struct config *config, const char *path, struct diag *reterr)
{
    int status = config_read(config, path, reterr);
    if (status != ST_OK)
        return status;
    enum plan_policy policy;
    status = check_zone(config, reterr);
    if (status == ST_OK)
        status = check_urls(config, reterr);
    if (status == ST_OK)
        status = check_duty_phone(config, reterr);
    if (status == ST_OK)
        status = check_gateway_language(config, reterr);
    if (status == ST_OK && !plan_policy_parse(config->plan_policy, &policy))
        status = diag_set(reterr, ST_INVALID, config_line(config, "plan_policy"), 0,
                          "plan_policy", "is none of waves, one_wave, top_up: %s",
                          config->plan_policy);
    return diag_in_file(reterr, status, path);
}
