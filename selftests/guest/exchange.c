// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: memory_op exchange: frames handed in for others, by chunks that are
 * done or have not been begun.
 */
#include "guest.h"

#define FRAMES 64

static u64 *page[FRAMES];
static xen_pfn_t in[FRAMES], out[FRAMES];
static u64 pfn[FRAMES];

static u64 owned(void)
{
	domid_t self = DOMID_SELF;

	return hc2(memory_op, XENMEM_current_reservation, &self);
}

static void set_p2m(u64 gpfn, u64 mfn)
{
	((u64 *)start_info->mfn_list)[gpfn] = mfn;
}

static long map(void *va, u64 mfn) { return pte_set(va, mfn * PAGE | PTE_RW_PAGE); }

/* @n pages of the pool with a mark in each, not mapped any more; out[] asks for their pfns. */
static void take(unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++) {
		page[i] = page_alloc();
		page[i][7] = 0xfeed0000 + i;
		in[i] = va_to_mfn(page[i]);
		pfn[i] = out[i] = mfn_to_pfn(in[i]);
		REQUIRE(pte_set(page[i], 0) == 0);
	}
}

/* Map mfn[] again; how many do not hold what they should: their mark, or zeros? */
static unsigned int give_back(const xen_pfn_t *mfn, unsigned int n, bool marked)
{
	unsigned int i, j, bad = 0;

	for (i = 0; i < n; i++) {
		set_p2m(pfn[i], mfn[i]);
		/* Of a block the M2P has the pfns that follow the first one's. */
		REQUIRE(pte_write(mfn[i] * PAGE | MMU_MACHPHYS_UPDATE, pfn[i]) == 0);
		REQUIRE(map(page[i], mfn[i]) == 0);
		for (j = 0; j < PAGE / 8; j++)
			bad += page[i][j] != (marked && j == 7 ? 0xfeed0000 + i : 0);
		page_free(page[i]);
	}
	return bad;
}

static struct xen_memory_exchange request(unsigned int nr_in, unsigned int in_order,
					  unsigned int nr_out, unsigned int out_order)
{
	return (struct xen_memory_exchange){
		.in = { .extent_start = in, .nr_extents = nr_in, .extent_order = in_order,
			.domid = DOMID_SELF },
		.out = { .extent_start = out, .nr_extents = nr_out, .extent_order = out_order,
			 .domid = DOMID_SELF },
	};
}

static long exchange(struct xen_memory_exchange *x) { return hc2(memory_op, XENMEM_exchange, x); }

TEST(one, "a frame for another one: zeroed, in the M2P, the old one gone")
{
	struct xen_memory_exchange x = request(1, 0, 1, 0);
	u64 before = owned();

	take(1);
	EXPECT_EQ(exchange(&x), 0);
	EXPECT_EQ(x.nr_exchanged, 1);
	EXPECT_EQ(owned(), before);
	EXPECT(out[0] != in[0]);
	EXPECT_EQ(mfn_to_pfn(out[0]), pfn[0]);
	EXPECT(map(page[0], in[0]) < 0);
	EXPECT(mmuext(MMUEXT_PIN_L1_TABLE, in[0]) < 0);
	EXPECT_EQ(give_back(out, 1, false), 0);
}

TEST(contiguous, "sixteen frames for a block of sixteen, and back")
{
	struct xen_memory_exchange x = request(16, 0, 1, 4);
	xen_pfn_t first;
	unsigned int i;

	take(16);
	EXPECT_EQ(exchange(&x), 0);
	EXPECT_EQ(x.nr_exchanged, 16);
	first = out[0];
	EXPECT_EQ(first & 15, 0);
	for (i = 0; i < 16; i++)
		EXPECT_EQ(mfn_to_pfn(first + i), pfn[0] + i);
	/* Hand the block in, in one piece. */
	in[0] = first;
	for (i = 0; i < 16; i++)
		out[i] = pfn[i];
	x = request(1, 4, 16, 0);
	EXPECT_EQ(exchange(&x), 0);
	EXPECT_EQ(x.nr_exchanged, 1);
	for (i = 0; i < 16; i++)
		EXPECT_EQ(mfn_to_pfn(out[i]), pfn[i]);
	EXPECT(map(page[0], first) < 0);
	EXPECT_EQ(give_back(out, 16, false), 0);
}

TEST(many, "sixty-four frames in chunks of one; in chunks of four")
{
	struct xen_memory_exchange x = request(FRAMES, 0, FRAMES, 0);
	unsigned int i;

	take(FRAMES);
	EXPECT_EQ(exchange(&x), 0);
	EXPECT_EQ(x.nr_exchanged, FRAMES);
	EXPECT_EQ(give_back(out, FRAMES, false), 0);
	take(FRAMES);
	for (i = 0; i < FRAMES / 4; i++)
		out[i] = pfn[4 * i];
	x = request(FRAMES, 0, FRAMES / 4, 2);
	EXPECT_EQ(exchange(&x), 0);
	EXPECT_EQ(x.nr_exchanged, FRAMES);
	for (i = FRAMES; i-- > 0;)
		out[i] = out[i / 4] + i % 4;
	EXPECT_EQ(give_back(out, FRAMES, false), 0);
}

