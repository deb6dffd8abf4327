// SPDX-License-Identifier: Apache-2.0
/*
 * Loads a BPF object without attaching anything and prints a line for each program: its name and
 * the number of instructions that the verifier processed for it. The programs on links are loaded once
 * more for the pods' own ends, and have `@pod` after their names then.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <shunt/tables.h>

static int print(struct bpf_program *program, const char *end)
{
	struct bpf_prog_info info = {};
	__u32 size = sizeof(info);

	if (bpf_obj_get_info_by_fd(bpf_program__fd(program), &info, &size))
		return -errno;
	if (info.verified_insns == 0)
		return -ENODATA;
	printf("%s%s %u\n", bpf_program__name(program), end, info.verified_insns);
	return 0;
}

/* Leaves out what is the same on both ends. */
static int choose_pods_end(struct bpf_object *object)
{
	const __u32 yes = 1;
	struct bpf_program *program;
	const char *name;

	bpf_object__for_each_program(program, object)
	{
		name = bpf_program__name(program);
		bpf_program__set_autoload(program, strcmp(name, "from_pod") == 0 ||
							   strcmp(name, "to_pod") == 0);
	}
	return bpf_map__set_initial_value(bpf_object__find_map_by_name(object, SHUNT_AT_POD), &yes,
					  sizeof(yes));
}

static int count(const char *path, const char *end)
{
	struct bpf_object *object = bpf_object__open_file(path, NULL);
	struct bpf_program *program;
	int error;

	if (!object)
		return -errno;
	error = end[0] ? choose_pods_end(object) : 0;
	if (!error)
		error = bpf_object__load(object);
	program = bpf_object__next_program(object, NULL);
	while (!error && program) {
		if (bpf_program__autoload(program))
			error = print(program, end);
		program = bpf_object__next_program(object, program);
	}
	bpf_object__close(object);
	return error;
}

int main(int argc, char **argv)
{
	int error;

	if (argc != 2) {
		fprintf(stderr, "usage: %s OBJECT\n", argv[0]);
		return 2;
	}
	error = count(argv[1], "");
	if (!error)
		error = count(argv[1], "@pod");
	if (error)
		fprintf(stderr, "%s: %s\n", argv[1], strerror(-error));
	return error ? 1 : 0;
}
