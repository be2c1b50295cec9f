#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Runs cmocka programs and adds up their counts; prints a failing program's whole output.
set -u
export TZ=Asia/Shanghai
passed=0 failed=0
log=$(mktemp)
for program in "$@"; do
    started=$(date +%s%N)
    timeout "${UNIT_SECONDS:-300}" "$program" >"$log" 2>&1
    status=$?
    p=$(sed -n 's/.*\[  PASSED  \] \([0-9]*\) test.*/\1/p' "$log" | tail -n 1)
    f=$(sed -n 's/.*\[  FAILED  \] \([0-9]*\) test.*/\1/p' "$log" | tail -n 1)
    p=${p:-0} f=${f:-0}
    if [ $status -ne 0 ] && [ "$f" = 0 ]; then f=1; fi
    [ "$p" != 0 ] || [ "$f" != 0 ] || { f=1; echo "$program: ran no test" >>"$log"; }
    if [ "$f" != 0 ]; then cat "$log"; fi
    grep -h '^absent:' "$log"
    echo "  ${program#build/}: $p passed, $f failed, $(( ($(date +%s%N) - started) / 1000000 )) ms"
    passed=$((passed + p)) failed=$((failed + f))
done
rm -f "$log"
echo "unit: $passed passed, $failed failed"
[ $failed = 0 ]
