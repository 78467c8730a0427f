// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: mmuext_op: pinning and base pointers, TLB flushes, clear and copy, and
 * what each refuses.
 */
#include "guest.h"

#define BAD_ADDRESS	0x1000UL

static u64 *table;	/* an empty page, mapped read-only: any level's table */
static u64 mfn;

static long rw(u64 *p) { return pte_set(p, va_to_mfn(p) * PAGE | PTE_RW_PAGE); }
static long ro(u64 *p) { return pte_set(p, va_to_mfn(p) * PAGE | PTE_RO_PAGE); }

/* Empty again: on Xen a page that was an L4 keeps the hypervisor's entries. */
static void need_table(void)
{
	if (!table) {
		table = page_alloc();
		mfn = va_to_mfn(table);
	}
	REQUIRE(rw(table) == 0);
	memset(table, 0, PAGE);
	REQUIRE(ro(table) == 0);
}

static const unsigned int pin_cmd[] = {
	MMUEXT_PIN_L1_TABLE, MMUEXT_PIN_L2_TABLE, MMUEXT_PIN_L3_TABLE, MMUEXT_PIN_L4_TABLE,
};

TEST(pin, "an empty read-only page can be pinned at each level and unpinned")
{
	unsigned int i;

	need_table();
	for (i = 0; i < 4; i++) {
		EXPECT_EQ(mmuext(pin_cmd[i], mfn), 0);
		EXPECT_EQ(mmuext(MMUEXT_UNPIN_TABLE, mfn), 0);
	}
}

TEST(pin_twice, "pinning twice is -EINVAL, and one unpin undoes the one pin")
{
	need_table();
	EXPECT_EQ(mmuext(MMUEXT_PIN_L1_TABLE, mfn), 0);
	EXPECT_EQ(mmuext(MMUEXT_PIN_L1_TABLE, mfn), X_EINVAL);
	EXPECT(rw(table) < 0);
	EXPECT_EQ(mmuext(MMUEXT_UNPIN_TABLE, mfn), 0);
	EXPECT_EQ(mmuext(MMUEXT_UNPIN_TABLE, mfn), X_EINVAL);
	EXPECT_EQ(rw(table), 0);
	EXPECT_EQ(ro(table), 0);
}

TEST(pin_levels, "a table pinned at one level cannot be pinned at another")
{
	unsigned int i, j;

	need_table();
	for (i = 0; i < 4; i++) {
		need_table();
		REQUIRE(mmuext(pin_cmd[i], mfn) == 0);
		for (j = 0; j < 4; j++)
			EXPECT(mmuext(pin_cmd[j], mfn) < 0);
		EXPECT_EQ(mmuext(MMUEXT_UNPIN_TABLE, mfn), 0);
	}
}

TEST(pin_writable,
	"a page that is mapped writable cannot be pinned, and no reference is lost (XSA-58)")
{
	u64 *page = page_alloc();
	unsigned int i;

	for (i = 0; i < 4; i++)
		EXPECT_EQ(mmuext(pin_cmd[i], va_to_mfn(page)), X_EINVAL);
	page[0] = 0;
	page_ro(page);
	EXPECT_EQ(mmuext(MMUEXT_PIN_L1_TABLE, va_to_mfn(page)), 0);
	EXPECT_EQ(mmuext(MMUEXT_UNPIN_TABLE, va_to_mfn(page)), 0);
	EXPECT_EQ(rw(page), 0);
	page_free(page);
}

TEST(pin_then_write, "while pinned a table cannot be mapped writable; afterwards it can")
{
	unsigned int i;

	need_table();
	for (i = 0; i < 4; i++) {
		need_table();
		REQUIRE(mmuext(pin_cmd[i], mfn) == 0);
		EXPECT(rw(table) < 0);
		REQUIRE(mmuext(MMUEXT_UNPIN_TABLE, mfn) == 0);
		EXPECT_EQ(rw(table), 0);
		EXPECT_EQ(ro(table), 0);
	}
}

TEST(pin_garbage, "a table with a foreign frame cannot be pinned; nothing stays typed (XSA-58)")
{
	unsigned int i;

	need_table();
	for (i = 0; i < 4; i++) {
		REQUIRE(rw(table) == 0);
		table[300] = 0x1000 | PTE_RW_PAGE;
		REQUIRE(ro(table) == 0);
		EXPECT(mmuext(pin_cmd[i], mfn) < 0);
		EXPECT_EQ(rw(table), 0);
		table[300] = 0;
		REQUIRE(ro(table) == 0);
	}
}

