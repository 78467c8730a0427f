// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: A guest that works and sleeps to a beat
 *
 * Each of its vCPUs runs for work_us=N of its own time, sleeps until the next
 * beat, period_us=N after the last one, and so on for ever.  Without a period it
 * never sleeps.  trace.sh and the pictures of scheduling.rst watch it.
 */
#include "guest.h"

#define US	1000UL

static u64 work_ns, period_ns;

/* How long this vCPU has run. */
static u64 ran_ns(void)
{
	struct vcpu_runstate_info info;

	REQUIRE(hc3(vcpu_op, VCPUOP_get_runstate_info, cpu_here()->id, &info) == 0);
	return info.time[RUNSTATE_running];
}

static void work(void)
{
	u64 end_ns = ran_ns() + work_ns;
	u32 i;

	while (ran_ns() < end_ns)
		for (i = 0; i < 5000; i++)
			barrier_();
}

static void sleep_until(u64 when_ns)
{
	struct sched_poll p = { .timeout = when_ns };

	while (system_time_ns() < when_ns) {
		VCPU_INFO->evtchn_upcall_pending = 0;	/* the console's, say */
		REQUIRE(hc2(sched_op, SCHEDOP_poll, &p) == 0);
	}
}

static void beat(void *unused)
{
	u64 next_ns = system_time_ns();

	for (;;) {
		work();
		next_ns += period_ns;
		if (next_ns <= system_time_ns())
			next_ns = system_time_ns();	/* late: a beat is lost */
		else
			sleep_until(next_ns);
	}
}

TEST(pulse, "works and sleeps for ever")
{
	unsigned int id;

	work_ns = cmdline_number("work_us", 1000) * US;
	period_ns = cmdline_number("period_us", 0) * US;
	print("pulse: %lu ns every %lu ns\n", work_ns, period_ns);
	for (id = 1; id < cpus_nr(); id++)
		cpu_start(id, beat, NULL);
	beat(NULL);
}
