#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# PostgreSQL cut off, slow, silent, killed, restarted, lying: see postgres.mjs.
cd "$(dirname "$0")/../.."
exec node test/fault/postgres.mjs "$@"
