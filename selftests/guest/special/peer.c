// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: Two domains that run at the same time and have event channels between
 * them: role=a offers ports, role=b, started right after it, binds them.  Each
 * test runs in both, and they keep step by the events that they test.
 *
 * A wake-up that is lost shows as a domain that hangs: its watchdog ends it.
 */
#include "event_wait.h"

#define NR_PORTS	WAIT_PORTS
#define ROUNDS		1500
#define CLOSE_ROUNDS	300

static bool first;			/* role=a */
static domid_t me, peer;
static u32 port[NR_PORTS];
static u32 peer_port[NR_PORTS];		/* the other ends */
static struct waiter waiter = { .port = port };

static void status(u32 p, struct evtchn_status *s)
{
	*s = (struct evtchn_status){ .dom = DOMID_SELF, .port = p };
	REQUIRE(op(EVTCHNOP_status, s) == 0);
}

/* Before this or the other side waits for what does not come by itself. */
static void watchdog(u32 seconds)
{
	static u32 id;
	struct sched_watchdog w = { .id = id, .timeout = seconds };
	long ret = hc2(sched_op, SCHEDOP_watchdog, &w);

	REQUIRE(ret >= 0);
	if (!id)
		id = ret;
}

static void begin_test(u32 seconds)
{
	watchdog(seconds);
	event_hook = take_event;
}

static void begin(void)
{
	u32 a, b;
	struct evtchn_status s;

	REQUIRE(alloc_unbound(DOMID_SELF, DOMID_SELF, &a) == 0);
	REQUIRE(bind_interdomain(DOMID_SELF, a, &b) == 0);
	status(a, &s);
	me = s.u.interdomain.dom;
	close_port(b);
	close_port(a);
	clear(b);
	first = cmdline_has("role=a");
	peer = first ? me + 1 : me - 1;
	waiter.seed = rdtsc();
}

/* Ports that are offered already: from low to high, as the other side offers them. */
static void bind_offered(u32 *next)
{
	u64 end = system_time_ns() + LONG_NS;
	u32 i;

	for (i = 0; i < NR_PORTS; ) {
		if (bind_interdomain(peer, *next, &port[i]) == 0) {
			peer_port[i] = *next;
			i++;
		}
		*next = *next % 63 + 1;
		if (system_time_ns() > end)
			test_error("peer.c", __LINE__, "the other domain offers nothing");
		if (*next == 1)
			hc2(sched_op, SCHEDOP_yield, 0);
	}
}

TEST(bind, "one side offers ports, the other binds them; both see who is there")
{
	struct evtchn_status s;
	u32 i, next = 1;
	u64 end;

	begin();
	begin_test(100);
	if (first)
		for (i = 0; i < NR_PORTS; i++)
			REQUIRE(alloc_unbound(DOMID_SELF, peer, &port[i]) == 0);
	else
		bind_offered(&next);
	end = system_time_ns() + LONG_NS;
	for (i = 0; i < NR_PORTS; i++) {
		do {
			status(port[i], &s);
			hc2(sched_op, SCHEDOP_yield, 0);
		} while (s.status == EVTCHNSTAT_unbound && system_time_ns() < end);
		REQUIRE(s.status == EVTCHNSTAT_interdomain);
		EXPECT_EQ(s.u.interdomain.dom, peer);
		if (first)
			peer_port[i] = s.u.interdomain.port;
		else
			EXPECT_EQ(s.u.interdomain.port, peer_port[i]);
		if (!first) {
			EXPECT(pending(port[i]));	/* whoever binds looks once */
			clear(port[i]);
		}
		unmask_bit(port[i]);
	}
	if (!first)
		EXPECT_EQ(bind_interdomain(peer, peer_port[0], &next), X_EINVAL);
	/* a waits for b here: what b has cleared above was not a's event. */
	if (first)
		wait_any(&waiter, 1);
	else
		EXPECT_EQ(send_port(port[0]), 0);
}

