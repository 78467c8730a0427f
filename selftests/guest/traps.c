// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: Exceptions of the guest kernel: which vector, error code and frame it
 * gets, and the state its handler starts in.
 */
#include "guest.h"

#define UNMAPPED	0x40000000UL
#define NON_CANONICAL	0x8000000000000000UL

static volatile u64 seen_flags;
static volatile u8 seen_mask;
static volatile unsigned long seen;
static u64 skip;
static volatile struct regs frame;

/* Notes the handler's own state, then resumes @skip bytes further on. */
static bool note_and_skip(struct regs *r)
{
	u64 flags;

	asm volatile("pushfq; pop %0" : "=r" (flags));
	seen_flags = flags;
	seen_mask = VCPU_INFO->evtchn_upcall_mask;
	frame = *r;
	seen++;
	r->rip += skip;
	return true;
}

static void hook(u64 length)
{
	seen = 0;
	skip = length;
	trap_hook = note_and_skip;
}

/* ---- vectors ---- */

TEST(ud, "ud2 is #UD, RIP at the instruction")
{
	struct trap t;
	u64 rip = 0;

	TRY(t, asm volatile("lea 1f(%%rip), %0; mov %0, %1; 1: ud2" : "=&r" (rip), "=m" (seen)));
	EXPECT_TRAP(t, X_UD);
	EXPECT_EQ(t.regs.rip, seen);
}

TEST(de, "division by zero is #DE")
{
	struct trap t;

	TRY(t, asm volatile("xor %%edx, %%edx; xor %%ecx, %%ecx; mov $1, %%eax; div %%ecx"
			    : : : "rax", "rcx", "rdx"));
	EXPECT_TRAP(t, X_DE);
}

TEST(bp, "int3 is #BP, RIP behind the instruction")
{
	hook(0);
	asm volatile("int3");
	trap_hook = NULL;
	EXPECT_EQ(seen, 1);
	EXPECT_EQ(frame.vector, X_BP);
	EXPECT_EQ(*(u8 *)(frame.rip - 1), 0xcc);
}

TEST(int3_long, "int $3 of two bytes is #BP too")
{
	hook(0);
	asm volatile(".byte 0xcd, 3");
	trap_hook = NULL;
	EXPECT_EQ(seen, 1);
	EXPECT_EQ(frame.vector, X_BP);
}

TEST(int80, "int $0x80 through a DPL 3 entry")
{
	hook(0);
	asm volatile("int $0x80");
	trap_hook = NULL;
	EXPECT_EQ(seen, 1);
	EXPECT_EQ(frame.vector, 0x80);
	EXPECT_EQ(*(u8 *)(frame.rip - 2), 0xcd);
}

TEST(int80_none, "int $0x80 without an entry is #GP with the vector in the error code")
{
	struct trap t;
	struct trap_info none[2] = { { .vector = 0x80, .cs = FLAT_KERNEL_CS } };

	/* An entry with address 0 ends a table, so clear all and set the rest again. */
	(void)none;
	EXPECT_EQ(hc1(set_trap_table, 0), 0);
	trap_set(X_GP, trap_stub(X_GP), 0);
	trap_set(X_PF, trap_stub(X_PF), 0);
	TRY(t, asm volatile("int $0x80"));
	EXPECT_TRAP(t, X_GP);
	EXPECT_EQ(t.regs.error, 0x80 << 3 | 2);
	trap_init();
}

TEST(int80_dpl0,
	"int $0x80 from the guest kernel through a DPL 0 entry (taken: int 0x80 is not "
	"checked)")
{
	struct trap t;

	trap_set(0x80, trap_stub(0x80), 0);
	TRY(t, asm volatile("int $0x80"));
	EXPECT_TRAP(t, 0x80);
	trap_set(0x80, trap_stub(0x80), 3);
}

TEST(int_privileged, "int $n to exception vectors and absent entries is #GP")
{
	struct trap t;

	TRY(t, asm volatile("int $14"));
	EXPECT_TRAP(t, X_GP);
	TRY(t, asm volatile("int $2"));
	EXPECT_TRAP(t, X_GP);
	TRY(t, asm volatile("int $18"));
	EXPECT_TRAP(t, X_GP);
	TRY(t, asm volatile("int $8"));
	EXPECT_TRAP(t, X_GP);
	TRY(t, asm volatile("int $0xec"));
	EXPECT_TRAP(t, X_GP);
	TRY(t, asm volatile("int $0xff"));
	EXPECT_TRAP(t, X_GP);
}

