// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: Windows and bridges
 *
 * What a pCPU needs in the hole: a window with the switcher's text, its own
 * state, IDT, TSS, GDTs and stacks, and a bridge, the root table in which the
 * host's kernel and the windows are both mapped.  Called when a pCPU comes or
 * goes, and when a vCPU is put on one.
 */
#include <linux/cpu.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <asm/desc.h>
#include <asm/processor.h>
#include <asm/tlbflush.h>

#include "hole_tables.h"

static void window_map(struct pcpu *p, u64 offset, void *va, u64 flags)
{
	p->window_l1[offset >> PAGE_SHIFT] = __pa(va) | flags;
}

static void *window_page(struct pcpu *p, u64 offset)
{
	return entry_va(p->window_l1[offset >> PAGE_SHIFT]);
}

static int window_new_page(struct pcpu *p, u64 offset)
{
	void *va = table_alloc(GFP_KERNEL);

	if (!va)
		return -ENOMEM;
	window_map(p, offset, va, LEAF_RW);
	return 0;
}

static u64 window_address(const struct pcpu *p)
{
	return HOLE_WINDOWS + (u64)p->cpu * WINDOW_STRIDE;
}

static void fill_gdt(struct pcpu *p)
{
	u64 *gdt = window_page(p, WIN_GUEST_GDT + OUR_GDT_PAGE * PAGE_SIZE);
	u64 *host = window_page(p, WIN_HOST_GDT);
	u64 tss = window_address(p) + WIN_TSS, ldt = window_address(p) + WIN_LDT;
	const u32 base = OUR_GDT_PAGE * PAGE_SIZE;
	struct ldttss_desc desc;

#define ENTRY(selector)	gdt[((selector) - base) >> 3]
	ENTRY(SEL_HOLE_CS) = 0x00af9b000000ffffULL;
	ENTRY(SEL_HOLE_DS) = 0x00cf93000000ffffULL;
	ENTRY(SEL_GUEST_CS32) = 0x00cffb000000ffffULL;
	ENTRY(SEL_GUEST_DS) = 0x00cff3000000ffffULL;
	ENTRY(SEL_GUEST_CS64) = 0x00affb000000ffffULL;
	set_tssldt_descriptor(&desc, tss, DESC_TSS, sizeof(struct x86_hw_tss) - 1);
	memcpy(&ENTRY(SEL_HOLE_TSS), &desc, sizeof(desc));
	set_tssldt_descriptor(&desc, ldt, DESC_LDT, GUEST_LDT_PAGES * PAGE_SIZE - 1);
	memcpy(&ENTRY(SEL_HOLE_LDT), &desc, sizeof(desc));
#undef ENTRY
	memcpy(host, per_cpu_ptr(&gdt_page, p->cpu)->gdt, GDT_SIZE);
}

static void fill_tss(struct pcpu *p)
{
	struct x86_hw_tss *tss = window_page(p, WIN_TSS);
	int i;

	tss->sp0 = window_address(p) + WIN_VCPU + PAGE_SIZE;
	for (i = 0; i < WIN_ISTS; i++)
		tss->ist[i] = window_address(p) + WIN_IST + i * WIN_IST_STRIDE + 2 * PAGE_SIZE;
	tss->io_bitmap_base = sizeof(*tss);
}

static void fill_idt(struct pcpu *p)
{
	const struct hole_header *h = hole_doors();
	gate_desc *idt = window_page(p, WIN_IDT);
	int v;

	for (v = 0; v < 256; v++) {
		u64 target = window_address(p) + h->stubs + v * HOLE_STUB_SIZE;
		struct idt_bits bits = { .type = GATE_INTERRUPT, .p = 1 };

		switch (v) {
		case VEC_DF:
			target = window_address(p) + h->df;
			bits.ist = IST_INDEX_DF + 1;
			break;
		case VEC_NMI:
			target = window_address(p) + h->nmi;
			bits.ist = IST_INDEX_NMI + 1;
			break;
		case VEC_DB:
			target = window_address(p) + h->db;
			bits.ist = IST_INDEX_DB + 1;
			break;
		case VEC_MC:
			target = window_address(p) + h->mc;
			bits.ist = IST_INDEX_MCE + 1;
			break;
		case VEC_BP:
		case VEC_OF:
			bits.dpl = 3;
			break;
		}
		idt[v].offset_low = (u16)target;
		idt[v].offset_middle = (u16)(target >> 16);
		idt[v].offset_high = (u32)(target >> 32);
		idt[v].segment = SEL_HOLE_CS;
		idt[v].bits = bits;
	}
}

