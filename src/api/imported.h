/* SPDX-License-Identifier: Apache-2.0 */
/* What an import of people came to, as JSON: the answer of POST people/imports, and what
 * `import people --json` prints. */
#ifndef MUSTER_API_IMPORTED_H
#define MUSTER_API_IMPORTED_H

#include <stdbool.h>

struct diag;

struct people_file;
struct text;

/* {added, changed, same, retired, names_compared, warnings:[{line, column, field, text} |
 * {line, text, other}]} of a file that people_import has run. A warning's line is 0 if it
 * is about the whole file; OTHER is the number of the person that the line resembles. */
/* Whether new people have no area, and what is to be said of it. */
bool imported_unplaced(const struct people_file *file, struct diag *ret);
void imported_write(const struct people_file *file, struct text *ret);

#endif