TEST(int82, "int $0x82, the hypercall of 32-bit guests, is #GP")
{
	struct trap t;

	TRY(t, asm volatile("int $0x82" : : "a" (0)));
	EXPECT_TRAP(t, X_GP);
}

TEST(gp_noncanonical, "access to a non-canonical address is #GP with error 0")
{
	struct trap t;

	TRY(t, (void)*(volatile u64 *)NON_CANONICAL);
	EXPECT_TRAP(t, X_GP);
	EXPECT_EQ(t.regs.error, 0);
}

TEST(ss_noncanonical, "the same through RSP or RBP is #SS (QEMU's emulation: #GP)")
{
	struct trap t;

	TRY(t, asm volatile("push %%rbp; mov %0, %%rbp; mov 0(%%rbp), %%rax"
				    : : "r" (NON_CANONICAL) : "rax"));
	EXPECT(t.taken && (t.vector == X_SS || t.vector == X_GP));
	EXPECT_EQ(t.regs.error, 0);
}

TEST(jump_noncanonical, "a jump to a non-canonical address is #GP and the guest gets it")
{
	struct trap t;

	TRY(t, asm volatile("jmp *%0" : : "r" (NON_CANONICAL)));
	EXPECT_TRAP(t, X_GP);
}

TEST(ac, "alignment check: AC in RFLAGS faults as CR0.AM allows, hypervisor unharmed")
{
	static u64 data[2];
	struct trap t;

	TRY(t, asm volatile("pushfq; orl $0x40000, (%%rsp); popfq; mov %0, %%rax"
			    : : "m" (*(u64 *)((char *)data + 1)) : "rax"));
	asm volatile("pushfq; andl $~0x40000, (%%rsp); popfq" : : : "memory");
	EXPECT(!t.taken || t.vector == X_AC);
	if (t.taken) {
		EXPECT_EQ(t.regs.error, 0);
	}
}

TEST(mf, "x87 exception is #MF")
{
	struct trap t;
	u16 cw = 0x037b;	/* divide by zero unmasked */

	TRY(t, asm volatile("fninit; fldcw %0; fld1; fldz; fdivrp; fwait" : : "m" (cw)));
	asm volatile("fninit");
	EXPECT_TRAP(t, X_MF);
}

TEST(xm, "SSE exception is #XM")
{
	struct trap t;
	u32 csr = 0x1d80;	/* divide by zero unmasked */

	TRY(t, asm volatile("ldmxcsr %0; xorps %%xmm0, %%xmm0; mov $1, %%eax; cvtsi2ss %%eax, %%xmm1;"
			    "divss %%xmm0, %%xmm1" : : "m" (csr) : "rax"));
	csr = 0x1f80;
	asm volatile("ldmxcsr %0" : : "m" (csr));
	if (!t.taken)
		test_skip("this CPU raises no SSE exceptions");
	EXPECT_TRAP(t, X_XM);
}

TEST(nm, "with TS set by fpu_taskswitch an FPU instruction is #NM")
{
	struct trap t;

	EXPECT_EQ(hc1(fpu_taskswitch, 1), 0);
	TRY(t, asm volatile("movaps %xmm0, %xmm1"));
	EXPECT_TRAP(t, X_NM);
	EXPECT_EQ(hc1(fpu_taskswitch, 0), 0);
	TRY(t, asm volatile("movaps %xmm0, %xmm1"));
	EXPECT_NO_TRAP(t);
}

TEST(nm_clears, "delivery of #NM clears TS")
{
	struct trap t;

	EXPECT_EQ(hc1(fpu_taskswitch, 1), 0);
	TRY(t, asm volatile("fninit"));
	EXPECT_TRAP(t, X_NM);
	TRY(t, asm volatile("fninit"));
	EXPECT_NO_TRAP(t);
	EXPECT_EQ(hc1(fpu_taskswitch, 0), 0);
}

TEST(clts, "clts clears TS, mov to CR0 sets it")
{
	struct trap t;
	u64 cr0;

	asm volatile("mov %%cr0, %0" : "=r" (cr0));
	EXPECT_EQ(cr0 & 8, 0);
	asm volatile("mov %0, %%cr0" : : "r" (cr0 | 8));
	asm volatile("mov %%cr0, %0" : "=r" (cr0));
	EXPECT_EQ(cr0 & 8, 8);
	TRY(t, asm volatile("fninit"));
	EXPECT_TRAP(t, X_NM);
	asm volatile("mov %0, %%cr0" : : "r" (cr0 | 8));
	asm volatile("clts");
	TRY(t, asm volatile("fninit"));
	EXPECT_NO_TRAP(t);
}

