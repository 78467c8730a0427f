// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: The maps of the hole
 *
 * Page tables behind PML4 slots 256..271 (switcher/layout.h).  Here is what is
 * made once, at load; a pCPU's window and bridge are in hole_window.c, a
 * domain's own slots in hole_domain.c.
 *
 * Nothing here is reached by a guest: the guest's L4 holds only pointers to
 * these tables, in slots that ptvalidate/ never lets it touch.
 */
#include <linux/ioport.h>
#include <linux/mm.h>
#include <linux/slab.h>

#include "hole_tables.h"

struct hole_shared hole_shared;

/**
 * table_alloc - a zeroed page for a table
 * @gfp: GFP_*
 *
 * Return: host address or NULL.  Context: as @gfp says.
 */
u64 *table_alloc(gfp_t gfp)
{
	return (u64 *)get_zeroed_page(gfp);
}

/**
 * table_next - the table below an entry, made if there is none
 * @table: the table
 * @index: 0..511
 * @flags: of the new entry
 * @count: of pages, or NULL
 *
 * Return: host address, NULL without memory.  Context: sleepable.
 */
u64 *table_next(u64 *table, unsigned int index, u64 flags, unsigned long *count)
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

/**
 * table_free - free a tree of tables
 * @table: its root, or NULL
 * @level: of the root; 1 is an L1 table
 * @leaves: free what L1 entries name as well
 *
 * Context: any.
 */
void table_free(u64 *table, int level, bool leaves)
{
	int i;

	if (!table)
		return;
	for (i = 0; i < PER_TABLE; i++) {
		u64 *below;

		if (!(table[i] & _PAGE_PRESENT))
			continue;
		below = entry_va(table[i]);
		if (below == hole_shared.m2p_nothing || below == hole_shared.m2p_nothing_l1)
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
	return hole_shared.max_mfn;
}

/* A page that the switcher reads at the same address in every window: pt_rules. */
static int rules_map(void)
{
	u64 *l2 = table_next(hole_shared.windows_l3, (HOLE_RULES >> 30) & 511, TABLE, NULL);
	u64 *l1 = l2 ? table_next(l2, (HOLE_RULES >> 21) & 511, TABLE, NULL) : NULL;

	if (!l1)
		return -ENOMEM;
	hole_shared.rules = (struct pt_rules *)table_alloc(GFP_KERNEL);
	if (!hole_shared.rules)
		return -ENOMEM;
	l1[(HOLE_RULES >> PAGE_SHIFT) & 511] = __pa(hole_shared.rules) | _PAGE_PRESENT |
					       _PAGE_ACCESSED | hole_shared.nx;
	return 0;
}

/**
 * hole_set_rules - tell the switcher what pt_rules says
 *
 * Context: at load, before the first domain.
 */
void hole_set_rules(void)
{
	*hole_shared.rules = pt_rules;
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
 * Return: 0, -ENOMEM, -E2BIG if the machine has more memory than the hole can map,
 * -ENODATA if the kernel does not say where its memory ends.
 * Context: sleepable, at load.
 */
int hole_init(void)
{
	struct hole_shared *s = &hole_shared;
	size_t image = hole_image_end - hole_image;
	int i;

	BUILD_BUG_ON(sizeof(struct vcpu_page) != PAGE_SIZE);
	BUILD_BUG_ON(sizeof(struct pcpu_page) > PAGE_SIZE);
	BUILD_BUG_ON(WIN_IST < WIN_STACK_TOP);
	BUILD_BUG_ON(WIN_SIZE > WINDOW_STRIDE);
	BUILD_BUG_ON(HOLE_M2P + HOLE_MAX_MFN * sizeof(u64) > HOLE_FRAMES);
	BUILD_BUG_ON(HOLE_FRAMES + HOLE_MAX_MFN * sizeof(struct frame) > HOLE_DMAP);
	BUILD_BUG_ON(HOLE_DMAP + (HOLE_MAX_MFN << PAGE_SHIFT) > HOLE_WINDOWS);
	s->nx = boot_cpu_has(X86_FEATURE_NX) ? _PAGE_NX : 0;
	s->max_mfn = ram_end() >> PAGE_SHIFT;
	if (!s->max_mfn) {
		pr_err("the kernel does not say where memory ends\n");
		return -ENODATA;
	}
	if (s->max_mfn > HOLE_MAX_MFN) {
		pr_err("this machine has more memory than the hole can map\n");
		return -E2BIG;
	}
	s->windows_l3 = table_alloc(GFP_KERNEL);
	s->zero_page = table_alloc(GFP_KERNEL);
	s->m2p_nothing = table_alloc(GFP_KERNEL);
	s->m2p_nothing_l1 = table_alloc(GFP_KERNEL);
	s->text = (void *)__get_free_pages(GFP_KERNEL | __GFP_ZERO,
					   get_order(WIN_TEXT_PAGES * PAGE_SIZE));
	if (!s->windows_l3 || !s->zero_page || !s->m2p_nothing || !s->m2p_nothing_l1 ||
	    !s->text || rules_map()) {
		hole_exit();
		return -ENOMEM;
	}
	memcpy(s->text, hole_image, min_t(size_t, image, WIN_TEXT_PAGES * PAGE_SIZE));
	for (i = 0; i < PER_TABLE; i++) {
		s->m2p_nothing[i] = ~0ULL;
		s->m2p_nothing_l1[i] = __pa(s->m2p_nothing) | LEAF_USER_RO;
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
	struct hole_shared *s = &hole_shared;

	/* The pCPUs' L1s are gone; what is left is the L2s and the L1 of the rules. */
	table_free(s->windows_l3, 3, false);
	free_page((unsigned long)s->rules);
	free_page((unsigned long)s->zero_page);
	free_page((unsigned long)s->m2p_nothing);
	free_page((unsigned long)s->m2p_nothing_l1);
	free_pages((unsigned long)s->text, get_order(WIN_TEXT_PAGES * PAGE_SIZE));
}
