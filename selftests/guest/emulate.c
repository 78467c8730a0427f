// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: Privileged instructions of the guest kernel, which runs at CPL 3: the
 * ones that are emulated, what they answer, and the ones that are refused.
 */
#include "guest.h"

static struct trap t;

static u64 rdmsr(u32 msr)
{
	u32 lo = 0, hi = 0;

	TRY(t, asm volatile("rdmsr" : "=a" (lo), "=d" (hi) : "c" (msr)));
	return lo | (u64)hi << 32;
}

static void wrmsr(u32 msr, u64 val)
{
	TRY(t, asm volatile("wrmsr" : : "c" (msr), "a" ((u32)val), "d" ((u32)(val >> 32))));
}

struct id { u32 a, b, c, d; };

static struct id forced(u32 leaf, u32 sub)
{
	struct id i;

	asm volatile(XEN_EMULATE_PREFIX "cpuid"
		     : "=a" (i.a), "=b" (i.b), "=c" (i.c), "=d" (i.d) : "0" (leaf), "2" (sub));
	return i;
}

/* ---- cpuid ---- */

TEST(cpuid_base, "cpuid leaf 0x40000000 by the forced prefix: XenVMMXenVMM")
{
	struct id i = forced(XEN_CPUID_FIRST_LEAF, 0);

	EXPECT_EQ(i.b, XEN_CPUID_SIGNATURE_EBX);
	EXPECT_EQ(i.c, XEN_CPUID_SIGNATURE_ECX);
	EXPECT_EQ(i.d, XEN_CPUID_SIGNATURE_EDX);
	EXPECT(i.a >= XEN_CPUID_FIRST_LEAF + 2);
}

TEST(cpuid_version, "leaf 0x40000001: version 4.17")
{
	EXPECT_EQ(forced(XEN_CPUID_FIRST_LEAF + 1, 0).a, 4 << 16 | 17);
}

TEST(cpuid_pages,
	"leaf 0x40000002: no hypercall pages by MSR for PV, MMU_PT_UPDATE_PRESERVE_AD is "
	"there")
{
	struct id i = forced(XEN_CPUID_FIRST_LEAF + 2, 0);

	EXPECT_EQ(i.c & XEN_CPUID_FEAT1_MMU_PT_UPDATE_PRESERVE_AD,
		  XEN_CPUID_FEAT1_MMU_PT_UPDATE_PRESERVE_AD);
}

TEST(cpuid_vendor, "leaf 0: a maximum of at least 1 and the vendor that native cpuid names")
{
	struct id i = forced(0, 0), n;

	asm volatile("cpuid" : "=a" (n.a), "=b" (n.b), "=c" (n.c), "=d" (n.d) : "0" (0), "2" (0));
	EXPECT(i.a >= 1);
	EXPECT_EQ(i.b, n.b);
	EXPECT_EQ(i.c, n.c);
	EXPECT_EQ(i.d, n.d);
}

TEST(cpuid_features, "leaf 1: what a PV guest cannot have is not offered")
{
	struct id i = forced(1, 0);

	EXPECT_EQ(i.d >> 3 & 1, 0);		/* PSE */
	EXPECT_EQ(i.d >> 12 & 1, 0);		/* MTRR */
	EXPECT_EQ(i.d >> 13 & 1, 0);		/* PGE */
	EXPECT_EQ(i.d >> 17 & 1, 0);		/* PSE36 */
	EXPECT_EQ(i.c >> 3 & 1, 0);		/* MONITOR */
	EXPECT_EQ(i.c >> 5 & 1, 0);		/* VMX */
	EXPECT_EQ(i.c >> 15 & 1, 0);		/* PDCM */
	EXPECT_EQ(i.c >> 17 & 1, 0);		/* PCID */
	EXPECT_EQ(i.d & 1, 1);			/* FPU */
	EXPECT_EQ(i.d >> 26 & 1, 1);		/* SSE2 */
	EXPECT_EQ(i.c >> 31 & 1, 1);		/* hypervisor */
}

