// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: The host half of the world switch
 *
 * A *slice* is the time a pCPU's thread has a vCPU's state loaded: slice_begin()
 * puts the guest's FPU state and the MSRs that only user mode uses in place,
 * slice_end() the host's.  Between them switch_enter() goes into the guest and
 * comes back, as often as needed, with preemption and bottom halves off.
 *
 * Called by the run loop (vcpu.c) alone.  What an entry changes, its exit puts
 * back exactly; what a slice changes, its end puts back exactly, from values
 * read at its beginning: another hypervisor's module may own them, lazily.
 */
#include <linux/preempt.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <asm/apic.h>
#include <asm/debugreg.h>
#include <asm/desc.h>
#include <asm/fpu/api.h>
#include <asm/fpu/xcr.h>
#include <asm/msr.h>
#include <asm/nospec-branch.h>
#include <asm/special_insns.h>
#include <asm/sync_core.h>
#include <asm/tlbflush.h>

#include "lodge.h"
#include "time.h"
#include "switcher/hole.h"

#define XCR0_GUEST	(XFEATURE_MASK_FP | XFEATURE_MASK_SSE | XFEATURE_MASK_YMM | \
			 XFEATURE_MASK_AVX512)
#define CR3_NOFLUSH	BIT_ULL(63)

/*
 * Bits of the host's CR4 that a guest must not run with.  PGE: the host's
 * global translations would shadow the guest's; toggling it flushes them.
 * SMAP: some CPUs' (and emulators') IRETQ at CPL 3 trips over it.  PKE: the
 * guest would live under the host's PKRU.  LASS: the guest kernel lives at high
 * addresses, at CPL 3.  CET, UINTR: state that we do not switch.  UMIP: the guest's
 * CPUID has none, so it would not emulate what faults then; as on Xen, SGDT shows
 * where the hole's is.
 */
#define CR4_NOT_FOR_GUESTS (X86_CR4_PGE | X86_CR4_SMAP | X86_CR4_PKE | X86_CR4_TSD | \
			    X86_CR4_FSGSBASE | X86_CR4_PCE | X86_CR4_UMIP | \
			    BIT(23) /* CET */ | BIT(25) /* UINTR */ | BIT(27) /* LASS */)
/* What a guest really sets in the CPU's; guest_cr4() has seen that the CPU has it. */
#define CR4_GUESTS_CHOICE (X86_CR4_FSGSBASE | X86_CR4_TSD)

enum {
	SAVED_STAR, SAVED_LSTAR, SAVED_CSTAR, SAVED_SFMASK,
	SAVED_SYSENTER_CS, SAVED_KERNEL_GS, SAVED_TSC_AUX, SAVED_FS,
	SAVED_SYSENTER_ESP, SAVED_SYSENTER_EIP,
};

static u64 xcr0_guest;		/* what guests may set; 0 without XSAVE */
static unsigned int xstate_size;
static bool need_verw;
static bool debug_store;
static bool sysenter;		/* guests may use it */

/**
 * guest_xcr0_mask - which bits of XCR0 a guest may set; 0 without XSAVE
 *
 * Context: any.
 */
u64 guest_xcr0_mask(void)
{
	return xcr0_guest;
}

/* Intel's; a virtual machine may show the feature and have no such MSR. */
static bool has_debug_store(void)
{
	u64 val;

	return boot_cpu_has(X86_FEATURE_DS) && !rdmsrl_safe(MSR_IA32_PEBS_ENABLE, &val) &&
	       !rdmsrl_safe(MSR_IA32_DEBUGCTLMSR, &val);
}

/**
 * switch_init - find out what state there is to switch
 *
 * Context: at load.
 */
