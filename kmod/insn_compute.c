// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: Arithmetic of emulated memory writes
 *
 * What an instruction makes of its operands: the new memory value, a register
 * and the arithmetic flags, as the CPU would.  Pure functions; called by
 * ptvalidate/ptwr.c and compared with the real CPU by selftests/unit/insn.
 */
#include "insn.h"

#define F_CF	0x001ULL
#define F_PF	0x004ULL
#define F_AF	0x010ULL
#define F_ZF	0x040ULL
#define F_SF	0x080ULL
#define F_OF	0x800ULL
#define F_ARITH	(F_CF | F_PF | F_AF | F_ZF | F_SF | F_OF)

static bool sign(u64 v, unsigned int size)
{
	return v >> (size * 8 - 1) & 1;
}

/* ZF, SF and PF of a result. */
static u64 result_flags(u64 v, unsigned int size)
{
	u64 f = 0;

	v &= insn_size_mask(size);
	if (!v)
		f |= F_ZF;
	if (sign(v, size))
		f |= F_SF;
	if (!__builtin_parity((unsigned int)(v & 0xff)))
		f |= F_PF;
	return f;
}

static u64 add(u64 a, u64 b, u64 carry, unsigned int size, u64 *flags)
{
	u64 mask = insn_size_mask(size);
	u64 r = (a + b + carry) & mask;

	*flags = result_flags(r, size);
	if (r < a || (carry && r == a))
		*flags |= F_CF;
	if ((a ^ b ^ r) & 0x10)
		*flags |= F_AF;
	if (sign((a ^ r) & (b ^ r), size))
		*flags |= F_OF;
	return r;
}

static u64 sub(u64 a, u64 b, u64 borrow, unsigned int size, u64 *flags)
{
	u64 mask = insn_size_mask(size);
	u64 r = (a - b - borrow) & mask;

	*flags = result_flags(r, size);
	if (a < b || (borrow && a == b))
		*flags |= F_CF;
	if ((a ^ b ^ r) & 0x10)
		*flags |= F_AF;
	if (sign((a ^ b) & (a ^ r), size))
		*flags |= F_OF;
	return r;
}

/* AF is undefined after a logical operation; it is cleared, as CPUs do. */
static u64 logic(u64 r, unsigned int size, u64 *flags)
{
	*flags = result_flags(r, size);
	return r;
}

static u64 bit_op(enum insn_op op, u64 old, u64 nr, unsigned int size, u64 *flags)
{
	u64 bit = 1ULL << (nr & (size * 8 - 1));

	*flags = (*flags & ~F_CF) | (old & bit ? F_CF : 0);
	switch (op) {
	case INSN_BTS:
		return old | bit;
	case INSN_BTR:
		return old & ~bit;
	default:
		return old ^ bit;
	}
}

static void set_reg(struct insn_result *res, u8 reg, u64 value)
{
	res->reg = reg;
	res->reg_value = value;
	res->reg_written = true;
}

/* Compares rAX with memory; a failure loads rAX and rewrites what was read. */
static void cmpxchg(const struct insn *insn, u64 rax, u64 old, u64 src,
		    u64 *flags, struct insn_result *res)
{
	sub(rax, old, 0, insn->size, flags);
	res->value = src;
	if (rax == old)
		return;
	res->value = old;
	set_reg(res, 0, old);
}

static u64 inc_dec(enum insn_op op, u64 old, unsigned int size, u64 *flags)
{
	u64 carry = *flags & F_CF;
	u64 r = op == INSN_INC ? add(old, 1, 0, size, flags) : sub(old, 1, 0, size, flags);

	*flags = (*flags & ~F_CF) | carry;
	return r;
}

/**
 * insn_compute - carry out an instruction that writes memory
 * @insn: decoded, insn_writes_memory()
 * @regs: the guest's registers (RFLAGS, rAX); not changed
 * @old: what memory holds, @insn->size bytes, zero-extended
 * @src: source operand, zero-extended
 * @res: result
 *
 * Context: any.
 * Return: true, or false if @insn is none that writes memory.
 */
bool insn_compute(const struct insn *insn, const struct guest_regs *regs,
		  u64 old, u64 src, struct insn_result *res)
{
	unsigned int size = insn->size;
	u64 flags = regs->rflags & F_ARITH;
	u64 carry = flags & F_CF;

	res->write = true;
	res->reg_written = false;
	res->reg = 0;
	res->reg_value = 0;

	switch (insn->op) {
	case INSN_MOV:
	case INSN_STOS:
	case INSN_MOVS:
		res->value = src;
		break;
	case INSN_XCHG:
		res->value = src;
		set_reg(res, insn->reg, old);
		break;
	case INSN_CMPXCHG:
		cmpxchg(insn, insn_reg_read(regs, 0, size, true), old, src, &flags, res);
		break;
	case INSN_XADD:
		res->value = add(old, src, 0, size, &flags);
		set_reg(res, insn->reg, old);
		break;
	case INSN_ADD:
		res->value = add(old, src, 0, size, &flags);
		break;
	case INSN_ADC:
		res->value = add(old, src, carry, size, &flags);
		break;
	case INSN_SUB:
		res->value = sub(old, src, 0, size, &flags);
		break;
	case INSN_SBB:
		res->value = sub(old, src, carry, size, &flags);
		break;
	case INSN_OR:
		res->value = logic(old | src, size, &flags);
		break;
	case INSN_AND:
		res->value = logic(old & src, size, &flags);
		break;
	case INSN_XOR:
		res->value = logic(old ^ src, size, &flags);
		break;
	case INSN_NOT:
		res->value = ~old & insn_size_mask(size);
		break;
	case INSN_NEG:
		res->value = sub(0, old, 0, size, &flags);
		break;
	case INSN_INC:
	case INSN_DEC:
		res->value = inc_dec(insn->op, old, size, &flags);
		break;
	case INSN_BTS:
	case INSN_BTR:
	case INSN_BTC:
		res->value = bit_op(insn->op, old, src, size, &flags);
		break;
	default:
		return false;
	}
	res->rflags = (regs->rflags & ~F_ARITH) | flags;
	return true;
}
