/* endless_arguments GIBIBYTES: shows so many NULs as its arguments, in memory that it never touches, until its stdin ends. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

/* Fields of /proc/PID/stat, counted from 1 (proc(5)). */
enum { START_CODE = 26, END_CODE, START_STACK, START_DATA = 45, END_DATA, START_BRK, ENV_START = 50, ENV_END, FIELDS };

static void read_fields(unsigned long *fields)
{
	char text[4096];
	FILE *file = fopen("/proc/self/stat", "r");
	size_t size = file ? fread(text, 1, sizeof(text) - 1, file) : 0;
	char *rest;

	text[size] = 0;
	rest = strrchr(text, ')');
	if (!rest)
		exit(1);
	rest = strtok(rest + 2, " ");
	for (int field = 3; field < FIELDS && rest; field++, rest = strtok(NULL, " "))
		fields[field] = strtoul(rest, NULL, 10);
}

int main(int argc, char **argv)
{
	size_t size = argc > 1 ? strtoul(argv[1], NULL, 10) << 30 : 0;
	char *arguments = mmap(NULL, size, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	unsigned long fields[FIELDS] = {};
	struct prctl_mm_map map = {};

	if (arguments == MAP_FAILED) {
		perror("mmap");
		return 1;
	}
	read_fields(fields);
	map.start_code = fields[START_CODE];
	map.end_code = fields[END_CODE];
	map.start_stack = fields[START_STACK];
	map.start_data = fields[START_DATA];
	map.end_data = fields[END_DATA];
	map.start_brk = fields[START_BRK];
	map.brk = (unsigned long)sbrk(0);
	map.arg_start = (unsigned long)arguments;
	map.arg_end = map.arg_start + size;
	map.env_start = fields[ENV_START];
	map.env_end = fields[ENV_END];
	map.exe_fd = -1;
	if (prctl(PR_SET_MM, PR_SET_MM_MAP, &map, sizeof(map), 0)) {
		perror("prctl");
		return 1;
	}
	puts("ready");
	fflush(stdout);
	while (getchar() != EOF)
		;
	return 0;
}
