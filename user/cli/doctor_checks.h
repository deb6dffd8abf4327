/* SPDX-License-Identifier: Apache-2.0 */
/* The checks of `shunt doctor`. Each looks at one part of the node and adds what it finds to the report. */
#ifndef SHUNT_USER_CLI_DOCTOR_CHECKS_H
#define SHUNT_USER_CLI_DOCTOR_CHECKS_H

#include "user/cli/doctor_report.h"
#include "user/lib/choice.h"
#include "user/lib/maps.h"

struct doctor {
	struct doctor_report report;
	const char *bpffs; /* the directory of pins */
	const char *cgroup; /* that programs should be attached to; NULL: the root */
	struct shunt_endpoint listen; /* where the agent serves */
	struct choice choice; /* of links; without globs as an agent without --interface */
	bool mounted; /* a BPF file system is at bpffs, or above */
	bool has_maps;
	struct maps maps;
	struct shunt_settings settings; /* with maps */
	__u32 programs[PINS_PROGRAM_COUNT]; /* ids of what is pinned; 0: is not */
	char *metrics; /* what the agent says of itself; NULL: it does not answer */
};

/* Whether we may look into the kernel at all. */
bool doctor_check_rights(struct doctor *doctor);

/* What the kernel can do: by trying, not by its version. */
void doctor_check_kernel(struct doctor *doctor);

/* What has to be mounted; sets mounted. */
void doctor_check_mounts(struct doctor *doctor);

/* Maps and programs that are pinned; sets has_maps and what comes with it. */
void doctor_check_pins(struct doctor *doctor);

/* The programs on the cgroup, and the fence on physical links. */
void doctor_check_attachments(struct doctor *doctor);

/* The agent's process, and what it says of itself; sets metrics. */
void doctor_check_agent(struct doctor *doctor);

/* Our programs on the links that should have them, and who else is there. */
void doctor_check_links(struct doctor *doctor);

/* Pods whose requests do not pass any link that we could be on. */
void doctor_check_pods(struct doctor *doctor);

/* How full the tables are, what was lost, and the keys. */
void doctor_check_tables(struct doctor *doctor);
void doctor_check_keys(struct doctor *doctor);

/* Whether a request is moved. */
void doctor_check_trial(struct doctor *doctor);

#endif