TEST(in_use, "a frame that is mapped, or pinned, or a table, cannot be handed in")
{
	struct xen_memory_exchange x = request(1, 0, 1, 0);

	take(1);
	REQUIRE(map(page[0], in[0]) == 0);
	EXPECT_EQ(exchange(&x), X_EINVAL);
	EXPECT_EQ(x.nr_exchanged, 0);
	REQUIRE(pte_set(page[0], in[0] * PAGE | PTE_RO_PAGE) == 0);
	EXPECT_EQ(exchange(&x), X_EINVAL);
	EXPECT_EQ(page[0][7], 0xfeed0000);
	REQUIRE(map(page[0], in[0]) == 0);
	memset(page[0], 0, PAGE);
	REQUIRE(pte_set(page[0], 0) == 0);
	REQUIRE(mmuext(MMUEXT_PIN_L1_TABLE, in[0]) == 0);
	EXPECT_EQ(exchange(&x), X_EINVAL);
	EXPECT_EQ(mmuext(MMUEXT_UNPIN_TABLE, in[0]), 0);
	EXPECT_EQ(give_back(in, 1, false), 0);
}

TEST(not_ours, "frames of others, frames that do not exist, shared_info: refused")
{
	struct xen_memory_exchange x = request(1, 0, 1, 0);
	static const u64 bad[] = { 1, 0x7fffffff, ~0UL >> 12, ~0UL };
	unsigned int i;

	take(1);
	for (i = 0; i < ARRAY_LEN(bad); i++) {
		xen_pfn_t mfn = bad[i];

		x.in.extent_start = &mfn;
		EXPECT_EQ(exchange(&x), X_EINVAL);
		EXPECT_EQ(x.nr_exchanged, 0);
	}
	in[1] = start_info->shared_info / PAGE;
	x.in.extent_start = in + 1;
	EXPECT_EQ(exchange(&x), X_EINVAL);
	EXPECT_EQ(give_back(in, 1, true), 0);
}

TEST(twice, "the same frame twice in a chunk: all of it is undone")
{
	struct xen_memory_exchange x = request(4, 0, 1, 2);
	u64 before = owned(), third;

	take(4);
	third = in[3];
	in[3] = in[1];
	EXPECT_EQ(exchange(&x), X_EINVAL);
	EXPECT_EQ(x.nr_exchanged, 0);
	in[3] = third;
	EXPECT_EQ(owned(), before);
	EXPECT_EQ(mfn_to_pfn(in[0]), pfn[0]);
	EXPECT_EQ(give_back(in, 4, true), 0);
}

TEST(stops, "it stops at the first bad chunk and says where")
{
	struct xen_memory_exchange x = request(8, 0, 4, 1);
	xen_pfn_t got[8];
	unsigned int i;

	take(8);
	for (i = 0; i < 4; i++)
		out[i] = pfn[2 * i];
	REQUIRE(map(page[5], in[5]) == 0);
	EXPECT_EQ(exchange(&x), X_EINVAL);
	EXPECT_EQ(x.nr_exchanged, 4);
	for (i = 0; i < 4; i++)
		got[i] = out[i / 2] + i % 2;
	for (i = 4; i < 8; i++)
		EXPECT_EQ(mfn_to_pfn(in[i]), pfn[i]);
	EXPECT_EQ(out[2], pfn[4]);
	/* From there on: the same structure, as it is. */
	REQUIRE(pte_set(page[5], 0) == 0);
	EXPECT_EQ(exchange(&x), 0);
	EXPECT_EQ(x.nr_exchanged, 8);
	for (i = 4; i < 8; i++)
		got[i] = out[i / 2] + i % 2;
	EXPECT_EQ(give_back(got, 8, false), 0);
}

