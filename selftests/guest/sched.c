// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: sched_op, timers, clocks, runstate and the vcpu_op calls of a domain
 * with one vCPU.  "Never early" is exact; "not too late" allows for a busy
 * emulated machine.
 */
#include "guest.h"

#define BAD_ADDRESS	0x1000UL
#define MS		1000000UL

static u32 timer_port;

static u64 now(void) { return system_time_ns(); }

static bool timer_pending(void) { return bit_test(shared_info->evtchn_pending, timer_port); }

static void timer_clear(void)
{
	bit_clear(shared_info->evtchn_pending, timer_port);
	VCPU_INFO->evtchn_pending_sel = 0;
	VCPU_INFO->evtchn_upcall_pending = 0;
}

static void timer_bind(void)
{
	struct evtchn_bind_virq b = { .virq = VIRQ_TIMER, .vcpu = 0 };

	if (!timer_port) {
		REQUIRE(hc2(event_channel_op, EVTCHNOP_bind_virq, &b) == 0);
		timer_port = b.port;
		bit_clear(shared_info->evtchn_mask, timer_port);
		hc3(vcpu_op, VCPUOP_stop_periodic_timer, 0, 0);
	}
	hc1(set_timer_op, 0);
	hc3(vcpu_op, VCPUOP_stop_singleshot_timer, 0, 0);
	timer_clear();
}

/* Wait for the timer port without blocking; false after @limit. */
static bool spin_for_timer(u64 limit)
{
	u64 end = now() + limit;

	while (!timer_pending())
		if (now() > end)
			return false;
	return true;
}

/* ---- sched_op ---- */

TEST(yield, "yield returns 0")
{
	EXPECT_EQ(hc2(sched_op, SCHEDOP_yield, 0), 0);
	EXPECT_EQ(hc2(sched_op, SCHEDOP_yield, BAD_ADDRESS), 0);
}

TEST(block_pending, "block with an event pending returns at once and clears the mask")
{
	u64 start = now();

	VCPU_INFO->evtchn_upcall_pending = 1;
	VCPU_INFO->evtchn_upcall_mask = 1;
	EXPECT_EQ(hc2(sched_op, SCHEDOP_block, 0), 0);
	EXPECT_EQ(VCPU_INFO->evtchn_upcall_mask, 0);
	events_mask();
	EXPECT(now() - start < 1000 * MS);
}

TEST(block_timer, "block until the timer's event")
{
	u64 start, when;

	timer_bind();
	start = now();
	when = start + 10 * MS;
	nr_events = 0;
	REQUIRE(hc1(set_timer_op, when) == 0);
	EXPECT_EQ(hc2(sched_op, SCHEDOP_block, 0), 0);
	events_mask();
	EXPECT(now() >= when);
	EXPECT(timer_pending());
	EXPECT(nr_events >= 1);
	timer_clear();
}

TEST(poll_timeout, "poll with no ports and a timeout returns after it, not before")
{
	struct sched_poll p = { .nr_ports = 0 };
	u64 when = now() + 5 * MS;

	timer_bind();
	p.timeout = when;
	EXPECT_EQ(hc2(sched_op, SCHEDOP_poll, &p), 0);
	EXPECT(now() >= when);
}

TEST(poll_past, "poll with a timeout in the past returns at once")
{
	struct sched_poll p = { .nr_ports = 0, .timeout = 1 };
	u64 start = now();

	timer_bind();
	EXPECT_EQ(hc2(sched_op, SCHEDOP_poll, &p), 0);
	EXPECT(now() - start < 1000 * MS);
}

TEST(poll_port, "poll of a port that is pending returns at once; the bit stays")
{
	evtchn_port_t port;
	struct sched_poll p = { .nr_ports = 1, .timeout = 0 };
	u64 start = now();

	timer_bind();
	port = timer_port;
	p.ports = &port;
	bit_set(shared_info->evtchn_pending, port);
	EXPECT_EQ(hc2(sched_op, SCHEDOP_poll, &p), 0);
	EXPECT(now() - start < 1000 * MS);
	EXPECT(timer_pending());
	timer_clear();
}

