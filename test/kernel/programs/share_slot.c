/*
 * share_slot STEP COUNT: COUNT shells live at a time whose pids differ by multiples of STEP. Each is called
 * "shell-N" and runs "true child-N" when all of them live; prints a line when all do, and goes on at the end of stdin.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static pid_t fork_as(pid_t pid)
{
	struct clone_args args = { .exit_signal = SIGCHLD };

	if (pid) {
		args.set_tid = (uintptr_t)&pid;
		args.set_tid_size = 1;
	}
	return syscall(SYS_clone3, &args, sizeof(args));
}

static void become_shell(int number)
{
	char command[64], name[32];

	snprintf(command, sizeof(command), "read -r go; /bin/true child-%d; :", number);
	snprintf(name, sizeof(name), "shell-%d", number);
	execl("/bin/sh", "/bin/sh", "-c", command, name, NULL);
	_exit(127);
}

int main(int argc, char **argv)
{
	int step = atoi(argv[1]), count = atoi(argv[2]);
	pid_t pid = 0;

	for (int i = 0; i < count; i++) {
		pid_t child = fork_as(pid);

		/* Upwards from the lowest of its slot: above the first there may be no pid that the kernel gives. */
		while (child < 0 && errno == EEXIST)
			child = fork_as(pid += step);
		if (child < 0) {
			perror("clone3");
			return 1;
		}
		if (!child)
			become_shell(i);
		pid = i == 0 ? child % step + step : child + step;
	}
	printf("ready\n");
	fflush(stdout);
	close(STDIN_FILENO);
	while (wait(NULL) > 0)
		;
	return 0;
}
