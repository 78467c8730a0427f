// SPDX-License-Identifier: GPL-2.0-only
/* DOC: jobs about address spaces: map, touch, protect, move, copy on write. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "workload.h"

static sigjmp_buf fault_jump;
static void *volatile fault_address;

static void on_fault(int sig, siginfo_t *info, void *context)
{
	(void)context;
	fault_address = info->si_addr;
	siglongjmp(fault_jump, sig);
}

/* Access @at and CHECK that it faults there. */
static void must_fault(volatile char *at, int write)
{
	struct sigaction action = { .sa_sigaction = on_fault, .sa_flags = SA_SIGINFO }, old;

	CHECK(sigaction(SIGSEGV, &action, &old) == 0);
	fault_address = NULL;
	if (sigsetjmp(fault_jump, 1) == 0) {
		if (write)
			*at = 1;
		else
			(void)*at;
		die("%p: %s did not fault", at, write ? "write" : "read");
	}
	CHECK(fault_address == at);
	CHECK(sigaction(SIGSEGV, &old, NULL) == 0);
}

static char *map(size_t len)
{
	char *mem = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	CHECK(mem != MAP_FAILED);
	return mem;
}

void job_anonymous(void)
{
	size_t pages = 1 + rnd(300), len = pages * PAGE, i;
	char *mem = map(len);

	for (i = 0; i < 20; i++)
		CHECK(mem[rnd(len)] == 0);
	pattern_fill(mem, len, (uint64_t)mem);
	pattern_check(mem, len, (uint64_t)mem);
	/* Give the first half back: zero when touched again, the rest untouched. */
	i = pages / 2 * PAGE;
	if (i) {
		CHECK(madvise(mem, i, MADV_DONTNEED) == 0);
		CHECK(mem[0] == 0 && mem[i - 1] == 0);
	}
	CHECK(munmap(mem, len) == 0);
	must_fault(mem, 0);
	must_fault(mem + len - 1, 1);
}

void job_protect(void)
{
	size_t pages = 2 + rnd(30), len = pages * PAGE, page;
	int (*code)(void);
	char *mem = map(len);

	pattern_fill(mem, len, 7);
	page = rnd(pages) * PAGE;
	CHECK(mprotect(mem + page, PAGE, PROT_READ) == 0);
	must_fault(mem + page + rnd(PAGE), 1);
	pattern_check(mem, len, 7);
	CHECK(mprotect(mem + page, PAGE, PROT_NONE) == 0);
	must_fault(mem + page + rnd(PAGE), 0);
	CHECK(mprotect(mem, len, PROT_READ | PROT_WRITE) == 0);
	pattern_check(mem, len, 7);

	/* mov $42, %eax; ret: runs when it may, faults when it may not */
	memcpy(mem, "\xb8\x2a\0\0\0\xc3", 6);
	code = (int (*)(void))mem;
	CHECK(mprotect(mem, PAGE, PROT_READ | PROT_EXEC) == 0);
	CHECK(code() == 42);
	must_fault(mem, 1);
	CHECK(munmap(mem, len) == 0);
}

void job_remap(void)
{
	size_t len = (1 + rnd(64)) * PAGE, grown = len + (1 + rnd(64)) * PAGE;
	char *mem = map(len), *moved;

	pattern_fill(mem, len, 11);
	moved = mremap(mem, len, grown, MREMAP_MAYMOVE);
	CHECK(moved != MAP_FAILED);
	pattern_check(moved, len, 11);
	CHECK(moved[grown - 1] == 0);
	pattern_fill(moved, grown, 12);
	mem = mremap(moved, grown, len, 0);
	CHECK(mem == moved);
	pattern_check(mem, len, 12);
	must_fault(mem + len, 0);
	CHECK(munmap(mem, len) == 0);
}

/* Generations of children write to what they share with their parent. */
void job_cow(void)
{
	size_t len = (1 + rnd(200)) * PAGE;
	char *mem = map(len);
	int i, pid;

	pattern_fill(mem, len, 100);
	for (i = 1; i <= 3; i++) {
		pid = fork();
		CHECK(pid >= 0);
		if (pid == 0) {
			pattern_check(mem, len, 100);
			pattern_fill(mem, len, 100 + i);
			pattern_check(mem, len, 100 + i);
			_exit(i);
		}
		/* The parent writes at the same time, what it wrote before. */
		pattern_fill(mem, len, 100);
		reap(pid, i);
		pattern_check(mem, len, 100);
	}
	CHECK(munmap(mem, len) == 0);
}
