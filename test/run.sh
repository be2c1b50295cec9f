#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# test/run.sh test|check|nightly|browser: runs the parts of that target, those that mostly wait
# beside those that mostly compute, keeps every part's output in build/log/, adds up, says once
# more what failed, and ends with 'N passed, N failed'.
set -u
unset MAKEFLAGS MFLAGS # the jobs of the make that called are not ours to use
cd "$(dirname "$0")/.."
MUSTER_DATA="${MUSTER_DATA:-../shared/data}"
MUSTER_DATA=$(realpath -m "$MUSTER_DATA")
export MUSTER_DATA
mkdir -p build/log
counts=build/log/counts failed=build/log/failed
: >$counts
: >$failed
started=$(date +%s)
[ -d "$MUSTER_DATA" ] || echo "absent: MUSTER_DATA=$MUSTER_DATA (tests on generated data still run)"

# Whoever stops the run stops its parts: each is in a process group of its own (timeout).
running= beside=
stop() {
    trap - INT TERM
    kill $running $beside 2>/dev/null
    exit 130
}
trap stop INT TERM

aside() { running= beside=; trap stop INT TERM; } # first in a subshell: it forgets traps

# part NAME COMMAND...: a part prints 'NAME: N passed, N failed' or is one test by exit code.
# What it has to say is said at once, since other parts may run beside it. One that hangs is
# ended, with what it started, after PART_SECONDS. Its processor time is that of what it waited
# for (and, for whichever part runs when a line beside it ends, that of the line).
part() {
    name=$1; shift
    log=build/log/$name.log
    begun=$(date +%s)
    times >"$log.before" # in a file, since the shell of $(...) or of a pipe has no children
    echo ".. $name"
    timeout -k 10 "$PART_SECONDS" "$@" >"$log" 2>&1 &
    running=$!
    if wait $running; then status=0; else status=$?; fi
    case $status in 124 | 137) echo "FAILED: ended after $PART_SECONDS s" >>"$log" ;; esac
    times >"$log.after"
    used=$(tail -qn 1 "$log.before" "$log.after" | tr ms '  ' |
        awk '{used = $1 * 60 + $2 + $3 * 60 + $4 - was; was += used} END {printf "%d", used}')
    rm "$log.before" "$log.after"
    told=$(grep -E '^[a-z-]+: [0-9]+ passed, [0-9]+ failed' "$log" | tail -n 1)
    p=$(echo "$told" | sed -n 's/.*: \([0-9]*\) passed.*/\1/p')
    f=$(echo "$told" | sed -n 's/.* \([0-9]*\) failed.*/\1/p')
    if [ -z "$told" ]; then p=0 f=0; [ $status -eq 0 ] && p=1; fi
    [ $status -eq 0 ] || [ "$f" -gt 0 ] || f=1
    text=$(grep -h '^absent:' "$log" | sort -u; [ "$f" = 0 ] || tail -n 60 "$log")
    [ "$f" = 0 ] || { echo "$name:"; grep -E -A 2 'FAIL|not ok|[Ee]rror' "$log" | tail -n 12; } >>$failed
    echo "== $name${text:+
$text}
   $name: $p passed, $f failed, $(( $(date +%s) - begun )) s, $used s of processor"
    echo "$p $f" >>$counts
}

