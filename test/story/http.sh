#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The HTTP interface, statement by statement, with curl alone: status codes and problem
# documents, sessions and tokens, unknown and doubled fields, limits of values, lists and their
# cursors, ETag and If-Match, Idempotency-Key, coordinates, times, the stream, TLS.
. "$(dirname "$0")/lib.sh"
v=/api/v1
start demo --people 3000
sign_in admin "$(password 1)"
sign_in verifier "$(password 2)"
town=330482001000
listen() { # FILE WHO [LAST-EVENT-ID]
    curl -sN -m 600 -b "$work/$2.jar" ${3:+-H "Last-Event-ID: $3"} "$url$v/stream" >"$1" &
    listeners="${listeners:-} $!"
    wait_for grep -q '^:' "$1" # open
}
listen "$work/quiet" verifier # its heartbeat is looked for below

# ---- sessions and tokens
call nobody 401 POST $v/sessions '{"account":"admin","password":"wrong"}'
call nobody 401 POST $v/sessions '{"account":"nobody","password":"wrong"}'
call nobody 422 POST $v/sessions '{"account":"admin"}'
call nobody 422 POST $v/sessions '{"account":"admin","password":"x","more":1}'
call nobody 400 POST $v/sessions '{"account":"admin","password":"x","password":"y"}'
call nobody 401 GET $v/sessions/current
call admin 200 GET $v/sessions/current
holds '.account=="admin" and .roles==[{"role":"admin","area":"root"}] and (.csrf|length)>=22'
grep -q '#HttpOnly_' "$work/admin.jar" || fail "the session's cookie is open to scripts"
grep -q '__Host-' "$work/admin.jar" && fail "a __Host- cookie without TLS"
status=$(curl -s -o "$work/body" -w '%{http_code}' -b "$work/admin.jar" -X POST -d '{}' "$url$v/incidents")
[ "$status" = 403 ] || fail "by cookie, without X-Muster-Csrf: $status"
status=$(curl -s -o "$work/body" -w '%{http_code}' -b "$work/admin.jar" -H 'X-Muster-Csrf: wrong' -X POST -d '{}' "$url$v/incidents")
[ "$status" = 403 ] || fail "by cookie, with a wrong X-Muster-Csrf: $status"
token=$("$MUSTER" token --dir "$dir" --account admin --json | jq -r '.token')
[ -n "$token" ] && [ "$token" != null ] || fail "muster token"
bearer() { with=(-H "Authorization: Bearer $token"); call nobody "$@"; }
bearer 200 GET $v/sessions/current
bearer 422 POST $v/incidents '{}'
token=x$token bearer 401 GET $v/sessions/current
header www-authenticate | grep -q Bearer || fail "401 without WWW-Authenticate"
sign_in admin "$(password 1)" # a session of its own to end
cp "$work/admin.jar" "$work/old.jar"; cp "$work/admin.csrf" "$work/old.csrf"
sign_in admin "$(password 1)"
call old 204 DELETE $v/sessions/current
call old 401 GET $v/sessions/current
for _ in 1 2 3 4 5 6; do
    status=$(curl -s -D "$work/head" -o "$work/body" -w '%{http_code}' -H 'Content-Type: application/json' -d '{"account":"ghost","password":"x"}' "$url$v/sessions")
done
[ "$status" = 429 ] && is_problem && [ "$(header retry-after)" -ge 1 ] || fail "the sixth wrong password: $status"
sign_in admin "$(password 1)"
ok "sessions: cookie and header, bearer token, sign-out"

# ---- who watches the server learns of it: no name, and no line for each of a thousand tries
token=x$token bearer 401 GET $v/sessions/current
call nobody 200 GET /metrics
for figure in 'sign_ins_failed_total 7' 'sign_ins_held_up_total 1' 'tokens_refused_total 2' 'errors_total{status="503"} 0' 'connections_refused_total 0'; do
    grep -qxF "muster_$figure" "$work/body" || fail "/metrics without $figure"
done
for figure in muster_disk_free_bytes process_resident_memory_bytes process_open_fds process_max_fds process_cpu_seconds_total; do
    awk -v figure=$figure '$1 == figure && $2 > 0 {found = 1} END {exit !found}' "$work/body" || fail "/metrics without $figure"
done
for words in 'sign-ins failed' 'sign-ins were told to wait' 'tokens were refused'; do
    [ "$(grep -c "\"$words.*\"count\":1}" "$work/serve.log")" = 1 ] || fail "in the log, $words: $(grep -c "$words" "$work/serve.log") lines"
done
grep -q ghost "$work/serve.log" && fail "a name that was tried is in the log"
ok "failed sign-ins and refused tokens: counted, and told once a minute"

