/* SPDX-License-Identifier: Apache-2.0 */
/* `import skills`: all or nothing, and implications stay closed. */
#include "base/mem.h"
#include "base/status.h"
#include "crowd/skill.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct skill_table before, table;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct diag diag;
    AUTO_FREE char *text = mem_alloc(size + 1);
    if (text == NULL || size > 65536)
        return 0;
    memcpy(text, data, size);
    text[size] = '\0';
    skill_table_init(&before);
    table = before;
    if (skill_import(&table, text, size, &diag) != ST_OK) {
        if (memcmp(&before, &table, sizeof(table)) != 0)
            abort();
        return 0;
    }
    for (uint32_t i = 0; i < table.count; i++)
        for (uint32_t j = 0; j < table.count; j++)
            if (skill_set_has(&table.skills[i].implies, j) &&
                !skill_set_covers(&table.skills[i].implies, &table.skills[j].implies))
                abort();
    return 0;
}
