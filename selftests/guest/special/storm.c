// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: A guest and user space in domain 0 (../../lodge/evtchn_peer.c) on the two
 * ends of a channel.  mode=echo offers a port and sends back each event that
 * comes; mode=storm binds the port that is offered to it and sends as fast as
 * it can, for seconds=N.  Both go on until the other end closes.
 */
#include "events.h"

#define SECOND_NS	1000000000UL

/* Wait until something may have changed, a second at most. */
static void wait_event(u32 port)
{
	struct sched_poll p = { .nr_ports = 1, .timeout = system_time_ns() + SECOND_NS };

	set_xen_guest_handle(p.ports, &port);
	hc2(sched_op, SCHEDOP_poll, &p);
}

TEST(echo, "mode=echo: domain 0 binds, each event is sent back, and then it closes")
{
	u64 n = 0, end = system_time_ns() + 90 * SECOND_NS;
	bool bound = false;
	u32 port, st;

	if (!cmdline_has("mode=echo"))
		test_skip("not this time");
	REQUIRE(alloc_unbound(DOMID_SELF, 0, &port) == 0);
	while (system_time_ns() < end) {
		st = port_status(port);
		bound |= st == EVTCHNSTAT_interdomain;
		if (bound && st == EVTCHNSTAT_unbound)
			break;
		if (!pending(port)) {
			wait_event(port);
			continue;
		}
		clear(port);
		n++;
		EXPECT_EQ(send_port(port), 0);
	}
	EXPECT(bound);
	EXPECT_EQ(port_status(port), EVTCHNSTAT_unbound);
	EXPECT(n > 0);
	note("%lu events", n);
	EXPECT_EQ(close_port(port), 0);
}

TEST(storm, "mode=storm: bind what domain 0 offers, and send without end")
{
	u64 n = 0, end, seconds = cmdline_number("seconds", 2);
	u32 port = 0, q;

	if (!cmdline_has("mode=storm"))
		test_skip("not this time");
	end = system_time_ns() + 60 * SECOND_NS;
	do {
		for (q = 1; q < MAX_PORTS && bind_interdomain(0, q, &port); q++)
			;
	} while (q == MAX_PORTS && system_time_ns() < end);
	REQUIRE(q < MAX_PORTS);
	end = system_time_ns() + seconds * SECOND_NS;
	for (; system_time_ns() < end; n++)
		if (send_port(port))
			break;
	EXPECT(system_time_ns() >= end);
	note("%lu events sent in %lu s", n, seconds);
	EXPECT_EQ(close_port(port), 0);
}
