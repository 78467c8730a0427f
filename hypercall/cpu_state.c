// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: A vCPU's own state
 *
 * The hypercalls by which a guest kernel says where its exceptions, events
 * and system calls go, and sets its stack, segment bases and debug registers.
 * All of it is kept in the vCPU's page, where the switcher reads it; a
 * vCPU that runs only ever changes its own.
 *
 * stack_switch, fpu_taskswitch and set_segment_base are the switcher's: the
 * forms here are for multicalls and for what it leaves to us.
 */
#include <linux/nospec.h>
#include <asm/processor-flags.h>
#include <asm/segment.h>
#include <asm/special_insns.h>
#include <xen/interface/callback.h>
#include <xen/interface/nmi.h>
#include "hypercall.h"

#define NMI_VECTOR_NR		2
#define TRAP_FLAGS		7	/* DPL and TRAP_MASKS_EVENTS */
#define TRAPS_PER_CHECK		32

/* ---- exceptions ---- */

/**
 * cpu_state_set_trap() - enter one exception handler
 * @v: a vCPU that is not inside the guest
 * @trap: from the guest; its address has been checked
 *
 * Context: any, @v's own or nobody's.
 */
void cpu_state_set_trap(struct vcpu *v, const struct trap_info *trap)
{
	const u8 vector = trap->vector;
	const struct guest_trap t = {
		.address = trap->address,
		.cs = guest_selector(trap->cs),
		.flags = trap->flags & TRAP_FLAGS,
	};

	if (vector < ARRAY_SIZE(v->page->traps))
		v->page->traps[array_index_nospec(vector, ARRAY_SIZE(v->page->traps))] = t;
	else
		v->page->soft_traps[vector - ARRAY_SIZE(v->page->traps)] = (struct soft_trap){
			.address = t.address,
			.cs = t.cs,
			.flags = t.flags,
		};
	if (vector == NMI_VECTOR_NR)
		v->page->nmi_address = trap->address;
}

static void clear_traps(struct vcpu *v)
{
	memset(v->page->traps, 0, sizeof(v->page->traps));
	memset(v->page->soft_traps, 0, sizeof(v->page->soft_traps));
	v->page->nmi_address = 0;
}

/**
 * hc_set_trap_table() - __HYPERVISOR_set_trap_table
 * @v: the caller
 * @args: address of a list of struct trap_info that ends with address 0; 0
 * clears the table
 *
 * The list may be of any length; entries before a bad one stay in force.
 */
long hc_set_trap_table(struct vcpu *v, struct hypercall_args *args)
{
	u64 *done = &v->resume.done;
	struct trap_info trap;

	if (!args->a[0]) {
		clear_traps(v);
		return 0;
	}
	for (;;) {
		if (copy_from_guest(v, &trap, args->a[0] + *done * sizeof(trap), sizeof(trap)))
			return -EFAULT;
		if (!trap.address)
			return 0;
		if (!guest_canonical(trap.address))
			return -EINVAL;
		cpu_state_set_trap(v, &trap);
		if (!(++*done % TRAPS_PER_CHECK) && vcpu_should_yield(v))
			return -ERESTART;
	}
}

/* ---- callbacks ---- */

static void set_flag(struct vcpu *v, u32 flag, bool on)
{
	if (on)
		v->page->flags |= flag;
	else
		v->page->flags &= ~flag;
}

static void set_nmi_callback(struct vcpu *v, u64 address)
{
	const struct trap_info trap = {
		.vector = NMI_VECTOR_NR,
		.flags = TRAP_MASKS_EVENTS,
		.cs = SEL_GUEST_CS64,
		.address = address,
	};

	cpu_state_set_trap(v, &trap);
}

