// SPDX-License-Identifier: GPL-2.0-only
/*
 * spread.c: all pCPUs as one.
 */
#include <linux/ktime.h>
#include "sched.h"

/**
 * DOC: spread
 *
 * What balance.c says is asked here, and done:
 *
 * - a pCPU that picks takes the vCPU that lags most from where it waits, if it
 *   lags behind all that are here by more than BVT_LAG_NS, or if nothing is here;
 * - when a vCPU wakes where it has to wait, or makes another wait, a pCPU that
 *   sleeps is called;
 * - a pCPU where some wait looks whether one who is far ahead of them runs
 *   elsewhere, and has that pCPU pick again.
 *
 * What moves is run at once: nobody is sent where it might only wait again.  A
 * pCPU with one vCPU has nothing to do, and no timer.  The others look around at
 * most every BVT_BALANCE_NS and at least every BVT_LOOK_NS.
 */

#define CAP_NS		10000000ULL	/* weights that count are looked at so often */
#define CAP_DOMAINS	1024		/* with more of them, none is capped */

static struct cpumask rq_idle;		/* pCPUs that found nothing to run */

static struct {
	u64 when_ns;			/* domains_lock */
	struct bvt_share shares[CAP_DOMAINS];
	u32 load;
} rq_cap = { .load = BVT_LOAD_MAX };

static struct {
	raw_spinlock_t lock;
	u64 when_ns, vt;
	unsigned int online, busy;	/* queues; those where anything was runnable */
} rq_base = { .lock = __RAW_SPIN_LOCK_UNLOCKED(rq_base.lock) };

/*
 * The rq_lock of the queue that @e waits in is held.  One that blocked and woke again
 * waits, but until the next pick there it is in the hands of that kthread.
 */
static bool may_move(const struct bvt_entity *e, void *to)
{
	const struct vcpu *v = container_of(e, struct vcpu, bvt);

	return !host_is_entity(e) && v->pcpu->current_vcpu != v &&
	       cpumask_test_cpu(((struct pcpu *)to)->cpu, &v->affinity);
}

static const struct bvt_view *view_of(unsigned int cpu, void *data)
{
	struct pcpu *p;

	if (!cpu_possible(cpu))
		return NULL;
	p = per_cpu_ptr(&lodge_pcpu, cpu);
	return READ_ONCE(p->online) ? &p->view : NULL;
}

/**
 * rq_refresh_base() - renew rq_base_vt() if it is older than BVT_BASE_NS
 *
 * Somebody is about to wake; running vCPUs need it not.
 *
 * Context: any, no rq_lock held; takes each rq_lock in turn.
 */
void rq_refresh_base(void)
{
	u64 now_ns = ktime_get_ns();
	unsigned int busy = 0, online = 0;
	unsigned long flags;
	struct pcpu *p;
	int cpu;

	if (now_ns - READ_ONCE(rq_base.when_ns) < BVT_BASE_NS ||
	    !raw_spin_trylock_irqsave(&rq_base.lock, flags))
		return;
	WRITE_ONCE(rq_base.when_ns, now_ns);
	for_each_possible_cpu(cpu) {
		p = per_cpu_ptr(&lodge_pcpu, cpu);
		if (!READ_ONCE(p->online))
			continue;
		raw_spin_lock(&p->rq_lock);
		rq_charge(p, now_ns);
		rq_publish(p, now_ns);
		busy += p->rq.nr_runnable > 0;
		online++;
		raw_spin_unlock(&p->rq_lock);
	}
	WRITE_ONCE(rq_base.busy, busy);
	WRITE_ONCE(rq_base.online, online);
	WRITE_ONCE(rq_base.vt, bvt_base(view_of, NULL, nr_cpu_ids, rq_base.vt));
	raw_spin_unlock_irqrestore(&rq_base.lock, flags);
}

/**
 * rq_base_vt() - the scheduler virtual time of all queues together
 * @p: the pCPU where somebody wakes, rq_lock held, charged up to now
 *
 * Where one queue is all there is, its SVT is exact.
 *
 * Context: any.
 */
u64 rq_base_vt(const struct pcpu *p)
{
	if (READ_ONCE(rq_base.online) == 1 ||
	    (READ_ONCE(rq_base.busy) <= 1 && p->rq.nr_runnable))
		return bvt_svt(&p->rq);
	return READ_ONCE(rq_base.vt);
}

