// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: A vCPU's timers
 *
 * One-shot and periodic timer (both raise VIRQ_TIMER) and the time-out of
 * SCHEDOP_poll.  Each timer is one hrtimer, so a guest that sets it in a loop only
 * moves that one about.
 *
 * A timer is never early in the guest's own eyes: the callback compares with
 * the clock that the guest reads, and waits the rest if that lags.
 *
 * time_lock keeps a callback from touching an hrtimer that has just been
 * started again on another pCPU.  It is never held around hrtimer_cancel(),
 * which waits for the callback.
 */
#include <linux/hrtimer.h>
#include "compat.h"
#include "lodge.h"
#include "time.h"
#include "../hypercall/hypercall.h"

#define PERIOD_MIN_NS		NSEC_PER_MSEC
#define PERIOD_MAX_NS		(~0ULL >> 2)
#define LAG_MIN_NS		NSEC_PER_USEC
#define LAG_MAX_NS		NSEC_PER_MSEC	/* more: not lag but a TSC gone astray */
#define FAR_FUTURE_NS		(1ULL << 50)	/* 13 days */

static ktime_t host_time(const struct vcpu *v, u64 system_ns)
{
	u64 epoch_ns = v->domain->time_epoch_ns;

	if (system_ns > KTIME_MAX - epoch_ns)
		return KTIME_MAX;
	return ns_to_ktime(epoch_ns + system_ns);
}

/*
 * time_lock held. How long until the guest too reads @deadline_ns?  A vCPU
 * that is not on a pCPU gets a fresh clock before it can look.
 */
static u64 lag_ns(const struct vcpu *v, u64 deadline_ns)
{
	u64 now_ns;

	if (!time_is_current(v))
		return 0;
	now_ns = time_vcpu_now(v);
	if (now_ns >= deadline_ns || deadline_ns - now_ns > LAG_MAX_NS)
		return 0;
	return max_t(u64, deadline_ns - now_ns, LAG_MIN_NS);
}

/* Return: has the time come?  If not, the timer has been set for the rest. */
static bool deadline_reached(struct vcpu *v, struct hrtimer *timer, u64 deadline_ns)
{
	u64 wait_ns;

	if (hrtimer_is_queued(timer))
		return false;	/* started again: this expiry is void */
	wait_ns = lag_ns(v, deadline_ns);
	if (wait_ns)
		hrtimer_set_expires(timer, ktime_add_ns(ktime_get(), wait_ns));
	return !wait_ns;
}

static enum hrtimer_restart singleshot_expired(struct hrtimer *timer)
{
	struct vcpu *v = container_of(timer, struct vcpu, singleshot);
	unsigned long flags;
	bool due;

	raw_spin_lock_irqsave(&v->time_lock, flags);
	due = deadline_reached(v, timer, v->singleshot_ns);
	raw_spin_unlock_irqrestore(&v->time_lock, flags);
	if (!due)
		return HRTIMER_RESTART;
	evtchn_send_virq(v, VIRQ_TIMER);
	return HRTIMER_NORESTART;
}

static enum hrtimer_restart periodic_expired(struct hrtimer *timer)
{
	struct vcpu *v = container_of(timer, struct vcpu, periodic);
	enum hrtimer_restart restart = HRTIMER_NORESTART;
	unsigned long flags;

	raw_spin_lock_irqsave(&v->time_lock, flags);
	if (v->periodic_ns && !hrtimer_is_queued(timer)) {
		hrtimer_forward_now(timer, ns_to_ktime(v->periodic_ns));
		restart = HRTIMER_RESTART;
	}
	raw_spin_unlock_irqrestore(&v->time_lock, flags);
	if (restart == HRTIMER_RESTART)
		evtchn_send_virq(v, VIRQ_TIMER);
	return restart;
}

static enum hrtimer_restart poll_expired(struct hrtimer *timer)
{
	struct vcpu *v = container_of(timer, struct vcpu, poll_timer);

	if (test_and_clear_bit(v->id, &v->domain->poll_mask))
		sched_wake(v);
	return HRTIMER_NORESTART;
}

/**
 * timer_set_singleshot() - VCPUOP_set_singleshot_timer
 * @v: the current vCPU
 * @timeout_ns: system time
 *
 * A time that has passed raises the event at once.
 *
 * Context: slice.
 */
