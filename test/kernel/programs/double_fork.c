/*
 * double_fork (init|subreaper) PROGRAM ARG…: a grandchild in a session of its own execs once it has lost its parent,
 * to init or to this process.
 */
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	if (!strcmp(argv[1], "subreaper"))
		prctl(PR_SET_CHILD_SUBREAPER, 1);
	if (!fork()) {
		pid_t middle = getpid();

		setsid();
		if (fork())
			_exit(0);
		while (getppid() == middle)
			usleep(1000);
		execv(argv[2], argv + 2);
		perror("execv");
		_exit(1);
	}
	while (wait(NULL) > 0)
		;
	return 0;
}
