// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: Privileged instructions of the guest kernel: which are carried out, and
 * how; which are refused; and that the guest's user mode has none of them.
 */
#include "guest.h"

#define UNMAPPED_AFTER	0x50000000UL	/* one page of code, nothing behind it */
#define ALL_ONES	0xffffffffUL

#define MSR_TSC_AUX_	0xc0000103
#define MSR_EFER_	0xc0000080
#define MSR_FS_BASE_	0xc0000100
#define MSR_KGS_BASE_	0xc0000102
#define CR0_MP		0x2UL
#define CR0_TS		0x8UL
#define CR4_PSE		0x10UL
#define CR4_DE		0x8UL
#define CR4_FSGSBASE	0x10000UL
#define CR4_OSXSAVE	0x40000UL
#define CR4_SMEP	0x100000UL
#define CR4_PKE		0x400000UL

struct leaf {
	u32 a, b, c, d;
};

static struct leaf cpuid_(u32 leaf, u32 subleaf)
{
	struct leaf l = { .a = leaf, .c = subleaf };

	asm volatile("ud2a; .ascii \"xen\"; cpuid"
		     : "+a" (l.a), "=b" (l.b), "+c" (l.c), "=d" (l.d));
	return l;
}

static u64 rdmsr_(u32 msr)
{
	u32 lo, hi;

	asm volatile("rdmsr" : "=a" (lo), "=d" (hi) : "c" (msr));
	return lo | (u64)hi << 32;
}

static void wrmsr_(u32 msr, u64 val)
{
	asm volatile("wrmsr" : : "c" (msr), "a" ((u32)val), "d" ((u32)(val >> 32)) : "memory");
}

static u64 cr4_read(void)
{
	u64 v;

	asm volatile("mov %%cr4, %0" : "=r" (v));
	return v;
}

static void cr4_write(u64 v)
{
	asm volatile("mov %0, %%cr4" : : "r" (v) : "memory");
}

static u64 cr0_read(void)
{
	u64 v;

	asm volatile("mov %%cr0, %0" : "=r" (v));
	return v;
}

#define EXPECT_GP(...)							\
	do {								\
		struct trap t_;						\
									\
		TRY(t_, __VA_ARGS__);					\
		EXPECT_TRAP(t_, X_GP);					\
		EXPECT_EQ(t_.regs.error, 0);				\
	} while (0)

/* ---- CPUID ---- */

TEST(cpuid_xen, "forced cpuid: XenVMMXenVMM, version 4.17, PRESERVE_AD")
{
	struct leaf l = cpuid_(0x40000000, 0);

	EXPECT_EQ(l.a, 0x40000005);
	EXPECT_EQ(l.b, XEN_CPUID_SIGNATURE_EBX);
	EXPECT_EQ(l.c, XEN_CPUID_SIGNATURE_ECX);
	EXPECT_EQ(l.d, XEN_CPUID_SIGNATURE_EDX);
	EXPECT_EQ(cpuid_(0x40000001, 0).a, 0x00040011);
	EXPECT_EQ(cpuid_(0x40000002, 0).c & 1, 1);
	EXPECT_EQ(cpuid_(0x40000004, 0).a, 0);
	EXPECT_EQ(cpuid_(0x40000006, 0).a, 0);
}

TEST(cpuid_hidden, "forced cpuid: no feature that a PV guest cannot have")
{
	struct leaf l = cpuid_(1, 0);

	EXPECT_EQ(l.c >> 31 & 1, 1);			/* hypervisor */
	EXPECT_EQ(l.c & (1U << 5 | 1U << 3 | 1U << 17 | 1U << 21 | 1U << 24), 0);
	EXPECT_EQ(l.d & (1U << 1 | 1U << 3 | 1U << 12 | 1U << 13 | 1U << 17), 0);
	l = cpuid_(7, 0);
	EXPECT_EQ(l.b & (1U << 7 | 1U << 10 | 1U << 14 | 1U << 20), 0);
	EXPECT_EQ(l.c & (1U << 2 | 1U << 3 | 1U << 4 | 1U << 7 | 1U << 16), 0);
	EXPECT_EQ(cpuid_(0x80000001, 0).c & (1U << 2), 0);	/* SVM */
	EXPECT_EQ(cpuid_(0x80000001, 0).d & (1U << 26), 0);	/* 1 GiB pages */
	EXPECT_EQ(cpuid_(0x80000008, 0).a >> 8 & 0xff, 48);
}

