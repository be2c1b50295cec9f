#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# test/fault/power.sh N: N power cuts under the real server during a busy call-out: kill -9, and
# what was not synced is lost, kept or torn; see kill.mjs and shim.c.
set -eu
cd "$(dirname "$0")/../.."
test/tools/npm-ci.sh test/smtp
exec node test/fault/kill.mjs "${1:-10}" "${2:-1}" power