int switch_init(void)
{
	if (boot_cpu_has(X86_FEATURE_OSXSAVE)) {
		xcr0_guest = xgetbv(XCR_XFEATURE_ENABLED_MASK) & XCR0_GUEST;
		/* The CPU may have state that no guest can have: AMX is eight kilobytes. */
		xstate_size = cpuid_xsave_size(xcr0_guest, false);
	} else {
		xstate_size = 512;
	}
	/* What the host does before it returns to its own user mode. */
	need_verw = boot_cpu_has(X86_FEATURE_CLEAR_CPU_BUF);
	debug_store = has_debug_store();
	cpuid_fault_init();
	/* AMD's does not exist in long mode, and its MSRs hold 32 bits. */
	sysenter = boot_cpu_has(X86_FEATURE_SEP) && boot_cpu_data.x86_vendor != X86_VENDOR_AMD &&
		   boot_cpu_data.x86_vendor != X86_VENDOR_HYGON;
	return 0;
}

/**
 * guest_has_sysenter - may guests use SYSENTER?
 *
 * Context: any.
 */
bool guest_has_sysenter(void)
{
	return sysenter;
}

/**
 * vcpu_xstate_init - FPU state as after FNINIT, MXCSR at its default
 * @v: the vCPU
 *
 * Return: 0 or -ENOMEM.  Context: sleepable.
 */
int vcpu_xstate_init(struct vcpu *v)
{
	/* XSAVE wants 64-byte alignment: kmalloc gives it for powers of two. */
	v->xstate = kzalloc(roundup_pow_of_two(xstate_size), GFP_KERNEL_ACCOUNT);
	if (!v->xstate)
		return -ENOMEM;
	*(u16 *)v->xstate = 0x37f;
	*(u32 *)(v->xstate + 24) = MXCSR_DEFAULT;
	v->xcr0 = xcr0_guest ? XFEATURE_MASK_FP : 0;
	return 0;
}

/**
 * vcpu_xstate_exit - free a vCPU's FPU state
 * @v: the vCPU
 *
 * Context: sleepable.
 */
void vcpu_xstate_exit(struct vcpu *v)
{
	kfree_sensitive(v->xstate);
	v->xstate = NULL;
}

static void xstate_load(struct pcpu *p, struct vcpu *v)
{
	if (boot_cpu_has_bug(X86_BUG_FXSAVE_LEAK))
		asm volatile("fnclex; emms; fildl %0" : : "m" (v->id));
	if (!xcr0_guest) {
		asm volatile("fxrstor64 %0" : : "m" (*(u8 (*)[512])v->xstate));
		return;
	}
	p->host_xcr0 = xgetbv(XCR_XFEATURE_ENABLED_MASK);
	if (p->host_xcr0 != xcr0_guest)
		xsetbv(XCR_XFEATURE_ENABLED_MASK, xcr0_guest);
	asm volatile("xrstor64 %0" : : "m" (*(u8 (*)[1])v->xstate),
		     "a" ((u32)xcr0_guest), "d" ((u32)(xcr0_guest >> 32)) : "memory");
	if (v->xcr0 != xcr0_guest)
		xsetbv(XCR_XFEATURE_ENABLED_MASK, v->xcr0);
}

static void xstate_save(struct pcpu *p, struct vcpu *v)
{
	if (!xcr0_guest) {
		asm volatile("fxsave64 %0" : "=m" (*(u8 (*)[512])v->xstate));
		return;
	}
	if (v->xcr0 != xcr0_guest)
		xsetbv(XCR_XFEATURE_ENABLED_MASK, xcr0_guest);
	asm volatile("xsave64 %0" : "+m" (*(u8 (*)[1])v->xstate) :
		     "a" ((u32)xcr0_guest), "d" ((u32)(xcr0_guest >> 32)) : "memory");
	if (p->host_xcr0 != xcr0_guest)
		xsetbv(XCR_XFEATURE_ENABLED_MASK, p->host_xcr0);
}

/*
 * With the host's values SYSENTER would enter at the host's address, at CPL 0, in
 * the guest's tables: ours, or none at all (CS 0: #GP).
 */
static void sysenter_load(struct pcpu *p)
{
	rdmsrl(MSR_IA32_SYSENTER_CS, p->host_msr[SAVED_SYSENTER_CS]);
	if (!sysenter) {
		wrmsrl(MSR_IA32_SYSENTER_CS, 0);
		return;
	}
	rdmsrl(MSR_IA32_SYSENTER_ESP, p->host_msr[SAVED_SYSENTER_ESP]);
	rdmsrl(MSR_IA32_SYSENTER_EIP, p->host_msr[SAVED_SYSENTER_EIP]);
	wrmsrl(MSR_IA32_SYSENTER_ESP, p->page->window + WIN_VCPU + PAGE_SIZE);
	wrmsrl(MSR_IA32_SYSENTER_EIP, p->page->window + hole_doors()->sysenter);
	wrmsrl(MSR_IA32_SYSENTER_CS, SEL_HOLE_CS);
}