static void fill_state(struct pcpu *p)
{
	struct pcpu_page *page = p->page;

	page->window = window_address(p);
	page->host_gdt_copy.size = WIN_GDT_LIMIT;
	page->host_gdt_copy.address = page->window + WIN_HOST_GDT;
	page->guest_gdt.size = WIN_GDT_LIMIT;
	page->guest_gdt.address = page->window + WIN_GUEST_GDT;
	page->idt.size = 256 * sizeof(gate_desc) - 1;
	page->idt.address = page->window + WIN_IDT;
	page->bridge_cr3 = __sme_pa(p->bridge);
	if (pgtable_l5_enabled())
		page->pml5_cr3 = __pa(window_page(p, WIN_PML5));
}

/*
 * The bridge: the host's kernel half plus the windows.  Its root is 8 KiB
 * aligned with bit 12 of the address clear, or PTI's entry code takes an NMI
 * in the bridge for one in user space.
 */
static int bridge_alloc(struct pcpu *p)
{
	p->bridge = (u64 *)__get_free_pages(GFP_KERNEL | __GFP_ZERO, 1);
	if (!p->bridge)
		return -ENOMEM;
	if (pgtable_l5_enabled()) {
		p->bridge_p4d = table_alloc(GFP_KERNEL);
		if (!p->bridge_p4d)
			return -ENOMEM;
	}
	return 0;
}

/**
 * hole_bridge_refresh - copy the host's kernel half into a pCPU's bridge
 * @p: the pCPU this runs on
 *
 * The kernel half gains an entry only when memory is added, but then a stale
 * bridge would fault in an NMI: copied anew at every slice.
 *
 * Context: preemption off, on @p.
 */
void hole_bridge_refresh(struct pcpu *p)
{
	const u64 *root = __va(read_cr3_pa());
	u64 *pml4 = p->bridge;

	memcpy(p->bridge + PER_TABLE / 2, root + PER_TABLE / 2, PAGE_SIZE / 2);
	if (p->bridge_p4d) {
		memcpy(p->bridge_p4d, entry_va(root[PER_TABLE - 1]), PAGE_SIZE);
		p->bridge[PER_TABLE - 1] = __pa(p->bridge_p4d) | TABLE;
		pml4 = p->bridge_p4d;
	}
	pml4[HOLE_SLOT_WINDOWS] = __pa(hole_shared.windows_l3) | TABLE;
}

/**
 * hole_pcpu_init - build a pCPU's window and bridge
 * @p: the pCPU; need not be the current one
 *
 * Return: 0 or -ENOMEM, then nothing is left behind.
 * Context: sleepable, cpus_read_lock or a hotplug callback.
 */
int hole_pcpu_init(struct pcpu *p)
{
	u64 address = window_address(p);
	u64 *l2;
	int i, err = -ENOMEM;

	l2 = table_next(hole_shared.windows_l3, (address >> 30) & 511, TABLE, NULL);
	if (!l2)
		return -ENOMEM;
	p->window_l1 = table_alloc(GFP_KERNEL);
	if (!p->window_l1)
		return -ENOMEM;
	for (i = 0; i < WIN_TEXT_PAGES; i++)
		window_map(p, WIN_TEXT + i * PAGE_SIZE, hole_shared.text + i * PAGE_SIZE,
			   LEAF_RX);
	for (i = 0; i < GUEST_GDT_PAGES; i++)
		window_map(p, WIN_GUEST_GDT + i * PAGE_SIZE, hole_shared.zero_page, LEAF_RW);
	for (i = 1; i < OUR_GDT_PAGE; i++)
		window_map(p, WIN_HOST_GDT + i * PAGE_SIZE, hole_shared.zero_page, LEAF_RW);
	for (i = 0; i < GUEST_LDT_PAGES; i++)
		window_map(p, WIN_LDT + i * PAGE_SIZE, hole_shared.zero_page, LEAF_RW);

	if (window_new_page(p, WIN_PCPU) || window_new_page(p, WIN_IDT) ||
	    window_new_page(p, WIN_PML5) || window_new_page(p, WIN_TSS) ||
	    window_new_page(p, WIN_STACK) || window_new_page(p, WIN_HOST_GDT) ||
	    window_new_page(p, WIN_GUEST_GDT + OUR_GDT_PAGE * PAGE_SIZE))
		goto fail;
	for (i = 0; i < WIN_ISTS; i++)
		if (window_new_page(p, WIN_IST + i * WIN_IST_STRIDE + PAGE_SIZE))
			goto fail;
	/* The same page of ours ends both GDTs: SEL_HOLE_* are good under either. */
	window_map(p, WIN_HOST_GDT + OUR_GDT_PAGE * PAGE_SIZE,
		   window_page(p, WIN_GUEST_GDT + OUR_GDT_PAGE * PAGE_SIZE), LEAF_RW);
	if (bridge_alloc(p))
		goto fail;

	p->page = window_page(p, WIN_PCPU);
	fill_gdt(p);
	fill_tss(p);
	fill_idt(p);
	fill_state(p);
	l2[(address >> 21) & 511] = __pa(p->window_l1) | TABLE;
	return 0;
fail:
	hole_pcpu_exit(p);
	return err;
}

