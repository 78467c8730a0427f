// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: Emulation of privileged instructions
 *
 * A guest kernel runs at CPL 3, so what only CPL 0 may do raises #GP there.
 * trap.c calls in; what Xen 4.17 carries out for its PV domains is carried out
 * here, the rest is refused and the guest gets its #GP.  The instruction is
 * fetched once and the copy decoded (insn.c).  Control and debug registers are
 * in emulate_cr.c, port I/O in emulate_io.c, the policies for CPUID and MSRs
 * in cpuid.c and msr.c.  No port, no control register and no cache of the host
 * is touched for a guest.
 */
#include <linux/errno.h>
#include <linux/nospec.h>
#include <linux/string.h>
#include <asm/processor-flags.h>
#include <asm/tsc.h>

#include "emulate.h"
#include "lodge.h"
#include "../hypercall/hypercall.h"

#define DR6_BS		0x00004000ULL	/* single step */
#define DR6_RESERVED_1	0xffff0ff0ULL
#define VEC_INT80	0x80
#define SOFT_INT_LEN	2		/* cd xx */
#define ERROR_IDT	2		/* error code: names an IDT entry */
#define ERROR_EXT	1		/* not by the guest's instruction */

/* ---- shared with ptwr.c ---- */

/**
 * emulate_fetch - copy the instruction that the guest stands at
 * @v: vCPU
 * @buf: INSN_MAX_LEN bytes
 *
 * Context: slice.
 * Return: how many bytes there are; fewer than INSN_MAX_LEN, down to 0, if the
 * page after them cannot be fetched from.
 */
unsigned int emulate_fetch(struct vcpu *v, u8 *buf)
{
	return copy_insn_from_guest(v, buf, v->page->regs.rip, INSN_MAX_LEN);
}

/**
 * emulate_retire - an instruction has been carried out
 * @v: vCPU
 * @len: bytes to go on by; 0 after one of several iterations
 *
 * Clears RF and raises the #DB of a single step.
 *
 * Context: slice.
 */
void emulate_retire(struct vcpu *v, unsigned int len)
{
	struct guest_regs *regs = &v->page->regs;

	regs->rip += len;
	regs->rflags &= ~X86_EFLAGS_RF;
	if (regs->rflags & X86_EFLAGS_TF) {
		v->dr[6] |= DR6_BS | DR6_RESERVED_1;
		trap_inject(v, VEC_DB, 0);
	}
}

/**
 * emulate_code64 - is the guest in 64-bit code?
 * @v: vCPU
 * @code64: result
 *
 * Context: slice.
 * Return: true if it is in 64-bit or in flat 32-bit code, the only ones that
 * are emulated.
 */
bool emulate_code64(struct vcpu *v, bool *code64)
{
	u16 sel = v->page->regs.cs;
	u64 desc;

	*code64 = sel == SEL_GUEST_CS64;
	if (sel == SEL_GUEST_CS64 || sel == SEL_GUEST_CS32)
		return true;
	if (!segment_read(v, sel, &desc))
		return false;
	if (~desc >> 43 & 3 || ~desc >> 47 & 1)		/* code segment, S, present */
		return false;
	*code64 = desc >> 53 & 1;
	/* 32-bit: D set, base 0 */
	return *code64 || ((desc >> 54 & 1) && !(desc & 0xff0000ffffff0000ULL));
}

/* The bytes after @got could not be fetched: what the CPU would say of them. */
static void fetch_fault(struct vcpu *v, unsigned int got)
{
	u64 gva = v->page->regs.rip + got;

	if (guest_address_ok(gva))
		trap_inject_pf(v, 0, gva);
	else
		trap_inject(v, VEC_GP, 0);
}

/* ---- CPUID, MSRs, time stamp ---- */

static void do_cpuid(struct vcpu *v, bool forced)
{
	struct guest_regs *regs = &v->page->regs;
	struct guest_cpuid res;

	guest_cpuid(v, (u32)regs->rax, (u32)regs->rcx, forced, &res);
	regs->rax = res.a;
	regs->rbx = res.b;
	regs->rcx = res.c;
	regs->rdx = res.d;
}

