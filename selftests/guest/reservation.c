// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: Frames that are given up and got back: decrease_reservation and
 * populate_physmap, and what may still be done with a frame on its way out.
 */
#include "guest.h"

static long reservation(unsigned int cmd, xen_pfn_t *list, unsigned long n, unsigned int order)
{
	struct xen_memory_reservation r = {
		.extent_start = list, .nr_extents = n, .extent_order = order, .domid = DOMID_SELF,
	};

	return hc2(memory_op, cmd, &r);
}

static long decrease(u64 mfn)
{
	xen_pfn_t frame = mfn;

	return reservation(XENMEM_decrease_reservation, &frame, 1, 0);
}

static long populate(u64 pfn, u64 *mfn)
{
	xen_pfn_t frame = pfn;
	long ret = reservation(XENMEM_populate_physmap, &frame, 1, 0);

	*mfn = frame;
	/* Which frame it is now, for va_to_mfn(): keeping the P2M is the guest's part. */
	if (ret == 1 && pfn && pfn < start_info->nr_pages)
		((u64 *)start_info->mfn_list)[pfn] = frame;
	return ret;
}

static u64 owned(void)
{
	domid_t self = DOMID_SELF;

	return hc2(memory_op, XENMEM_current_reservation, &self);
}

static long map(void *page, u64 mfn) { return pte_set(page, mfn * PAGE | PTE_RW_PAGE); }

/* The frame of a page of the pool leaves, and another takes its place. */
static void replace(u64 *page)
{
	u64 pfn = mfn_to_pfn(va_to_mfn(page)), mfn = va_to_mfn(page), before = owned();

	REQUIRE(pte_set(page, 0) == 0);
	EXPECT_EQ(decrease(mfn), 1);
	EXPECT_EQ(owned(), before - 1);
	REQUIRE(populate(pfn, &mfn) == 1);
	EXPECT_EQ(owned(), before);
	EXPECT_EQ(mfn_to_pfn(mfn), pfn);
	REQUIRE(map(page, mfn) == 0);
}

static u64 out_pfn[8];

/* @n frames leave for a while. */
static void take_out(unsigned int n)
{
	while (n--) {
		u64 *page = page_alloc();
		u64 mfn = va_to_mfn(page);

		out_pfn[n] = mfn_to_pfn(mfn);
		REQUIRE(pte_set(page, 0) == 0);
		REQUIRE(decrease(mfn) == 1);
	}
}

TEST(gone, "a frame that was given up is not the domain's any more")
{
	u64 *page = page_alloc();
	u64 mfn = va_to_mfn(page), pfn = mfn_to_pfn(mfn);

	REQUIRE(pte_set(page, 0) == 0);
	EXPECT_EQ(decrease(mfn), 1);
	EXPECT(map(page, mfn) < 0);
	EXPECT(pte_set(page, mfn * PAGE | PTE_RO_PAGE) < 0);
	EXPECT(mmuext(MMUEXT_PIN_L1_TABLE, mfn) < 0);
	EXPECT(mmuext(MMUEXT_CLEAR_PAGE, mfn) < 0);
	EXPECT(pte_write(mfn * PAGE, 0) < 0);
	EXPECT(decrease(mfn) <= 0);
	if (on_lodge())
		EXPECT_EQ(mfn_to_pfn(mfn), ~0UL);
	REQUIRE(populate(pfn, &mfn) == 1);
	EXPECT_EQ(map(page, mfn), 0);
}

TEST(zeroed, "a frame that is got holds zeros, not what somebody left (XSA-100)")
{
	u64 *page = page_alloc();
	unsigned int i, bad = 0;

	memset(page, 0xa5, PAGE);
	replace(page);
	for (i = 0; i < PAGE / 8; i++)
		bad += page[i] != 0;
	EXPECT_EQ(bad, 0);
}

TEST(type_gone, "a frame comes back without its type (XSA-214)")
{
	u64 *page = page_alloc();
	unsigned int i;

	for (i = 0; i < 8; i++) {
		memset(page, 0, PAGE);
		page_ro(page);
		REQUIRE(mmuext(MMUEXT_PIN_L1_TABLE + i % 4, va_to_mfn(page)) == 0);
		REQUIRE(mmuext(MMUEXT_UNPIN_TABLE, va_to_mfn(page)) == 0);
		replace(page);
		page[0] = i;
		EXPECT_EQ(((volatile u64 *)page)[0], i);
	}
}

TEST(mapped, "a frame that is given up while mapped goes with its last mapping")
{
	u64 *page = page_alloc();
	u64 mfn = va_to_mfn(page), pfn = mfn_to_pfn(mfn), before = owned();

	page[0] = 0x1234;
	EXPECT_EQ(decrease(mfn), 1);
	EXPECT(decrease(mfn) <= 1);
	EXPECT_EQ(((volatile u64 *)page)[0], 0x1234);
	REQUIRE(pte_set(page, 0) == 0);
	EXPECT_EQ(owned(), before - 1);
	EXPECT(map(page, mfn) < 0);
	REQUIRE(populate(pfn, &mfn) == 1);
	EXPECT_EQ(map(page, mfn), 0);
}

TEST(pinned, "a table that is given up while pinned is a table until it is unpinned")
{
	u64 *page = page_alloc();
	u64 mfn = va_to_mfn(page), pfn = mfn_to_pfn(mfn);

	memset(page, 0, PAGE);
	page_ro(page);
	REQUIRE(mmuext(MMUEXT_PIN_L1_TABLE, mfn) == 0);
	REQUIRE(pte_set(page, 0) == 0);
	EXPECT_EQ(decrease(mfn), 1);
	EXPECT(map(page, mfn) < 0);
	EXPECT_EQ(pte_write(mfn * PAGE, 0), 0);
	EXPECT(pte_write(mfn * PAGE, mfn * PAGE | PTE_RW_PAGE) < 0);
	EXPECT_EQ(mmuext(MMUEXT_UNPIN_TABLE, mfn), 0);
	EXPECT(mmuext(MMUEXT_PIN_L1_TABLE, mfn) < 0);
	REQUIRE(populate(pfn, &mfn) == 1);
	EXPECT_EQ(map(page, mfn), 0);
}

