#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Boots a kernel in a virtual machine without acceleration, has the verifier look at the programs
# there, runs a plan of namespace tests or none, and prints the console.
#
# The kernel is one of Debian's (fetch.sh knows their names), or a path, with a slash in it, of
#   - a directory as kernel packages unpack to and as `make install modules_install` fills one:
#     boot/vmlinuz-VERSION and lib/modules/VERSION, or usr/lib/modules/VERSION; or
#   - a bootable x86-64 image (bzImage, vmlinuz) that has all that modules.sh names built in.
set -euo pipefail
cd "$(dirname "$0")/../.."

BUILD=${BUILD:-build}
LIMIT=${LIMIT:-300} # seconds

kernel=$1 # 6.1, 6.12-cloud, ./linux-6.6
plan=${2:-/dev/null}

die()
{
	printf 'boot: %s\n' "$@" >&2
	exit 1
}

# The only file that a pattern finds.
only() # WHAT PATTERN...
{
	local files

	mapfile -t files < <(compgen -G "$2"; [ $# -lt 3 ] || compgen -G "$3")
	[ ${#files[@]} -eq 1 ] || die "$kernel has ${#files[@]} of $1, and has to have one:" \
		"unpack a kernel package there (dpkg-deb -x FILE $kernel)"
	echo "${files[0]}"
}

locate()
{
	modules=
	if [[ $kernel != */* ]]; then
		kernel=$(tests/kernels/fetch.sh "$kernel" "$BUILD/kernels")
	fi
	if [ -d "$kernel" ]; then
		image=$(only boot/vmlinuz-VERSION "$kernel/boot/vmlinuz-*")
		modules=$(only lib/modules/VERSION "$kernel/lib/modules/*" "$kernel/usr/lib/modules/*")
	elif [ -f "$kernel" ]; then
		image=$kernel
	else
		die "$kernel does not exist: name a directory with a kernel, or an image"
	fi
	[ "$(dd if="$image" bs=1 skip=514 count=4 status=none)" = HdrS ] ||
		die "$image is no bootable image: name arch/x86/boot/bzImage, not the ELF file vmlinux"
}

locate
initramfs=$(mktemp -p "$BUILD/kernels")
trap 'rm -f "$initramfs"' EXIT
tests/kernels/initramfs.sh "$modules" "$plan" "$initramfs"
# Where the host is busy, a processor may stand still for longer than the kernel believes that timers and
# threads ever do, and what it measures of its cycle counter then is wrong.
timeout "$LIMIT" qemu-system-x86_64 -accel tcg,thread=multi -cpu max -smp 2 -m 1024 \
	-nographic -no-reboot -net none -kernel "$image" -initrd "$initramfs" \
	-append "console=ttyS0 quiet panic=-1 nowatchdog no_timer_check clocksource=hpet" </dev/null | sed -u 's/\r//g'
