/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * insn.h: the few x86 instructions that the module ever carries out for a guest.
 *
 * Pure: no kernel header beyond the integer types, compiles in user space
 * (selftests/unit/insn).  Decoding reads the caller's copy of the bytes and
 * nothing else; computing touches no guest state.
 */
#ifndef LODGE_INSN_H
#define LODGE_INSN_H

#ifdef __KERNEL__
#include <linux/types.h>
#else
#include <stdbool.h>
#include <stdint.h>
typedef uint64_t u64;
typedef int64_t s64;
typedef uint32_t u32;
typedef int32_t s32;
typedef uint16_t u16;
typedef int16_t s16;
typedef uint8_t u8;
typedef int8_t s8;
#endif

#include "switcher/layout.h"

#define INSN_MAX_LEN	15

enum insn_op {
	INSN_NONE,
	/* privileged or I/O: emulate.c */
	INSN_CPUID, INSN_RDMSR, INSN_WRMSR, INSN_RDTSC, INSN_RDTSCP,
	INSN_MOV_FROM_CR, INSN_MOV_TO_CR, INSN_MOV_FROM_DR, INSN_MOV_TO_DR,
	INSN_CLTS, INSN_WBINVD, INSN_XSETBV, INSN_CLI, INSN_STI,
	INSN_IN, INSN_OUT, INSN_INS, INSN_OUTS, INSN_INT,
	/* writes to memory: ptvalidate/ptwr.c */
	INSN_MOV, INSN_STOS, INSN_MOVS, INSN_XCHG, INSN_CMPXCHG, INSN_XADD,
	INSN_ADD, INSN_OR, INSN_ADC, INSN_SBB, INSN_AND, INSN_SUB, INSN_XOR,
	INSN_NOT, INSN_NEG, INSN_INC, INSN_DEC,
	INSN_BTS, INSN_BTR, INSN_BTC,
	/* opcode groups, resolved before insn_decode() returns */
	INSN_GROUP1, INSN_GROUP3, INSN_GROUP4, INSN_GROUP7, INSN_GROUP8,
	INSN_GROUP11,
};

enum insn_source {
	INSN_SRC_NONE,
	INSN_SRC_REG,		/* ModRM.reg */
	INSN_SRC_IMM,		/* imm, sign-extended */
	INSN_SRC_RAX,
};

enum insn_seg { INSN_SEG_FLAT, INSN_SEG_FS, INSN_SEG_GS };

#define INSN_NO_REG	0xff

/**
 * struct insn - one decoded instruction
 * @op: what it does; never INSN_NONE or a group after a successful decode
 * @src: where the source operand is
 * @seg: base to add to a memory operand; meaningless without one (XSA-123)
 * @len: bytes it occupies, 1..INSN_MAX_LEN
 * @size: operand size in bytes: 1, 2, 4 or 8
 * @lock: has a LOCK prefix; only ever set on instructions that may have one
 * @rep: has a REP or REPNE prefix
 * @mem: has a memory operand, described by the next fields
 * @addr32: effective address is cut to 32 bits
 * @rex: had a REX prefix: byte registers 4..7 are SPL, BPL, SIL, DIL
 * @rip_relative: @disp is relative to the next instruction
 * @reg: ModRM.reg with REX.R
 * @rm: ModRM.rm with REX.B, a register number if !@mem
 * @base: base register or INSN_NO_REG
 * @index: index register or INSN_NO_REG
 * @scale: shift for the index, 0..3
 * @disp: displacement, sign-extended
 * @imm: immediate, sign-extended (ports and vectors: zero-extended)
 */
struct insn {
	enum insn_op op;
	enum insn_source src;
	enum insn_seg seg;
	u8 len;
	u8 size;
	bool lock;
	bool rep;
	bool mem;
	bool addr32;
	bool rex;
	bool rip_relative;
	u8 reg;
	u8 rm;
	u8 base;
	u8 index;
	u8 scale;
	s64 disp;
	s64 imm;
};

/**
 * struct insn_result - what an instruction that writes memory comes to
 * @value: what memory holds afterwards, @write only
 * @write: memory is written (a failed cmpxchg writes back what it read)
 * @rflags: RFLAGS afterwards
 * @reg_value: new value of the register @reg, if @reg_written
 * @reg: ModRM.reg number, or 0 for RAX
 */
struct insn_result {
	u64 value;
	u64 rflags;
	u64 reg_value;
	u8 reg;
	bool write;
	bool reg_written;
};

int insn_decode(const u8 *bytes, unsigned int len, bool code64, struct insn *insn);
u64 insn_address(const struct insn *insn, const struct guest_regs *regs,
		 u64 fs_base, u64 gs_base);
u64 insn_reg_read(const struct guest_regs *regs, unsigned int nr,
		  unsigned int size, bool rex);
void insn_reg_write(struct guest_regs *regs, unsigned int nr, u64 value,
		    unsigned int size, bool rex);
u64 insn_source_value(const struct insn *insn, const struct guest_regs *regs);
bool insn_compute(const struct insn *insn, const struct guest_regs *regs,
		  u64 old, u64 src, struct insn_result *res);

static inline bool insn_writes_memory(const struct insn *insn)
{
	return insn->mem && insn->op >= INSN_MOV && insn->op < INSN_GROUP1;
}

static inline u64 insn_size_mask(unsigned int size)
{
	return size >= 8 ? ~0ULL : (1ULL << (size * 8)) - 1;
}

#endif
