// SPDX-License-Identifier: GPL-2.0-only
/*
 * insn_exec: the arithmetic of kmod/insn_compute.c against the CPU that runs
 * this test: same operands, same flags before, then memory, register and flags
 * must be the same after.
 */
#include <string.h>

#include "insn_test.h"

#define ROUNDS	20000

#define F_CF	0x001UL
#define F_AF	0x010UL
#define F_ZF	0x040UL
#define F_ALL	0x8d5UL		/* OF SF ZF AF PF CF */

typedef void (*run_fn)(u64 *mem, u64 *reg, u64 *rax, u64 *flags);

/*
 * Runs "INSN" with the memory operand at (%[p]), a register operand in rcx and
 * rAX, under the given flags.  128 bytes below RSP belong to the compiler.
 */
#define RUN(name, text)							\
static void run_##name(u64 *mem, u64 *reg, u64 *rax, u64 *flags)	\
{									\
	u64 c = *reg, a = *rax, f = *flags;				\
									\
	asm volatile("lea -128(%%rsp), %%rsp\n\t"			\
		     "push %[f]\n\tpopfq\n\t"				\
		     text "\n\t"					\
		     "pushfq\n\tpop %[f]\n\t"				\
		     "lea 128(%%rsp), %%rsp"				\
		     : "+c" (c), "+a" (a), [f] "+r" (f)			\
		     : [p] "D" (mem) : "memory", "cc");			\
	*reg = c;							\
	*rax = a;							\
	*flags = f;							\
}

