// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: workload SECONDS [PROCESSES], workload --bench, or workload --tsc
 *
 * Runs the jobs in random order in several processes for the given time, each
 * process with its own sequence, then says how often each job was done.  Exit
 * status 0 only if nothing was ever wrong and every job was done at least once.
 * --tsc prints the time stamp counter; --bench prints how many of its ticks a
 * getppid() takes: instructions, where the emulator counts them.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "workload.h"

static const struct job {
	const char *name;
	void (*run)(void);
} jobs[] = {
	{ "anonymous", job_anonymous },
	{ "protect", job_protect },
	{ "remap", job_remap },
	{ "cow", job_cow },
	{ "fork", job_fork },
	{ "exec", job_exec },
	{ "pipe", job_pipe },
	{ "threads", job_threads },
	{ "ptrace", job_ptrace },
	{ "exec32", job_exec32 },
	{ "thread_maps", job_thread_maps },
	{ "thread_mmap", job_thread_mmap },
	{ "futex", job_futex },
	{ "queued", job_queued },
	{ "signals", job_signals },
	{ "faults", job_faults },
	{ "fpu", job_fpu },
	{ "fpu_threads", job_fpu_threads },
	{ "segments", job_segments },
	{ "ldt", job_ldt },
	{ "int80", job_int80 },
	{ "clock", job_clock },
	{ "timers", job_timers },
	{ "file", job_file },
	{ "shared_map", job_shared_map },
	{ "proc", job_proc },
};

#define NR_JOBS (sizeof(jobs) / sizeof(jobs[0]))
#define MAX_PROCESSES 64

const char *job_name = "main";
static uint64_t rnd_state = 1;

void die(const char *fmt, ...)
{
	char text[512];
	int err = errno;
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	dprintf(1, "workload: FAILED in %s: %s (errno %d, %s)\n", job_name, text, err,
		strerror(err));
	_exit(1);
}

void rnd_seed(uint64_t seed)
{
	rnd_state = seed * 0x9e3779b97f4a7c15ULL + 1;
}

unsigned long rnd(unsigned long below)
{
	rnd_state ^= rnd_state << 13;
	rnd_state ^= rnd_state >> 7;
	rnd_state ^= rnd_state << 17;
	return rnd_state % below;
}

void pattern_fill(void *mem, size_t len, uint64_t key)
{
	uint64_t *word = mem;
	size_t i;

	for (i = 0; i < len / sizeof(*word); i++)
		word[i] = key ^ (i * 0x9e3779b97f4a7c15UL);
}

void pattern_check(const void *mem, size_t len, uint64_t key)
{
	const uint64_t *word = mem;
	size_t i;

	for (i = 0; i < len / sizeof(*word); i++)
		if (word[i] != (key ^ (i * 0x9e3779b97f4a7c15UL)))
			die("%p: word %zu of %zu is %#lx, not %#lx", mem, i,
			    len / sizeof(*word), word[i],
			    key ^ (i * 0x9e3779b97f4a7c15UL));
}

void reap(int pid, int status)
{
	int got;

	CHECK(waitpid(pid, &got, 0) == pid);
	if (!WIFEXITED(got) || WEXITSTATUS(got) != status)
		die("child %d ended with %#x, not with exit status %d", pid, got, status);
}

static double now_s(void)
{
	struct timespec ts;

	CHECK(clock_gettime(CLOCK_MONOTONIC, &ts) == 0);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

static void one_process(unsigned int index, double end_s, unsigned long *done)
{
	unsigned long n = index;

	rnd_seed(index + 1);
	/* Every job once, in order from a place of our own; then at random. */
	while (n < index + NR_JOBS || now_s() < end_s) {
		unsigned long j = n < index + NR_JOBS ? n % NR_JOBS : rnd(NR_JOBS);

		job_name = jobs[j].name;
		jobs[j].run();
		__atomic_add_fetch(&done[j], 1, __ATOMIC_RELAXED);
		n++;
	}
	_exit(0);
}

static uint64_t rdtsc(void)
{
	uint32_t low, high;

	asm volatile("lfence; rdtsc" : "=a"(low), "=d"(high) : : "memory");
	return (uint64_t)high << 32 | low;
}

static int bench(void)
{
	uint64_t best = -1, start, took;
	int round, i;

	for (round = 0; round < 5; round++) {
		start = rdtsc();
		for (i = 0; i < 2000; i++)
			syscall(SYS_getppid);
		took = (rdtsc() - start) / 2000;
		if (took < best)
			best = took;
	}
	printf("guest: getppid %lu ticks\n", best);
	return 0;
}

int main(int argc, char **argv)
{
	unsigned long *done, total = 0;
	unsigned int i, seconds, processes = 3;
	int status, failed = 0;
	double start_s;

	/* job_exec runs this program: argv says what must have arrived. */
	if (argc == 4 && !strcmp(argv[1], "--exec")) {
		const char *env = getenv("WORKLOAD");

		_exit(env && !strcmp(env, argv[2]) ? atoi(argv[3]) : 99);
	}
	if (argc == 2 && !strcmp(argv[1], "--bench"))
		return bench();
	if (argc == 2 && !strcmp(argv[1], "--tsc")) {
		printf("%lu\n", rdtsc());
		return 0;
	}
	if (argc < 2 || argc > 3 || atoi(argv[1]) < 1) {
		dprintf(2, "usage: workload SECONDS [PROCESSES]\n");
		return 2;
	}
	seconds = atoi(argv[1]);
	if (argc == 3)
		processes = atoi(argv[2]);
	if (processes < 1 || processes > MAX_PROCESSES) {
		dprintf(2, "workload: 1 to %d processes\n", MAX_PROCESSES);
		return 2;
	}

	done = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	CHECK(done != MAP_FAILED);
	start_s = now_s();
	for (i = 0; i < processes; i++) {
		int pid = fork();

		CHECK(pid >= 0);
		if (pid == 0)
			one_process(i, start_s + seconds, done);
	}
	for (i = 0; i < processes; i++) {
		CHECK(wait(&status) > 0);
		if (status)
			failed++;
	}
	for (i = 0; i < NR_JOBS; i++) {
		printf("workload: %-11s %lu\n", jobs[i].name, done[i]);
		total += done[i];
		if (!done[i])
			failed++;
	}
	printf("workload: %lu jobs in %.1f s, %d failed\n", total, now_s() - start_s, failed);
	return failed ? 1 : 0;
}
