/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * bvt.h: Borrowed Virtual Time, the arithmetic and the run queue.
 *
 * Knows no kernel: the module, the unit tests and simulations compile the same
 * bvt.c.  Nothing here locks, allocates or reads a clock; the caller holds the
 * queue's lock and says what time it is.
 *
 * Units: ``_ns`` is real time in nanoseconds, ``_vt`` is virtual time: a run of
 * t ns moves an entity of weight w by t * BVT_K / w.  Both are 64 bits.  Virtual
 * times wrap, so they are only ever compared by their signed difference; what
 * is in one queue stays within BVT_SPREAD_VT.
 */
#ifndef LODGE_BVT_H
#define LODGE_BVT_H

#ifdef __KERNEL__
#include <linux/stddef.h>
#include <linux/types.h>
#else
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
typedef uint64_t u64;
typedef int64_t s64;
typedef uint32_t u32;
#endif

#define BVT_K			1024		/* virtual ns per ns at weight 1 */
#define BVT_WEIGHT_MIN		1
#define BVT_WEIGHT_MAX		65535
#define BVT_WEIGHT_DEFAULT	256
#define BVT_ALLOWANCE_NS	5000000ULL	/* C, default */
#define BVT_UNIT_NS		20000ULL	/* least charge and slice, default */
#define BVT_PARAM_MAX_NS	100000000000ULL	/* W, L, U and C: 100 s */
#define BVT_DEBT_NS		(1ULL << 40)	/* after 18 min of sleep all is forgiven */
#define BVT_SPREAD_VT		(1ULL << 60)
#define BVT_LAG_NS		10000000ULL	/* of running that one may lie behind another queue */
#define BVT_BALANCE_NS		2500000ULL	/* a pCPU looks at the others no more often */
#define BVT_LOOK_NS		10000000ULL	/* and no less often, if some wait there */
#define BVT_BASE_NS		10000000ULL	/* and at all together so often */
#define BVT_CARRY_NS		100000000ULL	/* lag or lead that one brings to a queue */
#define BVT_SCAN		16		/* entities looked at for one that may move */
#define BVT_LOAD_ONE		65536U		/* load of weight 1, unshared */
#define BVT_LOAD_MAX		(BVT_WEIGHT_MAX * BVT_LOAD_ONE)
#define BVT_FOREVER_NS		(~0ULL)

/**
 * struct bvt_entity_params - what domain 0 decides about an entity
 * @weight: share, BVT_WEIGHT_MIN..BVT_WEIGHT_MAX
 * @warp: the entity is to be warped whenever @limit_ns and @rest_ns allow
 * @warp_ns: W, in time of the entity's own running; how far it may borrow
 * @limit_ns: L, longest stretch that it may run warped; 0: no limit
 * @rest_ns: U, least unwarped time after a stretch of @limit_ns
 */
struct bvt_entity_params {
	u32 weight;
	bool warp;
	u64 warp_ns;
	u64 limit_ns;
	u64 rest_ns;
};

/**
 * struct bvt_group - entities that share one weight: the vCPUs of a domain
 * @runnable: how many of them are; kept by bvt_wake() and bvt_block(), atomically,
 *	      since they may be in different queues
 *
 * While n of them are runnable each counts as weight / n.  What counts is looked
 * up when an entity wakes, is dispatched and is charged.
 */
struct bvt_group {
	u32 runnable;
};

/* What bvt_cap_load() needs of a group, as it was a moment ago. */
struct bvt_share {
	u32 weight, runnable;
};

/* A node of a leftist heap: root is the least, all operations O(log n). */
struct bvt_node {
	struct bvt_node *parent, *left, *right;
	u64 key_vt;
	u64 seq;		/* equal keys: first come, first served */
	u32 dist;		/* steps to the nearest missing child */
};

struct bvt_heap {
	struct bvt_node *root;
};

enum bvt_state {
	BVT_IDLE,		/* not runnable */
	BVT_WAITING,		/* in the queue's heaps */
	BVT_CURRENT,		/* dispatched: the queue's curr, in no heap */
};

struct bvt_entity {
	struct bvt_entity_params params;
	struct bvt_group *group;	/* NULL: the weight is its own */
	u32 load;		/* the weight that counts, in 1 / BVT_LOAD_ONE */
	u64 avt_vt;		/* A, actual virtual time */
	u64 warp_vt;		/* W as virtual time, at the present weight */
	u32 carry;		/* remainder of the last charge's division by load */
	enum bvt_state state;
	bool warped;		/* W counts now */
	bool woken;		/* not dispatched since it woke: C does not hold it up */
	bool yielded;		/* gives way without C, until the next pick */
	u64 ran_ns;		/* charged since it was dispatched */
	u64 warped_ns;		/* run in this stretch of warp */
	u64 rest_until_ns;	/* no warp before */
	u64 unwarped_ns;	/* when the last stretch was over or broken off */
	u64 blocked_ns;		/* when it last became idle */
	struct bvt_node by_evt;	/* in waiting or woken */
	struct bvt_node by_avt;	/* while it waits warped: otherwise A is E */
};