TEST(poll_wake, "poll of a masked port is woken by its event")
{
	evtchn_port_t port;
	struct sched_poll p = { .nr_ports = 1 };
	u64 when;

	timer_bind();
	port = timer_port;
	p.ports = &port;
	p.timeout = now() + 2000 * MS;
	bit_set(shared_info->evtchn_mask, port);
	when = now() + 5 * MS;
	REQUIRE(hc1(set_timer_op, when) == 0);
	EXPECT_EQ(hc2(sched_op, SCHEDOP_poll, &p), 0);
	EXPECT(now() >= when);
	EXPECT(now() < p.timeout);
	EXPECT(timer_pending());
	bit_clear(shared_info->evtchn_mask, port);
	timer_clear();
}

TEST(poll_bounds, "poll: bad ports -EINVAL, too many -EINVAL, unreadable -EFAULT")
{
	static evtchn_port_t port[200];
	struct sched_poll p = { .nr_ports = 1, .timeout = 1 };

	p.ports = port;
	port[0] = 0x7fffffff;
	EXPECT_EQ(hc2(sched_op, SCHEDOP_poll, &p), X_EINVAL);
	port[0] = ~0u;
	EXPECT_EQ(hc2(sched_op, SCHEDOP_poll, &p), X_EINVAL);
	p.nr_ports = 129;
	EXPECT_EQ(hc2(sched_op, SCHEDOP_poll, &p), X_EINVAL);
	p.nr_ports = ~0u;
	EXPECT_EQ(hc2(sched_op, SCHEDOP_poll, &p), X_EINVAL);
	p.nr_ports = 1;
	p.ports = (void *)BAD_ADDRESS;
	EXPECT_EQ(hc2(sched_op, SCHEDOP_poll, &p), X_EFAULT);
	EXPECT_EQ(hc2(sched_op, SCHEDOP_poll, BAD_ADDRESS), X_EFAULT);
}

TEST(sched_bad, "sched_op: unknown commands are -ENOSYS, unreadable arguments -EFAULT")
{
	EXPECT_EQ(hc2(sched_op, 99, 0), X_ENOSYS);
	EXPECT_EQ(hc2(sched_op, ~0u, 0), X_ENOSYS);
	EXPECT_EQ(hc2(sched_op, SCHEDOP_shutdown, BAD_ADDRESS), X_EFAULT);
}

TEST(remote_shutdown, "remote_shutdown of other domains is refused")
{
	struct sched_remote_shutdown r = { .domain_id = 0, .reason = SHUTDOWN_crash };

	EXPECT(hc2(sched_op, SCHEDOP_remote_shutdown, &r) < 0);
	r.domain_id = 0x1234;
	EXPECT(hc2(sched_op, SCHEDOP_remote_shutdown, &r) < 0);
}

TEST(watchdog, "watchdog: set, pet, stop; wrong ids")
{
	struct sched_watchdog w = { .id = 0, .timeout = 100 };
	long id = hc2(sched_op, SCHEDOP_watchdog, &w);

	if (id == X_ENOSYS)
		test_skip("not offered");
	EXPECT(id > 0);
	w.id = id;
	EXPECT_EQ(hc2(sched_op, SCHEDOP_watchdog, &w), 0);
	w.timeout = 0;
	EXPECT_EQ(hc2(sched_op, SCHEDOP_watchdog, &w), 0);
	w.id = 77;
	EXPECT_EQ(hc2(sched_op, SCHEDOP_watchdog, &w), X_EINVAL);
}

/* ---- timers ---- */