# ---- a password of one's own
account own viewer
cp "$work/own.jar" "$work/elsewhere.jar"; cp "$work/own.csrf" "$work/elsewhere.csrf"
change=sessions/current/password
call nobody 401 POST $v/$change '{"password":"x","new_password":"y"}'
call own 422 POST $v/$change '{"password":"wrong","new_password":"another password"}'
holds '.errors[0].pointer=="/password"'
call own 422 POST $v/$change '{"password":"password of own","new_password":"short"}'
holds '.errors[0].pointer=="/new_password"'
call own 422 POST $v/$change '{"password":"password of own","new_password":"Password2026!"}'
holds '.errors[0]|.pointer=="/new_password" and (.detail|test("guessed"))'
call own 422 POST $v/$change '{"password":"password of own"}'
bearer 403 POST $v/$change '{"password":"x","new_password":"another password"}'
call own 200 GET $v/sessions/current
call own 204 POST $v/$change '{"password":"password of own","new_password":"another password"}'
call own 401 GET $v/sessions/current
call elsewhere 401 GET $v/sessions/current
call nobody 401 POST $v/sessions '{"account":"own","password":"password of own"}'
sign_in own "another password"
for _ in 1 2 3 4 5 6; do
    status=$(curl -s -o "$work/body" -w '%{http_code}' -b "$work/own.jar" -H "X-Muster-Csrf: $(cat "$work/own.csrf")" -H 'Content-Type: application/json' \
        -d '{"password":"guessed","new_password":"another password"}' "$url$v/$change")
done
[ "$status" = 429 ] || fail "the sixth guess at the password of an open session: $status"
ok "a password of one's own: signs out everywhere, guesses are held up"

# ---- accounts
account dispatcher dispatcher $town
account viewer viewer
account auditor auditor
account trainer trainer
call admin 409 POST $v/accounts '{"account":"viewer","password":"password of viewer","roles":[{"role":"viewer"}]}'
call admin 422 POST $v/accounts '{"account":"x","password":"password of x","roles":[{"role":"king"}]}'
holds '.errors[0].pointer=="/roles/0/role" and (.errors[0].detail|test("admin.*dispatcher.*viewer"))'
call admin 422 POST $v/accounts '{"account":"x","password":"password of x","roles":[]}'
call admin 422 POST $v/accounts '{"account":"x","password":"password of x","roles":[{"role":"viewer","area":"nowhere"}]}'
call admin 422 POST $v/accounts '{"account":"x","password":"short","roles":[{"role":"viewer"}]}'
call admin 422 POST $v/accounts '{"account":"duty9","password":"duty9-123","roles":[{"role":"viewer"}]}'
holds '.errors[0].pointer=="/password"' "an account's name is a password"
call dispatcher 403 POST $v/accounts '{"account":"x","password":"password of x","roles":[{"role":"viewer"}]}'
ok "accounts: made, doubled, wrong"

# ---- the way of a request
call admin 404 GET $v/nothing
call admin 404 GET $v/incidents/999999
call admin 404 GET $v/incidents/word
call admin 404 POST $v/needs/999999/plan '{}'
call admin 404 POST $v/callouts/999999/steps '{"step":"resume"}'
call admin 404 GET $v/callouts/999999/alerts
call admin 404 POST $v/alerts/999999/replies '{"answer":"accept","reason":"x"}'
call admin 404 POST $v/assignments/999999/steps '{"step":"arrive"}'
call admin 404 POST $v/responses/999999/steps '{"step":"end"}'
call admin 404 GET $v/people/NOBODY
call admin 405 DELETE $v/incidents
[ "$(header allow | tr -d ' ' | tr ',' '\n' | sort | tr '\n' ' ')" = 'GET HEAD POST ' ] || fail "Allow: $(header allow)"
call admin 405 PUT $v/people/PH000001 '{}'
call admin 405 POST $v/stream '{}'
call admin 405 GET $v/needs/1/plan
with=(-H 'Content-Type: text/plain' --data-binary '{"kind":"flood"}')
call admin 415 POST $v/incidents
with=(-H 'Content-Type: application/x-www-form-urlencoded' --data-binary 'kind=flood')
call admin 415 POST $v/incidents
head -c 3000000 /dev/zero | tr '\0' ' ' >"$work/big"
with=(-H 'Content-Type: application/json' -H 'Expect:' --data-binary "@$work/big")
call admin 413 POST $v/incidents
head -c 70000 "$work/big" >"$work/less"
with=(-H 'Content-Type: application/json' -H 'Expect:' --data-binary "@$work/less")
call nobody 413 POST $v/sessions
holds '.detail|test("65536")' "what a stranger may keep in memory"
with=(-H 'Content-Type: application/json' -H 'Expect:' --data-binary "@$work/less")
call admin 400 POST $v/incidents
call admin 400 POST $v/incidents '{"kind":'
call admin 400 POST $v/incidents '{"kind":"flood","at":{"lat":30.7,"lat":30.8,"lon":121.02}}'
call admin 422 POST $v/incidents '[]'
call admin 422 POST $v/incidents '{"kind":"flood","at":{"lat":30.7,"lon":121.02},"colour":"red"}'
holds '.errors[0].pointer=="/colour"'
call admin 422 POST $v/incidents '{"kind":"flood","at":{"lat":30.7,"lon":121.02,"alt":3}}'
holds '.errors[0].pointer=="/at/alt"'
call admin 422 GET "$v/incidents?colour=red"
call admin 422 GET "$v/incidents?state=red"
holds '.errors[0].pointer=="?state" and (.detail|test("query"))' "a wrong query is called a wrong body"
call admin 422 GET "$v/circle?at=10,10&mode=foot&minutes=5"
holds '.errors[0]|.pointer=="?at" and .detail=="lies off the map"'
call admin 422 GET "$v/incidents?cursor=xyz"
call admin 422 GET "$v/people?limit=0"
for path in incidents people areas skills sites responses teams; do
    call admin 200 GET $v/$path
    holds '.items|type=="array"' "$path has no items"
