/* SPDX-License-Identifier: Apache-2.0 */
/* What is asked of a field of a person wherever it comes from: a file, a form, the
 * console. NULL, or what is wrong with it. An empty telephone, e-mail or birth clears
 * it. Pure. */
#ifndef MUSTER_CROWD_PERSON_FIELD_H
#define MUSTER_CROWD_PERSON_FIELD_H

#include <stdbool.h>
#include <stdint.h>

#define PERSON_NAME_MAX 240 /* bytes, like all here: 60 characters of four */
#define PERSON_PHONE_MAX 31
#define PERSON_PHONE_DIGITS_MIN 4 /* the last four prove who one is */
#define PERSON_EMAIL_MAX 127
#define PERSON_ORGANISATIONS_MAX 8
#define PERSON_ORGANISATION_MAX 63
#define PERSON_HOURS_MAX 255 /* of duty or quiet as written */

const char *person_judge_number(const char *number);
const char *person_judge_name(const char *name);
const char *person_judge_phone(const char *phone);
const char *person_judge_email(const char *email);
const char *person_judge_organisation(const char *name);
/* *RET_DAY: days since 1970; INT32_MIN of an empty text. Nobody is born after TODAY; 0 =
 * not known. */
const char *person_read_birth(const char *text, int32_t today, int32_t *ret_day);

bool person_has_control(const char *text); /* a control character */

#endif
