// SPDX-License-Identifier: GPL-2.0-only
/*
 * bvt_rules.c: one test for each rule of sched/bvt.c.
 */
#include "bvt_model.h"

static const struct behaviour spins;

static const u64 extremes[] = {
	0, 1, 2, BVT_K - 1, BVT_K, 65535, 65536, 0xffffffffULL, 1ULL << 32, (1ULL << 50) - 1,
	1ULL << 50, 1ULL << 60, (1ULL << 63) - 1, 1ULL << 63, ~0ULL - 1, ~0ULL,
};

#define NR_EXTREMES (sizeof(extremes) / sizeof(extremes[0]))

static void check_conversion(u64 x, u32 weight)
{
	unsigned __int128 vt = (unsigned __int128)x * BVT_K / weight;
	unsigned __int128 ns = ((unsigned __int128)x * weight + BVT_K - 1) / BVT_K;

	if (vt > BVT_SPREAD_VT)
		vt = BVT_SPREAD_VT;
	if (ns > BVT_FOREVER_NS)
		ns = BVT_FOREVER_NS;
	expect(bvt_load_to_vt(x, weight * BVT_LOAD_ONE) == (u64)vt, "%llu ns at %u",
	       (unsigned long long)x, weight);
	expect(bvt_load_to_ns(x, weight * BVT_LOAD_ONE) == (u64)ns, "%llu vt at %u",
	       (unsigned long long)x, weight);
}

void test_arithmetic(void)
{
	static const u32 weights[] = { 1, 2, 3, 255, 256, 1023, 1024, 1025, 65534, 65535 };
	unsigned int i, k;

	for (i = 0; i < NR_EXTREMES; i++)
		for (k = 0; k < 10; k++)
			check_conversion(extremes[i], weights[k]);
	for (i = 0; i < 1000000; i++)
		check_conversion(ktap_random_log(), 1 + ktap_random_below(BVT_WEIGHT_MAX));
}

void test_carry(void)
{
	unsigned int round, i;

	for (round = 0; round < 50; round++) {
		struct model *m = model_new(0, 1);
		struct actor *a = model_add_weight(m, 1 + ktap_random_below(BVT_WEIGHT_MAX), spins);
		u64 before_vt = a->e.avt_vt, sum_ns = 0, ns;

		bvt_pick(&m->q, m->now_ns);
		for (i = 0; i < 10000; i++) {
			ns = ktap_random_below(100);
			sum_ns += ns;
			bvt_charge(&m->q, &a->e, ns, m->now_ns);
		}
		expect(a->e.avt_vt - before_vt ==
		       bvt_load_to_vt(sum_ns, a->e.params.weight * BVT_LOAD_ONE),
		       "weight %u lost time", a->e.params.weight);
		free(m);
	}
}

void test_wrap(void)
{
	static const u64 starts_vt[] = { 0 - 50000 * MS, (1ULL << 63) - 50000 * MS, 1ULL << 62 };
	unsigned int i, k;

	for (i = 0; i < 3; i++) {
		struct model *m = model_new(5 * MS, 50 * US);
		struct behaviour sleeper = { .run_ns = 100 * US, .sleep_ns = 5 * MS };

		m->q.svt_vt = starts_vt[i];
		m->last_svt_vt = starts_vt[i];
		model_add_weight(m, 1, spins);
		model_add_weight(m, 2, spins);
		model_add_weight(m, 1, sleeper);
		model_run(m, 1000 * MS);
		expect((s64)(bvt_svt(&m->q) - starts_vt[i]) > (s64)(100000 * MS),
		       "did not get there");
		expect(m->a[1].got_ns > 3 * m->a[0].got_ns / 2, "shares");

		/* Sleep until the others' A is 2^63 and more ahead: in ns, months. */
		bvt_block(&m->q, &m->a[2].e, m->now_ns);
		m->a[2].wake_at_ns = 0;
		m->now_ns += BVT_DEBT_NS;
		m->a[2].e.avt_vt = bvt_svt(&m->q) + (1ULL << 63) - 5;
		bvt_wake(&m->q, &m->a[2].e, m->now_ns);
		expect(m->a[2].e.avt_vt == bvt_svt(&m->q), "a debt survived");
		free(m);
	}

	/* One charge can not break the order either. */
	for (i = 0; i < NR_EXTREMES; i++) {
		struct model *m = model_new(5 * MS, 50 * US);

		model_add_weight(m, 1, spins);
		model_add_weight(m, 1, spins);
		bvt_pick(&m->q, m->now_ns);
		m->bounded = false;
		for (k = 0; k < 20; k++) {
			bvt_charge(&m->q, m->q.curr, extremes[i], m->now_ns);
			model_check(m);
		}
		free(m);
	}

	/* The first wake-up, soon after boot, on a queue that is far ahead. */
	for (i = 0; i < 3; i++) {
		struct model *m = model_new(5 * MS, 50 * US);

		m->now_ns = 1000 * MS;
		m->q.svt_vt = 3ULL << 62;
		expect(model_add_weight(m, 1 + i, spins)->e.avt_vt == 3ULL << 62, "A at first");
		free(m);
	}
}

