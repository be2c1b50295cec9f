#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# nodes.sh [ROUNDS]: three nodes on one PostgreSQL, killed in turn in the middle of call-outs; then
# PostgreSQL itself fails over to a synchronous standby. Judged from the clients' own logs.
cd "$(dirname "$0")/../.."
exec node test/fault/nodes.mjs "$@"
