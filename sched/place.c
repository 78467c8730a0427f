// SPDX-License-Identifier: GPL-2.0-only
/*
 * place.c: which vCPU belongs to which pCPU.
 */
#include <linux/ktime.h>
#include "../kmod/compat.h"
#include "../kmod/trace.h"
#include "sched.h"

/**
 * DOC: place
 *
 * A vCPU belongs to one pCPU's queue from sched_vcpu_init() to
 * sched_vcpu_exit().  Of those that its affinity allows it gets the pCPU with
 * the least sum of weights.  It leaves that one when another takes it for
 * fairness' sake (spread.c), when that one goes offline, and when a new affinity
 * rules it out (affinity.c).
 *
 * vcpu->pcpu changes with both queues locked (lower CPU number first), and
 * never while the vCPU is current.
 */

static enum hrtimer_restart slice_over(struct hrtimer *timer)
{
	struct pcpu *p = container_of(timer, struct pcpu, slice_timer);

	/*
	 * That is all: the interrupt itself has forced the guest out.  No lock
	 * here, since the timer is started and cancelled under rq_lock.
	 */
	WRITE_ONCE(p->need_pick, true);
	return HRTIMER_NORESTART;
}

/**
 * sched_pcpu_init() - set up the queue of a pCPU that is not online yet
 * @p: the pCPU, pcpu->cpu set
 *
 * Does something only the first time: a vcpu_rq_lock() that has just lost a
 * race may still take the lock of a pCPU that is offline.
 *
 * Context: sleepable.
 * Return: 0.
 */
int sched_pcpu_init(struct pcpu *p)
{
	if (p->vcpus.next)
		return 0;
	raw_spin_lock_init(&p->rq_lock);
	INIT_LIST_HEAD(&p->vcpus);
	init_waitqueue_head(&p->wait);
	bvt_queue_init(&p->rq, BVT_ALLOWANCE_NS, BVT_UNIT_NS);
	host_pcpu_init(p);
	compat_hrtimer_setup(&p->slice_timer, slice_over, HRTIMER_MODE_ABS_PINNED_HARD);
	p->slice_end_ns = BVT_FOREVER_NS;
	return 0;
}

/**
 * sched_pcpu_exit() - check that a pCPU leaves nothing behind
 * @p: the pCPU; its vCPUs have moved or are gone, and so is its kthread
 *
 * Context: sleepable.
 */
void sched_pcpu_exit(struct pcpu *p)
{
	WARN_ON_ONCE(!list_empty(&p->vcpus) || p->rq.nr_runnable || p->load);
	hrtimer_cancel(&p->slice_timer);
}

/**
 * rq_lock_two() - lock two queues, lower CPU number first
 * @a: a pCPU
 * @b: another
 *
 * Context: IRQs on; they are off until rq_unlock_two().
 */
void rq_lock_two(struct pcpu *a, struct pcpu *b)
	__acquires(rq_lock) __acquires(rq_lock)
{
	if (a->cpu > b->cpu)
		swap(a, b);
	raw_spin_lock_irq(&a->rq_lock);
	raw_spin_lock_nested(&b->rq_lock, SINGLE_DEPTH_NESTING);
}

/**
 * rq_unlock_two() - undo rq_lock_two()
 * @a: a pCPU
 * @b: another
 */
void rq_unlock_two(struct pcpu *a, struct pcpu *b)
	__releases(rq_lock) __releases(rq_lock)
{
	raw_spin_unlock(&a->rq_lock);
	raw_spin_unlock_irq(&b->rq_lock);
}

static struct pcpu *least_loaded(const struct cpumask *affinity)
{
	struct pcpu *best = NULL;
	int cpu;

	for_each_cpu(cpu, affinity) {
		struct pcpu *p = per_cpu_ptr(&lodge_pcpu, cpu);

		if (READ_ONCE(p->online) && (!best || READ_ONCE(p->load) < READ_ONCE(best->load)))
			best = p;
	}
	return best;
}

/**
 * rq_choose() - the pCPU that a vCPU should belong to
 * @affinity: of the vCPU; set aside, as Linux does, if no pCPU of it is online
 *
 * Return: the least loaded one; NULL: none is online at all.
 * Context: any; the answer may be old at once.
 */
struct pcpu *rq_choose(const struct cpumask *affinity)
{
	struct pcpu *p = least_loaded(affinity);

	return p ? p : least_loaded(cpu_possible_mask);
}

static void attach(struct pcpu *p, struct vcpu *v)
{
	WRITE_ONCE(v->pcpu, p);
	list_add_tail(&v->pcpu_link, &p->vcpus);
	WRITE_ONCE(p->load, p->load + v->bvt.params.weight);
}

static void detach(struct pcpu *p, struct vcpu *v)
{
	list_del_init(&v->pcpu_link);
	WRITE_ONCE(p->load, p->load - v->bvt.params.weight);
}

