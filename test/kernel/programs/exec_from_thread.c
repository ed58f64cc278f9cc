/* exec_from_thread PROGRAM ARG…: a second thread, called "worker", prints its tid and execs. */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <unistd.h>

static void *become(void *argv)
{
	prctl(PR_SET_NAME, "worker");
	printf("%d\n", gettid());
	fflush(stdout);
	execv(((char **)argv)[0], argv);
	perror("execv");
	return NULL;
}

int main(int argc, char **argv)
{
	pthread_t thread;

	pthread_create(&thread, NULL, become, argv + 1);
	pthread_join(thread, NULL);
	return 1;
}
