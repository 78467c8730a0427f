/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * lodge.h: what the two files that imitate the module around its core share.
 */
#ifndef LODGE_SIM_LODGE_H
#define LODGE_SIM_LODGE_H

#include "sim.h"

static inline struct vcpu *vcpu_of(const struct bvt_entity *e)
{
	return e ? (struct vcpu *)((char *)e - offsetof(struct vcpu, bvt)) : NULL;
}

/* model_lodge.c */
void rq_publish(struct sim *s, struct cpu *c);
void rq_move(struct sim *s, struct cpu *from, struct cpu *to, struct vcpu *v);

/* spread.c */
void spread_init(struct sim *s);
void rq_refresh_base(struct sim *s);
u64 rq_base_vt(struct sim *s, const struct cpu *c);
void rq_pull(struct sim *s, struct cpu *c);
bool rq_rest(struct sim *s, struct cpu *c);
void rq_call_idle(struct sim *s, struct cpu *c);
void rq_nudge(struct sim *s, struct cpu *c);
u64 rq_slice_ns(struct sim *s, const struct cpu *c);
void rq_look_at_weights(struct sim *s);

#endif
