// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: vcpu_op about other vCPUs: initialise, up and down, registered areas.
 */
#include "guest.h"

#define MS		1000000UL
#define BAD_ADDRESS	0x1000UL
#define NONCANONICAL	0x0000800000000000UL

static struct vcpu_guest_context c;
static volatile u64 counter;

static void need(unsigned int n)
{
	if (cpus_nr() < n)
		test_skip("the domain has too few vCPUs");
}

static void count_once(void *arg) { counter++; }

static long op(unsigned int cmd, unsigned int id, void *arg)
{
	return hc3(vcpu_op, cmd, id, arg);
}

#define BAD_CONTEXT(stmt)						\
	do {								\
		cpu_context(&c, 1);					\
		stmt;							\
		EXPECT_EQ(cpu_initialise(1, &c), X_EINVAL);		\
	} while (0)

TEST(initialise_bad, "initialise: -EINVAL for what may not be, -ENOENT, -EFAULT, -EEXIST")
{
	need(2);
	BAD_CONTEXT(c.user_regs.rip = NONCANONICAL);
	BAD_CONTEXT(c.user_regs.rsp = NONCANONICAL);
	BAD_CONTEXT(c.kernel_sp = NONCANONICAL);
	BAD_CONTEXT(c.fs_base = NONCANONICAL);
	BAD_CONTEXT(c.gs_base_kernel = NONCANONICAL);
	BAD_CONTEXT(c.gs_base_user = NONCANONICAL);
	BAD_CONTEXT(c.event_callback_eip = NONCANONICAL);
	BAD_CONTEXT(c.failsafe_callback_eip = NONCANONICAL);
	BAD_CONTEXT(c.syscall_callback_eip = NONCANONICAL);
	BAD_CONTEXT(c.trap_ctxt[255].address = NONCANONICAL);
	BAD_CONTEXT(c.ldt_base = 0x1234);
	BAD_CONTEXT(c.ldt_base = HOLE_FIRST; c.ldt_ents = 1);
	BAD_CONTEXT(c.ldt_base = VIRT_BASE; c.ldt_ents = 8193);
	BAD_CONTEXT(c.flags &= ~VGCF_IN_KERNEL);
	BAD_CONTEXT(c.gdt_ents = FIRST_RESERVED_GDT_ENTRY + 1);
	BAD_CONTEXT(c.gdt_ents = 1; c.gdt_frames[0] = ~0UL >> 12);
	BAD_CONTEXT(c.ctrlreg[3] = xen_pfn_to_cr3(~0UL >> 12));
	BAD_CONTEXT(c.ctrlreg[3] = xen_pfn_to_cr3(va_to_mfn(&c)));
	EXPECT_EQ(op(VCPUOP_initialise, 1, (void *)BAD_ADDRESS), X_EFAULT);
	EXPECT_EQ(op(VCPUOP_initialise, 0, &c), X_EEXIST);
	EXPECT_EQ(op(VCPUOP_initialise, cpus_nr(), &c), X_ENOENT);
	EXPECT_EQ(op(VCPUOP_initialise, ~0u, &c), X_ENOENT);
}

TEST(up_early, "up before initialise: -EINVAL; is_up says 0; numbers that are no vCPU: -ENOENT")
{
	need(2);
	EXPECT_EQ(op(VCPUOP_up, 1, 0), X_EINVAL);
	EXPECT_EQ(op(VCPUOP_is_up, 1, 0), 0);
	EXPECT_EQ(op(VCPUOP_is_up, 0, 0), 1);
	EXPECT_EQ(op(VCPUOP_is_up, 64, 0), X_ENOENT);
	EXPECT_EQ(op(VCPUOP_up, 64, 0), X_ENOENT);
	EXPECT_EQ(op(VCPUOP_down, ~0u, 0), X_ENOENT);
}

TEST(start, "a vCPU starts after attempts that failed, runs, and goes down; initialise again: -EEXIST")
{
	need(2);
	counter = 0;
	cpu_start(1, count_once, 0);
	cpu_wait(1);
	EXPECT_EQ(counter, 1);
	cpu_context(&c, 1);
	EXPECT_EQ(cpu_initialise(1, &c), X_EEXIST);
}

/* ---- page tables that nobody has seen yet ---- */

