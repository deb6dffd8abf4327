#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Fetches the newest package of one of Debian's kernels, unpacks it below the directory given (without
# installing it), and prints where it is. One that is there already is taken as it is: remove it to
# have a newer one. The system's configuration of apt is not used and stays as it is.
set -euo pipefail

name=$1 # 6.1, 6.12; 6.1-cloud, 6.12-cloud
directory=$(realpath -m "$2")
MIRROR=http://deb.debian.org
KEYRING=/usr/share/keyrings/debian-archive-keyring.gpg

die()
{
	printf 'fetch: %s\n' "$@" >&2
	exit 1
}

case $name in
6.1 | 6.1-cloud) suite=bookworm ;;
6.12 | 6.12-cloud) suite=trixie ;;
*) die "no kernel is called $name: there are 6.1, 6.1-cloud, 6.12, 6.12-cloud, and paths" ;;
esac
version=${name%-cloud}
# linux-image-6.1.0-56-cloud-amd64, linux-image-6.12.118+deb13-amd64
pattern="^linux-image-${version//./[.]}[.][0-9][0-9.]*([+]deb[0-9.]+)?(-[0-9]+)?"
[[ $name != *-cloud ]] || pattern+=-cloud
pattern+='-amd64$'

# Of package names, or nothing.
newest()
{
	awk -v pattern="$pattern" '$0 ~ pattern' | sort -V | tail -n 1
}

# A configuration of our own that knows one suite.
configure_apt() # ARCHIVE SUITE
{
	rm -rf "$scratch/apt"
	mkdir -p "$scratch"/apt/{lists/partial,archives/partial}
	echo "deb [arch=amd64 signed-by=$KEYRING] $MIRROR/$1 $2 main" >"$scratch/apt/sources.list"
	cat >"$scratch/apt/apt.conf" <<-END
		Dir::Etc::SourceList "$scratch/apt/sources.list";
		Dir::Etc::SourceParts "-";
		Dir::State::Lists "$scratch/apt/lists";
		Dir::Cache "$scratch/apt";
		Dir::Cache::Archives "$scratch/apt/archives";
		APT::Sandbox::User "root";
		APT::Update::Error-Mode "any";
	END
	export APT_CONFIG=$scratch/apt/apt.conf
}

# The security archive has the newest ones, and a short list.
find_package()
{
	local archive

	for archive in "debian-security $suite-security" "debian $suite"; do
		# shellcheck disable=SC2086
		configure_apt $archive
		apt-get update -q >&2 || die "the packages of ${archive/ /, suite } cannot be listed: see above." \
			"Make $MIRROR reachable, or unpack a kernel package below $directory: dpkg-deb -x FILE $directory/PACKAGE"
		package=$(apt-cache pkgnames linux-image- | newest)
		[ -z "$package" ] || return 0
	done
	die "no package of $MIRROR, suites $suite-security and $suite, matches $pattern"
}

unpack_package()
{
	(cd "$scratch" && apt-get download -q "$package" >&2) ||
		die "$package cannot be fetched from $MIRROR: see above"
	dpkg-deb -x "$scratch"/*.deb "$scratch/root"
	mv "$scratch/root" "$directory/$package"
}

[ -r "$KEYRING" ] || die "$KEYRING is missing: install debian-archive-keyring"
mkdir -p "$directory"
package=$(find "$directory" -mindepth 1 -maxdepth 1 -type d -printf '%f\n' | newest)
if [ -z "$package" ]; then
	scratch=$(mktemp -d "$directory/fetch.XXXXXX")
	trap 'rm -rf "$scratch"' EXIT
	find_package
	unpack_package
fi
echo "$directory/$package"
