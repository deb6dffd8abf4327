// SPDX-License-Identifier: Apache-2.0
/*
 * Has the kernel measure BPF programs for as long as it runs, and says so. As the sysctl
 * kernel.bpf_stats_enabled, which it leaves as it is; several may run at a time.
 *
 *   bpf_stats &
 */
#include <linux/bpf.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(void)
{
	union bpf_attr attr = {.enable_stats.type = BPF_STATS_RUN_TIME};

	if (syscall(__NR_bpf, BPF_ENABLE_STATS, &attr, sizeof(attr)) < 0) {
		perror("bpf_stats");
		return 1;
	}
	puts("enabled");
	fflush(stdout);
	pause();
	return 0;
}
