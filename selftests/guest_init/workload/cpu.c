// SPDX-License-Identifier: GPL-2.0-only
/* DOC: jobs about the CPU: signals, exceptions, registers, segments, time. */
#define _GNU_SOURCE
#include <asm/ldt.h>
#include <asm/prctl.h>
#include <cpuid.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#include "workload.h"

static volatile sig_atomic_t handled;
static volatile sig_atomic_t code;
static sigjmp_buf jump;

static void count(int sig)
{
	(void)sig;
	handled++;
}

void job_signals(void)
{
	struct sigaction action = { .sa_handler = count }, old;
	struct itimerval timer = { { 0, 2000 }, { 0, 2000 } }, off = { { 0, 0 }, { 0, 0 } };
	char stack[32 * 1024];
	stack_t alt = { .ss_sp = stack, .ss_size = sizeof(stack) }, no_alt = { .ss_flags = SS_DISABLE };
	int i, pid;

	handled = 0;
	CHECK(sigaction(SIGUSR1, &action, &old) == 0);
	for (i = 1; i <= 100; i++) {
		CHECK(raise(SIGUSR1) == 0);
		CHECK(handled == i);
	}
	CHECK(sigaction(SIGUSR1, &old, NULL) == 0);

	/* A timer interrupts a loop of system calls, on a stack of its own. */
	handled = 0;
	CHECK(sigaltstack(&alt, NULL) == 0);
	action.sa_flags = SA_ONSTACK | SA_RESTART;
	CHECK(sigaction(SIGALRM, &action, &old) == 0);
	CHECK(setitimer(ITIMER_REAL, &timer, NULL) == 0);
	while (handled < 5)
		CHECK(syscall(SYS_getppid) > 0);
	CHECK(setitimer(ITIMER_REAL, &off, NULL) == 0);
	CHECK(sigaction(SIGALRM, &old, NULL) == 0);
	CHECK(sigaltstack(&no_alt, NULL) == 0);

	pid = fork();
	CHECK(pid >= 0);
	if (pid == 0) {
		for (;;)
			pause();
	}
	CHECK(kill(pid, SIGKILL) == 0);
	CHECK(waitid(P_PID, pid, &(siginfo_t){ 0 }, WEXITED) == 0);
}

static void on_exception(int sig, siginfo_t *info, void *context)
{
	(void)context;
	code = info->si_code;
	siglongjmp(jump, sig);
}

enum exception { DIVIDE, UNDEFINED, BREAKPOINT, NON_CANONICAL, PRIVILEGED, ALIGNMENT_FREE };

static void raise_exception(enum exception which)
{
	unsigned int zero = 0, low = 1, high = 0;

	switch (which) {
	case DIVIDE:
		asm volatile("divl %2" : "+a"(low), "+d"(high) : "r"(zero));
		break;
	case UNDEFINED:
		asm volatile("ud2");
		break;
	case BREAKPOINT:
		asm volatile("int3");
		break;
	case NON_CANONICAL:
		asm volatile("movb (%0), %%al" : : "r"(0x8000000000000000UL) : "al");
		break;
	case PRIVILEGED:
		asm volatile("hlt");
		break;
	case ALIGNMENT_FREE:
		asm volatile("movaps (%0), %%xmm0" : : "r"((char *)&zero + 1) : "xmm0");
		break;
	}
}

void job_faults(void)
{
	static const struct {
		enum exception which;
		int sig;
	} expect[] = {
		{ DIVIDE, SIGFPE }, { UNDEFINED, SIGILL }, { BREAKPOINT, SIGTRAP },
		{ NON_CANONICAL, SIGSEGV }, { PRIVILEGED, SIGSEGV }, { ALIGNMENT_FREE, SIGSEGV },
	};
	struct sigaction action = { .sa_sigaction = on_exception, .sa_flags = SA_SIGINFO };
	struct sigaction old[sizeof(expect) / sizeof(expect[0])];
	unsigned int n = sizeof(expect) / sizeof(expect[0]), i;

	for (i = 0; i < n; i++) {
		int sig;

		CHECK(sigaction(expect[i].sig, &action, &old[i]) == 0);
		sig = sigsetjmp(jump, 1);
		if (sig == 0) {
			raise_exception(expect[i].which);
			die("exception %d did not happen", expect[i].which);
		}
		if (sig != expect[i].sig)
			die("exception %d gave signal %d, not %d", expect[i].which, sig,
			    expect[i].sig);
		CHECK(sigaction(expect[i].sig, &old[i], NULL) == 0);
	}
}

