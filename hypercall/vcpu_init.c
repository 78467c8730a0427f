// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: VCPUOP_initialise
 *
 * A guest gives one of its vCPUs that is down its first state.  Everything is
 * judged on one copy before anything changes; then references are taken, the
 * kernel's page tables last, for they make the vCPU an initialised one.
 *
 * Page tables that have not been validated take long: the call gives way, and each
 * attempt makes, judges and uses a copy of its own.
 */
#include <linux/slab.h>
#include <asm/processor-flags.h>
#include "../ptvalidate/ptvalidate.h"
#include "hypercall.h"

#define RFLAGS_GUEST	(X86_EFLAGS_CF | X86_EFLAGS_PF | X86_EFLAGS_AF | X86_EFLAGS_ZF | \
			 X86_EFLAGS_SF | X86_EFLAGS_TF | X86_EFLAGS_DF | X86_EFLAGS_OF | \
			 X86_EFLAGS_NT | X86_EFLAGS_RF | X86_EFLAGS_AC | X86_EFLAGS_ID)
#define LDT_ENTRIES_MAX	8192
#define MXCSR_OFFSET	24
#define MXCSR_GUEST	0xffff		/* more than that and XRSTOR faults */
#define XSTATE_BV	512		/* offset; bits of what follows in the area */

/**
 * vcpu_initialised() - has this vCPU a state to start from?
 * @v: the vCPU
 *
 * Context: any.
 */
bool vcpu_initialised(const struct vcpu *v)
{
	/* Pairs with the release: what was set meanwhile is seen, too. */
	return !smp_load_acquire(&v->init_busy) && READ_ONCE(v->page->l4_kernel);
}

static bool addresses_ok(const struct vcpu_guest_context *c)
{
	const u64 va[] = {
		c->user_regs.rip, c->user_regs.rsp, c->kernel_sp,
		c->fs_base, c->gs_base_kernel, c->gs_base_user,
		c->event_callback_eip, c->failsafe_callback_eip, c->syscall_callback_eip,
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(va); i++)
		if (!guest_canonical(va[i]))
			return false;
	for (i = 0; i < ARRAY_SIZE(c->trap_ctxt); i++)
		if (!guest_canonical(c->trap_ctxt[i].address))
			return false;
	return true;
}

static bool ldt_ok(const struct vcpu_guest_context *c)
{
	return guest_address_ok(c->ldt_base) && !(c->ldt_base & ~PAGE_MASK) &&
	       c->ldt_ents <= LDT_ENTRIES_MAX;
}

static bool context_ok(const struct vcpu_guest_context *c)
{
	return addresses_ok(c) && ldt_ok(c) && c->gdt_ents <= FIRST_RESERVED_GDT_ENTRY &&
	       ((c->flags & VGCF_in_kernel) || c->ctrlreg[1]);
}

static u16 data_selector(u16 sel)
{
	return sel > 3 ? guest_selector(sel) : 0;
}

static void set_registers(struct vcpu *t, const struct vcpu_guest_context *c)
{
	const struct cpu_user_regs *u = &c->user_regs;
	struct vcpu_page *page = t->page;

	page->regs = (struct guest_regs) {
		.r15 = u->r15, .r14 = u->r14, .r13 = u->r13, .r12 = u->r12,
		.rbp = u->rbp, .rbx = u->rbx, .r11 = u->r11, .r10 = u->r10,
		.r9 = u->r9, .r8 = u->r8, .rax = u->rax, .rcx = u->rcx,
		.rdx = u->rdx, .rsi = u->rsi, .rdi = u->rdi,
		.rip = u->rip, .rsp = u->rsp,
		.cs = guest_selector(u->cs), .ss = guest_selector(u->ss),
		.rflags = (u->rflags & RFLAGS_GUEST) | X86_EFLAGS_IF | X86_EFLAGS_FIXED,
	};
	page->arch_iopl = !!(t->domain->vm_assist & BIT(VMASST_TYPE_architectural_iopl));
	page->iopl = (u->rflags & X86_EFLAGS_IOPL) >> X86_EFLAGS_IOPL_BIT;
	page->ds = data_selector(u->ds);
	page->es = data_selector(u->es);
	page->fs = data_selector(u->fs);
	page->gs = data_selector(u->gs);
}

