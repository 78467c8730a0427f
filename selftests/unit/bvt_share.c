// SPDX-License-Identifier: GPL-2.0-only
/*
 * bvt_share.c: properties of BVT over simulated workloads.
 */
#include "bvt_model.h"

static const struct behaviour spins;

void test_shares(void)
{
	static const u64 allowances_ns[] = { 0, 1 * MS, 5 * MS, 20 * MS };
	unsigned int i, k;

	for (k = 0; k < 4; k++) {
		struct model *m = model_new(allowances_ns[k], 50 * US);
		u64 window_ns = 2000 * MS, before[4];
		double error, worst = 0;

		m->late_ns = 20 * US;
		for (i = 0; i < 4; i++)
			model_add_weight(m, 1 << i, spins);
		model_run(m, 1000 * MS);
		for (i = 0; i < 4; i++)
			before[i] = m->a[i].got_ns;
		model_run(m, window_ns);
		for (i = 0; i < 4; i++) {
			error = (double)(m->a[i].got_ns - before[i]) / window_ns - (1 << i) / 15.0;
			if (error < 0)
				error = -error;
			if (error > worst)
				worst = error;
		}
		/* Each end of the window may be off by one C, nothing else. */
		expect(worst <= 0.001 + 2.0 * allowances_ns[k] / window_ns, "C %llu us: error %.4f",
		       (unsigned long long)(allowances_ns[k] / US), worst);
		printf("# C %2llu ms: largest share error %.3f %%, %llu switches/s\n",
		       (unsigned long long)(allowances_ns[k] / MS), worst * 100,
		       (unsigned long long)m->switches / 3);
		free(m);
	}
}

void test_shares_sleeper(void)
{
	struct behaviour sleeper = { .run_ns = 1 * MS, .sleep_ns = 9 * MS };
	struct model *m = model_new(5 * MS, 50 * US);
	double got, wants = 0.1;
	unsigned int i;

	/* It wants 10 %, its weight gives it 1/9. */
	model_add_weight(m, 256, sleeper);
	for (i = 0; i < 8; i++)
		model_add_weight(m, 256, spins);
	model_run(m, 10000 * MS);
	got = (double)m->a[0].got_ns / (10000 * MS);
	printf("# wants %.1f %%, gets %.2f %%, longest wait %llu us\n", wants * 100, got * 100,
	       (unsigned long long)(m->a[0].worst_wait_ns / US));
	expect(got <= wants + 0.001, "got %.4f", got);
	free(m);
}

/*
 * However short its runs and sleeps, it cannot take more than its share from a
 * spinner; and bursts shorter than C get it.
 */
void test_shares_storm(void)
{
	static const u64 runs_ns[] = { 10 * US, 100 * US, 500 * US, 3 * MS, 6 * MS, 50 * MS };
	static const u64 sleeps_ns[] = { 1 * US, 100 * US, 1 * MS };
	unsigned int i, k;

	for (i = 0; i < 6; i++) {
		for (k = 0; k < 3; k++) {
			struct behaviour b = { .run_ns = runs_ns[i], .sleep_ns = sleeps_ns[k] };
			double wants = (double)runs_ns[i] / (runs_ns[i] + sleeps_ns[k]), got;
			struct model *m = model_new(5 * MS, 20 * US);

			m->check = i > 1;	/* the others take too many steps */
			model_add_weight(m, 256, b);
			model_add_weight(m, 256, spins);
			model_run(m, 2000 * MS);
			got = (double)m->a[0].got_ns / (2000 * MS);
			expect(got < 0.51 && got <= wants + 0.001,
			       "run %llu us, sleep %llu us: %.3f",
			       (unsigned long long)(runs_ns[i] / US),
			       (unsigned long long)(sleeps_ns[k] / US), got);
			if (runs_ns[i] >= 20 * US && runs_ns[i] < 5 * MS)
				expect(got > 0.49 || got > wants - 0.01,
				       "run %llu us, sleep %llu us: only %.3f",
				       (unsigned long long)(runs_ns[i] / US),
				       (unsigned long long)(sleeps_ns[k] / US), got);
			free(m);
		}
	}
}

static struct behaviour random_behaviour(void)
{
	struct behaviour does = { .jitter = true };

