// SPDX-License-Identifier: Apache-2.0
#include "user/cli/doctor_program.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <bpf/bpf.h>

#define PROGRAMS_MAX 256 /* that one hands over to, directly or not */
#define MAPS_MAX 64 /* of a program */
#define CALLS_MAX 4096 /* elements of a map of programs that are looked at */

/* Those that may get the packet, of which `done` were looked at. */
struct programs {
	__u32 ids[PROGRAMS_MAX];
	size_t count;
	size_t done;
};

static int read_info(__u32 id, struct bpf_prog_info *info)
{
	__u32 length = sizeof(*info);
	int fd = bpf_prog_get_fd_by_id(id), error;

	if (fd < 0)
		return -errno;
	error = bpf_obj_get_info_by_fd(fd, info, &length);
	close(fd);
	return error;
}

const char *program_describe(__u32 id, char text[PROGRAM_TEXT_SIZE])
{
	struct bpf_prog_info info = {0};
	int length;

	if (read_info(id, &info)) {
		snprintf(text, PROGRAM_TEXT_SIZE, "program %u", id);
		return text;
	}
	length = snprintf(text, PROGRAM_TEXT_SIZE, "%s (id %u, tag ",
			  info.name[0] ? info.name : "a program without a name", id);
	for (size_t i = 0; i < sizeof(info.tag); i++)
		length += snprintf(text + length, PROGRAM_TEXT_SIZE - (size_t)length, "%02x",
				   info.tag[i]);
	snprintf(text + length, PROGRAM_TEXT_SIZE - (size_t)length, ")");
	return text;
}

/*
 * What stands in the code of a call of bpf_redirect_peer(): how far it is from where the kernel counts
 * from. 0 where the kernel does not tell.
 */
static __s32 find_call(void)
{
	unsigned long long address, base = 0, peer = 0;
	char line[256], name[128];
	FILE *symbols = fopen("/proc/kallsyms", "re");

	if (!symbols)
		return 0;
	while (!(base && peer) && fgets(line, sizeof(line), symbols)) {
		if (sscanf(line, "%llx %*c %127s", &address, name) != 2)
			continue;
		if (strcmp(name, "__bpf_call_base") == 0)
			base = address;
		else if (strcmp(name, "bpf_redirect_peer") == 0)
			peer = address;
	}
	fclose(symbols);
	return base && peer ? (__s32)(peer - base) : 0;
}

static void add(struct programs *programs, __u32 id)
{
	for (size_t i = 0; i < programs->count; i++)
		if (programs->ids[i] == id)
			return;
	if (programs->count < PROGRAMS_MAX)
		programs->ids[programs->count++] = id;
}

static void add_called(struct programs *programs, __u32 map)
{
	struct bpf_map_info info = {0};
	__u32 length = sizeof(info), id;
	int fd = bpf_map_get_fd_by_id(map);

	if (fd < 0)
		return;
	if (bpf_obj_get_info_by_fd(fd, &info, &length) == 0 && info.type == BPF_MAP_TYPE_PROG_ARRAY)
		for (__u32 i = 0; i < info.max_entries && i < CALLS_MAX; i++)
			if (bpf_map_lookup_elem(fd, &i, &id) == 0)
				add(programs, id);
	close(fd);
}

static bool calls(const struct bpf_insn *code, size_t count, __s32 call)
{
	for (size_t i = 0; i < count; i++)
		if (code[i].code == (BPF_JMP | BPF_CALL) && code[i].src_reg == 0 &&
		    code[i].imm == call)
			return true;
	return false;
}

/* Reads code and maps of the next program. */
static int look(struct programs *programs, __s32 call, bool *found)
{
	__u32 id = programs->ids[programs->done++], maps[MAPS_MAX] = {0};
	struct bpf_prog_info info = {0};
	struct bpf_insn *code;
	size_t size;
	int error = read_info(id, &info);

	if (error)
		return error;
	size = info.xlated_prog_len;
	code = calloc(size / sizeof(*code) + 1, sizeof(*code));
	if (!code)
		return -ENOMEM;
	info = (struct bpf_prog_info){
		.xlated_prog_len = (__u32)size,
		.xlated_prog_insns = (__u64)(unsigned long)code,
		.nr_map_ids = MAPS_MAX,
		.map_ids = (__u64)(unsigned long)maps,
	};
	error = read_info(id, &info);
	if (!error && !info.xlated_prog_insns)
		error = -EACCES;
	if (!error)
		*found = calls(code, size / sizeof(*code), call);
	for (__u32 i = 0; !error && i < info.nr_map_ids && i < MAPS_MAX; i++)
		add_called(programs, maps[i]);
	free(code);
	return error;
}

int program_redirects_to_peers(__u32 id, bool *redirects)
{
	struct programs programs = {.ids = {id}, .count = 1};
	__s32 call = find_call();
	bool found = false;
	int error = call ? 0 : -EACCES;

	while (!error && !found && programs.done < programs.count)
		error = look(&programs, call, &found);
	if (!error)
		*redirects = found;
	return error;
}
