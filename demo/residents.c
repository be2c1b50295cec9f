/* SPDX-License-Identifier: Apache-2.0 */
/* The people's file, a row a person; the columns are those of `muster import people`.
 * Shares of skills are guesses that make a lively demo: nobody surveyed anything. */
#include "demo/residents.h"

#include "base/mem.h"
#include "base/time.h"

#include <math.h>
#include <string.h>

#define NUMBER "PH%06u" /* of a person, in all files */

struct skill {
    const char *code;
    double share; /* of the people who have any skill */
    bool certificate;
};

static const struct skill skills[] = {
    {"first-aid", 0.180, false},
    {"cpr-aed", 0.120, false},
    {"nurse", 0.018, true},
    {"doctor", 0.009, true},
    {"driver", 0.380, true},
    {"truck-driver", 0.030, true},
    {"boat", 0.016, true},
    {"water-rescue", 0.022, false},
    {"diving", 0.006, true},
    {"rope-rescue", 0.008, false},
    {"collapse-rescue", 0.007, false},
    {"mountain-rescue", 0.006, false},
    {"firefighting", 0.028, false},
    {"electrician", 0.030, true},
    {"plumber", 0.018, false},
    {"chainsaw", 0.015, false},
    {"excavator", 0.012, true},
    {"drone", 0.015, true},
    {"radio", 0.012, false},
    {"translator", 0.009, false},
    {"sign-language", 0.006, false},
    {"psychology", 0.018, false},
    {"childcare", 0.038, false},
    {"eldercare", 0.045, false},
    {"logistics", 0.060, false},
    {"cooking", 0.068, false},
    {"shelter", 0.030, false},
    {"traffic-control", 0.030, false},
    {"interpreter-en", 0.022, false},
};
#define SKILL_FIRST_AID 0
#define SKILL_CPR_AED 1
#define SKILL_NURSE 2
#define SKILL_DOCTOR 3
#define SKILL_DRIVER 4
#define SHARE_WITH_SKILLS 0.66

static const struct {
    const char *name, *skill;
    uint32_t size;
} team_kinds[RESIDENTS_TEAMS] = {
    {"水上救援一队", "water-rescue", 18}, {"水上救援二队", "boat", 12},
    {"医疗救护队", "nurse", 20},          {"急救志愿队", "first-aid", 40},
    {"消防协助队", "firefighting", 24},   {"排涝抢险队", "electrician", 22},
    {"物资运输队", "truck-driver", 16},   {"后勤保障队", "logistics", 30},
    {"无人机侦察队", "drone", 8},         {"应急通信队", "radio", 10},
    {"心理服务队", "psychology", 12},     {"交通疏导队", "traffic-control", 26},
};

static const char *const organisations[] = {
    "红十字志愿队（示例）", "医院志愿队（示例）",     "消防志愿队（示例）",
    "水上救援协会（示例）", "青年志愿者协会（示例）", "社区志愿队（示例）",
    "企业应急队（示例）",   "电力志愿队（示例）",     "出租车志愿队（示例）",
    "民兵应急分队（示例）", "无人机协会（示例）",     "学校志愿队（示例）",
};

#define AT_SEA_MAX 5

struct person {
    uint32_t number, village;
    struct vec home;
    uint32_t skills; /* a bit per skill */
    bool adult, suspended;
};

static void append_name(struct text *text, struct random *random)
{
    static const char *const surnames[] = {"王", "李", "张", "刘", "陈", "杨", "黄",
                                           "赵", "吴", "周", "徐", "孙", "马", "朱",
                                           "胡", "郭", "何", "林", "高", "罗", "陆",
                                           "沈", "俞", "顾", "钱", "曹", "戴", "冯"};
    static const char *const given[] = {
        "安", "波", "晨", "丹", "恩", "芳", "刚", "海", "佳", "君", "凯", "兰",
        "磊", "敏", "楠", "平", "琪", "瑞", "珊", "涛", "薇", "文", "霞", "欣",
        "雪", "阳", "怡", "英", "宇", "远", "泽", "志", "洁", "明", "强", "燕"};
    static const char *const latin[] = {"ka", "ro", "mi", "ta", "le", "no",
                                        "sa", "vi", "du", "re", "po", "ny"};
    if (plane_chance(random, 0.015)) {
        char name[24];
        uint64_t bits = random_u64(random);
        snprintf(name, sizeof name, "%s%s %s%s%s", latin[bits % 12],
                 latin[(bits >> 8) % 12], latin[(bits >> 16) % 12],
                 latin[(bits >> 24) % 12], latin[(bits >> 32) % 12]);
        name[0] = (char)(name[0] - 32);
        name[5] = (char)(name[5] - 32);
        text_append_string(text, name);
        return;
    }
    text_append_string(text, surnames[random_below(random, COUNT_OF(surnames))]);
    int syllables = plane_chance(random, 0.82) ? 2 : 1;
    for (int i = 0; i < syllables; i++)
        text_append_string(text, given[random_below(random, COUNT_OF(given))]);
}

