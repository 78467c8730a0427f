// SPDX-License-Identifier: GPL-2.0-only
/*
 * bvt_model.c: drives a bvt_queue like a pCPU would, and checks it against the
 * rules in their slowest and plainest form.
 */
#include "bvt_model.h"

struct model *model_new(u64 allowance_ns, u64 unit_ns)
{
	struct model *m = calloc(1, sizeof(*m));

	if (!m)
		abort();
	bvt_queue_init(&m->q, allowance_ns, unit_ns);
	m->now_ns = ktap_random_below(1ULL << 50);
	m->check = true;
	m->bounded = true;
	return m;
}

static u64 amount(const struct behaviour *does, u64 ns)
{
	return does->jitter && ns ? 1 + ktap_random_below(2 * ns) : ns;
}

static void wake(struct model *m, struct actor *a)
{
	bvt_wake(&m->q, &a->e, m->now_ns);
	a->left_ns = amount(&a->does, a->does.run_ns);
	a->wake_at_ns = 0;
	a->ready_ns = m->now_ns;
}

struct actor *model_add(struct model *m, const struct bvt_entity_params *params,
			struct behaviour does)
{
	struct actor *a = &m->a[m->nr++];

	if (m->nr > MODEL_MAX || !bvt_params_valid(params))
		abort();
	a->does = does;
	bvt_entity_init(&a->e, params, NULL);
	wake(m, a);
	return a;
}

struct actor *model_add_weight(struct model *m, u32 weight, struct behaviour does)
{
	struct bvt_entity_params params = { .weight = weight };

	return model_add(m, &params, does);
}

static struct actor *actor_of(struct bvt_entity *e)
{
	return (struct actor *)((char *)e - offsetof(struct actor, e));
}

/* A heap is well-formed; returns its size. */
static unsigned int check_heap(const struct bvt_node *n, const struct bvt_node *parent)
{
	u32 left, right;

	if (!n)
		return 0;
	left = n->left ? n->left->dist : 0;
	right = n->right ? n->right->dist : 0;
	expect(n->parent == parent, "parent");
	expect(left >= right && n->dist == right + 1, "dist %u over %u and %u",
	       n->dist, left, right);
	if (parent)
		expect((s64)(parent->key_vt - n->key_vt) < 0 ||
		       (parent->key_vt == n->key_vt && parent->seq < n->seq), "order");
	return 1 + check_heap(n->left, n) + check_heap(n->right, n);
}

/* How far A may lead that of any other runnable entity, less W of neither. */
u64 model_bound_vt(const struct model *m, const struct actor *a)
{
	u64 grain_ns = m->q.allowance_ns + m->late_ns + 2 * m->q.unit_ns;

	return a->e.warp_vt + bvt_load_to_vt(grain_ns, a->e.params.weight * BVT_LOAD_ONE) + 2;
}

static void check_bound(struct model *m, u64 svt_vt)
{
	unsigned int i;

	/* SVT is some runnable entity's A, so this is the bound for all pairs. */
	for (i = 0; i < m->nr; i++) {
		struct actor *a = &m->a[i];

		if (a->e.state != BVT_IDLE)
			expect(a->e.avt_vt - svt_vt <= model_bound_vt(m, a),
			       "entity %u leads SVT by %llu, bound %llu", i,
			       (unsigned long long)(a->e.avt_vt - svt_vt),
			       (unsigned long long)model_bound_vt(m, a));
	}
}

void model_check(struct model *m)
{
	unsigned int i, runnable = 0, waiting[2] = { 0 }, woken[2] = { 0 };
	u64 svt_vt = bvt_svt(&m->q);
	bool seen = false;

	for (i = 0; i < m->nr; i++) {
		struct bvt_entity *e = &m->a[i].e;

		expect((e->state == BVT_CURRENT) == (m->q.curr == e), "curr");
		expect(e->carry < e->load, "carry");
		expect(!e->warped || e->params.warp, "warped against domain 0's will");
		if (e->state == BVT_IDLE)
			continue;
		runnable++;
		expect((s64)(e->avt_vt - svt_vt) >= 0, "entity %u lies behind SVT", i);
		seen |= e->avt_vt == svt_vt;
		if (e->state == BVT_WAITING) {
			waiting[e->warped] += !e->woken;
			woken[e->warped] += e->woken;
			expect(e->by_evt.key_vt == bvt_evt(e), "E of a queued entity moved");
			expect(!e->warped || e->by_avt.key_vt == e->avt_vt, "A of a queued entity moved");
		}
	}
	expect(!runnable || seen, "SVT is nobody's A");
	expect(runnable == m->q.nr_runnable, "%u runnable", runnable);
	for (i = 0; i < 2; i++) {
		expect(check_heap(m->q.waiting[i].root, NULL) == waiting[i], "waiting");
		expect(check_heap(m->q.woken[i].root, NULL) == woken[i], "woken");
	}
	expect(check_heap(m->q.warped.root, NULL) == waiting[1] + woken[1], "warped");
	expect((s64)(svt_vt - m->last_svt_vt) >= 0 || !m->last_svt_vt, "SVT went back");
	m->last_svt_vt = svt_vt;
	if (m->bounded)
		check_bound(m, svt_vt);
}