/**
 * hole_pcpu_exit - take a pCPU's window and bridge down
 * @p: the pCPU; no vCPU runs there any more
 *
 * Context: sleepable.
 */
void hole_pcpu_exit(struct pcpu *p)
{
	static const u32 pages[] = {
		WIN_PCPU, WIN_IDT, WIN_PML5, WIN_TSS, WIN_STACK, WIN_HOST_GDT,
		WIN_GUEST_GDT + OUR_GDT_PAGE * PAGE_SIZE,
	};
	u64 address = window_address(p);
	int i;

	if (hole_shared.windows_l3[(address >> 30) & 511] & _PAGE_PRESENT) {
		u64 *l2 = entry_va(hole_shared.windows_l3[(address >> 30) & 511]);

		l2[(address >> 21) & 511] = 0;
	}
	if (p->window_l1) {
		for (i = 0; i < ARRAY_SIZE(pages); i++)
			if (p->window_l1[pages[i] >> PAGE_SHIFT])
				free_page((unsigned long)window_page(p, pages[i]));
		for (i = 0; i < WIN_ISTS; i++) {
			u64 stack = WIN_IST + i * WIN_IST_STRIDE + PAGE_SIZE;

			if (p->window_l1[stack >> PAGE_SHIFT])
				free_page((unsigned long)window_page(p, stack));
		}
		free_page((unsigned long)p->window_l1);
	}
	free_pages((unsigned long)p->bridge, 1);
	free_page((unsigned long)p->bridge_p4d);
	p->window_l1 = NULL;
	p->page = NULL;
	p->bridge = NULL;
	p->bridge_p4d = NULL;
}

/**
 * hole_load_vcpu - show a vCPU's pages and descriptor tables in a pCPU's window
 * @p: the pCPU this runs on
 * @v: the vCPU that is about to run here
 *
 * The window is used under the bridge and the guest's tables only, and both
 * are loaded anew, flushing, before the next use.
 *
 * Context: slice, before the first entry or when @v->windows_stale.
 */
void hole_load_vcpu(struct pcpu *p, struct vcpu *v)
{
	u64 *ldt, mfn;
	int i;

	/* Another vCPU may take a page of the LDT away: env_revoke_ldt(). */
	WRITE_ONCE(v->windows_stale, false);
	smp_mb();
	window_map(p, WIN_VCPU, v->page, LEAF_RW);
	window_map(p, WIN_DOMAIN, v->domain->page, LEAF_RW);
	for (i = 0; i < GUEST_GDT_PAGES; i++)
		window_map(p, WIN_GUEST_GDT + i * PAGE_SIZE,
			   v->gdt_mfn[i] ? frame_address(v->gdt_mfn[i]) :
					   (void *)hole_shared.zero_page, LEAF_RW);
	for (i = 0; i < GUEST_LDT_PAGES; i++) {
		mfn = READ_ONCE(v->ldt_mfn[i]);
		window_map(p, WIN_LDT + i * PAGE_SIZE,
			   mfn ? frame_address(mfn) : (void *)hole_shared.zero_page, LEAF_RW);
	}
	/* LLDT reads the limit: what lies beyond the guest's entries must not exist. */
	ldt = window_page(p, WIN_GUEST_GDT + OUR_GDT_PAGE * PAGE_SIZE);
	set_tssldt_descriptor(ldt + ((SEL_HOLE_LDT & (PAGE_SIZE - 1)) >> 3),
			      window_address(p) + WIN_LDT, DESC_LDT,
			      v->ldt_entries ? v->ldt_entries * 8 - 1 : 0);
	p->page->ldt_selector = v->ldt_entries ? SEL_HOLE_LDT : 0;
}
