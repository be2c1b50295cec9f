/* SPDX-License-Identifier: Apache-2.0 */
/* Whatever is read as an alert keeps what intake/cap.h says of it; whatever is refused
 * says why. */
#include "base/status.h"
#include "base/text.h"
#include "intake/cap.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_text(const char *text)
{
    assert(text != NULL && text_is_utf8(text, strlen(text)));
    assert(strlen(text) <= CAP_TEXT_MAX);
}

static void check_values(const struct cap_values *values)
{
    assert(values->count <= CAP_VALUES_MAX);
    for (uint32_t i = 0; i < values->count; i++) {
        check_text(values->items[i].name);
        check_text(values->items[i].value);
        (void)cap_division(&values->items[i]);
    }
}

static void check_area(const struct cap_area *area)
{
    const struct polygon *polygon = &area->polygon;
    assert(area->description[0] != '\0');
    check_text(area->description);
    check_values(&area->geocodes);
    assert(polygon->part_count == polygon->ring_count);
    assert(polygon->point_count <= CAP_POINTS_MAX);
    for (uint32_t i = 0; i < polygon->point_count; i++)
        assert(box_contains(polygon->box, polygon->points[i]));
    (void)polygon_contains(polygon, (struct point){307000000, 1210000000});
    for (uint32_t i = 0; i < area->circle_count; i++)
        assert(area->circles[i].radius_m <= CAP_RADIUS_MAX_M);
}

static void check_info(const struct cap_info *info)
{
    const char *const texts[] = {info->language, info->event,       info->sender_name,
                                 info->headline, info->description, info->instruction,
                                 info->web,      info->contact};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        check_text(texts[i]);
    assert(info->event[0] != '\0' && info->categories != 0);
    assert(info->urgency < CAP_URGENCY_COUNT && info->severity < CAP_SEVERITY_COUNT &&
           info->certainty < CAP_CERTAINTY_COUNT);
    check_values(&info->event_codes);
    check_values(&info->parameters);
    (void)cap_level(info);
    assert(info->area_count <= CAP_AREAS_MAX);
    for (uint32_t i = 0; i < info->area_count; i++)
        check_area(&info->areas[i]);
}

static void check_alert(const struct cap_alert *alert)
{
    check_text(alert->identifier);
    check_text(alert->sender);
    assert(alert->status < CAP_STATUS_COUNT && alert->type < CAP_TYPE_COUNT &&
           alert->scope < CAP_SCOPE_COUNT);
    assert(alert->type == CAP_TYPE_ALERT || alert->reference_count > 0);
    for (uint32_t i = 0; i < alert->reference_count; i++) {
        check_text(alert->references[i].sender);
        check_text(alert->references[i].identifier);
        assert(alert->references[i].sent_ms <= alert->sent_ms);
    }
    assert(alert->info_count <= CAP_INFOS_MAX);
    for (uint32_t i = 0; i < alert->info_count; i++)
        check_info(&alert->infos[i]);
    assert((cap_info_for(alert, "zh") == NULL) == (alert->info_count == 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cap_alert *alert = NULL;
    struct diag diag = {0};
    const int status = cap_read((const char *)data, size, &alert, &diag);
    if (status == ST_OK)
        check_alert(alert);
    else
        assert(alert == NULL && diag.status == status && diag.text[0] != '\0');
    cap_free(alert);
    return 0;
}
