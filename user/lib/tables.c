// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>
#include <string.h>
#include "user/lib/tables.h"

void tables_clear(struct tables *tables)
{
	if (!tables)
		return;
	free(tables->services);
	free(tables->frontends);
	free(tables->offloaded);
	free(tables->overrides);
	free(tables->unresolved);
	policy_clear(&tables->policy);
	memset(tables, 0, sizeof(*tables));
}
