/* SPDX-License-Identifier: Apache-2.0 */
/* Small random clusters and contexts, in which most things happen often. */
#ifndef SHUNT_TESTS_UNIT_RANDOM_OBJECTS_H
#define SHUNT_TESTS_UNIT_RANDOM_OBJECTS_H

#include "tests/unit/objects.h"
#include <jansson.h>

#define RANDOM_CONTEXTS 6

static inline unsigned int pick(unsigned int *seed, unsigned int count)
{
	*seed = *seed * 1103515245 + 12345;
	return (*seed >> 16) % count;
}

static const char *const random_services[] = {"users", "pay", "cart"};
static const char *const random_shas[] = {"aaa", "bbb"};

static inline void write_random_service(FILE *out, unsigned int *seed, const char *name)
{
	static const char *const ports[] = {
		"{name: http, port: 80, targetPort: 8080}, {name: grpc, port: 81, targetPort: "
		"grpc}",
		"{name: http, port: 82, targetPort: 8080}, {name: grpc, port: 81, targetPort: "
		"9090}",
		"{port: 80, targetPort: 8080}",
		"{port: 82, targetPort: 8080}",
		"{name: http, port: 80, targetPort: 8080}, {name: aux, port: 90, targetPort: 8080}",
		"{name: dns, port: 53, protocol: UDP}",
	};

	if (!pick(seed, 6))
		return;
	fprintf(out,
		"---\napiVersion: v1\nkind: Service\nmetadata: {name: %s, namespace: shop}\n"
		"spec: {clusterIP: 10.0.0.%u, selector: {app: %s}, ports: [%s]}\n",
		name, pick(seed, 4) + 1, name, ports[pick(seed, 6)]);
}

static inline void write_random_pod(FILE *out, unsigned int *seed, unsigned int number)
{
	const char *service = random_services[pick(seed, 3)];

	if (!pick(seed, 5))
		return;
	fprintf(out, "---\napiVersion: v1\nkind: Pod\nmetadata: {name: p%u, namespace: shop, ",
		number);
	if (pick(seed, 6))
		fprintf(out,
			"labels: {shunt.dev/offloaded: \"true\", shunt.dev/service: %s, "
			"shunt.dev/sha: %s}}\n",
			service, random_shas[pick(seed, 2)]);
	else
		fprintf(out, "labels: {app: %s}}\n", service);
	fprintf(out,
		"spec: {hostNetwork: %s, containers: [{ports: [{name: %s, containerPort: %u}]}]}\n",
		pick(seed, 10) ? "false" : "true", pick(seed, 2) ? "grpc" : "other",
		9090 + pick(seed, 2));
	fprintf(out,
		"status: {phase: %s, podIPs: [{ip: 10.%u.0.%u}, {ip: \"fd00::%u\"}], "
		"conditions: [{type: Ready, status: \"%s\"}]}\n",
		pick(seed, 10) ? "Running" : "Failed", pick(seed, 8) ? 1 : 0, pick(seed, 8) + 1,
		pick(seed, 4) + 1, pick(seed, 4) ? "True" : "False");
}

/* Addresses of pods, also of those on the host network, and of Services are among the targets. */
static inline void write_random_settings(FILE *out, unsigned int *seed)
{
	static const char *const modes[] = {"enforce", "observe", "\"off\""};

	fprintf(out, "---\napiVersion: shunt.dev/v1alpha1\nkind: Settings\n"
		     "metadata: {name: default}\nspec:\n");
	if (pick(seed, 2))
		fprintf(out, "  additionalMarkers: [{form: header, name: x-test}]\n");
	fprintf(out, "  fence: {mode: %s, services: [{service: shop/%s, mode: %s}]}\n",
		modes[pick(seed, 3)], random_services[pick(seed, 3)], modes[pick(seed, 3)]);
	if (pick(seed, 2))
		fprintf(out, "  markerSources: {namespaces: [shop], addresses: [10.0.0.0/8]}\n");
	if (pick(seed, 2))
		fprintf(out, "  edges: [{namespace: shop, labels: {app: %s}}]\n",
			random_services[pick(seed, 3)]);
	fprintf(out, "  targets: [{service: \"shop/%s%s\", address: \"10.%u.0.%u:8080\"}]\n",
		random_services[pick(seed, 3)], pick(seed, 2) ? "" : ":http", pick(seed, 2),
		pick(seed, 8) + 1);
}

static inline void write_random_cluster(FILE *out, unsigned int *seed)
{
	for (size_t i = 0; i < 3; i++)
		write_random_service(out, seed, random_services[i]);
	for (unsigned int i = 0; i < 6; i++)
		write_random_pod(out, seed, i);
	if (pick(seed, 3))
		write_random_settings(out, seed);
}

/* A finished set without contexts. */
static inline void random_cluster(struct object_set *set, unsigned int *seed)
{
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	write_random_cluster(out, seed);
	fclose(out);
	add_good_text(set, text);
	free(text);
	finish(set);
}

static inline json_t *random_override(unsigned int *seed, const char *service)
{
	char name[32], value[32];
	const char *key;

	snprintf(name, sizeof(name), "shop/%s", service);
	switch (pick(seed, 3)) {
	case 0:
		key = "sha";
		snprintf(value, sizeof(value), "%s", random_shas[pick(seed, 2)]);
		break;
	case 1:
		key = "pod";
		snprintf(value, sizeof(value), "p%u", pick(seed, 6));
		break;
	default:
		key = "address";
		snprintf(value, sizeof(value), "10.%u.0.%u:%u", pick(seed, 4) ? 1 : 0,
			 pick(seed, 8) + 1, pick(seed, 3) ? 8080 : 9090);
	}
	return json_pack("{s:s, s:s, s:s}", "service", name, key, value, "onUnreachable",
			 pick(seed, 4) ? "error" : "main");
}

/* A Context; one in a while has expired, expires far in the future, or is not understood. */
static inline json_t *random_context(unsigned int *seed, const char *name)
{
	json_t *overrides = json_array();
	json_t *object;

	for (size_t i = 0; i < 3; i++)
		if (pick(seed, 3))
			json_array_append_new(overrides, random_override(seed, random_services[i]));
	object = json_pack("{s:s, s:s, s:{s:s, s:i}, s:{s:o}}", "apiVersion", "shunt.dev/v1alpha1",
			   "kind", "Context", "metadata", "name", name, "generation",
			   (int)pick(seed, 9) + 1, "spec", "overrides", overrides);
	if (!pick(seed, 3))
		json_object_set_new(json_object_get(object, "spec"), "signed", json_true());
	switch (pick(seed, 8)) {
	case 0:
		json_object_set_new(json_object_get(object, "spec"), "expires",
				    json_string("2001-01-01T00:00:00Z"));
		break;
	case 1:
		json_object_set_new(json_object_get(object, "spec"), "expires",
				    json_string(pick(seed, 2) ? "2100-01-01T00:00:00Z"
							      : "2101-01-01T00:00:00Z"));
		break;
	case 2:
		json_object_set_new(json_object_get(object, "spec"), "unknown", json_true());
		break;
	}
	return object;
}

#endif
