#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# run.sh story|views|all: the browser stories in Debian's Chromium, or every view in every
# look, or both. Against BASE_URL if it is set (with ACCOUNT and PASSWORD), else against
# build/release/muster's demo county, else (no program built) against the stand-in server of
# mock.mjs. Pictures go to build/screens.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
cd "$here"
../tools/npm-ci.sh .
# The volunteer's pages in every state, as the C renderer makes them.
if [ "${1:-story}" != story ] && [ "${MUSTER:-}" != none ]; then
    (cd "$here/../.." && make --no-print-directory -s build/release/unit/api/test_page &&
        mkdir -p build/pages && MUSTER_PAGES=build/pages build/release/unit/api/test_page >/dev/null 2>&1)
fi
exec node stories.mjs "${1:-story}"
