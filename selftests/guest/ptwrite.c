// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: Instructions that write to a page table the guest can only read: the
 * hypervisor checks the entry, writes it and returns behind the instruction,
 * with result and flags as the CPU would have them.
 */
#include "guest.h"

#define VA	0x70000000UL

static u64 *pte;	/* the L1 entry of VA, in its read-only mapping */
static u64 a, b;	/* two good values: page A and B, read-only */
static u64 *page_a, *page_b;

static void setup(void)
{
	hc2(vm_assist, VMASST_CMD_enable, VMASST_TYPE_writable_pagetables);
	if (!pte) {
		page_a = page_alloc();
		page_b = page_alloc();
		page_a[0] = 0xaaaa;
		page_b[0] = 0xbbbb;
		a = va_to_mfn(page_a) * PAGE | PTE_RO_PAGE | PTE_D;
		b = va_to_mfn(page_b) * PAGE | PTE_RO_PAGE | PTE_D;
		map_tables(VA);
		pte = pte_of(VA, 1);
	}
	REQUIRE(pte_set((void *)VA, a) == 0);
}

static u64 at_va(void)
{
	mmuext(MMUEXT_INVLPG_LOCAL, VA);
	return *(volatile u64 *)VA;
}

/* Xen marks user pages global by itself: that bit is its own affair. */
static u64 entry(const u64 *e) { return *(const volatile u64 *)e & ~PTE_G; }

#define CF (flags & 1)
#define ZF (flags >> 6 & 1)
#define WITH_FLAGS(text) text "\npushfq\npop %1"

TEST(no_assist, "without the writable_pagetables assist a write to a table is a plain #PF")
{
	struct trap t;
	u64 before;

	setup();
	before = entry(pte);
	REQUIRE(hc2(vm_assist, VMASST_CMD_disable, VMASST_TYPE_writable_pagetables) == 0);
	TRY(t, asm volatile("mov %1, %0" : "=m" (*pte) : "r" (b)));
	EXPECT_TRAP(t, X_PF);
	EXPECT_EQ(entry(pte), before);
}

TEST(mov, "mov of a register")
{
	setup();
	asm volatile("mov %1, %0" : "=m" (*pte) : "r" (b));
	EXPECT_EQ(entry(pte), b);
	EXPECT_EQ(at_va(), 0xbbbb);
}

TEST(mov_clear, "mov of 0, register and immediate")
{
	setup();
	asm volatile("mov %1, %0" : "=m" (*pte) : "r" (0UL));
	EXPECT_EQ(entry(pte), 0);
	setup();
	asm volatile("movq $0, %0" : "=m" (*pte));
	EXPECT_EQ(entry(pte), 0);
}

TEST(mov_flags, "mov leaves the flags alone")
{
	u64 flags;

	setup();
	asm volatile("stc; mov %2, %0; pushfq; pop %1"
				    : "=m" (*pte), "=r" (flags) : "r" (b) : "cc");
	EXPECT(CF);
}

TEST(xchg, "xchg returns the old entry")
{
	u64 v = b;

	setup();
	asm volatile("xchg %1, %0" : "+m" (*pte), "+r" (v));
	EXPECT_EQ(v & ~(PTE_A | PTE_D | PTE_G), a & ~(PTE_A | PTE_D));
	EXPECT_EQ(entry(pte), b);
}

TEST(cmpxchg_hit, "lock cmpxchg that matches writes and sets ZF")
{
	u64 old, flags;

	setup();
	old = *pte;
	asm volatile("lock cmpxchg %3, %0; pushfq; pop %1"
		     : "+m" (*pte), "=&r" (flags), "+a" (old) : "r" (b) : "cc");
	EXPECT(ZF);
	EXPECT_EQ(entry(pte), b);
}

TEST(cmpxchg_miss, "lock cmpxchg that does not match loads rax, clears ZF, writes nothing")
{
	u64 old = 0x1234, flags;

	setup();
	asm volatile("lock cmpxchg %3, %0; pushfq; pop %1"
		     : "+m" (*pte), "=&r" (flags), "+a" (old) : "r" (b) : "cc");
	EXPECT(!ZF);
	EXPECT_EQ(old & ~PTE_G, entry(pte));
	EXPECT_EQ(*pte & PTE_MFN, a & PTE_MFN);
}

