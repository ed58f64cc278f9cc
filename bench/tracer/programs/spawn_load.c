/*
 * spawn_load COUNT RATE SPAWNERS PROGRAM PREFIX TIMES [CGROUP]: makes COUNT execs of PROGRAM, shared out among
 * SPAWNERS processes, RATE of them a second in all (0: as fast as they go), in the cgroup whose directory is given.
 * Each has the argument PREFIX followed by its number. Writes to TIMES when each was spawned (u64, CLOCK_REALTIME,
 * ns), and to stdout how long all took, ns.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct load {
	long count, rate, spawners;
	char *program, *prefix;
};

static uint64_t now(clockid_t clock)
{
	struct timespec time;

	clock_gettime(clock, &time);
	return time.tv_sec * 1000000000ull + time.tv_nsec;
}

static void fail(const char *what)
{
	fprintf(stderr, "spawn_load: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void enter(const char *cgroup)
{
	char path[4096];
	int fd;

	snprintf(path, sizeof(path), "%s/cgroup.procs", cgroup);
	fd = open(path, O_WRONLY);
	if (fd < 0 || write(fd, "0", 1) != 1)
		fail(path);
	close(fd);
}

static void wait_until(uint64_t time)
{
	struct timespec due = { .tv_sec = time / 1000000000, .tv_nsec = time % 1000000000 };

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &due, NULL))
		;
}

static void spawn_all(const struct load *load, long spawner, uint64_t start, volatile uint64_t *times)
{
	char mark[256], *argv[] = { load->program, mark, NULL }, *env[] = { NULL };

	for (long i = spawner; i < load->count; i += load->spawners) {
		pid_t pid;
		int error;

		snprintf(mark, sizeof(mark), "%s%ld", load->prefix, i);
		if (load->rate)
			wait_until(start + i * 1000000000ull / load->rate);
		times[i] = now(CLOCK_REALTIME);
		error = posix_spawn(&pid, load->program, NULL, NULL, argv, env);
		if (error) {
			errno = error;
			fail(load->program);
		}
		waitpid(pid, NULL, 0);
	}
}

int main(int argc, char **argv)
{
	struct load load;
	volatile uint64_t *times;
	uint64_t start;
	int fd, status, failed = 0;

	if (argc != 7 && argc != 8) {
		fprintf(stderr, "usage: spawn_load COUNT RATE SPAWNERS PROGRAM PREFIX TIMES [CGROUP]\n");
		return 2;
	}
	load = (struct load){ .count = atol(argv[1]),
			      .rate = atol(argv[2]),
			      .spawners = atol(argv[3]),
			      .program = argv[4],
			      .prefix = argv[5] };
	fd = open(argv[6], O_RDWR | O_CREAT | O_TRUNC, 0600);
	if (fd < 0 || ftruncate(fd, load.count * sizeof(*times)))
		fail(argv[6]);
	times = mmap(NULL, load.count * sizeof(*times), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, 0);
	if (times == MAP_FAILED)
		fail(argv[6]);
	if (argc == 8)
		enter(argv[7]);
	start = now(CLOCK_MONOTONIC);
	for (long i = 0; i < load.spawners; i++) {
		if (!fork()) {
			prctl(PR_SET_PDEATHSIG, SIGTERM);
			spawn_all(&load, i, start, times);
			_exit(0);
		}
	}
	while (wait(&status) > 0)
		failed |= status;
	printf("%llu\n", (unsigned long long)(now(CLOCK_MONOTONIC) - start));
	return failed ? 1 : 0;
}
