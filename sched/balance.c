// SPDX-License-Identifier: GPL-2.0-only
/*
 * balance.c: fair shares across run queues.
 */
#include "bvt.h"

/**
 * DOC: balance
 *
 * Within one queue BVT keeps virtual times together.  Between queues nothing
 * does, but they are on one scale, so fairness between pCPUs is the same rule
 * with a larger allowance: a pCPU that picks takes the entity with the least A
 * of all that wait anywhere, if that one would have to run BVT_LAG_NS to catch up
 * with the SVT of what is here.  It takes its lag along, and is run at once.  So
 * all pCPUs together behave as one queue would, but for that allowance.
 *
 * Two things make it fair where weights cannot be honoured to the letter: the
 * vCPUs of a domain share its weight (struct bvt_group), and no entity counts as
 * more than one pCPU can serve (bvt_cap_load()).
 *
 * Where affinities keep entities from moving, queues drift apart for as long as
 * that lasts.  Therefore who comes to a queue, from another one or from sleep, is
 * brought within reach of it: BVT_CARRY_NS of its own running, and as much of the
 * one there that is least ahead.  Whatever rounds and allowances do is far below.
 *
 * Knows no kernel.  spread.c and the unit tests call this: with both queues
 * locked; what takes a struct bvt_view needs no lock.
 */

#define PUBLISH(field, value)	__atomic_store_n(&(field), value, __ATOMIC_RELAXED)
#define PUBLISHED(field)	__atomic_load_n(&(field), __ATOMIC_RELAXED)

/* A part of a heap yet to be looked at. */
struct part {
	const struct bvt_node *root;
	bool by_evt;
};

static struct bvt_entity *entity_of(const struct part *p)
{
	return (struct bvt_entity *)((char *)p->root - (p->by_evt ?
		offsetof(struct bvt_entity, by_evt) : offsetof(struct bvt_entity, by_avt)));
}

static unsigned int add_part(struct part *parts, unsigned int nr, const struct bvt_node *root,
			     bool by_evt)
{
	if (root && nr < BVT_SCAN)
		parts[nr++] = (struct part){ root, by_evt };
	return nr;
}

/* The least A of the BVT_SCAN first in heap order; no key is more than A. */
static struct bvt_entity *least_in(struct part *parts, unsigned int nr,
				   bvt_may_move_fn may_move, void *data)
{
	struct bvt_entity *best = NULL, *e;
	unsigned int i;

	for (i = 0; i < nr; i++) {
		if (best && (s64)(best->avt_vt - parts[i].root->key_vt) <= 0)
			continue;
		e = entity_of(&parts[i]);
		if (may_move(e, data) && (!best || (s64)(best->avt_vt - e->avt_vt) > 0))
			best = e;
		nr = add_part(parts, nr, parts[i].root->left, parts[i].by_evt);
		nr = add_part(parts, nr, parts[i].root->right, parts[i].by_evt);
	}
	return best;
}

/**
 * bvt_least_waiting() - who waits in a queue and should run on an idle pCPU
 * @q: the queue
 * @may_move: may this entity? (affinity)
 * @data: for @may_move
 */
struct bvt_entity *bvt_least_waiting(const struct bvt_queue *q, bvt_may_move_fn may_move,
				     void *data)
{
	struct part parts[BVT_SCAN];
	unsigned int nr = 0;

	/* A is E where nobody is warped. */
	nr = add_part(parts, nr, q->waiting[0].root, true);
	nr = add_part(parts, nr, q->woken[0].root, true);
	nr = add_part(parts, nr, q->warped.root, false);
	return least_in(parts, nr, may_move, data);
}

/**
 * bvt_most_lagging() - who waits in a queue and may have to be taken elsewhere
 * @q: the queue
 * @may_move: may this entity? (affinity)
 * @data: for @may_move
 *
 * Not one that has just woken.  It comes with a low A and has its turn next; were
 * it counted, those that come and go would hide those that lag.
 */
struct bvt_entity *bvt_most_lagging(const struct bvt_queue *q, bvt_may_move_fn may_move,
				    void *data)
{
	struct part parts[BVT_SCAN];
	unsigned int nr = 0;

	nr = add_part(parts, nr, q->waiting[0].root, true);
	nr = add_part(parts, nr, q->waiting[1].root, true);
	return least_in(parts, nr, may_move, data);
}

/* The one whose A is SVT; somebody is runnable. */
static const struct bvt_entity *least_avt(const struct bvt_queue *q)
{
	const struct bvt_entity *least = bvt_least(q);

	if (least && (!q->curr || (s64)(least->avt_vt - q->curr->avt_vt) < 0))
		return least;
	return q->curr;
}

