#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Text messages and calls over a telephone gateway: out, back by a digit, receipts.
set -eu
exec node test/story/gateway.mjs
