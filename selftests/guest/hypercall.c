// SPDX-License-Identifier: GPL-2.0-only
/* DOC: The hypercall itself: numbers, registers, multicall; small calls. */
#include "guest.h"

#define BAD_ADDRESS 0x1000UL

/* ---- numbers ---- */

TEST(unknown, "numbers nobody has are -ENOSYS")
{
	static const u64 nr[] = { 11, 43, 44, 45, 46, 47, 56, 57, 63, 64, 100, 127, 128,
				  1000, 0xffff, 0x7fffffff };
	unsigned int i;

	for (i = 0; i < ARRAY_LEN(nr); i++)
		EXPECT_EQ(hcall(nr[i], 0, 0, 0, 0, 0), X_ENOSYS);
}

TEST(huge, "numbers beyond 32 bits and negative ones are -ENOSYS")
{
	EXPECT_EQ(hcall(1UL << 32 | __HYPERVISOR_xen_version, 0, 0, 0, 0, 0), X_ENOSYS);
	EXPECT_EQ(hcall(-1UL, 0, 0, 0, 0, 0), X_ENOSYS);
	EXPECT_EQ(hcall(1UL << 63, 0, 0, 0, 0, 0), X_ENOSYS);
}

TEST(privileged, "domctl, sysctl and platform_op are no use to a guest")
{
	long ret;

	ret = hc1(domctl, BAD_ADDRESS);
	EXPECT(ret == X_EFAULT || ret == X_ENOSYS || ret == X_EPERM);
	ret = hc1(sysctl, BAD_ADDRESS);
	EXPECT(ret == X_EFAULT || ret == X_ENOSYS || ret == X_EPERM);
	ret = hc1(platform_op, BAD_ADDRESS);
	EXPECT(ret == X_EFAULT || ret == X_ENOSYS || ret == X_EPERM);
}

/* ---- registers ---- */

struct all {
	u64 rax, rbx, rcx, rdx, rsi, rdi, rbp, rsp, r8, r9, r10, r11, r12, r13, r14, r15, rflags;
};

static struct all in, out;

/* One hypercall with every register loaded from @in and stored to @out. */
void all_regs_hypercall(void);
asm(".pushsection .text\n"
    "all_regs_hypercall:\n"
    "	push %rbx; push %rbp; push %r12; push %r13; push %r14; push %r15\n"
    "	mov %rsp, saved_rsp(%rip)\n"
    "	pushq in+128(%rip); popfq\n"
    "	mov in(%rip), %rax; mov in+8(%rip), %rbx; mov in+16(%rip), %rcx\n"
    "	mov in+24(%rip), %rdx; mov in+32(%rip), %rsi; mov in+40(%rip), %rdi\n"
    "	mov in+48(%rip), %rbp; mov in+64(%rip), %r8; mov in+72(%rip), %r9\n"
    "	mov in+80(%rip), %r10; mov in+88(%rip), %r11; mov in+96(%rip), %r12\n"
    "	mov in+104(%rip), %r13; mov in+112(%rip), %r14; mov in+120(%rip), %r15\n"
    "	mov in+56(%rip), %rsp\n"
    "	.globl all_regs_syscall_end\n"
    "	syscall\n"
    "all_regs_syscall_end:\n"
    "	mov %rsp, out+56(%rip)\n"
    "	mov saved_rsp(%rip), %rsp\n"
    "	pushfq; popq out+128(%rip)\n"
    "	mov %rax, out(%rip); mov %rbx, out+8(%rip); mov %rcx, out+16(%rip)\n"
    "	mov %rdx, out+24(%rip); mov %rsi, out+32(%rip); mov %rdi, out+40(%rip)\n"
    "	mov %rbp, out+48(%rip); mov %r8, out+64(%rip); mov %r9, out+72(%rip)\n"
    "	mov %r10, out+80(%rip); mov %r11, out+88(%rip); mov %r12, out+96(%rip)\n"
    "	mov %r13, out+104(%rip); mov %r14, out+112(%rip); mov %r15, out+120(%rip)\n"
    "	pushq $2; popfq\n"
    "	cld\n"
    "	pop %r15; pop %r14; pop %r13; pop %r12; pop %rbp; pop %rbx\n"
    "	ret\n"
    ".popsection\n"
    ".pushsection .bss\n"
    "saved_rsp: .skip 8\n"
    ".popsection");

