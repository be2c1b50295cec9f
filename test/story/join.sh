#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Somebody wants to join: the public form with its mistakes, thanks, the office declines one and
# takes another on, who is then called; what was said is gone, of who waited 90 days too. Where `join = no` there is no page.
. "$(dirname "$0")/lib.sh"

start demo --people 3000
sign_in admin "$(password 1)"
account trainer trainer
account viewer viewer
account duty dispatcher
call admin 200 GET /api/v1/areas
town=$(get '[.items[]|select(.level=="town")][0].code')
village=$(get "[.items[]|select(.parent==\"$town\")][0].code")
other=$(get '[.items[]|select(.level=="town")][1].code')
home=$(get ".items[]|select(.code==\"$village\")|{lat:.at.lat,lon:.at.lon}|tojson")
account far_trainer trainer "$other"
call nobody 200 GET /api/v1/instance
holds '.join==true' "the console is not told that there is a form"

stop() { kill "$server_pid"; wait "$server_pid" || fail "SIGTERM: exit $?"; server_pid=; }
verify() { "$MUSTER" verify --dir "$dir" >"$work/body" 2>&1 || fail "muster verify"; }

# ---- the form
page() { curl -sS -m 20 -H "Accept-Language: ${1:-zh}" "$url/join"; }
# form STATUS MEMBERS...: sent as a browser without scripts does, with the nonce of a new page.
form() {
    want=$1
    shift
    nonce=$(page | sed -n 's/.*name="nonce" value="\([0-9a-f]*\)".*/\1/p')
    members=(--data-urlencode "nonce=$nonce")
    for member in "$@"; do members+=(--data-urlencode "$member"); done
    status=$(curl -sS -m 20 -D "$work/head" -o "$work/body" -w '%{http_code}' -H 'Accept-Language: zh' "${members[@]}" "$url/join")
    [ "$status" = "$want" ] || fail "the form $*: $status instead of $want"
}
shows() { grep -q -- "$1" "$work/body" || fail "the page lacks $1"; }
lacks() { grep -q -- "$1" "$work/body" && fail "the page has $1"; true; }

page >"$work/body"
for part in '我想加入' "<optgroup label=" "value=\"$village\"" 'value="first-aid"' 'name="consent" required'; do shows "$part"; done
page en >"$work/body"
shows 'I want to join'
page >"$work/body"
grep -ciE '<script>|onclick|<style' "$work/body" | grep -qx 0 || fail "the page has a script or a style inside"
form 422 'name=' 'phone=12' 'area=nowhere' 'mode=bike' 'skills=first-aid' 'skills=nurse'
[ "$(grep -o 'class="wrong"' "$work/body" | wc -l)" = 4 ] || fail "not each mistake stands at its field"
for part in 'value="12"' 'value="bike" selected' 'value="nurse" checked' '请选择'; do shows "$part"; done
form 422 'name=张<b>三' 'phone=10000777001' "area=$village" 'mode=bike'
shows '没有您的同意' && shows '张&lt;b&gt;三' && shows "value=\"$village\" selected" && lacks '<b>'
call trainer 200 GET /api/v1/applicants
holds '.items==[]' "a form with mistakes is kept"
ok "mistakes are told beside their fields, and what was entered stays"

someone=('name=想来的人' 'phone=100-0077-7001' "area=$village" 'mode=bike' 'skills=first-aid' 'skills=nurse' 'consent=yes')
form 303 "${someone[@]}"
[ "$(header location)" = /join/thanks ] || fail "thanked at $(header location)"
curl -sS "$url/join/thanks" | grep -q '谢谢您愿意帮忙' || fail "nobody says thanks"
form 303 "${someone[@]}" # pressed twice
form 303 'name=想来的人 ' 'phone=(100) 0077 7001' "area=$village" 'mode=car' 'skills=first-aid' 'consent=yes'
form 303 'name=想来的人' 'phone=１００－００７７　７００１' "area=$village" 'mode=bike' 'consent=yes' # of a Chinese keyboard
form 303 'name=想来的人' $'phone=\xe2\x80\xaa+86 100\xe2\x80\x910077\xc2\xa07001\xe2\x80\xac' "area=$village" 'mode=car' 'skills=first-aid' 'consent=yes' # copied
form 303 'name=另一个人' 'phone=10000777002' "area=$town" 'mode=foot' 'consent=yes'
call trainer 200 GET /api/v1/applicants
holds '.items|length==2' "one number, one effect: $(get '.items|length')"
holds ".items[0]|.name==\"想来的人\" and .mode==\"car\" and .skills==[\"first-aid\"] and .area.code==\"$village\" and (has(\"known\")|not)" "the newest counts"
one=$(get '.items[0].id') two=$(get '.items[1].id')
status=$(curl -sS -o "$work/body" -w '%{http_code}' -H 'Sec-Fetch-Site: cross-site' --data-urlencode "nonce=$nonce" -d "name=x&phone=10000777003&area=$town&mode=foot&consent=yes" "$url/join")
[ "$status" = 422 ] || fail "another site sends the form: $status"
status=$(curl -sS -o "$work/body" -w '%{http_code}' -d "name=x&phone=10000777003&area=$town&mode=foot&consent=yes" "$url/join")
[ "$status" = 422 ] || fail "a form of no page: $status"
ok "one telephone number has one effect; only our own page may send it"

