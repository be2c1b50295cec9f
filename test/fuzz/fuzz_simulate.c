/* SPDX-License-Identifier: Apache-2.0 */
/* What the simulated volunteers read: no crash, and whatever is taken as a message has a
 * link on this machine. */
#include "demo/simulate_internal.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct simulate_message message;
    struct simulate_page page;
    if (simulate_message_parse(&message, (const char *)data, size) == 0)
        assert(simulate_is_local(message.link));
    if (simulate_page_parse(&page, (const char *)data, size) == 0) {
        assert(page.answer_count <= SIMULATE_ANSWERS_MAX);
        struct simulate_link link = {.decision = SIMULATE_ACCEPT};
        random_seeded_init(&link.random, 1);
        struct simulate_config config = {.speed = 1, .reply_median_ms = 1};
        enum simulate_action action = simulate_next(&link, &page);
        assert(simulate_delay_ms(&config, &link, action, &page) >= 0);
        struct text body;
        text_init(&body, 8192);
        simulate_body(&link, action, &page, &body);
        text_release(&body);
    }
    return 0;
}
