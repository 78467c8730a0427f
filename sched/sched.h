/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sched.h: what sched.c, place.c and affinity.c share; nobody else includes it.
 */
#ifndef LODGE_SCHED_H
#define LODGE_SCHED_H

#include "../kmod/lodge.h"

struct pcpu *vcpu_rq_lock(struct vcpu *v, unsigned long *flags) __acquires(rq_lock);
void rq_charge(struct pcpu *p, u64 now_ns);
bool rq_repick(struct pcpu *p, u64 now_ns);
void rq_tell_waiters(void);
extern wait_queue_head_t rq_wait;

/* place.c */
struct pcpu *rq_choose(const struct cpumask *affinity);
bool rq_move_one(struct pcpu *p, struct vcpu *(*which)(struct pcpu *p));

/* affinity.c */
void rq_check_affinity(struct pcpu *p);
void rq_move_misplaced(struct pcpu *p);

#endif