/* By the book: may @j take over from the current entity? */
static bool naive_takes_over(const struct model *m, const struct bvt_entity *j)
{
	const struct bvt_entity *i = m->q.curr;
	u64 allowance_vt = j->woken || i->yielded ? 0 :
		bvt_load_to_vt(m->q.allowance_ns, i->params.weight * BVT_LOAD_ONE);

	return (s64)(bvt_evt(j) - (bvt_evt(i) - allowance_vt)) <= 0;
}

static void pick(struct model *m)
{
	struct bvt_entity *old = m->q.curr, *e;
	bool switches = !old, least = true;
	unsigned int i;
	u64 evt_vt;

	for (i = 0; m->check && i < m->nr; i++)
		if (m->a[i].e.state == BVT_WAITING && old)
			switches |= naive_takes_over(m, &m->a[i].e);
	e = bvt_pick(&m->q, m->now_ns);
	if (e == old) {
		expect(!switches || !m->check || !e, "the current entity had to give way");
		return;
	}
	expect(switches || !m->check, "the current entity was dispatched away too early");
	m->switches++;
	actor_of(e)->dispatches++;
	if (old)
		actor_of(old)->ready_ns = m->now_ns;
	if (m->now_ns - actor_of(e)->ready_ns > actor_of(e)->worst_wait_ns)
		actor_of(e)->worst_wait_ns = m->now_ns - actor_of(e)->ready_ns;
	/* Warp may be turned on by the pick itself: compare with what E was. */
	evt_vt = bvt_evt(e);
	for (i = 0; m->check && i < m->nr; i++)
		if (m->a[i].e.state == BVT_WAITING && &m->a[i].e != old)
			least &= (s64)(evt_vt - bvt_evt(&m->a[i].e)) <= 0;
	expect(least, "not the least E was dispatched");
	if (m->on_dispatch)
		m->on_dispatch(m, actor_of(e));
}

static u64 next_wake(const struct model *m)
{
	u64 least = ~0ULL;
	unsigned int i;

	for (i = 0; i < m->nr; i++)
		if (m->a[i].wake_at_ns && m->a[i].wake_at_ns < least)
			least = m->a[i].wake_at_ns;
	return least;
}

static void charge(struct model *m, u64 ns)
{
	struct actor *a = m->q.curr ? actor_of(m->q.curr) : NULL;

	m->now_ns += ns;
	if (!a) {
		m->idle_ns += ns;
		return;
	}
	bvt_charge(&m->q, &a->e, ns, m->now_ns);
	a->got_ns += ns;
	if (a->does.run_ns)
		a->left_ns -= ns < a->left_ns ? ns : a->left_ns;
}

static void burst_over(struct model *m, struct actor *a)
{
	if (a->does.yields) {
		bvt_yield(&m->q);
		a->left_ns = amount(&a->does, a->does.run_ns);
		return;
	}
	bvt_block(&m->q, &a->e, m->now_ns);
	a->wake_at_ns = m->now_ns + amount(&a->does, a->does.sleep_ns);
}

static void wake_due(struct model *m)
{
	unsigned int i;

	for (i = 0; i < m->nr; i++)
		if (m->a[i].wake_at_ns && m->a[i].wake_at_ns <= m->now_ns)
			wake(m, &m->a[i]);
}

/* Run for @ns: from one thing that happens to the next. */
void model_run(struct model *m, u64 ns)
{
	u64 end_ns = m->now_ns + ns;

	while (m->now_ns < end_ns) {
		u64 step_ns = end_ns - m->now_ns, wake_ns = next_wake(m), slice_ns;
		struct actor *a;

		pick(m);
		a = m->q.curr ? actor_of(m->q.curr) : NULL;
		slice_ns = bvt_time_slice_ns(&m->q);
		if (slice_ns != BVT_FOREVER_NS && m->late_ns)
			slice_ns += ktap_random_below(m->late_ns);
		if (slice_ns < step_ns)
			step_ns = slice_ns;
		if (wake_ns != ~0ULL && wake_ns - m->now_ns < step_ns)
			step_ns = wake_ns - m->now_ns;
		if (a && a->does.run_ns && a->left_ns < step_ns)
			step_ns = a->left_ns;
		charge(m, step_ns);
		if (a && a->does.run_ns && !a->left_ns)
			burst_over(m, a);
		wake_due(m);
		if (m->check)
			model_check(m);
	}
}
