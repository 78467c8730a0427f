/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Shared by the files that build the hole's page tables (hole.c,
 * hole_window.c, hole_domain.c); nobody else.
 */
#ifndef LODGE_HOLE_TABLES_H
#define LODGE_HOLE_TABLES_H

#include <asm/pgtable.h>

#include "lodge.h"
#include "switcher/hole.h"
#include "../ptvalidate/ptvalidate.h"

#define TABLE		(_PAGE_PRESENT | _PAGE_RW | _PAGE_ACCESSED | _PAGE_DIRTY)
#define TABLE_USER	(TABLE | _PAGE_USER)
#define LEAF_RX		(_PAGE_PRESENT | _PAGE_ACCESSED)
#define LEAF_RW		(TABLE | hole_shared.nx)
#define LEAF_USER_RO	(_PAGE_PRESENT | _PAGE_USER | _PAGE_ACCESSED | hole_shared.nx)
#define ENTRY_PA	PHYSICAL_PAGE_MASK
#define PER_TABLE	512

/**
 * struct hole_shared - what all domains and pCPUs share; constant after load
 * @nx: _PAGE_NX if the CPU has it
 * @max_mfn: machine frame numbers are below this
 * @windows_l3: slot 265, the same in every L4 of every domain
 * @text: copy of the switcher's image
 * @rules: the switcher's copy of pt_rules
 * @zero_page: where a guest's GDT or LDT has no frame
 * @m2p_nothing: M2P of frames that are not the domain's: all ones
 * @m2p_nothing_l1: a table full of that
 */
struct hole_shared {
	u64 nx;
	u64 max_mfn;
	u64 *windows_l3;
	void *text;
	struct pt_rules *rules;
	u64 *zero_page;
	u64 *m2p_nothing;
	u64 *m2p_nothing_l1;
};
extern struct hole_shared hole_shared;

static inline u64 *entry_va(u64 entry)
{
	return __va(entry & ENTRY_PA);
}

u64 *table_alloc(gfp_t gfp);
u64 *table_next(u64 *table, unsigned int index, u64 flags, unsigned long *count);
void table_free(u64 *table, int level, bool leaves);

#endif
