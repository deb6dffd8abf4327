// SPDX-License-Identifier: Apache-2.0
#include "user/manager/tls_files.h"

#include <errno.h>
#include <string.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

static FILE *open_file(const char *path, struct problems *problems)
{
	FILE *file = fopen(path, "re");

	if (!file)
		problems_add(problems, "%s: %s", path, strerror(errno));
	return file;
}

/* The first certificate of a file; NULL with a problem. */
static X509 *read_certificate(const char *path, struct problems *problems)
{
	FILE *file = open_file(path, problems);
	X509 *certificate;

	if (!file)
		return NULL;
	certificate = PEM_read_X509(file, NULL, NULL, NULL);
	fclose(file);
	if (!certificate)
		problems_add(problems, "%s: has no certificate in PEM", path);
	return certificate;
}

/* Nobody is asked for a passphrase: there may be no terminal. */
static int refuse_passphrase(char *text, int size, int writing, void *argument)
{
	(void)text;
	(void)size;
	(void)writing;
	(void)argument;
	return -1;
}

static EVP_PKEY *read_key(const char *path, struct problems *problems)
{
	FILE *file = open_file(path, problems);
	EVP_PKEY *key;

	if (!file)
		return NULL;
	key = PEM_read_PrivateKey(file, NULL, refuse_passphrase, NULL);
	fclose(file);
	if (!key)
		problems_add(problems, "%s: has no private key in PEM without a passphrase", path);
	return key;
}

static void check_expiry(const char *path, const X509 *certificate, struct problems *problems)
{
	if (X509_cmp_current_time(X509_get0_notAfter(certificate)) < 0)
		problems_add(problems, "%s: has expired; nobody will trust it", path);
}

static int check_pair(const struct arguments *arguments, struct problems *problems)
{
	X509 *certificate = read_certificate(arguments->certificate_file, problems);
	EVP_PKEY *key = read_key(arguments->key_file, problems);
	int error = certificate && key ? 0 : -EINVAL;

	if (!error && X509_check_private_key(certificate, key) != 1) {
		problems_add(problems, "%s: is not the key of the certificate %s",
			     arguments->key_file, arguments->certificate_file);
		error = -EINVAL;
	}
	if (certificate)
		check_expiry(arguments->certificate_file, certificate, problems);
	EVP_PKEY_free(key);
	X509_free(certificate);
	return error;
}

int tls_files_check(const struct arguments *arguments, struct problems *problems)
{
	X509 *authority;
	int error;

	if (!arguments->certificate_file)
		return 0;
	error = check_pair(arguments, problems);
	if (arguments->client_ca_file) {
		authority = read_certificate(arguments->client_ca_file, problems);
		if (!authority)
			error = -EINVAL;
		else
			check_expiry(arguments->client_ca_file, authority, problems);
		X509_free(authority);
	}
	ERR_clear_error();
	return error;
}