TEST(cpuid_range, "forced cpuid: leaves out of range are zero")
{
	static const u32 leaf[] = { 0xe, 0x14, 0x20, 0x20000000, 0x40000100, 0x80000022,
				    0x8fffffff, 0xc0000000, 0xffffffff };
	unsigned int i;

	EXPECT(cpuid_(0, 0).a <= 0xd);
	for (i = 0; i < ARRAY_LEN(leaf); i++) {
		struct leaf l = cpuid_(leaf[i], 0);

		EXPECT_EQ(l.a | l.b | l.c | l.d, 0);
	}
	EXPECT_EQ(cpuid_(7, 3).b, 0);
	EXPECT_EQ(cpuid_(0xd, 63).a, 0);
}

TEST(cpuid_xsave, "forced cpuid: sizes of the XSAVE area fit together")
{
	struct leaf l = cpuid_(0xd, 0), c;
	u32 size = 576;
	int i;

	if (!(cpuid_(1, 0).c & 1U << 26))
		test_skip("no XSAVE");
	EXPECT_EQ(l.a & 3, 3);
	for (i = 2; i < 32; i++) {
		c = cpuid_(0xd, i);
		if (!(l.a & 1U << i)) {
			EXPECT_EQ(c.a | c.b | c.c | c.d, 0);
			continue;
		}
		if (c.a + c.b > size)
			size = c.a + c.b;
	}
	EXPECT_EQ(l.c, size);
	EXPECT_EQ(cpuid_(1, 0).c >> 27 & 1, 1);		/* OSXSAVE, always to the kernel */
}

USER_ASM(user_cpuid, "mov $0x40000000, %eax; xor %ecx, %ecx\n"
		     "ud2a; .ascii \"xen\"; cpuid; int3");
USER_ASM(user_prefix, "ud2a; .ascii \"xem\"; cpuid; int3");

TEST(cpuid_user, "forced cpuid works from user mode; a wrong prefix is #UD")
{
	struct regs r;
	struct trap t;

	user_regs_init(&r, user_cpuid, USER_LEN(user_cpuid));
	user_run(&r, &t);
	EXPECT_TRAP(t, X_BP);
	EXPECT_EQ(t.regs.rbx, XEN_CPUID_SIGNATURE_EBX);
	user_regs_init(&r, user_prefix, USER_LEN(user_prefix));
	user_run(&r, &t);
	EXPECT_TRAP(t, X_UD);
	EXPECT_EQ(t.regs.rip, USER_CODE);
}

/* ---- MSRs ---- */

TEST(msr_unknown, "unknown MSRs are #GP, read or written")
{
	EXPECT_GP(rdmsr_(0x12345678));
	EXPECT_GP(wrmsr_(0x12345678, 0));
	EXPECT_GP(rdmsr_(0xc0010055));
	EXPECT_GP(wrmsr_(0xc0000082, 0));	/* LSTAR */
	EXPECT_GP(rdmsr_(0x800));		/* x2APIC */
	EXPECT_GP(wrmsr_(0x79, 0));		/* microcode update */
}

TEST(msr_faults, "MSRs that fault in the host are #GP here and no more (XSA-333)")
{
	volatile u32 msr;

	for (msr = 0x480; msr < 0x494; msr++)
		EXPECT_GP(rdmsr_(msr));
	for (msr = 0xc0010113; msr < 0xc0010118; msr++)
		EXPECT_GP(rdmsr_(msr));
}