static void registers_survive(u64 nr, u64 flags, long want, u64 rdi, u64 rsi)
{
	u64 *p = (u64 *)&in, *q = (u64 *)&out;
	unsigned int i;

	for (i = 0; i < sizeof(in) / 8; i++)
		p[i] = 0x1111111111111111UL * (i % 15 + 1);
	in.rax = nr;
	in.rdi = rdi;
	in.rsi = rsi;
	in.rflags = flags | FL_IF | 2;
	in.rsp = (u64)kernel_stack_top - 64;
	all_regs_hypercall();
	EXPECT_EQ(out.rax, want);
	for (i = 1; i < sizeof(in) / 8; i++)
		if (i != 2 && i != 11)	/* rcx, r11: what SYSCALL did to them */
			EXPECT_EQ(q[i], p[i]);
}

TEST(regs, "a hypercall keeps every register but rax, rcx and r11")
{
	registers_survive(__HYPERVISOR_xen_version, 0, 4 << 16 | 17, XENVER_version, 0);
}

TEST(regs_nosys, "an unknown hypercall keeps them too")
{
	registers_survive(47, 0, X_ENOSYS, 0x1234, 0x5678);
}

TEST(regs_exit, "a hypercall that yields the CPU keeps them too")
{
	registers_survive(__HYPERVISOR_sched_op, 0, 0, SCHEDOP_yield, 0);
}

TEST(regs_stack_switch, "stack_switch keeps them too")
{
	registers_survive(__HYPERVISOR_stack_switch, 0, 0, FLAT_KERNEL_SS, (u64)kernel_stack_top);
}

TEST(regs_rcx, "rcx is the address after SYSCALL")
{
	extern char all_regs_syscall_end[];

	registers_survive(__HYPERVISOR_xen_version, 0, 4 << 16 | 17, XENVER_version, 0);
	EXPECT_EQ(out.rcx, (u64)all_regs_syscall_end);
}

TEST(flags, "arithmetic flags and DF survive a hypercall")
{
	static const u64 flags[] = { 0x8d5, FL_DF, FL_CF, FL_ZF, FL_ID, FL_DF | 0x8d5 };
	unsigned int i;

	for (i = 0; i < ARRAY_LEN(flags); i++) {
		registers_survive(__HYPERVISOR_xen_version, flags[i], 4 << 16 | 17,
				  XENVER_version, 0);
		registers_survive(__HYPERVISOR_sched_op, flags[i], 0, SCHEDOP_yield, 0);
	}
}

TEST(flags_ac_nt, "AC and NT survive a hypercall and do no harm in the hypervisor")
{
	registers_survive(__HYPERVISOR_xen_version, FL_AC, 4 << 16 | 17, XENVER_version, 0);
	registers_survive(__HYPERVISOR_sched_op, FL_AC, 0, SCHEDOP_yield, 0);
	registers_survive(__HYPERVISOR_xen_version, FL_NT, 4 << 16 | 17, XENVER_version, 0);
	registers_survive(__HYPERVISOR_sched_op, FL_NT, 0, SCHEDOP_yield, 0);
}

TEST(bad_rsp, "RSP is not looked at: null and non-canonical ones do no harm")
{
	static const u64 rsp[] = { 0, 8, 0x8000000000000000UL, HOLE_FIRST + 0x800, ~0UL };
	unsigned int i;

	for (i = 0; i < ARRAY_LEN(rsp); i++) {
		memset(&in, 0, sizeof(in));
		in.rax = __HYPERVISOR_xen_version;
		in.rflags = 0x202;
		in.rsp = rsp[i];
		all_regs_hypercall();
		EXPECT_EQ(out.rax, 4 << 16 | 17);
		EXPECT_EQ(out.rsp, rsp[i]);
		in.rax = __HYPERVISOR_sched_op;
		in.rdi = SCHEDOP_yield;
		all_regs_hypercall();
		EXPECT_EQ(out.rax, 0);
		EXPECT_EQ(out.rsp, rsp[i]);
	}
}