TEST(cpuid_features7, "leaf 7: no SMEP, SMAP, INVPCID, MPX, PKU, LA57, UMIP")
{
	struct id i = forced(7, 0);

	EXPECT_EQ(i.b >> 7 & 1, 0);
	EXPECT_EQ(i.b >> 10 & 1, 0);
	EXPECT_EQ(i.b >> 14 & 1, 0);
	EXPECT_EQ(i.b >> 20 & 1, 0);
	EXPECT_EQ(i.c >> 2 & 1, 0);
	EXPECT_EQ(i.c >> 3 & 1, 0);
	EXPECT_EQ(i.c >> 16 & 1, 0);
}

TEST(cpuid_ext,
	"leaf 0x80000001: long mode, NX and syscall; no 1 GiB pages, no SVM, no rdtscp "
	"surprises")
{
	struct id i = forced(0x80000001, 0);

	EXPECT_EQ(i.d >> 29 & 1, 1);
	EXPECT_EQ(i.d >> 20 & 1, 1);
	EXPECT_EQ(i.d >> 11 & 1, 1);
	EXPECT_EQ(i.d >> 26 & 1, 0);
	EXPECT_EQ(i.c >> 2 & 1, 0);
}

TEST(cpuid_xsave, "leaf 0xd agrees with xgetbv")
{
	struct id one = forced(1, 0), i = forced(13, 0);
	u32 lo, hi;

	if (!(one.c >> 27 & 1))
		test_skip("no OSXSAVE in leaf 1");
	asm volatile("xgetbv" : "=a" (lo), "=d" (hi) : "c" (0));
	EXPECT_EQ(lo & ~i.a, 0);
	EXPECT(i.c >= i.b);
	EXPECT(i.b >= 512 + 64);
}

TEST(cpuid_garbage, "cpuid of any leaf does no harm")
{
	static const u32 leaf[] = { 2, 4, 5, 6, 0xa, 0xb, 0xd, 0x14, 0x1f, 0x20, 0x100, 0x3fffffff,
				    0x400000ff, 0x40000100, 0x80000008, 0x8000001f, 0xbfffffff,
				    0xc0000001, 0xffffffff };
	unsigned int i, sub;

	for (i = 0; i < ARRAY_LEN(leaf); i++)
		for (sub = 0; sub < 4; sub++)
			forced(leaf[i], sub);
}

TEST(forced_only_cpuid, "the forced prefix before anything but cpuid is the #UD it looks like")
{
	TRY(t, asm volatile(XEN_EMULATE_PREFIX "nop"));
	EXPECT_TRAP(t, X_UD);
	TRY(t, asm volatile(XEN_EMULATE_PREFIX "rdmsr" : : "c" (0xc0000080) : "rax", "rdx"));
	EXPECT_TRAP(t, X_UD);
}

TEST(forced_edge, "a forced cpuid that runs into an unmapped page is a #PF or #UD of the guest's")
{
	static const u8 code[] = { 0x0f, 0x0b, 0x78, 0x65, 0x6e, 0x0f, 0xa2 };
	u64 va = 0x50600000;
	u8 *page = page_alloc();
	unsigned int n;

	REQUIRE(map_va(va, va_to_mfn(page) * PAGE | PTE_RW_PAGE) == 0);
	for (n = 2; n < 7; n++) {
		memcpy(page + PAGE - n, code, n);
		TRY(t, asm volatile("jmp *%0" : : "r" (va + PAGE - n)));
		EXPECT(t.taken && (t.vector == X_PF || t.vector == X_UD));
		memset(page, 0, PAGE);
	}
}

/* ---- MSRs ---- */