static long register_callback(struct vcpu *v, u16 type, u16 flags, u64 address)
{
	const bool masks = flags & CALLBACKF_mask_events;

	if (!guest_canonical(address))
		return -EINVAL;
	switch (type) {
	case CALLBACKTYPE_event:
		v->page->event_address = address;
		return 0;
	case CALLBACKTYPE_failsafe:
		v->page->failsafe_address = address;
		set_flag(v, VCPU_FAILSAFE_MASKS, masks);
		return 0;
	case CALLBACKTYPE_syscall:
		v->page->syscall_address = address;
		set_flag(v, VCPU_SYSCALL_MASKS, masks);
		return 0;
	case CALLBACKTYPE_syscall32:
		v->page->syscall32_address = address;	/* VCPU_SYSCALL_MASKS is for both */
		return 0;
	case CALLBACKTYPE_sysenter:
		v->page->sysenter_address = address;
		set_flag(v, VCPU_SYSENTER_MASKS, masks);
		return 0;
	case CALLBACKTYPE_nmi:
		set_nmi_callback(v, address);
		return 0;
	}
	return -ENOSYS;
}

static long unregister_callback(struct vcpu *v, u16 type)
{
	switch (type) {
	case CALLBACKTYPE_event:
	case CALLBACKTYPE_failsafe:
	case CALLBACKTYPE_syscall:
	case CALLBACKTYPE_syscall32:
	case CALLBACKTYPE_sysenter:
		return -EINVAL;
	case CALLBACKTYPE_nmi:
		set_nmi_callback(v, 0);
		return 0;
	}
	return -ENOSYS;
}

/**
 * hc_set_callbacks() - __HYPERVISOR_set_callbacks
 * @v: the caller
 * @args: addresses for events, failsafe, system calls
 *
 * Return: 0, as in Xen also if an address was bad and has been ignored.
 */
long hc_set_callbacks(struct vcpu *v, struct hypercall_args *args)
{
	register_callback(v, CALLBACKTYPE_event, 0, args->a[0]);
	register_callback(v, CALLBACKTYPE_failsafe, 0, args->a[1]);
	register_callback(v, CALLBACKTYPE_syscall, 0, args->a[2]);
	return 0;
}

/**
 * hc_callback_op() - __HYPERVISOR_callback_op
 * @v: the caller
 * @args: CALLBACKOP_*, address of its structure
 */
long hc_callback_op(struct vcpu *v, struct hypercall_args *args)
{
	struct callback_register reg;
	struct callback_unregister unreg;

	switch ((int)args->a[0]) {
	case CALLBACKOP_register:
		if (copy_from_guest(v, &reg, args->a[1], sizeof(reg)))
			return -EFAULT;
		return register_callback(v, reg.type, reg.flags, reg.address);
	case CALLBACKOP_unregister:
		if (copy_from_guest(v, &unreg, args->a[1], sizeof(unreg)))
			return -EFAULT;
		return unregister_callback(v, unreg.type);
	}
	return -ENOSYS;
}

/**
 * hc_nmi_op() - __HYPERVISOR_nmi_op
 * @v: the caller
 * @args: XENNMI_*, address of its structure
 */
long hc_nmi_op(struct vcpu *v, struct hypercall_args *args)
{
	struct xennmi_callback cb;

	switch ((u32)args->a[0]) {
	case XENNMI_register_callback:
		if (copy_from_guest(v, &cb, args->a[1], sizeof(cb)))
			return -EFAULT;
		return register_callback(v, CALLBACKTYPE_nmi, 0, cb.handler_address);
	case XENNMI_unregister_callback:
		return unregister_callback(v, CALLBACKTYPE_nmi);
	}
	return -ENOSYS;
}

/* ---- stack, FPU, segment bases ---- */

/**
 * hc_stack_switch() - __HYPERVISOR_stack_switch
 * @v: the caller
 * @args: SS and RSP for entries from user mode; the switcher tests RSP by
 * writing to it
 */
long hc_stack_switch(struct vcpu *v, struct hypercall_args *args)
{
	v->page->kernel_ss = guest_selector(args->a[0]);
	v->page->kernel_sp = args->a[1];
	return 0;
}

