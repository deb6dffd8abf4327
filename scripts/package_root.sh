#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Makes a minimal Debian system in build/debootstrap, with what our packages depend on, but not
# themselves. Does nothing where it is there.
set -euo pipefail
cd "$(dirname "$0")/.."

BUILD=$(realpath "${BUILD:-build}")
ROOT=$BUILD/debootstrap
SUITE=bookworm

# The first of alternatives, without versions.
dependencies()
{
	local package

	for package in "$BUILD"/deb/*.deb; do
		dpkg-deb -f "$package" Depends
	done | tr ',' '\n' | sed 's/^ *//; s/[ |(].*//' | sort -u | paste -sd ,
}

if [ ! -e "$ROOT" ]; then
	rm -rf "$ROOT.new"
	debootstrap --variant=minbase --include="$(dependencies),systemd" "$SUITE" "$ROOT.new"
	rm -rf "$ROOT.new"/var/cache/apt/archives/*.deb
	mv "$ROOT.new" "$ROOT"
fi
echo "a Debian system is in $ROOT"
