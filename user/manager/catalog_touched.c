// SPDX-License-Identifier: Apache-2.0
#include "user/lib/touched.h"

#include "user/manager/catalog_state.h"

void catalog_touch(struct catalog *catalog, const struct object_set *old)
{
	struct touched touched;

	touched_find(old, catalog->objects, &touched);
	for (size_t i = 0; i < catalog->entry_count; i++) {
		struct catalog_entry *entry = catalog->entries[i];

		if (entry->dirty)
			continue;
		if (touched.all ||
		    (entry->content.context && touched_has(&touched, entry->content.context)))
			catalog_entry_touch(catalog, entry);
	}
	touched_clear(&touched);
}
