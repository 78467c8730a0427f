// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: Guest user mode: into it with iret, out of it by system call and
 * exception, on the stack that stack_switch named; and what it may not do.
 */
#include "guest.h"

static struct regs r;
static struct trap t;

#define USER(name, text) USER_ASM(name, text)
#define RUN(name) do { user_regs_init(&r, name, USER_LEN(name)); user_run(&r, &t); } while (0)

USER(u_syscall, "mov $0x1234, %eax; mov $0x5678, %edi; syscall; ud2");
USER(u_ud2, "ud2");
USER(u_int3, "int3");
USER(u_int80, "int $0x80");
USER(u_int81, "int $0x81");
USER(u_int14, "int $14");
USER(u_hlt, "hlt");
USER(u_cli, "cli");
USER(u_in, "in $0x80, %al");
USER(u_out, "out %al, $0x80");
USER(u_rdmsr, "mov $0xc0000080, %ecx; rdmsr");
USER(u_cr3, "mov %cr3, %rax");
USER(u_cr0, "mov %cr0, %rax");
USER(u_dr7, "mov %dr7, %rax");
USER(u_lgdt, "lgdt (%rsp)");
USER(u_lidt, "lidt (%rsp)");
USER(u_ltr, "mov $0xe040, %ax; ltr %ax");
USER(u_invlpg, "invlpg (%rsp)");
USER(u_wbinvd, "wbinvd");
USER(u_swapgs, "swapgs");
USER(u_sysretq, "sysretq");
USER(u_iretq, "xor %eax, %eax; push %rax; push %rax; push %rax; push %rax; push %rax; iretq");
USER(u_xsetbv, "xor %ecx, %ecx; mov $1, %eax; xor %edx, %edx; xsetbv");
USER(u_read_unmapped, "mov 0x10000000, %rax");
USER(u_write_unmapped, "mov %rax, 0x10000000");
USER(u_write_ro, "mov %rax, 0x403008");
USER(u_jump_unmapped, "mov $0x10000000, %eax; jmp *%rax");
USER(u_kernel, "mov $0xffffffff80100000, %rax; mov (%rax), %rax");
USER(u_m2p, "mov $0xffff800000000000, %rax; mov (%rax), %rax; ud2");
USER(u_hole, "mov $0xffff848000000000, %rax; mov (%rax), %rax; ud2");
USER(u_hole_write, "mov $0xffff800000000000, %rax; mov %rax, (%rax); ud2");
USER(u_noncanonical, "mov $0x8000000000000000, %rax; mov (%rax), %rax");
USER(u_spin, "1: pause; jmp 1b");
USER(u_rdtsc, "rdtsc; ud2");
USER(u_cpuid, "xor %eax, %eax; cpuid; ud2");
USER(u_fninit, "fninit; ud2");
USER(u_regs, "ud2");
USER(u_stack, "push $0x77; pop %rax; ud2");
USER(u_popf, "pushfq; orl $0x47000, (%rsp); popfq; pushfq; pop %rax; ud2");
USER(u_step, "nop; nop; ud2");
USER(u_selectors, "mov $0x2b, %eax; mov %ds, %ebx; mov %es, %ecx; mov %fs, %edx; mov %gs, %esi; ud2");
USER(u_fs, "mov %fs:0, %rax; mov %gs:0, %rbx; ud2");
USER(u_fork_prefix, ".byte 0x0f, 0x0b, 0x78, 0x65, 0x6e; cpuid; ud2");

TEST(syscall, "a system call from user mode reaches the syscall callback")
{
	RUN(u_syscall);
	EXPECT_TRAP(t, VEC_SYSCALL);
	EXPECT_EQ(t.regs.rax, 0x1234);
	EXPECT_EQ(t.regs.rdi, 0x5678);
	EXPECT_EQ(t.regs.rip, USER_CODE + 12);
}

