// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: Attempts to get out, up or in the way.  The guest may get any fault of
 * its own; what counts is that the next test still runs and that nothing but
 * the guest's own state has changed.  Attempts that end the guest are in
 * special/ends.c.
 */
#include "guest.h"

static struct regs r;
static struct trap t;

#define RUN(name) do { user_regs_init(&r, name, USER_LEN(name)); user_run(&r, &t); } while (0)
#define RUN32(name) do { user_regs_init(&r, name, USER_LEN(name)); \
	r.cs = FLAT_USER_CS32; user_run(&r, &t); } while (0)

static void alive(void)
{
	struct trap step;

	TRY(step, asm volatile("pushfq; orl $0x100, (%%rsp); popfq; nop" : : : "memory", "cc"));
	EXPECT_TRAP(step, X_DB);
	hc2(set_debugreg, 6, 0);
	EXPECT_EQ(hc2(xen_version, XENVER_version, 0), 4 << 16 | 17);
	EXPECT_EQ(hc2(sched_op, SCHEDOP_yield, 0), 0);
}

/* ---- the other ways into a kernel ---- */

USER_ASM(u_sysenter, "mov %rsp, %rcx; lea 1f(%rip), %rdx; sysenter; 1: ud2");
USER_ASM(u_sysenter32, ".code32; mov %esp, %ecx; mov $0x400020, %edx; sysenter; ud2; .code64");
USER_ASM(u_syscall32, ".code32; mov $0x4321, %eax; syscall; ud2; .code64");

/* SEP in CPUID, as the forced prefix shows it. */
static bool has_sysenter(void)
{
	u32 a = 1, b, c = 0, d;

	asm volatile("ud2a; .ascii \"xen\"; cpuid" : "+a" (a), "=b" (b), "+c" (c), "=d" (d));
	return d & (1u << 11);
}

TEST(sysenter, "SYSENTER from 64-bit user mode ends in the guest: #GP, #UD or its own callback")
{
	RUN(u_sysenter);
	EXPECT(t.taken && (t.vector == X_GP || t.vector == X_UD || t.vector == VEC_SYSENTER));
	alive();
}

TEST(sysenter32, "SYSENTER from a 32-bit code segment ends in the guest, too")
{
	RUN32(u_sysenter32);
	EXPECT(t.taken && (t.vector == X_GP || t.vector == X_UD || t.vector == VEC_SYSENTER));
	alive();
}

TEST(sysenter_kernel, "SYSENTER from the guest kernel")
{
	if (has_sysenter())
		test_skip("it is taken, without a stack pointer: the guest's end");
	TRY(t, asm volatile("mov %%rsp, %%rcx; lea 1f(%%rip), %%rdx; sysenter; 1:"
			    : : : "rcx", "rdx", "memory"));
	EXPECT(t.taken && (t.vector == X_GP || t.vector == X_UD || t.vector == VEC_SYSENTER));
	alive();
}

TEST(syscall32, "compat SYSCALL from a 32-bit code segment: the syscall32 callback, or #UD")
{
	struct callback_register cb = {
		.type = CALLBACKTYPE_syscall32, .address = (u64)syscall32_stub,
	};

	RUN32(u_syscall32);
	EXPECT(t.taken && (t.vector == X_UD || t.vector == VEC_SYSCALL));
	alive();
	if (hc2(callback_op, CALLBACKOP_register, &cb) == 0) {
		RUN32(u_syscall32);
		EXPECT(t.taken && (t.vector == VEC_SYSCALL32 || t.vector == X_UD));
		if (t.vector == VEC_SYSCALL32) {
			EXPECT_EQ(t.regs.rax, 0x4321);
		}
	}
	alive();
}

TEST(sysenter_callback, "a sysenter callback can be registered and gets what comes")
{
	struct callback_register cb = {
		.type = CALLBACKTYPE_sysenter, .address = (u64)sysenter_stub,
	};

	if (hc2(callback_op, CALLBACKOP_register, &cb))
		test_skip("not offered");
	RUN32(u_sysenter32);
	EXPECT(t.taken && (t.vector == VEC_SYSENTER || t.vector == X_UD || t.vector == X_GP));
	alive();
}

/* Kernel code in the 32-bit segment: reached with lretq, at a low address. */
#define LOW	0x10000000UL

