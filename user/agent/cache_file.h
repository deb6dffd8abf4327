/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A file with the tables of a manager: the bytes of a sync stream, a hello and one generation, then
 * four bytes of CRC-32 of these, the lowest first.
 */
#ifndef SHUNT_USER_AGENT_CACHE_FILE_H
#define SHUNT_USER_AGENT_CACHE_FILE_H

#include "user/agent/sync.h"
#include "user/lib/sync_wire.h"

/* What a file holds of a sync's tables, made by this run of a manager. -ENOMEM, -E2BIG. */
int cache_file_encode(const struct sync *sync, const char *instance, const struct sync_done *done,
		      struct sync_buffer *buffer);

/*
 * Writes the buffer to a new file that then takes the place of the one of this name, with mode
 * 0600; its directory is made where it is missing. May be called by another thread.
 */
int cache_file_write(const char *path, const struct sync_buffer *buffer);

typedef int (*cache_file_take)(void *argument, struct changes *changes,
			       const struct sync_done *done);

/*
 * Reads the file and gives its generation to take(), whose error is returned. -EBADMSG where it is
 * damaged: problem then says how. -ENOENT where there is none.
 */
int cache_file_read(const char *path, cache_file_take take, void *argument,
		    char problem[SYNC_PROBLEM_SIZE]);

#endif
