/* SPDX-License-Identifier: Apache-2.0 */
/* Programs and filters of others that our packets may never come past. */
#ifndef SHUNT_USER_CLI_DOCTOR_NEIGHBOURS_H
#define SHUNT_USER_CLI_DOCTOR_NEIGHBOURS_H

#include "user/cli/doctor_checks.h"
#include "user/cli/doctor_program.h"
#include "user/lib/filters_list.h"
#include "user/lib/rtnl.h"

/* On a link that has ours: those that get the packets before. */
void doctor_check_before(struct doctor *doctor, const struct rtnl_link *link);

/* On any link: those that hand packets to pods over our heads. */
void doctor_check_redirects(struct doctor *doctor, const struct rtnl_link *link);

#endif