TEST(syscall32_kernel, "compat SYSCALL in guest kernel mode is no door either")
{
	static const u8 code[] = {
		0xb8, 17, 0, 0, 0,		/* mov $17, %eax */
		0x31, 0xff, 0x31, 0xf6,		/* xor %edi, %edi; xor %esi, %esi */
		0x0f, 0x05,			/* syscall */
		0x0f, 0x0b,			/* ud2 */
	};
	u8 *page = page_alloc();

	memcpy(page, code, sizeof(code));
	REQUIRE(map_va(LOW, va_to_mfn(page) * PAGE | PTE_RW_PAGE) == 0);
	TRY(t, asm volatile("push %0; push %1; lretq"
			    : : "r" ((u64)FLAT_KERNEL_CS32), "r" (LOW)
			    : "rax", "rcx", "r11", "rdi", "rsi", "memory"));
	EXPECT(t.taken);
	REQUIRE(pte_set((void *)LOW, 0) == 0);	/* nothing that fuzzing could hit */
	alive();
}

TEST(int_gates, "int $n for every n: none leads anywhere but to the guest's own handlers")
{
	u8 *page = page_alloc();
	unsigned int n;

	REQUIRE(pte_set(page, va_to_mfn(page) * PAGE | PTE_RW_PAGE) == 0);
	for (n = 0; n < 256; n++) {
		page[0] = 0xcd;
		page[1] = n;
		page[2] = 0xc3;
		TRY(t, asm volatile("call *%0" : : "r" (page) : "memory"));
		EXPECT(t.taken);
		/* QEMU's emulation before 8.0 miscounts the vector of a refused one. */
		if (n != 0x80 && t.vector != (n << 1 & 0xff))
			EXPECT(t.vector == X_GP || t.vector == n || t.vector < 32);
	}
	page_free(page);
	alive();
}

TEST(int_user, "the same from user mode")
{
	unsigned int n;

	for (n = 0; n < 256; n++) {
		u8 code[4] = { 0xcd, n, 0x0f, 0x0b };

		user_regs_init(&r, code, 4);
		user_run(&r, &t);
		EXPECT(t.taken);
	}
	alive();
}

/* ---- far transfers ---- */

static void far_jump(u16 sel)
{
	struct { u64 off; u16 sel; } __attribute__((packed)) to = { 0, sel };

	asm volatile("lea 1f(%%rip), %%rax; mov %%rax, %0; rex.w ljmp *%0; 1:"
		     : "+m" (to) : : "rax", "memory");
}

TEST(far_jump_hv, "far jumps to the hypervisor's selectors are #GP or #NP")
{
	static const u16 sel[] = { 0xe008, 0xe00b, 0xe010, 0xe013, 0xe019, 0xe040, 0xe043, 0xe050,
				   0xe053, 0x8, 0x10, 0x18, 0x33, 0xfff8, 0xffff };
	unsigned int i;

	for (i = 0; i < ARRAY_LEN(sel); i++) {
		TRY(t, far_jump(sel[i]));
		EXPECT(t.taken && (t.vector == X_GP || t.vector == X_NP || t.vector == X_TS));
	}
	TRY(t, far_jump(FLAT_KERNEL_CS));
	EXPECT_NO_TRAP(t);
	alive();
}

TEST(far_ret_hv, "far returns and iretq to the hypervisor's selectors are #GP")
{
	TRY(t, asm volatile("push %0; lea 1f(%%rip), %%rax; push %%rax; lretq; 1:"
			    : : "r" (0xe008UL) : "rax", "memory"));
	EXPECT_TRAP(t, X_GP);
	TRY(t, asm volatile("mov %%rsp, %%rbx; push %1; push %%rbx; pushfq; push %0;"
			    "lea 1f(%%rip), %%rax; push %%rax; iretq; 1:"
			    : : "r" (0xe008UL), "r" (0xe010UL) : "rax", "rbx", "memory"));
	EXPECT_TRAP(t, X_GP);
	alive();
}

TEST(iretq_native, "a native iretq within CPL 3 works, flags beyond CPL 3's do not change")
{
	u64 flags;

	TRY(t, asm volatile("mov %%rsp, %%rbx; mov %%ss, %%eax; push %%rax; push %%rbx; pushfq;"
			    "orq $0x3000, (%%rsp); andq $~0x200, (%%rsp);"
			    "mov %%cs, %%eax; push %%rax; lea 1f(%%rip), %%rax; push %%rax; iretq; 1:"
			    : : : "rax", "rbx", "memory", "cc"));
	EXPECT_NO_TRAP(t);
	asm volatile("pushfq; pop %0" : "=r" (flags));
	EXPECT_EQ(flags & FL_IOPL, 0);
	EXPECT_EQ(flags & FL_IF, FL_IF);
}

