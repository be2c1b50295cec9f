/* SPDX-License-Identifier: Apache-2.0 */
/* The grammar of CAP as tables, in the order of the schema (CAP-v1.2.xsd; that of 1.1
 * differs in mimeType alone), and the structs that its elements become. */
#include "base/mem.h"
#include "base/status.h"
#include "intake/cap_internal.h"

#include <math.h>
#include <stddef.h>

static int add_value(struct cap_reader *r, const struct cap_element *element,
                     void *parent, void **ret)
{
    struct cap_values *values = (void *)((char *)parent + element->offset);
    if (cap_grow(r, &values->items, &values->capacity, values->count,
                 sizeof *values->items, CAP_VALUES_MAX) != ST_OK)
        return r->status;
    struct cap_value *value = &values->items[values->count++];
    *value = (struct cap_value){"", ""};
    *ret = value;
    return ST_OK;
}

static int add_area(struct cap_reader *r, const struct cap_element *element, void *parent,
                    void **ret)
{
    (void)element;
    struct cap_info *info = parent;
    if (cap_grow(r, &info->areas, &info->area_capacity, info->area_count,
                 sizeof *info->areas, CAP_AREAS_MAX) != ST_OK)
        return r->status;
    struct cap_area *area = &info->areas[info->area_count++];
    *area = (struct cap_area){.description = ""};
    polygon_init(&area->polygon);
    r->altitude = r->ceiling = NAN;
    *ret = area;
    return ST_OK;
}

static int add_info(struct cap_reader *r, const struct cap_element *element, void *parent,
                    void **ret)
{
    (void)element;
    struct cap_alert *alert = parent;
    if (cap_grow(r, &alert->infos, &alert->info_capacity, alert->info_count,
                 sizeof *alert->infos, CAP_INFOS_MAX) != ST_OK)
        return r->status;
    struct cap_info *info = &alert->infos[alert->info_count++];
    *info = (struct cap_info){.language = "en-US",
                              .event = "",
                              .sender_name = "",
                              .headline = "",
                              .description = "",
                              .instruction = "",
                              .web = "",
                              .contact = ""};
    *ret = info;
    return ST_OK;
}

#define VALUE(field) offsetof(struct cap_value, field)
#define AREA(field) offsetof(struct cap_area, field)
#define INFO(field) offsetof(struct cap_info, field)
#define ALERT(field) offsetof(struct cap_alert, field)

/* Rows: an element that is only checked, one that is taken, one that is a word of a list,
 * one with elements of its own. */
#define UNUSED(name, flags)                                                              \
    {                                                                                    \
        name, flags, NULL, 0, 0, NULL                                                    \
    }
#define TEXT(name, flags, take, offset)                                                  \
    {                                                                                    \
        name, flags, cap_take_##take, offset, 0, NULL                                    \
    }
#define WORD(name, flags, take, offset, list)                                            \
    {                                                                                    \
        name, flags, cap_take_##take, offset, CAP_LIST_##list, NULL                      \
    }
#define WITH(name, flags, offset, block)                                                 \
    {                                                                                    \
        name, flags, NULL, offset, 0, block                                              \
    }

static const struct cap_element value_elements[] = {
    TEXT("valueName", CAP_NEEDED | CAP_BLANK | CAP_KEPT, text, VALUE(name)),
    TEXT("value", CAP_KEPT, text, VALUE(value)),
};
static const struct cap_block value_block = {
    .elements = value_elements,
    .count = COUNT_OF(value_elements),
    .add = add_value,
};
static const struct cap_block geocode_block = {
    .elements = value_elements,
    .count = COUNT_OF(value_elements),
    .add = add_value,
    .check = cap_check_geocode,
};