TEST(timer_once, "set_timer_op fires once, never early")
{
	u64 when;
	int i;

	timer_bind();
	for (i = 0; i < 20; i++) {
		when = now() + MS / 2 * (i + 1);
		timer_clear();
		EXPECT_EQ(hc1(set_timer_op, when), 0);
		REQUIRE(spin_for_timer(5000 * MS));
		EXPECT(now() >= when);
	}
	timer_clear();
	EXPECT(!spin_for_timer(20 * MS));
}

TEST(timer_past, "set_timer_op with a deadline in the past fires at once")
{
	timer_bind();
	EXPECT_EQ(hc1(set_timer_op, now() - MS), 0);
	EXPECT(spin_for_timer(2000 * MS));
	timer_clear();
	EXPECT_EQ(hc1(set_timer_op, 1), 0);
	EXPECT(spin_for_timer(2000 * MS));
	timer_clear();
}

TEST(timer_cancel, "set_timer_op 0 cancels")
{
	timer_bind();
	/* Far enough that a busy host comes to the second call in time. */
	EXPECT_EQ(hc1(set_timer_op, now() + 100 * MS), 0);
	EXPECT_EQ(hc1(set_timer_op, 0), 0);
	EXPECT(!spin_for_timer(150 * MS));
}

TEST(timer_far, "set_timer_op far ahead and absurd does not fire soon (or, beyond 2^63, at once)")
{
	timer_bind();
	EXPECT_EQ(hc1(set_timer_op, now() + 3600000 * MS), 0);
	EXPECT(!spin_for_timer(20 * MS));
	EXPECT_EQ(hc1(set_timer_op, 0x7fffffffffffffffUL), 0);
	hc1(set_timer_op, ~0UL);
	hc1(set_timer_op, 0);
	timer_clear();
}

TEST(timer_replace, "a second deadline replaces the first")
{
	u64 when;

	timer_bind();
	EXPECT_EQ(hc1(set_timer_op, now() + 100 * MS), 0);
	when = now() + 150 * MS;
	EXPECT_EQ(hc1(set_timer_op, when), 0);
	REQUIRE(spin_for_timer(5000 * MS));
	EXPECT(now() >= when);
	timer_clear();
}

TEST(singleshot, "VCPUOP singleshot timer: never early, once")
{
	struct vcpu_set_singleshot_timer s = { .flags = 0 };
	int i;

	timer_bind();
	for (i = 0; i < 10; i++) {
		s.timeout_abs_ns = now() + MS * (i + 1) / 2;
		timer_clear();
		EXPECT_EQ(hc3(vcpu_op, VCPUOP_set_singleshot_timer, 0, &s), 0);
		REQUIRE(spin_for_timer(5000 * MS));
		EXPECT(now() >= s.timeout_abs_ns);
	}
	timer_clear();
	EXPECT(!spin_for_timer(10 * MS));
}

TEST(singleshot_future,
	"VCPU_SSHOTTMR_future with a past deadline: it fires at once all the same, or is "
	"-ETIME")
{
	struct vcpu_set_singleshot_timer s = { .flags = VCPU_SSHOTTMR_future };

	timer_bind();
	s.timeout_abs_ns = now() - MS;
	if (hc3(vcpu_op, VCPUOP_set_singleshot_timer, 0, &s) != -62)
		EXPECT(spin_for_timer(2000 * MS));
	timer_clear();
}

TEST(singleshot_past, "a past deadline without the flag fires at once")
{
	struct vcpu_set_singleshot_timer s = { .flags = 0 };

	timer_bind();
	s.timeout_abs_ns = now() - MS;
	EXPECT_EQ(hc3(vcpu_op, VCPUOP_set_singleshot_timer, 0, &s), 0);
	EXPECT(spin_for_timer(2000 * MS));
	timer_clear();
}

