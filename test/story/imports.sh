#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# People by POST people/imports, with curl: a look without effect, the import, wrong files, who
# may, several at once, and that nothing of a file is left behind in clear.
. "$(dirname "$0")/lib.sh"
v=/api/v1
town=330482102000
people=$work/people.csv
start demo --people 300
sign_in admin "$(password 1)"
account trainer trainer
account local trainer $town
account dispatcher dispatcher

# rows LINE...: the people's file.
rows() { printf '%s\n' "$@" >"$people"; }
# upload WHO STATUS [QUERY]: sends it.
upload() {
    with=(-H 'Content-Type: text/csv' --data-binary "@$people")
    call "$1" "$2" POST "$v/people/imports${3:-}"
}
h=number,name,lat,lon,phone,skills,birth

rows "$h" 'C1,Qiao Yifan,30.70,121.02,10000234567,first-aid,1990-01-01' 'C2,He Jing,30.71,121.03,10000234567,juggling,'
upload trainer 200 '?dry_run=true&retire_missing=true'
holds '.added==2 and .changed==0 and .same==0 and .retired==300'
holds '[.warnings[]|select(.text=="same_telephone" and .line==3 and .other=="C1")]|length==1'
holds '[.warnings[]|select(.field=="skills" and (.text|test("juggling")))]|length==1'
call admin 404 GET $v/people/C1
call admin 200 GET $v/skills
holds '[.items[].code]|index("juggling")==null' "a dry run made a skill"
rows "$h" 'C1,王　芳,30.70,121.02,,,1990-01-01' 'C2,王芳,30.70,121.02,,,1990-01-01'
upload trainer 200 '?dry_run=true'
holds '[.warnings[]|select(.text=="same_name_near")]|length==1' "a name padded with a blank is another one"
rows "$h" 'C1,Qiao Yifan,30.70,121.02,10000234567,first-aid,1990-01-01' 'C2,He Jing,30.71,121.03,10000234567,juggling,'
ok "a look without effect: numbers and warnings, nothing changed"

upload trainer 200
holds '.added==2 and .retired==0'
call admin 200 GET $v/people/C1
holds '.name=="Qiao Yifan" and .skills==["first-aid"]'
call admin 200 GET $v/skills
holds '[.items[].code]|index("juggling")!=null'
upload trainer 200
holds '.added==0 and .changed==0 and .same==2' "the same file twice changes nothing"
call trainer 200 POST $v/people/searches '{"q":"HeJing"}'
holds '[.items[].number]==["C2"]' "a name without its blank is not found"
sed -i 's/He Jing/He Jing Yi/' "$people"
upload admin 200
holds '.changed==1 and .same==1'
"$MUSTER" import people "$people" --json --dir "$dir" >"$work/body" 2>"$work/err" || fail "the command line: $(cat "$work/err")"
holds '.same==2 and .names_compared' "the command line reads the same file otherwise"
{ printf '\xef\xbb\xbf%s\r\n' "$h"; printf '%s\r\n' 'C1,Qiao Yifan,30.70,121.02,10000234567,first-aid,1990-01-01'; } >"$people"
upload admin 200
holds '.same==1' "a byte order mark and CRLF"
ok "imported at once, twice the same, as the command line"