static uint32_t pick_skills(struct random *random)
{
    uint32_t set = 0;
    bool any = plane_chance(random, SHARE_WITH_SKILLS);
    for (uint32_t i = 0; i < COUNT_OF(skills); i++)
        if (plane_chance(random, skills[i].share) && any)
            set |= 1u << i;
    if ((set & (1u << SKILL_NURSE | 1u << SKILL_DOCTOR)) != 0 &&
        plane_chance(random, 0.9))
        set |= 1u << SKILL_FIRST_AID | 1u << SKILL_CPR_AED;
    return set;
}

static void append_skills(struct text *text, uint32_t set)
{
    const char *between = "";
    for (uint32_t i = 0; i < COUNT_OF(skills); i++)
        if ((set & 1u << i) != 0) {
            text_appendf(text, "%s%s", between, skills[i].code);
            between = ";";
        }
}

/* A certificate has ended for 6 %, is missing for 2 %, else is good for up to six years.
 */
static void append_certificates(struct text *text, uint32_t set, int32_t today,
                                struct random *random)
{
    const char *between = "";
    for (uint32_t i = 0; i < COUNT_OF(skills); i++) {
        if ((set & 1u << i) == 0 || !skills[i].certificate)
            continue;
        double fate = random_unit(random);
        int32_t days = (int32_t)random_below(random, 2190);
        if (fate < 0.02)
            continue;
        char day[TIME_TEXT_SIZE];
        time_format_day(fate < 0.08 ? today - 1 - days / 4 : today + 10 + days, day);
        text_appendf(text, "%s%s:%s", between, skills[i].code, day);
        between = ";";
    }
}

static const char *pick_mode(uint32_t set, struct random *random)
{
    double u = random_unit(random);
    if ((set & 1u << SKILL_DRIVER) != 0)
        return u < 0.72 ? "car" : u < 0.95 ? "bike" : "foot";
    return u < 0.10 ? "car" : u < 0.68 ? "bike" : "foot";
}

static const char *pick_duty(struct random *random)
{
    static const char *const patterns[] = {"Mo-Fr 18:00-22:00; Sa-Su 08:00-20:00",
                                           "Sa-Su 08:00-20:00",
                                           "Mo-Fr 08:00-17:00",
                                           "Mo-Su 06:00-22:00",
                                           "Mo-Fr 19:00-23:00",
                                           "Mo-We 18:00-23:00",
                                           "Sa 09:00-18:00",
                                           "Mo-Su 18:00-23:00"};
    if (plane_chance(random, 0.7))
        return "";
    return patterns[random_below(random, COUNT_OF(patterns))];
}

static const char *pick_quiet(struct random *random)
{
    static const char *const own[] = {"23:00-06:00", "21:30-05:30", "22:30-07:00",
                                      "00:30-08:00", "09:00-15:00"};
    double u = random_unit(random);
    if (u < 1.0 / 3)
        return "none";
    return u < 0.85 ? "" : own[random_below(random, COUNT_OF(own))];
}

static void append_day(struct text *text, int32_t day)
{
    char buffer[TIME_TEXT_SIZE];
    time_format_day(day, buffer);
    text_append_string(text, buffer);
}

static void append_birth(struct text *text, bool adult, int32_t today,
                         struct random *random)
{
    double years = adult ? 19 + 54 * pow(random_unit(random), 1.2)
                         : plane_between(random, 15.2, 17.8);
    if (plane_chance(random, 0.9) || !adult)
        append_day(text, today - (int32_t)(years * 365.25));
}

static void append_places(struct text *text, const struct homes *homes, uint32_t village,
                          struct random *random)
{
    if (!plane_chance(random, 0.35))
        return;
    if (plane_chance(random, 0.6))
        village = homes_pick_village(homes, random);
    struct vec at = homes_pick(homes, village, random);
    static const char *const hours[] = {"Mo-Fr 08:00-17:00", "Mo-Fr 08:30-17:30",
                                        "Mo-Sa 07:00-16:00", "Mo-Fr 19:00-23:30"};
    double u = random_unit(random);
    text_appendf(text, "\"%.6f,%.6f,%s\"", plane_lat(at), plane_lon(at),
                 hours[u < 0.7    ? 0
                       : u < 0.85 ? 1
                       : u < 0.97 ? 2
                                  : 3]);
}

