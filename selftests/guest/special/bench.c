// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: What the basic operations of a PV guest kernel cost, in TSC ticks.
 *
 * Under QEMU's -icount shift=0 a tick is an instruction of the whole machine,
 * guest and hypervisor together, and runs repeat.  Best of ROUNDS, loop and
 * rdtsc taken off.  One line each: "bench NAME TICKS".
 */
#include "guest.h"

#define ROUNDS	5
#define N	1000
#define VA	0x60000000UL

static u64 overhead;

static void empty(unsigned int i) { asm volatile("" : : "r" (i)); }

/* Ticks of @count calls of @fn, best of ROUNDS, per call. */
static u64 measure(void (*fn)(unsigned int), unsigned int count)
{
	u64 best = ~0UL, t;
	unsigned int r, i;

	for (r = 0; r < ROUNDS; r++) {
		t = rdtsc();
		for (i = 0; i < count; i++)
			fn(i);
		t = rdtsc() - t;
		if (t < best)
			best = t;
	}
	return best / count - overhead;
}

static void report(const char *name, void (*fn)(unsigned int), unsigned int count, unsigned int per)
{
	print("bench %s %lu\n", name, measure(fn, count) / per);
}

/* ---- the operations ---- */

static void do_version(unsigned int i) { hc2(xen_version, XENVER_version, 0); }
static void do_nosys(unsigned int i) { hcall(47, 0, 0, 0, 0, 0); }
static void do_stack_switch(unsigned int i) { hc2(stack_switch, FLAT_KERNEL_SS, kernel_stack_top); }
static void do_segment_base(unsigned int i) { hc2(set_segment_base, SEGBASE_FS, 0); }
static void do_taskswitch(unsigned int i) { hc1(fpu_taskswitch, 0); }
static void do_yield(unsigned int i) { hc2(sched_op, SCHEDOP_yield, 0); }

static struct evtchn_send unbound;
static void do_send(unsigned int i) { hc2(event_channel_op, EVTCHNOP_send, &unbound); }

static u64 pte_ro, pte_rw, l1_maddr;
static u64 toggled(unsigned int i) { return i & 1 ? pte_rw : pte_ro; }
static void do_va(unsigned int i) { hc3(update_va_mapping, VA, toggled(i), UVMF_NONE); }
static void do_va_invlpg(unsigned int i)
{
	hc3(update_va_mapping, VA, toggled(i), UVMF_INVLPG | UVMF_LOCAL);
}

static void do_mmu_1(unsigned int i)
{
	struct mmu_update req = { .ptr = l1_maddr, .val = i & 1 ? pte_rw : 0 };

	hc4(mmu_update, &req, 1, NULL, DOMID_SELF);
}

static struct mmu_update batch[2][128];
static void do_mmu_128(unsigned int i) { hc4(mmu_update, batch[i & 1], 128, NULL, DOMID_SELF); }

static struct multicall_entry calls[128];
static void do_multicall(unsigned int i) { hc2(multicall, calls, 128); }

static void do_invlpg(unsigned int i) { mmuext(MMUEXT_INVLPG_LOCAL, VA); }
static void do_flush(unsigned int i) { mmuext(MMUEXT_TLB_FLUSH_LOCAL, 0); }

static u64 *direct;
static void do_ptwrite(unsigned int i)
{
	asm volatile("mov %1, %0" : "=m" (*direct) : "r" (i & 1 ? pte_rw : pte_ro));
}

/* Exceptions: a handler of four instructions, so that its own cost hardly counts. */
void bare_ud(void), bare_pf(void), bare_syscall(void);
asm(".pushsection .text\n"
    "bare_ud: addq $2, 16(%rsp)\n"		/* rcx, r11, rip */
    "bare_iret: mov (%rsp), %rcx; mov 8(%rsp), %r11\n"
    "	add $16, %rsp\n"
    "	pushq $0; push %rcx; push %r11; push %rax\n"
    "	mov $23, %eax; syscall\n"
    "bare_pf: mov (%rsp), %rcx; mov 8(%rsp), %r11\n"	/* rcx, r11, error, rip */
    "	add $24, %rsp; addq $2, (%rsp)\n"
    "	pushq $0; push %rcx; push %r11; push %rax\n"
    "	mov $23, %eax; syscall\n"
    ".popsection");

static void do_ud(unsigned int i) { asm volatile("ud2"); }
static void do_pf(unsigned int i) { asm volatile("mov (%%rax), %%eax" : : "a" (0x10000000)); }

static void do_rdmsr(unsigned int i)
{
	asm volatile("rdmsr" : : "c" (0xc0000080) : "rax", "rdx");
}

