// SPDX-License-Identifier: GPL-2.0-only
/*
 * host_entity.c: whose turn is it, the host's or a vCPU's?
 */
#include "host_entity.h"

/**
 * DOC: host_entity
 *
 * Domain 0 is an entity of each pCPU's queue, and BVT decides between it and the
 * vCPUs as between any others.  Two things are added, since the host has no other
 * pCPU to go to and must live:
 *
 * - When it has waited HOST_WAIT_NS it gets HOST_TURN_NS, whatever weights say.
 *   It is charged for that, so shares stay exact where they leave it more than
 *   that, which is 2 %.
 * - Real-time tasks of the host win always, also beyond its share.  What they
 *   took is held against it up to HOST_LEAD_NS of running, no more.
 *
 * sched/host.c says when host tasks want the pCPU and what they got, under the
 * run queue's lock; the unit tests do without.  Knows no kernel.
 */

/**
 * host_entity_init() - a host that wants nothing
 * @h: the entity
 * @params: of domain 0, valid
 * @group: the host's entities on all pCPUs: they share its weight
 */
void host_entity_init(struct host_entity *h, const struct bvt_entity_params *params,
		      struct bvt_group *group)
{
	*h = (struct host_entity){ 0 };
	bvt_entity_init(&h->bvt, params, group);
}

/**
 * host_entity_wake() - a host task wants the pCPU, and a vCPU does
 * @q: the queue, charged up to now
 * @h: its host entity; no effect if it wants already
 * @now_ns: real time
 * @base_vt: bvt_base()
 */
void host_entity_wake(struct bvt_queue *q, struct host_entity *h, u64 now_ns, u64 base_vt)
{
	if (host_entity_wants(h))
		return;
	bvt_wake_among(q, &h->bvt, now_ns, base_vt);
	h->waits_from_ns = now_ns;
	h->keeps_until_ns = now_ns;
}

/**
 * host_entity_block() - no host task wants the pCPU, or nobody else does
 * @q: the queue, charged up to now
 * @h: its host entity; no effect if it wants nothing
 * @now_ns: real time
 */
void host_entity_block(struct bvt_queue *q, struct host_entity *h, u64 now_ns)
{
	bvt_block(q, &h->bvt, now_ns);
}

/**
 * host_entity_ran() - host tasks had the pCPU while a vCPU wanted it
 * @q: the queue
 * @h: its host entity, runnable; it need not have been its turn
 * @ran_ns: since this was said last
 * @now_ns: real time
 */
void host_entity_ran(struct bvt_queue *q, struct host_entity *h, u64 ran_ns, u64 now_ns)
{
	s64 lead_vt = (s64)(h->bvt.avt_vt - bvt_svt(q));
	s64 most_vt = (s64)bvt_run_to_vt(&h->bvt, HOST_LEAD_NS);
	u64 room_ns;

	if (host_entity_has_turn(h) && q->nr_runnable == 1) {
		bvt_charge(q, &h->bvt, ran_ns, now_ns);
		return;
	}
	/* Also what comes with this run: from where it is up to the limit. */
	room_ns = lead_vt >= most_vt ? 0 : bvt_vt_to_run(&h->bvt, (u64)(most_vt - lead_vt));
	bvt_charge(q, &h->bvt, ran_ns < room_ns ? ran_ns : room_ns, now_ns);
}

/* Its turn, though others have a lesser E. */
static void take_turn(struct bvt_queue *q, struct host_entity *h, u64 now_ns)
{
	bvt_remove(q, &h->bvt);
	bvt_put(q, now_ns);
	h->bvt.woken = false;
	h->bvt.ran_ns = 0;
	h->bvt.state = BVT_CURRENT;
	q->curr = &h->bvt;
	h->keeps_until_ns = now_ns + HOST_TURN_NS;
}

/**
 * host_entity_pick() - bvt_pick() where the host may be one of them
 * @q: the queue, charged up to now
 * @h: its host entity
 * @now_ns: real time
 *
 * Return: the entity whose turn it is, perhaps the host's; NULL: none is runnable.
 */
struct bvt_entity *host_entity_pick(struct bvt_queue *q, struct host_entity *h, u64 now_ns)
{
	bool waited = h->bvt.state == BVT_WAITING;

	if (host_entity_has_turn(h) && (s64)(h->keeps_until_ns - now_ns) > 0)
		return &h->bvt;
	if (waited && (s64)(now_ns - h->waits_from_ns) >= (s64)HOST_WAIT_NS)
		take_turn(q, h, now_ns);
	else
		bvt_pick(q, now_ns);
	if (h->bvt.state == BVT_WAITING && !waited)
		h->waits_from_ns = now_ns;
	return q->curr;
}

/**
 * host_entity_slice_ns() - bvt_time_slice_ns() where the host may be one of them
 * @q: the queue, charged up to now
 * @h: its host entity
 * @now_ns: real time
 *
 * Return: ns until host_entity_pick() may choose another one, if nothing else changes;
 * BVT_FOREVER_NS: it will not.
 */
u64 host_entity_slice_ns(const struct bvt_queue *q, const struct host_entity *h, u64 now_ns)
{
	u64 slice_ns = bvt_time_slice_ns(q);
	s64 left_ns;

	if (h->bvt.state == BVT_WAITING) {
		left_ns = (s64)(h->waits_from_ns + HOST_WAIT_NS - now_ns);
		if (left_ns < (s64)q->unit_ns)
			left_ns = (s64)q->unit_ns;
		if ((u64)left_ns < slice_ns)
			slice_ns = (u64)left_ns;
	} else if (host_entity_has_turn(h)) {
		left_ns = (s64)(h->keeps_until_ns - now_ns);
		if (left_ns > 0 && (u64)left_ns > slice_ns)
			slice_ns = (u64)left_ns;
	}
	return slice_ns;
}