#define TABLES		100	/* L1 tables: enough that the call gives way where others wait */
#define NEXT_TABLE	(PTE_P | PTE_RW | PTE_US | PTE_A)

static u64 as_entry(u64 *table)
{
	page_ro(table);
	return va_to_mfn(table) * PAGE | NEXT_TABLE;
}

static u64 *full_l1(u64 entry)
{
	u64 *l1 = page_alloc();

	for (unsigned int i = 0; i < 512; i++)
		l1[i] = entry;
	return l1;
}

/* An L4 with the kernel's half of the one in use, and TABLES L1 tables in the other. */
static u64 *large_tree(u64 *l2)
{
	u64 *l4 = page_alloc(), *l3 = page_alloc();
	u64 leaf = va_to_mfn(page_alloc()) * PAGE | PTE_RO_PAGE;

	for (unsigned int i = 0; i < TABLES; i++)
		l2[i] = as_entry(full_l1(leaf));
	l3[0] = va_to_mfn(l2) * PAGE | NEXT_TABLE;
	l4[511] = ((u64 *)start_info->pt_base)[511];
	l4[5] = as_entry(l3);
	return l4;
}

TEST(large, "initialise with large page tables gives way; undone if they are bad, done if not")
{
	u64 *l2 = page_alloc(), *l4;

	need(5);
	l4 = large_tree(l2);
	page_ro(l4);
	l2[511] = ~0UL >> 12 << 12 | NEXT_TABLE;
	page_ro(l2);
	cpu_context(&c, 4);
	c.ctrlreg[1] = c.ctrlreg[3];
	c.ctrlreg[3] = xen_pfn_to_cr3(va_to_mfn(l4));
	EXPECT_EQ(cpu_initialise(4, &c), X_EINVAL);
	EXPECT_EQ(op(VCPUOP_up, 4, 0), X_EINVAL);
	page_rw(l2);
	l2[511] = 0;
	page_ro(l2);
	EXPECT_EQ(cpu_initialise(4, &c), 0);
	counter = 0;
	cpu_start(4, count_once, 0);
	cpu_wait(4);
	EXPECT_EQ(counter, 1);
}

/* ---- registers ---- */

extern char probe_regs[];
extern u64 probe[20];
static u64 fs_word = 0xf5f5, gs_word = 0x6565;

static void probe_done(struct cpu *cpu) __attribute__((used));
static void probe_done(struct cpu *cpu)
{
	counter = 77;
	for (;;)
		hc3(vcpu_op, VCPUOP_down, cpu->id, 0);
}

asm(".text\nprobe_regs:\n"
    "mov %rax, probe(%rip); mov %rbx, probe+8(%rip); mov %rcx, probe+16(%rip)\n"
    "mov %rdx, probe+24(%rip); mov %rsi, probe+32(%rip); mov %rbp, probe+40(%rip)\n"
    "mov %r8, probe+48(%rip); mov %r9, probe+56(%rip); mov %r10, probe+64(%rip)\n"
    "mov %r11, probe+72(%rip); mov %r12, probe+80(%rip); mov %r13, probe+88(%rip)\n"
    "mov %r14, probe+96(%rip); mov %r15, probe+104(%rip)\n"
    "pushfq; popq probe+112(%rip); cld\n"
    "mov %fs:0, %rax; mov %rax, probe+120(%rip); mov %gs:0, %rax; mov %rax, probe+128(%rip)\n"
    "mov %cs, probe+136(%rip); mov %ss, probe+144(%rip)\n"
    "call probe_done\n"
    ".bss\n.balign 8\nprobe: .skip 160\n.text\n");

