/* SPDX-License-Identifier: Apache-2.0 */
#include "channel/answer_text.h"

#include "base/mem.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

#define TOKENS_MAX 8
#define TOKEN_SIZE 32
#define CODE_DIGITS 4
#define MINUTES_DIGITS 3
#define POLITE TEXT_WORD_COUNT /* says nothing more */

/* A run of digits, or of anything else between marks and spaces. */
struct token {
    char text[TOKEN_SIZE];
    bool is_number;
};

struct tokens {
    struct token all[TOKENS_MAX];
    uint32_t count;
    bool is_overfull;
};

/* What people write besides the keys of TEXT_WORD_LIST. Whole tokens only: no word is
 * found inside another one, so that "cannot" is never "can". */
static const struct {
    const char *text;
    enum text_word word;
} words[] = {
    {"y", TEXT_YES},
    {"yes", TEXT_YES},
    {"ok", TEXT_YES},
    {"来", TEXT_YES},
    {"能", TEXT_YES},
    {"能来", TEXT_YES},
    {"可以", TEXT_YES},
    {"好", TEXT_YES},
    {"好的", TEXT_YES},
    {"是", TEXT_YES},
    {"去", TEXT_YES},
    {"我来", TEXT_YES},
    {"我去", TEXT_YES},
    {"平安", TEXT_YES},
    {"马上来", TEXT_YES},
    {"马上到", TEXT_YES},
    {"n", TEXT_NO},
    {"no", TEXT_NO},
    {"不", TEXT_NO},
    {"不来", TEXT_NO},
    {"不能", TEXT_NO},
    {"不能来", TEXT_NO},
    {"来不了", TEXT_NO},
    {"去不了", TEXT_NO},
    {"不去", TEXT_NO},
    {"不行", TEXT_NO},
    {"不了", TEXT_NO},
    {"没空", TEXT_NO},
    {"否", TEXT_NO},
    {"later", TEXT_LATER},
    {"晚些", TEXT_LATER},
    {"晚点", TEXT_LATER},
    {"分", TEXT_LATER},
    {"分钟", TEXT_LATER},
    {"分钟后", TEXT_LATER},
    {"min", TEXT_LATER},
    {"minutes", TEXT_LATER},
    {"出发", TEXT_DEPART},
    {"已出发", TEXT_DEPART},
    {"出发了", TEXT_DEPART},
    {"我出发了", TEXT_DEPART},
    {"到", TEXT_ARRIVE},
    {"到了", TEXT_ARRIVE},
    {"已到", TEXT_ARRIVE},
    {"我到了", TEXT_ARRIVE},
    {"到场", TEXT_ARRIVE},
    {"回家", TEXT_RELEASE},
    {"离开", TEXT_RELEASE},
    {"结束", TEXT_RELEASE},
    {"sos", TEXT_HELP},
    {"help", TEXT_HELP},
    {"求助", TEXT_HELP},
    {"救命", TEXT_HELP},
    /* Said besides. */
    {"收到", POLITE},
    {"谢谢", POLITE},
    {"谢谢您", POLITE},
    {"thanks", POLITE},
};

/* The character at *AT as the ASCII one it stands for; -1: it is neither, and *RET_SIZE
 * bytes long. */
static int ascii_of(const char *at, size_t *ret_size)
{
    const unsigned char *byte = (const unsigned char *)at;
    *ret_size = 1;
    if (byte[0] < 0x80)
        return byte[0];
    while ((byte[*ret_size] & 0xc0) == 0x80 && *ret_size < 4)
        (*ret_size)++;
    if (*ret_size != 3)
        return -1;
    const uint32_t point =
        (byte[0] & 0x0fU) << 12 | (byte[1] & 0x3fU) << 6 | (byte[2] & 0x3fU);
    if (point >= 0xff01 && point <= 0xff5e) /* full-width forms */
        return (int)(point - 0xff01 + '!');
    /* Marks of Chinese text, general punctuation. */
    return (point >= 0x3000 && point <= 0x303f) || (point >= 0x2000 && point <= 0x206f)
               ? ' '
               : -1;
}

