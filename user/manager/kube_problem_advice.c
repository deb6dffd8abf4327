// SPDX-License-Identifier: Apache-2.0
/* What each status of HTTP means when an API server gives it. */
#include <string.h>
#include "user/manager/kube_problem_print.h"

static bool has_reason(const struct kube_failure *failure, const char *reason)
{
	return strcmp(kube_problem_field(failure->body, "reason"), reason) == 0;
}

/* "User "reader" cannot list ..." names who we are for the server. */
static void print_user(FILE *out, const struct kube_failure *failure)
{
	const char *message = kube_problem_field(failure->body, "message");
	const char *start = strstr(message, "User \"");
	const char *end = start ? strchr(start + 6, '"') : NULL;

	if (!end) {
		fputs("we", out);
		return;
	}
	fputs("user \"", out);
	kube_problem_text(out, start + 6, (size_t)(end - start) - 6);
	fputc('"', out);
}

static void print_401(FILE *out, const struct kube_failure *failure, const struct kube_path *path)
{
	(void)failure;
	(void)path;
	fputs("the API server does not accept our credentials; check that the token or client "
	      "certificate has not expired, and that it is one of this cluster's",
	      out);
}

static void print_403(FILE *out, const struct kube_failure *failure, const struct kube_path *path)
{
	if (!kube_problem_says(failure, " cannot ") || !path->resource[0]) {
		kube_problem_message(out, failure);
		fputs(kube_problem_says(failure, "being terminated")
			      ? "; wait until the namespace is gone, then create it anew"
			      : "; see what admission or policy of the cluster forbids it",
		      out);
		return;
	}
	print_user(out, failure);
	fprintf(out, " may not; grant verb \"%s\" on resource \"%s\" of API group \"%s\" ",
		path->verb, path->resource, path->group);
	if (path->namespace[0])
		fprintf(out, "with a Role and RoleBinding in namespace %s", path->namespace);
	else
		fputs("with a ClusterRole and ClusterRoleBinding", out);
	fputs(" (while the API server starts this may pass by itself)", out);
}

static void print_404(FILE *out, const struct kube_failure *failure, const struct kube_path *path)
{
	const char *name = kube_problem_field(json_object_get(failure->body, "details"), "name");
	const char *kind = kube_problem_field(json_object_get(failure->body, "details"), "kind");

	if (!kube_is_unserved(failure)) {
		kube_problem_text(out, kind, strlen(kind));
		fputs(" \"", out);
		kube_problem_text(out, name, strlen(name));
		fputs("\" is not there", out);
		fputs(strcmp(kind, "namespaces") == 0 ? "; create it first" : "", out);
		return;
	}
	if (!path->resource[0]) {
		fputs("the server does not know this path; check that the server's URL is that of "
		      "a Kubernetes API",
		      out);
		return;
	}
	fputs("the API server does not serve ", out);
	kube_problem_kind(out, path);
	fprintf(out, " in version %s; ", path->version);
	fputs(strchr(path->group, '.') && !strstr(path->group, ".k8s.io")
		      ? "install its CustomResourceDefinition (kubectl apply -k deploy/)"
		      : "this version of Kubernetes does not have it",
	      out);
}

static void print_409(FILE *out, const struct kube_failure *failure, const struct kube_path *path)
{
	(void)path;
	if (has_reason(failure, "AlreadyExists")) {
		kube_problem_message(out, failure);
		fputs("; change that one, or choose another name", out);
		return;
	}
	fputs("somebody else has changed it meanwhile; read it again and apply the change to that",
	      out);
}

static void print_410(FILE *out, const struct kube_failure *failure, const struct kube_path *path)
{
	(void)failure;
	(void)path;
	fputs("the server does not remember that resourceVersion any more; list again", out);
}