TEST(btr, "lock btr of RW, A, D: the old bit in CF")
{
	u64 flags;

	setup();
	asm volatile("lock btrq $6, %0; pushfq; pop %1" : "+m" (*pte), "=r" (flags) : : "cc");
	EXPECT(CF);
	EXPECT_EQ(*pte & PTE_D, 0);
	asm volatile("lock btrq $6, %0; pushfq; pop %1" : "+m" (*pte), "=r" (flags) : : "cc");
	EXPECT(!CF);
	EXPECT_EQ(*pte & PTE_MFN, a & PTE_MFN);
}

TEST(btr_reg, "lock btr with the bit number in a register")
{
	u64 flags;

	setup();
	asm volatile("lock btrq %2, %0; pushfq; pop %1"
				    : "+m" (*pte), "=r" (flags) : "r" (6UL) : "cc");
	EXPECT(CF);
	EXPECT_EQ(*pte & PTE_D, 0);
}

TEST(bts, "lock bts")
{
	u64 flags;

	setup();
	asm volatile("lock btsq $9, %0; pushfq; pop %1" : "+m" (*pte), "=r" (flags) : : "cc");
	EXPECT(!CF);
	EXPECT_EQ(*pte & 0x200, 0x200);
}

TEST(or, "lock or: flags of the result")
{
	u64 flags;

	setup();
	asm volatile("lock orq $0x200, %0; pushfq; pop %1" : "+m" (*pte), "=r" (flags) : : "cc");
	EXPECT(!CF);
	EXPECT(!ZF);
	EXPECT_EQ(*pte & 0x200, 0x200);
}

TEST(and, "lock and: flags of the result")
{
	u64 flags;

	setup();
	asm volatile("lock andq %2, %0; pushfq; pop %1"
		     : "+m" (*pte), "=r" (flags) : "r" (~PTE_D) : "cc");
	EXPECT(!ZF);
	EXPECT_EQ(*pte & (PTE_D | PTE_P), PTE_P);
	asm volatile("lock andq $0, %0; pushfq; pop %1" : "+m" (*pte), "=r" (flags) : : "cc");
	EXPECT(ZF);
	EXPECT_EQ(entry(pte), 0);
}

TEST(narrow, "writes of 4, 2 and 1 bytes, if done at all, are done right")
{
	struct trap t;

	setup();
	TRY(t, asm volatile("movl %1, %0" : "+m" (*(u32 *)pte) : "r" ((u32)b)));
	if (t.taken) {
		EXPECT_EQ(t.vector, X_PF);
		EXPECT_EQ(*pte & PTE_MFN, a & PTE_MFN);
	} else {
		EXPECT_EQ((u32)entry(pte), (u32)b);
	}
	setup();
	TRY(t, asm volatile("movb %1, %0" : "+m" (*(u8 *)pte) : "q" ((u8)(a & ~PTE_D))));
	EXPECT(!t.taken || t.vector == X_PF);
	EXPECT_EQ(*pte & PTE_MFN, a & PTE_MFN);
}

/* ---- refused ---- */

static void refused(struct trap *t, u64 before)
{
	EXPECT_TRAP(*t, X_PF);
	EXPECT_EQ(t->regs.error, PF_P | PF_W);
	EXPECT_EQ(t->cr2, (u64)pte);
	EXPECT_EQ(entry(pte), before);
}

TEST(foreign, "mov of a foreign frame: #PF P|W at the entry, which stays")
{
	struct trap t;
	u64 before;

	setup();
	before = entry(pte);
	TRY(t, asm volatile("mov %1, %0" : "=m" (*pte) : "r" (0x1000 | PTE_RW_PAGE)));
	refused(&t, before);
	TRY(t, asm volatile("mov %1, %0" : "=m" (*pte) : "r" (0xfffffffff000UL | PTE_RO_PAGE)));
	refused(&t, before);
}

TEST(xchg_foreign, "xchg with a foreign frame: refused, the register stays")
{
	struct trap t;
	u64 before;

	setup();
	before = entry(pte);
	TRY(t, asm volatile("mov %1, %%rbx; xchg %%rbx, %0" : "+m" (*pte)
			    : "r" (0x1000 | PTE_RW_PAGE) : "rbx"));
	refused(&t, before);
	EXPECT_EQ(t.regs.rbx, 0x1000 | PTE_RW_PAGE);
}

