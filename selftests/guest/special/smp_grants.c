// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: Two vCPUs of one domain race for its grants (granted to itself): who
 * unmaps first, who takes back while the other maps, what a table that goes
 * takes along.
 */
#include "guest.h"
#include "grant.h"

#define REF		20
#define ROUNDS		200

static domid_t self;
static struct barrier barrier;
static volatile bool stop;
static volatile u32 live, shared_handle;
static volatile int other_status;
static volatile unsigned long revoked, violated;

static u16 cmpxchg_flags(unsigned int ref, u16 old, u16 new)
{
	asm volatile("lock cmpxchgw %2, %1" : "+a" (old), "+m" (grants[ref].flags) : "r" (new)
		     : "memory", "cc");
	return old;
}

TEST(init, "a second vCPU, and a grant to oneself")
{
	u64 *page = page_alloc(), mfn = va_to_mfn(page);

	if (cpus_nr() < 2)
		test_skip("the domain has too few vCPUs");
	grant_init();
	for (self = 1; self < 2000; self++) {
		grant(REF, self, mfn, 0);
		if (!grant_copy_pages(REF, DOMID_SELF, mfn, DOMID_SELF, GNTCOPY_source_gref))
			break;
	}
	REQUIRE(self < 2000);
}

static void need(void)
{
	if (cpus_nr() < 2)
		test_skip("the domain has too few vCPUs");
}

/* ---- the same handle, unmapped by both at once ---- */

static void unmap_too(void *arg)
{
	unsigned int i;

	for (i = 0; i < ROUNDS; i++) {
		barrier_wait(&barrier, 2);
		other_status = grant_unmap((u64)window(0), shared_handle);
		barrier_wait(&barrier, 2);
	}
}

TEST(unmap_race, "two vCPUs unmap one handle: one of them does it (XSA-218, 228)")
{
	u64 *page = page_alloc();
	unsigned int i, once = 0, clear = 0;
	u32 handle = 0;
	int status;

	need();
	grant(REF, self, va_to_mfn(page), 0);
	cpu_start(1, unmap_too, NULL);
	for (i = 0; i < ROUNDS; i++) {
		if (grant_map(self, REF, (u64)window(0), i & 1 ? MAP_RO : MAP_RW, &handle))
			handle = ~0u;
		shared_handle = handle;
		barrier_wait(&barrier, 2);
		status = grant_unmap((u64)window(0), handle);
		barrier_wait(&barrier, 2);
		once += (status == 0) + (other_status == 0) == 1;
		clear += grants[REF].flags == GTF_permit_access && !window_pte(0);
	}
	cpu_wait(1);
	EXPECT_EQ(once, ROUNDS);
	EXPECT_EQ(clear, ROUNDS);
	page_free(page);
}

/* ---- taken back while the other maps ---- */

/* As an honest granter does it, only more often. */
static void revoke_and_grant(void *arg)
{
	u16 flags;

	while (!stop) {
		flags = grants[REF].flags;
		if (flags & GTF_USED)
			continue;
		if (cmpxchg_flags(REF, flags, 0) != flags)
			continue;
		/* From here on nobody may have it. */
		if (live)
			violated++;
		revoked++;
		grants[REF].flags = revoked & 1 ? GTF_permit_access :
						  GTF_permit_access | GTF_readonly;
	}
}

TEST(revoke_race, "a grant that could be taken back is not mapped, whoever was faster")
{
	u64 *page = page_alloc();
	unsigned int i, mapped = 0, refused = 0;
	u32 handle = 0;

	need();
	stop = false;
	revoked = violated = 0;
	grant(REF, self, va_to_mfn(page), 0);
	cpu_start(1, revoke_and_grant, NULL);
	for (i = 0; i < 20 * ROUNDS; i++) {
		if (grant_map(self, REF, (u64)window(1), i & 1 ? MAP_RO : MAP_RW, &handle)) {
			refused++;
			continue;
		}
		live = 1;
		barrier_();
		mapped += (((volatile u64 *)window(1))[0] & 0) + 1;
		barrier_();
		live = 0;
		EXPECT_EQ(grant_unmap((u64)window(1), handle), GNTST_okay);
	}
	stop = true;
	cpu_wait(1);
	note("mapped %u times, refused %u, taken back %lu", mapped, refused, revoked);
	EXPECT_EQ(violated, 0);
	EXPECT(mapped > 0);
	EXPECT(revoked > 0);
	EXPECT_EQ(grants[REF].flags & GTF_USED, 0);
	page_free(page);
}

