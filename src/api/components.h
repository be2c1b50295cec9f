/* SPDX-License-Identifier: Apache-2.0 */
/* The answers of the API as JSON schemas, for the OpenAPI document. */
#ifndef MUSTER_API_COMPONENTS_H
#define MUSTER_API_COMPONENTS_H

#include <stdint.h>

struct component {
    const char *name;
    const char *schema;  /* JSON */
    const char *example; /* JSON */
};
extern const struct component components[];
extern const uint32_t component_count;

#endif
