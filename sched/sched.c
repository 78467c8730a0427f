// SPDX-License-Identifier: GPL-2.0-only
/*
 * sched.c: who runs on this pCPU, and for how long.
 */
#include <linux/ktime.h>
#include <linux/wait.h>
#include "../kmod/trace.h"
#include "sched.h"

/**
 * DOC: sched
 *
 * The policy is bvt.c; this file keeps vCPUs' states, clocks and timers around
 * it.  One queue per pCPU under pcpu->rq_lock, a raw lock that is taken with
 * IRQs off.  Under it nothing is woken, no IPI is sent, and only the vCPU's
 * time_lock is taken (and a second rq_lock, in place.c).  A vCPU's state and
 * its bvt entity belong to the rq_lock of vcpu->pcpu.
 *
 * The kthread of a pCPU calls sched_pick(), runs what it gets in one slice or
 * several (sched_account_start() and _stop() around each), and picks again
 * when pcpu->need_pick says so.  current_vcpu stays the same from one pick to
 * the next, also when it has blocked meanwhile: so "not current" means that
 * the kthread does not touch the vCPU any more.
 *
 * need_pick is set under rq_lock by whatever makes another choice possible,
 * and without it by the slice timer; sched_pick() alone clears it, before it
 * looks at the queue.  The run loop must look at it with IRQs off before each
 * entry, so that an IPI sent after it was set forces the guest out.
 *
 * Only time between sched_account_start() and _stop() is charged.  When the
 * host preempts the kthread, the vCPU's clock stands still.
 *
 * A pCPU where no vCPU is runnable has no timer and a sleeping kthread.
 */

/* For current_vcpu or vcpu->pcpu to change, somewhere. */
DECLARE_WAIT_QUEUE_HEAD(rq_wait);

static struct vcpu *vcpu_of(struct bvt_entity *e)
{
	return e ? container_of(e, struct vcpu, bvt) : NULL;
}

/**
 * vcpu_rq_lock() - lock the run queue that a vCPU belongs to
 * @v: the vCPU
 * @flags: for raw_spin_unlock_irqrestore()
 *
 * vcpu->pcpu changes only with both queues locked, hence the second look.
 *
 * Context: any.
 * Return: the pCPU, locked.
 */
struct pcpu *vcpu_rq_lock(struct vcpu *v, unsigned long *flags) __acquires(rq_lock)
{
	struct pcpu *p;

	for (;;) {
		p = READ_ONCE(v->pcpu);
		raw_spin_lock_irqsave(&p->rq_lock, *flags);
		if (likely(p == v->pcpu))
			return p;
		raw_spin_unlock_irqrestore(&p->rq_lock, *flags);
	}
}

/* Say the run state that follows from the scheduler's; rq_lock is held. */
static void tell_runstate(struct pcpu *p, struct vcpu *v)
{
	const bool down = v->state == VCPU_DOWN ||
			  (v->state == VCPU_STOPPED && v->resume_state == VCPU_DOWN);

	trace_warp(v);
	if (p->in_slice && p->current_vcpu == v)
		runstate_change(v, RUNSTATE_running, false);
	else if (v->state == VCPU_RUNNABLE)
		runstate_change(v, RUNSTATE_runnable, false);
	else if (v->state == VCPU_BLOCKED)
		runstate_change(v, RUNSTATE_blocked, false);
	else
		runstate_change(v, RUNSTATE_offline, down);
}

/**
 * rq_charge() - bring the current vCPU's account up to date
 * @p: the pCPU, rq_lock held
 * @now_ns: CLOCK_MONOTONIC
 */
void rq_charge(struct pcpu *p, u64 now_ns)
{
	struct vcpu *v = p->current_vcpu;
	u64 ran_ns = now_ns - p->slice_start_ns;

	host_charge(p, now_ns);
	/* Another CPU may have read its clock before it waited for the lock. */
	if (!p->in_slice || (s64)ran_ns <= 0)
		return;
	p->slice_start_ns = now_ns;
	p->run_ns += ran_ns;
	p->rq.cap_load = rq_cap_load();	/* one that runs alone may not pick for long */
	bvt_charge(&p->rq, &v->bvt, ran_ns, now_ns);
	trace_warp(v);
}

/**
 * rq_repick() - a vCPU came to this queue: must the pCPU pick again?
 * @p: the pCPU, rq_lock held, charged up to now
 * @now_ns: CLOCK_MONOTONIC
 *
 * Return: true if so; need_pick is set, and the caller must pcpu_kick() it once
 * it has dropped the lock.
 */