TEST(registers, "a vCPU starts with the registers that its context says")
{
	static const u64 want[] = { 1, 2, 3, 4, 5, 6, 8, 9, 10, 11, 12, 13, 14, 15 };
	unsigned int i;

	need(3);
	cpu_context(&c, 2);
	c.user_regs.rip = (u64)probe_regs;
	c.user_regs.rax = 1;
	c.user_regs.rbx = 2;
	c.user_regs.rcx = 3;
	c.user_regs.rdx = 4;
	c.user_regs.rsi = 5;
	c.user_regs.rbp = 6;
	c.user_regs.r8 = 8;
	c.user_regs.r9 = 9;
	c.user_regs.r10 = 10;
	c.user_regs.r11 = 11;
	c.user_regs.r12 = 12;
	c.user_regs.r13 = 13;
	c.user_regs.r14 = 14;
	c.user_regs.r15 = 15;
	c.user_regs.rflags = FL_DF | FL_CF;
	c.fs_base = (u64)&fs_word;
	c.gs_base_kernel = (u64)&gs_word;
	REQUIRE(cpu_initialise(2, &c) == 0);
	EXPECT_EQ(op(VCPUOP_is_up, 2, 0), 0);
	counter = 0;
	REQUIRE(op(VCPUOP_up, 2, 0) == 0);
	WAIT_FOR(counter == 77, 20000);
	for (i = 0; i < ARRAY_LEN(want); i++)
		EXPECT_EQ(probe[i], want[i]);
	EXPECT_EQ(probe[14] & (FL_DF | FL_CF | FL_IF), FL_DF | FL_CF | FL_IF);
	EXPECT_EQ(probe[15], 0xf5f5);
	EXPECT_EQ(probe[16], 0x6565);
	EXPECT_EQ((u16)probe[17], FLAT_KERNEL_CS & ~0);
	EXPECT_EQ((u16)probe[18], FLAT_KERNEL_SS & ~0);
}

/* ---- an LDT from the start ---- */

static struct trap ldt_good, ldt_beyond;
static volatile u64 ldt_seen;

static void use_ldt(void *arg)
{
	u64 sel = 0;

	TRY(ldt_good, asm volatile("mov %1, %%fs; mov %%fs, %0" : "=r" (sel) : "r" (0x0fUL)));
	ldt_seen = sel;
	TRY(ldt_beyond, asm volatile("mov %0, %%fs" : : "r" (0x17UL)));
}

TEST(ldt, "a context with an LDT: its descriptors can be loaded, those beyond its end cannot")
{
	u64 *page = page_alloc();

	need(4);
	page[1] = page[2] = 0x00cff3000000ffffUL;
	page_ro(page);
	cpu_context(&c, 3);
	c.ldt_base = (u64)page;
	c.ldt_ents = 2;
	REQUIRE(cpu_initialise(3, &c) == 0);
	cpu_of(3)->fn = use_ldt;
	cpu_of(3)->busy = true;
	REQUIRE(op(VCPUOP_up, 3, 0) == 0);
	cpu_wait(3);
	EXPECT_NO_TRAP(ldt_good);
	EXPECT_EQ(ldt_seen, 0x0f);
	EXPECT_TRAP(ldt_beyond, X_GP);
}

/*
 * A CPU that Linux has just taken out of an mm's mask still has its LDT when another
 * one replaces it, and makes the old one writable.
 */
static u64 *lost_ldt;
static volatile unsigned int lost_step, lost_done;

static void lose_ldt(void *arg)
{
	static struct trap without;

	lost_done = mmuext2(MMUEXT_SET_LDT, (u64)lost_ldt, 512) ? 99 : 1;
	while (lost_step < 2)
		counter++;
	TRY(without, asm volatile("mov %0, %%fs" : : "r" (0x0fUL)));
	lost_done = without.taken && without.vector == X_PF ? 2 : 98;
	while (lost_step < 3)
		counter++;
	TRY(without, asm volatile("mov %0, %%fs; mov %1, %%fs" : : "r" (0x0fUL), "r" (0)));
	lost_done = without.taken ? 97 : 3;
	while (lost_step < 4)
		counter++;
	lost_done = mmuext2(MMUEXT_SET_LDT, 0, 0) ? 96 : 4;
}