TEST(ts_yield, "TS survives a yield and keeps the FPU's contents")
{
	static u8 a[16] __attribute__((aligned(16))) = "0123456789abcde";
	static u8 b[16] __attribute__((aligned(16)));
	struct trap t;

	asm volatile("movaps %0, %%xmm5" : : "m" (a));
	EXPECT_EQ(hc1(fpu_taskswitch, 1), 0);
	hc2(sched_op, SCHEDOP_yield, 0);
	TRY(t, asm volatile("fnop"));
	EXPECT_TRAP(t, X_NM);
	asm volatile("movaps %%xmm5, %0" : "=m" (b));
	EXPECT_EQ(memcmp(a, b, 16), 0);
}

/* ---- page faults ---- */

static void pf(struct trap *t, u64 error, u64 addr)
{
	EXPECT_TRAP(*t, X_PF);
	EXPECT_EQ(t->regs.error, error);
	EXPECT_EQ(t->cr2, addr);
}

TEST(pf_read, "#PF: read of nothing, error 0, CR2 in vcpu_info")
{
	struct trap t;

	TRY(t, (void)*(volatile u64 *)(UNMAPPED + 0x123));
	pf(&t, 0, UNMAPPED + 0x123);
}

TEST(pf_write, "#PF: write to nothing, error W")
{
	struct trap t;

	TRY(t, *(volatile u64 *)(UNMAPPED + 8) = 1);
	pf(&t, PF_W, UNMAPPED + 8);
}

TEST(pf_exec, "#PF: jump to nothing, error I or 0 (with NX the I bit)")
{
	struct trap t;

	TRY(t, asm volatile("jmp *%0" : : "r" (UNMAPPED)));
	EXPECT_TRAP(t, X_PF);
	EXPECT_EQ(t.regs.error & ~PF_I, 0);
	EXPECT_EQ(t.cr2, UNMAPPED);
	EXPECT_EQ(t.regs.rip, UNMAPPED);
}

TEST(pf_ro, "#PF: write to a read-only page, error P|W")
{
	struct trap t;
	u64 *page = page_alloc();

	page_ro(page);
	TRY(t, *(volatile u64 *)page = 1);
	pf(&t, PF_P | PF_W, (u64)page);
	EXPECT_EQ(page[0], 0);
	page_rw(page);
	page_free(page);
}

TEST(pf_nx, "#PF: fetch from an NX page, error P|I")
{
	struct trap t;
	u8 *page = page_alloc();

	page[0] = 0xc3;
	REQUIRE(pte_set(page, va_to_mfn(page) * PAGE | PTE_RW_PAGE | PTE_NX) == 0);
	TRY(t, asm volatile("call *%0" : : "r" (page)));
	pf(&t, PF_P | PF_I, (u64)page);
	REQUIRE(pte_set(page, va_to_mfn(page) * PAGE | PTE_RW_PAGE) == 0);
	asm volatile("call *%0" : : "r" (page));
	page_free(page);
}

TEST(pf_table, "#PF: write to an L4 is refused with P|W")
{
	struct trap t;
	u64 *e = (u64 *)start_info->pt_base;
	u64 old = e[300];

	TRY(t, *(volatile u64 *)&e[300] = 0xdead);
	pf(&t, PF_P | PF_W, (u64)&e[300]);
	EXPECT_EQ(e[300], old);
}

TEST(pf_m2p_write, "#PF: the M2P cannot be written")
{
	struct trap t;

	TRY(t, *(volatile u64 *)(HOLE_FIRST + 8 * va_to_mfn(&t)) = 1);
	EXPECT_TRAP(t, X_PF);
	EXPECT_EQ(t.regs.error, PF_P | PF_W);
}