static enum emul emul_cpuid(struct vcpu *v, const struct insn *insn)
{
	do_cpuid(v, false);
	return EMUL_DONE;
}

static void set_edx_eax(struct guest_regs *regs, u64 val)
{
	regs->rax = (u32)val;
	regs->rdx = val >> 32;
}

static enum emul emul_rdmsr(struct vcpu *v, const struct insn *insn)
{
	struct guest_regs *regs = &v->page->regs;
	u64 val;

	if (guest_rdmsr(v, (u32)regs->rcx, &val))
		return EMUL_REFUSED;
	set_edx_eax(regs, val);
	return EMUL_DONE;
}

static enum emul emul_wrmsr(struct vcpu *v, const struct insn *insn)
{
	const struct guest_regs *regs = &v->page->regs;

	return guest_wrmsr(v, (u32)regs->rcx, edx_eax(regs)) ? EMUL_REFUSED : EMUL_DONE;
}

/* Faults only if the guest has set CR4.TSD; its kernel may read it all the same. */
static enum emul emul_rdtsc(struct vcpu *v, const struct insn *insn)
{
	if (!guest_kernel_mode(v) && (v->ctrlreg[4] & X86_CR4_TSD))
		return EMUL_REFUSED;
	set_edx_eax(&v->page->regs, rdtsc_ordered());
	if (insn->op == INSN_RDTSCP)
		v->page->regs.rcx = v->tsc_aux;
	return EMUL_DONE;
}

/* Domains have no device behind a cache. */
static enum emul emul_wbinvd(struct vcpu *v, const struct insn *insn)
{
	return EMUL_DONE;
}

/* ---- dispatch ---- */

static const struct {
	emul_fn fn;
	bool kernel;		/* of the guest kernel alone */
} emulators[] = {
	[INSN_CPUID] = { emul_cpuid, false },
	[INSN_RDMSR] = { emul_rdmsr, true },
	[INSN_WRMSR] = { emul_wrmsr, true },
	[INSN_RDTSC] = { emul_rdtsc, false },
	[INSN_RDTSCP] = { emul_rdtsc, false },
	[INSN_MOV_FROM_CR] = { emul_mov_from_cr, true },
	[INSN_MOV_TO_CR] = { emul_mov_to_cr, true },
	[INSN_MOV_FROM_DR] = { emul_mov_from_dr, true },
	[INSN_MOV_TO_DR] = { emul_mov_to_dr, true },
	[INSN_CLTS] = { emul_clts, true },
	[INSN_WBINVD] = { emul_wbinvd, true },
	[INSN_XSETBV] = { emul_xsetbv, true },
	[INSN_CLI] = { emul_cli_sti, false },	/* by virtual IOPL */
	[INSN_STI] = { emul_cli_sti, false },
	[INSN_IN] = { emul_in, false },
	[INSN_OUT] = { emul_out, false },
	[INSN_INS] = { emul_string_io, false },
	[INSN_OUTS] = { emul_string_io, false },
};

static enum emul emulate(struct vcpu *v, const struct insn *insn)
{
	if (insn->op >= ARRAY_SIZE(emulators) || !emulators[insn->op].fn)
		return EMUL_REFUSED;
	if (emulators[insn->op].kernel && !guest_kernel_mode(v))
		return EMUL_REFUSED;
	return emulators[insn->op].fn(v, insn);
}

/**
 * emulate_privileged - the guest took a #GP with error code 0
 * @v: vCPU, in its kernel or in user mode
 *
 * Context: slice.
 * Return: true if that is dealt with, false if the guest must get the #GP.
 */
