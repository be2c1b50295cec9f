#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Lighthouse over the real program, in Debian's Chromium. Its packages are many, so they are
# installed for this alone.
set -eu
cd "$(dirname "$0")"
../tools/npm-ci.sh .
exec node lighthouse.mjs
