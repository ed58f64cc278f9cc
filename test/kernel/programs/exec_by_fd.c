/*
 * Becomes a program that is given by a descriptor:
 *   exec_by_fd empty_path FILE ARG…            the file itself
 *   exec_by_fd directory DIRECTORY/NAME ARG…   a name below a directory
 *   exec_by_fd below DIRECTORY PATH ARG…       a path below a directory
 *   exec_by_fd deleted FILE ARG…               the file, which is removed first
 *   exec_by_fd memfd FILE NAME ARG…            a copy in memory
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static int copy_to_memory(const char *file, const char *name)
{
	int from = open(file, O_RDONLY), to = memfd_create(name, MFD_CLOEXEC);
	struct stat status;

	fstat(from, &status);
	for (off_t left = status.st_size; left > 0;)
		left -= sendfile(to, from, NULL, left);
	close(from);
	return to;
}

int main(int argc, char **argv)
{
	const char *how = argv[1], *name = "";
	char *file = argv[2], *environment[] = { NULL };
	int flags = AT_EMPTY_PATH, fd;

	argv += 3;
	if (!strcmp(how, "memfd")) {
		fd = copy_to_memory(file, *argv++);
	} else if (!strcmp(how, "directory")) {
		name = basename(strdup(file));
		fd = open(dirname(strdup(file)), O_PATH | O_DIRECTORY);
		flags = 0;
	} else if (!strcmp(how, "below")) {
		name = *argv++;
		fd = open(file, O_PATH | O_DIRECTORY);
		flags = 0;
	} else {
		fd = open(file, O_PATH);
		if (!strcmp(how, "deleted"))
			unlink(file);
	}
	syscall(SYS_execveat, fd, name, argv, environment, flags);
	perror("execveat");
	return 1;
}
