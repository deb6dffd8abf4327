// SPDX-License-Identifier: Apache-2.0
/*
 * Attaches a pinned program to an interface by TCX, which libbpf 1.1 does not know, behind those that
 * are there, or detaches it:
 *
 *   tcx attach|detach PIN INTERFACE ingress|egress
 */
#include <errno.h>
#include <linux/bpf.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Of Linux 6.6. */
#define TCX_INGRESS 46
#define TCX_EGRESS 47

static int bpf(int command, union bpf_attr *attributes)
{
	return (int)syscall(SYS_bpf, command, attributes, sizeof(*attributes));
}

static int program_open(const char *pin)
{
	union bpf_attr attributes;

	memset(&attributes, 0, sizeof(attributes));
	attributes.pathname = (__u64)(unsigned long)pin;
	return bpf(BPF_OBJ_GET, &attributes);
}

static int run(int command, int program, unsigned int ifindex, const char *hook)
{
	union bpf_attr attributes;

	memset(&attributes, 0, sizeof(attributes));
	attributes.target_fd = ifindex;
	attributes.attach_bpf_fd = program;
	attributes.attach_type = strcmp(hook, "ingress") == 0 ? TCX_INGRESS : TCX_EGRESS;
	return bpf(command, &attributes);
}

int main(int argc, char **argv)
{
	int command, program;

	if (argc != 5) {
		fprintf(stderr, "usage: tcx attach|detach PIN INTERFACE ingress|egress\n");
		return 2;
	}
	command = strcmp(argv[1], "attach") == 0 ? BPF_PROG_ATTACH : BPF_PROG_DETACH;
	program = program_open(argv[2]);
	if (program < 0 || run(command, program, if_nametoindex(argv[3]), argv[4])) {
		fprintf(stderr, "tcx: %s %s at %s: %s\n", argv[1], argv[2], argv[3],
			strerror(errno));
		return 1;
	}
	return 0;
}
