// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: Page-table entries
 *
 * What may stand in one entry, looking at nothing but its bits.  page_type.c
 * and update.c ask here first, whatever path an entry came by, so there is no
 * fast path around these checks.  Must not look at frames.
 */
#include "env.h"

/* Bits that a guest may set in a present entry of any level. */
#define ALLOWED		(PTE_P | PTE_RW | PTE_US | PTE_A | PTE_D | PTE_AVAIL | \
			 PTE_ADDR | PTE_AVAIL_HIGH)
/* Bits that change without a new count. */
#define FREE_BITS	(PTE_US | PTE_A | PTE_D | PTE_G | PTE_AVAIL | PTE_AVAIL_HIGH | PTE_NX)

/**
 * pt_guest_slot() - does this slot of a table belong to the guest?
 * @level: 1..4
 * @index: 0..511
 *
 * Slots 256..271 of an L4 are the module's.
 */
bool pt_guest_slot(unsigned int level, unsigned int index)
{
	return level != FRAME_L4 || index < 256 || index > 271;
}

/* L1TF: the CPU may load from the address of a non-present entry, if it is cached. */
static bool l1tf_unsafe(unsigned int level, u64 entry)
{
	u64 address = entry & PTE_ADDR & pt_rules.l1tf_mask;

	if (!pt_rules.l1tf || !entry)
		return false;
	if (level > FRAME_L1 && (entry & PTE_PSE))
		return true;
	return address && address < pt_rules.l1tf_below;
}

/**
 * pt_entry_check() - may this value stand in a table of this level?
 * @level: 1..4
 * @entry: any value
 *
 * Refuses superpages, cache attributes other than write-back (XSA-402), bits
 * that would fault as reserved, and what L1TF could use.
 *
 * Return: 0 or -EINVAL.
 */
int pt_entry_check(unsigned int level, u64 entry)
{
	u64 allowed = ALLOWED;

	if (!(entry & PTE_P))
		return l1tf_unsafe(level, entry) ? -EINVAL : 0;
	if (pt_rules.nx)
		allowed |= PTE_NX;
	if (level == FRAME_L1)
		allowed |= PTE_G;	/* tolerated; pt_entry_adjust() clears it */
	return entry & ~allowed ? -EINVAL : 0;
}

/**
 * pt_entry_adjust() - what is written in place of a checked entry
 * @entry: value that passed pt_entry_check()
 *
 * The guest kernel runs at CPL 3, so everything present is user; nothing is
 * global.  Non-present entries are the guest's own business.
 */
u64 pt_entry_adjust(u64 entry)
{
	if (entry & PTE_P)
		entry = (entry | PTE_US) & ~PTE_G;
	return entry;
}

/**
 * pt_entry_same_refs() - do both entries hold exactly the same references?
 * @level: 1..4
 * @old: entry of a valid table
 * @new: value that passed pt_entry_check()
 *
 * RW counts in an L1 entry, where it stands for a type reference (XSA-182),
 * and is free above, where it only narrows.
 */
bool pt_entry_same_refs(unsigned int level, u64 old, u64 new)
{
	u64 free_bits = FREE_BITS;

	if (!(old & PTE_P) || !(new & PTE_P))
		return false;
	if (level > FRAME_L1)
		free_bits |= PTE_RW;
	return !((old ^ new) & ~free_bits);
}

/**
 * pt_canonical() - is this address reachable by a 48-bit walk?
 * @gva: any value
 *
 * Always 48 bits, also on a host with LA57.
 */
bool pt_canonical(u64 gva)
{
	return gva < (1ULL << 47) || gva >= ~0ULL << 47;
}
