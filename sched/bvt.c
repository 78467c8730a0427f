// SPDX-License-Identifier: GPL-2.0-only
/*
 * bvt.c: Borrowed Virtual Time (Duda and Cheriton, SOSP 1999).
 */
#include "bvt.h"

/**
 * DOC: bvt
 *
 * Each entity has an actual virtual time A that advances by run time / weight.
 * The dispatched one is the one with the least effective virtual time
 * E = A - W (W only while it is warped).  While entity i runs, entity j takes
 * over when E_j <= E_i - C/w_i; when j has just woken, already at E_j <= E_i.
 * An entity that wakes gets A = max(A, SVT), where SVT, the scheduler virtual
 * time, is the least A of all that are runnable.
 *
 * So for any two runnable entities, A_i - A_j <= W_i + (C + G) / w_i, where G
 * is how late the caller asks bvt_pick() after bvt_time_slice_ns() ran out, or
 * the unit if that is more.
 *
 * Called by sched/sched.c under the run queue's lock, and by the unit tests.
 * It must not sleep, lock, allocate, recurse, or include a kernel header.
 */

static struct bvt_entity *entity_of_evt(const struct bvt_node *n)
{
	return n ? (struct bvt_entity *)((char *)n - offsetof(struct bvt_entity, by_evt)) : NULL;
}

static struct bvt_entity *entity_of_avt(const struct bvt_node *n)
{
	return n ? (struct bvt_entity *)((char *)n - offsetof(struct bvt_entity, by_avt)) : NULL;
}

static struct bvt_node *lesser(struct bvt_node *a, struct bvt_node *b)
{
	if (!a || !b)
		return a ? a : b;
	return bvt_node_before(b, a) ? b : a;
}

/* ---- arithmetic ---- */

/* a * b / c and the remainder, where b and c are below 2^32; saturates at @max. */
static u64 mul_div(u64 a, u32 b, u32 c, u32 *rem, u64 max)
{
	u64 whole = a / c, part = (a % c) * b + *rem;

	*rem = (u32)(part % c);
	part /= c;
	if (part > max || whole > (max - part) / b)
		return max;
	return whole * b + part;
}

/**
 * bvt_load_to_vt() - how far a run moves what counts as that load
 * @ns: real time, any value
 * @load: see struct bvt_entity; not 0
 *
 * Return: virtual time, rounded down, at most BVT_SPREAD_VT.
 */
u64 bvt_load_to_vt(u64 ns, u32 load)
{
	u32 rem = 0;

	return mul_div(ns, BVT_K * BVT_LOAD_ONE, load, &rem, BVT_SPREAD_VT);
}

/**
 * bvt_load_to_ns() - how long it must run to move that far
 * @vt: virtual time, any value
 * @load: see struct bvt_entity
 *
 * Return: real time, rounded up, at most BVT_FOREVER_NS.
 */
u64 bvt_load_to_ns(u64 vt, u32 load)
{
	u32 rem = 0;
	u64 ns = mul_div(vt, load, BVT_K * BVT_LOAD_ONE, &rem, BVT_FOREVER_NS);

	return rem && ns != BVT_FOREVER_NS ? ns + 1 : ns;
}

/* bvt_load_to_vt() and bvt_load_to_ns() for what counts now. */
u64 bvt_run_to_vt(const struct bvt_entity *e, u64 ns)
{
	return bvt_load_to_vt(ns, e->load);
}

u64 bvt_vt_to_run(const struct bvt_entity *e, u64 vt)
{
	return bvt_load_to_ns(vt, e->load);
}

/**
 * bvt_params_valid() - can these values do no harm?
 * @params: as domain 0 gave them
 *
 * Return: false when one is out of its range.
 */
bool bvt_params_valid(const struct bvt_entity_params *params)
{
	return params->weight >= BVT_WEIGHT_MIN && params->weight <= BVT_WEIGHT_MAX &&
	       params->warp_ns <= BVT_PARAM_MAX_NS && params->limit_ns <= BVT_PARAM_MAX_NS &&
	       params->rest_ns <= BVT_PARAM_MAX_NS;
}

