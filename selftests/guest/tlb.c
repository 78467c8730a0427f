// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: What the guest reads after its mappings change: flushes that flush,
 * and no stale translation where it would break a rule of the page types.
 */
#include "guest.h"

#define VA	0x90000000UL

static u64 *a, *b;
static u64 pa, pb;

static void setup(void)
{
	if (!a) {
		a = page_alloc();
		b = page_alloc();
		a[0] = 0xaaaa;
		b[0] = 0xbbbb;
		pa = va_to_mfn(a) * PAGE | PTE_RW_PAGE;
		pb = va_to_mfn(b) * PAGE | PTE_RW_PAGE;
		map_tables(VA);
	}
	REQUIRE(hc3(update_va_mapping, VA, pa, UVMF_INVLPG | UVMF_LOCAL) == 0);
	REQUIRE(*(volatile u64 *)VA == 0xaaaa);
}

static u64 seen(void) { return *(volatile u64 *)VA; }

#define AFTER(id, what, stmt)						\
	TEST(id, "the new mapping is seen after " what)		\
	{								\
		int i;							\
									\
		for (i = 0; i < 20; i++) {				\
			setup();					\
			stmt;						\
			EXPECT_EQ(seen(), 0xbbbb);			\
		}							\
	}

static long update(u64 flags) { return hc3(update_va_mapping, VA, pb, flags); }

AFTER(va_invlpg, "update_va_mapping with INVLPG", EXPECT_EQ(update(UVMF_INVLPG | UVMF_LOCAL), 0))
AFTER(va_invlpg_all, "update_va_mapping with INVLPG on all vCPUs", EXPECT_EQ(update(UVMF_INVLPG | UVMF_ALL), 0))
AFTER(va_flush, "update_va_mapping with a flush", EXPECT_EQ(update(UVMF_TLB_FLUSH | UVMF_LOCAL), 0))
AFTER(va_flush_all, "update_va_mapping with a flush on all vCPUs", EXPECT_EQ(update(UVMF_TLB_FLUSH | UVMF_ALL), 0))
AFTER(mmu_invlpg, "mmu_update, then MMUEXT_INVLPG_LOCAL",
      pte_write(pte_maddr(VA, 1), pb); mmuext(MMUEXT_INVLPG_LOCAL, VA))
AFTER(mmu_flush, "mmu_update, then MMUEXT_TLB_FLUSH_LOCAL",
      pte_write(pte_maddr(VA, 1), pb); mmuext(MMUEXT_TLB_FLUSH_LOCAL, 0))
AFTER(mmu_flush_all, "mmu_update, then MMUEXT_TLB_FLUSH_ALL",
      pte_write(pte_maddr(VA, 1), pb); mmuext(MMUEXT_TLB_FLUSH_ALL, 0))
AFTER(mmu_invlpg_all, "mmu_update, then MMUEXT_INVLPG_ALL",
      pte_write(pte_maddr(VA, 1), pb); mmuext(MMUEXT_INVLPG_ALL, VA))
AFTER(baseptr, "mmu_update, then NEW_BASEPTR",
      pte_write(pte_maddr(VA, 1), pb);
      mmuext(MMUEXT_NEW_BASEPTR, va_to_mfn((void *)start_info->pt_base)))
AFTER(cr3, "mmu_update, then mov to CR3",
      pte_write(pte_maddr(VA, 1), pb);
      asm volatile("mov %%cr3, %%rax; mov %%rax, %%cr3" : : : "rax", "memory"))

static void flush_multi(unsigned int cmd)
{
	u64 vcpus = 1;

	EXPECT_EQ(mmuext2(cmd, VA, (u64)&vcpus), 0);
}

AFTER(mmu_multi, "mmu_update, then MMUEXT_TLB_FLUSH_MULTI",
      pte_write(pte_maddr(VA, 1), pb); flush_multi(MMUEXT_TLB_FLUSH_MULTI))
AFTER(mmu_invlpg_multi, "mmu_update, then MMUEXT_INVLPG_MULTI",
      pte_write(pte_maddr(VA, 1), pb); flush_multi(MMUEXT_INVLPG_MULTI))

static void by_multicall(void)
{
	static struct multicall_entry mc[2];
	static struct mmu_update req;
	static struct mmuext_op op;

	req.ptr = pte_maddr(VA, 1);
	req.val = pb;
	op.cmd = MMUEXT_INVLPG_LOCAL;
	op.arg1.linear_addr = VA;
	mc[0].op = __HYPERVISOR_mmu_update;
	mc[0].args[0] = (u64)&req;
	mc[0].args[1] = 1;
	mc[0].args[3] = DOMID_SELF;
	mc[1].op = __HYPERVISOR_mmuext_op;
	mc[1].args[0] = (u64)&op;
	mc[1].args[1] = 1;
	mc[1].args[3] = DOMID_SELF;
	REQUIRE(hc2(multicall, mc, 2) == 0);
	EXPECT_EQ(mc[0].result, 0);
	EXPECT_EQ(mc[1].result, 0);
}

AFTER(multicall, "a multicall of mmu_update and INVLPG", by_multicall())

TEST(unmap, "an unmapped page faults after INVLPG")
{
	struct trap t;
	int i;

	for (i = 0; i < 20; i++) {
		setup();
		REQUIRE(hc3(update_va_mapping, VA, 0, UVMF_INVLPG | UVMF_LOCAL) == 0);
		TRY(t, seen());
		EXPECT_TRAP(t, X_PF);
	}
}

