/*
 * read_lines PREFIX [COPY]: the reader of a tool's output that costs little. For each line on stdin with PREFIX, a run's
 * number, "-" and an exec's number, it writes both and the time of arrival to stdout (struct arrival); and for each
 * line in which the service tells that execs were lost, how many. All that it reads goes to the file COPY, too.
 */
#define _GNU_SOURCE
#include <ctype.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define LOST_RUN UINT32_MAX
#define LINE_BYTES (1 << 20)
#define BATCH 4096

struct arrival {
	uint32_t run, number;
	uint64_t time_ns; /* CLOCK_REALTIME */
};

static char lines[LINE_BYTES];
static struct arrival arrivals[BATCH];
static size_t count;

static void flush(void)
{
	const char *from = (const char *)arrivals;
	size_t left = count * sizeof(*arrivals);

	while (left) {
		ssize_t n = write(STDOUT_FILENO, from, left);

		if (n < 0)
			exit(1);
		from += n;
		left -= n;
	}
	count = 0;
}

static void add(uint32_t run, uint32_t number, uint64_t time_ns)
{
	arrivals[count++] = (struct arrival){ .run = run, .number = number, .time_ns = time_ns };
	if (count == BATCH)
		flush();
}

static void read_line(const char *line, size_t bytes, const char *prefix, uint64_t time_ns)
{
	const char *found = memmem(line, bytes, prefix, strlen(prefix));
	char *end;

	if (found) {
		uint32_t run = strtoul(found + strlen(prefix), &end, 10);

		/* The load generator's own line, where that is traced too, has no number. */
		if (*end == '-' && isdigit((unsigned char)end[1]))
			add(run, strtoul(end + 1, NULL, 10), time_ns);
	} else if (memmem(line, bytes, "\"msg\":\"lost\"", 12) && memmem(line, bytes, "\"kind\":\"exec\"", 13)) {
		found = memmem(line, bytes, "\"count\":", 8);
		if (found)
			add(LOST_RUN, strtoul(found + 8, NULL, 10), time_ns);
	}
}

int main(int argc, char **argv)
{
	int copy = -1;
	size_t held = 0;
	ssize_t n;

	if (argc != 2 && argc != 3)
		return 2;
	if (argc == 3 && (copy = open(argv[2], O_WRONLY | O_CREAT | O_APPEND, 0600)) < 0)
		return 1;
	while ((n = read(STDIN_FILENO, lines + held, sizeof(lines) - held)) > 0) {
		struct timespec time;
		char *line = lines, *end;

		clock_gettime(CLOCK_REALTIME, &time);
		if (copy >= 0 && write(copy, lines + held, n) != n)
			return 1;
		held += n;
		while ((end = memchr(line, '\n', lines + held - line))) {
			read_line(line, end - line, argv[1], time.tv_sec * 1000000000ull + time.tv_nsec);
			line = end + 1;
		}
		held -= line - lines;
		memmove(lines, line, held);
		if (held == sizeof(lines))
			held = 0; /* no line of these tools is that long */
		flush();
	}
	return 0;
}
