#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# test/fault/clock.sh COUNT: see clock.mjs.
set -eu
cd "$(dirname "$0")/../.."
exec node test/fault/clock.mjs "$@"