done
status=$(curl -s -I -o "$work/body" -w '%{http_code}' -b "$work/admin.jar" "$url$v/incidents")
[ "$status" = 200 ] || fail "HEAD incidents: $status"
for path in healthz readyz; do call nobody 200 GET /$path; done
call nobody 200 GET /metrics
grep -q '^# TYPE ' "$work/body" || fail "/metrics is not of Prometheus"
ok "404, 405 with Allow, 413, 415, 400, 422 with pointers; lists have items"

# ---- incidents: values, coordinates, times
call admin 422 POST $v/incidents '{"kind":"party","at":{"lat":30.7,"lon":121.02}}'
holds '.errors[0].detail|test("flood.*missing-person.*public-event.*other")' "an unknown kind does not list the known"
call admin 422 POST $v/incidents '{"kind":"flood","grade":"V","at":{"lat":30.7,"lon":121.02}}'
holds '.errors[0].detail|test("I, II, III, IV")'
for at in '{"lat":0,"lon":0}' '{"lat":91,"lon":121}' '{"lat":30.7}' '{"lat":"30.7","lon":121.02}' \
    '{"lat":30.7,"lon":121.02,"crs":"mars"}' '{"lat":40,"lon":116}'; do
    call admin 422 POST $v/incidents "{\"kind\":\"flood\",\"at\":$at}"
done
call admin 422 POST $v/incidents '{"kind":"flood","at":{"lat":30.7,"lon":121.02},"requester":{"name":"A"}}'
holds '.errors[0].pointer=="/requester/consent"'
call admin 422 POST $v/incidents '{"kind":"flood","at":{"lat":30.7,"lon":121.02},"requester":{"phone":"","consent":true}}'
holds '.errors[0].pointer=="/requester"'
call admin 201 POST $v/incidents '{"kind":"flood","exercise":true,"at":{"lat":30.7,"lon":121.02},"requester":{"phone":"10000777777","consent":false}}'
call admin 200 GET "$v/incidents/$(get .id)"
holds '.requester=={"phone":"10000777777","consent":false}'
for kind in flood typhoon fire rain-snow earthquake landslide accident chemical epidemic missing-person \
    medical household evacuation public-event campaign other; do
    call admin 201 POST $v/incidents "{\"kind\":\"$kind\",\"grade\":\"II\",\"exercise\":true,\"at\":{\"lat\":30.7,\"lon\":121.02}}"
done
holds '.state=="reported" and (.case|length)>4 and .area.code != null and (.id|type=="number")'
for crs in gcj02 bd09; do
    call admin 201 POST $v/incidents "{\"kind\":\"other\",\"at\":{\"lat\":30.7,\"lon\":121.02,\"crs\":\"$crs\"}}"
    call admin 200 GET "$v/incidents/$(get .id)"
    # The obfuscations shift by some hundred metres eastwards here (bd09 by about twice that).
    holds '(.at.lon < 121.019) and (.at.lon > 121.005) and ((.at.lat-30.7)|fabs) < 0.012' "$crs: $(get -c .at)"
    holds '.at.crs==null or .at.crs=="wgs84"'
done
call admin 201 POST $v/incidents '{"kind":"fire","title":"Smoke 烟","grade":"III","at":{"lat":30.7,"lon":121.02,"crs":"wgs84"},"requester":{"name":"Li Hua","phone":"10000777777","address":"Water Lane 7","consent":true}}'
incident=$(get .id)
call admin 200 GET $v/incidents/$incident
holds '.kind=="fire" and .title=="Smoke 烟" and .grade=="III" and .exercise==false and .at.lat==30.7 and .at.lon==121.02'
holds '.reported_at|test("^20[0-9-]+T[0-9:.]+[+-][0-9]{2}:[0-9]{2}$")' "a time without an offset: $(get .reported_at)"
holds '.requester.name=="Li Hua" and .response=="ordinary"'
ok "incidents: every kind, unknown values list the known, gcj02 and bd09 are converted, times have offsets"

