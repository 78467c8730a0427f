// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: Direct writes to L1 tables, what ptwrite.c leaves: parts of an entry,
 * far bits, strings, refusals in every size, and random instructions compared
 * with the CPU's own doing.
 */
#include "guest.h"

#define WINDOW	0x60000000UL		/* an L1 of our own maps this */
#define NOT_MINE	0UL		/* machine frame 0 is nobody's guest's */

static u64 *l1;
static u8 *frame;

#define RO	(va_to_mfn(frame) * PAGE | PTE_RO_PAGE)
#define RW	(va_to_mfn(frame) * PAGE | PTE_RW_PAGE)
#define WITH_D	(RO | PTE_D)
/* What the CPU sets by itself, and G, which Xen sets in entries with U. */
#define SAME(a, b)	(((a) & ~(PTE_A | PTE_D | PTE_G)) == ((b) & ~(PTE_A | PTE_D | PTE_G)))

/* @entry of our own table is @val; the assist is on. */
static volatile u64 *setup(u64 val)
{
	if (!l1) {
		map_tables(WINDOW);
		l1 = (u64 *)((u64)pte_of(WINDOW, 1) & ~(PAGE - 1));
		frame = page_alloc();
	}
	hc2(vm_assist, VMASST_CMD_enable, VMASST_TYPE_writable_pagetables);
	REQUIRE(pte_write(pte_maddr(WINDOW, 1), val) == 0);
	REQUIRE(pte_write(pte_maddr(WINDOW + PAGE, 1), 0) == 0);
	return l1;
}

#define EXPECT_PF(address, ...)						\
	do {								\
		struct trap t_;						\
									\
		TRY(t_, __VA_ARGS__);					\
		EXPECT_TRAP(t_, X_PF);					\
		EXPECT_EQ(t_.cr2, (u64)(address));			\
		EXPECT_EQ(t_.regs.error & (PF_P | PF_W), PF_P | PF_W);	\
	} while (0)

TEST(mov_parts, "mov of 1, 2 and 4 bytes changes its part of the entry")
{
	volatile u64 *e = setup(0);

	((volatile u32 *)e)[1] = 0x7ff;		/* address bits of an entry that is not present */
	EXPECT_EQ(*e, 0x7ff00000000UL);
	((volatile u32 *)e)[1] = 0;
	((volatile u16 *)e)[3] = 0x8000;
	EXPECT_EQ(*e, PTE_NX);
	((volatile u8 *)e)[7] = 0;
	EXPECT_EQ(*e, 0);
	((volatile u8 *)e)[1] = 0x0e;
	EXPECT_EQ(*e, 0xe00);
	*e = RO;
	((volatile u8 *)e)[0] = RW & 0xff;
	EXPECT_EQ(*e & PTE_RW, PTE_RW);
	*e = 0;
}

TEST(btr, "lock btr, bts, btc: carry is the old bit")
{
	volatile u64 *e = setup(RW);
	bool cf;

	asm volatile("lock btrq $1, %0" : "+m" (*e), "=@ccc" (cf));
	EXPECT_EQ(cf, true);
	EXPECT_EQ(*e & PTE_RW, 0);
	asm volatile("lock btrq $1, %0" : "+m" (*e), "=@ccc" (cf));
	EXPECT_EQ(cf, false);
	asm volatile("lock btsq $1, %0" : "+m" (*e), "=@ccc" (cf));
	EXPECT_EQ(cf, false);
	EXPECT_EQ(*e & PTE_RW, PTE_RW);
	asm volatile("lock btcq $9, %0" : "+m" (*e), "=@ccc" (cf));
	EXPECT_EQ(cf, false);
	EXPECT_EQ(*e >> 9 & 1, 1);
	*e = 0;
}

TEST(btr_far, "bit offsets in a register reach other entries, backwards too (XSA-195)")
{
	volatile u64 *e = setup(RW);
	bool cf;

	REQUIRE(pte_write(pte_maddr(WINDOW + PAGE, 1), RW) == 0);
	asm volatile("btr %2, %0" : "+m" (e[0]), "=@ccc" (cf) : "r" (65L) : "memory");
	EXPECT_EQ(cf, true);
	EXPECT_EQ(e[0] & PTE_RW, PTE_RW);
	EXPECT_EQ(e[1] & PTE_RW, 0);
	asm volatile("lock btr %2, %0" : "+m" (e[2]), "=@ccc" (cf) : "r" (-127L) : "memory");
	EXPECT_EQ(cf, true);
	EXPECT_EQ(e[0] & PTE_RW, 0);
	e[0] = 0;
	e[1] = 0;
}