TEST(table_rw, "a table mapped writable by a direct write: refused (XSA-182)")
{
	u64 l1 = va_to_mfn((void *)((u64)pte & ~(PAGE - 1)));
	struct trap t;
	u64 before;

	setup();
	before = entry(pte);
	TRY(t, asm volatile("mov %1, %0" : "=m" (*pte) : "r" (l1 * PAGE | PTE_RW_PAGE)));
	refused(&t, before);
	asm volatile("mov %1, %0" : "=m" (*pte) : "r" (l1 * PAGE | PTE_RO_PAGE));
	before = entry(pte);
	TRY(t, asm volatile("lock orq $2, %0" : "+m" (*pte) : : "cc"));
	refused(&t, before);
	TRY(t, asm volatile("lock btsq $1, %0" : "+m" (*pte) : : "cc"));
	refused(&t, before);
	setup();
}

TEST(user_bit, "the user bit is forced on in direct writes, too")
{
	setup();
	asm volatile("mov %1, %0" : "=m" (*pte) : "r" (b & ~PTE_US));
	EXPECT_EQ(*pte & PTE_US, PTE_US);
	EXPECT_EQ(at_va(), 0xbbbb);
}

TEST(unaligned, "a write across two entries or across the table's end is refused")
{
	struct trap t;
	u64 before, next;

	setup();
	before = entry(pte);
	next = entry(&pte[1]);
	TRY(t, asm volatile("mov %1, %0"
				    : "=m" (*(u64 *)((u64)pte + 4)) : "r" (0x1122334455667788UL)));
	EXPECT_TRAP(t, X_PF);
	EXPECT_EQ(entry(pte), before);
	EXPECT_EQ(entry(&pte[1]), next);
}

TEST(l2, "a direct write to an L2 is no business of the emulator: #PF")
{
	u64 *l2;
	struct trap t;
	u64 before;

	setup();
	l2 = pte_of(VA, 2);
	before = *l2;
	TRY(t, asm volatile("mov %1, %0" : "=m" (*l2) : "r" (0UL)));
	if (!t.taken) {		/* Xen does not emulate it either; if done, it must be done right */
		EXPECT_EQ(*l2, 0);
		EXPECT_EQ(pte_write(pte_maddr(VA, 2), before), 0);
	} else {
		EXPECT_TRAP(t, X_PF);
		EXPECT_EQ(*l2, before);
	}
}

/* ---- the decoder ---- */

TEST(segment_xsa123, "a segment override on the operand does not fool the emulator (XSA-123)")
{
	struct trap t;

	setup();
	REQUIRE(hc2(set_segment_base, SEGBASE_FS, 0) == 0);
	asm volatile("mov %1, %%fs:(%0)" : : "r" (pte), "r" (b) : "memory");
	EXPECT_EQ(entry(pte), b);
	setup();
	REQUIRE(hc2(set_segment_base, SEGBASE_FS, (u64)pte) == 0);
	/* Xen refuses this one; what counts is that nothing else is written. */
	TRY(t, asm volatile("mov %0, %%fs:0" : : "r" (b) : "memory"));
	EXPECT_EQ(entry(pte), t.taken ? a : b);
	REQUIRE(hc2(set_segment_base, SEGBASE_FS, 0) == 0);
}

TEST(modes, "every addressing mode: base, index, scale, displacement, rip-relative, r8..r15")
{
	u64 base = (u64)pte - 0x1230;

	setup();
	asm volatile("mov %1, 0x1230(%0)" : : "r" (base), "r" (b) : "memory");
	EXPECT_EQ(entry(pte), b);
	setup();
	asm volatile("mov %2, (%0,%1,8)" : : "r" ((u64)pte - 80), "r" (10UL), "r" (b) : "memory");
	EXPECT_EQ(entry(pte), b);
	setup();
	asm volatile("mov %0, %%r12; mov %1, %%r13; mov %2, %%r14; mov %%r14, 0x10(%%r12,%%r13,2)"
		     : : "r" ((u64)pte - 0x10 - 14), "r" (7UL), "r" (b)
		     : "r12", "r13", "r14", "memory");
	EXPECT_EQ(entry(pte), b);
	setup();
	asm volatile("mov %0, %%r13; mov %1, %%rax; mov %%rax, (%%r13)"
		     : : "r" (pte), "r" (b) : "r13", "rax", "memory");
	EXPECT_EQ(entry(pte), b);
	setup();
	asm volatile("mov %%rsp, %%rbx; mov %0, %%rsp; mov %1, (%%rsp); mov %%rbx, %%rsp"
		     : : "r" (pte), "r" (b) : "rbx", "memory");
	EXPECT_EQ(entry(pte), b);
}

