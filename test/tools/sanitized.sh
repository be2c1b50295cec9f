#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# test/tools/sanitized.sh asan|tsan STORY: the whole server under a sanitizer, driven by a story.
# A finding ends the server, or its exit code is not 0: both fail the story.
set -eu
make --no-print-directory BUILD="$1" "build/$1/muster"
MUSTER=build/$1/muster DRILL_RUNS=8 exec test/story/"$2".sh