/* ---- flags that never stand still ---- */

static void scribble(void *arg)
{
	u32 n = 1;

	while (!stop) {
		n = n * 1664525 + 1013904223;
		grants[REF].flags = n >> 16 & 0x1ff & ~GTF_USED;
		grants[REF].domid = n >> 30 ? self : self + 1;
	}
}

TEST(scribble_race, "an entry that changes all the time: mapped and unmapped, or refused")
{
	u64 *page = page_alloc(), mfn = va_to_mfn(page);
	unsigned int i, odd = 0;
	u32 handle = 0;
	int status;

	need();
	stop = false;
	grant(REF, self, mfn, 0);
	cpu_start(1, scribble, NULL);
	for (i = 0; i < 10 * ROUNDS; i++) {
		status = grant_map(self, REF, (u64)window(2), i & 1 ? MAP_RO : MAP_RW, &handle);
		if (!status) {
			odd += (window_pte(2) & PTE_MFN) / PAGE != mfn;
			odd += grant_unmap((u64)window(2), handle) != 0;
		} else {
			odd += status != GNTST_general_error;
		}
		status = grant_copy_pages(REF, self, mfn, DOMID_SELF, GNTCOPY_source_gref);
		odd += status && status != GNTST_general_error;
	}
	stop = true;
	cpu_wait(1);
	EXPECT_EQ(odd, 0);
	grant(REF, self, mfn, 0);
	EXPECT_EQ(grant_map(self, REF, (u64)window(2), MAP_RW, &handle), GNTST_okay);
	EXPECT_EQ(grant_unmap((u64)window(2), handle), GNTST_okay);
	EXPECT_EQ(grants[REF].flags, GTF_permit_access);
	/* Nothing holds the frame any more. */
	page_ro(page);
	EXPECT_EQ(mmuext(MMUEXT_PIN_L1_TABLE, mfn), 0);
	EXPECT_EQ(mmuext(MMUEXT_UNPIN_TABLE, mfn), 0);
	page_rw(page);
	page_free(page);
}

/* ---- a table that comes and goes under a mapping ---- */

static u64 *table;

static void pin_and_unpin(void *arg)
{
	while (!stop)
		if (!mmuext(MMUEXT_PIN_L1_TABLE, va_to_mfn(table)))
			mmuext(MMUEXT_UNPIN_TABLE, va_to_mfn(table));
}

TEST(table_race, "a table that comes and goes under a mapping: no mapping where none can be")
{
	u64 *page = page_alloc(), mfn = va_to_mfn(page), slot;
	unsigned int i, mapped = 0, kept = 0;
	u32 handle = 0;

	need();
	table = page_alloc();
	page_ro(table);
	slot = va_to_mfn(table) * PAGE + 8 * 17;
	stop = false;
	grant(REF + 1, self, mfn, 0);
	cpu_start(1, pin_and_unpin, NULL);
	/* 128 uses at once is all there can be: those that the table took along. */
	for (i = 0; i < 4 * ROUNDS && kept < 100; i++) {
		if (grant_map(self, REF + 1, slot, MAP_RW | GNTMAP_contains_pte, &handle))
			continue;
		mapped++;
		kept += grant_unmap(slot, handle) != 0;
	}
	stop = true;
	cpu_wait(1);
	note("mapped %u times, %u of them lost with the table", mapped, kept);
	/* The frame is held exactly if a handle is left. */
	page_ro(page);
	EXPECT_EQ(mmuext(MMUEXT_PIN_L1_TABLE, mfn) == 0, kept == 0);
	EXPECT_EQ(grants[REF + 1].flags, kept ? GTF_permit_access | GTF_USED : GTF_permit_access);
}
