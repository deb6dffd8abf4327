/* SPDX-License-Identifier: Apache-2.0 */
/* A request that the test client makes, from words such as "context=a body=1000 chunk=7". */
#ifndef SHUNT_TESTS_REQUEST_H
#define SHUNT_TESTS_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct request {
	char context[80]; /* value of the marker header; empty: none */
	char method[8]; /* empty: GET, or POST where there is a body */
	bool marker_last; /* the marker is the head's last field, else its first */
	char query[128]; /* further words for the server, "close=1&delay=100" */
	int64_t download; /* bytes of content to ask for; -1: none */
	uint64_t body; /* bytes of content to send */
	uint64_t chunk; /* chunked in pieces of this size; 0: Content-Length */
	uint64_t head; /* pad the head to this length; 0: as it comes */
	uint64_t seed; /* of the content, in both directions */
	uint64_t writes; /* bytes a write; 0: all in one */
	bool apart; /* head and body each in its own write */
	uint64_t split; /* a write ends after so many bytes of the request; 0: none does */
	uint64_t from; /* send only these bytes of the request */
	uint64_t to;
	int limit_ms; /* for each wait */
	bool unchecked; /* do not compare the body that the server received */
	uint64_t head_hash; /* that the server must have of the head; 0: do not compare */
};

/* Parses words. Returns 0, or -EINVAL with the word that was not understood in *bad. */
int request_parse(char *words, struct request *request, const char **bad);

/* The whole request as bytes; *head_size is the length of its head. NULL without memory. */
uint8_t *request_build(const struct request *request, size_t *size, size_t *head_size);

/* Builds and writes it as it says. Returns 0 or -errno. */
int request_send(const struct request *request, int fd);

#endif
