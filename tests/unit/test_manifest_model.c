// SPDX-License-Identifier: Apache-2.0
/*
 * Random changes of a directory of manifests: what changes each time adds up to what a reading of
 * the whole directory comes to, and what that refuses is refused with the same words.
 */
#include <unistd.h>
#include "tests/unit/applied_changes.h"
#include "tests/unit/random_objects.h"
#include "user/agent/manifest_tables.h"
#include "user/lib/changes_tables.h"
#include "user/lib/manifest.h"

#define RUNS 30
#define STEPS 60
#define FILES 5 /* of contexts */

static const time_t moments[] = {1000000000, 4102444805, 4133980805}; /* between expiries */

struct model {
	char directory[64];
	struct manifest_tables tables;
	json_t *applied;
	char *names[8]; /* changed since the last reading */
	size_t name_count;
	size_t moment;
	unsigned int seed;
};

static FILE *open_file(struct model *model, const char *name)
{
	char path[128];
	FILE *out;

	snprintf(path, sizeof(path), "%s/%s", model->directory, name);
	out = fopen(path, "w");
	assert_non_null(out);
	model->names[model->name_count++] = strdup(name);
	return out;
}

static void change_cluster(struct model *model)
{
	FILE *out = open_file(model, pick(&model->seed, 3) ? "cluster.yaml" : "0-few.yaml");

	if (pick(&model->seed, 2))
		write_random_cluster(out, &model->seed);
	fclose(out);
}

/* Names of contexts mostly are of one file only. */
static void change_contexts(struct model *model)
{
	unsigned int number = pick(&model->seed, FILES), count = pick(&model->seed, 3);
	char name[32];
	FILE *out;

	snprintf(name, sizeof(name), "c%u.%s", number, number % 2 ? "yaml" : "json");
	out = open_file(model, name);
	for (unsigned int i = 0; i < count; i++) {
		json_t *context;

		snprintf(name, sizeof(name), "m%u-%u", pick(&model->seed, 12) ? number : number + 1,
			 i);
		context = random_context(&model->seed, name);
		if (pick(&model->seed, 8))
			json_object_del(json_object_get(context, "spec"), "unknown");
		fprintf(out, "%s", i ? "\n---\n" : "");
		json_dumpf(context, out, pick(&model->seed, 2) ? JSON_INDENT(1) : JSON_COMPACT);
		json_decref(context);
	}
	fprintf(out, "\n");
	fclose(out);
}

static void remove_file(struct model *model)
{
	unsigned int number = pick(&model->seed, FILES);
	char name[32], path[128];

	snprintf(name, sizeof(name), "c%u.%s", number, number % 2 ? "yaml" : "json");
	snprintf(path, sizeof(path), "%s/%s", model->directory, name);
	unlink(path);
	model->names[model->name_count++] = strdup(name);
}

static void change_files(struct model *model)
{
	for (unsigned int count = pick(&model->seed, 3) + 1; count; count--) {
		switch (pick(&model->seed, 8)) {
		case 0:
		case 1:
			change_cluster(model);
			break;
		case 2:
			remove_file(model);
			break;
		default:
			change_contexts(model);
		}
	}
}

static void forget_names(struct model *model)
{
	while (model->name_count)
		free(model->names[--model->name_count]);
}

static bool has_text(const struct problems *problems, const char *text)
{
	for (size_t i = 0; i < problems->count; i++)
		if (strcmp(problems->texts[i], text) == 0)
			return true;
	return false;
}

/* Doubles of one kind may be told before or after those of another. */
static void check_refused(const struct model *model, const struct problems *found)
{
	struct problems problems = {0};
	struct object_set objects = {0};

	assert_int_not_equal(manifest_load(model->directory, &objects, &problems), 0);
	assert_int_equal(found->count, problems.count);
	for (size_t i = 0; i < problems.count; i++)
		if (!has_text(found, problems.texts[i]))
			fail_msg("%s", problems.texts[i]);
	problems_clear(&problems);
}

static void check_applied(const struct model *model)
{
	const struct manifest_tables *incremental = &model->tables;
	struct problems problems = {0}, notes = {0};
	struct object_set objects = {0};
	struct changes changes = {0};
	struct tables tables = {0};
	json_t *expected = json_object();
	time_t next_expiry;

	assert_int_equal(manifest_load(model->directory, &objects, &problems), 0);
	assert_int_equal(
		resolve_tables(&objects, moments[model->moment], &tables, &next_expiry, &problems),
		0);
	assert_int_equal(changes_of_tables(&tables, &changes), 0);
	apply_changes(expected, &changes);
	if (!json_equal(model->applied, expected))
		fail_msg("%s\nis not\n%s", json_dumps(model->applied, JSON_INDENT(1)),
			 json_dumps(expected, JSON_INDENT(1)));
	assert_int_equal(incremental->unresolved, tables.unresolved_count);
	assert_int_equal(incremental->next_expiry, next_expiry);
	assert_int_equal(manifest_tables_notes(incremental, &notes), 0);
	assert_int_equal(notes.count + notes.dropped,
			 problems.count + problems.dropped + tables.unresolved_count);
	problems_clear(&notes);
	json_decref(expected);
	changes_clear(&changes);
	tables_clear(&tables);
	object_set_clear(&objects);
	problems_clear(&problems);
}

/* One in a while cannot be applied; the next ones then say all. */
static void apply(struct model *model)
{
	struct changes changes = {0};
	bool applied = pick(&model->seed, 10);

	assert_int_equal(manifest_tables_change(&model->tables, moments[model->moment], &changes),
			 0);
	if (applied)
		apply_changes(model->applied, &changes);
	changes_clear(&changes);
	manifest_tables_finish(&model->tables, applied);
	if (applied)
		check_applied(model);
}

static void step(struct model *model)
{
	bool all = !pick(&model->seed, 6);
	struct problems problems = {0};
	int error;

	change_files(model);
	error = manifest_tables_read(&model->tables, all ? NULL : model->names, model->name_count,
				     &problems);
	forget_names(model);
	if (error) {
		assert_int_equal(error, -EINVAL);
		check_refused(model, &problems);
		problems_clear(&problems);
		return;
	}
	apply(model);
	if (!pick(&model->seed, 12)) {
		model->moment = (model->moment + 1) % 3;
		apply(model);
	}
}

static void changes_add_up(void **state)
{
	char command[128];

	(void)state;
	for (unsigned int run = 0; run < RUNS; run++) {
		struct model model = {.seed = run + 1, .applied = json_object()};

		strcpy(model.directory, "/tmp/shunt-manifest-XXXXXX");
		assert_non_null(mkdtemp(model.directory));
		model.tables.files.directory = model.directory;
		for (unsigned int i = 0; i < STEPS; i++)
			step(&model);
		manifest_tables_clear(&model.tables);
		json_decref(model.applied);
		snprintf(command, sizeof(command), "rm -rf %s", model.directory);
		assert_int_equal(system(command), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(changes_add_up)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