bool rq_repick(struct pcpu *p, u64 now_ns)
{
	u64 slice_ns;

	if (host_has_turn(p) && host_slice_ns(p, now_ns) >= p->host.end_ns - now_ns)
		return false;
	if (p->current_vcpu && p->rq.curr) {
		slice_ns = bvt_time_slice_ns(&p->rq);
		if (!bvt_must_switch(&p->rq) &&
		    (!p->in_slice || slice_ns >= p->slice_end_ns - now_ns))
			return false;
	}
	WRITE_ONCE(p->need_pick, true);
	return true;
}

/* Make @v runnable; its state was none that is.  rq_lock held; as rq_repick(). */
static bool start_running(struct pcpu *p, struct vcpu *v)
{
	u64 now_ns = ktime_get_ns();

	rq_charge(p, now_ns);
	v->state = VCPU_RUNNABLE;
	bvt_wake_among(&p->rq, &v->bvt, now_ns, rq_base_vt(p));
	rq_publish(p, now_ns);
	trace_lodge_wake(p, v);
	tell_runstate(p, v);
	return rq_repick(p, now_ns);
}

/* Give @v a state in which it does not run.  rq_lock held; as rq_repick(). */
static bool stop_running(struct pcpu *p, struct vcpu *v, enum vcpu_state state)
{
	u64 now_ns = ktime_get_ns();

	rq_charge(p, now_ns);
	v->state = state;
	bvt_block(&p->rq, &v->bvt, now_ns);
	rq_publish(p, now_ns);
	trace_lodge_block(p, v);
	tell_runstate(p, v);
	if (p->current_vcpu != v)
		return false;
	WRITE_ONCE(p->need_pick, true);
	return true;
}

static void rq_unlock_kick(struct pcpu *p, unsigned long flags, bool kick)
	__releases(rq_lock)
{
	raw_spin_unlock_irqrestore(&p->rq_lock, flags);
	if (kick)
		pcpu_kick(p);
}

/* After start_running(): whoever waits there now may find an idle pCPU. */
static void rq_unlock_started(struct pcpu *p, unsigned long flags, bool kick)
	__releases(rq_lock)
{
	rq_unlock_kick(p, flags, kick);
	rq_call_idle(p);
}

/**
 * sched_wake() - an event for this vCPU is pending
 * @v: the vCPU
 *
 * The caller has made the event visible to vcpu_event_pending() before.
 *
 * No wake-up is lost: this section and that of sched_block() exclude each
 * other.  If this one is first, sched_block() sees what the caller wrote before
 * it and does not block.  If it is second, it finds VCPU_BLOCKED.  A stopped
 * vCPU remembers in resume_state.
 *
 * A vCPU that is runnable needs no wake-up; to make it look at its events soon,
 * vcpu_kick() it.
 *
 * Context: any, also hard IRQ; takes rq_lock.
 */
void sched_wake(struct vcpu *v)
{
	unsigned long flags;
	struct pcpu *p;

	if (READ_ONCE(v->state) != VCPU_RUNNABLE)
		rq_refresh_base();
	p = vcpu_rq_lock(v, &flags);
	if (v->state == VCPU_BLOCKED) {
		rq_unlock_started(p, flags, start_running(p, v));
		return;
	}
	if (v->state == VCPU_STOPPED && v->resume_state == VCPU_BLOCKED)
		v->resume_state = VCPU_RUNNABLE;
	raw_spin_unlock_irqrestore(&p->rq_lock, flags);
}

/**
 * sched_block() - the current vCPU has nothing to do until an event comes
 * @v: the vCPU; it runs on this pCPU
 *
 * The run loop leaves the slice when it sees need_pick, as after any exit.
 *
 * Context: slice, or sleepable on the kthread that has it; takes rq_lock.
 * Return: false if an event is pending, so that it goes on.
 */
bool sched_block(struct vcpu *v)
{
	unsigned long flags;
	struct pcpu *p = vcpu_rq_lock(v, &flags);
	bool blocks = !vcpu_event_pending(v);

	if (blocks && v->state == VCPU_RUNNABLE)
		stop_running(p, v, VCPU_BLOCKED);
	else if (blocks && v->state == VCPU_STOPPED && v->resume_state == VCPU_RUNNABLE)
		v->resume_state = VCPU_BLOCKED;
	raw_spin_unlock_irqrestore(&p->rq_lock, flags);
	return blocks;
}

/**
 * sched_yield_vcpu() - the current vCPU lets others go first
 * @v: the vCPU; it runs on this pCPU
 *
 * Context: slice, or sleepable on the kthread that has it; takes rq_lock.
 */
