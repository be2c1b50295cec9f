/* SPDX-License-Identifier: Apache-2.0 */
/* What a reader in China asks of an alert: its colour, its divisions, its words. */
#include "base/mem.h"
#include "intake/cap.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

static bool is_letter(char c)
{
    return isalpha((unsigned char)c) != 0;
}

/* Is WORD in TEXT, in any case, with no letter of ASCII before or behind it? "I级" is
 * not in "III级". */
static bool has_word(const char *text, const char *word)
{
    const size_t size = strlen(word);
    for (const char *at = text; (at = strcasestr(at, word)) != NULL; at++)
        if ((at == text || !is_letter(word[0]) || !is_letter(at[-1])) &&
            (!is_letter(word[size - 1]) || !is_letter(at[size])))
            return true;
    return false;
}

#define TEXT_WORDS 4  /* of which all texts are searched */
#define VALUE_WORDS 7 /* of which codes and parameters are */

/* From the highest to the lowest. Numbers in Chinese are none of them: a wind of force
 * eleven is 十一级. */
static const struct {
    enum cap_level level;
    const char *words[VALUE_WORDS];
} names[] = {
    {CAP_LEVEL_RED, {"红色", "紅色", "Ⅰ级", "I级", "red", "Ⅰ", "I"}},
    {CAP_LEVEL_ORANGE, {"橙色", "橙色", "Ⅱ级", "II级", "orange", "Ⅱ", "II"}},
    {CAP_LEVEL_YELLOW, {"黄色", "黃色", "Ⅲ级", "III级", "yellow", "Ⅲ", "III"}},
    {CAP_LEVEL_BLUE, {"蓝色", "藍色", "Ⅳ级", "IV级", "blue", "Ⅳ", "IV"}},
};

static enum cap_level named_in(const char *text, size_t word_count)
{
    for (size_t i = 0; i < COUNT_OF(names); i++)
        for (size_t j = 0; j < word_count; j++)
            if (has_word(text, names[i].words[j]))
                return names[i].level;
    return CAP_LEVEL_NONE;
}

static bool is_about_level(const char *name)
{
    static const char *const words[] = {"level", "colo", "severity", "级", "級", "色"};
    for (size_t i = 0; i < COUNT_OF(words); i++)
        if (strcasestr(name, words[i]) != NULL)
            return true;
    return false;
}

static enum cap_level higher(enum cap_level a, enum cap_level b)
{
    return a > b ? a : b;
}

enum cap_level cap_level(const struct cap_info *info)
{
    static const enum cap_level by_severity[] = {
        [CAP_SEVERITY_UNKNOWN] = CAP_LEVEL_NONE,
        [CAP_SEVERITY_MINOR] = CAP_LEVEL_BLUE,
        [CAP_SEVERITY_MODERATE] = CAP_LEVEL_YELLOW,
        [CAP_SEVERITY_SEVERE] = CAP_LEVEL_ORANGE,
        [CAP_SEVERITY_EXTREME] = CAP_LEVEL_RED,
    };
    enum cap_level level = CAP_LEVEL_NONE;
    for (uint32_t i = 0; i < info->parameters.count; i++)
        if (is_about_level(info->parameters.items[i].name))
            level = higher(level, named_in(info->parameters.items[i].value, VALUE_WORDS));
    for (uint32_t i = 0; i < info->event_codes.count; i++)
        level = higher(level, named_in(info->event_codes.items[i].value, VALUE_WORDS));
    if (level == CAP_LEVEL_NONE)
        level = named_in(info->headline, TEXT_WORDS);
    if (level == CAP_LEVEL_NONE)
        level = named_in(info->event, TEXT_WORDS);
    return level == CAP_LEVEL_NONE ? by_severity[info->severity] : level;
}

/* The first two digits of GB/T 2260. */
static bool is_province(const char *code)
{
    static const char provinces[] =
        "11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 "
        "44 45 46 50 51 52 53 54 61 62 63 64 65 71 81 82";
    const char first[] = {code[0], code[1], '\0'};
    return strstr(provinces, first) != NULL;
}

const char *cap_division(const struct cap_value *geocode)
{
    const char *code = geocode->value;
    const size_t size = strlen(code);
    const bool is_code = (size == 6 || size == 9 || size == CAP_DIVISION_MAX) &&
                         strspn(code, "0123456789") == size && is_province(code);
    return is_code ? code : NULL;
}

static const struct cap_info *find_language(const struct cap_alert *alert,
                                            const char *language)
{
    const size_t size = strlen(language);
    for (uint32_t i = 0; i < alert->info_count; i++) {
        const char *own = alert->infos[i].language;
        if (strncasecmp(own, language, size) == 0 && !is_letter(own[size]))
            return &alert->infos[i];
    }
    return NULL;
}

const struct cap_info *cap_info_for(const struct cap_alert *alert, const char *language)
{
    const struct cap_info *found = find_language(alert, language);
    if (found == NULL)
        found = find_language(alert, "en");
    return found != NULL || alert->info_count == 0 ? found : &alert->infos[0];
}
