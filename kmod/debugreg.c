// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: Debug registers of a vCPU
 *
 * One pair of functions for the hypercalls set_debugreg and get_debugreg and
 * for MOV to and from DR.  They keep v->dr[]; switch.c loads it into the CPU.
 * What the CPU gets can never make the hole or the host trap: no address in
 * the hole, no general detect, no reserved bit (XSA-12, XSA-444).
 */
#include <asm/processor-flags.h>
#include <linux/errno.h>
#include <linux/nospec.h>

#include "lodge.h"
#include "../hypercall/hypercall.h"

#define DR6_ONE		0xffff0ff0ULL	/* bits that read as 1 */
#define DR6_ZERO	0x00001000ULL	/* bit that reads as 0 */
#define DR7_ONE		0x00000400ULL
#define DR7_ZERO	0x0000d800ULL	/* RTM debugging, which no guest has, too */
#define DR7_GD		0x00002000ULL
#define DR7_ENABLES	0x000000ffULL
#define DR7_IO		2		/* R/W field: I/O breakpoint */

/* Breakpoints on I/O never reach the CPU: in and out are emulated. */
#define DR7_EMULATED(v)	((v)->dr[5])

/* Enable bits of the breakpoints that are for I/O, or -EPERM without CR4.DE. */
static int io_breakpoints(const struct vcpu *v, u64 dr7, u64 *enables)
{
	unsigned int i;

	*enables = 0;
	for (i = 0; i < 4; i++) {
		if (((dr7 >> (16 + 4 * i)) & 3) != DR7_IO)
			continue;
		if (!(v->ctrlreg[4] & X86_CR4_DE))
			return -EPERM;
		*enables |= dr7 & (3ULL << (2 * i));
	}
	return 0;
}

static int set_dr7(struct vcpu *v, u64 val)
{
	u64 io = 0;
	int ret;

	if (val >> 32)
		return -EINVAL;
	val = (val & ~DR7_ZERO) | DR7_ONE;
	if (val & DR7_GD)
		return -EPERM;
	if (val & DR7_ENABLES) {
		ret = io_breakpoints(v, val, &io);
		if (ret)
			return ret;
	}
	DR7_EMULATED(v) = io;
	v->dr[7] = val & ~io;
	return 0;
}

/**
 * debugreg_set - write a debug register for the guest
 * @v: vCPU
 * @n: 0..7; 4 and 5 are 6 and 7 unless the guest has set CR4.DE
 * @val: new value
 *
 * Context: slice, or @v is not running.
 * Return: 0; -ENODEV: no such register; -EINVAL: a reserved bit; -EPERM: a
 * bit or an address that a guest may not have.
 */
int debugreg_set(struct vcpu *v, unsigned int n, u64 val)
{
	switch (n) {
	case 0 ... 3:
		if (!guest_address_ok(val))
			return -EPERM;
		v->dr[array_index_nospec(n, 4)] = val;
		return 0;
	case 4:
		if (v->ctrlreg[4] & X86_CR4_DE)
			return -ENODEV;
		fallthrough;
	case 6:
		if (val >> 32)
			return -EINVAL;
		v->dr[6] = (val & ~DR6_ZERO) | DR6_ONE;
		return 0;
	case 5:
		if (v->ctrlreg[4] & X86_CR4_DE)
			return -ENODEV;
		fallthrough;
	case 7:
		return set_dr7(v, val);
	default:
		return -ENODEV;
	}
}

/**
 * debugreg_get - read a debug register as the guest set it
 * @v: vCPU
 * @n: 0..7
 * @val: result
 *
 * Context: slice, or @v is not running.
 * Return: 0, or -ENODEV: no such register.
 */
int debugreg_get(struct vcpu *v, unsigned int n, u64 *val)
{
	if (n == 4 || n == 5) {
		if (v->ctrlreg[4] & X86_CR4_DE)
			return -ENODEV;
		n += 2;
	}
	if (n > 7)
		return -ENODEV;
	n = array_index_nospec(n, 8);
	if (n == 6)
		*val = v->dr[6] | DR6_ONE;
	else if (n == 7)
		*val = v->dr[7] | DR7_EMULATED(v) | DR7_ONE;
	else
		*val = v->dr[n];
	return 0;
}
