/* mount_idmapped DIRECTORY FIRST: mounts DIRECTORY on itself so that its files of user and group 0 and up are those of FIRST and up. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/mount.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sched.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static int fail(const char *what)
{
	perror(what);
	return 1;
}

static void write_map(pid_t pid, const char *name, const char *first)
{
	char path[64];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	file = fopen(path, "w");
	if (!file || fprintf(file, "0 %s 65536\n", first) < 0 || fclose(file))
		exit(fail(path));
}

/* A user namespace lives as long as its descriptor. */
static int open_user_namespace(const char *first)
{
	int ready[2], fd;
	char path[64];
	pid_t pid;

	if (pipe(ready))
		return -1;
	pid = fork();
	if (pid == 0) {
		if (unshare(CLONE_NEWUSER))
			_exit(1);
		close(ready[1]);
		pause();
	}
	close(ready[1]);
	(void)!read(ready[0], path, 1);
	write_map(pid, "uid_map", first);
	write_map(pid, "gid_map", first);
	snprintf(path, sizeof(path), "/proc/%d/ns/user", pid);
	fd = open(path, O_RDONLY);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	return fd;
}

int main(int argc, char **argv)
{
	struct mount_attr attributes = { .attr_set = MOUNT_ATTR_IDMAP };
	int tree = syscall(SYS_open_tree, AT_FDCWD, argv[1], OPEN_TREE_CLONE);

	if (tree < 0)
		return fail("open_tree");
	attributes.userns_fd = open_user_namespace(argv[2]);
	if (syscall(SYS_mount_setattr, tree, "", AT_EMPTY_PATH, &attributes, sizeof(attributes)))
		return fail("mount_setattr");
	if (syscall(SYS_move_mount, tree, "", AT_FDCWD, argv[1], MOVE_MOUNT_F_EMPTY_PATH))
		return fail("move_mount");
	return 0;
}
