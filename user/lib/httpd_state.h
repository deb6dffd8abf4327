/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of httpd share. */
#ifndef SHUNT_USER_LIB_HTTPD_STATE_H
#define SHUNT_USER_LIB_HTTPD_STATE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>
#include <microhttpd.h>
#include "user/lib/httpd.h"

#define HTTPD_HEAD_MAX (16u * 1024) /* bytes of a request's head */
#define HTTPD_MEMORY (32u * 1024) /* of one connection: its head, and a chunk of a stream */

struct httpd_connection {
	struct httpd *httpd;
	struct MHD_Connection *mhd;
	int fd;
	bool awaited; /* is in httpd->awaited */
	bool checked; /* client_name was looked for */
	char *client_name; /* NULL: no certificate, or none that we trust */
	uint64_t deadline; /* ms of the loop */
	struct httpd_request *coming; /* its head is not whole; the daemon does not tell its end */
	TAILQ_ENTRY(httpd_connection) link;
};

struct httpd_field {
	char *name;
	char *value;
};

struct httpd_request {
	struct httpd_connection *connection;
	char *target; /* as sent; cut at the "?" */
	const char *query;
	size_t target_length;
	const char *method;
	char *body;
	size_t body_length;
	size_t body_capacity;
	struct httpd_field *fields; /* of the answer */
	size_t field_count;
	size_t field_capacity;
	struct MHD_Response *response;
	unsigned int status;
	bool begun; /* the head was looked at */
	bool refused; /* what is left of its body does not count */
	bool handed; /* to options.handle() */
	bool answered; /* response is NULL then where there was no memory */
	bool suspended; /* is in httpd->suspended */
	bool watched; /* is in httpd->epoll */
	struct httpd_stream *stream;
	void *state;
	void (*release)(void *state);
	TAILQ_ENTRY(httpd_request) link;
};

struct httpd_stream {
	struct httpd_request *request; /* NULL: it is over */
	const struct httpd_stream_events *events;
	void *argument;
	bool reading;
	bool woken; /* within read() */
	bool aborted;
};

struct httpd {
	struct httpd_options options;
	struct MHD_Daemon *daemon;
	uv_loop_t *loop;
	uv_poll_t poll; /* of epoll */
	uv_timer_t timer;
	uv_idle_t idle; /* while there is more to do at once */
	unsigned int handles; /* that are not closed */
	bool soon; /* something was resumed that the daemon has not seen yet */
	int epoll; /* of the daemon's own, and of the clients whose streams have nothing to say */
	TAILQ_HEAD(, httpd_connection) awaited; /* their requests are; by deadline */
	TAILQ_HEAD(, httpd_request) suspended;
};

/* httpd.c: what was resumed is gone on with in the loop's next turn. */
void httpd_run_soon(struct httpd *httpd);

/* httpd_connection.c */

/* An MHD_NotifyConnectionCallback. */
void httpd_connection_notify(void *argument, struct MHD_Connection *mhd, void **context,
			     enum MHD_ConnectionNotificationCode code);

/* NULL for want of memory. */
struct httpd_connection *httpd_connection_of(struct MHD_Connection *mhd);

/* From now on a request has to come whole within the time allowed; or it is there. */
void httpd_connection_await(struct httpd_connection *connection);
void httpd_connection_arrived(struct httpd_connection *connection);

/* Cuts those whose time is over; returns the ms until the next one, or -1. */
int64_t httpd_connection_expire(struct httpd *httpd);

/* Cuts it off; the daemon notices and closes it. */
void httpd_connection_cut(struct httpd_connection *connection);

/* httpd_request.c: an MHD_AccessHandlerCallback, an MHD_RequestCompletedCallback and what
 * MHD_OPTION_URI_LOG_CALLBACK wants. */
enum MHD_Result httpd_request_handle(void *argument, struct MHD_Connection *mhd, const char *path,
				     const char *method, const char *version, const char *data,
				     size_t *size, void **state);
void httpd_request_completed(void *argument, struct MHD_Connection *mhd, void **state,
			     enum MHD_RequestTerminationCode code);
void *httpd_request_new(void *argument, const char *target, struct MHD_Connection *mhd);

/* For one that never came to the handler. Safe on NULL. */
void httpd_request_free(struct httpd_request *request);

/* It waits, for an answer or for more of its stream; with watch, also for its client to go away. */
void httpd_request_suspend(struct httpd_request *request, bool watch);
void httpd_request_resume(struct httpd_request *request);

/* httpd_reply.c: takes over the response, with the fields that were set for it. */
void httpd_request_answer(struct httpd_request *request, unsigned int status, const char *type,
			  struct MHD_Response *response);

/* httpd_stream.c: the request ends, its client is told no more. */
void httpd_stream_end(struct httpd_stream *stream);

/* httpd_tls.c */

/* The files' contents, NULL where none is named. */
struct httpd_tls {
	char *certificate;
	char *key;
	char *client_ca;
};

/* The error of reading a file. Cleared in any case by the caller. */
int httpd_tls_load(const struct httpd_options *options, struct httpd_tls *tls);
void httpd_tls_clear(struct httpd_tls *tls);

/* The common name of the client's certificate if it is one that the CA vouches for, or NULL. To be freed. */
char *httpd_tls_client_name(struct MHD_Connection *mhd);

#endif
