// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: A guest that suspends itself, again and again
 *
 * It has no xenstore and needs none: whoever boots it (suspend.sh) sees it
 * suspended and resumes it.  With start_info=bad or =none on its command line it
 * names a frame that is none, or no frame, and has to do without.
 */
#include "guest.h"

static u64 start_info_mfn(void)
{
	if (cmdline_has("start_info=bad"))
		return 0x12345678;
	return cmdline_has("start_info=none") ? 0 : va_to_mfn(start_info);
}

static long suspend(void)
{
	struct sched_shutdown op = { .reason = SHUTDOWN_suspend };

	console_drain();
	return hc3(sched_op, SCHEDOP_shutdown, &op, start_info_mfn());
}

static u32 port_status(u32 port)
{
	struct evtchn_status s = { .dom = DOMID_SELF, .port = port };

	REQUIRE(hc2(event_channel_op, EVTCHNOP_status, &s) == 0);
	return s.status;
}

static u32 bind_timer(void)
{
	struct evtchn_bind_virq b = { .virq = VIRQ_TIMER, .vcpu = 0 };

	REQUIRE(hc2(event_channel_op, EVTCHNOP_bind_virq, &b) == 0);
	bit_clear(shared_info->evtchn_mask, b.port);
	return b.port;
}

static bool is_pending(u32 port)
{
	return bit_test(shared_info->evtchn_pending, port);
}

/* Block until the timer's event, as often as something else wakes us. */
static void sleep_ns(u32 port, u64 ns)
{
	u64 when = system_time_ns() + ns;

	bit_clear(shared_info->evtchn_pending, port);
	REQUIRE(hc1(set_timer_op, when) == 0);
	while (!is_pending(port)) {
		hc1(sched_op, SCHEDOP_block);
		VCPU_INFO->evtchn_upcall_pending = 0;
	}
	EXPECT(system_time_ns() >= when);
	bit_clear(shared_info->evtchn_pending, port);
	events_mask();
}

TEST(fresh, "suspend returns 0, and everything is as in a new domain")
{
	u32 timer = bind_timer(), ipi = ipi_bind(0), console = start_info->console.domU.evtchn;
	u64 ring = start_info->console.domU.mfn, shared = start_info->shared_info;
	u64 before = system_time_ns();

	if (!cmdline_has("start_info=")) {
		start_info->shared_info = 0;
		start_info->console.domU.mfn = 1;	/* Linux leaves a pfn there */
		start_info->console.domU.evtchn = 0;
		start_info->store_mfn = 1;
	}
	EXPECT_EQ(suspend(), 0);
	EXPECT_EQ(start_info->shared_info, shared);
	EXPECT_EQ(start_info->console.domU.mfn, ring);
	EXPECT_EQ(start_info->console.domU.evtchn, console);
	if (!cmdline_has("start_info="))
		EXPECT_EQ(start_info->store_mfn, 0);
	EXPECT_EQ(port_status(timer), EVTCHNSTAT_closed);
	EXPECT_EQ(port_status(ipi), EVTCHNSTAT_closed);
	EXPECT(port_status(console) != EVTCHNSTAT_closed);
	EXPECT(bit_test(shared_info->evtchn_mask, timer));
	EXPECT(!is_pending(timer));
	EXPECT_EQ(VCPU_INFO->evtchn_upcall_mask, 1);
	EXPECT(system_time_ns() > before);
}

TEST(timers, "timers and events work again")
{
	u32 timer = bind_timer();

	for (int i = 0; i < 3; i++)
		sleep_ns(timer, 10000000);
	/* One that was set before does not come after. */
	hc1(set_timer_op, system_time_ns() + 50000000);
	EXPECT_EQ(suspend(), 0);
	timer = bind_timer();
	for (u64 end = system_time_ns() + 200000000; system_time_ns() < end;)
		;
	EXPECT(!is_pending(timer));
	sleep_ns(timer, 10000000);
}

static u64 runstate_sum(void)
{
	struct vcpu_runstate_info r;

	REQUIRE(hc3(vcpu_op, VCPUOP_get_runstate_info, 0, &r) == 0);
	return r.time[0] + r.time[1] + r.time[2] + r.time[3];
}

/* Linux adds what it had before: counted twice, that would be stolen time. */
TEST(runstate, "the account of a vCPU's time begins anew")
{
	u64 asleep, before = runstate_sum();

	EXPECT(before > 0);
	asleep = system_time_ns();
	EXPECT_EQ(suspend(), 0);
	asleep = system_time_ns() - asleep;
	EXPECT(runstate_sum() < asleep);
	EXPECT(runstate_sum() < before);
}

TEST(info, "vcpu_info can be registered again")
{
	struct vcpu_register_vcpu_info reg = { .mfn = va_to_mfn(page_alloc()), .offset = 64 };

	REQUIRE(hc3(vcpu_op, VCPUOP_register_vcpu_info, 0, &reg) == 0);
	EXPECT_EQ(hc3(vcpu_op, VCPUOP_register_vcpu_info, 0, &reg), X_EINVAL);
	EXPECT_EQ(suspend(), 0);
	EXPECT_EQ(hc3(vcpu_op, VCPUOP_register_vcpu_info, 0, &reg), 0);
	EXPECT_EQ(suspend(), 0);
}

