/* SPDX-License-Identifier: Apache-2.0 */
/* What came of one need in one run under one policy. Both engines fill it, and for the
 * same seed with the same figures. */
#ifndef MUSTER_DRILL_OUTCOME_H
#define MUSTER_DRILL_OUTCOME_H

#include "drill/told.h"

#include <stdbool.h>
#include <stdint.h>

#define OUTCOME_NEVER INT64_MAX

struct drill_outcome {
    /* After the incident (not the call-out): OUTCOME_NEVER = not by the deadline. */
    int64_t first_ms; /* the first one on scene */
    int64_t count_ms; /* as many as were wanted */
    int64_t first_yes_ms;
    uint32_t alerts;      /* alerts sent; each person once, unless asked anew later */
    uint32_t waves;       /* moments at which somebody was alerted */
    uint32_t undelivered; /* could not be delivered on any channel */
    uint32_t accepted;    /* yes, with a seat */
    uint32_t late;        /* yes, too late for a seat */
    uint32_t declined;
    uint32_t no_answer;
    uint32_t stood_down; /* alerted, and let go before they answered */
    uint32_t arrived;
    uint32_t needless; /* left home in vain: turned back, or arrived beyond the count */
    uint32_t lost;     /* said yes and never left */
    struct told_run told; /* by the plans; ours only */
    bool target_reached;  /* as the first plan said */
};

/* Every alert sent is told to whoever counts them by person. */
struct outcome_counter {
    void (*on_alert)(void *context, uint32_t need, uint32_t person);
    void *context;
};

#endif
