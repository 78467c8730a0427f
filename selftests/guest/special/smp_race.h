/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * DOC: What the guests share whose vCPUs race with each other: numbers that
 * depend on the seed alone, and others that run until told to stop.
 *
 * Command line: rounds=N of each race (default 300), seed=N.
 */
#ifndef SMP_RACE_H
#define SMP_RACE_H

#include "guest.h"

#define VA		0x0000100000000000UL	/* an L4 slot, L3, L2 and L1 of our own */

struct rng {
	u64 s;
};

static volatile bool stop;
static u64 rounds, seed;

static inline u32 next(struct rng *r, u32 below)
{
	r->s ^= r->s << 13;
	r->s ^= r->s >> 7;
	r->s ^= r->s << 17;
	return (r->s >> 33) % below;
}

/* A number of seeds, one for each vCPU of each race. */
static inline struct rng rng_for(unsigned int race)
{
	struct rng r = { .s = (seed * 64 + race) * 64 + cpu_here()->id + 0x9e3779b97f4a7c15UL };
	unsigned int i;

	for (i = 0; i < 8; i++)
		next(&r, 2);
	return r;
}

static inline void start_all(void (*fn)(void *arg))
{
	unsigned int id, n = cpus_nr();

	for (id = 1; id < n; id++)
		cpu_start(id, fn, (void *)(u64)id);
}

static inline void stop_all(void)
{
	stop = true;
	cpus_wait();
}

static inline u64 rw(const void *page) { return va_to_mfn(page) * PAGE | PTE_RW_PAGE; }
static inline u64 ro(const void *page) { return va_to_mfn(page) * PAGE | PTE_RO_PAGE; }

static inline long map_at(u64 va, u64 pte) { return hc3(update_va_mapping, va, pte, 0); }

static inline void pause_for(unsigned int n)
{
	while (n--)
		cpu_relax_();
}

static inline void race_begin(void)
{
	if (cpus_nr() < 2)
		test_skip("the domain has one vCPU");
	rounds = cmdline_number("rounds", 300);
	seed = cmdline_number("seed", 1);
	stop = true;
	cpus_wait();		/* after an ERROR */
	stop = false;
}

#endif
