// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: Mapping and unmapping of grants
 *
 * GNTTABOP_map_grant_ref, unmap_grant_ref, unmap_and_replace.  A handle holds
 * the references on the granter's frame (grant_table.c) and remembers the one
 * L1 entry that was made for it (ptvalidate/granted.c).  To unmap: empty that
 * entry, flush, drop the references, free the handle, in this order; in
 * between the handle is busy, so that nobody unmaps it twice (XSA-218).
 *
 * Two domains are concerned; their mmu_locks are never held together.
 */
#include <linux/mm.h>
#include <linux/minmax.h>
#include "grant.h"
#include "hypercall.h"

#define UNMAP_BATCH	32	/* one flush for so many */

/* unmap_grant_ref and unmap_and_replace, one of them. */
struct unmap {
	u64 host_addr;
	u64 new_addr;
	u32 nr;
	struct grant_handle *handle;	/* NULL: nothing was unmapped */
};

/* Which L1 entry does the guest mean? */
static int find_entry(struct vcpu *v, u64 address, u32 flags, u64 *l1_mfn, unsigned int *index)
{
	if (!(flags & GNTMAP_contains_pte))
		return pt_find_l1(v->domain, v->page->l4_kernel, address, l1_mfn, index);
	if (address & (sizeof(u64) - 1))	/* XSA-227 */
		return -EINVAL;
	*l1_mfn = address >> PAGE_SHIFT;
	*index = offset_in_page(address) / sizeof(u64);
	return 0;
}

static u64 make_entry(const struct grant_handle *h)
{
	u64 entry = h->pin.mfn << PAGE_SHIFT | PTE_P | PTE_A | PTE_D;

	if (!h->pin.readonly)
		entry |= PTE_RW;
	if (pt_rules.nx)
		entry |= PTE_NX;
	return entry | ((h->flags >> _GNTMAP_guest_avail0) * (PTE_AVAIL & -PTE_AVAIL) & PTE_AVAIL);
}

/* The frame is pinned: make the entry. */
static int map_entry(struct vcpu *v, struct grant_handle *h, u64 address)
{
	unsigned int index;
	int rc;

	domain_mmu_lock(v->domain);
	rc = find_entry(v, address, h->flags, &h->l1_mfn, &index);
	if (!rc)
		rc = pt_map_granted(v, h->l1_mfn, index, make_entry(h));
	if (!rc) {
		h->index = index;
		h->state = GRANT_HANDLE_MAPPED;
	}
	domain_mmu_unlock(v->domain);
	return rc ? GNTST_general_error : GNTST_okay;
}

static void free_handle(struct domain *d, u32 nr)
{
	domain_mmu_lock(d);
	grant_handle_free(d, nr);
	domain_mmu_unlock(d);
}

/* NULL with *rc: GNTST_no_space, or -ERESTART to come again where it may sleep. */
static struct grant_handle *alloc_handle(struct vcpu *v, u32 *nr, int *rc)
{
	struct domain *d = v->domain;
	struct grant_handle *h;

	for (;;) {
		domain_mmu_lock(d);
		h = grant_handle_alloc(d, nr);
		domain_mmu_unlock(d);
		if (h)
			return h;
		if (!hypercall_may_sleep(v)) {
			*rc = -ERESTART;
			return NULL;
		}
		if (grant_handle_grow(d)) {
			*rc = GNTST_no_space;
			return NULL;
		}
	}
}

static int map_from(struct vcpu *v, struct domain *granter, struct gnttab_map_grant_ref *op)
{
	struct grant_handle *h;
	int rc;
	u32 nr;

	h = alloc_handle(v, &nr, &rc);
	if (!h)
		return rc;
	h->flags = op->flags;
	rc = grant_pin(granter, op->ref, v->domain->id, op->flags & GNTMAP_readonly, true,
		       &h->pin);
	if (!rc) {
		op->handle = nr;
		op->dev_bus_addr = h->pin.mfn << PAGE_SHIFT;
		rc = map_entry(v, h, op->host_addr);
		if (rc)
			grant_unpin(&h->pin);
	}
	if (rc)
		free_handle(v->domain, nr);
	return rc;
}

static int map_one(struct vcpu *v, struct gnttab_map_grant_ref *op)
{
	struct domain *granter;
	int rc;

	if (op->flags & GNTMAP_device_map)	/* no guest of ours has a device */
		return GNTST_no_device_space;
	if (!(op->flags & GNTMAP_host_map))
		return GNTST_bad_gntref;
	granter = domain_get(op->dom);
	if (!granter)
		return GNTST_bad_domain;
	rc = map_from(v, granter, op);
	domain_put(granter);
	return rc;
}

/**
 * grant_op_map() - GNTTABOP_map_grant_ref
 * @v: the caller
 * @list: of struct gnttab_map_grant_ref
 * @count: how many
 *
 * Context: slice or sleepable.
 * Return: 0, -EFAULT, -ERESTART.
 */
long grant_op_map(struct vcpu *v, u64 list, u32 count)
{
	struct gnttab_map_grant_ref op;
	u64 *done = &v->resume.done;
	u64 at;
	int rc;

	while (*done < count) {
		at = list + *done * sizeof(op);
		if (copy_from_guest(v, &op, at, sizeof(op)))
			return -EFAULT;
		rc = map_one(v, &op);
		if (rc == -ERESTART)
			return rc;
		op.status = rc;
		if (copy_to_guest(v, at, &op, sizeof(op)))
			return -EFAULT;
		++*done;
		if (*done < count && vcpu_should_yield(v))
			return -ERESTART;
	}
	return 0;
}

