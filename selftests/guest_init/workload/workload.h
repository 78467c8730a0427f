/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * workload: a mixed load for a guest kernel that checks what it does.
 *
 * Each job is one function that does a piece of work, compares every result
 * with what it must be, and ends the process with a message if one is wrong.
 */
#ifndef WORKLOAD_H
#define WORKLOAD_H

#include <stddef.h>
#include <stdint.h>

#define PAGE 4096UL

extern const char *job_name;

/**
 * die() - say what is wrong, and end this process with status 1
 * @fmt: as for printf(); errno is added
 */
void die(const char *fmt, ...) __attribute__((noreturn, format(printf, 1, 2)));

#define CHECK(cond) do {						\
	if (!(cond))							\
		die("%s:%d: %s", __FILE__, __LINE__, #cond);		\
} while (0)

/**
 * rnd() - the next number of this process's own random sequence
 * @below: the result is less than this
 */
unsigned long rnd(unsigned long below);
void rnd_seed(uint64_t seed);

/* Fill with, or compare with, a pattern that every byte's place decides. */
void pattern_fill(void *mem, size_t len, uint64_t key);
void pattern_check(const void *mem, size_t len, uint64_t key);

/* Wait for @pid and CHECK that it exited with @status. */
void reap(int pid, int status);

/* memory.c */
void job_anonymous(void);
void job_protect(void);
void job_remap(void);
void job_cow(void);

/* process.c */
void job_fork(void);
void job_exec(void);
void job_pipe(void);
void job_threads(void);
void job_ptrace(void);
void job_exec32(void);

/* thread.c */
void job_thread_maps(void);
void job_thread_mmap(void);
void job_futex(void);
void job_queued(void);

/* timer.c */
void job_timers(void);
void job_fpu_threads(void);

/* cpu.c */
void job_signals(void);
void job_faults(void);
void job_fpu(void);
void job_segments(void);
void job_ldt(void);
void job_int80(void);
void job_clock(void);

/* file.c */
void job_file(void);
void job_shared_map(void);
void job_proc(void);

#endif
