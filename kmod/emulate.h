/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * emulate.h: between emulate.c, emulate_cr.c and emulate_io.c.
 */
#ifndef LODGE_EMULATE_H
#define LODGE_EMULATE_H

#include "insn.h"

struct vcpu;

enum emul {
	EMUL_DONE,	/* carried out: go on behind it */
	EMUL_AGAIN,	/* carried out in part: run it again */
	EMUL_EVENT,	/* an exception has been injected */
	EMUL_REFUSED,	/* #GP */
};

typedef enum emul (*emul_fn)(struct vcpu *v, const struct insn *insn);

/* ---- emulate_cr.c ---- */
enum emul emul_mov_from_cr(struct vcpu *v, const struct insn *insn);
enum emul emul_mov_to_cr(struct vcpu *v, const struct insn *insn);
enum emul emul_clts(struct vcpu *v, const struct insn *insn);
enum emul emul_xsetbv(struct vcpu *v, const struct insn *insn);
enum emul emul_mov_from_dr(struct vcpu *v, const struct insn *insn);
enum emul emul_mov_to_dr(struct vcpu *v, const struct insn *insn);

/* ---- emulate_io.c ---- */
enum emul emul_in(struct vcpu *v, const struct insn *insn);
enum emul emul_out(struct vcpu *v, const struct insn *insn);
enum emul emul_string_io(struct vcpu *v, const struct insn *insn);
enum emul emul_cli_sti(struct vcpu *v, const struct insn *insn);

static inline u64 edx_eax(const struct guest_regs *regs)
{
	return (u32)regs->rax | regs->rdx << 32;
}

#endif
