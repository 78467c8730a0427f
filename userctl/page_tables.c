// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: The guest's initial page tables
 *
 * Two ranges at most are mapped: the initial mapping, whose tables begin with
 * the L4, and the P2M list below it.  tables_plan() counts and places the
 * tables of a range; tables_write() fills them.  Called by builder.c.
 *
 * Table pages are never mapped writable: those that lie in the initial
 * mapping get read-only entries, the others are not mapped at all.
 */
#include "builder.h"
#include "xen_abi.h"

#define LEVELS		4
#define ENTRIES_SHIFT	9
#define ENTRIES		(1U << ENTRIES_SHIFT)
#define ADDRESS_MASK	((1UL << 48) - 1)

#define PTE_PRESENT	0x01UL
#define PTE_RW		0x02UL
#define PTE_USER	0x04UL
#define PTE_ACCESSED	0x20UL
#define PTE_DIRTY	0x40UL
#define PTE_TABLE	(PTE_PRESENT | PTE_RW | PTE_USER | PTE_ACCESSED | PTE_DIRTY)

/* Bits of an address below what one table (1..4) or one page (0) covers. */
static unsigned int span_shift(unsigned int level)
{
	return GUEST_PAGE_SHIFT + ENTRIES_SHIFT * level;
}

/* Number of the table of a level that maps va, counted from address 0. */
static uint64_t table_index(uint64_t va, unsigned int level)
{
	return (va & ADDRESS_MASK) >> span_shift(level);
}

static uint64_t last_va(const struct page_range *r)
{
	return r->va + (r->pages << GUEST_PAGE_SHIFT) - 1;
}

/**
 * tables_plan() - place the tables that map a range
 * @r: va and pages are set; tables and level are filled in
 * @first: the initial mapping, already planned, or NULL if @r is it; @r lies
 *	below it and uses its tables where it can
 * @gpfn: where the tables go
 * @e: why not
 *
 * Return: 0, or -1 if the range is not one that a guest can have.
 */
int tables_plan(struct page_range *r, const struct page_range *first, uint64_t gpfn,
		struct errbuf *e)
{
	uint64_t last = last_va(r), limit = first ? first->va - 1 : ~0UL;
	unsigned int level;

	if (r->va & (GUEST_PAGE_SIZE - 1) || last < r->va || last > limit ||
	    (r->va < 1UL << 47 && last >= 1UL << 47) ||
	    (r->va >= 1UL << 47 && r->va < GUEST_HOLE_END))
		return fail(e, "the kernel wants %llu KiB mapped at %#llx, where no guest can have it; use another kernel, or less memory",
			    (unsigned long long)r->pages << 2, (unsigned long long)r->va);
	r->tables = (struct extent){ .gpfn = gpfn };
	for (level = LEVELS; level >= 1; level--) {
		uint64_t from = table_index(r->va, level), to = table_index(last, level) + 1;

		if (first && to > table_index(first->va, level))
			to = table_index(first->va, level);
		r->level[level].gpfn = gpfn + r->tables.count;
		r->level[level].count = to > from ? to - from : 0;
		r->tables.count += r->level[level].count;
	}
	return 0;
}

static uint64_t table_gpfn(const struct page_range *first, const struct page_range *second,
			   unsigned int level, uint64_t va)
{
	uint64_t index = table_index(va, level), from = table_index(first->va, level);

	if (index >= from)
		return first->level[level].gpfn + index - from;
	return second->level[level].gpfn + index - table_index(second->va, level);
}

static bool contains(const struct extent *x, uint64_t gpfn)
{
	return gpfn >= x->gpfn && gpfn - x->gpfn < x->count;
}

static void set_entry(const struct build_target *t, uint64_t table, unsigned int index,
		      uint64_t gpfn, uint64_t flags)
{
	uint64_t *entries = (uint64_t *)(t->mem + (table << GUEST_PAGE_SHIFT));

	entries[index] = t->mfns[gpfn] << GUEST_PAGE_SHIFT | flags;
}

static unsigned int entry_index(uint64_t va, unsigned int level)
{
	return va >> span_shift(level - 1) & (ENTRIES - 1);
}

/**
 * tables_write() - fill all tables
 * @first: the initial mapping
 * @second: the other range; pages is 0 if there is none
 * @t: the guest's memory, where the tables' frames are zero
 */
void tables_write(const struct page_range *first, const struct page_range *second,
		  const struct build_target *t)
{
	const struct page_range *ranges[] = { first, second };

	for (unsigned int i = 0; i < 2; i++) {
		const struct page_range *r = ranges[i];

		for (uint64_t n = 0; n < r->pages; n++) {
			uint64_t va = r->va + (n << GUEST_PAGE_SHIFT), gpfn = r->gpfn + n;
			uint64_t flags = PTE_TABLE;

			if (contains(&first->tables, gpfn) || contains(&second->tables, gpfn))
				flags &= ~PTE_RW;
			set_entry(t, table_gpfn(first, second, 1, va), entry_index(va, 1), gpfn,
				  flags);
		}
		for (unsigned int level = 2; r->pages && level <= LEVELS; level++)
			for (uint64_t n = 0; n < r->level[level - 1].count; n++) {
				uint64_t va = r->va + (n << span_shift(level - 1));

				set_entry(t, table_gpfn(first, second, level, va),
					  entry_index(va, level), r->level[level - 1].gpfn + n,
					  PTE_TABLE);
			}
	}
}
