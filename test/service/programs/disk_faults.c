/*
 * A library for LD_PRELOAD that makes the disk of one folder, DISK_FOLDER, fail as the file DISK_FAULT says, which is
 * read at each write: "slow MS" lets each sync take so long, "hold" until it says something else, and "errno N" lets writes
 * and syncs fail. With DISK_JOURNAL each
 * write, truncation, removal and sync of the folder's files is written down there, so that a test can leave out what a power
 * loss would have left out. Shared memory files are not followed: a database does without them after a crash.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

enum { WRITE = 1, SYNC = 2, TRUNCATE = 3, REMOVE = 4 };

struct entry {
	uint32_t kind;
	uint32_t name_length;
	uint64_t offset;
	uint64_t length;
};

#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static int journal = -1;

__attribute__((constructor)) static void open_journal(void)
{
	const char *path = getenv("DISK_JOURNAL");

	if (path)
		journal = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

/* The file's name below the folder; NULL where it is of another one. */
static const char *followed(int fd, char *path, size_t size)
{
	const char *folder = getenv("DISK_FOLDER");
	size_t length = folder ? strlen(folder) : 0;
	char link[64];
	ssize_t count;

	if (!folder || fd == journal)
		return NULL;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	count = readlink(link, path, size - 1);
	if (count <= (ssize_t)length)
		return NULL;
	path[count] = 0;
	if (strncmp(path, folder, length) || path[length] != '/' || strstr(path, "-shm"))
		return NULL;
	return path + length + 1;
}

static void read_fault(char *text, size_t size)
{
	const char *path = getenv("DISK_FAULT");
	int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	ssize_t length = fd < 0 ? 0 : read(fd, text, size - 1);

	text[length < 0 ? 0 : length] = 0;
	if (fd >= 0)
		close(fd);
}

/* 0, or the errno to fail with; lets a sync take its time. */
static int fault(int syncing)
{
	char text[64];
	int value, error = errno;

	read_fault(text, sizeof(text));
	while (syncing && !strncmp(text, "hold", 4)) {
		usleep(5000);
		read_fault(text, sizeof(text));
	}
	errno = error;
	if (syncing && sscanf(text, "slow %d", &value) == 1)
		usleep(value * 1000);
	return sscanf(text, "errno %d", &value) == 1 ? value : 0;
}

static void note(uint32_t kind, const char *name, uint64_t offset, const void *bytes, uint64_t length)
{
	struct entry entry = { kind, strlen(name), offset, length };
	struct iovec parts[] = {
		{ &entry, sizeof(entry) },
		{ (void *)name, entry.name_length },
		{ (void *)bytes, bytes ? length : 0 },
	};

	if (journal >= 0 && writev(journal, parts, 3) < 0)
		abort();
}

#define WRITER(name, call, at, ...)                                                                                    \
	{                                                                                                              \
		char path[4096];                                                                                       \
		const char *file = followed(fd, path, sizeof(path));                                                   \
		int error = file ? fault(0) : 0;                                                                       \
		ssize_t written;                                                                                       \
		off_t offset = file ? (at) : 0;                                                                        \
                                                                                                                       \
		if (error) {                                                                                           \
			errno = error;                                                                                 \
			return -1;                                                                                     \
		}                                                                                                      \
		written = NEXT(name) call;                                                                             \
		if (file && written > 0)                                                                               \
			note(WRITE, file, offset, bytes, written);                                                     \
		return written;                                                                                        \
	}

ssize_t pwrite(int fd, const void *bytes, size_t length, off_t place) WRITER(pwrite, (fd, bytes, length, place), place)

	ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t place)
		WRITER(pwrite64, (fd, bytes, length, place), place)

			ssize_t write(int fd, const void *bytes, size_t length)
				WRITER(write, (fd, bytes, length), lseek(fd, 0, SEEK_CUR))

#define SYNCER(name)                                                                                                   \
	int name(int fd)                                                                                               \
	{                                                                                                              \
		char path[4096];                                                                                       \
		const char *file = followed(fd, path, sizeof(path));                                                   \
		int error = file ? fault(1) : 0, result;                                                               \
                                                                                                                       \
		if (error) {                                                                                           \
			errno = error;                                                                                 \
			return -1;                                                                                     \
		}                                                                                                      \
		result = NEXT(name)(fd);                                                                               \
		if (file && !result)                                                                                   \
			note(SYNC, file, 0, NULL, 0);                                                                  \
		return result;                                                                                         \
	}

					SYNCER(fsync) SYNCER(fdatasync)

#define TRUNCATER(name, type)                                                                                          \
	int name(int fd, type length)                                                                                  \
	{                                                                                                              \
		char path[4096];                                                                                       \
		const char *file = followed(fd, path, sizeof(path));                                                   \
		int result = NEXT(name)(fd, length);                                                                   \
                                                                                                                       \
		if (file && !result)                                                                                   \
			note(TRUNCATE, file, length, NULL, 0);                                                         \
		return result;                                                                                         \
	}

						int unlink(const char *path)
{
	const char *folder = getenv("DISK_FOLDER");
	size_t length = folder ? strlen(folder) : 0;
	int result = NEXT(unlink)(path);

	if (folder && !result && !strncmp(path, folder, length) && path[length] == '/')
		note(REMOVE, path + length + 1, 0, NULL, 0);
	return result;
}

TRUNCATER(ftruncate, off_t) TRUNCATER(ftruncate64, off64_t)
