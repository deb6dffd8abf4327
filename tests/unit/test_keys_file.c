// SPDX-License-Identifier: Apache-2.0
/* The file of a root: made once whoever comes first, read by nobody else, refused in words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <cmocka.h>
#include "user/lib/keys.h"

#define DIGITS "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define MAKERS 8
#define NOBODY 65534

static char directory[] = "/tmp/shunt-keys.XXXXXX", path[64];
static struct problems problems;

static int set_up(void **state)
{
	(void)state;
	if (!mkdtemp(directory))
		return -1;
	snprintf(path, sizeof(path), "%s/shunt/keys", directory);
	return 0;
}

static int clear(void **state)
{
	(void)state;
	unlink(path);
	rmdir(path);
	problems_clear(&problems);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	*strrchr(path, '/') = '\0';
	rmdir(path);
	return rmdir(directory);
}

static int load(struct keys *keys)
{
	problems_clear(&problems);
	return keys_load(path, keys, &problems);
}

static void write_file(const char *text, size_t length, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, length), length);
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
}

/* It was refused with this error, and in one line that names the file and has this text. */
static void assert_refused(int error, const char *text)
{
	struct keys keys;

	memset(&keys, 0xa5, sizeof(keys));
	assert_int_equal(load(&keys), error);
	assert_int_equal(problems.count, 1);
	assert_non_null(strstr(problems.texts[0], path));
	assert_non_null(strstr(problems.texts[0], text));
	for (size_t i = 0; i < sizeof(keys); i++)
		assert_int_equal(((unsigned char *)&keys)[i], 0xa5);
}

/* Beside the file, drafts that are left. */
static size_t count_files(void)
{
	char pattern[80];
	size_t count;
	glob_t found;

	snprintf(pattern, sizeof(pattern), "%s*", path);
	assert_int_equal(glob(pattern, 0, NULL, &found), 0);
	count = found.gl_pathc;
	globfree(&found);
	return count;
}

static void a_missing_file_is_made(void **state)
{
	struct keys made, read;
	struct stat status;
	mode_t mask = umask(0);

	(void)state;
	assert_int_equal(load(&made), 0);
	umask(mask);
	assert_int_equal(problems.count, 0);
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(status.st_mode & 07777, 0600);
	assert_int_equal(status.st_size, 2 * KEYS_ROOT_SIZE + 1);
	assert_int_equal(count_files(), 1);
	assert_int_equal(load(&read), 0);
	assert_memory_equal(&made, &read, sizeof(made));
}

static void a_file_is_read(void **state)
{
	static const char *const texts[] = {
		DIGITS, DIGITS "\n",
		"000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F\n"};
	struct keys keys;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		write_file(texts[i], strlen(texts[i]), i ? 0600 : 0400);
		assert_int_equal(load(&keys), 0);
		for (size_t j = 0; j < KEYS_ROOT_SIZE; j++)
			assert_int_equal(keys.root[j], j);
		unlink(path);
	}
}

static void something_else_is_refused(void **state)
{
	static const struct {
		const char *text;
		size_t length;
	} rows[] = {
		{"", 0},
		{"\n", 1},
		{DIGITS, 63},
		{DIGITS "0", 65},
		{DIGITS "\n\n", 66},
		{DIGITS "\r\n", 66},
		{DIGITS "\n0", 66},
		{" " DIGITS, 65},
		{"g00102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f", 64},
		{"\0" DIGITS, 64},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		write_file(rows[i].text, rows[i].length, 0600);
		assert_refused(-EINVAL, "64 hexadecimal digits");
		/* What may be most of a root is not told. */
		assert_null(strstr(problems.texts[0], "0102"));
	}
}

static void files_that_others_may_read_are_refused(void **state)
{
	static const mode_t modes[] = {0644, 0640, 0604, 0620, 0602, 0440};

	(void)state;
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		write_file(DIGITS, strlen(DIGITS), modes[i]);
		assert_refused(-EPERM, "chmod 600");
		unlink(path);
	}
}