TEST(msr_efer, "EFER reads with LME, LMA, SCE and NX")
{
	u64 efer = rdmsr(0xc0000080);

	EXPECT_NO_TRAP(t);
	EXPECT_EQ(efer & 1, 1);
	EXPECT_EQ(efer >> 11 & 1, 1);
}

TEST(msr_efer_write, "a write of EFER cannot change it")
{
	u64 efer = rdmsr(0xc0000080);

	wrmsr(0xc0000080, efer);
	EXPECT(!t.taken || t.vector == X_GP);
	wrmsr(0xc0000080, 0);
	EXPECT(!t.taken || t.vector == X_GP);
	EXPECT_EQ(rdmsr(0xc0000080), efer);
}

TEST(msr_apic_base, "APIC_BASE reads or is #GP; it cannot be changed")
{
	u64 v = rdmsr(0x1b);
	bool there = !t.taken;

	EXPECT(there || t.vector == X_GP);
	wrmsr(0x1b, 0xfee00000);
	if (there) {
		EXPECT_EQ(rdmsr(0x1b), v);
	}
}

TEST(msr_unknown, "MSRs nobody has are #GP with error 0 on read (XSA-333's class)")
{
	static const u32 msr[] = { 0x40000100, 0x4b564d00, 0xdeadbeef, 0xffffffff, 0x3fffffff };
	unsigned int i;

	for (i = 0; i < ARRAY_LEN(msr); i++) {
		rdmsr(msr[i]);
		EXPECT_TRAP(t, X_GP);
		EXPECT_EQ(t.regs.error, 0);
	}
}

TEST(msr_write_unknown, "writes of unknown MSRs are #GP or ignored, never done")
{
	static const u32 msr[] = { 0x40000100, 0xdeadbeef, 0xffffffff };
	unsigned int i;

	for (i = 0; i < ARRAY_LEN(msr); i++) {
		wrmsr(msr[i], 0x12345678);
		EXPECT(!t.taken || t.vector == X_GP);
	}
}

TEST(msr_dangerous, "MSRs that would take the host over: no write gets through")
{
	/* SYSENTER_CS/ESP/EIP, LSTAR, CSTAR, STAR, SFMASK, DEBUGCTL, PAT, MTRR default */
	static const u32 msr[] = { 0x174, 0x175, 0x176, 0xc0000082, 0xc0000083, 0xc0000081,
				   0xc0000084, 0x1d9, 0x277, 0x2ff, 0xc0010015, 0x79, 0x10 };
	unsigned int i;

	for (i = 0; i < ARRAY_LEN(msr); i++) {
		wrmsr(msr[i], 0xffffffff80101000);
		EXPECT(!t.taken || t.vector == X_GP);
	}
	/* If LSTAR had been changed, this would not come back. */
	EXPECT_EQ(hc2(xen_version, XENVER_version, 0), 4 << 16 | 17);
}

TEST(msr_all, "a read of every MSR number of the usual ranges does no harm")
{
	static const u32 base[] = { 0, 0x170, 0x1a0, 0x200, 0x270, 0x400, 0x480, 0x600, 0x800,
				    0xc00, 0xc0000080, 0xc0000100, 0xc0010000, 0xc0010110 };
	unsigned int i, j;

	for (i = 0; i < ARRAY_LEN(base); i++)
		for (j = 0; j < 0x30; j++) {
			rdmsr(base[i] + j);
			EXPECT(!t.taken || t.vector == X_GP);
		}
}

TEST(msr_regs, "an emulated rdmsr clears the upper halves of rax and rdx and keeps the rest")
{
	u64 a = ~0UL, d = ~0UL, b = 0x1234;

	asm volatile("rdmsr" : "+a" (a), "+d" (d), "+b" (b) : "c" (0xc0000080));
	EXPECT_EQ(a >> 32, 0);
	EXPECT_EQ(d >> 32, 0);
	EXPECT_EQ(b, 0x1234);
}

/* ---- control registers ---- */

