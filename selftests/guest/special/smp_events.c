// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: Event channels among the vCPUs of one domain: waiting against sending,
 * moving a port while it is used, and the races for ports themselves: closing,
 * opening and resetting on several vCPUs at once (XSA-343, XSA-344).
 */
#include "event_wait.h"

#define ROUNDS		1500
#define RACE_ROUNDS	3000
#define CPUS		4

static bool keep_on;
static u32 end[2][WAIT_PORTS];		/* the two ends of each loop */
static struct waiter waiters[2] = { { .port = end[0] }, { .port = end[1] } };
static u32 bad[CPUS];

static u32 cpus(void)
{
	u32 n = cpus_nr();

	if (n < 2)
		test_skip("the domain has one vCPU");
	return n > CPUS ? CPUS : n;
}

static long to_vcpu(u32 port, u32 vcpu)
{
	struct evtchn_bind_vcpu b = { .port = port, .vcpu = vcpu };

	return op(EVTCHNOP_bind_vcpu, &b);
}

static void loops_open(void)
{
	u32 i;

	for (i = 0; i < WAIT_PORTS; i++) {
		REQUIRE(alloc_unbound(DOMID_SELF, DOMID_SELF, &end[0][i]) == 0);
		REQUIRE(bind_interdomain(DOMID_SELF, end[0][i], &end[1][i]) == 0);
		REQUIRE(to_vcpu(end[1][i], 1) == 0);
		clear(end[1][i]);
		unmask_bit(end[0][i]);
		unmask_bit(end[1][i]);
	}
}

static void loops_close(void)
{
	u32 i;

	for (i = 0; i < WAIT_PORTS; i++) {
		EXPECT_EQ(close_port(end[0][i]), 0);
		EXPECT_EQ(close_port(end[1][i]), 0);
	}
}

/* Whoever is @side sends back what comes; side 0 has begun, and keeps the last. */
static void tokens(u32 side)
{
	u32 got, i, count[WAIT_PORTS] = { 0 }, open = (1 << WAIT_PORTS) - 1;

	while (open) {
		got = wait_any(&waiters[side], open);
		for (i = 0; i < WAIT_PORTS; i++) {
			if (!(got & 1 << i))
				continue;
			count[i]++;
			if (side || count[i] < ROUNDS)
				bad[side] += send_port(end[side][i]) != 0;
			if (count[i] == ROUNDS)
				open &= ~(1 << i);
		}
	}
}

static void tokens_other(void *arg)
{
	events_mask();
	tokens(1);
}

TEST(tokens_smp, "tokens go to and fro between two vCPUs, and none is lost")
{
	u32 i;

	cpus();
	loops_open();
	event_hook = take_event;
	bad[0] = bad[1] = 0;
	waiters[0].seed = rdtsc();
	waiters[1].seed = ~rdtsc();
	cpu_start(1, tokens_other, NULL);
	for (i = 0; i < WAIT_PORTS; i++)
		EXPECT_EQ(send_port(end[0][i]), 0);
	tokens(0);
	cpus_wait();
	EXPECT_EQ(bad[0] + bad[1], 0);
	EXPECT_EQ(waiters[0].late + waiters[1].late, 0);
	loops_close();
}

/* ---- ports that others close, open, move, mask and send on all the time ---- */

static u32 races_unbound(u32 p, u32 what)
{
	u32 q;

	switch (what) {
	case 0:
		return alloc_unbound(DOMID_SELF, DOMID_SELF, &q) != 0;
	case 1:
		/* Whoever has it may have closed it. */
		bind_interdomain(DOMID_SELF, p, &q);
		return 0;
	case 2:
		close_port(p);
		return 0;
	case 3:
		send_port(p);
		return 0;
	case 4:
		unmask_port(p);
		return 0;
	case 5:
		to_vcpu(p, p % 2);
		return 0;
	case 6:
		return bind_ipi(p % 2, &q) != 0;
	}
	return port_status(p) > EVTCHNSTAT_ipi;
}

static void race(void *arg)
{
	struct waiter *w = arg;
	u32 i, errors = 0;

	events_mask();
	for (i = 0; i < RACE_ROUNDS; i++)
		errors += races_unbound(8 + chance(w, 24), chance(w, 8));
	w->late = errors;
}

