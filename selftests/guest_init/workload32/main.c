// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: workload32 PID NUMBER
 *
 * A 32-bit program without a C library: the other way into the kernel.  Makes
 * system calls by int 0x80 and by the vDSO's __kernel_vsyscall, whichever
 * instruction that takes, and compares; takes a signal on a stack of its own,
 * and a fault; uses TLS through %gs, SSE and the x87; exits with NUMBER.  PID is
 * its parent's.  Exit status 1 to 20: the check that failed.
 */
typedef unsigned int u32;
typedef unsigned long long u64;

#define NR_EXIT		1
#define NR_FORK		2
#define NR_GETPID	20
#define NR_KILL		37
#define NR_GETPPID	64
#define NR_MUNMAP	91
#define NR_WAIT4	114
#define NR_MPROTECT	125
#define NR_SCHED_YIELD	158
#define NR_RT_SIGACTION	174
#define NR_SIGALTSTACK	186
#define NR_MMAP2	192
#define NR_SET_THREAD_AREA 243
#define NR_CLOCK_GETTIME 265

#define AT_SYSINFO	32

static u32 vsyscall;

static int int80(int nr, int a, int b, int c, int d, int e)
{
	int ret;

	asm volatile("int $0x80" : "=a"(ret)
		     : "0"(nr), "b"(a), "c"(b), "d"(c), "S"(d), "D"(e) : "memory");
	return ret;
}

static int fast(int nr, int a, int b, int c)
{
	int ret;

	asm volatile("call *%1" : "=a"(ret)
		     : "m"(vsyscall), "0"(nr), "b"(a), "c"(b), "d"(c) : "memory");
	return ret;
}

static __attribute__((noreturn)) void leave(int status)
{
	for (;;)
		int80(NR_EXIT, status, 0, 0, 0, 0);
}

#define CHECK(n, cond) do {		\
	if (!(cond))			\
		leave(n);		\
} while (0)

static int number(const char *s)
{
	int n = 0;

	while (*s)
		n = n * 10 + *s++ - '0';
	return n;
}

/* The kernel's own form of struct sigaction and stack_t for 32-bit programs. */
struct sigaction32 {
	void (*handler)(int);
	u32 flags;
	void (*restorer)(void);
	u32 mask[2];
};

struct stack32 {
	void *sp;
	int flags;
	u32 size;
};

#define SA_ONSTACK	0x08000000
#define SA_RESTORER	0x04000000

void restore(void);
asm("restore: popl %eax; movl $119, %eax; int $0x80");

static volatile int handled;
static char alt_stack[16384] __attribute__((aligned(16)));
static volatile u32 fault_resume;	/* where to go on after a fault */
static volatile int faulted;

static void on_signal(int sig)
{
	char here;

	if (&here >= alt_stack && &here < alt_stack + sizeof(alt_stack))
		handled = sig;
}

/* Above the frame's link and return address: the argument, then what sigreturn restores. */
static void on_fault(int sig)
{
	volatile u32 *context = (volatile u32 *)__builtin_frame_address(0) + 3;

	faulted = sig;
	context[14] = fault_resume;
}

static void set_handler(int sig, void (*handler)(int), u32 flags)
{
	struct sigaction32 action = { handler, SA_RESTORER | flags, restore, { 0, 0 } };

	CHECK(5, int80(NR_RT_SIGACTION, sig, (int)&action, 0, 8, 0) == 0);
}

static void signals(void)
{
	struct stack32 alt = { alt_stack, 0, sizeof(alt_stack) };
	int pid = int80(NR_GETPID, 0, 0, 0, 0, 0), i;

	CHECK(4, int80(NR_SIGALTSTACK, (int)&alt, 0, 0, 0, 0) == 0);
	set_handler(10, on_signal, SA_ONSTACK);
	for (i = 0; i < 5; i++) {
		handled = 0;
		CHECK(6, fast(NR_KILL, pid, 10, 0) == 0 && handled == 10);
		handled = 0;
		CHECK(7, int80(NR_KILL, pid, 10, 0, 0, 0) == 0 && handled == 10);
	}
}

static void fault(volatile int *at)
{
	faulted = 0;
	asm volatile("movl $1f, %0\n\tmovl $1, (%1)\n1:" : "=m"(fault_resume) : "r"(at) : "memory");
	CHECK(9, faulted == 11);
}

static void memory(void)
{
	int at = int80(NR_MMAP2, 0, 8192, 3, 0x22, -1);
	volatile int *mem = (int *)at;

	CHECK(8, (u32)at < 0xfffff000);
	mem[0] = 11;
	mem[2047] = 22;
	CHECK(10, fast(NR_MPROTECT, at, 8192, 1) == 0);
	set_handler(11, on_fault, 0);
	fault(mem);
	CHECK(11, faulted && mem[0] == 11 && mem[2047] == 22);
	CHECK(12, int80(NR_MUNMAP, at, 8192, 0, 0, 0) == 0);
	fault(mem);
	CHECK(13, faulted);
}

/* A segment of the GDT, which the kernel loads at every context switch. */
static void tls(void)
{
	static u32 words[4] = { 7, 8, 9, 10 };
	struct {
		u32 entry, base, limit, flags;
	} desc = { -1, (u32)words, 0xfffff, 0x51 };	/* 32 bits, pages, useable */
	u32 value;
	int i;

	CHECK(14, int80(NR_SET_THREAD_AREA, (int)&desc, 0, 0, 0, 0) == 0);
	asm volatile("movw %w0, %%gs" : : "r"(desc.entry << 3 | 3));
	for (i = 0; i < 20; i++) {
		fast(NR_SCHED_YIELD, 0, 0, 0);
		asm volatile("movl %%gs:8, %0" : "=r"(value));
		CHECK(15, value == 9);
	}
}

static void registers(void)
{
	u32 in[4] = { 0x11111111, 0x22222222, 0x33333333, 0x44444444 }, out[4];
	double pi;
	int i, ret;

	for (i = 0; i < 20; i++) {
		in[0] += i;
		asm volatile("movups (%3), %%xmm5; fldpi; int $0x80; fstpl %1; movups %%xmm5, (%4)"
			     : "=a"(ret), "=m"(pi)
			     : "0"(NR_SCHED_YIELD), "r"(in), "r"(out) : "memory");
		CHECK(16, ret == 0 && in[0] == out[0] && in[3] == out[3]);
		CHECK(17, pi > 3.14159265 && pi < 3.14159266);
	}
}

static void processes(void)
{
	int pid = fast(NR_FORK, 0, 0, 0), status = 0;

	CHECK(18, pid >= 0);
	if (pid == 0)
		leave(77);
	CHECK(19, int80(NR_WAIT4, pid, (int)&status, 0, 0, 0) == pid && status == 77 << 8);
}

__attribute__((used)) static void start(u32 *stack)
{
	int argc = stack[0];
	char **argv = (char **)(stack + 1);
	u32 *at = stack + argc + 2;

	CHECK(1, argc == 3);
	while (*at++)
		;
	for (; at[0]; at += 2)
		if (at[0] == AT_SYSINFO)
			vsyscall = at[1];
	CHECK(2, vsyscall);
	CHECK(3, int80(NR_GETPPID, 0, 0, 0, 0, 0) == number(argv[1]) &&
	      fast(NR_GETPPID, 0, 0, 0) == number(argv[1]));
	signals();
	memory();
	tls();
	registers();
	processes();
	leave(number(argv[2]));
}

asm(".globl _start\n_start: movl %esp, %eax; andl $-16, %esp; subl $12, %esp; pushl %eax; call start");
