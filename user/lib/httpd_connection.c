// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>
#include <sys/socket.h>
#include "user/lib/httpd_state.h"

static struct httpd_connection *connection_new(struct httpd *httpd, struct MHD_Connection *mhd)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD);
	struct httpd_connection *connection = calloc(1, sizeof(*connection));

	if (!connection)
		return NULL;
	connection->httpd = httpd;
	connection->mhd = mhd;
	connection->fd = info ? info->connect_fd : -1;
	httpd_connection_await(connection);
	return connection;
}

static void connection_free(struct httpd_connection *connection)
{
	if (!connection)
		return;
	httpd_connection_arrived(connection);
	httpd_request_free(connection->coming);
	free(connection->client_name);
	free(connection);
}

void httpd_connection_notify(void *argument, struct MHD_Connection *mhd, void **context,
			     enum MHD_ConnectionNotificationCode code)
{
	if (code == MHD_CONNECTION_NOTIFY_STARTED) {
		*context = connection_new(argument, mhd);
		return;
	}
	connection_free(*context);
	*context = NULL;
}

struct httpd_connection *httpd_connection_of(struct MHD_Connection *mhd)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

	return info ? info->socket_context : NULL;
}

/*
 * The daemon's own timeout starts anew with every byte, so that a client could take for ever. All
 * have the same time, so the last one's deadline is the latest.
 */
void httpd_connection_await(struct httpd_connection *connection)
{
	struct httpd *httpd = connection->httpd;

	httpd_connection_arrived(connection);
	connection->deadline = uv_now(httpd->loop) + httpd->options.idle_seconds * 1000ull;
	connection->awaited = true;
	TAILQ_INSERT_TAIL(&httpd->awaited, connection, link);
}

void httpd_connection_arrived(struct httpd_connection *connection)
{
	if (connection->awaited)
		TAILQ_REMOVE(&connection->httpd->awaited, connection, link);
	connection->awaited = false;
}

int64_t httpd_connection_expire(struct httpd *httpd)
{
	uint64_t now = uv_now(httpd->loop);
	struct httpd_connection *connection;

	while ((connection = TAILQ_FIRST(&httpd->awaited))) {
		if (connection->deadline > now)
			return (int64_t)(connection->deadline - now);
		httpd_connection_arrived(connection);
		httpd_connection_cut(connection);
	}
	return -1;
}

void httpd_connection_cut(struct httpd_connection *connection)
{
	shutdown(connection->fd, SHUT_RDWR);
}
