// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: sched_op
 *
 * What a guest says about its own use of the CPU: give way, wait for events,
 * stop for good, watch over itself.  Deciding who runs is sched/'s.
 */
#include <linux/jiffies.h>
#include <linux/nospec.h>
#include "../kmod/uapi/lodge_guest.h"
#include "hypercall.h"

#define POLL_MAX_PORTS	128

/* Open for events first: sched_block() does not block if one is pending then. */
static long op_block(struct vcpu *v)
{
	WRITE_ONCE(v->info->evtchn_upcall_mask, 0);
	sched_block(v);
	return 0;
}

/* 1: an event is pending on one of the ports, 0: on none; last: the last port. */
static int poll_ports(struct vcpu *v, const struct sched_poll *poll, u32 *last)
{
	u64 gva = (u64)poll->ports;
	unsigned int i;
	int ret;

	for (i = 0; i < poll->nr_ports; i++) {
		if (copy_from_guest(v, last, gva + i * sizeof(*last), sizeof(*last)))
			return -EFAULT;
		ret = evtchn_poll_port(v->domain, *last);
		if (ret)
			return ret;
	}
	return 0;
}

static long op_poll(struct vcpu *v, u64 gva)
{
	unsigned long *mask = &v->domain->poll_mask;
	struct sched_poll poll;
	u32 port = 0;
	int ret;

	if (copy_from_guest(v, &poll, gva, sizeof(poll)))
		return -EFAULT;
	if (poll.nr_ports > POLL_MAX_PORTS)
		return -EINVAL;

	timer_stop_poll(v);
	WRITE_ONCE(v->poll_port, 0);
	set_bit(v->id, mask);
	smp_mb__after_atomic();	/* then look: whoever sends now sees the bit */

	ret = vcpu_event_pending(v) ? 1 : poll_ports(v, &poll, &port);
	if (ret) {
		clear_bit(v->id, mask);
		return ret < 0 ? ret : 0;
	}

	if (poll.nr_ports == 1)
		WRITE_ONCE(v->poll_port, port);
	if (!sched_block(v)) {
		clear_bit(v->id, mask);
		return 0;
	}
	/* A sender that has cleared the bit may have come to wake us too early. */
	if (!test_bit(v->id, mask))
		sched_wake(v);
	else if (poll.timeout)
		timer_set_poll(v, poll.timeout);
	return 0;
}

static void shut_down(struct domain *d, u8 reason)
{
	u8 code = READ_ONCE(d->shutdown_code);

	if (code)
		reason = code - 1;
	domain_shutdown(d, reason > SHUTDOWN_MAX ? SHUTDOWN_crash : reason);
}

/* @start_info: on suspend the guest tells its frame, for whoever lets it go on. */
static long op_shutdown(struct vcpu *v, u64 gva, u64 start_info)
{
	struct sched_shutdown sd;

	if (copy_from_guest(v, &sd, gva, sizeof(sd)))
		return -EFAULT;
	if (sd.reason == SHUTDOWN_suspend)
		WRITE_ONCE(v->domain->suspend_mfn, start_info);
	shut_down(v->domain, sd.reason);
	return 0;
}

/* Say now what a later shutdown will have been. The first one counts. */
static long op_shutdown_code(struct vcpu *v, u64 gva)
{
	struct sched_shutdown sd;
	u8 reason;

	if (copy_from_guest(v, &sd, gva, sizeof(sd)))
		return -EFAULT;
	reason = min_t(u8, sd.reason, SHUTDOWN_MAX + 1);
	cmpxchg(&v->domain->shutdown_code, 0, reason + 1);
	return 0;
}

static long op_remote_shutdown(struct vcpu *v, u64 gva)
{
	struct sched_remote_shutdown rs;
	struct domain *d;

	if (copy_from_guest(v, &rs, gva, sizeof(rs)))
		return -EFAULT;
	/* Not DOMID_SELF either: this call is for others. */
	if (rs.domain_id >= DOMID_FIRST_RESERVED)
		return -ESRCH;
	d = rs.domain_id ? domain_get(rs.domain_id) : NULL;
	if (!d && rs.domain_id)
		return -ESRCH;
	if (d)
		domain_put(d);
	return -EPERM;
}

/* ---- watchdogs: a domain that stops renewing one is shut down ---- */

static void watchdog_expired(struct domain *d, unsigned int slot)
{
	if (!test_bit(slot, &d->watchdog_inuse))
		return;
	pr_info("domain %u (%s): watchdog expired\n", d->id, d->name);
	shut_down(d, SHUTDOWN_watchdog);
}