TEST(ldt_of_other, "a page that another vCPU has as LDT may become writable; it is found again later")
{
	need(2);
	lost_ldt = page_alloc();
	lost_ldt[1] = 0x00cff3000000ffffUL;
	page_ro(lost_ldt);
	lost_step = lost_done = 0;
	cpu_start(1, lose_ldt, 0);
	WAIT_FOR(lost_done == 1, 20000);
	EXPECT_EQ(pte_set(lost_ldt, va_to_mfn(lost_ldt) * PAGE | PTE_RW_PAGE), 0);
	lost_step = 2;
	WAIT_FOR(lost_done != 1, 20000);
	EXPECT_EQ(lost_done, 2);
	page_ro(lost_ldt);
	lost_step = 3;
	WAIT_FOR(lost_done != 2, 20000);
	EXPECT_EQ(lost_done, 3);
	/* In use: Xen refuses until that vCPU loads another LDT, or other tables. */
	EXPECT_EQ(pte_set(lost_ldt, va_to_mfn(lost_ldt) * PAGE | PTE_RW_PAGE),
		  on_lodge() ? 0 : X_EBUSY);
	lost_step = 4;
	cpu_wait(1);
	EXPECT_EQ(lost_done, 4);
	EXPECT_EQ(pte_set(lost_ldt, va_to_mfn(lost_ldt) * PAGE | PTE_RW_PAGE), 0);
	page_free(lost_ldt);
}

/* ---- down and up ---- */

TEST(cycles, "300 times up and down again")
{
	unsigned int i;

	need(2);
	counter = 0;
	for (i = 0; i < 300; i++) {
		cpu_start(1, count_once, 0);
		cpu_wait(1);
	}
	EXPECT_EQ(counter, 300);
	WAIT_FOR(op(VCPUOP_is_up, 1, 0) == 0, 10000);
}

static volatile bool stop;

static void count_on(void *arg)
{
	while (!stop)
		counter++;
}

static void wait_a_bit(u64 ms)
{
	struct sched_poll p = { .nr_ports = 0, .timeout = system_time_ns() + ms * MS };

	hc2(sched_op, SCHEDOP_poll, &p);
}

static bool is_offline(unsigned int id)
{
	struct vcpu_runstate_info info;

	return op(VCPUOP_get_runstate_info, id, &info) == 0 && info.state == RUNSTATE_offline;
}

TEST(down_by_other, "a vCPU that runs can be taken down by another and goes on where it was")
{
	unsigned int i;
	u64 seen;

	need(2);
	stop = false;
	counter = 0;
	cpu_start(1, count_on, 0);
	for (i = 0; i < 20; i++) {
		seen = counter;
		WAIT_FOR(counter != seen, 20000);
		EXPECT_EQ(op(VCPUOP_down, 1, 0), 0);
		EXPECT_EQ(op(VCPUOP_is_up, 1, 0), 0);
		/* The call does not wait for the other pCPU. */
		WAIT_FOR(is_offline(1), 20000);
		seen = counter;
		wait_a_bit(5);
		EXPECT_EQ(counter, seen);
		EXPECT_EQ(op(VCPUOP_up, 1, 0), 0);
		EXPECT_EQ(op(VCPUOP_up, 1, 0), 0);
	}
	stop = true;
	cpu_wait(1);
}

/* ---- areas ---- */

TEST(info_of_other, "register_vcpu_info for one that is down: once; not for one that runs (XSA-327)")
{
	struct vcpu_register_vcpu_info reg = { .mfn = 0 };
	char *page = page_alloc();

	need(2);
	reg.mfn = va_to_mfn(page);
	reg.offset = 4;
	EXPECT_EQ(op(VCPUOP_register_vcpu_info, 1, &reg), X_ENXIO);
	reg.offset = PAGE - 56;
	EXPECT_EQ(op(VCPUOP_register_vcpu_info, 1, &reg), X_ENXIO);
	stop = false;
	counter = 0;
	cpu_start(1, count_on, 0);
	WAIT_FOR(counter, 20000);
	reg.offset = 128;
	EXPECT_EQ(op(VCPUOP_register_vcpu_info, 1, &reg), X_EINVAL);
	stop = true;
	cpu_wait(1);
	WAIT_FOR(op(VCPUOP_is_up, 1, 0) == 0, 20000);
	EXPECT_EQ(op(VCPUOP_register_vcpu_info, 1, &reg), 0);
	EXPECT_EQ(op(VCPUOP_register_vcpu_info, 1, &reg), X_EINVAL);
	cpu_of(1)->info = (void *)(page + 128);
	EXPECT_EQ(cpu_of(1)->info->evtchn_upcall_mask, 1);
	EXPECT_EQ(cpu_of(1)->info->evtchn_upcall_pending, 1);
	/* Its clock and its traps use the new place. */
	counter = 0;
	cpu_start(1, count_once, 0);
	cpu_wait(1);
	EXPECT(cpu_of(1)->info->time.system_time != 0);
	EXPECT_EQ(cpu_of(1)->info->time.version & 1, 0);
}

