// SPDX-License-Identifier: Apache-2.0
/* Writes the rows of tests/cases as files, which fuzzing starts from: seeds DIRECTORY. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include "tests/cases/carriers.h"
#include "tests/cases/responses.h"
#include "tests/cases/streams.h"
#include "tests/cases/sync.h"

/* The default markers as the target `markers` reads them. */
#define DEFAULT_MARKERS                                                                     \
	"0x-shunt-context\n1shunt_context\n2shunt_context\n3shunt-context\n4shunt\n5shunt-" \
	"context\n6shunt-context\n\n"

static const char *directory;

static int write_seed(const char *target, size_t row, const char *before, const char *bytes,
		      size_t length)
{
	char path[4096];
	FILE *file;
	bool written;

	snprintf(path, sizeof(path), "%s/%s", directory, target);
	if (mkdir(path, 0755) && errno != EEXIST)
		return -errno;
	snprintf(path, sizeof(path), "%s/%s/%04zu", directory, target, row);
	file = fopen(path, "w");
	if (!file)
		return -errno;
	written = fwrite(before, 1, strlen(before), file) == strlen(before) &&
		  fwrite(bytes, 1, length, file) == length;
	return fclose(file) || !written ? -EIO : 0;
}

static int write_heads(void)
{
	int err = 0;

	for (size_t i = 0; i < REQUEST_CASE_COUNT && !err; i++) {
		const struct request_case *row = &request_cases[i];

		err = write_seed("head", i, "", row->bytes, row->length);
		if (!err && row->result == HTTP_DONE)
			err = write_seed("markers", i, DEFAULT_MARKERS, row->bytes, row->length);
	}
	for (size_t i = 0; i < RESPONSE_CASE_COUNT && !err; i++)
		err = write_seed("head", REQUEST_CASE_COUNT + i, "", response_cases[i].bytes,
				 response_cases[i].length);
	return err;
}

static int write_streams(void)
{
	int err = 0;

	for (size_t i = 0; i < STREAM_CASE_COUNT && !err; i++)
		err = write_seed("stream", i, "", stream_cases[i].bytes, stream_cases[i].length);
	return err;
}

static int write_carriers(void)
{
	int err = 0;

	for (size_t i = 0; i < CARRIER_CASE_COUNT && !err; i++) {
		const struct carrier_case *row = &carrier_cases[i];
		struct carrier_request made = {.length = 0};

		carrier_case_request(row, &made);
		err = write_seed("base64", i, "", made.bytes + sizeof(CARRIER_FIELD) - 1,
				 made.length - (sizeof(CARRIER_FIELD) - 1) - 4);
		made.length = 0;
		if (!row->text)
			carrier_message_bytes(row, &made);
		if (!err && made.length)
			err = write_seed("carrier", i, "", made.bytes, made.length);
	}
	return err;
}

static int write_sync(void)
{
	int err = 0;

	for (size_t i = 0; i < SYNC_STREAM_COUNT && !err; i++)
		err = write_seed("sync", i, "\x08", sync_streams[i].bytes, sync_streams[i].length);
	for (size_t i = 0; i < SYNC_ROWS_REFUSED_COUNT && !err; i++) {
		char stream[SYNC_CASE_SIZE];
		size_t length = sync_case_stream(&sync_rows_refused[i], stream);

		err = write_seed("sync", SYNC_STREAM_COUNT + i, "\x08", stream, length);
	}
	return err;
}

