/* SPDX-License-Identifier: Apache-2.0 */
/* System calls that a confined process may not make, each with arguments that nothing comes of. */
#ifndef SHUNT_TESTS_FORBIDDEN_CALLS_H
#define SHUNT_TESTS_FORBIDDEN_CALLS_H

#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>

struct call {
	const char *name;
	long number;
	long arguments[4];
};

#define CALL(name, ...)             \
	{                           \
#name, SYS_##name,  \
		{                   \
			__VA_ARGS__ \
		}                   \
	}

static const struct call forbidden[] = {
	/* running other programs, and looking into them */
	CALL(execve),
	CALL(execveat),
	CALL(clone, SIGCHLD),
	CALL(ptrace, PTRACE_TRACEME),
	CALL(process_vm_readv),
	CALL(process_vm_writev),
	CALL(pidfd_open),
	CALL(pidfd_getfd, -1),
	CALL(kill),
	CALL(tkill),
	CALL(tgkill, 1, 1),
	CALL(rt_sigqueueinfo),
	CALL(setsid),
	/* namespaces and mounts */
	CALL(clone, CLONE_THREAD | CLONE_NEWNET),
	CALL(setns, -1),
	CALL(unshare),
	CALL(unshare, CLONE_NEWUSER),
	CALL(mount),
	CALL(umount2),
	CALL(move_mount),
	CALL(open_tree),
	CALL(fsopen),
	CALL(pivot_root),
	CALL(chroot),
	/* the kernel */
	CALL(kexec_load),
	CALL(kexec_file_load, -1, -1),
	CALL(init_module),
	CALL(finit_module, -1),
	CALL(delete_module),
	CALL(perf_event_open, 0, 0, -1, -1),
	CALL(userfaultfd),
	CALL(io_uring_setup, 1),
	CALL(fanotify_init),
	CALL(syslog, 3),
	CALL(keyctl, -1),
	CALL(add_key),
	CALL(request_key),
	/* the machine */
	CALL(reboot),
	CALL(swapon),
	CALL(acct),
	CALL(quotactl),
	CALL(sethostname),
	CALL(settimeofday),
	CALL(clock_settime),
	CALL(adjtimex),
	/* who it is, and what it may do */
	CALL(setuid),
	CALL(setgid),
	CALL(setresuid, -1, -1, -1),
	CALL(setgroups),
	CALL(capset),
	CALL(seccomp),
	CALL(personality, 0xffffffff),
	CALL(setrlimit, -1),
	CALL(prlimit64, 0, RLIMIT_NOFILE, 1),
	CALL(setpriority),
	CALL(sched_setaffinity),
	CALL(prctl, PR_SET_DUMPABLE, 1),
	CALL(prctl, PR_CAPBSET_READ),
	/* files */
	CALL(fchmod, -1),
	CALL(fchmodat),
	CALL(fchown, -1),
	CALL(fchownat),
	CALL(mknodat),
	CALL(symlinkat),
	CALL(name_to_handle_at, -1),
	CALL(open_by_handle_at, -1),
	/* sockets and devices */
	CALL(socket, AF_PACKET, SOCK_RAW),
	CALL(socket, AF_ALG, SOCK_SEQPACKET),
	CALL(socket, AF_VSOCK, SOCK_STREAM),
	CALL(socketpair, AF_TIPC),
	CALL(ioctl, 0, TIOCSTI),
	CALL(ioctl, 0, TIOCLINUX),
	/* memory that is written and run */
	CALL(mmap, 0, 4096, PROT_WRITE | PROT_EXEC, MAP_PRIVATE),
	CALL(mprotect, 0, 0, PROT_WRITE | PROT_EXEC),
	CALL(pkey_mprotect),
	CALL(memfd_create),
	CALL(shmget),
	CALL(remap_file_pages),
	/* one that no kernel has */
	{"100000", 100000, {0}}};

#endif