TEST(pin_undo, "a bad entry late in a table: the references taken for the good ones go (XSA-58)")
{
	u64 *good = page_alloc();

	need_table();
	REQUIRE(rw(table) == 0);
	table[0] = va_to_mfn(good) * PAGE | PTE_RW_PAGE;
	table[511] = 0x1000 | PTE_RW_PAGE;
	REQUIRE(ro(table) == 0);
	EXPECT(mmuext(MMUEXT_PIN_L1_TABLE, mfn) < 0);
	REQUIRE(rw(table) == 0);
	table[0] = table[511] = 0;
	REQUIRE(ro(table) == 0);
	/* If a writable reference had stayed, this pin would fail. */
	page_ro(good);
	EXPECT_EQ(mmuext(MMUEXT_PIN_L1_TABLE, va_to_mfn(good)), 0);
	EXPECT_EQ(mmuext(MMUEXT_UNPIN_TABLE, va_to_mfn(good)), 0);
	page_rw(good);
	page_free(good);
}

TEST(pin_tree, "pinning an L2 validates its L1s and holds them")
{
	u64 *l1 = page_alloc();

	need_table();
	REQUIRE(rw(table) == 0);
	table[5] = va_to_mfn(l1) * PAGE | PTE_RW_PAGE;
	REQUIRE(ro(table) == 0);
	EXPECT(mmuext(MMUEXT_PIN_L2_TABLE, mfn) < 0);	/* l1 is mapped writable */
	page_ro(l1);
	EXPECT_EQ(mmuext(MMUEXT_PIN_L2_TABLE, mfn), 0);
	EXPECT(rw(l1) < 0);
	EXPECT_EQ(mmuext(MMUEXT_UNPIN_TABLE, mfn), 0);
	EXPECT_EQ(rw(l1), 0);
	REQUIRE(rw(table) == 0);
	table[5] = 0;
	REQUIRE(ro(table) == 0);
	page_free(l1);
}

TEST(pin_self, "a table that maps itself writable cannot be pinned")
{
	need_table();
	REQUIRE(rw(table) == 0);
	table[1] = mfn * PAGE | PTE_RW_PAGE;
	REQUIRE(ro(table) == 0);
	EXPECT(mmuext(MMUEXT_PIN_L1_TABLE, mfn) < 0);
	REQUIRE(rw(table) == 0);
	table[1] = 0;
	REQUIRE(ro(table) == 0);
}

TEST(pin_linear, "an L4 with an entry for itself: lodge refuses to pin it")
{
	long ret;

	need_table();
	REQUIRE(rw(table) == 0);
	table[1] = mfn * PAGE | PTE_RO_PAGE;
	REQUIRE(ro(table) == 0);
	ret = mmuext(MMUEXT_PIN_L4_TABLE, mfn);
	if (on_lodge())
		EXPECT(ret < 0);
	if (!ret) {
		EXPECT_EQ(pte_write(mfn * PAGE + 8, 0), 0);
		EXPECT_EQ(mmuext(MMUEXT_UNPIN_TABLE, mfn), 0);
	}
	EXPECT_EQ(rw(table), 0);
	table[1] = 0;
	REQUIRE(ro(table) == 0);
}

TEST(pin_pse, "a table with PSE in an L2 entry cannot be pinned (XSA-148)")
{
	need_table();
	REQUIRE(rw(table) == 0);
	table[3] = 0x200000 | PTE_RW_PAGE | PTE_PSE;
	REQUIRE(ro(table) == 0);
	EXPECT(mmuext(MMUEXT_PIN_L2_TABLE, mfn) < 0);
	EXPECT(mmuext(MMUEXT_PIN_L3_TABLE, mfn) < 0);
	REQUIRE(rw(table) == 0);
	table[3] = 0;
	REQUIRE(ro(table) == 0);
}

TEST(pin_hole, "whatever an L4 holds in the hole's slots is replaced, not checked")
{
	need_table();
	REQUIRE(rw(table) == 0);
	table[256] = 0x1000 | PTE_RW_PAGE;
	table[271] = ~0UL;
	REQUIRE(ro(table) == 0);
	EXPECT_EQ(mmuext(MMUEXT_PIN_L4_TABLE, mfn), 0);
	EXPECT(table[256] != (0x1000 | PTE_RW_PAGE));
	EXPECT(table[271] != ~0UL);
	EXPECT_EQ(mmuext(MMUEXT_UNPIN_TABLE, mfn), 0);
	REQUIRE(rw(table) == 0);
	memset(table, 0, PAGE);
	REQUIRE(ro(table) == 0);
}

