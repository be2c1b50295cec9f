#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Runs cmocka programs, UNIT_JOBS (all cores) at a time, and adds up their counts; prints a failing
# program's whole output.
set -u
export TZ=Asia/Shanghai
if [ "${1:-}" = --one ]; then
    program=$2 log=$3/$(echo "$2" | tr / _)
    started=$(date +%s%N)
    timeout "${UNIT_SECONDS:-300}" "$program" >"$log" 2>&1
    status=$?
    p=$(sed -n 's/.*\[  PASSED  \] \([0-9]*\) test.*/\1/p' "$log" | tail -n 1)
    f=$(sed -n 's/.*\[  FAILED  \] \([0-9]*\) test.*/\1/p' "$log" | tail -n 1)
    p=${p:-0} f=${f:-0}
    if [ $status -ne 0 ] && [ "$f" = 0 ]; then f=1; fi
    [ "$p" != 0 ] || [ "$f" != 0 ] || grep -q '\[  SKIPPED \]' "$log" || { f=1; echo "$program: ran no test" >>"$log"; }
    text=$(if [ "$f" != 0 ]; then cat "$log"; fi; grep -h '^absent:' "$log")
    echo "${text:+$text
}  ${program#build/}: $p passed, $f failed, $(( ($(date +%s%N) - started) / 1000000 )) ms"
    echo "$p $f" >>"$3/counts"
    exit 0
fi
logs=$(mktemp -d)
: >"$logs/counts"
printf '%s\n' "$@" | xargs -P "${UNIT_JOBS:-$(nproc)}" -I PROGRAM "$0" --one PROGRAM "$logs"
ran=$(wc -l <"$logs/counts")
set -- "$#" $(awk '{p += $1; f += $2} END {print p + 0, f + 0}' "$logs/counts")
rm -rf "$logs"
failed=$(($3 + $1 - ran)) # one that told nothing has failed
echo "unit: $2 passed, $failed failed"
[ $failed = 0 ]