TEST(call_gate, "call gates: a guest's own in its GDT leads to no privilege")
{
	u64 *gdt = page_alloc();
	u64 addr = (u64)&far_jump;
	struct { u64 off; u16 sel; } __attribute__((packed)) to = { 0, 8 << 3 | 3 };
	u64 frame = va_to_mfn(gdt);
	long ret;

	gdt[8] = (addr & 0xffff) | (u64)FLAT_KERNEL_CS << 16 | 0xecUL << 40 | (addr >> 16 & 0xffff) << 48;
	gdt[9] = addr >> 32;
	page_ro(gdt);
	ret = hc2(set_gdt, &frame, 512);
	EXPECT(ret == 0 || ret == X_EINVAL);
	TRY(t, asm volatile("rex.w lcall *%0" : : "m" (to) : "memory"));
	EXPECT(t.taken && (t.vector == X_GP || t.vector == X_NP));
	alive();
	hc2(set_gdt, 0, 0);
	page_rw(gdt);
	gdt[8] = (addr & 0xffff) | 0xe008UL << 16 | 0xecUL << 40 | (addr >> 16 & 0xffff) << 48;
	page_ro(gdt);
	ret = hc2(set_gdt, &frame, 512);
	if (!ret) {
		TRY(t, asm volatile("rex.w lcall *%0" : : "m" (to) : "memory"));
		EXPECT(t.taken);
		hc2(set_gdt, 0, 0);
	}
	alive();
}

/* ---- registers at the door ---- */

TEST(rsp_user, "system calls and exceptions with any RSP: the frame still lies on the kernel stack")
{
	USER_ASM(u_sys, "syscall; ud2");
	static const u64 rsp[] = { 0, 8, 0x8000000000000000UL, HOLE_FIRST, 0xffff848000000800UL,
				   0xffffffffffffffffUL, 0xffff888000000000UL, VIRT_BASE };
	unsigned int i;

	for (i = 0; i < ARRAY_LEN(rsp); i++) {
		user_regs_init(&r, u_sys, USER_LEN(u_sys));
		r.rsp = rsp[i];
		user_run(&r, &t);
		EXPECT_TRAP(t, VEC_SYSCALL);
		EXPECT_EQ(t.regs.rsp, rsp[i]);
		user_regs_init(&r, u_sys + 2, USER_LEN(u_sys) - 2);
		r.rsp = rsp[i];
		user_run(&r, &t);
		EXPECT_TRAP(t, X_UD);
		EXPECT_EQ(t.regs.rsp, rsp[i]);
	}
}

TEST(flags_syscall,
	"TF, AC, NT, DF at a system call or hypercall never reach the hypervisor or the "
	"handler")
{
	USER_ASM(u_flags, "pushfq; orl $0x44400, (%rsp); popfq; syscall");
	long ret;

	RUN(u_flags);
	EXPECT_TRAP(t, VEC_SYSCALL);
	asm volatile("pushfq; orl $0x44400, (%%rsp); popfq; syscall; pushfq; andl $~0x44400, (%%rsp); popfq"
		     : "=a" (ret) : "0" (__HYPERVISOR_sched_op), "D" (SCHEDOP_yield), "S" (0)
		     : "rcx", "r11", "memory", "cc");
	EXPECT_EQ(ret, 0);
	alive();
}

TEST(syscall_last_byte, "syscall as the last instruction below the canonical border (XSA-7)")
{
	u8 *page = page_alloc();
	u64 va = 0x00007ffffffff000UL;

	page[PAGE - 2] = 0x0f;
	page[PAGE - 1] = 0x05;
	REQUIRE(map_va(va, va_to_mfn(page) * PAGE | PTE_RW_PAGE) == 0);
	TRY(t, asm volatile("jmp *%0" : : "r" (va + PAGE - 2), "a" (__HYPERVISOR_xen_version),
			    "D" (0UL), "S" (0UL) : "rcx", "r11", "memory"));
	EXPECT(t.taken && (t.vector == X_GP || t.vector == X_PF));
	REQUIRE(pte_set((void *)va, 0) == 0);
	alive();
}

