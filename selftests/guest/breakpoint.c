// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: Breakpoints on addresses of the host's own code: breakpoint.sh tells
 * which, as bp=HEX; the guest arms them and goes in and out of the host.
 */
#include "guest.h"

static u64 hex(const char *s)
{
	u64 v = 0;

	for (; s && ((*s >= '0' && *s <= '9') || (*s >= 'a' && *s <= 'f')); s++)
		v = v * 16 + (*s <= '9' ? *s - '0' : *s - 'a' + 10);
	return v;
}

TEST(host_code, "a breakpoint on an instruction of the host's does not stop the host")
{
	u64 address = hex(cmdline_value("bp"));
	int i;

	if (!address)
		test_skip("no bp=ADDRESS");
	console_drain();
	EXPECT_EQ(hc2(set_debugreg, 0, address), 0);
	EXPECT_EQ(hc2(set_debugreg, 1, address), 0);
	/* 0: execution; 1: writes of 8 bytes */
	EXPECT_EQ(hc2(set_debugreg, 7, 0x400 | 0x5 | 0x900000), 0);
	for (i = 0; i < 100; i++) {
		hc2(sched_op, SCHEDOP_yield, 0);
		asm volatile("wbinvd");
	}
	EXPECT_EQ(hc2(set_debugreg, 7, 0), 0);
}

static char watched[8] __attribute__((aligned(8)));
static volatile unsigned int hits;

static bool count_hit(struct regs *r)
{
	if (r->vector != X_DB)
		return false;
	hits++;
	return true;
}

TEST(own_data, "a breakpoint on the guest's own data stays armed across visits to the host")
{
	u64 dr6;

	hits = 0;
	trap_hook = count_hit;
	EXPECT_EQ(hc2(set_debugreg, 0, (u64)watched), 0);
	EXPECT_EQ(hc2(set_debugreg, 7, 0x400 | 1 | 0x90000), 0);
	*(volatile u64 *)watched = 1;
	EXPECT_EQ(hits, 1);
	hc2(sched_op, SCHEDOP_yield, 0);
	asm volatile("wbinvd");
	*(volatile u64 *)watched = 2;
	EXPECT_EQ(hits, 2);
	dr6 = hc1(get_debugreg, 6);
	EXPECT_EQ(dr6 & 0xf, 1);
	EXPECT_EQ(hc2(set_debugreg, 7, 0), 0);
	*(volatile u64 *)watched = 3;
	trap_hook = NULL;
	EXPECT_EQ(hits, 2);
}
