/* SPDX-License-Identifier: Apache-2.0 */
#include "channel/answer_text.h"

#include "base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

struct sample {
    const char *text;
    enum text_word word;
    const char *code;
    int32_t minutes;
};

static void check(const struct sample *samples, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct text_answer answer = {.minutes = 0};
        answer_text_read(samples[i].text, &answer);
        if (answer.word != samples[i].word || answer.minutes != samples[i].minutes ||
            strcmp(answer.code, samples[i].code) != 0)
            fail_msg("\"%s\": word %d, code \"%s\", minutes %d", samples[i].text,
                     (int)answer.word, answer.code, answer.minutes);
    }
}

static void keys_and_words_are_read(void **state)
{
    (void)state;
    static const struct sample samples[] = {
        {"1", TEXT_YES, "", -1},
        {" 1 \r\n", TEXT_YES, "", -1},
        {"１", TEXT_YES, "", -1},
        {"1，收到", TEXT_YES, "", -1},
        {"好的，马上到。谢谢", TEXT_YES, "", -1},
        {"Yes!", TEXT_YES, "", -1},
        {"能来", TEXT_YES, "", -1},
        {"2", TEXT_NO, "", -1},
        {"不能来", TEXT_NO, "", -1},
        {"来不了", TEXT_NO, "", -1},
        {"NO", TEXT_NO, "", -1},
        {"4", TEXT_DEPART, "", -1},
        {"到了", TEXT_ARRIVE, "", -1},
        {"6", TEXT_RELEASE, "", -1},
        {"SOS", TEXT_HELP, "", -1},
    };
    check(samples, COUNT_OF(samples));
}

static void a_code_says_which(void **state)
{
    (void)state;
    static const struct sample samples[] = {
        {"4821 1", TEXT_YES, "4821", -1},      {"1 4821", TEXT_YES, "4821", -1},
        {"48211", TEXT_YES, "4821", -1},       {"０４２１：来", TEXT_YES, "0421", -1},
        {"4821 3 20", TEXT_LATER, "4821", 20}, {"4821", TEXT_NONE, "4821", -1},
    };
    check(samples, COUNT_OF(samples));
}

static void later_has_minutes(void **state)
{
    (void)state;
    static const struct sample samples[] = {
        {"3 20", TEXT_LATER, "", 20},         {"3，20分钟", TEXT_LATER, "", 20},
        {"20分钟", TEXT_LATER, "", 20},       {"晚点 5", TEXT_LATER, "", 5},
        {"晚些15分钟后", TEXT_LATER, "", 15}, {"3", TEXT_LATER, "", -1},
        {"later 45 min", TEXT_LATER, "", 45},
    };
    check(samples, COUNT_OF(samples));
}

/* A yes that was not meant costs a seat. */
static void what_is_not_clear_is_no_answer(void **state)
{
    (void)state;
    static const struct sample samples[] = {
        {"", TEXT_NONE, "", -1},
        {"1 2", TEXT_NONE, "", -1},
        {"来 不了", TEXT_NONE, "", -1},
        {"能不能晚点来", TEXT_NONE, "", -1},
        {"7", TEXT_NONE, "", -1},
        {"12", TEXT_NONE, "", -1},
        {"谢谢", TEXT_NONE, "", -1},
        {"1 1 1 1 1 1 1 1 1", TEXT_NONE, "", -1},
        {"\xff\xfe\x80 1\xe4", TEXT_NONE, "", -1},
    };
    check(samples, COUNT_OF(samples) - 2);
    struct text_answer answer;
    for (size_t i = COUNT_OF(samples) - 2; i < COUNT_OF(samples); i++) {
        answer_text_read(samples[i].text, &answer);
        assert_int_equal(answer.word, TEXT_NONE);
    }
    char much[ANSWER_TEXT_MAX + 2];
    memset(much, '1', sizeof much - 1);
    much[sizeof much - 1] = '\0';
    answer_text_read(much, &answer);
    assert_int_equal(answer.word, TEXT_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_and_words_are_read),
        cmocka_unit_test(a_code_says_which),
        cmocka_unit_test(later_has_minutes),
        cmocka_unit_test(what_is_not_clear_is_no_answer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
