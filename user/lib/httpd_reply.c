// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>
#include <string.h>
#include "user/lib/array.h"
#include "user/lib/httpd_state.h"

void httpd_set_header(struct httpd_request *request, const char *name, const char *value)
{
	struct httpd_field field = {.name = strdup(name), .value = strdup(value)};

	if (!field.name || !field.value ||
	    array_grow(&request->fields, &request->field_capacity, request->field_count,
		       sizeof(field))) {
		free(field.name);
		free(field.value);
		return;
	}
	request->fields[request->field_count++] = field;
}

void httpd_request_answer(struct httpd_request *request, unsigned int status, const char *type,
			  struct MHD_Response *response)
{
	if (response && type)
		MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type);
	for (size_t i = 0; response && i < request->field_count; i++)
		MHD_add_response_header(response, request->fields[i].name,
					request->fields[i].value);
	request->response = response;
	request->status = status;
	request->answered = true;
	if (!response)
		httpd_connection_cut(request->connection);
	httpd_request_resume(request);
}

void httpd_reply(struct httpd_request *request, unsigned int status, const char *type,
		 const void *body, size_t length)
{
	/* What is copied is not written to. */
	void *bytes = length ? (void *)(uintptr_t)body : (void *)(uintptr_t) "";

	httpd_request_answer(request, status, type,
			     MHD_create_response_from_buffer(length, bytes, MHD_RESPMEM_MUST_COPY));
}
