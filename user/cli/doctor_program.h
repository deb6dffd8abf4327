/* SPDX-License-Identifier: Apache-2.0 */
/* Programs of others. */
#ifndef SHUNT_USER_CLI_DOCTOR_PROGRAM_H
#define SHUNT_USER_CLI_DOCTOR_PROGRAM_H

#include <stdbool.h>
#include <linux/bpf.h>

#define PROGRAM_TEXT_SIZE 80

/* "NAME (id 17, tag 0123456789abcdef)". */
const char *program_describe(__u32 id, char text[PROGRAM_TEXT_SIZE]);

/*
 * Whether the program, or one that it hands packets over to by tail calls, calls bpf_redirect_peer().
 * -EACCES where the kernel does not show the code of programs.
 */
int program_redirects_to_peers(__u32 id, bool *redirects);

#endif