/* Who should be taken from there, if he lags enough?  That one's queue is locked. */
static struct bvt_entity *worth_taking(struct pcpu *p, struct pcpu *from)
{
	/* Only this kthread changes whether anything is runnable here to none. */
	return READ_ONCE(p->view.nr_runnable) ? bvt_most_lagging(&from->rq, may_move, p) :
						bvt_least_waiting(&from->rq, may_move, p);
}

/* The A of the one that lags most there and may come here; return: is there one? */
static bool lags_there(struct pcpu *p, struct pcpu *from, u64 *avt_vt)
{
	struct bvt_entity *e;

	raw_spin_lock_irq(&from->rq_lock);
	e = worth_taking(p, from);
	if (e)
		*avt_vt = e->avt_vt;
	raw_spin_unlock_irq(&from->rq_lock);
	return e;
}

/* Where does the one wait that lags most?  Only this kthread changes what is here. */
static struct pcpu *most_behind(struct pcpu *p)
{
	struct pcpu *from, *best = NULL;
	u64 avt_vt, least_vt = 0;
	int cpu;

	for_each_possible_cpu(cpu) {
		from = per_cpu_ptr(&lodge_pcpu, cpu);
		if (from == p || !READ_ONCE(from->online) || !bvt_may_lag(&from->view, &p->view) ||
		    !lags_there(p, from, &avt_vt))
			continue;
		if (!best || (s64)(avt_vt - least_vt) < 0) {
			best = from;
			least_vt = avt_vt;
		}
	}
	return best;
}

/* Take a vCPU from another pCPU, if that is fair; return: has one come? */
static bool pull(struct pcpu *p)
{
	struct pcpu *from = most_behind(p);
	struct bvt_entity *e = NULL;

	if (!from)
		return false;
	rq_lock_two(from, p);
	if (from->online && p->online)
		e = worth_taking(p, from);
	if (e && bvt_lags(&p->rq, e))
		rq_move_locked(from, p, container_of(e, struct vcpu, bvt));
	else
		e = NULL;
	rq_unlock_two(from, p);
	return e;
}

/**
 * rq_pull() - before a pick: is there somebody elsewhere who should run here?
 * @p: this pCPU
 * @now_ns: CLOCK_MONOTONIC
 *
 * Context: sleepable, only the pCPU's kthread; takes rq_lock.
 */
void rq_pull(struct pcpu *p, u64 now_ns)
{
	if (now_ns >= p->balance_ns || READ_ONCE(p->nudged) || !READ_ONCE(p->view.nr_runnable)) {
		WRITE_ONCE(p->nudged, false);
		pull(p);
	}
}

/**
 * rq_rest() - this pCPU has nothing to run
 * @p: this pCPU
 *
 * If somebody has to wait from now on, it is called: rq_call_idle().
 *
 * Context: sleepable, only the pCPU's kthread; takes rq_lock.
 * Return: true: something has just come; pick again.
 */
bool rq_rest(struct pcpu *p)
{
	cpumask_set_cpu(p->cpu, &rq_idle);
	smp_mb__after_atomic();		/* the mask before the views: rq_call_idle() */
	return pull(p);
}

/**
 * rq_picked() - this pCPU has something to run
 * @p: this pCPU
 *
 * Context: any.
 */
void rq_picked(struct pcpu *p)
{
	if (unlikely(cpumask_test_cpu(p->cpu, &rq_idle)))
		cpumask_clear_cpu(p->cpu, &rq_idle);
}

/**
 * rq_gone() - a pCPU has gone offline
 * @p: the pCPU; its kthread has left its loop
 *
 * Context: any.
 */
void rq_gone(struct pcpu *p)
{
	cpumask_clear_cpu(p->cpu, &rq_idle);
}

static bool may_go(struct pcpu *p, struct pcpu *idle)
{
	struct bvt_entity *e;
	unsigned long flags;

	raw_spin_lock_irqsave(&p->rq_lock, flags);
	e = bvt_least_waiting(&p->rq, may_move, idle);
	raw_spin_unlock_irqrestore(&p->rq_lock, flags);
	return e;
}

/**
 * rq_call_idle() - some may have to wait on a pCPU: are others idle?
 * @p: the pCPU, its rq_lock not held
 *
 * Each that is called leaves the mask at once, so that the next one who waits
 * calls another.
 *
 * Context: any.
 */
