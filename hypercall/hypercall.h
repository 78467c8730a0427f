/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * hypercall.h: what the handlers share.
 *
 * A handler gets the vCPU and the six argument registers, already copied, and
 * returns the value for RAX (Xen's error codes), or -ERESTART: "not finished,
 * call me again with the same arguments".  Its progress is then in v->resume.
 *
 * Handlers run in slice context (lodge.h) unless the table or the handler
 * itself asks for a sleepable one: see hypercall_may_sleep().
 */
#ifndef LODGE_HYPERCALL_H
#define LODGE_HYPERCALL_H

#include <linux/errno.h>
#include <linux/types.h>
#include "../kmod/lodge.h"
#include "descriptor.h"

#define NR_HYPERCALLS	64
#define NR_EVTCHNS	4096	/* 2-level: 64 words of 64 bits */

typedef long (*hypercall_fn)(struct vcpu *v, struct hypercall_args *args);

/* struct hypercall.flags */
#define HC_SLEEPS	1	/* always outside a slice */
#define HC_NO_MULTICALL	2	/* -EINVAL inside a multicall */
#define HC_LEAVES	4	/* the guest goes on elsewhere: ends a multicall */

/**
 * struct hypercall - one row of the table in dispatch.c
 * @name: as in the ABI, without __HYPERVISOR_
 * @fn: NULL: not offered, -ENOSYS
 * @nargs: arguments it reads; the others are handed over as zero
 * @flags: HC_*
 */
struct hypercall {
	const char *name;
	hypercall_fn fn;
	u8 nargs;
	u8 flags;
};

/* ---- dispatch.c ---- */
const struct hypercall *hypercall_lookup(u64 nr);
void hypercall_count(struct vcpu *v, u64 nr);
bool hypercall_may_sleep(struct vcpu *v);

/* ---- multicall.c ---- */
long hc_multicall(struct vcpu *v, struct hypercall_args *args);

/* ---- iret.c ---- */
long hc_iret(struct vcpu *v, struct hypercall_args *args);

/* ---- mmu.c, memory.c ---- */
long hc_mmu_update(struct vcpu *v, struct hypercall_args *args);
long hc_update_va_mapping(struct vcpu *v, struct hypercall_args *args);
long hc_update_va_mapping_otherdomain(struct vcpu *v, struct hypercall_args *args);
long hc_mmuext_op(struct vcpu *v, struct hypercall_args *args);
long hc_memory_op(struct vcpu *v, struct hypercall_args *args);

/* ---- grant_op.c ---- */
long hc_grant_table_op(struct vcpu *v, struct hypercall_args *args);

/* ---- evtchn.c ---- */
long hc_event_channel_op(struct vcpu *v, struct hypercall_args *args);
long hc_event_channel_op_compat(struct vcpu *v, struct hypercall_args *args);
int evtchn_poll_port(struct domain *d, u32 port);
void evtchn_wake(struct vcpu *v);

/* ---- sched_op.c ---- */
long hc_sched_op(struct vcpu *v, struct hypercall_args *args);
long hc_sched_op_compat(struct vcpu *v, struct hypercall_args *args);
void watchdog_init(struct domain *d);

/* ---- vcpu_op.c, vcpu_init.c ---- */
long hc_vcpu_op(struct vcpu *v, struct hypercall_args *args);
void vcpu_info_init(struct vcpu *v);
void vcpu_info_release(struct vcpu *v);
bool vcpu_has_info(const struct vcpu *v);
bool vcpu_initialised(const struct vcpu *v);
long vcpu_initialise(struct vcpu *v, struct vcpu *target, u64 gva);

/* ---- cpu_state.c: trap table, callbacks, stack, segments, debug registers ---- */
long hc_set_trap_table(struct vcpu *v, struct hypercall_args *args);
long hc_set_callbacks(struct vcpu *v, struct hypercall_args *args);
long hc_callback_op(struct vcpu *v, struct hypercall_args *args);
long hc_nmi_op(struct vcpu *v, struct hypercall_args *args);
long hc_stack_switch(struct vcpu *v, struct hypercall_args *args);
long hc_fpu_taskswitch(struct vcpu *v, struct hypercall_args *args);
long hc_set_segment_base(struct vcpu *v, struct hypercall_args *args);
long hc_set_debugreg(struct vcpu *v, struct hypercall_args *args);
long hc_get_debugreg(struct vcpu *v, struct hypercall_args *args);
void cpu_state_set_trap(struct vcpu *v, const struct trap_info *trap);

/* ---- segment.c: descriptor tables ---- */
long hc_set_gdt(struct vcpu *v, struct hypercall_args *args);
long hc_update_descriptor(struct vcpu *v, struct hypercall_args *args);
int segment_set_gdt(struct vcpu *v, const u64 *mfns, unsigned int entries);
void segment_drop_gdt(struct vcpu *v);
void segment_drop_ldt(struct vcpu *v);
long cpu_state_set_ldt(struct vcpu *v, u64 gva, unsigned int entries);
bool segment_ldt_fault(struct vcpu *v, u32 error);
bool segment_read(struct vcpu *v, u16 selector, u64 *desc);

/* ---- misc.c ---- */
long hc_xen_version(struct vcpu *v, struct hypercall_args *args);
long hc_vm_assist(struct vcpu *v, struct hypercall_args *args);
long hc_console_io(struct vcpu *v, struct hypercall_args *args);
long hc_physdev_op(struct vcpu *v, struct hypercall_args *args);
long hc_physdev_op_compat(struct vcpu *v, struct hypercall_args *args);
long hc_privileged(struct vcpu *v, struct hypercall_args *args);
long hc_xenpmu_op(struct vcpu *v, struct hypercall_args *args);

/* ---- kmod/time.c ---- */
long hc_set_timer_op(struct vcpu *v, struct hypercall_args *args);
void timer_set_singleshot(struct vcpu *v, u64 timeout_ns);
void timer_stop_singleshot(struct vcpu *v);
long timer_set_periodic(struct vcpu *v, u64 period_ns);
void timer_set_poll(struct vcpu *v, u64 timeout_ns);
void timer_stop_poll(struct vcpu *v);
void runstate_get(struct vcpu *v, struct vcpu_runstate_info *info);
void time_update_now(struct vcpu *v);
void time_update_down(struct vcpu *v);
void time_update_soon(struct vcpu *v);

/**
 * guest_address_ok() - is this an address that a guest may name as its own?
 * @va: any 64-bit value
 *
 * 48-bit canonical, whatever the host has, and outside the hole.
 */
static inline bool guest_address_ok(u64 va)
{
	return va < (1ULL << 47) || va >= HOLE_END;
}

/**
 * guest_canonical() - 48-bit canonical, the hole's addresses included
 * @va: any 64-bit value
 *
 * What Xen asks of entry points and segment bases; such an address may still
 * fault when the guest uses it, which is the guest's own affair.
 */
static inline bool guest_canonical(u64 va)
{
	return va < (1ULL << 47) || va >= ~0ULL << 47;
}

#endif
