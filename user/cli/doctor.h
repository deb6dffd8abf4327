/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SHUNT_USER_CLI_DOCTOR_H
#define SHUNT_USER_CLI_DOCTOR_H

#include "user/cli/command.h"

int doctor_run(struct globals *globals, int argc, char **argv);

#endif