# ---- needs
need() { call admin "$1" POST $v/incidents/$incident/needs "$2"; }
line='{"skills":["first-aid"],"count":1}'
for body in '{"lines":[LINE]}' '{"within_minutes":0,"lines":[LINE]}' '{"within_minutes":4321,"lines":[LINE]}' \
    '{"within_minutes":5,"lines":[]}' '{"within_minutes":5}' '{"within_minutes":5,"lines":[LINE,LINE,LINE,LINE,LINE,LINE,LINE,LINE,LINE]}' \
    '{"within_minutes":5,"lines":[{"skills":[],"count":0}]}' '{"within_minutes":5,"lines":[{"skills":[],"count":5001}]}' \
    '{"within_minutes":5,"lines":[{"skills":[],"count":1.5}]}' '{"within_minutes":5,"lines":[{"skills":["juggling"],"count":1}]}' \
    '{"within_minutes":5,"by":"2099-01-01T00:00:00+08:00","lines":[LINE]}' '{"by":"2020-01-01T00:00:00+08:00","lines":[LINE]}' \
    '{"by":"2099-01-01T00:00:00","lines":[LINE]}' '{"by":"tomorrow","lines":[LINE]}' '{"within_minutes":5,"lines":[LINE],"reserve":"much"}' \
    '{"within_minutes":5,"lines":[LINE],"reserve":-1}' '{"within_minutes":5,"lines":[LINE],"target":1}' '{"within_minutes":5,"lines":[LINE],"target":0}' \
    '{"within_minutes":5,"lines":[LINE],"at":{"lat":40,"lon":116}}' '{"within_minutes":5,"lines":[LINE],"mode":"horse"}' '{"within_minutes":5,"lines":[LINE],"exercise":true}' \
    '{"within_minutes":5,"lines":[{"skills":["first-aid"],"count":1,"colour":"red"}]}'; do
    need 422 "${body//LINE/$line}"
done
need 422 '{"within_minutes":5,"lines":[{"skills":["juggling"],"count":1}]}'
holds '.errors[0].detail|test("first-aid")' "an unknown skill does not list the known"
need 201 "{\"by\":\"$(date -d '+40 minutes' +%Y-%m-%dT%H:%M:%S%:z)\",\"lines\":[$line,{\"skills\":[],\"count\":5000}],\"reserve\":2,\"target\":0.9,\"mode\":\"bike\"}"
need 201 "{\"at\":{\"lat\":30.70,\"lon\":121.02},\"within_minutes\":4320,\"lines\":[$line,$line,$line,$line,$line,$line,$line,$line]}"
need 201 "{\"within_minutes\":60,\"lines\":[{\"skills\":[\"first-aid\"],\"count\":2}],\"reserve\":\"auto\"}"
holds '.state=="open" and (.id|type=="number")'
need=$(get .id)
call admin 200 GET $v/incidents/$incident
holds '.needs|length==3 and .[0].reserve==2 and .[0].mode=="bike" and .[2].reserve=="auto" and .[2].target==0.95'
call admin 409 POST $v/needs/$need/callouts '{}'
holds '.allowed|index("confirm") != null' "a call-out before confirm does not say what is allowed"
ok "needs: every limit, unknown skills list the known, a call-out not before confirm"

# ---- steps, wrong states, idempotency
for step in '{"step":"dance"}' '{}' '{"step":"merge"}' '{"step":"confirm","into":3}'; do
    call admin 422 POST $v/incidents/$incident/steps "$step"
done
call admin 409 POST $v/incidents/$incident/steps '{"step":"close"}'
holds '.allowed|index("confirm") != null and index("cancel") != null and index("close") == null'
call admin 409 POST $v/needs/$need/steps '{"step":"reopen","reason":"x"}' # the loop takes notes, too
holds '.allowed == ["cancel","escalate"] and (.detail|endswith("allowed: cancel, escalate"))' "words that are no steps are allowed"
with=(-H 'Idempotency-Key: one')
call admin 200 POST $v/incidents/$incident/steps '{"step":"confirm"}'
cp "$work/body" "$work/first"
with=(-H 'Idempotency-Key: one')
call admin 200 POST $v/incidents/$incident/steps '{"step":"confirm"}'
cmp -s "$work/body" "$work/first" || fail "the same key has another answer"
with=(-H 'Idempotency-Key: one')
call admin 422 POST $v/incidents/$incident/steps '{"step":"cancel"}'
call admin 409 POST $v/incidents/$incident/steps '{"step":"confirm"}'
report='{"kind":"other","at":{"lat":30.71,"lon":121.03}}'
with=(-H 'Idempotency-Key: two')
call admin 201 POST $v/incidents "$report"
made=$(get .id)
with=(-H 'Idempotency-Key: two')
call admin 201 POST $v/incidents "$report"
[ "$(get .id)" = "$made" ] || fail "the same key made a second incident"
with=(-H 'Idempotency-Key: two') # keys of another account are other keys
call dispatcher 201 POST $v/incidents "$report"
[ "$(get .id)" != "$made" ] || fail "a key is shared between accounts"
with=(-H 'Idempotency-Key: three' -H 'Idempotency-Key: one') # which of them is meant?
call admin 400 POST $v/incidents "$report"
for key in a b; do
    with=(-H "Idempotency-Key: $key")
    call admin 201 POST $v/incidents/$made/needs "{\"within_minutes\":60,\"lines\":[$line]}"