TEST(msr_efer, "EFER: long mode is on; may be written back, not changed")
{
	u64 efer = rdmsr_(MSR_EFER_);

	EXPECT_EQ(efer & 0x501, 0x501);
	EXPECT_EQ(efer & 0x1000, 0);		/* SVME */
	wrmsr_(MSR_EFER_, efer);
	EXPECT_GP(wrmsr_(MSR_EFER_, efer ^ 1));
	EXPECT_GP(wrmsr_(MSR_EFER_, efer | 0x1000));
}

TEST(msr_constants, "PAT, APIC_BASE and PLATFORM_INFO as Xen has them")
{
	EXPECT_EQ(rdmsr_(0x277), 0x050100070406UL);
	EXPECT_GP(wrmsr_(0x277, 0));
	EXPECT_EQ(rdmsr_(0x1b), 0xfee00900UL);
	EXPECT_EQ(rdmsr_(0xce), 0);
	wrmsr_(0x140, 0);
	EXPECT_EQ(rdmsr_(0x140), 0);
	EXPECT_GP(wrmsr_(0x140, ~0UL));
}

TEST(msr_bases, "FS and user GS base: canonical values stick, others are #GP (XSA-193)")
{
	u64 val;

	wrmsr_(MSR_FS_BASE_, 0x123456789000);
	EXPECT_EQ(rdmsr_(MSR_FS_BASE_), 0x123456789000);
	wrmsr_(MSR_FS_BASE_, (u64)&start_info);
	asm volatile("mov %%fs:0, %0" : "=r" (val));
	EXPECT_EQ(val, (u64)start_info);
	EXPECT_GP(wrmsr_(MSR_FS_BASE_, 0x800000000000));
	EXPECT_GP(wrmsr_(MSR_KGS_BASE_, 1UL << 63));
	EXPECT_EQ(rdmsr_(MSR_FS_BASE_), (u64)&start_info);
	wrmsr_(MSR_KGS_BASE_, 0xffff900000001000);
	EXPECT_EQ(rdmsr_(MSR_KGS_BASE_), 0xffff900000001000);
	wrmsr_(MSR_FS_BASE_, 0);
	wrmsr_(MSR_KGS_BASE_, 0);
}

TEST(msr_tsc_aux, "TSC_AUX is what rdtscp says")
{
	u32 aux;

	if (!(cpuid_(0x80000001, 0).d & 1U << 27))
		test_skip("no RDTSCP");
	wrmsr_(MSR_TSC_AUX_, 0x1234);
	asm volatile("rdtscp" : "=c" (aux) : : "rax", "rdx");
	EXPECT_EQ(aux, 0x1234);
	EXPECT_EQ(rdmsr_(MSR_TSC_AUX_), 0x1234);
	EXPECT_GP(wrmsr_(MSR_TSC_AUX_, 1UL << 32));
	wrmsr_(MSR_TSC_AUX_, 0);
}

/* ---- control registers ---- */

TEST(cr0, "CR0: TS may change, nothing else")
{
	struct trap t;
	u64 cr0 = cr0_read();

	EXPECT_EQ(cr0 & 0x80000001, 0x80000001);
	asm volatile("mov %0, %%cr0" : : "r" (cr0 | CR0_TS));
	EXPECT_EQ(cr0_read() & CR0_TS, CR0_TS);
	TRY(t, asm volatile("fnop"));
	EXPECT_TRAP(t, X_NM);
	asm volatile("clts");
	EXPECT_EQ(cr0_read() & CR0_TS, 0);
	EXPECT_GP(asm volatile("mov %0, %%cr0" : : "r" (cr0 ^ 0x10000)));
	EXPECT_GP(asm volatile("mov %0, %%cr0" : : "r" (cr0 ^ CR0_MP)));
	EXPECT_GP(asm volatile("mov %0, %%cr0" : : "r" (cr0 & ~0x80000000UL)));
}

TEST(cr2, "CR2 is the address of the last page fault")
{
	struct trap t;
	u64 cr2;

	TRY(t, (void)*(volatile u8 *)0x600123);
	EXPECT_TRAP(t, X_PF);
	asm volatile("mov %%cr2, %0" : "=r" (cr2));
	EXPECT_EQ(cr2, 0x600123);
	asm volatile("mov %0, %%cr2" : : "r" (0x77UL));
	asm volatile("mov %%cr2, %0" : "=r" (cr2));
	EXPECT_EQ(cr2, 0x77);
}

