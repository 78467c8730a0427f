// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: The vCPUs of one domain change the same tables at the same time.  Most of
 * what they ask for may be granted or refused; that all counts are right is what
 * an audit from outside finds (smp_race.h has the command line).
 */
#include "smp_race.h"

#define NR_POOL		12
#define NR_BIG		24
#define SLOTS		16
#define GARBAGE		0xbad0000000000067UL	/* as an entry: frame 0, refused */

static u64 *pool[NR_POOL];

static void setup(void)
{
	unsigned int i;

	race_begin();
	if (pool[0])
		return;
	for (i = 0; i < NR_POOL; i++)
		pool[i] = page_alloc();
	map_tables(VA);
	hc2(vm_assist, VMASST_CMD_enable, VMASST_TYPE_writable_pagetables);
}

static u64 any_entry(struct rng *r)
{
	u64 *page = pool[next(r, NR_POOL)];

	switch (next(r, 6)) {
	case 0: return 0;
	case 1: return ro(page);
	case 2: return GARBAGE;
	case 3: return va_to_mfn(page) * PAGE | PTE_P | PTE_US | PTE_RW;
	default: return rw(page);
	}
}

/* Any of these may be refused. */
static void any_operation(struct rng *r)
{
	u64 *page = pool[next(r, NR_POOL)], mfn = va_to_mfn(page);
	u64 va = VA + PAGE * next(r, SLOTS);
	struct trap t;

	switch (next(r, 16)) {
	case 0 ... 2:
		mmuext(MMUEXT_PIN_L1_TABLE + next(r, 4), mfn);
		break;
	case 3 ... 5:
		mmuext(MMUEXT_UNPIN_TABLE, mfn);
		break;
	case 6 ... 7:
		hc3(update_va_mapping, va, any_entry(r), next(r, 2) ? UVMF_INVLPG | UVMF_ALL : 0);
		break;
	case 8:
		hc3(update_va_mapping, page, next(r, 2) ? rw(page) : ro(page),
		    UVMF_TLB_FLUSH | UVMF_LOCAL);
		break;
	case 9 ... 11:
		pte_write(mfn * PAGE + 8 * next(r, 512), any_entry(r));
		break;
	case 12:
		mmuext(MMUEXT_CLEAR_PAGE, mfn);
		break;
	case 13:
		mmuext2(MMUEXT_COPY_PAGE, mfn, va_to_mfn(pool[next(r, NR_POOL)]));
		break;
	case 14:		/* a plain store, or one that is emulated */
		TRY(t, *(volatile u64 *)(va + 8 * next(r, 512)) = any_entry(r));
		break;
	case 15:
		TRY(t, ((volatile u64 *)page)[next(r, 512)] = any_entry(r));
		break;
	}
}

static void chaos(void *arg)
{
	struct rng r = rng_for(6);

	while (!stop)
		any_operation(&r);
}

static void pool_to_data(void)
{
	unsigned int i, tries;

	for (i = 0; i < SLOTS; i++)
		REQUIRE(map_at(VA + PAGE * i, 0) == 0);
	for (i = 0; i < NR_POOL; i++)
		mmuext(MMUEXT_UNPIN_TABLE, va_to_mfn(pool[i]));
	/* One may hold the other as its table: not for long without pins. */
	for (i = 0; i < NR_POOL; i++) {
		for (tries = 0; tries < 100 && pte_set(pool[i], rw(pool[i])); tries++)
			;
		REQUIRE(tries < 100);
		memset(pool[i], 0, PAGE);
	}
}

TEST(types, "299, 310: types of twelve pages change on all vCPUs at once, in any way")
{
	struct rng r;
	u64 n;

	setup();
	r = rng_for(6);
	start_all(chaos);
	for (n = 0; n < rounds * 4; n++)
		any_operation(&r);
	stop_all();
	pool_to_data();
}

/* ---- one entry ---- */

static void set_one(void *arg)
{
	struct rng r = rng_for(7);
	struct trap t;
	u64 *e = pte_of(VA, 1);

	while (!stop) {
		u64 val = next(&r, 3) ? rw(pool[next(&r, 4)]) : 0;

		switch (next(&r, 3)) {
		case 0:
			map_at(VA, val);
			break;
		case 1:
			pte_write(pte_maddr(VA, 1), val);
			break;
		case 2:		/* read-only: emulated */
			TRY(t, asm volatile("xchg %0, %1" : "+r" (val), "+m" (*e)));
			break;
		}
	}
}

TEST(one_entry, "all vCPUs write one entry, by hypercalls and directly; it names one page at the end")
{
	u64 n, e;

	setup();
	start_all(set_one);
	for (n = 0; n < rounds; n++) {
		REQUIRE(map_at(VA, rw(pool[n % 4])) == 0);
		e = *(volatile u64 *)pte_of(VA, 1);
		EXPECT(!(e & PTE_P) || mfn_to_pfn((e & PTE_MFN) >> 12) < start_info->nr_pages);
	}
	stop_all();
	REQUIRE(map_at(VA, rw(pool[5])) == 0);
	((volatile u64 *)pool[5])[0] = 0x5555;
	hc3(update_va_mapping, VA, rw(pool[5]), UVMF_TLB_FLUSH | UVMF_ALL);
	EXPECT_EQ(*(volatile u64 *)VA, 0x5555);
	pool_to_data();
}

/* ---- a tree that is validated while others write to it ---- */

static u64 *big_l2, *big_l1[NR_BIG];