TEST(pf_hole_own, "#PF: records, direct map and window of the guest itself cannot be touched")
{
	const u64 mfn = va_to_mfn(start_info);
	const u64 addr[] = { HOLE_FRAMES + 16 * mfn, HOLE_DMAP + PAGE * mfn, HOLE_WINDOWS,
			     HOLE_WINDOWS + 0x10000 };
	struct trap t;
	unsigned int i;

	if (!on_lodge())
		test_skip("another hypervisor has other things there");
	for (i = 0; i < ARRAY_LEN(addr); i++) {
		TRY(t, (void)*(volatile u64 *)addr[i]);
		EXPECT_TRAP(t, X_PF);
		EXPECT_EQ(t.cr2, addr[i]);
		EXPECT_EQ(t.regs.error, PF_P);
		TRY(t, *(volatile u64 *)addr[i] = 1);
		EXPECT_TRAP(t, X_PF);
		EXPECT_EQ(t.regs.error, PF_P | PF_W);
	}
}

TEST(pf_hole, "#PF: the rest of the hole cannot be read, whatever is there")
{
	static const u64 addr[] = { 0xffff848000000000, 0xffff848000010000, 0xffff810000000000,
				    0xffff820000000000, 0xffff82d040200000, 0xffff830000000000,
				    0xffff87fffffff000, 0xffff880000000000 - 8 };
	struct trap t;
	unsigned int i;

	for (i = 0; i < ARRAY_LEN(addr); i++) {
		TRY(t, (void)*(volatile u64 *)addr[i]);
		EXPECT_TRAP(t, X_PF);
		EXPECT_EQ(t.cr2, addr[i]);
		EXPECT_EQ(t.regs.error & (PF_W | PF_U | PF_RSVD | PF_I), 0);
		TRY(t, *(volatile u64 *)addr[i] = 1);
		EXPECT_TRAP(t, X_PF);
		TRY(t, asm volatile("jmp *%0" : : "r" (addr[i])));
		EXPECT_TRAP(t, X_PF);
	}
}

TEST(pf_host, "#PF: addresses where a Linux host lives hold nothing of it")
{
	static const u64 addr[] = { 0xffff888000000000, 0xffff888000100000, 0xffffc90000000000,
				    0xffffea0000000000, 0xfffffe0000000000, 0xffffffff81000000,
				    0xffffffff82000000, 0xffffffffc0000000, 0xffffffffff5fb000,
				    0xffffffffff600000, 0xffffffffffe00000, 0xfffffffffffff000 };
	struct trap t;
	unsigned int i;

	for (i = 0; i < ARRAY_LEN(addr); i++) {
		TRY(t, (void)*(volatile u64 *)addr[i]);
		pf(&t, 0, addr[i]);
	}
}

TEST(pf_straddle, "#PF: an access across a page end reports the second page")
{
	struct trap t;
	u64 va = 0x50000000;

	REQUIRE(map_va(va, va_to_mfn(page_alloc()) * PAGE | PTE_RW_PAGE) == 0);
	TRY(t, (void)*(volatile u64 *)(va + PAGE - 4));
	pf(&t, 0, va + PAGE);
}

TEST(fetch_straddle, "#PF: an instruction that runs into an unmapped page")
{
	struct trap t;
	u64 va = 0x50200000;
	u8 *page = page_alloc();

	page[PAGE - 2] = 0x48;	/* mov $imm64, %rax */
	page[PAGE - 1] = 0xb8;
	REQUIRE(map_va(va, va_to_mfn(page) * PAGE | PTE_RW_PAGE) == 0);
	TRY(t, asm volatile("jmp *%0" : : "r" (va + PAGE - 2)));
	EXPECT_TRAP(t, X_PF);
	EXPECT_EQ(t.cr2, va + PAGE);
	EXPECT_EQ(t.regs.rip, va + PAGE - 2);
}

TEST(fetch_straddle_privileged,
	"a privileged instruction that runs into an unmapped page faults, too")
{
	struct trap t;
	u64 va = 0x50400000;
	u8 *page = page_alloc();

	page[PAGE - 1] = 0x0f;	/* 0f 20 .. mov cr */
	REQUIRE(map_va(va, va_to_mfn(page) * PAGE | PTE_RW_PAGE) == 0);
	TRY(t, asm volatile("jmp *%0" : : "r" (va + PAGE - 1)));
	EXPECT_TRAP(t, X_PF);
	EXPECT_EQ(t.cr2, va + PAGE);
}

TEST(cr2_write, "mov to CR2 lands in the guest's virtual CR2, not in vcpu_info")
{
	u64 cr2;

	asm volatile("mov %1, %%cr2; mov %%cr2, %0" : "=r" (cr2) : "r" (0x12345678UL));
	EXPECT_EQ(cr2, 0x12345678);
}

