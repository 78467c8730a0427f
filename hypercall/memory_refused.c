// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: memory_op: what a PV domain may not do
 *
 * Commands for translated guests, for toolstacks and for domains with devices.
 * Called by memory.c.  Xen looks at the arguments of some before it refuses
 * them, and so do we: which error a guest gets is part of the ABI.  Nothing
 * here changes anything.
 */
#include "memory.h"

/* In Xen's header, not in Linux's. */
#define XENMEM_set_pod_target		16
#define XENMEM_get_pod_target		17
#define XENMEM_get_sharing_freed_pages	18
#define XENMEM_get_sharing_shared_pages	19
#define XENMEM_access_op		21
#define XENMEM_add_to_physmap_batch	23	/* Linux calls it _range, as it once was */
#define XENMEM_claim_pages		24
#define XENMEM_machphys_compat_mfn_list	25
#define XENMEM_get_vnumainfo		26

struct pod_target {
	u64 target_pages, tot_pages, pod_cache_pages, pod_entries;
	domid_t domid;
};

struct access_op {
	u8 op, access;
	domid_t domid;
	u32 nr;
	u64 pfn, pfn_list, access_list;
};

struct vnuma_topology {
	domid_t domid;
	u16 pad;
	u32 nr_vnodes, nr_vcpus, nr_vmemranges;
	u64 vdistance, vcpu_to_vnode, vmemrange;
};

/* Of another domain that is not DOMID_SELF's: Xen's rcu_lock_remote_domain_by_id(). */
static long remote_domain(const struct domain *d, domid_t domid)
{
	return domid == d->id || !domid ? -EPERM : -ESRCH;
}

/* For guests whose physical addresses are translated. */
static long add_to_physmap(struct vcpu *v, u64 start, u64 arg)
{
	struct xen_add_to_physmap a;
	long ret;

	if (start > U16_MAX)
		return -EDOM;
	if (copy_from_guest(v, &a, arg, sizeof(a)))
		return -EFAULT;
	if (a.space == XENMAPSPACE_gmfn_foreign)
		return -ENOSYS;
	ret = memory_check_domain(v->domain, a.domid);
	return ret == -ESRCH ? ret : -EACCES;
}

static long add_to_physmap_batch(struct vcpu *v, u64 start, u64 arg)
{
	struct xen_add_to_physmap_range a;
	long ret;

	if (start > U16_MAX)
		return -EDOM;
	if (copy_from_guest(v, &a, arg, sizeof(a)))
		return -EFAULT;
	if (a.space == XENMAPSPACE_gmfn_range)
		return -EOPNOTSUPP;
	ret = memory_check_domain(v->domain, a.domid);
	return ret == -ESRCH ? ret : -EACCES;
}

static long remove_from_physmap(struct vcpu *v, u64 start, u64 arg)
{
	struct xen_remove_from_physmap r;
	long ret;

	if (start)
		return -EINVAL;
	if (copy_from_guest(v, &r, arg, sizeof(r)))
		return -EFAULT;
	ret = memory_check_domain(v->domain, r.domid);
	return ret == -ESRCH ? ret : -EACCES;
}

/* For toolstacks. */
static long claim_pages(struct vcpu *v, u64 start, u64 arg)
{
	struct xen_memory_reservation r;

	if (start)
		return -EINVAL;
	if (copy_from_guest(v, &r, arg, sizeof(r)))
		return -EFAULT;
	if (r.extent_start || r.extent_order || r.address_bits)
		return -EINVAL;
	return r.domid == v->domain->id || !r.domid ? -EPERM : -EINVAL;
}

static long acquire_resource(struct vcpu *v, u64 arg)
{
	struct xen_mem_acquire_resource r;

	if (copy_from_guest(v, &r, arg, sizeof(r)))
		return -EFAULT;
	if (r.flags || r.frame >> 32 || (r.frame + r.nr_frames) >> 32)
		return -EINVAL;
	return remote_domain(v->domain, r.domid);
}

static long pod_target(struct vcpu *v, u64 arg)
{
	struct pod_target t;

	if (copy_from_guest(v, &t, arg, sizeof(t)))
		return -EFAULT;
	/* Neither this domain nor domain 0 is an HVM guest. */
	return memory_check_domain(v->domain, t.domid) == -ESRCH ? -ESRCH : -EINVAL;
}

static long access_op(struct vcpu *v, u64 arg)
{
	struct access_op a;

	if (copy_from_guest(v, &a, arg, sizeof(a)))
		return -EFAULT;
	return a.domid ? remote_domain(v->domain, a.domid) : -EINVAL;
}

static long vnumainfo(struct vcpu *v, u64 start, u64 arg)
{
	struct vnuma_topology t;
	long ret;

	if (start)
		return -EINVAL;
	if (copy_from_guest(v, &t, arg, sizeof(t)))
		return -EFAULT;
	if (t.pad)
		return -EINVAL;
	ret = memory_check_domain(v->domain, t.domid);
	return ret ? ret : -EOPNOTSUPP;
}

/**
 * memory_refuse() - the commands of memory_op that do nothing for a PV domain
 * @v: the caller
 * @op: XENMEM_*
 * @start: start extent
 * @arg: guest address of the argument
 *
 * Context: slice or sleepable.
 * Return: what Xen answers an unprivileged PV domain; -ENOSYS: not offered.
 */
long memory_refuse(struct vcpu *v, unsigned int op, u64 start, u64 arg)
{
	switch (op) {
	case XENMEM_add_to_physmap:
		return add_to_physmap(v, start, arg);
	case XENMEM_add_to_physmap_batch:
		return add_to_physmap_batch(v, start, arg);
	case XENMEM_remove_from_physmap:
		return remove_from_physmap(v, start, arg);
	case XENMEM_claim_pages:
		return claim_pages(v, start, arg);
	case XENMEM_acquire_resource:
		return acquire_resource(v, arg);
	case XENMEM_access_op:
		return access_op(v, arg);
	case XENMEM_get_vnumainfo:
		return vnumainfo(v, start, arg);
	}
	/* Xen takes a start extent for a part of the other numbers. */
	if (start)
		return -ENOSYS;
	switch (op) {
	case XENMEM_machine_memory_map:
		return -EPERM;
	case XENMEM_set_pod_target:
	case XENMEM_get_pod_target:
		return pod_target(v, arg);
	case XENMEM_get_sharing_freed_pages:
	case XENMEM_get_sharing_shared_pages:
		return 0;
	case XENMEM_machphys_compat_mfn_list:
		return -EOPNOTSUPP;	/* as a Xen without 32-bit PV domains */
	default:
		return -ENOSYS;
	}
}
