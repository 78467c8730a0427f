// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: Exceptions and callbacks: every entry of start.S lands in trap_entry().
 *
 * Order: the event channel upcall, the test's own hook, a TRY() that waits for
 * a trap (user_run() is one).  Anything else is an ERROR of the test.
 */
#include "guest.h"

struct cpu boot_cpu;
struct cpu *(*cpu_of_stack)(u64 sp);
void (*cpu_stray_trap)(struct regs *r);
bool (*volatile trap_hook)(struct regs *r);
bool (*volatile event_hook)(struct regs *r);
u64 iret_flags;
volatile unsigned long nr_events;

static unsigned int stray;

struct cpu *cpu_here(void)
{
	u64 sp;

	if (!cpu_of_stack)
		return &boot_cpu;
	asm volatile("mov %%rsp, %0" : "=r" (sp));
	return cpu_of_stack(sp);
}

struct vcpu_info *vcpu_info_here(void)
{
	struct cpu *cpu = cpu_here();

	return cpu->info ? cpu->info : &shared_info->vcpu_info[cpu->id];
}

void trap_begin(struct trap *t)
{
	memset(t, 0, sizeof(*t));
	cpu_here()->waiting = t;
}

void trap_end(void)
{
	cpu_here()->waiting = NULL;
}

/* The plainest upcall: note it, drop the vCPU's flag and selector. */
static void event_upcall(void)
{
	struct cpu *cpu = cpu_here();

	*(volatile u8 *)&VCPU_INFO->evtchn_upcall_pending = 0;
	*(volatile u64 *)&VCPU_INFO->evtchn_pending_sel = 0;
	/* Last: whoever sees it may send the next one. */
	if (cpu->id)
		cpu->nr_events++;
	else
		nr_events++;
}

void trap_entry(struct regs *r);
void trap_entry(struct regs *r)
{
	struct trap *t = cpu_here()->waiting;

	if (r->vector == VEC_EVENT) {
		if (!event_hook || !event_hook(r))
			event_upcall();
		return;
	}
	if (trap_hook && trap_hook(r))
		return;
	if (t) {
		cpu_here()->waiting = NULL;
		t->taken = true;
		t->vector = r->vector;
		t->cr2 = VCPU_INFO->arch.cr2;
		t->regs = *r;
		events_mask();
		jump_to(&trap_jump, 1);
	}
	if (cpu_here()->id)
		cpu_stray_trap(r);
	if (stray++ > 20)	/* too many, or the printing itself traps */
		shutdown_now(SHUTDOWN_crash);
	note("unexpected trap %lu error 0x%lx rip 0x%lx cs 0x%x rflags 0x%lx rsp 0x%lx cr2 0x%lx",
	     r->vector, r->error, r->rip, r->cs, r->rflags, r->rsp, VCPU_INFO->arch.cr2);
	test_error("trap", (int)r->vector, "unexpected trap");
}

void trap_set(unsigned int vector, u64 address, unsigned int flags)
{
	struct trap_info ti[2] = {
		{ .vector = vector, .flags = flags, .cs = FLAT_KERNEL_CS, .address = address },
	};

	REQUIRE(hc1(set_trap_table, ti) == 0);
}

void trap_init(void)
{
	static struct trap_info table[34];
	struct callback_register cb = { .type = CALLBACKTYPE_event };
	unsigned int i;

	for (i = 0; i < 32; i++) {
		table[i].vector = i;
		table[i].flags = i == X_BP ? 3 : 0;
		table[i].cs = FLAT_KERNEL_CS;
		table[i].address = trap_stub(i);
	}
	table[32].vector = 0x80;
	table[32].flags = 3;
	table[32].cs = FLAT_KERNEL_CS;
	table[32].address = trap_stub(0x80);
	if (hc1(set_trap_table, table))
		print("# set_trap_table failed\n");

	cb.address = XEN_CALLBACK(FLAT_KERNEL_CS, (u64)event_stub);
	hc2(callback_op, CALLBACKOP_register, &cb);
	cb.type = CALLBACKTYPE_failsafe;
	cb.address = XEN_CALLBACK(FLAT_KERNEL_CS, (u64)failsafe_stub);
	hc2(callback_op, CALLBACKOP_register, &cb);
	cb.type = CALLBACKTYPE_syscall;
	cb.address = XEN_CALLBACK(FLAT_KERNEL_CS, (u64)syscall_stub);
	hc2(callback_op, CALLBACKOP_register, &cb);
	hc2(stack_switch, FLAT_KERNEL_SS, (u64)kernel_stack_top);
}

/* Unmask events and take those that wait. */
void events_unmask(void)
{
	*(volatile u8 *)&VCPU_INFO->evtchn_upcall_mask = 0;
	barrier_();
	if (*(volatile u8 *)&VCPU_INFO->evtchn_upcall_pending)
		hc2(xen_version, XENVER_version, 0);
}

/* CLOCK of the vCPU's time area, nanoseconds since the domain's start. */
u64 system_time_ns(void)
{
	volatile struct pvclock_vcpu_time_info *t = &VCPU_INFO->time;
	u64 delta, now;
	u32 version;

	do {
		version = t->version;
		barrier_();
		delta = rdtsc() - t->tsc_timestamp;
		delta = t->tsc_shift >= 0 ? delta << t->tsc_shift : delta >> -t->tsc_shift;
		now = t->system_time +
		      (u64)(((unsigned __int128)delta * t->tsc_to_system_mul) >> 32);
		barrier_();
	} while ((version & 1) || version != t->version);
	return now;
}