TEST(cr0, "CR0 reads as a kernel expects: PE, PG, WP, NE")
{
	u64 cr0 = 0;

	TRY(t, asm volatile("mov %%cr0, %0" : "=r" (cr0)));
	EXPECT_NO_TRAP(t);
	EXPECT_EQ(cr0 & 0x80000001, 0x80000001);
	EXPECT_EQ(cr0 >> 16 & 1, 1);
}

TEST(cr0_write, "CR0: nothing but TS can be changed")
{
	u64 cr0;

	asm volatile("mov %%cr0, %0" : "=r" (cr0));
	TRY(t, asm volatile("mov %0, %%cr0" : : "r" (cr0 & ~0x80000000UL)));
	EXPECT(!t.taken || t.vector == X_GP);
	TRY(t, asm volatile("mov %0, %%cr0" : : "r" (cr0 & ~1UL)));
	EXPECT(!t.taken || t.vector == X_GP);
	TRY(t, asm volatile("mov %0, %%cr0" : : "r" (cr0 & ~0x10000UL)));
	EXPECT(!t.taken || t.vector == X_GP);
	EXPECT_EQ(hc2(xen_version, XENVER_version, 0), 4 << 16 | 17);
}

TEST(cr4, "CR4 reads with PAE, writes cannot switch the protections on or off")
{
	u64 cr4 = 0, after;

	TRY(t, asm volatile("mov %%cr4, %0" : "=r" (cr4)));
	EXPECT_NO_TRAP(t);
	EXPECT_EQ(cr4 >> 5 & 1, 1);
	EXPECT_EQ(cr4 >> 13 & 1, 0);	/* VMXE */
	TRY(t, asm volatile("mov %0, %%cr4" : : "r" (cr4)));
	EXPECT_NO_TRAP(t);
	TRY(t, asm volatile("mov %0, %%cr4" : : "r" (cr4 | 1 << 20 | 1 << 21 | 1 << 17 | 1 << 13)));
	EXPECT(!t.taken || t.vector == X_GP);
	asm volatile("mov %%cr4, %0" : "=r" (after));
	EXPECT_EQ(after >> 13 & 1, 0);
	EXPECT_EQ(after >> 17 & 1, 0);
}

TEST(cr_others, "CR8 and numbers nobody has are #GP or #UD")
{
	TRY(t, asm volatile("mov %%cr8, %%rax" : : : "rax"));
	EXPECT(t.taken && (t.vector == X_GP || t.vector == X_UD));
	TRY(t, asm volatile(".byte 0x0f, 0x20, 0xc8" : : : "rax"));	/* CR1 */
	EXPECT(t.taken && (t.vector == X_GP || t.vector == X_UD));
}

TEST(cr3_foreign, "mov of a foreign frame to CR3 is refused, the tables stay")
{
	u64 before, after;

	asm volatile("mov %%cr3, %0" : "=r" (before));
	TRY(t, asm volatile("mov %0, %%cr3" : : "r" (0x1000UL)));
	EXPECT_TRAP(t, X_GP);
	TRY(t, asm volatile("mov %0, %%cr3" : : "r" (0xfffffffff000UL)));
	EXPECT_TRAP(t, X_GP);
	asm volatile("mov %%cr3, %0" : "=r" (after));
	EXPECT_EQ(after, before);
}

/* ---- ports ---- */

TEST(ports, "in and out of the guest kernel are #GP or answered with all ones")
{
	static const u16 port[] = { 0x20, 0x21, 0x40, 0x60, 0x61, 0x64, 0x70, 0x80, 0x92, 0xcf8,
				    0xcfc, 0x3f8, 0x402, 0x510, 0x511, 0x600, 0xb2 };
	unsigned int i;
	u32 v = 0;

	for (i = 0; i < ARRAY_LEN(port); i++) {
		TRY(t, asm volatile("inb %w1, %b0" : "+a" (v) : "d" (port[i])));
		EXPECT(!t.taken || t.vector == X_GP);
		TRY(t, asm volatile("outb %b0, %w1" : : "a" (0), "d" (port[i])));
		EXPECT(!t.taken || t.vector == X_GP);
	}
}