TEST(syscall_frame, "syscall frame: rcx = RIP, r11 = RFLAGS, user CS and SS, user RSP")
{
	RUN(u_syscall);
	EXPECT_TRAP(t, VEC_SYSCALL);
	EXPECT_EQ(t.regs.rcx, t.regs.rip);
	EXPECT_EQ(t.regs.r11 & ~FL_IF, t.regs.rflags & ~FL_IF);
	EXPECT_EQ(t.regs.cs, FLAT_USER_CS64);
	EXPECT_EQ(t.regs.ss, FLAT_USER_SS64);
	EXPECT_EQ(t.regs.rsp, USER_STACK + PAGE);
	EXPECT_EQ(t.regs.saved_mask, 0);
	EXPECT_EQ(t.regs.rflags & FL_IF, FL_IF);
}

static u64 handler_rsp;
static u8 handler_mask;
static u64 handler_flags;

static bool note_handler(struct regs *regs)
{
	u64 flags;

	asm volatile("pushfq; pop %0" : "=r" (flags));
	handler_flags = flags;
	handler_rsp = (u64)&regs->ss + 8;
	handler_mask = VCPU_INFO->evtchn_upcall_mask;
	return false;
}

TEST(syscall_stack, "the frame lies on the stack named with stack_switch")
{
	trap_hook = note_handler;
	RUN(u_syscall);
	EXPECT_EQ(handler_rsp, (u64)kernel_stack_top);
	REQUIRE(hc2(stack_switch, FLAT_KERNEL_SS, (u64)kernel_stack_top - 1024) == 0);
	RUN(u_ud2);
	EXPECT_EQ(handler_rsp, (u64)kernel_stack_top - 1024);
	REQUIRE(hc2(stack_switch, FLAT_KERNEL_SS, (u64)kernel_stack_top - 1024 + 9) == 0);
	RUN(u_ud2);
	EXPECT_EQ(handler_rsp, (u64)kernel_stack_top - 1024);
	REQUIRE(hc2(stack_switch, FLAT_KERNEL_SS, (u64)kernel_stack_top) == 0);
}

TEST(syscall_mask, "the syscall callback masks events if it was registered so")
{
	struct callback_register cb = {
		.type = CALLBACKTYPE_syscall, .flags = CALLBACKF_mask_events,
		.address = (u64)syscall_stub,
	};

	trap_hook = note_handler;
	RUN(u_syscall);
	EXPECT_EQ(handler_mask, 0);
	REQUIRE(hc2(callback_op, CALLBACKOP_register, &cb) == 0);
	RUN(u_syscall);
	EXPECT_EQ(handler_mask, 1);
	EXPECT_EQ(t.regs.saved_mask, 0);
	cb.flags = 0;
	REQUIRE(hc2(callback_op, CALLBACKOP_register, &cb) == 0);
}

TEST(syscall_df, "DF is clear in the syscall callback, still set in its frame; TF, NT, AC too")
{
	USER(u_std, "pushfq; orl $0x44400, (%rsp); popfq; syscall");

	trap_hook = note_handler;
	RUN(u_std);
	EXPECT_TRAP(t, VEC_SYSCALL);
	EXPECT_EQ(handler_flags & (FL_DF | FL_TF | FL_NT | FL_AC), 0);
	EXPECT_EQ(t.regs.rflags & (FL_DF | FL_NT | FL_AC), FL_DF | FL_NT | FL_AC);
}

TEST(exception_df, "an exception leaves DF as it was")
{
	USER(u_std_ud, "std; ud2");

	trap_hook = note_handler;
	RUN(u_std_ud);
	EXPECT_TRAP(t, X_UD);
	EXPECT_EQ(t.regs.rflags & FL_DF, FL_DF);
}

TEST(ud, "#UD from user mode: user frame, RPL 3")
{
	RUN(u_ud2);
	EXPECT_TRAP(t, X_UD);
	EXPECT_EQ(t.regs.rip, USER_CODE);
	EXPECT_EQ(t.regs.cs, FLAT_USER_CS64);
	EXPECT_EQ(t.regs.ss, FLAT_USER_SS64);
	EXPECT_EQ(t.regs.rsp, USER_STACK + PAGE);
}

TEST(regs, "iret loads every register, the exception brings every one back")
{
	u64 *p = (u64 *)&r, *q = (u64 *)&t.regs;
	int i;

	user_regs_init(&r, u_regs, USER_LEN(u_regs));
	for (i = 0; i < 15; i++)
		p[i] = 0x0123456789abcdefUL * (i + 3);
	user_run(&r, &t);
	EXPECT_TRAP(t, X_UD);
	for (i = 0; i < 15; i++)
		EXPECT_EQ(q[i], p[i]);
}

