// SPDX-License-Identifier: Apache-2.0
/* What a client sends where only signed markers count. It is as good as a password: never logged. */
#include "user/lib/text.h"
#include "user/manager/api_state.h"

void api_marker_get(struct api_call *call)
{
	const struct api_parts *parts = &call->api->parts;
	const struct catalog_context *context = catalog_find(parts->catalog, call->name);
	char marker[KEYS_MARKER_SIZE];

	/* What is not understood for its name, no marker names either. */
	if (!context || !text_is_context_name(context->name)) {
		api_problem(call, 404, NULL, "there is no such context");
	} else if (!parts->keys) {
		api_problem(call, 503, NULL,
			    "markers cannot be signed: this manager was started without --keys");
	} else {
		keys_format_marker(context->name, keys_tag(parts->keys, context->name), marker);
		/* Caches on the way have no business with it. */
		httpd_set_header(call->request, "Cache-Control", "no-store");
		api_reply_json(call, 200,
			       json_pack("{s:s, s:s}", "context", context->name, "marker", marker));
	}
}