TEST(logic, "and, or, xor, add, sub, with and without lock")
{
	volatile u64 *e = setup(RW);
	bool zf;

	asm volatile("lock andq $-3, %0" : "+m" (*e));
	EXPECT_EQ(*e & PTE_RW, 0);
	asm volatile("orq %1, %0" : "+m" (*e) : "r" (PTE_RW));
	EXPECT_EQ(*e & PTE_RW, PTE_RW);
	asm volatile("lock xorb $0x02, %0" : "+m" (*(volatile u8 *)e));
	EXPECT_EQ(*e & PTE_RW, 0);
	asm volatile("addq $0x200, %0" : "+m" (*e));
	EXPECT_EQ(*e & 0xe00, 0x200);
	asm volatile("lock subq $0x200, %0" : "+m" (*e));
	EXPECT_EQ(*e & 0xe00, 0);
	asm volatile("subq %2, %0" : "+m" (*e), "=@ccz" (zf) : "r" (*e));
	EXPECT_EQ(zf, true);
	EXPECT_EQ(*e, 0);
}

TEST(string, "rep stosq over a part of the table")
{
	volatile u64 *e = setup(RO);
	u64 di = (u64)e, cx = 4;

	e[1] = RO;
	e[3] = RO;
	asm volatile("rep stosq" : "+D" (di), "+c" (cx) : "a" (0) : "memory");
	EXPECT_EQ(cx, 0);
	EXPECT_EQ(di, (u64)(e + 4));
	EXPECT_EQ(e[0] | e[1] | e[2] | e[3], 0);
}

TEST(movs, "movsq from memory")
{
	volatile u64 *e = setup(0);
	u64 src = RO;
	u64 si = (u64)&src, di = (u64)e;

	asm volatile("movsq" : "+D" (di), "+S" (si) : : "memory");
	EXPECT(SAME(*e, RO));
	EXPECT_EQ(si, (u64)(&src + 1));
	*e = 0;
}

/* ---- against the CPU ---- */

struct run {
	u64 rcx, rax, flags;
};

/* Calls @code with RDI = @at and the registers of @r. */
static void run_code(const void *code, volatile void *at, struct run *r)
{
	asm volatile("push %[f]; popfq; call *%[code]; pushfq; pop %[f]; cld"
		     : "+c" (r->rcx), "+a" (r->rax), [f] "+r" (r->flags)
		     : [code] "r" (code), "D" (at) : "memory", "cc");
}

static u64 random_state = 1;

static u64 random_u64(void)
{
	u64 z = (random_state += 0x9e3779b97f4a7c15UL);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9UL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebUL;
	return z ^ (z >> 31);
}

/* INSN (%rdi) with rcx or an immediate, of any size; returns how many bytes wide. */
static unsigned int random_insn(u8 *code)
{
	/* even: bytes; odd: words, by prefix */
	static const u8 alu[] = { 0x00, 0x08, 0x10, 0x18, 0x20, 0x28, 0x30, 0x86, 0x88 };
	static const u8 two[] = { 0xb0, 0xc0, 0xab, 0xb3, 0xbb };
	unsigned int kind = random_u64() % 4, log = random_u64() % 4, n = 0;
	u8 op = kind < 2 ? alu[random_u64() % ARRAY_LEN(alu)] : two[random_u64() % ARRAY_LEN(two)];
	bool bits = kind >= 2 && op != 0xb0 && op != 0xc0;

	if (bits && !log)
		log = 3;
	if (op != 0x88 && random_u64() % 2)
		code[n++] = 0xf0;
	if (log == 1)
		code[n++] = 0x66;
	if (log == 3)
		code[n++] = 0x48;
	if (kind == 3 && !bits) {	/* or $imm8, sign-extended */
		code[n++] = log ? 0x83 : 0x80;
		code[n++] = (random_u64() % 7) << 3 | 7;
		code[n++] = random_u64();
	} else {
		if (kind >= 2)
			code[n++] = 0x0f;
		code[n++] = bits ? op : op | !!log;
		code[n++] = 0x0f;	/* cl, (%rdi) */
	}
	code[n] = 0xc3;
	return bits ? 16 : 1U << log;	/* a bit offset is cut by the caller */
}

