/* SPDX-License-Identifier: Apache-2.0 */
/* What somebody has written back to a text message: "1", "4821 1", "３ 20", "来", "no".
 * Judged strictly, for a yes that was not meant costs a seat: the whole message must be
 * understood, or nothing is. Pure. */
#ifndef MUSTER_CHANNEL_ANSWER_TEXT_H
#define MUSTER_CHANNEL_ANSWER_TEXT_H

#include "store/text_answer.h"

#define ANSWER_TEXT_MAX 500 /* bytes that are looked at; more is not understood */

/* Full-width and half-width, capitals and small letters, marks and spaces are the same.
 * Four digits are a code; a code and a key may stand together ("48211"). RET gets the
 * word (TEXT_NONE: not understood, or words that contradict each other), the code ("" =
 * none) and the minutes (-1 = none, also of a "later" without any). O(size). */
void answer_text_read(const char *text, struct text_answer *ret);

#endif
