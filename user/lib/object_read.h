/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading one object of each kind from its document, for object.c. What they could not read they
 * note in the reader; the object is then not to be used.
 */
#ifndef SHUNT_USER_LIB_OBJECT_READ_H
#define SHUNT_USER_LIB_OBJECT_READ_H

#include "user/lib/field.h"
#include "user/lib/object.h"

void object_read_service(struct field_reader *reader, const struct field *root,
			 struct object_service *service);
void object_read_pod(struct field_reader *reader, const struct field *root, struct object_pod *pod);
/* slice->service is NULL where it belongs to no service. */
void object_read_slice(struct field_reader *reader, const struct field *root,
		       struct object_slice *slice);
void object_read_context(struct field_reader *reader, const struct field *root,
			 struct object_context *context);
void object_read_settings(struct field_reader *reader, const struct field *root,
			  struct object_settings *settings);

/* What they have in common. */

/* metadata's name and namespace; of names only that there is one is checked. */
void object_read_meta(struct field_reader *reader, const struct field *root,
		      struct object_meta *meta);

/* The same for Kubernetes' kinds, whose names are DNS names. */
void object_read_dns_meta(struct field_reader *reader, const struct field *root,
			  struct object_meta *meta);

/* The same for our own kinds, where fields that are not known are refused. */
void object_read_own_meta(struct field_reader *reader, const struct field *root,
			  struct object_meta *meta);

void object_read_labels(struct field_reader *reader, const struct field *field,
			struct object_labels *labels);

/* The value of a label, or NULL. */
const char *object_label(const struct object_labels *labels, const char *key);

/*
 * Of a required "namespace/name", or "name" in the namespace that is given: writes both, and NULL to
 * *service where there is none.
 */
void object_read_service_name(struct field_reader *reader, const struct field *field,
			      const char *fallback, const char **namespace, const char **service);

bool object_read_address(struct field_reader *reader, const struct field *field,
			 struct shunt_address *address);

/*
 * The addresses that a field lists, whose items have them in their field `member`, or are them where that is
 * NULL. Where nothing is listed, the one of the older field `single`. "" stands for none, and "None"
 * where there is no `member`, as of a Service.
 */
void object_read_addresses(struct field_reader *reader, const struct field *parent,
			   const char *list, const char *member, const char *single,
			   struct object_addresses *addresses);

/* A port number from 1 to 65535; absent is a problem. */
bool object_read_port_number(struct field_reader *reader, const struct field *field, __u16 *number);

/* Whether the protocol of this port is TCP, as it is where none is named. */
bool object_port_is_tcp(const struct field *port);

#endif
