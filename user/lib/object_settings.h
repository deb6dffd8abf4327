/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of Settings' spec. Only object_settings*.c include this. */
#ifndef SHUNT_USER_LIB_OBJECT_SETTINGS_H
#define SHUNT_USER_LIB_OBJECT_SETTINGS_H

#include "user/lib/object_read.h"

/* Compiles markers and additionalMarkers; NULL after a problem. */
const struct shunt_markers *object_settings_markers(struct field_reader *reader,
						    const struct field *spec);

/* fence; where it is absent, what holds without. */
void object_settings_fence(struct field_reader *reader, const struct field *spec,
			   struct object_settings *settings);

/* markerSources and edges. */
void object_settings_sources(struct field_reader *reader, const struct field *spec,
			     struct object_settings *settings);

void object_settings_targets(struct field_reader *reader, const struct field *spec,
			     struct object_settings *settings);

/* What they have in common. */

/* How many items a list has; more than most, which are not to be read, are a problem and 0. */
size_t object_settings_list(struct field_reader *reader, const struct field *list, size_t most);

/* Appends a list of prefixes to items, which has room for them all. One that is there is a problem. */
void object_settings_prefixes(struct field_reader *reader, const struct field *list,
			      struct shunt_prefix *items, size_t *count);

#endif
