#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Builds kube-apiserver from Debian's source package, and unpacks Debian's etcd, kubectl and Go, all
# below build/kubernetes: nothing is installed. Does nothing where the programs are there.
set -euo pipefail
cd "$(dirname "$0")/../.."

DIR=$(realpath -m "${BUILD:-build}")/kubernetes
SUITE=bookworm
SOURCE=$DIR/source
REFLECT2=vendor/github.com/modern-go/reflect2
# What the compiler and the server need; taken out of their packages, not installed.
PACKAGES=(golang-1.19-go golang-1.19-src etcd-server kubernetes-client
	golang-github-modern-go-reflect2-dev
	rsync libpopt0 libxxhash0)

# A configuration of our own, with sources, so that the system's stays as it is.
configure_apt()
{
	mkdir -p "$DIR"/apt/{lists/partial,archives/partial}
	cat >"$DIR/apt/sources.list" <<-END
		deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://deb.debian.org/debian $SUITE main
		deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://deb.debian.org/debian $SUITE main
	END
	cat >"$DIR/apt/apt.conf" <<-END
		Dir::Etc::SourceList "$DIR/apt/sources.list";
		Dir::Etc::SourceParts "-";
		Dir::State::Lists "$DIR/apt/lists";
		Dir::Cache "$DIR/apt";
		Dir::Cache::Archives "$DIR/apt/archives";
		APT::Sandbox::User "root";
	END
	export APT_CONFIG=$DIR/apt/apt.conf
	apt-get update -q
}

unpack_packages()
{
	local package

	mkdir -p "$DIR/debs" "$DIR/root"
	for package in "${PACKAGES[@]}"; do
		(cd "$DIR/debs" && apt-get download -q "$package")
		dpkg-deb -x "$DIR"/debs/"$package"_*.deb "$DIR/root"
	done
}

# The vendored reflect2 crashes with this compiler on the first CustomResourceDefinition.
fetch_source()
{
	(cd "$DIR" && apt-get source -q --only-source kubernetes)
	mv "$DIR"/kubernetes-1.20.*/ "$SOURCE"
	rm -f "$SOURCE/$REFLECT2"/*.{go,s}
	cp "$DIR"/root/usr/share/gocode/src/github.com/modern-go/reflect2/*.{go,s} "$SOURCE/$REFLECT2/"
	rm -f "$SOURCE/$REFLECT2"/*_test.go
}

# By the makefile, as the package does: some of the code is generated first.
build_apiserver()
{
	cat >"$DIR/version" <<-END
		KUBE_GIT_COMMIT=debian
		KUBE_GIT_TREE_STATE=archive
		KUBE_GIT_VERSION=v1.20.2
		KUBE_GIT_MAJOR=1
		KUBE_GIT_MINOR=20
	END
	(
		export GOROOT=$DIR/root/usr/lib/go-1.19 GOCACHE=$DIR/cache GOPATH=$DIR/gopath GOPROXY=off
		export PATH=$GOROOT/bin:$DIR/root/usr/bin:$PATH CGO_ENABLED=0 GOMAXPROCS=${JOBS:-2}
		export LD_LIBRARY_PATH=$DIR/root/usr/lib/$(dpkg-architecture -q DEB_HOST_MULTIARCH)
		make -C "$SOURCE" WHAT=cmd/kube-apiserver KUBE_GIT_VERSION_FILE="$DIR/version"
	)
	cp -L "$SOURCE/_output/bin/kube-apiserver" "$DIR/bin/kube-apiserver"
}

check_tools()
{
	local tool

	for tool in dpkg-source dpkg-architecture make gcc; do
		command -v "$tool" >/dev/null ||
			{ echo "$0: $tool is missing; install build-essential" >&2; exit 1; }
	done
}

if [ ! -x "$DIR/bin/kube-apiserver" ] || [ ! -x "$DIR/bin/etcd" ] || [ ! -x "$DIR/bin/kubectl" ]; then
	check_tools
	rm -rf "$SOURCE" "$DIR/root" "$DIR/debs"
	mkdir -p "$DIR/bin"
	configure_apt
	unpack_packages
	cp "$DIR/root/usr/bin/etcd" "$DIR/root/usr/bin/kubectl" "$DIR/bin"
	fetch_source
	build_apiserver
	rm -rf "$SOURCE" "$DIR"/{apt,cache,root,gopath,debs} "$DIR"/kubernetes_*
fi
echo "kube-apiserver, etcd and kubectl are in $DIR/bin"
