// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: Grants to domain 0
 *
 * How the host uses what a guest has granted to domain 0: its back ends and
 * /dev/xen/gntdev.  A mapping is the guest's page itself; the kernel has it in
 * its direct map.  The guest may die first: the page then stays until the
 * mapping goes.  And how domain 0 has something granted that a guest could not
 * know of yet: the reserved references.
 */
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include "grant.h"
#include "hypercall.h"

#define DOMID_HOST	0

struct grant_map {
	struct grant_pin pin;
};

static int status_to_errno(int status)
{
	switch (status) {
	case GNTST_bad_domain:
		return -ESHUTDOWN;
	case GNTST_bad_gntref:
		return -EINVAL;
	case GNTST_bad_page:
		return -ENXIO;
	default:
		return -EPERM;
	}
}

/**
 * grant_pin_host() - domain 0 uses a granted page, without an allocation
 * @d: the granter
 * @ref: grant reference, any value
 * @readonly: the page will only be read
 * @pin: out; ended by grant_unpin()
 *
 * Context: as grant_pin().
 * Return: 0, or as grant_map_host(), but for -ENOMEM.
 */
int grant_pin_host(struct domain *d, u32 ref, bool readonly, struct grant_pin *pin)
{
	int status = grant_pin(d, ref, DOMID_HOST, readonly, true, pin);

	return status ? status_to_errno(status) : 0;
}

/**
 * grant_map_host() - domain 0 maps a grant
 * @d: the granter; the caller has a reference on it, the mapping takes another
 * @ref: grant reference, any value
 * @readonly: the page will not be written through this mapping
 *
 * Context: sleepable.
 * Return: the mapping, or ERR_PTR: -EINVAL (no such reference), -EPERM (not
 * granted to domain 0, or not so), -ENXIO (it names no frame of the granter's),
 * -ESHUTDOWN (the granter ends), -ENOMEM.
 */
struct grant_map *grant_map_host(struct domain *d, u32 ref, bool readonly)
{
	struct grant_map *map = kzalloc(sizeof(*map), GFP_KERNEL);
	int ret;

	if (!map)
		return ERR_PTR(-ENOMEM);
	ret = grant_pin_host(d, ref, readonly, &map->pin);
	if (ret) {
		kfree(map);
		return ERR_PTR(ret);
	}
	return map;
}

/**
 * grant_unmap_host() - end such a mapping
 * @map: from grant_map_host(); no page table of the host's names the page on
 *	its behalf any more, and no TLB does
 *
 * Context: sleepable, or a spinlock held; not in interrupts.
 */
void grant_unmap_host(struct grant_map *map)
{
	grant_unpin(&map->pin);
	kfree(map);
}

/**
 * grant_map_page() - the page that is mapped
 * @map: from grant_map_host()
 *
 * Context: any.
 * Return: it stays until grant_unmap_host(); longer for who takes a reference
 * on it, but then it is not the guest's any more.
 */
struct page *grant_map_page(const struct grant_map *map)
{
	return pfn_to_page(map->pin.mfn);
}

/**
 * grant_map_readonly() - was it mapped to be read only?
 * @map: from grant_map_host()
 *
 * Context: any.
 */
bool grant_map_readonly(const struct grant_map *map)
{
	return map->pin.readonly;
}

/**
 * grant_permit_host() - grant a frame to domain 0 on behalf of a new guest
 * @d: domain under construction; the caller keeps it so (life_lock)
 * @ref: a reserved reference (GNTTAB_RESERVED_*)
 * @gpfn: frame of the guest's
 *
 * Context: sleepable.
 * Return: 0, -EINVAL; -ERANGE if version 1 of the table cannot name the frame.
 */
int grant_permit_host(struct domain *d, u32 ref, u64 gpfn)
{
	struct grant_entry_v1 *entry;
	u64 mfn;

	if (ref >= GNTTAB_NR_RESERVED_ENTRIES || !d->build_mfns || gpfn >= d->nr_pages ||
	    !d->grant->nr_frames)
		return -EINVAL;
	mfn = d->build_mfns[gpfn];
	if (mfn > U32_MAX)
		return -ERANGE;
	entry = &d->grant->shared[0][ref];
	entry->frame = mfn;
	entry->domid = DOMID_HOST;
	smp_store_release(&entry->flags, GTF_permit_access);
	return 0;
}
