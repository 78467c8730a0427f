// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: Instruction decoder
 *
 * Turns a copy of up to 15 guest bytes into a struct insn.  Called by
 * emulate.c and ptvalidate/ptwr.c.  It knows only the instructions of
 * enum insn_op: all others, and every encoding with a prefix that would make
 * the CPU refuse it, are -EINVAL.  It must not look at guest state and must
 * not read past the bytes it was given.
 */
#include "insn.h"

#ifdef __KERNEL__
#include <linux/errno.h>
#include <linux/string.h>
#else
#include <errno.h>
#include <string.h>
#endif

/* Flags of an opcode. */
#define MODRM		(1 << 0)
#define BYTE		(1 << 1)	/* operand size is 1 */
#define REG		(1 << 2)	/* source is ModRM.reg */
#define IMM8		(1 << 3)
#define IMMZ		(1 << 4)	/* 2 or 4 bytes, by operand size */
#define MOFFS		(1 << 5)	/* address follows, source is rAX */
#define LOCK		(1 << 6)	/* may have LOCK with a memory operand */
#define LONG		(1 << 7)	/* operand size 8 whatever the prefixes */
#define NO_PREFIX	(1 << 8)	/* refused with 66, F2, F3 */
#define STRING		(1 << 9)	/* memory at rDI (rSI for OUTS), source rAX */
#define PORT		(1 << 10)	/* operand size at most 4 */

struct opcode {
	u8 op;
	u16 flags;
};

#define ALU(base, name)							\
	[(base)] = { name, MODRM | BYTE | REG | LOCK },			\
	[(base) + 1] = { name, MODRM | REG | LOCK }

static const struct opcode one_byte[256] = {
	ALU(0x00, INSN_ADD),
	ALU(0x08, INSN_OR),
	ALU(0x10, INSN_ADC),
	ALU(0x18, INSN_SBB),
	ALU(0x20, INSN_AND),
	ALU(0x28, INSN_SUB),
	ALU(0x30, INSN_XOR),
	[0x6c] = { INSN_INS, BYTE | STRING | PORT },
	[0x6d] = { INSN_INS, STRING | PORT },
	[0x6e] = { INSN_OUTS, BYTE | STRING | PORT },
	[0x6f] = { INSN_OUTS, STRING | PORT },
	[0x80] = { INSN_GROUP1, MODRM | BYTE | IMM8 | LOCK },
	[0x81] = { INSN_GROUP1, MODRM | IMMZ | LOCK },
	[0x83] = { INSN_GROUP1, MODRM | IMM8 | LOCK },
	[0x86] = { INSN_XCHG, MODRM | BYTE | REG | LOCK },
	[0x87] = { INSN_XCHG, MODRM | REG | LOCK },
	[0x88] = { INSN_MOV, MODRM | BYTE | REG },
	[0x89] = { INSN_MOV, MODRM | REG },
	[0xa2] = { INSN_MOV, BYTE | MOFFS },
	[0xa3] = { INSN_MOV, MOFFS },
	[0xa4] = { INSN_MOVS, BYTE | STRING },
	[0xa5] = { INSN_MOVS, STRING },
	[0xaa] = { INSN_STOS, BYTE | STRING },
	[0xab] = { INSN_STOS, STRING },
	[0xc6] = { INSN_GROUP11, MODRM | BYTE | IMM8 },
	[0xc7] = { INSN_GROUP11, MODRM | IMMZ },
	[0xcd] = { INSN_INT, IMM8 },
	[0xe4] = { INSN_IN, BYTE | IMM8 | PORT },
	[0xe5] = { INSN_IN, IMM8 | PORT },
	[0xe6] = { INSN_OUT, BYTE | IMM8 | PORT },
	[0xe7] = { INSN_OUT, IMM8 | PORT },
	[0xec] = { INSN_IN, BYTE | PORT },
	[0xed] = { INSN_IN, PORT },
	[0xee] = { INSN_OUT, BYTE | PORT },
	[0xef] = { INSN_OUT, PORT },
	[0xf6] = { INSN_GROUP3, MODRM | BYTE | LOCK },
	[0xf7] = { INSN_GROUP3, MODRM | LOCK },
	[0xfa] = { INSN_CLI },
	[0xfb] = { INSN_STI },
	[0xfe] = { INSN_GROUP4, MODRM | BYTE | LOCK },
	[0xff] = { INSN_GROUP4, MODRM | LOCK },
};