static const u64 foreign[] = { 0, 1, 0x100, 0xfffff, 0xffffffff, 0xffffffffff, ~0UL };

TEST(pin_foreign, "frames of others cannot be pinned or unpinned")
{
	unsigned int i, j;

	for (i = 0; i < ARRAY_LEN(foreign); i++) {
		for (j = 0; j < 4; j++)
			EXPECT(mmuext(pin_cmd[j], foreign[i]) < 0);
		EXPECT(mmuext(MMUEXT_UNPIN_TABLE, foreign[i]) < 0);
	}
}

TEST(unpin_unpinned, "unpinning what is not pinned is -EINVAL")
{
	u64 *page = page_alloc();

	EXPECT_EQ(mmuext(MMUEXT_UNPIN_TABLE, va_to_mfn(page)), X_EINVAL);
	page_free(page);
}

/* ---- base pointers ---- */

TEST(baseptr, "NEW_BASEPTR: a second L4 with the same entries takes over, and back")
{
	u64 *l4 = l4_clone();
	u64 old = va_to_mfn((void *)start_info->pt_base);
	u64 cr3;

	EXPECT_EQ(mmuext(MMUEXT_NEW_BASEPTR, va_to_mfn(l4)), 0);
	asm volatile("mov %%cr3, %0" : "=r" (cr3));
	EXPECT_EQ(cr3, va_to_mfn(l4) * PAGE);
	EXPECT(rw(l4) < 0);
	EXPECT_EQ(mmuext(MMUEXT_NEW_BASEPTR, old), 0);
	EXPECT_EQ(rw(l4), 0);
	page_free(l4);
}

TEST(baseptr_cr3, "mov to CR3 does the same")
{
	u64 *l4 = l4_clone();
	u64 old = va_to_mfn((void *)start_info->pt_base);
	u64 cr3;

	asm volatile("mov %0, %%cr3" : : "r" (va_to_mfn(l4) * PAGE) : "memory");
	asm volatile("mov %%cr3, %0" : "=r" (cr3));
	EXPECT_EQ(cr3, va_to_mfn(l4) * PAGE);
	asm volatile("mov %0, %%cr3" : : "r" (old * PAGE) : "memory");
	EXPECT_EQ(rw(l4), 0);
	page_free(l4);
}

TEST(baseptr_same, "NEW_BASEPTR with the current one is 0")
{
	EXPECT_EQ(mmuext(MMUEXT_NEW_BASEPTR, va_to_mfn((void *)start_info->pt_base)), 0);
}

TEST(baseptr_bad, "NEW_BASEPTR refuses foreign frames, ordinary pages and lower tables")
{
	u64 *page = page_alloc();
	unsigned int i;

	for (i = 0; i < ARRAY_LEN(foreign); i++)
		EXPECT(mmuext(MMUEXT_NEW_BASEPTR, foreign[i]) < 0);
	EXPECT(mmuext(MMUEXT_NEW_BASEPTR, va_to_mfn(page)) < 0);
	EXPECT(mmuext(MMUEXT_NEW_BASEPTR,
		      va_to_mfn((void *)((u64)pte_of((u64)page, 1) & ~(PAGE - 1)))) < 0);
	EXPECT_EQ(mmuext(MMUEXT_NEW_BASEPTR, va_to_mfn((void *)start_info->pt_base)), 0);
	page_free(page);
}

TEST(user_baseptr, "NEW_USER_BASEPTR: an L4, 0 to have none; anything else is refused")
{
	u64 *page = page_alloc();
	unsigned int i;

	need_table();
	EXPECT_EQ(mmuext(MMUEXT_NEW_USER_BASEPTR, mfn), 0);
	EXPECT(rw(table) < 0);
	EXPECT(mmuext(MMUEXT_NEW_USER_BASEPTR, va_to_mfn(page)) < 0);
	for (i = 1; i < ARRAY_LEN(foreign); i++)
		EXPECT(mmuext(MMUEXT_NEW_USER_BASEPTR, foreign[i]) < 0);
	EXPECT(rw(table) < 0);
	EXPECT_EQ(mmuext(MMUEXT_NEW_USER_BASEPTR, 0), 0);
	EXPECT_EQ(rw(table), 0);
	EXPECT_EQ(ro(table), 0);
	page_free(page);
}

