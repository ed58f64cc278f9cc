/*
 * exec_list PROGRAM: runs PROGRAM once for each list of arguments on stdin, one after the other, by posix_spawn (a
 * vfork). A list is its length in bytes (32 bits, little-endian), then the arguments, each ended by a NUL; an empty
 * one means no arguments at all, not even a name.
 */
#define _GNU_SOURCE
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

static void run(char *program, char *bytes, uint32_t size)
{
	char *environment[] = { NULL };
	char **argv = calloc(size + 1, sizeof(*argv));
	size_t count = 0;
	pid_t pid;

	for (char *at = bytes; at < bytes + size; at += strlen(at) + 1)
		argv[count++] = at;
	if (posix_spawn(&pid, program, NULL, NULL, argv, environment)) {
		perror(program);
		exit(1);
	}
	waitpid(pid, NULL, 0);
	free(argv);
}

int main(int argc, char **argv)
{
	uint32_t size;

	while (fread(&size, sizeof(size), 1, stdin) == 1) {
		char *bytes = calloc(size + 1, 1);

		if (fread(bytes, 1, size, stdin) != size)
			return 1;
		run(argv[1], bytes, size);
		free(bytes);
	}
	return 0;
}