/**
 * hc_fpu_taskswitch() - __HYPERVISOR_fpu_taskswitch
 * @v: the caller
 * @args: the virtual CR0.TS
 */
long hc_fpu_taskswitch(struct vcpu *v, struct hypercall_args *args)
{
	set_flag(v, VCPU_TS, (int)args->a[0]);
	return 0;
}

/*
 * Load user mode's GS from the guest's tables, as the CPU would.  The guest's
 * selectors are in the CPU since its first entry of this slice: take them out,
 * and have all of them loaded again.  A bad selector becomes null, without an
 * error: as on Xen, stock Linux would not survive one.
 */
static void set_user_gs_selector(struct vcpu *v, u16 sel)
{
	struct vcpu_page *page = v->page;
	struct pcpu_page *pcpu = v->pcpu->page;
	u64 desc, base = 0;

	if (sel > 3) {
		sel = guest_selector(sel);
		if (segment_read(v, sel, &desc) && segment_loadable_as_data(desc))
			base = segment_descriptor_base(desc);
		else
			sel = 0;
	}
	if (!pcpu->load_segments) {
		savesegment(ds, page->ds);
		savesegment(es, page->es);
		savesegment(fs, page->fs);
		pcpu->load_segments = 1;
	}
	page->gs = sel;
	page->gs_base_other = base;
}

/**
 * hc_set_segment_base() - __HYPERVISOR_set_segment_base
 * @v: the caller, in kernel mode
 * @args: SEGBASE_*, base or selector
 *
 * Context: slice.
 * Return: 0, or -EINVAL if the base is not canonical (XSA-193).
 */
long hc_set_segment_base(struct vcpu *v, struct hypercall_args *args)
{
	const u32 which = args->a[0];
	const u64 base = args->a[1];

	if (which == SEGBASE_GS_USER_SEL) {
		set_user_gs_selector(v, base);
		return 0;
	}
	if (!guest_canonical(base))
		return -EINVAL;
	switch (which) {
	case SEGBASE_FS:
		v->page->fs_base = base;
		return 0;
	case SEGBASE_GS_USER:
		v->page->gs_base_other = base;
		return 0;
	case SEGBASE_GS_KERNEL:
		v->page->gs_base = base;
		return 0;
	}
	return -EINVAL;
}

/* ---- debug registers ---- */

/**
 * hc_set_debugreg() - __HYPERVISOR_set_debugreg
 * @v: the caller
 * @args: number, value
 *
 * Return: as debugreg_set().
 */
long hc_set_debugreg(struct vcpu *v, struct hypercall_args *args)
{
	return debugreg_set(v, args->a[0], args->a[1]);
}

/**
 * hc_get_debugreg() - __HYPERVISOR_get_debugreg
 * @v: the caller
 * @args: number
 *
 * Return: the value, or -ENODEV.
 */
long hc_get_debugreg(struct vcpu *v, struct hypercall_args *args)
{
	u64 val;

	return debugreg_get(v, args->a[0], &val) ?: (long)val;
}

/* ---- a vCPU's first and last state ---- */

/**
 * cpu_state_init() - what a vCPU has before its guest has said anything
 * @v: the vCPU; the domain's shared_info exists
 *
 * Context: sleepable.
 * Return: 0.
 */
int cpu_state_init(struct vcpu *v)
{
	v->ctrlreg[0] = native_read_cr0() & ~X86_CR0_TS;
	v->ctrlreg[4] = guest_cr4(0);
	vcpu_update_cr4(v);
	v->dr[6] = 0xffff0ff0;
	v->dr[7] = 0x400;
	v->page->ds = SEL_GUEST_DS;
	v->page->es = SEL_GUEST_DS;
	vcpu_info_init(v);
	return 0;
}

/**
 * cpu_state_exit() - drop what a vCPU holds
 * @v: the vCPU, it does not run any more
 *
 * Context: sleepable.
 */
void cpu_state_exit(struct vcpu *v)
{
	segment_drop_gdt(v);
	segment_drop_ldt(v);
	vcpu_info_release(v);
}
