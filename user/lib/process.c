// SPDX-License-Identifier: Apache-2.0
#include "user/lib/process.h"

#include <sys/prctl.h>
#include <sys/stat.h>

void process_protect(void)
{
	umask(077);
	/* Fails for another number than 0 and 1 only. */
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}
