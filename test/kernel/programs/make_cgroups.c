/*
 * make_cgroups (keep|remove|empty) DIRECTORY COUNT [PROGRAM]: makes the cgroups DIRECTORY0, DIRECTORY1, …; in each
 * a child enters and execs PROGRAM with the cgroup's name at once (not when "empty"); each is removed when that has
 * ended (not when "keep").
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static void enter_and_become(const char *directory, char *program)
{
	char procs[4200];
	int fd;

	snprintf(procs, sizeof(procs), "%s/cgroup.procs", directory);
	fd = open(procs, O_WRONLY | O_CLOEXEC);
	if (write(fd, "0", 1) != 1)
		_exit(1);
	execl(program, program, strrchr(directory, '/') + 1, NULL);
	_exit(1);
}

int main(int argc, char **argv)
{
	int keep = !strcmp(argv[1], "keep"), empty = !strcmp(argv[1], "empty"), count = atoi(argv[3]), status;

	for (int i = 0; i < count; i++) {
		char directory[4096];

		snprintf(directory, sizeof(directory), "%s%d", argv[2], i);
		if (mkdir(directory, 0755)) {
			perror(directory);
			return 1;
		}
		if (!empty) {
			pid_t pid = fork();

			if (!pid)
				enter_and_become(directory, argv[4]);
			waitpid(pid, &status, 0);
			if (status)
				return 1;
		}
		if (!keep && rmdir(directory)) {
			perror(directory);
			return 1;
		}
	}
	return 0;
}
