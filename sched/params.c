// SPDX-License-Identifier: GPL-2.0-only
/*
 * params.c: what domain 0 decides about the scheduler.
 */
#include <linux/ktime.h>
#include "sched.h"

/**
 * DOC: params
 *
 * Weight and warp of a domain, for all of its vCPUs alike, and C and the unit of
 * all queues.  kmod/netlink_sched.c has checked the values against their ranges
 * (uapi/lodge_netlink.h); nothing here can fail.
 *
 * Where domain 0 lets a guest do so, each vCPU says for itself when it wants to
 * be warped (sched_guest_warp(), for hypercall/sched_op.c).  W, L and U stay
 * what domain 0 has said.
 */

/* Of queues that come into use from now on; each has its own copy, rq lock. */
static u64 system_allowance_ns = BVT_ALLOWANCE_NS;
static u64 system_unit_ns = BVT_UNIT_NS;

/* Give an entity other parameters.  rq_lock held; as rq_repick(). */
static bool change(struct pcpu *p, struct vcpu *v, const struct bvt_entity_params *params)
{
	u64 now_ns = ktime_get_ns();

	rq_charge(p, now_ns);
	WRITE_ONCE(p->load, p->load - v->bvt.params.weight + params->weight);
	bvt_set_params(&p->rq, &v->bvt, params, now_ns);
	return v->state == VCPU_RUNNABLE && rq_repick(p, now_ns);
}

/**
 * sched_update_vcpu() - make a vCPU follow what its domain's parameters are now
 * @v: the vCPU; d->lock held
 *
 * Context: sleepable; takes rq_lock.
 */
void sched_update_vcpu(struct vcpu *v)
{
	struct domain *d = v->domain;
	struct bvt_entity_params params = d->sched_params;
	unsigned long flags;
	struct pcpu *p;
	bool kick;

	p = vcpu_rq_lock(v, &flags);
	/* One that was allowed to decide and still is has decided. */
	if (d->guest_warp)
		params.warp = v->guest_warp && v->bvt.params.warp;
	v->guest_warp = d->guest_warp;
	kick = change(p, v, &params);
	raw_spin_unlock_irqrestore(&p->rq_lock, flags);
	if (kick)
		pcpu_kick(p);
}

/**
 * sched_set_params() - change weight and warp of a domain, at any moment
 * @d: the domain; d->lock held
 * @params: valid ones, for each of its vCPUs
 * @guest_warp: each vCPU decides by itself when it is warped; params->warp is false
 *
 * Context: sleepable; takes rq_lock.
 */
void sched_set_params(struct domain *d, const struct bvt_entity_params *params, bool guest_warp)
{
	unsigned int i;

	lockdep_assert_held(&d->lock);
	if (WARN_ON_ONCE(!bvt_params_valid(params)))
		return;
	d->sched_params = *params;
	d->guest_warp = guest_warp;
	for (i = 0; i < d->nr_vcpus; i++) {
		if (d->vcpu[i])
			sched_update_vcpu(d->vcpu[i]);
	}
}

/**
 * sched_guest_warp() - a guest wants one of its vCPUs warped, or not any more
 * @v: the vCPU, the caller's own
 * @on: what it wants
 *
 * Context: slice; takes rq_lock.
 * Return: what it wanted before, 0 or 1; -EPERM: domain 0 does not allow it.
 */
int sched_guest_warp(struct vcpu *v, bool on)
{
	struct bvt_entity_params params;
	bool kick = false, allowed, was;
	unsigned long flags;
	struct pcpu *p;

	p = vcpu_rq_lock(v, &flags);
	allowed = v->guest_warp;
	params = v->bvt.params;
	was = params.warp;
	if (allowed && was != on) {
		params.warp = on;
		kick = change(p, v, &params);
	}
	raw_spin_unlock_irqrestore(&p->rq_lock, flags);
	if (kick)
		pcpu_kick(p);
	return allowed ? was : -EPERM;
}

/**
 * sched_guest_wants_warp() - what a vCPU has said by sched_guest_warp()
 * @v: the vCPU
 *
 * Context: slice; takes rq_lock.
 * Return: as sched_guest_warp().
 */
int sched_guest_wants_warp(struct vcpu *v)
{
	unsigned long flags;
	struct pcpu *p;
	int ret;

	p = vcpu_rq_lock(v, &flags);
	ret = v->guest_warp ? v->bvt.params.warp : -EPERM;
	raw_spin_unlock_irqrestore(&p->rq_lock, flags);
	return ret;
}

/**
 * sched_get_system() - C and the unit
 * @allowance_ns: out: C
 * @unit_ns: out
 *
 * Context: any.
 */
void sched_get_system(u64 *allowance_ns, u64 *unit_ns)
{
	*allowance_ns = READ_ONCE(system_allowance_ns);
	*unit_ns = READ_ONCE(system_unit_ns);
}

/**
 * rq_take_system() - give a queue C and the unit that hold now
 * @p: the pCPU, rq_lock held
 */
void rq_take_system(struct pcpu *p)
{
	sched_get_system(&p->rq.allowance_ns, &p->rq.unit_ns);
}

/**
 * sched_set_system() - change C and the unit, of all queues
 * @allowance_ns: C
 * @unit_ns: not 0
 *
 * One caller at a time.  A queue that comes online meanwhile takes them itself.
 *
 * Context: sleepable; takes rq_lock.
 */
void sched_set_system(u64 allowance_ns, u64 unit_ns)
{
	int cpu;

	WRITE_ONCE(system_allowance_ns, allowance_ns);
	WRITE_ONCE(system_unit_ns, unit_ns);
	for_each_possible_cpu(cpu) {
		struct pcpu *p = per_cpu_ptr(&lodge_pcpu, cpu);
		bool kick;

		if (!READ_ONCE(p->online))
			continue;
		raw_spin_lock_irq(&p->rq_lock);
		rq_take_system(p);
		kick = p->current_vcpu;
		if (kick)	/* its slice may end at another moment now */
			WRITE_ONCE(p->need_pick, true);
		raw_spin_unlock_irq(&p->rq_lock);
		if (kick)
			pcpu_kick(p);
	}
}