static void set_page(struct vcpu *t, const struct vcpu_guest_context *c)
{
	const bool kernel = c->flags & VGCF_in_kernel;
	struct vcpu_page *page = t->page;

	page->flags = (kernel ? VCPU_KERNEL_MODE : 0) |
		      (c->ctrlreg[0] & X86_CR0_TS ? VCPU_TS : 0) |
		      (c->flags & VGCF_failsafe_disables_events ? VCPU_FAILSAFE_MASKS : 0) |
		      (c->flags & VGCF_syscall_disables_events ? VCPU_SYSCALL_MASKS : 0);
	page->fs_base = c->fs_base;
	page->gs_base = kernel ? c->gs_base_kernel : c->gs_base_user;
	page->gs_base_other = kernel ? c->gs_base_user : c->gs_base_kernel;
	page->kernel_ss = guest_selector(c->kernel_ss);
	page->kernel_sp = c->kernel_sp;
	page->event_address = c->event_callback_eip;
	page->failsafe_address = c->failsafe_callback_eip;
	page->syscall_address = c->syscall_callback_eip;
}

static void set_fpu(struct vcpu *t, const struct vcpu_guest_context *c)
{
	u8 *area = t->xstate;

	if (!(c->flags & VGCF_I387_VALID))
		return;
	memcpy(area, &c->fpu_ctxt, sizeof(c->fpu_ctxt));
	*(u32 *)(area + MXCSR_OFFSET) &= MXCSR_GUEST;
	if (guest_xcr0_mask())
		*(u64 *)(area + XSTATE_BV) |= 3;	/* x87 and SSE are not as at reset */
}

static void set_state(struct vcpu *t, const struct vcpu_guest_context *c)
{
	struct trap_info trap;
	unsigned int i;

	set_registers(t, c);
	set_page(t, c);
	set_fpu(t, c);
	for (i = 0; i < ARRAY_SIZE(c->trap_ctxt); i++) {
		trap = c->trap_ctxt[i];
		trap.vector = i;
		cpu_state_set_trap(t, &trap);
	}
	t->ctrlreg[4] = guest_cr4(c->ctrlreg[4]);
	vcpu_update_cr4(t);
	/* As on Xen, a value that may not be is left out. */
	for (i = 0; i < 4; i++)
		debugreg_set(t, i, c->debugreg[i]);
	debugreg_set(t, 6, c->debugreg[6]);
	debugreg_set(t, 7, c->debugreg[7]);
}

/* How far the caller is: v->resume.extra */
enum { NOT_BEGUN, TAKE_USER, TAKE_KERNEL, UNDO };

/* Nobody else does it, and nobody has done it. */
static int begin(struct vcpu *v, struct vcpu *t)
{
	if (xchg(&t->init_busy, true))
		return -EBUSY;
	if (READ_ONCE(t->page->l4_kernel)) {
		smp_store_release(&t->init_busy, false);
		return -EEXIST;
	}
	v->resume.extra = TAKE_USER;
	return 0;
}

