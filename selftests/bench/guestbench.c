// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: What a stock kernel's basic services cost its programs, in TSC ticks.
 *
 * Static.  As process 1 (it is an initramfs by itself: see the Makefile) it
 * also tells the uptime at its first line, measures in a child, as a fault of
 * process 1 is logged, and powers off at its end.  The same program runs
 * natively, in a domain of lodge and on Xen: under QEMU's -icount shift=0 a tick
 * is one instruction of the whole machine, guest and hypervisor together.  Best
 * of ROUNDS rounds, one line each: "bench NAME TICKS".
 *
 * With the argument "step" each operation is then done once more between two
 * lines "step NAME begin|end TIMES", and after each of them the program waits
 * for a line of input: whoever sits outside can read counters meanwhile.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define ROUNDS	5
#define PAGE	4096UL

static const char *self = "/proc/self/exe";
static bool stepping;

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static uint64_t rdtsc(void)
{
	uint32_t lo, hi;

	__asm__ volatile("rdtsc" : "=a" (lo), "=d" (hi) : : "memory");
	return lo | (uint64_t)hi << 32;
}

static void step(const char *name, const char *where, unsigned int times)
{
	char c;

	if (!stepping)
		return;
	printf("step %s %s %u\n", name, where, times);
	fflush(stdout);
	do {
		if (read(STDIN_FILENO, &c, 1) != 1)
			die("standard input");
	} while (c != '\n');
}

/* What stepping itself costs is in the counts of the operation "nothing". */
static void count(const char *name, void (*fn)(void), unsigned int times)
{
	step(name, "begin", times);
	for (unsigned int i = 0; stepping && i < times; i++)
		fn();
	step(name, "end", times);
}

static void report(const char *name, void (*fn)(void), unsigned int times)
{
	uint64_t best = UINT64_MAX;

	fn();
	for (int r = 0; r < ROUNDS; r++) {
		uint64_t t = rdtsc();

		for (unsigned int i = 0; i < times; i++)
			fn();
		t = rdtsc() - t;
		if (t < best)
			best = t;
	}
	printf("bench %s %llu\n", name, (unsigned long long)(best / times));
	fflush(stdout);
	count(name, fn, times);
}

static void do_nothing(void)
{
}

static void do_getppid(void)
{
	syscall(SYS_getppid);
}

static void on_signal(int sig)
{
	(void)sig;
}

static void do_raise(void)
{
	raise(SIGUSR1);
}

static void do_touch(void)
{
	char *p = mmap(NULL, 256 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		die("mmap");
	for (int i = 0; i < 256; i++)
		p[i * PAGE] = 1;
	munmap(p, 256 * PAGE);
}

static void do_mmap(void)
{
	char *p = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		die("mmap");
	munmap(p, 65536);
}

static char *protected;

static void on_segv(int sig)
{
	(void)sig;
	mprotect(protected, PAGE, PROT_READ | PROT_WRITE);
}

static void do_segv(void)
{
	mprotect(protected, PAGE, PROT_READ);
	*(volatile char *)protected = 1;
}

static void reap(pid_t pid)
{
	if (pid < 0)
		die("fork");
	waitpid(pid, NULL, 0);
}

static void do_fork(void)
{
	pid_t pid = fork();

	if (!pid)
		_exit(0);
	reap(pid);
}

static void do_exec(void)
{
	pid_t pid = vfork();

	if (!pid) {
		execl(self, "guestbench", "exit", NULL);
		_exit(127);
	}
	reap(pid);
}

static int there[2], back[2];

static void do_pingpong(void)
{
	char c = 0;

	if (write(there[1], &c, 1) != 1 || read(back[0], &c, 1) != 1)
		die("pipe");
}

static void pingpong(void)
{
	pid_t pid;
	char c;

	if (pipe(there) || pipe(back))
		die("pipe");
	pid = fork();
	if (!pid) {
		close(there[1]);
		while (read(there[0], &c, 1) == 1 && write(back[1], &c, 1) == 1)
			;
		_exit(0);
	}
	report("pipe_ping_pong", do_pingpong, 200);
	close(there[1]);
	reap(pid);
}

static void fork_big(void)
{
	size_t len = 16UL << 20;
	char *p = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		die("mmap");
	madvise(p, len, MADV_NOHUGEPAGE);
	for (size_t i = 0; i < len; i += PAGE)
		p[i] = 1;
	report("fork_exit_wait_16MiB", do_fork, 5);
	munmap(p, len);
}

static void as_init(void)
{
	char text[64] = "";
	int fd;

	mkdir("/proc", 0755);
	mount("proc", "/proc", "proc", 0, NULL);
	fd = open("/proc/uptime", O_RDONLY);
	if (fd >= 0 && read(fd, text, sizeof(text) - 1) > 0)
		printf("bench uptime_seconds %s\n", strtok(text, " "));
	fflush(stdout);
}

static void measure(void)
{
	step("start", "end", 1);
	count("nothing", do_nothing, 1);
	signal(SIGUSR1, on_signal);
	signal(SIGSEGV, on_segv);
	protected = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (protected == MAP_FAILED)
		die("mmap");
	report("getppid", do_getppid, 1000);
	report("raise_handled_signal", do_raise, 200);
	report("touch_256_pages_munmap", do_touch, 5);
	report("mmap_munmap_64KiB", do_mmap, 100);
	report("write_fault_sigsegv_mprotect", do_segv, 100);
	report("fork_exit_wait", do_fork, 20);
	report("vfork_exec_wait", do_exec, 20);
	pingpong();
	fork_big();
	printf("bench end\n");
	fflush(stdout);
}

int main(int argc, char **argv)
{
	pid_t child;

	if (argc > 1 && !strcmp(argv[1], "exit"))
		return 0;
	stepping = argc > 1 && !strcmp(argv[1], "step");
	if (getpid() != 1) {
		measure();
		return 0;
	}
	as_init();
	child = fork();
	if (!child) {
		measure();
		_exit(0);
	}
	reap(child);
	reboot(RB_POWER_OFF);
	return 1;
}
