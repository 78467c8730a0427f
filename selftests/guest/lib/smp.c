// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: More than one vCPU.  Tests run on vCPU 0; the others wait, down, until
 * cpu_start() gives one something to do, and go down again after it.
 *
 * Each has its own stack, by which cpu_here() knows where it is, its own TRY()
 * and its own event upcall.  They share the page tables.  A trap nobody asked
 * for ends what the vCPU does; cpu_wait() then makes it an ERROR of the test.
 * They must not print, and EXPECT() nothing: only vCPU 0 may.
 */
#include "guest.h"

#define STACK		8192UL
#define WAIT_MS		60000UL

static char stacks[CPUS_MAX][STACK] __attribute__((aligned(8192)));
static struct cpu cpus[CPUS_MAX];
static struct vcpu_guest_context context;
static char *info_page;
static bool initialised[CPUS_MAX];

struct cpu *cpu_of(unsigned int id)
{
	return id ? &cpus[id] : &boot_cpu;
}

static struct cpu *of_stack(u64 sp)
{
	u64 offset = sp - (u64)stacks;

	return offset < sizeof(stacks) ? cpu_of(offset / STACK) : &boot_cpu;
}

static __noreturn_ void down_for_good(struct cpu *cpu)
{
	cpu->busy = false;
	for (;;)
		hc3(vcpu_op, VCPUOP_down, cpu->id, 0);
}

static void stray_trap(struct regs *r)
{
	struct cpu *cpu = cpu_here();

	cpu->stray_rip = r->rip;
	cpu->stray_cr2 = vcpu_info_here()->arch.cr2;
	cpu->stray = (u32)r->vector + 1;
	barrier_();
	down_for_good(cpu);
}

/* Where each of them lives: come up, do what there is to do, go down. */
static __noreturn_ void cpu_main(struct cpu *cpu)
{
	for (;;) {
		if (cpu->fn) {
			cpu->fn(cpu->arg);
			cpu->fn = NULL;
			barrier_();
			cpu->busy = false;
		}
		hc3(vcpu_op, VCPUOP_down, cpu->id, 0);
	}
}

static void smp_init(void)
{
	unsigned int i;

	if (cpu_of_stack)
		return;
	for (i = 0; i < CPUS_MAX; i++)
		cpus[i].id = i;
	cpu_stray_trap = stray_trap;
	barrier_();
	cpu_of_stack = of_stack;
}

/* How many vCPUs the domain has. */
unsigned int cpus_nr(void)
{
	unsigned int n = 1;

	smp_init();
	while (n < CPUS_MAX && hc3(vcpu_op, VCPUOP_is_up, n, 0) != X_ENOENT)
		n++;
	return n;
}

/* vCPUs above 31 have no place in shared_info. */
void cpu_need_info(unsigned int id)
{
	struct vcpu_register_vcpu_info reg;

	smp_init();
	if (id < 32 || cpus[id].info)
		return;
	if (!info_page)
		info_page = page_alloc();
	reg.mfn = va_to_mfn(info_page);
	reg.offset = id * sizeof(struct vcpu_info);
	reg.rsvd = 0;
	REQUIRE(hc3(vcpu_op, VCPUOP_register_vcpu_info, id, &reg) == 0);
	cpus[id].info = (void *)(info_page + reg.offset);
}

/* A context that starts a vCPU on its own stack, in cpu_main(). */
void cpu_context(struct vcpu_guest_context *c, unsigned int id)
{
	unsigned int i;

	smp_init();
	memset(c, 0, sizeof(*c));
	c->flags = VGCF_IN_KERNEL;
	c->user_regs.rip = (u64)cpu_main;
	c->user_regs.rdi = (u64)cpu_of(id);
	c->user_regs.rsp = (u64)stacks[id] + STACK - 8;
	c->user_regs.cs = FLAT_KERNEL_CS;
	c->user_regs.ss = FLAT_KERNEL_SS;
	c->user_regs.ds = c->user_regs.es = FLAT_KERNEL_DS;
	c->user_regs.rflags = FL_IF;
	c->kernel_ss = FLAT_KERNEL_SS;
	c->kernel_sp = (u64)stacks[id] + STACK / 2;
	c->event_callback_eip = (u64)event_stub;
	c->failsafe_callback_eip = (u64)failsafe_stub;
	c->syscall_callback_eip = (u64)syscall_stub;
	c->ctrlreg[3] = xen_pfn_to_cr3(va_to_mfn((void *)start_info->pt_base));
	for (i = 0; i < 32; i++) {
		c->trap_ctxt[i].vector = i;
		c->trap_ctxt[i].cs = FLAT_KERNEL_CS;
		c->trap_ctxt[i].address = trap_stub(i);
	}
}

long cpu_initialise(unsigned int id, struct vcpu_guest_context *c)
{
	long ret = hc3(vcpu_op, VCPUOP_initialise, id, c);

	if (!ret)
		initialised[id] = true;
	return ret;
}

/* Make a vCPU that is done run @fn. */
void cpu_start(unsigned int id, void (*fn)(void *arg), void *arg)
{
	struct cpu *cpu = cpu_of(id);

	smp_init();
	REQUIRE(id && id < CPUS_MAX && !cpu->busy && !cpu->stray);
	if (!initialised[id]) {
		cpu_need_info(id);
		cpu_context(&context, id);
		REQUIRE(cpu_initialise(id, &context) == 0);
	}
	/* Its last "down" may still be on its way. */
	WAIT_FOR(hc3(vcpu_op, VCPUOP_is_up, id, 0) == 0, WAIT_MS);
	cpu->arg = arg;
	cpu->busy = true;
	barrier_();
	cpu->fn = fn;
	REQUIRE(hc3(vcpu_op, VCPUOP_up, id, 0) == 0);
}

bool cpu_is_done(unsigned int id)
{
	return !cpu_of(id)->busy;
}

void cpu_wait(unsigned int id)
{
	struct cpu *cpu = cpu_of(id);

	WAIT_FOR(!cpu->busy, WAIT_MS);
	if (cpu->stray) {
		note("vCPU %u: unexpected trap %u rip 0x%lx cr2 0x%lx", id, cpu->stray - 1,
		     cpu->stray_rip, cpu->stray_cr2);
		test_error("smp", cpu->stray - 1, "unexpected trap on another vCPU");
	}
}

void cpus_wait(void)
{
	unsigned int id;

	for (id = 1; id < CPUS_MAX; id++)
		if (initialised[id])
			cpu_wait(id);
}

u32 ipi_bind(unsigned int id)
{
	struct evtchn_bind_ipi b = { .vcpu = id };

	REQUIRE(hc2(event_channel_op, EVTCHNOP_bind_ipi, &b) == 0);
	bit_clear(shared_info->evtchn_mask, b.port);
	return b.port;
}

long ipi_send(u32 port)
{
	struct evtchn_send s = { .port = port };

	return hc2(event_channel_op, EVTCHNOP_send, &s);
}

long port_close(u32 port)
{
	struct evtchn_close c = { .port = port };

	return hc2(event_channel_op, EVTCHNOP_close, &c);
}

/* All @n vCPUs get here before any goes on. */
void barrier_wait(struct barrier *b, unsigned int n)
{
	unsigned int round = b->round, spins = 0;

	if (atomic_add_u32(&b->in, 1) + 1 == n) {
		b->in = 0;
		barrier_();
		b->round = round + 1;
		return;
	}
	while (b->round == round) {
		cpu_relax_();
		if (++spins % 1024 == 0)
			hc2(sched_op, SCHEDOP_yield, 0);
	}
}