/**
 * struct bvt_queue - the runnable entities of one pCPU
 * @waiting: by E, those to which C applies; [1]: those that are warped
 * @woken: by E, those that woke and have not run since; [1]: those that are warped
 * @warped: by A, both of the above [1]
 * @curr: the dispatched one, or NULL
 * @svt_vt: scheduler virtual time when nothing was runnable last
 * @allowance_ns: C
 * @unit_ns: a run that ends by itself is charged at least this; no slice is shorter
 */
struct bvt_queue {
	struct bvt_heap waiting[2];
	struct bvt_heap woken[2];
	struct bvt_heap warped;
	struct bvt_entity *curr;
	u64 svt_vt;
	u64 seq;
	u64 allowance_ns;
	u64 unit_ns;
	u32 cap_load;		/* none counts as more: bvt_cap_load() */
	u32 nr_runnable;	/* curr included */
};

/* bvt_heap.c */
bool bvt_node_before(const struct bvt_node *a, const struct bvt_node *b);
void bvt_heap_insert(struct bvt_heap *h, struct bvt_node *n, u64 key_vt, u64 seq);
void bvt_heap_remove(struct bvt_heap *h, struct bvt_node *n);

/* A queue as other pCPUs see it, a moment ago. */
struct bvt_view {
	u64 svt_vt;
	u64 waiting_vt;		/* the least A of those that wait and have run since they woke */
	u64 curr_vt, curr_ns;	/* A of the current one, and when that was */
	u32 svt_load, waiting_load;	/* of the one that has that A; 0: there is none */
	u32 curr_load;		/* 0: there is none */
	u32 nr_runnable, nr_waiting;
};

/* bvt.c */
bool bvt_params_valid(const struct bvt_entity_params *params);

void bvt_queue_init(struct bvt_queue *q, u64 allowance_ns, u64 unit_ns);
void bvt_entity_init(struct bvt_entity *e, const struct bvt_entity_params *params,
		     struct bvt_group *group);
void bvt_set_params(struct bvt_queue *q, struct bvt_entity *e,
		    const struct bvt_entity_params *params, u64 now_ns);

struct bvt_entity *bvt_least(const struct bvt_queue *q);
u64 bvt_svt(const struct bvt_queue *q);
u64 bvt_evt(const struct bvt_entity *e);
u64 bvt_load_to_vt(u64 ns, u32 load);
u64 bvt_load_to_ns(u64 vt, u32 load);
u64 bvt_run_to_vt(const struct bvt_entity *e, u64 ns);
u64 bvt_vt_to_run(const struct bvt_entity *e, u64 vt);

void bvt_wake(struct bvt_queue *q, struct bvt_entity *e, u64 now_ns);
void bvt_wake_at(struct bvt_queue *q, struct bvt_entity *e, u64 now_ns, u64 svt_vt);
void bvt_block(struct bvt_queue *q, struct bvt_entity *e, u64 now_ns);
void bvt_charge(struct bvt_queue *q, struct bvt_entity *e, u64 ran_ns, u64 now_ns);
void bvt_yield(struct bvt_queue *q);
bool bvt_must_switch(const struct bvt_queue *q);
struct bvt_entity *bvt_pick(struct bvt_queue *q, u64 now_ns);
void bvt_put(struct bvt_queue *q, u64 now_ns);
u64 bvt_time_slice_ns(const struct bvt_queue *q);

void bvt_insert(struct bvt_queue *q, struct bvt_entity *e);
void bvt_remove(struct bvt_queue *q, struct bvt_entity *e);

/* balance.c: between queues */
typedef bool (*bvt_may_move_fn)(const struct bvt_entity *e, void *data);
struct bvt_entity *bvt_least_waiting(const struct bvt_queue *q, bvt_may_move_fn may_move,
				     void *data);
struct bvt_entity *bvt_most_lagging(const struct bvt_queue *q, bvt_may_move_fn may_move,
				    void *data);
u32 bvt_cap_load(const struct bvt_share *groups, unsigned int nr, unsigned int nr_cpus);
void bvt_publish(const struct bvt_queue *q, struct bvt_view *view, u64 now_ns);
bool bvt_may_lag(const struct bvt_view *view, const struct bvt_view *here);
bool bvt_lags(const struct bvt_queue *to, const struct bvt_entity *e);
bool bvt_may_be_ahead(const struct bvt_view *view, const struct bvt_view *here, u64 now_ns);
bool bvt_is_ahead(const struct bvt_queue *at, const struct bvt_entity *e);
u64 bvt_look_ns(const struct bvt_queue *q, u64 slice_ns, u64 balance_ns, u64 now_ns);
typedef const struct bvt_view *(*bvt_view_fn)(unsigned int i, void *data);
u64 bvt_base(bvt_view_fn view_of, void *data, unsigned int nr, u64 base_vt);
void bvt_wake_among(struct bvt_queue *q, struct bvt_entity *e, u64 now_ns, u64 base_vt);
void bvt_migrate(struct bvt_queue *from, struct bvt_queue *to, struct bvt_entity *e);

#endif