# ---- the wrong file, taken back
rows "$h" 'C1,Wrong,30.80,121.12,,,1990-01-01' 'C9,Wrong,30.70,121.02,,,'
upload trainer 200 '?retire_missing=true&retire_most=true'
holds '.added==1 and .changed==1 and .retired==301'
call dispatcher 404 GET $v/people/C2
call dispatcher 200 GET "$v/people/C2/service?from=2026-01-01&to=$(date +%F)"
holds '.number=="C2" and .name=="He Jing Yi" and .certificate!=null' "no certificate for who has left"
call dispatcher 200 GET "$v/services/$(get .certificate)"
holds '.number=="C2"' "a certificate of who has left is not right"
call local 403 GET $v/people/imports/newest
call trainer 200 GET $v/people/imports/newest
holds '.items|length==1 and (.[0]|.added==1 and .changed==1 and .retired==301 and .by=="trainer")'
import=$(get '.items[0].id')
call local 403 POST "$v/people/imports/$import/undo" '{}'
call trainer 409 POST "$v/people/imports/$((import - 1))/undo" '{}'
call trainer 200 POST "$v/people/imports/$import/undo" '{}'
holds '.=={restored:302,left:1,kept:0}'
call admin 200 GET $v/people/C1
holds '.name=="Qiao Yifan" and .phone=="10000234567" and .skills==["first-aid"]'
call admin 404 GET $v/people/C9
call trainer 404 POST "$v/people/imports/$import/undo" '{}'
rows "$h" 'C1,Qiao Yifan,30.70,121.02,10000234567,first-aid,1990-01-01'
upload trainer 200 '?dry_run=true&retire_missing=true'
holds '.same==1 and .retired==301' "the home of before, and everybody is back"
rows "$h" 'C9,Wrong,30.70,121.02,,,'
upload trainer 200
"$MUSTER" undo-import --dir "$dir" --json >"$work/body" || fail "undo-import"
holds '.=={restored:1,left:0,kept:0}' "who was back from having left has left again"
"$MUSTER" undo-import --dir "$dir" >"$work/body" 2>&1 && fail "an import is taken back twice"
ok "the wrong file is taken back"

rows "$h" 'C3,good,30.7,121.02,,,' 'C4,bad,95,121.02,,,' 'C5,bad,30.7,121.02,abc,,' 'C3,twice,30.7,121.02,,,'
upload admin 422
holds '.lines_wrong==3 and ([.errors[]|[.line,.field]]==[[3,"lat"],[4,"phone"],[5,"number"]])'
holds '.errors[1].column==20 and (.errors[1].detail|test("telephone"))'
call admin 404 GET $v/people/C3
rows "$h,colour" 'C3,good,30.7,121.02,,,,red'
upload admin 422
holds '.errors[0].line==1 and .errors[0].field=="colour"'
rows "$h,colour,shape" 'C3,good,30.7,121.02,,,,red,round' ' ,bad,95,121.02,abc,,,,'
upload admin 422
holds '.lines_wrong==2 and .errors_total==5 and ([.errors[]|[.line,.field]]==[[1,"colour"],[1,"shape"],[3,"number"],[3,"phone"],[3,"lat"]])' "everything at once"
"$MUSTER" import people "$people" --dir "$dir" >"$work/body" 2>"$work/err" && fail "the command line imports a wrong file"
[ "$(grep -c ': line [13], column ' "$work/err")" = 5 ] || fail "the command line names: $(cat "$work/err")"
grep -q '2 of its lines are wrong' "$work/err" || fail "how many lines: $(cat "$work/err")"
: >"$people"
upload admin 422
head -c 4194305 /dev/zero | tr '\0' x >"$people"
upload admin 413
holds '.detail|test("4194304")' "413 does not say how much"
upload dispatcher 413
holds '.detail|test("1048576")' "who may not import may send as much"
rows "$h" 'C1,Qiao Yifan,30.70,121.02,10000234567,first-aid,1990-01-01'
with=(-H 'Content-Type: application/json' --data-binary "@$people")
call admin 415 POST $v/people/imports
upload admin 422 '?dry_run=1'
ok "wrong files: line, column and reason; 413 and 415"

upload local 403
holds '.detail|test("whole instance")' "403 does not say why"
upload dispatcher 403
status=$(curl -s -o /dev/null -w '%{http_code}' -H 'Content-Type: text/csv' --data-binary "@$people" "$url$v/people/imports")
[ "$status" = 401 ] || fail "nobody may import: $status"
status=$(curl -s -o /dev/null -w '%{http_code}' -b "$work/admin.jar" -H 'Content-Type: text/csv' --data-binary "@$people" "$url$v/people/imports")
[ "$status" = 403 ] || fail "a cookie without the header imports: $status"
ok "who may: admin and trainer of the whole instance"

