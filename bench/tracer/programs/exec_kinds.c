/*
 * exec_kinds KIND MARK PROGRAM DIRECTORY: executes PROGRAM once, in one of the ways in which programs are executed,
 * with an argument that begins with MARK-head and whose end, or that of the last one, is MARK-tail. DIRECTORY is for
 * files. The cgroup is the caller's.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define LONG_BYTES 100000
#define MANY 3000

static char *program, *directory, *plain, *no_environment[] = { NULL };
static const char *mark;

static void fail(const char *what)
{
	fprintf(stderr, "exec_kinds: %s: %s\n", what, strerror(errno));
	exit(1);
}

static char *format(const char *pattern, const char *between)
{
	char *text;

	if (asprintf(&text, pattern, mark, between, mark) < 0)
		fail("asprintf");
	return text;
}

static char *path_of(const char *name)
{
	char *path;

	if (asprintf(&path, "%s/%s-%s", directory, mark, name) < 0)
		fail("asprintf");
	return path;
}

/* A copy of the program in `to`, which is closed for writing and opened for reading anew unless it is a memfd. */
static void copy_program(int to)
{
	struct stat status;
	off_t offset = 0;
	int from = open(program, O_RDONLY | O_CLOEXEC);

	if (from < 0 || fstat(from, &status))
		fail(program);
	while (offset < status.st_size) {
		if (copy_file_range(from, &offset, to, NULL, status.st_size - offset, 0) <= 0) {
			char bytes[65536];
			ssize_t n = pread(from, bytes, sizeof(bytes), offset);

			if (n <= 0 || write(to, bytes, n) != n)
				fail(program);
			offset += n;
		}
	}
	close(from);
}

static char *copy_to(const char *name)
{
	char *path = path_of(name);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0755);

	if (fd < 0)
		fail(path);
	copy_program(fd);
	close(fd);
	return path;
}

static void exec_fd(int fd)
{
	char *argv[] = { program, plain, NULL };

	syscall(SYS_execveat, fd, "", argv, no_environment, AT_EMPTY_PATH);
}

static void exec_path(char *path, char **argv)
{
	execve(path, argv, no_environment);
}

static void exec_plain(void)
{
	exec_path(program, (char *[]){ program, plain, NULL });
}

static void exec_by_fd(void)
{
	exec_fd(open(program, O_RDONLY | O_CLOEXEC));
}

static void exec_memfd(void)
{
	int fd = memfd_create("program", MFD_CLOEXEC);

	copy_program(fd);
	exec_fd(fd);
}

static void exec_deleted(void)
{
	char *path = copy_to("deleted");
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	unlink(path);
	exec_fd(fd);
}

static void exec_script(void)
{
	char *path = path_of("script");
	FILE *script = fopen(path, "w");

	if (!script)
		fail(path);
	fprintf(script, "#!%s\n", program);
	fclose(script);
	chmod(path, 0755);
	exec_path(path, (char *[]){ path, plain, NULL });
}

static void exec_spawned(void)
{
	char *argv[] = { program, plain, NULL };
	pid_t pid;

	if (posix_spawn(&pid, program, NULL, NULL, argv, no_environment))
		fail(program);
	waitpid(pid, NULL, 0);
	exit(0);
}

static void *exec_in_thread(void *unused)
{
	exec_plain();
	return unused;
}

static void exec_from_thread(void)
{
	pthread_t thread;

	pthread_create(&thread, NULL, exec_in_thread, NULL);
	pthread_join(thread, NULL);
}

static void exec_long(void)
{
	char *filler = malloc(LONG_BYTES + 1);

	memset(filler, 'x', LONG_BYTES);
	filler[LONG_BYTES] = 0;
	exec_path(program, (char *[]){ program, format("%s-head%s%s-tail", filler), NULL });
}

static void exec_many(void)
{
	char **argv = calloc(MANY + 3, sizeof(*argv));

	argv[0] = program;
	argv[1] = format("%s-head", "");
	for (int i = 2; i < MANY + 1; i++)
		argv[i] = "xx";
	argv[MANY + 1] = format("%s%s-tail", "");
	exec_path(program, argv);
}

static void exec_without_arguments(void)
{
	char *path = copy_to("head-tail");

	exec_path(path, (char *[]){ NULL });
}

static void exec_newline(void)
{
	exec_path(program, (char *[]){ program, format("%s-head%s%s-tail", "\n"), NULL });
}

static void exec_invalid(void)
{
	exec_path(program, (char *[]){ program, format("%s-head%s%s-tail", "\xff"), NULL });
}

/* The argument lies in a page of a file that nobody has touched yet: the kernel reads it at the exec. */
static void exec_not_paged_in(void)
{
	char *path = path_of("argument"), *argument;
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd < 0 || ftruncate(fd, 4096) || pwrite(fd, plain, strlen(plain) + 1, 0) < 0)
		fail(path);
	argument = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 0);
	posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	if (argument == MAP_FAILED)
		fail(path);
	exec_path(program, (char *[]){ program, argument, NULL });
}

static const struct {
	const char *name;
	void (*exec)(void);
} kinds[] = {
	{ "execve", exec_plain },
	{ "posix_spawn", exec_spawned },
	{ "execveat", exec_by_fd },
	{ "memfd", exec_memfd },
	{ "deleted", exec_deleted },
	{ "script", exec_script },
	{ "thread", exec_from_thread },
	{ "long", exec_long },
	{ "many", exec_many },
	{ "none", exec_without_arguments },
	{ "newline", exec_newline },
	{ "invalid", exec_invalid },
	{ "not_paged_in", exec_not_paged_in },
};

int main(int argc, char **argv)
{
	if (argc != 5) {
		fprintf(stderr, "usage: exec_kinds KIND MARK PROGRAM DIRECTORY\n");
		return 2;
	}
	mark = argv[2];
	program = argv[3];
	directory = argv[4];
	plain = format("%s-head%s%s-tail", "");
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		if (!strcmp(kinds[i].name, argv[1])) {
			kinds[i].exec();
			fail(argv[1]);
		}
	}
	fprintf(stderr, "exec_kinds: there is no kind %s\n", argv[1]);
	return 2;
}
