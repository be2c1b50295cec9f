/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of pages share: a page that is kept, and what stands in it. */
#ifndef MUSTER_TEST_KEPT_PAGE_H
#define MUSTER_TEST_KEPT_PAGE_H

#include "api/page.h"

#include "base/mem.h"
#include "base/status.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* With MUSTER_PAGES=FOLDER it is written there, for the eyes and for the browser stories.
 */
static inline void keep(const char *name, enum page_language language,
                        const struct text *page)
{
    const char *folder = getenv("MUSTER_PAGES");
    if (!folder)
        return;
    char path[512];
    snprintf(path, sizeof path, "%s/%s-%s.html", folder, name,
             language == PAGE_ZH ? "zh" : "en");
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text_string(page), file);
    fclose(file);
}

static inline void assert_has(const struct text *page, const char *part)
{
    if (!strstr(text_string(page), part))
        fail_msg("'%s' is not in: %s", part, text_string(page));
}

static inline void assert_lacks(const struct text *page, const char *part)
{
    if (strstr(text_string(page), part))
        fail_msg("'%s' is in: %s", part, text_string(page));
}

#endif