/* The message repeats what the causes say, but the causes are apart. */
static void print_422(FILE *out, const struct kube_failure *failure, const struct kube_path *path)
{
	const json_t *causes = json_object_get(json_object_get(failure->body, "details"), "causes");
	size_t index;
	json_t *cause;

	(void)path;
	fputs("the object is not valid: ", out);
	if (!json_array_size(causes))
		kube_problem_message(out, failure);
	json_array_foreach((json_t *)causes, index, cause)
	{
		const char *where = kube_problem_field(cause, "field"),
			   *why = kube_problem_field(cause, "message");

		fputs(index ? "; " : "", out);
		kube_problem_text(out, where, strlen(where));
		fputs(where[0] ? ": " : "", out);
		kube_problem_text(out, why, strlen(why));
	}
	fputs("; correct it, and see that the CustomResourceDefinition is of our version", out);
}

static void print_429(FILE *out, const struct kube_failure *failure, const struct kube_path *path)
{
	(void)path;
	if (kube_problem_says(failure, "initializing"))
		fputs("the API server is still loading this kind of objects; ", out);
	else
		fputs("the API server has too much to do; ", out);
	if (failure->retry_after_s)
		fprintf(out, "it asks to try again in %u s", failure->retry_after_s);
	else
		fputs("try again a little later", out);
}

static void print_500(FILE *out, const struct kube_failure *failure, const struct kube_path *path)
{
	(void)path;
	fputs("the API server failed: ", out);
	kube_problem_message(out, failure);
	fputs(kube_problem_says(failure, "resourceVersion")
		      ? "; list again without that resourceVersion"
		      : "; see its log and that of etcd",
	      out);
}

static void print_503(FILE *out, const struct kube_failure *failure, const struct kube_path *path)
{
	(void)path;
	fputs("the API server, or a balancer in front of it, is not ready (", out);
	kube_problem_message(out, failure);
	fputs("); try again, and look at /readyz?verbose if it lasts", out);
}

static void print_504(FILE *out, const struct kube_failure *failure, const struct kube_path *path)
{
	(void)path;
	if (kube_problem_says(failure, "Too large resource version"))
		fputs("this API server has not come as far as that resourceVersion yet; try again",
		      out);
	else
		fputs("the API server had no answer in time; try again, and look at etcd if it "
		      "lasts",
		      out);
}

static void print_refused(FILE *out, const struct kube_failure *failure,
			  const struct kube_path *path)
{
	(void)path;
	fputs("the API server does not understand the request: ", out);
	kube_problem_message(out, failure);
	fputs("; check selectors, names and versions in it", out);
}

/* What a request of ours gets from something else than an API server. */
static void print_mismatch(FILE *out, const struct kube_failure *failure,
			   const struct kube_path *path)
{
	(void)path;
	kube_problem_message(out, failure);
	fputs("; is the server's URL that of a Kubernetes API of a version that we support?", out);
}

static void print_413(FILE *out, const struct kube_failure *failure, const struct kube_path *path)
{
	(void)failure;
	(void)path;
	fputs("the object is too large for the API server; make it smaller", out);
}

static const struct {
	unsigned int status;
	void (*print)(FILE *out, const struct kube_failure *failure, const struct kube_path *path);
} explanations[] = {
	{400, print_refused},  {401, print_401},      {403, print_403}, {404, print_404},
	{405, print_mismatch}, {406, print_mismatch}, {409, print_409}, {410, print_410},
	{413, print_413},      {415, print_mismatch}, {422, print_422}, {429, print_429},
	{500, print_500},      {502, print_503},      {503, print_503}, {504, print_504},
};

void kube_problem_advice(FILE *out, const struct kube_failure *failure,
			 const struct kube_path *path)
{
	size_t count = sizeof(explanations) / sizeof(explanations[0]);

	for (size_t i = 0; i < count; i++)
		if (explanations[i].status == failure->status) {
			explanations[i].print(out, failure, path);
			return;
		}
	print_mismatch(out, failure, path);
}
