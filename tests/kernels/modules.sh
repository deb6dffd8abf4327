#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Copies the modules that the namespace tests need from a directory lib/modules/VERSION to a root.
set -euo pipefail

modules=$(realpath "$1")
root=$2

# What has to be there, as a module or built in.
NEEDED=(veth bridge br_netfilter sch_ingress cls_bpf nf_tables nf_conntrack nf_nat nft_chain_nat
	nft_ct nft_nat nft_numgen nft_masq tcp_diag)
# Where these and what they use are.
FOLDERS=(drivers/net/veth net/bridge net/netfilter net/ipv4/netfilter net/ipv4/inet_diag
	net/ipv4/tcp_diag net/ipv6/netfilter net/sched net/802 net/llc lib crypto)

version=$(basename "$modules")
target=$root/lib/modules/$version

copy_modules()
{
	local folder

	cd "$modules"
	for folder in "${FOLDERS[@]}"; do
		# What is built in has no file.
		compgen -G "kernel/$folder*" || true
	done | xargs -r -I {} find {} -name '*.ko*' -print0 | cpio -0pdm --quiet "$target"
	cd - >/dev/null
}

decompress()
{
	find "$target" -name '*.ko.xz' -exec busybox unxz {} +
	find "$target" -name '*.ko.gz' -exec busybox gunzip {} +
	find "$target" -name '*.ko.zst' -exec zstd -q -d --rm {} +
}

# The same name may have "-" or "_".
present() # MODULE
{
	grep -hsE "(^|/)${1//_/[-_]}\\.ko(:|\$)" "$target/modules.dep" "$target/modules.builtin"
}

mkdir -p "$target"
copy_modules
cp "$modules"/modules.{order,builtin,builtin.modinfo} "$target"
decompress
busybox depmod -b "$root" "$version"
for module in "${NEEDED[@]}"; do
	if ! present "$module" >/dev/null; then
		echo "modules: $modules: no $module, neither as a module nor in modules.builtin:" \
			"build that kernel with it" >&2
		exit 1
	fi
done
