// SPDX-License-Identifier: Apache-2.0
#include <netinet/in.h>
#include <string.h>
#include "user/lib/httpd_state.h"

const char *httpd_method(const struct httpd_request *request)
{
	return request->method;
}

const char *httpd_path(const struct httpd_request *request)
{
	return request->target;
}

const char *httpd_query_text(const struct httpd_request *request)
{
	return request->query;
}

const char *httpd_header(const struct httpd_request *request, const char *name)
{
	return MHD_lookup_connection_value(request->connection->mhd, MHD_HEADER_KIND, name);
}

const void *httpd_body(const struct httpd_request *request, size_t *length)
{
	*length = request->body_length;
	return request->body;
}

const char *httpd_client_name(const struct httpd_request *request)
{
	struct httpd_connection *connection = request->connection;

	if (!connection->checked && connection->httpd->options.client_ca_file)
		connection->client_name = httpd_tls_client_name(connection->mhd);
	connection->checked = true;
	return connection->client_name;
}

void httpd_peer(const struct httpd_request *request, struct shunt_endpoint *peer)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(
		request->connection->mhd, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	const struct sockaddr *address = info ? info->client_addr : NULL;

	memset(peer, 0, sizeof(*peer));
	if (address && address->sa_family == AF_INET) {
		const struct sockaddr_in *v4 = (const void *)address;

		memset(peer->address.bytes + 10, 0xff, 2);
		memcpy(peer->address.bytes + 12, &v4->sin_addr, sizeof(v4->sin_addr));
		peer->port = ntohs(v4->sin_port);
	} else if (address && address->sa_family == AF_INET6) {
		const struct sockaddr_in6 *v6 = (const void *)address;

		memcpy(peer->address.bytes, &v6->sin6_addr, sizeof(v6->sin6_addr));
		peer->port = ntohs(v6->sin6_port);
	}
}

void httpd_set_state(struct httpd_request *request, void *state, void (*release)(void *state))
{
	request->state = state;
	request->release = release;
}

void *httpd_state(const struct httpd_request *request)
{
	return request->state;
}
