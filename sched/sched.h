/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sched.h: what sched.c and place.c share; nobody else includes it.
 */
#ifndef LODGE_SCHED_H
#define LODGE_SCHED_H

#include "../kmod/lodge.h"

struct pcpu *vcpu_rq_lock(struct vcpu *v, unsigned long *flags) __acquires(rq_lock);
void rq_charge(struct pcpu *p, u64 now_ns);
bool rq_repick(struct pcpu *p, u64 now_ns);

#endif
