#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Warnings of the authorities in CAP: taken in once, told to those whose areas they are
# about, heard office by office, replaced and cancelled; nothing begins because of one.
. "$(dirname "$0")/lib.sh"

# cap NAME MEMBER...: a document; members are those of <alert> behind <scope>.
cap() {
    local name=$1 kind=${2:-Alert} status=${3:-Actual} before=${4:-} division=${5:-330482101000} expires=${6:-2099-01-01T00:00:00+08:00}
    cat <<XML
<?xml version="1.0" encoding="UTF-8"?>
<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2">
  <identifier>$name</identifier><sender>weather.invalid</sender><sent>2026-11-23T03:00:00+08:00</sent>
  <status>$status</status><msgType>$kind</msgType><scope>Public</scope>
  ${before:+<references>weather.invalid,$before,2026-11-23T03:00:00+08:00</references>}
  <info>
    <language>zh-CN</language><category>Met</category><event>暴雨</event>
    <urgency>Expected</urgency><severity>Severe</severity><certainty>Likely</certainty>
    <expires>$expires</expires><senderName>示范气象台</senderName><headline>暴雨橙色预警</headline>
    <area><areaDesc>某镇</areaDesc><geocode><valueName>division</valueName><value>$division</value></geocode></area>
  </info>
</alert>
XML
}
# take WHO STATUS: standard input is the document.
take() {
    cat >"$work/cap.xml"
    with=(-H 'Content-Type: application/cap+xml' --data-binary @"$work/cap.xml")
    call "$1" "$2" POST /api/v1/warnings
}
warnings() { call "$1" 200 GET "/api/v1/warnings${2:-}"; }

start demo --people 3000
sign_in admin "$(password 1)"
call admin 200 GET '/api/v1/areas?limit=20000'
town=$(jq -r '[.items[]|select(.code=="330482101000")][0].code' "$work/body")
[ "$town" = 330482101000 ] || fail "the demo has another division"
account town dispatcher 330482101000
account other dispatcher 330482102000
account guest viewer 330482101000

cap 1 | take admin 200
first=$(get .id)
holds '.repeated==false and .ended==0 and .left_out==null and .read_as==[]'
cap 1 | take admin 200
holds ".repeated==true and .id==$first" "again it is the same"
warnings town
holds ".items|length==1 and (.[0]|.id==$first and .state==\"in_force\" and .level==\"orange\" and .exercise==false and .areas[0].code==\"330482101000\" and .texts[0].headline==\"暴雨橙色预警\")" "the town's"
holds '.items[0]|.to_hear==1 and .heard==0 and (.offices|length==1 and .[0].may)' "the town's own office only"
warnings other
holds '.items==[]' "not another town's"
warnings guest
holds '.items|length==1 and (.[0].offices[0].may==false)' "a viewer reads"
warnings admin
holds '.items[0]|.to_hear>=2 and (.offices|map(.area.code)|contains(["330482101000"]))' "the office above sees the town's"
ok "taken in once, told to those it is about"

call guest 403 POST "/api/v1/warnings/$first/heard" '{"area":"330482101000"}'
call other 422 POST "/api/v1/warnings/$first/heard" '{"area":"330482101000"}'
call town 204 POST "/api/v1/warnings/$first/heard" '{"area":"330482101000"}'
call admin 204 POST "/api/v1/warnings/$first/heard" '{"area":"330482101000"}'
call admin 201 POST /api/v1/accounts '{"account":"both","password":"password of both","roles":[{"role":"dispatcher","area":"330482102000"},{"role":"viewer","area":"330482101000"}]}'
sign_in both "password of both"
call both 403 POST "/api/v1/warnings/$first/heard" '{"area":"330482101000"}'
call town 404 POST "/api/v1/warnings/999999999/heard" '{"area":"330482101000"}'
warnings town
holds '.items[0]|.heard==1 and .to_hear==1 and .offices[0].by=="town" and (.offices[0].at|length>0)' "the first word stays"
warnings admin
holds '.items[0]|.heard==1 and .heard<.to_hear and (.offices[0].by==null)' "who has not stands first"
ok "heard by the town"