static void sysenter_restore(struct pcpu *p)
{
	wrmsrl(MSR_IA32_SYSENTER_CS, p->host_msr[SAVED_SYSENTER_CS]);
	if (!sysenter)
		return;
	wrmsrl(MSR_IA32_SYSENTER_ESP, p->host_msr[SAVED_SYSENTER_ESP]);
	wrmsrl(MSR_IA32_SYSENTER_EIP, p->host_msr[SAVED_SYSENTER_EIP]);
}

static void msrs_load(struct pcpu *p, struct vcpu *v)
{
	const struct hole_header *h = hole_doors();
	u64 window = p->page->window;

	rdmsrl(MSR_STAR, p->host_msr[SAVED_STAR]);
	rdmsrl(MSR_LSTAR, p->host_msr[SAVED_LSTAR]);
	rdmsrl(MSR_CSTAR, p->host_msr[SAVED_CSTAR]);
	rdmsrl(MSR_SYSCALL_MASK, p->host_msr[SAVED_SFMASK]);
	rdmsrl(MSR_KERNEL_GS_BASE, p->host_msr[SAVED_KERNEL_GS]);
	rdmsrl(MSR_FS_BASE, p->host_msr[SAVED_FS]);
	rdmsrl(MSR_GS_BASE, p->page->host_gs_base);

	/* SYSRET is not used, but keep the ABI's selectors in its half. */
	wrmsrl(MSR_STAR, (u64)SEL_GUEST_CS32 << 48 | (u64)SEL_HOLE_CS << 32);
	wrmsrl(MSR_LSTAR, window + h->syscall);
	wrmsrl(MSR_CSTAR, window + h->syscall32);
	wrmsrl(MSR_SYSCALL_MASK, X86_EFLAGS_TF | X86_EFLAGS_IF | X86_EFLAGS_DF |
	       X86_EFLAGS_IOPL | X86_EFLAGS_NT | X86_EFLAGS_RF | X86_EFLAGS_AC);
	sysenter_load(p);
	wrmsrl(MSR_KERNEL_GS_BASE, v->page->gs_base_other);
	p->page->hw_gs_base_other = v->page->gs_base_other;
	if (boot_cpu_has(X86_FEATURE_RDTSCP) || boot_cpu_has(X86_FEATURE_RDPID)) {
		rdmsrl(MSR_TSC_AUX, p->host_msr[SAVED_TSC_AUX]);
		wrmsrl(MSR_TSC_AUX, v->tsc_aux);
	}
}

static void msrs_restore(struct pcpu *p)
{
	if (boot_cpu_has(X86_FEATURE_RDTSCP) || boot_cpu_has(X86_FEATURE_RDPID))
		wrmsrl(MSR_TSC_AUX, p->host_msr[SAVED_TSC_AUX]);
	wrmsrl(MSR_FS_BASE, p->host_msr[SAVED_FS]);
	wrmsrl(MSR_KERNEL_GS_BASE, p->host_msr[SAVED_KERNEL_GS]);
	sysenter_restore(p);
	wrmsrl(MSR_SYSCALL_MASK, p->host_msr[SAVED_SFMASK]);
	wrmsrl(MSR_CSTAR, p->host_msr[SAVED_CSTAR]);
	wrmsrl(MSR_LSTAR, p->host_msr[SAVED_LSTAR]);
	wrmsrl(MSR_STAR, p->host_msr[SAVED_STAR]);
}

/* Guest selectors stay loaded through a slice; the switcher loads them at its first entry. */
static void segments_begin(struct pcpu *p)
{
	savesegment(ds, p->host_sel[0]);
	savesegment(es, p->host_sel[1]);
	savesegment(fs, p->host_sel[2]);
	savesegment(gs, p->host_sel[3]);
	p->page->load_segments = 1;
	p->page->selector_failed = 0;	/* of a vCPU whose domain ended before it was told */
}

