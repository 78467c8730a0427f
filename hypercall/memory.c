// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: memory_op
 *
 * The commands, and what a domain may ask about its memory.  How it gets other
 * frames is in reservation.c and exchange.c, the commands that no PV domain
 * may use in memory_refused.c.  Must not touch page types.
 */
#include <linux/minmax.h>
#include <linux/slab.h>
#include <asm/e820/types.h>
#include "memory.h"

/* In Xen's header, not in Linux's. */
#define XENMEM_set_memory_map	13
#define XENMEM_maximum_gpfn	14
#define XENMEM_rdm_map		27
#define XENMEM_RDM_ALL		1
#define MEMORY_MAP_MAX		1024	/* E820MAX */

struct memory_entry {
	u64 address;
	u64 size;
	u32 type;
} __packed;

/**
 * struct memory_map - what a guest says its memory looks like; it means nothing to us
 * @nr_entries: how many
 * @entry: as the guest wrote them
 */
struct memory_map {
	u32 nr_entries;
	struct memory_entry entry[];
};

struct foreign_memory_map {
	domid_t domid;
	struct xen_memory_map map;
};

struct rdm_map {
	u32 flags;
	u32 nr_entries;
	u64 buffer;
	u16 seg;
	u8 bus, devfn;
};

/**
 * memory_check_domain() - may the caller change the memory of a domain?
 * @d: the caller's domain
 * @domid: whose memory
 *
 * Context: any.
 * Return: 0: its own; -EPERM: domain 0's, -ESRCH: all others, alive or not.
 */
int memory_check_domain(const struct domain *d, domid_t domid)
{
	if (domid == DOMID_SELF || domid == d->id)
		return 0;
	return domid ? -ESRCH : -EPERM;
}

/**
 * memory_node_ok() - may an unprivileged domain ask for memory there?
 * @flags: mem_flags of a reservation
 *
 * It may name a node, which means nothing, but not insist on it.
 *
 * Context: any.
 */
bool memory_node_ok(u32 flags)
{
	return MEMF_NODE(flags) == MEMF_NO_NODE || !(flags & MEMF_EXACT_NODE);
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

/* d->lock held; one range of RAM unless the guest has said something else. */
static long put_memory_map(struct vcpu *v, struct xen_memory_map *map)
{
	struct memory_entry all = {
		.size = (u64)v->domain->map_pages << PAGE_SHIFT,
		.type = E820_TYPE_RAM,
	};
	const struct memory_map *set = v->domain->memory_map;

	map->nr_entries = min(map->nr_entries, set ? set->nr_entries : 1);
	if (!map->nr_entries)
		return 0;
	return copy_to_guest(v, (u64)map->buffer, set ? set->entry : &all,
			     map->nr_entries * sizeof(all)) ? -EFAULT : 0;
}

static long memory_map(struct vcpu *v, u64 arg)
{
	struct xen_memory_map map;
	long ret;

	if (copy_from_guest(v, &map, arg, sizeof(map)))
		return -EFAULT;
	if (!hypercall_may_sleep(v))
		return -ERESTART;
	mutex_lock(&v->domain->lock);
	ret = put_memory_map(v, &map);
	mutex_unlock(&v->domain->lock);
	if (!ret && copy_to_guest(v, arg, &map, sizeof(map)))
		ret = -EFAULT;
	return ret;
}

static long set_memory_map(struct vcpu *v, u64 arg)
{
	struct domain *d = v->domain;
	struct foreign_memory_map f;
	struct memory_map *map;
	int ret;

	if (copy_from_guest(v, &f, arg, sizeof(f)))
		return -EFAULT;
	if (f.map.nr_entries > MEMORY_MAP_MAX)
		return -EINVAL;
	ret = memory_check_domain(d, f.domid);
	if (ret)
		return ret;
	if (!hypercall_may_sleep(v))
		return -ERESTART;
	map = kvzalloc(struct_size(map, entry, f.map.nr_entries), GFP_KERNEL_ACCOUNT);
	if (!map)
		return -ENOMEM;
	map->nr_entries = f.map.nr_entries;
	if (copy_from_guest(v, map->entry, (u64)f.map.buffer,
			    map->nr_entries * sizeof(map->entry[0]))) {
		kvfree(map);
		return -EFAULT;
	}
	mutex_lock(&d->lock);
	swap(map, d->memory_map);
	mutex_unlock(&d->lock);
	kvfree(map);
	return 0;
}

/* Memory that devices need in place: a domain without devices has none. */
static long rdm_map(struct vcpu *v, u64 arg)
{
	struct rdm_map map;

	if (copy_from_guest(v, &map, arg, sizeof(map)))
		return -EFAULT;
	if (map.flags & ~XENMEM_RDM_ALL)
		return -EINVAL;
	map.nr_entries = 0;
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
	rc = memory_check_domain(d, domid);
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
		return memory_change_reservation(v, op, start, arg);
	case XENMEM_exchange:
		return start ? -EINVAL : memory_exchange(v, arg);
	case XENMEM_maximum_ram_page:
		return start ? -EINVAL : hole_max_mfn();
	case XENMEM_current_reservation:
	case XENMEM_maximum_reservation:
	case XENMEM_maximum_gpfn:
		return start ? -EINVAL : query(v, op, arg);
	case XENMEM_rdm_map:
		return start ? -EINVAL : rdm_map(v, arg);
	/* Xen takes a start extent for a part of these numbers. */
	case XENMEM_memory_map:
		return start ? -ENOSYS : memory_map(v, arg);
	case XENMEM_set_memory_map:
		return start ? -ENOSYS : set_memory_map(v, arg);
	case XENMEM_machphys_mapping:
		return start ? -ENOSYS : machphys_mapping(v, arg);
	default:
		return memory_refuse(v, op, start, arg);
	}
}
