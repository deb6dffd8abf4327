#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The manager against a kube-apiserver and an etcd on loopback, which are built where they are missing.
set -euo pipefail
cd "$(dirname "$0")/../.."

scripts/kubernetes/build.sh
exec scripts/test.sh tests/kubernetes/real/*.t
