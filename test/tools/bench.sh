#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# test/tools/bench.sh road|plan|loop: prints the figures as JSON; build/bench/NAME.json keeps them.
set -eu
mkdir -p build/bench
out=build/bench/$1.json
case $1 in
loop)
    test/tools/npm-ci.sh test/smtp
    node bench/loop.mjs >"$out"
    ;;
plan)
    build/release/bench/bench_plan >"$out"
    cat "$out"
    out=build/bench/drill.json
    build/release/bench/bench_drill >"$out"
    ;;
road) # one document a line
    build/release/bench/bench_hierarchy >"$out"
    build/release/bench/bench_road >>"$out"
    build/release/bench/bench_circle >>"$out"
    city=${MUSTER_DATA:-../shared/data}/roads/Nanjing
    if [ -f "$city.gr.gz" ]; then
        build/release/bench/bench_crowd "$city" >>"$out"
    else
        echo "absent: $city.gr.gz" >&2
    fi
    ;;
*)
    build/release/bench/bench_"$1" >"$out"
    if [ "$1" = plan ]; then
        build/release/bench/bench_learn >build/bench/learn.json
    fi
    ;;
esac
cat "$out"
if [ "$1" = plan ]; then
    cat build/bench/learn.json
fi