void timer_set_singleshot(struct vcpu *v, u64 timeout_ns)
{
	unsigned long irqflags;
	bool passed;

	raw_spin_lock_irqsave(&v->time_lock, irqflags);
	passed = timeout_ns <= time_vcpu_now(v);
	if (!passed) {
		v->singleshot_ns = timeout_ns;
		hrtimer_start(&v->singleshot, host_time(v, timeout_ns),
			      HRTIMER_MODE_ABS_PINNED_HARD);
	}
	raw_spin_unlock_irqrestore(&v->time_lock, irqflags);

	if (!passed)
		return;
	hrtimer_cancel(&v->singleshot);
	evtchn_send_virq(v, VIRQ_TIMER);
}

/**
 * timer_stop_singleshot() - VCPUOP_stop_singleshot_timer
 * @v: the current vCPU
 *
 * Context: slice.
 */
void timer_stop_singleshot(struct vcpu *v)
{
	hrtimer_cancel(&v->singleshot);
}

/**
 * timer_set_periodic() - VCPUOP_set_periodic_timer, VCPUOP_stop_periodic_timer
 * @v: the vCPU, of the caller's domain
 * @period_ns: 0 stops it
 *
 * Context: slice.
 * Return: 0, or -EINVAL if the period is shorter than a millisecond or absurd.
 */
long timer_set_periodic(struct vcpu *v, u64 period_ns)
{
	unsigned long flags;

	if (period_ns && (period_ns < PERIOD_MIN_NS || period_ns > PERIOD_MAX_NS))
		return -EINVAL;

	raw_spin_lock_irqsave(&v->time_lock, flags);
	v->periodic_ns = period_ns;
	if (period_ns)
		hrtimer_start(&v->periodic, ktime_add_safe(ktime_get(), period_ns),
			      HRTIMER_MODE_ABS_PINNED_HARD);
	raw_spin_unlock_irqrestore(&v->time_lock, flags);
	if (!period_ns)
		hrtimer_cancel(&v->periodic);
	return 0;
}

/**
 * timer_set_poll() - wake a vCPU that polls
 * @v: the current vCPU, its bit in poll_mask is set
 * @timeout_ns: system time; at once if that has passed
 *
 * Context: slice.
 */
void timer_set_poll(struct vcpu *v, u64 timeout_ns)
{
	hrtimer_start(&v->poll_timer, host_time(v, timeout_ns),
		      HRTIMER_MODE_ABS_PINNED_HARD);
}

/**
 * timer_stop_poll() - forget an earlier time-out
 * @v: the current vCPU
 *
 * Context: slice.
 */
void timer_stop_poll(struct vcpu *v)
{
	hrtimer_cancel(&v->poll_timer);
}

/**
 * hc_set_timer_op() - __HYPERVISOR_set_timer_op, the old one-shot timer
 * @v: the caller
 * @args: system time in ns; 0 stops the timer
 *
 * As in Xen a time that is negative or far in the future means "soon": old
 * kernels wrap, and have work to do then.
 */
long hc_set_timer_op(struct vcpu *v, struct hypercall_args *args)
{
	u64 timeout_ns = args->a[0], now_ns = domain_system_time(v->domain);

	if (!timeout_ns) {
		timer_stop_singleshot(v);
		return 0;
	}
	if ((s64)timeout_ns < 0 ||
	    (timeout_ns > now_ns && timeout_ns - now_ns >= FAR_FUTURE_NS))
		timeout_ns = now_ns + 100 * NSEC_PER_MSEC;
	timer_set_singleshot(v, timeout_ns);
	return 0;
}

/**
 * time_vcpu_init() - a new vCPU's clock, timers and runstate
 * @v: the vCPU; the first one starts the domain's time
 *
 * Context: sleepable.
 */
void time_vcpu_init(struct vcpu *v)
{
	if (!v->domain->time_epoch_ns)
		v->domain->time_epoch_ns = ktime_get_ns();
	raw_spin_lock_init(&v->time_lock);
	compat_hrtimer_setup(&v->singleshot, singleshot_expired, HRTIMER_MODE_ABS_PINNED_HARD);
	compat_hrtimer_setup(&v->periodic, periodic_expired, HRTIMER_MODE_ABS_PINNED_HARD);
	compat_hrtimer_setup(&v->poll_timer, poll_expired, HRTIMER_MODE_ABS_PINNED_HARD);
	runstate_init(v);
}

/**
 * time_vcpu_exit() - stop a vCPU's timers
 * @v: the vCPU, it does not run any more
 *
 * Context: sleepable.
 */
void time_vcpu_exit(struct vcpu *v)
{
	v->periodic_ns = 0;
	hrtimer_cancel(&v->singleshot);
	hrtimer_cancel(&v->periodic);
	hrtimer_cancel(&v->poll_timer);
}
