// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: What a stock kernel builds on for its user mode: thread-local segments,
 * watchpoints, an IOPL that shows (vm_assist), and CPUID that tells user programs
 * what it tells the kernel, where the CPU can do that.
 */
#include "guest.h"

static struct regs r;
static struct trap t;

USER_ASM(u_tls, "mov $0x63, %eax; mov %eax, %fs; mov %fs:0, %rbx; mov %fs:8, %rcx; ud2");
USER_ASM(u_tls32, ".code32; mov $0x63, %eax; mov %eax, %gs; mov %gs:0, %ebx; ud2; .code64");
USER_ASM(u_watch, "mov $1, %eax; mov %eax, 0x403010; nop; ud2");
USER_ASM(u_step, "mov $1, %eax; mov $2, %eax; mov $3, %eax; ud2");
USER_ASM(u_ud2, "ud2");
USER_ASM(u_cpuid, "cpuid; ud2");
USER_ASM(u_cpuid_forced, "ud2a; .ascii \"xen\"; cpuid; ud2");

#define RUN(name) do { user_regs_init(&r, name, USER_LEN(name)); user_run(&r, &t); } while (0)

/* ---- thread-local storage ---- */

#define TLS_ENTRY	12

static u64 data_segment(u32 base)
{
	return 0x00c0f2000000ffffUL | 0x000f000000000000UL | (u64)(base & 0xffffff) << 16 |
	       (u64)(base >> 24) << 56;
}

static u64 *gdt;

static void gdt_use(void)
{
	u64 mfn;

	if (!gdt) {
		gdt = page_alloc();
		page_ro(gdt);
	}
	mfn = va_to_mfn(gdt);
	REQUIRE(hc2(set_gdt, &mfn, 512) == 0);
}

TEST(tls, "a TLS descriptor written by update_descriptor is in force in user mode")
{
	const u64 maddr = (gdt_use(), va_to_mfn(gdt) * PAGE + TLS_ENTRY * 8);
	u64 *data;

	user_regs_init(&r, u_tls, USER_LEN(u_tls));
	data = user_page(USER_DATA);
	data[0] = 0x1111;
	data[1] = 0x2222;
	data[2] = 0x3333;
	REQUIRE(hc2(update_descriptor, maddr, data_segment(USER_DATA)) == 0);
	user_run(&r, &t);
	EXPECT_TRAP(t, X_UD);
	EXPECT_EQ(t.regs.rbx, 0x1111);
	EXPECT_EQ(t.regs.rcx, 0x2222);
	/* Another task's. */
	REQUIRE(hc2(update_descriptor, maddr, data_segment(USER_DATA + 8)) == 0);
	RUN(u_tls);
	EXPECT_TRAP(t, X_UD);
	EXPECT_EQ(t.regs.rbx, 0x2222);
	EXPECT_EQ(t.regs.rcx, 0x3333);
}

TEST(tls32, "the same from 32-bit code, through GS")
{
	const u64 maddr = (gdt_use(), va_to_mfn(gdt) * PAGE + TLS_ENTRY * 8);

	REQUIRE(hc2(update_descriptor, maddr, data_segment(USER_DATA + 16)) == 0);
	user_regs_init(&r, u_tls32, USER_LEN(u_tls32));
	r.cs = FLAT_USER_CS32;
	user_run(&r, &t);
	EXPECT_TRAP(t, X_UD);
	EXPECT_EQ(t.regs.rbx, 0x3333);
	REQUIRE(hc2(update_descriptor, maddr, 0) == 0);
	asm volatile("mov %0, %%fs; mov %0, %%gs" : : "r" (0));
}

/* ---- breakpoints and steps of user mode ---- */

TEST(watchpoint, "a watchpoint on user data: #DB behind the write, with its bit in DR6")
{
	REQUIRE(hc2(set_debugreg, 0, USER_DATA + 0x10) == 0);
	REQUIRE(hc2(set_debugreg, 7, 0x400 | 1 | 0xd0000) == 0);
	RUN(u_watch);
	EXPECT_TRAP(t, X_DB);
	EXPECT_EQ(t.regs.rip, USER_CODE + 12);
	EXPECT_EQ(hc1(get_debugreg, 6) & 0xf, 1);
	EXPECT_EQ(t.regs.cs, FLAT_USER_CS64);
	hc2(set_debugreg, 6, 0);
	REQUIRE(hc2(set_debugreg, 7, 0) == 0);
	RUN(u_watch);
	EXPECT_TRAP(t, X_UD);
}

