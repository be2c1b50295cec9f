#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Notifications in a browser: what a push service of the test's own is posted, and opens.
set -eu
exec node test/story/push.mjs
