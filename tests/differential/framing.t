#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Framing against Node's parser, on the tables and on MUTATIONS random changes of them.
set -uo pipefail
cd "$(dirname "$0")/../.."

BUILD=${BUILD:-build}
MUTATIONS=${MUTATIONS:-40000}
SEED=${SEED:-1}

"$BUILD/tests/differential/streams" "$MUTATIONS" "$SEED" |
	node --no-deprecation tests/differential/compare.mjs
