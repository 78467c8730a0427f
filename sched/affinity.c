// SPDX-License-Identifier: GPL-2.0-only
/*
 * affinity.c: a vCPU's choice of pCPUs.
 */
#include <linux/ktime.h>
#include <linux/wait.h>
#include "sched.h"

/**
 * DOC: affinity
 *
 * A vCPU is *misplaced* when its affinity rules out the pCPU that it belongs to
 * and allows one that is online.  That comes about when the affinity is changed
 * and when a pCPU comes online; then pcpu->misplaced is set, and the kthread
 * that owns the queue moves such vCPUs away before its next pick: it alone
 * knows that its current vCPU's state is not loaded.
 *
 * If no pCPU of an affinity is online the vCPU runs where there is room until
 * one is.
 */

static bool misplaced(const struct pcpu *p, const struct vcpu *v)
{
	int cpu;

	if (cpumask_test_cpu(p->cpu, &v->affinity))
		return false;
	for_each_cpu(cpu, &v->affinity)
		if (READ_ONCE(per_cpu_ptr(&lodge_pcpu, cpu)->online))
			return true;
	return false;
}

static struct vcpu *first_misplaced(struct pcpu *p)
{
	struct vcpu *v;

	list_for_each_entry(v, &p->vcpus, pcpu_link)
		if (misplaced(p, v))
			return v;
	return NULL;
}

/**
 * rq_move_misplaced() - move away what must not be here
 * @p: this pCPU, not in a slice
 *
 * Context: sleepable, only the pCPU's kthread; takes rq_lock.
 */
void rq_move_misplaced(struct pcpu *p)
{
	raw_spin_lock_irq(&p->rq_lock);
	WRITE_ONCE(p->misplaced, false);
	if (p->current_vcpu && misplaced(p, p->current_vcpu)) {
		bvt_put(&p->rq, ktime_get_ns());
		p->current_vcpu = NULL;
	}
	raw_spin_unlock_irq(&p->rq_lock);
	while (rq_move_one(p, first_misplaced))
		cond_resched();
	rq_tell_waiters();
}

/**
 * rq_check_affinity() - have what is misplaced on a pCPU moved away
 * @p: the pCPU
 *
 * Its kthread does that soon.
 *
 * Context: any; takes rq_lock.
 */
void rq_check_affinity(struct pcpu *p)
{
	unsigned long flags;
	bool found;

	raw_spin_lock_irqsave(&p->rq_lock, flags);
	found = first_misplaced(p);
	if (found) {
		WRITE_ONCE(p->misplaced, true);
		WRITE_ONCE(p->need_pick, true);
	}
	raw_spin_unlock_irqrestore(&p->rq_lock, flags);
	if (found)
		pcpu_kick(p);
}

static bool is_misplaced(struct vcpu *v)
{
	unsigned long flags;
	struct pcpu *p = vcpu_rq_lock(v, &flags);
	bool ret = misplaced(p, v);

	raw_spin_unlock_irqrestore(&p->rq_lock, flags);
	return ret;
}

/**
 * sched_choose_affinity() - say which pCPUs a vCPU may run on; it moves soon
 * @v: the vCPU; its domain is held (domain_hold()) or locked, so it stays
 * @mask: pCPUs, some of which the host can have; the others are left out
 *
 * Context: any; takes rq_lock.
 */
void sched_choose_affinity(struct vcpu *v, const struct cpumask *mask)
{
	unsigned long flags;
	struct pcpu *p;

	p = vcpu_rq_lock(v, &flags);
	cpumask_and(&v->affinity, mask, cpu_possible_mask);
	raw_spin_unlock_irqrestore(&p->rq_lock, flags);
	rq_check_affinity(p);
	rq_call_idle(p);
}

/**
 * sched_set_affinity() - choose the pCPUs that a vCPU may run on
 * @v: the vCPU; its domain is held (domain_hold()), so it stays
 * @mask: pCPUs, online or not; those that the host cannot have are left out
 *
 * When this returns the vCPU runs on none that the mask rules out, unless all
 * that it allows are offline.
 *
 * Context: sleepable, not from the kthread that runs @v; takes rq_lock.
 * Return: 0; -EINVAL: the host can have none of these pCPUs; -EINTR: a fatal
 * signal came before the vCPU had moved, and it moves soon.
 */
int sched_set_affinity(struct vcpu *v, const struct cpumask *mask)
{
	might_sleep();
	if (!cpumask_intersects(mask, cpu_possible_mask))
		return -EINVAL;
	sched_choose_affinity(v, mask);
	return wait_event_killable(rq_wait, !is_misplaced(v)) ? -EINTR : 0;
}

/**
 * sched_get_affinity() - the pCPUs that a vCPU may run on
 * @v: the vCPU; its domain is held
 * @mask: out
 *
 * Context: any; takes rq_lock.
 * Return: the pCPU that it belongs to now.
 */
unsigned int sched_get_affinity(struct vcpu *v, struct cpumask *mask)
{
	unsigned long flags;
	struct pcpu *p = vcpu_rq_lock(v, &flags);
	unsigned int cpu = p->cpu;

	cpumask_copy(mask, &v->affinity);
	raw_spin_unlock_irqrestore(&p->rq_lock, flags);
	return cpu;
}