done
with=(-H "Idempotency-Key: a")
call admin 201 POST $v/incidents/$made/needs "{\"within_minutes\":60,\"lines\":[$line]}"
call admin 200 GET $v/incidents/$made
holds '.needs|length==2' "a repeated key stated a third need"
at_once() { # PATH BODY: twenty times under one key; what is answered, each once
    seq 20 | xargs -P 20 -I{} curl -s -b "$work/admin.jar" -H "X-Muster-Csrf: $(cat "$work/admin.csrf")" -H 'Content-Type: application/json' \
        -H 'Idempotency-Key: at once' -d "$2" "$url$v/$1" | jq -cs unique
}
at_once incidents '{"kind":"campaign","at":{"lat":30.7,"lon":121.02}}' >/dev/null
call admin 200 GET "$v/incidents?state=all&limit=500"
holds '[.items[]|select(.kind=="campaign" and .exercise==false)]|length==1' "one key at once made several incidents"
call admin 200 POST $v/incidents/$made/steps '{"step":"confirm"}'
call admin 201 POST $v/incidents/$made/needs '{"within_minutes":60,"lines":[{"skills":[],"count":200},{"skills":["first-aid"],"count":20}]}' # takes a while to plan
at_once "needs/$(get .id)/callouts" '{"lift":["quiet","duty","cap"],"reason":"at once"}' >"$work/body"
holds 'length==1 and .[0].state=="active"' "a call-out asked for at once is answered in several ways"
for time in first again; do
    with=(-H 'Idempotency-Key: account')
    call admin 201 POST $v/accounts '{"account":"twice","password":"password of twice","roles":[{"role":"viewer"},{"role":"auditor"},{"role":"viewer","area":"root"}]}'
    cp "$work/body" "$work/$time"
done
cmp -s "$work/first" "$work/again" || fail "an account is answered in another order the second time"
ok "409 with what is allowed; Idempotency-Key: one effect, the same answer, 422 for another body"

# ---- ETag and If-Match
call admin 200 GET $v/skills
certificate=$(get '[.items[]|select(.certificate!="")|.certificate][0]')
[ -n "$certificate" ] || fail "no skill demands a certificate"
call admin 200 GET $v/people/PH000005
etag=$(header etag)
[ -n "$etag" ] || fail "a person has no ETag"
call admin 428 PATCH $v/people/PH000005 '{"mode":"car"}'
with=(-H 'If-Match: "other"')
call admin 412 PATCH $v/people/PH000005 '{"mode":"car"}'
with=(-H "If-Match: $etag")
call admin 422 PATCH $v/people/PH000005 '{"mode":"horse"}'
with=(-H "If-Match: $etag")
call admin 422 PATCH $v/people/PH000005 '{"number":"X1"}'
with=(-H "If-Match: $etag")
call admin 200 PATCH $v/people/PH000005 '{"mode":"car","quiet":"23:00-05:00","duty":"Mo-Fr 18:00-22:00","paused_until":"2099-01-01T00:00:00+08:00","skills":["first-aid","cpr-aed"]}'
[ "$(header etag)" != "$etag" ] || fail "a change keeps the ETag"
holds '.mode=="car" and .quiet=="23:00-05:00" and (.skills|sort)==["cpr-aed","first-aid"] and (.paused_until|test("\\+08:00$"))'
with=(-H "If-Match: $etag")
call admin 412 PATCH $v/people/PH000005 '{"mode":"foot"}'
call admin 200 GET $v/people/PH000005
etag=$(header etag)
with=(-H "If-Match: $etag")
call admin 200 PATCH $v/people/PH000005 '{"paused_until":null}'
holds '.paused_until==null and .mode=="car"'
etag=$(header etag)
for wrong in '"first-aid"' '"first-aid:2027-02-30"' '"no-such:2027-05-31"' '"'$certificate':2027-05-31","'$certificate':2028-05-31"'; do
    with=(-H "If-Match: $etag")
    call admin 422 PATCH $v/people/PH000005 "{\"certificates\":[$wrong]}"
    holds '.errors[0].pointer|test("^/certificates/[01]$")'
done
with=(-H "If-Match: $etag")
call admin 200 PATCH $v/people/PH000005 "{\"certificates\":[\"$certificate:2099-05-31\"]}"
holds ".certificates==[{code:\"$certificate\",until:\"2099-05-31\"}] and .mode==\"car\""
call admin 200 GET $v/people/PH000005
with=(-H "If-None-Match: $(header etag)" -H "If-Match: $(header etag)")
call viewer 403 PATCH $v/people/PH000005 '{"mode":"foot"}'
ok "people: ETag, 428 without If-Match, 412 with an old one, fields checked"

