#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# No room on the disk: requests are refused with a clear problem, nothing is half done, and as
# soon as there is room again it goes on.
set -eu
exec node test/fault/disk.mjs "$@"
