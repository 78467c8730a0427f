// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: Two domains (peer=N) that map, copy, revoke and change each other's
 * grants at random until they are ended, with a second vCPU each if they have
 * one.  They check nothing themselves: what
 * matters is that the host stays whole and that all counts are exact.
 */
#include "guest.h"
#include "grant.h"

#define FIRST_REF	8
#define NR_PAGES	16
#define NR_SLOTS	48

static u64 *pages[NR_PAGES];
static u32 handles[NR_SLOTS];
static u64 seeds[2];
static domid_t peer;

static u64 rnd(u64 n)
{
	u64 *seed = &seeds[cpu_here()->id & 1];

	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed % n;
}

static void regrant(void)
{
	unsigned int i = rnd(NR_PAGES);
	static const u16 flags[] = { 0, 0, 0, GTF_readonly, GTF_sub_page, GTF_reading };

	/* As nobody honest would: without a look at what is in use. */
	if (rnd(4))
		grant(FIRST_REF + i, peer, va_to_mfn(pages[rnd(NR_PAGES)]), flags[rnd(6)]);
	else
		grants[FIRST_REF + i].flags = rnd(0x200);
}

static void map_some(void)
{
	unsigned int slot = rnd(NR_SLOTS);
	u32 flags = rnd(2) ? MAP_RW : MAP_RO;
	u64 at = (u64)window(slot);

	if (rnd(2)) {
		at = pte_maddr(at, 1);
		flags |= GNTMAP_contains_pte;
	}
	grant_map(peer, FIRST_REF + rnd(NR_PAGES + 1), at, flags, &handles[slot]);
}

static void unmap_some(void)
{
	unsigned int slot = rnd(NR_SLOTS);
	u32 handle = rnd(8) ? handles[slot] : rnd(200);

	if (grant_unmap((u64)window(slot), handle))
		grant_unmap(pte_maddr((u64)window(slot), 1), handle);
}

static void touch_some(void)
{
	volatile u64 *at = window(rnd(NR_SLOTS));
	struct trap t;

	TRY(t, at[rnd(512)]++);
}

static void copy_some(void)
{
	u64 ref = FIRST_REF + rnd(NR_PAGES), mfn = va_to_mfn(pages[rnd(NR_PAGES)]);

	if (rnd(2))
		grant_copy_pages(ref, peer, mfn, DOMID_SELF, GNTCOPY_source_gref);
	else
		grant_copy_pages(mfn, DOMID_SELF, ref, peer, GNTCOPY_dest_gref);
}

/* Where a grant is mapped, or not: what a guest may do to any entry. */
static void change_entry(void)
{
	unsigned int slot = rnd(NR_SLOTS);
	u64 pte = window_pte(slot);

	switch (rnd(8)) {
	case 0:
		pte_set(window(slot), 0);
		break;
	case 1:
		pte_set(window(slot), pte ^ PTE_RW);
		break;
	case 2:
		pte_set(window(rnd(NR_SLOTS)), pte);
		break;
	default:
		pte_set(window(slot), pte ^ 0x200);
	}
}

/* One of our pages becomes a table for a moment, if nobody writes it. */
static void make_table(void)
{
	u64 *page = pages[rnd(NR_PAGES)], mfn = va_to_mfn(page);
	struct trap t;

	TRY(t, memset(page, 0, PAGE));
	if (pte_set(page, mfn * PAGE | PTE_RO_PAGE))
		return;
	if (!mmuext(MMUEXT_PIN_L1_TABLE, mfn))
		mmuext(MMUEXT_UNPIN_TABLE, mfn);
	pte_set(page, mfn * PAGE | PTE_RW_PAGE);
}

static void rage(void *arg)
{
	static void (*const acts[])(void) = {
		regrant, map_some, map_some, unmap_some, unmap_some, touch_some, copy_some,
		change_entry, make_table,
	};

	for (;;)
		acts[rnd(ARRAY_LEN(acts))]();
}

TEST(storm, "until somebody ends it")
{
	unsigned int i;

	REQUIRE(cmdline_value("peer"));
	peer = cmdline_number("peer", 0);
	seeds[0] = rdtsc() | 1;
	seeds[1] = ~seeds[0];
	grant_init();
	for (i = 0; i < NR_PAGES; i++) {
		pages[i] = page_alloc();
		grant(FIRST_REF + i, peer, va_to_mfn(pages[i]), 0);
	}
	print("# storm begins\n");
	if (cpus_nr() > 1)
		cpu_start(1, rage, NULL);
	rage(NULL);
}