bool emulate_privileged(struct vcpu *v)
{
	u8 bytes[INSN_MAX_LEN];
	struct insn insn;
	unsigned int got;
	bool code64;
	int ret;

	if (!emulate_code64(v, &code64))
		return false;
	got = emulate_fetch(v, bytes);
	ret = insn_decode(bytes, got, code64, &insn);
	if (ret == -ENODATA) {
		fetch_fault(v, got);
		return true;
	}
	if (ret)
		return false;

	switch (emulate(v, &insn)) {
	case EMUL_DONE:
		emulate_retire(v, insn.len);
		return true;
	case EMUL_AGAIN:
	case EMUL_EVENT:
		return true;
	default:
		return false;
	}
}

/**
 * emulate_forced - the guest took a #UD: is it the forced-emulation prefix?
 * @v: vCPU
 *
 * ``ud2a; .ascii "xen"; cpuid`` is CPUID as the policy has it, in user mode too.
 *
 * Context: slice.
 * Return: true if that is dealt with, false if the guest must get the #UD.
 */
bool emulate_forced(struct vcpu *v)
{
	static const u8 prefix[] = { 0x0f, 0x0b, 'x', 'e', 'n' };
	static const u8 cpuid[] = { 0x0f, 0xa2 };
	u8 bytes[INSN_MAX_LEN];
	unsigned int got = emulate_fetch(v, bytes);

	if (got < sizeof(prefix)) {
		/* The CPU fetched UD2, if that is what it was. */
		if (got && memcmp(bytes, prefix, min_t(unsigned int, got, 2)))
			return false;
		fetch_fault(v, got);
		return true;
	}
	if (memcmp(bytes, prefix, sizeof(prefix)))
		return false;
	if (got < sizeof(prefix) + sizeof(cpuid)) {
		fetch_fault(v, got);
		return true;
	}
	if (memcmp(bytes + sizeof(prefix), cpuid, sizeof(cpuid)))
		return false;
	do_cpuid(v, true);
	emulate_retire(v, sizeof(prefix) + sizeof(cpuid));
	return true;
}

/*
 * Software interrupts push no error code, whatever the vector; so those below
 * 32 are delivered as if they were above.
 */
static void inject_soft(struct vcpu *v, unsigned int vector, const struct guest_trap *trap)
{
	if (vector >= 32) {
		trap_inject(v, vector, 0);
		return;
	}
	v->page->soft_trap = *trap;
	v->page->inject = (struct guest_inject){
		.vector = VEC_INT80,
		.valid = INJECT_TRAP,
	};
}

/*
 * Which vector, and how long is the instruction?  The error code says the one
 * (QEMU's emulation: another number, in 64-bit mode), and the usual encoding the
 * other.
 */
static unsigned int soft_vector(struct vcpu *v, u32 error, unsigned int *len)
{
	u8 bytes[INSN_MAX_LEN];
	struct insn insn;
	bool code64;

	if (emulate_code64(v, &code64) &&
	    !insn_decode(bytes, emulate_fetch(v, bytes), code64, &insn) &&
	    insn.op == INSN_INT) {
		*len = insn.len;
		return (u8)insn.imm;
	}
	*len = SOFT_INT_LEN;
	return (error >> 3) & 0xff;
}

/**
 * emulate_soft_int - the guest took a #GP that names an IDT entry: ``int n``
 * @v: vCPU
 * @error: error code
 *
 * It is delivered as the guest's trap table says, or the guest gets the #GP.
 *
 * Context: slice.
 * Return: true if that is dealt with, false if it is no software interrupt.
 */
bool emulate_soft_int(struct vcpu *v, u32 error)
{
	unsigned int ring = guest_kernel_mode(v) ? 1 : 3;
	struct guest_trap trap;
	unsigned int vector, len;

	if (!(error & ERROR_IDT) || (error & ERROR_EXT))
		return false;
	vector = array_index_nospec(soft_vector(v, error, &len), 256);
	trap = vcpu_trap(v, vector);
	/* Xen takes int 0x80 by a gate of its own and does not look at the DPL. */
	if (!trap.address || (vector != VEC_INT80 && (trap.flags & 3) < ring)) {
		trap_inject(v, VEC_GP, vector << 3 | ERROR_IDT);
		return true;
	}
	v->page->regs.rip += len;
	inject_soft(v, vector, &trap);
	return true;
}
