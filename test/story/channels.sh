#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Messages over a real SMTP server and a real web hook, both with their bad days.
set -eu
test/tools/npm-ci.sh test/smtp
exec node test/story/channels.mjs
