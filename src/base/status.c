/* SPDX-License-Identifier: Apache-2.0 */
#include "base/status.h"

const char *status_text(int status)
{
    switch (status) {
    case ST_OK:
        return "ok";
#define X(name, value, text)                                                             \
    case ST_##name:                                                                      \
        return text;
        STATUS_LIST(X)
#undef X
    }
    return "unknown status";
}
