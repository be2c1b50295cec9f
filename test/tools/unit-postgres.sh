#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# unit-postgres.sh PROGRAM...: the same unit tests on PostgreSQL, two programs at a time, on a
# private cluster in memory (there an fsync costs nothing, so nothing need be switched off).
set -u
cd "$(dirname "$0")/../.."
base=/dev/shm
[ -w $base ] && [ "$(df -k --output=avail $base | tail -n 1)" -gt 2000000 ] || base=${TMPDIR:-/tmp}
dir=$(mktemp -d $base/muster-pg-XXXXXX)
trap 'test/tools/postgres.sh stop "$dir"; rm -f "$dir".*' EXIT
MUSTER_POSTGRES=$(test/tools/postgres.sh start "$dir" "jit = off" "autovacuum = off" "max_connections = 300") || exit 1
STORE=postgres UNIT_SECONDS=${UNIT_SECONDS:-300}
export STORE MUSTER_POSTGRES UNIT_SECONDS
run() { # every second program, beginning with the one at place $1
    place=$1 list= i=0
    shift
    for program in "$@"; do
        [ $((i % 2)) != "$place" ] || list="$list $program"
        i=$((i + 1))
    done
    test/tools/run-unit.sh $list >"$dir.$place" 2>&1
}
run 0 "$@" &
run 1 "$@"
wait
cat "$dir.0" "$dir.1" | grep -v '^unit:'
cat "$dir.0" "$dir.1" | awk '/^unit:/ {p += $2; f += $4; n++}
    END {if (n < 2) f++; printf "unit-postgres: %d passed, %d failed\n", p, f; exit f > 0}'
