/*
 * exit_threads (together|leader_first) CODE: 16 threads end by themselves, all at once or after the leader, which
 * ends with CODE, the others with CODE + 1.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define THREADS 16

static pthread_barrier_t barrier;
static int code, leader_first;

static void *end(void *unused)
{
	pthread_barrier_wait(&barrier);
	if (leader_first)
		usleep(50000);
	syscall(SYS_exit, code + 1);
	return NULL;
}

int main(int argc, char **argv)
{
	leader_first = !strcmp(argv[1], "leader_first");
	code = atoi(argv[2]);
	pthread_barrier_init(&barrier, NULL, THREADS + 1);
	for (int i = 0; i < THREADS; i++) {
		pthread_t thread;

		pthread_create(&thread, NULL, end, NULL);
	}
	pthread_barrier_wait(&barrier);
	syscall(SYS_exit, code);
	return 0;
}