TEST(dr_hole,
	"watchpoints near the hole, on the GDT or the live stack do no harm (XSA-444, "
	"XSA-260)")
{
	static volatile u64 x;

	hc2(set_debugreg, 0, HOLE_FIRST - 1);
	EXPECT_EQ(hc2(set_debugreg, 0, HOLE_LAST + 1), 0);
	EXPECT_EQ(hc2(set_debugreg, 7, 0x400 | 2 | 3 << 16 | 3 << 18), 0);
	alive();
	EXPECT_EQ(hc2(set_debugreg, 0, &x), 0);
	EXPECT_EQ(hc2(set_debugreg, 7, 0x400 | 2 | 3 << 16 | 3 << 18), 0);
	/* The hypervisor writes there on the guest's behalf: no #DB of its own. */
	TRY(t, hc2(xen_version, XENVER_platform_parameters, &x));
	EXPECT(!t.taken || t.vector == X_DB);
	TRY(t, asm volatile("mov %%ss, %%eax; mov %0, %%ss; syscall"
			    : : "m" (x), "a" (__HYPERVISOR_xen_version), "D" (0UL) : "rcx", "r11", "memory"));
	EXPECT(!t.taken || t.vector == X_DB || t.vector == X_GP);
	hc2(set_debugreg, 7, 0);
	hc2(set_debugreg, 6, 0);
	hc2(set_debugreg, 0, 0);
	alive();
}

TEST(dr_stack, "a watchpoint on the stack the bounce frame is written to")
{
	EXPECT_EQ(hc2(set_debugreg, 0, kernel_stack_top - 16), 0);
	EXPECT_EQ(hc2(set_debugreg, 7, 0x400 | 2 | 1 << 16 | 3 << 18), 0);
	{
		USER_ASM(u_ud, "ud2");

		RUN(u_ud);
	}
	EXPECT(t.taken && (t.vector == X_UD || t.vector == X_DB));
	hc2(set_debugreg, 7, 0);
	hc2(set_debugreg, 6, 0);
	hc2(set_debugreg, 0, 0);
	alive();
}

TEST(fsgsbase, "wrgsbase, if the guest may use it, cannot upset the hypervisor (XSA-293)")
{
	u64 gs = 0;

	TRY(t, asm volatile("wrgsbase %0" : : "r" (0xffff888012345000UL)));
	if (t.taken) {
		EXPECT_EQ(t.vector, X_UD);
		test_skip("no FSGSBASE for guests");
	}
	alive();
	TRY(t, asm volatile("rdgsbase %0" : "=r" (gs)));
	EXPECT_EQ(gs, 0xffff888012345000UL);
	TRY(t, asm volatile("wrgsbase %0" : : "r" (0UL)));
	alive();
}

TEST(pkru, "wrpkru is #UD, or does not hinder the hypervisor")
{
	TRY(t, asm volatile("xor %%ecx, %%ecx; xor %%edx, %%edx; mov $-1, %%eax; .byte 0x0f, 0x01, 0xef"
			    : : : "rax", "rcx", "rdx"));
	EXPECT(!t.taken || t.vector == X_UD || t.vector == X_GP);
	alive();
	TRY(t, asm volatile("xor %%ecx, %%ecx; xor %%edx, %%edx; xor %%eax, %%eax; .byte 0x0f, 0x01, 0xef"
			    : : : "rax", "rcx", "rdx"));
}

TEST(xrstor, "XRSTOR with a bad header is the guest's #GP")
{
	static u8 area[4096] __attribute__((aligned(64)));

	memset(area + 512, 0xff, 64);
	TRY(t, asm volatile("xrstor (%0)" : : "r" (area), "a" (7), "d" (0) : "memory"));
	EXPECT(t.taken && (t.vector == X_GP || t.vector == X_UD));
	alive();
}

TEST(mxcsr, "LDMXCSR and FXRSTOR with reserved bits are the guest's #GP")
{
	static u8 area[512] __attribute__((aligned(16)));
	u32 csr = 0xffffffff;

	TRY(t, asm volatile("ldmxcsr %0" : : "m" (csr)));
	EXPECT(!t.taken || t.vector == X_GP);
	asm volatile("fxsave (%0)" : : "r" (area) : "memory");
	*(u32 *)(area + 24) = 0xffffffff;
	TRY(t, asm volatile("fxrstor (%0)" : : "r" (area) : "memory"));
	EXPECT(!t.taken || t.vector == X_GP);
	csr = 0x1f80;
	asm volatile("ldmxcsr %0" : : "m" (csr));
	alive();
}

