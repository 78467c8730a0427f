// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: Page-table hypercalls
 *
 * mmu_update, update_va_mapping, mmuext_op: copy the guest's requests in,
 * hand them one by one to ptvalidate/ under the domain's mmu_lock, write back
 * how many were done.  Progress of a batch is v->resume.done; progress within
 * one request is ptvalidate's own affair (undo.c).
 *
 * TLBs: a pCPU flushes all that a guest had there when it leaves it, so by the
 * time a hypercall runs here the local TLB holds nothing of this vCPU: the
 * "local" operations have been done already, and so are those for a vCPU that
 * does not run.  The others interrupt the pCPUs that run a vCPU they name.
 */
#include <linux/minmax.h>
#include <linux/string.h>
#include "hypercall.h"

#define BATCH			32
#define UVMF_POINTER(flags)	((flags) & ~(u64)UVMF_FLUSHTYPE_MASK)

/*
 * Whose frames does a request name?  A domain may touch only its own, and may
 * not call itself by number (as in Xen).  Which other domains there are is
 * none of its business: only domain 0 and the special ones are known to exist.
 */
static int check_owner(u16 domid)
{
	switch (domid) {
	case DOMID_SELF:
		return 0;
	case 0:
	case DOMID_IO:
	case DOMID_XEN:
		return -EPERM;
	default:
		return -ESRCH;
	}
}

/* Upper half of mmu_update's foreigndom: owner of the tables, plus 1; 0: the caller. */
static int check_table_owner(const struct domain *d, u16 domid_plus_1)
{
	if (!domid_plus_1 || domid_plus_1 - 1 == d->id)
		return 0;
	return domid_plus_1 == 1 ? -EPERM : -ESRCH;
}

/* At most @want elements; fewer if the list runs into a fault. */
static u32 copy_batch(struct vcpu *v, void *to, u64 gva, u32 want, size_t size)
{
	if (!copy_from_guest(v, to, gva, want * size))
		return want;
	return copy_from_guest(v, to, gva, size) ? 0 : 1;
}

/* The end of a batch: how many were done is told even after an error. */
static long finish_batch(struct vcpu *v, u64 pdone, long rc)
{
	u32 done = v->resume.done;

	if (rc == -ERESTART)
		return rc;
	/* As in Xen, a bad address here changes nothing of the result. */
	if (pdone && copy_to_guest(v, pdone, &done, sizeof(done)))
		pr_debug("d%u: no place for the count of a batch\n", v->domain->id);
	return rc;
}

static int update_m2p(struct domain *d, u64 mfn, u64 gpfn)
{
	if (!pt_owned(d, mfn))
		return -EINVAL;
	hole_set_m2p(d, mfn, gpfn);
	return 0;
}

static int update_one(struct vcpu *v, const struct mmu_update *req)
{
	struct pt_update u = {
		.mfn = req->ptr >> PAGE_SHIFT,
		.index = (req->ptr & ~PAGE_MASK) / sizeof(u64),
		.val = req->val,
	};

	switch (req->ptr & (sizeof(u64) - 1)) {
	case MMU_PT_UPDATE_PRESERVE_AD:
		u.flags = PT_UPDATE_PRESERVE_AD;
		fallthrough;
	case MMU_NORMAL_PT_UPDATE:
	case MMU_PT_UPDATE_NO_TRANSLATE:
		return pt_update(v, &u);
	case MMU_MACHPHYS_UPDATE:
		return update_m2p(v->domain, u.mfn, req->val);
	default:
		return -ENOSYS;
	}
}

/**
 * hc_mmu_update() - __HYPERVISOR_mmu_update
 * @v: the caller
 * @args: list, number of entries, address of the count of those done or 0,
 *	owner of the tables and of the frames
 *
 * Context: slice.
 * Return: 0, or the error of the first entry that was refused;
 * -EPERM, -ESRCH for other domains' frames; -EFAULT; -ERESTART.
 */
long hc_mmu_update(struct vcpu *v, struct hypercall_args *args)
{
	const u32 count = args->a[1], foreign = args->a[3];
	struct domain *d = v->domain;
	struct mmu_update reqs[BATCH];
	u64 *done = &v->resume.done;
	u32 i, n;
	long rc;

	rc = check_table_owner(d, foreign >> 16);
	if (!rc)
		rc = check_owner(foreign);
	if (rc)
		return rc;

	while (!rc && *done < count) {
		n = copy_batch(v, reqs, args->a[0] + *done * sizeof(*reqs),
			       min_t(u32, count - *done, BATCH), sizeof(*reqs));
		if (!n)
			rc = -EFAULT;
		domain_mmu_lock(d);
		for (i = 0; i < n && !rc; i++) {
			rc = update_one(v, &reqs[i]);
			if (rc)
				break;
			++*done;
			if (*done < count && vcpu_should_yield(v))
				rc = -ERESTART;
		}
		domain_mmu_unlock(d);
	}
	return finish_batch(v, args->a[2], rc);
}

/* Flush what the vCPUs in a guest's bitmap may have cached. */
static int flush_vcpus(struct vcpu *v, u64 bitmap_gva)
{
	unsigned long mask;

	BUILD_BUG_ON(LODGE_MAX_VCPUS > BITS_PER_LONG);
	if (copy_from_guest(v, &mask, bitmap_gva, sizeof(mask)))
		return -EFAULT;
	domain_flush_vcpus(v, mask);
	return 0;
}

