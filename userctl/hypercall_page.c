// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: The hypercall page
 *
 * Kernels that carry the HYPERCALL_PAGE note call into it: 32 bytes for each
 * hypercall number.  Called by the builder.
 */
#include <string.h>

#include "builder.h"
#include "xen_abi.h"

#define STUB_SIZE	32

/**
 * hypercall_page_write() - fill a hypercall page
 * @page: one page
 *
 * SYSCALL destroys rcx and r11, so each stub saves them.  iret is jumped to,
 * does not come back, and its frame holds the two.
 */
void hypercall_page_write(uint8_t *page)
{
	static const uint8_t call[] = {
		0x51,				/* push %rcx */
		0x41, 0x53,			/* push %r11 */
		0xb8, 0, 0, 0, 0,		/* mov $number, %eax */
		0x0f, 0x05,			/* syscall */
		0x41, 0x5b,			/* pop %r11 */
		0x59,				/* pop %rcx */
		0xc3,				/* ret */
	};
	static const uint8_t iret[] = {
		0x51,				/* push %rcx */
		0x41, 0x53,			/* push %r11 */
		0x50,				/* push %rax */
		0xb8, __HYPERVISOR_iret, 0, 0, 0, /* mov $__HYPERVISOR_iret, %eax */
		0x0f, 0x05,			/* syscall */
	};
	unsigned int i;

	memset(page, 0xcc, GUEST_PAGE_SIZE);	/* int3 */
	for (i = 0; i < GUEST_PAGE_SIZE / STUB_SIZE; i++) {
		uint8_t *p = page + i * STUB_SIZE;

		if (i == __HYPERVISOR_iret) {
			memcpy(p, iret, sizeof(iret));
			continue;
		}
		memcpy(p, call, sizeof(call));
		p[4] = i;
	}
}