static void what_is_no_file_is_refused(void **state)
{
	(void)state;
	assert_int_equal(mkdir(path, 0700), 0);
	assert_refused(-EINVAL, "not a file");
	rmdir(path);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_refused(-EINVAL, "not a file");
	unlink(path);
	assert_int_equal(symlink("keys", path), 0);
	assert_refused(-ELOOP, "Too many levels");
}

static void a_file_that_cannot_be_made_is_told(void **state)
{
	(void)state;
	snprintf(path, sizeof(path), "%s/missing/shunt/keys", directory);
	assert_refused(-ENOENT, "cannot be made");
	snprintf(path, sizeof(path), "/proc/shunt");
	assert_refused(-ENOENT, "cannot be made");
	snprintf(path, sizeof(path), "%s/shunt/keys", directory);
}

/* Runs in a process of its own: whether a user who is not root reads the file. */
static int load_as(uid_t user, gid_t group)
{
	pid_t child = fork();
	int status;

	assert_true(child >= 0);
	if (!child) {
		struct keys keys;

		if (setresgid(group, group, group) || setresuid(user, user, user))
			_exit(99);
		_exit(-load(&keys));
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void a_secret_of_kubernetes_is_read_by_its_group(void **state)
{
	(void)state;
	if (geteuid()) {
		print_message("# only root can give a file to others\n");
		skip();
	}
	assert_int_equal(chmod(directory, 0755), 0);
	write_file(DIGITS, strlen(DIGITS), 0440);
	assert_int_equal(chown(path, 0, NOBODY), 0);
	assert_int_equal(load_as(NOBODY, NOBODY), 0);
	/* A file of its own has no need of a group, and nobody's is read by all. */
	assert_int_equal(chown(path, NOBODY, NOBODY), 0);
	assert_int_equal(load_as(NOBODY, NOBODY), EPERM);
	assert_int_equal(chown(path, 0, NOBODY), 0);
	assert_int_equal(chmod(path, 0444), 0);
	assert_int_equal(load_as(NOBODY, NOBODY), EPERM);
	assert_int_equal(chmod(path, 0460), 0);
	assert_int_equal(load_as(NOBODY, NOBODY), EPERM);
}

static void tell_root(int fd, int start)
{
	struct keys keys;
	char byte;

	if (read(start, &byte, 1) < 0 || load(&keys) ||
	    write(fd, keys.root, sizeof(keys.root)) != sizeof(keys.root))
		_exit(1);
	_exit(0);
}

/* They start together, when the pipe's last writing end closes. */
static void race(void)
{
	int roots[2], start[2], status;
	struct keys keys, first;

	assert_int_equal(pipe(roots), 0);
	assert_int_equal(pipe(start), 0);
	for (int i = 0; i < MAKERS; i++) {
		pid_t child = fork();

		assert_true(child >= 0);
		if (!child) {
			close(start[1]);
			tell_root(roots[1], start[0]);
		}
	}
	close(start[0]);
	close(start[1]);
	for (int i = 0; i < MAKERS; i++) {
		assert_true(wait(&status) > 0);
		assert_true(WIFEXITED(status) && !WEXITSTATUS(status));
	}
	assert_int_equal(load(&first), 0);
	for (int i = 0; i < MAKERS; i++) {
		assert_int_equal(read(roots[0], keys.root, sizeof(keys.root)), sizeof(keys.root));
		assert_memory_equal(&keys, &first, sizeof(keys));
	}
	close(roots[0]);
	close(roots[1]);
}

static void of_several_makers_one_wins(void **state)
{
	(void)state;
	for (int i = 0; i < 20; i++) {
		race();
		assert_int_equal(count_files(), 1);
		unlink(path);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(a_missing_file_is_made, clear),
		cmocka_unit_test_teardown(a_file_is_read, clear),
		cmocka_unit_test_teardown(something_else_is_refused, clear),
		cmocka_unit_test_teardown(files_that_others_may_read_are_refused, clear),
		cmocka_unit_test_teardown(what_is_no_file_is_refused, clear),
		cmocka_unit_test_teardown(a_file_that_cannot_be_made_is_told, clear),
		cmocka_unit_test_teardown(a_secret_of_kubernetes_is_read_by_its_group, clear),
		cmocka_unit_test_teardown(of_several_makers_one_wins, clear),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
