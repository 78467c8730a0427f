// SPDX-License-Identifier: GPL-2.0-only
/* DOC: jobs about timers, and about registers that a timer's signal interrupts. */
#define _GNU_SOURCE
#include <cpuid.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "workload.h"

static volatile sig_atomic_t ticks;

static void on_tick(int sig)
{
	(void)sig;
	ticks++;
}

static long long now_ns(clockid_t clock)
{
	struct timespec ts;

	CHECK(clock_gettime(clock, &ts) == 0);
	return ts.tv_sec * 1000000000LL + ts.tv_nsec;
}

/* A POSIX timer, a timer as a file, an absolute sleep: none is early. */
void job_timers(void)
{
	const long long period_ns = 1000000 + rnd(2000000);
	struct itimerspec every = { { 0, period_ns }, { 0, period_ns } }, off = { 0 };
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN + 2 };
	struct sigaction action = { .sa_handler = on_tick, .sa_flags = SA_RESTART }, old;
	long long start_ns, until_ns;
	struct timespec until;
	uint64_t expired;
	timer_t timer;
	int fd;

	ticks = 0;
	CHECK(sigaction(SIGRTMIN + 2, &action, &old) == 0);
	CHECK(timer_create(CLOCK_MONOTONIC, &event, &timer) == 0);
	start_ns = now_ns(CLOCK_MONOTONIC);
	CHECK(timer_settime(timer, 0, &every, NULL) == 0);
	while (ticks < 4)
		;
	CHECK(now_ns(CLOCK_MONOTONIC) - start_ns >= 4 * period_ns);
	CHECK(timer_delete(timer) == 0);
	CHECK(sigaction(SIGRTMIN + 2, &old, NULL) == 0);

	fd = timerfd_create(CLOCK_MONOTONIC, 0);
	CHECK(fd >= 0);
	start_ns = now_ns(CLOCK_MONOTONIC);
	CHECK(timerfd_settime(fd, 0, &every, NULL) == 0);
	CHECK(read(fd, &expired, sizeof(expired)) == sizeof(expired) && expired >= 1);
	CHECK(now_ns(CLOCK_MONOTONIC) - start_ns >= (long long)expired * period_ns);
	CHECK(timerfd_settime(fd, 0, &off, NULL) == 0 && close(fd) == 0);

	until_ns = now_ns(CLOCK_REALTIME) + period_ns;
	until = (struct timespec){ until_ns / 1000000000, until_ns % 1000000000 };
	while (clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &until, NULL) != 0)
		;
	CHECK(now_ns(CLOCK_REALTIME) >= until_ns);
}

/* Arithmetic in the handler: it must not be seen where it interrupted. */
static void on_tick_compute(int sig)
{
	volatile double x = sig;

	ticks++;
	x = x * x + 1.5;
	asm volatile("xorps %%xmm0, %%xmm0; xorps %%xmm7, %%xmm7; xorps %%xmm15, %%xmm15; fninit"
		     : : : "xmm0", "xmm7", "xmm15");
}

static int have_avx(void)
{
	unsigned int a, b, c, d, low, high;

	if (!__get_cpuid(1, &a, &b, &c, &d) ||
	    (c & (bit_OSXSAVE | bit_AVX)) != (bit_OSXSAVE | bit_AVX))
		return 0;
	asm("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
	return (low & 6) == 6;
}

/* Registers that hold their values over thousands of loops, with no system call. */
static void *hold_registers(void *arg)
{
	unsigned char in[4][32], out[4][32];
	int i, avx = have_avx();
	double pi = 0;
	long loops;

	for (i = 0; i < 10; i++) {
		pattern_fill(in, sizeof(in), (uint64_t)arg + i);
		memcpy(out, in, sizeof(out));
		loops = 20000;
		if (avx)
			asm volatile("vmovdqu 0(%2), %%ymm0; vmovdqu 32(%2), %%ymm7\n"
				     "vmovdqu 64(%2), %%ymm8; vmovdqu 96(%2), %%ymm15\n"
				     "fldpi\n1: dec %0; jnz 1b; fstpl %1\n"
				     "vmovdqu %%ymm0, 0(%3); vmovdqu %%ymm7, 32(%3)\n"
				     "vmovdqu %%ymm8, 64(%3); vmovdqu %%ymm15, 96(%3); vzeroupper"
				     : "+r"(loops), "=m"(pi) : "r"(in), "r"(out)
				     : "memory", "xmm0", "xmm7", "xmm8", "xmm15", "st");
		else
			asm volatile("movups 0(%2), %%xmm0; movups 32(%2), %%xmm7\n"
				     "movups 64(%2), %%xmm8; movups 96(%2), %%xmm15\n"
				     "fldpi\n1: dec %0; jnz 1b; fstpl %1\n"
				     "movups %%xmm0, 0(%3); movups %%xmm7, 32(%3)\n"
				     "movups %%xmm8, 64(%3); movups %%xmm15, 96(%3)"
				     : "+r"(loops), "=m"(pi) : "r"(in), "r"(out)
				     : "memory", "xmm0", "xmm7", "xmm8", "xmm15", "st");
		CHECK(!memcmp(in, out, sizeof(in)));
		CHECK(pi > 3.14159265358979 && pi < 3.14159265358980);
	}
	return NULL;
}

void job_fpu_threads(void)
{
	struct itimerval timer = { { 0, 1000 }, { 0, 1000 } }, off = { { 0, 0 }, { 0, 0 } };
	struct sigaction action = { .sa_handler = on_tick_compute, .sa_flags = SA_RESTART }, old;
	pthread_t threads[3];
	int i;

	CHECK(sigaction(SIGALRM, &action, &old) == 0);
	CHECK(setitimer(ITIMER_REAL, &timer, NULL) == 0);
	for (i = 0; i < 3; i++)
		CHECK(pthread_create(&threads[i], NULL, hold_registers, (void *)rnd(-1UL)) == 0);
	for (i = 0; i < 3; i++)
		CHECK(pthread_join(threads[i], NULL) == 0);
	CHECK(setitimer(ITIMER_REAL, &off, NULL) == 0);
	CHECK(sigaction(SIGALRM, &old, NULL) == 0);
}