	switch (ktap_random_below(4)) {
	case 0:
		break;
	case 1:
		does.run_ns = 1 + ktap_random_below(100 * US);
		does.sleep_ns = 1 + ktap_random_below(10 * MS);
		break;
	case 2:
		does.run_ns = 1 + ktap_random_below(20 * MS);
		does.sleep_ns = 1 + ktap_random_below(100 * MS);
		break;
	case 3:
		does.run_ns = 1 + ktap_random_below(1 * MS);
		does.yields = true;
		break;
	}
	return does;
}

static void random_workload(struct model *m, bool warp)
{
	unsigned int n = 2 + ktap_random_below(30);

	while (n--) {
		struct bvt_entity_params params = {
			.weight = 1 + (u32)(ktap_random() >> (48 + ktap_random_below(16))),
		};

		if (params.weight > BVT_WEIGHT_MAX)
			params.weight = BVT_WEIGHT_MAX;
		if (warp && ktap_random_below(2)) {
			params.warp = true;
			params.warp_ns = ktap_random_below(50 * MS);
			params.limit_ns = ktap_random_below(3) ? ktap_random_below(20 * MS) : 0;
			params.rest_ns = ktap_random_below(100 * MS);
		}
		model_add(m, &params, random_behaviour());
	}
}

static void bound(bool warp)
{
	unsigned int round;

	for (round = 0; round < 60 && !ktap_failures; round++) {
		struct model *m = model_new(ktap_random_below(10 * MS),
					    1 + ktap_random_below(100 * US));

		m->late_ns = ktap_random_below(200 * US);
		random_workload(m, warp);
		model_run(m, 1000 * MS);
		free(m);
	}
}

void test_bound(void)
{
	bound(false);
}

void test_bound_warp(void)
{
	bound(true);
}

/*
 * While j waits, every other i may run until E_i = E_j + C/w_i.  It starts no
 * further back than SVT, and j no further ahead than its bound.
 */
static u64 wait_bound_ns(const struct model *m, const struct actor *j)
{
	u64 sum_ns = 0, lead_vt;
	unsigned int i;

	for (i = 0; i < m->nr; i++) {
		if (&m->a[i] == j)
			continue;
		lead_vt = model_bound_vt(m, j) + model_bound_vt(m, &m->a[i]);
		sum_ns += bvt_load_to_ns(lead_vt, m->a[i].e.params.weight * BVT_LOAD_ONE);
	}
	return sum_ns;
}

void test_starvation(void)
{
	unsigned int round, i;
	double tightest = 0;

	for (round = 0; round < 40 && !ktap_failures; round++) {
		struct model *m = model_new(ktap_random_below(10 * MS),
					    1 + ktap_random_below(100 * US));

		m->late_ns = ktap_random_below(200 * US);
		m->check = false;
		random_workload(m, round % 2);
		model_run(m, 5000 * MS);
		for (i = 0; i < m->nr; i++) {
			struct actor *a = &m->a[i];
			u64 wait_ns = a->worst_wait_ns, bound_ns = wait_bound_ns(m, a);

			if (a->e.state == BVT_WAITING && m->now_ns - a->ready_ns > wait_ns)
				wait_ns = m->now_ns - a->ready_ns;
			expect(wait_ns <= bound_ns, "waited %llu us, bound %llu us",
			       (unsigned long long)(wait_ns / US),
			       (unsigned long long)(bound_ns / US));
			if ((double)wait_ns / bound_ns > tightest)
				tightest = (double)wait_ns / bound_ns;
		}
		free(m);
	}
	printf("# longest wait: %.2f of its bound\n", tightest);
}

void test_repeatable(void)
{
	u64 seed = ktap_random_state, first[2] = { 0 }, sum;
	unsigned int k, i;

	for (k = 0; k < 2; k++) {
		struct model *m;

		ktap_random_state = seed;
		m = model_new(2 * MS, 50 * US);
		random_workload(m, true);
		model_run(m, 500 * MS);
		for (i = 0, sum = m->switches; i < m->nr; i++)
			sum = sum * 31 + m->a[i].got_ns;
		first[k] = sum;
		free(m);
	}
	expect(first[0] == first[1], "two runs differ");
}
