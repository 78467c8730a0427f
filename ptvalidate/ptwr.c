// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: Guest writes to read-only page tables
 *
 * Stock Linux writes some L1 entries directly, although its tables are mapped
 * read-only: with xchg, lock cmpxchg, lock btr and plain mov.  The fault comes
 * here; the instruction is decoded, its result computed, and the entry updated
 * through update.c as mmu_update would, checks and references included.  What
 * is not plainly such a write is left alone: the guest gets its #PF.
 *
 * Called by kmod/trap.c.  Nothing is written here but by pt_update_entry(), and
 * no guest register changes before that has worked.
 */
#include <linux/errno.h>
#include <asm/processor-flags.h>
#include <asm/trap_pf.h>

#include "../hypercall/hypercall.h"
#include "../kmod/insn.h"
#include "../kmod/lodge.h"
#include "ptvalidate.h"

#define MAX_TRIES	8	/* hardware sets A and D in between: once each */

/* One write under way. */
struct ptwr {
	struct insn insn;
	struct insn_result res;
	u64 table_mfn;
	u64 gva;
	u64 src;
};

/* Is this the kind of fault that a write to a table makes? */
static bool may_be_ptwr(struct vcpu *v, u64 gva, u32 error)
{
	const u32 must = X86_PF_PROT | X86_PF_WRITE;
	const u32 must_not = X86_PF_RSVD | X86_PF_INSTR;

	return (error & (must | must_not)) == must && guest_kernel_mode(v) &&
	       (v->domain->vm_assist & BIT(VMASST_TYPE_writable_pagetables)) &&
	       guest_address_ok(gva);
}

static bool is_string(const struct insn *insn)
{
	return insn->op == INSN_STOS || insn->op == INSN_MOVS;
}

/* The source operand; MOVS has it in memory. */
static bool read_source(struct vcpu *v, struct ptwr *w)
{
	const struct guest_regs *regs = &v->page->regs;
	u64 gva = regs->rsi;

	w->src = 0;
	if (w->insn.op != INSN_MOVS) {
		w->src = insn_source_value(&w->insn, regs);
		return true;
	}
	if (w->insn.seg == INSN_SEG_FS)
		gva += v->page->fs_base;
	else if (w->insn.seg == INSN_SEG_GS)
		gva += v->page->gs_base;
	return !copy_from_guest(v, &w->src, gva, w->insn.size);
}

/* Decodes what the guest stands at; false unless it writes within one entry at @gva. */
static bool decode_write(struct vcpu *v, struct ptwr *w)
{
	const struct guest_regs *regs = &v->page->regs;
	u8 bytes[INSN_MAX_LEN];
	bool code64;

	if (!emulate_code64(v, &code64) || !code64)
		return false;
	if (insn_decode(bytes, emulate_fetch(v, bytes), true, &w->insn))
		return false;
	if (!insn_writes_memory(&w->insn) || (is_string(&w->insn) && w->insn.addr32))
		return false;
	if (insn_address(&w->insn, regs, v->page->fs_base, v->page->gs_base) != w->gva)
		return false;
	return !(w->gva & (w->insn.size - 1)) && read_source(v, w);
}

/* Carries the instruction out on the entry, once. */
static int try_update(struct vcpu *v, struct ptwr *w)
{
	unsigned int shift = (w->gva & 7) * 8;
	u64 mask = insn_size_mask(w->insn.size);
	struct pt_update u = {
		.mfn = w->table_mfn,
		.index = (w->gva & ~PAGE_MASK) / sizeof(u64),
		.flags = PT_UPDATE_CMPXCHG | PT_UPDATE_ONLY_L1,
	};

	/* By its address: what the walk found then may be the host's memory by now. */
	if (copy_from_guest(v, &u.old, w->gva & ~7ULL, sizeof(u.old)))
		return -EINVAL;
	if (!insn_compute(&w->insn, &v->page->regs, (u.old >> shift) & mask, w->src, &w->res))
		return -EINVAL;
	u.val = (u.old & ~(mask << shift)) | (w->res.value & mask) << shift;
	return pt_update_entry(v, &u);
}

/* Advances a string instruction; returns how far RIP goes. */
static unsigned int advance_string(struct guest_regs *regs, const struct insn *insn)
{
	u64 step = regs->rflags & X86_EFLAGS_DF ? -(u64)insn->size : insn->size;

	regs->rdi += step;
	if (insn->op == INSN_MOVS)
		regs->rsi += step;
	if (insn->rep && --regs->rcx)
		return 0;
	return insn->len;
}

/* The entry is written: now the registers. */
static void commit(struct vcpu *v, const struct ptwr *w)
{
	struct guest_regs *regs = &v->page->regs;
	unsigned int len = w->insn.len;

	regs->rflags = w->res.rflags;
	if (w->res.reg_written)
		insn_reg_write(regs, w->res.reg, w->res.reg_value, w->insn.size, w->insn.rex);
	if (is_string(&w->insn))
		len = advance_string(regs, &w->insn);
	emulate_retire(v, len);
}

/**
 * ptwr_fault - is this page fault a write to an L1 table? then carry it out
 * @v: vCPU, at the faulting instruction
 * @gva: faulting address (CR2)
 * @error: error code
 *
 * If the entry changes under us again and again, or the update gives way,
 * nothing is done: the guest runs the instruction again.
 *
 * Context: slice.
 * Return: true if the fault is dealt with, false if the guest must get it: it
 * is no write to a table, an instruction that is not known, or a new entry
 * that the domain may not have.
 */
bool ptwr_fault(struct vcpu *v, u64 gva, u32 error)
{
	struct ptwr w = { .gva = gva };
	unsigned int tries;
	u64 pte, maddr;
	int ret;

	if (!may_be_ptwr(v, gva, error) || guest_walk_pte(v, gva, &pte, &maddr))
		return false;
	if (pte & PTE_RW)
		return false;
	if (!decode_write(v, &w))
		return false;
	if (w.insn.rep && is_string(&w.insn) && !v->page->regs.rcx)
		return false;

	w.table_mfn = pte_mfn(pte);
	for (tries = 0; tries < MAX_TRIES; tries++) {
		ret = try_update(v, &w);
		if (ret != -EAGAIN)
			break;
	}
	if (ret == -EAGAIN || ret == -ERESTART)
		return true;
	if (ret)
		return false;
	commit(v, &w);
	return true;
}