TEST(ports_iopl, "with virtual IOPL 3 the ports are still not the guest's")
{
	struct physdev_set_iopl op = { .iopl = 3 };
	u32 v = 0x55;

	REQUIRE(hc2(physdev_op, PHYSDEVOP_set_iopl, &op) == 0);
	TRY(t, asm volatile("inb $0x64, %b0" : "+a" (v)));
	EXPECT(!t.taken || t.vector == X_GP);
	op.iopl = 0;
	REQUIRE(hc2(physdev_op, PHYSDEVOP_set_iopl, &op) == 0);
	EXPECT(t.taken || (v & 0xff) == 0xff);
}

TEST(string_ports, "ins and outs: refused or harmless, buffer untouched by a refusal")
{
	static u8 buf[16];
	void *p = buf;
	u64 n = 4;

	memset(buf, 0x77, 16);
	TRY(t, asm volatile("rep insb" : "+D" (p), "+c" (n) : "d" (0x64) : "memory"));
	EXPECT(!t.taken || t.vector == X_GP);
	if (t.taken) {
		EXPECT_EQ(buf[0], 0x77);
	}
	p = (void *)start_info->pt_base;	/* a page table as the target */
	n = 8;
	TRY(t, asm volatile("rep insb" : "+D" (p), "+c" (n) : "d" (0x64) : "memory"));
	EXPECT(t.taken);
}

/* ---- the rest ---- */

TEST(hlt, "hlt: #GP, or as sched_op block when an event is pending")
{
	VCPU_INFO->evtchn_upcall_pending = 1;
	TRY(t, asm volatile("hlt"));
	EXPECT(!t.taken || t.vector == X_GP || t.vector == VEC_EVENT);
	VCPU_INFO->evtchn_upcall_pending = 0;
}

TEST(cli_sti, "cli and sti without IOPL are #GP")
{
	TRY(t, asm volatile("cli"));
	EXPECT(!t.taken || t.vector == X_GP);
	TRY(t, asm volatile("sti"));
	EXPECT(!t.taken || t.vector == X_GP);
}

TEST(popf_if, "popf cannot clear IF")
{
	u64 flags;

	asm volatile("pushfq; andl $~0x200, (%%rsp); popfq; pushfq; pop %0" : "=r" (flags)
				    : : "cc", "memory");
	EXPECT_EQ(flags & FL_IF, FL_IF);
}

TEST(invlpg, "invlpg is emulated or (Xen 4.17) #GP")
{
	static u64 x;

	TRY(t, asm volatile("invlpg %0" : : "m" (x)));
	EXPECT(!t.taken || t.vector == X_GP);
	TRY(t, asm volatile("invlpg (%0)" : : "r" (HOLE_FIRST)));
	EXPECT(!t.taken || t.vector == X_GP);
}

TEST(wbinvd, "wbinvd without devices does nothing, or is #GP")
{
	TRY(t, asm volatile("wbinvd"));
	EXPECT(!t.taken || t.vector == X_GP);
}

static void osxsave_on(void)
{
	u64 cr4;

	asm volatile("mov %%cr4, %0" : "=r" (cr4));
	asm volatile("mov %0, %%cr4" : : "r" (cr4 | 1 << 18));
}

