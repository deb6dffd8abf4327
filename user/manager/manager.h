/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The manager's parts and the event loop that they share. Data flows one way: API and cluster →
 * store → catalog → publisher → agents.
 */
#ifndef SHUNT_USER_MANAGER_MANAGER_H
#define SHUNT_USER_MANAGER_MANAGER_H

#include <stdbool.h>
#include <uv.h>
#include "user/manager/api.h"
#include "user/manager/cluster.h"
#include "user/manager/hygiene.h"
#include "user/manager/kube.h"
#include "user/manager/arguments.h"
#include "user/lib/keys.h"
#include "user/manager/status_writer.h"

#define MANAGER_NAME_SIZE 256

struct manager {
	const struct arguments *arguments;
	char name[MANAGER_NAME_SIZE]; /* among the managers of the store */
	char instance[MANAGER_NAME_SIZE + 20]; /* of this run */
	uv_loop_t loop;
	uv_signal_t signals[2];
	uv_timer_t flush; /* what came together is resolved together */
	uv_timer_t expiry;
	uv_timer_t rotation; /* of the keys of passports */
	struct keys keys; /* where has_keys */
	bool has_keys;
	struct fetch_loop *fetches;
	struct kube *kube;
	struct catalog *catalog;
	struct publisher *publisher;
	struct status_writer *status_writer;
	struct hygiene *hygiene;
	struct auth *auth;
	struct store *store;
	struct cluster *cluster;
	struct api *api;
	struct httpd *httpd;
	char **touched; /* names of contexts that changed since the last flush */
	size_t touched_count;
	size_t touched_capacity;
};

/* manager_events.c: what the parts tell each other; the argument is the struct manager. */
void manager_init_timers(struct manager *manager);
struct catalog_events manager_catalog_events(struct manager *manager);
struct store_events manager_store_events(struct manager *manager);
struct cluster_events manager_cluster_events(struct manager *manager);
struct publisher_options manager_publisher_options(struct manager *manager);
void manager_forget_touched(struct manager *manager);

/*
 * manager_keys.c: reads the root of keys, or makes it, and says what is wrong; or warns that there
 * is none. The first keys are the catalog's then, before it is flushed; the others follow by a timer.
 */
int manager_start_keys(struct manager *manager);

/* manager_pages.c */
bool manager_ready(void *argument, FILE *why);
void manager_metrics(void *argument, FILE *file);

/* Runs until it is told to stop. Logs what goes wrong and returns the exit status. */
int manager_run(const struct arguments *arguments);

#endif
