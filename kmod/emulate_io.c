// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: Port I/O of a guest
 *
 * IN, OUT and their kin raise #GP at CPL 3.  Whether the guest may use them is
 * its own affair (virtual IOPL, I/O bitmap); what it then finds is an empty
 * machine.  Called by emulate.c; no port of the host is ever touched.
 */
#include <linux/compiler.h>
#include <asm/processor-flags.h>
#include <asm/trap_pf.h>

#include "emulate.h"
#include "lodge.h"
#include "../hypercall/hypercall.h"

#define MAX_REPS	64	/* of INS and OUTS in one go */

/* The guest kernel counts as ring 1, unless it has asked to be ring 0. */
static bool iopl_ok(struct vcpu *v)
{
	unsigned int ring = 3;

	if (guest_kernel_mode(v))
		ring = v->domain->vm_assist & BIT(VMASST_TYPE_architectural_iopl) ? 0 : 1;
	return ring <= v->page->iopl;
}

/* The guest kernel's bitmap says who else may; it is mapped in its own tables. */
static bool io_bitmap_ok(struct vcpu *v, unsigned int port, unsigned int size)
{
	u32 mode = v->page->flags & VCPU_KERNEL_MODE;
	u16 bits = 0xffff;
	u8 low;

	if (port + size > v->iobmp_ports)
		return false;
	v->page->flags |= VCPU_KERNEL_MODE;
	if (copy_from_guest(v, &bits, v->iobmp_gva + (port >> 3), sizeof(bits))) {
		/* The last byte of the bitmap may be the last of its page. */
		if (copy_from_guest(v, &low, v->iobmp_gva + (port >> 3), sizeof(low)))
			bits = 0xffff;
		else
			bits = 0xff00 | low;
	}
	v->page->flags = (v->page->flags & ~VCPU_KERNEL_MODE) | mode;
	return !(bits & (((1U << size) - 1) << (port & 7)));
}

static bool io_ok(struct vcpu *v, unsigned int port, unsigned int size)
{
	return iopl_ok(v) || io_bitmap_ok(v, port, size);
}

/*
 * There is nothing behind any port.  Two latches answer, as in every PV domain
 * of Xen: the index of the CMOS and the address of PCI configuration space.
 * The timer (0x40..0x43) stands still at 0: Linux calibrates against it before
 * it asks the hypervisor, and waits long for a counter that reads all ones.
 */
static u8 port_in_byte(struct domain *d, unsigned int port)
{
	switch (port) {
	case 0x40 ... 0x43:
		return 0;
	case 0x70:
		return READ_ONCE(d->cmos_index);
	default:
		return 0xff;
	}
}

static u32 port_in(struct domain *d, unsigned int port, unsigned int size)
{
	u32 val = 0;
	unsigned int i;

	if (port == 0xcf8 && size == 4)
		return READ_ONCE(d->pci_cf8);
	for (i = 0; i < size; i++)
		val |= (u32)port_in_byte(d, port + i) << (8 * i);
	return val;
}

static void port_out(struct domain *d, unsigned int port, unsigned int size, u32 val)
{
	if (port == 0xcf8 && size == 4)
		WRITE_ONCE(d->pci_cf8, val);
	if (port <= 0x70 && port + size > 0x70)
		WRITE_ONCE(d->cmos_index, val >> (8 * (0x70 - port)));
}

static unsigned int io_port(const struct vcpu *v, const struct insn *insn)
{
	return insn->src == INSN_SRC_IMM ? (u8)insn->imm : (u16)v->page->regs.rdx;
}

/**
 * emul_in - IN
 * @v: vCPU
 * @insn: decoded
 *
 * Context: slice.  Return: EMUL_DONE, or EMUL_REFUSED without the privilege.
 */
enum emul emul_in(struct vcpu *v, const struct insn *insn)
{
	unsigned int port = io_port(v, insn);

	if (!io_ok(v, port, insn->size))
		return EMUL_REFUSED;
	insn_reg_write(&v->page->regs, 0, port_in(v->domain, port, insn->size),
		       insn->size, true);
	return EMUL_DONE;
}

/**
 * emul_out - OUT
 * @v: vCPU
 * @insn: decoded
 *
 * Context: slice.  Return: EMUL_DONE, or EMUL_REFUSED without the privilege.
 */
enum emul emul_out(struct vcpu *v, const struct insn *insn)
{
	unsigned int port = io_port(v, insn);

	if (!io_ok(v, port, insn->size))
		return EMUL_REFUSED;
	port_out(v->domain, port, insn->size,
		 insn_reg_read(&v->page->regs, 0, insn->size, true));
	return EMUL_DONE;
}

/* One element of INS or OUTS; false: an exception has been injected. */
static bool io_element(struct vcpu *v, const struct insn *insn, unsigned int port)
{
	struct guest_regs *regs = &v->page->regs;
	bool in = insn->op == INSN_INS;
	u64 gva = insn_address(insn, regs, v->page->fs_base, v->page->gs_base);
	u64 *reg = in ? &regs->rdi : &regs->rsi;
	u32 val = 0;

	if (!guest_address_ok(gva) || !guest_address_ok(gva + insn->size - 1)) {
		trap_inject(v, VEC_GP, 0);
		return false;
	}
	if (in) {
		val = port_in(v->domain, port, insn->size);
		if (copy_to_guest(v, gva, &val, insn->size)) {
			trap_inject_pf(v, X86_PF_WRITE, gva);
			return false;
		}
	} else {
		if (copy_from_guest(v, &val, gva, insn->size)) {
			trap_inject_pf(v, 0, gva);
			return false;
		}
		port_out(v->domain, port, insn->size, val);
	}
	*reg += regs->rflags & X86_EFLAGS_DF ? -(u64)insn->size : insn->size;
	return true;
}

/**
 * emul_string_io - INS and OUTS, with or without REP
 * @v: vCPU
 * @insn: decoded
 *
 * Context: slice.  Return: any enum emul.
 */
enum emul emul_string_io(struct vcpu *v, const struct insn *insn)
{
	struct guest_regs *regs = &v->page->regs;
	unsigned int port = (u16)regs->rdx;
	unsigned int reps;

	if (insn->addr32 || !io_ok(v, port, insn->size))
		return EMUL_REFUSED;
	if (!insn->rep)
		return io_element(v, insn, port) ? EMUL_DONE : EMUL_EVENT;
	for (reps = 0; regs->rcx; reps++) {
		if (reps == MAX_REPS)
			return EMUL_AGAIN;
		if (!io_element(v, insn, port))
			return EMUL_EVENT;
		regs->rcx--;
	}
	return EMUL_DONE;
}

/**
 * emul_cli_sti - CLI and STI
 * @v: vCPU
 * @insn: decoded
 *
 * Interrupts are events: no flag is touched, as in Xen.
 *
 * Context: slice.  Return: EMUL_DONE, or EMUL_REFUSED without the privilege.
 */
enum emul emul_cli_sti(struct vcpu *v, const struct insn *insn)
{
	return iopl_ok(v) ? EMUL_DONE : EMUL_REFUSED;
}
