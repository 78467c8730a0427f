// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: Operands of emulated instructions
 *
 * Registers by number and size, and the linear address of a memory operand.
 * Called by emulate.c and ptvalidate/ptwr.c with what insn.c decoded.  Pure,
 * like it: addresses are computed here and judged by the caller.
 */
#include "insn.h"

/* Registers by their number in an encoding. */
static const u8 reg_offset[16] = {
#define OFF(r)	__builtin_offsetof(struct guest_regs, r)
	OFF(rax), OFF(rcx), OFF(rdx), OFF(rbx), OFF(rsp), OFF(rbp), OFF(rsi), OFF(rdi),
	OFF(r8), OFF(r9), OFF(r10), OFF(r11), OFF(r12), OFF(r13), OFF(r14), OFF(r15),
#undef OFF
};

static bool high_byte(unsigned int nr, unsigned int size, bool rex)
{
	return size == 1 && !rex && nr >= 4 && nr < 8;
}

/**
 * insn_reg_read - read a general register
 * @regs: the guest's registers
 * @nr: number in the encoding, 0..15
 * @size: 1, 2, 4 or 8 bytes
 * @rex: the instruction has a REX prefix (AH or SPL?)
 *
 * Context: any.
 * Return: the value, zero-extended.
 */
u64 insn_reg_read(const struct guest_regs *regs, unsigned int nr,
		  unsigned int size, bool rex)
{
	bool high = high_byte(nr, size, rex);
	u64 v;

	nr = high ? nr - 4 : nr & 15;
	v = *(const u64 *)((const char *)regs + reg_offset[nr]);
	return (high ? v >> 8 : v) & insn_size_mask(size);
}

/**
 * insn_reg_write - write a general register as the CPU does
 * @regs: the guest's registers
 * @nr: number in the encoding, 0..15
 * @value: low @size bytes count
 * @size: 1, 2, 4 or 8 bytes; 4 clears the upper half
 * @rex: the instruction has a REX prefix
 *
 * Context: any.
 */
void insn_reg_write(struct guest_regs *regs, unsigned int nr, u64 value,
		    unsigned int size, bool rex)
{
	bool high = high_byte(nr, size, rex);
	u64 mask = insn_size_mask(size);
	u64 *reg;

	nr = high ? nr - 4 : nr & 15;
	reg = (u64 *)((char *)regs + reg_offset[nr]);
	if (high)
		*reg = (*reg & ~0xff00ULL) | ((value & 0xff) << 8);
	else if (size >= 4)
		*reg = value & mask;
	else
		*reg = (*reg & ~mask) | (value & mask);
}

/* BTS and friends with a register address bits far from their operand (XSA-195). */
static u64 bit_displacement(const struct insn *insn, const struct guest_regs *regs)
{
	u64 bits;
	s64 nr;

	if (insn->op < INSN_BTS || insn->op > INSN_BTC || insn->src != INSN_SRC_REG)
		return 0;
	bits = insn_reg_read(regs, insn->reg, insn->size, insn->rex);
	switch (insn->size) {
	case 2:
		nr = (s16)bits;
		return (u64)(nr >> 4) << 1;
	case 4:
		nr = (s32)bits;
		return (u64)(nr >> 5) << 2;
	default:
		nr = (s64)bits;
		return (u64)(nr >> 6) << 3;
	}
}

/**
 * insn_address - linear address of a memory operand
 * @insn: decoded, with @mem
 * @regs: the guest's registers; rip is that of the instruction
 * @fs_base: base for an FS override
 * @gs_base: base for a GS override
 *
 * Not checked in any way: the caller judges it.  The destination of STOS, INS
 * and MOVS is in ES, which no prefix overrides.
 *
 * Context: any.
 * Return: the address.
 */
u64 insn_address(const struct insn *insn, const struct guest_regs *regs,
		 u64 fs_base, u64 gs_base)
{
	u64 ea = insn->disp;

	if (insn->rip_relative)
		ea += regs->rip + insn->len;
	if (insn->base != INSN_NO_REG)
		ea += insn_reg_read(regs, insn->base, 8, true);
	if (insn->index != INSN_NO_REG)
		ea += insn_reg_read(regs, insn->index, 8, true) << insn->scale;
	ea += bit_displacement(insn, regs);
	if (insn->addr32)
		ea = (u32)ea;
	if (insn->op == INSN_STOS || insn->op == INSN_INS || insn->op == INSN_MOVS)
		return ea;
	if (insn->seg == INSN_SEG_FS)
		ea += fs_base;
	else if (insn->seg == INSN_SEG_GS)
		ea += gs_base;
	return ea;
}

/**
 * insn_source_value - value of the source operand
 * @insn: decoded; not MOVS, whose source is in memory
 * @regs: the guest's registers
 *
 * Context: any.
 * Return: the value, cut to the operand size.
 */
u64 insn_source_value(const struct insn *insn, const struct guest_regs *regs)
{
	switch (insn->src) {
	case INSN_SRC_REG:
		return insn_reg_read(regs, insn->reg, insn->size, insn->rex);
	case INSN_SRC_IMM:
		return (u64)insn->imm & insn_size_mask(insn->size);
	case INSN_SRC_RAX:
		return insn_reg_read(regs, 0, insn->size, insn->rex);
	default:
		return 0;
	}
}
