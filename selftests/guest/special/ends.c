// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: Ways to end, named on the command line (end=NAME), one a boot.
 *
 * Whoever boots this guest knows what must come of it: see tiny-ends.sh.  The line
 * "# end NAME" says that the guest got that far; "not ok" that it lived on.
 */
#include "guest.h"

#define NON_CANONICAL	0x8000000000000000UL

static void say_reason(unsigned int reason) { shutdown(reason); }

static void end_poweroff(void) { say_reason(SHUTDOWN_poweroff); }
static void end_reboot(void) { say_reason(SHUTDOWN_reboot); }
static void end_suspend(void) { say_reason(SHUTDOWN_suspend); }
static void end_crash(void) { say_reason(SHUTDOWN_crash); }
static void end_unknown(void) { say_reason(0x77); }

static void end_watchdog(void)
{
	struct sched_watchdog w = { .id = 0, .timeout = 1 };

	REQUIRE(hc2(sched_op, SCHEDOP_watchdog, &w) > 0);
	console_drain();
	for (;;)
		;
}

/* ---- faults nobody can be told about ---- */

static void end_no_handler(void)
{
	console_drain();
	hc1(set_trap_table, 0);
	asm volatile("ud2");
}

static void fault_with_rsp(u64 rsp)
{
	console_drain();
	asm volatile("mov %0, %%rsp; ud2" : : "r" (rsp));
}

static void end_stack_unmapped(void) { fault_with_rsp(0x10000000); }
static void end_stack_null(void) { fault_with_rsp(0); }
static void end_stack_hole(void) { fault_with_rsp(0xffff848000001000UL); }
static void end_stack_m2p(void) { fault_with_rsp(HOLE_FIRST + 0x1000); }
static void end_stack_noncanonical(void) { fault_with_rsp(NON_CANONICAL); }
static void end_stack_table(void) { fault_with_rsp(start_info->pt_base + 2048); }
static void end_stack_above_hole(void) { fault_with_rsp(0xffff880000000000UL); }

static void end_stack_read_only(void)
{
	u8 *page = page_alloc();

	page_ro(page);
	fault_with_rsp((u64)page + 2048);
}

static void end_stack_half(void)	/* the frame's lower half does not fit */
{
	u8 *page = page_alloc();
	u64 va = 0x10000000;

	REQUIRE(map_va(va, va_to_mfn(page) * PAGE | PTE_RW_PAGE) == 0);
	fault_with_rsp(va + 16);
}

static void user_with_kernel_stack(u64 sp)
{
	struct regs r;
	struct trap t;
	USER_ASM(code, "syscall");

	user_regs_init(&r, code, USER_LEN(code));
	console_drain();
	REQUIRE(hc2(stack_switch, FLAT_KERNEL_SS, sp) == 0);
	user_run(&r, &t);
}

static void end_kernel_stack_unmapped(void) { user_with_kernel_stack(0x10000000); }
static void end_kernel_stack_hole(void) { user_with_kernel_stack(0xffff848000001000UL); }

static void end_iret_unreadable(void)
{
	console_drain();
	asm volatile("xor %%esp, %%esp; syscall" : : "a" (__HYPERVISOR_iret));
}

static void end_iret_hole(void)
{
	console_drain();
	asm volatile("mov %0, %%rsp; syscall"
		     : : "r" (0xffff848000001000UL), "a" (__HYPERVISOR_iret));
}

static void end_iret_no_user_tables(void)
{
	static struct regs r;

	r.rip = 0x400000;
	r.cs = FLAT_USER_CS64;
	r.ss = FLAT_USER_SS64;
	r.rflags = FL_IF;
	r.rsp = 0x400000;
	console_drain();
	regs_load(&r);
}

