#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Runs every fuzz target on its seed corpus (test/fuzz/corpus/NAME) for FUZZ_SECONDS.
# New inputs stay in build/fuzz-corpus; a crash is left in build/fuzz-crash and fails.
set -u
passed=0 failed=0
mkdir -p build/fuzz-crash
for program in "$@"; do
    name=$(basename "$program")
    seeds=test/fuzz/corpus/${name#fuzz_}
    work=build/fuzz-corpus/$name
    mkdir -p "$work"
    [ -d "$seeds" ] || { echo "$name: no seed corpus in $seeds"; failed=$((failed + 1)); continue; }
    dict=test/fuzz/dict/${name#fuzz_}.dict
    if "$program" -max_total_time="${FUZZ_SECONDS:-10}" -timeout=10 -rss_limit_mb=2048 -verbosity=0 \
        -print_final_stats=1 -artifact_prefix="build/fuzz-crash/$name-" \
        ${dict:+$([ -f "$dict" ] && echo "-dict=$dict")} "$work" "$seeds" >"$work.log" 2>&1; then
        passed=$((passed + 1))
        echo "  $name: ok, $(sed -n 's/^stat::number_of_executed_units: *//p' "$work.log") runs"
    else
        failed=$((failed + 1))
        tail -n 40 "$work.log"
        echo "  $name: FAILED"
    fi
done
echo "fuzz: $passed passed, $failed failed"
[ $failed = 0 ]
