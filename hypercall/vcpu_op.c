// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: vcpu_op
 *
 * A guest's calls about one of its vCPUs: up and down, timers, and the areas
 * of guest memory in which it wants to be told about events, time and
 * runstate.  vcpu_info is written through a mapping of ours, so its frame is
 * held as WRITABLE; the other areas are written by virtual address while the
 * vCPU is current, and need no reference.
 */
#include <linux/nospec.h>
#include "../ptvalidate/ptvalidate.h"
#include "hypercall.h"

/* What a vCPU beyond the 32nd has until it registers its own; nobody reads it. */
static struct vcpu_info dummy_info;

/**
 * vcpu_info_init() - the vcpu_info that a vCPU has at first
 * @v: the vCPU
 *
 * Context: sleepable.
 */
void vcpu_info_init(struct vcpu *v)
{
	struct domain *d = v->domain;

	v->info_mfn = 0;
	if (v->id >= MAX_VIRT_CPUS) {
		WRITE_ONCE(v->info, &dummy_info);
		v->page->vcpu_info_hole = NULL;
		return;
	}
	WRITE_ONCE(v->info, &d->shared_info->vcpu_info[v->id]);
	v->page->vcpu_info_hole = (void *)HOLE_DMAP + (d->shared_info_mfn << PAGE_SHIFT) +
				  offsetof(struct shared_info, vcpu_info[v->id]);
}

/**
 * vcpu_info_release() - drop the reference on a registered vcpu_info
 * @v: the vCPU, it does not run any more and gets no more events
 *
 * Context: sleepable.
 */
void vcpu_info_release(struct vcpu *v)
{
	u64 mfn = v->info_mfn;

	if (!mfn)
		return;
	vcpu_info_init(v);
	frame_put_type(v->domain, mfn);
}

/**
 * vcpu_info_reset() - a domain's vCPUs have told nothing about themselves yet
 * @d: the domain, its vCPUs stopped
 *
 * As a domain that was restored from a file finds it on Xen: vcpu_info is in
 * shared_info, where there is room, with events masked and none pending; no
 * other area is registered, and no time has gone into any runstate.  A vCPU for which there is no room stays down, though
 * it counts as up, until the guest has registered one and brings it up.
 *
 * Context: sleepable.
 */
void vcpu_info_reset(struct domain *d)
{
	u64 mfn[LODGE_MAX_VCPUS];
	unsigned int i;

	for (i = 0; i < d->nr_vcpus; i++) {
		struct vcpu *v = d->vcpu[i];

		mfn[i] = v->info_mfn;
		WRITE_ONCE(v->runstate_gva, 0);
		WRITE_ONCE(v->time_gva, 0);
		runstate_reset(v);
		if (i < MAX_VIRT_CPUS) {
			struct vcpu_info *info = &d->shared_info->vcpu_info[i];

			WRITE_ONCE(info->evtchn_upcall_mask, 1);
			WRITE_ONCE(info->evtchn_upcall_pending, 0);
			WRITE_ONCE(info->evtchn_pending_sel, 0);
		} else {
			bool was_up = v->is_up;

			sched_down(v);
			WRITE_ONCE(v->is_up, was_up);
		}
		vcpu_info_init(v);
		time_update_down(v);
	}
	/* Senders of events use the old pointers with preemption off. */
	synchronize_rcu();
	for (i = 0; i < d->nr_vcpus; i++)
		if (mfn[i])
			frame_put_type(d, mfn[i]);
}

/**
 * vcpu_has_info() - may this vCPU be started?
 * @v: the vCPU
 *
 * Return: false if it still has the dummy, which the switcher cannot reach.
 */
bool vcpu_has_info(const struct vcpu *v)
{
	return v->info != &dummy_info;
}

/*
 * Senders may hold the old pointer for a moment: what they set there after
 * the copy is lost, but they set the port's bit first.  So after the switch
 * everything is marked as pending: the guest looks at all ports.
 */
static void move_info(struct vcpu *v, u64 mfn, u32 offset)
{
	struct vcpu_info *new = frame_address(mfn) + offset;

	if (vcpu_has_info(v)) {
		memcpy(new, v->info, sizeof(*new));
	} else {
		memset(new, 0, sizeof(*new));
		WRITE_ONCE(new->evtchn_upcall_mask, 1);
	}
	WRITE_ONCE(v->page->vcpu_info_hole, (void *)HOLE_DMAP + (mfn << PAGE_SHIFT) + offset);
	WRITE_ONCE(v->info, new);
	smp_mb();	/* pairs with the locked operations of evtchn_set_pending() */
	WRITE_ONCE(new->evtchn_pending_sel, ~0UL);
	WRITE_ONCE(new->evtchn_upcall_pending, 1);
	evtchn_wake(v);
}

/* XSA-327: aligned, within one page; once only, for itself or one that is down. */
static long op_register_info(struct vcpu *v, struct vcpu *target, u64 gva)
{
	struct vcpu_register_vcpu_info reg;

	if (copy_from_guest(v, &reg, gva, sizeof(reg)))
		return -EFAULT;
	if (reg.offset > PAGE_SIZE - sizeof(struct vcpu_info) ||
	    reg.offset & (__alignof__(struct vcpu_info) - 1))
		return -ENXIO;
	if (READ_ONCE(target->info_mfn) || (target != v && READ_ONCE(target->is_up)))
		return -EINVAL;
	if (!reg.mfn || frame_get_type(v->domain, reg.mfn, FRAME_WRITABLE))
		return -EINVAL;
	if (cmpxchg(&target->info_mfn, 0, reg.mfn)) {
		frame_put_type(v->domain, reg.mfn);
		return -EINVAL;
	}
	move_info(target, reg.mfn, reg.offset);
	if (target == v)
		time_update_now(v);
	else
		time_update_down(target);
	return 0;
}