static void close_all(void)
{
	u32 p;

	for (p = 8; p < MAX_PORTS; p++)
		close_port(p);
}

TEST(races, "all vCPUs open, bind, close, move, send on and unmask the same few ports")
{
	struct waiter w[CPUS] = { { 0 } };
	u32 n = cpus(), i, low[8], nr_low = 0;

	/* Keep the ports below 8, the console's among them, out of it. */
	while (nr_low < 8 && alloc_unbound(DOMID_SELF, 0, &low[nr_low]) == 0 && low[nr_low] < 7)
		nr_low++;
	event_hook = take_event;
	for (i = 0; i < n; i++)
		w[i].seed = rdtsc() + i;
	for (i = 1; i < n; i++)
		cpu_start(i, race, &w[i]);
	race(&w[0]);
	cpus_wait();
	for (i = 0; i < n; i++)
		EXPECT_EQ(w[i].late, 0);
	close_all();
	for (i = 0; i < nr_low; i++)
		EXPECT_EQ(close_port(low[i]), 0);
}

static void sender(void *arg)
{
	u32 *p = arg;

	while (*(volatile bool *)&keep_on)
		bad[1] += send_port(*p) != 0;
}

TEST(move, "a port that moves between vCPUs while it is sent on keeps its events")
{
	u32 i, p, lost = 0;

	cpus();
	loops_open();
	p = end[0][0];
	bad[1] = 0;
	keep_on = true;
	cpu_start(1, sender, &end[1][0]);
	for (i = 0; i < ROUNDS; i++) {
		u64 limit = system_time_ns() + LONG_NS;

		clear(p);
		EXPECT_EQ(to_vcpu(p, i % 2), 0);
		while (!pending(p) && system_time_ns() < limit)
			cpu_relax_();
		lost += !pending(p);
	}
	keep_on = false;
	cpus_wait();
	EXPECT_EQ(lost, 0);
	EXPECT_EQ(bad[1], 0);
	loops_close();
}

/* ---- reset ---- */

static u32 nr_busy, nr_again, nr_done;

static void reset_loop(void *arg)
{
	struct evtchn_reset r = { .dom = DOMID_SELF };
	u32 i, n = (u64)arg, p;
	long ret;

	for (i = 0; i < n; i++) {
		alloc_unbound(DOMID_SELF, 0, &p);
		bind_ipi(0, &p);
		ret = op(EVTCHNOP_reset, &r);
		atomic_add_u32(ret == 0 ? &nr_done : ret == X_EBUSY ? &nr_busy :
			       ret == X_EAGAIN ? &nr_again : &bad[0], 1);
	}
}

static void opener(void *arg)
{
	u32 p, q;

	while (*(volatile bool *)&keep_on) {
		if (alloc_unbound(DOMID_SELF, DOMID_SELF, &p))
			continue;
		if (bind_interdomain(DOMID_SELF, p, &q) == 0)
			send_port(q);
	}
}

TEST(reset, "several vCPUs reset while another opens ports: 0, -EBUSY or -EAGAIN (XSA-343, XSA-344)")
{
	struct evtchn_reset r = { .dom = DOMID_SELF };
	u32 n = cpus(), p, i;

	if (!on_lodge())
		test_skip("it would close the console's port");
	bad[0] = nr_busy = nr_again = nr_done = 0;
	keep_on = true;
	cpu_start(1, opener, NULL);
	for (i = 2; i < n; i++)
		cpu_start(i, reset_loop, (void *)200UL);
	reset_loop((void *)200UL);
	for (i = 2; i < n; i++)
		cpu_wait(i);
	keep_on = false;
	cpus_wait();
	note("reset: %u done, %u -EBUSY, %u -EAGAIN", nr_done, nr_busy, nr_again);
	EXPECT_EQ(bad[0], 0);
	EXPECT_EQ(op(EVTCHNOP_reset, &r), 0);
	REQUIRE(alloc_unbound(DOMID_SELF, 0, &p) == 0);
	EXPECT(p < 8);		/* all are free again */
	EXPECT_EQ(close_port(p), 0);
}
