/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * DOC: The hole
 *
 * Where everything lies in PML4 slots 256..271, which Linux reserves for
 * hypervisors and the Xen ABI reserves from its guests.  Read by C on both
 * sides of the world switch and by assembly: constants and plain structures
 * only, no function of the kernel.
 *
 *   slot 256   at +0: M2P: u64 per machine frame, read-only for the guest
 *              at +16 GiB: struct frame per machine frame (ptvalidate/), where
 *              the domain has frames, supervisor only
 *   slot 256   at +256 GiB, and on to 264: the domain's direct map: frame mfn at
 *              HOLE_DMAP + (mfn << 12), this domain's own frames and nothing
 *              else, supervisor only
 *   slot 265   windows: one per pCPU, WINDOW_STRIDE apart, supervisor only
 *
 * Slots 256..264 belong to the domain, slot 265 to the module.  On a machine with
 * less than 256 GiB, slot 256 is all that a domain needs: one L3 table.
 */
#ifndef LODGE_LAYOUT_H
#define LODGE_LAYOUT_H

#define HOLE_SLOT_FIRST		256
#define HOLE_SLOT_LAST		271
#define HOLE_SLOT_DOMAIN	256
#define HOLE_SLOTS_DOMAIN	9
#define HOLE_SLOT_WINDOWS	265
#define HOLE_MAX_MFN		(1ULL << 30)	/* 4 TiB of machine memory */
#define HOLE_M2P_ENTRIES	8		/* of the first L3: 8 GiB */

#ifdef __ASSEMBLY__
#define HOLE_UL(x)		x
#else
#define HOLE_UL(x)		x##UL
#endif

#define HOLE_START		HOLE_UL(0xffff800000000000)
#define HOLE_END		HOLE_UL(0xffff880000000000)
#define HOLE_M2P		HOLE_UL(0xffff800000000000)
#define HOLE_FRAMES		HOLE_UL(0xffff800400000000)
#define HOLE_DMAP		HOLE_UL(0xffff804000000000)
#define HOLE_WINDOWS		HOLE_UL(0xffff848000000000)
#define HOLE_RULES		HOLE_UL(0xffff84ffc0000000)	/* struct pt_rules, in slot 265 */

/*
 * A pCPU's window.  The switcher's text is mapped at the start of each, so
 * that it finds its pCPU's state by a RIP-relative address: no GS, no
 * register is needed to enter the switcher.
 */
#define WINDOW_STRIDE		0x200000
#define WIN_TEXT		0x00000
#define WIN_TEXT_PAGES		16
#define WIN_PCPU		0x10000	/* struct pcpu_page */
#define WIN_IDT			0x11000
#define WIN_TSS			0x13000
#define WIN_STACK		0x15000	/* C of the hole; a guard page below */
#define WIN_STACK_TOP		0x16000
#define WIN_IST			0x16000	/* IST stacks: a guard page below each */
#define WIN_IST_STRIDE		0x2000
#define WIN_ISTS		5	/* as many as the host has: DF NMI DB MCE VC */
#define WIN_PML5		0x12000	/* LA57: root table over the guest's L4 */
#define WIN_VCPU		0x22000	/* struct vcpu_page of the vCPU that runs */
#if WIN_IST + WIN_ISTS * WIN_IST_STRIDE > WIN_VCPU
#error "the last IST stack and the vCPU's page share a place"
#endif
#define WIN_DOMAIN		0x23000	/* struct domain_page of its domain */
#define WIN_HOST_GDT		0x30000	/* page 0: copy of the host's GDT; page 14: ours */
#define WIN_GUEST_GDT		0x40000	/* pages 0..13: the guest's; page 14: ours */
#define WIN_LDT			0x50000	/* 16 pages */
#define WIN_SIZE		0x60000

#define GUEST_GDT_PAGES		14
#define GUEST_LDT_PAGES		16
#define OUR_GDT_PAGE		14	/* FIRST_RESERVED_GDT_PAGE of the Xen ABI */
#define WIN_GDT_LIMIT		0xefff

/* Selectors in our page of the GDT; the guest-visible ones are Xen ABI. */
#define SEL_HOLE_CS		0xe008
#define SEL_HOLE_DS		0xe010
#define SEL_GUEST_CS32		0xe023
#define SEL_GUEST_DS		0xe02b
#define SEL_GUEST_CS64		0xe033
#define SEL_HOLE_TSS		0xe040
#define SEL_HOLE_LDT		0xe050

