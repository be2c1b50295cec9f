/* SPDX-License-Identifier: Apache-2.0 */
/* What a person behind a reply link sees: read once, then written as a page or as JSON.
 */
#ifndef MUSTER_API_VIEW_H
#define MUSTER_API_VIEW_H

#include "api/internal.h"
#include "api/page.h"
#include "base/time.h"
#include "loop/loop.h"
#include "store/looks.h"
#include "store/notes.h"
#include "store/people.h"
#include "store/texts.h"

#define VIEW_NONCE_SIZE 17
#define VIEW_COOKIE_SIZE 33

struct view {
    struct read_alert alert;
    struct read_assignment assignment;
    bool has_assignment, assigned;        /* assigned: the state is the assignment's */
    const struct read_incident *incident; /* these two: valid until the next view is */
    const struct read_need *need;         /* loaded; NULL in a brief one */
    struct requester requester;
    struct need_notes notes; /* these two: with the address only */
    char state[READ_CODE_SIZE];
    char nonce[VIEW_NONCE_SIZE];
    char skills[2][256], by[TIME_TEXT_SIZE], area[AREA_NAME_MAX + 1];
    char check_word[8];
    const char *answers[PAGE_ANSWERS_MAX];
    uint32_t answer_count;
    bool is_brief; /* only what view_load_brief says is filled */
    bool is_bound_here, needs_digits, shows_address;
    bool opened_by_browser; /* its page was given to a browser */
    bool roll_call;         /* one runs and this person has not answered it */
    bool is_past;           /* the time by which people are wanted */
    bool is_over;           /* nobody is wanted any more, whatever they say */
    bool is_wanted_again;   /* not needed any more, but since then a seat is free */
    bool is_elsewhere;      /* said not to have come, and asked or expected elsewhere */
    const char *said;       /* instead of the state's sentence: as page_data's */
    char *report;           /* mem_free */
    int32_t missing;        /* on the lines that the person is qualified for */
    struct look_seen looks[LOOKS_SHOWN_MAX]; /* who looked at the person's data */
    uint32_t look_count;
    char own_page[LINK_TOKEN_SIZE]; /* token; "" = not shown */
    int64_t own_page_ended_ms;      /* links of before open nothing */
    struct planner *planner;        /* knows how the person has answered; may be NULL */
};

/* Everything of the alert ID for the device whose cookie hashes to DEVICE (32 zero bytes:
 * none; NULL: the person has proved to be it by digits). ST_NOT_FOUND. view_release after
 * success. */
int view_load(struct view *view, struct call *call, int64_t alert_id,
              const uint8_t device[32]) MUSTER_MUST_USE;
/* Only the alert, its assignment, the state, whose device it is and who looked: enough to
 * judge an answer, not to show it. */
int view_load_brief(struct view *view, struct call *call, int64_t alert_id,
                    const uint8_t device[32]) MUSTER_MUST_USE;
/* Everything after the step DONE, from the brief view before it: the rows that the writer
 * has just written are not read again. As view_load. */
int view_load_after(struct view *view, struct call *call, const struct view *before,
                    const struct loop_command *done,
                    const uint8_t device[32]) MUSTER_MUST_USE;
void view_release(struct view *view);
/* Fills the answers that the person may POST now; view_load has done so. */
void view_list_answers(struct view *view);
/* The sentence that the page begins with. */
const char *view_sentence(const struct view *view, enum page_language language);
void view_write_json(const struct view *view, struct text *ret);
void view_write_page(const struct view *view, const struct call *call,
                     enum page_notice notice, enum page_language language,
                     struct text *ret);

/* What only this instance can say about WHAT, ID and SALT. */
void view_prove(const struct api *api, const char *what, int64_t id, uint32_t salt,
                uint8_t ret[32]);
/* A form's nonce is 32 random bits and 32 bits that prove that they are ours for this
 * alert. False: not ours. */
void view_make_nonce(struct api *api, int64_t alert_id, char ret[VIEW_NONCE_SIZE]);
bool view_check_nonce(const struct api *api, int64_t alert_id, const char *nonce,
                      uint64_t *ret);
/* What makes a form the same one when it is sent again, by its page's nonce, its answer
 * and, of a report, OUTCOME and TEXT (NULL: none). On a bad line a page stays open whose
 * first answer was carried out and got no reply: what is pressed next there, a refusal
 * after a yes or a call for help, is another form. Never 0. */
uint64_t view_form(uint64_t nonce, enum loop_input_kind kind, int64_t outcome,
                   const char *text);
/* The cookie that the first answer gives its device, in hex: random to everybody but the
 * sender of that form, so that the form sent again (a second press before the answer was
 * there) is given the same one. */
void view_make_cookie(const struct api *api, int64_t alert_id, uint64_t nonce,
                      char ret[VIEW_COOKIE_SIZE]);
/* What requester and helper say to each other at the door. */
void view_check_word(const struct api *api, int64_t incident_id, char ret[8]);

#endif
