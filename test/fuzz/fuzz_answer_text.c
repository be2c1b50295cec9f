/* SPDX-License-Identifier: Apache-2.0 */
/* What people write back: what is understood stays within its limits. */
#include "base/mem.h"
#include "channel/answer_text.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO_FREE char *text = mem_strndup((const char *)data, size);
    struct text_answer answer;
    if (text == NULL)
        return 0;
    answer_text_read(text, &answer);
    const size_t code = strlen(answer.code);
    if (answer.word >= TEXT_WORD_COUNT || (code != 0 && code != 4) ||
        strspn(answer.code, "0123456789") != code || answer.minutes < -1 ||
        answer.minutes > 999)
        abort();
    return 0;
}