/* ---- the frame ---- */

TEST(frame_cs, "CS in a kernel frame has RPL 0 and the saved mask in bits 32..39")
{
	hook(2);
	asm volatile("ud2");
	trap_hook = NULL;
	EXPECT_EQ(frame.cs, FLAT_KERNEL_CS & ~3);
	EXPECT_EQ(frame.cs_pad, 0);
	EXPECT_EQ(frame.saved_mask, 1);
	EXPECT_EQ(frame.mask_pad[0] | frame.mask_pad[1] | frame.mask_pad[2], 0);
}

TEST(frame_ss, "SS in a kernel frame is the guest kernel's")
{
	hook(2);
	asm volatile("ud2");
	trap_hook = NULL;
	EXPECT_EQ(frame.ss, FLAT_KERNEL_SS);
}

TEST(frame_rsp, "RSP in the frame is the interrupted one; the frame is aligned to 16")
{
	u64 rsp;

	hook(2);
	asm volatile("mov %%rsp, %0; ud2" : "=r" (rsp));
	trap_hook = NULL;
	EXPECT_EQ(frame.rsp, rsp);
}

static u64 frame_at, frame_below;

static bool note_frame_address(struct regs *r)
{
	frame_at = (u64)&r->ss;
	frame_below = r->rsp;
	r->rip += 2;
	return true;
}

TEST(frame_align, "the frame ends at RSP rounded down to 16")
{
	int i;

	for (i = 0; i < 24; i++) {
		trap_hook = note_frame_address;
		asm volatile("mov %%rsp, %%rbx; sub %0, %%rsp; ud2; mov %%rbx, %%rsp"
			     : : "r" ((u64)i) : "rbx", "memory");
		trap_hook = NULL;
		EXPECT_EQ(frame_at + 8, frame_below & ~15UL);
	}
}

TEST(frame_if_masked, "RFLAGS.IF in the frame is the inverse of the mask: masked, 0")
{
	hook(2);
	asm volatile("ud2");
	trap_hook = NULL;
	EXPECT_EQ(frame.rflags & FL_IF, 0);
	EXPECT_EQ(frame.saved_mask, 1);
}

TEST(frame_if_unmasked, "RFLAGS.IF in the frame is the inverse of the mask: unmasked, 1")
{
	hook(2);
	events_unmask();
	asm volatile("ud2");
	trap_hook = NULL;
	EXPECT_EQ(frame.rflags & FL_IF, FL_IF);
	EXPECT_EQ(frame.saved_mask, 0);
	EXPECT_EQ(VCPU_INFO->evtchn_upcall_mask, 0);
	events_mask();
}

TEST(iret_restores_mask, "iret sets the mask from RFLAGS.IF of the frame")
{
	hook(2);
	events_mask();
	asm volatile("ud2");
	EXPECT_EQ(VCPU_INFO->evtchn_upcall_mask, 1);
	events_unmask();
	asm volatile("ud2");
	EXPECT_EQ(VCPU_INFO->evtchn_upcall_mask, 0);
	trap_hook = NULL;
	events_mask();
}

TEST(gate_masks, "an entry with flag 4 masks events for its handler, without it does not")
{
	hook(2);
	trap_set(X_UD, trap_stub(X_UD), 4);
	events_unmask();
	asm volatile("ud2");
	EXPECT_EQ(seen_mask, 1);
	EXPECT_EQ(frame.saved_mask, 0);
	EXPECT_EQ(VCPU_INFO->evtchn_upcall_mask, 0);
	trap_set(X_UD, trap_stub(X_UD), 0);
	asm volatile("ud2");
	EXPECT_EQ(seen_mask, 0);
	events_mask();
	trap_hook = NULL;
}

TEST(frame_flags, "arithmetic flags in the frame are the interrupted ones")
{
	hook(2);
	asm volatile("stc; ud2" : : : "cc");
	EXPECT_EQ(frame.rflags & FL_CF, FL_CF);
	asm volatile("clc; ud2" : : : "cc");
	EXPECT_EQ(frame.rflags & FL_CF, 0);
	asm volatile("std; ud2; cld" : : : "cc");
	EXPECT_EQ(frame.rflags & FL_DF, FL_DF);
	trap_hook = NULL;
}

