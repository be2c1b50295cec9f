/* SPDX-License-Identifier: Apache-2.0 */
/* The files of the console, linked into the program (test/tools/make-assets.sh). */
#ifndef MUSTER_API_ASSETS_H
#define MUSTER_API_ASSETS_H

struct asset {
    const char *path; /* "/index.html" */
    const unsigned char *data;
    unsigned long size;
};

/* The table, sorted by path. Call once before threads start. */
const struct asset *assets(unsigned *ret_count);

#endif