static bool is_digit(int letter)
{
    return letter >= '0' && letter <= '9';
}

static bool is_mark(int letter)
{
    return letter >= 0 && !is_digit(letter) && !(letter >= 'a' && letter <= 'z');
}

/* Adds the SIZE bytes at AT to the token that is open, or begins one. */
static void add(struct tokens *tokens, const char *at, size_t size, bool is_number,
                bool is_new)
{
    if (is_new || tokens->count == 0 ||
        tokens->all[tokens->count - 1].is_number != is_number) {
        if (tokens->count == TOKENS_MAX) {
            tokens->is_overfull = true;
            return;
        }
        tokens->all[tokens->count++] = (struct token){.is_number = is_number};
    }
    struct token *token = &tokens->all[tokens->count - 1];
    const size_t used = strlen(token->text);
    if (used + size >= TOKEN_SIZE)
        tokens->is_overfull = true;
    else
        memcpy(token->text + used, at, size);
}

static void split(const char *text, struct tokens *ret)
{
    bool is_new = true;
    size_t size;
    for (const char *at = text; *at != '\0'; at += size) {
        int letter = ascii_of(at, &size);
        if (letter >= 'A' && letter <= 'Z')
            letter += 'a' - 'A';
        if (is_mark(letter)) {
            is_new = true;
            continue;
        }
        const char plain = (char)letter;
        add(ret, letter >= 0 ? &plain : at, letter >= 0 ? 1 : size, is_digit(letter),
            is_new);
        is_new = false;
    }
}

static enum text_word word_of_key(char key)
{
    static const char *const keys[TEXT_WORD_COUNT] = {
#define X(name, key) key,
        TEXT_WORD_LIST(X)
#undef X
    };
    for (int i = 1; i < TEXT_WORD_COUNT; i++)
        if (keys[i][0] == key)
            return (enum text_word)i;
    return TEXT_NONE;
}

static enum text_word word_of(const char *text)
{
    for (size_t i = 0; i < COUNT_OF(words); i++)
        if (strcmp(words[i].text, text) == 0)
            return words[i].word;
    return TEXT_NONE;
}

/* False if it says something else than what was said before. */
static bool say(struct text_answer *ret, enum text_word word)
{
    if (word == POLITE)
        return true;
    if (word == TEXT_NONE || (ret->word != TEXT_NONE && ret->word != word))
        return false;
    ret->word = word;
    return true;
}

/* A code, a code and a key, minutes after or before "later", or a key. */
static bool take_number(const struct tokens *tokens, uint32_t at, struct text_answer *ret)
{
    const char *digits = tokens->all[at].text;
    const size_t size = strlen(digits);
    const bool is_late =
        ret->word == TEXT_LATER ||
        (at + 1 < tokens->count && word_of(tokens->all[at + 1].text) == TEXT_LATER);
    if (size >= CODE_DIGITS && size <= CODE_DIGITS + 1 && ret->code[0] == '\0') {
        memcpy(ret->code, digits, CODE_DIGITS);
        return size == CODE_DIGITS || say(ret, word_of_key(digits[CODE_DIGITS]));
    }
    if (is_late && size <= MINUTES_DIGITS && ret->minutes < 0) {
        ret->minutes = (int32_t)strtol(digits, NULL, 10);
        return true;
    }
    return size == 1 && say(ret, word_of_key(digits[0]));
}

void answer_text_read(const char *text, struct text_answer *ret)
{
    struct tokens tokens = {.count = 0};
    ret->word = TEXT_NONE;
    ret->minutes = -1;
    ret->code[0] = ret->code[CODE_DIGITS] = '\0';
    if (strnlen(text, ANSWER_TEXT_MAX + 1) > ANSWER_TEXT_MAX)
        return;
    split(text, &tokens);
    bool is_clear = !tokens.is_overfull;
    for (uint32_t i = 0; i < tokens.count && is_clear; i++)
        is_clear = tokens.all[i].is_number ? take_number(&tokens, i, ret)
                                           : say(ret, word_of(tokens.all[i].text));
    if (!is_clear)
        ret->word = TEXT_NONE;
}
