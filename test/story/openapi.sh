#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The OpenAPI document that the server makes of its route table is valid, by an outside linter.
. "$(dirname "$0")/lib.sh"
if [ "$(node -p 'process.versions.node.split(".")[0] >= 20')" != true ]; then
    echo "absent: Node 20 (the linter wants it); the document is read, not linted"
    lint=no
fi
[ "${lint:-}" = no ] || test/tools/npm-ci.sh test/openapi || fail "the linter cannot be installed"
start demo --people 300
call nobody 200 GET /api/v1/openapi.json
cp "$work/body" "$work/openapi.json"
[ "$(jq '.paths|length' <"$work/openapi.json")" -ge 35 ] || fail "routes are missing"
[ "$(jq -r .openapi <"$work/openapi.json")" = 3.1.0 ] || fail "not OpenAPI 3.1"
[ "$(jq '[.paths[][]|objects|select(has("operationId")|not)]|length' <"$work/openapi.json")" = 0 ] || fail "an operation without operationId"
[ "${lint:-}" = no ] && : >"$work/lint" || REDOCLY_TELEMETRY=off node test/openapi/node_modules/.bin/redocly lint "$work/openapi.json" >"$work/lint" 2>&1 || { cp "$work/lint" "$work/body"; fail "redocly"; }
ok "$(jq '.paths|length' <"$work/openapi.json") paths, and $(tail -n 2 "$work/lint" | tr -d '\n' | head -c 120)"
echo "story: $passed passed, 0 failed"