static void make_big(void)
{
	unsigned int i, j;

	if (!big_l2) {
		big_l2 = page_alloc();
		for (i = 0; i < NR_BIG; i++)
			big_l1[i] = page_alloc();
	}
	for (i = 0; i < NR_BIG; i++) {
		REQUIRE(pte_set(big_l1[i], rw(big_l1[i])) == 0);
		for (j = 0; j < 512; j++)
			big_l1[i][j] = j % 3 ? ro(pool[j % NR_POOL]) : 0;
		REQUIRE(pte_set(big_l1[i], ro(big_l1[i])) == 0);
	}
	REQUIRE(pte_set(big_l2, rw(big_l2)) == 0);
	memset(big_l2, 0, PAGE);
	for (i = 0; i < NR_BIG; i++)
		big_l2[i * 20] = rw(big_l1[i]);
	REQUIRE(pte_set(big_l2, ro(big_l2)) == 0);
}

static void disturb(void *arg)
{
	struct rng r = rng_for(8);
	u64 *l1;

	while (!stop) {
		l1 = big_l1[next(&r, NR_BIG)];
		switch (next(&r, 6)) {
		case 0:
			pte_write(va_to_mfn(l1) * PAGE + 8 * next(&r, 512), ro(pool[next(&r, NR_POOL)]));
			break;
		case 1:		/* writable, if nobody uses it; then as it was */
			if (!pte_set(l1, rw(l1)))
				pte_set(l1, ro(l1));
			break;
		case 2:
			pte_write(va_to_mfn(big_l2) * PAGE + 8 * 20 * next(&r, NR_BIG), 0);
			break;
		case 3:
			pte_write(va_to_mfn(big_l2) * PAGE + 8 * 20 * next(&r, NR_BIG), rw(l1));
			break;
		case 4:
			mmuext(MMUEXT_PIN_L1_TABLE + next(&r, 2), va_to_mfn(l1));
			break;
		case 5:
			mmuext(MMUEXT_UNPIN_TABLE, va_to_mfn(l1));
			break;
		}
	}
}

/* While @big_l2 is pinned nothing that it leads to can be mapped writable. */
static void check_big(struct rng *r)
{
	unsigned int i;

	for (i = 0; i < 4; i++) {
		u64 *l1 = big_l1[next(r, NR_BIG)], *e;
		unsigned int slot;

		for (slot = 0; slot < 512; slot += 20) {
			e = &big_l2[slot];
			if (!(*(volatile u64 *)e & PTE_P))
				continue;
			l1 = pfn_to_va(mfn_to_pfn((*(volatile u64 *)e & PTE_MFN) >> 12));
			break;
		}
		if (slot >= 512)
			continue;
		/* It may be unlinked just now; then it may be writable, too. */
		if (!pte_set(l1, rw(l1))) {
			pte_set(l1, ro(l1));
			EXPECT(pfn_to_va(mfn_to_pfn((*(volatile u64 *)e & PTE_MFN) >> 12)) != l1 ||
			       !(*(volatile u64 *)e & PTE_P));
		}
	}
}

TEST(validation, "45, 299: a tree is pinned and unpinned while others change, pin and map its tables")
{
	u64 n, pinned = 0, most = rounds / 10 + 1;
	struct rng r;
	unsigned int i;

	setup();
	r = rng_for(8);
	make_big();
	start_all(disturb);
	for (n = 0; n < most; n++) {
		if (mmuext(MMUEXT_PIN_L2_TABLE, va_to_mfn(big_l2)))
			continue;
		pinned++;
		check_big(&r);
		REQUIRE(mmuext(MMUEXT_UNPIN_TABLE, va_to_mfn(big_l2)) == 0);
	}
	stop_all();
	mmuext(MMUEXT_UNPIN_TABLE, va_to_mfn(big_l2));
	for (i = 0; i < NR_BIG; i++)
		mmuext(MMUEXT_UNPIN_TABLE, va_to_mfn(big_l1[i]));
	make_big();
	note("pinned %lu times of %lu", pinned, most);
	EXPECT(pinned > 0);
}

/* ---- base pointers ---- */

static u64 *clone;

static void switch_bases(void *arg)
{
	struct rng r = rng_for(9);
	u64 base = va_to_mfn((void *)start_info->pt_base);

	while (!stop) {
		switch (next(&r, 4)) {
		case 0:
			mmuext(MMUEXT_NEW_BASEPTR, va_to_mfn(clone));
			break;
		case 1:
			mmuext(MMUEXT_NEW_BASEPTR, base);
			break;
		case 2:
			mmuext(MMUEXT_NEW_USER_BASEPTR, next(&r, 2) ? va_to_mfn(clone) : base);
			break;
		case 3:
			mmuext(MMUEXT_NEW_USER_BASEPTR, 0);
			break;
		}
	}
	mmuext(MMUEXT_NEW_USER_BASEPTR, 0);
	mmuext(MMUEXT_NEW_BASEPTR, base);
}

TEST(bases, "base pointers are loaded while the L4 they name is pinned, unpinned and changed")
{
	u64 n, slot = VA >> 39 & 511, link;
	struct rng r;

	setup();
	r = rng_for(9);
	if (!clone)
		clone = l4_clone();
	link = *pte_of(VA, 4);
	start_all(switch_bases);
	for (n = 0; n < rounds; n++) {
		if (next(&r, 2))
			mmuext(MMUEXT_PIN_L4_TABLE, va_to_mfn(clone));
		else
			mmuext(MMUEXT_UNPIN_TABLE, va_to_mfn(clone));
		pte_write(va_to_mfn(clone) * PAGE + 8 * slot, next(&r, 2) ? link : 0);
		if (!next(&r, 8) && !pte_set(clone, rw(clone)))
			REQUIRE(pte_set(clone, ro(clone)) == 0);
	}
	stop_all();
	mmuext(MMUEXT_UNPIN_TABLE, va_to_mfn(clone));
	EXPECT_EQ(pte_set(clone, rw(clone)), 0);
	EXPECT_EQ(pte_set(clone, ro(clone)), 0);
}
