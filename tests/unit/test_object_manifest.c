// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include "tests/unit/objects.h"
#include "user/lib/manifest.h"

#define POD(name) "{apiVersion: v1, kind: Pod, metadata: {name: " name "}}\n"

static char directory[64];

static void path_of(const char *name, char path[256])
{
	snprintf(path, 256, "%s/%s", directory, name);
}

static void write_file(const char *name, const char *text)
{
	char path[256];
	FILE *out;

	path_of(name, path);
	out = fopen(path, "w");
	assert_non_null(out);
	fputs(text, out);
	assert_int_equal(fclose(out), 0);
}

static int make_directory(void **state)
{
	(void)state;
	strcpy(directory, "/tmp/shunt-manifest-XXXXXX");
	return mkdtemp(directory) ? 0 : -1;
}

static int remove_directory(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf %s", directory);
	return system(command);
}

static void files_are_chosen_by_name(void **state)
{
	static const struct {
		const char *name;
		bool read;
	} cases[] = {
		{"a.yaml", true},      {"a.yml", true},	       {"a.json", true},
		{"a.b.yaml", true},    {"a.YAML", false},      {"a.txt", false},
		{"yaml", false},       {".yaml", false},       {".a.yaml", false},
		{"..data", false},     {"a.yaml~", false},     {"a.yaml.swp", false},
		{"#a.yaml#", false},   {".#a.yaml", false},    {"#a.yaml", false},
		{"a.yaml.bak", false}, {".a.yaml.swp", false}, {"4913", false},
		{"", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (manifest_is_name(cases[i].name) != cases[i].read)
			fail_msg("%s", cases[i].name);
	}
}

static void a_directory_is_one_set(void **state)
{
	struct object_set set = {0};
	struct problems problems = {0};
	char path[256];

	(void)state;
	write_file("b.yaml", POD("b") "---\n" POD("b2"));
	write_file("a.json",
		   "{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"name\":\"a\"}}");
	write_file("empty.yml", "");
	write_file("notes.txt", "{not read");
	write_file(".b.yaml.swp", "{not read");
	write_file("b.yaml~", "{not read");
	path_of("folder.yaml", path);
	assert_int_equal(mkdir(path, 0755), 0);
	write_file("folder.yaml/c.yaml", POD("c"));

	assert_int_equal(manifest_load(directory, &set, &problems), 0);
	assert_int_equal(problems.count, 0);
	assert_int_equal(set.pod_count, 3);
	assert_string_equal(set.pods[0].meta.name, "a");
	assert_string_equal(set.pods[2].meta.name, "b2");
	assert_int_equal(set.pods[2].meta.line, 3);
	path_of("b.yaml", path);
	assert_string_equal(set.pods[2].meta.file, path);
	object_set_clear(&set);
}

/* A mounted ConfigMap: files link into ..data, which links to a dated folder. */
static void configmap_mounts_are_followed(void **state)
{
	struct object_set set = {0};
	struct problems problems = {0};
	char path[256];

	(void)state;
	path_of("..2026_11_22", path);
	assert_int_equal(mkdir(path, 0755), 0);
	write_file("..2026_11_22/a.yaml", POD("a"));
	path_of("..data", path);
	assert_int_equal(symlink("..2026_11_22", path), 0);
	path_of("a.yaml", path);
	assert_int_equal(symlink("..data/a.yaml", path), 0);

	assert_int_equal(manifest_load(directory, &set, &problems), 0);
	assert_int_equal(set.pod_count, 1);
	object_set_clear(&set);
}

static void all_problems_are_listed_and_the_set_stays(void **state)
{
	struct object_set set = {.pod_count = 77};
	struct problems problems = {0};
	char path[256];

	(void)state;
	write_file("a.yaml", POD("twice"));
	write_file("b.yaml", "kind: [\n");
	write_file("c.yaml", POD("A") "---\n" POD("B"));
	write_file("d.json", POD("twice"));
	path_of("e.yaml", path);
	assert_int_equal(symlink("nowhere", path), 0);
	path_of("f.yaml", path);
	assert_int_equal(mkfifo(path, 0600), 0);

	assert_int_equal(manifest_load(directory, &set, &problems), -EINVAL);
	assert_int_equal(set.pod_count, 77);
	assert_int_equal(problems.count, 6);
	assert_non_null(strstr(problems.texts[0], "/b.yaml:2:1: "));
	assert_non_null(strstr(problems.texts[1], "/c.yaml:1:"));
	assert_non_null(strstr(problems.texts[2], "/c.yaml:3:"));
	assert_non_null(strstr(problems.texts[3], "/e.yaml: cannot be read: No such file"));
	assert_non_null(strstr(problems.texts[4], "/f.yaml: cannot be read: "));
	assert_non_null(strstr(problems.texts[5], "/d.json:1: Pod default/twice is there already"));
	assert_non_null(strstr(problems.texts[5], "/a.yaml:1; remove one"));
	problems_clear(&problems);
}

static void a_directory_that_is_not_there(void **state)
{
	struct object_set set = {0};
	struct problems problems = {0};

	(void)state;
	assert_int_equal(manifest_load("/nonexistent/manifests", &set, &problems), -ENOENT);
	assert_int_equal(problems.count, 1);
	assert_string_equal(problems.texts[0],
			    "/nonexistent/manifests: cannot be read: No such file or directory");
	problems_clear(&problems);
}

static void an_empty_directory_is_an_empty_set(void **state)
{
	struct object_set set = {0};
	struct problems problems = {0};
	struct tables tables = {0};
	time_t next = 5;

	(void)state;
	assert_int_equal(manifest_load(directory, &set, &problems), 0);
	assert_int_equal(resolve_tables(&set, 0, &tables, &next, &problems), 0);
	assert_int_equal(tables.service_count + tables.frontend_count + tables.offloaded_count +
				 tables.override_count + tables.unresolved_count,
			 0);
	assert_int_equal(next, 0);
	assert_int_equal(problems.count, 0);
	tables_clear(&tables);
	object_set_clear(&set);
}

#define WITH_DIRECTORY(test) cmocka_unit_test_setup_teardown(test, make_directory, remove_directory)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files_are_chosen_by_name),
		WITH_DIRECTORY(a_directory_is_one_set),
		WITH_DIRECTORY(configmap_mounts_are_followed),
		WITH_DIRECTORY(all_problems_are_listed_and_the_set_stays),
		cmocka_unit_test(a_directory_that_is_not_there),
		WITH_DIRECTORY(an_empty_directory_is_an_empty_set),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
