/* SPDX-License-Identifier: Apache-2.0 */
/* Whatever is read as configuration and accepted is written and read back the same. */
#include "base/config.h"
#include "base/mem.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *input = mem_alloc(size + 1);
    memcpy(input, data, size);
    input[size] = '\0';
    struct config config, back;
    memset(&config, 0, sizeof config);
    memset(&back, 0, sizeof back);
    config_default(&config);
    config_default(&back);
    struct diag diag;
    if (config_parse(&config, input, size, &diag) == 0) {
        struct text text;
        text_init(&text, 2 * CONFIG_SIZE_MAX);
        config_write(&config, &text);
        assert(config_parse(&back, text.data, text.size, &diag) == 0);
        assert(config.weekly_cap == back.weekly_cap);
        assert(strcmp(config.zone, back.zone) == 0);
        text_release(&text);
    }
    mem_free(input);
    return 0;
}