TEST(btr_negative_xsa195,
	"bit offsets outside the word, negative ones too, hit the right entry (XSA-195)")
{
	struct trap t;

	setup();
	TRY(t, asm volatile("lock btsq %1, %0"
				    : "+m" (pte[64]) : "r" (-64 * 64L + 9) : "cc", "memory"));
	if (!t.taken)
		EXPECT_EQ(*pte & 0xe00, 0x200);
	else
		EXPECT_EQ(t.cr2, (u64)pte);
	EXPECT_EQ(pte[64], 0);
	setup();
	TRY(t, asm volatile("lock btsq %1, %0" : "+m" (page_a[0])
			    : "r" (((long)pte - (long)page_a) * 8 + 9) : "cc", "memory"));
	if (!t.taken)
		EXPECT_EQ(*pte & 0xe00, 0x200);
	else
		EXPECT_EQ(t.cr2, (u64)pte);
	EXPECT_EQ(page_a[0], 0xaaaa);
}

TEST(rep_movs, "rep movs into a table: emulated right or refused, one by one")
{
	u64 src[4] = { b, b, 0, 0 };
	void *d = pte, *s = src;
	u64 n = 2;
	struct trap t;

	setup();
	TRY(t, asm volatile("rep movsq" : "+D" (d), "+S" (s), "+c" (n) : : "memory"));
	if (t.taken) {
		EXPECT_TRAP(t, X_PF);
	} else {
		EXPECT_EQ(entry(&pte[0]), b);
		EXPECT_EQ(entry(&pte[1]), b);
	}
	REQUIRE(pte_set((void *)(VA + PAGE), 0) == 0);
}

TEST(ad_race, "A and D bits that the CPU sets are not lost by cmpxchg emulation")
{
	u64 old;

	setup();
	REQUIRE(pte_set((void *)VA, a & ~(PTE_A | PTE_D)) == 0);
	(void)at_va();
	old = *pte;
	EXPECT_EQ(old & PTE_A, PTE_A);
	asm volatile("lock cmpxchg %2, %0" : "+m" (*pte), "+a" (old) : "r" (b) : "cc");
	EXPECT_EQ(entry(pte), b);
}

TEST(many, "two thousand emulated writes")
{
	unsigned int i;

	setup();
	for (i = 0; i < 1000; i++) {
		u64 v = b;

		asm volatile("xchg %1, %0" : "+m" (*pte), "+r" (v));
		v = a;
		asm volatile("xchg %1, %0" : "+m" (*pte), "+r" (v));
		if ((v & ~PTE_G) != b)
			break;
	}
	EXPECT_EQ(i, 1000);
}

TEST(user_mode, "user mode cannot write a table that it can see")
{
	struct regs r;
	struct trap t;
	USER_ASM(u_write, "mov %rax, 0x403000; ud2");
	u64 *l1;

	user_init();
	l1 = page_alloc();
	page_ro(l1);
	REQUIRE(mmuext(MMUEXT_PIN_L1_TABLE, va_to_mfn(l1)) == 0);
	{
		/* Map that L1 at USER_DATA, read-only. */
		u64 *p = pfn_to_va(mfn_to_pfn(user_l4_mfn()));
		int i;

		for (i = 0; i < 2; i++)
			p = pfn_to_va(mfn_to_pfn((p[0] & PTE_MFN) >> PAGE_BITS));
		p = pfn_to_va(mfn_to_pfn((p[USER_CODE >> 21 & 511] & PTE_MFN) >> PAGE_BITS));
		REQUIRE(pte_write(va_to_mfn(p) * PAGE + 24, va_to_mfn(l1) * PAGE | PTE_RO_PAGE) == 0);
	}
	user_regs_init(&r, u_write, USER_LEN(u_write));
	r.rax = b;
	user_run(&r, &t);
	EXPECT_TRAP(t, X_PF);
	EXPECT_EQ(t.regs.error, PF_P | PF_W | PF_U);
	EXPECT_EQ(l1[0], 0);
}
