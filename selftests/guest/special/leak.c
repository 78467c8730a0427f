// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: Two or more of these run at once, each with a pattern of its own in
 * every register that a switch between vCPUs must change (pattern=N on the
 * command line), and look for anybody else's.
 */
#include "guest.h"

#define ROUNDS	400

static u8 want[512] __attribute__((aligned(64))), got[512] __attribute__((aligned(64)));
static u64 pattern;

static void begin(void)
{
	unsigned int i;

	pattern = cmdline_number("pattern", 1) * 0x0101010101010101UL;
	for (i = 0; i < sizeof(want); i++)
		want[i] = (u8)pattern ^ i;
}

/* Give the others the CPU: yield, block for a moment, or burn a slice. */
static void away(unsigned int round)
{
	struct sched_poll p = { .nr_ports = 0 };
	u64 end;

	switch (round % 8) {
	case 0:
		p.timeout = system_time_ns() + 1000000;
		hc2(sched_op, SCHEDOP_poll, &p);
		break;
	case 1:
		for (end = system_time_ns() + 3000000; system_time_ns() < end; )
			;
		break;
	default:
		hc2(sched_op, SCHEDOP_yield, 0);
	}
}

TEST(xmm, "xmm registers and MXCSR are the guest's own, round after round")
{
	unsigned int round, bad = 0;
	u32 csr, csr_want;

	begin();
	csr_want = 0x1f80 | (pattern & 3) << 13;
	for (round = 0; round < ROUNDS; round++) {
		asm volatile("ldmxcsr %1\n.irp n,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15\n"
			     "movdqa 16*\\n(%0), %%xmm\\n\n.endr\n" : : "r" (want), "m" (csr_want));
		away(round);
		asm volatile(".irp n,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15\n"
			     "movdqa %%xmm\\n, 16*\\n(%0)\n.endr\nstmxcsr %1"
			     : : "r" (got), "m" (csr) : "memory");
		bad += memcmp(want, got, 256) != 0 || csr != csr_want;
	}
	EXPECT_EQ(bad, 0);
}

TEST(x87, "x87 registers are the guest's own")
{
	unsigned int round, bad = 0;
	u64 in, out;

	begin();
	for (round = 0; round < ROUNDS; round++) {
		in = pattern + round;
		in &= 0x3fffffffffffffffUL;
		asm volatile("fninit; fildll %0; fildll %0; fildll %0" : : "m" (in));
		away(round);
		asm volatile("fistpll %0" : "=m" (out));
		bad += out != in;
		asm volatile("fistpll %0" : "=m" (out));
		bad += out != in;
	}
	EXPECT_EQ(bad, 0);
}

TEST(ymm, "upper halves of ymm registers are the guest's own")
{
	unsigned int round, bad = 0;
	u32 a = 1, b, c = 0, d;
	u64 cr4;

	begin();
	asm volatile(XEN_EMULATE_PREFIX "cpuid" : "+a" (a), "=b" (b), "+c" (c), "=d" (d));
	if (!(c >> 26 & 1) || !(c >> 28 & 1))
		test_skip("no AVX offered");
	asm volatile("mov %%cr4, %0" : "=r" (cr4));
	asm volatile("mov %0, %%cr4" : : "r" (cr4 | 1 << 18));
	asm volatile("xsetbv" : : "c" (0), "a" (7), "d" (0));
	for (round = 0; round < ROUNDS; round++) {
		asm volatile(".irp n,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15\n"
			     "vmovdqa 32*\\n(%0), %%ymm\\n\n.endr\n" : : "r" (want));
		away(round);
		asm volatile(".irp n,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15\n"
			     "vmovdqa %%ymm\\n, 32*\\n(%0)\n.endr\n" : : "r" (got) : "memory");
		bad += memcmp(want, got, 512) != 0;
	}
	EXPECT_EQ(bad, 0);
}

TEST(fresh_fpu, "an FPU state nobody has touched is the initial one, not another guest's")
{
	static u8 area[512] __attribute__((aligned(16)));
	u32 csr;

	/* This test can only look at the state as the other tests left it, so: */
	asm volatile("fninit; fxsave (%0)" : : "r" (area) : "memory");
	EXPECT_EQ(*(u16 *)area, 0x37f);
	asm volatile("stmxcsr %0" : "=m" (csr));
	EXPECT_EQ(csr & ~0x6000, 0x1f80);
}

TEST(bases, "FS and GS bases are the guest's own")
{
	static u64 slots[256];
	unsigned int round, bad = 0;
	u64 a, b, *mine;

	begin();
	mine = &slots[pattern & 127];
	for (round = 0; round < ROUNDS; round++) {
		mine[0] = pattern + round;
		mine[1] = ~pattern - round;
		hc2(set_segment_base, SEGBASE_FS, &mine[0]);
		hc2(set_segment_base, SEGBASE_GS_KERNEL, &mine[1]);
		away(round);
		asm volatile("mov %%fs:0, %0; mov %%gs:0, %1" : "=r" (a), "=r" (b));
		bad += a != mine[0] || b != mine[1];
	}
	EXPECT_EQ(bad, 0);
}

TEST(debug, "debug registers are the guest's own")
{
	unsigned int round, bad = 0;

	begin();
	hc2(set_debugreg, 0, pattern & 0xffff);
	hc2(set_debugreg, 7, 0x400 | 2);
	for (round = 0; round < 100; round++) {
		away(round);
		bad += (u64)hc1(get_debugreg, 0) != (pattern & 0xffff);
		bad += (u64)hc1(get_debugreg, 7) != 0x402;
	}
	hc2(set_debugreg, 7, 0);
	EXPECT_EQ(bad, 0);
}

TEST(memory, "memory is the guest's own")
{
	u64 *page[64];
	unsigned int i, j, round, bad = 0;

	begin();
	for (i = 0; i < 64; i++) {
		page[i] = page_alloc();
		for (j = 0; j < 512; j++)
			page[i][j] = pattern ^ (i << 9 | j);
	}
	for (round = 0; round < 40; round++) {
		away(round);
		for (i = 0; i < 64; i++)
			for (j = 0; j < 512; j += 37)
				bad += page[i][j] != (pattern ^ (i << 9 | j));
	}
	EXPECT_EQ(bad, 0);
}

TEST(registers, "general registers and flags are the guest's own when a slice ends anywhere")
{
	unsigned int round, bad = 0;
	u64 sum, end;

	begin();
	for (round = 0; round < 20; round++) {
		for (end = system_time_ns() + 4000000; system_time_ns() < end; ) {
			asm volatile("mov %1, %%rax; mov %%rax, %%rbx; mov %%rax, %%r8; mov %%rax, %%r9;"
				     "mov %%rax, %%r10; mov %%rax, %%r12; mov %%rax, %%r13; mov $2000, %%ecx;"
				     "1: cmp %%rax, %%rbx; jne 2f; cmp %%r8, %%r9; jne 2f;"
				     "cmp %%r10, %%r12; jne 2f; cmp %%r13, %%rax; jne 2f; dec %%ecx; jnz 1b;"
				     "2: mov %%rcx, %0"
				     : "=&r" (sum) : "r" (pattern)
				     : "rax", "rbx", "rcx", "r8", "r9", "r10", "r12", "r13", "cc");
			bad += sum != 0;
		}
	}
	EXPECT_EQ(bad, 0);
}