void test_wake_rule(void)
{
	unsigned int round;

	for (round = 0; round < 2000; round++) {
		struct model *m = model_new(ktap_random_below(5 * MS), 1);
		struct actor *a = model_add_weight(m, 1 + ktap_random_below(1000), spins);
		u64 avt_vt, svt_vt;

		model_add_weight(m, 1 + ktap_random_below(1000), spins);
		model_run(m, ktap_random_below(20 * MS));
		bvt_block(&m->q, &a->e, m->now_ns);
		model_run(m, ktap_random_below(20 * MS));
		avt_vt = a->e.avt_vt;
		svt_vt = bvt_svt(&m->q);
		bvt_wake(&m->q, &a->e, m->now_ns);
		expect(a->e.avt_vt == ((s64)(avt_vt - svt_vt) > 0 ? avt_vt : svt_vt), "A on wake");
		model_check(m);

		/* A second wake-up changes nothing. */
		avt_vt = a->e.avt_vt;
		bvt_wake(&m->q, &a->e, m->now_ns + BVT_DEBT_NS);
		expect(a->e.avt_vt == avt_vt, "second wake-up");
		model_check(m);

		/* With nobody left, SVT is remembered. */
		svt_vt = bvt_svt(&m->q);
		bvt_block(&m->q, &m->a[0].e, m->now_ns);
		bvt_block(&m->q, &m->a[1].e, m->now_ns);
		expect(!m->q.nr_runnable && !bvt_pick(&m->q, m->now_ns), "queue not empty");
		expect((s64)(bvt_svt(&m->q) - svt_vt) >= 0, "SVT lost");
		free(m);
	}
}

static u64 runs, shortest_ns, dispatched_ns;

static void measure_run(struct model *m, struct actor *a)
{
	(void)a;
	if (runs++ && m->now_ns - dispatched_ns < shortest_ns)
		shortest_ns = m->now_ns - dispatched_ns;
	dispatched_ns = m->now_ns;
}

void test_allowance(void)
{
	struct model *m = model_new(7 * MS, 50 * US);
	struct actor *a;
	u64 slice_ns;

	model_add_weight(m, 100, spins);
	model_add_weight(m, 300, spins);
	model_add_weight(m, 700, spins);
	/* At first all have just woken. */
	model_run(m, 100 * MS);
	runs = 0;
	shortest_ns = BVT_FOREVER_NS;
	m->on_dispatch = measure_run;
	model_run(m, 3000 * MS);
	expect(runs > 100, "only %llu runs", (unsigned long long)runs);
	expect(shortest_ns >= 7 * MS, "a run of %llu us", (unsigned long long)(shortest_ns / US));

	/* One that wakes with E below does not wait for C. */
	a = model_add_weight(m, 100, spins);
	slice_ns = bvt_time_slice_ns(&m->q);
	expect(bvt_must_switch(&m->q) || slice_ns < 7 * MS, "woken, but waits");
	while (m->q.curr != &a->e && a->e.state == BVT_WAITING)
		model_run(m, 50 * US);
	expect(m->now_ns - a->ready_ns <= 7 * MS, "waited %llu us",
	       (unsigned long long)((m->now_ns - a->ready_ns) / US));
	free(m);
}

