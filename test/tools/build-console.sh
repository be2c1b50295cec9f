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
"$top/test/tools/npm-ci.sh" .
rm -rf ../build/console
mkdir -p ../build/console
echo "  bundling the console"
npm run --silent build
touch ../build/console/.done
