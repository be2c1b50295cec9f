/* SPDX-License-Identifier: Apache-2.0 */
#include "crowd/person_field.h"

#include "base/text.h"
#include "base/time.h"
#include "crowd/crowd.h"

#include <ctype.h>
#include <string.h>

bool person_has_control(const char *text)
{
    for (; *text != '\0'; text++)
        if (iscntrl((unsigned char)*text))
            return true;
    return false;
}

static const char *judge_text(const char *text, size_t size_max)
{
    if (strlen(text) > size_max)
        return "is too long";
    return person_has_control(text) ? "holds a control character" : NULL;
}

const char *person_judge_number(const char *number)
{
    if (text_is_blank(number))
        return "is empty: every person needs one";
    if (strpbrk(number, " ,;/") != NULL)
        return "holds a space, a comma, a semicolon or a slash";
    if (text_has_hidden(number))
        return "holds a character that is not seen";
    if (strcmp(number, ".") == 0 || strcmp(number, "..") == 0)
        return "is no number: no address leads to it"; /* RFC 3986 5.2.4 */
    return judge_text(number, CROWD_NUMBER_MAX);
}

const char *person_judge_name(const char *name)
{
    if (text_is_blank(name))
        return "is empty: every person needs one";
    return judge_text(name, PERSON_NAME_MAX);
}

const char *person_judge_phone(const char *phone)
{
    int digits = 0;
    if (strspn(phone, "0123456789+-() ") != strlen(phone))
        return "is no telephone number";
    for (const char *at = phone; *at != '\0'; at++)
        digits += isdigit((unsigned char)*at) != 0;
    /* A person is known by the last four. */
    if (*phone != '\0' && digits < PERSON_PHONE_DIGITS_MIN)
        return "has fewer digits than a telephone number";
    return judge_text(phone, PERSON_PHONE_MAX);
}

const char *person_judge_email(const char *email)
{
    const char *at = strchr(email, '@');
    if (*email != '\0' &&
        (at == NULL || at == email || at[1] == '\0' || strchr(at + 1, '@') != NULL ||
         strpbrk(email, " ,;<>\"") != NULL))
        return "is no e-mail address";
    return judge_text(email, PERSON_EMAIL_MAX);
}

const char *person_judge_organisation(const char *name)
{
    if (strchr(name, ';') != NULL)
        return "holds a semicolon";
    return judge_text(name, PERSON_ORGANISATION_MAX);
}

const char *person_read_birth(const char *text, int32_t today, int32_t *ret_day)
{
    *ret_day = INT32_MIN;
    if (*text != '\0' && !time_parse_day(text, ret_day))
        return "is no date like 1990-05-31";
    return today != 0 && *ret_day > today ? "lies ahead" : NULL;
}
