# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# A Debian system on the world's node, with systemd as its first process, for tests that source this
# after tests/net/lib.sh. What is installed there is gone with the world: it is an overlay over this
# machine's own system, or over the one that $PACKAGE_ROOT names.

SYSTEM_LOWER=${PACKAGE_ROOT:-/}
SYSTEM_TARGET=shunt-test.target

# Inside its own mount and process namespaces: mounts what a container has, and becomes systemd.
system_boot() # DIRECTORY
{
	local device

	cd "$1" || return
	mount -t proc proc proc
	mount -t sysfs sysfs sys
	# The kernel is everybody's: its settings stay as they are, and its devices are none of this.
	mount --bind proc/sys proc/sys
	mount -o remount,bind,ro proc/sys
	mount -o remount,bind,ro sys
	mount --bind /sys/fs/bpf sys/fs/bpf
	mount -t cgroup2 cgroup2 sys/fs/cgroup
	mount -t tmpfs -o mode=755 tmpfs run
	mount -t tmpfs -o mode=1777 tmpfs tmp
	mount -t tmpfs -o mode=755 tmpfs dev
	mkdir dev/shm dev/pts
	mount -t devpts -o newinstance,ptmxmode=0666 devpts dev/pts
	ln -s pts/ptmx dev/ptmx
	for device in null zero full random urandom tty; do
		touch "dev/$device"
		mount --bind "/dev/$device" "dev/$device"
	done
	pivot_root . mnt
	umount -l /mnt
	container=shunt-test exec /lib/systemd/systemd --unit=$SYSTEM_TARGET --show-status=no \
		--log-target=journal
}

# Its numbers are of the process namespace of the world.
system_start()
{
	SYSTEM=$WORLD/system
	mkdir "$SYSTEM"
	mount -t tmpfs -o mode=755 tmpfs "$SYSTEM"
	mkdir "$SYSTEM"/{upper,work,root}
	mount -t overlay -o "lowerdir=$SYSTEM_LOWER,upperdir=$SYSTEM/upper,workdir=$SYSTEM/work" \
		overlay "$SYSTEM/root"
	# What this machine keeps from starting at an installation, starts here, and nothing else does.
	rm -f "$SYSTEM/root/usr/sbin/policy-rc.d"
	rm -rf "$SYSTEM/root/var/lib/shunt" "$SYSTEM/root/etc/shunt"
	# An index of manual pages would take longer than all else.
	rm -f "$SYSTEM/root/var/lib/man-db/auto-update"
	printf '[Unit]\nDescription=Nothing\n' >"$SYSTEM/root/etc/systemd/system/$SYSTEM_TARGET"
	(
		export -f system_boot
		export SYSTEM_TARGET
		echo "$BASHPID" >"$CGROUP/cgroup.procs"
		exec unshare --mount --pid --cgroup --uts --ipc --fork --kill-child \
			bash -euc "system_boot '$SYSTEM/root'"
	) >"$WORLD/log/systemd" 2>&1 3>&- &
	expect_soon 20 "systemd: $(cat "$WORLD/log/systemd")" system_is_up
	# What every service has before it, so that its files are there.
	in_system systemctl start sysinit.target
}

system_is_up()
{
	local child

	for child in $(pgrep --full -- "--unit=$SYSTEM_TARGET"); do
		[ "$(cat "/proc/$child/comm")" = systemd ] && echo "$child" >"$WORLD/run/systemd.pid"
	done
	in_system systemctl is-active $SYSTEM_TARGET
}

in_system() # COMMAND...
{
	nsenter --target "$(cat "$WORLD/run/systemd.pid")" --mount --pid --cgroup --root --wd -- "$@"
}

# Files and directories of the system that are not as they were when it was made; caches, logs and what
# dpkg and systemd know do not count.
system_changes()
{
	local path

	(cd "$SYSTEM/upper" && find etc usr var -mindepth 1 \( -path var/log -o -path var/cache -o \
		-path var/lib/dpkg -o -path var/lib/systemd -o -path 'etc/*-' -o -path 'etc/.*' \) -prune -o -print) |
		while read -r path; do
			if [ -d "$SYSTEM/upper/$path" ]; then
				[ -d "$SYSTEM_LOWER/$path" ]
			elif [ -L "$SYSTEM/upper/$path" ]; then
				[ "$(readlink "$SYSTEM/upper/$path")" = "$(readlink "$SYSTEM_LOWER/$path")" ]
			else
				cmp -s "$SYSTEM/upper/$path" "$SYSTEM_LOWER/$path"
			fi || echo "$path"
		done | sort
}

unit_process() # UNIT
{
	in_system systemctl show --property=MainPID --value "$1"
}

# The status of a unit's process, as the kernel has it.
unit_status() # UNIT FIELD
{
	in_system sed -n "s/^$2:[[:space:]]*//p" "/proc/$(unit_process "$1")/status"
}

unit_log() # UNIT
{
	in_system journalctl --no-pager --output=cat --unit="$1"
}

# Asked for where a behaviour fails.
world_diagnose()
{
	in_system journalctl --no-pager --output=cat | tail -20
}