TEST(in_syscall_flag, "iret with VGCF_in_syscall: rcx and r11 are as SYSRET leaves them")
{
	user_regs_init(&r, u_regs, USER_LEN(u_regs));
	r.rax = 0x77;
	r.rbx = 0x88;
	r.rcx = 0x99;
	r.r11 = 0xaa;
	iret_flags = VGCF_in_syscall;
	user_run(&r, &t);
	iret_flags = 0;
	EXPECT_TRAP(t, X_UD);
	EXPECT_EQ(t.regs.rax, 0x77);
	EXPECT_EQ(t.regs.rbx, 0x88);
	EXPECT_EQ(t.regs.rcx, USER_CODE);
	EXPECT_EQ(t.regs.r11 & ~FL_IOPL, r.rflags);
}

TEST(int3, "int3 from user mode")
{
	RUN(u_int3);
	EXPECT_TRAP(t, X_BP);
	EXPECT_EQ(t.regs.rip, USER_CODE + 1);
}

TEST(int80, "int $0x80 from user mode through a DPL 3 entry")
{
	RUN(u_int80);
	EXPECT_TRAP(t, 0x80);
	EXPECT_EQ(t.regs.rip, USER_CODE + 2);
}

TEST(int81, "int $n without an entry from user mode is #GP with the vector in the error code")
{
	RUN(u_int81);
	EXPECT_TRAP(t, X_GP);
	/* QEMU's emulation before 8.0 shifts the vector once too often. */
	EXPECT((t.regs.error == (0x81 << 3 | 2)) || (t.regs.error == (0x81 << 4 | 2)));
	EXPECT_EQ(t.regs.rip, USER_CODE);
}

TEST(int14, "int $14 from user mode is #GP, no #PF")
{
	RUN(u_int14);
	EXPECT_TRAP(t, X_GP);
}

#define PRIVILEGED(id, what, code)					\
	TEST(id, what " from user mode is #GP with error 0")		\
	{								\
		RUN(code);						\
		EXPECT_TRAP(t, X_GP);					\
		EXPECT_EQ(t.regs.error, 0);				\
	}

PRIVILEGED(hlt, "hlt", u_hlt)
PRIVILEGED(cli, "cli", u_cli)
PRIVILEGED(in, "in", u_in)
PRIVILEGED(out, "out", u_out)
PRIVILEGED(rdmsr, "rdmsr", u_rdmsr)
PRIVILEGED(cr3, "mov from CR3", u_cr3)
PRIVILEGED(cr0, "mov from CR0", u_cr0)
PRIVILEGED(dr7, "mov from DR7", u_dr7)
PRIVILEGED(lgdt, "lgdt", u_lgdt)
PRIVILEGED(lidt, "lidt", u_lidt)
PRIVILEGED(invlpg, "invlpg", u_invlpg)
PRIVILEGED(wbinvd, "wbinvd", u_wbinvd)
PRIVILEGED(swapgs, "swapgs", u_swapgs)
PRIVILEGED(sysret, "sysret", u_sysretq)

TEST(xsetbv, "xsetbv from user mode is #GP (#UD if the CPU's emulation says so)")
{
	RUN(u_xsetbv);
	EXPECT(t.taken && (t.vector == X_GP || t.vector == X_UD));
}

TEST(ltr, "ltr from user mode is #GP")
{
	RUN(u_ltr);
	EXPECT_TRAP(t, X_GP);
}

TEST(iopl_kernel_only, "set_iopl by the kernel gives user mode no cli (iopl 1) and no ports")
{
	struct physdev_set_iopl op = { .iopl = 1 };

	REQUIRE(hc2(physdev_op, PHYSDEVOP_set_iopl, &op) == 0);
	RUN(u_in);
	EXPECT_TRAP(t, X_GP);
	RUN(u_cli);
	EXPECT_TRAP(t, X_GP);
	op.iopl = 0;
	REQUIRE(hc2(physdev_op, PHYSDEVOP_set_iopl, &op) == 0);
}

