// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: memory_op
 *
 * What a domain may ask about its memory, and how it gives frames up and gets
 * others.  Documentation/hypercalls.rst lists what is not offered.  Must not
 * touch page types: frame_alloc.c does the work.
 */
#include <linux/minmax.h>
#include <asm/e820/types.h>
#include "hypercall.h"

/* How Xen encodes where a preempted call was: part of the ABI, if a dull one. */
#define MEMOP_SHIFT	6
#define MEMOP_MASK	((1u << MEMOP_SHIFT) - 1)
#define MAX_ORDER_DOMU	9
#define XENMEM_maximum_gpfn	14	/* in Xen's header, not in Linux's */

struct memory_entry {
	u64 address;
	u64 size;
	u32 type;
} __packed;

static int check_domain(const struct domain *d, domid_t domid)
{
	if (domid == DOMID_SELF || domid == d->id)
		return 0;
	return domid ? -ESRCH : -EPERM;
}

static long machphys_mapping(struct vcpu *v, u64 arg)
{
	struct xen_machphys_mapping mapping = {
		.v_start = HOLE_M2P,
		.v_end = HOLE_M2P + hole_max_mfn() * sizeof(u64),
		.max_mfn = hole_max_mfn() - 1,
	};

	return copy_to_guest(v, arg, &mapping, sizeof(mapping)) ? -EFAULT : 0;
}

/* One range of RAM, from 0 to what the domain's creator said it may ever have. */
static long memory_map(struct vcpu *v, u64 arg)
{
	struct memory_entry entry = {
		.size = (u64)v->domain->map_pages << PAGE_SHIFT,
		.type = E820_TYPE_RAM,
	};
	struct xen_memory_map map;
	u64 buffer;

	if (copy_from_guest(v, &map, arg, sizeof(map)))
		return -EFAULT;
	buffer = (u64)map.buffer;
	map.nr_entries = min(map.nr_entries, 1u);
	if (map.nr_entries && copy_to_guest(v, buffer, &entry, sizeof(entry)))
		return -EFAULT;
	return copy_to_guest(v, arg, &map, sizeof(map)) ? -EFAULT : 0;
}

static long query(struct vcpu *v, unsigned int op, u64 arg)
{
	struct domain *d = v->domain;
	domid_t domid;
	int rc;
	u64 n;

	if (copy_from_guest(v, &domid, arg, sizeof(domid)))
		return -EFAULT;
	rc = check_domain(d, domid);
	if (rc)
		return rc;
	switch (op) {
	case XENMEM_current_reservation:
		return READ_ONCE(d->tot_pages);
	case XENMEM_maximum_reservation:
		return READ_ONCE(d->max_pages);
	default:
		/* The guest says so itself, and says how many. */
		n = READ_ONCE(d->shared_info->arch.max_pfn);
		return n ? n - 1 : 0;
	}
}

static bool give_up_extent(struct domain *d, u64 mfn, unsigned int order)
{
	u64 end = mfn + (1ULL << order);

	for (; mfn < end; mfn++)
		if (domain_give_up_frame(d, mfn))
			return false;
	return true;
}

static bool add_extent(struct vcpu *v, unsigned int op, u64 slot, unsigned int order)
{
	struct domain *d = v->domain;
	u64 gpfn = FRAME_NO_GPFN, mfn;

	if (op == XENMEM_populate_physmap && copy_from_guest(v, &gpfn, slot, sizeof(gpfn)))
		return false;
	if (gpfn >> (64 - PAGE_SHIFT))		/* all ones would say "not yours" */
		gpfn = FRAME_NO_GPFN;
	if (domain_add_frames(d, gpfn, order, &mfn))
		return false;
	if (!slot || !copy_to_guest(v, slot, &mfn, sizeof(mfn)))
		return true;
	give_up_extent(d, mfn, order);
	return false;
}

static bool change_extent(struct vcpu *v, unsigned int op, u64 list, u64 i, unsigned int order)
{
	u64 slot = list ? list + i * sizeof(xen_pfn_t) : 0, mfn;

	if (op != XENMEM_decrease_reservation)
		return add_extent(v, op, slot, order);
	if (copy_from_guest(v, &mfn, slot, sizeof(mfn)))
		return false;
	return give_up_extent(v->domain, mfn, order);
}

static bool reservation_ok(const struct domain *d, unsigned int op,
			   const struct xen_memory_reservation *r)
{
	if (check_domain(d, r->domid) || r->extent_order > MAX_ORDER_DOMU ||
	    r->nr_extents > U32_MAX >> MEMOP_SHIFT)
		return false;
	/* Low memory cannot be had; a limit above all memory is none. */
	if (op != XENMEM_decrease_reservation && r->address_bits &&
	    r->address_bits < 64 && hole_max_mfn() << PAGE_SHIFT > 1ULL << r->address_bits)
		return false;
	return op == XENMEM_increase_reservation || r->extent_start;
}

/*
 * Return: extents done, whatever went wrong with the next one (as in Xen), or
 * -ERESTART with that number in v->resume.done.
 */
static long change_reservation(struct vcpu *v, unsigned int op, u64 start, u64 arg)
{
	struct xen_memory_reservation r;
	u64 *done = &v->resume.done;

	/* Not the first attempt? */
	if (!v->resume.extra) {
		v->resume.extra = 1;
		*done = start;
	}
	if (copy_from_guest(v, &r, arg, sizeof(r)) || !reservation_ok(v->domain, op, &r))
		return *done;
	if (op != XENMEM_decrease_reservation && !hypercall_may_sleep(v))
		return -ERESTART;

	while (*done < r.nr_extents) {
		if (!change_extent(v, op, (u64)r.extent_start, *done,
				   r.extent_order))
			break;
		++*done;
		if (*done < r.nr_extents && vcpu_should_yield(v))
			return -ERESTART;
	}
	return *done;
}

/**
 * hc_memory_op() - __HYPERVISOR_memory_op
 * @v: the caller
 * @args: operation (with a start extent above bit 6), address of its argument
 *
 * Context: slice or sleepable.
 * Return: by operation; -ENOSYS for those not
 * offered, -EPERM for domain 0's; -EFAULT; -ERESTART.
 */
long hc_memory_op(struct vcpu *v, struct hypercall_args *args)
{
	const unsigned int op = args->a[0] & MEMOP_MASK;
	const u64 start = args->a[0] >> MEMOP_SHIFT, arg = args->a[1];

	switch (op) {
	case XENMEM_increase_reservation:
	case XENMEM_decrease_reservation:
	case XENMEM_populate_physmap:
		return change_reservation(v, op, start, arg);
	case XENMEM_maximum_ram_page:
		return start ? -EINVAL : hole_max_mfn();
	case XENMEM_current_reservation:
	case XENMEM_maximum_reservation:
	case XENMEM_maximum_gpfn:
		return start ? -EINVAL : query(v, op, arg);
	case XENMEM_memory_map:
		return memory_map(v, arg);
	case XENMEM_machphys_mapping:
		return machphys_mapping(v, arg);
	case XENMEM_machine_memory_map:
		return -EPERM;
	default:
		return -ENOSYS;
	}
}
