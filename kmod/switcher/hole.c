// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: What the switcher decides by itself
 *
 * C that runs in the hole on the guest's own page tables, with IRQs off:
 * system calls of guest user mode, exceptions that are the guest kernel's own
 * business, and the four hypercalls that every system call and context switch
 * of a stock kernel makes.  Whatever is not handled here leaves for the host
 * (trap.c, hypercall/).
 *
 * Rules: no symbol of the kernel (the linker enforces it), no guest virtual
 * address dereferenced: guest memory is found by walking the guest's tables
 * through the domain's direct map (HOLE_DMAP), which has this domain's frames
 * and no others.  Tables are validated, so L4..L2 entries are trusted; the
 * frame that an L1 entry names may be foreign, and the M2P tells.
 *
 * A walk races with other vCPUs' updates as lockless gup does: a frame changes
 * its type or owner only after every pCPU has left this domain's guest mode
 * (domain_flush_others), and we run with IRQs off from walk to access.
 */

#include "inside.h"

/* Our address of a guest kernel word, or NULL: not mapped, read-only, or not its own. */
static u64 *walk(const struct vcpu_page *v, u64 address, bool write)
{
	const u64 need = PTE_P | (write ? PTE_RW : 0);
	u64 entry = v->l4_kernel << 12;
	u64 mfn;

	if (!guest_address(address))
		return NULL;
#define STEP(shift)							\
	do {								\
		entry = READ_ONCE(dmap(entry)[(address >> (shift)) & 511]); \
		if ((entry & need) != need)				\
			return NULL;					\
	} while (0)
	STEP(39);
	STEP(30);
	STEP(21);
	STEP(12);
#undef STEP
	mfn = (entry & PTE_ADDR) >> 12;
	if (mfn >= v->max_mfn)
		return NULL;
	mfn = index_nospec(mfn, v->max_mfn);
	if (((const u64 *)HOLE_M2P)[mfn] == ~0UL)
		return NULL;
	return (u64 *)(HOLE_DMAP + (mfn << 12) + (address & 0xff8));
}

/* As walk(), for @n aligned words that lie in one page; NULL also if they do not. */
static inline u64 *walk_words(const struct vcpu_page *v, u64 address, int n, bool write)
{
	if ((address & 7) || (address & 0xfff) + n * 8 > 0x1000)
		return NULL;
	return walk(v, address, write);
}

/* Frames on a guest's stack, wherever they lie. */
bool copy_words(const struct vcpu_page *v, u64 address, u64 *words, int n, bool write)
{
	u64 *p = NULL;
	int i;

	if (address & 7)
		return false;
	for (i = 0; i < n; i++, address += 8, p++) {
		if (!p || !(address & 0xfff)) {
			p = walk(v, address, write);
			if (!p)
				return false;
		}
		if (write)
			WRITE_ONCE(*p, words[i]);
		else
			words[i] = READ_ONCE(*p);
	}
	return true;
}

/* Load the root table of the current mode. */
void hole_load_root(struct vcpu_page *v, struct pcpu_page *p)
{
	u64 l4 = (kernel_mode(v) ? v->l4_kernel : v->l4_user) << 12;

	if (p->pml5_cr3) {
		u64 *pml5 = (u64 *)(p->window + WIN_PML5);

		pml5[0] = l4 | 0x67;
		pml5[511] = l4 | 0x67;
		l4 = p->pml5_cr3;
	}
	asm volatile("mov %0, %%cr3" : : "r" (l4) : "memory");
}

/*
 * The CPU writes samples (PEBS) and branches (BTS) for the host's perf by itself, as
 * CPL 0, to linear addresses that it reads at another one: in a guest's tables they
 * would be the guest's choice.  So both are off there.  From here on the host's NMI
 * handler, which turns them off and on again, does not run.
 */
static void debug_store_stop(struct pcpu_page *p)
{
	p->host_pebs = rdmsr_(MSR_PEBS_ENABLE_);
	p->host_debugctl = rdmsr_(MSR_DEBUGCTL_);
	if (unlikely(p->host_pebs))
		wrmsr_(MSR_PEBS_ENABLE_, 0);
	if (unlikely(p->host_debugctl & DEBUGCTL_TRACES))
		wrmsr_(MSR_DEBUGCTL_, p->host_debugctl & ~DEBUGCTL_TRACES);
}

static void debug_store_go_on(struct pcpu_page *p)
{
	if (unlikely(p->host_debugctl & DEBUGCTL_TRACES))
		wrmsr_(MSR_DEBUGCTL_, p->host_debugctl);
	if (unlikely(p->host_pebs))
		wrmsr_(MSR_PEBS_ENABLE_, p->host_pebs);
}

