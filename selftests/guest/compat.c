// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: 32-bit user mode and its doors: SYSCALL (the syscall32 callback), SYSENTER
 * (its own callback, only where the CPU has it in long mode: Intel), int $0x80; and
 * the way back, where VGCF_in_syscall makes iret lose RCX and R11 as SYSRET does.
 * The CPU of QEMU's emulation takes both instructions whatever its vendor.
 */
#include "guest.h"

static struct regs r;
static struct trap t;

USER_ASM(u_syscall, ".code32; mov $0x4321, %eax; syscall; ud2; .code64");
USER_ASM(u_syscall_df, ".code32; std; mov $0x4321, %eax; syscall; ud2; .code64");
USER_ASM(u_sysenter, ".code32; mov $0x1234, %eax; mov $0x55, %ecx; mov %esp, %ebp; sysenter; ud2; .code64");
USER_ASM(u_sysenter64, "mov $0x1234, %eax; mov $0x55, %ecx; sysenter; ud2");
USER_ASM(u_sysenter_flags, ".code32; pushf; orl $0x44500, (%esp); popf; sysenter; ud2; .code64");
USER_ASM(u_int80, ".code32; mov $0x77, %eax; int $0x80; ud2; .code64");
USER_ASM(u_ud2, "ud2");

#define RUN32(name) do { user_regs_init(&r, name, USER_LEN(name)); \
	r.cs = FLAT_USER_CS32; user_run(&r, &t); } while (0)

static u64 handler_flags;
static u8 handler_mask;

static bool note_handler(struct regs *regs)
{
	asm volatile("pushfq; pop %0" : "=r" (handler_flags));
	handler_mask = VCPU_INFO->evtchn_upcall_mask;
	return false;
}

static long callback(unsigned int type, unsigned int flags, const void *address)
{
	struct callback_register cb = { .type = type, .flags = flags, .address = (u64)address };

	return hc2(callback_op, CALLBACKOP_register, &cb);
}

/* SEP in CPUID, as the forced prefix shows it. */
static bool has_sysenter(void)
{
	u32 a = 1, b, c = 0, d;

	asm volatile("ud2a; .ascii \"xen\"; cpuid" : "+a" (a), "=b" (b), "+c" (c), "=d" (d));
	return d & (1u << 11);
}

TEST(syscall32_none, "SYSCALL of 32-bit code without a callback is #UD at the instruction")
{
	REQUIRE(callback(CALLBACKTYPE_syscall32, 0, NULL) == 0);
	RUN32(u_syscall);
	EXPECT_TRAP(t, X_UD);
	EXPECT_EQ(t.regs.rip, USER_CODE + 5);
	EXPECT_EQ(t.regs.cs, FLAT_USER_CS32);
}

TEST(syscall32, "SYSCALL of 32-bit code reaches the syscall32 callback, with its frame")
{
	REQUIRE(callback(CALLBACKTYPE_syscall32, 0, syscall32_stub) == 0);
	trap_hook = note_handler;
	RUN32(u_syscall);
	EXPECT_TRAP(t, VEC_SYSCALL32);
	EXPECT_EQ(t.regs.rax, 0x4321);
	EXPECT_EQ(t.regs.rip, USER_CODE + 7);
	EXPECT_EQ(t.regs.rcx, t.regs.rip);
	EXPECT_EQ(t.regs.r11 & ~FL_IF, t.regs.rflags & ~FL_IF);
	EXPECT_EQ(t.regs.cs, FLAT_USER_CS32);
	EXPECT_EQ(t.regs.ss, FLAT_USER_SS32);
	EXPECT_EQ(t.regs.rsp, USER_STACK + PAGE);
	EXPECT_EQ(t.regs.saved_mask, 0);
	EXPECT_EQ(handler_mask, 0);
}

TEST(syscall32_mask, "whether it masks events is what the syscall callback was told")
{
	trap_hook = note_handler;
	REQUIRE(callback(CALLBACKTYPE_syscall32, CALLBACKF_mask_events, syscall32_stub) == 0);
	RUN32(u_syscall);
	EXPECT_TRAP(t, VEC_SYSCALL32);
	EXPECT_EQ(handler_mask, 0);
	REQUIRE(callback(CALLBACKTYPE_syscall, CALLBACKF_mask_events, syscall_stub) == 0);
	RUN32(u_syscall);
	EXPECT_TRAP(t, VEC_SYSCALL32);
	EXPECT_EQ(handler_mask, 1);
	REQUIRE(callback(CALLBACKTYPE_syscall, 0, syscall_stub) == 0);
}

TEST(syscall_df, "the syscall callback starts with DF clear; the frame has it as it was")
{
	trap_hook = note_handler;
	RUN32(u_syscall_df);
	EXPECT_TRAP(t, VEC_SYSCALL32);
	EXPECT_EQ(t.regs.rflags & FL_DF, FL_DF);
	EXPECT_EQ(handler_flags & FL_DF, 0);
}

TEST(sysenter_none, "SYSENTER without a callback is #GP: no RIP, no RSP, a null CS of ring 3")
{
	if (!has_sysenter())
		test_skip("no SEP");
	REQUIRE(callback(CALLBACKTYPE_sysenter, 0, NULL) == 0);
	RUN32(u_sysenter);
	EXPECT_TRAP(t, X_GP);
	EXPECT_EQ(t.regs.error, 0);
	EXPECT_EQ(t.regs.rip, 0);
	EXPECT_EQ(t.regs.cs, 3);
	EXPECT_EQ(t.regs.rsp, 0);
}