TEST(random, "random instructions: an entry, the registers and the flags as in plain memory")
{
	static u8 code[16];
	volatile u64 *e = setup(0);
	volatile unsigned int i, done = 0;
	volatile unsigned int width, offset;
	u64 memory, value;
	struct trap t;

	for (i = 0; i < 4000; i++) {
		struct run a = { random_u64(), random_u64(), 2 | (random_u64() & 0x8d5) }, b;

		/* Not present before; if it becomes so, the write may be refused. */
		value = random_u64() & ~PTE_P & ~PTE_MFN;
		*e = value;
		memory = value;
		width = random_insn(code);
		offset = width == 16 ? 0 : (random_u64() % 8) & ~(width - 1);
		if (width == 16)
			a.rcx %= 16;
		else if (random_u64() % 2)
			a.rax = value >> 8 * offset;	/* lets cmpxchg succeed */
		b = a;
		run_code(code, (u8 *)&memory + offset, &a);
		TRY(t, run_code(code, (volatile u8 *)e + offset, &b));
		if (t.taken) {
			EXPECT_EQ(t.vector, X_PF);
			EXPECT_EQ(*e, value);
			EXPECT(memory & (PTE_P | PTE_MFN));
			continue;
		}
		done++;
		if (memory & PTE_P)
			memory = *e;	/* its bits are adjusted */
		if (!EXPECT_EQ(*e, memory) || !EXPECT_EQ(b.rcx, a.rcx) || !EXPECT_EQ(b.rax, a.rax) ||
		    !EXPECT_EQ(b.flags & FL_CF, a.flags & FL_CF) ||
		    !EXPECT_EQ(b.flags & FL_ZF, a.flags & FL_ZF))
			note("bytes %x %x %x %x %x %x offset %u", code[0], code[1], code[2],
			     code[3], code[4], code[5], offset);
	}
	EXPECT(done > 1000);
	*e = 0;
}

TEST(foreign, "an entry for a frame of someone else is a page fault, nothing changed")
{
	volatile u64 *e = setup(RO);

	EXPECT_PF(e, *e = NOT_MINE | PTE_RW_PAGE);
	EXPECT_PF(e, *e = 0xfee00000UL | PTE_RW_PAGE);
	EXPECT_PF(e, *e = PTE_MFN | PTE_RW_PAGE);
	EXPECT_PF(e, asm volatile("lock btsq $45, %0" : "+m" (*e)));
	EXPECT(SAME(*e, RO));
	*e = 0;
}

TEST(table_rw, "a writable mapping of a table is refused in every size")
{
	u64 table = (u64)pte_of(WINDOW, 1) & ~(PAGE - 1);
	volatile u64 *e = setup(0);
	u64 mfn = va_to_mfn((void *)table);

	EXPECT_PF(e, *e = mfn * PAGE | PTE_RW_PAGE);
	*e = mfn * PAGE | PTE_RO_PAGE;
	EXPECT_PF(e, asm volatile("lock btsq $1, %0" : "+m" (*e)));
	EXPECT_PF(e, asm volatile("orb $2, %0" : "+m" (*(volatile u8 *)e)));
	EXPECT_PF(e, asm volatile("lock cmpxchg %2, %1" : : "a" (*e), "m" (*e),
				  "r" (mfn * PAGE | PTE_RW_PAGE) : "memory"));
	EXPECT_EQ(*e & PTE_RW, 0);
	*e = 0;
}

TEST(reserved, "entries with reserved bits are a page fault")
{
	volatile u64 *e = setup(0);

	EXPECT_PF(e, *e = RO | 1UL << 51);
	EXPECT_EQ(*e, 0);
}

TEST(unknown, "an instruction that is not emulated is a page fault")
{
	volatile u64 *e = setup(0);

	if (!on_lodge())
		test_skip("Xen emulates every instruction that writes");
	EXPECT_PF(e, asm volatile("shlq $1, %0" : "+m" (*e)));
	EXPECT_EQ(*e, 0);
}

TEST(plain_ro, "a read-only page that is no table is a page fault")
{
	volatile u64 *p = page_alloc();

	setup(0);
	page_ro((void *)p);
	EXPECT_PF(p, *p = 1);
	EXPECT_EQ(*p, 0);
	page_rw((void *)p);
}

TEST(no_assist, "without the assist it is a page fault")
{
	volatile u64 *e = setup(0);

	REQUIRE(hc2(vm_assist, VMASST_CMD_disable, VMASST_TYPE_writable_pagetables) == 0);
	EXPECT_PF(e, *e = 0);
	hc2(vm_assist, VMASST_CMD_enable, VMASST_TYPE_writable_pagetables);
}
