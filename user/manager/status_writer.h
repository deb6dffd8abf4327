/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes the status of contexts back to the store, some time after it changed, so that neither a
 * burst of changes nor another manager that writes the same makes many writes.
 */
#ifndef SHUNT_USER_MANAGER_STATUS_WRITER_H
#define SHUNT_USER_MANAGER_STATUS_WRITER_H

#include <stdio.h>
#include <uv.h>
#include "user/manager/catalog.h"
#include "user/manager/store.h"

struct status_writer;

/* Both must outlive it. NULL for want of memory. */
struct status_writer *status_writer_start(uv_loop_t *loop, struct catalog *catalog);

/* Writes nothing before it has a store. */
void status_writer_set_store(struct status_writer *writer, struct store *store);

/* The status of this context differs from the stored one. */
void status_writer_add(struct status_writer *writer, const char *name);

/* shunt_manager_status_writes_total and _conflicts_total, _failures_total, _waiting. */
void status_writer_metrics(const struct status_writer *writer, FILE *file);

/* To be called when the store has stopped, which ends what is under way. Safe on NULL. */
void status_writer_stop(struct status_writer *writer);

#endif
