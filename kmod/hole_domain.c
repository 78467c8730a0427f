// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: A domain's slots
 *
 * Its M2P, its direct map and the records of its frames, and how they get into
 * each of its top-level tables.  Called when a domain gains or loses a frame
 * and when ptvalidate/ validates an L4.
 */
#include <linux/mm.h>
#include <linux/slab.h>

#include "hole_tables.h"

/* The L1 entry for an address in the domain's own slots; NULL: none, or no memory. */
static u64 *own_pte(struct domain *d, u64 address, bool make)
{
	unsigned int slot = ((address >> 39) & 511) - HOLE_SLOT_DOMAIN;
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
	u64 *l2 = entry_va(d->hole.l3[0][mfn >> 27]);
	u64 *l1, *leaf;
	int i;

	l1 = entry_va(l2[(mfn >> 18) & 511]);
	if (l1 == hole_shared.m2p_nothing_l1) {
		if (!make)
			return NULL;
		l1 = table_alloc(GFP_KERNEL_ACCOUNT);
		if (!l1)
			return NULL;
		memcpy(l1, hole_shared.m2p_nothing_l1, PAGE_SIZE);
		d->hole.nr_pages++;
		WRITE_ONCE(l2[(mfn >> 18) & 511], __pa(l1) | TABLE_USER);
	}
	leaf = entry_va(l1[(mfn >> 9) & 511]);
	if (leaf == hole_shared.m2p_nothing) {
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
 * hole_get_m2p - what the M2P says of a frame
 * @d: the domain
 * @mfn: any value
 *
 * Return: ~0 if the domain has it not.
 * Context: any.
 */
u64 hole_get_m2p(struct domain *d, u64 mfn)
{
	u64 *m2p = mfn < hole_shared.max_mfn ? m2p_slot(d, mfn, false) : NULL;

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
	/* The guest reads its M2P; all else below this entry is supervisor's by its L3 entry. */
	WRITE_ONCE(l4[HOLE_SLOT_DOMAIN], __pa(d->hole.l3[0]) | TABLE_USER);
	WRITE_ONCE(l4[HOLE_SLOT_WINDOWS], __pa(hole_shared.windows_l3) | TABLE);
	for (i = 1; i < HOLE_SLOTS_DOMAIN; i++)
		if (d->hole.l3[i])
			WRITE_ONCE(l4[HOLE_SLOT_DOMAIN + i],
				   __pa(d->hole.l3[i]) | TABLE | hole_shared.nx);
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
 * All slots that this machine's memory needs are made here: an L4 validated early
 * must not miss one that comes to be used later.
 *
 * Return: 0 or -ENOMEM.  Context: sleepable.
 */
int hole_domain_init(struct domain *d)
{
	const u64 end = HOLE_DMAP + (hole_shared.max_mfn << PAGE_SHIFT);
	struct hole_domain *h = &d->hole;
	u64 mfn;
	int i;

	for (i = 0; i < HOLE_SLOTS_DOMAIN && HOLE_START + ((u64)i << 39) < end; i++) {
		h->l3[i] = table_alloc(GFP_KERNEL_ACCOUNT);
		if (!h->l3[i])
			goto fail;
		h->nr_pages++;
	}
	for (mfn = 0; mfn < hole_shared.max_mfn; mfn += 1UL << 18) {
		u64 *l2 = table_next(h->l3[0], mfn >> 27, TABLE_USER, &h->nr_pages);

		if (!l2)
			goto fail;
		l2[(mfn >> 18) & 511] = __pa(hole_shared.m2p_nothing_l1) | TABLE_USER;
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

	/* Pages of the M2P are the domain's; what the other L1 entries name is not ours to free. */
	for (i = 0; h->l3[0] && i < HOLE_M2P_ENTRIES; i++) {
		if (h->l3[0][i] & _PAGE_PRESENT)
			table_free(entry_va(h->l3[0][i]), 2, true);
		h->l3[0][i] = 0;
	}
	for (i = 0; i < HOLE_SLOTS_DOMAIN; i++)
		table_free(h->l3[i], 3, false);
	memset(h, 0, sizeof(*h));
}