void test_slice_exact(void)
{
	unsigned int round, exact = 0;

	for (round = 0; round < 20000; round++) {
		struct model *m = round % 200 ? NULL : model_new(0, 1);
		static struct model *kept;
		struct bvt_entity *c;
		u64 slice_ns, slack_ns;

		if (m) {
			free(kept);
			kept = m;
			m->q.allowance_ns = ktap_random_below(10 * MS);
			model_add_weight(m, 1 + ktap_random_below(BVT_WEIGHT_MAX), spins);
			model_add_weight(m, 1 + ktap_random_below(BVT_WEIGHT_MAX), spins);
		}
		m = kept;
		c = bvt_pick(&m->q, m->now_ns);
		slice_ns = bvt_time_slice_ns(&m->q);
		slack_ns = 2 + c->params.weight / BVT_K;	/* one unit of vt, both roundings */
		if (slice_ns > slack_ns) {
			bvt_charge(&m->q, c, slice_ns - slack_ns, m->now_ns);
			expect(!bvt_must_switch(&m->q), "too late");
			bvt_charge(&m->q, c, slack_ns, m->now_ns);
			exact++;
		} else {
			bvt_charge(&m->q, c, slice_ns, m->now_ns);
		}
		expect(bvt_must_switch(&m->q), "nobody takes over after %llu ns",
		       (unsigned long long)slice_ns);
		if (round == 19999)
			free(kept);
	}
	expect(exact > 10000, "only %u tried", exact);
}

void test_warp(void)
{
	struct behaviour sleeper = { .run_ns = 1 * MS, .sleep_ns = 9 * MS };
	struct bvt_entity_params params = { .weight = 256, .warp = true, .warp_ns = 500 * MS };
	u64 wait_ns[2], got_ns[2];
	unsigned int i, k;

	for (k = 0; k < 2; k++) {
		struct model *m = model_new(5 * MS, 50 * US);

		params.warp = k;
		model_add(m, &params, sleeper);
		for (i = 0; i < 8; i++)
			model_add_weight(m, 256, spins);
		model_run(m, 1000 * MS);
		m->a[0].worst_wait_ns = 0;
		m->a[0].got_ns = 0;
		model_run(m, 5000 * MS);
		wait_ns[k] = m->a[0].worst_wait_ns;
		got_ns[k] = m->a[0].got_ns;
		free(m);
	}
	expect(wait_ns[1] == 0, "warped, waited %llu us", (unsigned long long)(wait_ns[1] / US));
	expect(wait_ns[0] > 0, "the load is no test");
	expect(got_ns[1] >= 499 * MS, "warped, got %llu ms", (unsigned long long)(got_ns[1] / MS));

	/* A spinner may borrow W once: in the long run it gets its share. */
	for (k = 0; k < 2; k++) {
		struct model *m = model_new(5 * MS, 50 * US);

		params.warp = true;
		params.warp_ns = 200 * MS;
		model_add(m, &params, spins);
		model_add_weight(m, 256, spins);
		model_run(m, (k + 1) * 4000 * MS);
		got_ns[k] = m->a[0].got_ns;
		free(m);
	}
	expect(got_ns[0] > 2000 * MS && got_ns[0] <= 2000 * MS + 110 * MS, "got %llu ms",
	       (unsigned long long)(got_ns[0] / MS));
	expect(got_ns[1] - got_ns[0] <= 2010 * MS, "borrowed again");
}

void test_warp_limit(void)
{
	struct bvt_entity_params params = {
		.weight = 256, .warp = true, .warp_ns = 10000 * MS,
		.limit_ns = 3 * MS, .rest_ns = 40 * MS,
	};
	struct model *m = model_new(1 * MS, 50 * US);
	struct actor *a = model_add(m, &params, spins);
	u64 stretch_ns, off_ns = 0, off_at_ns = 0;
	unsigned int i, stretches = 0;
	bool was = a->e.warped;

	model_add_weight(m, 256, spins);
	for (i = 0; i < 100000; i++) {
		stretch_ns = a->e.warped_ns;
		model_run(m, 10 * US);
		expect(a->e.warped_ns <= params.limit_ns, "a stretch of %llu us",
		       (unsigned long long)(a->e.warped_ns / US));
		if (was && !a->e.warped) {
			off_at_ns = m->now_ns;
			expect(params.limit_ns - stretch_ns <= 10 * US, "ended early");
		} else if (!was && a->e.warped) {
			off_ns = m->now_ns - off_at_ns;
			expect(off_ns >= params.rest_ns - 10 * US, "rested %llu us",
			       (unsigned long long)(off_ns / US));
			stretches++;
		}
		was = a->e.warped;
	}
	expect(stretches > 5, "only %u stretches", stretches);
	free(m);
}