TEST(fpu_exception_pending, "an x87 exception left pending does not hit the hypervisor")
{
	u16 cw = 0x0300;	/* all unmasked */

	TRY(t, asm volatile("fninit; fldcw %0; fld1; fldz; fdivrp" : : "m" (cw)));
	alive();
	asm volatile("fnclex; fninit");
	alive();
}

/* ---- fuzz: a fixed seed, so that a failure can be had again ---- */

static u64 seed = 0x9e3779b97f4a7c15UL;

static u64 rnd(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed;
}

static u64 odd_value(void)
{
	static const u64 special[] = {
		0, 1, 2, 3, 7, 8, 0x1000, 0x1fff, 0x7fffffff, 0x80000000, 0xffffffff,
		0x100000000, 0x7fffffffffffffff, 0x8000000000000000, ~0UL, HOLE_FIRST,
		0xffff848000000000, 0xffff810000000000, HOLE_LAST, VIRT_BASE, DOMID_SELF,
		DOMID_IO, DOMID_XEN, 0x0000800000000000, 0x00007ffffffff000,
	};
	u64 v = rnd();

	switch (v % 4) {
	case 0:
		return special[rnd() % ARRAY_LEN(special)];
	case 1:
		return rnd() & 0xff;
	case 2:
		return rnd();
	default:
		return special[rnd() % ARRAY_LEN(special)] + (rnd() & 0xfff);
	}
}

/* Calls that would end the guest, silence it or change its own vital state. */
static bool unhelpful(u64 nr, u64 a)
{
	switch (nr) {
	case __HYPERVISOR_iret:
	case __HYPERVISOR_set_trap_table:
	case __HYPERVISOR_set_callbacks:
	case __HYPERVISOR_stack_switch:
	case __HYPERVISOR_set_gdt:
	case __HYPERVISOR_sched_op_compat:
		return true;
	case __HYPERVISOR_sched_op:
		return (u32)a != SCHEDOP_yield;
	case __HYPERVISOR_vcpu_op:
		return (u32)a == VCPUOP_down || (u32)a == VCPUOP_register_vcpu_info ||
		       (u32)a == VCPUOP_send_nmi;
	case __HYPERVISOR_event_channel_op:
		return (u32)a == EVTCHNOP_reset || (u32)a == EVTCHNOP_close || (u32)a == 14;
	}
	return false;
}

TEST(fuzz_numbers, "three thousand hypercalls with garbage arguments, no pointers of ours")
{
	unsigned int i;

	for (i = 0; i < 3000; i++) {
		u64 nr = rnd() % 64, a = odd_value(), b = odd_value(), c = odd_value(),
		    d = odd_value(), e = odd_value();

		/* No address that is ours: the guest would hurt itself. */
		if (unhelpful(nr, a))
			continue;
		if (b >= VIRT_BASE)
			b &= 0xffff;
		if (a >= VIRT_BASE)
			a &= 0xffff;
		if (c >= VIRT_BASE)
			c &= 0xffff;
		TRY(t, hcall(nr, a, b, c, d, e));
	}
	hc1(fpu_taskswitch, 0);
	hc2(set_segment_base, SEGBASE_GS_KERNEL, 0);
	hc1(set_timer_op, 0);
	alive();
}