/* The last step in the bridge: the guest's tables. */
void hole_begin(struct vcpu_page *v, struct pcpu_page *p)
{
	if (p->debug_store)
		debug_store_stop(p);
	hole_load_root(v, p);
}

/* Guest user <-> guest kernel: page tables and GS change hands. */
static void toggle_mode(struct vcpu_page *v, struct pcpu_page *p)
{
	v->flags ^= VCPU_KERNEL_MODE;
	hole_load_root(v, p);
	asm volatile("swapgs" : : : "memory");
}

static void set_ts(struct vcpu_page *v, bool on)
{
	u64 cr0;

	asm volatile("mov %%cr0, %0" : "=r" (cr0));
	if (on) {
		v->flags |= VCPU_TS;
		cr0 |= CR0_TS;
	} else {
		v->flags &= ~VCPU_TS;
		cr0 &= ~CR0_TS;
	}
	asm volatile("mov %0, %%cr0" : : "r" (cr0));
}

static unsigned int fail(struct vcpu_page *v, unsigned int reason, u64 vector)
{
	v->failed_vector = vector;
	v->regs.vector = reason;
	return 1;
}

#define BOUNCE_ERROR_CODE	1
#define BOUNCE_MASKS_EVENTS	2
#define BOUNCE_SEGMENTS		4	/* ds, es, fs, gs as well: failsafe callback */

/*
 * Make the guest kernel continue at @target as after an interrupt, with the
 * frame of the Xen ABI, upwards: rcx, r11, [segments], [error], rip, cs, rflags, rsp, ss.
 * The virtual interrupt flag is the event mask of vcpu_info, inverted.
 * Returns 0, or 1 to leave for the host: the guest has no stack to go on with.
 */
static unsigned int bounce(struct vcpu_page *v, struct pcpu_page *p, u64 target,
			   unsigned int how, u32 error, u64 vector)
{
	struct vcpu_info *info = v->vcpu_info_hole;
	struct guest_regs *r = &v->regs;
	u8 mask = READ_ONCE(info->evtchn_upcall_mask);
	u64 copy[12], *frame, sp, cs = r->cs;
	int n = 7, i = 2;

	if (kernel_mode(v)) {
		sp = r->rsp;
		cs &= ~3UL;
	} else {
		sp = v->kernel_sp;
		toggle_mode(v, p);
	}
	sp &= ~0xfUL;

	if (how & BOUNCE_ERROR_CODE)
		n += 1;
	if (how & BOUNCE_SEGMENTS)
		n += 4;
	sp -= n * 8;
	frame = walk_words(v, sp, n, true);
	if (unlikely(!frame))
		frame = copy;

	frame[0] = r->rcx;
	frame[1] = r->r11;
	if (how & BOUNCE_SEGMENTS) {
		frame[i++] = v->ds;
		frame[i++] = v->es;
		frame[i++] = v->fs;
		frame[i++] = v->gs;
	}
	if (how & BOUNCE_ERROR_CODE)
		frame[i++] = error;
	frame[i++] = r->rip;
	frame[i++] = (u16)cs | (u64)mask << 32;
	frame[i++] = (r->rflags & ~(FL_IF | FL_IOPL)) | (mask ? 0 : FL_IF) |
		     (v->arch_iopl ? (u64)v->iopl << 12 : 0);
	frame[i++] = r->rsp;
	frame[i] = r->ss;
	if (unlikely(frame == copy) && !copy_words(v, sp, copy, n, true))
		return fail(v, EXIT_BOUNCE_FAILED, vector);

	if (how & BOUNCE_MASKS_EVENTS)
		WRITE_ONCE(info->evtchn_upcall_mask, 1);
	r->rip = target;
	r->cs = SEL_GUEST_CS64;
	r->rflags &= ~(FL_AC | FL_VM | FL_RF | FL_NT | FL_TF);
	r->rflags |= FL_IF;
	r->rsp = sp;
	r->ss = SEL_GUEST_DS;
	v->nr_bounces++;
	return 0;
}

static bool has_error_code(u64 vector)
{
	return vector < 32 && (0x60227d00u >> vector & 1);
}

static unsigned int bounce_trap(struct vcpu_page *v, struct pcpu_page *p, u64 vector, u32 error)
{
	const struct guest_trap *t = vector < 32 ? &v->traps[index_nospec(vector, 32)] :
					       &v->soft_trap;
	unsigned int how = 0;

	if (!t->address)
		return fail(v, EXIT_NO_HANDLER, vector);
	if (has_error_code(vector))
		how |= BOUNCE_ERROR_CODE;
	if (t->flags & TRAP_MASKS_EVENTS)
		how |= BOUNCE_MASKS_EVENTS;
	return bounce(v, p, t->address, how, error, vector);
}

