// SPDX-License-Identifier: Apache-2.0
#include "user/cli/doctor_agent.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <curl/curl.h>
#include "user/cli/doctor_checks.h"
#include "user/lib/address.h"
#include "user/lib/clock.h"
#include "user/lib/format.h"

#define CHECK "agent"
#define ANSWER_MS 3000L
#define BODY_MAX (4 * 1024 * 1024)

bool metrics_find(const char *text, const char *name, double *value)
{
	size_t length = strlen(name);

	for (const char *line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, name, length) == 0 && line[length] == ' ') {
			*value = strtod(line + length, NULL);
			return true;
		}
		if (!*line)
			break;
	}
	return false;
}

struct body {
	char *text;
	size_t length;
};

static size_t take(char *bytes, size_t size, size_t count, void *argument)
{
	struct body *body = argument;
	size_t length = size * count;
	char *longer;

	if (body->length + length > BODY_MAX)
		return 0;
	longer = realloc(body->text, body->length + length + 1);
	if (!longer)
		return 0;
	memcpy(longer + body->length, bytes, length);
	body->text = longer;
	body->length += length;
	body->text[body->length] = '\0';
	return length;
}

/* Asks the agent for a page. Returns the status of its answer, 0 where there was none. */
static long get(const struct doctor *doctor, const char *page, char **text)
{
	char url[ADDRESS_ENDPOINT_TEXT_SIZE + 64], address[ADDRESS_ENDPOINT_TEXT_SIZE];
	CURL *curl = curl_easy_init();
	struct body body = {0};
	long status = 0;

	*text = NULL;
	if (!curl)
		return 0;
	snprintf(url, sizeof(url), "http://%s%s", address_format_endpoint(&doctor->listen, address),
		 page);
	curl_easy_setopt(curl, CURLOPT_URL, url);
	curl_easy_setopt(curl, CURLOPT_PROXY, "");
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, ANSWER_MS);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, &body);
	if (curl_easy_perform(curl) == CURLE_OK && body.text)
		curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_cleanup(curl);
	if (status)
		*text = body.text;
	else
		free(body.text);
	return status;
}

/* Who has locked the directory of pins; 0: nobody that can be seen from here. */
static int find_process(const char *directory)
{
	unsigned long long wanted, inode;
	int pid, found = 0;
	struct stat status;
	char line[256];
	FILE *locks;

	if (stat(directory, &status))
		return 0;
	wanted = status.st_ino;
	locks = fopen("/proc/locks", "re");
	if (!locks)
		return 0;
	while (!found && fgets(line, sizeof(line), locks))
		if (sscanf(line, "%*d: FLOCK %*s WRITE %d %*x:%*x:%llu", &pid, &inode) == 2 &&
		    inode == wanted)
			found = pid;
	fclose(locks);
	return found;
}

static void check_absent(struct doctor *doctor)
{
	char address[ADDRESS_ENDPOINT_TEXT_SIZE];
	int pid = find_process(doctor->bpffs);

	address_format_endpoint(&doctor->listen, address);
	if (pid)
		report_add(&doctor->report, FINDING_WARNING, CHECK,
			   "give --listen as to shuntd; if it was, see whether the process hangs",
			   "shuntd runs (process %d), but does not answer at %s", pid, address);
	else
		report_add(&doctor->report, FINDING_WARNING, CHECK,
			   "start shuntd; what is in the kernel moves requests meanwhile, but new "
			   "pods and new tables wait",
			   "no agent runs on %s, and nobody answers at %s", doctor->bpffs, address);
}

static void check_ready(struct doctor *doctor)
{
	char *text;
	long status = get(doctor, "/readyz", &text);

	if (status == 200)
		report_add(&doctor->report, FINDING_OK, CHECK, NULL, "shuntd runs and is ready");
	else if (status)
		report_add(&doctor->report, FINDING_FAULT, CHECK, "shuntd's log may say more",
			   "shuntd runs, and says: %.*s", (int)strcspn(text, "\n"), text);
	free(text);
}

static const char *age(double seconds, char text[FORMAT_SIZE])
{
	return format_age((__u64)(seconds < 0 ? 0 : seconds) * CLOCK_SECOND, text);
}

static void check_manager(struct doctor *doctor)
{
	double connected, contact = 0;
	char text[FORMAT_SIZE];

	if (!metrics_find(doctor->metrics, "shunt_sync_connected", &connected))
		return;
	if (connected > 0) {
		report_add(&doctor->report, FINDING_OK, "manager", NULL, "a manager is there");
		return;
	}
	if (metrics_find(doctor->metrics, "shunt_sync_last_contact_timestamp_seconds", &contact))
		age((double)clock_wall() / CLOCK_SECOND - contact, text);
	report_add(&doctor->report, FINDING_WARNING, "manager",
		   "see whether a manager runs and can be reached from here; shuntd's log says "
		   "what it was answered",
		   "no manager is there, it was last heard %s%s: the tables stay as they are",
		   contact > 0 ? text : "never", contact > 0 ? " ago" : "");
}

static void check_manifests(struct doctor *doctor)
{
	double problems;

	if (metrics_find(doctor->metrics, "shunt_manifest_problems", &problems) && problems > 0)
		report_add(&doctor->report, FINDING_WARNING, "manifests",
			   "shuntd's log names file, line and reason of each",
			   "the manifests are refused for %.0f problems: the tables are as old as "
			   "the last good ones",
			   problems);
}

static void check_generation(struct doctor *doctor)
{
	const struct shunt_settings *settings = &doctor->settings;
	__u64 now = clock_wall() / CLOCK_SECOND;
	char text[FORMAT_SIZE];

	age(now > settings->applied_at ? (double)(now - settings->applied_at) : 0, text);
	if (!settings->generation)
		report_add(&doctor->report, FINDING_FAULT, "generation",
			   "give shuntd manifests, or see whether its manager is there",
			   "no generation of the tables was ever applied");
	else if (!doctor->metrics)
		report_add(&doctor->report, FINDING_WARNING, "generation",
			   "start shuntd, or see why it does not answer",
			   "generation %llu was applied %s ago, and nobody keeps it up to date",
			   (unsigned long long)settings->generation, text);
	else
		report_add(&doctor->report, FINDING_OK, "generation", NULL,
			   "generation %llu was applied %s ago",
			   (unsigned long long)settings->generation, text);
	if (settings->flags & SHUNT_SETTINGS_STAGED && !doctor->metrics)
		report_add(&doctor->report, FINDING_WARNING, "generation",
			   "start shuntd: it finishes that",
			   "an agent ended while it applied the next one");
}

void doctor_check_agent(struct doctor *doctor)
{
	if (get(doctor, "/metrics", &doctor->metrics) != 200) {
		free(doctor->metrics);
		doctor->metrics = NULL;
		check_absent(doctor);
	} else {
		check_ready(doctor);
		check_manager(doctor);
		check_manifests(doctor);
	}
	if (doctor->has_maps)
		check_generation(doctor);
}
