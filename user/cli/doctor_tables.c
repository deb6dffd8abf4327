// SPDX-License-Identifier: Apache-2.0
#include "user/cli/doctor_checks.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "user/cli/doctor_agent.h"
#include "user/lib/clock.h"
#include "user/lib/format.h"
#include "user/lib/keys.h"
#include "user/lib/reason.h"

#define CHECK "tables"
#define NEARLY 90 /* per cent */

/* A table that can be full. */
static const struct {
	enum pins_map map;
	const char *advice; /* where it is */
} sized[] = {
	{PINS_SERVICES, "fewer services can be followed: see docs/manifests.md"},
	{PINS_FRONTENDS, "fewer services can be followed: see docs/manifests.md"},
	{PINS_OFFLOADED, "remove offloaded pods that nobody needs"},
	{PINS_OVERRIDES, "delete contexts that nobody needs, or give them an expiry"},
	{PINS_SOURCES, "list fewer, wider ranges in the Settings"},
	{PINS_FENCE_ALLOWED, "list fewer, wider ranges in the Settings"},
	{PINS_STEERED, "do not let Services select offloaded pods"},
	{PINS_FLOWS, "`shuntd --detach`, and start shuntd with a larger --max-moved"},
	{PINS_HELD, "see why legs do not open: `shunt trace`"},
};

/* What should never be counted, or only when there is no room. */
static const struct {
	enum shunt_reason reason;
	enum finding_state state;
	const char *advice;
} counted[] = {
	{SHUNT_REASON_HELPER_FAILED, FINDING_WARNING, "please report it, with `shunt status`"},
	{SHUNT_REASON_EVENT_LOST, FINDING_NOTE, "`shunt trace` was too slow for what happened"},
	{SHUNT_REASON_FLOWS_FULL, FINDING_NOTE, "a larger --max-moved makes room"},
	{SHUNT_REASON_HELD_FULL, FINDING_NOTE, "see why legs do not open: `shunt trace`"},
	{SHUNT_REASON_LEGS_FULL, FINDING_NOTE, "a larger --max-moved makes room"},
};

static double get_left_out(const struct doctor *doctor, enum pins_map map)
{
	double value = 0;
	char name[96];

	snprintf(name, sizeof(name), "shunt_table_left_out{table=\"%s\"}", pins_map_names[map]);
	if (doctor->metrics)
		metrics_find(doctor->metrics, name, &value);
	return value;
}

/* Returns whether there is room. */
static bool check_table(struct doctor *doctor, enum pins_map map, const char *advice)
{
	double left_out = get_left_out(doctor, map);
	int fd = doctor->maps.fds[map];
	__u32 count, capacity;

	if (maps_count(fd, &count) || maps_capacity(fd, &capacity))
		return true;
	if (count >= capacity || left_out > 0)
		report_add(&doctor->report, FINDING_FAULT, CHECK, advice,
			   "%s: %u of %u elements are in use, %.0f were left out",
			   pins_map_names[map], count, capacity, left_out);
	else if ((__u64)count * 100 >= (__u64)capacity * NEARLY)
		report_add(&doctor->report, FINDING_WARNING, CHECK, advice,
			   "%s: %u of %u elements are in use", pins_map_names[map], count,
			   capacity);
	else
		return true;
	return false;
}

static void check_counts(struct doctor *doctor)
{
	__u64 counts[SHUNT_REASON_COUNT];

	if (maps_read_stats(&doctor->maps, counts))
		return;
	for (size_t i = 0; i < sizeof(counted) / sizeof(counted[0]); i++)
		if (counts[counted[i].reason])
			report_add(&doctor->report, counted[i].state, "counts", counted[i].advice,
				   "%s was counted %llu times since the tables were made: %s",
				   reason_label(counted[i].reason),
				   (unsigned long long)counts[counted[i].reason],
				   reason_text(counted[i].reason));
}

void doctor_check_tables(struct doctor *doctor)
{
	bool room = true;

	for (size_t i = 0; i < sizeof(sized) / sizeof(sized[0]); i++)
		room &= check_table(doctor, sized[i].map, sized[i].advice);
	if (room)
		report_add(&doctor->report, FINDING_OK, CHECK, NULL, "there is room in all");
	check_counts(doctor);
}

/* How many periods of time the epoch is off, as far as can be told: a manager may have other periods. */
static int get_lag(__u32 epoch)
{
	struct keys none = {{0}};
	struct shunt_keys now;
	__u64 next;

	keys_at(&none, clock_wall() / (CLOCK_SECOND / 1000), KEYS_PERIOD_MS_DEFAULT, &now, &next);
	if (epoch < now.current / 2 || epoch / 2 > now.current)
		return 0;
	return (int)now.current - (int)epoch;
}

void doctor_check_keys(struct doctor *doctor)
{
	char age[FORMAT_SIZE];
	__u32 epoch;
	int lag;

	if (maps_read_epoch(&doctor->maps, &epoch))
		return;
	lag = get_lag(epoch);
	format_age((__u64)abs(lag) * KEYS_PERIOD_MS_DEFAULT * (CLOCK_SECOND / 1000), age);
	if (!epoch)
		report_add(&doctor->report, FINDING_FAULT, "keys",
			   "see whether shuntd gets tables: it writes the keys with these",
			   "there is no key: no passport can be made, and this node's fences let "
			   "everybody in");
	else if (lag > 1)
		report_add(&doctor->report, FINDING_FAULT, "keys",
			   "start shuntd, see whether its manager is there, and set the clock",
			   "the key of epoch %u is %s older than the clock says: other nodes "
			   "refuse passports of it",
			   epoch, age);
	else if (lag < -1)
		report_add(&doctor->report, FINDING_FAULT, "keys", "set this node's clock",
			   "the key of epoch %u is %s ahead of this node's clock", epoch, age);
	else
		report_add(&doctor->report, FINDING_OK, "keys", NULL,
			   "passports are made with the key of epoch %u", epoch);
}
