#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# unit-postgres.sh PROGRAM...: the same unit tests on PostgreSQL, two programs at a time. Runs
# under on-postgres.sh.
set -u
cd "$(dirname "$0")/../.."
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
run() { # every second program, beginning with the one at place $1
    place=$1 list= i=0
    shift
    for program in "$@"; do
        [ $((i % 2)) != "$place" ] || list="$list $program"
        i=$((i + 1))
    done
    UNIT_JOBS=1 test/tools/run-unit.sh $list >"$out/$place" 2>&1
}
run 0 "$@" &
run 1 "$@"
wait
cat "$out/0" "$out/1" | grep -v '^unit:'
cat "$out/0" "$out/1" | awk '/^unit:/ {p += $2; f += $4; n++}
    END {if (n < 2) f++; printf "unit-postgres: %d passed, %d failed\n", p, f; exit f > 0}'
