// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: Where a vCPU's time goes
 *
 * Each nanosecond of a vCPU's life belongs to one of four states: it runs, it
 * waits for a pCPU (runnable), it waits for an event (blocked), or domain 0 holds
 * it (offline).  The scheduler tells the changes (tell_runstate()).  Two readers:
 * the guest, by VCPUOP_get_runstate_info and in an area of its memory (Linux takes
 * runnable and offline for stolen time), and domain 0, by netlink.
 *
 * The ABI calls a vCPU that is down offline, too.  But that is the guest's own
 * wish, or was so before its first start, and stolen from nobody: Linux would let the
 * clock of its scheduler stand still for as long, once the vCPU comes up.  So a
 * vCPU that is down says that it is offline, and the time counts as blocked.
 *
 * A guest that has suspended itself finds its account at zero when it goes on,
 * and adds what it had before; domain 0's goes on in runstate_past.
 *
 * Called with or without rq_lock; takes time_lock, a leaf.
 */
#include "lodge.h"
#include "time.h"
#include "../hypercall/hypercall.h"

/* What the time since the last change counts as; time_lock held. */
static unsigned int counts_as(const struct vcpu *v)
{
	return v->runstate_down ? RUNSTATE_blocked : v->runstate.state;
}

/* Close the account at @now_ns; time_lock held. */
static void count(struct vcpu *v, struct vcpu_runstate_info *rs, u64 now_ns)
{
	rs->time[counts_as(v)] += now_ns - rs->state_entry_time;
}

/**
 * runstate_init() - a new vCPU's account
 * @v: the vCPU, down
 *
 * Context: sleepable.
 */
void runstate_init(struct vcpu *v)
{
	v->runstate.state = RUNSTATE_offline;
	v->runstate.state_entry_time = domain_system_time(v->domain);
	v->runstate_down = true;
}

/**
 * runstate_change() - a vCPU enters another state
 * @v: the vCPU
 * @runstate: RUNSTATE_*
 * @down: it is offline because the guest has not brought it up
 *
 * Context: any, also with a runqueue lock held.
 */
void runstate_change(struct vcpu *v, int runstate, bool down)
{
	struct vcpu_runstate_info *rs = &v->runstate;
	unsigned long flags;
	u64 now_ns;

	if (WARN_ON_ONCE(runstate < 0 || runstate >= ARRAY_SIZE(rs->time)))
		return;
	raw_spin_lock_irqsave(&v->time_lock, flags);
	now_ns = domain_system_time(v->domain);
	count(v, rs, now_ns);
	rs->state_entry_time = now_ns;
	rs->state = runstate;
	v->runstate_down = down;
	raw_spin_unlock_irqrestore(&v->time_lock, flags);
}

/**
 * runstate_get() - where a vCPU's time has gone up to now, for its guest
 * @v: the vCPU
 * @info: result; the times sum up to the vCPU's age, or the time since it resumed
 *
 * Context: any.
 */
void runstate_get(struct vcpu *v, struct vcpu_runstate_info *info)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&v->time_lock, flags);
	*info = v->runstate;
	count(v, info, domain_system_time(v->domain));
	raw_spin_unlock_irqrestore(&v->time_lock, flags);
}

/**
 * runstate_total() - where a vCPU's time has gone since it was created
 * @v: the vCPU
 * @ns: out: nanoseconds in each of RUNSTATE_*
 *
 * Context: any.
 */
void runstate_total(struct vcpu *v, u64 ns[4])
{
	struct vcpu_runstate_info info;
	unsigned long flags;
	unsigned int i;

	raw_spin_lock_irqsave(&v->time_lock, flags);
	info = v->runstate;
	count(v, &info, domain_system_time(v->domain));
	for (i = 0; i < 4; i++)
		ns[i] = v->runstate_past[i] + info.time[i];
	raw_spin_unlock_irqrestore(&v->time_lock, flags);
}

/**
 * runstate_reset() - the guest's account begins anew
 * @v: the vCPU; its guest goes on after it has suspended itself
 *
 * Context: any.
 */
void runstate_reset(struct vcpu *v)
{
	struct vcpu_runstate_info *rs = &v->runstate;
	unsigned long flags;
	unsigned int i;
	u64 now_ns;

	raw_spin_lock_irqsave(&v->time_lock, flags);
	now_ns = domain_system_time(v->domain);
	count(v, rs, now_ns);
	rs->state_entry_time = now_ns;
	for (i = 0; i < 4; i++)
		v->runstate_past[i] += rs->time[i];
	memset(rs->time, 0, sizeof(rs->time));
	raw_spin_unlock_irqrestore(&v->time_lock, flags);
}

/**
 * runstate_publish() - write the account to where the guest wants it
 * @v: the current vCPU; nothing happens if it has registered no area
 *
 * The copy has no part of the present state's time: the guest adds that
 * itself.  XEN_RUNSTATE_UPDATE marks a copy that is being written, for
 * guests that have switched that on.
 *
 * Context: slice.
 */
void runstate_publish(struct vcpu *v)
{
	const bool marks = v->domain->vm_assist & BIT(VMASST_TYPE_runstate_update_flag);
	const u64 gva = v->runstate_gva;
	const u64 entry_gva = gva + offsetof(struct vcpu_runstate_info, state_entry_time);
	struct vcpu_runstate_info info;
	unsigned long flags;

	if (!gva)
		return;
	raw_spin_lock_irqsave(&v->time_lock, flags);
	info = v->runstate;
	raw_spin_unlock_irqrestore(&v->time_lock, flags);

	if (marks) {
		info.state_entry_time |= XEN_RUNSTATE_UPDATE;
		if (time_copy_out(v, entry_gva, &info.state_entry_time, sizeof(u64)))
			return;
		smp_wmb();
	}
	if (time_copy_out(v, gva, &info, sizeof(info)))
		return;
	if (marks) {
		smp_wmb();
		info.state_entry_time &= ~XEN_RUNSTATE_UPDATE;
		time_copy_out(v, entry_gva, &info.state_entry_time, sizeof(u64));
	}
}
