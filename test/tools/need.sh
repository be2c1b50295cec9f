#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Installs the Debian packages that a target needs and that are missing; says which.
# Without root and sudo it prints the one line to run and stops.
set -eu
# What these bring along is not named again: libpq-dev OpenSSL; libpango1.0-dev cairo, expat,
# zlib and the C library's headers.
build="gcc pkg-config libuv1-dev libsodium-dev libsqlite3-dev libpq-dev libjansson-dev
 libcurl4-openssl-dev libprotobuf-c-dev protobuf-c-compiler node-llhttp libgeos-dev
 libpango1.0-dev"
test="$build libcmocka-dev clang-14 libclang-rt-14-dev clang-format-14 curl chromium
 webkit2gtk-driver firefox-esr xvfb fonts-noto-cjk openssl osmium-tool sqlite3 jq postgresql-15
 faketime python3 slowhttptest nbdkit libnbd-bin fuse3 e2fsprogs"
nightly="$test gcovr patroni python3-pysyncobj"
case ${1:-build} in
build) wanted=$build ;;
test) wanted=$test ;;
nightly) wanted=$nightly ;;
fmt) wanted=clang-format-14 ;;
tidy) wanted="$build clang-tidy-14" ;;
cov) wanted="$test gcovr" ;;
*) echo "need.sh: build, test, nightly, fmt, tidy or cov" >&2; exit 2 ;;
esac
missing=
for p in $wanted; do
    [ "$(dpkg-query -W -f='${db:Status-Abbrev}' "$p" 2>/dev/null)" = "ii " ] || missing="$missing $p"
done
command -v node >/dev/null 2>&1 || missing="$missing nodejs"
command -v npm >/dev/null 2>&1 || missing="$missing npm"
[ -n "$missing" ] || exit 0
line="apt-get install -y --no-install-recommends$missing"
if [ "$(id -u)" = 0 ]; then sudo=; elif command -v sudo >/dev/null 2>&1; then sudo="sudo -n"; else sudo=none; fi
if [ "$sudo" = none ] || { [ -n "$sudo" ] && ! $sudo true 2>/dev/null; }; then
    echo "muster needs packages that are not installed. As root, run:" >&2
    echo "  $line" >&2
    exit 1
fi
echo "installing:$missing"
log=$(mktemp)
if ! { $sudo apt-get update -qq && $sudo env DEBIAN_FRONTEND=noninteractive $line; } >"$log" 2>&1; then
    tail -n 20 "$log" >&2
    echo "muster: the packages could not be installed; as root, run: apt-get update && $line" >&2
    exit 1
fi
rm -f "$log"