static const struct opcode two_byte[256] = {
	[0x01] = { INSN_GROUP7, MODRM | NO_PREFIX },
	[0x06] = { INSN_CLTS },
	[0x09] = { INSN_WBINVD },
	[0x20] = { INSN_MOV_FROM_CR, MODRM | LONG },
	[0x21] = { INSN_MOV_FROM_DR, MODRM | LONG },
	[0x22] = { INSN_MOV_TO_CR, MODRM | LONG },
	[0x23] = { INSN_MOV_TO_DR, MODRM | LONG },
	[0x30] = { INSN_WRMSR },
	[0x31] = { INSN_RDTSC },
	[0x32] = { INSN_RDMSR },
	[0xa2] = { INSN_CPUID },
	[0xab] = { INSN_BTS, MODRM | REG | LOCK },
	[0xb0] = { INSN_CMPXCHG, MODRM | BYTE | REG | LOCK },
	[0xb1] = { INSN_CMPXCHG, MODRM | REG | LOCK },
	[0xb3] = { INSN_BTR, MODRM | REG | LOCK },
	[0xba] = { INSN_GROUP8, MODRM | IMM8 | LOCK },
	[0xbb] = { INSN_BTC, MODRM | REG | LOCK },
	[0xc0] = { INSN_XADD, MODRM | BYTE | REG | LOCK },
	[0xc1] = { INSN_XADD, MODRM | REG | LOCK },
	[0xc3] = { INSN_MOV, MODRM | REG | NO_PREFIX },
};

static const u8 group1[8] = {
	INSN_ADD, INSN_OR, INSN_ADC, INSN_SBB, INSN_AND, INSN_SUB, INSN_XOR,
};
static const u8 group3[8] = { [2] = INSN_NOT, [3] = INSN_NEG };
static const u8 group4[8] = { [0] = INSN_INC, [1] = INSN_DEC };
static const u8 group8[8] = { [5] = INSN_BTS, [6] = INSN_BTR, [7] = INSN_BTC };
static const u8 group11[8] = { [0] = INSN_MOV };

/* Where decoding stands. */
struct cursor {
	const u8 *bytes;
	unsigned int len;
	unsigned int pos;
	u8 rex;
	bool size16;
};

#define REX_B	1
#define REX_X	2
#define REX_R	4
#define REX_W	8

/* Little-endian, sign-extended. */
static int fetch(struct cursor *c, unsigned int size, s64 *value)
{
	u64 v = 0;
	unsigned int i;

	if (size > c->len - c->pos)
		return c->len == INSN_MAX_LEN ? -EINVAL : -ENODATA;
	for (i = 0; i < size; i++)
		v |= (u64)c->bytes[c->pos + i] << (8 * i);
	c->pos += size;
	switch (size) {
	case 1:
		*value = (s8)v;
		break;
	case 2:
		*value = (s16)v;
		break;
	case 4:
		*value = (s32)v;
		break;
	default:
		*value = (s64)v;
	}
	return 0;
}

static int fetch_byte(struct cursor *c, u8 *byte)
{
	s64 v = 0;
	int ret = fetch(c, 1, &v);

	*byte = (u8)v;
	return ret;
}

/* Returns the first byte that is no prefix in *@byte. */
static int decode_prefixes(struct cursor *c, bool code64, struct insn *insn, u8 *byte)
{
	int ret;

	for (;;) {
		ret = fetch_byte(c, byte);
		if (ret)
			return ret;
		switch (*byte) {
		case 0x66:
			c->size16 = true;
			break;
		case 0x67:
			insn->addr32 = true;
			break;
		case 0xf0:
			insn->lock = true;
			break;
		case 0xf2:
		case 0xf3:
			insn->rep = true;
			break;
		case 0x26:
		case 0x2e:
		case 0x36:
		case 0x3e:	/* no base in 64-bit code, nor do they undo FS or GS */
			break;
		case 0x64:
			insn->seg = INSN_SEG_FS;
			break;
		case 0x65:
			insn->seg = INSN_SEG_GS;
			break;
		default:
			if (!code64 || (*byte & 0xf0) != 0x40)
				return 0;
			c->rex = *byte;
			continue;
		}
		c->rex = 0;	/* only counts right before the opcode */
	}
}

static int decode_sib(struct cursor *c, u8 mod, struct insn *insn)
{
	u8 sib, base, index;
	int ret = fetch_byte(c, &sib);

	if (ret)
		return ret;
	base = sib & 7;
	index = ((sib >> 3) & 7) | (c->rex & REX_X ? 8 : 0);
	insn->scale = sib >> 6;
	if (index != 4)
		insn->index = index;
	if (base == 5 && mod == 0)
		return fetch(c, 4, &insn->disp);
	insn->base = base | (c->rex & REX_B ? 8 : 0);
	return 0;
}

