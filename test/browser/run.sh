#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# run.sh one|story|views|all: in Debian's Chromium one story, or all, or every view in three
# of its six looks, or all stories and looks. Against BASE_URL if it is set (with ACCOUNT and
# PASSWORD), else against build/release/muster's demo county, else (no program built) against
# the stand-in server of mock.mjs. Pictures go to build/screens.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
cd "$here"
../tools/npm-ci.sh .
# The volunteer's pages in every state, as the C renderer makes them.
what=${1:-story}
if [ "${MUSTER:-}" != none ]; then
    for test in page page_own; do
        (cd "$here/../.." && make --no-print-directory -s build/release/unit/api/test_$test &&
            mkdir -p build/pages && MUSTER_PAGES=build/pages build/release/unit/api/test_$test >/dev/null 2>&1)
    done
fi
exec node stories.mjs "$what"
