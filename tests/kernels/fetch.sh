#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Fetches the newest kernel package of Debian whose name matches, unpacks it below the directory
# given (without installing it), and prints where it is. Packages that are there are not fetched
# again.
set -euo pipefail

pattern=$1 # '^linux-image-6\.1\.[0-9.-]+-cloud-amd64$'
directory=$2

newest_package()
{
	apt-cache search --names-only "$pattern" | awk '{ print $1 }' | sort -V | tail -n 1
}

newest_unpacked()
{
	find "$directory" -mindepth 1 -maxdepth 1 -type d -printf '%f\n' |
		grep -E "$pattern" | sort -V | tail -n 1
}

mkdir -p "$directory"
package=$(newest_package)
if [ -z "$package" ]; then
	apt-get update -q >&2
	package=$(newest_package)
fi
[ -n "$package" ] || package=$(newest_unpacked)
[ -n "$package" ] || { echo "fetch: no package matches $pattern" >&2; exit 1; }
if [ ! -d "$directory/$package" ]; then
	scratch=$(mktemp -d)
	trap 'rm -rf "$scratch"' EXIT
	chmod 755 "$scratch"
	chown _apt "$scratch"
	(cd "$scratch" && apt-get download -q "$package" >&2)
	dpkg-deb -x "$scratch"/*.deb "$scratch/root"
	mv "$scratch/root" "$directory/$package"
fi
echo "$directory/$package"