TEST(singleshot_stop, "stop_singleshot_timer stops it")
{
	struct vcpu_set_singleshot_timer s = { .flags = 0 };

	timer_bind();
	s.timeout_abs_ns = now() + 10 * MS;
	EXPECT_EQ(hc3(vcpu_op, VCPUOP_set_singleshot_timer, 0, &s), 0);
	EXPECT_EQ(hc3(vcpu_op, VCPUOP_stop_singleshot_timer, 0, 0), 0);
	EXPECT(!spin_for_timer(30 * MS));
}

TEST(periodic, "periodic timer: period bounds, ticks, stop")
{
	struct vcpu_set_periodic_timer p = { .period_ns = 5 * MS };
	unsigned int i;
	u64 start;

	timer_bind();
	EXPECT_EQ(hc3(vcpu_op, VCPUOP_set_periodic_timer, 0, &p), 0);
	start = now();
	for (i = 0; i < 5; i++) {
		REQUIRE(spin_for_timer(5000 * MS));
		timer_clear();
	}
	EXPECT(now() - start >= 15 * MS);
	EXPECT_EQ(hc3(vcpu_op, VCPUOP_stop_periodic_timer, 0, 0), 0);
	spin_for_timer(10 * MS);
	timer_clear();
	EXPECT(!spin_for_timer(20 * MS));
	p.period_ns = 999999;
	EXPECT_EQ(hc3(vcpu_op, VCPUOP_set_periodic_timer, 0, &p), X_EINVAL);
	p.period_ns = 0;
	EXPECT_EQ(hc3(vcpu_op, VCPUOP_set_periodic_timer, 0, &p), X_EINVAL);
	p.period_ns = ~0UL;
	EXPECT_EQ(hc3(vcpu_op, VCPUOP_set_periodic_timer, 0, &p), X_EINVAL);
}

/* ---- clocks ---- */

TEST(monotonic, "system time never goes back, over yields and blocks")
{
	u64 last = now(), t;
	unsigned int i, back = 0;

	for (i = 0; i < 20000; i++) {
		if (i % 100 == 0)
			hc2(sched_op, SCHEDOP_yield, 0);
		t = now();
		back += t < last;
		last = t;
	}
	EXPECT_EQ(back, 0);
}

TEST(version_even, "the time area's version is even between updates and not 0")
{
	u32 v = VCPU_INFO->time.version;

	EXPECT_EQ(v & 1, 0);
	EXPECT(v != 0);
}

TEST(scale, "tsc_to_system_mul and tsc_shift are a sane frequency")
{
	s8 shift = VCPU_INFO->time.tsc_shift;

	EXPECT(VCPU_INFO->time.tsc_to_system_mul != 0);
	EXPECT(shift > -32 && shift < 32);
}

TEST(plausible, "system time since the domain's start: more than 0, less than an hour")
{
	EXPECT(now() > 0);
	EXPECT(now() < 3600000 * MS || !on_lodge());
}

TEST(wallclock, "the wall clock is set: after 2020, before 2100, nanoseconds below a second")
{
	volatile struct pvclock_wall_clock *wc = &shared_info->wc;

	EXPECT_EQ(wc->version & 1, 0);
	EXPECT(wc->nsec < 1000000000);
	EXPECT(wc->sec > 1577836800u || wc->sec == 0);
	EXPECT(wc->sec != 0);
}

TEST(stable, "two readings of 5 ms by TSC and by poll agree within a factor")
{
	struct sched_poll p = { .nr_ports = 0 };
	u64 a = now(), b;

	timer_bind();
	p.timeout = a + 50 * MS;
	hc2(sched_op, SCHEDOP_poll, &p);
	b = now();
	EXPECT(b - a >= 50 * MS);
	EXPECT(b - a < 5000 * MS);
}

/* ---- runstate and vcpu_op ---- */

static struct vcpu_runstate_info area;