#define VEC_DB			1
#define VEC_NMI			2
#define VEC_BP			3
#define VEC_OF			4
#define VEC_UD			6
#define VEC_NM			7
#define VEC_DF			8
#define VEC_GP			13
#define VEC_PF			14
#define VEC_MC			18

/*
 * Why the switcher came back, in guest_regs.vector: 0..255 is a hardware
 * vector, taken at CPL 3; the rest are:
 */
#define EXIT_HYPERCALL		0x100	/* SYSCALL from the guest kernel */
#define EXIT_NMI_PENDING	0x101	/* an NMI or #MC hit the switcher */
#define EXIT_BOUNCE_FAILED	0x102	/* no stack to deliver an event on */
#define EXIT_BAD_IRET		0x103	/* hypercall iret could not read its frame */
#define EXIT_IRET_FAULT		0x104	/* the CPU refused the guest's frame; never leaves the hole */
#define EXIT_SYSCALL32		0x105	/* SYSCALL from 32-bit code; never leaves the hole */
#define EXIT_NO_HANDLER		0x106	/* exception, and the guest registered none */
#define EXIT_NOT_ENTERED	0x107	/* the host half thought better of it */
#define EXIT_SYSENTER		0x108	/* never leaves the hole */
#define EXIT_BUG		0x1ff	/* exception in the switcher: ours */

#ifndef __ASSEMBLY__
#include <linux/types.h>

/* Pushed by the CPU and the entry stubs at the end of the vCPU's page. */
struct guest_regs {
	u64 r15, r14, r13, r12, rbp, rbx;
	u64 r11, r10, r9, r8;
	u64 rax, rcx, rdx, rsi, rdi;
	u64 vector, error;
	u64 rip, cs, rflags, rsp, ss;
};

/* Trap table entry as the guest registered it (set_trap_table). */
struct guest_trap {
	u64 address;		/* 0: none */
	u16 cs;
	u8 flags;		/* bits 0-1 DPL, bit 2 masks events */
	u8 pad[5];
};
#define TRAP_MASKS_EVENTS	4

/* The same for vectors 32..255, without the padding: there are many, and few use them. */
struct soft_trap {
	u64 address;
	u16 cs;
	u8 flags;
} __attribute__((packed));
#define SOFT_TRAPS		224

/* An exception to deliver before the guest goes on (host half -> hole). */
struct guest_inject {
	u64 cr2;
	u32 error;
	u8 vector;
	u8 valid;		/* INJECT_* */
	u16 pad;
};
#define INJECT_NONE		0
#define INJECT_TRAP		1	/* through traps[vector], or soft_trap for >= 32 */
#define INJECT_NMI		2

/* guest_ctx.flags */
#define VCPU_KERNEL_MODE	(1u << 0)	/* guest kernel, not guest user */
#define VCPU_TS			(1u << 1)	/* guest's CR0.TS */
#define VCPU_SYSCALL_MASKS	(1u << 2)	/* syscall callback masks events */
#define VCPU_FAILSAFE_MASKS	(1u << 3)
#define VCPU_IN_SYSCALL		(1u << 4)	/* entered by a hypercall or bounce: rcx, r11 dead */
#define VCPU_NMI_MASKED		(1u << 5)	/* guest is in its NMI callback */
#define VCPU_SYSENTER_MASKS	(1u << 6)

/*
 * struct vcpu_page: the part of a vCPU that the switcher sees.  The host half
 * touches it only while the vCPU is not inside the guest.
 *
 * All mfns are of frames this domain owns; all *_hole addresses lie in the
 * domain's direct map.
 */
struct vcpu_page {
	union {
	struct {
	/* address spaces */
	u64 l4_kernel, l4_user;		/* mfn of the guest's L4; user: 0 if none */
	u64 max_mfn;			/* M2P covers mfn < max_mfn */

