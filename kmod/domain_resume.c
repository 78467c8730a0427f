// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: A domain goes on after it has suspended itself
 *
 * A guest that asks to be suspended has put everything away that ties it to
 * the hypervisor, and expects to wake up as a new domain, perhaps elsewhere: the
 * call returns 0, its memory, page tables and vCPUs' registers are as they were,
 * and everything else is as at the start of day.  So all of that is made anew
 * here, on the same host: shared_info, vcpu_info, event channels, timers, and what
 * start_info says of console and xenstore.  Restoring a saved domain will end
 * here too.
 *
 * domain_end.c has taken it to where it is.
 */
#include "../ptvalidate/ptvalidate.h"
#include "lodge.h"
#include "uapi/lodge_netlink.h"

/*
 * Tell the guest where shared_info, console and store are now.  The frame is one
 * that it named; a guest that named none has to know by itself.
 */
static int write_start_info(struct domain *d, u64 console_mfn, u32 console_port)
{
	struct start_info *si;

	if (!d->suspend_mfn)
		return 0;
	if (frame_get_type(d, d->suspend_mfn, FRAME_WRITABLE))
		return -ENXIO;
	si = frame_address(d->suspend_mfn);
	WRITE_ONCE(si->shared_info, d->shared_info_mfn << PAGE_SHIFT);
	WRITE_ONCE(si->store_mfn, d->store_mfn);
	WRITE_ONCE(si->store_evtchn, d->store_port);
	WRITE_ONCE(si->console.domU.mfn, console_mfn);
	WRITE_ONCE(si->console.domU.evtchn, console_port);
	frame_put_type(d, d->suspend_mfn);
	return 0;
}

static void reset_vcpus(struct domain *d)
{
	unsigned int i;

	for (i = 0; i < d->nr_vcpus; i++) {
		time_vcpu_exit(d->vcpu[i]);
		/* What is down is not saved, and stock kernels count on that. */
		if (!d->vcpu[i]->is_up)
			vcpu_uninitialise(d->vcpu[i]);
	}
	vcpu_info_reset(d);
	/* Who waited for an event waits for one that cannot come any more. */
	for (i = 0; i < d->nr_vcpus; i++) {
		clear_bit(i, &d->poll_mask);
		sched_wake(d->vcpu[i]);
	}
}

static int resume(struct domain *d)
{
	struct shared_info *s = d->shared_info;
	u32 console_port;
	u64 console_mfn;
	int ret;

	console_resume(d, &console_mfn, &console_port);
	ret = write_start_info(d, console_mfn, console_port);
	if (ret) {
		console_pause(d);
		return ret;
	}
	reset_vcpus(d);
	memset(s->evtchn_mask, 0xff, sizeof(s->evtchn_mask));
	evtchn_reset_for_resume(d);
	time_update_wallclock(d);
	if (!domain_end_suspend(d))
		return -ESHUTDOWN;	/* its end is on its way, and finds nothing amiss */

	d->kept = false;
	mutex_lock(&d->lock);
	WRITE_ONCE(d->pause_count, d->pause_count - 1);
	mutex_unlock(&d->lock);
	netlink_notify(d, LODGE_CMD_RESUMED_NTF);
	if (!d->pause_count)
		domain_start_vcpus(d);
	return 0;
}

static int resume_locked(struct domain *d)
{
	if (d->state == DOMAIN_BUILDING)
		return -EBUSY;
	if (d->state != DOMAIN_RUNNING || test_bit(DOMAIN_END_BIT, &d->ended))
		return -ESHUTDOWN;
	if (!d->ended)
		return -EALREADY;
	if (d->shutdown_reason != SHUTDOWN_suspend)
		return -EOPNOTSUPP;
	domain_keep(d);		/* if the work has not come to it yet */
	return resume(d);
}

/**
 * domain_resume() - let a suspended domain go on
 * @d: the domain
 *
 * If it was paused before it stays paused.
 *
 * Context: sleepable.
 * Return: 0, -EALREADY (it is not suspended), -EBUSY (under construction),
 * -EOPNOTSUPP (preserved), -ENXIO (it named a start_info that is none),
 * -ESHUTDOWN (ends or has ended), -EINTR.
 */
int domain_resume(struct domain *d)
{
	int ret;

	if (mutex_lock_killable(&d->life_lock))
		return -EINTR;
	ret = resume_locked(d);
	mutex_unlock(&d->life_lock);
	return ret;
}
