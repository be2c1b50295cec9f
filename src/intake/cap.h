/* SPDX-License-Identifier: Apache-2.0 */
/* Warnings as other bodies send them: one alert of the Common Alerting Protocol (OASIS
 * CAP 1.1 and 1.2), from bytes to a struct.
 *
 * What is judged how. Agencies do not all write what the schema says, and an alert that
 * is lost harms more than one that is untidy; but nothing is guessed. A document is
 * refused, with line, column and element, if
 * - it is not well-formed, has a DOCTYPE, or its encoding or namespace is not read (CAP
 *   1.0 is none of those that are);
 * - an element is missing, unknown or there twice, or one of <alert> is out of order;
 * - a word is none of its list, a number is none, a time is none of RFC 3339; `sent`, a
 *   part of the name of an alert, has to be exactly in form;
 * - an identifier or a sender has a blank, a comma, < or &;
 * - an Update, Cancel, Ack or Error has no references; one of them is no triple, is
 *   later than `sent`, or is the alert itself (but for an all-clear);
 * - restriction or addresses do not go with the scope; expires is before effective;
 * - a polygon is not closed, crosses itself or leaves the earth; a circle has no
 *   radius, a ceiling no altitude below it, a code of a division not 6, 9 or 12 digits;
 * - a text holds HTML that does more than set lines, or a link does not lead to the
 *   web;
 * - a limit below is passed.
 * Where it breaks another rule and what is meant is clear, it is read with a warning
 * (CAP_WARNING_LIST). White space around a text is none of it, an empty element is one
 * that is not there, attributes say nothing. Signatures are not checked.
 *
 * Pure: bytes in, no clock; whether an alert has expired is the caller's question.
 * Texts are UTF-8 and never NULL ("" = not given). */
#ifndef MUSTER_INTAKE_CAP_H
#define MUSTER_INTAKE_CAP_H

#include "base/diag.h"
#include "geo/polygon.h"
#include "intake/cap_words.h"

#include <stddef.h>
#include <stdint.h>

#define CAP_SIZE_MAX (2u << 20) /* bytes of a document; a real one has 1.7 MB */
#define CAP_DEPTH_MAX 16        /* elements within elements, those of a signature too */
#define CAP_NAME_MAX 255u       /* bytes of an identifier or a sender */
#define CAP_TEXT_MAX 65535u     /* bytes of any other text but a polygon */
#define CAP_INFOS_MAX 32u       /* of an alert */
#define CAP_REFERENCES_MAX 500u /* of an alert */
#define CAP_AREAS_MAX 1000u     /* of an info */
#define CAP_VALUES_MAX 1000u    /* parameters, event codes or geocodes of one */
#define CAP_CIRCLES_MAX 1000u   /* of an area */
#define CAP_RING_MAX 50000u     /* points of a polygon; a real one has 41,009 */
#define CAP_POINTS_MAX 200000u  /* of an alert's polygons; a real one has 93,040 */
#define CAP_RADIUS_MAX_M 20037508u /* of a circle: half around the earth */
#define CAP_DIVISION_MAX 12u       /* digits of a division code */

enum cap_version { CAP_VERSION_1_1, CAP_VERSION_1_2 };

/* An eventCode, a parameter or a geocode. Either text may be "". */
struct cap_value {
    const char *name, *value;
};

struct cap_values {
    struct cap_value *items;
    uint32_t count, capacity;
};

struct cap_circle {
    struct point centre;
    uint32_t radius_m; /* 0 in many a real alert: a place and no area */
};

struct cap_area {
    const char *description;
    struct polygon polygon; /* each <polygon> a part without holes; parts may overlap */
    struct cap_circle *circles;
    uint32_t circle_count, circle_capacity;
    struct cap_values geocodes;
};

/* What is said in one language, or to one audience. Times are wall milliseconds, 0 = not
 * given. */
struct cap_info {
    const char *language; /* RFC 3066; "en-US" if not given, as the standard says */
    uint32_t categories;  /* 1u << enum cap_category, at least one */
    uint32_t responses;   /* 1u << enum cap_response */
    enum cap_urgency urgency;
    enum cap_severity severity;
    enum cap_certainty certainty;
    const char *event; /* never "" */
    int64_t effective_ms, onset_ms, expires_ms;
    const char *sender_name, *headline, *description, *instruction, *web, *contact;
    struct cap_values event_codes, parameters;
    struct cap_area *areas; /* none is legal: then the sender says where in words */
    uint32_t area_count, area_capacity;
};

/* A former alert that this one is about. An alert's name is all three. */
struct cap_reference {
    const char *sender, *identifier;
    int64_t sent_ms;
};

struct cap_alert {
    enum cap_version version;
    const char *identifier, *sender;
    int64_t sent_ms;
    enum cap_status status; /* other than actual: nobody is to be called out for it */
    enum cap_type type;
    enum cap_scope scope;
    struct cap_reference *references;
    uint32_t reference_count, reference_capacity;
    struct cap_info *infos; /* none is legal: a Cancel needs no more than references */
    uint32_t info_count, info_capacity;
    uint32_t warnings[CAP_WARNING_COUNT];      /* how often, by enum cap_warning */
    uint32_t warning_lines[CAP_WARNING_COUNT]; /* the first of them, 1-based; 0 = none */
    char *texts; /* what the names and texts above point into */
};

/* *RET: cap_free. ST_INVALID, ST_UNSUPPORTED (DOCTYPE, encoding, CAP 1.0), ST_LIMIT, each
 * with the place; ST_NO_MEMORY. Cost O(size), and that of geo/crossing.h for each
 * polygon; memory a few times the document. */
int cap_read(const char *data, size_t size, struct cap_alert **ret, struct diag *reterr)
    __attribute__((warn_unused_result));
void cap_free(struct cap_alert *alert); /* NULL is fine */

/* The info block to show to readers of LANGUAGE ("zh", "en"): the first in it, else the
 * first in English, else the first; NULL if the alert has none. */
const struct cap_info *cap_info_for(const struct cap_alert *alert, const char *language);
/* The colour of a warning as Chinese bodies give it: the highest that is named in the
 * first of these that names one: the values of parameters whose name speaks of a level or
 * a colour, and of event codes (红色 or red, Ⅰ级 or I级, and so on); the headline, the
 * event (红色, Ⅰ级, I级). Otherwise by severity: Minor blue, Moderate yellow, Severe
 * orange, Extreme red, Unknown none. */
enum cap_level cap_level(const struct cap_info *info);
/* The administrative division that a geocode names: 6, 9 or 12 digits (GB/T 2260 and the
 * statistical codes) that begin with a province of China, whatever its name; NULL if it
 * is something else. */
const char *cap_division(const struct cap_value *geocode);

#endif
