#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The first process of the virtual machine: says what the verifier makes of the programs, runs the
# namespace test that the kernel's command line names, and powers off. The host reads the console.

export PATH=/usr/sbin:/usr/bin HOME=/ TERM=dumb

mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
mount -t tmpfs tmpfs /tmp
mount -t cgroup2 cgroup2 /sys/fs/cgroup
exec </dev/null >/dev/ttyS0 2>&1
modprobe br_netfilter

argument() # NAME
{
	sed -n "s/.*shunt\.$1=\([^ ]*\).*/\1/p" /proc/cmdline
}

echo # behind what the firmware left on the line
echo "guest: kernel $(uname -r)"
/shunt/build/tests/verifier/counts /shunt/build/bpf/shunt.linked.o | sed 's/^/guest: verified /'
run=$(argument run)
if [ -n "$run" ]; then
	NET_MATRIX=$(argument matrix) NET_TESTS=$(argument tests) bash "/shunt/tests/net/$run"
fi
echo "guest: finished"
poweroff -f
