// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>
#include "user/manager/kube_config.h"

#define HEAD "apiVersion: v1\nkind: Config\n"
#define CLUSTER(fields) "clusters: [{name: c, cluster: {" fields "}}]\n"
#define USER(fields) "users: [{name: u, user: {" fields "}}]\n"
#define CONTEXT "current-context: x\ncontexts: [{name: x, context: {cluster: c, user: u}}]\n"
#define SERVER "server: \"https://10.0.0.1:6443/\""

static char directory[] = "/tmp/shunt-kube-config-XXXXXX";

/* The path of a file in the test's directory; valid until so many others were asked for. */
static const char *path_of(const char *name)
{
	static char paths[4][128];
	static unsigned int next;
	char *path = paths[next++ % 4];

	snprintf(path, sizeof(paths[0]), "%s/%s", directory, name);
	return path;
}

static const char *write_file(const char *name, const char *text)
{
	const char *path = path_of(name);
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
	return path;
}

static void read_well(const char *files, const char *context, struct kube_config *config)
{
	struct problems problems = {0};
	int error = kube_config_read(files, context, config, &problems);

	if (error)
		fail_msg("%s: %s", files, problems.count ? problems.texts[0] : strerror(-error));
	assert_int_equal(problems.count, 0);
}

/* Of several problems one has to be this. */
static void expect_problem(const char *text, const char *wanted)
{
	const char *path = write_file("refused", text);
	struct problems problems = {0};
	struct kube_config config;
	bool found = false;

	assert_int_equal(kube_config_read(path, NULL, &config, &problems), -EINVAL);
	for (size_t i = 0; i < problems.count; i++) {
		found |= strstr(problems.texts[i], wanted) != NULL;
		assert_non_null(strstr(problems.texts[i], path));
	}
	if (!found)
		fail_msg("wanted: %s\ngot: %s", wanted, problems.count ? problems.texts[0] : "");
	problems_clear(&problems);
}

static void a_file_says_server_and_user(void **state)
{
	struct kube_config config;

	(void)state;
	write_file("ca.crt", "x");
	read_well(write_file("config", HEAD CONTEXT CLUSTER(
					       SERVER ", certificate-authority: ca.crt, "
						      "tls-server-name: api") USER("token: abc")),
		  NULL, &config);
	/* Without the slash at its end, as paths begin with one. */
	assert_string_equal(config.server, "https://10.0.0.1:6443");
	assert_string_equal(config.namespace, "default");
	assert_string_equal(config.token, "abc");
	assert_string_equal(config.tls.server_name, "api");
	/* Relative to the file, not to where we are. */
	assert_string_equal(config.tls.ca_file, path_of("ca.crt"));
	assert_false(config.tls.insecure);
	kube_config_clear(&config);
}

static void data_is_decoded_and_files_are_kept(void **state)
{
	struct kube_config config;

	(void)state;
	write_file("crt", "x");
	write_file("key", "x");
	write_file("token", "t");
	read_well(write_file("config",
			     HEAD CONTEXT CLUSTER(SERVER ", certificate-authority-data: Q0E=")
				     USER("client-certificate: crt, client-key: key, "
					  "client-certificate-data: Q1JU, client-key-data: S0VZ, "
					  "token: abc, tokenFile: token")),
		  NULL, &config);
	assert_string_equal(config.tls.ca_data, "CA");
	assert_string_equal(config.tls.certificate_data, "CRT");
	assert_string_equal(config.tls.key_data, "KEY");
	assert_string_equal(config.tls.certificate_file, path_of("crt"));
	assert_string_equal(config.token_file, path_of("token"));
	assert_null(config.token);
	kube_config_clear(&config);
}

static void of_several_files_the_first_counts(void **state)
{
	struct kube_config config;
	char files[512];
	const char *one, *two;

	(void)state;
	one = write_file("one", "current-context: b\ncontexts:\n- {name: b, context: {cluster: c, "
				"user: u, namespace: shop}}\n" USER("token: first"));
	two = write_file("two", HEAD CONTEXT CLUSTER(SERVER) USER("token: second"));
	snprintf(files, sizeof(files), "%s::%s:%s", one, path_of("missing"), two);
	read_well(files, NULL, &config);
	assert_string_equal(config.namespace, "shop");
	assert_string_equal(config.token, "first");
	assert_string_equal(config.server, "https://10.0.0.1:6443");
	kube_config_clear(&config);
	/* The context that is named is looked for in all. */
	read_well(files, "x", &config);
	assert_string_equal(config.namespace, "default");
	assert_string_equal(config.token, "first");
	kube_config_clear(&config);
}