TEST(segments, "selectors survive a hypercall")
{
	u16 ds, es, fs, gs;

	asm volatile("mov %0, %%ds; mov %0, %%es; mov %0, %%fs" : : "r" (FLAT_KERNEL_SS));
	hc2(sched_op, SCHEDOP_yield, 0);
	hc2(xen_version, 0, 0);
	asm volatile("mov %%ds, %0; mov %%es, %1; mov %%fs, %2; mov %%gs, %3"
		     : "=r" (ds), "=r" (es), "=r" (fs), "=r" (gs));
	EXPECT_EQ(ds, FLAT_KERNEL_SS);
	EXPECT_EQ(es, FLAT_KERNEL_SS);
	EXPECT_EQ(fs, FLAT_KERNEL_SS);
	EXPECT_EQ(gs, 0);
	asm volatile("mov %0, %%ds; mov %0, %%es; mov %0, %%fs" : : "r" (0));
}

TEST(bases, "FS and GS bases survive a hypercall and a yield")
{
	static u64 a[2] = { 0x1111, 0 }, b[2] = { 0x2222, 0 };
	u64 x, y;

	EXPECT_EQ(hc2(set_segment_base, SEGBASE_FS, a), 0);
	EXPECT_EQ(hc2(set_segment_base, SEGBASE_GS_KERNEL, b), 0);
	hc2(sched_op, SCHEDOP_yield, 0);
	hc2(xen_version, 0, 0);
	asm volatile("mov %%fs:0, %0; mov %%gs:0, %1" : "=r" (x), "=r" (y));
	EXPECT_EQ(x, 0x1111);
	EXPECT_EQ(y, 0x2222);
}

static void xmm_fill(u8 *area, u8 seed)
{
	int i;

	for (i = 0; i < 256; i++)
		area[i] = seed + i;
}

TEST(xmm, "xmm registers and MXCSR survive hypercalls, yields and a short block")
{
	static u8 a[256] __attribute__((aligned(16))), b[256] __attribute__((aligned(16)));
	struct sched_poll poll = { .nr_ports = 0, .timeout = 0 };
	u32 csr = 0x1fa0, csr2 = 0;
	int round;

	hc1(fpu_taskswitch, 0);
	for (round = 0; round < 20; round++) {
		xmm_fill(a, round);
		asm volatile("ldmxcsr %2\n"
			     ".irp n,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15\n"
			     "movdqa 16*\\n(%0), %%xmm\\n\n.endr\n"
			     : : "r" (a), "m" (a), "m" (csr));
		hc2(xen_version, 0, 0);
		hc2(sched_op, SCHEDOP_yield, 0);
		poll.timeout = system_time_ns() + 2000000;
		hc2(sched_op, SCHEDOP_poll, &poll);
		asm volatile(".irp n,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15\n"
			     "movdqa %%xmm\\n, 16*\\n(%1)\n.endr\n"
			     "stmxcsr %0"
			     : "=m" (csr2) : "r" (b) : "memory");
		EXPECT_EQ(memcmp(a, b, 256), 0);
		EXPECT_EQ(csr2, csr);
	}
	csr = 0x1f80;
	asm volatile("ldmxcsr %0" : : "m" (csr));
}

/* ---- multicall ---- */

static struct multicall_entry mc[200];

static void mc_set(unsigned int i, u64 op, u64 a, u64 b, u64 c)
{
	mc[i].op = op;
	mc[i].result = 0x5555;
	mc[i].args[0] = a;
	mc[i].args[1] = b;
	mc[i].args[2] = c;
}

TEST(multicall, "multicall runs every entry and stores each result")
{
	unsigned int i;

	for (i = 0; i < 200; i++)
		mc_set(i, __HYPERVISOR_xen_version, i % 3 ? XENVER_version : 99, 0, 0);
	EXPECT_EQ(hc2(multicall, mc, 200), 0);
	for (i = 0; i < 200; i++)
		EXPECT_EQ((long)mc[i].result, i % 3 ? 4 << 16 | 17 : X_ENOSYS);
}

TEST(multicall_keeps, "multicall leaves op and arguments as they were")
{
	mc_set(0, __HYPERVISOR_xen_version, XENVER_version, 0x77, 0x88);
	EXPECT_EQ(hc2(multicall, mc, 1), 0);
	EXPECT_EQ(mc[0].op, __HYPERVISOR_xen_version);
	EXPECT_EQ(mc[0].args[1], 0x77);
	EXPECT_EQ(mc[0].args[2], 0x88);
}