TEST(iretq, "iretq with null selectors in user mode is a #GP of the guest's")
{
	RUN(u_iretq);
	EXPECT_TRAP(t, X_GP);
}

/* ---- page faults ---- */

TEST(pf_read, "#PF read: error U")
{
	RUN(u_read_unmapped);
	EXPECT_TRAP(t, X_PF);
	EXPECT_EQ(t.regs.error, PF_U);
	EXPECT_EQ(t.cr2, 0x10000000);
	EXPECT_EQ(t.regs.rip, USER_CODE);
}

TEST(pf_write, "#PF write: error U|W")
{
	RUN(u_write_unmapped);
	EXPECT_TRAP(t, X_PF);
	EXPECT_EQ(t.regs.error, PF_U | PF_W);
	EXPECT_EQ(t.cr2, 0x10000000);
}

TEST(pf_exec, "#PF fetch: error U, with NX also I")
{
	RUN(u_jump_unmapped);
	EXPECT_TRAP(t, X_PF);
	EXPECT_EQ(t.regs.error & ~PF_I, PF_U);
	EXPECT_EQ(t.regs.rip, 0x10000000);
}

TEST(pf_kernel, "#PF: user mode does not see the guest kernel (not in its L4): error U")
{
	RUN(u_kernel);
	EXPECT_TRAP(t, X_PF);
	EXPECT_EQ(t.regs.error & ~PF_P, PF_U);
	EXPECT_EQ(t.cr2, VIRT_BASE + 0x100000);
}

TEST(pf_hole, "#PF: user mode cannot read the hole")
{
	RUN(u_hole);
	EXPECT_TRAP(t, X_PF);
	EXPECT_EQ(t.regs.error & ~PF_P, PF_U);
	EXPECT_EQ(t.cr2, 0xffff848000000000);
}

TEST(m2p, "user mode: the M2P reads or faults, and cannot be written")
{
	RUN(u_m2p);
	EXPECT(t.vector == X_UD || t.vector == X_PF);
	RUN(u_hole_write);
	EXPECT_TRAP(t, X_PF);
	EXPECT_EQ(t.regs.error & PF_U, PF_U);
}

TEST(gp_noncanonical, "#GP: non-canonical address from user mode")
{
	RUN(u_noncanonical);
	EXPECT_TRAP(t, X_GP);
	EXPECT_EQ(t.regs.error, 0);
}

TEST(pf_ro, "#PF: write to a read-only user page: P|W|U")
{
	u64 *l1;
	u64 entry;
	u64 mfn = va_to_mfn(user_page(USER_DATA));

	user_init();
	mfn = va_to_mfn(user_page(USER_DATA));
	/* Find the user L1 through its L4, which the kernel can read. */
	l1 = pfn_to_va(mfn_to_pfn(user_l4_mfn()));
	l1 = pfn_to_va(mfn_to_pfn((l1[0] & PTE_MFN) >> PAGE_BITS));
	l1 = pfn_to_va(mfn_to_pfn((l1[0] & PTE_MFN) >> PAGE_BITS));
	entry = l1[USER_CODE >> 21 & 511];
	entry = (entry & PTE_MFN) + 3 * 8;
	REQUIRE(pte_write(entry, mfn * PAGE | PTE_RO_PAGE) == 0);
	RUN(u_write_ro);
	EXPECT_TRAP(t, X_PF);
	EXPECT_EQ(t.regs.error, PF_P | PF_W | PF_U);
	EXPECT_EQ(t.cr2, USER_DATA + 8);
	REQUIRE(pte_write(entry, mfn * PAGE | PTE_RW_PAGE) == 0);
}

/* ---- the rest of the machine as user mode sees it ---- */

TEST(stack, "the user stack works")
{
	RUN(u_stack);
	EXPECT_TRAP(t, X_UD);
	EXPECT_EQ(t.regs.rax, 0x77);
}

TEST(popf, "popf in user mode: IOPL stays 0, IF stays 1, AC and NT may change")
{
	RUN(u_popf);
	EXPECT_TRAP(t, X_UD);
	EXPECT_EQ(t.regs.rax & FL_IOPL, 0);
	EXPECT_EQ(t.regs.rax & FL_IF, FL_IF);
}