/**
 * bvt_evt() - an entity's effective virtual time E
 * @e: the entity
 *
 * Return: A, less W while it is warped.
 */
u64 bvt_evt(const struct bvt_entity *e)
{
	return e->warped ? e->avt_vt - e->warp_vt : e->avt_vt;
}

/**
 * bvt_least() - who waits with the least A
 * @q: the queue
 *
 * Return: the entity; NULL: none waits.
 */
struct bvt_entity *bvt_least(const struct bvt_queue *q)
{
	struct bvt_entity *plain = entity_of_evt(lesser(q->waiting[0].root, q->woken[0].root));
	struct bvt_entity *warped = entity_of_avt(q->warped.root);

	if (!plain || !warped)
		return plain ? plain : warped;
	return (s64)(warped->avt_vt - plain->avt_vt) < 0 ? warped : plain;
}

/**
 * bvt_svt() - the scheduler virtual time
 * @q: the queue
 *
 * Return: the least A of the runnable entities; with none, what it was last.
 */
u64 bvt_svt(const struct bvt_queue *q)
{
	const struct bvt_entity *least = bvt_least(q), *curr = q->curr;

	if (!least)
		return curr ? curr->avt_vt : q->svt_vt;
	return curr && (s64)(curr->avt_vt - least->avt_vt) < 0 ? curr->avt_vt : least->avt_vt;
}

/* ---- the queue ---- */

/* Its place while it waits; so neither flag may change then. */
static struct bvt_heap *heap_of(struct bvt_queue *q, const struct bvt_entity *e)
{
	return &(e->woken ? q->woken : q->waiting)[e->warped];
}

/**
 * bvt_insert() - put an entity into the queue's heaps; it is waiting then
 * @q: the queue
 * @e: in no heap
 */
void bvt_insert(struct bvt_queue *q, struct bvt_entity *e)
{
	u64 seq = q->seq++;

	bvt_heap_insert(heap_of(q, e), &e->by_evt, bvt_evt(e), seq);
	if (e->warped)
		bvt_heap_insert(&q->warped, &e->by_avt, e->avt_vt, seq);
	e->state = BVT_WAITING;
}

/**
 * bvt_remove() - take an entity out of the queue's heaps
 * @q: the queue
 * @e: waiting; its state is the caller's to change
 */
void bvt_remove(struct bvt_queue *q, struct bvt_entity *e)
{
	bvt_heap_remove(heap_of(q, e), &e->by_evt);
	if (e->warped)
		bvt_heap_remove(&q->warped, &e->by_avt);
}

/*
 * The weight that counts: shared with those of the group that are runnable, and
 * no more than one pCPU can serve.  Entities that wait are not told when that
 * changes: it matters when they run.
 */
static void set_load(struct bvt_queue *q, struct bvt_entity *e)
{
	u32 n = e->group ? __atomic_load_n(&e->group->runnable, __ATOMIC_RELAXED) : 1;
	u32 load = e->params.weight * BVT_LOAD_ONE / (n ? n : 1);

	if (load > q->cap_load)
		load = q->cap_load;
	if (!load)
		load = 1;
	if (load == e->load)
		return;
	e->load = load;
	e->carry = 0;
	e->warp_vt = bvt_run_to_vt(e, e->params.warp_ns);
}

/* @diff: 1 or -1 */
static void count_runnable(struct bvt_queue *q, struct bvt_entity *e, int diff)
{
	q->nr_runnable += diff;
	if (e->group)
		__atomic_fetch_add(&e->group->runnable, diff, __ATOMIC_RELAXED);
}

