// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: Events, timers and NMIs between the vCPUs of a domain.
 */
#include "guest.h"

#define MS	1000000UL

static unsigned int rounds;	/* rounds=N on the command line */

static void set_rounds(void)
{
	rounds = cmdline_number("rounds", 0);
	if (!rounds)
		rounds = 2000;
}

static u32 port[CPUS_MAX];
static volatile u64 counter, got[CPUS_MAX];
static volatile bool stop;

static void need(unsigned int n)
{
	if (cpus_nr() < n)
		test_skip("the domain has too few vCPUs");
}

static bool pending(u32 p) { return bit_test(shared_info->evtchn_pending, p); }

/* Take the event of @p, if there is one. */
static bool take(u32 p)
{
	if (!pending(p))
		return false;
	bit_clear(shared_info->evtchn_pending, p);
	vcpu_info_here()->evtchn_pending_sel = 0;
	vcpu_info_here()->evtchn_upcall_pending = 0;
	return true;
}

/* As an idle loop: block until an event comes, whenever there is none. */
static void await_blocked(u32 p)
{
	while (!take(p)) {
		hc2(sched_op, SCHEDOP_block, 0);
		events_mask();
	}
}

static void await_polling(u32 p)
{
	evtchn_port_t ports[1] = { p };
	struct sched_poll poll = { .ports = ports, .nr_ports = 1 };

	while (!take(p))
		hc2(sched_op, SCHEDOP_poll, &poll);
}

/* ---- a ball that goes round; one wake-up lost and it lies still ---- */

struct player {
	u32 mine, next;
	void (*await)(u32 p);
};
static struct player players[CPUS_MAX];

static void play(void *arg)
{
	struct player *p = arg;
	unsigned int i;

	for (i = 0; i < rounds; i++) {
		p->await(p->mine);
		ipi_send(p->next);
		counter++;
	}
}

static void ball_game(unsigned int n, void (*await)(u32 p), void (*await0)(u32 p))
{
	unsigned int id, i;

	need(2);
	set_rounds();
	for (id = 0; id < n; id++)
		port[id] = ipi_bind(id);
	counter = 0;
	for (id = 1; id < n; id++) {
		players[id] = (struct player){ port[id], port[(id + 1) % n], await };
		cpu_start(id, play, &players[id]);
	}
	for (i = 0; i < rounds; i++) {
		REQUIRE(ipi_send(port[1]) == 0);
		await0(port[0]);
	}
	cpus_wait();
	EXPECT_EQ(counter, (u64)rounds * (n - 1));
	for (id = 0; id < n; id++)
		EXPECT_EQ(port_close(port[id]), 0);
}

TEST(ipi_block, "thousands of IPIs to and fro between two vCPUs that block")
{
	ball_game(2, await_blocked, await_blocked);
}

TEST(ipi_poll, "thousands of IPIs to and fro between two vCPUs that poll")
{
	ball_game(2, await_polling, await_polling);
}

TEST(ipi_ring, "thousands of IPIs round all vCPUs: some block, some poll")
{
	ball_game(cpus_nr(), await_blocked, await_polling);
}

TEST(ipi_bad, "an IPI for a vCPU that is none: -ENOENT")
{
	struct evtchn_bind_ipi b = { .vcpu = 64 };

	EXPECT_EQ(hc2(event_channel_op, EVTCHNOP_bind_ipi, &b), X_ENOENT);
	b.vcpu = cpus_nr();
	EXPECT_EQ(hc2(event_channel_op, EVTCHNOP_bind_ipi, &b), X_ENOENT);
}

/* ---- upcalls ---- */

static void spin_open(void *arg)
{
	*(volatile u8 *)&vcpu_info_here()->evtchn_upcall_mask = 0;
	while (!stop) {
		counter++;
		if (*(volatile u8 *)&vcpu_info_here()->evtchn_upcall_pending)
			hc2(xen_version, XENVER_version, 0);
	}
	events_mask();
}