static long op_register_runstate(struct vcpu *v, struct vcpu *target, u64 gva)
{
	struct vcpu_register_runstate_memory_area area;
	struct vcpu_runstate_info info;

	if (copy_from_guest(v, &area, gva, sizeof(area)) ||
	    !guest_address_ok(area.addr.p))
		return -EFAULT;
	WRITE_ONCE(target->runstate_gva, area.addr.p);
	if (target == v) {
		runstate_publish(v);
		return 0;
	}
	/* Nothing mapped there is the guest's own loss, as on Xen. */
	runstate_get(target, &info);
	if (area.addr.p)
		copy_to_guest(v, area.addr.p, &info, sizeof(info));
	return 0;
}

static long op_register_time(struct vcpu *v, struct vcpu *target, u64 gva)
{
	struct vcpu_register_time_memory_area area;

	if (copy_from_guest(v, &area, gva, sizeof(area)) ||
	    !guest_address_ok(area.addr.p))
		return -EFAULT;
	WRITE_ONCE(target->time_gva, area.addr.p);
	if (target == v)
		time_update_now(v);
	else
		time_update_soon(target);
	return 0;
}

static long op_get_runstate(struct vcpu *v, struct vcpu *target, u64 gva)
{
	struct vcpu_runstate_info info;

	runstate_get(target, &info);
	return copy_to_guest(v, gva, &info, sizeof(info));
}

static long op_up(struct vcpu *target)
{
	/* One that was initialised has the dummy again after a resume: vcpu_info_reset(). */
	if (!vcpu_initialised(target) || !vcpu_has_info(target))
		return -EINVAL;
	sched_up(target);
	return 0;
}

/* The last one that goes down ends the domain: nobody is left to bring one up. */
static long op_down(struct vcpu *target)
{
	struct domain *d = target->domain;
	unsigned int i;

	sched_down(target);
	for (i = 0; i < d->nr_vcpus; i++)
		if (READ_ONCE(d->vcpu[i]->is_up))
			return 0;
	domain_shutdown(d, SHUTDOWN_poweroff);
	return 0;
}

static long op_set_periodic(struct vcpu *v, struct vcpu *target, u64 gva)
{
	struct vcpu_set_periodic_timer set;

	if (copy_from_guest(v, &set, gva, sizeof(set)))
		return -EFAULT;
	return set.period_ns ? timer_set_periodic(target, set.period_ns) : -EINVAL;
}

static long op_set_singleshot(struct vcpu *v, struct vcpu *target, u64 gva)
{
	struct vcpu_set_singleshot_timer set;

	if (target != v)
		return -EINVAL;
	if (copy_from_guest(v, &set, gva, sizeof(set)))
		return -EFAULT;
	/* Xen 4.17 knows no VCPU_SSHOTTMR_future: a time that has passed is "now". */
	timer_set_singleshot(v, set.timeout_abs_ns);
	return 0;
}

static long op_stop_singleshot(struct vcpu *v, struct vcpu *target)
{
	if (target != v)
		return -EINVAL;
	timer_stop_singleshot(v);
	return 0;
}

static long op_send_nmi(struct vcpu *target, u64 gva)
{
	if (gva)
		return -EINVAL;
	if (!xchg(&target->nmi_pending, true))
		evtchn_wake(target);
	return 0;
}

/**
 * hc_vcpu_op() - __HYPERVISOR_vcpu_op
 * @v: the caller
 * @args: VCPUOP_*, number of a vCPU, address of its structure
 */
long hc_vcpu_op(struct vcpu *v, struct hypercall_args *args)
{
	const u32 id = args->a[1];
	const u64 gva = args->a[2];
	struct vcpu *target;

	if (id >= v->domain->nr_vcpus)
		return -ENOENT;
	target = v->domain->vcpu[array_index_nospec(id, LODGE_MAX_VCPUS)];
	if (!target)
		return -ENOENT;

	switch ((int)args->a[0]) {
	case VCPUOP_initialise:
		return vcpu_initialise(v, target, gva);
	case VCPUOP_up:
		return op_up(target);
	case VCPUOP_down:
		return op_down(target);
	case VCPUOP_is_up:
		return READ_ONCE(target->is_up);
	case VCPUOP_get_runstate_info:
		return op_get_runstate(v, target, gva);
	case VCPUOP_register_runstate_memory_area:
		return op_register_runstate(v, target, gva);
	case VCPUOP_set_periodic_timer:
		return op_set_periodic(v, target, gva);
	case VCPUOP_stop_periodic_timer:
		return timer_set_periodic(target, 0);
	case VCPUOP_set_singleshot_timer:
		return op_set_singleshot(v, target, gva);
	case VCPUOP_stop_singleshot_timer:
		return op_stop_singleshot(v, target);
	case VCPUOP_register_vcpu_info:
		return op_register_info(v, target, gva);
	case VCPUOP_register_vcpu_time_memory_area:
		return op_register_time(v, target, gva);
	case VCPUOP_send_nmi:
		return op_send_nmi(target, gva);
	case VCPUOP_get_physid:
		return -EINVAL;		/* no vCPU is pinned for good */
	}
	return -ENOSYS;
}
