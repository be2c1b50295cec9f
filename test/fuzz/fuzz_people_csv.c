/* SPDX-License-Identifier: Apache-2.0 */
/* `import people`: every row that is accepted is fit for the crowd. */
#include "base/mem.h"
#include "base/status.h"
#include "crowd/people_csv.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int64_t find_area(void *context, const char *code)
{
    (void)context;
    return strcmp(code, "P01") == 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct skill_table table;
    struct people_csv people;
    struct diag diag = {0};
    AUTO_FREE char *text = mem_alloc(size + 1);
    if (text == NULL || size > 65536)
        return 0;
    memcpy(text, data, size);
    text[size] = '\0';
    skill_table_init(&table);
    const struct people_csv_config config = {.skills = &table, .area = find_area};
    int status = people_csv_parse(text, size, &config, &people, &diag);
    if (status == ST_OK && people.error_total > 0)
        abort();
    if (status != ST_OK && diag.text[0] == '\0')
        abort();
    if ((people.error_total > 0) != (people.lines_wrong > 0) ||
        people.lines_wrong > people.error_total)
        abort();
    for (uint32_t i = 0; i < people.count; i++) {
        const struct person_row *row = &people.rows[i];
        if (row->crowd.number[0] == '\0' || row->name[0] == '\0' ||
            row->crowd.place_count > CROWD_PLACES_MAX ||
            row->crowd.certificate_count > CROWD_CERTIFICATES_MAX ||
            row->crowd.mode >= ROAD_MODE_COUNT)
            abort();
    }
    people_csv_release(&people);
    return 0;
}