TEST(fuzz_structures, "two thousand operations with garbage in their structures")
{
	static const unsigned int nr[] = {
		__HYPERVISOR_mmuext_op, __HYPERVISOR_mmu_update, __HYPERVISOR_memory_op,
		__HYPERVISOR_event_channel_op, __HYPERVISOR_grant_table_op, __HYPERVISOR_physdev_op,
		__HYPERVISOR_vcpu_op, __HYPERVISOR_callback_op, __HYPERVISOR_nmi_op,
	};
	u64 *buf = page_alloc();
	unsigned int i, j;

	for (i = 0; i < 2000; i++) {
		unsigned int n = nr[rnd() % ARRAY_LEN(nr)];
		unsigned int cmd = rnd() % 32;

		for (j = 0; j < 16; j++) {
			buf[j] = odd_value();
			if (buf[j] >= VIRT_BASE)
				buf[j] &= 0xfff;
		}
		switch (n) {
		case __HYPERVISOR_mmuext_op:
			*(u32 *)buf = cmd;
			if (cmd == MMUEXT_NEW_BASEPTR || cmd == MMUEXT_SET_LDT ||
			    cmd == MMUEXT_NEW_USER_BASEPTR)
				continue;
			TRY(t, hcall(n, (u64)buf, 1, 0, DOMID_SELF, 0));
			break;
		case __HYPERVISOR_mmu_update:
			TRY(t, hcall(n, (u64)buf, rnd() % 4, 0, DOMID_SELF, 0));
			break;
		case __HYPERVISOR_vcpu_op:
			if (unhelpful(n, cmd))
				continue;
			TRY(t, hcall(n, cmd, 0, (u64)buf, 0, 0));
			break;
		case __HYPERVISOR_grant_table_op:
			TRY(t, hcall(n, cmd, (u64)buf, rnd() % 3, 0, 0));
			break;
		case __HYPERVISOR_callback_op:
		case __HYPERVISOR_nmi_op:
			*(u16 *)buf = 6 + rnd() % 100;
			TRY(t, hcall(n, cmd | 2, (u64)buf, 0, 0, 0));
			break;
		case __HYPERVISOR_memory_op:
			if (cmd == XENMEM_decrease_reservation || cmd == XENMEM_exchange)
				continue;
			TRY(t, hcall(n, cmd, (u64)buf, 0, 0, 0));
			break;
		default:
			if (unhelpful(n, cmd))
				continue;
			TRY(t, hcall(n, cmd, (u64)buf, 0, 0, 0));
		}
	}
	hc1(set_timer_op, 0);
	hc3(vcpu_op, VCPUOP_stop_periodic_timer, 0, 0);
	hc3(vcpu_op, VCPUOP_stop_singleshot_timer, 0, 0);
	alive();
}

TEST(fuzz_mmu, "two thousand page-table updates with garbage entries in a table of our own")
{
	u64 va = 0xa0000000UL, l1;
	struct mmu_update req;
	unsigned int i, mapped = 0;

	map_tables(va);
	l1 = pte_maddr(va, 1);
	for (i = 0; i < 2000; i++) {
		req.ptr = (l1 & ~(PAGE - 1)) + (rnd() & 0xff8) + (rnd() & 3 ? 0 : rnd() & 7);
		req.val = odd_value() ^ (rnd() & 0xfff);
		if (!mmu_updates(&req, 1, NULL) && (req.val & PTE_P))
			mapped++;
	}
	note("%u of them were taken", mapped);
	for (i = 0; i < 512; i++)
		EXPECT_EQ(pte_write((l1 & ~(PAGE - 1)) + 8 * i, 0), 0);
	alive();
}

TEST(fuzz_multicall, "multicalls of garbage")
{
	static struct multicall_entry mc[16];
	unsigned int i, j, k;

	for (i = 0; i < 200; i++) {
		for (j = 0; j < 16; j++) {
			do {
				mc[j].op = rnd() % 64;
				for (k = 0; k < 6; k++) {
					mc[j].args[k] = odd_value();
					if (mc[j].args[k] >= VIRT_BASE)
						mc[j].args[k] &= 0xfff;
				}
			} while (unhelpful(mc[j].op, mc[j].args[0]));
		}
		TRY(t, hc2(multicall, mc, rnd() % 17));
	}
	hc1(fpu_taskswitch, 0);
	hc2(set_segment_base, SEGBASE_GS_KERNEL, 0);
	hc1(set_timer_op, 0);
	alive();
}

TEST(fuzz_instructions, "three thousand random instruction streams in user mode")
{
	u8 code[32];
	unsigned int i, j;

	user_init();
	for (i = 0; i < 3000; i++) {
		for (j = 0; j < sizeof(code); j += 8)
			*(u64 *)(code + j) = rnd();
		if (i & 1)
			code[0] = 0x0f;
		user_regs_init(&r, code, sizeof(code));
		for (j = 0; j < 15; j++)
			((u64 *)&r)[j] = odd_value();
		r.rsp = USER_STACK + 2048;
		r.rflags |= FL_TF;	/* one instruction is enough, and no loop is endless */
		user_run(&r, &t);
	}
	hc2(set_debugreg, 6, 0);
	hc2(set_debugreg, 7, 0);
	asm volatile("cld; fninit");
	alive();
}