TEST(cr3, "CR3 is the L4's machine address; it may be loaded, a bad frame may not")
{
	u64 cr3;

	asm volatile("mov %%cr3, %0" : "=r" (cr3));
	EXPECT_EQ(cr3, va_to_mfn((void *)start_info->pt_base) * PAGE);
	asm volatile("mov %0, %%cr3" : : "r" (cr3) : "memory");
	EXPECT_GP(asm volatile("mov %0, %%cr3" : : "r" (va_to_mfn(page_alloc()) * PAGE + 0)));
	EXPECT_GP(asm volatile("mov %0, %%cr3" : : "r" (0xffffffff000UL)));
}

TEST(cr3_frame, "CR3: an L1 table or a frame of nobody's is no L4")
{
	u64 l1 = va_to_mfn(pte_of((u64)&start_info, 1)) * PAGE;

	EXPECT_GP(asm volatile("mov %0, %%cr3" : : "r" (l1)));
	EXPECT_GP(asm volatile("mov %0, %%cr3" : : "r" (0UL)));
}

TEST(cr4, "CR4: the guest's bits stick, others are dropped")
{
	u64 old = cr4_read();

	EXPECT_EQ(old & 0x20, 0x20);		/* PAE */
	cr4_write(old | CR4_PSE | CR4_SMEP | CR4_PKE | 0x2000);
	EXPECT_EQ(cr4_read(), old);
	cr4_write(0);
	EXPECT_EQ(cr4_read() & 0x20, 0x20);
	cr4_write(old | CR4_DE);
	EXPECT_EQ(cr4_read() & CR4_DE, CR4_DE);
	cr4_write(old);
}

TEST(fsgsbase, "rdfsbase is #UD until CR4.FSGSBASE is set (XSA-293)")
{
	u64 old = cr4_read(), val = 0;
	struct trap t;

	if (!(cpuid_(7, 0).b & 1))
		test_skip("no FSGSBASE");
	cr4_write(old & ~CR4_FSGSBASE);
	TRY(t, asm volatile("rdfsbase %0" : "=r" (val)));
	EXPECT_TRAP(t, X_UD);
	cr4_write(old | CR4_FSGSBASE);
	wrmsr_(MSR_FS_BASE_, 0x1234000);
	TRY(t, asm volatile("rdfsbase %0" : "=r" (val)));
	EXPECT_NO_TRAP(t);
	asm volatile("wrfsbase %0" : : "r" (0x4321000UL));
	EXPECT_EQ(rdmsr_(MSR_FS_BASE_), 0x4321000);
	wrmsr_(MSR_FS_BASE_, 0);
	cr4_write(old);
}

static void xsetbv_(u32 nr, u64 val)
{
	asm volatile("xsetbv" : : "c" (nr), "a" ((u32)val), "d" ((u32)(val >> 32)));
}

static u64 xgetbv_(void)
{
	u32 lo, hi;

	asm volatile("xgetbv" : "=a" (lo), "=d" (hi) : "c" (0));
	return lo | (u64)hi << 32;
}

TEST(xsetbv, "xsetbv: needs CR4.OSXSAVE; only states that CPUID shows, and whole ones")
{
	u64 old = cr4_read(), all;
	struct trap t;

	if (!(cpuid_(1, 0).c & 1U << 26))
		test_skip("no XSAVE");
	all = cpuid_(0xd, 0).a;
	cr4_write(old & ~CR4_OSXSAVE);
	TRY(t, xsetbv_(0, 3));
	EXPECT_TRAP(t, X_UD);
	cr4_write(old | CR4_OSXSAVE);
	xsetbv_(0, 3);
	EXPECT_EQ(xgetbv_(), 3);
	EXPECT_EQ(cpuid_(0xd, 0).b, 576);
	xsetbv_(0, all);
	EXPECT_EQ(xgetbv_(), all);
	EXPECT_EQ(cpuid_(0xd, 0).b, cpuid_(0xd, 0).c);
	EXPECT_GP(xsetbv_(0, 0));
	EXPECT_GP(xsetbv_(0, 2));
	EXPECT_GP(xsetbv_(0, 5));
	EXPECT_GP(xsetbv_(0, 3 | 1UL << 5));
	EXPECT_GP(xsetbv_(0, all | 1UL << 9));		/* PKRU */
	EXPECT_GP(xsetbv_(0, all | 1UL << 62));
	EXPECT_GP(xsetbv_(1, 3));
	EXPECT_EQ(xgetbv_(), all);
}

