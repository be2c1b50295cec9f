#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# patroni.sh [ROUNDS] [SEED]: three PostgreSQL under Patroni (docs/patroni.yml), three nodes of muster;
# the leader is killed ROUNDS times in the middle of call-outs, and Patroni makes another one.
cd "$(dirname "$0")/../.."
exec node test/fault/patroni.mjs "$@"
