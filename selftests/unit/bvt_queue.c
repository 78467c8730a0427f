// SPDX-License-Identifier: GPL-2.0-only
/*
 * bvt_queue.c: the queue of sched/bvt.c: order, migration, random calls.
 */
#include "bvt_model.h"

static const struct behaviour spins;

/* The load of the one whose A is SVT. */
static u32 least_load(const struct bvt_queue *q)
{
	struct bvt_view view;

	bvt_publish(q, &view, 0);
	return view.svt_load;
}

void test_migrate(void)
{
	unsigned int round;

	for (round = 0; round < 500; round++) {
		struct model *from = model_new(5 * MS, 50 * US), *to = model_new(5 * MS, 50 * US);
		unsigned int i, left = 0;
		s64 lead_vt, was_vt, reach_vt;
		u64 svt_vt;
		u32 least;
		bool woken;

		to->q.svt_vt = ktap_random();
		to->last_svt_vt = to->q.svt_vt;
		for (i = 0; i < 8; i++) {
			model_add_weight(from, 1 + ktap_random_below(1000), spins);
			if (ktap_random_below(2))
				model_add_weight(to, 1 + ktap_random_below(1000), spins);
		}
		model_run(from, ktap_random_below(100 * MS));
		model_run(to, ktap_random_below(100 * MS));
		bvt_put(&from->q, from->now_ns);
		for (i = 0; i < 8; i++) {
			struct bvt_entity *e = &from->a[i].e;

			if (ktap_random_below(4) == 0)
				bvt_block(&from->q, e, from->now_ns);
			left += e->state == BVT_WAITING;
			woken = e->woken;
			if (ktap_random_below(16) == 0 && e->state == BVT_IDLE)
				e->avt_vt += 3ULL << 61;	/* wrapped in a long sleep */
			svt_vt = bvt_svt(&to->q);
			was_vt = (s64)(e->avt_vt - svt_vt);
			least = to->q.nr_runnable ? least_load(&to->q) : 0;
			bvt_migrate(&from->q, &to->q, e);
			lead_vt = (s64)(e->avt_vt - svt_vt);
			expect(least || lead_vt == was_vt, "changed without need");
			if (!least)
				continue;
			reach_vt = (s64)(bvt_run_to_vt(e, BVT_CARRY_NS) +
					 bvt_load_to_vt(BVT_CARRY_NS, least));
			if (was_vt < -reach_vt)
				was_vt = -reach_vt;
			if (was_vt > reach_vt)
				was_vt = reach_vt;
			expect(lead_vt == was_vt, "neither as before nor at the bound");
			expect(e->woken == woken, "woken");
		}
		expect(!from->q.nr_runnable && !bvt_least(&from->q), "something stayed");
		expect(to->q.nr_runnable == to->nr + left, "%u arrived", to->q.nr_runnable);
		while (to->q.nr_runnable) {
			struct bvt_entity *e = bvt_pick(&to->q, to->now_ns);

			expect(e && e->state == BVT_CURRENT, "pick");
			bvt_block(&to->q, e, to->now_ns);
		}
		expect(!bvt_least(&to->q) && !to->q.waiting[1].root && !to->q.woken[1].root, "leftovers");
		free(from);
		free(to);
	}
}

static int by_key(const void *a, const void *b)
{
	const struct actor *x = *(struct actor *const *)a, *y = *(struct actor *const *)b;
	s64 diff = (s64)(x->e.avt_vt - y->e.avt_vt);

	if (!diff)
		diff = (s64)(x->e.by_evt.seq - y->e.by_evt.seq);
	return diff < 0 ? -1 : diff > 0;
}

static u32 spine(const struct bvt_node *n)
{
	return n ? 1 + spine(n->right) : 0;
}

void test_queue_order(void)
{
	unsigned int round, i, n;

	for (round = 0; round < 20; round++) {
		struct model *m = model_new(0, 1);
		struct actor **sorted = calloc(MODEL_MAX, sizeof(*sorted));

		for (i = 0; i < MODEL_MAX; i++) {
			struct actor *a = model_add_weight(m, 1, spins);

			/* Many equal keys, and both signs of the difference. */
			bvt_charge(&m->q, &a->e, ktap_random_below(round % 2 ? 50 : 1 << 30),
				   m->now_ns);
		}
		for (i = 0, n = 0; i < MODEL_MAX; i++) {
			if (ktap_random_below(3))
				sorted[n++] = &m->a[i];
			else
				bvt_block(&m->q, &m->a[i].e, m->now_ns);
		}
		expect(spine(m->q.woken[0].root) <= 12, "right spine of %u", spine(m->q.woken[0].root));
		qsort(sorted, n, sizeof(*sorted), by_key);
		for (i = 0; i < n; i++) {
			struct bvt_entity *e = bvt_pick(&m->q, m->now_ns);

			expect(e == &sorted[i]->e, "place %u", i);
			bvt_block(&m->q, e, m->now_ns);
		}
		expect(!bvt_pick(&m->q, m->now_ns), "more than were put in");
		free(sorted);
		free(m);
	}
}

static void random_call(struct model *m)
{
	struct actor *a = &m->a[ktap_random_below(m->nr)];
	struct bvt_entity_params params = a->e.params;

	m->now_ns += ktap_random_below(1 * MS);
	switch (ktap_random_below(9)) {
	case 0:
	case 1:
		bvt_wake(&m->q, &a->e, m->now_ns);
		break;
	case 2:
		bvt_block(&m->q, &a->e, m->now_ns);
		break;
	case 3:
		bvt_charge(&m->q, &a->e, ktap_random_below(1 * MS), m->now_ns);
		break;
	case 4:
		bvt_yield(&m->q);
		break;
	case 5:
		bvt_put(&m->q, m->now_ns);
		break;
	case 6:
		params.weight = 1 + ktap_random_below(BVT_WEIGHT_MAX);
		params.warp = ktap_random_below(2);
		params.warp_ns = ktap_random_below(10 * MS);
		params.limit_ns = ktap_random_below(5 * MS);
		params.rest_ns = ktap_random_below(50 * MS);
		bvt_set_params(&m->q, &a->e, &params, m->now_ns);
		break;
	default:
		if (bvt_pick(&m->q, m->now_ns))
			bvt_charge(&m->q, m->q.curr, bvt_time_slice_ns(&m->q) % (20 * MS),
				   m->now_ns);
		break;
	}
}

void test_random_calls(void)
{
	unsigned int round, i;

	for (round = 0; round < 40 && !ktap_failures; round++) {
		struct model *m = model_new(ktap_random_below(5 * MS),
					    1 + ktap_random_below(50 * US));

		m->bounded = false;	/* entities are charged that were not dispatched */
		for (i = 0; i < 1 + round; i++)
			model_add_weight(m, 1 + ktap_random_below(1000), spins);
		for (i = 0; i < 5000 && !ktap_failures; i++) {
			bool must;

			random_call(m);
			model_check(m);
			must = bvt_must_switch(&m->q);
			if (must && m->q.curr)
				expect(bvt_time_slice_ns(&m->q) == m->q.unit_ns, "slice left");
		}
		free(m);
	}
}
