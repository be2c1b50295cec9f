#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A volunteer's own page: shown after the digits of the telephone number, a pause that no
# call-out lifts, hours and certificates, who looked; five wrong tries, and then a day.
. "$(dirname "$0")/lib.sh"

start demo --people 3000
sign_in admin "$(password 1)"
account trainer trainer
account duty dispatcher

# Somebody with first aid who lives where it will happen, and a nurse.
nearest() { "$MUSTER" nearest --at 30.700,121.020 --count 1 --skill "$1" --dir "$dir" --json | jq -r '.people[0].number'; }
number=$(nearest first-aid)
person() { call trainer 200 GET "/api/v1/people/$number"; }
person
token=$(get .own_page) digits=$(get .phone | tail -c 5)
[ ${#token} = 22 ] && [ ${#digits} = 4 ] || fail "no link for the trainer"
call trainer 200 POST /api/v1/people/searches "{\"q\":\"$number\"}"
holds '.items|length==1 and (.[0]|has("phone") and (has("own_page")|not))' "a list lets into everybody's own page"
call duty 200 GET "/api/v1/people/$number"
holds 'has("own_page")|not' "a dispatcher gets the person's own link"

page() { own_page "$1" "$token"; }
set_own() { own_page "$1" "$token" "$2"; }

page phone
expect 200 "the page"
holds 'keys==["needs_digits","nonce"] and .needs_digits' "before the digits it tells something"
header cache-control | grep -q no-store || fail "the page is kept by caches"
curl -sS "$url/m/$token" >"$work/html"
grep -q 'name="digits"' "$work/html" || fail "no field for the digits"
for there in "m/$token" join join/thanks r/none s/none; do
    curl -sS "$url/$there" >"$work/html"
    grep -q 'href="tel:10000000000"' "$work/html" || fail "/$there: nobody to call"
    grep -q 'data-offline="[^"]*" data-slow="[^"]*" data-unanswered="' "$work/html" || fail "/$there: no words for a bad line"
done
for file in page.css page.js; do
    curl -sS -o /dev/null -D "$work/head" "$url/assets/$file"
    [ "$(header cache-control)" = "public, max-age=3600" ] || fail "$file is asked for anew with every page"
done
name=$(curl -s -b "$work/trainer.jar" "$url/api/v1/people/$number" | jq -r .name)
grep -q -e "$name" -e "$number" "$work/html" && fail "the page names its person before the digits"
set_own phone '"pause_days":7'
expect 403 "a change without the digits"
set_own phone "\"digits\":\"$digits\""
expect 200 "the digits"
holds ".name==\"$name\" and .number==\"$number\" and (.needs_digits|not) and .minutes==0" "the page"
page phone
holds ".name==\"$name\"" "the device is known"
page other
holds 'has("name")|not' "another device sees it"
curl -sS -b "$work/phone.own" -H 'Accept-Language: zh' "$url/m/$token" >"$work/html"
grep -q "$name" "$work/html" && grep -q '需要时会叫您' "$work/html" && grep -q '谁看过我的资料' "$work/html" || fail "the page in Chinese"
status=$(curl -sS -b "$work/phone.own" -o "$work/html" -w '%{http_code}' -d 'pause_days=many' "$url/m/$token")
[ "$status" = 422 ] && grep -q "$name" "$work/html" || fail "a form that is not understood does not get its page again: $status"
ok "the digits once on a device, then name, hours, who looked"

# Tokens of alerts and of people are not each other's, and guesses find nothing.
for bad in "$url/r/$token" "$url/m/AAAAAAAAAAAAAAAAAAAAAA" "$url/m/x"; do
    [ "$(curl -s -o /dev/null -w '%{http_code}' "$bad")" = 404 ] || fail "$bad is somebody's"
done

# ---- what a person may change
set_own phone '"pause_days":7'
expect 200 "a pause"
holds '.paused_until!=null'
person
holds '.paused_until!=null' "the pause is not on record"
curl -sS -b "$work/phone.own" -H 'Accept-Language: en' "$url/m/$token" | grep -q 'Paused until' || fail "the page does not say so"
asked() { # whether a plan on the spot would ask the person
    incident
    need '{"skills":["first-aid"],"count":3}'
    call admin 200 POST "/api/v1/needs/$need/plan" "{$any_hour}"
    [ "$(get "[.waves[].people[]|select(.number==\"$number\")]|length")" = 1 ]
}
asked && fail "a plan asks somebody who paused"
set_own phone '"pause_days":0'
holds 'has("paused_until")|not' "the pause goes on"
asked || fail "nobody asks the nearest any more"
set_own phone '"mode":"car","duty":"evenings","quiet":"none"'
expect 200 "how to be called"
person
holds '.mode=="car" and .duty=="Mo-Fr 18:00-22:00; Sa-Su 08:00-20:00" and .quiet=="none"' "what was chosen"
set_own phone '"duty":"always","quiet":"usual"'
person
holds '.duty=="" and .quiet=="" and .mode=="car"'
for bad in '"mode":"rocket"' '"duty":"never"' '"pause_days":-1' '"pause_days":366' '"name":"X"' '"suspended":false'; do
    set_own phone "$bad"
    expect 422 "$bad"
done
nonce=0000000000000000
status=$(curl -sS -o "$work/body" -w '%{http_code}' -b "$work/phone.own" -H 'Content-Type: application/json' --data-binary "{\"nonce\":\"$nonce\",\"pause_days\":1}" "$url/m/$token")
expect 422 "a nonce of nowhere"
# As the form of the page does it.
nonce=$(curl -sS -b "$work/phone.own" "$url/m/$token" | sed -n 's/.*name="nonce" value="\([0-9a-f]*\)".*/\1/p' | head -n 1)
status=$(curl -sS -o "$work/body" -D "$work/head" -w '%{http_code}' -b "$work/phone.own" --data-urlencode "nonce=$nonce" --data-urlencode "mode=bike" --data-urlencode "duty=" --data-urlencode "quiet=late" "$url/m/$token")
expect 303 "the form"
[ "$(header location)" = "/m/$token?saved=1" ] || fail "the form leads to $(header location)"
curl -sS -b "$work/phone.own" "$url/m/$token?saved=1" | grep -q '已保存' || fail "it does not say that it was saved"
person
holds '.mode=="bike" and .quiet=="23:00-07:00"'
status=$(curl -sS -o "$work/body" -w '%{http_code}' -b "$work/phone.own" --data-urlencode "nonce=$nonce" --data-urlencode "mode=rocket" "$url/m/$token")
expect 422 "a wrong form"
grep -q '<form' "$work/body" || fail "a wrong form is answered by no page"
ok "a pause, the way, the hours; nothing else, and a pause is never lifted"

# ---- the way there from an alert, and the hours afterwards
incident
need '{"skills":["first-aid"],"count":1}'
callout "$any_hour,\"force\":[\"$number\"]"
link=$(awk -v n="$number" '$2 == n {print $3}' "$work/links")
[ -n "$link" ] || fail "not asked"
asked=$(basename "$link")
curl -sS -H 'Accept: application/json' "$link" >"$work/body"
holds 'has("own_page")|not' "the link of an alert tells the own page to whoever fetches it"
answer "$link" accept
holds ".own_page==\"$token\"" "no way from the alert"
curl -sS -b "$work/phone.$(basename "$link")" "$link" | grep -q "href=\"/m/$token\"" || fail "no link on the page"
for step in depart arrive work release; do answer "$link" $step; done
answer "$link" report '"text":"done","outcome":"done"'
call admin 200 GET "/api/v1/callouts/$callout"
assignment=$(get ".assignments[]|select(.number==\"$number\")|.id")
account second verifier
call second 200 POST "/api/v1/assignments/$assignment/verifications" '{"ok":true,"minutes":0}'
page phone
holds '.credits|length<=1'
ok "from the alert's page to the own one; hours when they are verified"

# ---- a certificate of service: by the office, by the person, and whether its number is right
account reader auditor
today=$(date +%F) days="from=2026-01-01&to=$(date +%F)"
call trainer 200 GET "/api/v1/people/$number/service?$days"
holds ".name==\"$name\" and .number==\"$number\" and .to==\"$today\" and .minutes==0 and .kinds==[]" "a certificate"
certificate=$(get .certificate)
call reader 404 GET "/api/v1/services/8K2M-QV0T-3XHC-P7ZD-55WJ-R1NB-G4"
call reader 200 GET "/api/v1/services/$(echo "$certificate" | tr 'A-Z01' 'a-zol')"
holds ".certificate==\"$certificate\" and .number==\"$number\" and .minutes_now==0 and (has(\"name\")|not)" "the check by who sees no names"
call duty 200 GET "/api/v1/services/$certificate"
holds ".name==\"$name\"" "the check by who sees names"
call reader 403 GET "/api/v1/people/$number/service?$days"
call duty 422 GET "/api/v1/people/$number/service?from=2026-01-02&to=2026-01-01"
call duty 422 GET "/api/v1/people/$number/service?from=1999-12-31&to=$today"
call duty 422 GET "/api/v1/people/$number/service?from=$today&to=2099-01-01"
call duty 422 GET "/api/v1/people/$number/service?$days&lang=fr"
with=(-H 'Accept: text/html')
call duty 200 GET "/api/v1/people/$number/service?$days&lang=en"
grep -q 'nothing to certify' "$work/body" || fail "the page of who has no hours"
curl -sS -b "$work/phone.own" -H 'Accept: application/json' "$url/m/$token/service?$days" >"$work/body"
holds ".number==\"$number\" and .certificate!=null" "the person's own certificate"
curl -sS "$url/m/$token/service?$days" >"$work/html"
grep -q 'name="digits"' "$work/html" && ! grep -q "$number" "$work/html" || fail "a certificate before the digits"
status=$(curl -sS -b "$work/phone.own" -o "$work/html" -w '%{http_code}' "$url/m/$token/service?from=$today&to=2026-01-01")
[ "$status" = 422 ] && grep -q '<form' "$work/html" || fail "wrong days of the own certificate: $status"
ok "a certificate of service, and the check of its number"

# ---- five wrong tries, and they are remembered
for try in 1 2 3 4 5; do
    set_own thief '"digits":"0000"'
    expect 403 "wrong digits"
done
holds '.errors[0].detail=="no more tries"' "five wrong tries"
set_own thief "\"digits\":\"$digits\""
expect 403 "the right digits after five wrong ones"
page phone
holds ".number==\"$number\"" "the known device is locked out"
kill -9 "$server_pid"; wait "$server_pid" 2>/dev/null
start serve
set_own thief "\"digits\":\"$digits\""
expect 403 "tries are forgotten by a restart"
page phone
holds ".number==\"$number\"" "the known device after a restart"
ok "five wrong tries, then none, restart or not; the known device stays"

# ---- who lost the telephone gets a new link; the old one ends, with all that hangs on it
call duty 403 DELETE "/api/v1/people/$number/own-page"
call trainer 204 DELETE "/api/v1/people/$number/own-page"
page phone
expect 404 "a link that was ended, on the device that knew it"
old=$token
person
token=$(get .own_page)
[ ${#token} = 22 ] && [ "$token" != "$old" ] || fail "no new link"
sed "s,/m/$old,/m/$token," "$work/phone.own" >"$work/kept.own"
page kept
holds '.needs_digits and (has("name")|not)' "the proof of the old link opens the new one"
curl -sS -b "$work/phone.$asked" -H 'Accept: application/json' "$link" >"$work/body"
holds 'has("own_page")|not' "a message on the lost telephone leads to the new link"
set_own thief "\"digits\":\"$digits\""
expect 200 "the digits, after somebody used up the tries of the old link"
set_own phone "\"digits\":\"$digits\""
holds ".number==\"$number\"" "the new link"
ok "a link that was lost is ended; the new one asks for the digits"

# ---- who wishes to leave leaves: alone, without a file (decision 0138)
leaver=$(nearest driver)
call trainer 200 GET "/api/v1/people/$leaver"
left=$(get .own_page)
leaver_name=$(get .name)
call trainer 201 POST /api/v1/courses "{\"title\":\"Boats\",\"area\":\"root\",\"skills\":[\"boat\"],\"starts_at\":\"$(date -u -d '+5 days' +%FT%TZ)\",\"seats\":1}"
course=$(get .id)
call trainer 200 POST "/api/v1/courses/$course/people" "{\"number\":\"$leaver\",\"state\":\"signed_up\"}"
incident
need '{"skills":["driver"],"count":1}'
call admin 201 POST "/api/v1/needs/$need/callouts" "{$any_hour,\"force\":[\"$leaver\"]}"
call trainer 409 DELETE "/api/v1/people/$leaver"
holds '.detail|test("is asked to come, or out.*; incident P")' "who is asked leaves"
call admin 200 POST "/api/v1/incidents/$incident/steps" '{"step":"cancel","reason":"over"}'
call duty 403 DELETE "/api/v1/people/$leaver"
call trainer 204 DELETE "/api/v1/people/$leaver"
call trainer 404 DELETE "/api/v1/people/$leaver"
call trainer 404 GET "/api/v1/people/$leaver"
[ "$(nearest driver)" != "$leaver" ] || fail "who has left is still found"
own_page phone "$left"
expect 404 "the own page of who has left"
call trainer 200 GET "/api/v1/courses/$course"
holds '.signed_up==0' "who has left keeps a seat"
call trainer 200 GET "/api/v1/people/$leaver/service?$days"
holds ".number==\"$leaver\"" "no certificate for who has left"
ok "who wishes to leave leaves, with hours and a certificate"

# ---- and is found by who looks after the people, and taken back (decision 0150)
call trainer 200 POST /api/v1/people/searches "{\"q\":\"$leaver\"}"
holds '.items|length==0' "who has left is found among the others"
call trainer 200 POST /api/v1/people/searches "{\"q\":\"$leaver_name\",\"left\":true}"
holds "[.items[].number]|index(\"$leaver\")!=null" "who has left is not found by name"
call duty 200 POST /api/v1/people/searches "{\"q\":\"$leaver\",\"left\":true}"
holds '.items|length==0' "a dispatcher finds who has left"
call duty 403 POST "/api/v1/people/$leaver/return" '{}'
call admin 200 POST /api/v1/people/searches "{\"q\":\"$leaver\",\"left\":true}"
leaver_phone=$(get '.items[0].phone')
call admin 201 POST /api/v1/people "{\"number\":\"MEANWHILE1\",\"name\":\"Made Up\",\"phone\":\"$leaver_phone\",\"home\":{\"lat\":30.7,\"lon\":121.02}}"
call trainer 200 POST "/api/v1/people/$leaver/return" '{}'
holds ".number==\"$leaver\" and .warnings[0].text==\"same_telephone\"" "whose telephone is somebody else's by now"
call trainer 200 POST "/api/v1/people/$leaver/return" '{}'
holds '.warnings|length==1' "the second time"
call admin 204 DELETE /api/v1/people/MEANWHILE1
call trainer 200 GET "/api/v1/people/$leaver"
[ "$(nearest driver)" = "$leaver" ] || fail "who was taken back is not asked"
own_page phone "$left"
expect 200 "the own page of who was taken back"
call trainer 404 POST /api/v1/people/NOBODY/return '{}'
ok "who has left is found by name and taken back"

# ---- another telephone number asks again; who has none is told
call trainer 200 GET "/api/v1/people/$number"
etag=$(header etag)
with=(-H "If-Match: $etag")
call trainer 200 PATCH "/api/v1/people/$number" '{"phone":""}'
page phone
holds '.needs_digits and (has("name")|not)' "another number and still known"
curl -sS -b "$work/phone.own" "$url/m/$token" | grep -q '没有登记您的手机号' || fail "who has no number on file is not told so"
# ---- an ended link of somebody merged into another one
merged=$(nearest nurse)
call trainer 200 GET "/api/v1/people/$merged"
other=$(get .own_page)
"$MUSTER" merge-people "$number" "$merged" --dir "$dir" >/dev/null || fail "merge-people"
own_page nurse "$other"
expect 200 "the link of who was merged"
call trainer 204 DELETE "/api/v1/people/$number/own-page"
own_page nurse "$other"
expect 404 "the link of who was merged is not ended with the others"
person
token=$(get .own_page)
"$MUSTER" erase-person "$number" --dir "$dir" >/dev/null 2>&1 || fail "erase-person"
page phone
expect 404 "an erased person's page"
[ "$(curl -s -o /dev/null -w '%{http_code}' "$url/r/$asked")" = 404 ] || fail "an erased person can still say yes by a link"
grep -q -e "$name" -e "$token" "$work/serve.log" && fail "the log tells a name or a token"
kill "$server_pid"; wait "$server_pid" || fail "SIGTERM: exit $?"
server_pid=
"$MUSTER" verify --dir "$dir" >"$work/body" 2>&1 || fail "muster verify"
ok "another number asks again, none is told so, an erased person has no page"
echo "story: $passed passed, 0 failed"
