// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: The maps of the hole
 *
 * Page tables behind PML4 slots 256..271 (switcher/layout.h): a window per
 * pCPU, shared by all domains, and for each domain its M2P and its direct
 * map.  Called at load, when a pCPU comes or goes, when a domain gains or
 * loses a frame, and when a vCPU is put on a pCPU.
 *
 * Nothing here is reached by a guest: the guest's L4 holds only pointers to
 * these tables, in slots that ptvalidate/ never lets it touch.
 */
#include <linux/cpu.h>
#include <linux/ioport.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>
#include <asm/desc.h>
#include <asm/processor.h>
#include <asm/tlbflush.h>

#include "lodge.h"
#include "switcher/hole.h"
#include "../ptvalidate/ptvalidate.h"

#define TABLE		(_PAGE_PRESENT | _PAGE_RW | _PAGE_ACCESSED | _PAGE_DIRTY)
#define TABLE_USER	(TABLE | _PAGE_USER)
#define LEAF_RX		(_PAGE_PRESENT | _PAGE_ACCESSED)
#define LEAF_RW		(TABLE | nx)
#define LEAF_USER_RO	(_PAGE_PRESENT | _PAGE_USER | _PAGE_ACCESSED | nx)
#define ENTRY_PA	PHYSICAL_PAGE_MASK
#define PER_TABLE	512

static u64 nx;
static u64 max_mfn;
static u64 *windows_l3;		/* slot 257, shared by every L4 of every domain */
static void *text;		/* copy of the switcher's image */
static struct pt_rules *rules;	/* the switcher's copy */
static u64 *zero_page;		/* where a guest's GDT or LDT has no frame */

/* M2P of frames that are not the domain's: all ones, and a table full of that. */
static u64 *m2p_nothing;
static u64 *m2p_nothing_l1;

static u64 *table_alloc(gfp_t gfp)
{
	return (u64 *)get_zeroed_page(gfp);
}

static u64 *entry_va(u64 entry)
{
	return __va(entry & ENTRY_PA);
}

/* The table below @table[@index], made if there is none. */
static u64 *table_next(u64 *table, unsigned int index, u64 flags, unsigned long *count)
{
	u64 *next;

	if (table[index] & _PAGE_PRESENT)
		return entry_va(table[index]);
	next = table_alloc(GFP_KERNEL_ACCOUNT);
	if (!next)
		return NULL;
	if (count)
		(*count)++;
	WRITE_ONCE(table[index], __pa(next) | flags);
	return next;
}

/* Frees a tree of tables; @leaves too if told.  Level 1 is an L1 table. */
static void table_free(u64 *table, int level, bool leaves)
{
	int i;

	if (!table)
		return;
	for (i = 0; i < PER_TABLE; i++) {
		u64 *below;

		if (!(table[i] & _PAGE_PRESENT))
			continue;
		below = entry_va(table[i]);
		if (below == m2p_nothing || below == m2p_nothing_l1)
			continue;
		if (level > 1)
			table_free(below, level - 1, leaves);
		else if (leaves)
			free_page((unsigned long)below);
	}
	free_page((unsigned long)table);
}

/**
 * hole_max_mfn - machine frame numbers are below this
 *
 * Context: any.
 */
u64 hole_max_mfn(void)
{
	return max_mfn;
}

/* ---- windows ---- */

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
	pml4[HOLE_SLOT_WINDOWS] = __pa(windows_l3) | TABLE;
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

	l2 = table_next(windows_l3, (address >> 30) & 511, TABLE, NULL);
	if (!l2)
		return -ENOMEM;
	p->window_l1 = table_alloc(GFP_KERNEL);
	if (!p->window_l1)
		return -ENOMEM;
	for (i = 0; i < WIN_TEXT_PAGES; i++)
		window_map(p, WIN_TEXT + i * PAGE_SIZE, text + i * PAGE_SIZE, LEAF_RX);
	for (i = 0; i < GUEST_GDT_PAGES; i++)
		window_map(p, WIN_GUEST_GDT + i * PAGE_SIZE, zero_page, LEAF_RW);
	for (i = 1; i < OUR_GDT_PAGE; i++)
		window_map(p, WIN_HOST_GDT + i * PAGE_SIZE, zero_page, LEAF_RW);
	for (i = 0; i < GUEST_LDT_PAGES; i++)
		window_map(p, WIN_LDT + i * PAGE_SIZE, zero_page, LEAF_RW);

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

	if (windows_l3[(address >> 30) & 511] & _PAGE_PRESENT) {
		u64 *l2 = entry_va(windows_l3[(address >> 30) & 511]);

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
 * hole_load_vcpu - show a vCPU's page and descriptor tables in a pCPU's window
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
	u64 *ldt;
	int i;

	window_map(p, WIN_VCPU, v->page, LEAF_RW);
	for (i = 0; i < GUEST_GDT_PAGES; i++)
		window_map(p, WIN_GUEST_GDT + i * PAGE_SIZE,
			   v->gdt_mfn[i] ? frame_address(v->gdt_mfn[i]) : zero_page, LEAF_RW);
	for (i = 0; i < GUEST_LDT_PAGES; i++)
		window_map(p, WIN_LDT + i * PAGE_SIZE,
			   v->ldt_mfn[i] ? frame_address(v->ldt_mfn[i]) : zero_page, LEAF_RW);
	/* LLDT reads the limit: what lies beyond the guest's entries must not exist. */
	ldt = window_page(p, WIN_GUEST_GDT + OUR_GDT_PAGE * PAGE_SIZE);
	set_tssldt_descriptor(ldt + ((SEL_HOLE_LDT & (PAGE_SIZE - 1)) >> 3),
			      window_address(p) + WIN_LDT, DESC_LDT,
			      v->ldt_entries ? v->ldt_entries * 8 - 1 : 0);
	p->page->ldt_selector = v->ldt_entries ? SEL_HOLE_LDT : 0;
	v->windows_stale = false;
}

