#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# test/run.sh test|check|nightly|browser: runs the parts of that target one after the other,
# keeps every part's output in build/log/, adds up, and ends with 'N passed, N failed'.
set -u
unset MAKEFLAGS MFLAGS # the jobs of the make that called are not ours to use
cd "$(dirname "$0")/.."
MUSTER_DATA="${MUSTER_DATA:-../shared/data}"
MUSTER_DATA=$(realpath -m "$MUSTER_DATA")
export MUSTER_DATA
mkdir -p build/log
passed=0 failed=0 started=$(date +%s)
[ -d "$MUSTER_DATA" ] || echo "absent: MUSTER_DATA=$MUSTER_DATA (tests on generated data still run)"

# part NAME COMMAND...: a part prints 'NAME: N passed, N failed' or is one test by exit code.
part() {
    name=$1; shift
    log=build/log/$name.log
    begun=$(date +%s)
    echo "== $name"
    if "$@" >"$log" 2>&1; then status=0; else status=$?; fi
    counts=$(grep -E '^[a-z-]+: [0-9]+ passed, [0-9]+ failed' "$log" | tail -n 1)
    p=$(echo "$counts" | sed -n 's/.*: \([0-9]*\) passed.*/\1/p')
    f=$(echo "$counts" | sed -n 's/.* \([0-9]*\) failed.*/\1/p')
    if [ -z "$counts" ]; then p=0 f=0; [ $status -eq 0 ] && p=1; fi
    [ $status -eq 0 ] || [ "$f" -gt 0 ] || f=1
    grep -h '^absent:' "$log" | sort -u
    if [ "$f" -gt 0 ]; then tail -n 60 "$log"; fi
    echo "   $name: $p passed, $f failed, $(( $(date +%s) - begun )) s"
    passed=$((passed + p)) failed=$((failed + f))
}
quiet_make() { make --no-print-directory "$@"; }

stories() {
    for story in $(ls test/story/*.sh | grep -v /lib.sh); do
        [ -f "$story" ] && part "$(basename "$story" .sh)" "$story"
    done
}
basic() {
    part unit quiet_make unit
    part unit-postgres quiet_make unit-postgres
    part simulate quiet_make simulate SEEDS="$seeds"
    stories
    part browser-story test/browser/run.sh story
}
checks() {
    part layers quiet_make layers
    part lint quiet_make lint
    part headers quiet_make headers
    part fmt quiet_make fmt-check
    part unit-asan quiet_make BUILD=asan unit
    part unit-tsan test/tools/tsan.sh
    for story in curl channels; do
        part $story-asan test/tools/sanitized.sh asan $story
        part $story-tsan test/tools/sanitized.sh tsan $story
    done
    part fuzz quiet_make fuzz
    part browser-all test/browser/run.sh all
    part disk test/fault/disk.sh
    part kill test/fault/kill.sh 50
    part nodes test/fault/nodes.sh postgres 2
    part nodes-sqlite test/fault/nodes.sh sqlite 2
    part curl-postgres test/tools/on-postgres.sh test/story/curl.sh
}
seeds=50
[ "${1:-test}" = check ] && seeds=500
[ "${1:-test}" = nightly ] && seeds=10000
case ${1:-test} in
test) basic ;;
check) basic; checks ;;
browser) part browser-all test/browser/run.sh all ;;
nightly) basic; FUZZ_SECONDS=300; export FUZZ_SECONDS; checks; part kill-200 test/fault/kill.sh 200; part postgres test/fault/postgres.sh; part nodes-20 test/fault/nodes.sh postgres 20; part cov quiet_make cov; part road-cases env MUSTER_CASES=100000 build/release/unit/road/test_route ;;
*) echo "run.sh: test, check, nightly or browser" >&2; exit 2 ;;
esac
echo "$(( $(date +%s) - started )) s"
echo "$passed passed, $failed failed"
[ $failed = 0 ]
