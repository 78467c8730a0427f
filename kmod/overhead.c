// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: What a domain costs beside its memory
 *
 * The host's memory that the module holds for one domain, all of it: tables of
 * the hole, its M2P, records of its frames, vCPUs, console log, event channels,
 * grants.  For netlink_fill.c; Documentation/performance.rst has the figures, and
 * tests compare them with what the host misses.
 */
#include <linux/slab.h>
#include <linux/xarray.h>
#include "frame.h"
#include "../hypercall/evtchn.h"

static u64 vcpu_overhead(const struct vcpu *v)
{
	return ksize(v) + PAGE_SIZE + ksize(v->xstate);
}

/* The list of its chunks: a node for 64 of them where they lie together, and those above. */
static u64 chunk_list_overhead(const struct domain *d)
{
	unsigned long leaves = DIV_ROUND_UP(READ_ONCE(d->nr_chunks), XA_CHUNK_SIZE);

	return leaves ? (leaves + 2) * sizeof(struct xa_node) : 0;
}

/**
 * domain_overhead() - host memory that the module holds for a domain
 * @d: the domain, d->lock held; in any state
 *
 * A chunk of frame records that two domains share counts for both.  What user
 * space holds open (files of /dev/lodge and /dev/xen/) is not in it.
 *
 * Context: sleepable.
 * Return: bytes, @d's own memory not among them.
 */
u64 domain_overhead(struct domain *d)
{
	u64 bytes = ksize(d) + PAGE_SIZE;
	unsigned int i;

	lockdep_assert_held(&d->lock);
	bytes += console_overhead(d) + grant_overhead(d) + evtchn_overhead(d);
	bytes += (u64)(READ_ONCE(d->hole.nr_pages) + READ_ONCE(d->nr_extra_frames)) << PAGE_SHIFT;
	bytes += READ_ONCE(d->nr_chunks) * FRAME_CHUNK_BYTES + chunk_list_overhead(d);
	for (i = 0; i < d->nr_vcpus; i++)
		if (d->vcpu[i])
			bytes += vcpu_overhead(d->vcpu[i]);
	return bytes;
}