static const struct cap_element area_elements[] = {
    TEXT("areaDesc", CAP_NEEDED | CAP_KEPT, prose, AREA(description)),
    TEXT("polygon", CAP_MANY | CAP_LONG, polygon, 0),
    TEXT("circle", CAP_MANY, circle, 0),
    WITH("geocode", CAP_MANY, AREA(geocodes), &geocode_block),
    TEXT("altitude", 0, altitude, 0),
    TEXT("ceiling", 0, ceiling, 0),
};
static const struct cap_block area_block = {
    .elements = area_elements,
    .count = COUNT_OF(area_elements),
    .add = add_area,
    .check = cap_check_area,
};

static const struct cap_element resource_elements[] = {
    UNUSED("resourceDesc", CAP_NEEDED | CAP_BLANK),
    UNUSED("mimeType", CAP_NEEDED_1_2 | CAP_BLANK),
    UNUSED("size", 0),
    UNUSED("uri", 0),
    UNUSED("derefUri", CAP_LONG),
    UNUSED("digest", 0),
};
static const struct cap_block resource_block = {
    .elements = resource_elements,
    .count = COUNT_OF(resource_elements),
};

static const struct cap_element info_elements[] = {
    TEXT("language", CAP_KEPT, language, INFO(language)),
    WORD("category", CAP_NEEDED | CAP_MANY, bit, INFO(categories), CATEGORY),
    TEXT("event", CAP_NEEDED | CAP_KEPT, prose, INFO(event)),
    WORD("responseType", CAP_MANY, bit, INFO(responses), RESPONSE),
    WORD("urgency", CAP_NEEDED, word, INFO(urgency), URGENCY),
    WORD("severity", CAP_NEEDED, word, INFO(severity), SEVERITY),
    WORD("certainty", CAP_NEEDED, word, INFO(certainty), CERTAINTY),
    UNUSED("audience", 0),
    WITH("eventCode", CAP_MANY, INFO(event_codes), &value_block),
    TEXT("effective", 0, time, INFO(effective_ms)),
    TEXT("onset", 0, time, INFO(onset_ms)),
    TEXT("expires", 0, time, INFO(expires_ms)),
    TEXT("senderName", CAP_KEPT, prose, INFO(sender_name)),
    TEXT("headline", CAP_KEPT, prose, INFO(headline)),
    TEXT("description", CAP_KEPT, prose, INFO(description)),
    TEXT("instruction", CAP_KEPT, prose, INFO(instruction)),
    TEXT("web", CAP_KEPT, link, INFO(web)),
    TEXT("contact", CAP_KEPT, prose, INFO(contact)),
    WITH("parameter", CAP_MANY, INFO(parameters), &value_block),
    WITH("resource", CAP_MANY, 0, &resource_block),
    WITH("area", CAP_MANY, 0, &area_block),
};
static const struct cap_block info_block = {
    .elements = info_elements,
    .count = COUNT_OF(info_elements),
    .add = add_info,
    .check = cap_check_info,
};

static const struct cap_element alert_elements[] = {
    TEXT("identifier", CAP_NEEDED | CAP_KEPT, name, ALERT(identifier)),
    TEXT("sender", CAP_NEEDED | CAP_KEPT, name, ALERT(sender)),
    TEXT("sent", CAP_NEEDED, sent, ALERT(sent_ms)),
    WORD("status", CAP_NEEDED, word, ALERT(status), STATUS),
    WORD("msgType", CAP_NEEDED, word, ALERT(type), TYPE),
    UNUSED("source", 0),
    WORD("scope", CAP_NEEDED, word, ALERT(scope), SCOPE),
    TEXT("restriction", 0, restriction, 0),
    TEXT("addresses", 0, addresses, 0),
    UNUSED("code", CAP_MANY),
    UNUSED("note", 0),
    TEXT("references", CAP_KEPT, references, 0),
    UNUSED("incidents", 0),
    WITH("info", CAP_MANY, 0, &info_block),
};
const struct cap_block cap_alert_block = {
    .elements = alert_elements,
    .count = COUNT_OF(alert_elements),
    .is_ordered = true,
    .check = cap_check_alert,
};