TEST(xsetbv, "xsetbv: bit 0 must stay; unknown bits are #GP")
{
	struct id one = forced(1, 0);
	u32 lo, hi;

	if (!(one.c >> 26 & 1))
		test_skip("no XSAVE in leaf 1");
	osxsave_on();
	asm volatile("xgetbv" : "=a" (lo), "=d" (hi) : "c" (0));
	TRY(t, asm volatile("xsetbv" : : "c" (0), "a" (lo), "d" (hi)));
	EXPECT_NO_TRAP(t);
	TRY(t, asm volatile("xsetbv" : : "c" (0), "a" (0), "d" (0)));
	EXPECT_TRAP(t, X_GP);
	TRY(t, asm volatile("xsetbv" : : "c" (0), "a" (~0u), "d" (~0u)));
	EXPECT_TRAP(t, X_GP);
	TRY(t, asm volatile("xsetbv" : : "c" (1), "a" (lo), "d" (hi)));
	EXPECT_TRAP(t, X_GP);
	TRY(t, asm volatile("xsetbv" : : "c" (0), "a" (5), "d" (0)));	/* AVX without SSE */
	EXPECT_TRAP(t, X_GP);
}

TEST(avx, "after xsetbv of everything offered, AVX registers keep their upper halves over a yield")
{
	static u8 a[32] __attribute__((aligned(32))), b[32] __attribute__((aligned(32)));
	struct id i = forced(13, 0), one = forced(1, 0);
	int n;

	if (!(one.c >> 28 & 1) || (i.a & 6) != 6)
		test_skip("no AVX offered");
	osxsave_on();
	asm volatile("xsetbv" : : "c" (0), "a" (i.a & 7), "d" (0));
	for (n = 0; n < 32; n++)
		a[n] = n + 1;
	asm volatile("vmovdqa %0, %%ymm3" : : "m" (a));
	hc2(sched_op, SCHEDOP_yield, 0);
	hc2(xen_version, 0, 0);
	asm volatile("vmovdqa %%ymm3, %0" : "=m" (b));
	EXPECT_EQ(memcmp(a, b, 32), 0);
}

TEST(rdtsc_monotonic, "rdtsc never goes back")
{
	u64 last = rdtsc(), now;
	unsigned int i, back = 0;

	for (i = 0; i < 10000; i++) {
		now = rdtsc();
		back += now < last;
		last = now;
	}
	EXPECT_EQ(back, 0);
}

TEST(rdtscp, "rdtscp works or is #UD")
{
	u32 lo, hi, aux;

	TRY(t, asm volatile("rdtscp" : "=a" (lo), "=d" (hi), "=c" (aux)));
	EXPECT(!t.taken || t.vector == X_UD);
}

TEST(rdpmc, "rdpmc is #GP")
{
	TRY(t, asm volatile("rdpmc" : : "c" (0) : "rax", "rdx"));
	EXPECT_TRAP(t, X_GP);
}

#define REFUSED(id, what, text)						\
	TEST(id, what " is #GP")					\
	{								\
		static u8 buf[16];					\
									\
		TRY(t, asm volatile(text : : "r" (buf) : "memory", "rax")); \
		EXPECT_TRAP(t, X_GP);					\
	}

REFUSED(lgdt, "lgdt", "lgdt (%0)")
REFUSED(lidt, "lidt", "lidt (%0)")
REFUSED(lmsw, "lmsw", "mov $1, %%eax; lmsw %%ax")
REFUSED(lldt, "lldt", "mov $0, %%eax; lldt %%ax")
REFUSED(ltr, "ltr of the hypervisor's TSS", "mov $0xe040, %%eax; ltr %%ax")
REFUSED(swapgs, "swapgs", "swapgs")
REFUSED(sysret, "sysretq", "sysretq")
REFUSED(sysretl, "sysretl", "sysretl")

TEST(vmx, "vmxon, vmcall, vmrun, invept, clgi: #UD or #GP")
{
	static u64 buf[2];

	TRY(t, asm volatile("vmcall"));
	EXPECT(t.taken && (t.vector == X_UD || t.vector == X_GP));
	TRY(t, asm volatile("vmmcall"));
	EXPECT(t.taken && (t.vector == X_UD || t.vector == X_GP));
	TRY(t, asm volatile("vmrun"));
	EXPECT(t.taken && (t.vector == X_UD || t.vector == X_GP));
	TRY(t, asm volatile("clgi"));
	EXPECT(t.taken && (t.vector == X_UD || t.vector == X_GP));
	TRY(t, asm volatile("invpcid %0, %1" : : "m" (buf), "r" (0UL)));
	EXPECT(t.taken && (t.vector == X_UD || t.vector == X_GP));
}

