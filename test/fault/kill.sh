#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# test/fault/kill.sh N: kill -9 N times during a busy call-out; see kill.mjs.
set -eu
cd "$(dirname "$0")/../.."
test/tools/npm-ci.sh test/smtp
exec node test/fault/kill.mjs "$@"
