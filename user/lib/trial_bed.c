// SPDX-License-Identifier: Apache-2.0
#include "user/lib/trial_bed.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "user/lib/trial_link.h"
#include "user/lib/trial_socket.h"

/* A user namespace first, where it takes one to be allowed the other. */
static int new_namespace(bool *user)
{
	if (unshare(CLONE_NEWNET) == 0)
		return 0;
	if (errno != EPERM || *user)
		return -errno;
	*user = true;
	return unshare(CLONE_NEWUSER | CLONE_NEWNET) ? -errno : 0;
}

static int open_namespace(void)
{
	int fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

static int make_namespaces(int *node, int *pod)
{
	bool user = false;
	int error = new_namespace(&user);

	if (error)
		return error;
	*node = open_namespace();
	if (*node < 0)
		return *node;
	error = new_namespace(&user);
	if (!error)
		*pod = open_namespace();
	if (!error && *pod < 0)
		error = *pod;
	if (error)
		close(*node);
	return error;
}

/* The servers' addresses are the node's own. */
static int add_addresses(struct trial_bed *bed)
{
	int error = 0;

	for (int i = 0; !error && i < TRIAL_FAMILIES; i++) {
		error = trial_link_address(TRIAL_IFINDEX, i, trial_origin[i]);
		if (!error)
			error = trial_link_address(TRIAL_IFINDEX, i, trial_offloaded[i]);
		if (!error)
			error = trial_link_neighbour(TRIAL_IFINDEX, i, trial_client[i]);
		bed->has[i] = !error;
		/* A kernel may be without IPv6, or have it turned off. */
		if (i)
			error = 0;
	}
	return error;
}

static int listen_all(struct trial_bed *bed)
{
	for (int i = 0; i < TRIAL_FAMILIES; i++) {
		if (!bed->has[i])
			continue;
		bed->origin[i] = trial_socket_listen(i, trial_origin[i], TRIAL_ORIGIN_PORT);
		if (bed->origin[i] < 0)
			return bed->origin[i];
		bed->offloaded[i] =
			trial_socket_listen(i, trial_offloaded[i], TRIAL_OFFLOADED_PORT);
		if (bed->offloaded[i] < 0)
			return bed->offloaded[i];
	}
	return 0;
}

/* In the node's namespace. */
static int make_node(struct trial_bed *bed, const char **failed)
{
	int error;

	*failed = "give a link addresses";
	error = trial_link_up(TRIAL_IFINDEX);
	if (!error)
		error = add_addresses(bed);
	if (error)
		return error;
	*failed = "listen";
	error = listen_all(bed);
	if (error)
		return error;
	*failed = "have a link";
	return trial_link_wait(TRIAL_IFINDEX);
}

static int attach(int ifindex, const struct trial_programs *programs)
{
	bool made;
	int error = filters_prepare(ifindex, &made);

	return error ? error
		     : filters_attach(ifindex, programs->end, programs->from_pod, programs->to_pod);
}

/* In the pod's. */
static int make_pod(int *ifindex)
{
	int error = trial_link_find(ifindex);

	return error ? error : trial_link_up(*ifindex);
}

static int finish_pod(const struct trial_bed *bed, int ifindex)
{
	int error = trial_link_wait(ifindex);

	for (int i = 0; !error && i < TRIAL_FAMILIES; i++) {
		if (!bed->has[i])
			continue;
		error = trial_link_address(ifindex, i, trial_client[i]);
		if (!error)
			error = trial_link_neighbour(ifindex, i, trial_origin[i]);
		if (!error)
			error = trial_link_neighbour(ifindex, i, trial_offloaded[i]);
	}
	return error;
}

static int enter(int namespace)
{
	return setns(namespace, CLONE_NEWNET) ? -errno : 0;
}

static int make(struct trial_bed *bed, const struct trial_programs *programs, int node, int pod,
		const char **failed)
{
	int ifindex, error;

	*failed = "make a link";
	error = enter(node);
	if (!error)
		error = trial_link_make(TRIAL_IFINDEX, pod);
	if (!error)
		error = enter(pod);
	if (!error)
		error = make_pod(&ifindex);
	if (!error)
		error = enter(node);
	if (!error)
		error = make_node(bed, failed);
	if (error)
		return error;
	*failed = "set up the client's end of a link";
	error = enter(pod);
	if (!error)
		error = finish_pod(bed, ifindex);
	if (error)
		return error;
	*failed = "attach the programs";
	if (programs->end == FILTERS_POD_END)
		return attach(ifindex, programs);
	error = enter(node);
	if (!error)
		error = attach(TRIAL_IFINDEX, programs);
	return error ? error : enter(pod);
}

int trial_bed_make(struct trial_bed *bed, const struct trial_programs *programs,
		   const char **failed)
{
	int node, pod, error;

	*bed = (struct trial_bed){0};
	*failed = "make network namespaces";
	error = make_namespaces(&node, &pod);
	if (error)
		return error;
	error = make(bed, programs, node, pod, failed);
	close(node);
	close(pod);
	return error;
}
