/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SHUNT_USER_LIB_TRIAL_TALK_H
#define SHUNT_USER_LIB_TRIAL_TALK_H

#include "user/lib/trial_bed.h"

/*
 * Makes a connection to the origin and sends three requests on it: one without a marker, the one of
 * the order, and one without again. The second has to come to the offloaded server, the others to the
 * origin, and each server's answer to the client. Takes some 5 s at most.
 */
void trial_talk(const struct trial_bed *bed, const struct trial_order *order,
		struct trial_report *report);

#endif
