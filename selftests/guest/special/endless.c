// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: A guest that is in one hypercall for ever
 *
 * It exchanges its frames, 2^27 times: both lists of the call are one page, mapped
 * all over a gigabyte, so that it hands in again what it has just got.  Each of it
 * has to sleep.  sched.sh looks whether others get their share meanwhile.
 */
#include "guest.h"

#define SLOT	5UL			/* of the L4, free */
#define LISTS	((xen_pfn_t *)(SLOT << 39))

/* A read-only page, all of whose words are @word. */
static u64 table_of(u64 word)
{
	u64 *table = page_alloc();
	unsigned int i;

	for (i = 0; i < PAGE / 8; i++)
		table[i] = word;
	page_ro(table);
	return va_to_mfn(table) * PAGE | PTE_RW_PAGE;
}

TEST(endless, "exchanges its frames for ever")
{
	struct xen_memory_exchange x = {
		.in = { .nr_extents = 1UL << 27, .domid = DOMID_SELF },
		.out = { .nr_extents = 1UL << 27, .domid = DOMID_SELF },
	};
	u64 *list = page_alloc(), *page;
	unsigned int i;

	for (i = 0; i < PAGE / 8; i++) {
		page = page_alloc();
		list[i] = va_to_mfn(page);
		REQUIRE(pte_set(page, 0) == 0);
	}
	REQUIRE(pte_write(va_to_mfn((void *)start_info->pt_base) * PAGE + SLOT * 8,
			  table_of(table_of(table_of(va_to_mfn(list) * PAGE |
						     PTE_RW_PAGE)))) == 0);
	x.in.extent_start = LISTS;
	x.out.extent_start = LISTS;
	print("endless: begins\n");
	EXPECT_EQ(hc2(memory_op, XENMEM_exchange, &x), 0);
}
