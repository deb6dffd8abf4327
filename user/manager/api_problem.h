/* SPDX-License-Identifier: Apache-2.0 */
/* Requests that are refused, as RFC 9457 has it, by whichever part of the manager handles them. */
#ifndef SHUNT_USER_MANAGER_API_PROBLEM_H
#define SHUNT_USER_MANAGER_API_PROBLEM_H

#include "user/lib/httpd.h"

/* Answers a request that is no call of the API. detail is a sentence. */
void api_problem_request(struct httpd_request *request, unsigned int status, const char *detail);

#endif