/* The first byte is the size of the pieces. */
static const char *const watches[] = {
	"\x08{\"type\":\"ADDED\",\"object\":{\"kind\":\"Pod\",\"apiVersion\":\"v1\",\"metadata\":{"
	"\"name\":\"u\",\"namespace\":\"shop\",\"resourceVersion\":\"1\"},\"spec\":{},\"status\":{"
	"\"phase\":\"Running\",\"podIP\":\"10.0.0.1\"}}}\n",
	"\x01{\"type\":\"DELETED\",\"object\":{\"kind\":\"Pod\",\"apiVersion\":\"v1\",\"metadata\":"
	"{"
	"\"name\":\"u\"}}}\n{\"type\":\"BOOKMARK\",\"object\":{\"kind\":\"Pod\",\"spec\":null}}"
	"\r\n",
	"\x40{\"type\":\"ERROR\",\"object\":{\"kind\":\"Status\",\"code\":410}}\n",
	"\x03\n\n{\"type\":\"MODIFIED\",\"object\":{\"kind\":\"Settings\",\"apiVersion\":"
	"\"shunt.dev/v1alpha1\",\"metadata\":{\"name\":\"default\"},\"spec\":{\"markers\":[{"
	"\"form\":\"ot\",\"name\":\"a\"}]}}}\n",
};

#define CONTEXT(spec)                                                  \
	"{\"apiVersion\":\"shunt.dev/v1alpha1\",\"kind\":\"Context\"," \
	"\"metadata\":{\"name\":\"c\"},\"spec\":" spec "}"

static const char *const contexts[] = {
	CONTEXT("{}"),
	CONTEXT("{\"overrides\":[{\"service\":\"shop/users\",\"sha\":\"4f2a91c\"}]}"),
	CONTEXT("{\"overrides\":[{\"service\":\"a\",\"address\":\"[fd00::1]:80\","
		"\"onUnreachable\":\"main\"},{\"service\":\"b\",\"pod\":\"p.q\"}]}"),
	CONTEXT("{\"config\":{\"a\":\"\\u00e9\"},\"expires\":\"2026-12-01T00:00:00Z\"}"),
	CONTEXT("{\"signed\":true}"),
};

#define SETTINGS(spec)                                                                \
	"apiVersion: shunt.dev/v1alpha1\nkind: Settings\nmetadata: {name: default}\n" \
	"spec: {" spec "}\n"

static const char *const settings[] = {
	SETTINGS(""),
	SETTINGS("fence: {mode: observe, allowedSources: [10.0.0.0/8, \"fd00::1\"]}"),
	SETTINGS("fence: {services: [{service: shop/users, mode: off}]}"),
	SETTINGS("markerSources: {namespaces: [shop], addresses: [10.0.0.0/8, 10.0.0.0/16]}"),
	SETTINGS("edges: [{namespace: shop, labels: {app: gateway}}, {addresses: [10.0.1.0/24]}]"),
	SETTINGS("targets: [{service: \"shop/users:http\", address: \"10.0.0.1:80\"}]"),
};

static const char *const queries[] = {
	"watch=true&label=team%3dshop", "/v1/contexts/alice", "/metrics", "*", "\"12\"", "500",
};

static int write_texts(const char *target, const char *const *texts, size_t count)
{
	int err = 0;

	for (size_t i = 0; i < count && !err; i++)
		err = write_seed(target, i, "", texts[i], strlen(texts[i]));
	return err;
}

int main(int argc, char **argv)
{
	int err;

	if (argc != 2) {
		fprintf(stderr, "usage: seeds DIRECTORY\n");
		return 2;
	}
	directory = argv[1];
	err = write_heads();
	if (!err)
		err = write_streams();
	if (!err)
		err = write_carriers();
	if (!err)
		err = write_sync();
	if (!err)
		err = write_texts("kube_watch", watches, sizeof(watches) / sizeof(watches[0]));
	if (!err)
		err = write_texts("object", contexts, sizeof(contexts) / sizeof(contexts[0]));
	if (!err)
		err = write_texts("settings", settings, sizeof(settings) / sizeof(settings[0]));
	if (!err)
		err = write_texts("query", queries, sizeof(queries) / sizeof(queries[0]));
	if (err)
		fprintf(stderr, "seeds: %s: %s\n", directory, strerror(-err));
	return !!err;
}