void test_warp_sleep(void)
{
	struct bvt_entity_params params = {
		.weight = 256, .warp = true, .warp_ns = 1000 * MS,
		.limit_ns = 3 * MS, .rest_ns = 40 * MS,
	};
	struct model *m = model_new(1 * MS, 50 * US);
	struct actor *a = model_add(m, &params, spins);

	/* A nap shorter than U does not end a stretch, or L would mean nothing. */
	bvt_pick(&m->q, m->now_ns);
	m->now_ns += 2 * MS;
	bvt_charge(&m->q, &a->e, 2 * MS, m->now_ns);
	bvt_block(&m->q, &a->e, m->now_ns);
	m->now_ns += 39 * MS;
	bvt_wake(&m->q, &a->e, m->now_ns);
	expect(a->e.warped && a->e.warped_ns == 2 * MS, "nap");
	bvt_block(&m->q, &a->e, m->now_ns);
	m->now_ns += 40 * MS;
	bvt_wake(&m->q, &a->e, m->now_ns);
	expect(a->e.warped && !a->e.warped_ns, "sleep of U");

	/* Past L it is not warped; once U is over it is, when next put or picked. */
	bvt_pick(&m->q, m->now_ns);
	m->now_ns += 3 * MS;
	bvt_charge(&m->q, &a->e, 3 * MS, m->now_ns);
	expect(!a->e.warped, "past L");
	m->now_ns += 39 * MS;
	bvt_put(&m->q, m->now_ns);
	expect(!a->e.warped, "before U");
	bvt_pick(&m->q, m->now_ns);
	m->now_ns += 1 * MS;
	bvt_put(&m->q, m->now_ns);
	expect(a->e.warped, "after U, put");
	model_check(m);
	free(m);
}

/* A guest may do this whenever it likes. */
void test_warp_toggle(void)
{
	struct bvt_entity_params params = {
		.weight = 256, .warp = true, .warp_ns = 1000 * MS,
		.limit_ns = 3 * MS, .rest_ns = 40 * MS,
	};
	struct model *m = model_new(1 * MS, 50 * US);
	struct actor *a = model_add(m, &params, spins);
	u64 warped_ns = 0;
	unsigned int i;

	bvt_pick(&m->q, m->now_ns);
	for (i = 0; i < 39 * 4; i++) {
		if (a->e.warped)
			warped_ns += 250 * US;
		m->now_ns += 250 * US;
		bvt_charge(&m->q, &a->e, 250 * US, m->now_ns);
		params.warp = false;
		bvt_set_params(&m->q, &a->e, &params, m->now_ns);
		expect(!a->e.warped, "off");
		params.warp = true;
		bvt_set_params(&m->q, &a->e, &params, m->now_ns);
	}
	expect(warped_ns == params.limit_ns, "warped for %llu us within U",
	       (unsigned long long)(warped_ns / US));

	/* Off for U: a new stretch. */
	m->now_ns += 40 * MS;
	params.warp = false;
	bvt_set_params(&m->q, &a->e, &params, m->now_ns);
	m->now_ns += 40 * MS;
	params.warp = true;
	bvt_set_params(&m->q, &a->e, &params, m->now_ns);
	expect(a->e.warped && !a->e.warped_ns, "off for U");
	model_check(m);
	free(m);
}

void test_yield(void)
{
	struct model *m = model_new(5 * MS, 50 * US);
	struct actor *a = model_add_weight(m, 256, spins), *b = model_add_weight(m, 256, spins);
	unsigned int i;

	for (i = 0; i < 2000; i++) {
		struct bvt_entity *c = bvt_pick(&m->q, m->now_ns);

		bvt_charge(&m->q, c, 1 + ktap_random_below(1 * MS), m->now_ns);
		bvt_yield(&m->q);
		expect(bvt_must_switch(&m->q), "did not give way");
		expect(bvt_pick(&m->q, m->now_ns) != c, "came straight back");
		model_check(m);
	}
	expect(a->e.state != BVT_IDLE && b->e.state != BVT_IDLE, "lost");

	/* Alone, a yield costs nothing. */
	bvt_block(&m->q, m->q.curr, m->now_ns);
	bvt_pick(&m->q, m->now_ns);
	bvt_yield(&m->q);
	expect(!m->q.curr->yielded && bvt_pick(&m->q, m->now_ns), "alone");
	free(m);
}

