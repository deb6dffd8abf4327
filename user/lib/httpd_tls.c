// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include "user/lib/httpd_state.h"

#define FILE_MAX (1024u * 1024)
#define NAME_SIZE 256

/* The whole of a file as text. */
static int read_file(const char *path, char **text)
{
	FILE *file = fopen(path, "re");
	char *buffer = malloc(FILE_MAX + 1);
	size_t length;
	int error = 0;

	if (!file || !buffer) {
		error = file ? -ENOMEM : -errno;
		goto out;
	}
	errno = 0;
	length = fread(buffer, 1, FILE_MAX + 1, file);
	if (ferror(file))
		error = errno ? -errno : -EIO;
	else if (length > FILE_MAX)
		error = -EFBIG;
	if (error)
		goto out;
	buffer[length] = '\0';
	*text = buffer;
	buffer = NULL;
out:
	free(buffer);
	if (file)
		fclose(file);
	return error;
}

int httpd_tls_load(const struct httpd_options *options, struct httpd_tls *tls)
{
	int error;

	*tls = (struct httpd_tls){0};
	if (!options->certificate_file)
		return 0;
	if (!options->key_file)
		return -EINVAL;
	error = read_file(options->certificate_file, &tls->certificate);
	if (!error)
		error = read_file(options->key_file, &tls->key);
	if (!error && options->client_ca_file)
		error = read_file(options->client_ca_file, &tls->client_ca);
	return error;
}

void httpd_tls_clear(struct httpd_tls *tls)
{
	free(tls->certificate);
	if (tls->key)
		explicit_bzero(tls->key, strlen(tls->key));
	free(tls->key);
	free(tls->client_ca);
}

/* Of the certificate in DER form. */
static char *common_name(const gnutls_datum_t *der)
{
	gnutls_x509_crt_t certificate;
	char text[NAME_SIZE];
	size_t size = sizeof(text);
	char *name = NULL;

	if (gnutls_x509_crt_init(&certificate))
		return NULL;
	if (!gnutls_x509_crt_import(certificate, der, GNUTLS_X509_FMT_DER) &&
	    !gnutls_x509_crt_get_dn_by_oid(certificate, GNUTLS_OID_X520_COMMON_NAME, 0, 0, text,
					   &size) &&
	    strlen(text) == size)
		name = strdup(text);
	gnutls_x509_crt_deinit(certificate);
	return name;
}

char *httpd_tls_client_name(struct MHD_Connection *mhd)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_GNUTLS_SESSION);
	gnutls_typed_vdata_st purpose = {
		.type = GNUTLS_DT_KEY_PURPOSE_OID,
		.data = (unsigned char *)(uintptr_t)GNUTLS_KP_TLS_WWW_CLIENT,
	};
	const gnutls_datum_t *certificates;
	unsigned int count = 0, status;

	if (!info || !info->tls_session)
		return NULL;
	certificates = gnutls_certificate_get_peers(info->tls_session, &count);
	if (!certificates || !count ||
	    gnutls_certificate_verify_peers(info->tls_session, &purpose, 1, &status) || status)
		return NULL;
	return common_name(&certificates[0]);
}
