#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Boots Debian's stock 6.1 kernel in a virtual machine without acceleration, runs one namespace
# test there (or none) and prints the console.
set -euo pipefail
cd "$(dirname "$0")/../.."

PATTERN='^linux-image-6\.1\.[0-9.-]+-cloud-amd64$'
BUILD=${BUILD:-build}
LIMIT=300 # seconds

run=${1:-} # a file of tests/net
matrix=${2:-.}
tests=${3:-.}

kernel=$(tests/kernels/fetch.sh "$PATTERN" "$BUILD/kernels")
tests/kernels/initramfs.sh "$kernel" "$BUILD/kernels/initramfs.gz"
timeout "$LIMIT" qemu-system-x86_64 -accel tcg,thread=multi -cpu max -smp 2 -m 1024 \
	-nographic -no-reboot -net none \
	-kernel "$kernel"/boot/vmlinuz-* -initrd "$BUILD/kernels/initramfs.gz" \
	-append "console=ttyS0 quiet panic=-1 shunt.run=$run shunt.matrix=$matrix shunt.tests=$tests" \
	</dev/null | tr -d '\r'