TEST(user_baseptr_kernel, "the kernel's own L4 may be the user's, too")
{
	EXPECT_EQ(mmuext(MMUEXT_NEW_USER_BASEPTR, va_to_mfn((void *)start_info->pt_base)), 0);
	EXPECT_EQ(mmuext(MMUEXT_NEW_USER_BASEPTR, 0), 0);
}

/* ---- flushes ---- */

TEST(flushes, "every TLB flush is taken")
{
	u64 vcpus = 1;

	EXPECT_EQ(mmuext(MMUEXT_TLB_FLUSH_LOCAL, 0), 0);
	EXPECT_EQ(mmuext(MMUEXT_TLB_FLUSH_ALL, 0), 0);
	EXPECT_EQ(mmuext(MMUEXT_INVLPG_LOCAL, (u64)&vcpus), 0);
	EXPECT_EQ(mmuext(MMUEXT_INVLPG_ALL, (u64)&vcpus), 0);
	EXPECT_EQ(mmuext2(MMUEXT_TLB_FLUSH_MULTI, 0, (u64)&vcpus), 0);
	EXPECT_EQ(mmuext2(MMUEXT_INVLPG_MULTI, (u64)&vcpus, (u64)&vcpus), 0);
}

TEST(flush_odd, "INVLPG of strange addresses does no harm")
{
	static const u64 va[] = { 0, HOLE_FIRST, 0xffff848000000000UL, 0x8000000000000000UL, ~0UL };
	unsigned int i;

	for (i = 0; i < ARRAY_LEN(va); i++) {
		EXPECT_EQ(mmuext(MMUEXT_INVLPG_LOCAL, va[i]), 0);
		EXPECT_EQ(mmuext(MMUEXT_INVLPG_ALL, va[i]), 0);
	}
}

TEST(flush_mask, "a vCPU mask that cannot be read is -EINVAL or -EFAULT; unknown vCPUs are ignored")
{
	u64 vcpus = ~0UL;

	EXPECT(mmuext2(MMUEXT_TLB_FLUSH_MULTI, 0, BAD_ADDRESS) < 0);
	EXPECT(mmuext2(MMUEXT_INVLPG_MULTI, 0, BAD_ADDRESS) < 0);
	EXPECT_EQ(mmuext2(MMUEXT_TLB_FLUSH_MULTI, 0, (u64)&vcpus), 0);
}

TEST(flush_cache, "FLUSH_CACHE without devices is refused or does nothing")
{
	long ret = mmuext(MMUEXT_FLUSH_CACHE, 0);

	EXPECT(ret == 0 || ret == X_EACCES || ret == X_EINVAL);
	ret = mmuext(MMUEXT_FLUSH_CACHE_GLOBAL, 0);
	EXPECT(ret == 0 || ret == X_EACCES || ret == X_EINVAL);
}

/* ---- clear and copy ---- */

TEST(clear, "CLEAR_PAGE zeroes a page of ours")
{
	u64 *page = page_alloc();
	int i, bad = 0;

	memset(page, 0x5a, PAGE);
	EXPECT_EQ(mmuext(MMUEXT_CLEAR_PAGE, va_to_mfn(page)), 0);
	for (i = 0; i < 512; i++)
		bad += page[i] != 0;
	EXPECT_EQ(bad, 0);
	page_free(page);
}

TEST(copy, "COPY_PAGE copies a page of ours")
{
	u64 *a = page_alloc(), *b = page_alloc();

	memset(a, 0xa5, PAGE);
	EXPECT_EQ(mmuext2(MMUEXT_COPY_PAGE, va_to_mfn(b), va_to_mfn(a)), 0);
	EXPECT_EQ(memcmp(a, b, PAGE), 0);
	page_free(a);
	page_free(b);
}

TEST(clear_table, "CLEAR_PAGE and COPY_PAGE onto a table are refused")
{
	u64 *a = page_alloc();
	u64 l4 = va_to_mfn((void *)start_info->pt_base);
	u64 first = *(u64 *)(start_info->pt_base + 8 * 511);

	EXPECT(mmuext(MMUEXT_CLEAR_PAGE, l4) < 0);
	EXPECT(mmuext2(MMUEXT_COPY_PAGE, l4, va_to_mfn(a)) < 0);
	EXPECT_EQ(*(u64 *)(start_info->pt_base + 8 * 511), first);
	page_free(a);
}