static struct vcpu_runstate_info area;
static volatile u64 running_seen;

static void watch_runstate(void *arg)
{
	while (!stop) {
		volatile struct vcpu_runstate_info *a = &area;

		if (a->state == RUNSTATE_running && !(a->state_entry_time >> 63))
			running_seen++;
		counter++;
	}
}

static u64 sum(const struct vcpu_runstate_info *i)
{
	return i->time[0] + i->time[1] + i->time[2] + i->time[3];
}

TEST(runstate, "another vCPU's runstate area says whether it runs; its times sum up")
{
	struct vcpu_register_runstate_memory_area reg = { .addr.v = &area };
	struct vcpu_runstate_info now, later;
	u64 waited;

	need(2);
	EXPECT_EQ(hc2(vm_assist, VMASST_CMD_enable, VMASST_TYPE_runstate_update_flag), 0);
	WAIT_FOR(op(VCPUOP_is_up, 1, 0) == 0, 20000);
	area.state = 99;
	EXPECT_EQ(op(VCPUOP_register_runstate_memory_area, 1, &reg), 0);
	EXPECT_EQ(area.state, RUNSTATE_offline);
	stop = false;
	running_seen = counter = 0;
	cpu_start(1, watch_runstate, 0);
	WAIT_FOR(counter > 1000, 20000);
	EXPECT_EQ(op(VCPUOP_get_runstate_info, 1, &now), 0);
	EXPECT(now.state == RUNSTATE_running || now.state == RUNSTATE_runnable);
	stop = true;
	cpu_wait(1);
	EXPECT(running_seen > 0);
	WAIT_FOR(*(volatile int *)&area.state == RUNSTATE_offline, 20000);
	EXPECT_EQ(area.state_entry_time >> 63, 0);
	EXPECT_EQ(op(VCPUOP_get_runstate_info, 1, &now), 0);
	waited = system_time_ns();
	wait_a_bit(5);
	EXPECT_EQ(op(VCPUOP_get_runstate_info, 1, &later), 0);
	waited = system_time_ns() - waited;
	EXPECT(sum(&later) - sum(&now) >= 5 * MS);
	EXPECT(sum(&later) - sum(&now) <= waited + 50 * MS);
	EXPECT(later.time[RUNSTATE_running] == now.time[RUNSTATE_running]);
	/* Down by the guest's own wish: not stolen (Xen counts it as offline). */
	if (on_lodge())
		EXPECT_EQ(later.time[RUNSTATE_offline], now.time[RUNSTATE_offline]);
	reg.addr.v = 0;
	EXPECT_EQ(op(VCPUOP_register_runstate_memory_area, 1, &reg), 0);
}

static struct pvclock_vcpu_time_info clock_area;

TEST(time_area, "a time area of another vCPU is written when it runs")
{
	struct vcpu_register_time_memory_area reg = { .addr.v = (void *)&clock_area };

	need(2);
	WAIT_FOR(op(VCPUOP_is_up, 1, 0) == 0, 20000);
	EXPECT_EQ(op(VCPUOP_register_vcpu_time_memory_area, 1, &reg), 0);
	cpu_start(1, count_once, 0);
	cpu_wait(1);
	EXPECT(clock_area.version != 0);
	EXPECT_EQ(clock_area.version & 1, 0);
	EXPECT(clock_area.tsc_to_system_mul != 0);
	EXPECT(clock_area.system_time <= system_time_ns());
	reg.addr.v = 0;
	EXPECT_EQ(op(VCPUOP_register_vcpu_time_memory_area, 1, &reg), 0);
}

TEST(all, "all vCPUs of the domain run at the same time")
{
	unsigned int id, n = cpus_nr();

	need(2);
	counter = 0;
	stop = false;
	for (id = 1; id < n; id++)
		if (id != 2)		/* that one has been used up above */
			cpu_start(id, count_on, 0);
	WAIT_FOR(counter > 1000, 20000);
	for (id = 1; id < n; id++)
		EXPECT_EQ(op(VCPUOP_is_up, id, 0), id != 2 || n <= 2);
	stop = true;
	cpus_wait();
}
