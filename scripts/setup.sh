#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Installs the Debian packages that building, demonstrating and testing need. Does nothing where
# all are there.
set -euo pipefail

PACKAGES=(
	# build
	make gcc libc6-dev pkg-config clang llvm bpftool
	libbpf-dev libelf-dev zlib1g-dev libmnl-dev libjansson-dev libyaml-dev libuv1-dev
	libmicrohttpd-dev libgnutls28-dev libprotobuf-c-dev protobuf-c-compiler protobuf-compiler
	libcurl4-openssl-dev libsqlite3-dev libssl-dev libcap-dev libseccomp-dev
	# demonstration and namespace tests
	iproute2 nftables ethtool tcpdump util-linux procps nginx-light haproxy wrk curl jq
	# clients and servers of the namespace tests; the JRE runs a single Java source file as it is
	apache2-utils libwww-perl nodejs openjdk-17-jre-headless openssl python3-requests
	python3-websockets python3-yaml python3-jsonschema sqlite3 bash-completion man-db
	# unit tests and static analysis
	libcmocka-dev libclang-rt-14-dev perl clang-format clang-tools cppcheck git python3
	# packages and the container image
	debhelper lintian debootstrap systemd umoci crun golang-github-containers-common
	# kernel tests
	qemu-system-x86 busybox-static dash cpio gzip
)
POLICY=/usr/sbin/policy-rc.d
PROMTOOL=/usr/local/bin/promtool

missing_packages()
{
	local package

	for package in "${PACKAGES[@]}"; do
		[ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] ||
			echo "$package"
	done
}

# Debian starts a server when its package is installed: keep it from doing so, now and at boot.
install_without_services()
{
	local own_policy= server new_servers=()

	for server in nginx haproxy; do
		[ -x "/usr/sbin/$server" ] || new_servers+=("$server")
	done
	if [ ! -e "$POLICY" ]; then
		own_policy=$POLICY
		trap 'rm -f "$POLICY"' EXIT
		printf '#!/bin/sh\nexit 101\n' >"$POLICY"
		chmod 755 "$POLICY"
	fi
	DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "$@"
	if [ -n "$own_policy" ]; then
		rm -f "$POLICY"
		trap - EXIT
	fi
	for server in "${new_servers[@]}"; do
		update-rc.d "$server" disable
	done
}

# Checks metrics and alerts. Of its package, a server with pages for browsers, nothing else is needed.
promtool_install()
{
	local directory

	directory=$(mktemp -d)
	# As root it would warn that the sandbox's user cannot write there.
	(cd "$directory" && apt-get download -q -o APT::Sandbox::User=root prometheus)
	dpkg-deb --fsys-tarfile "$directory"/prometheus_*.deb |
		tar --extract --directory "$directory" ./usr/bin/promtool
	install "$directory/usr/bin/promtool" "$PROMTOOL"
	rm -r "$directory"
}

mapfile -t missing < <(missing_packages)
if [ ${#missing[@]} -eq 0 ] && command -v promtool >/dev/null; then
	echo "setup: all ${#PACKAGES[@]} packages and promtool are installed"
	exit 0
fi
echo "setup: installing ${#missing[@]} of ${#PACKAGES[@]} packages: ${missing[*]:-none}"
if [ "$(id -u)" -ne 0 ]; then
	echo "setup: run it as root" >&2
	exit 1
fi
apt-get update -q
[ ${#missing[@]} -eq 0 ] || install_without_services "${missing[@]}"
command -v promtool >/dev/null || promtool_install
mapfile -t missing < <(missing_packages)
if [ ${#missing[@]} -ne 0 ]; then
	echo "setup: still missing: ${missing[*]}" >&2
	exit 1
fi
echo "setup: done"
