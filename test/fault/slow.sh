#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# test/fault/slow.sh SECONDS CONNECTIONS: slow clients; see slow.mjs.
set -eu
cd "$(dirname "$0")/../.."
ulimit -n "$(ulimit -Hn)"
exec node test/fault/slow.mjs "$@"
