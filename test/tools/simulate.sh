#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# simulate.sh PROGRAM COUNT: seeds 1 to COUNT of 10 virtual minutes, as many at a time as
# there are cores. A seed that fails is printed with what it violates.
set -u
program=$1 count=$2
failures=$(seq 1 "$count" | xargs -P "$(nproc)" -I SEED sh -c \
    '"$1" simulate --seed SEED --minutes 10 2>&1 >/dev/null || echo "failed: seed SEED"' \
    sh "$program")
failed=$(printf '%s\n' "$failures" | grep -c '^failed:')
[ "$failed" = 0 ] || printf '%s\n' "$failures"
echo "simulate: $((count - failed)) passed, $failed failed"
[ "$failed" = 0 ]