static void segments_end(struct pcpu *p, struct vcpu *v)
{
	unsigned long flags;

	if (!p->page->load_segments) {
		savesegment(ds, v->page->ds);
		savesegment(es, v->page->es);
		savesegment(fs, v->page->fs);
		savesegment(gs, v->page->gs);
	}
	loadsegment(ds, p->host_sel[0]);
	loadsegment(es, p->host_sel[1]);
	loadsegment(fs, p->host_sel[2]);
	/* Loading GS changes its base, which an interrupt would miss. */
	local_irq_save(flags);
	asm volatile("mov %0, %%gs" : : "r" (p->host_sel[3]));
	wrmsrl(MSR_GS_BASE, p->page->host_gs_base);
	local_irq_restore(flags);
}

/**
 * slice_begin - load a vCPU's state that only user mode sees
 * @p: the pCPU this runs on
 * @v: the vCPU
 *
 * Context: sleepable on entry, slice on return.
 */
void slice_begin(struct pcpu *p, struct vcpu *v)
{
	kernel_fpu_begin();
	if (p->last_domain != v->domain->id) {
		if (boot_cpu_has(X86_FEATURE_IBPB))
			indirect_branch_prediction_barrier();
		p->last_domain = v->domain->id;
	}
	p->page->verw = need_verw;
	p->page->debug_store = debug_store;
	hole_bridge_refresh(p);
	hole_load_vcpu(p, v);
	msrs_load(p, v);
	p->host_cpuid_fault = cpuid_fault_on();
	segments_begin(p);
	xstate_load(p, v);
}

/**
 * slice_end - give the pCPU's user-mode state back to the host
 * @p: the pCPU this runs on
 * @v: the vCPU whose slice ends
 *
 * Context: slice on entry, sleepable on return.
 */
void slice_end(struct pcpu *p, struct vcpu *v)
{
	xstate_save(p, v);
	segments_end(p, v);
	cpuid_fault_restore(p->host_cpuid_fault);
	msrs_restore(p);
	kernel_fpu_end();
}

/*
 * Debug registers are the host's unless it or the guest uses them: rarely either.
 * The hole arms DR7 (hole_resume) and disarms it (hole_leave): a guest may name
 * the address of any host instruction, which must not run with it armed.
 */
static void debug_begin(struct pcpu *p, struct vcpu *v)
{
	get_debugreg(p->host_dr7, 7);
	if (unlikely(p->host_dr7 & DR_GLOBAL_ENABLE_MASK)) {
		get_debugreg(p->host_dr[0], 0);
		get_debugreg(p->host_dr[1], 1);
		get_debugreg(p->host_dr[2], 2);
		get_debugreg(p->host_dr[3], 3);
		set_debugreg(0UL, 7);
	}
	v->page->dr7 = 0;
	if (unlikely(v->dr[7] & 0xff)) {
		set_debugreg(v->dr[0], 0);
		set_debugreg(v->dr[1], 1);
		set_debugreg(v->dr[2], 2);
		set_debugreg(v->dr[3], 3);
		set_debugreg(DR6_RESERVED, 6);
		v->page->dr7 = v->dr[7];
	}
}

static void debug_end(struct pcpu *p)
{
	if (likely(!(p->host_dr7 & DR_GLOBAL_ENABLE_MASK)))
		return;
	set_debugreg(p->host_dr[0], 0);
	set_debugreg(p->host_dr[1], 1);
	set_debugreg(p->host_dr[2], 2);
	set_debugreg(p->host_dr[3], 3);
	set_debugreg(DR6_RESERVED, 6);
	set_debugreg(p->host_dr7, 7);
}

static u64 host_gate_address(unsigned int vector)
{
	struct desc_ptr idt;

	store_idt(&idt);
	return gate_offset((gate_desc *)idt.address + vector);
}

