/* SPDX-License-Identifier: Apache-2.0 */
/* The agent's parts and the event loop that they share. */
#ifndef SHUNT_USER_AGENT_AGENT_H
#define SHUNT_USER_AGENT_AGENT_H

#include <uv.h>
#include "user/agent/attach.h"
#include "user/agent/callers.h"
#include "user/agent/http.h"
#include "user/agent/inspect.h"
#include "user/agent/kernel.h"
#include "user/agent/manifest_keys.h"
#include "user/agent/options.h"
#include "user/agent/selftest.h"
#include "user/agent/selftest_moved.h"
#include "user/agent/source_manager.h"
#include "user/agent/source_manifests.h"
#include "user/agent/sync.h"
#include "user/agent/tryout.h"
#include "user/agent/uplinks.h"

#define AGENT_EXIT_LAYOUT 3 /* what is pinned is laid out otherwise; --detach removes it */

struct agent {
	const struct options *options;
	uv_loop_t loop;
	uv_signal_t signals[3];
	uv_timer_t sweep;
	uv_poll_t changes; /* of links */
	struct mnl_socket *socket;
	bool readdressed; /* addresses have come or gone that the tables do not follow yet */
	struct kernel kernel;
	struct attach attach;
	struct uplinks uplinks;
	uv_prepare_t following; /* looks whether `pods` has to follow */
	bool links_changed; /* since `pods` was written */
	int pods_error; /* why it was not written, as it was logged last */
	struct callers callers; /* with --propagation */
	struct backend_memory memory; /* in place of the kernel, with --dry-run */
	struct sync sync;
	struct source_manifests manifests; /* the source of the tables is one of the two */
	struct manifest_keys keys; /* with manifests */
	struct source_manager manager;
	struct selftest selftest;
	struct tryout tryout;
	struct moved moved;
	struct http http;
	struct inspect inspect;
};

/* /metrics, /livez and /readyz of a struct agent. */
extern const struct http_page agent_pages[];

/* Runs until it is told to stop. Logs what goes wrong and returns the exit status. */
int agent_run(const struct options *options);

#endif
