/* SPDX-License-Identifier: Apache-2.0 */
/* The rules that the schema cannot say: what elements owe one another. */
#include "base/mem.h"
#include "base/status.h"
#include "intake/cap_internal.h"

#include <math.h>
#include <string.h>

/* Names of geocodes that promise a division of China. */
static bool is_about_divisions(const char *name)
{
    static const char *const words[] = {"CPEAS", "GB/T 2260", "区划"};
    for (size_t i = 0; i < COUNT_OF(words); i++)
        if (strstr(name, words[i]) != NULL)
            return true;
    return false;
}

int cap_check_geocode(struct cap_reader *r, void *object)
{
    const struct cap_value *geocode = object;
    if (is_about_divisions(geocode->name) && cap_division(geocode) == NULL)
        return cap_fail(r, ST_INVALID,
                        "is no division code of 6, 9 or 12 digits: \"%.60s\"",
                        geocode->value);
    return ST_OK;
}

int cap_check_area(struct cap_reader *r, void *object)
{
    (void)object;
    if (isnan(r->ceiling))
        return ST_OK;
    if (isnan(r->altitude))
        return cap_fail(r, ST_INVALID, "has a ceiling without an altitude");
    if (r->ceiling <= r->altitude)
        return cap_fail(r, ST_INVALID, "has a ceiling that is not above the altitude");
    return ST_OK;
}

int cap_check_info(struct cap_reader *r, void *object)
{
    const struct cap_info *info = object;
    if (info->effective_ms != 0 && info->expires_ms != 0 &&
        info->expires_ms < info->effective_ms)
        return cap_fail(r, ST_INVALID, "expires before it is effective");
    return ST_OK;
}

static int check_scope(struct cap_reader *r, const struct cap_alert *alert)
{
    const bool is_restricted = alert->scope == CAP_SCOPE_RESTRICTED;
    if (is_restricted && !r->has_restriction)
        return cap_fail(r, ST_INVALID, "is Restricted in scope, but has no restriction");
    if (!is_restricted && r->has_restriction)
        return cap_fail(r, ST_INVALID,
                        "has a restriction, but is not Restricted in scope");
    if (alert->scope == CAP_SCOPE_PRIVATE && !r->has_addresses)
        return cap_fail(r, ST_INVALID, "is Private in scope, but has no addresses");
    return ST_OK;
}

/* Whether all that the alert says is that something is over. */
static bool is_all_clear(const struct cap_alert *alert)
{
    for (uint32_t i = 0; i < alert->info_count; i++)
        if (alert->infos[i].responses != 1u << CAP_RESPONSE_ALL_CLEAR)
            return alert->type == CAP_TYPE_CANCEL;
    return alert->type == CAP_TYPE_CANCEL || alert->info_count > 0;
}

/* Macao's weather bureau lets an all-clear refer to itself: the alert that is over has
 * the same identifier. */
static int check_reference(struct cap_reader *r, const struct cap_alert *alert,
                           const struct cap_reference *reference)
{
    if (reference->sent_ms > alert->sent_ms)
        return cap_fail(r, ST_INVALID, "name an alert that was sent later: \"%.60s\"",
                        reference->identifier);
    if (strcmp(reference->sender, alert->sender) != 0 ||
        strcmp(reference->identifier, alert->identifier) != 0)
        return ST_OK;
    if (reference->sent_ms == alert->sent_ms && !is_all_clear(alert))
        return cap_fail(r, ST_INVALID, "name the alert itself");
    cap_warn(r, CAP_WARNING_SELF_REFERENCE);
    return ST_OK;
}

int cap_check_alert(struct cap_reader *r, void *object)
{
    const struct cap_alert *alert = object;
    if (check_scope(r, alert) != ST_OK)
        return r->status;
    if (alert->type != CAP_TYPE_ALERT && alert->reference_count == 0)
        return cap_fail(r, ST_INVALID,
                        "is of msgType %s, but names no alert in references",
                        cap_word(CAP_LIST_TYPE, alert->type));
    if (alert->reference_count > 0)
        r->at = r->references_at;
    for (uint32_t i = 0; i < alert->reference_count; i++)
        if (check_reference(r, alert, &alert->references[i]) != ST_OK)
            return r->status;
    return ST_OK;
}
