# SPDX-License-Identifier: Apache-2.0
# Shared by the stories: a server on a free port of loopback, sign-in, and calls that check
# their status. Everything lives in a new folder that goes with the test.
set -u
MUSTER=${MUSTER:-build/release/muster}
export TZ=Asia/Shanghai
work=$(mktemp -d)
# On PostgreSQL (test/tools/on-postgres.sh) each story has a schema of its own.
store=()
[ "${STORE:-sqlite}" = sqlite ] || store=(--store "$MUSTER_POSTGRES&options=-cmuster.schema%3Dstory_$$")
dir=$work/county
server_pid=
passed=0
cleanup() {
    [ -z "$server_pid" ] || { kill "$server_pid" 2>/dev/null; wait "$server_pid" 2>/dev/null; }
    rm -rf "$work"
}
trap cleanup EXIT
# fail WHAT: says so and ends the story, also out of $(...), a pipe, or what wait_for tries.
exec 3>&1
fail() {
    {
        echo "FAILED: $*"
        [ -f "$work/body" ] && { echo "last answer:"; head -c 2000 "$work/body"; echo; }
        [ -f "$work/serve.log" ] && { echo "server:"; tail -n 15 "$work/serve.log"; }
        echo "story: $passed passed, 1 failed"
    } >&3
    [ "$BASHPID" = $$ ] || kill $$
    exit 1
}
ok() { passed=$((passed + 1)); echo "  ok: $*"; }
# password NUMBER: of the demo's accounts, as printed.
password() { sed -n 's/^password *//p' "$work/out" | sed -n "$1p"; }
# account NAME ROLE [AREA]: makes an account and signs in.
account() {
    call admin 201 POST /api/v1/accounts \
        "{\"account\":\"$1\",\"password\":\"password of $1\",\"roles\":[{\"role\":\"$2\"${3:+,\"area\":\"$3\"}}]}"
    sign_in "$1" "password of $1"
}
# start COMMAND...: runs muster (on $port if that is set) and waits for the address it prints, not the one before it did:
# the shell in the background may empty the file only after we have looked.
start() {
    : >"$work/out"
    "$MUSTER" "$@" ${store[@]+"${store[@]}"} --dir "$dir" --listen "127.0.0.1:${port:-0}" >"$work/out" 2>"$work/serve.log" &
    server_pid=$!
    for _ in $(seq 600); do
        url=$(grep -oE 'http://[0-9.]+:[0-9]+' "$work/out" | head -n 1)
        [ -n "$url" ] && return 0
        kill -0 "$server_pid" 2>/dev/null || fail "the server ended"
        sleep 0.1
    done
    fail "the server did not start within 60 s"
}
# call WHO STATUS METHOD PATH [BODY]: the answer lands in $work/body, its head in $work/head.
# `with` holds more arguments of curl for one call. Every refusal must be a problem document.
with=()
call() {
    who=$1 want=$2 method=$3 path=$4
    shift 4
    if [ $# -gt 0 ]; then set -- -H 'Content-Type: application/json' --data-binary "$1"; fi
    [ "$who" = nobody ] || set -- "$@" -b "$work/$who.jar" -H "X-Muster-Csrf: $(cat "$work/$who.csrf")"
    status=$(curl -sS -m 20 -D "$work/head" -o "$work/body" -w '%{http_code}' -X "$method" \
        ${with[@]+"${with[@]}"} "$@" "$url$path") || fail "$method $path: no answer"
    with=()
    [ "$status" = "$want" ] || fail "$method $path: $status instead of $want"
    [ "$status" -lt 400 ] || is_problem || fail "$method $path: $status is no problem document"
}
# Whether the last answer is a problem of RFC 9457 that says its own status.
is_problem() {
    header content-type | grep -q '^application/problem+json' &&
        jq -e --argjson s "$status" '.status==$s and (.type|type=="string") and
            (.title|type=="string") and (.detail|type=="string")' "$work/body" >/dev/null
}
# header NAME: of the last answer.
header() { tr -d '\r' <"$work/head" | sed -n "s/^$1: *//Ip" | tail -n 1; }
# holds JQ-EXPRESSION [WHAT]: is true of the last answer.
holds() { jq -e "$1" "$work/body" >/dev/null 2>&1 || fail "${2:-$1}"; }
get() { jq -r "$1" <"$work/body"; }
# sign_in WHO PASSWORD
sign_in() {
    status=$(curl -sS -m 20 -o "$work/body" -w '%{http_code}' -c "$work/$1.jar" \
        -H 'Content-Type: application/json' --data-binary "{\"account\":\"$1\",\"password\":\"$2\"}" \
        "$url/api/v1/sessions")
    [ "$status" = 201 ] || fail "sign in as $1: $status"
    get .csrf >"$work/$1.csrf"
}
# answer LINK ANSWER [MEMBERS]: as a volunteer's telephone; each link has its own cookies.
answer() {
    jar=$work/phone.$(basename "$1")
    curl -sS -m 20 -o "$work/body" -b "$jar" -c "$jar" -H 'Accept: application/json' "$1" || fail "GET $1"
    nonce=$(get .nonce)
    status=$(curl -sS -m 20 -o "$work/body" -w '%{http_code}' -b "$jar" -c "$jar" \
        -H 'Accept: application/json' -H 'Content-Type: application/json' \
        --data-binary "{\"nonce\":\"$nonce\",\"answer\":\"$2\"${3:+,$3}}" "$1")
    [ "$status" = 200 ] || fail "answer $2: $status"
}
# own_page DEVICE TOKEN [MEMBERS]: a person's own page as JSON, on a device with its own cookies;
# with MEMBERS they are posted with the nonce of the page. Sets $status.
own_page() {
    device=$work/$1.own link=$url/m/$2
    status=$(curl -sS -m 20 -D "$work/head" -o "$work/body" -w '%{http_code}' -b "$device" -c "$device" \
        -H 'Accept: application/json' "$link")
    [ -z "${3:-}" ] || status=$(curl -sS -m 20 -D "$work/head" -o "$work/body" -w '%{http_code}' -b "$device" -c "$device" \
        -H 'Accept: application/json' -H 'Content-Type: application/json' --data-binary "{\"nonce\":\"$(get .nonce)\",$3}" "$link")
}
# expect STATUS WHAT: of the last own_page.
expect() { [ "$status" = "$1" ] || fail "$2: $status instead of $1"; }
# wait_for COMMAND...: until it succeeds, a minute at most.
wait_for() {
    for _ in $(seq 600); do
        if "$@" >/dev/null 2>&1; then return 0; fi
        sleep 0.1
    done
    fail "still not: $*"
}
# incident [MEMBERS]: a confirmed incident; sets $incident.
incident() {
    call admin 201 POST /api/v1/incidents "{\"kind\":\"flood\",\"at\":{\"lat\":30.700,\"lon\":121.020}${1:+,$1}}"
    incident=$(get .id)
    call admin 200 POST "/api/v1/incidents/$incident/steps" '{"step":"confirm"}'
}
# need LINES [MEMBERS]: within an hour, of $incident; sets $need.
need() {
    call admin 201 POST "/api/v1/incidents/$incident/needs" "{\"within_minutes\":60,\"lines\":[$1]${2:+,$2}}"
    need=$(get .id)
}
# callout [MEMBERS]: of $need, at any hour of the day; sets $callout, waits for its links.
any_hour='"lift":["quiet","duty","cap"],"reason":"test at any hour"'
callout() {
    call admin 201 POST "/api/v1/needs/$need/callouts" "{${1-$any_hour}}"
    callout=$(get .id)
    wait_for links_are_there
}
board() { call admin 200 GET "/api/v1/callouts/$callout"; }
alerts() { call admin 200 GET "/api/v1/callouts/$callout/alerts?limit=1000"; }
# mail KIND NUMBER: the newest link that a person has been sent by a message of that kind.
mail() {
    jq -r --arg kind "$1" --arg to "$2" 'select(.kind==$kind and .to==$to)|[.id,.link]|@tsv' "$dir"/mailbox/*.json 2>/dev/null |
        sort -n | tail -n 1 | cut -f 2
}
# links: "ALERT NUMBER LINK" of each alert of $callout, in the order of the alerts.
links() {
    alerts
    jq -r '.items[]|[.number,.id]|@tsv' "$work/body" | sort >"$work/numbers"
    jq -r 'select(.kind=="alert")|[.to,.link,.id]|@tsv' "$dir"/mailbox/*.json 2>/dev/null |
        sort -t "$(printf '\t')" -k 1,1 -k 3,3n | awk -F '\t' '{link[$1]=$2} END {for (to in link) print to "\t" link[to]}' | sort |
        join -t "$(printf '\t')" "$work/numbers" - | awk -F '\t' '{print $2, $1, $3}' | sort -n
}
links_are_there() {
    links >"$work/links" && [ "$(wc -l <"$work/links")" = "$(wc -l <"$work/numbers")" ] && [ -s "$work/links" ]
}
# alert_state ALERT: as the dispatcher sees it now.
alert_state() {
    alerts
    jq -r --argjson id "$1" '.items[]|select(.id==$id)|.state' "$work/body"
}
