// SPDX-License-Identifier: Apache-2.0
#include "user/cli/header_decode.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "user/lib/address.h"
#include "user/lib/log.h"
#include "user/lib/reading.h"
#include "user/lib/text.h"

#define LISTED "(address)" /* the context of requests that list endpoints, as in flows and trace */

/* Prints "label: text"; a stranger's text does not reach the terminal as it is. */
static void print_line(const char *label, const char *text)
{
	char *printable = text_printable(text);

	printf("%-9s %s\n", label, printable ? printable : "");
	free(printable);
}

static void print_pair(const char *label, const char *key, const char *value)
{
	char *text;

	if (asprintf(&text, "%s = %s", key, value) < 0)
		return;
	print_line(label, text);
	free(text);
}

static void print_carrier(const struct carrier *carrier)
{
	printf("%-9s %s\n", "carrier:", carrier_form_name(carrier->form));
	printf("%-9s %016llx\n", "trace id:", (unsigned long long)carrier->trace_id);
	printf("%-9s %016llx\n", "span id:", (unsigned long long)carrier->span_id);
	printf("%-9s %s\n", "sampled:", carrier->sampled ? "yes" : "no");
	for (size_t i = 0; i < carrier->item_count; i++)
		print_pair("baggage:", carrier->items[i].key, carrier->items[i].value);
}

static void print_overrides(const Shunt__V1__Overrides *overrides)
{
	for (size_t i = 0; i < overrides->n_items; i++) {
		const Shunt__V1__RoutingOverride *item = overrides->items[i];
		const struct shunt_endpoint endpoint = overrides_endpoint(item);
		char text[ADDRESS_ENDPOINT_TEXT_SIZE];

		print_pair("endpoint:", item->service, address_format_endpoint(&endpoint, text));
		for (size_t j = 0; j < item->n_config; j++)
			print_pair("  config:", item->config[j]->key, item->config[j]->value);
	}
}

static void print_markers(const struct reading *reading)
{
	for (size_t i = 0; i < reading->marker_count; i++) {
		const struct reading_marker *found = &reading->markers[i];
		char label[SHUNT_MARKER_NAME_MAX + 32];

		snprintf(label, sizeof(label), "%s %s", markers_form_label(found->marker->form),
			 found->marker->name);
		if (found->marker->form != SHUNT_MARKER_OVERRIDES)
			print_pair("marker:", label, found->value);
		else if (found->overrides)
			print_overrides(found->overrides);
	}
}

static void print_text(const struct reading *reading)
{
	const struct reading_marker *taken = reading->taken;

	if (reading->has_carrier)
		print_carrier(&reading->carrier);
	print_markers(reading);
	if (!taken)
		printf("%-9s none: %s\n", "context:", reading->reason);
	else if (taken->context[0])
		printf("%-9s %s, %sby %s %s\n", "context:", taken->context,
		       taken->is_signed ? "signed, " : "", markers_form_label(taken->marker->form),
		       taken->marker->name);
	else
		printf("%-9s %s, where an endpoint is a registered offloaded one of the service\n",
		       "context:", LISTED);
}

static json_t *text_to_json(const char *text)
{
	char *printable = text_printable(text);
	json_t *string = printable ? json_string(printable) : NULL;

	free(printable);
	return string;
}

static json_t *carrier_to_json(const struct carrier *carrier)
{
	json_t *items = json_array();
	char trace_id[17], span_id[17];

	for (size_t i = 0; i < carrier->item_count; i++)
		json_array_append_new(items, json_pack("{s:o, s:o}", "key",
						       text_to_json(carrier->items[i].key), "value",
						       text_to_json(carrier->items[i].value)));
	snprintf(trace_id, sizeof(trace_id), "%016llx", (unsigned long long)carrier->trace_id);
	snprintf(span_id, sizeof(span_id), "%016llx", (unsigned long long)carrier->span_id);
	return json_pack("{s:s, s:s, s:s, s:b, s:o}", "form", carrier_form_name(carrier->form),
			 "trace_id", trace_id, "span_id", span_id, "sampled", (int)carrier->sampled,
			 "baggage", items);
}

static json_t *overrides_to_json(const Shunt__V1__Overrides *overrides)
{
	json_t *items = json_array();

	for (size_t i = 0; i < overrides->n_items; i++) {
		const Shunt__V1__RoutingOverride *item = overrides->items[i];
		const struct shunt_endpoint endpoint = overrides_endpoint(item);
		char text[ADDRESS_ENDPOINT_TEXT_SIZE];
		json_t *config = json_object();

		for (size_t j = 0; j < item->n_config; j++) {
			char *key = text_printable(item->config[j]->key);

			json_object_set_new(config, key, text_to_json(item->config[j]->value));
			free(key);
		}
		json_array_append_new(items, json_pack("{s:o, s:s, s:o}", "service",
						       text_to_json(item->service), "endpoint",
						       address_format_endpoint(&endpoint, text),
						       "config", config));
	}
	return items;
}

static json_t *markers_to_json(const struct reading *reading)
{
	json_t *markers = json_array();

	for (size_t i = 0; i < reading->marker_count; i++) {
		const struct reading_marker *found = &reading->markers[i];
		json_t *object = json_pack("{s:s, s:s, s:o, s:s?, s:b}", "form",
					   markers_form_label(found->marker->form), "name",
					   found->marker->name, "value", text_to_json(found->value),
					   "context", found->context[0] ? found->context : NULL,
					   "signed", (int)found->is_signed);

		if (found->overrides)
			json_object_set_new(object, "overrides",
					    overrides_to_json(found->overrides));
		json_array_append_new(markers, object);
	}
	return markers;
}

static json_t *to_json(const struct reading *reading)
{
	const struct reading_marker *taken = reading->taken;
	const char *context = NULL;

	if (taken)
		context = taken->context[0] ? taken->context : LISTED;
	return json_pack("{s:s?, s:o?, s:o, s:s?, s:b, s:s?, s:s?, s:s?}", "field", reading->field,
			 "carrier",
			 reading->has_carrier ? carrier_to_json(&reading->carrier) : NULL,
			 "markers", markers_to_json(reading), "context", context, "signed",
			 taken && taken->is_signed, "form",
			 taken ? markers_form_label(taken->marker->form) : NULL, "reason",
			 taken ? NULL : reading->reason, "malformed",
			 reading->malformed[0] ? reading->malformed : NULL);
}

int header_decode(const struct globals *globals, const struct marker *markers, size_t count,
		  const char *line)
{
	char problem[READING_TEXT_SIZE];
	struct reading reading;
	int error;

	error = reading_make(line, markers, count, &reading, problem);
	if (error) {
		log_line("%s", error == -EINVAL ? problem : strerror(-error));
		return EXIT_FAILURE;
	}
	if (globals->json) {
		error = command_print_json(to_json(&reading), false);
	} else {
		print_text(&reading);
		error = fflush(stdout);
	}
	/* Also for the exit status: what is malformed is ignored as a whole. */
	if (!error && reading.malformed[0]) {
		log_line("the item that lists endpoints: %s", reading.malformed);
		error = -EINVAL;
	}
	reading_clear(&reading);
	return error ? EXIT_FAILURE : EXIT_SUCCESS;
}
