#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Runs every fuzz target on its seed corpus (test/fuzz/corpus/NAME) for FUZZ_SECONDS, as many
# at a time as there are cores. New inputs stay in build/fuzz-corpus; a crash is left in
# build/fuzz-crash and fails.
set -u
if [ "${1:-}" = one ]; then
    program=$2
    name=$(basename "$program")
    seeds=test/fuzz/corpus/${name#fuzz_}
    work=build/fuzz-corpus/$name
    mkdir -p "$work"
    [ -d "$seeds" ] || { echo "  $name: FAILED, no seed corpus in $seeds"; exit 0; }
    dict=test/fuzz/dict/${name#fuzz_}.dict
    if "$program" -max_total_time="${FUZZ_SECONDS:-10}" -timeout=25 -rss_limit_mb=2048 -verbosity=0 \
        -print_final_stats=1 -artifact_prefix="build/fuzz-crash/$name-" \
        ${dict:+$([ -f "$dict" ] && echo "-dict=$dict")} "$work" "$seeds" >"$work.log" 2>&1; then
        echo "  $name: ok, $(sed -n 's/^stat::number_of_executed_units: *//p' "$work.log") runs"
    else
        tail -n 40 "$work.log"
        echo "  $name: FAILED"
    fi
    exit 0
fi
mkdir -p build/fuzz-crash build/fuzz-corpus
log=build/fuzz-corpus/all.log
printf '%s\n' "$@" | xargs -P "$(nproc)" -n 1 "$0" one | tee "$log"
passed=$(grep -c '^  [a-z_]*: ok' "$log")
failed=$(($# - passed))
echo "fuzz: $passed passed, $failed failed"
[ $failed = 0 ]
