// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: Control and debug registers of a guest
 *
 * All of them are virtual: reads show what Xen would show, writes change the
 * vCPU's fields, and what of that the CPU gets is loaded by switch.c.  Only
 * XCR0 is the vCPU's in the CPU too, for its slice.  Called by emulate.c.
 */
#include <linux/errno.h>
#include <linux/types.h>
#include <asm/fpu/xcr.h>
#include <asm/processor-flags.h>
#include <asm/special_insns.h>

#include "emulate.h"
#include "lodge.h"
#include "../ptvalidate/ptvalidate.h"

#define XCR0_X87	BIT_ULL(0)
#define XCR0_SSE	BIT_ULL(1)
#define XCR0_AVX	BIT_ULL(2)
#define XCR0_AVX512	(BIT_ULL(5) | BIT_ULL(6) | BIT_ULL(7))

static u64 read_guest_cr0(const struct vcpu *v)
{
	u64 cr0 = native_read_cr0() & ~X86_CR0_TS;

	return v->page->flags & VCPU_TS ? cr0 | X86_CR0_TS : cr0;
}

static void set_ts(struct vcpu *v, bool ts)
{
	if (ts)
		v->page->flags |= VCPU_TS;
	else
		v->page->flags &= ~VCPU_TS;
}

/**
 * emul_mov_from_cr - MOV from CR of the guest kernel
 * @v: vCPU
 * @insn: decoded
 *
 * Context: slice.  Return: any enum emul.
 */
enum emul emul_mov_from_cr(struct vcpu *v, const struct insn *insn)
{
	u64 val;

	switch (insn->reg) {
	case 0:
		val = read_guest_cr0(v);
		break;
	case 2:		/* where the switcher leaves it at a page fault */
		val = READ_ONCE(v->info->arch.cr2);
		break;
	case 3:
		val = v->page->l4_kernel << PAGE_SHIFT;
		break;
	case 4:
		val = guest_cr4(v->ctrlreg[4]);
		break;
	default:
		return EMUL_REFUSED;
	}
	insn_reg_write(&v->page->regs, insn->rm, val, 8, true);
	return EMUL_DONE;
}

/* Xen takes any value of the low bits; the frame number counts. */
static enum emul new_base(struct vcpu *v, u64 val)
{
	switch (pt_set_base(v, v, (val & PTE_ADDR) >> PAGE_SHIFT, false)) {
	case 0:
		return EMUL_DONE;
	case -ERESTART:
		return EMUL_AGAIN;
	default:
		return EMUL_REFUSED;
	}
}

/**
 * emul_mov_to_cr - MOV to CR of the guest kernel
 * @v: vCPU
 * @insn: decoded
 *
 * Context: slice.  Return: any enum emul.
 */
enum emul emul_mov_to_cr(struct vcpu *v, const struct insn *insn)
{
	u64 val = insn_reg_read(&v->page->regs, insn->rm, 8, true);

	switch (insn->reg) {
	case 0:
		if ((val ^ read_guest_cr0(v)) & ~X86_CR0_TS)
			return EMUL_REFUSED;
		set_ts(v, val & X86_CR0_TS);
		return EMUL_DONE;
	case 2:
		WRITE_ONCE(v->info->arch.cr2, val);
		return EMUL_DONE;
	case 3:
		return new_base(v, val);
	case 4:
		v->ctrlreg[4] = guest_cr4(val);
		vcpu_update_cr4(v);
		return EMUL_DONE;
	default:
		return EMUL_REFUSED;
	}
}

/**
 * emul_clts - CLTS of the guest kernel
 * @v: vCPU
 * @insn: decoded
 *
 * Context: slice.  Return: any enum emul.
 */
enum emul emul_clts(struct vcpu *v, const struct insn *insn)
{
	set_ts(v, false);
	return EMUL_DONE;
}

/* Any combination that the CPU takes, of what this host gives to guests. */
static bool xcr0_valid(u64 val)
{
	if (val & ~guest_xcr0_mask() || !(val & XCR0_X87))
		return false;
	if ((val & XCR0_AVX) && !(val & XCR0_SSE))
		return false;
	if (!(val & XCR0_AVX512))
		return true;
	return (val & XCR0_AVX) && (val & XCR0_AVX512) == XCR0_AVX512;
}

/**
 * emul_xsetbv - XSETBV of the guest kernel
 * @v: vCPU
 * @insn: decoded
 *
 * Context: slice.  Return: any enum emul.
 */
enum emul emul_xsetbv(struct vcpu *v, const struct insn *insn)
{
	const struct guest_regs *regs = &v->page->regs;
	u64 val = edx_eax(regs);

	if (!(v->ctrlreg[4] & X86_CR4_OSXSAVE)) {
		trap_inject(v, VEC_UD, 0);
		return EMUL_EVENT;
	}
	if ((u32)regs->rcx != XCR_XFEATURE_ENABLED_MASK || !xcr0_valid(val))
		return EMUL_REFUSED;
	v->xcr0 = val;
	xsetbv(XCR_XFEATURE_ENABLED_MASK, val);		/* v's during its slice */
	return EMUL_DONE;
}

static enum emul debugreg_result(struct vcpu *v, int ret)
{
	switch (ret) {
	case 0:
		return EMUL_DONE;
	case -ENODEV:
		trap_inject(v, VEC_UD, 0);
		return EMUL_EVENT;
	default:
		return EMUL_REFUSED;
	}
}

/**
 * emul_mov_from_dr - MOV from DR of the guest kernel
 * @v: vCPU
 * @insn: decoded
 *
 * Context: slice.  Return: any enum emul.
 */
enum emul emul_mov_from_dr(struct vcpu *v, const struct insn *insn)
{
	u64 val;
	int ret = debugreg_get(v, insn->reg, &val);

	if (!ret)
		insn_reg_write(&v->page->regs, insn->rm, val, 8, true);
	return debugreg_result(v, ret);
}

/**
 * emul_mov_to_dr - MOV to DR of the guest kernel
 * @v: vCPU
 * @insn: decoded
 *
 * Context: slice.  Return: any enum emul.
 */
enum emul emul_mov_to_dr(struct vcpu *v, const struct insn *insn)
{
	u64 val = insn_reg_read(&v->page->regs, insn->rm, 8, true);

	return debugreg_result(v, debugreg_set(v, insn->reg, val));
}
