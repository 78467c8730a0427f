// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: Frames that come and go
 *
 * What a domain gives up while it lives, and what it gets.  Called by
 * hypercall/ (reservation.c, exchange.c), and by ptvalidate/ when a frame's
 * last reference goes.  A TLB may still know a frame that is given up: it has
 * no owner from then on, and a work flushes before the host gets it.  Where
 * pages come from is frame_alloc.c's business.
 */
#include <linux/mm.h>
#include <linux/workqueue.h>
#include "frame.h"
#include "uapi/lodge_netlink.h"

/**
 * frame_count_pages() - a domain has more pages, or fewer
 * @d: the domain; not with its mmu_lock
 * @count: how many more
 *
 * Context: slice or sleepable.
 */
void frame_count_pages(struct domain *d, long count)
{
	domain_mmu_lock(d);
	d->tot_pages += count;
	domain_mmu_unlock(d);
}

/**
 * env_frame_free() - the last reference of a frame has gone
 * @d: its owner; mmu_lock held
 * @mfn: the frame, given up before
 *
 * From now on it is nobody's; a TLB may still know it, so it goes to the host
 * only after a flush, in a work.
 */
void env_frame_free(struct domain *d, u64 mfn)
{
	WRITE_ONCE(frame_lookup(mfn)->owner, 0);
	hole_disown_frame(d, mfn);
	d->tot_pages--;
	frame_queue_free(d, mfn);
}

/**
 * frame_queue_free() - a frame without owner goes to the host
 * @d: the domain that had it; mmu_lock held
 * @mfn: the frame
 */
void frame_queue_free(struct domain *d, u64 mfn)
{
	struct page *page = pfn_to_page(mfn);

	set_page_private(page, (unsigned long)d->freed);
	d->freed = page;
	schedule_work(&d->free_work);
}

/**
 * frame_free_work() - flush, and give to the host what the domain has lost
 * @work: the domain's free_work
 *
 * Context: workqueue.
 */
void frame_free_work(struct work_struct *work)
{
	struct domain *d = container_of(work, struct domain, free_work);
	struct page *page, *next;

	domain_mmu_lock(d);
	page = d->freed;
	d->freed = NULL;
	if (page)
		domain_flush_others(d);
	domain_mmu_unlock(d);

	for (; page; page = next) {
		next = (struct page *)page_private(page);
		set_page_private(page, 0);
		hole_unmap_frame(d, page_to_pfn(page));
		frame_drop(page_to_pfn(page));
		frame_put_page(page);
		cond_resched();
	}
}

/**
 * domain_give_up_frame() - a domain returns one of its frames
 * @d: domain
 * @mfn: any value
 *
 * What still maps it keeps it; it goes when the last mapping does.
 *
 * Context: not with @d's mmu_lock, IRQs on.
 * Return: 0, -EINVAL if it is not the domain's to give.
 */
int domain_give_up_frame(struct domain *d, u64 mfn)
{
	struct frame *f;
	int ret = -EINVAL;

	domain_mmu_lock(d);
	f = pt_owned(d, mfn);
	if (f && (f->flags & FRAME_ALLOC)) {
		f->flags &= ~FRAME_ALLOC;
		pt_put_ref(d, mfn);
		ret = 0;
	}
	domain_mmu_unlock(d);
	return ret;
}

/**
 * frame_add_block() - a domain gets a block, in the place of others
 * @d: domain; how much it has stays as it is
 * @mfn: the first page, from frame_alloc_block()
 * @gpfn: what the M2P shall say of it; what cannot be a frame number becomes FRAME_NO_GPFN
 * @order: 2^@order pages
 *
 * Context: sleepable.
 * Return: 0, or -ENOMEM and the block is still the caller's.
 */
int frame_add_block(struct domain *d, u64 mfn, u64 gpfn, unsigned int order)
{
	if (gpfn >> (64 - PAGE_SHIFT))		/* all ones would say "not yours" */
		gpfn = FRAME_NO_GPFN;
	return frame_add(d, mfn, gpfn, 1U << order, FRAME_ALLOC);
}

/**
 * frame_take_back_block() - undo frame_add_block()
 * @d: domain
 * @mfn: the first page
 * @order: 2^@order pages
 *
 * Another vCPU of the domain may use one already: that goes when the use ends,
 * and is the domain's own until then, beyond its maximum if need be.
 *
 * Context: sleepable.
 */
void frame_take_back_block(struct domain *d, u64 mfn, unsigned int order)
{
	unsigned long i;

	frame_count_pages(d, 1UL << order);	/* giving up counts down */
	for (i = 0; i < 1UL << order; i++)
		domain_give_up_frame(d, mfn + i);	/* -EINVAL: it was given up already */
}

/* Frames are the domain's to have before they are allocated: the vCPUs race. */
static bool reserve_pages(struct domain *d, unsigned long count)
{
	bool ok;

	domain_mmu_lock(d);
	ok = d->tot_pages + count <= READ_ONCE(d->max_pages);
	if (ok)
		d->tot_pages += count;
	domain_mmu_unlock(d);
	return ok;
}

/**
 * domain_add_frames() - a domain gets contiguous frames, up to its maximum
 * @d: domain
 * @gpfn: what the M2P shall say of the first
 * @order: 2^@order frames, 0..9
 * @bits: of their addresses at most; 0: any
 * @mfn: out: the first
 *
 * Context: sleepable.
 * Return: 0, -ENOMEM.
 */
int domain_add_frames(struct domain *d, u64 gpfn, unsigned int order, unsigned int bits,
		      u64 *mfn)
{
	struct page *page;

	/* What is on its way out first: the host may need it for this. */
	flush_work(&d->free_work);
	if (!reserve_pages(d, 1UL << order))
		return -ENOMEM;
	page = frame_alloc_block(order, bits);
	if (page) {
		*mfn = page_to_pfn(page);
		if (!frame_add_block(d, *mfn, gpfn, order))
			return 0;
		frame_free_block(*mfn, order);
	}
	frame_count_pages(d, -(1L << order));
	return -ENOMEM;
}

/**
 * domain_set_max_pages() - how much a domain may have from now on
 * @d: the domain
 * @nr_pages: 4 KiB pages; if it has more, it keeps them and gets no new ones
 *
 * Context: sleepable.
 * Return: 0, -EINVAL (0, or above LODGE_MAX_PAGES), -ESHUTDOWN, -EINTR.
 */
int domain_set_max_pages(struct domain *d, u64 nr_pages)
{
	int ret;

	if (!nr_pages || nr_pages > LODGE_MAX_PAGES)
		return -EINVAL;
	ret = domain_hold(d);
	if (ret)
		return ret;
	mutex_lock(&d->lock);
	WRITE_ONCE(d->max_pages, nr_pages);
	mutex_unlock(&d->lock);
	netlink_notify(d, LODGE_CMD_MEMORY_NTF);
	domain_release(d);
	return 0;
}