/* ---- debug registers ---- */

#define DR_SET(n, v)	asm volatile("mov %0, %%dr" #n : : "r" ((u64)(v)))
#define DR_GET(n) ({ u64 v_; asm volatile("mov %%dr" #n ", %0" : "=r" (v_)); v_; })

TEST(dr, "debug registers by mov: reserved bits and bad addresses are #GP (XSA-12)")
{
	DR_SET(0, 0x1234);
	EXPECT_EQ(DR_GET(0), 0x1234);
	DR_SET(0, 0);
	EXPECT_GP(DR_SET(1, HOLE_FIRST));
	EXPECT_GP(DR_SET(1, HOLE_LAST));
	EXPECT_GP(DR_SET(1, 0x800000000000));
	EXPECT_GP(DR_SET(7, 1UL << 32));
	EXPECT_GP(DR_SET(6, 1UL << 32));
	EXPECT_GP(DR_SET(7, 0x2000));
	DR_SET(7, 0);
	EXPECT_EQ(DR_GET(7), 0x400);
	EXPECT_EQ(DR_GET(6) & 0xffff0ff0, 0xffff0ff0);
}

/* ---- what nobody may ---- */

TEST(refused, "hlt, invlpg, invd, lgdt, lidt, ltr, swapgs, rdpmc, sysret, mov cr8 are #GP")
{
	static u64 desc[2];

	EXPECT_GP(asm volatile("hlt"));
	EXPECT_GP(asm volatile("invlpg (%0)" : : "r" (desc)));
	EXPECT_GP(asm volatile("invd"));
	EXPECT_GP(asm volatile("lgdt (%0)" : : "r" (desc)));
	EXPECT_GP(asm volatile("lidt (%0)" : : "r" (desc)));
	EXPECT_GP(asm volatile("swapgs"));
	EXPECT_GP(asm volatile("rdpmc" : : "c" (0) : "rax", "rdx"));
	EXPECT_GP(asm volatile("sysretq" : : "c" (0) : "r11"));
	EXPECT_GP(asm volatile("mov %%cr8, %0" : "=r" (desc[0])));
	EXPECT_GP(asm volatile("mov %0, %%cr8" : : "r" (0UL)));
	EXPECT_GP(asm volatile("lmsw %w0" : : "r" (1)));
}

TEST(wbinvd, "wbinvd does nothing")
{
	asm volatile("wbinvd");
}

/* ---- user mode has none of it (XSA-105, XSA-110) ---- */

#define USER_INSNS(X) \
X(rdmsr, "mov $0xc0000080, %ecx; rdmsr") \
X(wrmsr, "mov $0xc0000100, %ecx; xor %eax, %eax; xor %edx, %edx; wrmsr") \
X(rcr0, "mov %cr0, %rax") \
X(rcr3, "mov %cr3, %rax") \
X(wcr3, "mov %rax, %cr3") \
X(clts, "clts") \
X(rdr7, "mov %dr7, %rax") \
X(wdr0, "mov %rax, %dr0") \
X(wbinvd, "wbinvd") \
X(xsetbv, "mov $1, %eax; xor %ecx, %ecx; xor %edx, %edx; xsetbv") \
X(cli, "cli") \
X(sti, "sti") \
X(inb, "in $0x80, %al") \
X(outb, "out %al, $0x80") \
X(insb, "mov $0x403000, %edi; insb") \
X(hlt, "hlt")