/* ---- a domain's M2P and direct map ---- */

/* The L1 entry for an address in the domain's own slots; NULL: none, or no memory. */
static u64 *own_pte(struct domain *d, u64 address, bool make)
{
	unsigned int slot = ((address >> 39) & 511) - HOLE_SLOT_DMAP;
	u64 *table;
	int shift;

	if (WARN_ON_ONCE(slot >= HOLE_SLOTS_DOMAIN || !d->hole.l3[slot]))
		return NULL;
	table = d->hole.l3[slot];
	for (shift = 30; shift > PAGE_SHIFT; shift -= 9) {
		unsigned int i = (address >> shift) & 511;

		if (!make && !(table[i] & _PAGE_PRESENT))
			return NULL;
		table = table_next(table, i, TABLE, &d->hole.nr_pages);
		if (!table)
			return NULL;
	}
	return &table[(address >> PAGE_SHIFT) & 511];
}

static u64 *dmap_pte(struct domain *d, u64 mfn, bool make)
{
	return own_pte(d, HOLE_DMAP + (mfn << PAGE_SHIFT), make);
}

static u64 *m2p_slot(struct domain *d, u64 mfn, bool make)
{
	u64 *l2 = entry_va(d->hole.m2p_l3[mfn >> 27]);
	u64 *l1, *leaf;
	int i;

	l1 = entry_va(l2[(mfn >> 18) & 511]);
	if (l1 == m2p_nothing_l1) {
		if (!make)
			return NULL;
		l1 = table_alloc(GFP_KERNEL_ACCOUNT);
		if (!l1)
			return NULL;
		memcpy(l1, m2p_nothing_l1, PAGE_SIZE);
		d->hole.nr_pages++;
		WRITE_ONCE(l2[(mfn >> 18) & 511], __pa(l1) | TABLE_USER);
	}
	leaf = entry_va(l1[(mfn >> 9) & 511]);
	if (leaf == m2p_nothing) {
		if (!make)
			return NULL;
		leaf = table_alloc(GFP_KERNEL_ACCOUNT);
		if (!leaf)
			return NULL;
		for (i = 0; i < PER_TABLE; i++)
			leaf[i] = ~0ULL;
		d->hole.nr_pages++;
		WRITE_ONCE(l1[(mfn >> 9) & 511], __pa(leaf) | LEAF_USER_RO);
	}
	return &leaf[mfn & 511];
}

/**
 * hole_add_frame - a domain has gained a frame: direct map and M2P
 * @d: the domain
 * @mfn: the frame, below hole_max_mfn()
 * @gpfn: what its M2P shall say
 * @record: host address of its struct frame
 *
 * Return: 0 or -ENOMEM (tables made meanwhile stay with the domain).
 * Context: sleepable; the caller serialises changes of @d's frames.
 */
int hole_add_frame(struct domain *d, u64 mfn, u64 gpfn, const void *record)
{
	u64 *pte = dmap_pte(d, mfn, true);
	u64 *m2p = m2p_slot(d, mfn, true);
	u64 *rec = own_pte(d, HOLE_FRAMES + mfn * sizeof(struct frame), true);

	if (!pte || !m2p || !rec)
		return -ENOMEM;
	/* The switcher looks at the M2P first, then uses the others. */
	WRITE_ONCE(*rec, (__pa(record) & PAGE_MASK) | LEAF_RW);
	WRITE_ONCE(*pte, mfn << PAGE_SHIFT | LEAF_RW);
	smp_wmb();
	WRITE_ONCE(*m2p, gpfn);
	return 0;
}

