// SPDX-License-Identifier: Apache-2.0
#include "user/cli/doctor_helpers.h"

#include <errno.h>
#include <gelf.h>
#include <libelf.h>
#include <string.h>
#include <linux/bpf.h>
#include "shunt.skel.h"

static const char *const names[HELPERS_MAX] = {
#define NAME(name) [BPF_FUNC_##name] = #name
	__BPF_FUNC_MAPPER(NAME)
#undef NAME
};

static void read_code(const Elf_Data *data, bool used[HELPERS_MAX])
{
	const struct bpf_insn *code = data->d_buf;
	size_t count = data->d_size / sizeof(*code);

	/* With a source register it is a call of a function of ours. */
	for (size_t i = 0; i < count; i++)
		if (code[i].code == (BPF_JMP | BPF_CALL) && code[i].src_reg == 0 &&
		    code[i].imm > 0 && code[i].imm < HELPERS_MAX)
			used[code[i].imm] = true;
}

int helpers_in_use(bool used[HELPERS_MAX])
{
	Elf_Scn *section = NULL;
	Elf_Data *data;
	const void *bytes;
	GElf_Shdr header;
	size_t size;
	Elf *elf;

	memset(used, 0, HELPERS_MAX * sizeof(*used));
	bytes = shunt__elf_bytes(&size);
	if (elf_version(EV_CURRENT) == EV_NONE)
		return -EINVAL;
	/* It is not written to. */
	elf = elf_memory((char *)bytes, size);
	if (!elf)
		return -EINVAL;
	while ((section = elf_nextscn(elf, section))) {
		data = elf_getdata(section, NULL);
		if (data && gelf_getshdr(section, &header) && header.sh_type == SHT_PROGBITS &&
		    header.sh_flags & SHF_EXECINSTR)
			read_code(data, used);
	}
	elf_end(elf);
	return 0;
}

const char *helpers_name(unsigned int helper)
{
	return helper < HELPERS_MAX && names[helper] ? names[helper] : "?";
}
