#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# on-postgres.sh COMMAND...: runs it with STORE=postgres and MUSTER_POSTGRES, the address of a
# private cluster in memory (there an fsync costs nothing, so nothing need be switched off), or
# in the folder MUSTER_POSTGRES_BASE.
set -u
tools=$(cd "$(dirname "$0")" && pwd)
base=${MUSTER_POSTGRES_BASE:-/dev/shm}
[ -w $base ] && [ "$(df -k --output=avail $base | tail -n 1)" -gt 2000000 ] || base=${TMPDIR:-/tmp}
dir=$(mktemp -d $base/muster-pg-XXXXXX)
trap '"$tools/postgres.sh" stop "$dir"' EXIT
MUSTER_POSTGRES=$("$tools/postgres.sh" start "$dir" "jit = off" "autovacuum = off" "max_connections = 300") || exit 1
STORE=postgres
export STORE MUSTER_POSTGRES
"$@"