TEST(iret_iopl, "iret to user mode with IOPL 3 in RFLAGS gives IOPL 0")
{
	user_regs_init(&r, u_in, USER_LEN(u_in));
	r.rflags |= FL_IOPL;
	user_run(&r, &t);
	EXPECT_TRAP(t, X_GP);
	EXPECT_EQ(t.regs.rflags & FL_IOPL, 0);
}

TEST(user_rdtsc, "rdtsc works in user mode")
{
	RUN(u_rdtsc);
	EXPECT_TRAP(t, X_UD);
	EXPECT_EQ(t.regs.rip, USER_CODE + 2);
}

TEST(cpuid, "cpuid works in user mode, native or emulated")
{
	RUN(u_cpuid);
	EXPECT_TRAP(t, X_UD);
	EXPECT_EQ(t.regs.rip, USER_CODE + 4);
	EXPECT(t.regs.rbx != 0);
}

TEST(forced, "the forced-emulation prefix works in user mode, too")
{
	RUN(u_fork_prefix);
	EXPECT_TRAP(t, X_UD);
	EXPECT_EQ(t.regs.rip, USER_CODE + 7);
}

TEST(nm, "#NM from user mode while TS is set")
{
	REQUIRE(hc1(fpu_taskswitch, 1) == 0);
	RUN(u_fninit);
	EXPECT_TRAP(t, X_NM);
	RUN(u_fninit);
	EXPECT_TRAP(t, X_UD);
	REQUIRE(hc1(fpu_taskswitch, 0) == 0);
}

TEST(single_step, "TF from iret: one #DB behind the first instruction")
{
	user_regs_init(&r, u_step, USER_LEN(u_step));
	r.rflags |= FL_TF;
	user_run(&r, &t);
	EXPECT_TRAP(t, X_DB);
	EXPECT_EQ(t.regs.rip, USER_CODE + 1);
	EXPECT_EQ(t.regs.rflags & FL_TF, FL_TF);
	hc2(set_debugreg, 6, 0);
}

TEST(step_syscall, "TF over a system call of user mode: the callback runs without TF")
{
	USER(u_tf_syscall, "pushfq; orl $0x100, (%rsp); popfq; syscall; nop");
	int n;

	trap_hook = note_handler;
	user_regs_init(&r, u_tf_syscall, USER_LEN(u_tf_syscall));
	for (n = 0; n < 3; n++) {
		user_run(&r, &t);
		if (t.vector != X_DB)
			break;
		r = t.regs;
	}
	EXPECT_TRAP(t, VEC_SYSCALL);
	EXPECT_EQ(handler_flags & FL_TF, 0);
	hc2(set_debugreg, 6, 0);
}

static bool event_leaves(struct regs *regs)
{
	if ((regs->cs & 3) != 3)
		return false;
	VCPU_INFO->evtchn_upcall_pending = 0;
	VCPU_INFO->evtchn_pending_sel = 0;
	t.taken = true;
	t.vector = regs->vector;
	t.regs = *regs;
	events_mask();
	jump_to(&trap_jump, 1);
}

TEST(event, "an event interrupts user mode and is delivered on the kernel stack")
{
	struct evtchn_bind_virq b = { .virq = VIRQ_TIMER };
	struct evtchn_close c;
	struct regs *at = &t.regs;

	REQUIRE(hc2(event_channel_op, EVTCHNOP_bind_virq, &b) == 0);
	bit_clear(shared_info->evtchn_mask, b.port);
	user_regs_init(&r, u_spin, USER_LEN(u_spin));
	/* One-shot in 5 ms; the hook turns the upcall into the end of user_run(). */
	event_hook = event_leaves;
	REQUIRE(hc1(set_timer_op, system_time_ns() + 5000000) == 0);
	user_run(&r, &t);
	EXPECT_TRAP(t, VEC_EVENT);
	EXPECT_EQ(at->cs, FLAT_USER_CS64);
	EXPECT_EQ(at->rflags & FL_IF, FL_IF);
	EXPECT(at->rip >= USER_CODE && at->rip < USER_CODE + 4);
	c.port = b.port;
	bit_clear(shared_info->evtchn_pending, b.port);
	hc2(event_channel_op, EVTCHNOP_close, &c);
}

