// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: The vCPUs of one domain attack the validator together.  On vCPU 0 runs
 * the one that changes what a frame is, on the others those that use it as what
 * it was, or change it, too.  Each race is named for the lessons that it is about.
 *
 * Command line: rounds=N of each race (default 300), seed=N.  What the guest can
 * see is checked here; the rest is the business of an audit from outside.
 */
#include "smp_race.h"

#define NR_POOL		4
#define BATCH		40

static u64 *pool[NR_POOL];
static u64 armed, kept, refused, broken;

static void setup(void)
{
	unsigned int i;

	race_begin();
	armed = kept = refused = broken = 0;
	if (pool[0])
		return;
	for (i = 0; i < NR_POOL; i++)
		pool[i] = page_alloc();
	map_tables(VA);
}

/* ---- stale translations: a page that is a table now is written through a TLB ---- */

#define GARBAGE		0xbad0000000000067UL	/* as an entry: reserved address bits, refused */

static void write_garbage(void *arg)
{
	struct rng r = rng_for(1);
	struct trap t;

	while (!stop) {
		unsigned int i = next(&r, 512), n;

		TRY(t, ((volatile u64 *)VA)[5] = GARBAGE);
		for (n = 0; n < 20; n++)
			TRY(t, ((volatile u64 *)VA)[i] = GARBAGE);
	}
}

/* Until the others have the mapping in their TLBs, as far as they run at all. */
static void let_them_in(struct rng *r, const volatile u64 *page)
{
	unsigned int n = 20000;

	while (--n && !page[5] && !page[300])
		cpu_relax_();
	armed += n != 0;
	pause_for(next(r, 200));
}

/* Is @page, read-only now and in use, the same for a while? */
static bool stays_the_same(const volatile u64 *page)
{
	static u64 copy[512];
	unsigned int i, n;

	for (i = 0; i < 512; i++)
		copy[i] = page[i];
	for (n = 0; n < 20; n++) {
		pause_for(50);
		for (i = 0; i < 512; i++)
			if (page[i] != copy[i])
				return false;
	}
	return true;
}

/* What has passed as a table cannot have what the others write. */
static bool has_garbage(const volatile u64 *page)
{
	unsigned int i;

	for (i = 0; i < 512; i++)
		if (page[i] == GARBAGE)
			return true;
	return false;
}

/* The page is nowhere mapped writable any more, and no TLB was flushed. */
static void judge(u64 *page, unsigned int cmd)
{
	long ret = mmuext(cmd, va_to_mfn(page));

	if (ret) {
		refused++;
		return;
	}
	kept++;
	if (has_garbage(page) || !stays_the_same(page))
		broken++;
	REQUIRE(mmuext(MMUEXT_UNPIN_TABLE, va_to_mfn(page)) == 0);
}

static void make_data(u64 *page)
{
	REQUIRE(pte_set(page, rw(page)) == 0);
	memset(page, 0, PAGE);
	REQUIRE(pte_set(page, ro(page)) == 0);
}

static void verdict(const char *what)
{
	note("%s: %lu times with others in it; %lu times a table, %lu refused", what, armed,
	     kept, refused);
	EXPECT_EQ(broken, 0);
	EXPECT(kept > 0);
	armed = kept = refused = broken = 0;
}

TEST(stale_l1, "401: a page is pinned while others write it through mappings just removed")
{
	struct rng r = rng_for(1);
	u64 *page, n;

	setup();
	page = pool[0];
	start_all(write_garbage);
	for (n = 0; n < rounds; n++) {
		make_data(page);
		REQUIRE(map_at(VA, rw(page)) == 0);
		let_them_in(&r, page);
		REQUIRE(map_at(VA, next(&r, 2) ? 0 : ro(page)) == 0);
		/* What was written in time is in the way: sometimes take it out. */
		if (next(&r, 4))
			mmuext(MMUEXT_CLEAR_PAGE, va_to_mfn(page));
		judge(page, MMUEXT_PIN_L1_TABLE + next(&r, 4));
	}
	stop_all();
	map_at(VA, 0);
	verdict("401");
}

/* Unlink the whole way to VA at @level and link it again. */
static void unlink_round(struct rng *r, u64 *page, int level)
{
	u64 maddr = pte_maddr(VA, level), old = *pte_of(VA, level);

	make_data(page);
	REQUIRE(map_at(VA, rw(page)) == 0);
	let_them_in(r, page);
	REQUIRE(pte_write(maddr, 0) == 0);
	if (next(r, 4))
		mmuext(MMUEXT_CLEAR_PAGE, va_to_mfn(page));
	judge(page, MMUEXT_PIN_L1_TABLE + next(r, 4));
	/* The L1 is no table now and still names the page: it can come back only if that is data. */
	REQUIRE(pte_write(maddr, old) == 0);
}

TEST(unlink, "286: a page becomes a table after an L2, L3 or L4 entry above its mapping has gone")
{
	struct rng r = rng_for(2);
	u64 n;

	setup();
	start_all(write_garbage);
	for (n = 0; n < rounds; n++)
		unlink_round(&r, pool[n % 3], 2 + next(&r, 3));
	stop_all();
	map_at(VA, 0);
	verdict("286");
}