TEST(breakpoint, "a breakpoint on a user instruction: #DB before it; RF passes it")
{
	REQUIRE(hc2(set_debugreg, 1, USER_CODE + 5) == 0);
	REQUIRE(hc2(set_debugreg, 7, 0x400 | 4) == 0);
	RUN(u_step);
	EXPECT_TRAP(t, X_DB);
	EXPECT_EQ(t.regs.rip, USER_CODE + 5);
	EXPECT_EQ(t.regs.rax, 1);
	EXPECT_EQ(hc1(get_debugreg, 6) & 0xf, 2);
	hc2(set_debugreg, 6, 0);
	r = t.regs;
	r.rflags |= FL_RF | FL_IF;
	user_run(&r, &t);
	EXPECT_TRAP(t, X_UD);
	EXPECT_EQ(t.regs.rax, 3);
	REQUIRE(hc2(set_debugreg, 7, 0) == 0);
}

/* ---- IOPL ---- */

static u64 iopl_in_frame(void)
{
	RUN(u_ud2);
	return t.regs.rflags >> 12 & 3;
}

TEST(arch_iopl, "architectural_iopl: frames show the virtual IOPL, and iret sets it")
{
	struct physdev_set_iopl set = { .iopl = 2 };

	RUN(u_ud2);
	REQUIRE(hc2(vm_assist, VMASST_CMD_enable, VMASST_TYPE_architectural_iopl) == 0);
	EXPECT_EQ(iopl_in_frame(), 0);		/* that of user_run()'s iret */
	user_regs_init(&r, u_ud2, USER_LEN(u_ud2));
	r.rflags |= 3UL << 12;
	user_run(&r, &t);
	EXPECT_EQ(t.regs.rflags >> 12 & 3, 3);
	REQUIRE(hc2(physdev_op, PHYSDEVOP_set_iopl, &set) == 0);
	TRY(t, asm volatile("ud2"));
	EXPECT_EQ(t.regs.rflags >> 12 & 3, 2);
	set.iopl = 0;
	REQUIRE(hc2(physdev_op, PHYSDEVOP_set_iopl, &set) == 0);
	REQUIRE(hc2(vm_assist, VMASST_CMD_disable, VMASST_TYPE_architectural_iopl) == 0);
	user_regs_init(&r, u_ud2, USER_LEN(u_ud2));
	r.rflags |= 3UL << 12;
	user_run(&r, &t);
	EXPECT_EQ(t.regs.rflags >> 12 & 3, 0);
}

/* ---- what CPUID does not say ---- */

USER_ASM(u_umip, "sgdt -16(%rsp); sidt -32(%rsp); smsw %eax; str %ebx; sldt %ecx; ud2");

TEST(no_umip, "SGDT, SIDT, SMSW, STR and SLDT do not fault in user mode: there is no UMIP")
{
	RUN(u_umip);
	EXPECT_TRAP(t, X_UD);
	EXPECT_EQ(t.regs.rax & 1, 1);
}

/* ---- CPUID ---- */

static void user_cpuid(const void *code, size_t len, u32 leaf, u32 subleaf)
{
	user_regs_init(&r, code, len);
	r.rax = leaf;
	r.rcx = subleaf;
	user_run(&r, &t);
	REQUIRE(t.taken && t.vector == X_UD);
}

TEST(cpuid_policy, "where CPUID can be made to fault, user mode sees what the prefix shows")
{
	static const u32 leaves[][2] = {
		{ 0, 0 }, { 1, 0 }, { 7, 0 }, { 0xd, 0 }, { 0xd, 1 }, { 0x80000001, 0 },
		{ 0x80000008, 0 }, { 0x40000000, 0 },
	};
	unsigned int i;
	struct regs plain;

	user_cpuid(u_cpuid, USER_LEN(u_cpuid), 0x40000000, 0);
	if (t.regs.rbx != 0x566e6558)		/* "XenV" */
		test_skip("this CPU's CPUID does not fault");
	for (i = 0; i < ARRAY_LEN(leaves); i++) {
		user_cpuid(u_cpuid, USER_LEN(u_cpuid), leaves[i][0], leaves[i][1]);
		plain = t.regs;
		user_cpuid(u_cpuid_forced, USER_LEN(u_cpuid_forced), leaves[i][0], leaves[i][1]);
		EXPECT_EQ(plain.rax, t.regs.rax);
		EXPECT_EQ(plain.rbx, t.regs.rbx);
		EXPECT_EQ(plain.rcx, t.regs.rcx);
		EXPECT_EQ(plain.rdx, t.regs.rdx);
	}
}
