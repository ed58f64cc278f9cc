/*
 * A library for LD_PRELOAD whose wall clock is CLOCK_STEP's first eight bytes ahead, in nanoseconds: what a process sees
 * when the machine's clock is set, without setting it for all others. Programs that look functions up by name get these, too.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define BILLION 1000000000LL

static volatile int64_t *ahead;

__attribute__((constructor)) static void map_step(void)
{
	const char *path = getenv("CLOCK_STEP");
	int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	void *mapped = fd < 0 ? MAP_FAILED : mmap(NULL, 8, PROT_READ, MAP_SHARED, fd, 0);

	if (mapped == MAP_FAILED)
		abort();
	ahead = mapped;
	close(fd);
}

int clock_gettime(clockid_t clock, struct timespec *time)
{
	int result = syscall(SYS_clock_gettime, clock, time);
	int64_t ns;

	if (result || !ahead || (clock != CLOCK_REALTIME && clock != CLOCK_REALTIME_COARSE))
		return result;
	ns = time->tv_sec * BILLION + time->tv_nsec + *ahead;
	time->tv_sec = ns / BILLION;
	time->tv_nsec = ns % BILLION;
	return 0;
}

int gettimeofday(struct timeval *time, void *zone)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	time->tv_sec = now.tv_sec;
	time->tv_usec = now.tv_nsec / 1000;
	return 0;
}

void *dlsym(void *handle, const char *name)
{
	static void *(*next)(void *, const char *);

	if (!next)
		next = dlvsym(RTLD_NEXT, "dlsym", "GLIBC_2.34");
	return strcmp(name, "clock_gettime") ? next(handle, name) : (void *)clock_gettime;
}
