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
	if (err)
		fprintf(stderr, "seeds: %s: %s\n", directory, strerror(-err));
	return !!err;
}
