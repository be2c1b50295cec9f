/* SPDX-License-Identifier: Apache-2.0 */
#include "intake/cap_words.h"

#include "base/mem.h"

#include <assert.h>
#include <string.h>

#define WORD(name, word) word,
#define JOINED(name, word) ", " word
#define TABLE(name)                                                                      \
    [CAP_LIST_##name] = {(const char *const[]){CAP_##name##_LIST(WORD)},                 \
                         CAP_##name##_COUNT, CAP_##name##_LIST(JOINED)}

static const struct {
    const char *const *words; /* by value of the enum */
    unsigned count;
    const char *joined; /* begins with ", " */
} lists[] = {TABLE(STATUS),   TABLE(TYPE),    TABLE(SCOPE),    TABLE(CATEGORY),
             TABLE(RESPONSE), TABLE(URGENCY), TABLE(SEVERITY), TABLE(CERTAINTY),
             TABLE(LEVEL),    TABLE(WARNING)};
static_assert(COUNT_OF(lists) == CAP_LIST_COUNT, "every list has its words");

const char *cap_word(enum cap_list list, unsigned value)
{
    assert(list < CAP_LIST_COUNT && value < lists[list].count);
    return lists[list].words[value];
}

bool cap_word_find(enum cap_list list, const char *word, unsigned *ret)
{
    assert(list < CAP_LIST_COUNT);
    for (unsigned i = 0; i < lists[list].count; i++)
        if (strcmp(word, lists[list].words[i]) == 0) {
            *ret = i;
            return true;
        }
    return false;
}

const char *cap_words(enum cap_list list)
{
    assert(list < CAP_LIST_COUNT);
    return lists[list].joined + strlen(", ");
}
