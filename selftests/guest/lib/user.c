// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: Guest user mode: a second L4 with three pages, code to copy there, and
 * a run function that returns at the first trap or system call.
 */
#include "guest.h"

static u64 *user_l4;
static u8 *pages[4];	/* code, code 2, stack, data */

u64 user_l4_mfn(void) { return va_to_mfn(user_l4); }

static u64 *table_page(void)
{
	return page_alloc();
}

void user_init(void)
{
	u64 *l3, *l2, *l1;
	int i;

	if (user_l4)
		return;
	user_l4 = table_page();
	l3 = table_page();
	l2 = table_page();
	l1 = table_page();
	for (i = 0; i < 4; i++) {
		pages[i] = page_alloc();
		l1[i] = va_to_mfn(pages[i]) * PAGE | PTE_RW_PAGE;
	}
	l2[USER_CODE >> 21 & 511] = va_to_mfn(l1) * PAGE | PTE_RW_PAGE;
	l3[0] = va_to_mfn(l2) * PAGE | PTE_RW_PAGE;
	user_l4[0] = va_to_mfn(l3) * PAGE | PTE_RW_PAGE;
	page_ro(l1);
	page_ro(l2);
	page_ro(l3);
	page_ro(user_l4);
	REQUIRE(mmuext(MMUEXT_PIN_L4_TABLE, va_to_mfn(user_l4)) == 0);
	REQUIRE(mmuext(MMUEXT_NEW_USER_BASEPTR, va_to_mfn(user_l4)) == 0);
}

/* The kernel's own view of a user page. */
void *user_page(u64 address)
{
	return pages[(address - USER_CODE) >> PAGE_BITS];
}

void user_regs_init(struct regs *r, const void *code, size_t len)
{
	user_init();
	memset(r, 0, sizeof(*r));
	memset(pages[0], 0xcc, PAGE);
	memcpy(pages[0], code, len);
	r->rip = USER_CODE;
	r->cs = FLAT_USER_CS64;
	r->ss = FLAT_USER_SS64;
	r->rflags = FL_IF | 2;
	r->rsp = USER_STACK + PAGE;
}

/*
 * Leave for user mode with @r; @out tells how it came back.  The stack of
 * regs_load() is @r's copy, so that @r itself is left alone.
 */
void user_run(struct regs *r, struct trap *out)
{
	static struct regs copy[2];	/* room for the frame's four extra words below */

	copy[1] = *r;
	TRY(*out, regs_load(&copy[1]));
}
