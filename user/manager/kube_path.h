/* SPDX-License-Identifier: Apache-2.0 */
/* What a request to the Kubernetes API is about, in the words of its RBAC rules. */
#ifndef SHUNT_USER_MANAGER_KUBE_PATH_H
#define SHUNT_USER_MANAGER_KUBE_PATH_H

#define KUBE_PATH_PART 254

/* "" where the path has no such part. */
struct kube_path {
	const char *verb; /* "list"; "request" where it is no resource */
	char group[KUBE_PATH_PART]; /* "" for the core API */
	char version[KUBE_PATH_PART];
	char namespace[KUBE_PATH_PART];
	char resource[KUBE_PATH_PART]; /* "pods" or "contexts/status" */
	char name[KUBE_PATH_PART];
};

void kube_path_read(const char *method, const char *path, struct kube_path *read);

#endif
