/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * host_entity.h: domain 0 in the run queue of one pCPU.
 *
 * Like bvt.h it knows no kernel, nor locks, and the caller says what time it is.
 */
#ifndef LODGE_HOST_ENTITY_H
#define LODGE_HOST_ENTITY_H

#include "bvt.h"

#define HOST_WAIT_NS	50000000ULL	/* host tasks never wait longer for their turn, */
#define HOST_TURN_NS	1000000ULL	/* which then lasts at least so long */
#define HOST_LEAD_NS	100000000ULL	/* what of its own running it may have to wait for */

#define HOST_WARP_NS	10000000ULL	/* W, default: who wakes while others take turns goes first */

/**
 * struct host_entity - the host's tasks on a pCPU, as one entity of its queue
 * @bvt: runnable while a host task and a vCPU want the pCPU
 * @waits_from_ns: since when, if it waits
 * @keeps_until_ns: its present turn does not end before
 */
struct host_entity {
	struct bvt_entity bvt;
	u64 waits_from_ns;
	u64 keeps_until_ns;
};

static inline bool host_entity_wants(const struct host_entity *h)
{
	return h->bvt.state != BVT_IDLE;
}

static inline bool host_entity_has_turn(const struct host_entity *h)
{
	return h->bvt.state == BVT_CURRENT;
}

void host_entity_init(struct host_entity *h, const struct bvt_entity_params *params,
		      struct bvt_group *group);
void host_entity_wake(struct bvt_queue *q, struct host_entity *h, u64 now_ns, u64 base_vt);
void host_entity_block(struct bvt_queue *q, struct host_entity *h, u64 now_ns);
void host_entity_ran(struct bvt_queue *q, struct host_entity *h, u64 ran_ns, u64 now_ns);
struct bvt_entity *host_entity_pick(struct bvt_queue *q, struct host_entity *h, u64 now_ns);
u64 host_entity_slice_ns(const struct bvt_queue *q, const struct host_entity *h, u64 now_ns);

#endif
