// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: The iret hypercall with frames no honest kernel makes.  What the CPU
 * refuses comes back to the guest kernel as #GP in the frame's own name, as on
 * Xen since 4.16; the failsafe callback is for selectors that fail to load.
 */
#include "guest.h"

#define NON_CANONICAL	0x8000000000000000UL

static struct regs r;
static struct trap t;

USER_ASM(u_ud2, "ud2");

static void user_regs(void) { user_regs_init(&r, u_ud2, USER_LEN(u_ud2)); }

/* A kernel-mode frame that comes back with #UD at land(). */
void land(void);
asm(".pushsection .text\nland: ud2\n.popsection");

static void kernel_regs(void)
{
	memset(&r, 0, sizeof(r));
	r.rip = (u64)land;
	r.cs = FLAT_KERNEL_CS & ~3;
	r.ss = FLAT_KERNEL_SS;
	r.rflags = 2;
	r.rsp = (u64)kernel_stack_top - 1024;
}

static void run(void) { user_run(&r, &t); }

TEST(kernel, "iret with CS RPL 0 stays in the guest kernel")
{
	kernel_regs();
	run();
	EXPECT_TRAP(t, X_UD);
	EXPECT_EQ(t.regs.rip, (u64)land);
	EXPECT_EQ(t.regs.cs, FLAT_KERNEL_CS & ~3);
	EXPECT_EQ(t.regs.rsp, r.rsp);
}

TEST(user, "iret with CS RPL 3 goes to user mode")
{
	user_regs();
	run();
	EXPECT_TRAP(t, X_UD);
	EXPECT_EQ(t.regs.rip, USER_CODE);
	EXPECT_EQ(t.regs.cs, FLAT_USER_CS64);
}

TEST(mask, "IF of the frame becomes the event mask, inverted")
{
	kernel_regs();
	run();
	EXPECT_EQ(t.regs.saved_mask, 1);
	r.rflags |= FL_IF;
	run();
	EXPECT_EQ(t.regs.saved_mask, 0);
}

/* ---- selectors ---- */

static void expect_gp(u64 error)
{
	EXPECT_TRAP(t, X_GP);
	EXPECT_EQ(t.regs.error, error);
}

TEST(cs_bad, "a CS beyond the GDT is #GP with its number, in the frame's own name")
{
	user_regs();
	r.cs = 0x7ffb;
	run();
	expect_gp(0x7ff8);
	EXPECT_EQ(t.regs.rip, USER_CODE);
	EXPECT_EQ(t.regs.cs, 0x7ffb);
	EXPECT_EQ(t.regs.rsp, r.rsp);
}

TEST(cs_null, "a null CS")
{
	user_regs();
	r.cs = 3;
	run();
	expect_gp(0);
	kernel_regs();
	r.cs = 0;
	run();
	expect_gp(0);
}

TEST(cs_data, "a data segment as CS")
{
	user_regs();
	r.cs = FLAT_USER_SS64;
	run();
	expect_gp(FLAT_USER_SS64 & ~3);
}

TEST(cs_hypervisor, "the hypervisor's CS is forced to RPL 3 and refused by the CPU")
{
	user_regs();
	r.cs = 0xe00b;
	run();
	expect_gp(0xe008);
	kernel_regs();
	r.cs = 0xe008;
	run();
	expect_gp(0xe008);
}

TEST(ss_bad, "a bad SS")
{
	user_regs();
	r.ss = 0x7ffb;
	run();
	expect_gp(0x7ff8);
	r.ss = 0xe010;
	run();
	expect_gp(0xe010);
	r.ss = 0xe008;
	run();
	expect_gp(0xe008);
}

/* ---- addresses: XSA-7 and company ---- */

static bool guest_took_it(void)
{
	return t.taken && (t.vector == X_GP || t.vector == X_PF ||
			   t.vector == X_SS || t.vector == X_UD);
}

TEST(rip_noncanonical_xsa7, "a non-canonical RIP, in user and kernel mode (XSA-7)")
{
	static const u64 rip[] = { NON_CANONICAL, 0x0000800000000000UL, 0xffff7fffffffffffUL,
				   0x7fffffffffffffffUL };
	unsigned int i;

	for (i = 0; i < ARRAY_LEN(rip); i++) {
		user_regs();
		r.rip = rip[i];
		run();
		EXPECT(guest_took_it());
		EXPECT_TRAP(t, X_GP);
		iret_flags = VGCF_in_syscall;
		run();
		EXPECT(guest_took_it());
		iret_flags = 0;
		kernel_regs();
		r.rip = rip[i];
		run();
		EXPECT(guest_took_it());
		iret_flags = VGCF_in_syscall;
		run();
		EXPECT(guest_took_it());
		iret_flags = 0;
	}
}

