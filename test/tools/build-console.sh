#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Bundles console/ into build/console. `npm ci` runs only when the lockfile changed, so a
# second build works with the network cable out.
set -eu
top=$(cd "$(dirname "$0")/../.." && pwd)
if [ ! -f "$top/console/package.json" ]; then
    mkdir -p "$top/build/console" && touch "$top/build/console/.done"
    exit 0
fi
cd "$top/console"
if ! cmp -s package-lock.json node_modules/.muster-lock 2>/dev/null; then
    echo "  npm ci (console)"
    npm ci --no-audit --no-fund --loglevel=error >/dev/null || npm ci --no-audit --no-fund
    cp package-lock.json node_modules/.muster-lock
fi
rm -rf ../build/console
mkdir -p ../build/console
echo "  bundling the console"
npm run --silent build
touch ../build/console/.done
