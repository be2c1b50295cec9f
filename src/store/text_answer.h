/* SPDX-License-Identifier: Apache-2.0 */
/* An answer that came from a telephone number, by text message or by a key pressed during
 * a call: whose it is and which alert it means is decided by the writer, when it is run,
 * so that it can neither go to an alert that has just ended nor to the wrong one of two.
 */
#ifndef MUSTER_STORE_TEXT_ANSWER_H
#define MUSTER_STORE_TEXT_ANSWER_H

#include "base/diag.h"
#include "store/people.h"

struct writer;

/* X(NAME, what may be written or pressed) */
#define TEXT_WORD_LIST(X)                                                                \
    X(NONE, "")                                                                          \
    X(YES, "1") /* to the question asked last: I come, or I am all right */              \
    X(NO, "2")                                                                           \
    X(LATER, "3") /* with minutes */                                                     \
    X(DEPART, "4")                                                                       \
    X(ARRIVE, "5")                                                                       \
    X(RELEASE, "6")                                                                      \
    X(HELP, "9")
enum text_word {
#define X(name, key) TEXT_##name,
    TEXT_WORD_LIST(X)
#undef X
        TEXT_WORD_COUNT
};

struct text_answer {
    char phone[PERSON_PHONE_MAX + 1]; /* compared by its digits */
    char code[5]; /* of the alert; "" = the only one that waits for an answer, else the
                     newest */
    enum text_word word;
    int32_t minutes;   /* with TEXT_LATER */
    const char *words; /* TEXT_NONE: what was written, for the dispatcher */
    /* out */
    int64_t alert_id;
    bool is_asked; /* whether they come, and they have not said */
};

/* A function for commands. ST_NOT_FOUND: nobody of this number is asked anything (with
 * this code); ST_CONFLICT with `code` in reterr->where: several are open, the code must
 * say which; else as the loop refuses. The answer's event says "text". */
int text_answer_run(struct writer *writer, struct text_answer *self, int64_t now_ms,
                    struct diag *reterr) __attribute__((warn_unused_result));

#endif
