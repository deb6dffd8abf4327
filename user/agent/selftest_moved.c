// SPDX-License-Identifier: Apache-2.0
#include "user/agent/selftest_moved.h"

#include "user/agent/selftest_probe.h"
#include "user/lib/log.h"
#include "user/lib/maps.h"

static const struct {
	enum shunt_reason reason;
	enum probe_result result; /* whose explanation fits */
} kinds[MOVED_KINDS] = {
	{SHUNT_REASON_PASSPORT_LOST, PROBE_LOST},
	{SHUNT_REASON_PASSPORT_REFUSED, PROBE_TRANSLATED},
};

void moved_look(struct moved *moved, const __u64 counts[SHUNT_REASON_COUNT], __u64 now_ms,
		__u64 said[MOVED_KINDS])
{
	for (int i = 0; i < MOVED_KINDS; i++) {
		__u64 count = counts[kinds[i].reason];

		said[i] = 0;
		if (now_ms < moved->kinds[i].again_at)
			continue;
		if (moved->begun && count > moved->kinds[i].count) {
			said[i] = count - moved->kinds[i].count;
			moved->kinds[i].again_at = now_ms + MOVED_AGAIN_MS;
		}
		moved->kinds[i].count = count;
	}
	moved->begun = true;
}

void moved_report(struct moved *moved, const struct maps *maps, __u64 now_ms)
{
	__u64 counts[SHUNT_REASON_COUNT], said[MOVED_KINDS];

	if (maps_read_stats(maps, counts))
		return;
	moved_look(moved, counts, now_ms, said);
	for (int i = 0; i < MOVED_KINDS; i++)
		if (said[i])
			log_line("%llu requests could not be moved, to endpoints that `shunt "
				 "trace` shows: %s",
				 (unsigned long long)said[i], probe_explain(kinds[i].result));
}