#define USER_INSN(name, text) USER_ASM(user_##name, text "; int3");
USER_INSNS(USER_INSN)

TEST(user_mode, "user mode gets #GP for each of them")
{
	static const struct {
		const char *name, *code;
		size_t len;
	} insns[] = {
#define ROW(name, text) { #name, user_##name, 0 },
		USER_INSNS(ROW)
	};
	struct physdev_set_iopl iopl = { .iopl = 1 };
	struct regs r;
	struct trap t;
	unsigned int i;

	hc2(physdev_op, PHYSDEVOP_set_iopl, &iopl);
	for (i = 0; i < ARRAY_LEN(insns); i++) {
		user_regs_init(&r, insns[i].code, 32);
		user_run(&r, &t);
		/* Without OSXSAVE the CPU does not know it. */
		if (t.vector == X_UD && !strncmp(insns[i].name, "xsetbv", 7))
			continue;
		if (!EXPECT_TRAP(t, X_GP))
			note("user mode: %s", insns[i].name);
	}
	EXPECT_EQ(cr0_read() & CR0_TS, 0);
}

/* ---- ports ---- */

static u8 inb_(u16 port)
{
	u8 v;

	asm volatile("inb %1, %0" : "=a" (v) : "Nd" (port));
	return v;
}

static void outb_(u16 port, u8 v)
{
	asm volatile("outb %0, %1" : : "a" (v), "Nd" (port));
}

static u32 inl_(u16 port)
{
	u32 v;

	asm volatile("inl %1, %0" : "=a" (v) : "Nd" (port));
	return v;
}

static void outl_(u16 port, u32 v)
{
	asm volatile("outl %0, %1" : : "a" (v), "Nd" (port));
}

static void iopl_set(u32 level)
{
	struct physdev_set_iopl iopl = { .iopl = level };

	REQUIRE(hc2(physdev_op, PHYSDEVOP_set_iopl, &iopl) == 0);
}

TEST(io_refused, "in, out, cli, sti of the guest kernel are #GP at virtual IOPL 0")
{
	iopl_set(0);
	EXPECT_GP(inb_(0x80));
	EXPECT_GP(outb_(0x80, 0));
	EXPECT_GP(asm volatile("cli"));
	EXPECT_GP(asm volatile("sti"));
}

TEST(io_empty, "at IOPL 1 there is an empty machine: ones, and nothing hears a write")
{
	u64 rax = ~0UL;

	iopl_set(1);
	EXPECT_EQ(inb_(0x60), 0xff);
	EXPECT_EQ(inb_(0x64), 0xff);
	EXPECT_EQ(inl_(0x3f8), ALL_ONES);
	EXPECT_EQ(inb_(0x71), 0xff);
	outb_(0x64, 0xfe);		/* the keyboard controller would reset */
	outl_(0xcf8, 0x80000000);
	EXPECT_EQ(inl_(0xcf8), 0x80000000);
	EXPECT_EQ(inl_(0xcfc), ALL_ONES);
	outl_(0xcf8, 0);
	outb_(0x70, 0x0b);
	EXPECT_EQ(inb_(0x70), 0x0b);
	asm volatile("inl %w1, %%eax" : "+a" (rax) : "d" (0x80));
	EXPECT_EQ(rax, ALL_ONES);	/* upper half cleared */
	asm volatile("cli; sti");
	EXPECT_EQ(VCPU_INFO->evtchn_upcall_mask, 1);
}