TEST(segbase, "user FS and GS bases set by the kernel are in force in user mode")
{
	user_init();
	*(u64 *)user_page(USER_DATA) = 0x1111222233334444;
	*((u64 *)user_page(USER_DATA) + 1) = 0x5555666677778888;
	REQUIRE(hc2(set_segment_base, SEGBASE_FS, USER_DATA) == 0);
	REQUIRE(hc2(set_segment_base, SEGBASE_GS_USER, USER_DATA + 8) == 0);
	RUN(u_fs);
	EXPECT_TRAP(t, X_UD);
	EXPECT_EQ(t.regs.rax, 0x1111222233334444);
	EXPECT_EQ(t.regs.rbx, 0x5555666677778888);
	RUN(u_fs);
	EXPECT_EQ(t.regs.rbx, 0x5555666677778888);
	hc2(set_segment_base, SEGBASE_FS, 0);
	hc2(set_segment_base, SEGBASE_GS_USER, 0);
}

TEST(gs_kernel, "the kernel's GS base is back after user mode")
{
	static u64 slot = 0xfeed;
	u64 v;

	REQUIRE(hc2(set_segment_base, SEGBASE_GS_KERNEL, &slot) == 0);
	RUN(u_ud2);
	asm volatile("mov %%gs:0, %0" : "=r" (v));
	EXPECT_EQ(v, 0xfeed);
	RUN(u_syscall);
	asm volatile("mov %%gs:0, %0" : "=r" (v));
	EXPECT_EQ(v, 0xfeed);
	hc2(set_segment_base, SEGBASE_GS_KERNEL, 0);
}

TEST(selectors, "user selectors: what the kernel left, nothing of the host's")
{
	RUN(u_selectors);
	EXPECT_TRAP(t, X_UD);
	EXPECT(t.regs.rbx == 0 || t.regs.rbx == FLAT_USER_SS64);
	EXPECT(t.regs.rcx == 0 || t.regs.rcx == FLAT_USER_SS64);
	EXPECT_EQ(t.regs.rsi, 0);
}

TEST(no_syscall_callback, "a system call without a syscall callback is #UD at the instruction")
{
	struct callback_register cb = { .type = CALLBACKTYPE_syscall, .address = 0 };

	REQUIRE(hc2(callback_op, CALLBACKOP_register, &cb) == 0);
	RUN(u_syscall);
	EXPECT_TRAP(t, X_UD);
	EXPECT_EQ(t.regs.rip, USER_CODE + 10);
	cb.address = (u64)syscall_stub;
	REQUIRE(hc2(callback_op, CALLBACKOP_register, &cb) == 0);
}

TEST(hypercall_from_user, "user mode can make no hypercall: its syscall is a system call")
{
	USER(u_hyper, "mov $29, %eax; mov $2, %edi; mov %rsp, %rsi; syscall");

	RUN(u_hyper);
	EXPECT_TRAP(t, VEC_SYSCALL);
	EXPECT_EQ(t.regs.rax, 29);
}

TEST(int82_user, "int $0x82 from user mode is no hypercall")
{
	USER(u_int82, "mov $17, %eax; xor %ebx, %ebx; int $0x82");

	RUN(u_int82);
	EXPECT_TRAP(t, X_GP);
}

TEST(many, "two thousand system calls and irets")
{
	unsigned int i, n = 0;

	user_regs_init(&r, u_syscall, USER_LEN(u_syscall));
	for (i = 0; i < 2000; i++) {
		user_run(&r, &t);
		n += t.taken && t.vector == VEC_SYSCALL && t.regs.rax == 0x1234;
	}
	EXPECT_EQ(n, 2000);
}

TEST(xmm, "xmm registers survive a trip to user mode and its exceptions")
{
	static u8 a[16] __attribute__((aligned(16))) = "fedcba987654321";
	static u8 b[16] __attribute__((aligned(16)));

	REQUIRE(hc1(fpu_taskswitch, 0) == 0);
	asm volatile("movaps %0, %%xmm7" : : "m" (a));
	RUN(u_syscall);
	RUN(u_ud2);
	RUN(u_read_unmapped);
	asm volatile("movaps %%xmm7, %0" : "=m" (b));
	EXPECT_EQ(memcmp(a, b, 16), 0);
}
