#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# simulate.sh PROGRAM COUNT: seeds 1 to COUNT of 10 virtual minutes, some in one process
# and as many processes as there are cores. A seed that fails is printed with what it
# violates; a process that dies counts all its seeds as failed and says which. On a terminal
# it says how far it is.
set -u
program=$1 count=$2
at_once=$(((count + 2 * $(nproc) - 1) / (2 * $(nproc))))
[ "$at_once" -le 25 ] || at_once=25
answers=$(seq 1 "$at_once" "$count" | xargs -P "$(nproc)" -I FIRST sh -c '
    seeds=$(($3 - FIRST + 1)); [ "$seeds" -le "$2" ] || seeds=$2
    [ ! -t 2 ] || printf "\r  seeds from FIRST of %d " "$3" >&2
    "$1" simulate --seed FIRST --seeds "$seeds" --minutes 10 2>&1
    [ $? -le 1 ] || echo "failed: the process of seeds FIRST to $((FIRST + seeds - 1))"' \
    sh "$program" "$at_once" "$count")
[ ! -t 2 ] || printf '\r%40s\r' '' >&2
held=$(printf '%s\n' "$answers" | sed -n 's/^from seed.*seeds, \([0-9]*\) held$/\1/p;s/^seed .*held: true.*/1/p' |
    awk '{ sum += $1 } END { print sum + 0 }')
[ "$held" = "$count" ] || printf '%s\n' "$answers"
echo "simulate: $held passed, $((count - held)) failed"
[ "$held" = "$count" ]