static void append_organisations(struct text *text, struct random *random)
{
    if (plane_chance(random, 0.35))
        return;
    size_t first = random_below(random, COUNT_OF(organisations));
    text_append_string(text, organisations[first]);
    if (plane_chance(random, 0.1))
        text_appendf(text, ";%s", organisations[(first + 5) % COUNT_OF(organisations)]);
}

static void append_person(struct text *text, const struct person *person,
                          const struct homes *homes, int32_t today, struct random *random)
{
    text_appendf(text, NUMBER ",", person->number);
    append_name(text, random);
    text_appendf(text, ",%.6f,%.6f,10000%06u,", plane_lat(person->home),
                 plane_lon(person->home), person->number);
    if (plane_chance(random, 0.3))
        text_appendf(text, "ph%06u@example.invalid", person->number);
    text_appendf(text, ",%s,", pick_mode(person->skills, random));
    append_skills(text, person->skills);
    text_append_string(text, ",");
    append_certificates(text, person->skills, today, random);
    text_appendf(text, ",%s,", homes->villages->items[person->village].division->code);
    append_organisations(text, random);
    text_appendf(text, ",%s,", pick_duty(random));
    text_appendf(text, "%s,", pick_quiet(random));
    append_birth(text, person->adult, today, random);
    text_append_string(text, ",");
    if (plane_chance(random, 0.012))
        append_day(text, today + 3 + (int32_t)random_below(random, 90));
    text_appendf(text, ",%d,", person->suspended ? 1 : 0);
    append_places(text, homes, person->village, random);
    text_append_string(text, "\n");
}

/* Leaders and deputies are grown-ups who have the team's skill. */
static void offer_to_teams(struct team_seed teams[RESIDENTS_TEAMS],
                           const struct person *person)
{
    if (!person->adult || person->suspended)
        return;
    for (uint32_t t = 0; t < RESIDENTS_TEAMS; t++)
        for (uint32_t i = 0; i < COUNT_OF(skills); i++)
            if ((person->skills & 1u << i) != 0 && teams[t].count < 3 &&
                strcmp(skills[i].code, team_kinds[t].skill) == 0) {
                if (teams[t].count == 0)
                    teams[t].village = person->village;
                teams[t].people[teams[t].count++] = person->number;
                return;
            }
}

void residents_write(struct text *people, struct team_seed teams[RESIDENTS_TEAMS],
                     const struct homes *homes, const struct residents_options *options,
                     struct random *random)
{
    text_append_string(people, "number,name,lat,lon,phone,email,mode,skills,certificates,"
                               "area,organisations,duty,quiet,birth,paused_until,"
                               "suspended,places\n");
    memset(teams, 0, RESIDENTS_TEAMS * sizeof *teams);
    uint32_t sea_every = options->people / AT_SEA_MAX;
    for (uint32_t i = 1; i <= options->people; i++) {
        struct person person = {.number = i,
                                .village = homes_pick_village(homes, random),
                                .adult = !plane_chance(random, 0.005),
                                .suspended = plane_chance(random, 0.003),
                                .skills = pick_skills(random)};
        person.home = homes_pick(homes, person.village, random);
        /* A few live on fishing rafts, farther from any road than anyone walks. */
        if (i % sea_every == sea_every / 2)
            person.home = plane_from_degrees(plane_between(random, 30.575, 30.590),
                                             plane_between(random, 121.15, 121.18));
        append_person(people, &person, homes, options->today, random);
        offer_to_teams(teams, &person);
    }
}

void residents_write_teams(struct text *text,
                           const struct team_seed teams[RESIDENTS_TEAMS],
                           const struct villages *villages)
{
    text_append_string(text, "number,name,leader,deputies,size,skills,area\n");
    for (uint32_t t = 0; t < RESIDENTS_TEAMS; t++) {
        if (teams[t].count == 0)
            continue;
        text_appendf(text, "T%02u,%s（示例）," NUMBER ",", t + 1, team_kinds[t].name,
                     teams[t].people[0]);
        for (uint32_t i = 1; i < teams[t].count; i++)
            text_appendf(text, "%s" NUMBER, i > 1 ? ";" : "", teams[t].people[i]);
        text_appendf(text, ",%u,%s,%.9s000\n", team_kinds[t].size, team_kinds[t].skill,
                     villages->items[teams[t].village].division->code);
    }
}