/* As bvt_most_lagging(), but without a look at all that are warped. */
static const struct bvt_entity *first_lagging(const struct bvt_queue *q)
{
	const struct part plain = { q->waiting[0].root, true };
	const struct part warped = { q->waiting[1].root, true };

	if (!plain.root || !warped.root)
		return plain.root || warped.root ? entity_of(plain.root ? &plain : &warped) : NULL;
	return (s64)(entity_of(&warped)->avt_vt - plain.root->key_vt) < 0 ?
	       entity_of(&warped) : entity_of(&plain);
}

/**
 * bvt_publish() - say what other pCPUs may want to know of a queue
 * @q: the queue, charged up to now
 * @view: read by others without a lock; 64-bit fields are whole, but not all of
 *        the same moment, so it is a hint
 * @now_ns: real time
 */
void bvt_publish(const struct bvt_queue *q, struct bvt_view *view, u64 now_ns)
{
	const struct bvt_entity *least = first_lagging(q), *curr = q->curr;

	PUBLISH(view->svt_vt, bvt_svt(q));
	PUBLISH(view->svt_load, q->nr_runnable ? least_avt(q)->load : 1);
	PUBLISH(view->nr_runnable, q->nr_runnable);
	PUBLISH(view->nr_waiting, q->nr_runnable - (curr ? 1 : 0));
	PUBLISH(view->waiting_vt, least ? least->avt_vt : 0);
	PUBLISH(view->waiting_load, least ? least->load : 0);
	PUBLISH(view->curr_vt, curr ? curr->avt_vt : 0);
	PUBLISH(view->curr_load, curr ? curr->load : 0);
	PUBLISH(view->curr_ns, now_ns);
}

/* @load of 0: there is nobody */
static bool lags(u64 avt_vt, u32 load, u64 behind_vt, u64 ns)
{
	s64 lag_vt = (s64)(behind_vt - avt_vt);

	return load && lag_vt > 0 && bvt_load_to_ns((u64)lag_vt, load) >= ns;
}

/**
 * bvt_may_lag() - could somebody who waits there be taken here?
 * @view: of the other queue
 * @here: of this one
 *
 * Return: false: no, as far as one can see from here.
 */
bool bvt_may_lag(const struct bvt_view *view, const struct bvt_view *here)
{
	if (!PUBLISHED(here->nr_runnable))
		return PUBLISHED(view->nr_waiting);
	return lags(PUBLISHED(view->waiting_vt), PUBLISHED(view->waiting_load),
		    PUBLISHED(here->svt_vt), BVT_LAG_NS);
}

/**
 * bvt_lags() - should this one be taken?
 * @to: the queue that could take it
 * @e: it waits in another queue
 */
bool bvt_lags(const struct bvt_queue *to, const struct bvt_entity *e)
{
	return !to->nr_runnable || lags(e->avt_vt, e->load, bvt_svt(to), BVT_LAG_NS);
}

/**
 * bvt_may_be_ahead() - could the one that runs there have to make place?
 * @view: of the other queue
 * @here: of this one, where some wait
 * @now_ns: real time
 *
 * Return: false: no, as far as one can see from here.
 */
bool bvt_may_be_ahead(const struct bvt_view *view, const struct bvt_view *here, u64 now_ns)
{
	u32 load = PUBLISHED(view->curr_load);
	s64 ran_ns = (s64)(now_ns - PUBLISHED(view->curr_ns));
	u64 avt_vt = PUBLISHED(view->curr_vt);

	if (!load)
		return false;
	if (ran_ns > 0)
		avt_vt += bvt_load_to_vt((u64)ran_ns, load);
	return lags(PUBLISHED(here->waiting_vt), PUBLISHED(here->waiting_load), avt_vt,
		    2 * BVT_LAG_NS);
}

/**
 * bvt_is_ahead() - must the one that runs there make place?
 * @at: the other queue, charged up to now
 * @e: waits here
 *
 * Twice the lag at which it would be taken, so that it does not come back at once.
 */
bool bvt_is_ahead(const struct bvt_queue *at, const struct bvt_entity *e)
{
	return at->curr && bvt_lags(at, e) &&
	       lags(e->avt_vt, e->load, at->curr->avt_vt, 2 * BVT_LAG_NS);
}

/**
 * bvt_look_ns() - where the queue is one of several, no slice is to be too long
 * @q: the queue
 * @slice_ns: what BVT allows the current entity
 * @balance_ns: when the next look at other queues is due at the earliest
 * @now_ns: real time
 *
 * While some wait the pCPU must look around, though it may be long before they can
 * take over: one of a small weight is far ahead after it has had C.  If nobody
 * looked meanwhile, one of a small weight that is alone elsewhere would run on and on,
 * until its queue is of no use to who comes there.
 *
 * Return: @slice_ns or less, the queue's unit at least.
 */
u64 bvt_look_ns(const struct bvt_queue *q, u64 slice_ns, u64 balance_ns, u64 now_ns)
{
	s64 left_ns = (s64)(balance_ns + (BVT_LOOK_NS - BVT_BALANCE_NS) - now_ns);

	if (q->nr_runnable < 2)
		return slice_ns;
	if (left_ns < (s64)q->unit_ns)
		left_ns = (s64)q->unit_ns;
	return slice_ns < (u64)left_ns ? slice_ns : (u64)left_ns;
}

