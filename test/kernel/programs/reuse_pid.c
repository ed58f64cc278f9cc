/* reuse_pid PROGRAM ARG1 ARG2: two processes run PROGRAM, one after the other, with one pid; prints it. */
#define _GNU_SOURCE
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
	struct clone_args args = { .exit_signal = SIGCHLD, .set_tid = (uintptr_t)&pid, .set_tid_size = 1 };

	return syscall(SYS_clone3, &args, sizeof(args));
}

static void become(char *program, char *argument)
{
	execl(program, program, argument, NULL);
	_exit(127);
}

int main(int argc, char **argv)
{
	pid_t pid = fork(), again;

	if (!pid)
		become(argv[1], argv[2]);
	waitpid(pid, NULL, 0);
	again = fork_as(pid);
	if (!again)
		become(argv[1], argv[3]);
	if (again < 0) {
		perror("clone3");
		return 1;
	}
	waitpid(again, NULL, 0);
	printf("%d\n", pid);
	return 0;
}
