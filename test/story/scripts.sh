#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What the documents give to scripts is run as it stands there: the examples of
# docs/formats/api.md, gateway.md and docs/operating.md, and docs/examples.
. "$(dirname "$0")/lib.sh"
docs=$PWD/docs
v=/api/v1
example=$docs/examples/report_and_follow.py
follower=
trap 'kill $follower 2>/dev/null; cleanup' EXIT
start demo --people 300
port=${url##*:}
sign_in admin "$(password 1)"
mkdir "$work/bin"
ln -s "$(realpath "$MUSTER")" "$work/bin/muster"
# lines FILE FROM TO: an example of a document, from its first line to its last, as it is on this machine: the folder, the address.
lines() {
    sed -n "\\|^    $2|,\\|^    .*$3|{s/^    //;p;\\|$3|q}" "$docs/$1" |
        sed "s|127.0.0.1:8080|127.0.0.1:$port|g; s|sudo -u muster ||; s|/var/lib/muster/county|$dir|g; s|-o muster ||; s|/backup|$work/backup|g; s|/safe|$work/safe|g; s|/etc/muster|$work|g; s|\\(--dir\\) county|\\1 $dir|"
}
# as_written FILE FROM TO: runs it.
as_written() {
    lines "$@" >"$work/example"
    [ -s "$work/example" ] || fail "$1: no example begins with $2"
    (cd "$work" && PATH=$work/bin:$PATH bash -eu example >body 2>err) || fail "$1: $(cat "$work/example" "$work/err")"
}

# ---- docs/formats/api.md
account wall auditor
incident
as_written formats/api.md 'export TOKEN=' 'curl -H'
holds ".items[0].id==$incident"
if command -v python3 >/dev/null; then
    lines formats/api.md 'import hashlib' 'return abs' >"$work/signed.py"
    cat >>"$work/signed.py" <<'PY'
body, secret, stamp = '{"id":"31","text":"来"}\n'.encode(), b"a secret", str(int(time.time()))
headers = {"X-Muster-Timestamp": stamp, "X-Muster-Signature": "sha256=" + hmac.new(secret, stamp.encode() + b"." + body, "sha256").hexdigest()}
assert is_from_muster(headers, body, secret)
assert not is_from_muster(headers, body + b" ", secret)
assert not is_from_muster({**headers, "X-Muster-Timestamp": str(int(stamp) - 301)}, body, secret)
PY
    python3 "$work/signed.py" || fail "the check of a signature"
fi
ok "docs/formats/api.md: a token and a list, the signature of a web hook"

# ---- docs/operating.md: a backup, and back; the year
as_written operating.md 'install -d' 'muster backup'
as_written operating.md 'sudo -u muster muster statistics' 'muster hours'
head -n 1 "$work/2026.csv" | grep -q , && head -n 1 "$work/hours-2026.csv" | grep -q organisation || fail "the files of the year"
lines operating.md 'sudo -u muster muster restore' 'muster verify' |
    sed "s|2026-11-30|$(date +%F)|; s|NEWEST|$(date +%F)|; s|$dir|$work/restored|" >"$work/example"
(cd "$work" && PATH=$work/bin:$PATH bash -eu example >/dev/null 2>err) || fail "back: $(cat "$work/err")"
"$MUSTER" init --dir "$work/named" --tls-name muster.county.example >/dev/null || fail "init --tls-name"
lines operating.md "printf 'subjectAltName" 'CAcreateserial' >"$work/named/example"
old=$(sha256sum <"$work/named/tls-cert.pem")
(cd "$work/named" && bash -eu example >/dev/null 2>&1 && openssl verify -CAfile tls-ca.pem -verify_hostname muster.county.example tls-cert.pem >/dev/null) ||
    fail "a certificate once in two years"
[ "$old" != "$(sha256sum <"$work/named/tls-cert.pem")" ] || fail "the certificate is that of before"
ok "docs/operating.md: a backup and back, the files of the year, the certificate once in two years"

# ---- docs/examples: a line that is lost, and a server that is away
if ! command -v python3 >/dev/null; then
    echo "absent: python3 (docs/examples)"
    echo "story: $passed passed, 0 failed"
    exit 0
fi
account sensors dispatcher
export MUSTER_TOKEN
MUSTER_TOKEN=$("$MUSTER" token --account sensors --json --dir "$dir" | jq -r .token)
python3 "$example" "$url" gauge12-0731 flood 30.72,121.05 "Gauge 12: 1.4 m over the road" >"$work/followed" 2>"$work/lost" &
follower=$!
told() { grep -qx "$1" "$work/followed"; }
wait_for grep -q '^reported: case' "$work/followed"
case=$(sed -n 's/^reported: case //p' "$work/followed")
call admin 200 GET $v/incidents
incident=$(get ".items[]|select(.case==\"$case\")|.id")
step() { call admin 200 POST "$v/incidents/$incident/steps" "{\"step\":\"$1\"${2:+,$2}}"; }
step confirm
wait_for told incident.confirmed
kill "$server_pid" && wait "$server_pid"
server_pid=
wait_for grep -q '^the line is lost' "$work/followed"
echo "a secret of both" >"$work/gateway"
echo "gateway_secret_file = $work/gateway" >>"$dir/muster.conf"
start serve
need '{"skills":[],"count":1}' '"reserve":0' # while nobody listens
wait_for told need.stated
callout
step stand_down
step review
step close
wait "$follower" || fail "the example: $(cat "$work/lost")"
follower=
call admin 200 GET "$v/incidents/$incident/events?limit=1000"
get '.items|sort_by(.position)|map(.kind)|.[]' | grep -v '^incident.reported$' >"$work/kinds"
grep -E '^[a-z_]+\.[a-z_]+$' "$work/followed" | grep -v '^incident.reported$' | diff - "$work/kinds" >"$work/body" || fail "not as it happened"
grep -q '^closed: {' "$work/followed" || fail "no report at the end"
python3 "$example" "$url" gauge12-0731 flood 30.72,121.05 "Gauge 12: 1.4 m over the road" >"$work/again" || fail "the same reading again"
grep -qx "reported: case $case" "$work/again" && grep -q '^closed: {' "$work/again" || fail "the same reading is another incident"
MUSTER_TOKEN=unknown python3 "$example" "$url" gauge12-0732 flood 30.72,121.05 x >"$work/out2" 2>"$work/err" && fail "an unknown token is taken"
grep -q 'muster token' "$work/err" || fail "an unknown token: what to do is not said"
ok "docs/examples: a reading is one incident, followed across a restart without a gap, to its report"

# ---- docs/formats/gateway.md: what the gateway posts, by hand
as_written formats/gateway.md "body='" 'X-Muster-Signature: sha256=\$mac'
holds '.taken==false and (.say|length>0)'
ok "docs/formats/gateway.md: an answer by hand"
echo "story: $passed passed, 0 failed"