TEST(upcall, "an IPI interrupts a vCPU that spins in the guest")
{
	unsigned int i;

	need(2);
	port[1] = ipi_bind(1);
	stop = false;
	counter = 0;
	cpu_of(1)->nr_events = 0;
	cpu_start(1, spin_open, 0);
	WAIT_FOR(counter > 100, 20000);
	for (i = 0; i < 200; i++) {
		u64 before = cpu_of(1)->nr_events;

		REQUIRE(ipi_send(port[1]) == 0);
		WAIT_FOR(cpu_of(1)->nr_events > before, 20000);
		bit_clear(shared_info->evtchn_pending, port[1]);
	}
	stop = true;
	cpu_wait(1);
	EXPECT(cpu_of(1)->nr_events >= 200);
	port_close(port[1]);
}

TEST(bind_vcpu, "bind_vcpu moves a port's events to another vCPU")
{
	struct evtchn_alloc_unbound a = { .dom = DOMID_SELF, .remote_dom = DOMID_SELF };
	struct evtchn_bind_interdomain bi = { .remote_dom = DOMID_SELF };
	struct evtchn_bind_vcpu bv;

	need(2);
	REQUIRE(hc2(event_channel_op, EVTCHNOP_alloc_unbound, &a) == 0);
	bi.remote_port = a.port;
	REQUIRE(hc2(event_channel_op, EVTCHNOP_bind_interdomain, &bi) == 0);
	bit_clear(shared_info->evtchn_mask, a.port);
	bv.port = a.port;
	bv.vcpu = 1;
	EXPECT_EQ(hc2(event_channel_op, EVTCHNOP_bind_vcpu, &bv), 0);
	bv.vcpu = 64;
	EXPECT_EQ(hc2(event_channel_op, EVTCHNOP_bind_vcpu, &bv), X_ENOENT);
	stop = false;
	counter = 0;
	cpu_of(1)->nr_events = 0;
	cpu_start(1, spin_open, 0);
	WAIT_FOR(counter > 100, 20000);
	EXPECT_EQ(ipi_send(bi.local_port), 0);
	WAIT_FOR(cpu_of(1)->nr_events, 20000);
	EXPECT(pending(a.port));
	stop = true;
	cpu_wait(1);
	port_close(bi.local_port);
	port_close(a.port);
}

/* ---- timers ---- */

static u32 timer_port;

static void bind_timer(unsigned int id)
{
	struct evtchn_bind_virq b = { .virq = VIRQ_TIMER, .vcpu = id };

	REQUIRE(hc2(event_channel_op, EVTCHNOP_bind_virq, &b) == 0);
	timer_port = b.port;
	bit_clear(shared_info->evtchn_mask, timer_port);
}

static volatile u64 nr_early, nr_late;

static void use_singleshot(void *arg)
{
	struct vcpu_set_singleshot_timer s = { .flags = 0 };
	unsigned int i;

	for (i = 0; i < 20; i++) {
		s.timeout_abs_ns = system_time_ns() + MS * (i + 1) / 4;
		hc3(vcpu_op, VCPUOP_set_singleshot_timer, cpu_here()->id, &s);
		await_blocked(timer_port);
		if (system_time_ns() < s.timeout_abs_ns)
			nr_early++;
		counter++;
	}
}

TEST(singleshot, "a vCPU's one-shot timer wakes it, never early; other vCPUs' timers cannot be set")
{
	struct vcpu_set_singleshot_timer s = { .flags = 0 };

	need(2);
	bind_timer(1);
	EXPECT_EQ(hc3(vcpu_op, VCPUOP_set_singleshot_timer, 1, &s), X_EINVAL);
	EXPECT_EQ(hc3(vcpu_op, VCPUOP_stop_singleshot_timer, 1, 0), X_EINVAL);
	counter = nr_early = 0;
	hc3(vcpu_op, VCPUOP_stop_periodic_timer, 1, 0);
	cpu_start(1, use_singleshot, 0);
	cpu_wait(1);
	EXPECT_EQ(counter, 20);
	EXPECT_EQ(nr_early, 0);
	port_close(timer_port);
}

