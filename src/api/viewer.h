/* SPDX-License-Identifier: Apache-2.0 */
/* Who is asking: an account with its roles, each scoped to an area's subtree. */
#ifndef MUSTER_API_VIEWER_H
#define MUSTER_API_VIEWER_H

#include <stdbool.h>
#include <stdint.h>

#define VIEWER_ROLES_MAX 32
#define VIEWER_NAME_MAX 64

#define ROLE_LIST(X)                                                                     \
    X(ADMIN, "admin")                                                                    \
    X(COMMANDER, "commander")                                                            \
    X(DISPATCHER, "dispatcher")                                                          \
    X(VERIFIER, "verifier")                                                              \
    X(TRAINER, "trainer")                                                                \
    X(AUDITOR, "auditor")                                                                \
    X(VIEWER, "viewer")
#define X(name, code) ROLE_##name,
enum role { ROLE_LIST(X) ROLE_COUNT };
#undef X

/* Sets of roles. Trainers act as dispatchers where the incident is an exercise. */
#define MAY(role) (1U << ROLE_##role)
enum {
    MAY_DISPATCH = MAY(ADMIN) | MAY(COMMANDER) | MAY(DISPATCHER),
    MAY_DRILL = MAY_DISPATCH | MAY(TRAINER), /* trainers: exercises only */
    MAY_COMMAND = MAY(ADMIN) | MAY(COMMANDER),
    MAY_VERIFY = MAY_DISPATCH | MAY(VERIFIER),
    MAY_TRAIN = MAY(ADMIN) | MAY(TRAINER),
    MAY_SEE_PEOPLE = MAY_DISPATCH | MAY(TRAINER) | MAY(AUDITOR),
    MAY_READ = (1U << ROLE_COUNT) - 1,
    MAY_AUDIT = MAY_DISPATCH | MAY(VERIFIER) | MAY(AUDITOR) | MAY(TRAINER),
    MAY_PUBLIC = 0, /* no account needed */
};

struct viewer {
    int64_t account_id; /* 0 = nobody signed in */
    char account[VIEWER_NAME_MAX + 1];
    bool by_cookie; /* state changes need the CSRF header */
    char csrf[33];
    uint32_t role_count;
    struct {
        enum role role;
        int64_t area;
    } roles[VIEWER_ROLES_MAX];
};

const char *role_code(enum role role);
bool role_parse(const char *code, enum role *ret);
extern const char *const role_codes[]; /* NULL behind the last */

#endif