TEST(rip_edge, "RIP at the last canonical address: the fetch runs out of it")
{
	user_regs();
	r.rip = 0x00007fffffffffffUL;
	run();
	EXPECT(guest_took_it());
}

TEST(rip_hole, "RIP in the hole is a #PF of the guest's")
{
	user_regs();
	r.rip = 0xffff848000000000UL;
	run();
	EXPECT_TRAP(t, X_PF);
	EXPECT_EQ(t.cr2, 0xffff848000000000UL);
	kernel_regs();
	r.rip = 0xffff848000000000UL;
	run();
	EXPECT_TRAP(t, X_PF);
}

TEST(rsp_noncanonical, "a non-canonical RSP in user mode is nobody's business")
{
	user_regs();
	r.rsp = NON_CANONICAL;
	run();
	EXPECT(guest_took_it());
	EXPECT_EQ(t.regs.rsp, NON_CANONICAL);
}

/* ---- flags ---- */

static u64 flags_after(u64 flags)
{
	user_regs();
	r.rflags = flags | FL_IF | 2;
	run();
	return t.regs.rflags;
}

TEST(flags_iopl, "IOPL of the frame is ignored")
{
	EXPECT_EQ(flags_after(FL_IOPL) & FL_IOPL, 0);
	EXPECT_TRAP(t, X_UD);
}

TEST(flags_vm, "VM of the frame is ignored")
{
	EXPECT_EQ(flags_after(FL_VM) & FL_VM, 0);
	EXPECT_TRAP(t, X_UD);
}

TEST(flags_nt, "NT of the frame is loaded and does no harm")
{
	EXPECT_EQ(flags_after(FL_NT) & FL_NT, FL_NT);
	EXPECT_TRAP(t, X_UD);
}

TEST(flags_ac, "AC of the frame is loaded")
{
	EXPECT_EQ(flags_after(FL_AC) & FL_AC, FL_AC);
	EXPECT_TRAP(t, X_UD);
}

TEST(flags_tf, "TF of the frame steps, also into the kernel")
{
	flags_after(FL_TF);
	EXPECT(t.vector == X_UD || t.vector == X_DB);
	kernel_regs();
	r.rflags |= FL_TF;
	run();
	EXPECT(t.vector == X_UD || t.vector == X_DB);
	hc2(set_debugreg, 6, 0);
}

TEST(flags_rf, "RF of the frame is harmless")
{
	flags_after(FL_RF);
	EXPECT_TRAP(t, X_UD);
}

TEST(flags_all, "RFLAGS of all ones: reserved bits do no harm")
{
	user_regs();
	r.rflags = ~0UL & ~FL_TF;
	run();
	EXPECT(t.taken);
	EXPECT_EQ(t.regs.rflags & (FL_IOPL | FL_VM), 0);
}

TEST(in_syscall_kernel, "VGCF_in_syscall to kernel mode works")
{
	kernel_regs();
	iret_flags = VGCF_in_syscall;
	run();
	iret_flags = 0;
	EXPECT_TRAP(t, X_UD);
	EXPECT_EQ(t.regs.rip, (u64)land);
}

TEST(vgcf_garbage, "unknown VGCF bits are ignored")
{
	kernel_regs();
	iret_flags = ~(u64)VGCF_in_syscall;
	run();
	iret_flags = 0;
	EXPECT_TRAP(t, X_UD);
}

TEST(cs32, "iret to the 32-bit code segment runs 32-bit code")
{
	USER_ASM(u_32, ".code32; mov $0x11223344, %eax; inc %eax; dec %eax; ud2; .code64");

	user_regs_init(&r, u_32, USER_LEN(u_32));
	r.cs = FLAT_USER_CS32;
	run();
	EXPECT_TRAP(t, X_UD);
	EXPECT_EQ(t.regs.rax, 0x11223344);
	EXPECT_EQ(t.regs.cs, FLAT_USER_CS32);
}

TEST(ss_null,
	"a null SS in 64-bit user mode (the ABI's FLAT_RING3_DS64) is taken or refused "
	"cleanly")
{
	user_regs();
	r.ss = 0;
	run();
	EXPECT(t.vector == X_UD || t.vector == X_GP);
}

TEST(many, "two thousand bad frames in a row")
{
	unsigned int i, n = 0;

	user_regs();
	r.cs = 0x7ffb;
	for (i = 0; i < 2000; i++) {
		run();
		n += t.taken && t.vector == X_GP;
	}
	EXPECT_EQ(n, 2000);
}