static void count_ticks(void *arg)
{
	/* Not blocking: on Xen it ticks only while the vCPU runs. */
	for (got[1] = 0; got[1] < 20; got[1]++)
		while (!take(timer_port))
			cpu_relax_();
}

TEST(periodic, "a periodic timer that one vCPU sets for another ticks there, and stops")
{
	struct vcpu_set_periodic_timer p = { .period_ns = 2 * MS };
	u64 start, seen;

	need(2);
	bind_timer(1);
	p.period_ns = MS - 1;
	EXPECT_EQ(hc3(vcpu_op, VCPUOP_set_periodic_timer, 1, &p), X_EINVAL);
	p.period_ns = 2 * MS;
	EXPECT_EQ(hc3(vcpu_op, VCPUOP_set_periodic_timer, 1, &p), 0);
	start = system_time_ns();
	cpu_start(1, count_ticks, 0);
	cpu_wait(1);
	EXPECT(system_time_ns() - start >= 19 * MS);
	EXPECT_EQ(hc3(vcpu_op, VCPUOP_stop_periodic_timer, 1, 0), 0);
	bit_clear(shared_info->evtchn_pending, timer_port);
	start = system_time_ns();
	while (system_time_ns() < start + 10 * MS)
		;
	seen = pending(timer_port);
	EXPECT_EQ(seen, 0);
	port_close(timer_port);
}

/* ---- NMIs ---- */

static volatile u64 nr_nmis, nested;
static volatile bool again;

static bool nmi_hook(struct regs *r)
{
	if (r->vector != 2)
		return false;
	nested++;
	if (again) {		/* one for itself: it comes after the iret, not inside */
		again = false;
		hc3(vcpu_op, VCPUOP_send_nmi, cpu_here()->id, 0);
		hc2(xen_version, XENVER_version, 0);
		if (nested != 1)
			nr_nmis += 1000;
	}
	nr_nmis++;
	nested--;
	return true;
}

static void spin(void *arg)
{
	while (!stop)
		counter++;
}

TEST(nmi, "send_nmi reaches a vCPU that spins with events masked; bad arguments")
{
	unsigned int i;

	need(2);
	EXPECT_EQ(hc3(vcpu_op, VCPUOP_send_nmi, 1, 1), X_EINVAL);
	EXPECT_EQ(hc3(vcpu_op, VCPUOP_send_nmi, 64, 0), X_ENOENT);
	trap_hook = nmi_hook;
	stop = again = false;
	counter = nr_nmis = 0;
	cpu_start(1, spin, 0);
	WAIT_FOR(counter > 100, 20000);
	for (i = 1; i <= 100; i++) {
		EXPECT_EQ(hc3(vcpu_op, VCPUOP_send_nmi, 1, 0), 0);
		WAIT_FOR(nr_nmis >= i, 20000);
	}
	EXPECT_EQ(nr_nmis, 100);
	again = true;
	EXPECT_EQ(hc3(vcpu_op, VCPUOP_send_nmi, 1, 0), 0);
	WAIT_FOR(nr_nmis >= 102, 20000);
	EXPECT_EQ(nr_nmis, 102);
	stop = true;
	cpu_wait(1);
}

static void block_long(void *arg)
{
	events_mask();
	counter = 1;
	while (!stop) {
		hc2(sched_op, SCHEDOP_block, 0);
		counter++;
	}
	events_mask();
}

TEST(nmi_blocked, "send_nmi wakes a vCPU that blocks")
{
	need(2);
	trap_hook = nmi_hook;
	stop = again = false;
	nr_nmis = counter = 0;
	cpu_start(1, block_long, 0);
	WAIT_FOR(counter, 20000);
	EXPECT_EQ(hc3(vcpu_op, VCPUOP_send_nmi, 1, 0), 0);
	WAIT_FOR(nr_nmis == 1, 20000);
	stop = true;
	EXPECT_EQ(hc3(vcpu_op, VCPUOP_send_nmi, 1, 0), 0);
	cpu_wait(1);
}