stories() { # all, or: odd, even (every second one)
    rule=p; [ "${1:-}" = odd ] && rule='1~2p'; [ "${1:-}" = even ] && rule='0~2p'
    for story in $(ls test/story/*.sh | grep -v /lib.sh | sed -n "$rule"); do
        part "$(basename "$story" .sh)" "$story"
    done
}
# Lines of parts beside each other, so that what waits and what computes fill the cores. Who
# calls waits for those beside.
line() { { aside; for parts in "$@"; do $parts; done; } & beside="$beside $!"; }
computing() {
    part unit make --no-print-directory unit
    part simulate make --no-print-directory simulate SEEDS="$seeds"
}
postgres() { part unit-postgres make --no-print-directory unit-postgres; }
browser() {
    for what in "$@"; do part "browser-$what" test/browser/run.sh "$what"; done
    for engine in webkit firefox; do part $engine node test/engines/story.mjs $engine; done
}
faults() {
    part bench-build make --no-print-directory bench-build
    part disk test/fault/disk.sh
    part kill test/fault/kill.sh 50
    part power test/fault/power.sh 5
    part block test/fault/block.sh 3
    part nth test/fault/nth.sh 1
    part clock test/fault/clock.sh 2
    part slow test/fault/slow.sh 1 500
    part clocks test/fault/clocks.sh
    part soak node test/fault/soak.mjs 60
    part walk node test/fault/walk.mjs 4500
    part nodes test/fault/nodes.sh postgres 2
    part nodes-sqlite test/fault/nodes.sh sqlite 2
    part walk-postgres test/tools/on-postgres.sh node test/fault/walk.mjs 1500 3
    part curl-postgres test/tools/on-postgres.sh test/story/curl.sh
}
checks() {
    for rule in layers lint headers fmt-check; do part $rule make --no-print-directory $rule; done
    part unit-asan env UNIT_SECONDS=900 make --no-print-directory BUILD=asan unit
    part unit-tsan test/tools/tsan.sh
    make --no-print-directory BUILD=asan build/asan/muster >build/log/asan.log 2>&1
    make --no-print-directory BUILD=tsan build/tsan/muster >build/log/tsan.log 2>&1
    # What waits first: the fuzzers take what the stories leave.
    for story in curl channels gateway push imports drill warnings; do line "sanitized $story test/story/$story.sh"; done
    line "sanitized walk node test/fault/walk.mjs 1500 6"
    part fuzz nice -n 19 make --no-print-directory fuzz
}
sanitized() { # OF COMMAND...
    of=$1
    shift
    for way in asan tsan; do part "$of-$way" test/tools/sanitized.sh $way "$@"; done
}
whole() { # WHAT of the browser...
    line stories postgres faults
    line "browser $*"
    computing
    checks
    wait
}
at_length() {
    part kill-200 test/fault/kill.sh 200
    part power-50 test/fault/power.sh 50
    part block-20 test/fault/block.sh 20
    part nth-40 test/fault/nth.sh 40
    part clock-all test/fault/clock.sh
    part slow-long test/fault/slow.sh 30 10000
    part soak-2000 node test/fault/soak.mjs 2000
    part walk-40000 node test/fault/walk.mjs 40000 2
    part walk-postgres-20000 test/tools/on-postgres.sh node test/fault/walk.mjs 20000 3
    part postgres test/fault/postgres.sh
    part nodes-20 test/fault/nodes.sh postgres 20
    part patroni test/fault/patroni.sh 3
    part cov make --no-print-directory cov
    part lighthouse test/lighthouse/run.sh
    part road-cases env MUSTER_CASES=100000 build/release/unit/road/test_route
    part crowd-streams env CROWD_ROUNDS=400 build/release/unit/crowd/test_extracts
    part road-circles env CIRCLE_PLACES=200 build/release/unit/road/test_within
}
seeds=50
PART_SECONDS=1500
[ "${1:-test}" = check ] && seeds=500
[ "${1:-test}" = nightly ] && seeds=10000
case ${1:-test} in
test) line "stories odd"; line "stories even" "browser one"; computing; postgres; wait ;;
check) whole story views ;;
browser) browser all ;;
nightly) PART_SECONDS=14400 FUZZ_SECONDS=300; export FUZZ_SECONDS; whole all; at_length ;;
*) echo "run.sh: test, check, nightly or browser" >&2; exit 2 ;;
esac
echo "$(( $(date +%s) - started )) s"
[ ! -s $failed ] || { echo "what failed, once more:"; cut -c 1-300 $failed; }
awk '{p += $1; f += $2} END {print p + 0 " passed, " f + 0 " failed"; exit f != 0}' $counts
