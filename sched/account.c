// SPDX-License-Identifier: GPL-2.0-only
/*
 * account.c: what a pCPU's time went to.
 */
#include <linux/ktime.h>
#include "sched.h"

/**
 * DOC: account
 *
 * What domain 0 is told about a pCPU.  The numbers are kept by sched.c
 * (rq_charge(), sched_pick()); this file reads them in one piece, the slice that is
 * under way included.  Called by netlink; it changes nothing.
 */

/**
 * sched_pcpu_account() - what a pCPU's thread did so far
 * @p: the pCPU
 * @a: filled
 *
 * Context: any; takes rq_lock.
 * Return: false: it is offline, @a is not filled.
 */
bool sched_pcpu_account(struct pcpu *p, struct pcpu_account *a)
{
	const struct vcpu *v;
	unsigned long flags;
	s64 under_way_ns;

	if (!READ_ONCE(p->online))
		return false;
	raw_spin_lock_irqsave(&p->rq_lock, flags);
	a->now_ns = ktime_get_ns();
	under_way_ns = p->in_slice ? a->now_ns - p->slice_start_ns : 0;
	a->run_ns = p->run_ns + max_t(s64, under_way_ns, 0);
	a->switches = p->nr_switches;
	a->runnable = p->rq.nr_runnable - host_entity_wants(&p->host.entity);
	v = p->in_slice ? p->current_vcpu : NULL;
	a->running = v;
	a->domain = v ? v->domain->id : 0;
	a->vcpu = v ? v->id : 0;
	raw_spin_unlock_irqrestore(&p->rq_lock, flags);
	return true;
}