# ---- who may see them, who may decide
call nobody 401 GET /api/v1/applicants
call viewer 403 GET /api/v1/applicants
call duty 403 GET /api/v1/applicants
call duty 403 POST "/api/v1/applicants/$two/decline" '{}'
call far_trainer 200 GET /api/v1/applicants
holds '.items==[]' "a trainer of another town sees them"
call far_trainer 200 GET /api/v1/applicants/count
holds '.=={count:0}' "a trainer of another town counts them"
call viewer 403 GET /api/v1/applicants/count
call trainer 200 GET /api/v1/applicants/count
holds '.=={count:2}'
call far_trainer 404 POST "/api/v1/applicants/$two/decline" '{}'
add() { call "$1" "$2" POST /api/v1/people "{\"number\":\"$3\",\"name\":\"想来的人\",\"phone\":\"10000777001\",\"home\":$home,\"skills\":[\"first-aid\"],\"mode\":\"car\",\"quiet\":\"none\",\"applicant\":$one}"; }
add viewer 403 J1
add far_trainer 404 J1
"$MUSTER" backup "$work/backup" --keys "$work/keys" --dir "$dir" >/dev/null 2>"$work/err" || [ "${STORE:-sqlite}" != sqlite ] || fail "backup: $(cat "$work/err")"
call trainer 200 POST "/api/v1/applicants/$two/decline" '{}'
holds '.state=="declined"'
call admin 409 POST "/api/v1/applicants/$two/decline" '{}'
holds '.detail|test("wait no more")'
call trainer 404 POST /api/v1/applicants/999999/decline '{}'
ok "the office of the place decides, once"

# ---- taken on: the person and the end of the wait are one commit
with=(-H 'Idempotency-Key: take-on')
add trainer 201 J1
with=(-H 'Idempotency-Key: take-on')
add trainer 201 J1
add admin 409 J2
holds '.detail|test("wait no more")' "the second officer is told of the number"
call admin 404 GET /api/v1/people/J2
call trainer 200 GET /api/v1/applicants
holds '.items==[]'
call trainer 200 GET /api/v1/people/J1
holds ".name==\"想来的人\" and .phone==\"10000777001\" and .area==\"$village\" and .skills==[\"first-aid\"]" "who was taken on"
form 303 "${someone[@]}" # who is a volunteer may say it again, and is not told anything
call trainer 200 GET /api/v1/applicants
holds '.items|length==1 and .[0].known=="J1"' "the office is not told that they know them"
three=$(get '.items[0].id')
at=$(jq -r '"{\"lat\":\(.lat),\"lon\":\(.lon)}"' <<<"$home")
call admin 201 POST /api/v1/incidents "{\"kind\":\"flood\",\"at\":$at}"
incident=$(get .id)
call admin 200 POST "/api/v1/incidents/$incident/steps" '{"step":"confirm"}'
need '{"skills":[],"count":1}'
callout "$any_hour,\"force\":[\"J1\"]"
link=$(awk '$2 == "J1" {print $3}' "$work/links")
[ -n "$link" ] || fail "the new volunteer is not called"
answer "$link" accept
holds '.state=="assigned"' "the new volunteer cannot come"
ok "taken on in one commit, once; called, and on the way"

