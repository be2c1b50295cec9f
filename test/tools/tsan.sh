#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The unit tests of the layers with threads, under ThreadSanitizer.
set -eu
programs=
for layer in crowd store dispatch channel http api main; do
    for test in test/unit/"$layer"/test_*.c; do
        [ -f "$test" ] && programs="$programs build/tsan/unit/$layer/$(basename "$test" .c)"
    done
done
programs="$programs build/tsan/unit/road/test_live" # of the roads only this one has threads
make --no-print-directory BUILD=tsan $programs
UNIT_SECONDS=900 test/tools/run-unit.sh $programs
