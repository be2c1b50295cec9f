/* SPDX-License-Identifier: Apache-2.0 */
/* The pages of people who have no account: the volunteer's page behind a link (/r/TOKEN)
 * and the requester's page (/s/CASE). Plain HTML 5 that works without JavaScript: every
 * answer is a form POST to the same address, to be answered by 303. Looks come from
 * /assets/page.css; /assets/page.js adds `seen` and the optional position. No script and
 * no style stands inside the page, so a strict content policy holds.
 *
 * Pure: nothing here reads a clock or the store. All texts are borrowed for the call,
 * UTF-8, and escaped here; NULL = absent. Safe from any thread. */
#ifndef MUSTER_API_PAGE_H
#define MUSTER_API_PAGE_H

#include "base/text.h"

#include <stdbool.h>
#include <stdint.h>

#define PAGE_SIZE_MAX (64 * 1024) /* for text_init of the page's text */
#define PAGE_ANSWERS_MAX 16
#define PAGE_REPORT_MAX 4000 /* characters of a report the form takes */
#define PAGE_NAMES_MAX 60    /* and of the names of a team's people */

enum page_language { PAGE_ZH, PAGE_EN, PAGE_LANGUAGE_COUNT };

/* The better of zh and en for the header Accept-Language (RFC 9110 12.5.4, q values
 * honoured); NULL, empty or neither = zh. */
enum page_language page_language_of(const char *accept_language);

/* What went wrong with the last POST, told at the top of the page. */
enum page_notice {
    PAGE_NOTICE_NONE,
    PAGE_NOTICE_DIGITS,       /* the four digits are missing or wrong */
    PAGE_NOTICE_DIGITS_SPENT, /* five wrong tries, or none on file: the dispatcher helps
                               */
    PAGE_NOTICE_STALE,        /* the page was old: here is the present state */
    PAGE_NOTICE_INVALID,      /* a field was not understood */
    PAGE_NOTICE_TOO_MANY,     /* 429 */
    PAGE_NOTICE_NOT_KEPT, /* 500 and above: ours, not theirs; the answer is not stored */
    PAGE_NOTICE_SAVED,    /* of a person's own page */
    PAGE_NOTICE_FULL,     /* as many wait to join as can be kept */
    PAGE_NOTICE_COUNT
};

#define PAGE_LOOKS_MAX 10
struct page_look { /* who looked at the person's data */
    char at[24];   /* local wall time */
    const char *account;
};

/* The fields of the JSON form of /r/TOKEN, in the same order, and what only the page
 * needs. */

struct page_data {
    const char *duty_phone; /* of whoever can be called, on all pages; NULL, "" = none */
    const char *token;      /* the form posts to /r/TOKEN */
    const char *state;      /* code: the assignment's if there is one, else the alert's */
    bool assigned;          /* state is an assignment's (both kinds have stood_down) */
    const char *nonce;      /* of the form */
    const char *const *answers; /* codes the person may POST now */
    uint32_t answer_count;
    bool exercise;
    const char *kind;      /* incident kind code, "flood" */
    const char *area;      /* "新埭镇" */
    const char *skills[2]; /* what is asked for, by language: "急救", "first aid" */
    int32_t seconds;       /* travel, -1 = no way leads there just now */
    int32_t missing;       /* people still wanted, -1 = unknown */
    /* How many may come with a yes, themself counted: who leads a team; below 2 = nobody
     * is asked for a number. And how many do, after a yes. */
    int32_t brings, count;
    const char *said;  /* a PAGE_... below, instead of the state's sentence, or NULL */
    const char *by;    /* local wall time, "08:14" */
    bool is_past;      /* that time */
    bool needs_digits; /* ask for the last four of the number on file */
    bool opened_by_browser; /* bound to this device */
    bool has_address;       /* only after a yes, while the assignment lasts */
    double lat, lon;        /* WGS-84 */
    const char *address;    /* of who asked: "泖河路 18 号" */
    const char *place;      /* words for the place or how to get in; comes first */
    const char *requester_name, *requester_phone;
    const char *contact;      /* whom to look for on scene */
    const char *warning;      /* "水深，走北侧" */
    const char *check_word;   /* said at the door */
    int32_t ready_in_minutes; /* of `limited`, 0 = none */
    const char *outcome;      /* code of the report, or NULL */
    const char *report;       /* its text */
    int32_t minutes_credited; /* of a verified one, 0 = none */
    bool roll_call;           /* one runs and this person has not answered it */
    bool sos;                 /* the person's alarm is open */
    bool sos_seen;            /* the last one was seen by a dispatcher */
    enum page_notice notice;
    const char *own_page; /* token of the person's own page, or NULL */
    const char *history;  /* how the person has answered, a sentence, or NULL */
    uint32_t look_count;  /* the newest first */
    struct page_look looks[PAGE_LOOKS_MAX];
};

/* The page. RET is appended to; ask its status at the end (ST_LIMIT, ST_NO_MEMORY). */
void page_render(const struct page_data *data, enum page_language language,
                 struct text *ret);

/* One person's sentence to another for a state: what the page says first, and the
 * `sentence` of the JSON form. Never NULL; unknown states get a neutral one. These are
 * said as those of assignments: */
#define PAGE_IN_NEED "in_need"           /* called for help, and is not home */
#define PAGE_CALLED_OFF "called_off"     /* not needed, though nobody filled it */
#define PAGE_WANTED_AGAIN "wanted_again" /* was told not to come; a yes is welcome */
#define PAGE_NOT_MET "not_met"           /* said not to have come, and perhaps is there */
#define PAGE_WANTED_NOW "wanted_now"     /* limited, and "we need you now" was sent */
#define PAGE_ELSEWHERE "elsewhere"       /* has another call, which comes first */
#define PAGE_ASKED_ANEW "asked_anew"     /* for the same need, by a newer message */
#define PAGE_NO_NOTED "no_noted"         /* was told not to come, and said no to it */
const char *page_sentence(const char *state, bool assigned, enum page_language language);

