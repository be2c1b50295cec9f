#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# npm ci in FOLDER, only when its lockfile changed since the last time.
set -eu
cd "$1"
cmp -s package-lock.json node_modules/.muster-lock 2>/dev/null && exit 0
echo "  npm ci (${PWD##*/})" >&2
npm ci --no-audit --no-fund --loglevel=error >&2
cp package-lock.json node_modules/.muster-lock
