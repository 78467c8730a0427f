// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: A guest that wants all the CPU it can get
 *
 * It never blocks, but before its beginning: with "from=SECONDS" on its command line
 * that is so many seconds after 1970.  Each second of its system time it says how
 * often it went round its loop by then: "spin N".  crowd.sh boots a hundred of them.
 */
#include "guest.h"

#define SECOND_NS	1000000000UL

static u64 since_1970_ns(void)
{
	return shared_info->wc.sec * SECOND_NS + shared_info->wc.nsec + system_time_ns();
}

static void block_until(u64 when_ns)
{
	struct evtchn_bind_virq b = { .virq = VIRQ_TIMER, .vcpu = 0 };
	u64 now_ns = since_1970_ns();

	REQUIRE(hc2(event_channel_op, EVTCHNOP_bind_virq, &b) == 0);
	bit_clear(shared_info->evtchn_mask, b.port);
	for (; now_ns < when_ns; now_ns = since_1970_ns()) {
		REQUIRE(hc1(set_timer_op, system_time_ns() + when_ns - now_ns) == 0);
		hc1(sched_op, SCHEDOP_block);
		VCPU_INFO->evtchn_upcall_pending = 0;
		bit_clear(shared_info->evtchn_pending, b.port);
	}
}

TEST(spin, "spins for ever")
{
	u64 next = 0, rounds;

	block_until(cmdline_number("from", 0) * SECOND_NS);
	for (rounds = 0; ; rounds++) {
		if (system_time_ns() < next)
			continue;
		print("spin %lu\n", rounds);
		next = system_time_ns() + SECOND_NS;
	}
}