# ---- several at once, by the command line too: each is done or told to come back
awk 'BEGIN { print "number,name,lat,lon,skills"; for (i = 0; i < 6000; i++)
    printf "M%d,Person %d,%.4f,%.4f,skill-%d\n", i, i, 30.7 + i % 20 / 1000, 121 + i % 17 / 1000, i % 9 }' >"$people"
for i in 1 2 3 4 5 6; do
    curl -s -m 60 -o "$work/body.$i" -w '%{http_code}\n' -b "$work/admin.jar" -H "X-Muster-Csrf: $(cat "$work/admin.csrf")" \
        -H 'Content-Type: text/csv' --data-binary "@$people" "$url$v/people/imports" >>"$work/statuses" &
    pids="${pids:-} $!"
done
printf 'number,name,lat,lon,skills\nX1,Other,30.7,121.02,skill-x;skill-y\n' >"$work/other.csv"
"$MUSTER" import people "$work/other.csv" --dir "$dir" >"$work/out2" 2>"$work/err" || grep -q 'import again' "$work/err" ||
    fail "the command line at the same time: $(cat "$work/err")"
for pid in $pids; do wait "$pid"; done
grep -Evq '^(200|409|503)$' "$work/statuses" && fail "at once: $(tr '\n' ' ' <"$work/statuses")"
cat "$work"/body.[1-6] >"$work/body"
jq -es 'map(select(.status==503) | .detail)|length>0 and all(.=="another file of people is being read: one at a time")' "$work/body" >/dev/null ||
    fail "who has to wait is not told for what"
upload admin 200
holds '.added+.changed+.same==6000'
call admin 200 GET $v/people/M5999
holds '.skills==["skill-5"]' "a skill of another file: $(get -c .skills)"
ok "at once: $(sort "$work/statuses" | uniq -c | tr -s ' \n' ' ')"

# ---- a stop in the middle: all or nothing, and in time
sed 's/^M/T/' "$people" >"$work/stop.csv"
for ms in 00 05 15; do
    curl -s -m 60 -o "$work/body" -b "$work/admin.jar" -H "X-Muster-Csrf: $(cat "$work/admin.csrf")" \
        -H 'Content-Type: text/csv' --data-binary "@$work/stop.csv" "$url$v/people/imports" &
    pid=$!
    sleep 0.$ms
    begun=$(date +%s)
    kill "$server_pid"; wait "$server_pid" || fail "SIGTERM during an import: exit $?"
    server_pid=
    [ $(($(date +%s) - begun)) -le 5 ] || fail "SIGTERM during an import took $(($(date +%s) - begun)) s"
    wait $pid # answered or cut off
    start serve
    call admin 200 GET "$v/people/M5999"
    status=$(curl -s -o /dev/null -w '%{http_code}' -b "$work/admin.jar" "$url$v/people/T0")
    call admin "$status" GET "$v/people/T5999" # as the first, so the last
done
ok "a stop in the middle of an import: all of it or nothing"

rows "$h" 'C1,Qiao Yifan,30.70,121.02,10000234567,first-aid,1990-01-01'
upload admin 409 '?retire_missing=true'
holds '.detail|test("of the [0-9]+ people on record are not in the file.*retire_most=true")' "a file that lacks nearly everybody"
call admin 200 GET $v/people/C2
upload admin 200 '?retire_missing=true&retire_most=true'
holds '.same==1 and .retired>=6301'
call admin 200 GET $v/people
holds '[.items[].number]==["C1"]' "more than the file's people are left"
grep -aqE 'Qiao Yifan|10000234567' "$work/serve.log" && fail "the log holds personal data"
kill "$server_pid"; wait "$server_pid" || fail "SIGTERM: exit $?"
server_pid=
[ "${STORE:-sqlite}" != sqlite ] || ! grep -aqE 'Qiao Yifan|10000234567' "$dir"/muster.db* || fail "personal data lies in clear"
"$MUSTER" verify --dir "$dir" >"$work/out" 2>&1 || fail "verify: $(cat "$work/out")"
ok "the missing retire when asked; nothing in clear; verify holds"
echo "story: $passed passed, 0 failed"