static volatile u64 rounds;
static volatile bool enough;

static void count(void *arg)
{
	(void)arg;
	while (!enough)
		rounds++;
}

static struct vcpu_guest_context context;

TEST(smp, "another vCPU goes on, too")
{
	u64 before;

	if (cpus_nr() < 2)
		test_skip("it has one vCPU");
	cpu_start(1, count, NULL);
	while (!rounds)
		cpu_relax_();
	EXPECT_EQ(hc3(vcpu_op, VCPUOP_is_up, 1, 0), 1);
	EXPECT_EQ(suspend(), 0);
	before = rounds;
	WAIT_FOR(rounds > before + 1000, 5000);
	EXPECT_EQ(hc3(vcpu_op, VCPUOP_is_up, 1, 0), 1);
	/* As Linux does. */
	EXPECT_EQ(hc3(vcpu_op, VCPUOP_down, 1, 0), 0);
	EXPECT_EQ(hc3(vcpu_op, VCPUOP_up, 1, 0), 0);
	before = rounds;
	WAIT_FOR(rounds > before + 1000, 5000);
	enough = true;
	cpu_wait(1);
	/* What is down has to be initialised anew. */
	WAIT_FOR(hc3(vcpu_op, VCPUOP_is_up, 1, 0) == 0, 5000);
	EXPECT_EQ(suspend(), 0);
	EXPECT_EQ(hc3(vcpu_op, VCPUOP_up, 1, 0), X_EINVAL);
	cpu_context(&context, 1);
	EXPECT_EQ(cpu_initialise(1, &context), 0);
}

/* vCPU 32 is the first for which there is no room in shared_info. */
TEST(no_info, "a vCPU whose vcpu_info is gone does not come up")
{
	if (cpus_nr() < 33)
		test_skip("it has less than 33 vCPUs");
	enough = false;
	rounds = 0;
	cpu_start(32, count, NULL);
	WAIT_FOR(rounds, 5000);
	EXPECT_EQ(suspend(), 0);
	EXPECT_EQ(hc3(vcpu_op, VCPUOP_is_up, 32, 0), 1);
	EXPECT_EQ(hc3(vcpu_op, VCPUOP_down, 32, 0), 0);
	EXPECT_EQ(hc3(vcpu_op, VCPUOP_up, 32, 0), X_EINVAL);
	/* As Linux does. */
	cpu_of(32)->info = NULL;
	cpu_need_info(32);
	EXPECT_EQ(hc3(vcpu_op, VCPUOP_up, 32, 0), 0);
	enough = true;
	cpu_wait(32);
}

/* ---- a vCPU that goes down in the middle of a hypercall ---- */

#define LONG_LIST	(8UL << 20)

static volatile u64 rax_at_start;

static void long_call(void *arg)
{
	hc1(set_trap_table, arg);
}

static void note_rax(void) __attribute__((naked));
static void note_rax(void)
{
	asm volatile("mov %%rax, %0; 1: pause; jmp 1b" : "=m" (rax_at_start));
}

TEST(in_hypercall, "what a vCPU was doing when it went down is forgotten with its state")
{
	struct trap_info *list = (void *)0x40000000UL;
	u64 *page = page_alloc();
	unsigned long i;
	long ret;

	if (cpus_nr() < 2)
		test_skip("it has one vCPU");
	/* One page of a list, mapped again and again: an exception's handler, many times. */
	for (i = 0; i < PAGE / sizeof(*list); i++)
		((struct trap_info *)page)[i] = (struct trap_info){
			.vector = X_OF, .cs = FLAT_KERNEL_CS, .address = trap_stub(X_OF),
		};
	for (i = 0; i < LONG_LIST; i += PAGE)
		REQUIRE(map_va((u64)list + i, va_to_mfn(page) * PAGE | PTE_RO_PAGE) == 0);
	cpu_context(&context, 1);
	ret = cpu_initialise(1, &context);
	EXPECT(ret == 0 || ret == X_EEXIST);
	cpu_of(1)->fn = long_call;
	cpu_of(1)->arg = list;
	EXPECT_EQ(hc3(vcpu_op, VCPUOP_up, 1, 0), 0);
	sleep_ns(bind_timer(), 20000000);
	EXPECT_EQ(hc3(vcpu_op, VCPUOP_down, 1, 0), 0);
	EXPECT_EQ(suspend(), 0);
	cpu_context(&context, 1);
	context.user_regs.rip = (u64)note_rax;
	context.user_regs.rax = 0x1234;
	EXPECT_EQ(cpu_initialise(1, &context), 0);
	EXPECT_EQ(hc3(vcpu_op, VCPUOP_up, 1, 0), 0);
	WAIT_FOR(rax_at_start, 5000);
	EXPECT_EQ(rax_at_start, 0x1234);
	EXPECT_EQ(hc3(vcpu_op, VCPUOP_down, 1, 0), 0);
}

TEST(many, "ten times in a row")
{
	for (int i = 0; i < 10; i++) {
		u32 timer = bind_timer();

		sleep_ns(timer, 1000000);
		EXPECT_EQ(suspend(), 0);
	}
}