static int flush_after_update(struct vcpu *v, u64 flags)
{
	const u64 pointer = UVMF_POINTER(flags);

	switch (flags & UVMF_FLUSHTYPE_MASK) {
	case UVMF_TLB_FLUSH:
	case UVMF_INVLPG:
		if (pointer == UVMF_LOCAL)
			return 0;
		if (pointer != UVMF_ALL)
			return flush_vcpus(v, pointer);
		domain_flush_vcpus(v, ~0UL);
		return 0;
	default:
		return 0;
	}
}

/**
 * hc_update_va_mapping() - __HYPERVISOR_update_va_mapping
 * @v: the caller
 * @args: virtual address, new L1 entry, what to flush
 *
 * Context: slice.
 * Return: 0; -EINVAL if no L1 table maps that address; what
 * pt_update() says; -EFAULT for a bad bitmap (the entry is changed); -ERESTART.
 */
long hc_update_va_mapping(struct vcpu *v, struct hypercall_args *args)
{
	struct pt_update u = { .val = args->a[1], .flags = PT_UPDATE_ONLY_L1 };
	struct domain *d = v->domain;
	long rc;

	domain_mmu_lock(d);
	rc = pt_find_l1(d, v->page->l4_kernel, args->a[0], &u.mfn, &u.index);
	if (!rc)
		rc = pt_update(v, &u);
	domain_mmu_unlock(d);

	return rc ? rc : flush_after_update(v, args->a[2]);
}

/**
 * hc_update_va_mapping_otherdomain() - __HYPERVISOR_update_va_mapping_otherdomain
 * @v: the caller
 * @args: as hc_update_va_mapping(), and the owner of the frame
 *
 * Context: slice.
 * Return: as hc_update_va_mapping(), or -EPERM, -ESRCH.
 */
long hc_update_va_mapping_otherdomain(struct vcpu *v, struct hypercall_args *args)
{
	int rc = check_owner(args->a[3]);

	return rc ? rc : hc_update_va_mapping(v, args);
}

/* Those that need the lock: one attempt. */
static int ext_tables(struct vcpu *v, const struct mmuext_op *op)
{
	switch (op->cmd) {
	case MMUEXT_PIN_L1_TABLE:
	case MMUEXT_PIN_L2_TABLE:
	case MMUEXT_PIN_L3_TABLE:
	case MMUEXT_PIN_L4_TABLE:
		return pt_pin(v, op->arg1.mfn, FRAME_L1 + op->cmd - MMUEXT_PIN_L1_TABLE);
	case MMUEXT_UNPIN_TABLE:
		return pt_unpin(v, op->arg1.mfn);
	case MMUEXT_NEW_BASEPTR:
		return pt_new_base(v, v, op->arg1.mfn, false);
	case MMUEXT_NEW_USER_BASEPTR:
		return pt_new_base(v, v, op->arg1.mfn, true);
	case MMUEXT_CLEAR_PAGE:
		return pt_clear_page(v, op->arg1.mfn);
	case MMUEXT_COPY_PAGE:
		return pt_copy_page(v, op->arg1.mfn, op->arg2.src_mfn);
	default:
		return -ENOSYS;
	}
}

static long ext_set_ldt(struct vcpu *v, u64 gva, u32 entries)
{
	if (entries > 8192 || (entries && (gva & ~PAGE_MASK || !guest_address_ok(gva))))
		return -EINVAL;
	return cpu_state_set_ldt(v, entries ? gva : 0, entries);
}

static long ext_one(struct vcpu *v, const struct mmuext_op *op)
{
	struct domain *d = v->domain;
	long rc;

	switch (op->cmd) {
	case MMUEXT_TLB_FLUSH_LOCAL:
	case MMUEXT_INVLPG_LOCAL:
		return 0;
	case MMUEXT_TLB_FLUSH_MULTI:
	case MMUEXT_INVLPG_MULTI:
		return flush_vcpus(v, (u64)op->arg2.vcpumask) ? -EINVAL : 0;
	case MMUEXT_TLB_FLUSH_ALL:
	case MMUEXT_INVLPG_ALL:
		domain_flush_vcpus(v, ~0UL);
		return 0;
	case MMUEXT_FLUSH_CACHE:
		return -EACCES;		/* for domains with devices */
	case MMUEXT_FLUSH_CACHE_GLOBAL:
		return -EINVAL;
	case MMUEXT_SET_LDT:
		return ext_set_ldt(v, op->arg1.linear_addr, op->arg2.nr_ents);
	case MMUEXT_MARK_SUPER:
	case MMUEXT_UNMARK_SUPER:
		return -EOPNOTSUPP;
	default:
		domain_mmu_lock(d);
		rc = ext_tables(v, op);
		domain_mmu_unlock(d);
		return rc;
	}
}

/**
 * hc_mmuext_op() - __HYPERVISOR_mmuext_op
 * @v: the caller
 * @args: list, number of entries, address of the count of those done or 0,
 *	owner of the frames
 *
 * Context: slice.
 * Return: 0, or the error of the first entry that was refused;
 * -EPERM, -ESRCH for other domains' frames; -EFAULT; -ERESTART.
 */
long hc_mmuext_op(struct vcpu *v, struct hypercall_args *args)
{
	const u32 count = args->a[1];
	u64 *done = &v->resume.done;
	struct mmuext_op op;
	long rc;

	rc = check_owner(args->a[3]);
	if (rc)
		return rc;

	while (!rc && *done < count) {
		rc = -EFAULT;
		if (copy_from_guest(v, &op, args->a[0] + *done * sizeof(op), sizeof(op)))
			break;
		rc = ext_one(v, &op);
		if (rc)
			break;
		++*done;
		if (*done < count && vcpu_should_yield(v))
			rc = -ERESTART;
	}
	return finish_batch(v, args->a[2], rc);
}