TEST(descriptors, "a page becomes a GDT while others write it through mappings just removed")
{
	struct rng r = rng_for(3);
	u64 *page, n, gdt;

	setup();
	page = pool[1];
	start_all(write_garbage);
	for (n = 0; n < rounds; n++) {
		make_data(page);
		REQUIRE(map_at(VA, rw(page)) == 0);
		let_them_in(&r, page);
		REQUIRE(map_at(VA, 0) == 0);
		if (next(&r, 4))
			mmuext(MMUEXT_CLEAR_PAGE, va_to_mfn(page));
		gdt = va_to_mfn(page);
		if (hc2(set_gdt, &gdt, 512)) {
			refused++;
			continue;
		}
		kept++;
		broken += !stays_the_same(page);
		REQUIRE(hc2(set_gdt, 0, 0) == 0);
	}
	stop_all();
	verdict("GDT");
}

TEST(give_up, "241, 408: a page goes back to the host while others use it; a new one is zero and stays so")
{
	struct rng r = rng_for(4);
	u64 n, dirty = 0, most = rounds / 4 + 1;
	struct xen_memory_reservation res = { .nr_extents = 1, .domid = DOMID_SELF };
	xen_pfn_t mfn;
	unsigned int i;
	void *page;

	setup();
	/* Room for one. */
	page = page_alloc();
	mfn = va_to_mfn(page);
	set_xen_guest_handle(res.extent_start, &mfn);
	REQUIRE(pte_set(page, 0) == 0);
	REQUIRE(hc2(memory_op, XENMEM_decrease_reservation, &res) == 1);
	start_all(write_garbage);
	for (n = 0; n < most; n++) {
		REQUIRE(hc2(memory_op, XENMEM_increase_reservation, &res) == 1);
		REQUIRE(map_at(VA, mfn * PAGE | PTE_RW_PAGE) == 0);
		pause_for(next(&r, 300));
		REQUIRE(map_at(VA, 0) == 0);
		REQUIRE(hc2(memory_op, XENMEM_decrease_reservation, &res) == 1);
		REQUIRE(hc2(memory_op, XENMEM_increase_reservation, &res) == 1);
		REQUIRE(map_at(VA + PAGE, mfn * PAGE | PTE_RO_PAGE) == 0);
		hc3(update_va_mapping, VA + PAGE, mfn * PAGE | PTE_RO_PAGE, UVMF_INVLPG);
		for (i = 0; i < 512; i++)
			dirty += ((volatile u64 *)(VA + PAGE))[i] != 0;
		REQUIRE(map_at(VA + PAGE, 0) == 0);
		REQUIRE(hc2(memory_op, XENMEM_decrease_reservation, &res) == 1);
	}
	stop_all();
	EXPECT_EQ(dirty, 0);
}

/* ---- a batch that is done by halves must not be done twice ---- */

static void touch(void *arg)
{
	struct trap t;

	while (!stop)
		TRY(t, ((volatile u64 *)VA)[1] = 1);
}

TEST(dirty_bit, "the D bit that another vCPU sets while a batch goes on is not lost")
{
	static struct mmu_update req[BATCH];
	u64 *page, *other, n, lost = 0, seen = 0;
	struct rng r;
	unsigned int i;

	setup();
	r = rng_for(5);
	page = pool[2];
	other = pool[3];
	make_data(other);
	REQUIRE(pte_set(page, rw(page)) == 0);
	start_all(touch);
	for (n = 0; n < rounds; n++) {
		unsigned int count = 2 + next(&r, BATCH - 2);

		REQUIRE(hc3(update_va_mapping, VA, 0, UVMF_INVLPG | UVMF_ALL) == 0);
		((volatile u64 *)page)[1] = 0;
		req[0].ptr = pte_maddr(VA, 1);
		req[0].val = rw(page) & ~(PTE_A | PTE_D);
		for (i = 1; i < count; i++) {
			req[i].ptr = pte_maddr(VA + PAGE * (1 + next(&r, 100)), 1);
			req[i].val = next(&r, 2) ? rw(page) : 0;
		}
		/* The last one is of a kind that takes the long way. */
		req[count - 1].ptr = va_to_mfn(other) * PAGE | MMU_MACHPHYS_UPDATE;
		req[count - 1].val = mfn_to_pfn(va_to_mfn(other));
		REQUIRE(mmu_updates(req, count, NULL) == 0);
		pause_for(next(&r, 100));
		if (((volatile u64 *)page)[1]) {
			seen++;
			lost += !(*(volatile u64 *)pte_of(VA, 1) & PTE_D);
		}
	}
	stop_all();
	for (i = 0; i <= 100; i++)
		REQUIRE(map_at(VA + PAGE * i, 0) == 0);
	note("%lu of %lu times another vCPU has written by then", seen, rounds);
	EXPECT_EQ(lost, 0);
}