/* A link that is unknown, withdrawn or too old (404, 410). */
void page_render_gone(const char *duty_phone, enum page_language language,
                      struct text *ret);

struct page_case {
    const char *duty_phone;
    const char *case_number; /* "P261123-0001" */
    const char *state;       /* incident state code */
    const char *kind, *area;
    bool exercise;
    const char *reported; /* local wall time, "08:02" */
    int32_t wanted, accepted, en_route, on_scene;
    int32_t first_seconds; /* until the first arrives, -1 = unknown or there already */
    const char *check_word;
};

/* The requester's page. As page_render. */
void page_render_case(const struct page_case *data, enum page_language language,
                      struct text *ret);

#define PAGE_CREDITS_MAX 20
#define PAGE_SKILLS_MAX 64
#define PAGE_COURSES_MAX 20

/* A person's own page, /m/TOKEN. */
struct page_own {
    const char *duty_phone;
    const char *token, *nonce;
    bool has_phone;   /* else the digits cannot be said */
    const char *name; /* NULL: only the digits are asked for, the rest is not looked at */
    const char *number, *area;
    bool suspended;
    const char *push_key;   /* for notifications in a browser; NULL = there are none */
    const char *push_point; /* the key of the browser that shows them; NULL = none does */
    const char *paused_until; /* local wall time; NULL = not paused */
    char today[16];
    int64_t minutes, exercise_minutes;
    uint32_t credit_count; /* the newest first */
    struct {
        char day[16]; /* local */
        const char *kind;
        int32_t minutes;
        bool exercise;
    } credits[PAGE_CREDITS_MAX];
    uint32_t skill_count;
    struct {
        const char *name;
        const char *until; /* last valid day of what it demands; NULL = demands nothing */
        bool counts;
    } skills[PAGE_SKILLS_MAX];
    uint32_t course_count; /* that the person has a seat in or waits for, then those they
                              can go to; of each, the next first */
    struct page_course {
        int64_t id;
        const char *title, *place; /* place: "" = not said */
        char at[24];               /* local wall time */
        int32_t minutes, seats_left;
        int32_t
            place_in_line; /* from 1, on the waiting list; 0 = the person is not on it */
        const char *passed_over; /* why they get no seat of it; NULL = they may */
        bool has_seat;           /* the person has one */
        bool is_open;            /* can be signed up for, and off */
        bool is_cancelled;
    } courses[PAGE_COURSES_MAX];
    const char *mode;
    const char *duty, *quiet; /* code of the choice; NULL: it is another one, as told: */
    const char *duty_text, *quiet_text;
    const char *history;
    uint32_t look_count; /* the newest first */
    struct page_look looks[PAGE_LOOKS_MAX];
    enum page_notice notice;
};

/* As page_render. */
void page_render_own(const struct page_own *data, enum page_language language,
                     struct text *ret);

#define PAGE_SERVICE_KINDS_MAX 64

/* A certificate of service, to be printed. */
struct page_service {
    const char *duty_phone;
    const char *instance; /* its name; "" = it has none */
    const char *issuer;   /* the account; NULL = the person, on their own page */
    const char *token;    /* of that page, to go back to; NULL = there is none */
    const char *certificate;
    const char *name, *number;
    const char *organisation;       /* NULL = none */
    const char *from, *to, *issued; /* days */
    int64_t minutes, assignments, exercise_minutes, exercise_assignments;
    uint32_t kind_count;
    struct page_service_kind {
        const char *kind;
        bool exercise;
        int64_t minutes, assignments;
    } kinds[PAGE_SERVICE_KINDS_MAX];
};

/* As page_render. */
void page_render_service(const struct page_service *data, enum page_language language,
                         struct text *ret);

/* Who wants to join. The fields that were wrong are bits of `wrong`. */
#define PAGE_JOIN_FIELD_LIST(X)                                                          \
    X(NAME, name)                                                                        \
    X(PHONE, phone)                                                                      \
    X(AREA, area)                                                                        \
    X(MODE, mode)                                                                        \
    X(SKILLS, skills)                                                                    \
    X(CONSENT, consent)
#define X(name, field) PAGE_JOIN_##name,
enum page_join_field { PAGE_JOIN_FIELD_LIST(X) PAGE_JOIN_FIELD_COUNT };
#undef X

struct page_join {
    const char *duty_phone;
    const char *nonce;
    const char *instance;                   /* its name; "" = it has none */
    const char *name, *phone, *area, *mode; /* as entered; "" = nothing yet */
    bool consents;
    /* In order; those of one group stand together. The last is none of the others; if it
     * is the only one nothing is asked. */
    uint32_t area_count;
    bool asks_where;   /* they are what lies above towns, and nothing else is asked */
    bool has_villages; /* among them: else they are towns */
    const struct page_join_area {
        const char *group;       /* its heading; NULL = none */
        const char *code, *name; /* name NULL: none of the others */
        bool is_rest;            /* elsewhere in the area of this name */
    } * areas;
    uint32_t skill_count;
    const struct page_join_skill {
        const char *code, *name;
        bool is_chosen;
    } * skills;
    unsigned wrong;
    enum page_notice notice;
};

/* For text_init of this page: it may name every village, or every town. */
#define PAGE_JOIN_SIZE_MAX (8 * 1024 * 1024)
/* As page_render. */
void page_render_join(const struct page_join *data, enum page_language language,
                      struct text *ret);
/* What happens next, to whoever has said so. */
void page_render_join_thanks(const char *duty_phone, enum page_language language,
                             struct text *ret);

#endif
