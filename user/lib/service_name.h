/* SPDX-License-Identifier: Apache-2.0 */
/* Names of service ports as a person may shorten them. */
#ifndef SHUNT_USER_LIB_SERVICE_NAME_H
#define SHUNT_USER_LIB_SERVICE_NAME_H

#include <stdbool.h>

/* Whether it can be one: "[NAMESPACE/]NAME[:PORT]", of printable characters. */
bool service_name_is_valid(const char *text);

/* Whether the service port name, "namespace/name:port", is one that text means. */
bool service_name_matches(const char *name, const char *text);

#endif