void sched_yield_vcpu(struct vcpu *v)
{
	unsigned long flags;
	struct pcpu *p = vcpu_rq_lock(v, &flags);

	rq_charge(p, ktime_get_ns());
	if (p->rq.curr == &v->bvt && p->rq.nr_runnable > 1) {
		bvt_yield(&p->rq);
		WRITE_ONCE(p->need_pick, true);
	}
	raw_spin_unlock_irqrestore(&p->rq_lock, flags);
}

/**
 * sched_up() - a vCPU that was down may run
 * @v: the vCPU, initialised
 *
 * is_up and the state change together, under the lock: whoever sees is_up false
 * may take the vCPU up at once, and the "down" behind it must not come later.
 *
 * Context: any; takes rq_lock.
 */
void sched_up(struct vcpu *v)
{
	unsigned long flags;
	struct pcpu *p;
	bool kick = false;

	rq_refresh_base();
	p = vcpu_rq_lock(v, &flags);

	WRITE_ONCE(v->is_up, true);
	if (v->state == VCPU_DOWN)
		kick = start_running(p, v);
	else if (v->state == VCPU_STOPPED && v->resume_state == VCPU_DOWN)
		v->resume_state = VCPU_RUNNABLE;
	rq_unlock_started(p, flags, kick);
}

/**
 * sched_down() - a vCPU goes down until sched_up(), whatever events come
 * @v: the vCPU, may be running; this does not wait
 *
 * Context: any; takes rq_lock.
 */
void sched_down(struct vcpu *v)
{
	unsigned long flags;
	struct pcpu *p = vcpu_rq_lock(v, &flags);
	bool kick = false;

	WRITE_ONCE(v->is_up, false);
	if (v->state == VCPU_STOPPED)
		v->resume_state = VCPU_DOWN;
	else if (v->state != VCPU_DOWN)
		kick = stop_running(p, v, VCPU_DOWN);
	rq_unlock_kick(p, flags, kick);
}

/**
 * sched_stop_async() - a vCPU is not to run until sched_resume()
 * @v: the vCPU; it may run on for a moment
 *
 * Does nothing to one that is stopped.
 *
 * Context: any; takes rq_lock.
 */
void sched_stop_async(struct vcpu *v)
{
	unsigned long flags;
	struct pcpu *p = vcpu_rq_lock(v, &flags);
	bool kick = false;

	if (v->state != VCPU_STOPPED) {
		v->resume_state = v->state;
		kick = stop_running(p, v, VCPU_STOPPED);
	}
	rq_unlock_kick(p, flags, kick);
}

static bool vcpu_is_current(struct vcpu *v)
{
	unsigned long flags;
	struct pcpu *p = vcpu_rq_lock(v, &flags);
	bool is_current = p->current_vcpu == v;

	raw_spin_unlock_irqrestore(&p->rq_lock, flags);
	return is_current;
}

/**
 * sched_stop() - stop a vCPU and wait until no kthread touches it
 * @v: the vCPU
 *
 * Never from the kthread that runs @v: it would wait for itself.
 *
 * Context: sleepable.
 */
void sched_stop(struct vcpu *v)
{
	might_sleep();
	sched_stop_async(v);
	wait_event(rq_wait, !vcpu_is_current(v));
}

/**
 * sched_resume() - undo sched_stop()
 * @v: the vCPU
 *
 * It gets the state it would have without the stop.
 *
 * Context: any; takes rq_lock.
 */
void sched_resume(struct vcpu *v)
{
	unsigned long flags;
	struct pcpu *p;
	bool kick = false;

	rq_refresh_base();
	p = vcpu_rq_lock(v, &flags);

	if (v->state == VCPU_STOPPED) {
		v->state = v->resume_state;
		if (v->state == VCPU_RUNNABLE ||
		    (v->state == VCPU_BLOCKED && vcpu_event_pending(v)))
			kick = start_running(p, v);
		else
			tell_runstate(p, v);
	}
	rq_unlock_started(p, flags, kick);
}

/* ---- the pCPU's kthread ---- */

/**
 * sched_has_work() - what the kthread of an idle pCPU waits for on pcpu->wait
 * @p: the pCPU
 *
 * Context: any.
 * Return: true when sched_pick() should be called.
 */
bool sched_has_work(struct pcpu *p)
{
	return READ_ONCE(p->need_pick);
}

/**
 * rq_tell_waiters() - current_vcpu or vcpu->pcpu has changed
 *
 * sched_stop() and sched_set_affinity() wait for what was done under rq_lock.
 *
 * Context: any, rq_lock not held.
 */
