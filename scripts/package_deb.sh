#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Makes the Debian packages, of a copy of the source and with the objects of build/ where they are not
# older than it; they are in build/deb afterwards, and lintian finds nothing.
set -euo pipefail
cd "$(dirname "$0")/.."

BUILD=$(realpath "${BUILD:-build}")
SOURCE=$BUILD/deb/source

rm -rf "$BUILD/deb"
mkdir -p "$SOURCE"
git ls-files -z --cached --others --exclude-standard | tar --null --files-from=- -c | tar -C "$SOURCE" -x
(
	cd "$SOURCE"
	export SHUNT_BUILD=$BUILD DEB_BUILD_OPTIONS="noautodbgsym ${DEB_BUILD_OPTIONS:-}"
	dpkg-buildpackage --build=binary --no-pre-clean --no-sign
)
rm -rf "$SOURCE"
lintian --fail-on=error,warning "$BUILD"/deb/*.changes