TEST(sldt_str, "sldt, str and smsw show nothing to act on")
{
	u32 v = 0;

	TRY(t, asm volatile("sldt %0" : "=r" (v)));
	EXPECT(!t.taken || t.vector == X_GP);
	TRY(t, asm volatile("str %0" : "=r" (v)));
	EXPECT(!t.taken || t.vector == X_GP);
	TRY(t, asm volatile("smsw %0" : "=r" (v)));
	EXPECT(!t.taken || t.vector == X_GP);
}

TEST(prefixes,
	"privileged instructions with every prefix in front: the guest's #GP or #UD, or done")
{
	static const u8 prefix[] = { 0x66, 0x67, 0xf2, 0xf3, 0x2e, 0x36, 0x64, 0x65, 0x48, 0x4f, 0xf0 };
	static u8 code[16] __attribute__((aligned(16)));
	unsigned int i;

	for (i = 0; i < ARRAY_LEN(prefix); i++) {
		code[0] = prefix[i];
		code[1] = 0x0f;
		code[2] = 0x32;	/* rdmsr */
		code[3] = 0xc3;
		TRY(t, asm volatile("call *%0"
					    : : "r" (code), "c" (0xc0000080) : "rax", "rdx", "memory"));
		EXPECT(!t.taken || t.vector == X_GP || t.vector == X_UD);
	}
}

TEST(long_instruction, "a privileged instruction of more than 15 bytes is #GP or #UD")
{
	static u8 code[32] __attribute__((aligned(32)));

	memset(code, 0x66, 20);
	code[20] = 0x0f;
	code[21] = 0x32;
	code[22] = 0xc3;
	TRY(t, asm volatile("call *%0" : : "r" (code), "c" (0xc0000080) : "rax", "rdx", "memory"));
	EXPECT(t.taken && (t.vector == X_GP || t.vector == X_UD));
}

/* ---- debug registers: XSA-12 and company ---- */

static u64 dr_get(unsigned int n) { return hc1(get_debugreg, n); }
static long dr_set(unsigned int n, u64 v) { return hc2(set_debugreg, n, v); }

TEST(dr_plain, "set_debugreg and get_debugreg of DR0..DR3")
{
	unsigned int i;

	for (i = 0; i < 4; i++) {
		EXPECT_EQ(dr_set(i, 0x1000 * (i + 1)), 0);
		EXPECT_EQ(dr_get(i), 0x1000 * (i + 1));
	}
	for (i = 0; i < 4; i++)
		EXPECT_EQ(dr_set(i, 0), 0);
}

TEST(dr_addresses, "breakpoint addresses: non-canonical or in the hole are -EPERM")
{
	EXPECT_EQ(dr_set(0, 0x8000000000000000UL), X_EPERM);
	EXPECT_EQ(dr_set(1, HOLE_FIRST), X_EPERM);
	EXPECT_EQ(dr_set(2, 0xffff848000000000UL), X_EPERM);
	EXPECT_EQ(dr_set(3, HOLE_LAST), X_EPERM);
	EXPECT_EQ(dr_set(0, 0xffffffff80100000UL), 0);
	EXPECT_EQ(dr_set(0, 0), 0);
}

