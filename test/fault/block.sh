#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# test/fault/block.sh N: N power cuts of a real disk (ext4, nbdkit) under the real server during a
# busy call-out; see kill.mjs and block.mjs. Needs root.
set -eu
cd "$(dirname "$0")/../.."
test/tools/npm-ci.sh test/smtp
exec node test/fault/kill.mjs "${1:-10}" "${2:-1}" block