/* Faults in the handler, for as long as there is a stack. */
static void end_recursion(void)
{
	struct trap_info ti[2] = {
		{ .vector = X_PF, .cs = FLAT_KERNEL_CS, .address = 0x20000000 },
	};

	REQUIRE(hc1(set_trap_table, ti) == 0);
	console_drain();
	(void)*(volatile u64 *)0x10000000;
}

static void end_unmap_itself(void)
{
	console_drain();
	pte_write(va_to_mfn((void *)start_info->pt_base) * PAGE + 8 * 511, 0);
	mmuext(MMUEXT_TLB_FLUSH_LOCAL, 0);
}

static void end_empty_cr3(void)
{
	u64 *l4 = page_alloc();

	page_ro(l4);
	console_drain();
	mmuext(MMUEXT_NEW_BASEPTR, va_to_mfn(l4));
}

static void end_upcall_stack(void)	/* an event with nowhere to put its frame */
{
	console_drain();
	VCPU_INFO->evtchn_upcall_pending = 1;
	VCPU_INFO->evtchn_upcall_mask = 0;
	asm volatile("xor %%esp, %%esp; syscall" : : "a" (__HYPERVISOR_xen_version), "D" (0));
}

/* ---- with something left undone on its pCPU ---- */

#define STALE_SELECTOR	0x0b
#define DESC_DATA	0x00cff3000000ffffUL

static u64 *stale_gdt;

/* Waits with a selector that will be bad when it goes on, and no stack to be told on. */
static void wait_with_stale_selector(void *arg)
{
	u64 mfn = va_to_mfn(stale_gdt);

	hc2(set_gdt, &mfn, 512);
	asm volatile("mov %0, %%ds" : : "r" (STALE_SELECTOR));
	asm volatile("mov %0, %%rsp; syscall"
		     : : "r" (0x10000000UL), "a" (__HYPERVISOR_sched_op), "D" (SCHEDOP_block));
}

static void end_stale_selector(void)
{
	struct vcpu_runstate_info info;

	stale_gdt = page_alloc();
	stale_gdt[1] = DESC_DATA;
	page_ro(stale_gdt);
	console_drain();
	cpu_start(1, wait_with_stale_selector, NULL);
	do {
		REQUIRE(hc3(vcpu_op, VCPUOP_get_runstate_info, 1, &info) == 0);
	} while (info.state != RUNSTATE_blocked);
	REQUIRE(hc2(update_descriptor, va_to_mfn(stale_gdt) * PAGE + 8, 0) == 0);
	REQUIRE(hc3(vcpu_op, VCPUOP_send_nmi, 1, 0) == 0);
	for (;;)
		hc2(sched_op, SCHEDOP_yield, 0);
}

/* ---- no end of its own ---- */

static void end_spin(void)
{
	console_drain();
	events_mask();
	for (;;)
		;
}

static void end_block(void)
{
	console_drain();
	for (;;) {
		VCPU_INFO->evtchn_upcall_pending = 0;
		hc2(sched_op, SCHEDOP_block, 0);
	}
}

static void end_yield(void)
{
	for (;;)
		hc2(sched_op, SCHEDOP_yield, 0);
}

static void end_hypercalls(void)
{
	for (;;)
		hc2(xen_version, XENVER_version, 0);
}

static void end_sleeping_calls(void)	/* that the hypervisor does outside of a slice */
{
	static char entries[1024 * 20];		/* an e820 map */
	struct {
		domid_t domid;
		struct xen_memory_map map;
	} set = { .domid = DOMID_SELF, .map.nr_entries = 1024 };

	set_xen_guest_handle(set.map.buffer, entries);
	for (;;)
		hc2(memory_op, 13 /* XENMEM_set_memory_map */, &set);
}

static void end_faults(void)
{
	struct trap t;

	for (;;)
		TRY(t, asm volatile("ud2"));
}