# ---- nothing is left of who waits no more
kill -9 "$server_pid"; wait "$server_pid" 2>/dev/null
start serve
call trainer 200 GET /api/v1/applicants
holds ".items|length==1 and .[0].id==$three" "after kill -9"
form 303 'name=没人理的人' 'phone=10000777004' "area=$village" 'mode=foot' 'consent=yes'
call trainer 200 GET /api/v1/applicants
four=$(get '.items[1].id')
grep -q -e 想来的人 -e 另一个人 -e 0077 "$work/serve.log" && fail "the log names somebody"
if [ "${STORE:-sqlite}" = sqlite ]; then
    grep -q -a -e 想来的人 -e 另一个人 -e 10000777002 "$dir"/muster.db* && fail "a name or a number lies open in the database"
    [ "$(sqlite3 "$dir/muster.db" "SELECT count(*) FROM applicant WHERE state <> 'waiting' AND box IS NULL AND phone_hash IS NULL")" = 2 ] || fail "something is left"
    "$MUSTER" backup "$work/newer" --dir "$dir" >/dev/null || fail "backup"
    stop
    "$MUSTER" restore "$work/backup" --keys "$work/keys" --erased "$work/newer/erased.txt" --dir "$work/restored" --json >"$work/body" || fail "restore"
    holds '.erased_again==1' "who was declined is there again after a restore"
    [ "$(sqlite3 "$work/restored/muster.db" "SELECT state FROM applicant WHERE id = $two")" = declined ] || fail "not declined again"
    ok "what they said is gone, from a restored backup too"
else
    stop
fi

# ---- where it is off
sed -i 's/^join = yes/join = no/' "$dir/muster.conf"
start serve
for path in /join /join/thanks; do
    [ "$(curl -s -o /dev/null -w '%{http_code}' "$url$path")" = 404 ] || fail "$path is there"
done
[ "$(curl -s -o /dev/null -w '%{http_code}' -d 'name=x' "$url/join")" = 404 ] || fail "the form is taken"
call nobody 200 GET /api/v1/instance
holds '.join==false'
call trainer 200 POST "/api/v1/applicants/$three/decline" '{}'
stop
verify
ok "off is off; who waits can still be answered; verify"

# ---- who has waited 90 days: the server is started again, days later by its clock
library=$(ls /usr/lib/*/faketime/libfaketimeMT.so.1 2>/dev/null | head -n 1)
sanitizer=$(ldd "$MUSTER" | sed -n 's/.* => \(.*lib[at]san[^ ]*\).*/\1/p') # wants to be the first
# days COUNT: serves COUNT days from now, signed in; the tools' clocks stay true.
days() {
    printf '#!/bin/sh\nexec env LD_PRELOAD="%s" FAKETIME=+%sd %s "$@"\n' "$sanitizer $library" "$1" "$(realpath "$MUSTER")" >"$work/later"
    chmod +x "$work/later"
    MUSTER=$work/later start serve
    sign_in trainer "password of trainer"
    call trainer 200 GET /api/v1/applicants
}
nobody_waits() { call trainer 200 GET /api/v1/applicants/count; [ "$(get .count)" = 0 ]; }
rows() { sqlite3 "$dir/muster.db" "SELECT count(*) FROM $1"; }
expire() {
    days 89.8
    holds ".items|length==1 and .[0].id==$four" "gone before 90 days"
    stop
    cp -a "$dir" "$work/before"
    days 90.2 # less than half a day later: else its clock is doubted (decision 0133)
    wait_for nobody_waits
    call trainer 200 GET /api/v1/applicants
    holds '.items==[]'
    call trainer 409 POST "/api/v1/applicants/$four/decline" '{}'
    stop
    verify
    [ "$(rows "applicant WHERE id = $four AND state = 'expired' AND box IS NULL AND phone_hash IS NULL")" = 1 ] || fail "something is left"
    [ "$(rows "event WHERE incident_id = 0 AND kind = 'applicant.expired' AND body LIKE '%\"person\":$four%'")" = 1 ] || fail "no entry in the chain"
    # The row of hours before cannot be read any more: its key is gone.
    cp "$dir/keys.db" "$work/before/"
    dir=$work/before
    start serve
    sign_in trainer "password of trainer"
    call trainer 200 GET /api/v1/applicants
    holds '.items==[]' "their key is still there"
    stop
    ok "after 90 days they wait no more, and no key is left; verify"
}
if [ -z "$library" ]; then
    echo "absent: faketime (who has waited 90 days is not tried on a server)"
elif [ "${STORE:-sqlite}" != sqlite ]; then
    echo "absent: a later day on PostgreSQL, whose clock rules (who has waited 90 days is not tried there)"
else
    expire
fi
echo "story: $passed passed, 0 failed"