static void do_cpuid(unsigned int i)
{
	asm volatile(XEN_EMULATE_PREFIX "cpuid" : : "a" (1), "c" (0) : "rbx", "rdx");
}

static void do_cr0(unsigned int i) { asm volatile("mov %%cr0, %%rax" : : : "rax"); }

/* A system call of guest user mode and the iret back: user code loops. */
static u64 syscalls_left;
static struct jump out;

void bare_sys(void);
void user_done(void);
asm(".pushsection .text\n"
    "bare_sys: decq syscalls_left(%rip); jz 1f\n"
    "	pop %rcx; pop %r11\n"
    "	pushq $0x100; push %rcx; push %r11; push %rax\n"	/* VGCF_in_syscall */
    "	mov $23, %eax; syscall\n"
    "1:	call user_done\n"
    ".popsection");

void user_done(void) { jump_to(&out, 1); }

static void user_syscalls(void)
{
	struct callback_register cb = { .type = CALLBACKTYPE_syscall, .address = (u64)bare_sys };
	static struct regs r[2];
	u64 best = ~0UL, t;
	unsigned int round;
	USER_ASM(loop_, "1: syscall; jmp 1b");

	user_regs_init(&r[1], loop_, USER_LEN(loop_));
	hc2(callback_op, CALLBACKOP_register, &cb);
	for (round = 0; round < ROUNDS; round++) {
		struct regs *go = &r[1];

		user_regs_init(go, loop_, USER_LEN(loop_));
		syscalls_left = N;
		t = rdtsc();
		if (!jump_set(&out))
			regs_load(go);
		t = rdtsc() - t;
		events_mask();
		if (t < best)
			best = t;
	}
	print("bench user_syscall_and_iret %lu\n", best / N);
	cb.address = (u64)syscall_stub;
	hc2(callback_op, CALLBACKOP_register, &cb);
}

static void prepare(void)
{
	struct evtchn_alloc_unbound a = { .dom = DOMID_SELF, .remote_dom = DOMID_SELF };
	u64 *page = page_alloc();
	unsigned int i;

	map_tables(VA);
	l1_maddr = pte_maddr(VA, 1);
	direct = pte_of(VA, 1);
	pte_rw = va_to_mfn(page) * PAGE | PTE_RW_PAGE;
	pte_ro = va_to_mfn(page) * PAGE | PTE_RO_PAGE;
	for (i = 0; i < 128; i++) {
		batch[0][i].ptr = batch[1][i].ptr = l1_maddr + 8 * (i + 1);
		batch[0][i].val = 0;
		batch[1][i].val = pte_rw;
		calls[i].op = __HYPERVISOR_xen_version;
		calls[i].args[0] = XENVER_version;
	}
	hc2(event_channel_op, EVTCHNOP_alloc_unbound, &a);
	unbound.port = a.port;
	hc2(vm_assist, VMASST_CMD_enable, VMASST_TYPE_writable_pagetables);
	overhead = 0;
	overhead = measure(empty, N);
}

TEST(bench, "the basic operations, in TSC ticks")
{
	prepare();
	report("xen_version", do_version, N, 1);
	report("unknown_hypercall", do_nosys, N, 1);
	report("stack_switch", do_stack_switch, N, 1);
	report("set_segment_base", do_segment_base, N, 1);
	report("fpu_taskswitch", do_taskswitch, N, 1);
	report("evtchn_send_unbound", do_send, N, 1);
	report("update_va_mapping", do_va, N, 1);
	report("update_va_mapping_invlpg", do_va_invlpg, N, 1);
	report("mmu_update_1", do_mmu_1, N, 1);
	report("mmu_update_128_each", do_mmu_128, 20, 128);
	report("multicall_128_each", do_multicall, 20, 128);
	report("mmuext_invlpg", do_invlpg, N, 1);
	report("mmuext_tlb_flush", do_flush, N, 1);
	report("direct_pt_write", do_ptwrite, N, 1);
	trap_set(X_UD, (u64)bare_ud, 0);
	report("ud_and_iret", do_ud, N, 1);
	trap_set(X_UD, trap_stub(X_UD), 0);
	trap_set(X_PF, (u64)bare_pf, 0);
	report("pf_and_iret", do_pf, N, 1);
	trap_set(X_PF, trap_stub(X_PF), 0);
	report("rdmsr_efer", do_rdmsr, N, 1);
	report("cpuid_forced", do_cpuid, N, 1);
	report("read_cr0", do_cr0, N, 1);
	report("yield", do_yield, N, 1);
	user_syscalls();
}
