// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: What a domain costs beside its memory
 *
 * The host's memory that the module holds for one domain: tables of the hole,
 * its M2P, records of its frames, vCPUs, console log.  For netlink_fill.c;
 * Documentation/performance.rst has the figures, and a test compares them with
 * what the host misses.
 */
#include <linux/slab.h>
#include "frame.h"
#include "../hypercall/evtchn.h"

static u64 vcpu_overhead(const struct vcpu *v)
{
	return ksize(v) + PAGE_SIZE + ksize(v->xstate);
}

/**
 * domain_overhead() - host memory that the module holds for a domain
 * @d: the domain, d->lock held; in any state
 *
 * A chunk of frame records that two domains share counts for both.  Event
 * ports, grant handles and what user space holds open are not in it: they come
 * and go.
 *
 * Context: sleepable.
 * Return: bytes, @d's own memory not among them.
 */
u64 domain_overhead(const struct domain *d)
{
	u64 bytes = sizeof(*d) + PAGE_SIZE + console_overhead(d);
	unsigned int i;

	lockdep_assert_held(&d->lock);
	bytes += (u64)(READ_ONCE(d->hole.nr_pages) + READ_ONCE(d->nr_extra_frames)) << PAGE_SHIFT;
	bytes += READ_ONCE(d->nr_chunks) * FRAME_CHUNK_BYTES;
	if (d->state != DOMAIN_ENDED)
		bytes += sizeof(struct evtchn_table);
	for (i = 0; i < d->nr_vcpus; i++)
		if (d->vcpu[i])
			bytes += vcpu_overhead(d->vcpu[i]);
	return bytes;
}
