// SPDX-License-Identifier: Apache-2.0
/*
 * Loads a BPF object without attaching anything and prints a line for each program: its name and
 * the number of instructions that the verifier processed for it.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

static int counts_print(struct bpf_program *program)
{
	struct bpf_prog_info info = {};
	__u32 size = sizeof(info);

	if (bpf_obj_get_info_by_fd(bpf_program__fd(program), &info, &size))
		return -errno;
	if (info.verified_insns == 0)
		return -ENODATA;
	printf("%s %u\n", bpf_program__name(program), info.verified_insns);
	return 0;
}

int main(int argc, char **argv)
{
	struct bpf_object *object;
	struct bpf_program *program;
	int error;

	if (argc != 2) {
		fprintf(stderr, "usage: %s OBJECT\n", argv[0]);
		return 2;
	}
	object = bpf_object__open_file(argv[1], NULL);
	if (!object) {
		fprintf(stderr, "%s: %s\n", argv[1], strerror(errno));
		return 1;
	}
	error = bpf_object__load(object);
	program = bpf_object__next_program(object, NULL);
	while (!error && program) {
		error = counts_print(program);
		program = bpf_object__next_program(object, program);
	}
	if (error)
		fprintf(stderr, "%s: %s\n", argv[1], strerror(-error));
	bpf_object__close(object);
	return error ? 1 : 0;
}