TEST(sysenter, "SYSENTER reaches its callback, from 32-bit and 64-bit code")
{
	if (!has_sysenter())
		test_skip("no SEP");
	REQUIRE(callback(CALLBACKTYPE_sysenter, 0, sysenter_stub) == 0);
	trap_hook = note_handler;
	RUN32(u_sysenter);
	EXPECT_TRAP(t, VEC_SYSENTER);
	EXPECT_EQ(t.regs.rax, 0x1234);
	EXPECT_EQ(t.regs.rcx, 0x55);
	EXPECT_EQ(t.regs.rbp, USER_STACK + PAGE);
	EXPECT_EQ(t.regs.rip, 0);
	EXPECT_EQ(t.regs.rsp, 0);
	EXPECT_EQ(t.regs.cs, 3);
	EXPECT_EQ(t.regs.ss, FLAT_USER_SS32);
	EXPECT_EQ(t.regs.rflags & FL_IF, FL_IF);
	EXPECT_EQ(handler_mask, 0);
	user_regs_init(&r, u_sysenter64, USER_LEN(u_sysenter64));
	user_run(&r, &t);
	EXPECT(t.taken && (t.vector == VEC_SYSENTER || t.vector == X_UD));
}

TEST(sysenter_mask, "its callback's own flag says whether it masks events")
{
	if (!has_sysenter())
		test_skip("no SEP");
	trap_hook = note_handler;
	REQUIRE(callback(CALLBACKTYPE_sysenter, CALLBACKF_mask_events, sysenter_stub) == 0);
	RUN32(u_sysenter);
	EXPECT_TRAP(t, VEC_SYSENTER);
	EXPECT_EQ(handler_mask, 1);
	EXPECT_EQ(t.regs.saved_mask, 0);
}

TEST(sysenter_flags, "SYSENTER with TF, DF, NT and AC set: kept in the frame, gone in the kernel")
{
	unsigned int i;

	if (!has_sysenter())
		test_skip("no SEP");
	trap_hook = note_handler;
	for (i = 0; i < 50; i++) {
		RUN32(u_sysenter_flags);
		/* TF traps the instruction after popf, which is the sysenter itself. */
		if (t.taken && t.vector == X_DB)
			break;
		EXPECT_TRAP(t, VEC_SYSENTER);
		EXPECT_EQ(t.regs.rflags & (FL_DF | FL_AC), FL_DF | FL_AC);
		EXPECT_EQ(handler_flags & (FL_TF | FL_NT | FL_AC), 0);
	}
	hc2(set_debugreg, 6, 0);
	TRY(t, asm volatile("pushfq; orl $0x100, (%%rsp); popfq; nop" : : : "memory", "cc"));
	EXPECT_TRAP(t, X_DB);
	EXPECT_EQ(hc1(get_debugreg, 6) & 0xe00f, 0x4000);
	hc2(set_debugreg, 6, 0);
}

TEST(int80, "int $0x80 of 32-bit code")
{
	RUN32(u_int80);
	EXPECT_TRAP(t, 0x80);
	EXPECT_EQ(t.regs.rax, 0x77);
	EXPECT_EQ(t.regs.rip, USER_CODE + 7);
	EXPECT_EQ(t.regs.cs, FLAT_USER_CS32);
}

TEST(unregister, "neither callback can be taken away, only replaced")
{
	struct callback_unregister un = { .type = CALLBACKTYPE_syscall32 };

	EXPECT_EQ(hc2(callback_op, CALLBACKOP_unregister, &un), X_EINVAL);
	un.type = CALLBACKTYPE_sysenter;
	EXPECT_EQ(hc2(callback_op, CALLBACKOP_unregister, &un), X_EINVAL);
	EXPECT_EQ(callback(CALLBACKTYPE_sysenter, 0, (void *)0x8000000000000000UL), X_EINVAL);
	EXPECT_EQ(callback(CALLBACKTYPE_syscall32, 0, (void *)0x8000000000000000UL), X_EINVAL);
}

/* ---- the way back ---- */

static void frame_for_user(u64 *frame)
{
	user_regs_init(&r, u_ud2, USER_LEN(u_ud2));
	frame[0] = 0xaaaa;			/* rax */
	frame[1] = 0xbbbb;			/* r11 */
	frame[2] = 0xcccc;			/* rcx */
	frame[3] = VGCF_in_syscall;
	frame[4] = r.rip;
	frame[5] = r.cs;
	frame[6] = r.rflags;
	frame[7] = r.rsp;
	frame[8] = r.ss;
}

static void expect_as_sysret(void)
{
	EXPECT_TRAP(t, X_UD);
	EXPECT_EQ(t.regs.rip, USER_CODE);
	EXPECT_EQ(t.regs.rax, 0xaaaa);
	EXPECT_EQ(t.regs.rcx, USER_CODE);
	EXPECT_EQ(t.regs.r11, FL_IF | 2);
	EXPECT_EQ(t.regs.rsp, r.rsp);
}

TEST(in_syscall, "iret with VGCF_in_syscall leaves RIP in RCX and RFLAGS in R11")
{
	u64 frame[9];

	frame_for_user(frame);
	TRY(t, asm volatile("mov %0, %%rsp; syscall" : : "r" (frame), "a" (__HYPERVISOR_iret)
			    : "memory"));
	expect_as_sysret();
}

TEST(in_syscall_multicall, "the same from a multicall")
{
	static struct multicall_entry call;
	u64 frame[9];

	frame_for_user(frame);
	call.op = __HYPERVISOR_iret;
	TRY(t, asm volatile("mov %0, %%rsp; syscall"
			    : : "r" (frame), "a" (__HYPERVISOR_multicall), "D" (&call), "S" (1)
			    : "memory"));
	expect_as_sysret();
}
