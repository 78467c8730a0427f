// SPDX-License-Identifier: GPL-2.0-only
/*
 * bvt_bench.c: what a decision costs: one pick with its charge, and one
 * block and wake, with N runnable, in CPU time.
 */
#include <time.h>
#include "bvt.h"
#include "ktap.h"

#define ROUNDS 400000

static double now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return t.tv_sec * 1e9 + t.tv_nsec;
}

static double measure(unsigned int n)
{
	struct bvt_entity *e = calloc(n, sizeof(*e)), *curr;
	struct bvt_queue q;
	double start, best = 1e18;
	u64 clock_ns = 0;
	unsigned int i, k;

	bvt_queue_init(&q, 0, 1);
	for (i = 0; i < n; i++) {
		struct bvt_entity_params params = { .weight = 1 + ktap_random_below(1000) };

		bvt_entity_init(&e[i], &params, NULL);
		bvt_wake(&q, &e[i], 0);
	}
	/* The best of several: the machine has other things to do. */
	for (k = 0; k < 5; k++) {
		start = now_ns();
		for (i = 0; i < ROUNDS; i++) {
			curr = bvt_pick(&q, clock_ns);
			clock_ns += 1000 + (i * 7919 & 0xfff);
			bvt_charge(&q, curr, 1000 + (i * 7919 & 0xfff), clock_ns);
			if (i & 1) {
				bvt_block(&q, curr, clock_ns);
				bvt_wake(&q, curr, clock_ns);
			}
		}
		if ((now_ns() - start) / ROUNDS < best)
			best = (now_ns() - start) / ROUNDS;
	}
	free(e);
	return best;
}

static void test_cost(void)
{
	static const unsigned int sizes[] = { 1, 10, 100, 1000, 10000 };
	double cost[5];
	unsigned int i;

	for (i = 0; i < 5; i++) {
		cost[i] = measure(sizes[i]);
		printf("# %5u runnable: %.0f ns per decision\n", sizes[i], cost[i]);
	}
	expect(cost[3] < 300, "1000 runnable: more than 300 ns");
	/* A factor of 10 in n is 3.3 levels; linear growth would be 10 times. */
	expect(cost[4] < 5 * cost[3], "grows faster than log n");
}

static const struct ktap_test tests[] = {
	{ "cost of a decision grows like log n", test_cost },
};

KTAP_MAIN(tests)