TEST(runstate_get, "get_runstate_info: running, the four times add up to the time since the entry")
{
	struct vcpu_runstate_info r;
	u64 sum;

	EXPECT_EQ(hc3(vcpu_op, VCPUOP_get_runstate_info, 0, &r), 0);
	EXPECT_EQ(r.state, RUNSTATE_running);
	sum = r.time[0] + r.time[1] + r.time[2] + r.time[3];
	EXPECT(sum > 0);
	EXPECT(r.time[RUNSTATE_running] > 0);
	EXPECT(r.state_entry_time <= now());
}

TEST(runstate_blocked, "time blocked is accounted as blocked")
{
	struct vcpu_runstate_info a, b;
	struct sched_poll p = { .nr_ports = 0 };

	timer_bind();
	hc3(vcpu_op, VCPUOP_get_runstate_info, 0, &a);
	p.timeout = now() + 20 * MS;
	hc2(sched_op, SCHEDOP_poll, &p);
	hc3(vcpu_op, VCPUOP_get_runstate_info, 0, &b);
	EXPECT(b.time[RUNSTATE_blocked] - a.time[RUNSTATE_blocked] >= 15 * MS);
}

TEST(runstate_area, "register_runstate_memory_area: kept up to date in the guest's memory")
{
	struct vcpu_register_runstate_memory_area reg = { .addr.v = &area };
	struct vcpu_runstate_info before;
	struct sched_poll p = { .nr_ports = 0 };

	timer_bind();
	EXPECT_EQ(hc3(vcpu_op, VCPUOP_register_runstate_memory_area, 0, &reg), 0);
	EXPECT_EQ(*(volatile int *)&area.state, RUNSTATE_running);
	before = area;
	p.timeout = now() + 20 * MS;
	hc2(sched_op, SCHEDOP_poll, &p);
	barrier_();
	EXPECT_EQ(*(volatile int *)&area.state, RUNSTATE_running);
	EXPECT(area.time[RUNSTATE_blocked] - before.time[RUNSTATE_blocked] >= 15 * MS);
}

TEST(runstate_area_bad, "a runstate area that goes away harms nobody")
{
	struct vcpu_register_runstate_memory_area reg = { .addr.p = 0x77777000 };
	long ret;

	ret = hc3(vcpu_op, VCPUOP_register_runstate_memory_area, 0, &reg);
	EXPECT(ret == 0 || ret == X_EFAULT);
	hc2(sched_op, SCHEDOP_yield, 0);
	reg.addr.p = HOLE_WINDOWS;
	ret = hc3(vcpu_op, VCPUOP_register_runstate_memory_area, 0, &reg);
	EXPECT(ret == 0 || ret == X_EFAULT);
	hc2(sched_op, SCHEDOP_yield, 0);
	reg.addr.v = &area;
	EXPECT_EQ(hc3(vcpu_op, VCPUOP_register_runstate_memory_area, 0, &reg), 0);
	EXPECT_EQ(hc3(vcpu_op, VCPUOP_register_runstate_memory_area, 0, BAD_ADDRESS), X_EFAULT);
}

TEST(time_area, "register_vcpu_time_memory_area gives a second time area, or is not offered")
{
	static struct pvclock_vcpu_time_info ti;
	struct vcpu_register_time_memory_area reg = { .addr.v = (void *)&ti };
	long ret = hc3(vcpu_op, VCPUOP_register_vcpu_time_memory_area, 0, &reg);

	if (ret == X_ENOSYS)
		test_skip("not offered");
	EXPECT_EQ(ret, 0);
	hc2(sched_op, SCHEDOP_yield, 0);
	barrier_();
	EXPECT_EQ(*(volatile u32 *)&ti.version & 1, 0);
	EXPECT(*(volatile u32 *)&ti.tsc_to_system_mul != 0);
}

TEST(is_up, "is_up: vCPU 0 is, others are not there")
{
	EXPECT_EQ(hc3(vcpu_op, VCPUOP_is_up, 0, 0), 1);
	EXPECT_EQ(hc3(vcpu_op, VCPUOP_is_up, 1, 0), X_ENOENT);
	EXPECT_EQ(hc3(vcpu_op, VCPUOP_is_up, 31, 0), X_ENOENT);
	EXPECT_EQ(hc3(vcpu_op, VCPUOP_is_up, 8192, 0), X_ENOENT);
	EXPECT_EQ(hc3(vcpu_op, VCPUOP_is_up, ~0u, 0), X_ENOENT);
}