TEST(multicall_zero, "multicall of no entries is 0")
{
	EXPECT_EQ(hc2(multicall, mc, 0), 0);
	EXPECT_EQ(hc2(multicall, 0, 0), 0);
}

TEST(multicall_errors, "an entry's error stays its own: the call goes on and returns 0")
{
	mc_set(0, __HYPERVISOR_mmu_update, BAD_ADDRESS, 1, 0);
	mc[0].args[3] = DOMID_SELF;
	mc_set(1, 47, 0, 0, 0);
	mc_set(2, __HYPERVISOR_xen_version, XENVER_extraversion, BAD_ADDRESS, 0);
	mc_set(3, __HYPERVISOR_xen_version, XENVER_version, 0, 0);
	EXPECT_EQ(hc2(multicall, mc, 4), 0);
	EXPECT_EQ((long)mc[0].result, X_EFAULT);
	EXPECT_EQ((long)mc[1].result, X_ENOSYS);
	EXPECT_EQ((long)mc[2].result, X_EFAULT);
	EXPECT_EQ((long)mc[3].result, 4 << 16 | 17);
}

TEST(multicall_nested, "multicall in a multicall is -EINVAL in its result")
{
	static struct multicall_entry inner;

	inner.op = __HYPERVISOR_xen_version;
	mc_set(0, __HYPERVISOR_multicall, (u64)&inner, 1, 0);
	mc_set(1, __HYPERVISOR_xen_version, XENVER_version, 0, 0);
	EXPECT_EQ(hc2(multicall, mc, 2), 0);
	EXPECT_EQ((long)mc[0].result, X_EINVAL);
	EXPECT_EQ((long)mc[1].result, 4 << 16 | 17);
}

TEST(multicall_unmapped, "multicall on unmapped entries is -EFAULT")
{
	EXPECT_EQ(hc2(multicall, BAD_ADDRESS, 1), X_EFAULT);
	EXPECT_EQ(hc2(multicall, 0, 1), X_EFAULT);
	EXPECT_EQ(hc2(multicall, HOLE_WINDOWS, 1), X_EFAULT);
	EXPECT_EQ(hc2(multicall, 0x8000000000000000UL, 1), X_EFAULT);
}

TEST(multicall_huge, "multicall with a count that overflows is -EFAULT")
{
	long ret;

	mc_set(0, __HYPERVISOR_xen_version, XENVER_version, 0, 0);
	ret = hc2(multicall, HOLE_FIRST - 64, 0xffffffff);
	EXPECT_EQ(ret, X_EFAULT);
}

TEST(multicall_tail, "multicall that runs off its mapping: done entries stay done, -EFAULT")
{
	struct multicall_entry *e;
	u8 *page = page_alloc();
	u64 va = 0x20000000;

	REQUIRE(map_va(va, va_to_mfn(page) * PAGE | PTE_RW_PAGE) == 0);
	e = (void *)(va + PAGE - sizeof(*e));
	e->op = __HYPERVISOR_xen_version;
	e->args[0] = XENVER_version;
	EXPECT_EQ(hc2(multicall, e, 2), X_EFAULT);
	EXPECT_EQ((long)e->result, 4 << 16 | 17);
}

TEST(multicall_readonly, "multicall on a read-only page is -EFAULT")
{
	struct multicall_entry *e = page_alloc();

	e->op = __HYPERVISOR_xen_version;
	e->result = 0x5555;
	page_ro(e);
	EXPECT_EQ(hc2(multicall, e, 1), X_EFAULT);
	EXPECT_EQ(e->result, 0x5555);
	page_rw(e);
	page_free(e);
}

