// SPDX-License-Identifier: Apache-2.0
#include "user/lib/version.h"
#include "user/manager/manager.h"

static bool check(bool ready, const char *part, const char *problem, FILE *why)
{
	if (!ready)
		fprintf(why, "not ready: %s: %s\n", part, problem ? problem : "not there yet");
	return ready;
}

bool manager_ready(void *argument, FILE *why)
{
	const struct manager *manager = argument;
	const char *store_problem = NULL, *cluster_problem = NULL;
	bool store = store_is_ready(manager->store, &store_problem);
	bool cluster = cluster_is_ready(manager->cluster, &cluster_problem);

	store = check(store, "store", store_problem, why);
	cluster = check(cluster, "cluster", cluster_problem, why);
	return store && cluster &&
	       check(publisher_generation(manager->publisher) > 0, "tables",
		     "no generation was made", why);
}

void manager_metrics(void *argument, FILE *file)
{
	const struct manager *manager = argument;

	fprintf(file,
		"# HELP shunt_manager_build_info The version that runs.\n"
		"# TYPE shunt_manager_build_info gauge\n"
		"shunt_manager_build_info{version=\"%s\"} 1\n",
		SHUNT_VERSION);
	catalog_metrics(manager->catalog, file);
	publisher_metrics(manager->publisher, file);
	store_metrics(manager->store, file);
	status_writer_metrics(manager->status_writer, file);
	cluster_metrics(manager->cluster, file);
	if (manager->kube)
		kube_metrics(manager->kube, file);
	auth_metrics(manager->auth, file);
}