static unsigned int bounce_page_fault(struct vcpu_page *v, struct pcpu_page *p,
				      u32 error, u64 cr2)
{
	struct vcpu_info *info = v->vcpu_info_hole;

	/* The guest kernel runs at CPL 3 as well: say which mode it really was. */
	error &= ~PF_USER;
	if (!kernel_mode(v))
		error |= PF_USER;
	WRITE_ONCE(info->arch.cr2, cr2);
	return bounce_trap(v, p, VEC_PF, error);
}

static unsigned int deliver_events(struct vcpu_page *v, struct pcpu_page *p)
{
	struct vcpu_info *info = v->vcpu_info_hole;

	if (likely(!READ_ONCE(info->evtchn_upcall_pending)) ||
	    READ_ONCE(info->evtchn_upcall_mask) || !v->event_address)
		return 0;
	v->nr_events++;
	return bounce(v, p, v->event_address, BOUNCE_MASKS_EVENTS, 0, 0x100);
}

/* A selector that the guest had loaded has become invalid while it was away. */
static unsigned int bounce_failsafe(struct vcpu_page *v, struct pcpu_page *p)
{
	if (!v->failsafe_address)
		return fail(v, EXIT_NO_HANDLER, VEC_GP);
	return bounce(v, p, v->failsafe_address, BOUNCE_SEGMENTS |
		      (v->flags & VCPU_FAILSAFE_MASKS ? BOUNCE_MASKS_EVENTS : 0), 0, VEC_GP);
}

static unsigned int inject(struct vcpu_page *v, struct pcpu_page *p)
{
	struct guest_inject *i = &v->inject;
	u8 what = i->valid;

	i->valid = INJECT_NONE;
	switch (what) {
	case INJECT_TRAP:
		if (i->vector == VEC_PF)
			return bounce_page_fault(v, p, i->error, i->cr2);
		return bounce_trap(v, p, i->vector, i->error);
	case INJECT_NMI:
		v->flags |= VCPU_NMI_MASKED;
		return bounce(v, p, v->nmi_address, BOUNCE_MASKS_EVENTS, 0, VEC_NMI);
	}
	return 0;
}

static void set_dr7(u64 val)
{
	asm volatile("mov %0, %%db7" : : "r" (val));
}

/* Every entry from the host ends here; registers and segments are in place. */
unsigned int hole_resume(struct vcpu_page *v, struct pcpu_page *p)
{
	set_fs_base(v->cr4, v->fs_base);
	set_gs_base(v->cr4, v->gs_base);
	if (p->hw_gs_base_other != v->gs_base_other) {
		wrmsr_(MSR_KERNEL_GS_BASE_, v->gs_base_other);
		p->hw_gs_base_other = v->gs_base_other;
	}
	if (unlikely(v->dr7))
		set_dr7(v->dr7);
	if (v->flags & VCPU_TS)
		set_ts(v, true);
	if (v->inject.valid && inject(v, p))
		return 1;
	if (unlikely(p->selector_failed)) {
		p->selector_failed = 0;
		if (bounce_failsafe(v, p))
			return 1;
	}
	return deliver_events(v, p);
}

/* Bridge CR3 and host CR4: take the guest's bases, give the host its own GS. */
void hole_leave(struct vcpu_page *v, struct pcpu_page *p)
{
	if (unlikely(v->dr7))
		set_dr7(0);
	v->fs_base = get_fs_base(p->host_cr4);
	v->gs_base = get_gs_base(p->host_cr4);
	v->gs_base_other = rdmsr_(MSR_KERNEL_GS_BASE_);
	p->hw_gs_base_other = v->gs_base_other;
	set_gs_base(p->host_cr4, p->host_gs_base);
	if (v->flags & VCPU_TS)
		asm volatile("clts");
	if (p->debug_store)
		debug_store_go_on(p);
	v->nr_exits++;
}

static unsigned int hypercall_iret(struct vcpu_page *v, struct pcpu_page *p)
{
	struct guest_regs *r = &v->regs;
	const struct iret_frame *at;
	struct iret_frame f;

	/* The end of an NMI: the host half knows whether another one waits. */
	if (unlikely(v->flags & VCPU_NMI_MASKED))
		return 1;

	at = (const void *)walk_words(v, r->rsp, sizeof(f) / 8, false);
	if (likely(at))
		f = *(const volatile struct iret_frame *)at;
	else if (!copy_words(v, r->rsp, (u64 *)&f, sizeof(f) / 8, false))
		return fail(v, EXIT_BAD_IRET, 0);
	if (iret_to_user(&f)) {
		if (!v->l4_user)
			return fail(v, EXIT_BAD_IRET, 1);
		toggle_mode(v, p);
	}
	iret_load(v, v->vcpu_info_hole, &f);
	v->nr_irets++;
	/* Intel's IRETQ faults at CPL 0 on these: do not even try. */
	if (unlikely(!canonical48(r->rip)))
		return bounce_trap(v, p, VEC_GP, 0);
	return deliver_events(v, p);
}