static int have_avx(void)
{
	unsigned int a, b, c, d, low, high;

	if (!__get_cpuid(1, &a, &b, &c, &d) || (c & (bit_OSXSAVE | bit_AVX)) != (bit_OSXSAVE | bit_AVX))
		return 0;
	asm("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
	return (low & 6) == 6;
}

/*
 * Registers keep their values while others run, signals arrive, and this
 * process is moved about: between load and store there is one system call.
 */
void job_fpu(void)
{
	unsigned char in[16][32], out[16][32];
	unsigned short cw = 0x037f, cw_out;
	unsigned int mxcsr = 0x1f80 | (rnd(4) << 13), mxcsr_out, mxcsr_old;
	int i, avx = have_avx();
	long nr = rnd(2) ? SYS_sched_yield : SYS_getppid, ret;

	cw |= rnd(4) << 10;
	asm volatile("stmxcsr %0" : "=m"(mxcsr_old));
	for (i = 0; i < 200; i++) {
		pattern_fill(in, sizeof(in), rnd(-1UL));
		asm volatile("fldcw %0; ldmxcsr %1" : : "m"(cw), "m"(mxcsr));
		if (avx) {
#define REG16(op) op(0) op(1) op(2) op(3) op(4) op(5) op(6) op(7) op(8) op(9) op(10) op(11) op(12) op(13) op(14) op(15)
#define LOAD(n) "vmovdqu 32*" #n "(%1), %%ymm" #n "\n"
#define SAVE(n) "vmovdqu %%ymm" #n ", 32*" #n "(%2)\n"
			asm volatile(REG16(LOAD) "syscall\n" REG16(SAVE) "vzeroupper"
				     : "=a"(ret) : "r"(in), "r"(out), "0"(nr)
				     : "rcx", "r11", "memory", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4",
				       "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11",
				       "xmm12", "xmm13", "xmm14", "xmm15");
			CHECK(!memcmp(in, out, sizeof(in)));
		} else {
#define LOADX(n) "movups 16*" #n "(%1), %%xmm" #n "\n"
#define SAVEX(n) "movups %%xmm" #n ", 16*" #n "(%2)\n"
			asm volatile(REG16(LOADX) "syscall\n" REG16(SAVEX)
				     : "=a"(ret) : "r"(in), "r"(out), "0"(nr)
				     : "rcx", "r11", "memory", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4",
				       "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11",
				       "xmm12", "xmm13", "xmm14", "xmm15");
			CHECK(!memcmp(in, out, 16 * 16));
		}
		asm volatile("fnstcw %0; stmxcsr %1" : "=m"(cw_out), "=m"(mxcsr_out));
		CHECK(ret >= 0 && cw_out == cw);
		CHECK((mxcsr_out & ~0x3f) == (mxcsr & ~0x3f));
	}
	asm volatile("fninit; ldmxcsr %0" : : "m"(mxcsr_old));
}

/* GS base by arch_prctl, and a segment of the LDT: both survive a switch. */
void job_segments(void)
{
	static unsigned long words[4] = { 11, 22, 33, 44 };
	struct user_desc desc = {
		.entry_number = rnd(8), .limit = 0xfffff, .seg_32bit = 1,
		.limit_in_pages = 1, .useable = 1,
	};
	static char *low;
	unsigned long value, i;
	unsigned int byte;

	CHECK(syscall(SYS_arch_prctl, ARCH_SET_GS, words) == 0);
	for (i = 0; i < 50; i++) {
		sched_yield();
		asm volatile("movq %%gs:8, %0" : "=r"(value));
		CHECK(value == 22);
	}
	CHECK(syscall(SYS_arch_prctl, ARCH_GET_GS, &value) == 0);
	CHECK(value == (unsigned long)words);

	/* LDT bases have 32 bits: this program is linked low, its data are there. */
	low = (char *)words;
	CHECK((unsigned long)low < 0x100000000UL);
	desc.base_addr = (unsigned long)low;
	CHECK(syscall(SYS_modify_ldt, 0x11, &desc, sizeof(desc)) == 0);
	asm volatile("movl %0, %%gs" : : "r"(desc.entry_number << 3 | 7));
	for (i = 0; i < 50; i++) {
		sched_yield();
		asm volatile("movzbl %%gs:16, %0" : "=r"(byte));
		CHECK(byte == 33);
	}
	asm volatile("movl %0, %%gs" : : "r"(0));
}

/* The descriptor, as the CPU reads it: the limit, or -1 if it is not there for us. */
static long segment_limit(unsigned int selector)
{
	unsigned long limit;
	unsigned char ok;

	asm volatile("lsl %2, %0; setz %1" : "=r"(limit), "=q"(ok) : "r"((unsigned long)selector));
	return ok ? (long)(unsigned int)limit : -1;
}

/* An LDT of several pages: a child has it too and may change its own. */
void job_ldt(void)
{
	static const unsigned int numbers[] = { 0, 1, 511, 512, 1500, 8191 };
	const unsigned int n = sizeof(numbers) / sizeof(numbers[0]);
	struct user_desc desc = { .seg_32bit = 1, .useable = 1 };
	struct user_desc empty = { .read_exec_only = 1, .seg_not_present = 1 };
	unsigned int i, base = 100 + rnd(10000);
	int pid;

	for (i = 0; i < n; i++) {
		desc.entry_number = numbers[i];
		desc.limit = base + i;
		CHECK(syscall(SYS_modify_ldt, 0x11, &desc, sizeof(desc)) == 0);
	}
	pid = fork();
	CHECK(pid >= 0);
	for (i = 0; i < n; i++) {
		sched_yield();
		CHECK(segment_limit(numbers[i] << 3 | 7) == (long)(base + i));
		empty.entry_number = numbers[i];
		if (pid != 0 && i == 0)
			continue;
		CHECK(syscall(SYS_modify_ldt, 0x11, &empty, sizeof(empty)) == 0);
		CHECK(segment_limit(numbers[i] << 3 | 7) == -1);
	}
	if (pid == 0)
		_exit(29);
	reap(pid, 29);
	CHECK(segment_limit(numbers[0] << 3 | 7) == (long)base);
	empty.entry_number = numbers[0];
	CHECK(syscall(SYS_modify_ldt, 0x11, &empty, sizeof(empty)) == 0);
}

/* 32-bit system calls have their own gate. */
void job_int80(void)
{
	long pid;

	asm volatile("int $0x80" : "=a"(pid) : "0"(20) : "r8", "r9", "r10", "r11", "memory");
	CHECK(pid == getpid());
}

void job_clock(void)
{
	struct timespec before, after, wait = { 0, (1 + rnd(3)) * 1000000 };
	long long slept_ns;
	int i;

	CHECK(clock_gettime(CLOCK_MONOTONIC, &before) == 0);
	for (i = 0; i < 1000; i++) {
		CHECK(clock_gettime(CLOCK_MONOTONIC, &after) == 0);
		slept_ns = (after.tv_sec - before.tv_sec) * 1000000000LL + after.tv_nsec - before.tv_nsec;
		if (slept_ns < 0)
			die("time went back by %lld ns", -slept_ns);
		before = after;
	}
	CHECK(nanosleep(&wait, NULL) == 0);
	CHECK(clock_gettime(CLOCK_MONOTONIC, &after) == 0);
	slept_ns = (after.tv_sec - before.tv_sec) * 1000000000LL + after.tv_nsec - before.tv_nsec;
	if (slept_ns < wait.tv_nsec)
		die("asked for %ld ns of sleep, got %lld", wait.tv_nsec, slept_ns);
}
