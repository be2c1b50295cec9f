/* SPDX-License-Identifier: Apache-2.0 */
/* The report on paper: A4, embedded subsets of the fonts that fontconfig finds. Not safe
 * in several threads at once: a server lets a short-lived helper process do it. */
#ifndef MUSTER_REPORT_PDF_H
#define MUSTER_REPORT_PDF_H

#include "base/diag.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define REPORT_PDF_MAX (32u << 20)

struct text;

enum report_language { REPORT_EN, REPORT_ZH };
/* "en" or "zh". */
bool report_language_parse(const char *code, enum report_language *ret);

/* Draws JSON (report_write) into RET. RET_MISSING (may be NULL): characters for which no
 * font is installed; then fonts-noto-cjk is what to install. ST_INVALID: the document is
 * no report; ST_LIMIT, ST_NO_MEMORY. */
int report_pdf(const char *json, size_t size, enum report_language language,
               struct text *ret, uint32_t *ret_missing, struct diag *reterr)
    __attribute__((warn_unused_result));

/* The same by a helper: runs PROGRAM (muster itself) with `report-pdf --lang L`, gives it
 * JSON and takes the PDF; ends it after REPORT_HELPER_S seconds. Any thread. ST_IO: it
 * could not be run or failed; reterr has its last words. */
#define REPORT_HELPER_S 30
int report_pdf_by_helper(const char *program, const char *json, size_t size,
                         enum report_language language, struct text *ret,
                         struct diag *reterr) __attribute__((warn_unused_result));

#endif
