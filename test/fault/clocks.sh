#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# test/fault/clocks.sh: two nodes whose clocks are ten minutes apart; see clocks.mjs.
set -eu
cd "$(dirname "$0")/../.."
exec node test/fault/clocks.mjs
