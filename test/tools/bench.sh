#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# test/tools/bench.sh road|plan|loop: prints the figures as JSON, a document a line;
# build/bench/NAME.json keeps them.
set -eu
mkdir -p build/bench
keep() { # NAME COMMAND...
    out=build/bench/$1.json
    shift
    "$@" >"$out"
    cat "$out"
}
case $1 in
loop)
    test/tools/npm-ci.sh test/smtp
    keep loop node bench/loop.mjs
    keep load node bench/load.mjs
    keep bulk build/release/bench/bulk
    keep streams node bench/streams.mjs
    MUSTER_POSTGRES_BASE=${TMPDIR:-/tmp} keep load-postgres test/tools/on-postgres.sh node bench/load.mjs postgres
    NODES=3 CALLOUTS=24 MUSTER_POSTGRES_BASE=${TMPDIR:-/tmp} keep load-nodes test/tools/on-postgres.sh node bench/load.mjs postgres
    ;;
plan)
    keep plan build/release/bench/bench_plan
    keep drill build/release/bench/bench_drill
    keep learn build/release/bench/bench_learn
    keep bound build/release/bench/bench_bound 50
    ;;
road)
    keep road build/release/bench/bench_hierarchy
    keep county build/release/bench/bench_road
    keep circle build/release/bench/bench_circle
    keep recall build/release/muster bench road --json
    data=${MUSTER_DATA:-../shared/data}
    set -- $(ls "$data"/roads/*.gr.gz "$data"/osm/*.pbf "$data"/osm/*.gz 2>/dev/null)
    if [ $# -gt 0 ]; then
        keep recall-maps build/release/muster bench road --json "$@"
    else
        echo "absent: $data/roads and osm" >&2
    fi
    city=$data/roads/Nanjing
    if [ -f "$city.gr.gz" ]; then
        keep crowd build/release/bench/bench_crowd "$city"
        keep crowd-nodes build/release/bench/bench_crowd "$city" 100000 2000 0 # people on the nodes
        folder=$(mktemp -d)
        gzip -cd "$city.gr.gz" >"$folder/city.gr"
        gzip -cd "$city.co.gz" >"$folder/city.co"
        build/release/muster init --dir "$folder/dir" >/dev/null
        build/release/muster import roads --dimacs "$folder/city.gr" --coords "$folder/city.co" --scale 0.001 --dir "$folder/dir" >/dev/null
        build/release/bench/populate "$folder/dir" 200000 >/dev/null
        keep start-rows node bench/start.mjs "$folder/dir" rows
        keep start-image node bench/start.mjs "$folder/dir" image
        rm -r "$folder"
    else
        echo "absent: $city.gr.gz" >&2
    fi
    ;;
*)
    echo "bench.sh: road, plan or loop" >&2
    exit 2
    ;;
esac