void rq_call_idle(struct pcpu *p)
{
	unsigned int left, cpu;
	struct pcpu *idle;

	smp_mb();			/* the view before the mask: rq_rest() */
	left = READ_ONCE(p->view.nr_waiting);
	if (!left)
		return;
	for_each_cpu(cpu, &rq_idle) {
		idle = per_cpu_ptr(&lodge_pcpu, cpu);
		if (idle == p || !may_go(p, idle) || !cpumask_test_and_clear_cpu(cpu, &rq_idle))
			continue;
		WRITE_ONCE(idle->need_pick, true);
		pcpu_kick(idle);
		if (!--left)
			return;
	}
}

/* Does one who is far ahead of those that wait on @p run on @at? */
static bool runs_ahead(struct pcpu *p, struct pcpu *at, u64 now_ns)
{
	struct bvt_entity *e;
	bool ahead = false;

	rq_lock_two(p, at);
	rq_charge(at, now_ns);
	e = bvt_most_lagging(&p->rq, may_move, at);
	if (e && at->online && bvt_is_ahead(&at->rq, e)) {
		WRITE_ONCE(at->nudged, true);
		WRITE_ONCE(at->need_pick, true);
		ahead = true;
	}
	rq_unlock_two(p, at);
	return ahead;
}

/**
 * rq_nudge() - after a pick: should one that waits here run elsewhere?
 * @p: this pCPU
 * @now_ns: CLOCK_MONOTONIC
 *
 * Context: sleepable, only the pCPU's kthread; takes rq_lock.
 */
void rq_nudge(struct pcpu *p, u64 now_ns)
{
	struct pcpu *at;
	int cpu;

	rq_call_idle(p);
	if (now_ns < p->balance_ns)
		return;
	p->balance_ns = now_ns + BVT_BALANCE_NS;
	if (!READ_ONCE(p->view.nr_waiting))
		return;
	for_each_possible_cpu(cpu) {
		at = per_cpu_ptr(&lodge_pcpu, cpu);
		if (at == p || !READ_ONCE(at->online) ||
		    !bvt_may_be_ahead(&at->view, &p->view, now_ns) || !runs_ahead(p, at, now_ns))
			continue;
		pcpu_kick(at);
		return;
	}
}

/**
 * rq_slice_ns() - how long the current vCPU may run before the next pick
 * @p: the pCPU, rq_lock held, charged up to now
 * @now_ns: CLOCK_MONOTONIC
 *
 * Context: any.
 */
u64 rq_slice_ns(const struct pcpu *p, u64 now_ns)
{
	u64 slice_ns = host_slice_ns(p, now_ns);

	if (num_online_cpus() == 1)
		return slice_ns;
	return bvt_look_ns(&p->rq, slice_ns, p->balance_ns, now_ns);
}

static u32 compute_cap(void)
{
	unsigned int nr = 0, cpus = 0;
	struct domain *d;
	int cpu;

	rq_cap.shares[nr++] = host_share();
	lockdep_assert_held(&domains_lock);
	list_for_each_entry(d, &domains, list) {
		u32 runnable = READ_ONCE(d->sched_group.runnable);

		if (!runnable)
			continue;
		if (nr == CAP_DOMAINS)
			return BVT_LOAD_MAX;
		rq_cap.shares[nr++] = (struct bvt_share){ d->sched_params.weight, runnable };
	}
	for_each_possible_cpu(cpu)
		cpus += READ_ONCE(per_cpu_ptr(&lodge_pcpu, cpu)->online);
	return bvt_cap_load(rq_cap.shares, nr, cpus);
}

/**
 * rq_look_at_weights() - see what weights count, when it is time to
 * @now_ns: CLOCK_MONOTONIC
 *
 * Context: sleepable.
 */
void rq_look_at_weights(u64 now_ns)
{
	if (now_ns - READ_ONCE(rq_cap.when_ns) >= CAP_NS && mutex_trylock(&domains_lock)) {
		WRITE_ONCE(rq_cap.when_ns, now_ns);
		WRITE_ONCE(rq_cap.load, compute_cap());
		mutex_unlock(&domains_lock);
	}
}

/**
 * rq_cap_load() - what no vCPU counts as more than: bvt_cap_load()
 *
 * Context: any.
 */
u32 rq_cap_load(void)
{
	return READ_ONCE(rq_cap.load);
}