/* ModRM, SIB and displacement, 64-bit rules (registers: any mode). */
static int decode_modrm(struct cursor *c, struct insn *insn)
{
	u8 modrm, mod, rm;
	int ret = fetch_byte(c, &modrm);

	if (ret)
		return ret;
	mod = modrm >> 6;
	rm = modrm & 7;
	insn->reg = ((modrm >> 3) & 7) | (c->rex & REX_R ? 8 : 0);
	insn->rm = rm | (c->rex & REX_B ? 8 : 0);
	if (mod == 3)
		return 0;

	insn->mem = true;
	if (mod == 0 && rm == 5) {
		insn->rip_relative = true;
		return fetch(c, 4, &insn->disp);
	}
	if (rm == 4)
		ret = decode_sib(c, mod, insn);
	else
		insn->base = insn->rm;
	if (ret || mod == 0)
		return ret;
	return fetch(c, mod == 1 ? 1 : 4, &insn->disp);
}

/* 0F 01: only two of its register forms are ours. */
static enum insn_op decode_group7(const struct insn *insn)
{
	if (insn->mem || (insn->rm & 7) != 1)
		return INSN_NONE;
	switch (insn->reg & 7) {
	case 2:
		return INSN_XSETBV;
	case 7:
		return INSN_RDTSCP;
	default:
		return INSN_NONE;
	}
}

static void resolve_group(struct insn *insn)
{
	u8 ext = insn->reg & 7;

	switch (insn->op) {
	case INSN_GROUP1:
		insn->op = group1[ext];
		break;
	case INSN_GROUP3:
		insn->op = group3[ext];
		break;
	case INSN_GROUP4:
		insn->op = group4[ext];
		break;
	case INSN_GROUP7:
		insn->op = decode_group7(insn);
		break;
	case INSN_GROUP8:
		insn->op = group8[ext];
		break;
	case INSN_GROUP11:
		insn->op = group11[ext];
		break;
	default:
		break;
	}
}

static int decode_operands(struct cursor *c, u16 flags, struct insn *insn)
{
	int ret = 0;

	if (flags & MODRM)
		ret = decode_modrm(c, insn);
	if (!ret && (flags & MOFFS)) {
		insn->mem = true;
		insn->src = INSN_SRC_RAX;
		ret = fetch(c, insn->addr32 ? 4 : 8, &insn->disp);
	}
	if (ret)
		return ret;

	if (flags & STRING) {
		insn->mem = true;
		insn->src = INSN_SRC_RAX;
		insn->base = insn->op == INSN_OUTS ? 6 : 7;
	}
	if (flags & REG)
		insn->src = INSN_SRC_REG;
	if (flags & (IMM8 | IMMZ)) {
		insn->src = INSN_SRC_IMM;
		ret = fetch(c, flags & IMM8 ? 1 : insn->size == 2 ? 2 : 4, &insn->imm);
	}
	return ret;
}

static u8 operand_size(const struct cursor *c, u16 flags)
{
	if (flags & BYTE)
		return 1;
	if (flags & LONG)
		return 8;
	if (c->rex & REX_W)
		return flags & PORT ? 4 : 8;
	return c->size16 ? 2 : 4;
}

/**
 * insn_decode - decode one instruction
 * @bytes: copy of the guest's bytes
 * @len: how many there are; those after INSN_MAX_LEN are ignored
 * @code64: 64-bit code segment; otherwise a flat 32-bit one, where memory
 *          operands are not decoded
 * @insn: result, valid if 0 is returned
 *
 * Context: any.
 * Return: 0; -EINVAL if it is not one that is known here; -ENODATA if @bytes
 * end in the middle of it.
 */
int insn_decode(const u8 *bytes, unsigned int len, bool code64, struct insn *insn)
{
	struct cursor c = {
		.bytes = bytes,
		.len = len < INSN_MAX_LEN ? len : INSN_MAX_LEN,
	};
	const struct opcode *opcode = one_byte;
	u8 byte;
	int ret;

	memset(insn, 0, sizeof(*insn));
	insn->base = INSN_NO_REG;
	insn->index = INSN_NO_REG;

	ret = decode_prefixes(&c, code64, insn, &byte);
	if (!ret && byte == 0x0f) {
		opcode = two_byte;
		ret = fetch_byte(&c, &byte);
	}
	if (ret)
		return ret;

	opcode += byte;
	if (opcode->op == INSN_NONE)
		return -EINVAL;
	if ((opcode->flags & NO_PREFIX) && (c.size16 || insn->rep))
		return -EINVAL;
	insn->op = opcode->op;
	insn->rex = c.rex != 0;
	insn->size = operand_size(&c, opcode->flags);
	ret = decode_operands(&c, opcode->flags, insn);
	if (ret)
		return ret;
	resolve_group(insn);
	if (insn->op == INSN_NONE)
		return -EINVAL;
	if (insn->lock && !((opcode->flags & LOCK) && insn->mem))
		return -EINVAL;
	if (insn->mem && !code64)
		return -EINVAL;
	if (insn->op == INSN_IN || insn->op == INSN_OUT || insn->op == INSN_INT)
		insn->imm &= 0xff;
	insn->len = c.pos;
	return 0;
}