/**
 * hole_disown_frame - a domain has lost a frame: its M2P says so
 * @d: the domain
 * @mfn: the frame
 *
 * The switcher may be between its look at the M2P and its access: the direct
 * map keeps the frame until hole_unmap_frame().
 *
 * Context: any; the caller serialises changes of @d's frames.
 */
void hole_disown_frame(struct domain *d, u64 mfn)
{
	u64 *m2p = m2p_slot(d, mfn, false);

	if (m2p)
		WRITE_ONCE(*m2p, ~0ULL);
}

/**
 * hole_unmap_frame - take a frame out of the direct map
 * @d: the domain
 * @mfn: a frame it has lost, before the last domain_flush_others()
 *
 * Context: any; the caller serialises changes of @d's frames.
 */
void hole_unmap_frame(struct domain *d, u64 mfn)
{
	u64 *pte = dmap_pte(d, mfn, false);

	if (pte)
		WRITE_ONCE(*pte, 0);
}

/**
 * hole_set_m2p - change what the M2P says of a frame the domain has
 * @d: the domain
 * @mfn: one of its frames
 * @gpfn: the guest's choice; never ~0, which would mean "not mine"
 *
 * Context: any.
 */
void hole_set_m2p(struct domain *d, u64 mfn, u64 gpfn)
{
	u64 *m2p = m2p_slot(d, mfn, false);

	if (m2p && gpfn != ~0ULL)
		WRITE_ONCE(*m2p, gpfn);
}

/**
 * hole_get_m2p - what the M2P says of a frame; ~0 if the domain has it not
 *
 * Context: any.
 */
u64 hole_get_m2p(struct domain *d, u64 mfn)
{
	u64 *m2p = mfn < max_mfn ? m2p_slot(d, mfn, false) : NULL;

	return m2p ? READ_ONCE(*m2p) : ~0ULL;
}

/**
 * hole_fill_l4 - put the module's entries into slots 256..271 of a guest's L4
 * @d: the domain
 * @l4: host address of the table, being validated: not yet in use
 *
 * Context: any.
 */
void hole_fill_l4(struct domain *d, u64 *l4)
{
	int i;

	hole_clear_l4(l4);
	WRITE_ONCE(l4[HOLE_SLOT_M2P], __pa(d->hole.m2p_l3) | TABLE_USER);
	WRITE_ONCE(l4[HOLE_SLOT_WINDOWS], __pa(windows_l3) | TABLE);
	for (i = 0; i < HOLE_SLOTS_DOMAIN; i++)
		if (d->hole.l3[i])
			WRITE_ONCE(l4[HOLE_SLOT_DMAP + i], __pa(d->hole.l3[i]) | TABLE | nx);
}

/**
 * hole_clear_l4 - take the module's entries out again
 * @l4: host address of a table that no pCPU uses any more
 *
 * Context: any.
 */
void hole_clear_l4(u64 *l4)
{
	int i;

	for (i = HOLE_SLOT_FIRST; i <= HOLE_SLOT_LAST; i++)
		WRITE_ONCE(l4[i], 0);
}

/**
 * hole_domain_init - an empty M2P and direct map for a new domain
 * @d: the domain
 *
 * Direct-map slots are all made here: an L4 validated early must not miss a
 * slot that comes to be used later.
 *
 * Return: 0 or -ENOMEM.  Context: sleepable.
 */
int hole_domain_init(struct domain *d)
{
	struct hole_domain *h = &d->hole;
	u64 mfn;
	int i;

	h->m2p_l3 = table_alloc(GFP_KERNEL_ACCOUNT);
	if (!h->m2p_l3)
		return -ENOMEM;
	h->nr_pages++;
	for (mfn = 0; mfn < max_mfn; mfn += 1UL << 18) {
		u64 *l2 = table_next(h->m2p_l3, mfn >> 27, TABLE_USER, &h->nr_pages);

		if (!l2)
			goto fail;
		l2[(mfn >> 18) & 511] = __pa(m2p_nothing_l1) | TABLE_USER;
	}
	for (i = 0; i < HOLE_SLOTS_DOMAIN; i++) {
		if (i < HOLE_SLOTS_DMAP && i > (max_mfn - 1) >> 27)
			continue;
		h->l3[i] = table_alloc(GFP_KERNEL_ACCOUNT);
		if (!h->l3[i])
			goto fail;
		h->nr_pages++;
	}
	return 0;
fail:
	hole_domain_exit(d);
	return -ENOMEM;
}

