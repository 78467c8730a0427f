// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: Uses its vCPUs as it is told, and says how soon the first one runs when
 * its sleep is over.  run=US sleep=US: each vCPU works so long, of its own
 * running, then sleeps (by default they spin).  ms=N: for how long; by default
 * until the domain is destroyed.
 */
#include "guest.h"

#define US		1000UL
#define SAMPLES		8192

static u64 run_ns, sleep_ns, end_ns;
static u32 late_us[SAMPLES];
static u32 nr_late;

static u64 own_running_ns(u32 id)
{
	struct vcpu_runstate_info info;

	REQUIRE(hc3(vcpu_op, VCPUOP_get_runstate_info, id, &info) == 0);
	return info.time[RUNSTATE_running];
}

static void work(u32 id)
{
	u64 until = own_running_ns(id) + run_ns;
	u32 i;

	while (own_running_ns(id) < until)
		for (i = 0; i < 1000; i++)
			cpu_relax_();
}

static void sleep(u32 id)
{
	struct sched_poll p = { .timeout = system_time_ns() + sleep_ns };

	hc2(sched_op, SCHEDOP_poll, &p);
	if (id == 0 && nr_late < SAMPLES)
		late_us[nr_late++] = (u32)((system_time_ns() - p.timeout) / US);
}

static void use(void *arg)
{
	u32 id = (u32)(u64)arg;

	while (!end_ns || system_time_ns() < end_ns) {
		if (!sleep_ns)
			continue;
		work(id);
		sleep(id);
	}
}

static void sort(u32 *a, u32 n)
{
	u32 i, j, t;

	for (i = 1; i < n; i++)
		for (t = a[i], j = i; j && a[j - 1] > t; j--) {
			a[j] = a[j - 1];
			a[j - 1] = t;
		}
}

TEST(load, "uses its vCPUs")
{
	u32 id, n = cpus_nr();
	u64 ms = cmdline_number("ms", 0), started;

	run_ns = cmdline_number("run", 1000) * US;
	sleep_ns = cmdline_number("sleep", 0) * US;
	started = system_time_ns();
	end_ns = ms ? started + ms * 1000 * US : 0;
	note("%u vCPUs", n);
	console_drain();
	for (id = 1; id < n; id++)
		cpu_start(id, use, (void *)(u64)id);
	use(0);
	cpus_wait();
	sort(late_us, nr_late);
	note("ran %lu us of %lu", own_running_ns(0) / US, (system_time_ns() - started) / US);
	if (nr_late)
		note("%u turns, late by: median %u us, 99 %% %u us, worst %u us", nr_late,
		     late_us[nr_late / 2], late_us[nr_late - 1 - nr_late / 100], late_us[nr_late - 1]);
}
