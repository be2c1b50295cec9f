/* SPDX-License-Identifier: Apache-2.0 */
/* What the two ways in which a warning comes have in common. */
#ifndef MUSTER_API_WARNINGS_H
#define MUSTER_API_WARNINGS_H

#include "base/text.h"
#include "intake/cap.h"

/* One of `texts` of a warning, as GET warnings tells it. Texts may be NULL, but for
 * language and event. */
void warning_write_text(struct text *text, const struct cap_info *info);

#endif
