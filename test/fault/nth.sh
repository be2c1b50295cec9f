#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# test/fault/nth.sh COUNT: see nth.mjs.
set -eu
cd "$(dirname "$0")/../.."
exec node test/fault/nth.mjs "$@"