void test_unit(void)
{
	struct model *m = model_new(0, 50 * US);
	struct actor *a = model_add_weight(m, 1024, spins);
	u64 before_vt = a->e.avt_vt;

	model_add_weight(m, 1024, spins);
	while (bvt_pick(&m->q, m->now_ns) != &a->e) {
		bvt_charge(&m->q, m->q.curr, 1 * US, m->now_ns);
		bvt_yield(&m->q);
	}
	bvt_charge(&m->q, &a->e, 1 * US, m->now_ns);
	bvt_block(&m->q, &a->e, m->now_ns);
	expect(a->e.avt_vt - before_vt == 50 * US, "charged %llu ns",
	       (unsigned long long)(a->e.avt_vt - before_vt));

	/* What is charged late, after it blocked, is not taken for its next run. */
	bvt_charge(&m->q, &a->e, 49 * US, m->now_ns);
	bvt_wake(&m->q, &a->e, m->now_ns);
	while (bvt_pick(&m->q, m->now_ns) != &a->e)
		bvt_charge(&m->q, m->q.curr, 100 * US, m->now_ns);
	before_vt = a->e.avt_vt;
	bvt_charge(&m->q, &a->e, 1 * US, m->now_ns);
	bvt_block(&m->q, &a->e, m->now_ns);
	expect(a->e.avt_vt - before_vt == 50 * US, "charged %llu ns after a late charge",
	       (unsigned long long)(a->e.avt_vt - before_vt));

	/* One that another has cut short pays what it used. */
	bvt_wake(&m->q, &a->e, m->now_ns);
	while (bvt_pick(&m->q, m->now_ns) != &a->e)
		bvt_charge(&m->q, m->q.curr, 100 * US, m->now_ns);
	before_vt = a->e.avt_vt;
	bvt_charge(&m->q, &a->e, 1 * US, m->now_ns);
	bvt_put(&m->q, m->now_ns);
	expect(a->e.avt_vt - before_vt == 1 * US, "charged %llu ns, cut short",
	       (unsigned long long)(a->e.avt_vt - before_vt));
	bvt_block(&m->q, &a->e, m->now_ns);

	/* One that did not run at all is not charged. */
	bvt_wake(&m->q, &a->e, m->now_ns);
	before_vt = a->e.avt_vt;
	bvt_block(&m->q, &a->e, m->now_ns);
	expect(a->e.avt_vt == before_vt, "charged for nothing");
	free(m);
}

void test_set_params(void)
{
	struct model *m = model_new(2 * MS, 50 * US);
	struct bvt_entity_params params = { .weight = 100 };
	struct actor *a = model_add(m, &params, spins);
	u64 a_ns;

	model_add_weight(m, 100, spins);
	model_run(m, 1000 * MS);
	params.weight = 300;
	bvt_set_params(&m->q, &a->e, &params, m->now_ns);
	a_ns = a->got_ns;
	model_run(m, 1000 * MS);
	a_ns = a->got_ns - a_ns;
	expect(a_ns > 740 * MS && a_ns < 760 * MS, "got %llu ms", (unsigned long long)(a_ns / MS));

	/* A limit below what has been used ends the stretch at once. */
	params = (struct bvt_entity_params){ .weight = 100, .warp = true, .warp_ns = 1000 * MS,
					     .limit_ns = 500 * MS };
	bvt_set_params(&m->q, &a->e, &params, m->now_ns);
	model_run(m, 100 * MS);
	expect(m->q.curr == &a->e && a->e.warped, "warped");
	params.limit_ns = 1 * MS;
	params.rest_ns = 1 * MS;
	bvt_set_params(&m->q, &a->e, &params, m->now_ns);
	expect(!a->e.warped && bvt_must_switch(&m->q), "still warped");

	params.weight = 0;
	expect(!bvt_params_valid(&params), "weight 0");
	params.weight = BVT_WEIGHT_MAX + 1;
	expect(!bvt_params_valid(&params), "weight too large");
	params.weight = BVT_WEIGHT_MAX;
	expect(bvt_params_valid(&params), "largest weight");
	params.rest_ns = BVT_PARAM_MAX_NS + 1;
	expect(!bvt_params_valid(&params), "U too large");
	free(m);
}
