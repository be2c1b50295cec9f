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
           (if $is.properties then (keys - ($is.properties | keys))[] | "\($where)/\(.) is not declared" else empty end),
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

# The same of an exercise, from the report to the link; one who is asked has no way there any more.
play() { call admin "$1" POST "/api/v1/$3" "$4" && fits "$2"; }
play 201 IncidentMade incidents '{"kind":"flood","exercise":true,"at":{"lat":30.7,"lon":121.02}}'
incident=$(get .id)
play 200 State "incidents/$incident/steps" '{"step":"confirm"}'
play 201 State "incidents/$incident/needs" '{"within_minutes":60,"lines":[{"skills":["first-aid"],"count":2},{"skills":[],"count":2}],"reserve":1}'
need=$(get .id)
play 200 Plan "needs/$need/plan" '{}' && play 200 JointPlan "incidents/$incident/plan" '{}'
play 201 State "needs/$need/callouts" '{}'
callout=$(get .id)
has_alerts() { call admin 200 GET "/api/v1/callouts/$callout/alerts" && jq -e '.items|length>0' "$work/body"; }
wait_for has_alerts
fits AlertList
alert=$(get '.items[0].id') number=$(get '.items[0].number')
play 201 ClosureMade closures '{"at":{"lat":30.7,"lon":121.02},"radius":3000,"reason":"under water"}'
play 200 State "alerts/$alert/replies" '{"answer":"accept","reason":"said so"}'
of AlertList "callouts/$callout/alerts" && of Callout "callouts/$callout" && of PlanRecordList "callouts/$callout/plans"
of Incident "incidents/$incident" && of IncidentList incidents && of EventList "incidents/$incident/events" && of Report "incidents/$incident/report"
of Readiness readiness && of Model model && of Coverage 'coverage?kind=aed&minutes=5&propose=2'
play 200 Drill drills '{"at":{"lat":30.7,"lon":121.02},"within_minutes":60,"lines":[{"skills":["first-aid"],"count":2}],"runs":20}'
play 201 State findings "{\"title\":\"no boat\",\"area\":\"root\",\"incident\":$incident}" && of FindingList findings
of Person "people/$number" # they see who looked
curl -s -H 'Accept: application/json' -o "$work/body" "$(mail alert "$number")" && fits Reply
holds '.looked|length==1' "nobody has looked"
ok "an exercise: what is answered is declared, and of those types"

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
form='requestBody.content["application/x-www-form-urlencoded"].schema.properties'
for of in '/r/{token}.answer.enum' '/r/{token}.position.pattern' '/m/{token}.pause_days.maximum' '/join.skills.items'; do
    declares "[\"${of%%.*}\"].post.$form.${of#*.}"
done
declares '["/api/v1/areas"].get|.responses["304"] and (.parameters|any(.name=="If-None-Match"))'
declares '["/api/v1/people/{number}/service"].get.responses["200"].content|.["application/json"] and .["text/html"]'
declares '|all(.[]|objects|.parameters[]?; .description or .in == "path")'
declares '["/api/v1/circle"].get.parameters|any(.name=="at" and .required)'
declares '["/api/v1/people/imports"].post.parameters|any(.name=="dry_run" and .schema.type=="boolean")'
declares '["/api/v1/gateway/replies"].post.parameters|any(.name=="X-Muster-Signature" and .required)'
declares '["/api/v1/stream"].get.responses["200"].content["text/event-stream"].example|contains("event: change")'
[ "$(curl -s -H 'Authorization: Bearer unknown' "$url/api/v1/incidents" | jq -r '.type, (.detail | contains("muster token"))' | tr '\n' ' ')" = "urn:muster:problem:sign-in true " ] \
    || fail "a token that is not known: what to do is not said"
ok "each parameter says what it is; what is signed and what is streamed, too"
ok "headers are given and wanted as declared, and what is answered to them"
echo "story: $passed passed, 0 failed"