# ---- cursors
walk() { # PATH: every page of a list, three at a time, as one array of keys
    page=$1
    : >"$work/keys"
    for _ in $(seq 2000); do
        call admin 200 GET "$page"
        jq -c "$2" "$work/body" >>"$work/keys"
        page=$(header link | sed -n 's/^<\([^>]*\)>; *rel="next".*/\1/p')
        [ -n "$page" ] || break
    done
}
call admin 200 GET "$v/incidents?state=all&limit=500"
get '.items[].id' | sort >"$work/all"
walk "$v/incidents?state=all&limit=7" '.items[].id'
sort "$work/keys" | cmp -s - "$work/all" || fail "the pages of incidents are not the list"
call admin 200 GET "$v/people?area=330482001010&limit=500"
get '.items[].number' | sort >"$work/all"
[ "$(wc -l <"$work/all")" -gt 10 ] || fail "no people in an area"
walk "$v/people?area=330482001010&limit=4" '.items[].number'
tr -d '"' <"$work/keys" | sort | cmp -s - "$work/all" || fail "the pages of people are not the list"
walk "$v/areas?limit=50" '.items[].code'
[ "$(sort -u "$work/keys" | wc -l)" = "$(wc -l <"$work/keys")" ] || fail "areas come twice"
call admin 200 POST "$v/people/searches" '{"q":"PH000005"}' 
holds '.items|length==1 and .[0].number=="PH000005"'
call admin 422 GET "$v/people?cursor=$(header link)x"
ok "cursors: Link leads through the whole list, nothing twice"

# ---- the document of the interface
call nobody 200 GET $v/openapi.json
holds '.openapi|startswith("3.1")'
for route in 'get /incidents' 'post /incidents' 'get /incidents/{id}' 'post /incidents/{id}/steps' 'post /incidents/{id}/needs' \
    'post /incidents/{id}/roll-calls' 'get /incidents/{id}/events' 'post /needs/{id}/plan' 'post /needs/{id}/callouts' \
    'post /needs/{id}/steps' 'post /callouts/{id}/steps' 'get /callouts/{id}' 'get /callouts/{id}/alerts' 'post /responses' \
    'get /responses' 'post /responses/{id}/steps' 'post /alerts/{id}/replies' 'post /assignments/{id}/steps' \
    'post /assignments/{id}/reports' 'post /assignments/{id}/verifications' 'get /people' 'patch /people/{number}' \
    'get /areas' 'get /skills' 'get /sites' 'post /sessions' 'delete /sessions/current' 'post /accounts' 'get /stream' \
    'post /people/imports' 'get /closures' 'post /closures' 'delete /closures/{id}'; do
    holds ".paths[\"$v${route#* }\"][\"${route%% *}\"].responses|length>1" "openapi.json has no $route"
done
holds '.paths["/r/{token}"].post.requestBody.content|has("application/x-www-form-urlencoded")'
ok "openapi.json names every route"

# ---- the stream
ids() { sed -n 's/^id: *//p' "$1"; }
status=$(curl -s -o /dev/null -w '%{http_code}' "$url$v/stream")
[ "$status" = 401 ] || fail "a stream for nobody: $status"
account elsewhere dispatcher 330482102000
listen "$work/stream" admin
listen "$work/stream.elsewhere" elsewhere
for i in $(seq 6); do
    call admin 201 POST $v/incidents '{"kind":"other","title":"Secret words","at":{"lat":30.7,"lon":121.02},"requester":{"name":"Li Hua","phone":"10000777777","consent":true}}'
done
[ "$(call admin 200 GET $v/incidents/$(get .id); get .area.code | cut -c1-9)" != 330482102 ] || fail "the place lies in the other town"
streamed() { [ "$(ids "$work/stream" | wc -l)" -ge 6 ]; }
wait_for streamed
grep -q '^event: *change' "$work/stream" || fail "no event: change"
sed -n 's/^data: *//p' "$work/stream" | jq -e '.position and .incident and .kind' >/dev/null || fail "data of the stream"
[ "$(ids "$work/stream.elsewhere" | wc -l)" = 0 ] || fail "the stream of another town shows our incidents"
grep -qi -e 'Secret' -e 'Li Hua' -e '10000777777' "$work/stream" && fail "the stream tells something personal"
third=$(ids "$work/stream" | sed -n 3p)
listen "$work/again" admin "$third"
for i in $(seq 6); do
    call admin 201 POST $v/incidents '{"kind":"other","at":{"lat":30.7,"lon":121.02}}'
done
again() { [ "$(ids "$work/again" | wc -l)" -ge 9 ] && [ "$(ids "$work/stream" | wc -l)" -ge 12 ]; }
wait_for again
ids "$work/stream" | sed -n '4,12p' >"$work/a"
ids "$work/again" | cmp -s - "$work/a" || fail "Last-Event-ID: gaps or repeats: $(ids "$work/again" | tr '\n' ' ')"
listen "$work/far" admin 0
far() { grep -q '^event: *\(resync\|change\)' "$work/far"; }
wait_for far
with=(-H 'Last-Event-ID: word')
call admin 400 GET $v/stream
beat() { [ "$(grep -c '^:' "$work/quiet")" -ge 2 ]; } # the first one opened it
wait_for beat
kill $listeners 2>/dev/null
wait $listeners 2>/dev/null
ok "stream: own areas only, nothing personal, Last-Event-ID without gaps or repeats, heartbeat"

# ---- nothing personal in the logs
grep -q -e 'Li Hua' -e '10000777777' -e 'Secret' -e "$token" "$work/serve.log" && fail "the log tells something personal"
grep -E '"/r/|cursor|password' "$work/serve.log" && fail "the log holds links or passwords"
ok "the log names nobody"