TEST(tokens, "tokens go to and fro on four ports, and none is lost")
{
	u32 got, i, count[NR_PORTS] = { 0 }, open = (1 << NR_PORTS) - 1;

	begin_test(90);
	if (first)
		for (i = 0; i < NR_PORTS; i++)
			EXPECT_EQ(send_port(port[i]), 0);
	while (open) {
		got = wait_any(&waiter, open);
		for (i = 0; i < NR_PORTS; i++) {
			if (!(got & 1 << i))
				continue;
			count[i]++;
			/* The last one a gets it keeps. */
			if (!first || count[i] < ROUNDS)
				EXPECT_EQ(send_port(port[i]), 0);
			if (count[i] == ROUNDS)
				open &= ~(1 << i);
		}
	}
	for (i = 0; i < NR_PORTS; i++)
		EXPECT_EQ(count[i], ROUNDS);
	EXPECT_EQ(waiter.late, 0);
}

/* a says that it is time, b answers when it has done its part. */
static void turn(bool mine)
{
	if (mine)
		EXPECT_EQ(send_port(port[0]), 0);
	else
		wait_any(&waiter, 1);
}

TEST(close, "closing one end leaves the other unbound, to be bound again by either")
{
	struct evtchn_status s;
	u32 p;

	begin_test(100);
	if (!first) {
		EXPECT_EQ(close_port(port[3]), 0);
		turn(true);
		turn(false);
		/* a's port waits for us again; then we have what a had offered. */
		EXPECT_EQ(bind_interdomain(peer, peer_port[3], &port[3]), 0);
		unmask_bit(port[3]);
		EXPECT(pending(port[3]));
		clear(port[3]);
		turn(true);
		turn(false);
		status(port[2], &s);
		EXPECT_EQ(s.status, EVTCHNSTAT_unbound);
		EXPECT_EQ(s.u.unbound.dom, peer);
		turn(true);
		turn(false);
		status(port[2], &s);
		EXPECT_EQ(s.status, EVTCHNSTAT_interdomain);
		turn(true);	/* nobody has two turns running: they would be one */
		return;
	}
	turn(false);
	status(port[3], &s);
	EXPECT_EQ(s.status, EVTCHNSTAT_unbound);
	EXPECT_EQ(s.u.unbound.dom, peer);
	EXPECT_EQ(send_port(port[3]), 0);
	turn(true);
	turn(false);
	status(port[3], &s);
	EXPECT_EQ(s.status, EVTCHNSTAT_interdomain);
	peer_port[3] = s.u.interdomain.port;
	EXPECT_EQ(close_port(port[2]), 0);
	turn(true);
	turn(false);
	EXPECT_EQ(bind_interdomain(peer, peer_port[2], &p), 0);
	port[2] = p;
	unmask_bit(p);
	clear(p);
	turn(true);
	turn(false);
}

TEST(close_race, "both ends closed at the same moment, and bound while the other side sends")
{
	u32 round, p, q, bad = 0;
	long ret;

	begin_test(90);
	for (round = 0; round < CLOSE_ROUNDS; round++) {
		if (first) {
			REQUIRE(alloc_unbound(DOMID_SELF, peer, &p) == 0);
			turn(true);
			while (!pending(port[1]))	/* sends meet the binding */
				send_port(p);
			clear(port[1]);
			bad += close_port(p) != 0;
			turn(false);
			continue;
		}
		turn(false);
		for (q = 63; q; q--)
			if (bind_interdomain(peer, q, &p) == 0)
				break;
		REQUIRE(q);
		bad += send_port(port[1]) != 0;
		ret = close_port(p);
		bad += ret != 0;
		clear(p);
		turn(true);
	}
	EXPECT_EQ(bad, 0);
}

TEST(end, "the other domain's end leaves its peer's ports unbound")
{
	u64 end = system_time_ns() + LONG_NS;
	struct evtchn_status s;

	begin_test(100);
	if (!first)
		return;		/* b ends now */
	do {
		status(port[0], &s);
		hc2(sched_op, SCHEDOP_yield, 0);
	} while (s.status == EVTCHNSTAT_interdomain && system_time_ns() < end);
	EXPECT_EQ(s.status, EVTCHNSTAT_unbound);
	EXPECT_EQ(s.u.unbound.dom, peer);
	EXPECT_EQ(send_port(port[0]), 0);
	EXPECT_EQ(close_port(port[0]), 0);
}
