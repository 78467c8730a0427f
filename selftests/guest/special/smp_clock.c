// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: One clock: what any vCPU reads is never less than what another has read
 * before.  ms=N on the command line: how long to look (default 1000).
 */
#include "guest.h"

static volatile u32 lock;
static volatile u64 last, reads, steps, worst;
static volatile bool stop;

static void take(void)
{
	u32 old;

	do {
		old = 1;
		asm volatile("xchg %0, %1" : "+r" (old), "+m" (lock) : : "memory");
		if (old)
			cpu_relax_();
	} while (old);
}

/* The lock orders the readings; rdtsc must not be earlier than the lock. */
static void read_once(void)
{
	u64 now;

	take();
	asm volatile("lfence" : : : "memory");
	now = system_time_ns();
	if (now < last) {
		steps++;
		if (last - now > worst)
			worst = last - now;
	}
	last = now;
	reads++;
	barrier_();
	lock = 0;
}

static void compare(void *arg)
{
	while (!stop)
		read_once();
}

static void move_about(u64 ms)
{
	u64 end = system_time_ns() + ms * 1000000;

	while (system_time_ns() < end) {
		unsigned int i;

		for (i = 0; i < 50; i++)
			read_once();
		/* Another pCPU, another anchor: give up this one. */
		if (reads & 1)
			hc2(sched_op, SCHEDOP_yield, 0);
	}
}

TEST(monotonic, "no clock steps back, across vCPUs and pCPUs")
{
	unsigned int id, n = cpus_nr();
	u64 ms = cmdline_number("ms", 0);

	if (n < 2)
		test_skip("the domain has too few vCPUs");
	stop = false;
	for (id = 1; id < n; id++)
		cpu_start(id, compare, 0);
	move_about(ms ? ms : 1000);
	stop = true;
	cpus_wait();
	note("%lu readings, %lu steps back, the worst %lu ns", reads, steps, worst);
	EXPECT(reads > 1000);
	if (steps && !on_lodge())
		test_skip("Xen does not promise it");
	EXPECT_EQ(steps, 0);
}
