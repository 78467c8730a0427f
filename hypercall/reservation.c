// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: increase_reservation, decrease_reservation, populate_physmap
 *
 * How a domain gives frames up and gets others: what a balloon driver calls.
 * Called by memory.c; frame_alloc.c does the work.  As on Xen the result is
 * the number of extents done, whatever was wrong with the next one.
 */
#include "memory.h"

static bool give_up_extent(struct domain *d, u64 mfn, unsigned int order)
{
	u64 end = mfn + (1ULL << order);

	for (; mfn < end; mfn++)
		if (domain_give_up_frame(d, mfn))
			return false;
	return true;
}

static bool add_extent(struct vcpu *v, unsigned int op, u64 slot,
		       const struct xen_memory_reservation *r)
{
	struct domain *d = v->domain;
	u64 gpfn = FRAME_NO_GPFN, mfn;

	if (op == XENMEM_populate_physmap && copy_from_guest(v, &gpfn, slot, sizeof(gpfn)))
		return false;
	if (domain_add_frames(d, gpfn, r->extent_order, MEMF_ADDRESS_BITS(r->address_bits), &mfn))
		return false;
	if (!slot || !copy_to_guest(v, slot, &mfn, sizeof(mfn)))
		return true;
	give_up_extent(d, mfn, r->extent_order);
	return false;
}

static bool change_extent(struct vcpu *v, unsigned int op, u64 i,
			  const struct xen_memory_reservation *r)
{
	const u64 list = (u64)r->extent_start;
	u64 slot = list ? list + i * sizeof(xen_pfn_t) : 0, mfn;

	if (op != XENMEM_decrease_reservation)
		return add_extent(v, op, slot, r);
	if (copy_from_guest(v, &mfn, slot, sizeof(mfn)))
		return false;
	return give_up_extent(v->domain, mfn, r->extent_order);
}

static bool reservation_ok(const struct domain *d, unsigned int op,
			   const struct xen_memory_reservation *r)
{
	const u32 flags = r->address_bits, bits = MEMF_ADDRESS_BITS(flags);

	if (memory_check_domain(d, r->domid) || r->extent_order > MAX_ORDER_DOMU)
		return false;
	if (bits && bits <= PAGE_SHIFT)
		return false;
	if (!(flags & MEMF_VNODE) && !memory_node_ok(flags))
		return false;
	/* On demand: nobody populates itself so. */
	if (op == XENMEM_populate_physmap && (flags & MEMF_POPULATE_ON_DEMAND))
		return false;
	return op == XENMEM_increase_reservation || r->extent_start;
}

/**
 * memory_change_reservation() - XENMEM_increase_reservation and its like
 * @v: the caller
 * @op: XENMEM_increase_reservation, XENMEM_decrease_reservation, XENMEM_populate_physmap
 * @start: the first extent
 * @arg: guest address of struct xen_memory_reservation
 *
 * Context: slice or sleepable.
 * Return: extents done, counted from 0, or -ERESTART with that number in
 * v->resume.done.
 */
long memory_change_reservation(struct vcpu *v, unsigned int op, u64 start, u64 arg)
{
	struct xen_memory_reservation r;
	u64 *done = &v->resume.done;

	/* Not the first attempt? */
	if (!v->resume.extra) {
		v->resume.extra = 1;
		*done = start;
	}
	/* Xen could not say where it stopped in a longer list. */
	if (copy_from_guest(v, &r, arg, sizeof(r)) || r.nr_extents > U32_MAX >> MEMOP_SHIFT ||
	    !reservation_ok(v->domain, op, &r))
		return *done;
	if (op != XENMEM_decrease_reservation && !hypercall_may_sleep(v))
		return -ERESTART;

	while (*done < r.nr_extents) {
		if (!change_extent(v, op, *done, &r))
			break;
		++*done;
		if (*done < r.nr_extents && vcpu_should_yield(v))
			return -ERESTART;
	}
	return *done;
}
