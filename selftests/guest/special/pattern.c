// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: Memory with a pattern, for runs/scrub.sh
 *
 * pattern=N fills every page it can have with a word that only N decides, and
 * gives half of them up; then it waits.  With look= it looks for such words of
 * others instead, in the memory that it started with and in some that it gets.
 */
#include "guest.h"

#define PAGES_OUT 512

static long reservation(unsigned int cmd, xen_pfn_t *frame)
{
	struct xen_memory_reservation r = {
		.extent_start = frame, .nr_extents = 1, .domid = DOMID_SELF,
	};

	return hc2(memory_op, cmd, &r);
}

static bool is_pattern(u64 word) { return word >> 16 == 0x5ca1ab1ebeadUL; }

TEST(fill, "pages full of a pattern, and half of them given up")
{
	unsigned int i, out = 0, kept = 0;
	u64 word;

	if (!cmdline_value("pattern"))
		test_skip("no pattern=");
	word = 0x5ca1ab1e00000000UL | (0xbead0000UL + (u32)cmdline_number("pattern", 0));
	while (pages_free() > 16) {
		u64 *page = page_alloc();
		xen_pfn_t mfn = va_to_mfn(page);

		for (i = 8; i < PAGE / 8; i++)
			page[i] = word;
		kept++;
		if (out < PAGES_OUT && kept % 2) {
			REQUIRE(pte_set(page, 0) == 0);
			REQUIRE(reservation(XENMEM_decrease_reservation, &mfn) == 1);
			out++;
			kept--;
		}
	}
	print("# pattern: %u pages kept, %u given up\n", kept, out);
	console_drain();
	for (;;)
		hc2(sched_op, SCHEDOP_block, 0);
}

TEST(look, "no word of another domain in what one starts with, or gets")
{
	unsigned int i, got = 0, bad = 0;
	u64 max = start_info->nr_pages;
	xen_pfn_t mfn;
	u64 pfn;

	if (!cmdline_value("look"))
		test_skip("no look=");
	for (pfn = 0; pfn < max; pfn++) {
		u64 *page = pfn_to_va(pfn), *e = pte_of((u64)page, 1);

		if (!e || !(*e & PTE_P))
			continue;
		for (i = 0; i < PAGE / 8; i++)
			bad += is_pattern(page[i]);
	}
	EXPECT_EQ(bad, 0);
	while (pages_free() > 16 && got < PAGES_OUT) {
		u64 *page = page_alloc();

		mfn = va_to_mfn(page);
		pfn = mfn_to_pfn(mfn);
		REQUIRE(pte_set(page, 0) == 0);
		REQUIRE(reservation(XENMEM_decrease_reservation, &mfn) == 1);
		mfn = pfn;
		REQUIRE(reservation(XENMEM_populate_physmap, &mfn) == 1);
		REQUIRE(pte_set(page, mfn * PAGE | PTE_RW_PAGE) == 0);
		for (i = 0; i < PAGE / 8; i++)
			bad += page[i] != 0;
		got++;
	}
	EXPECT_EQ(bad, 0);
	EXPECT_EQ(got, PAGES_OUT);
}
