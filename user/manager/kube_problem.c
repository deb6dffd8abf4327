// SPDX-License-Identifier: Apache-2.0
#include "user/manager/kube_problem.h"

#include <stdlib.h>
#include <string.h>
#include "user/manager/kube_problem_print.h"

static void print_what(FILE *out, const struct kube_failure *failure, const struct kube_path *path)
{
	if (!path->resource[0]) {
		fputs("cannot request ", out);
		kube_problem_text(out, failure->path, strcspn(failure->path, "?"));
	} else {
		fprintf(out, "cannot %s ", path->verb);
		kube_problem_kind(out, path);
	}
	if (path->resource[0] && path->name[0]) {
		fputc(' ', out);
		kube_problem_text(out, path->name, strlen(path->name));
	}
	if (path->namespace[0]) {
		fputs(" in ", out);
		kube_problem_text(out, path->namespace, strlen(path->namespace));
	}
	fprintf(out, " at %s: ", failure->server);
}

char *kube_problem(const struct kube_failure *failure)
{
	struct kube_path path;
	char *text = NULL;
	size_t size = 0;
	bool failed;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	kube_path_read(failure->method, failure->path, &path);
	print_what(out, failure, &path);
	kube_problem_advice(out, failure, &path);
	fprintf(out, " (HTTP %u)", failure->status);
	failed = ferror(out);
	if (fclose(out) || failed) {
		free(text);
		return NULL;
	}
	return text;
}

bool kube_is_unserved(const struct kube_failure *failure)
{
	return failure->status == 404 &&
	       !kube_problem_field(json_object_get(failure->body, "details"), "name")[0];
}

bool kube_is_passing(const struct kube_failure *failure)
{
	return failure->status == 429 || failure->status == 503 ||
	       (failure->status >= 500 && kube_problem_says(failure, "leader changed"));
}