cap 2 Update Exercise 1 | take admin 200
holds '.ended==0' "an exercise ends nothing real"
cap 3 Update Actual 1 | take admin 200
holds '.ended==1' "replaced"
third=$(get .id)
warnings town
holds "[.items[]|select(.exercise|not)]|length==1 and .[0].id==$third and .[0].heard==0" "the new one is to be heard anew"
cap 5 Cancel Actual 4 | take admin 200
cap 4 Alert Actual | take admin 200
warnings town
holds '[.items[]|select(.exercise|not)]|length==1' "cancelled before it came"
cap 6 Cancel Actual 3 | take admin 200
warnings town '?whole=true'
holds "[.items[]|select(.exercise|not)|[.identifier,.state]]|sort==[[\"1\",\"replaced\"],[\"3\",\"cancelled\"],[\"4\",\"cancelled\"]]" "what became of each"
ok "replaced and cancelled, in whatever order they come"

cap 7 Alert Test | take admin 200
holds '.left_out=="status" and .id==null'
cap 8 Alert Actual "" 440300000000 | take admin 200
holds '.left_out=="area" and .id==null' "about another province"
cap 9 Alert Actual "" 330482101000 2026-11-23T04:00:00+08:00 | take admin 200
warnings town
holds '[.items[]|select(.identifier=="9")]==[]' "its time is over"
cap 10 | sed 's/<scope>Public/<scope>Everybody/' | take admin 422
holds '.errors[0].pointer|test("^/[0-9]+/[0-9]+$")' "line and column"
printf '<!DOCTYPE a><alert/>' | take admin 422
cap 11 | take town 403
with=(-H 'Content-Type: text/plain' --data-binary @"$work/cap.xml")
call admin 415 POST /api/v1/warnings
ok "left out, refused, over"

by_hand() { echo "{\"level\":\"red\",\"headline\":\"Storm surge\",\"text\":\"By telephone.\",\"areas\":[\"$1\"],\"until\":\"${2:-2099-01-01T00:00:00+08:00}\"}"; }
call other 422 POST /api/v1/warnings/own "$(by_hand 330482101000)"
call guest 403 POST /api/v1/warnings/own "$(by_hand 330482101000)"
call town 422 POST /api/v1/warnings/own "$(by_hand 330482101000 2020-01-01T00:00:00+08:00)"
call town 201 POST /api/v1/warnings/own "$(by_hand 330482101000)"
own=$(get .id)
call admin 201 POST /api/v1/warnings/own "$(by_hand root)"
city=$(get .id)
warnings town
holds "[.items[]|select(.id==$own)]|length==1 and (.[0]|.level==\"red\" and .may_end and .heard==1 and .sender==\"muster\" and .texts[0].description==\"By telephone.\")" "entered by the town"
holds "[.items[]|select(.id==$city)]|length==1 and (.[0].may_end|not)" "the city's is everybody's, and not the town's to end"
call town 404 DELETE "/api/v1/warnings/$city"
call town 204 DELETE "/api/v1/warnings/$own"
call town 404 DELETE "/api/v1/warnings/$own"
call admin 204 DELETE "/api/v1/warnings/$city"
warnings other '?whole=true'
holds "[.items[]|select(.id==$city)][0].state==\"cancelled\"" "ended for all"
ok "entered by hand, and ended"

call admin 200 GET '/api/v1/incidents?limit=50'
holds '.items==[]' "no incident has begun"
kill -9 "$server_pid"; wait "$server_pid" 2>/dev/null
start serve
sign_in town "password of town"
warnings town '?whole=true'
holds ".items|map(select(.id==$first))|.[0]|.state==\"replaced\" and .heard==1" "kept over a kill"
kill "$server_pid"; wait "$server_pid" 2>/dev/null
server_pid=
"$MUSTER" verify --dir "$dir" >"$work/body" 2>&1 || fail "muster verify"
ok "kept over kill -9, and the chains hold"
echo "story: $passed passed, 0 failed"
