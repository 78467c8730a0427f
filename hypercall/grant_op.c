// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: grant_table_op
 *
 * The hypercall: which operation, and those that are short.  Version 1 of the
 * table is offered and nothing else: what is left out, and why, is said in
 * Documentation/grants.rst.
 */
#include <linux/mm.h>
#include <asm/cacheflush.h>
#include "grant.h"
#include "hypercall.h"

/* Whose table?  A guest sees its own. */
static int check_domain(const struct domain *d, domid_t domid)
{
	struct domain *other;

	if (domid == DOMID_SELF || domid == d->id)
		return GNTST_okay;
	if (!domid)
		return GNTST_permission_denied;
	other = domain_get(domid);
	if (!other)
		return GNTST_bad_domain;
	domain_put(other);
	return GNTST_permission_denied;
}

/* Returns a status, or -ERESTART; the frames' numbers are in the table for good. */
static int setup_frames(struct vcpu *v, struct gnttab_setup_table *op)
{
	struct grant_table *gt = v->domain->grant;
	u64 list = (u64)op->frame_list;
	int rc = check_domain(v->domain, op->dom);

	if (rc)
		return rc;
	if (op->nr_frames > GRANT_FRAMES_MAX)
		return GNTST_general_error;
	if (op->nr_frames > READ_ONCE(gt->nr_frames)) {
		if (!hypercall_may_sleep(v))
			return -ERESTART;
		if (grant_grow(v->domain, op->nr_frames))
			return GNTST_general_error;
	}
	if (copy_to_guest(v, list, gt->mfn, op->nr_frames * sizeof(u64)))
		return GNTST_bad_virt_addr;
	return GNTST_okay;
}

static long setup_table(struct vcpu *v, u64 arg, u32 count)
{
	struct gnttab_setup_table op;
	int rc;

	if (count != 1)
		return -EINVAL;
	if (copy_from_guest(v, &op, arg, sizeof(op)))
		return -EFAULT;
	rc = setup_frames(v, &op);
	if (rc == -ERESTART)
		return rc;
	op.status = rc;
	return copy_to_guest(v, arg + offsetof(typeof(op), status), &op.status, sizeof(op.status));
}

static long query_size(struct vcpu *v, u64 arg, u32 count)
{
	struct gnttab_query_size op;

	if (count != 1)
		return -EINVAL;
	if (copy_from_guest(v, &op, arg, sizeof(op)))
		return -EFAULT;
	op.status = check_domain(v->domain, op.dom);
	if (op.status == GNTST_okay) {
		op.nr_frames = READ_ONCE(v->domain->grant->nr_frames);
		op.max_nr_frames = GRANT_FRAMES_MAX;
	}
	return copy_to_guest(v, arg, &op, sizeof(op));
}

/* Version 2: as a Xen that was told to offer version 1 only. */
static long set_version(struct vcpu *v, u64 arg)
{
	struct gnttab_set_version op;
	long rc;

	if (copy_from_guest(v, &op, arg, sizeof(op)))
		return -EFAULT;
	rc = op.version == 1 ? 0 : op.version == 2 ? -ENOSYS : -EINVAL;
	op.version = 1;
	return copy_to_guest(v, arg, &op, sizeof(op)) ? -EFAULT : rc;
}

static long get_version(struct vcpu *v, u64 arg)
{
	struct gnttab_get_version op;

	if (copy_from_guest(v, &op, arg, sizeof(op)))
		return -EFAULT;
	switch (check_domain(v->domain, op.dom)) {
	case GNTST_okay:
		break;
	case GNTST_permission_denied:
		return -EPERM;
	default:
		return -ESRCH;
	}
	op.version = 1;
	return copy_to_guest(v, arg + offsetof(typeof(op), version), &op.version,
			     sizeof(op.version));
}

static long swap_grant_ref(struct vcpu *v, u64 list, u32 count)
{
	struct gnttab_swap_grant_ref op;
	u64 *done = &v->resume.done;
	u64 at;

	while (*done < count) {
		at = list + *done * sizeof(op);
		if (copy_from_guest(v, &op, at, sizeof(op)))
			return -EFAULT;
		op.status = grant_swap_refs(v->domain, op.ref_a, op.ref_b);
		if (copy_to_guest(v, at + offsetof(typeof(op), status), &op.status,
				  sizeof(op.status)))
			return -EFAULT;
		++*done;
		if (*done < count && vcpu_should_yield(v))
			return -ERESTART;
	}
	return 0;
}

/* A frame that the caller owns or has mapped. */
static int flush_frame(struct domain *d, u64 mfn, unsigned int offset, unsigned int length)
{
	int rc = -EPERM;

	if (mfn >= hole_max_mfn())
		return -EINVAL;
	domain_mmu_lock(d);
	if (pt_owned(d, mfn) || grant_handle_maps(d, mfn)) {
		clflush_cache_range(frame_address(mfn) + offset, length);
		rc = 0;
	}
	domain_mmu_unlock(d);
	return rc;
}

static int cache_flush_one(struct domain *d, const struct gnttab_cache_flush *op)
{
	if (op->offset >= PAGE_SIZE || op->length > PAGE_SIZE ||
	    op->offset + op->length > PAGE_SIZE ||
	    (op->op & ~(GNTTAB_CACHE_INVAL | GNTTAB_CACHE_CLEAN)))
		return -EINVAL;
	if (!op->length || !op->op)
		return 0;
	if (op->op == GNTTAB_CACHE_INVAL)	/* it would bring back old data */
		return -EOPNOTSUPP;
	return flush_frame(d, op->a.dev_bus_addr >> PAGE_SHIFT, op->offset, op->length);
}

static long cache_flush(struct vcpu *v, u64 list, u32 count)
{
	struct gnttab_cache_flush op;
	u64 *done = &v->resume.done;
	int rc;

	while (*done < count) {
		if (copy_from_guest(v, &op, list + *done * sizeof(op), sizeof(op)))
			return -EFAULT;
		rc = cache_flush_one(v->domain, &op);
		if (rc)
			return rc;
		++*done;
		if (*done < count && vcpu_should_yield(v))
			return -ERESTART;
	}
	return 0;
}

/**
 * hc_grant_table_op() - __HYPERVISOR_grant_table_op
 * @v: the caller
 * @args: operation, list of requests, how many
 *
 * Context: slice or sleepable.
 * Return: 0, each request having a status of its own; -EINVAL for a count that
 * may not be, -EFAULT, -ENOSYS for what is not offered, -ERESTART.
 */
long hc_grant_table_op(struct vcpu *v, struct hypercall_args *args)
{
	const u32 op = args->a[0], count = args->a[2];
	const u64 list = args->a[1];

	if ((s32)count < 0)
		return -EINVAL;
	switch (op) {
	case GNTTABOP_map_grant_ref:
		return grant_op_map(v, list, count);
	case GNTTABOP_unmap_grant_ref:
		return grant_op_unmap(v, list, count);
	case GNTTABOP_setup_table:
		return setup_table(v, list, count);
	case GNTTABOP_copy:
		return grant_op_copy(v, list, count);
	case GNTTABOP_query_size:
		return query_size(v, list, count);
	case GNTTABOP_unmap_and_replace:
		return grant_op_unmap_and_replace(v, list, count);
	case GNTTABOP_set_version:
		return set_version(v, list);
	case GNTTABOP_get_version:
		return get_version(v, list);
	case GNTTABOP_swap_grant_ref:
		return swap_grant_ref(v, list, count);
	case GNTTABOP_cache_flush:
		return cache_flush(v, list, count);
	default:
		return -ENOSYS;
	}
}