TEST(requests, "requests that do not add up")
{
	struct xen_memory_exchange x = request(2, 0, 1, 0);

	take(2);
	EXPECT_EQ(exchange(&x), X_EINVAL);			/* sizes */
	x = request(2, 0, 2, 1);
	EXPECT_EQ(exchange(&x), X_EINVAL);
	x = request(1, 10, 1, 10);
	EXPECT_EQ(exchange(&x), X_EPERM);			/* orders */
	x = request(1, 30, 1, 64);
	EXPECT_EQ(exchange(&x), X_EPERM);
	x = request(2, 0, 2, 0);
	x.nr_exchanged = 3;
	EXPECT_EQ(exchange(&x), X_EINVAL);
	x.nr_exchanged = 2;
	EXPECT_EQ(exchange(&x), 0);				/* all done already */
	x = request(2, 0, 2, 0);
	x.in.nr_extents = x.out.nr_extents = ~0UL;
	x.in.extent_order = x.out.extent_order = 1;
	EXPECT_EQ(exchange(&x), X_EINVAL);			/* overflow */
	x = request(2, 0, 2, 0);
	x.out.domid = 0;
	EXPECT_EQ(exchange(&x), X_EINVAL);
	x.in.domid = 0;
	EXPECT_EQ(exchange(&x), X_EPERM);
	x.in.domid = x.out.domid = 0x1234;
	EXPECT_EQ(exchange(&x), X_ESRCH);
	x = request(2, 0, 2, 0);
	x.out.address_bits = 1 << 17 | 1 << 8;			/* insists on node 0 */
	EXPECT_EQ(exchange(&x), X_EINVAL);
	x.out.address_bits = 12;				/* no page is there */
	EXPECT_EQ(exchange(&x), X_ENOMEM);
	EXPECT_EQ(x.nr_exchanged, 0);
	EXPECT_EQ(hc2(memory_op, XENMEM_exchange | 1 << 6, &x), X_EINVAL);
	EXPECT_EQ(give_back(in, 2, true), 0);
}

TEST(faults, "lists and requests that cannot be read")
{
	struct xen_memory_exchange x = request(2, 0, 2, 0);

	take(2);
	EXPECT_EQ(hc2(memory_op, XENMEM_exchange, 0x1000), X_EFAULT);
	EXPECT_EQ(hc2(memory_op, XENMEM_exchange, HOLE_FIRST), X_EFAULT);
	x.in.extent_start = (void *)0x1000;
	EXPECT_EQ(exchange(&x), X_EFAULT);
	x.in.extent_start = (void *)HOLE_FIRST;
	EXPECT_EQ(exchange(&x), X_EFAULT);
	x.in.extent_start = in;
	x.out.extent_start = (void *)HOLE_FIRST;
	EXPECT_EQ(exchange(&x), X_EFAULT);
	EXPECT_EQ(x.nr_exchanged, 0);
	EXPECT_EQ(give_back(in, 2, true), 0);
}

TEST(list_ro, "a list that cannot be written: lodge leaves all as it was")
{
	struct xen_memory_exchange x = request(4, 0, 4, 0);
	xen_pfn_t *list = page_alloc();
	u64 before = owned();
	unsigned int i;

	if (!on_lodge())
		test_skip("Xen hands out frames that it cannot name");
	take(4);
	for (i = 0; i < 4; i++)
		list[i] = pfn[i];
	page_ro(list);
	x.out.extent_start = list;
	EXPECT_EQ(exchange(&x), X_EFAULT);
	EXPECT_EQ(x.nr_exchanged, 0);
	EXPECT_EQ(owned(), before);
	for (i = 0; i < 4; i++)
		EXPECT_EQ(list[i], pfn[i]);
	/* Its first entries can be written, the last cannot: a chunk of four. */
	page_rw(list);
	page_free(list);
	EXPECT_EQ(give_back(in, 4, true), 0);
}

TEST(list_half, "a list whose second half cannot be written: lodge undoes the chunk")
{
	static u64 two[2 * PAGE / 8] __attribute__((aligned(4096)));
	xen_pfn_t *list = (xen_pfn_t *)two + PAGE / 8 - 2;
	struct xen_memory_exchange x = request(1, 2, 4, 0);
	xen_pfn_t block[4], wanted = 0;
	struct xen_memory_exchange get = request(4, 0, 1, 2);
	u64 before = owned();
	unsigned int i;

	if (!on_lodge())
		test_skip("Xen hands out frames that it cannot name");
	take(4);
	get.out.extent_start = &wanted;
	REQUIRE(exchange(&get) == 0);
	for (i = 0; i < 4; i++) {
		block[i] = wanted + i;
		list[i] = pfn[i];
	}
	in[0] = wanted;
	page_ro(two + PAGE / 8);
	x.out.extent_start = list;
	EXPECT_EQ(exchange(&x), X_EFAULT);
	EXPECT_EQ(owned(), before);
	for (i = 0; i < 4; i++)
		EXPECT_EQ(list[i], pfn[i]);
	page_rw(two + PAGE / 8);
	EXPECT_EQ(give_back(block, 4, false), 0);
}

TEST(given_up, "a frame that was given up cannot be handed in")
{
	struct xen_memory_exchange x = request(1, 0, 1, 0);
	struct xen_memory_reservation r = {
		.extent_start = in, .nr_extents = 1, .domid = DOMID_SELF,
	};

	take(1);
	REQUIRE(hc2(memory_op, XENMEM_decrease_reservation, &r) == 1);
	EXPECT_EQ(exchange(&x), X_EINVAL);
	out[0] = pfn[0];
	r.extent_start = out;
	REQUIRE(hc2(memory_op, XENMEM_populate_physmap, &r) == 1);
	/* Xen leaves a domain its own words. */
	EXPECT(give_back(out, 1, false) == 0 || !on_lodge());
}