/* How far apart two may be, of these loads, unless affinity had a hand in it. */
static u64 reach_vt(u32 load_a, u32 load_b)
{
	return bvt_load_to_vt(BVT_CARRY_NS, load_a) + bvt_load_to_vt(BVT_CARRY_NS, load_b);
}

/* Is this queue so far behind that only affinity explains it? */
static bool drifted(const struct bvt_view *view, const struct bvt_view *most)
{
	u32 load = PUBLISHED(view->waiting_load);	/* once: it may become 0 */

	return load && (s64)(PUBLISHED(most->svt_vt) - PUBLISHED(view->waiting_vt)) >
		       (s64)reach_vt(load, PUBLISHED(most->svt_load));
}

/* What all that run and wait have come to, as far as this queue knows. */
static bool base_of(const struct bvt_view *view, bool waiting, u64 *vt)
{
	*vt = waiting ? PUBLISHED(view->waiting_vt) : PUBLISHED(view->svt_vt);
	return waiting ? PUBLISHED(view->waiting_load) : PUBLISHED(view->nr_runnable);
}

static bool least_base(bvt_view_fn view_of, void *data, unsigned int nr,
		       const struct bvt_view *most, bool waiting, u64 *base_vt)
{
	const struct bvt_view *view;
	bool found = false;
	unsigned int i;
	u64 vt;

	for (i = 0; i < nr; i++) {
		view = view_of(i, data);
		if (!view || !base_of(view, waiting, &vt) || drifted(view, most) ||
		    (found && (s64)(vt - *base_vt) >= 0))
			continue;
		*base_vt = vt;
		found = true;
	}
	return found;
}

/**
 * bvt_base() - the scheduler virtual time of all queues together
 * @view_of: the view of queue @i, or NULL: leave it out
 * @data: for @view_of
 * @nr: of queues
 * @base_vt: what it was
 *
 * The least A of those that wait, without those that have just woken: somewhere
 * there is always one of these, its A is what this said a moment ago, and so this
 * would stay behind.  Where nobody waits, the least SVT.  Queues that have drifted
 * behind, since nothing in them can move, are left out.
 */
u64 bvt_base(bvt_view_fn view_of, void *data, unsigned int nr, u64 base_vt)
{
	const struct bvt_view *most = NULL, *view;
	unsigned int i;

	for (i = 0; i < nr; i++) {
		view = view_of(i, data);
		if (view && PUBLISHED(view->nr_runnable) &&
		    (!most || (s64)(PUBLISHED(view->svt_vt) - PUBLISHED(most->svt_vt)) > 0))
			most = view;
	}
	if (most && !least_base(view_of, data, nr, most, true, &base_vt))
		least_base(view_of, data, nr, most, false, &base_vt);
	return base_vt;
}

/* @avt_vt, but within reach of what runs in a queue where something does. */
static u64 within_reach(const struct bvt_entity *e, u64 avt_vt, const struct bvt_queue *q)
{
	const struct bvt_entity *least = least_avt(q);
	s64 most_vt = (s64)reach_vt(e->load, least->load);
	s64 lead_vt = (s64)(avt_vt - least->avt_vt);

	if (lead_vt < -most_vt)
		return least->avt_vt - (u64)most_vt;
	if (lead_vt > most_vt + (s64)e->warp_vt)	/* that much it may have borrowed */
		return least->avt_vt + (u64)most_vt + e->warp_vt;
	return avt_vt;
}

/**
 * bvt_wake_among() - bvt_wake() where the queue is one of several
 * @q: its queue; charge the current entity first
 * @e: the entity; no effect unless it is idle
 * @now_ns: real time
 * @base_vt: bvt_base()
 */
void bvt_wake_among(struct bvt_queue *q, struct bvt_entity *e, u64 now_ns, u64 base_vt)
{
	if (e->state != BVT_IDLE)
		return;
	if (q->nr_runnable) {
		e->avt_vt = within_reach(e, e->avt_vt, q);
		base_vt = within_reach(e, base_vt, q);
	}
	bvt_wake_at(q, e, now_ns, base_vt);
}

/**
 * bvt_migrate() - an entity changes queues
 * @from: its queue
 * @to: the other
 * @e: the entity, not current
 *
 * A stays what it is, within reach of what runs there.
 */
void bvt_migrate(struct bvt_queue *from, struct bvt_queue *to, struct bvt_entity *e)
{
	bool waiting = e->state == BVT_WAITING;

	if (waiting) {
		from->svt_vt = bvt_svt(from);
		bvt_remove(from, e);
		from->nr_runnable--;
	}
	if (to->nr_runnable)
		e->avt_vt = within_reach(e, e->avt_vt, to);
	if (waiting) {
		bvt_insert(to, e);
		to->nr_runnable++;
	}
}