/* Warp it if domain 0 wants that and the last stretch is U ago. */
static void try_warp(struct bvt_entity *e, u64 now_ns)
{
	if (e->params.warp && !e->warped && now_ns >= e->rest_until_ns) {
		/* Turned off and on again is the same stretch, unless that was U ago. */
		if (now_ns - e->unwarped_ns >= e->params.rest_ns)
			e->warped_ns = 0;
		e->warped = !e->params.limit_ns || e->warped_ns < e->params.limit_ns;
	}
}

static void end_warp(struct bvt_entity *e, u64 now_ns)
{
	e->warped = false;
	e->unwarped_ns = now_ns;
}

/* No longer warped if it has run for L. */
static void end_stretch(struct bvt_entity *e, u64 now_ns)
{
	if (e->warped && e->params.limit_ns && e->warped_ns >= e->params.limit_ns) {
		end_warp(e, now_ns);
		e->rest_until_ns = now_ns + e->params.rest_ns;
	}
}

/**
 * bvt_queue_init() - an empty queue
 * @q: the queue
 * @allowance_ns: C
 * @unit_ns: least charge and least slice; not 0, or slices of 0 may follow
 */
void bvt_queue_init(struct bvt_queue *q, u64 allowance_ns, u64 unit_ns)
{
	*q = (struct bvt_queue){ .allowance_ns = allowance_ns, .unit_ns = unit_ns,
				  .cap_load = BVT_LOAD_MAX };
}

/**
 * bvt_entity_init() - an entity that is not runnable yet
 * @e: the entity
 * @params: valid parameters
 * @group: those it shares its weight with, all of the same weight; or NULL
 *
 * Its virtual time is that of the first queue on which it wakes.
 */
void bvt_entity_init(struct bvt_entity *e, const struct bvt_entity_params *params,
		     struct bvt_group *group)
{
	*e = (struct bvt_entity){ .params = *params, .state = BVT_IDLE };
	e->group = group;
	e->load = params->weight * BVT_LOAD_ONE;
	e->blocked_ns = 0 - BVT_DEBT_NS;
	e->warp_vt = bvt_run_to_vt(e, params->warp_ns);
}

/**
 * bvt_set_params() - change weight and warp, at any moment
 * @q: the queue of @e
 * @e: any entity; if it is running, charge it first
 * @params: valid parameters
 * @now_ns: real time
 *
 * A stays as it is: what was used was used at the old weight.
 */
void bvt_set_params(struct bvt_queue *q, struct bvt_entity *e,
		    const struct bvt_entity_params *params, u64 now_ns)
{
	bool waiting = e->state == BVT_WAITING;

	if (waiting)
		bvt_remove(q, e);
	e->params = *params;
	set_load(q, e);
	e->warp_vt = bvt_run_to_vt(e, params->warp_ns);
	if (!params->warp && e->warped)
		end_warp(e, now_ns);
	try_warp(e, now_ns);
	end_stretch(e, now_ns);
	if (waiting)
		bvt_insert(q, e);
}

/**
 * bvt_wake() - an idle entity becomes runnable
 * @q: its queue; charge the current entity first
 * @e: the entity; no effect unless it is idle
 * @now_ns: real time
 *
 * Ask bvt_must_switch() afterwards.
 */
void bvt_wake(struct bvt_queue *q, struct bvt_entity *e, u64 now_ns)
{
	bvt_wake_at(q, e, now_ns, bvt_svt(q));
}

/**
 * bvt_wake_at() - bvt_wake() where the queue is one of several
 * @q: its queue; charge the current entity first
 * @e: the entity; no effect unless it is idle
 * @now_ns: real time
 * @svt_vt: the least A that is runnable in any of them
 */
void bvt_wake_at(struct bvt_queue *q, struct bvt_entity *e, u64 now_ns, u64 svt_vt)
{
	u64 slept_ns = now_ns - e->blocked_ns;

	if (e->state != BVT_IDLE)
		return;
	/* After a long sleep the difference may have wrapped: no debt is that old. */
	if (slept_ns >= BVT_DEBT_NS || (s64)(e->avt_vt - svt_vt) < 0)
		e->avt_vt = svt_vt;
	if (e->warped && slept_ns >= e->params.rest_ns)
		e->warped_ns = 0;
	count_runnable(q, e, 1);
	e->woken = true;
	e->yielded = false;
	e->state = BVT_WAITING;
	set_load(q, e);
	try_warp(e, now_ns);
	bvt_insert(q, e);
}