/*
 * Interrupts taken in the guest have been accepted from the APIC: the host's
 * handler is called as the CPU would have.  An NMI is sent again to ourselves:
 * its handler must come in through its own IST stack, or nesting breaks.
 *
 * The interrupt comes last and as to code with IRQs on, which this was before it
 * went into the guest: a 7.3 host arms the next timer interrupt on the way back to
 * such code alone.  Preemption is off, so nothing else happens.
 */
static void replay_interrupts(struct pcpu *p, unsigned int vector)
{
	struct pcpu_page *page = p->page;

	if (unlikely(page->mc_pending) || unlikely(vector == VEC_MC)) {
		page->mc_pending = 0;
		host_gate(host_gate_address(VEC_MC), 0);
	}
	if (unlikely(page->nmi_pending) || unlikely(vector == VEC_NMI)) {
		page->nmi_pending = 0;
		apic->send_IPI(p->cpu, NMI_VECTOR);
		/* One that came out of the guest blocks all others until an IRET. */
		iret_to_self();
	}
	if (vector >= FIRST_EXTERNAL_VECTOR && vector < NR_VECTORS)
		host_gate(host_gate_address(vector), X86_EFLAGS_IF);
}

/* The LDT of the mm that this thread borrows: LLDT on the way out reads it from our copy. */
static void host_ldt_copy(struct pcpu *p)
{
	u16 ldt;

	asm volatile("sldt %0" : "=m" (ldt));
	if (unlikely(ldt))
		memcpy((u64 *)__va(p->window_l1[WIN_HOST_GDT >> PAGE_SHIFT] & PHYSICAL_PAGE_MASK) +
		       GDT_ENTRY_LDT, this_cpu_ptr(&gdt_page)->gdt + GDT_ENTRY_LDT,
		       sizeof(ldt_desc));
}

/**
 * switch_enter - run the guest until something makes it leave
 * @p: the pCPU this runs on
 * @v: the vCPU whose slice it is
 *
 * Interrupts and NMIs that ended the visit have been handled on return.
 *
 * Return: the hardware vector, or EXIT_* of switcher/layout.h; 32..255 and
 * VEC_NMI need no more work.
 * Context: slice.
 */
unsigned int switch_enter(struct pcpu *p, struct vcpu *v)
{
	struct pcpu_page *page = p->page;
	unsigned int vector;

	local_irq_disable();
	/*
	 * Whoever sets need_pick, changes the domain's clock, or takes away a page of
	 * the LDT sends an IPI after it: from here on we cannot miss it.
	 */
	if (unlikely(vcpu_should_yield(v) || !time_entry_ok(v) || READ_ONCE(v->windows_stale))) {
		local_irq_enable();
		return EXIT_NOT_ENTERED;
	}
	page->host_cr3 = __native_read_cr3();
	page->host_cr4 = native_read_cr4();
	if (page->host_cr4 & X86_CR4_PCIDE)
		page->host_cr3 |= CR3_NOFLUSH;
	v->page->cr4 = (page->host_cr4 & ~CR4_NOT_FOR_GUESTS) | v->cr4_bits;
	host_ldt_copy(p);
	debug_begin(p, v);

	switch_to_guest(page, page->window + hole_doors()->enter);

	debug_end(p);
	vector = v->page->regs.vector;
	replay_interrupts(p, vector);
	local_irq_enable();
	return vector;
}

/**
 * vcpu_set_roots - the guest has loaded other top-level tables
 * @v: the vCPU, not inside the guest
 * @l4_kernel: mfn of a validated L4 on which the caller holds a reference
 * @l4_user: likewise, or 0
 *
 * Context: slice, or before the vCPU runs.
 */
void vcpu_set_roots(struct vcpu *v, u64 l4_kernel, u64 l4_user)
{
	v->page->l4_kernel = l4_kernel;
	v->page->l4_user = l4_user;
}

/**
 * vcpu_update_cr4 - the guest has written its CR4
 * @v: the vCPU; v->ctrlreg[4] is the new value, already judged
 *
 * What reaches the real register does so at the next entry.
 *
 * Context: slice.
 */
void vcpu_update_cr4(struct vcpu *v)
{
	v->cr4_bits = v->ctrlreg[4] & CR4_GUESTS_CHOICE;
}