TEST(io_string, "rep insb and rep outsb reach guest memory, across a page, and stop at a fault")
{
	static u8 buf[2 * PAGE] __attribute__((aligned(4096)));
	u64 di = (u64)buf + PAGE - 100, cx = 200;
	struct trap t;

	iopl_set(1);
	asm volatile("rep insb" : "+D" (di), "+c" (cx) : "d" (0x80) : "memory");
	EXPECT_EQ(cx, 0);
	EXPECT_EQ(di, (u64)buf + PAGE + 100);
	EXPECT_EQ(buf[PAGE - 101], 0);
	EXPECT_EQ(buf[PAGE - 100], 0xff);
	EXPECT_EQ(buf[PAGE + 99], 0xff);
	EXPECT_EQ(buf[PAGE + 100], 0);
	page_ro(buf + PAGE);
	TRY(t, asm volatile("rep insb" : : "D" (buf + PAGE - 4), "c" (8), "d" (0x80) : "memory"));
	EXPECT_TRAP(t, X_PF);
	EXPECT_EQ(t.cr2, (u64)buf + PAGE);
	EXPECT_EQ(t.regs.rcx, 4);
	EXPECT_EQ(t.regs.rdi, (u64)buf + PAGE);
	EXPECT_EQ(t.regs.error & PF_W, PF_W);
	page_rw(buf + PAGE);
	EXPECT_GP(asm volatile("rep insb" : : "D" (HOLE_FIRST), "c" (1), "d" (0x80) : "memory"));
	TRY(t, asm volatile("rep outsb" : : "S" (0x600000), "c" (1), "d" (0x80)));
	EXPECT_TRAP(t, X_PF);
}

TEST(io_bitmap, "the I/O bitmap gives single ports")
{
	static u8 bitmap[8192] __attribute__((aligned(4096)));
	struct physdev_set_iobitmap op = { .nr_ports = 0x100 };

	iopl_set(0);
	memset(bitmap, 0xff, sizeof(bitmap));
	bitmap[0x80 / 8] &= ~1;
	*(u8 **)&op.bitmap = bitmap;
	REQUIRE(hc2(physdev_op, PHYSDEVOP_set_iobitmap, &op) == 0);
	EXPECT_EQ(inb_(0x80), 0xff);
	EXPECT_GP(inb_(0x81));
	EXPECT_GP(inl_(0x80));
	EXPECT_GP(inb_(0x180));
	*(u8 **)&op.bitmap = (u8 *)0x600000;
	REQUIRE(hc2(physdev_op, PHYSDEVOP_set_iobitmap, &op) == 0);
	EXPECT_GP(inb_(0x80));
	op.nr_ports = 0;
	REQUIRE(hc2(physdev_op, PHYSDEVOP_set_iobitmap, &op) == 0);
}

/* ---- around an emulated instruction ---- */

static unsigned int steps;
static u64 step_rip;

static bool count_step(struct regs *r)
{
	if (r->vector != X_DB)
		return false;
	if (!steps++)
		step_rip = r->rip;
	r->rflags &= ~FL_TF;
	return true;
}

TEST(single_step, "an emulated instruction is one step: #DB behind it")
{
	u64 after;

	steps = 0;
	trap_hook = count_step;
	/* popfq arms the trap flag for the instruction behind it. */
	asm volatile("pushfq; orq $0x100, (%%rsp); popfq; wbinvd; 1: lea 1b(%%rip), %0"
		     : "=r" (after) : : "memory");
	trap_hook = NULL;
	EXPECT_EQ(steps, 1);
	EXPECT_EQ(step_rip, after);
}

TEST(straddle, "an instruction that runs into an unmapped page is a page fault there")
{
	u8 *page = page_alloc();
	struct trap t;

	page[PAGE - 1] = 0x0f;		/* wbinvd is 0f 09 */
	REQUIRE(map_va(UNMAPPED_AFTER, va_to_mfn(page) * PAGE | PTE_RW_PAGE) == 0);
	TRY(t, ((void (*)(void))(UNMAPPED_AFTER + PAGE - 1))());
	EXPECT_TRAP(t, X_PF);
	EXPECT_EQ(t.cr2, UNMAPPED_AFTER + PAGE);
	REQUIRE(pte_set((void *)UNMAPPED_AFTER, 0) == 0);
}

TEST(no_reader, "a segment override on a register operand means nothing (XSA-123)")
{
	u64 a = 0, b = cr0_read();

	asm volatile(".byte 0x65, 0x0f, 0x20, 0xc0" : "=a" (a));	/* gs mov %cr0, %rax */
	EXPECT_EQ(a, b);
}