static void advance(struct bvt_queue *q, struct bvt_entity *e, u64 ran_ns)
{
	u64 lead_vt = e->avt_vt - bvt_svt(q);
	u64 step_vt = mul_div(ran_ns, BVT_K * BVT_LOAD_ONE, e->load, &e->carry, BVT_SPREAD_VT);

	/* An idle one may lie behind SVT: nothing limits it. */
	if ((s64)lead_vt < 0)
		lead_vt = 0;
	if (step_vt > BVT_SPREAD_VT - lead_vt)
		step_vt = lead_vt < BVT_SPREAD_VT ? BVT_SPREAD_VT - lead_vt : 0;
	e->avt_vt += step_vt;
}

/**
 * bvt_charge() - an entity has run
 * @q: its queue
 * @e: the entity, usually the current one; the last bit of a run may also be
 *     charged after it blocked or even woke again
 * @ran_ns: since it was charged last
 * @now_ns: real time
 */
void bvt_charge(struct bvt_queue *q, struct bvt_entity *e, u64 ran_ns, u64 now_ns)
{
	bool waiting = e->state == BVT_WAITING;

	if (!ran_ns)
		return;
	advance(q, e, ran_ns);	/* before the removal: SVT counts it */
	if (waiting)
		bvt_remove(q, e);
	set_load(q, e);
	e->ran_ns += ran_ns;
	if (e->warped)
		e->warped_ns += ran_ns;
	end_stretch(e, now_ns);
	if (waiting)
		bvt_insert(q, e);
}

/*
 * A dispatch that ended of its own will costs the unit at least, since it cost
 * others two switches; one that was cut short by another does not.
 */
static void charge_unit(struct bvt_queue *q, struct bvt_entity *e)
{
	if (e->ran_ns && e->ran_ns < q->unit_ns) {
		advance(q, e, q->unit_ns - e->ran_ns);
		e->ran_ns = q->unit_ns;
	}
}

/**
 * bvt_block() - an entity is no longer runnable
 * @q: its queue
 * @e: the entity, charged up to now; no effect if it is idle
 * @now_ns: real time
 */
void bvt_block(struct bvt_queue *q, struct bvt_entity *e, u64 now_ns)
{
	if (e->state == BVT_IDLE)
		return;
	if (e->state == BVT_CURRENT) {
		charge_unit(q, e);
		/* SVT may have to outlive the last runnable entity. */
		q->svt_vt = bvt_svt(q);
		q->curr = NULL;
	} else {
		q->svt_vt = bvt_svt(q);
		bvt_remove(q, e);
	}
	count_runnable(q, e, -1);
	e->state = BVT_IDLE;
	e->woken = false;
	e->blocked_ns = now_ns;
}

/* By E: of those that C holds back, of those that woke, of both. */
static struct bvt_node *first_waiting(const struct bvt_queue *q)
{
	return lesser(q->waiting[0].root, q->waiting[1].root);
}

static struct bvt_node *first_woken(const struct bvt_queue *q)
{
	return lesser(q->woken[0].root, q->woken[1].root);
}

static struct bvt_node *first(const struct bvt_queue *q)
{
	return lesser(first_waiting(q), first_woken(q));
}

/**
 * bvt_yield() - the current entity gives way to the next
 * @q: the queue; the current entity charged up to now
 *
 * It moves up to the least E of the others, at its own expense: were its A to
 * stay behind, SVT would stay with it and whoever woke would get that lead.
 */
