#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Makes the container image, as an OCI layout in build/image/oci: the programs, the shared libraries that
# they need, certificates of authorities, and nothing else. The same source and the same libraries make
# the same image. Needs no daemon.
#
#   SOURCE_DATE_EPOCH   what time the image says it is of; by default the last commit's
set -euo pipefail
cd "$(dirname "$0")/.."
export LC_ALL=C
umask 022

BUILD=$(realpath "${BUILD:-build}")
IMAGE=${IMAGE:-$BUILD/image}
TREE=$IMAGE/tree
VERSION=$(sed -n 's/.*SHUNT_VERSION "\(.*\)"/\1/p' user/lib/version.h)
EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}
CREATED=$(date --utc --date="@$EPOCH" +%Y-%m-%dT%H:%M:%SZ)
CERTIFICATES=/etc/ssl/certs/ca-certificates.crt
# What is mounted into containers, so that a root that cannot be written has it.
DIRECTORIES=(proc sys dev tmp run/shunt/bpf run/shunt/cgroup run/shunt/nothing etc/shunt/keys etc/shunt/tls
	var/lib/shunt var/run/secrets/shunt var/run/secrets/kubernetes.io/serviceaccount)

copy_programs()
{
	install -s -D -m 755 -t "$TREE/usr/bin" "$BUILD/bin/shunt"
	install -s -D -m 755 -t "$TREE/usr/sbin" "$BUILD/bin/shuntd" "$BUILD/bin/shunt-manager"
}

# By their names as the loader looks for them. libgcc_s is loaded by libc where a thread ends itself.
needed_libraries()
{
	ldd "$BUILD"/bin/{shunt,shuntd,shunt-manager} | grep -oE '/lib[^ ]+'
	ldconfig -p | sed -n 's/.*libgcc_s.so.1 .*x86-64.* => //p'
}

copy_libraries()
{
	local library

	for library in $(needed_libraries | sort -u); do
		install -D -m 755 "$(realpath "$library")" "$TREE$library"
	done
}

# dpkg knows some files by names from before /lib became a link.
package_of() # FILE
{
	{ dpkg -S "$1" || dpkg -S "${1#/usr}"; } 2>/dev/null | sed 's/:.*//'
}

copied_packages()
{
	local library

	for library in $(needed_libraries | sort -u); do
		package_of "$(realpath "$library")"
	done
	echo ca-certificates
}

# The packages of what was copied, in the place where scanners look for them, and their licences.
copy_provenance()
{
	local package status=$TREE/var/lib/dpkg/status.d

	mkdir -p "$status"
	for package in $(copied_packages | sort -u); do
		dpkg-query -s "$package" | sed '/^Conffiles/,/^[^ ]/{/^Conffiles\|^ /d}' >"$status/$package"
		install -D -m 644 -t "$TREE/usr/share/doc/$package" "/usr/share/doc/$package/copyright"
	done
	install -D -m 644 -t "$TREE/usr/share/doc/shunt" LICENSE LICENSES/*
}

write_configuration()
{
	install -D -m 644 "$CERTIFICATES" "$TREE$CERTIFICATES"
	printf '%s\n' 'root:x:0:0:root:/:/sbin/nologin' 'shunt:x:65532:65532:shunt:/:/sbin/nologin' \
		>"$TREE/etc/passwd"
	printf '%s\n' 'root:x:0:' 'shunt:x:65532:' >"$TREE/etc/group"
	echo 'hosts: files dns' >"$TREE/etc/nsswitch.conf"
	(cd "$TREE" && mkdir -p "${DIRECTORIES[@]}")
}

# One layer. What umoci notes of each step it is told, so that the time of day is not in it.
write_image()
{
	local history=(--history.created "$CREATED" --history.author shunt)

	tar -C "$TREE" --sort=name --mtime="@$EPOCH" --owner=0 --group=0 --numeric-owner --format=gnu \
		-cf "$IMAGE/layer.tar" .
	umoci init --layout "$IMAGE/oci"
	umoci new --image "$IMAGE/oci:$VERSION"
	umoci raw add-layer --image "$IMAGE/oci:$VERSION" "${history[@]}" \
		--history.created_by scripts/package_image.sh "$IMAGE/layer.tar"
	umoci config --image "$IMAGE/oci:$VERSION" --no-history --created "$CREATED" --author shunt \
		--architecture amd64 --os linux --config.env PATH=/usr/sbin:/usr/bin \
		--config.cmd /usr/sbin/shuntd --config.cmd --help \
		--config.label org.opencontainers.image.title=shunt \
		--config.label "org.opencontainers.image.version=$VERSION" \
		--config.label org.opencontainers.image.licenses=Apache-2.0
	umoci gc --layout "$IMAGE/oci"
}

rm -rf "$IMAGE"
mkdir -p "$TREE"
copy_programs
copy_libraries
copy_provenance
write_configuration
write_image
rm -rf "$TREE" "$IMAGE/layer.tar"
echo "oci:$IMAGE/oci:$VERSION $(jq -r '.manifests[0].digest' "$IMAGE/oci/index.json")," \
	"$(du -sh "$IMAGE/oci" | cut -f 1)"