TEST(frame_iopl, "IOPL in the frame is 0")
{
	struct physdev_set_iopl op = { .iopl = 3 };

	hook(2);
	asm volatile("ud2");
	EXPECT_EQ(frame.rflags & FL_IOPL, 0);
	hc2(physdev_op, PHYSDEVOP_set_iopl, &op);
	asm volatile("ud2");
	EXPECT_EQ(frame.rflags & FL_IOPL, 0);
	op.iopl = 0;
	hc2(physdev_op, PHYSDEVOP_set_iopl, &op);
	trap_hook = NULL;
}

static u64 flag_in_frame(u64 flag)
{
	hook(2);
	asm volatile("pushfq; or %0, (%%rsp); popfq; ud2; pushfq; mov %0, %%rax; not %%rax;"
		     "and %%rax, (%%rsp); popfq"
		     : : "r" (flag) : "memory", "cc", "rax");
	trap_hook = NULL;
	return frame.rflags & flag;
}

TEST(handler_flags, "the handler starts with AC, NT and TF clear; the frame has them")
{
	EXPECT_EQ(flag_in_frame(FL_AC), FL_AC);
	EXPECT_EQ(seen_flags & FL_AC, 0);
	EXPECT_EQ(flag_in_frame(FL_NT), FL_NT);
	EXPECT_EQ(seen_flags & FL_NT, 0);
	EXPECT_EQ(seen_flags & FL_TF, 0);
}

TEST(handler_if, "RFLAGS.IF is always 1 in the guest's eyes")
{
	u64 flags;

	hook(2);
	asm volatile("ud2");
	trap_hook = NULL;
	EXPECT_EQ(seen_flags & FL_IF, FL_IF);
	asm volatile("pushfq; pop %0" : "=r" (flags));
	EXPECT_EQ(flags & FL_IF, FL_IF);
}

TEST(frame_regs, "every register survives an exception and its iret")
{
	static struct { u64 r[15]; } in, out;
	int i;

	for (i = 0; i < 15; i++)
		in.r[i] = 0x0101010101010101UL * (i + 1);
	hook(2);
	asm volatile("push %%rbp; push %%rbx\n"
		     "mov %0, %%rax; mov %1, %%r15; push %%r15\n"
		     "mov 8(%%rax), %%rbx; mov 16(%%rax), %%rcx; mov 24(%%rax), %%rdx\n"
		     "mov 32(%%rax), %%rsi; mov 40(%%rax), %%rdi; mov 48(%%rax), %%rbp\n"
		     "mov 56(%%rax), %%r8; mov 64(%%rax), %%r9; mov 72(%%rax), %%r10\n"
		     "mov 80(%%rax), %%r11; mov 88(%%rax), %%r12; mov 96(%%rax), %%r13\n"
		     "mov 104(%%rax), %%r14; mov 112(%%rax), %%r15; mov (%%rax), %%rax\n"
		     "ud2\n"
		     "xchg %%r15, (%%rsp)\n"
		     "mov %%rax, (%%r15); mov %%rbx, 8(%%r15); mov %%rcx, 16(%%r15)\n"
		     "mov %%rdx, 24(%%r15); mov %%rsi, 32(%%r15); mov %%rdi, 40(%%r15)\n"
		     "mov %%rbp, 48(%%r15); mov %%r8, 56(%%r15); mov %%r9, 64(%%r15)\n"
		     "mov %%r10, 72(%%r15); mov %%r11, 80(%%r15); mov %%r12, 88(%%r15)\n"
		     "mov %%r13, 96(%%r15); mov %%r14, 104(%%r15); pop %%rax\n"
		     "mov %%rax, 112(%%r15)\n"
		     "pop %%rbx; pop %%rbp\n"
		     : : "r" (&in), "r" (&out)
		     : "rax", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12",
		       "r13", "r14", "r15", "memory", "cc");
	trap_hook = NULL;
	for (i = 0; i < 15; i++)
		EXPECT_EQ(out.r[i], in.r[i]);
}

TEST(frame_error_high, "the error code of #PF is 32 bits, the upper half of its slot 0")
{
	struct trap t;

	TRY(t, (void)*(volatile u64 *)UNMAPPED);
	EXPECT_EQ(t.regs.error >> 32, 0);
}

/* ---- #DB ---- */

static volatile unsigned long steps;
static volatile u64 step_first;

static bool count_steps(struct regs *r)
{
	if (r->vector != X_DB)
		return false;
	if (!steps++)
		step_first = r->rip;
	if (steps >= 3)
		r->rflags &= ~FL_TF;
	return true;
}

