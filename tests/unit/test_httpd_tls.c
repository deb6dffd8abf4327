// SPDX-License-Identifier: Apache-2.0
/* The server over TLS, and what it knows of its clients' certificates. */
#include <fcntl.h>
#include <gnutls/gnutls.h>
#include "tests/unit/httpd_world.h"

static char directory[] = "/tmp/shunt-tls-XXXXXX";

static const char *path_of(const char *name)
{
	static char paths[4][64];
	static unsigned int next;
	char *path = paths[next++ % 4];

	snprintf(path, sizeof(paths[0]), "%s/%s", directory, name);
	return path;
}

/* Two authorities, and certificates of a server and of clients. */
static const char make_files[] =
	"set -e; cd %s; ec='-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes'\n"
	"for ca in ca other; do\n"
	"	openssl req -x509 $ec -days 2 -subj /CN=$ca -keyout $ca.key -out $ca.pem\n"
	"done\n"
	"issue() { # NAME CN USAGE CA\n"
	"	openssl req $ec -subj \"/CN=$2\" -keyout $1.key -out $1.csr\n"
	"	printf 'extendedKeyUsage=%%s\\nsubjectAltName=IP:127.0.0.1\\n' $3 >$1.ext\n"
	"	openssl x509 -req -in $1.csr -CA $4.pem -CAkey $4.key -CAcreateserial -days 2 \\\n"
	"		-extfile $1.ext -out $1.pem\n"
	"}\n"
	"issue server manager serverAuth ca\n"
	"issue node node:n1 clientAuth ca\n"
	"issue forged node:n1 clientAuth other\n"
	"issue purpose node:n1 serverAuth ca\n";

static int make_certificates(void **state)
{
	char *script = NULL;

	(void)state;
	if (!mkdtemp(directory) || asprintf(&script, make_files, directory) < 0)
		return -1;
	if (setenv("SCRIPT", script, 1) || system("sh -c \"$SCRIPT\" >/dev/null 2>&1"))
		return -1;
	free(script);
	return 0;
}

static int remove_certificates(void **state)
{
	char command[64];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf %s", directory);
	return system(command);
}

static void handle(void *argument, struct httpd_request *request)
{
	const char *name = httpd_client_name(request);
	char text[300];

	(void)argument;
	snprintf(text, sizeof(text), "<you are %s>", name ? name : "nobody");
	httpd_reply(request, 200, "text/plain", text, strlen(text));
}

static int start(void **state)
{
	struct httpd_options options = {
		.idle_seconds = 1,
		.body_max = 100,
		.handle = handle,
		.certificate_file = path_of("server.pem"),
		.key_file = path_of("server.key"),
		.client_ca_file = path_of("ca.pem"),
	};

	(void)state;
	world_start(&options);
	return 0;
}

static int stop(void **state)
{
	(void)state;
	world_stop();
	return 0;
}

/* Sends a request with this client certificate (NULL: none); writes what came back. */
static int ask(const char *name, char *answer, size_t size)
{
	static const char request[] = "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";
	gnutls_certificate_credentials_t credentials;
	uint64_t end = world_ms() + WORLD_LIMIT_MS;
	struct client *client = client_open();
	char certificate[32], key[32];
	gnutls_session_t session;
	size_t length = 0;
	ssize_t result;

	assert_int_equal(gnutls_certificate_allocate_credentials(&credentials), 0);
	gnutls_certificate_set_x509_trust_file(credentials, path_of("ca.pem"), GNUTLS_X509_FMT_PEM);
	if (name) {
		snprintf(certificate, sizeof(certificate), "%s.pem", name);
		snprintf(key, sizeof(key), "%s.key", name);
		assert_int_equal(
			gnutls_certificate_set_x509_key_file(credentials, path_of(certificate),
							     path_of(key), GNUTLS_X509_FMT_PEM),
			0);
	}
	gnutls_init(&session, GNUTLS_CLIENT | GNUTLS_NONBLOCK | GNUTLS_FORCE_CLIENT_CERT);
	gnutls_set_default_priority(session);
	gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE, credentials);
	gnutls_session_set_verify_cert(session, NULL, 0);
	gnutls_transport_set_int(session, client->fd);
	assert_int_equal(fcntl(client->fd, F_SETFL, O_NONBLOCK), 0);
	while ((result = gnutls_handshake(session)) == GNUTLS_E_AGAIN && world_ms() < end)
		uv_run(&world_loop, UV_RUN_NOWAIT);
	if (!result)
		result = gnutls_record_send(session, request, sizeof(request) - 1);
	while (result > 0 || (result == GNUTLS_E_AGAIN && world_ms() < end)) {
		uv_run(&world_loop, UV_RUN_NOWAIT);
		result = gnutls_record_recv(session, answer + length, size - 1 - length);
		length += result > 0 ? (size_t)result : 0;
	}
	answer[length] = '\0';
	gnutls_deinit(session);
	gnutls_certificate_free_credentials(credentials);
	client_close(client);
	return length ? 0 : -1;
}

static void names_clients_that_the_authority_vouches_for(void **state)
{
	static const struct {
		const char *certificate, *answer;
	} rows[] = {
		{NULL, "<you are nobody>"},
		{"node", "<you are node:n1>"},
		{"forged", "<you are nobody>"},
		{"purpose", "<you are nobody>"},
	};
	char answer[2000];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(ask(rows[i].certificate, answer, sizeof(answer)), 0);
		if (!strstr(answer, rows[i].answer))
			print_error("row %zu: %s\n", i, answer);
		assert_non_null(strstr(answer, rows[i].answer));
	}
}

static void cuts_off_who_does_not_finish_the_handshake(void **state)
{
	struct client *client = client_open();
	uint64_t begin = world_ms();

	(void)state;
	client_send(client, "\x16\x03\x01");
	assert_true(client_ends(client));
	assert_in_range(world_ms() - begin, 900, 2500);
	client_close(client);
	client = client_open();
	client_send(client, "GET / HTTP/1.1\r\nHost: h\r\n\r\n");
	assert_true(client_ends(client));
	assert_null(strstr(client->text, "you are"));
	client_close(client);
}

static void says_why_it_cannot_start(void **state)
{
	struct httpd_options options = {.body_max = 1, .handle = handle};
	struct httpd *httpd;
	uv_loop_t loop;

	(void)state;
	uv_loop_init(&loop);
	assert_int_equal(address_parse("127.0.0.1", &options.listen.address), 0);
	options.certificate_file = path_of("missing.pem");
	options.key_file = path_of("server.key");
	assert_int_equal(httpd_start(&loop, &options, &httpd), -ENOENT);
	options.certificate_file = path_of("server.ext");
	assert_true(httpd_start(&loop, &options, &httpd) < 0);
	options.certificate_file = path_of("server.pem");
	options.key_file = NULL;
	assert_int_equal(httpd_start(&loop, &options, &httpd), -EINVAL);
	uv_loop_close(&loop);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(names_clients_that_the_authority_vouches_for, start,
						stop),
		cmocka_unit_test_setup_teardown(cuts_off_who_does_not_finish_the_handshake, start,
						stop),
		cmocka_unit_test(says_why_it_cannot_start),
	};

	return cmocka_run_group_tests(tests, make_certificates, remove_certificates);
}