static void what_is_wrong_is_said_with_file_and_field(void **state)
{
	(void)state;
	expect_problem(HEAD, "current-context is not set");
	expect_problem(HEAD "current-context: y\n", "there is no context \"y\"");
	expect_problem(HEAD CONTEXT USER("token: a"), "there is no cluster \"c\"");
	expect_problem(HEAD CONTEXT CLUSTER(SERVER), "there is no user \"u\"");
	expect_problem(HEAD CONTEXT CLUSTER("") USER("token: a"), "server");
	expect_problem(HEAD CONTEXT CLUSTER("server: \"ftp://h\"") USER("token: a"),
		       "has to begin with https://");
	expect_problem(HEAD CONTEXT CLUSTER("server: \"http://10.0.0.1\"") USER("token: a"),
		       "the token would be sent over plain HTTP");
	expect_problem(HEAD CONTEXT CLUSTER(SERVER ", certificate-authority: none.crt")
			       USER("token: a"),
		       "none.crt cannot be read: No such file");
	expect_problem(HEAD CONTEXT CLUSTER(SERVER ", certificate-authority-data: \"*\"")
			       USER("token: a"),
		       "certificate-authority-data: is no base64");
	expect_problem(HEAD CONTEXT CLUSTER(SERVER) USER("client-certificate-data: QQ=="),
		       "a client certificate needs its key");
	expect_problem(HEAD CONTEXT CLUSTER(SERVER) USER("exec: {command: x}"),
		       "exec: programs that make credentials are not run");
	expect_problem(HEAD CONTEXT CLUSTER(SERVER) USER("username: a"), "username: ");
	expect_problem(HEAD CONTEXT CLUSTER(SERVER ", proxy-url: \"http://p\"") USER("token: a"),
		       "proxy-url: proxies are not supported");
	expect_problem("a: [\n", "refused:");
}

static void files_that_are_not_there_are_said(void **state)
{
	struct problems problems = {0};
	struct kube_config config;
	char files[512];

	(void)state;
	assert_int_equal(kube_config_read(path_of("missing"), NULL, &config, &problems), -EINVAL);
	assert_non_null(strstr(problems.texts[0], "missing"));
	problems_clear(&problems);
	snprintf(files, sizeof(files), "%s:%s", path_of("missing"), path_of("missing2"));
	assert_int_equal(kube_config_read(files, NULL, &config, &problems), -EINVAL);
	assert_non_null(strstr(problems.texts[0], "none of the kubeconfig files"));
	problems_clear(&problems);
}

static void a_pod_has_its_service_account(void **state)
{
	struct problems problems = {0};
	struct kube_config config;

	(void)state;
	write_file("ca.crt", "x");
	write_file("token", "t");
	write_file("namespace", "shunt-system\n");
	setenv("KUBERNETES_SERVICE_HOST", "fd00::1", 1);
	setenv("KUBERNETES_SERVICE_PORT", "443", 1);
	assert_int_equal(kube_config_pod(directory, &config, &problems), 0);
	assert_string_equal(config.server, "https://[fd00::1]:443");
	assert_string_equal(config.namespace, "shunt-system");
	assert_string_equal(config.token_file, path_of("token"));
	assert_string_equal(config.tls.ca_file, path_of("ca.crt"));
	kube_config_clear(&config);
	unlink(path_of("token"));
	assert_int_equal(kube_config_pod(directory, &config, &problems), -EINVAL);
	assert_non_null(strstr(problems.texts[0], "the token"));
	problems_clear(&problems);
	unsetenv("KUBERNETES_SERVICE_HOST");
	assert_int_equal(kube_config_pod(directory, &config, &problems), -EINVAL);
	assert_non_null(strstr(problems.texts[0], "KUBERNETES_SERVICE_HOST"));
	problems_clear(&problems);
}

static void an_option_counts_before_the_environment(void **state)
{
	struct kube_options options = {
		.kubeconfig = write_file("option", HEAD CONTEXT CLUSTER(SERVER) USER("token: o"))};
	struct problems problems = {0};
	struct kube_config config;

	(void)state;
	setenv("KUBECONFIG", write_file("env", HEAD CONTEXT CLUSTER(SERVER) USER("token: e")), 1);
	assert_int_equal(kube_config_load(&options, &config, &problems), 0);
	assert_string_equal(config.token, "o");
	kube_config_clear(&config);
	options.kubeconfig = NULL;
	assert_int_equal(kube_config_load(&options, &config, &problems), 0);
	assert_string_equal(config.token, "e");
	kube_config_clear(&config);
	unsetenv("KUBECONFIG");
	setenv("HOME", directory, 1);
	assert_int_equal(kube_config_load(&options, &config, &problems), -EINVAL);
	assert_non_null(strstr(problems.texts[0], ".kube/config"));
	problems_clear(&problems);
}

static int make_directory(void **state)
{
	(void)state;
	return mkdtemp(directory) ? 0 : -1;
}

static int remove_directory(void **state)
{
	static const char *const names[] = {"ca.crt",	 "config", "crt", "key",
					    "token",	 "one",	   "two", "refused",
					    "namespace", "option", "env"};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		unlink(path_of(names[i]));
	return rmdir(directory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_says_server_and_user),
		cmocka_unit_test(data_is_decoded_and_files_are_kept),
		cmocka_unit_test(of_several_files_the_first_counts),
		cmocka_unit_test(what_is_wrong_is_said_with_file_and_field),
		cmocka_unit_test(files_that_are_not_there_are_said),
		cmocka_unit_test(a_pod_has_its_service_account),
		cmocka_unit_test(an_option_counts_before_the_environment),
	};

	return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
