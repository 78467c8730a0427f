// SPDX-License-Identifier: GPL-2.0-only
/* DOC: jobs about files: write, read, map, truncate; /proc. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "workload.h"

static sigjmp_buf jump;

static void on_bus(int sig)
{
	siglongjmp(jump, sig);
}

static int temp_file(char *name, size_t size)
{
	int fd;

	snprintf(name, size, "/tmp/workload.%d.%lx", getpid(), rnd(-1UL));
	fd = open(name, O_RDWR | O_CREAT | O_EXCL, 0600);
	CHECK(fd >= 0);
	return fd;
}

void job_file(void)
{
	static char buf[32 * 1024];
	char name[64], other[80];
	size_t len = (1 + rnd(sizeof(buf) / 8 - 1)) * 8;
	struct stat st;
	int fd = temp_file(name, sizeof(name));

	pattern_fill(buf, len, 3);
	CHECK(write(fd, buf, len) == (ssize_t)len);
	memset(buf, 0, sizeof(buf));
	CHECK(lseek(fd, 0, SEEK_SET) == 0);
	CHECK(read(fd, buf, sizeof(buf)) == (ssize_t)len);
	pattern_check(buf, len, 3);
	snprintf(other, sizeof(other), "%s.new", name);
	CHECK(rename(name, other) == 0);
	CHECK(stat(name, &st) == -1 && stat(other, &st) == 0);
	CHECK(st.st_size == (off_t)len);
	CHECK(ftruncate(fd, len / 2) == 0);
	CHECK(pread(fd, buf, 1, len / 2) == 0);
	CHECK(unlink(other) == 0 && close(fd) == 0);
}

/* A shared mapping and the file are one; beyond the end there is SIGBUS. */
void job_shared_map(void)
{
	size_t pages = 2 + rnd(20), len = pages * PAGE;
	struct sigaction action = { .sa_handler = on_bus }, old;
	char name[64], *mem;
	int fd = temp_file(name, sizeof(name)), pid;
	uint64_t word;

	CHECK(unlink(name) == 0 && ftruncate(fd, len) == 0);
	mem = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	CHECK(mem != MAP_FAILED);
	pid = fork();
	CHECK(pid >= 0);
	if (pid == 0) {
		pattern_fill(mem, len, 9);
		_exit(0);
	}
	reap(pid, 0);
	pattern_check(mem, len, 9);
	CHECK(pread(fd, &word, sizeof(word), PAGE) == sizeof(word));
	CHECK(word == *(uint64_t *)(mem + PAGE));

	CHECK(ftruncate(fd, PAGE) == 0);
	CHECK(sigaction(SIGBUS, &action, &old) == 0);
	if (sigsetjmp(jump, 1) == 0) {
		*(volatile char *)(mem + PAGE) = 1;
		die("no SIGBUS beyond the end of the file");
	}
	CHECK(sigaction(SIGBUS, &old, NULL) == 0);
	CHECK(munmap(mem, len) == 0 && close(fd) == 0);
}

void job_proc(void)
{
	unsigned long from, to;
	int found = 0, here;
	char line[512];
	FILE *maps = fopen("/proc/self/maps", "r");

	CHECK(maps);
	while (fgets(line, sizeof(line), maps)) {
		CHECK(sscanf(line, "%lx-%lx", &from, &to) == 2 && from < to);
		if ((unsigned long)&here >= from && (unsigned long)&here < to)
			found++;
	}
	CHECK(found == 1);
	CHECK(fclose(maps) == 0);
}
