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

# What is answered is of the declared types, all the way down.
cat >"$work/fits.jq" <<'JQ'
def declared: if has("$ref") then $doc[0].components.schemas[."$ref" | sub(".*/"; "")] else . end;
def kind: if type == "number" and . == floor then "integer" else type end;
def misfits($schema; $where):
    ($schema | declared) as $is
    | [$is.type // empty | if type == "array" then .[] else . end] as $types
    | if $types != [] and (kind as $kind | type as $type | [$kind, $type] - $types | length == 2)
      then "\($where) is \(type), not \($types | join(" or "))"
      elif type == "array" and $is.items != null then to_entries[] | .key as $i | .value | misfits($is.items; "\($where)/\($i)")
      elif type == "object"
      then (($is.required // []) - keys | .[] | "\($where)/\(.) is missing"),
           (to_entries[] | select($is.properties[.key]?) | .key as $key | .value | misfits($is.properties[$key]; "\($where)/\($key)"))
      else empty end;
[misfits({"$ref": $schema}; "")] | if . == [] then true else .[0:5] | error(join(", ")) end
JQ
fits() {
    jq -e --slurpfile doc "$work/openapi.json" --arg schema "$1" -f "$work/fits.jq" "$work/body" >/dev/null 2>"$work/lint" \
        || fail "no $1: $(cat "$work/lint")"
}
sign_in admin "$(password 1)"
of() { call admin 200 GET "/api/v1/$2" && fits "$1"; }
of Instance instance && of Session sessions/current && of AreaList areas && of SkillList skills
of SiteList 'sites?limit=50' && of TeamList teams && of DeskList desks && of ClosureList closures
of PersonList 'people?limit=300'
certified=$(jq -r 'first(.items[] | select(.certificates != []) | .number)' "$work/body")
of Person "people/$certified"
ok "answers are of the declared types; $certified holds $(jq -r '.certificates | length' "$work/body") certificates"

# The headers that are declared are given, and wanted where that is declared.
declares() { jq -e ".paths$1" "$work/openapi.json" >/dev/null || fail "not declared: $1"; }
declares '["/api/v1/people/{number}"]|.get.responses["200"].headers.ETag and .patch.responses["200"].headers.ETag'
call admin 200 GET "/api/v1/people/$certified"
etag=$(header etag)
[ -n "$etag" ] || fail "GET gives no ETag"
declares '["/api/v1/people/{number}"].patch.parameters|any(.name=="If-Match" and .required)'
call admin 428 PATCH "/api/v1/people/$certified" '{"mode":"bike"}'
jq -e '.components.schemas.PersonPatch.properties.birth.type|index("null")' "$work/openapi.json" >/dev/null || fail "birth: null is not declared"
with=(-H "If-Match: $etag")
call admin 200 PATCH "/api/v1/people/$certified" '{"birth":null}'
[ -n "$(header etag)" ] || fail "PATCH gives no ETag"
declares '["/api/v1/people"].get.responses["200"].headers.Link'
call admin 200 GET '/api/v1/people?limit=1'
header link | grep -q 'rel="next"' || fail "a page gives no Link"
declares '["/api/v1/incidents"].post|.responses["5XX"] and (.parameters|any(.name=="X-Muster-Csrf"))'
declares '["/r/{token}"].post.responses["303"].headers.Location'
ok "headers are given and wanted as declared"
echo "story: $passed passed, 0 failed"
