/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * DOC: The library under every tiny guest: one header is its contents page.
 *
 * A guest is a handful of TEST()s and nothing else; main.c runs them in file
 * order and prints KTAP on the console.  The guest runs with events masked
 * unless a test unmasks them.  A trap that no test asked for is an ERROR of
 * the test that was running, and the next one goes on.
 */
#ifndef GUEST_H
#define GUEST_H

#include <linux/types.h>
#include <xen/interface/xen.h>
#include <xen/interface/version.h>
#include <xen/interface/features.h>
#include <xen/interface/sched.h>
#include <xen/interface/event_channel.h>
#include <xen/interface/vcpu.h>
/* memory.h wants a lock of the kernel's; the rest of it is plain ABI. */
#define __LINUX_SPINLOCK_H
typedef int spinlock_t;
#include <xen/interface/memory.h>
#include <xen/interface/callback.h>
#include <xen/interface/nmi.h>
#include <xen/interface/physdev.h>
#include <xen/interface/grant_table.h>
#include <xen/interface/io/console.h>
#include <asm/asm.h>
#include <asm/xen/cpuid.h>
#include "regs.h"

#define PAGE		4096UL
#define PAGE_BITS	12
#define VIRT_BASE	0xffffffff80000000UL
#define HOLE_FIRST	0xffff800000000000UL
/* What lodge has there (kmod/switcher/layout.h); Xen has other things. */
#define HOLE_FRAMES	0xffff800400000000UL
#define HOLE_DMAP	0xffff804000000000UL
#define HOLE_WINDOWS	0xffff848000000000UL
#define HOLE_LAST	0xffff87ffffffffffUL

/* Error numbers of the ABI (those of Linux, as it happens). */
#define X_EPERM		(-1)
#define X_ENOENT	(-2)
#define X_ESRCH		(-3)
#define X_EINTR		(-4)
#define X_ENXIO		(-6)
#define X_E2BIG		(-7)
#define X_EAGAIN	(-11)
#define X_ENOMEM	(-12)
#define X_EACCES	(-13)
#define X_EFAULT	(-14)
#define X_EBUSY		(-16)
#define X_EEXIST	(-17)
#define X_ENODEV	(-19)
#define X_EINVAL	(-22)
#define X_ENOSPC	(-28)
#define X_EDOM		(-33)
#define X_ERANGE	(-34)
#define X_ENOSYS	(-38)
#define X_EOPNOTSUPP	(-95)
#define X_EADDRINUSE	(-98)

/* Page table entry bits and page fault error bits. */
#define PTE_P		0x001UL
#define PTE_RW		0x002UL
#define PTE_US		0x004UL
#define PTE_PWT		0x008UL
#define PTE_PCD		0x010UL
#define PTE_A		0x020UL
#define PTE_D		0x040UL
#define PTE_PSE		0x080UL
#define PTE_G		0x100UL
#define PTE_NX		0x8000000000000000UL
#define PTE_MFN		0x000ffffffffff000UL
#define PTE_RO_PAGE	(PTE_P | PTE_US | PTE_A)
#define PTE_RW_PAGE	(PTE_P | PTE_US | PTE_RW | PTE_A | PTE_D)

#define PF_P		1
#define PF_W		2
#define PF_U		4
#define PF_RSVD		8
#define PF_I		16

#define FL_CF		0x00001UL
#define FL_ZF		0x00040UL
#define FL_TF		0x00100UL
#define FL_IF		0x00200UL
#define FL_DF		0x00400UL
#define FL_IOPL		0x03000UL
#define FL_NT		0x04000UL
#define FL_RF		0x10000UL
#define FL_VM		0x20000UL
#define FL_AC		0x40000UL
#define FL_ID		0x200000UL

#define X_DE 0
#define X_DB 1
#define X_BP 3
#define X_OF 4
#define X_BR 5
#define X_UD 6
#define X_NM 7
#define X_DF 8
#define X_TS 10
#define X_NP 11
#define X_SS 12
#define X_GP 13
#define X_PF 14
#define X_MF 16
#define X_AC 17
#define X_XM 19

#define ARRAY_LEN(a)	(sizeof(a) / sizeof((a)[0]))
#define __noreturn_	__attribute__((noreturn))

/* ---- main.c: tests and what they found ---- */

struct test {
	const char *name;
	void (*fn)(void);
};

#define TEST(id, text)							\
	static void id(void);						\
	static const struct test test_##id				\
	__attribute__((section(".guest_tests"), used)) = { text, id };	\
	static void id(void)