static int take_frames(struct vcpu *v, struct vcpu *t, const struct vcpu_guest_context *c)
{
	u64 mfns[GUEST_GDT_PAGES];
	unsigned int i;
	int ret;

	for (i = 0; i < ARRAY_SIZE(mfns); i++)
		mfns[i] = c->gdt_frames[i];
	ret = segment_set_gdt(t, mfns, c->gdt_ents);
	if (ret)
		return ret;
	/* Not again once that is done: it would not be what gave way. */
	if (v->resume.extra == TAKE_USER) {
		if (c->ctrlreg[1])
			ret = pt_set_base(v, t, xen_cr3_to_pfn(c->ctrlreg[1]), true);
		if (ret)
			return ret;
		v->resume.extra = TAKE_KERNEL;
	}
	/* The attempt that took them may have had another context. */
	if (!(c->flags & VGCF_in_kernel) && !t->page->l4_user)
		return -EINVAL;
	ret = pt_set_base(v, t, xen_cr3_to_pfn(c->ctrlreg[3]), false);
	return ret ? ret : cpu_state_set_ldt(t, c->ldt_base, c->ldt_ents);
}

static int attempt(struct vcpu *v, struct vcpu *t, const struct vcpu_guest_context *c)
{
	int ret;

	if (!vcpu_has_info(t) || !context_ok(c))
		return -EINVAL;
	if (v->resume.extra == NOT_BEGUN) {
		ret = begin(v, t);
		if (ret)
			return ret;
	}
	set_state(t, c);
	return take_frames(v, t, c);
}

/* An attempt with the context as it is now; *@online: the vCPU is to come up. */
static int attempt_with_copy(struct vcpu *v, struct vcpu *t, u64 gva, bool *online)
{
	struct vcpu_guest_context *c = kmalloc(sizeof(*c), GFP_KERNEL);
	int ret = -ENOMEM;

	if (c)
		ret = copy_from_guest(v, c, gva, sizeof(*c)) ? -EFAULT : attempt(v, t, c);
	*online = !ret && (c->flags & VGCF_online);
	kfree(c);
	if (ret && ret != -ERESTART && v->resume.extra != NOT_BEGUN) {
		v->resume.extra = UNDO;
		v->resume.done = -ret;
	}
	return ret;
}

static int undo(struct vcpu *v, struct vcpu *t)
{
	int ret = pt_set_base(v, t, 0, true);

	if (ret)
		return ret;
	segment_drop_gdt(t);
	return -(int)v->resume.done;
}

/**
 * vcpu_initialise() - VCPUOP_initialise
 * @v: the caller
 * @target: the vCPU to initialise
 * @gva: address of a struct vcpu_guest_context
 *
 * A caller that is uninitialised before it is done leaves the other one busy.
 *
 * Context: asks for a sleepable one.
 * Return: 0; -EEXIST: it is initialised; -EBUSY: another vCPU is doing it;
 * -EINVAL: something in the context may not be; -EFAULT, -ENOMEM, -ERESTART.
 */
long vcpu_initialise(struct vcpu *v, struct vcpu *target, u64 gva)
{
	bool online = false;
	int ret = 0;

	if (!hypercall_may_sleep(v))
		return -ERESTART;
	if (v->resume.extra != UNDO)
		ret = attempt_with_copy(v, target, gva, &online);
	if (ret != -ERESTART && v->resume.extra == UNDO)
		ret = undo(v, target);
	if (ret == -ERESTART)
		return ret;
	if (v->resume.extra != NOT_BEGUN)	/* pairs with vcpu_initialised() */
		smp_store_release(&target->init_busy, false);
	if (online)
		sched_up(target);
	return ret;
}

/**
 * vcpu_uninitialise() - forget a vCPU's state: it takes VCPUOP_initialise again
 * @v: a vCPU that is down; its domain's vCPUs are stopped
 *
 * Context: sleepable.
 */
void vcpu_uninitialise(struct vcpu *v)
{
	pt_forget_bases(v);
	segment_drop_gdt(v);
	segment_drop_ldt(v);
	WRITE_ONCE(v->nmi_pending, false);
	/* It may have gone down in the middle of a hypercall. */
	v->restart = v->hypercall_restarted = v->hypercall_sleeps = false;
	memset(&v->resume, 0, sizeof(v->resume));
	memset(&v->multicall, 0, sizeof(v->multicall));
	v->page->inject.valid = INJECT_NONE;
	v->page->hole_done = 0;
}
