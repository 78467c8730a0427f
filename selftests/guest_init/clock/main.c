// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: clock SECONDS THREADS: is a guest's time right?
 *
 * THREADS threads, each on a CPU of its own while there are enough and moved
 * about now and then, compare CLOCK_MONOTONIC with the latest that any of them
 * has seen: it must never be less.  Meanwhile the first thread sleeps for
 * lengths of every kind: none may be shorter than asked for.  Twice a second a
 * line tells the time, for the host to compare with its own.  Exit status 0:
 * all was right.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static _Atomic uint64_t latest_ns, steps_back, worst_step_ns, reads;
static _Atomic int stop;
static long nr_cpus;

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

static void go_to_cpu(unsigned long n)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(n % nr_cpus, &set);
	sched_setaffinity(0, sizeof(set), &set);	/* a CPU that is off: stay */
}

static void *compare(void *arg)
{
	unsigned long n = (unsigned long)arg, i;
	uint64_t seen, now;

	for (i = 0; !stop; i++) {
		if (i % 4096 == 0)
			go_to_cpu(n + i / 4096);
		if (i % 64 == 0)
			usleep(200);	/* leave the others some time */
		seen = latest_ns;
		now = now_ns();
		if (now < seen) {
			steps_back++;
			if (seen - now > worst_step_ns)
				worst_step_ns = seen - now;
		}
		while (now > seen && !atomic_compare_exchange_weak(&latest_ns, &seen, now))
			;
		reads++;
	}
	return NULL;
}

int main(int argc, char **argv)
{
	static const uint64_t lengths_ns[] = {
		1000000000, 50000, 10000000, 1000000, 100000000, 3333333, 250000000, 1000,
	};
	const unsigned int nr = sizeof(lengths_ns) / sizeof(lengths_ns[0]);
	uint64_t end_ns, short_sleeps = 0, over_sum = 0, over_max = 0, over_min = -1, told_ns = 0;
	unsigned int i, threads, seconds_slept = 0;

	if (argc != 3)
		return 2;
	end_ns = now_ns() + atoi(argv[1]) * 1000000000ULL;
	threads = atoi(argv[2]);
	nr_cpus = sysconf(_SC_NPROCESSORS_ONLN);
	for (i = 0; i < threads; i++) {
		pthread_t thread;

		if (pthread_create(&thread, NULL, compare, (void *)(uintptr_t)i))
			return 2;
	}
	for (i = 0; now_ns() < end_ns; i++) {
		uint64_t want = lengths_ns[i % nr], start = now_ns(), took;
		struct timespec ts = { want / 1000000000, want % 1000000000 };

		nanosleep(&ts, NULL);
		took = now_ns() - start;
		if (took < want) {
			short_sleeps++;
			printf("guest: a sleep of %lu ns took %lu ns\n", want, took);
		} else if (want == 1000000000) {
			seconds_slept++;
			over_sum += took - want;
			over_max = took - want > over_max ? took - want : over_max;
			over_min = took - want < over_min ? took - want : over_min;
		}
		if (start - told_ns > 500000000) {
			told_ns = start;
			printf("guest: time %lu\n", now_ns());
			fflush(stdout);
		}
	}
	stop = 1;
	printf("guest: clock: %lu reads by %u threads on %ld CPUs, %lu steps back, the largest %lu ns\n",
	       reads, threads, nr_cpus, steps_back, worst_step_ns);
	if (seconds_slept)
		printf("guest: sleep 1: %u times, longer by %lu to %lu us, %lu us on average; %lu sleeps too short\n",
		       seconds_slept, over_min / 1000, over_max / 1000,
		       over_sum / seconds_slept / 1000, short_sleeps);
	return steps_back || short_sleeps || !seconds_slept ? 1 : 0;
}