TEST(dr_xsa12, "DR6 and DR7: upper halves are -EINVAL, reserved bits fixed, GD -EPERM (XSA-12)")
{
	EXPECT_EQ(dr_set(7, 1UL << 32), X_EINVAL);
	EXPECT_EQ(dr_set(6, 1UL << 32), X_EINVAL);
	EXPECT_EQ(dr_set(7, 1UL << 63), X_EINVAL);
	EXPECT_EQ(dr_set(7, 0x2000), X_EPERM);
	EXPECT_EQ(dr_set(7, 0), 0);
	EXPECT_EQ(dr_get(7), 0x400);
	EXPECT_EQ(dr_set(6, 0), 0);
	EXPECT_EQ(dr_get(6), 0xffff0ff0);
	EXPECT_EQ(dr_set(6, 0xffffffff), 0);
	EXPECT_EQ(dr_get(6), 0xffffefff);
	EXPECT_EQ(dr_set(6, 0), 0);
}

TEST(dr_numbers, "debug registers 8 and up are -ENODEV")
{
	EXPECT_EQ(dr_set(8, 0), X_ENODEV);
	EXPECT_EQ(dr_set(~0u, 0), X_ENODEV);
	EXPECT_EQ((long)dr_get(8), X_ENODEV);
	EXPECT_EQ((long)dr_get(~0u), X_ENODEV);
}

TEST(dr_alias, "DR4 and DR5 are DR6 and DR7 while CR4.DE is off")
{
	u64 cr4;

	asm volatile("mov %%cr4, %0" : "=r" (cr4));
	if (cr4 & 8)
		test_skip("CR4.DE is on");
	EXPECT_EQ(dr_set(4, 0), 0);
	EXPECT_EQ(dr_get(4), 0xffff0ff0);
	EXPECT_EQ(dr_set(5, 0), 0);
	EXPECT_EQ(dr_get(5), 0x400);
}

static volatile unsigned int hits;
static volatile u64 hit_dr6;

static bool on_db(struct regs *r)
{
	if (r->vector != X_DB)
		return false;
	hits++;
	hit_dr6 = dr_get(6);
	dr_set(6, 0);
	return true;
}

TEST(dr_watch, "a write watchpoint on the guest's data fires, and stops when it is off")
{
	static volatile u64 watched;

	trap_hook = on_db;
	hits = 0;
	REQUIRE(dr_set(0, (u64)&watched) == 0);
	REQUIRE(dr_set(7, 0x400 | 2 | 1 << 16 | 3 << 18) == 0);	/* G0, write, 4 bytes */
	watched = 1;
	EXPECT_EQ(hits, 1);
	EXPECT_EQ(hit_dr6 & 15, 1);
	hc2(sched_op, SCHEDOP_yield, 0);
	watched = 2;
	EXPECT_EQ(hits, 2);
	REQUIRE(dr_set(7, 0) == 0);
	watched = 3;
	EXPECT_EQ(hits, 2);
	REQUIRE(dr_set(0, 0) == 0);
}

TEST(dr_io, "an I/O breakpoint needs CR4.DE: -EPERM without")
{
	u64 cr4;

	asm volatile("mov %%cr4, %0" : "=r" (cr4));
	if (cr4 & 8)
		test_skip("CR4.DE is on");
	EXPECT_EQ(dr_set(7, 0x400 | 2 | 2 << 16), X_EPERM);
}

TEST(dr_mov, "mov to and from debug registers is emulated by the same rules")
{
	u64 v = 0;

	asm volatile("mov %0, %%db3" : : "r" (0x7777UL));
	asm volatile("mov %%db3, %0" : "=r" (v));
	EXPECT_EQ(v, 0x7777);
	TRY(t, asm volatile("mov %0, %%db0" : : "r" (HOLE_FIRST)));
	EXPECT_TRAP(t, X_GP);
	TRY(t, asm volatile("mov %0, %%db7" : : "r" (0x2000UL)));
	EXPECT_TRAP(t, X_GP);
	asm volatile("mov %0, %%db3" : : "r" (0UL));
	asm volatile("mov %%db7, %0" : "=r" (v));
	EXPECT_EQ(v, 0x400);
}