TEST(vcpu_bad, "vcpu_op: unknown commands are -ENOSYS")
{
	EXPECT_EQ(hc3(vcpu_op, 99, 0, 0), X_ENOSYS);
	EXPECT_EQ(hc3(vcpu_op, ~0u, 0, 0), X_ENOSYS);
}

TEST(initialise, "initialise: a running vCPU -EEXIST, a missing one -ENOENT, unreadable -EFAULT")
{
	static struct vcpu_guest_context ctx;

	EXPECT_EQ(hc3(vcpu_op, VCPUOP_initialise, 1, &ctx), X_ENOENT);
	EXPECT_EQ(hc3(vcpu_op, VCPUOP_initialise, 0, BAD_ADDRESS), X_EFAULT);
	EXPECT(hc3(vcpu_op, VCPUOP_initialise, 0, &ctx) < 0);
	EXPECT_EQ(hc3(vcpu_op, VCPUOP_up, 1, 0), X_ENOENT);
	EXPECT_EQ(hc3(vcpu_op, VCPUOP_down, 1, 0), X_ENOENT);
}

static volatile unsigned int nmis, nmi_nested, nmi_sent;
static volatile bool in_nmi;

static bool on_nmi(struct regs *r)
{
	if (r->vector != VEC_NMI_CALLBACK)
		return false;
	nmi_nested += in_nmi;
	in_nmi = true;
	nmis++;
	if (!nmi_sent++) {	/* one more, from inside: must wait */
		hc3(vcpu_op, VCPUOP_send_nmi, 0, 0);
		hc2(sched_op, SCHEDOP_yield, 0);
	}
	in_nmi = false;
	return true;
}

TEST(nmi, "send_nmi: the NMI callback runs once, further ones wait for its iret")
{
	struct callback_register cb = {
		.type = CALLBACKTYPE_nmi, .address = XEN_CALLBACK(0, (u64)nmi_stub),
	};

	EXPECT_EQ(hc2(callback_op, CALLBACKOP_register, &cb), 0);
	nmis = 0;
	nmi_nested = 0;
	nmi_sent = 0;
	trap_hook = on_nmi;
	EXPECT_EQ(hc3(vcpu_op, VCPUOP_send_nmi, 0, 0), 0);
	hc2(sched_op, SCHEDOP_yield, 0);
	trap_hook = NULL;
	EXPECT_EQ(nmis, 2);
	EXPECT_EQ(nmi_nested, 0);
	EXPECT_EQ(hc3(vcpu_op, VCPUOP_send_nmi, 1, 0), X_ENOENT);
}

static bool nmi_loads_rax(struct regs *r)
{
	if (r->vector != VEC_NMI_CALLBACK)
		return false;
	r->rax = -85;	/* -ERESTART, by which hypercalls say that they are not done */
	return true;
}

TEST(nmi_rax, "an iret from the NMI callback loads any RAX, and is done then")
{
	struct callback_register cb = {
		.type = CALLBACKTYPE_nmi, .address = XEN_CALLBACK(0, (u64)nmi_stub),
	};

	EXPECT_EQ(hc2(callback_op, CALLBACKOP_register, &cb), 0);
	trap_hook = nmi_loads_rax;
	EXPECT_EQ(hc3(vcpu_op, VCPUOP_send_nmi, 0, 0), -85);
	trap_hook = NULL;
}