/* The entry goes, or another comes in its place. */
static int unmap_entry(struct vcpu *v, const struct grant_handle *h, const struct unmap *u)
{
	const bool writable = !h->pin.readonly;
	unsigned int index, from_index;
	u64 l1_mfn, from_mfn;

	if (find_entry(v, u->host_addr, h->flags, &l1_mfn, &index) ||
	    l1_mfn != h->l1_mfn || index != h->index)
		return -EINVAL;
	if (!u->new_addr)
		return pt_unmap_granted(v, l1_mfn, index, h->pin.mfn, writable);
	if (h->flags & GNTMAP_contains_pte)
		return -EINVAL;
	if (pt_find_l1(v->domain, v->page->l4_kernel, u->new_addr, &from_mfn, &from_index))
		return -EINVAL;
	return pt_replace_granted(v, l1_mfn, index, h->pin.mfn, writable, from_mfn, from_index);
}

static int unmap_begin(struct vcpu *v, struct unmap *u)
{
	struct domain *d = v->domain;
	struct grant_handle *h;
	int rc = GNTST_bad_handle;

	domain_mmu_lock(d);
	h = grant_handle_find(d, u->nr);
	if (h)		/* as in Xen, no address: nothing to do */
		rc = !u->host_addr ? GNTST_okay :
		     unmap_entry(v, h, u) ? GNTST_general_error : GNTST_okay;
	if (!rc && u->host_addr) {
		h->state = GRANT_HANDLE_BUSY;
		u->handle = h;
	}
	domain_mmu_unlock(d);
	return rc;
}

/* No TLB may know the entries any more before the references go. */
static void unmap_finish(struct vcpu *v, struct unmap *u, unsigned int n)
{
	unsigned int i, unmapped = 0;

	for (i = 0; i < n; i++)
		unmapped += u[i].handle ? 1 : 0;
	if (!unmapped)
		return;
	domain_flush_others(v->domain);
	for (i = 0; i < n; i++) {
		if (!u[i].handle)
			continue;
		grant_unpin(&u[i].handle->pin);
		free_handle(v->domain, u[i].nr);
	}
}

/*
 * Copies one request in, carries it out, tells its status.  Both requests look the
 * same, but for the second field: only to unmap_and_replace does it mean anything.
 */
static int unmap_one(struct vcpu *v, u64 list, u64 i, bool replace, struct unmap *u)
{
	struct gnttab_unmap_and_replace op;
	u64 at = list + i * sizeof(op);

	BUILD_BUG_ON(sizeof(op) != sizeof(struct gnttab_unmap_grant_ref) ||
		     offsetof(typeof(op), handle) !=
		     offsetof(struct gnttab_unmap_grant_ref, handle) ||
		     offsetof(typeof(op), status) !=
		     offsetof(struct gnttab_unmap_grant_ref, status));
	u->handle = NULL;
	if (copy_from_guest(v, &op, at, sizeof(op)))
		return -EFAULT;
	*u = (struct unmap){ .host_addr = op.host_addr, .nr = op.handle,
			     .new_addr = replace ? op.new_addr : 0 };
	op.status = unmap_begin(v, u);
	return copy_to_guest(v, at + offsetof(typeof(op), status), &op.status, sizeof(op.status));
}

static long unmap_list(struct vcpu *v, u64 list, u32 count, bool replace)
{
	struct unmap batch[UNMAP_BATCH];
	u64 *done = &v->resume.done;
	unsigned int i, n;
	int rc = 0;

	while (!rc && *done < count) {
		n = min_t(u64, count - *done, UNMAP_BATCH);
		for (i = 0; i < n && !rc; i++)
			rc = unmap_one(v, list, *done + i, replace, &batch[i]);
		unmap_finish(v, batch, i);
		*done += i;
		if (!rc && *done < count && vcpu_should_yield(v))
			rc = -ERESTART;
	}
	return rc;
}

/**
 * grant_op_unmap() - GNTTABOP_unmap_grant_ref
 * @v: the caller
 * @list: of struct gnttab_unmap_grant_ref
 * @count: how many
 *
 * Context: slice or sleepable.
 * Return: 0, -EFAULT, -ERESTART.
 */
long grant_op_unmap(struct vcpu *v, u64 list, u32 count)
{
	return unmap_list(v, list, count, false);
}

/**
 * grant_op_unmap_and_replace() - GNTTABOP_unmap_and_replace
 * @v: the caller
 * @list: of struct gnttab_unmap_and_replace
 * @count: how many
 *
 * Context: slice or sleepable.
 * Return: 0, -EFAULT, -ERESTART.
 */
long grant_op_unmap_and_replace(struct vcpu *v, u64 list, u32 count)
{
	return unmap_list(v, list, count, true);
}

/**
 * grant_unmap_all() - a domain ends: what it had mapped goes
 * @d: domain; none of its vCPUs runs any more, no TLB knows its tables
 *
 * Context: sleepable.
 */
void grant_unmap_all(struct domain *d)
{
	struct grant_table *gt = d->grant;
	struct grant_handle *h;
	unsigned int i, j;

	for (i = 0; i < gt->nr_handles / GRANT_CHUNK; i++) {
		for (j = 0; j < GRANT_CHUNK; j++) {
			h = &gt->handles[i][j];
			WARN_ON_ONCE(h->state == GRANT_HANDLE_BUSY);
			if (h->state == GRANT_HANDLE_MAPPED)
				grant_unpin(&h->pin);
		}
		kvfree(gt->handles[i]);
		cond_resched();
	}
	kfree(gt->handles);
	gt->handles = NULL;
	gt->nr_handles = 0;
	gt->free_handle = 0;
}