static void end_event_flood(void)
{
	struct evtchn_bind_ipi b = { .vcpu = 0 };
	struct evtchn_send s;

	REQUIRE(hc2(event_channel_op, EVTCHNOP_bind_ipi, &b) == 0);
	s.port = b.port;
	events_unmask();
	for (;;) {
		bit_clear(shared_info->evtchn_pending, b.port);
		hc2(event_channel_op, EVTCHNOP_send, &s);
	}
}

static void end_console_flood(void)
{
	for (;;)
		print("# flood flood flood flood flood flood flood flood flood flood flood flood\n");
}

static void end_console_kicks(void)	/* notify for nothing */
{
	struct evtchn_send s = { .port = start_info->console.domU.evtchn };

	for (;;)
		hc2(event_channel_op, EVTCHNOP_send, &s);
}

static void end_console_garbage(void)	/* indices that make no sense */
{
	struct evtchn_send s = { .port = start_info->console.domU.evtchn };
	u32 i;

	for (i = 0; i < 2000; i++) {
		console_ring->out_prod = i * 0x9e3779b1u;
		console_ring->in_cons = i * 0x85ebca6bu;
		console_ring->out_cons = i * 0xc2b2ae35u;
		console_ring->in_prod = ~i;
		hc2(event_channel_op, EVTCHNOP_send, &s);
	}
	shutdown_now(SHUTDOWN_poweroff);
}

static void end_timer_flood(void)
{
	struct evtchn_bind_virq b = { .virq = VIRQ_TIMER };

	REQUIRE(hc2(event_channel_op, EVTCHNOP_bind_virq, &b) == 0);
	events_unmask();
	for (;;) {
		bit_clear(shared_info->evtchn_pending, b.port);
		hc1(set_timer_op, 1);
	}
}

static void end_pin_flood(void)
{
	u64 *l1 = page_alloc();
	unsigned int i;

	for (i = 0; i < 512; i++)
		l1[i] = va_to_mfn(page_alloc()) * PAGE | PTE_RO_PAGE;
	page_ro(l1);
	for (;;) {
		mmuext(MMUEXT_PIN_L1_TABLE, va_to_mfn(l1));
		mmuext(MMUEXT_UNPIN_TABLE, va_to_mfn(l1));
	}
}

static void end_multicall_forever(void)	/* one long call after the other */
{
	static struct multicall_entry mc[2000];
	unsigned int i;

	for (i = 0; i < 2000; i++)
		mc[i].op = __HYPERVISOR_xen_version;
	for (;;)
		hc2(multicall, mc, 2000);
}

#define END(name) { #name, end_##name }

static const struct {
	const char *name;
	void (*fn)(void);
} ends[] = {
	END(poweroff), END(reboot), END(suspend), END(crash), END(unknown), END(watchdog),
	END(no_handler), END(stack_unmapped), END(stack_null), END(stack_hole), END(stack_m2p),
	END(stack_noncanonical), END(stack_table), END(stack_above_hole), END(stack_read_only),
	END(stack_half), END(kernel_stack_unmapped), END(kernel_stack_hole),
	END(iret_unreadable), END(iret_hole), END(iret_no_user_tables), END(recursion),
	END(unmap_itself), END(empty_cr3), END(upcall_stack),
	END(stale_selector), END(sleeping_calls),
	END(spin), END(block), END(yield), END(hypercalls), END(faults), END(event_flood),
	END(console_flood), END(console_kicks), END(console_garbage), END(timer_flood),
	END(pin_flood), END(multicall_forever),
};

TEST(end, "the guest has ended as it was told to (then nobody reads this)")
{
	const char *want = cmdline_value("end");
	unsigned int i;

	REQUIRE(want);
	for (i = 0; i < ARRAY_LEN(ends); i++) {
		size_t n = strlen(ends[i].name);

		if (strncmp(want, ends[i].name, n) || (want[n] && want[n] != ' '))
			continue;
		note("end %s", ends[i].name);
		ends[i].fn();
		EXPECT(false);
		return;
	}
	REQUIRE(!"an end of that name");
}
