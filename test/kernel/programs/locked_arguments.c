/*
 * locked_arguments FILE: until its stdin ends, whoever reads its arguments waits: it mounts on FILE a file system that never answers a
 * read, has a process look into a mapping of that, which locks its memory, and a thread wait for that lock.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/fuse.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#define SIZE 4096

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static void answer(int device, unsigned long unique, const void *body, size_t size)
{
	char bytes[512] = {};
	struct fuse_out_header *head = (void *)bytes;

	head->unique = unique;
	head->error = body ? 0 : -38; /* ENOSYS */
	head->len = sizeof(*head) + size;
	if (body)
		memcpy(head + 1, body, size);
	if (write(device, bytes, head->len) < 0)
		_exit(1);
}

static void serve(int device)
{
	static char request[1 << 20];
	struct fuse_in_header *in = (void *)request;
	struct fuse_init_out init = { .major = FUSE_KERNEL_VERSION,
				      .minor = FUSE_KERNEL_MINOR_VERSION,
				      .max_write = SIZE };
	struct fuse_attr_out attributes = { .attr = { .ino = 1, .size = SIZE, .mode = S_IFREG | 0644, .nlink = 1 } };
	struct fuse_open_out opened = {};

	/* Ends all waits. */
	alarm(20);
	while (read(device, request, sizeof(request)) > 0) {
		if (in->opcode == FUSE_INIT)
			answer(device, in->unique, &init, sizeof(init));
		else if (in->opcode == FUSE_GETATTR)
			answer(device, in->unique, &attributes, sizeof(attributes));
		else if (in->opcode == FUSE_OPEN)
			answer(device, in->unique, &opened, sizeof(opened));
		else if (in->opcode != FUSE_READ)
			answer(device, in->unique, NULL, 0);
	}
	_exit(0);
}

static void *change_memory(void *unused)
{
	usleep(200000);
	mmap(NULL, SIZE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	return unused;
}

static void look_into(pid_t pid, void *address)
{
	char path[32], byte;

	if (fork())
		return;
	usleep(100000);
	snprintf(path, sizeof(path), "/proc/%d/mem", pid);
	(void)!pread(open(path, O_RDONLY), &byte, 1, (off_t)address);
	_exit(0);
}

int main(int argc, char **argv)
{
	char options[64], byte;
	int device = open("/dev/fuse", O_RDWR | O_CLOEXEC), file;
	struct stat status;
	pid_t server;
	void *mapped;
	pthread_t thread;

	if (device < 0 || unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
		fail("/dev/fuse");
	snprintf(options, sizeof(options), "fd=%d,rootmode=100644,user_id=0,group_id=0", device);
	if (mount("never", argv[1], "fuse", 0, options))
		fail(argv[1]);
	server = fork();
	if (!server)
		serve(device);
	close(device);
	file = open(argv[1], O_RDONLY);
	/* The kernel asks for its size. */
	if (fstat(file, &status))
		fail("fstat");
	mapped = mmap(NULL, SIZE, PROT_READ, MAP_SHARED, file, 0);
	if (mapped == MAP_FAILED)
		fail("mmap");
	look_into(getpid(), mapped);
	pthread_create(&thread, NULL, change_memory, NULL);
	usleep(400000);
	(void)!write(1, "ready\n", 6);
	while (read(0, &byte, 1) > 0)
		;
	kill(server, SIGKILL);
	_exit(0);
}
