// SPDX-License-Identifier: Apache-2.0
#include "user/cli/doctor_checks.h"

#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include "user/lib/trial.h"

#define CHECK "trial"

static int open_program(const struct doctor *doctor, enum pins_program program)
{
	char path[PATH_MAX];

	if (pins_program_path(doctor->bpffs, program, path, sizeof(path)))
		return -1;
	return bpf_obj_get(path);
}

static void tell(struct doctor *doctor, const struct trial *trial)
{
	switch (trial->outcome) {
	case TRIAL_PASSED:
		report_add(&doctor->report, FINDING_OK, CHECK, NULL,
			   "requests were moved there and back by the pinned programs%s",
			   trial->has[1] ? ", over IPv4 and IPv6" : ", over IPv4");
		break;
	case TRIAL_FAILED:
		report_add(&doctor->report, FINDING_FAULT, CHECK,
			   "if nothing above explains it, please report it, with `shunt status`",
			   "the pinned programs do not move requests: %s", trial->text);
		break;
	default:
		report_add(
			&doctor->report, FINDING_WARNING, CHECK,
			"it takes root in the node's network, and room for one more in each table",
			"it could not be tried whether requests are moved: %s", trial->text);
	}
}

void doctor_check_trial(struct doctor *doctor)
{
	int from_pod = open_program(doctor, PINS_FROM_POD);
	int to_pod = open_program(doctor, PINS_TO_POD);
	struct trial trial;

	/* Otherwise that was told. */
	if (from_pod >= 0 && to_pod >= 0) {
		signal(SIGCHLD, SIG_IGN);
		trial_run(&trial, doctor->bpffs, &doctor->maps, from_pod, to_pod);
		tell(doctor, &trial);
	}
	if (from_pod >= 0)
		close(from_pod);
	if (to_pod >= 0)
		close(to_pod);
}