#define EXPECT(cond)							\
	expect(__FILE_NAME__, __LINE__, #cond, !!(cond), 1)
#define EXPECT_EQ(got, want)						\
	expect(__FILE_NAME__, __LINE__, #got, (u64)(got), (u64)(want))
#define EXPECT_TRAP(t, vec)						\
	expect(__FILE_NAME__, __LINE__, #t " vector",			\
	       (t).taken ? (t).vector : ~0UL, (vec))
#define EXPECT_NO_TRAP(t)						\
	expect(__FILE_NAME__, __LINE__, #t " vector",			\
	       (t).taken ? (t).vector : ~0UL, ~0UL)
#define REQUIRE(cond)							\
	do { if (!(cond)) test_error(__FILE_NAME__, __LINE__, #cond); } while (0)

bool expect(const char *file, int line, const char *what, u64 got, u64 want);
void note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
__noreturn_ void test_skip(const char *why);
__noreturn_ void test_error(const char *file, int line, const char *what);
bool on_lodge(void);
bool cmdline_has(const char *word);
const char *cmdline_value(const char *key);
u64 cmdline_number(const char *key, u64 otherwise);
__noreturn_ void shutdown(unsigned int reason);
__noreturn_ void shutdown_now(unsigned int reason);

extern struct start_info *start_info;
extern u64 boot_regs[20];
extern char boot_stack_top[], kernel_stack_top[];

/* ---- print.c: console and text ---- */

void console_init(void);
void console_write(const char *text, size_t len);
void console_drain(void);
void print(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
int format_text(char *buf, size_t size, const char *fmt, __builtin_va_list ap);
extern volatile struct xencons_interface *console_ring;

void *memcpy(void *dst, const void *src, size_t n);
void *memset(void *dst, int c, size_t n);
int memcmp(const void *a, const void *b, size_t n);
size_t strlen(const char *s);
int strncmp(const char *a, const char *b, size_t n);
const char *strstr(const char *hay, const char *needle);

/* ---- hypercalls: `syscall` with the number in rax ---- */

static inline long hcall(u64 nr, u64 a, u64 b, u64 c, u64 d, u64 e)
{
	register u64 r10 asm("r10") = d;
	register u64 r8 asm("r8") = e;
	long ret;

	asm volatile("syscall"
		     : "=a" (ret), "+D" (a), "+S" (b), "+d" (c), "+r" (r10), "+r" (r8)
		     : "0" (nr)
		     : "rcx", "r11", "memory");
	return ret;
}

#define hc0(nr)				hcall(__HYPERVISOR_##nr, 0, 0, 0, 0, 0)
#define hc1(nr, a)			hcall(__HYPERVISOR_##nr, (u64)(a), 0, 0, 0, 0)
#define hc2(nr, a, b)			hcall(__HYPERVISOR_##nr, (u64)(a), (u64)(b), 0, 0, 0)
#define hc3(nr, a, b, c)		hcall(__HYPERVISOR_##nr, (u64)(a), (u64)(b), (u64)(c), 0, 0)
#define hc4(nr, a, b, c, d)		\
	hcall(__HYPERVISOR_##nr, (u64)(a), (u64)(b), (u64)(c), (u64)(d), 0)

/* ---- trap.c: exceptions ---- */

struct trap {
	bool taken;
	unsigned int vector;	/* or VEC_* of regs.h */
	u64 cr2;
	struct regs regs;
};

struct jump {
	u64 rip, rsp, rbx, rbp, r12, r13, r14, r15;
};

int jump_set(struct jump *j) __attribute__((returns_twice));
__noreturn_ void jump_to(struct jump *j, int value);
__noreturn_ void regs_load(struct regs *r);

/**
 * TRY() - run statements; the first trap ends them and lands in @t
 * @t: struct trap
 */
#define TRY(t, ...)							\
	do {								\
		trap_begin(&(t));					\
		if (!jump_set(&trap_jump)) {				\
			__VA_ARGS__;					\
		}							\
		trap_end();						\
	} while (0)

/**
 * struct cpu - what a vCPU of the guest has for itself
 * @info: where its events are told; NULL: in shared_info
 * @waiting: the TRY() that it is in, or NULL
 * @nr_events: upcalls taken, on vCPUs other than 0
 * @stray: a trap nobody asked for has ended its work: vector + 1
 */
struct cpu {
	unsigned int id;
	struct vcpu_info *info;
	struct jump jump;
	struct trap *volatile waiting;
	volatile unsigned long nr_events;
	volatile unsigned int stray;
	volatile u64 stray_rip, stray_cr2;
	void (*volatile fn)(void *arg);
	void *volatile arg;
	volatile bool busy;
};
extern struct cpu boot_cpu;
struct cpu *cpu_here(void);
/* smp.c, where it is linked in: which vCPU has this stack? */
extern struct cpu *(*cpu_of_stack)(u64 sp);
/* The same: a trap on another vCPU than 0 that nobody waits for. */
extern void (*cpu_stray_trap)(struct regs *r);
#define trap_jump	(cpu_here()->jump)
/* A test's own handler: true when it has dealt with the trap (iret follows). */
extern bool (*volatile trap_hook)(struct regs *r);
/* The same for the event upcall, which trap_hook does not see. */
extern bool (*volatile event_hook)(struct regs *r);
extern u64 iret_flags;
extern u64 failsafe_selectors[4];
extern char trap_stubs[], event_stub[], syscall_stub[], failsafe_stub[], nmi_stub[];
extern char syscall32_stub[], sysenter_stub[], hypercall_page[];

void trap_begin(struct trap *t);
void trap_end(void);
void trap_init(void);
void trap_set(unsigned int vector, u64 address, unsigned int flags);
static inline u64 trap_stub(unsigned int vector) { return (u64)trap_stubs + 32 * vector; }
extern volatile unsigned long nr_events;

/* ---- user.c: guest user mode in an address space of its own ---- */

#define USER_CODE	0x400000UL
#define USER_STACK	0x402000UL	/* one page, top at + PAGE */
#define USER_DATA	0x403000UL	/* one page */

void user_init(void);
u64 user_l4_mfn(void);
void *user_page(u64 address);
void user_regs_init(struct regs *r, const void *code, size_t len);
void user_run(struct regs *r, struct trap *out);
#define USER_ASM(name, text)						\
	extern const char name[], name##_end[];				\
	asm(".pushsection .rodata\n" #name ":\n" text "\n"		\
	    #name "_end:\n.popsection")
#define USER_LEN(name)	((size_t)(name##_end - name))

/* ---- mm.c: frames and page tables ---- */

extern struct shared_info *shared_info;
#define VCPU_INFO	(vcpu_info_here())
struct vcpu_info *vcpu_info_here(void);

void mm_init(struct start_info *si);
void *page_alloc(void);
void page_free(void *page);
unsigned long pages_free(void);
u64 pfn_to_mfn(u64 pfn);
u64 mfn_to_pfn(u64 mfn);
u64 va_to_mfn(const void *va);
void *pfn_to_va(u64 pfn);
u64 *pte_of(u64 va, int level);
u64 pte_maddr(u64 va, int level);
long pte_set(void *va, u64 pte);
long pte_write(u64 maddr, u64 val);
long mmu_updates(struct mmu_update *req, unsigned int n, unsigned int *done);
long mmuext(unsigned int cmd, u64 arg);
long mmuext2(unsigned int cmd, u64 arg1, u64 arg2);
void page_ro(void *page);
void page_rw(void *page);
void map_tables(u64 va);
long map_va(u64 va, u64 pte);
u64 *l4_clone(void);

/* ---- smp.c: other vCPUs; VCPUS=N of the script that runs the guest ---- */

#define CPUS_MAX	64
unsigned int cpus_nr(void);
struct cpu *cpu_of(unsigned int id);
void cpu_context(struct vcpu_guest_context *c, unsigned int id);
void cpu_need_info(unsigned int id);
long cpu_initialise(unsigned int id, struct vcpu_guest_context *c);
void cpu_start(unsigned int id, void (*fn)(void *arg), void *arg);
bool cpu_is_done(unsigned int id);
void cpu_wait(unsigned int id);
void cpus_wait(void);
u32 ipi_bind(unsigned int id);
long ipi_send(u32 port);
long port_close(u32 port);

#define cpu_relax_()	asm volatile("pause" : : : "memory")
/* Wait for something that another vCPU does; ERROR if it takes @ms of the guest's time. */
#define WAIT_FOR(cond, ms)						\
	do {								\
		u64 end_ = system_time_ns() + (ms) * 1000000UL;		\
									\
		while (!(cond)) {					\
			REQUIRE(system_time_ns() < end_ && #cond);	\
			hc2(sched_op, SCHEDOP_yield, 0);		\
		}							\
	} while (0)

struct barrier {
	volatile unsigned int in, round;
};
void barrier_wait(struct barrier *b, unsigned int n);

/* ---- small things ---- */

static inline u64 rdtsc(void)
{
	u32 lo, hi;

	asm volatile("rdtsc" : "=a" (lo), "=d" (hi) : : "memory");
	return lo | (u64)hi << 32;
}

static inline void barrier_(void) { asm volatile("" : : : "memory"); }

static inline void events_mask(void)
{
	*(volatile u8 *)&VCPU_INFO->evtchn_upcall_mask = 1;
	barrier_();
}

void events_unmask(void);
u64 system_time_ns(void);

static inline bool bit_test(const void *map, unsigned long n)
{
	return ((const volatile u64 *)map)[n / 64] >> (n % 64) & 1;
}

static inline u32 atomic_add_u32(volatile u32 *p, u32 n)
{
	asm volatile("lock xadd %0, %1" : "+r" (n), "+m" (*p) : : "memory", "cc");
	return n;
}

static inline void bit_set(void *map, unsigned long n)
{
	asm volatile("lock bts %1, %0" : "+m" (*(u64 *)map) : "r" (n) : "memory", "cc");
}

static inline void bit_clear(void *map, unsigned long n)
{
	asm volatile("lock btr %1, %0" : "+m" (*(u64 *)map) : "r" (n) : "memory", "cc");
}

#endif
