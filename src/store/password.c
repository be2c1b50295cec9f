/* SPDX-License-Identifier: Apache-2.0 */
/* No rule of so many digits and signs: it makes Password1! and nothing better (NIST SP
 * 800-63B, 5.1.1.2). The list is of the heads of lists of passwords that became known,
 * Chinese ones too; what only adds digits or signs behind one of them counts as the same.
 */
#include "store/password.h"

#include "base/mem.h"

#include <ctype.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#define LETTERS_MIN 5 /* different bytes */

static const char *const usual[] = {
    "1q2w3e4r", "1qaz2wsx",   "5201314",  "a123456",   "aa123456",  "abc123",
    "abcd1234", "admin",      "asd123",   "asdf1234",  "asdfghjkl", "changeme",
    "iloveyou", "letmein",    "muster",   "nihao123",  "p@ssw0rd",  "passw0rd",
    "password", "pinghu",     "q1w2e3r4", "qazwsxedc", "qq123456",  "qwer1234",
    "qwerty",   "qwertyuiop", "root",     "test",      "volunteer", "welcome",
    "woaini",   "zaq12wsx",   "zhejiang", "zxcvbnm"};

static bool is_letter(char byte)
{
    return isalpha((unsigned char)byte) || (unsigned char)byte >= 0x80;
}

static bool has_letters(const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (is_letter(text[i]))
            return true;
    return false;
}

/* WORD, and nothing but digits and signs behind it. */
static bool is_word(const char *password, const char *word)
{
    const size_t size = strlen(word);
    return strncasecmp(password, word, size) == 0 &&
           !has_letters(password + size, strlen(password + size));
}

/* The account's name, and nothing but digits and signs before and behind it. */
static bool is_account(const char *password, const char *account)
{
    const size_t size = strlen(account);
    for (const char *at = password; *at != '\0'; at++)
        if (strncasecmp(at, account, size) == 0)
            return !has_letters(password, (size_t)(at - password)) &&
                   !has_letters(at + size, strlen(at + size));
    return false;
}

static bool has_few_letters(const char *password)
{
    bool seen[UINT8_MAX + 1] = {false};
    unsigned count = 0;
    for (; *password != '\0'; password++) {
        bool *letter = &seen[tolower((unsigned char)*password)];
        count += !*letter;
        *letter = true;
    }
    return count < LETTERS_MIN;
}

/* Each one more than the one before, or each one less; 0 stands behind 9. */
static bool counts_on(const char *password, int step)
{
    for (const char *at = password; at[0] != '\0' && at[1] != '\0'; at++)
        if (at[1] - at[0] != step && !(at[0] == '9' && at[1] == '0' && step == 1) &&
            !(at[0] == '0' && at[1] == '9' && step == -1))
            return false;
    return true;
}

bool password_is_easy(const char *password, const char *account)
{
    for (size_t i = 0; i < COUNT_OF(usual); i++)
        if (is_word(password, usual[i]))
            return true;
    return is_account(password, account) || has_few_letters(password) ||
           counts_on(password, 1) || counts_on(password, -1);
}