# ---- the end, with a stream open
listen "$work/last" verifier
began=$(date +%s)
kill "$server_pid"
wait "$server_pid" || fail "SIGTERM: exit $?"
server_pid=
[ $(($(date +%s) - began)) -le 5 ] || fail "SIGTERM took $(($(date +%s) - began)) s"
ok "SIGTERM: exit 0 within 5 s, open streams or not"

# ---- TLS, and plain HTTP beyond loopback
"$MUSTER" init --dir "$work/ca" --tls-name localhost,127.0.0.1 >"$work/body" || fail "init --tls-name"
grep -q 'must trust' "$work/body" || fail "init --tls-name does not say how to install it"
grep -qx 'public_url = https://localhost:8443' "$work/ca/muster.conf" || fail "init --tls-name: public_url"
openssl verify -CAfile "$work/ca/tls-ca.pem" "$work/ca/tls-cert.pem" >/dev/null || fail "the county's certificate"
for name in -verify_hostname\ localhost -verify_ip\ 127.0.0.1; do
    openssl verify -CAfile "$work/ca/tls-ca.pem" $name "$work/ca/tls-cert.pem" >/dev/null || fail "the certificate is not for $name"
done
for bad in 'a b' 'a,' 'a,b,c,d,e,f,g,h,i'; do
    if "$MUSTER" init --dir "$work/ca2" --tls-name "$bad" 2>/dev/null; then fail "names that are none: $bad"; fi
done
cp "$work/ca/tls-cert.pem" "$work/cert.pem" && cp "$work/ca/tls-key.pem" "$work/key.pem"
if timeout 10 "$MUSTER" serve --dir "$dir" --listen 0.0.0.0:0 >"$work/body" 2>&1; then fail "plain HTTP beyond loopback"; fi
grep -q '^muster: ' "$work/body" || fail "no reason: $(cat "$work/body")"
if timeout 10 "$MUSTER" serve --dir "$dir" --listen 127.0.0.1:0 --tls-cert "$work/cert.pem" >"$work/body" 2>&1; then fail "a certificate without a key"; fi
serve() { # ARGUMENTS...: not by start, whose address is plain
    : >"$work/out"
    "$MUSTER" serve --dir "$dir" "$@" >"$work/out" 2>"$work/serve.log" &
    server_pid=$!
    served() { grep -qE 'https?://[0-9.]+:[0-9]+' "$work/out"; }
    wait_for served
    url=$(grep -oE 'https?://[0-9.]+:[0-9]+' "$work/out" | head -n 1)
}
login='{"account":"viewer","password":"password of viewer"}'
serve --listen 0.0.0.0:0 --tls-cert "$work/cert.pem" --tls-key "$work/key.pem"
grep -q 'set public_url' "$work/serve.log" || fail "0.0.0.0 is served without a word about links"
url=https://127.0.0.1:${url##*:}
curl -sSk -i -H 'Content-Type: application/json' -d "$login" "$url$v/sessions" >"$work/body" || fail "no TLS"
grep -qi '^Set-Cookie: __Host-muster=.*Path=/;.*HttpOnly.*Secure' "$work/body" || fail "no __Host- cookie under TLS"
curl -sS --cacert "$work/ca/tls-ca.pem" "https://localhost:${url##*:}/healthz" >/dev/null || fail "the certificate is not served"
ends=$(curl -sS --cacert "$work/ca/tls-ca.pem" "https://localhost:${url##*:}/metrics" | sed -n 's/^muster_certificate_ends_seconds //p')
[ "$ends" = "$(date -d "$(openssl x509 -in "$work/cert.pem" -noout -enddate | cut -d= -f2)" +%s)" ] || fail "a monitor is not told when the certificate ends: '$ends'"
curl -s -m 5 "http://127.0.0.1:${url##*:}/healthz" >"$work/body" && grep -q 200 "$work/body" && fail "plain HTTP on the TLS port"
# A renewed certificate is served from SIGHUP on, and who is connected stays; half a pair is refused.
shown() { openssl s_client -connect "127.0.0.1:${url##*:}" </dev/null 2>/dev/null | openssl x509 -noout -fingerprint; }
fingerprint() { openssl x509 -in "$1" -noout -fingerprint; }
pair() { openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=localhost -days 40 -keyout "$work/$1-key.pem" -out "$work/$1.pem" 2>/dev/null; }
pair renewed
# The second request goes over the connection of before, or curl would meet a certificate that it does not know.
(printf 'GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n'; while [ ! -e "$work/renewed.done" ]; do sleep 0.1; done
    printf 'GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n'; sleep 1) |
    openssl s_client -quiet -connect "127.0.0.1:${url##*:}" >"$work/kept" 2>/dev/null &