TEST(maximum, "a domain gets no more than it may have")
{
	domid_t self = DOMID_SELF;
	long max = hc2(memory_op, XENMEM_maximum_reservation, &self);
	unsigned int n = 0;
	u64 mfn;

	while (n < 20000 && populate(0, &mfn) == 1)
		n++;
	EXPECT(owned() <= max);
	EXPECT(populate(0, &mfn) <= 0);
}

TEST(orders, "extents: a bad order, a bad list, and a batch that stops at the first bad frame")
{
	u64 *page = page_alloc();
	xen_pfn_t list[3] = { va_to_mfn(page), 1, 2 };
	u64 pfn = mfn_to_pfn(list[0]), mfn;

	EXPECT(reservation(XENMEM_populate_physmap, list, 1, 30) <= 0);
	EXPECT(reservation(XENMEM_decrease_reservation, list, 1, 30) <= 0);
	EXPECT(reservation(XENMEM_decrease_reservation, (void *)0x1000, 1, 0) <= 0);
	EXPECT(reservation(XENMEM_decrease_reservation, list, ~0UL, 0) <= 0);
	REQUIRE(pte_set(page, 0) == 0);
	EXPECT_EQ(reservation(XENMEM_decrease_reservation, list, 3, 0), 1);
	REQUIRE(populate(pfn, &mfn) == 1);
	EXPECT_EQ(map(page, mfn), 0);
}

TEST(flags, "address bits and nodes: what cannot be is refused, and nothing is done")
{
	xen_pfn_t frame = 0;
	struct xen_memory_reservation r = {
		.extent_start = &frame, .nr_extents = 1, .domid = DOMID_SELF,
	};
	u64 *page = page_alloc();
	u64 pfn = mfn_to_pfn(va_to_mfn(page)), before = owned();

	REQUIRE(pte_set(page, 0) == 0);
	REQUIRE(decrease(pfn_to_mfn(pfn)) == 1);
	frame = pfn;
	r.address_bits = 12;			/* no page is there */
	EXPECT_EQ(hc2(memory_op, XENMEM_populate_physmap, &r), 0);
	r.address_bits = 1;
	EXPECT_EQ(hc2(memory_op, XENMEM_increase_reservation, &r), 0);
	r.address_bits = 1 << 17 | 1 << 8;	/* insists on node 0 */
	EXPECT_EQ(hc2(memory_op, XENMEM_populate_physmap, &r), 0);
	r.address_bits = 1 << 16;		/* on demand */
	EXPECT_EQ(hc2(memory_op, XENMEM_populate_physmap, &r), 0);
	EXPECT_EQ(owned(), before - 1);
	EXPECT_EQ(frame, pfn);
	r.address_bits = 63 | 1 << 8;		/* node 0 if possible */
	EXPECT_EQ(hc2(memory_op, XENMEM_populate_physmap, &r), 1);
	EXPECT_EQ(owned(), before);
	((u64 *)start_info->mfn_list)[pfn] = frame;
	EXPECT_EQ(map(page, frame), 0);
}

TEST(start, "a start extent is where it goes on")
{
	u64 *page = page_alloc();
	xen_pfn_t list[2] = { 1, va_to_mfn(page) };
	struct xen_memory_reservation r = {
		.extent_start = list, .nr_extents = 2, .domid = DOMID_SELF,
	};
	u64 pfn = mfn_to_pfn(list[1]), mfn;

	REQUIRE(pte_set(page, 0) == 0);
	EXPECT_EQ(hc2(memory_op, XENMEM_decrease_reservation | 1 << 6, &r), 2);
	EXPECT_EQ(hc2(memory_op, XENMEM_decrease_reservation | 2 << 6, &r), 2);
	EXPECT_EQ(hc2(memory_op, XENMEM_decrease_reservation | 9 << 6, &r), 9);
	r.domid = 0;
	EXPECT_EQ(hc2(memory_op, XENMEM_decrease_reservation | 1 << 6, &r), 1);
	REQUIRE(populate(pfn, &mfn) == 1);
	EXPECT_EQ(map(page, mfn), 0);
}

TEST(increase, "increase_reservation: a block of frames, with and without a list")
{
	xen_pfn_t list[4] = { 0 };
	u64 before = owned();
	unsigned int i;

	take_out(8);
	EXPECT_EQ(reservation(XENMEM_increase_reservation, list, 1, 2), 1);
	EXPECT_EQ(list[0] & 3, 0);
	EXPECT_EQ(owned(), before - 4);
	EXPECT_EQ(reservation(XENMEM_decrease_reservation, list, 1, 2), 1);
	EXPECT_EQ(reservation(XENMEM_increase_reservation, NULL, 2, 0), 2);
	EXPECT_EQ(owned(), before - 6);
	EXPECT_EQ(reservation(XENMEM_increase_reservation, list, 4, 0), 4);
	EXPECT_EQ(reservation(XENMEM_decrease_reservation, list, 4, 0), 4);
	for (i = 0; i < 6; i++) {
		u64 mfn;

		REQUIRE(populate(out_pfn[i], &mfn) == 1);
	}
}

TEST(often, "a thousand frames leave and come back")
{
	u64 *page = page_alloc();
	unsigned int i;

	for (i = 0; i < 1000; i++) {
		page[1] = i;
		replace(page);
	}
}