#define RUN_SIZES(name, insn)						\
	RUN(name##1, insn "b %%cl, (%[p])")				\
	RUN(name##2, insn "w %%cx, (%[p])")				\
	RUN(name##4, insn "l %%ecx, (%[p])")				\
	RUN(name##8, insn "q %%rcx, (%[p])")

#define RUN_UNARY(name, insn)						\
	RUN(name##1, insn "b (%[p])")					\
	RUN(name##2, insn "w (%[p])")					\
	RUN(name##4, insn "l (%[p])")					\
	RUN(name##8, insn "q (%[p])")

RUN_SIZES(add, "add")
RUN_SIZES(or, "or")
RUN_SIZES(adc, "adc")
RUN_SIZES(sbb, "sbb")
RUN_SIZES(and, "and")
RUN_SIZES(sub, "sub")
RUN_SIZES(xor, "xor")
RUN_UNARY(not, "not")
RUN_UNARY(neg, "neg")
RUN_UNARY(inc, "inc")
RUN_UNARY(dec, "dec")
RUN_SIZES(xchg, "xchg")
RUN_SIZES(cmpxchg, "lock cmpxchg")
RUN_SIZES(xadd, "lock xadd")
RUN(bts2, "btsw %%cx, (%[p])")
RUN(bts4, "btsl %%ecx, (%[p])")
RUN(bts8, "btsq %%rcx, (%[p])")
RUN(btr2, "btrw %%cx, (%[p])")
RUN(btr4, "btrl %%ecx, (%[p])")
RUN(btr8, "btrq %%rcx, (%[p])")
RUN(btc2, "btcw %%cx, (%[p])")
RUN(btc4, "btcl %%ecx, (%[p])")
RUN(btc8, "btcq %%rcx, (%[p])")

struct exec {
	enum insn_op op;
	const char *name;
	run_fn run[4];		/* 1, 2, 4, 8 bytes */
	u64 flags;		/* that are defined */
};

#define EXEC(op, name, flags) \
	{ op, #name, { run_##name##1, run_##name##2, run_##name##4, run_##name##8 }, flags }
#define EXEC_BIT(op, name) \
	{ op, #name, { NULL, run_##name##2, run_##name##4, run_##name##8 }, F_CF | F_ZF }

static const struct exec arithmetic[] = {
	EXEC(INSN_ADD, add, F_ALL),
	EXEC(INSN_OR, or, F_ALL & ~F_AF),
	EXEC(INSN_ADC, adc, F_ALL),
	EXEC(INSN_SBB, sbb, F_ALL),
	EXEC(INSN_AND, and, F_ALL & ~F_AF),
	EXEC(INSN_SUB, sub, F_ALL),
	EXEC(INSN_XOR, xor, F_ALL & ~F_AF),
	EXEC(INSN_NOT, not, F_ALL),
	EXEC(INSN_NEG, neg, F_ALL),
	EXEC(INSN_INC, inc, F_ALL),
	EXEC(INSN_DEC, dec, F_ALL),
};

static const struct exec exchange[] = {
	EXEC(INSN_XCHG, xchg, F_ALL),
	EXEC(INSN_CMPXCHG, cmpxchg, F_ALL),
	EXEC(INSN_XADD, xadd, F_ALL),
};

static const struct exec bits[] = {
	EXEC_BIT(INSN_BTS, bts),
	EXEC_BIT(INSN_BTR, btr),
	EXEC_BIT(INSN_BTC, btc),
};

/* Operands at which carries and signs turn are as likely as all others. */
static u64 operand(void)
{
	static const u64 edge[] = { 0, 1, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0x7fffffff,
				    0x80000000, 0x7fffffffffffffff, 0x8000000000000000, ~0ULL };

	if (ktap_random_below(3) == 0)
		return edge[ktap_random_below(sizeof(edge) / sizeof(edge[0]))];
	return ktap_random_log();
}

/* One instruction, both ways. */
static void compare(const struct exec *e, unsigned int size, run_fn run, u64 mem, u64 src,
		    u64 rax)
{
	struct insn insn = {
		.op = e->op, .src = INSN_SRC_REG, .size = size, .mem = true, .rex = true, .reg = 1,
	};
	struct guest_regs regs = { .rcx = src, .rax = rax };
	u64 flags = 0x202 | (ktap_random() & F_ALL);
	u64 cpu_mem = mem, mask = insn_size_mask(size);
	struct insn_result res;

	regs.rflags = flags;
	if (!expect(insn_compute(&insn, &regs, mem & mask, insn_source_value(&insn, &regs), &res),
		    "%s", e->name))
		return;
	if (res.reg_written)
		insn_reg_write(&regs, res.reg, res.reg_value, size, true);

	run(&cpu_mem, &src, &rax, &flags);
	expect(((mem & ~mask) | (res.value & mask)) == cpu_mem, "%s%u: memory %#lx, CPU %#lx",
	       e->name, size * 8, res.value, cpu_mem);
	expect(regs.rcx == src && regs.rax == rax, "%s%u: rcx %#lx, CPU %#lx; rax %#lx, CPU %#lx",
	       e->name, size * 8, regs.rcx, src, regs.rax, rax);
	expect(!((res.rflags ^ flags) & e->flags), "%s%u: flags %#lx, CPU %#lx",
	       e->name, size * 8, res.rflags, flags);
	expect((res.rflags & ~F_ALL) == (regs.rflags & ~F_ALL), "other flags");
}

static void compare_all(const struct exec *table, unsigned int nr)
{
	unsigned int i, s, round;

	for (i = 0; i < nr; i++)
		for (s = 0; s < 4; s++)
			for (round = 0; table[i].run[s] && round < ROUNDS; round++) {
				u64 mem = operand(), rax = operand();

				if (ktap_random_below(2))
					rax = mem;	/* cmpxchg succeeds */
				compare(&table[i], 1U << s, table[i].run[s], mem, operand(), rax);
			}
}

void test_arithmetic(void)
{
	compare_all(arithmetic, sizeof(arithmetic) / sizeof(arithmetic[0]));
}

void test_exchange(void)
{
	compare_all(exchange, sizeof(exchange) / sizeof(exchange[0]));
}

/* Offsets within the operand: elsewhere is test_bit_address(). */
void test_bits(void)
{
	unsigned int i, s, round;

	for (i = 0; i < sizeof(bits) / sizeof(bits[0]); i++)
		for (s = 1; s < 4; s++)
			for (round = 0; round < ROUNDS; round++)
				compare(&bits[i], 1U << s, bits[i].run[s], operand(),
					ktap_random_below(8U << s), operand());
}

/* Which word the CPU changes for a bit offset of any sign, and which we would. */
void test_bit_address(void)
{
	unsigned int s, round;
	u64 words[64], rax = 0, flags;

	for (s = 1; s < 4; s++)
		for (round = 0; round < ROUNDS; round++) {
			struct insn insn = {
				.op = INSN_BTC, .src = INSN_SRC_REG, .size = 1U << s, .mem = true,
				.rex = true, .reg = 1, .base = 7, .index = INSN_NO_REG,
			};
			s64 nr = (s64)ktap_random_below(4096) - 2048;
			u64 reg = (u64)nr;
			struct guest_regs regs = { .rdi = (u64)&words[32] };
			u64 got, want;
			unsigned int i;

			/* The rest of the register does not count. */
			if (s < 3)
				reg ^= ktap_random() << (8U << s);
			regs.rcx = reg;
			memset(words, 0, sizeof(words));
			flags = 0x202;
			bits[2].run[s](&words[32], &reg, &rax, &flags);

			got = insn_address(&insn, &regs, 0, 0);
			for (i = 0; i < 64 && !words[i]; i++)
				;
			if (!expect(i < 64, "the CPU changed nothing"))
				return;
			want = (u64)&words[i] + ((u64)__builtin_ctzll(words[i]) >> (3 + s) << s);
			expect(got == want, "bit %ld of %u: at %#lx, CPU %#lx", nr, 8U << s, got, want);
			expect(!(got & ((1U << s) - 1)), "alignment");
		}
}

void test_registers(void)
{
	struct guest_regs regs = { .rax = 0x1122334455667788, .rsp = 0xaabbccddeeff0011 };

	expect(insn_reg_read(&regs, 4, 1, false) == 0x77, "AH");
	expect(insn_reg_read(&regs, 4, 1, true) == 0x11, "SPL");
	insn_reg_write(&regs, 4, 0x99, 1, false);
	expect(regs.rax == 0x1122334455669988, "%#lx", regs.rax);
	insn_reg_write(&regs, 0, 0x5a, 1, true);
	expect(regs.rax == 0x112233445566995a, "%#lx", regs.rax);
	insn_reg_write(&regs, 0, 0xbeef, 2, true);
	expect(regs.rax == 0x112233445566beef, "%#lx", regs.rax);
	insn_reg_write(&regs, 0, 0xffffffff87654321, 4, true);
	expect(regs.rax == 0x87654321, "upper half cleared: %#lx", regs.rax);
	insn_reg_write(&regs, 15, 42, 8, true);
	expect(regs.r15 == 42, "r15");
}