TEST(single_step, "TF: one #DB an instruction, RIP behind each")
{
	u64 after;

	steps = 0;
	trap_hook = count_steps;
	asm volatile("pushfq; orl $0x100, (%%rsp); popfq\n"
		     "nop\n"
		     "1: nop; nop; nop; nop\n"
		     "lea 1b(%%rip), %0"
		     : "=r" (after) : : "memory", "cc");
	trap_hook = NULL;
	EXPECT_EQ(steps, 3);
	EXPECT_EQ(step_first, after);
}

TEST(single_step_dr6, "single step sets DR6.BS")
{
	u64 dr6;

	steps = 2;
	trap_hook = count_steps;
	asm volatile("pushfq; orl $0x100, (%%rsp); popfq; nop" : : : "memory", "cc");
	trap_hook = NULL;
	EXPECT_EQ(steps, 3);
	dr6 = hc1(get_debugreg, 6);
	EXPECT_EQ(dr6 & 0x4000, 0x4000);
	EXPECT_EQ(hc2(set_debugreg, 6, 0), 0);
}

TEST(single_step_syscall,
	"TF over a hypercall: the call works, the step comes after it (XSA-260/265's class)")
{
	long ret;

	steps = 2;
	trap_hook = count_steps;
	asm volatile("pushfq; orl $0x100, (%%rsp); popfq; syscall; nop; nop"
		     : "=a" (ret) : "0" (__HYPERVISOR_xen_version), "D" (0), "S" (0)
		     : "rcx", "r11", "memory", "cc");
	trap_hook = NULL;
	asm volatile("pushfq; andl $~0x100, (%%rsp); popfq" : : : "memory", "cc");
	EXPECT_EQ(ret, 4 << 16 | 17);
	EXPECT_EQ(steps, 3);
}

/* ---- more than one ---- */

static bool nested(struct regs *r)
{
	if (r->vector == X_PF) {
		seen++;
		r->rip = r->rbx;
		return true;
	}
	seen++;
	asm volatile("lea 1f(%%rip), %%rbx; mov (%0), %%rax; 1:"
		     : : "r" (UNMAPPED) : "rax", "rbx", "memory");
	r->rip += 2;
	return true;
}

TEST(nested_fault, "a fault in a handler is delivered on top of it")
{
	seen = 0;
	trap_hook = nested;
	asm volatile("ud2");
	trap_hook = NULL;
	EXPECT_EQ(seen, 2);
}

TEST(thousand, "two thousand #UDs in a row")
{
	unsigned int i;

	hook(2);
	for (i = 0; i < 2000; i++)
		asm volatile("ud2");
	trap_hook = NULL;
	EXPECT_EQ(seen, 2000);
}

TEST(mov_ss, "mov SS then int3: one #BP, nothing else (XSA-260)")
{
	hook(0);
	asm volatile("mov %%ss, %%ax; mov %%ax, %%ss; int3" : : : "rax");
	trap_hook = NULL;
	EXPECT_EQ(seen, 1);
	EXPECT_EQ(frame.vector, X_BP);
}

TEST(mov_ss_syscall, "mov SS then syscall works")
{
	long ret;

	asm volatile("mov %%ss, %%edx; mov %%edx, %%ss; syscall"
		     : "=a" (ret) : "0" (__HYPERVISOR_xen_version), "D" (0), "S" (0)
		     : "rcx", "rdx", "r11", "memory");
	EXPECT_EQ(ret, 4 << 16 | 17);
}

TEST(into, "into, bound and other 32-bit opcodes are #UD in 64-bit mode")
{
	struct trap t;

	TRY(t, asm volatile(".byte 0xce"));
	EXPECT_TRAP(t, X_UD);
	TRY(t, asm volatile(".byte 0x06"));
	EXPECT_TRAP(t, X_UD);
	TRY(t, asm volatile(".byte 0x9a,0,0,0,0,8,0"));
	EXPECT_TRAP(t, X_UD);
}

TEST(sysenter_regs, "ss: loading a null SS at CPL 3 is #GP")
{
	struct trap t;

	TRY(t, asm volatile("mov %0, %%ss" : : "r" (0)));
	EXPECT_TRAP(t, X_GP);
	TRY(t, asm volatile("mov %0, %%ss" : : "r" (0xe010)));
	EXPECT_TRAP(t, X_GP);
	EXPECT_EQ(t.regs.error, 0xe010);
}