static void watchdog0_work(struct work_struct *work)
{
	watchdog_expired(container_of(to_delayed_work(work), struct domain, watchdog[0]), 0);
}

static void watchdog1_work(struct work_struct *work)
{
	watchdog_expired(container_of(to_delayed_work(work), struct domain, watchdog[1]), 1);
}

/**
 * watchdog_init() - a new domain's watchdogs, none in use
 * @d: the domain
 */
void watchdog_init(struct domain *d)
{
	INIT_DELAYED_WORK(&d->watchdog[0], watchdog0_work);
	INIT_DELAYED_WORK(&d->watchdog[1], watchdog1_work);
	d->watchdog_inuse = 0;
}

/**
 * watchdog_exit() - stop a domain's watchdogs, and forget them
 * @d: the domain, its vCPUs have stopped
 *
 * Context: sleepable.
 */
void watchdog_exit(struct domain *d)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(d->watchdog); i++)
		cancel_delayed_work_sync(&d->watchdog[i]);
	d->watchdog_inuse = 0;
}

static void watchdog_start(struct domain *d, unsigned int slot, u32 timeout_s)
{
	mod_delayed_work(system_wq, &d->watchdog[slot], (unsigned long)timeout_s * HZ);
}

static long op_watchdog(struct vcpu *v, u64 gva)
{
	struct domain *d = v->domain;
	struct sched_watchdog wd;
	unsigned int slot;

	if (copy_from_guest(v, &wd, gva, sizeof(wd)))
		return -EFAULT;
	if (wd.id > ARRAY_SIZE(d->watchdog))
		return -EINVAL;

	if (!wd.id) {
		for (slot = 0; slot < ARRAY_SIZE(d->watchdog); slot++) {
			if (test_and_set_bit(slot, &d->watchdog_inuse))
				continue;
			watchdog_start(d, slot, wd.timeout);
			return slot + 1;
		}
		return -ENOSPC;
	}

	slot = array_index_nospec(wd.id - 1, ARRAY_SIZE(d->watchdog));
	if (!test_bit(slot, &d->watchdog_inuse))
		return -EINVAL;
	if (wd.timeout) {
		watchdog_start(d, slot, wd.timeout);
	} else {
		clear_bit(slot, &d->watchdog_inuse);
		cancel_delayed_work(&d->watchdog[slot]);
	}
	return 0;
}

/* An extension of ours: stock guests do not know it. */
static long op_warp(struct vcpu *v, u64 want)
{
	switch (want) {
	case LODGE_WARP_WANT_OFF:
	case LODGE_WARP_WANT_ON:
		return sched_guest_warp(v, want == LODGE_WARP_WANT_ON);
	case LODGE_WARP_WANT_ASK:
		return sched_guest_wants_warp(v);
	}
	return -EINVAL;
}

/**
 * hc_sched_op() - __HYPERVISOR_sched_op
 * @v: the caller
 * @args: SCHEDOP_*, address of its structure; LODGE_SCHEDOP_WARP, LODGE_WARP_WANT_*
 */
long hc_sched_op(struct vcpu *v, struct hypercall_args *args)
{
	switch ((int)args->a[0]) {
	case SCHEDOP_yield:
		sched_yield_vcpu(v);
		return 0;
	case SCHEDOP_block:
		return op_block(v);
	case SCHEDOP_shutdown:
		return op_shutdown(v, args->a[1], args->a[2]);
	case SCHEDOP_shutdown_code:
		return op_shutdown_code(v, args->a[1]);
	case SCHEDOP_poll:
		return op_poll(v, args->a[1]);
	case SCHEDOP_remote_shutdown:
		return op_remote_shutdown(v, args->a[1]);
	case SCHEDOP_watchdog:
		return op_watchdog(v, args->a[1]);
	case SCHEDOP_pin_override:
		return -EPERM;
	case LODGE_SCHEDOP_WARP:
		return op_warp(v, args->a[1]);
	}
	return -ENOSYS;
}

/**
 * hc_sched_op_compat() - the old form: the shutdown reason is an argument
 * @v: the caller
 * @args: SCHEDOP_yield, _block or _shutdown; for the last the reason
 */
long hc_sched_op_compat(struct vcpu *v, struct hypercall_args *args)
{
	switch ((int)args->a[0]) {
	case SCHEDOP_yield:
		sched_yield_vcpu(v);
		return 0;
	case SCHEDOP_block:
		return op_block(v);
	case SCHEDOP_shutdown:
		shut_down(v->domain, args->a[1]);
		return 0;
	}
	return -ENOSYS;
}
