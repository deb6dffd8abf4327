/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one list of the agent's metrics: what is written to /metrics, and what docs/metrics.md, the
 * dashboard and the alerts may name.
 *
 * X(NAME, name, type, help)
 */
#ifndef SHUNT_USER_AGENT_METRICS_LIST_H
#define SHUNT_USER_AGENT_METRICS_LIST_H

#define METRICS(X)                                                                                 \
	X(EVENTS, "shunt_events_total", "counter",                                                 \
	  "What happened to requests, connections and packets, by reason.")                        \
	X(REQUESTS, "shunt_requests_total", "counter",                                             \
	  "Requests to service ports that have overrides, by what became of them.")                \
	X(REQUESTS_BY_MARKER, "shunt_requests_by_marker_total", "counter",                         \
	  "The same requests by the form of the marker that names their context.")                 \
	X(MOVES, "shunt_moves_total", "counter",                                                   \
	  "Requests for which another leg was made current, by what it took.")                     \
	X(RETURNS, "shunt_returns_total", "counter", "Moves back to the origin.")                  \
	X(LEG_FAILURES, "shunt_leg_failures_total", "counter",                                     \
	  "Requests that could not be moved to an endpoint, by reason.")                           \
	X(UNREACHABLE, "shunt_unreachable_total", "counter",                                       \
	  "What was done where an endpoint could not be reached.")                                 \
	X(HANDSHAKE, "shunt_handshake_seconds", "histogram",                                       \
	  "Time from the SYN to an endpoint until its leg was open.")                              \
	X(LEGS, "shunt_legs", "gauge", "Legs of moved connections, by state.")                     \
	X(PINNED, "shunt_connections_pinned_total", "counter",                                     \
	  "Connections that stay with their target from then on, by reason.")                      \
	X(FENCE, "shunt_fence_connections_total", "counter",                                       \
	  "Connections to offloaded endpoints, by what the fence did.")                            \
	X(FENCE_PASSPORTS, "shunt_fence_bad_passports_total", "counter",                           \
	  "Connections to offloaded endpoints without a good passport, by what was wrong.")        \
	X(STEER, "shunt_steer_connections_total", "counter",                                       \
	  "Connections that a service would have let go to offloaded pods.")                       \
	X(EVENTS_LOST, "shunt_trace_events_lost_total", "counter",                                 \
	  "Records for `shunt trace` for which the ring buffer had no room.")                      \
	X(PROPAGATION_REQUESTS, "shunt_propagation_requests_total", "counter",                     \
	  "Requests that the service's pods got, with a marker and without.")                      \
	X(PROPAGATION_CALLS, "shunt_propagation_calls_total", "counter",                           \
	  "Calls that the service's pods made, with a marker and without, by what they had in "    \
	  "flight.")                                                                               \
	X(PROPAGATION_EXPECTED, "shunt_propagation_expected_calls_total", "counter",               \
	  "Of these calls, those that should have had a marker, by the requests in flight.")       \
	X(PROGRAM_RUNS, "shunt_program_runs_total", "counter",                                     \
	  "Runs of a program, while the kernel measures programs.")                                \
	X(PROGRAM_TIME, "shunt_program_run_seconds_total", "counter", "Time that these took.")     \
	X(TABLE_ENTRIES, "shunt_table_entries", "gauge", "Elements in a table.")                   \
	X(TABLE_CAPACITY, "shunt_table_capacity", "gauge", "Elements that a table has room for.")  \
	X(TABLE_LEFT_OUT, "shunt_table_left_out", "gauge",                                         \
	  "Elements that could not be written to a table.")                                        \
	X(TARGETS_REFUSED, "shunt_targets_refused", "gauge",                                       \
	  "Offloaded endpoints that are not in the table for what their address is.")              \
	X(KEY_EPOCH, "shunt_key_epoch", "gauge",                                                   \
	  "Epoch of the key that passports are made with; 0: there is none.")                      \
	X(GENERATION, "shunt_generation", "gauge", "Generation of the tables that is applied.")    \
	X(GENERATION_AGE, "shunt_generation_age_seconds", "gauge",                                 \
	  "Time since that generation was applied.")                                               \
	X(LINKS_ATTACHED, "shunt_links_attached", "gauge", "Links with our programs.")             \
	X(LINKS_CHOSEN, "shunt_links_chosen", "gauge", "Links that should have our programs.")     \
	X(ATTACH_FAILURES, "shunt_attach_failures_total", "counter",                               \
	  "Attempts to attach to a link that failed.")                                             \
	X(UPLINKS_ATTACHED, "shunt_uplinks_attached", "gauge", "Physical links with the fence.")   \
	X(UPLINKS_CHOSEN, "shunt_uplinks_chosen", "gauge",                                         \
	  "Physical links that should have the fence.")                                            \
	X(UPLINK_FAILURES, "shunt_uplink_failures_total", "counter",                               \
	  "Attempts to attach the fence to a physical link that failed.")                          \
	X(TABLES_APPLIED, "shunt_tables_applied_timestamp_seconds", "gauge",                       \
	  "When this process last applied tables.")                                                \
	X(SYNC_CONNECTED, "shunt_sync_connected", "gauge", "1 while a manager's stream is there.") \
	X(SYNC_GENERATION, "shunt_sync_generation", "gauge",                                       \
	  "The manager's generation that is applied.")                                             \
	X(SYNC_REVISION, "shunt_sync_revision", "gauge",                                           \
	  "Revision of the manager's store that is applied.")                                      \
	X(SYNC_CONTACT, "shunt_sync_last_contact_timestamp_seconds", "gauge",                      \
	  "When a manager was last heard.")                                                        \
	X(MANIFEST_PROBLEMS, "shunt_manifest_problems", "gauge",                                   \
	  "Problems for which the manifests are refused; the last good tables are in use.")        \
	X(UNRESOLVED, "shunt_overrides_unresolved", "gauge",                                       \
	  "Overrides without an endpoint; their requests go to the origin.")                       \
	X(SELFTEST, "shunt_selftest_endpoints", "gauge",                                           \
	  "Fenced endpoints by what last became of a passport sent to them.")                      \
	X(BUILD, "shunt_build_info", "gauge", "Always 1.")

#endif
