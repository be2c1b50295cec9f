#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# test/tools/sanitized.sh asan|tsan COMMAND...: the whole server under a sanitizer, driven by a story or a walk.
# A finding ends the server, or its exit code is not 0: both fail the story.
set -eu
make --no-print-directory BUILD="$1" "build/$1/muster"
MUSTER=build/$1/muster DRILL_RUNS=8
export MUSTER DRILL_RUNS
shift
exec "$@"