TEST(multicall_iret_xsa213, "multicall stops at an iret that leaves the guest kernel (XSA-213)")
{
	/* The entry after it must not run in user mode's name: 0x5555 stays. */
	static struct iret_context ctx;
	struct regs r;
	struct trap t;
	u64 *stack;
	USER_ASM(code_ud, "ud2");

	user_regs_init(&r, code_ud, USER_LEN(code_ud));
	stack = (u64 *)(kernel_stack_top - 2048);
	ctx.rip = r.rip;
	ctx.cs = r.cs;
	ctx.rflags = r.rflags;
	ctx.rsp = r.rsp;
	ctx.ss = r.ss;
	memcpy(stack, &ctx, sizeof(ctx));
	mc_set(0, __HYPERVISOR_iret, 0, 0, 0);
	mc_set(1, __HYPERVISOR_update_va_mapping, (u64)mc, 0, 0);
	TRY(t, asm volatile("mov %0, %%rsp; syscall" : : "r" (stack), "a" (__HYPERVISOR_multicall),
			    "D" (mc), "S" (2)));
	EXPECT_TRAP(t, X_UD);
	EXPECT_EQ(t.regs.rip, USER_CODE);
	EXPECT_EQ(t.regs.cs & 3, 3);
	EXPECT_EQ(mc[1].result, 0x5555);
}

/* ---- console_io ---- */

TEST(console_io, "console_io write: a guest may, or is told -EPERM")
{
	long ret = hc3(console_io, CONSOLEIO_write, 13, "# console_io\n");

	EXPECT(ret == 0 || ret == X_EPERM);
}

TEST(console_io_read, "console_io read is nothing for a guest")
{
	char c[4];
	long ret = hc3(console_io, CONSOLEIO_read, 4, c);

	EXPECT(ret == X_EPERM || ret == 0);
}

TEST(console_io_bad, "console_io: unknown command")
{
	long ret = hc3(console_io, 77, 1, "x");

	EXPECT(ret == X_EPERM || ret == X_ENOSYS);
}

/* ---- vm_assist ---- */

TEST(vm_assist, "vm_assist: what 64-bit guests may enable and disable")
{
	EXPECT_EQ(hc2(vm_assist, VMASST_CMD_enable, VMASST_TYPE_writable_pagetables), 0);
	EXPECT_EQ(hc2(vm_assist, VMASST_CMD_disable, VMASST_TYPE_writable_pagetables), 0);
	EXPECT_EQ(hc2(vm_assist, VMASST_CMD_enable, VMASST_TYPE_runstate_update_flag), 0);
	EXPECT_EQ(hc2(vm_assist, VMASST_CMD_disable, VMASST_TYPE_runstate_update_flag), 0);
	EXPECT_EQ(hc2(vm_assist, VMASST_CMD_enable, VMASST_TYPE_architectural_iopl), 0);
	EXPECT_EQ(hc2(vm_assist, VMASST_CMD_disable, VMASST_TYPE_architectural_iopl), 0);
}

TEST(vm_assist_bad, "vm_assist: types a 64-bit guest has not, and commands nobody has")
{
	EXPECT_EQ(hc2(vm_assist, VMASST_CMD_enable, 6), X_EINVAL);
	EXPECT_EQ(hc2(vm_assist, VMASST_CMD_enable, 63), X_EINVAL);
	EXPECT_EQ(hc2(vm_assist, VMASST_CMD_enable, 64), X_EINVAL);
	EXPECT_EQ(hc2(vm_assist, VMASST_CMD_enable, ~0u), X_EINVAL);
	EXPECT_EQ(hc2(vm_assist, 2, VMASST_TYPE_writable_pagetables), X_ENOSYS);
}

/* ---- physdev, memory, grants ---- */

TEST(physdev_iopl, "physdev set_iopl: 0..3, else -EINVAL")
{
	struct physdev_set_iopl op;
	unsigned int i;

	for (i = 0; i < 4; i++) {
		op.iopl = i;
		EXPECT_EQ(hc2(physdev_op, PHYSDEVOP_set_iopl, &op), 0);
	}
	op.iopl = 4;
	EXPECT_EQ(hc2(physdev_op, PHYSDEVOP_set_iopl, &op), X_EINVAL);
	op.iopl = ~0u;
	EXPECT_EQ(hc2(physdev_op, PHYSDEVOP_set_iopl, &op), X_EINVAL);
	EXPECT_EQ(hc2(physdev_op, PHYSDEVOP_set_iopl, BAD_ADDRESS), X_EFAULT);
	op.iopl = 0;
	EXPECT_EQ(hc2(physdev_op, PHYSDEVOP_set_iopl, &op), 0);
}

TEST(physdev_unknown, "physdev: unknown command is -ENOSYS")
{
	EXPECT_EQ(hc2(physdev_op, 9999, 0), X_ENOSYS);
}
