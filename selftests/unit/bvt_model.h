/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * bvt_model.h: one simulated pCPU around a bvt_queue, for the unit tests.
 */
#ifndef LODGE_BVT_MODEL_H
#define LODGE_BVT_MODEL_H

#include "bvt.h"
#include "ktap.h"

#define MS 1000000ULL
#define US 1000ULL
#define MODEL_MAX 4096

/* What an entity does: run @run_ns, sleep @sleep_ns, again; 0: never sleeps. */
struct behaviour {
	u64 run_ns, sleep_ns;
	bool jitter;		/* each time anything from 1 to twice that */
	bool yields;		/* does so instead of sleeping */
};

struct actor {
	struct bvt_entity e;
	struct behaviour does;
	u64 left_ns;		/* of this burst */
	u64 wake_at_ns;
	u64 got_ns;		/* run time in all */
	u64 ready_ns;		/* runnable, not running, since then */
	u64 worst_wait_ns;
	u64 dispatches;
};

struct model {
	struct bvt_queue q;
	struct actor a[MODEL_MAX];
	unsigned int nr;
	u64 now_ns;
	u64 late_ns;		/* how late a timer may be */
	u64 switches, preempted_early, idle_ns;
	bool check;		/* all invariants at every step */
	bool bounded;		/* the bound on A_i - A_j holds (no parameter changes) */
	u64 last_svt_vt;
	/* called at each dispatch if set */
	void (*on_dispatch)(struct model *m, struct actor *a);
};

struct model *model_new(u64 allowance_ns, u64 unit_ns);
struct actor *model_add(struct model *m, const struct bvt_entity_params *params,
			struct behaviour does);
struct actor *model_add_weight(struct model *m, u32 weight, struct behaviour does);
void model_run(struct model *m, u64 ns);
void model_check(struct model *m);
u64 model_bound_vt(const struct model *m, const struct actor *a);

/* bvt_share.c */
void test_shares(void);
void test_shares_sleeper(void);
void test_shares_storm(void);
void test_bound(void);
void test_bound_warp(void);
void test_starvation(void);
void test_repeatable(void);

/* bvt_rules.c */
void test_arithmetic(void);
void test_carry(void);
void test_wrap(void);
void test_wake_rule(void);
void test_allowance(void);
void test_slice_exact(void);
void test_warp(void);
void test_warp_limit(void);
void test_warp_sleep(void);
void test_warp_toggle(void);
void test_yield(void);
void test_unit(void);
void test_set_params(void);

/* bvt_smp.c */
void test_smp_shares(void);
void test_smp_random(void);

/* bvt_queue.c */
void test_migrate(void);
void test_queue_order(void);
void test_random_calls(void);

#endif
