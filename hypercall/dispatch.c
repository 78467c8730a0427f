// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: Hypercall dispatch
 *
 * The one table that names each hypercall, what it reads and who handles it
 * (Documentation/hypercalls.rst says the rest), and the way from a SYSCALL of
 * the guest kernel to a handler.  The run loop calls in, after an
 * EXIT_HYPERCALL; what the switcher itself answers never gets here.
 */
#include <linux/nospec.h>
#include <linux/string.h>
#include "hypercall.h"

#define HC(_name, _nargs, _flags)	[__HYPERVISOR_##_name] = {	\
	.name = #_name, .fn = hc_##_name, .nargs = _nargs, .flags = _flags }
#define HC_REFUSED(_name, _fn)		[__HYPERVISOR_##_name] = {	\
	.name = #_name, .fn = _fn, .nargs = 0 }

static const struct hypercall hypercalls[NR_HYPERCALLS] = {
	HC(set_trap_table, 1, 0),
	HC(mmu_update, 4, 0),
	HC(set_gdt, 2, 0),
	HC(stack_switch, 2, 0),
	HC(set_callbacks, 3, 0),
	HC(fpu_taskswitch, 1, 0),
	HC(sched_op_compat, 2, 0),
	HC_REFUSED(platform_op, hc_privileged),
	HC(set_debugreg, 2, 0),
	HC(get_debugreg, 1, 0),
	HC(update_descriptor, 2, 0),
	HC(memory_op, 2, 0),
	HC(multicall, 2, HC_NO_MULTICALL),
	HC(update_va_mapping, 3, 0),
	HC(set_timer_op, 1, 0),
	HC(event_channel_op_compat, 1, 0),
	HC(xen_version, 2, 0),
	HC(console_io, 3, 0),
	HC(physdev_op_compat, 1, 0),
	HC(grant_table_op, 3, 0),
	HC(vm_assist, 2, 0),
	HC(update_va_mapping_otherdomain, 4, 0),
	HC(iret, 0, HC_LEAVES),		/* the switcher's, but in a multicall */
	HC(vcpu_op, 3, 0),
	HC(set_segment_base, 2, 0),
	HC(mmuext_op, 4, 0),
	HC_REFUSED(xsm_op, NULL),
	HC(nmi_op, 2, 0),
	HC(sched_op, 3, 0),
	HC(callback_op, 2, 0),
	HC_REFUSED(xenoprof_op, NULL),
	HC(event_channel_op, 2, 0),
	HC(physdev_op, 2, 0),
	HC_REFUSED(hvm_op, NULL),
	HC_REFUSED(sysctl, hc_privileged),
	HC_REFUSED(domctl, hc_privileged),
	HC_REFUSED(kexec_op, hc_privileged),
	HC_REFUSED(tmem_op, NULL),
	HC_REFUSED(xc_reserved_op, NULL),
	HC_REFUSED(xenpmu_op, hc_xenpmu_op),
	HC_REFUSED(dm_op, NULL),
	HC_REFUSED(arch_0, hc_privileged),	/* machine check interface */
};

/**
 * hypercall_lookup() - find the row of a hypercall number
 * @nr: from the guest, any value
 *
 * Return: the row, or NULL if the call is not offered (-ENOSYS).
 */
const struct hypercall *hypercall_lookup(u64 nr)
{
	const struct hypercall *hc;

	if (nr >= NR_HYPERCALLS)
		return NULL;
	hc = &hypercalls[array_index_nospec(nr, NR_HYPERCALLS)];
	return hc->fn ? hc : NULL;
}

/**
 * hypercall_count() - account one hypercall to the domain
 * @v: the caller
 * @nr: from the guest, any value
 */
void hypercall_count(struct vcpu *v, u64 nr)
{
	u64 *counts = v->domain->nr_hypercalls;

	if (nr < NR_HYPERCALLS)
		atomic64_inc((atomic64_t *)&counts[array_index_nospec(nr, NR_HYPERCALLS)]);
}

/**
 * hypercall_may_sleep() - ask for a sleepable context
 * @v: the caller
 *
 * A handler that has to sleep calls this first, before it has changed
 * anything, and returns -ERESTART if the answer is false: it is then called
 * again outside the slice, and the answer is true.
 *
 * Context: any a handler may run in.
 */
bool hypercall_may_sleep(struct vcpu *v)
{
	if (v->hypercall_sleeps)
		return true;
	v->hypercall_sleeps = true;
	return false;
}

static void copy_args(struct hypercall_args *args, const struct guest_regs *regs,
		      unsigned int nargs)
{
	const u64 a[6] = { regs->rdi, regs->rsi, regs->rdx, regs->r10, regs->r8, regs->r9 };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(a); i++)
		args->a[i] = i < nargs ? a[i] : 0;
}

/**
 * hypercall_dispatch() - carry out the hypercall in a vCPU's registers
 * @v: the vCPU, out of the guest with EXIT_HYPERCALL
 *
 * If this returns -ERESTART and v->hypercall_restarted is set, the call is not
 * finished: the run loop gives way and dispatches again with the same registers.
 * If v->hypercall_sleeps is then set, it must leave the slice and dispatch in a
 * sleepable context; if it is clear, it must be back in a slice.
 *
 * Context: slice, or sleepable if @v->hypercall_sleeps.
 * Return: the value for RAX, or -ERESTART.
 */
long hypercall_dispatch(struct vcpu *v)
{
	const u64 nr = v->page->regs.rax;
	const struct hypercall *hc = hypercall_lookup(nr);
	struct hypercall_args args;
	long ret;

	if (!v->hypercall_restarted) {
		hypercall_count(v, nr);
		/* Of a batch the switcher may have done the first part (switcher/mmu.c). */
		v->resume.done = v->page->hole_done;
		v->page->hole_done = 0;
	}
	if (!hc)
		return -ENOSYS;

	v->hypercall_restarted = true;
	if ((hc->flags & HC_SLEEPS) && !hypercall_may_sleep(v))
		return -ERESTART;

	copy_args(&args, &v->page->regs, hc->nargs);
	ret = hc->fn(v, &args);
	/* An iret, also one in a multicall, has finished, whatever it loads into RAX. */
	if (ret != -ERESTART || (hc->flags & HC_LEAVES) || v->multicall.left) {
		v->multicall.left = false;
		memset(&v->resume, 0, sizeof(v->resume));
		v->hypercall_restarted = false;
		v->hypercall_sleeps = false;
	}
	return ret;
}
