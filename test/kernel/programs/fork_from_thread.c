/* fork_from_thread PROGRAM ARG…: a second thread forks, and the child execs; both are waited for. */
#include <pthread.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static void *start(void *argv)
{
	pid_t child = fork();

	if (child == 0) {
		execv(((char **)argv)[0], argv);
		perror("execv");
		_exit(1);
	}
	waitpid(child, NULL, 0);
	return NULL;
}

int main(int argc, char **argv)
{
	pthread_t thread;

	pthread_create(&thread, NULL, start, argv + 1);
	pthread_join(thread, NULL);
	return 0;
}