void bvt_yield(struct bvt_queue *q)
{
	struct bvt_node *next = first(q);
	s64 lag_vt;

	if (!q->curr || !next)
		return;
	charge_unit(q, q->curr);
	lag_vt = (s64)(next->key_vt - bvt_evt(q->curr));
	if (lag_vt > 0)
		q->curr->avt_vt += (u64)lag_vt;
	q->curr->yielded = true;
}

/* E that one in @q->waiting needs to take over from the current entity. */
static u64 takeover_vt(const struct bvt_queue *q)
{
	const struct bvt_entity *c = q->curr;

	return bvt_evt(c) - (c->yielded ? 0 : bvt_run_to_vt(c, q->allowance_ns));
}

/**
 * bvt_must_switch() - must the current entity make place?
 * @q: the queue; the current entity charged up to now
 *
 * Return: true when bvt_pick() would dispatch another one.
 */
bool bvt_must_switch(const struct bvt_queue *q)
{
	const struct bvt_node *n = first_waiting(q), *w = first_woken(q);

	if (!q->curr)
		return n || w;
	if (w && (s64)(w->key_vt - bvt_evt(q->curr)) <= 0)
		return true;
	return n && (s64)(n->key_vt - takeover_vt(q)) <= 0;
}

/**
 * bvt_put() - the current entity is not dispatched any more, but runnable
 * @q: the queue
 * @now_ns: real time
 */
void bvt_put(struct bvt_queue *q, u64 now_ns)
{
	struct bvt_entity *e = q->curr;

	if (!e)
		return;
	try_warp(e, now_ns);
	e->yielded = false;
	bvt_insert(q, e);
	q->curr = NULL;
}

/**
 * bvt_pick() - decide who runs
 * @q: the queue; the current entity charged up to now
 * @now_ns: real time
 *
 * Return: the entity to run, which is now the current one; NULL: none is runnable.
 */
struct bvt_entity *bvt_pick(struct bvt_queue *q, u64 now_ns)
{
	struct bvt_entity *next;

	if (q->curr && !bvt_must_switch(q)) {
		q->curr->yielded = false;
		try_warp(q->curr, now_ns);
		return q->curr;
	}
	next = entity_of_evt(first(q));
	if (!next)
		return NULL;
	bvt_remove(q, next);
	set_load(q, next);
	bvt_put(q, now_ns);
	next->woken = false;
	next->ran_ns = 0;
	next->state = BVT_CURRENT;
	q->curr = next;
	return next;
}

/**
 * bvt_time_slice_ns() - how long the current entity may run undisturbed
 * @q: the queue; the current entity charged up to now
 *
 * Exact, but for the 64 ns that are one unit of virtual time at the largest
 * weight: when it has run that long, and nothing else changed, bvt_must_switch()
 * is true or its stretch of warp is over.  The queue's unit is the least.
 *
 * Return: ns of running; BVT_FOREVER_NS: nobody waits and no limit counts.
 */
u64 bvt_time_slice_ns(const struct bvt_queue *q)
{
	const struct bvt_node *n = first_waiting(q), *w = first_woken(q);
	const struct bvt_entity *c = q->curr;
	u64 slice_ns = BVT_FOREVER_NS, ns;
	s64 gap_vt, left_ns;

	if (!c || (!n && !w))
		return BVT_FOREVER_NS;
	if (w) {
		gap_vt = (s64)(w->key_vt - bvt_evt(c));
		slice_ns = gap_vt > 0 ? bvt_vt_to_run(c, (u64)gap_vt) : 0;
	}
	if (n) {
		gap_vt = (s64)(n->key_vt - takeover_vt(q));
		ns = gap_vt > 0 ? bvt_vt_to_run(c, (u64)gap_vt) : 0;
		if (ns < slice_ns)
			slice_ns = ns;
	}
	if (c->warped && c->params.limit_ns) {
		left_ns = (s64)(c->params.limit_ns - c->warped_ns);
		ns = left_ns > 0 ? (u64)left_ns : 0;
		if (ns < slice_ns)
			slice_ns = ns;
	}
	return slice_ns < q->unit_ns ? q->unit_ns : slice_ns;
}