TEST(copy_from_table, "COPY_PAGE from a table is reading, and allowed")
{
	u64 *a = page_alloc();

	EXPECT_EQ(mmuext2(MMUEXT_COPY_PAGE, va_to_mfn(a), va_to_mfn((void *)start_info->pt_base)), 0);
	EXPECT_EQ(a[511] & PTE_MFN, *(u64 *)(start_info->pt_base + 8 * 511) & PTE_MFN);
	page_free(a);
}

TEST(clear_foreign, "CLEAR_PAGE and COPY_PAGE of foreign frames are refused")
{
	u64 *a = page_alloc();
	unsigned int i;

	for (i = 0; i < ARRAY_LEN(foreign); i++) {
		EXPECT(mmuext(MMUEXT_CLEAR_PAGE, foreign[i]) < 0);
		EXPECT(mmuext2(MMUEXT_COPY_PAGE, foreign[i], va_to_mfn(a)) < 0);
		EXPECT(mmuext2(MMUEXT_COPY_PAGE, va_to_mfn(a), foreign[i]) < 0);
	}
	page_free(a);
}

/* ---- the call itself ---- */

TEST(unknown, "unknown commands are -ENOSYS")
{
	EXPECT_EQ(mmuext(14, 0), X_ENOSYS);
	EXPECT_EQ(mmuext(21, 0), X_ENOSYS);
	EXPECT_EQ(mmuext(1000, 0), X_ENOSYS);
}

TEST(mark_super, "MARK_SUPER and UNMARK_SUPER are refused: no superpages")
{
	EXPECT(mmuext(MMUEXT_MARK_SUPER, 0) < 0);
	EXPECT(mmuext(MMUEXT_UNMARK_SUPER, 0) < 0);
}

TEST(batch, "several operations in one call; the count tells how far it came")
{
	struct mmuext_op op[3] = {
		{ .cmd = MMUEXT_TLB_FLUSH_LOCAL }, { .cmd = 1000 }, { .cmd = MMUEXT_TLB_FLUSH_LOCAL },
	};
	unsigned int done = 99;

	EXPECT_EQ(hc4(mmuext_op, op, 3, &done, DOMID_SELF), X_ENOSYS);
	EXPECT_EQ(done, 1);
	op[1].cmd = MMUEXT_TLB_FLUSH_LOCAL;
	EXPECT_EQ(hc4(mmuext_op, op, 3, &done, DOMID_SELF), 0);
	EXPECT_EQ(done, 3);
}

TEST(fault, "unreadable operations are -EFAULT; none is 0")
{
	EXPECT_EQ(hc4(mmuext_op, BAD_ADDRESS, 1, 0, DOMID_SELF), X_EFAULT);
	EXPECT_EQ(hc4(mmuext_op, HOLE_WINDOWS, 1, 0, DOMID_SELF), X_EFAULT);
	EXPECT_EQ(hc4(mmuext_op, 0, 0, 0, DOMID_SELF), 0);
}

TEST(foreigndom, "mmuext_op in another domain's name is refused")
{
	struct mmuext_op op = { .cmd = MMUEXT_TLB_FLUSH_LOCAL };
	long ret;

	op.arg1.mfn = 1;
	op.cmd = MMUEXT_PIN_L1_TABLE;
	ret = hc4(mmuext_op, &op, 1, 0, 0);
	EXPECT(ret < 0);
	ret = hc4(mmuext_op, &op, 1, 0, 0x1234);
	EXPECT(ret < 0);
}

TEST(big_tree, "a tree of 200 tables is pinned and unpinned (long: preemptible, XSA-45)")
{
	static u64 *l1[200];
	u64 *data = page_alloc(), *l2 = page_alloc();
	unsigned int i, j, n = 0;

	for (i = 0; i < 200 && pages_free() > 20; i++, n++) {
		l1[i] = page_alloc();
		for (j = 0; j < 512; j++)
			l1[i][j] = va_to_mfn(data) * PAGE | PTE_RO_PAGE;
		l2[i] = va_to_mfn(l1[i]) * PAGE | PTE_RW_PAGE;
		page_ro(l1[i]);
	}
	page_ro(l2);
	EXPECT_EQ(mmuext(MMUEXT_PIN_L2_TABLE, va_to_mfn(l2)), 0);
	EXPECT(rw(l1[n / 2]) < 0);
	EXPECT_EQ(mmuext(MMUEXT_UNPIN_TABLE, va_to_mfn(l2)), 0);
	for (i = 0; i < n; i++) {
		EXPECT_EQ(rw(l1[i]), 0);
		page_free(l1[i]);
	}
	EXPECT_EQ(rw(l2), 0);
	page_free(l2);
	page_free(data);
}