	/* the guest kernel's entry points (CALLBACKOP, set_trap_table) */
	u64 event_address, failsafe_address, syscall_address;
	u64 syscall32_address, sysenter_address;
	u64 nmi_address;
	u64 kernel_sp;
	u32 kernel_ss;
	u32 flags;			/* VCPU_* */
	void *vcpu_info_hole;		/* struct vcpu_info */
	u32 iopl;			/* virtual, 0..3, as in PHYSDEVOP_set_iopl */
	u32 arch_iopl;			/* frames show it, iret sets it: VMASST_TYPE_architectural_iopl */
	struct guest_trap traps[32];
	struct guest_trap soft_trap;	/* for an injected vector >= 32 */
	struct guest_inject inject;

	/* segments: selectors and bases as the guest last had them */
	u16 ds, es, fs, gs;
	u64 fs_base, gs_base;		/* gs_base: of the current mode */
	u64 gs_base_other;		/* of the other mode (KERNEL_GS_BASE) */
	u64 cr2;			/* CR2 at the exit */
	u64 cr4;			/* real CR4 while the guest runs */
	u32 domid;
	u32 mmu_fast;			/* the switcher may touch page tables and counts */
	u64 failed_vector;		/* EXIT_NO_HANDLER, EXIT_BOUNCE_FAILED: of what */
	u64 dr6;			/* of a #DB taken from the guest */
	u64 dr7;			/* armed in the hole alone; 0: no breakpoints */

	/* counters, monotonic */
	u64 nr_syscalls, nr_bounces, nr_irets, nr_events, nr_exits;
	u64 nr_hole_hypercalls;

	u32 vcpu_id;
	u32 alone;			/* the domain has no other vCPU */
	u32 hole_done;			/* entries of the batch that the switcher has done */

	/* the host half's alone; here because here is room */
	struct soft_trap soft_traps[SOFT_TRAPS];
	};
	u8 page[4096 - sizeof(struct guest_regs)];
	};
	struct guest_regs regs;		/* must end the page: TSS.RSP0 points here */
};

/*
 * struct domain_page: what all vCPUs of a domain share in the switcher, which finds
 * it in its pCPU's window.
 *
 * @mmu_word keeps page tables, frames and types while the switcher changes them:
 * 0, or the number plus 1 of the vCPU whose switcher does.  A holder of the
 * domain's mmu_lock sets MMU_HOST, after which nobody else gets in, and waits for
 * the rest to become 0 (domain_mmu_lock()).
 */
struct domain_page {
	u32 mmu_word;
	u16 flush_clock;	/* flushes of all TLBs so far; see struct frame */
	u16 pad;
};
#define MMU_HOST		(1u << 31)

/* struct pcpu_page: host state across a visit to a guest, and the switcher's own. */
struct desc_ptr10 {
	u16 size;
	u64 address;
} __attribute__((packed));

struct pcpu_page {
	/* written by the host half before the first entry, then constant */
	struct desc_ptr10 host_gdt_copy;	/* WIN_HOST_GDT */
	struct desc_ptr10 guest_gdt;		/* WIN_GUEST_GDT */
	struct desc_ptr10 idt;			/* WIN_IDT */
	u8 pad0[2];
	u64 bridge_cr3;
	u64 window;				/* hole address of this window */
	u64 pml5_cr3;				/* LA57: CR3 for WIN_PML5, else 0 */
	u64 verw;				/* clear CPU buffers before entering a guest */
	u64 debug_store;			/* the CPU has one: see hole_begin() */

	/* saved by the switcher on the way in */
	struct desc_ptr10 host_idt, host_gdt;
	u8 pad1[4];
	u16 host_tr, host_ldt, host_ds, host_es, host_fs, host_gs;
	u8 pad2[4];
	u64 host_fs_base, host_gs_base;
	u64 host_cr3, host_cr4, host_rsp, host_return;
	u64 host_pebs, host_debugctl;

	/* entry parameters */
	u64 ldt_selector;			/* SEL_HOLE_LDT or 0 */
	u64 load_segments;			/* first entry of a slice */
	u64 selector_failed;			/* in that: loaded as null instead */
	u64 hw_gs_base_other;			/* what KERNEL_GS_BASE holds */

	/* set by NMI and #MC handlers that interrupt the switcher */
	u64 nmi_pending, mc_pending;
	u64 bug_rip, bug_vector, bug_error, bug_cr2;
	u64 db_in_switcher;
	u64 scratch;
};
#endif /* __ASSEMBLY__ */
#endif