TEST(read_only, "a page made read-only faults on write after INVLPG")
{
	struct trap t;

	setup();
	*(volatile u64 *)VA = 0xaaaa;
	REQUIRE(hc3(update_va_mapping, VA, pa & ~PTE_RW, UVMF_INVLPG | UVMF_LOCAL) == 0);
	TRY(t, *(volatile u64 *)VA = 1);
	EXPECT_TRAP(t, X_PF);
	EXPECT_EQ(a[0], 0xaaaa);
}

TEST(type_change,
	"a page that was writable a moment ago and is pinned as a table now cannot be "
	"written, flush or not (XSA-401)")
{
	u64 *page = page_alloc();
	u64 pte = va_to_mfn(page) * PAGE | PTE_RW_PAGE;
	struct trap t;
	int i;

	for (i = 0; i < 20; i++) {
		setup();
		REQUIRE(hc3(update_va_mapping, VA, pte, UVMF_INVLPG | UVMF_LOCAL) == 0);
		*(volatile u64 *)VA = 0;	/* the TLB now knows it writable */
		*(volatile u64 *)page = 0;
		/* Drop both writable mappings without any flush, then make it a table. */
		REQUIRE(pte_write(pte_maddr(VA, 1), 0) == 0);
		REQUIRE(pte_write(pte_maddr((u64)page, 1), pte & ~PTE_RW) == 0);
		REQUIRE(mmuext(MMUEXT_PIN_L1_TABLE, va_to_mfn(page)) == 0);
		TRY(t, *(volatile u64 *)VA = 0x1000 | PTE_RW_PAGE);
		EXPECT_TRAP(t, X_PF);
		TRY(t, *(volatile u64 *)page = 0x1000 | PTE_RW_PAGE);
		EXPECT_TRAP(t, X_PF);
		EXPECT_EQ(page[0], 0);
		REQUIRE(mmuext(MMUEXT_UNPIN_TABLE, va_to_mfn(page)) == 0);
		page_rw(page);
	}
	page_free(page);
}

TEST(l2_change_xsa286,
	"after an L2 entry changes, the old mapping is not used once flushed (XSA-286)")
{
	u64 va = VA + 0x40000000UL;
	u64 *other = page_alloc();
	u64 m2, old;
	int i;

	setup();
	map_tables(va);
	REQUIRE(pte_set((void *)va, pa) == 0);
	other[va >> 12 & 511] = pb;
	page_ro(other);
	m2 = pte_maddr(va, 2);
	old = *pte_of(va, 2);
	for (i = 0; i < 10; i++) {
		EXPECT_EQ(*(volatile u64 *)va, 0xaaaa);
		REQUIRE(pte_write(m2, va_to_mfn(other) * PAGE | PTE_RW_PAGE) == 0);
		REQUIRE(mmuext(MMUEXT_TLB_FLUSH_LOCAL, 0) == 0);
		EXPECT_EQ(*(volatile u64 *)va, 0xbbbb);
		REQUIRE(pte_write(m2, old) == 0);
		REQUIRE(mmuext(MMUEXT_TLB_FLUSH_LOCAL, 0) == 0);
	}
}

TEST(l1_reuse, "an unlinked L1 can be rewritten as data; its old mappings are gone")
{
	u64 va = VA + 0x80000000UL;
	struct trap t;
	u64 *l1, mfn;
	int i;

	setup();
	for (i = 0; i < 10; i++) {
		l1 = page_alloc();
		mfn = va_to_mfn(l1);
		l1[va >> 12 & 511] = pa;
		page_ro(l1);
		map_tables(va + 0x200000);
		REQUIRE(pte_write(pte_maddr(va, 2), mfn * PAGE | PTE_RW_PAGE) == 0);
		EXPECT_EQ(*(volatile u64 *)va, 0xaaaa);
		REQUIRE(pte_write(pte_maddr(va, 2), 0) == 0);
		page_rw(l1);
		l1[va >> 12 & 511] = 0x1000 | PTE_RW_PAGE;
		mmuext(MMUEXT_TLB_FLUSH_LOCAL, 0);
		TRY(t, (void)*(volatile u64 *)va);
		EXPECT_TRAP(t, X_PF);
		l1[va >> 12 & 511] = 0;
		page_free(l1);
	}
}

TEST(ad_bits, "the CPU sets A and D in the guest's entries")
{
	u64 *e;

	setup();
	REQUIRE(hc3(update_va_mapping, VA, pa & ~(PTE_A | PTE_D), UVMF_INVLPG | UVMF_LOCAL) == 0);
	e = pte_of(VA, 1);
	EXPECT_EQ(*(volatile u64 *)e & (PTE_A | PTE_D), 0);
	seen();
	EXPECT_EQ(*(volatile u64 *)e & (PTE_A | PTE_D), PTE_A);
	*(volatile u64 *)VA = 0xaaaa;
	EXPECT_EQ(*(volatile u64 *)e & (PTE_A | PTE_D), PTE_A | PTE_D);
}

TEST(user_and_kernel, "user mode and the kernel keep their own views of one address")
{
	struct regs r;
	struct trap t;
	u64 *page = page_alloc();
	USER_ASM(u_load, "mov 0x403000, %rax; ud2");
	int i;

	user_init();
	page[0] = 0x6b65726e;
	REQUIRE(map_va(USER_DATA, va_to_mfn(page) * PAGE | PTE_RW_PAGE) == 0);
	*(u64 *)user_page(USER_DATA) = 0x75736572;
	user_regs_init(&r, u_load, USER_LEN(u_load));
	for (i = 0; i < 50; i++) {
		EXPECT_EQ(*(volatile u64 *)USER_DATA, 0x6b65726e);
		user_run(&r, &t);
		EXPECT_EQ(t.regs.rax, 0x75736572);
	}
}