/**
 * hole_domain_exit - free a domain's M2P and direct map
 * @d: the domain; none of its L4s is in use
 *
 * Context: sleepable.
 */
void hole_domain_exit(struct domain *d)
{
	struct hole_domain *h = &d->hole;
	int i;

	table_free(h->m2p_l3, 3, true);
	for (i = 0; i < HOLE_SLOTS_DOMAIN; i++)
		table_free(h->l3[i], 3, false);
	memset(h, 0, sizeof(*h));
}

/* A page that the switcher reads at the same address in every window: pt_rules. */
static int rules_map(void)
{
	u64 *l2 = table_next(windows_l3, (HOLE_RULES >> 30) & 511, TABLE, NULL);
	u64 *l1 = l2 ? table_next(l2, (HOLE_RULES >> 21) & 511, TABLE, NULL) : NULL;

	if (!l1)
		return -ENOMEM;
	rules = (struct pt_rules *)table_alloc(GFP_KERNEL);
	if (!rules)
		return -ENOMEM;
	l1[(HOLE_RULES >> PAGE_SHIFT) & 511] = __pa(rules) | _PAGE_PRESENT | _PAGE_ACCESSED | nx;
	return 0;
}

/**
 * hole_set_rules - tell the switcher what pt_rules says
 *
 * Context: at load, before the first domain.
 */
void hole_set_rules(void)
{
	*rules = pt_rules;
}

static int note_ram_end(struct resource *ram, void *end)
{
	*(u64 *)end = max_t(u64, *(u64 *)end, ram->end + 1);
	return 0;
}

/* Memory that is added later is not given to domains: it would lie beyond this. */
static u64 ram_end(void)
{
	u64 end = 0;

	walk_iomem_res_desc(IORES_DESC_NONE, IORESOURCE_SYSTEM_RAM | IORESOURCE_BUSY,
			    0, -1, &end, note_ram_end);
	return end;
}

/**
 * hole_init - what all domains and pCPUs share
 *
 * Return: 0, -ENOMEM, or -E2BIG if the machine has more memory than the hole can map.
 * Context: sleepable, at load.
 */
int hole_init(void)
{
	size_t image = hole_image_end - hole_image;
	int i;

	BUILD_BUG_ON(sizeof(struct vcpu_page) != PAGE_SIZE);
	BUILD_BUG_ON(sizeof(struct pcpu_page) > PAGE_SIZE);
	BUILD_BUG_ON(WIN_IST < WIN_STACK_TOP);
	BUILD_BUG_ON(WIN_IST + WIN_ISTS * WIN_IST_STRIDE > WIN_VCPU);
	BUILD_BUG_ON(WIN_SIZE > WINDOW_STRIDE);
	nx = boot_cpu_has(X86_FEATURE_NX) ? _PAGE_NX : 0;
	max_mfn = ram_end() >> PAGE_SHIFT;
	if (!max_mfn) {
		pr_err("the kernel does not say where memory ends\n");
		return -ENODATA;
	}
	if (max_mfn > (u64)HOLE_SLOTS_DMAP << 27) {
		pr_err("this machine has more memory than the hole can map\n");
		return -E2BIG;
	}
	windows_l3 = table_alloc(GFP_KERNEL);
	zero_page = table_alloc(GFP_KERNEL);
	m2p_nothing = table_alloc(GFP_KERNEL);
	m2p_nothing_l1 = table_alloc(GFP_KERNEL);
	text = (void *)__get_free_pages(GFP_KERNEL | __GFP_ZERO,
					get_order(WIN_TEXT_PAGES * PAGE_SIZE));
	if (!windows_l3 || !zero_page || !m2p_nothing || !m2p_nothing_l1 || !text ||
	    rules_map()) {
		hole_exit();
		return -ENOMEM;
	}
	memcpy(text, hole_image, min_t(size_t, image, WIN_TEXT_PAGES * PAGE_SIZE));
	for (i = 0; i < PER_TABLE; i++) {
		m2p_nothing[i] = ~0ULL;
		m2p_nothing_l1[i] = __pa(m2p_nothing) | LEAF_USER_RO;
	}
	return 0;
}

/**
 * hole_exit - free what hole_init() made; all windows are gone
 *
 * Context: sleepable.
 */
void hole_exit(void)
{
	/* The pCPUs' L1s are gone; what is left is the L2s and the L1 of the rules. */
	table_free(windows_l3, 3, false);
	free_page((unsigned long)rules);
	free_page((unsigned long)zero_page);
	free_page((unsigned long)m2p_nothing);
	free_page((unsigned long)m2p_nothing_l1);
	free_pages((unsigned long)text, get_order(WIN_TEXT_PAGES * PAGE_SIZE));
}