kept=$!
answered() { grep -q 'HTTP/1.1 200' "$work/kept"; }
wait_for answered
cp "$work/renewed.pem" "$work/cert.pem"; kill -HUP "$server_pid"
refused_it() { grep -q 'the one of before is served on.*tls-key' "$work/serve.log"; }
wait_for refused_it
[ "$(shown)" = "$(fingerprint "$work/ca/tls-cert.pem")" ] || fail "half of a new pair is served"
cp "$work/renewed-key.pem" "$work/key.pem"; kill -HUP "$server_pid"
took_it() { [ "$(shown)" = "$(fingerprint "$work/renewed.pem")" ]; }
wait_for took_it
: >"$work/renewed.done"; wait "$kept"
[ "$(grep -c 'HTTP/1.1 200' "$work/kept")" = 2 ] || fail "a renewed certificate cut off who was connected"
curl -sSk "https://localhost:${url##*:}/metrics" | grep -q "^muster_certificate_ends_seconds $(date -d "$(openssl x509 -in "$work/cert.pem" -noout -enddate | cut -d= -f2)" +%s)" || fail "a monitor sees the end of the former certificate"
kill "$server_pid"; wait "$server_pid"
serve --listen 127.0.0.1:0 --behind-proxy 127.0.0.1
curl -sS -i -H 'X-Forwarded-Proto: https' -H 'X-Forwarded-For: 203.0.113.9' -H 'Content-Type: application/json' -d "$login" "$url$v/sessions" >"$work/body"
grep -qi '^Set-Cookie: __Host-muster=.*Secure' "$work/body" || fail "no __Host- cookie behind a TLS proxy"
with=(-H 'X-Forwarded-Proto: https' -H 'X-Forwarded-For: 203.0.113.9')
call nobody 404 GET $v/mailbox
status=$(curl -s -o "$work/body" -w '%{http_code}' -H 'X-Forwarded-Proto: https' -H 'X-Forwarded-For: 203.0.113.9' "$url/metrics")
[ "$status" != 200 ] || fail "/metrics beyond loopback without a token"
for peer in 127.0.0.1 203.0.113.9:4711 unknown; do # what a client sends and a careless proxy passes on, or its own habits
    status=$(curl -s -o "$work/body" -w '%{http_code}' -H "X-Forwarded-For: $peer" "$url/metrics")
    [ "$status" = 404 ] || fail "/metrics for '$peer' behind a proxy: $status"
done
status=$(curl -s -o "$work/body" -w '%{http_code}' -H 'X-Forwarded-Proto: https' -H 'X-Forwarded-For: 203.0.113.9' -H "Authorization: Bearer $token" "$url/metrics")
[ "$status" = 200 ] || fail "/metrics with a token: $status"
# Strangers from everywhere guess at once: whoever has signed in here before does not wait for them.
sign_in viewer "password of viewer"
mkdir "$work/strangers"
for i in $(seq 60); do
    [ "$i" = 1 ] || echo next
    printf '%s\n' "url = \"$url$v/sessions\"" 'header = "Content-Type: application/json"' "header = \"X-Forwarded-For: 198.51.100.$i\"" \
        "output = \"$work/strangers/$i\"" "data = \"{\\\"account\\\":\\\"u$i\\\",\\\"password\\\":\\\"wrong\\\"}\""
done >"$work/strangers.conf"
answered() { find "$work/strangers" -type f | wc -l; }
curl -sS -m 60 -Z --parallel-max 60 -K "$work/strangers.conf" 2>"$work/err" &
strangers=$!
wait_for [ -e "$work/strangers/1" ]
with=(-b "$work/viewer.jar")
call nobody 201 POST $v/sessions "$login"
before=$(answered)
wait "$strangers" || fail "strangers: $(cat "$work/err")"
[ "$(grep -l '"status":401' "$work"/strangers/* | wc -l)" = 60 ] || fail "strangers: $(head -n 1 "$work"/strangers/*)"
[ "$before" -lt 40 ] || fail "who has signed in here before waited for $before strangers"
kill "$server_pid"; wait "$server_pid" || fail "SIGTERM: exit $?"
server_pid=
ok "TLS with __Host- cookies, refused in plain beyond loopback, behind a proxy"

# ---- more clients than a small machine has descriptors for
ulimit -Sn 200 && ulimit -Hn 200
serve --listen 127.0.0.1:0
held=()
for _ in $(seq 110); do
    exec {fd}<>"/dev/tcp/127.0.0.1/${url##*:}" && held+=("$fd")
done
call nobody 503 GET /healthz
call nobody 503 GET /metrics
"$MUSTER" account list --dir "$dir" >"$work/body" || fail "a command while clients hold all connections"
for fd in "${held[@]}"; do exec {fd}>&-; done
available() { [ "$(curl -s -o "$work/body" -w '%{http_code}' "$url/metrics")" = 200 ]; }
wait_for available
[ "$(sed -n 's/^muster_connections_refused_total //p' "$work/body")" -ge 2 ] || fail "connections that found no room are not counted"
told() { grep -q '"connections found no room.*"count":' "$work/serve.log"; }
wait_for told
kill "$server_pid"; wait "$server_pid" || fail "SIGTERM: exit $?"
server_pid=
ok "connections are fewer than descriptors: commands go on, and who watches learns of it"
echo "story: $passed passed, 0 failed"
