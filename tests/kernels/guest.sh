#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The first process of the virtual machine: says what the verifier makes of the programs, runs the
# namespace tests that the plan names, and powers off. The host reads the console.

# A machine that is emulated is slow, and how slow depends on what else the host does.
export PATH=/usr/sbin:/usr/bin HOME=/ TERM=dumb
export WORLD_LIMIT=3600 NET_PATIENCE=30
export NET_LINK=veth # there is no module for other kinds

mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
mount -t tmpfs tmpfs /tmp
mount -t cgroup2 cgroup2 /sys/fs/cgroup
exec </dev/null >/dev/ttyS0 2>&1
modprobe br_netfilter
modprobe tcp_diag # for ss

echo # behind what the firmware left on the line
echo "guest: kernel $(uname -r)"
/shunt/build/tests/verifier/counts /shunt/build/bpf/shunt.linked.o | sed 's/^/guest: verified /'
grep -v '^#' /shunt/plan | while read -r run worlds behaviours; do
	echo "guest: runs $run at $(cut -d ' ' -f 1 /proc/uptime) s"
	NET_MATRIX=$worlds NET_TESTS=$behaviours bash "/shunt/tests/net/$run" </dev/null
	echo "guest: ran $run"
done
dmesg | grep -E 'WARNING:|BUG:|Oops|general protection' | sed 's/^/guest: complaint /'
echo "guest: finished at $(cut -d ' ' -f 1 /proc/uptime) s"
poweroff -f