/* True if done: *rax is the result. */
static bool set_segment_base(struct vcpu_page *v, u64 which, u64 base)
{
	if (!canonical48(base))
		return false;
	switch (which) {
	case SEGBASE_FS:
		set_fs_base(v->cr4, base);
		return true;
	case SEGBASE_GS_USER:
		wrmsr_(MSR_KERNEL_GS_BASE_, base);
		return true;
	case SEGBASE_GS_KERNEL:
		set_gs_base(v->cr4, base);
		return true;
	}
	return false;
}

static unsigned int hypercall(struct vcpu_page *v, struct pcpu_page *p)
{
	struct guest_regs *r = &v->regs;

	if (r->rax == __HYPERVISOR_iret)
		return hypercall_iret(v, p);
	switch (r->rax) {
	case __HYPERVISOR_stack_switch:
		v->kernel_ss = (u16)r->rdi | 3;
		v->kernel_sp = r->rsi;
		break;
	case __HYPERVISOR_set_segment_base:
		if (!set_segment_base(v, r->rdi, r->rsi))
			return 1;
		break;
	case __HYPERVISOR_fpu_taskswitch:
		set_ts(v, r->rdi);
		break;
	default:
		if (!hole_mmu_hypercall(v, p))
			return 1;
	}
	r->rax = 0;
	v->nr_hole_hypercalls++;
	return deliver_events(v, p);
}

/*
 * SYSCALL of user mode, or of 32-bit code anywhere.  Xen's syscall callback also
 * says whether syscall32's masks events.  With nobody to take it, it is an
 * instruction that does not exist.
 */
static unsigned int system_call(struct vcpu_page *v, struct pcpu_page *p, u64 target)
{
	unsigned int left;

	if (unlikely(!target)) {
		v->regs.rip -= 2;
		return bounce_trap(v, p, VEC_UD, 0);
	}
	v->nr_syscalls++;
	left = bounce(v, p, target, v->flags & VCPU_SYSCALL_MASKS ? BOUNCE_MASKS_EVENTS : 0, 0,
		      EXIT_HYPERCALL);
	/* What the guest's SYSCALL_MASK would hold if it could set it: DF. */
	v->regs.rflags &= ~FL_DF;
	return left;
}

static unsigned int sysenter(struct vcpu_page *v, struct pcpu_page *p)
{
	if (!v->sysenter_address)
		return bounce_trap(v, p, VEC_GP, 0);
	v->nr_syscalls++;
	return bounce(v, p, v->sysenter_address,
		      v->flags & VCPU_SYSENTER_MASKS ? BOUNCE_MASKS_EVENTS : 0, 0,
		      EXIT_SYSENTER);
}

/*
 * All that comes from the guest.  Returns 0 to go on with the guest, 1 to
 * leave for the host with regs.vector telling why.
 */
unsigned int hole_trap(struct vcpu_page *v, struct pcpu_page *p)
{
	struct guest_regs *r = &v->regs;
	u64 vector = r->vector;
	u64 cr2;

	if (likely(vector == EXIT_HYPERCALL))
		return kernel_mode(v) ? hypercall(v, p) :
					system_call(v, p, v->syscall_address);
	switch (vector) {
	case VEC_PF:
		asm volatile("mov %%cr2, %0" : "=r" (cr2));
		v->cr2 = cr2;
		/* The kernel's write to a present page may be to a page table. */
		if (kernel_mode(v) && (r->error & (PF_PRESENT | PF_WRITE)) ==
				      (PF_PRESENT | PF_WRITE))
			return 1;
		return bounce_page_fault(v, p, r->error, cr2);
	case VEC_NM:
		if (!(v->flags & VCPU_TS))
			return 1;
		set_ts(v, false);
		return bounce_trap(v, p, vector, 0);
	case 0:			/* #DE */
	case VEC_BP:
	case VEC_OF:
	case 5:			/* #BR */
	case 10 ... 12:		/* #TS #NP #SS */
	case 16: case 17: case 19: /* #MF #AC #XM */
		return bounce_trap(v, p, vector, r->error);
	case EXIT_SYSCALL32:
		return system_call(v, p, v->syscall32_address);
	case EXIT_SYSENTER:
		return sysenter(v, p);
	case EXIT_IRET_FAULT:
		/* The CPU refused the frame that the guest gave: a fault in its name. */
		return bounce_trap(v, p, p->bug_vector, p->bug_error);
	case VEC_DB:
		asm volatile("mov %%db6, %0" : "=r" (v->dr6));
		return 1;
	}
	return 1;
}
