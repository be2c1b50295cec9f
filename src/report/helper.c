/* SPDX-License-Identifier: Apache-2.0 */
/* Font libraries keep memory and have bugs of their own: a process for each document, so
 * that the server is as it was afterwards. */
#include "base/child.h"
#include "base/status.h"
#include "base/text.h"
#include "report/pdf.h"

int report_pdf_by_helper(const char *program, const char *json, size_t size,
                         enum report_language language, struct text *ret,
                         struct diag *reterr)
{
    const char *words[] = {"report-pdf", "--lang", language == REPORT_ZH ? "zh" : "en",
                           NULL};
    const struct child_config config = {.program = program,
                                        .words = words,
                                        .seconds_max = REPORT_HELPER_S,
                                        .data = json,
                                        .size = size};
    enum child_end end;
    if (child_run(&config, ret, &end) != ST_OK)
        return diag_set(reterr, ST_IO, 0, 0, "pdf", "the helper cannot be started");
    if (end == CHILD_LATE)
        return diag_set(reterr, ST_IO, 0, 0, "pdf", "the helper took too long");
    if (end != CHILD_DONE || ret->size < 5)
        return diag_set(reterr, ST_IO, 0, 0, "pdf", "the helper failed");
    return ret->status;
}