void rq_tell_waiters(void)
{
	if (wq_has_sleeper(&rq_wait))
		wake_up_all(&rq_wait);
}

/**
 * sched_pick() - choose the vCPU that this pCPU runs next
 * @p: this pCPU, not in a slice
 *
 * The one that was current until now may be gone when this returns.
 *
 * Context: sleepable, only the pCPU's kthread; takes rq_lock.
 * Return: the vCPU, often the same one; NULL: none is runnable.
 */
struct vcpu *sched_pick(struct pcpu *p)
{
	struct vcpu *prev, *next;
	u64 now_ns;

	if (unlikely(READ_ONCE(p->misplaced)))
		rq_move_misplaced(p);
	now_ns = ktime_get_ns();
	rq_look_at_weights(now_ns);
	rq_pull(p, now_ns);
	do {
		raw_spin_lock_irq(&p->rq_lock);
		WARN_ON_ONCE(p->in_slice);
		WRITE_ONCE(p->need_pick, false);
		p->rq.cap_load = rq_cap_load();
		prev = p->current_vcpu;
		next = vcpu_of(host_pick(p, now_ns));
		trace_pick(p, prev, next);
		p->nr_switches += next && next != prev;
		p->current_vcpu = next;
		rq_publish(p, now_ns);
		raw_spin_unlock_irq(&p->rq_lock);

		if (prev && prev != next)
			rq_tell_waiters();
	} while (!next && !host_has_turn(p) && rq_rest(p));

	if (next || host_has_turn(p)) {
		rq_picked(p);
		rq_nudge(p, now_ns);
	}
	if (next) {
		host_picked(p);
	} else {	/* On this CPU, so the callback cannot be running. */
		hrtimer_cancel(&p->slice_timer);
	}
	return next;
}

/**
 * sched_put_prev() - the kthread stops running vCPUs for now
 * @p: this pCPU, not in a slice
 *
 * A runnable vCPU stays in the queue; need_pick stays set for the next pick.
 *
 * Context: sleepable, only the pCPU's kthread; takes rq_lock.
 */
void sched_put_prev(struct pcpu *p)
{
	u64 now_ns = ktime_get_ns();

	raw_spin_lock_irq(&p->rq_lock);
	WARN_ON_ONCE(p->in_slice);
	bvt_put(&p->rq, now_ns);
	host_leave(p, now_ns);
	rq_publish(p, now_ns);
	trace_pick(p, p->current_vcpu, NULL);
	p->current_vcpu = NULL;
	WRITE_ONCE(p->need_pick, true);
	raw_spin_unlock_irq(&p->rq_lock);

	hrtimer_cancel(&p->slice_timer);
	rq_tell_waiters();
}

/**
 * sched_account_start() - the picked vCPU begins to use the pCPU
 * @p: this pCPU
 * @now_ns: CLOCK_MONOTONIC
 *
 * Also programs the slice timer: it fires when, by BVT, another vCPU may have
 * to run, or this pCPU must look at others, and not at all when no other waits.
 *
 * Context: slice, or sleepable for a long hypercall; takes rq_lock.
 */
void sched_account_start(struct pcpu *p, u64 now_ns)
{
	u64 slice_ns;

	raw_spin_lock_irq(&p->rq_lock);
	p->in_slice = true;
	p->slice_start_ns = now_ns;
	trace_lodge_run(p, p->current_vcpu);
	tell_runstate(p, p->current_vcpu);
	slice_ns = rq_slice_ns(p, now_ns);
	p->slice_end_ns = slice_ns < KTIME_MAX - now_ns ? now_ns + slice_ns : BVT_FOREVER_NS;
	if (p->slice_end_ns == BVT_FOREVER_NS)
		hrtimer_try_to_cancel(&p->slice_timer);
	else
		hrtimer_start(&p->slice_timer, ns_to_ktime(p->slice_end_ns),
			      HRTIMER_MODE_ABS_PINNED_HARD);
	raw_spin_unlock_irq(&p->rq_lock);
}

/**
 * sched_account_stop() - the current vCPU stops using the pCPU
 * @p: this pCPU
 * @now_ns: CLOCK_MONOTONIC
 *
 * Context: slice, or sleepable for a long hypercall; takes rq_lock.
 */
void sched_account_stop(struct pcpu *p, u64 now_ns)
{
	raw_spin_lock_irq(&p->rq_lock);
	rq_charge(p, now_ns);
	rq_publish(p, now_ns);
	p->in_slice = false;
	trace_lodge_leave(p, p->current_vcpu);
	tell_runstate(p, p->current_vcpu);
	raw_spin_unlock_irq(&p->rq_lock);
}
