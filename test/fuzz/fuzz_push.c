/* SPDX-License-Identifier: Apache-2.0 */
/* What a browser says of itself: what is kept of it is read as it was given, and nothing
 * is posted to but an origin of the list. */
#include "base/mem.h"
#include "channel/push.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define SERVICES "push.example *.push.example http://127.0.0.1:9"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool is_of_list(const char *endpoint)
{
    return strncasecmp(endpoint, "https://", 8) == 0 ||
           strncmp(endpoint, "http://127.0.0.1:9", 18) == 0;
}

/* Endpoint, key and secret, a line each. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char kept[PERSON_PUSH_MAX + 1];
    struct push_target target;
    struct diag diag;
    AUTO_FREE char *text = mem_strndup((const char *)data, size);
    if (text == NULL)
        return 0;
    (void)push_target_read(text, &target);
    char *rest = text;
    const char *endpoint = strsep(&rest, "\n");
    const char *key = rest == NULL ? "" : strsep(&rest, "\n");
    const char *secret = rest == NULL ? "" : strsep(&rest, "\n");
    if (push_target_write(SERVICES, false, endpoint, key, secret, kept, &diag) != 0)
        return 0;
    if (!push_target_read(kept, &target) || strcmp(target.endpoint, endpoint) != 0 ||
        !is_of_list(endpoint))
        abort();
    return 0;
}