/**
 * sched_vcpu_init() - give a new vCPU a place; it is VCPU_DOWN
 * @v: the vCPU, zeroed; an empty affinity becomes "anywhere"
 *
 * Context: sleepable; takes rq_lock.
 * Return: 0; -ENODEV: no pCPU is online.
 */
int sched_vcpu_init(struct vcpu *v)
{
	struct pcpu *p;

	if (cpumask_empty(&v->affinity))
		cpumask_copy(&v->affinity, cpu_possible_mask);
	bvt_entity_init(&v->bvt, &v->domain->sched_params, &v->domain->sched_group);
	v->state = VCPU_DOWN;

	do {
		p = rq_choose(&v->affinity);
		if (!p)
			return -ENODEV;
		raw_spin_lock_irq(&p->rq_lock);
		if (p->online)
			attach(p, v);
		raw_spin_unlock_irq(&p->rq_lock);
	} while (!v->pcpu);
	return 0;
}

/**
 * sched_vcpu_exit() - undo sched_vcpu_init()
 * @v: the vCPU; stopped, or never up.  Nothing may wake it any more.
 *
 * Context: sleepable; takes rq_lock.
 */
void sched_vcpu_exit(struct vcpu *v)
{
	unsigned long flags;
	struct pcpu *p;

	if (!v->pcpu)
		return;
	p = vcpu_rq_lock(v, &flags);
	WARN_ON_ONCE(p->current_vcpu == v || v->bvt.state != BVT_IDLE);
	detach(p, v);
	raw_spin_unlock_irqrestore(&p->rq_lock, flags);
	v->pcpu = NULL;
}

/**
 * rq_move_locked() - move a vCPU to another queue
 * @from: its pCPU, locked
 * @to: the other pCPU, locked
 * @v: the vCPU, not current
 *
 * Return: must @to pick again?
 */
bool rq_move_locked(struct pcpu *from, struct pcpu *to, struct vcpu *v)
{
	u64 now_ns = ktime_get_ns();

	WARN_ON_ONCE(from->current_vcpu == v);
	rq_charge(to, now_ns);
	bvt_migrate(&from->rq, &to->rq, &v->bvt);
	detach(from, v);
	attach(to, v);
	trace_lodge_migrate(from, to, v);
	rq_publish(from, now_ns);
	rq_publish(to, now_ns);
	return v->bvt.state == BVT_WAITING && rq_repick(to, now_ns);
}

/**
 * rq_move_one() - move the first vCPU that has to go to another pCPU
 * @p: the pCPU, rq_lock not held; what @which chooses is not its current vCPU
 * @which: must this vCPU go?  Called with @p's rq_lock held
 *
 * Context: sleepable; takes rq_lock.
 * Return: false: there is none (left).
 */
bool rq_move_one(struct pcpu *p, struct vcpu *(*which)(struct pcpu *p))
{
	struct pcpu *to = NULL;
	struct vcpu *v;
	bool kick = false;

	raw_spin_lock_irq(&p->rq_lock);
	v = which(p);
	if (v)
		to = rq_choose(&v->affinity);
	raw_spin_unlock_irq(&p->rq_lock);
	if (!v || WARN_ON_ONCE(!to))
		return false;
	if (to == p)
		return true;

	/* Unlocked, @v may have gone, even been freed; then look again. */
	rq_lock_two(p, to);
	if (to->online && v == which(p))
		kick = rq_move_locked(p, to, v);
	rq_unlock_two(p, to);
	if (kick)
		pcpu_kick(to);
	rq_call_idle(to);
	return true;
}

static struct vcpu *first_vcpu(struct pcpu *p)
{
	return list_first_entry_or_null(&p->vcpus, struct vcpu, pcpu_link);
}

/**
 * sched_evacuate() - move everything to other pCPUs; this one goes offline
 * @p: the pCPU; its kthread has left its loop with sched_put_prev()
 *
 * Context: sleepable; takes rq_lock.
 */
void sched_evacuate(struct pcpu *p)
{
	raw_spin_lock_irq(&p->rq_lock);
	WARN_ON_ONCE(p->current_vcpu);
	WRITE_ONCE(p->online, false);
	raw_spin_unlock_irq(&p->rq_lock);
	rq_gone(p);
	while (rq_move_one(p, first_vcpu))
		cond_resched();
	rq_tell_waiters();
}

/**
 * sched_pcpu_online() - from now on vCPUs may be placed here
 * @p: the pCPU; its kthread is about to run
 *
 * Those that want to be here come back; of the others its kthread takes what
 * waits (spread.c).
 *
 * Context: sleepable; takes rq_lock.
 */
void sched_pcpu_online(struct pcpu *p)
{
	struct pcpu *from;
	int cpu;

	raw_spin_lock_irq(&p->rq_lock);
	rq_take_system(p);
	WRITE_ONCE(p->online, true);
	raw_spin_unlock_irq(&p->rq_lock);
	for_each_possible_cpu(cpu) {
		from = per_cpu_ptr(&lodge_pcpu, cpu);
		if (from == p || !READ_ONCE(from->online))
			continue;
		rq_check_affinity(from);
	}
}