TEST(nmi_op, "nmi_op: register, unregister, unknown")
{
	struct xennmi_callback cb = { .handler_address = (u64)nmi_stub };

	EXPECT_EQ(hc2(nmi_op, XENNMI_register_callback, &cb), 0);
	cb.handler_address = 0x8000000000000000UL;
	EXPECT_EQ(hc2(nmi_op, XENNMI_register_callback, &cb), X_EINVAL);
	EXPECT_EQ(hc2(nmi_op, XENNMI_register_callback, BAD_ADDRESS), X_EFAULT);
	EXPECT_EQ(hc2(nmi_op, XENNMI_unregister_callback, 0), 0);
	EXPECT_EQ(hc2(nmi_op, 99, 0), X_ENOSYS);
	/* With none registered an NMI is dropped. */
	EXPECT_EQ(hc3(vcpu_op, VCPUOP_send_nmi, 0, 0), 0);
}

/* The last ones: vcpu_info moves away for good. */

TEST(vcpu_info_bad_xsa327,
	"register_vcpu_info: misaligned, straddling or foreign is refused (XSA-327)")
{
	static u64 page[512] __attribute__((aligned(4096)));
	struct vcpu_register_vcpu_info reg = { .mfn = va_to_mfn(page) };
	unsigned int i;

	for (i = 1; i < 64; i++) {
		reg.offset = i;
		if (i % 8)
			EXPECT_EQ(hc3(vcpu_op, VCPUOP_register_vcpu_info, 0, &reg), X_ENXIO);
	}
	reg.offset = PAGE - 32;
	EXPECT_EQ(hc3(vcpu_op, VCPUOP_register_vcpu_info, 0, &reg), X_ENXIO);
	reg.offset = PAGE;
	EXPECT_EQ(hc3(vcpu_op, VCPUOP_register_vcpu_info, 0, &reg), X_ENXIO);
	reg.offset = ~0u;
	EXPECT(hc3(vcpu_op, VCPUOP_register_vcpu_info, 0, &reg) < 0);
	reg.offset = 0;
	reg.mfn = 1;
	EXPECT(hc3(vcpu_op, VCPUOP_register_vcpu_info, 0, &reg) < 0);
	reg.mfn = va_to_mfn((void *)start_info->pt_base);
	EXPECT(hc3(vcpu_op, VCPUOP_register_vcpu_info, 0, &reg) < 0);
	reg.mfn = ~0UL;
	EXPECT(hc3(vcpu_op, VCPUOP_register_vcpu_info, 0, &reg) < 0);
	EXPECT_EQ(hc3(vcpu_op, VCPUOP_register_vcpu_info, 0, BAD_ADDRESS), X_EFAULT);
}

TEST(vcpu_info, "register_vcpu_info: the new place takes over, with its contents; once only")
{
	static u64 page[512] __attribute__((aligned(4096)));
	struct vcpu_register_vcpu_info reg = { .mfn = va_to_mfn(page), .offset = 128 };
	volatile struct vcpu_info *vi = (void *)((char *)page + 128);
	struct trap t;

	EXPECT_EQ(hc3(vcpu_op, VCPUOP_register_vcpu_info, 0, &reg), 0);
	EXPECT_EQ(vi->evtchn_upcall_pending, 1);
	EXPECT(vi->time.tsc_to_system_mul != 0);
	EXPECT_EQ(hc3(vcpu_op, VCPUOP_register_vcpu_info, 0, &reg), X_EINVAL);
	vi->evtchn_upcall_mask = 1;
	TRY(t, (void)*(volatile u64 *)0x12345000);
	EXPECT_TRAP(t, X_PF);
	EXPECT_EQ(vi->arch.cr2, 0x12345000);
	/* It cannot become a table while the hypervisor writes there. */
	EXPECT_EQ(pte_set(page, va_to_mfn(page) * PAGE | PTE_RO_PAGE), 0);
	EXPECT(mmuext(MMUEXT_PIN_L1_TABLE, va_to_mfn(page)) < 0);
	EXPECT_EQ(pte_set(page, va_to_mfn(page) * PAGE | PTE_RW_PAGE), 0);
}
