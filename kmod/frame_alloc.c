// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: Memory of domains
 *
 * Where a domain's frames come from and where they go.  Allocation is in
 * blocks of 2 MiB while the host has such, zeroed (XSA-100), and stops before
 * the host gets into trouble; nothing is handed back before every TLB has
 * forgotten it.  What goes back is the host's, like the memory of a process
 * that has ended: it is cleared when somebody gets it, not here (a host that
 * wants it earlier boots with init_on_free=1).  Must not look at page types.
 */
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/sched/signal.h>
#include <linux/workqueue.h>
#include "frame.h"
#include "uapi/lodge_netlink.h"

#define BLOCK_ORDER_MAX		9
#define CHECK_PAGES		(64UL << (20 - PAGE_SHIFT))

/* What the host keeps for itself: 1/32 of its memory, 32 to 256 MiB. */
static unsigned long host_reserve(void)
{
	struct sysinfo info;

	si_meminfo(&info);
	return clamp(info.totalram / 32, 32UL << (20 - PAGE_SHIFT), 256UL << (20 - PAGE_SHIFT));
}

/* Beside the pages themselves: tables of the hole, M2P, frame records. */
static bool host_has(unsigned long pages)
{
	long available = si_mem_available();

	return available > 0 && available >= pages + pages / 64 + host_reserve();
}

static struct page *alloc_zeroed(unsigned int order)
{
	gfp_t gfp = GFP_KERNEL | __GFP_ZERO | __GFP_NOWARN;
	struct page *page;

	gfp |= order ? __GFP_NORETRY : __GFP_RETRY_MAYFAIL;
	page = alloc_pages(gfp, order);
	if (page && order)
		split_page(page, order);
	return page;
}

/* The largest block, up to 2^@order, that the host has. */
static struct page *alloc_block(unsigned int *order)
{
	struct page *page;

	for (;;) {
		page = alloc_zeroed(*order);
		if (page || !*order)
			return page;
		--*order;
	}
}

/* Hand over a block of 2^@order; what cannot be handed over is freed. */
static int add_block(struct domain *d, struct page *page, u64 gpfn, unsigned int order)
{
	const u64 mfn = page_to_pfn(page);
	unsigned long i;
	int ret;

	ret = frame_add(d, mfn, gpfn, 1U << order, FRAME_ALLOC);
	if (ret)
		for (i = 0; i < 1UL << order; i++)
			__free_page(pfn_to_page(mfn + i));
	return ret;
}

static int alloc_all(struct domain *d, unsigned long nr_pages)
{
	unsigned long gpfn = 0, i, check = 0;
	unsigned int order = BLOCK_ORDER_MAX;
	struct page *page;
	int ret;

	while (gpfn < nr_pages) {
		if (gpfn >= check) {
			if (!host_has(nr_pages - gpfn))
				return -ENOMEM;
			check = gpfn + CHECK_PAGES;
		}
		while ((1UL << order) > nr_pages - gpfn)
			order--;
		page = alloc_block(&order);
		if (!page)
			return -ENOMEM;
		ret = add_block(d, page, gpfn, order);
		if (ret)
			return ret;
		for (i = 0; i < 1UL << order; i++)
			d->build_mfns[gpfn + i] = page_to_pfn(page) + i;
		gpfn += 1UL << order;
		if (fatal_signal_pending(current))
			return -EINTR;
		cond_resched();
	}
	return 0;
}

static void free_work_fn(struct work_struct *work);

/**
 * domain_alloc_memory() - give a new domain its memory
 * @d: domain under construction
 * @nr_pages: pseudo-physical frames 0..@nr_pages-1
 *
 * Fills d->build_mfns.  Leaves nothing behind if it fails.
 *
 * Context: sleepable.
 * Return: 0; -ENOMEM if the host has not enough to spare;
 * -EINTR.
 */
int domain_alloc_memory(struct domain *d, unsigned long nr_pages)
{
	int ret;

	INIT_WORK(&d->free_work, free_work_fn);
	xa_init(&d->chunks);
	if (!nr_pages || nr_pages > hole_max_mfn() || !host_has(nr_pages))
		return -ENOMEM;
	d->build_mfns = kvcalloc(nr_pages, sizeof(u64), GFP_KERNEL);
	if (!d->build_mfns)
		return -ENOMEM;
	d->nr_pages = nr_pages;
	ret = alloc_all(d, nr_pages);
	if (ret)
		domain_free_memory(d);
	return ret;
}

/**
 * domain_add_module_frame() - one more frame, that the module and the guest share
 * @d: domain with memory
 * @mfn: out: the frame, zeroed
 *
 * It is the domain's, so that it may be mapped, but it is not counted as its
 * memory and its type never changes: the module holds a WRITABLE reference
 * until the domain ends.
 *
 * Context: sleepable.
 * Return: 0 or -ENOMEM.
 */
int domain_add_module_frame(struct domain *d, u64 *mfn)
{
	struct page *page = alloc_zeroed(0);
	int ret;

	if (!page)
		return -ENOMEM;
	*mfn = page_to_pfn(page);
	ret = frame_add(d, *mfn, FRAME_NO_GPFN, 1, 0);
	if (ret) {
		__free_page(page);
		return ret;
	}
	return frame_get_type(d, *mfn, FRAME_WRITABLE);
}

/**
 * domain_alloc_shared_info() - the frame for struct shared_info
 * @d: domain with memory
 *
 * Context: sleepable.
 * Return: 0 or -ENOMEM.
 */
int domain_alloc_shared_info(struct domain *d)
{
	int ret = domain_add_module_frame(d, &d->shared_info_mfn);

	if (!ret)
		d->shared_info = frame_address(d->shared_info_mfn);
	return ret;
}

static void free_chunk(struct domain *d, unsigned long chunk)
{
	DECLARE_BITMAP(owned, CHUNK_FRAMES);
	unsigned long i;

	frame_drop_chunk(d, chunk, owned);
	for_each_set_bit(i, owned, CHUNK_FRAMES)
		__free_page(pfn_to_page(((u64)chunk << CHUNK_SHIFT) + i));
}

/**
 * domain_free_memory() - take all its frames back
 * @d: domain whose vCPUs are gone and whose memory nobody maps
 *
 * Nothing is devalidated: no entry or TLB of the domain is used any more.  Frames
 * that others have mapped by a grant have a page reference for that, and go to
 * the host when the last mapping does.
 *
 * Context: sleepable.
 */
void domain_free_memory(struct domain *d)
{
	unsigned long chunk;

	flush_work(&d->free_work);
	d->shared_info = NULL;
	d->shared_info_mfn = 0;
	for (chunk = 0; frame_next_chunk(d, &chunk); chunk++) {
		free_chunk(d, chunk);
		cond_resched();
	}
	frame_put_chunks(d);
	d->tot_pages = 0;
	kvfree(d->build_mfns);
	d->build_mfns = NULL;
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
	struct page *page = pfn_to_page(mfn);

	WRITE_ONCE(frame_lookup(mfn)->owner, 0);
	hole_disown_frame(d, mfn);
	d->tot_pages--;
	set_page_private(page, (unsigned long)d->freed);
	d->freed = page;
	schedule_work(&d->free_work);
}

static void free_work_fn(struct work_struct *work)
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
		__free_page(page);
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
 * domain_add_frames() - a domain gets contiguous frames, up to its maximum
 * @d: domain
 * @gpfn: what the M2P shall say of the first, or FRAME_NO_GPFN
 * @order: 2^@order frames, 0..9
 * @mfn: out: the first
 *
 * Context: sleepable.
 * Return: 0, -ENOMEM.
 */
int domain_add_frames(struct domain *d, u64 gpfn, unsigned int order, u64 *mfn)
{
	const unsigned long count = 1UL << order;
	struct page *page;

	/* Frames on their way out count until they are gone. */
	flush_work(&d->free_work);
	if (READ_ONCE(d->tot_pages) + count > READ_ONCE(d->max_pages) || !host_has(count))
		return -ENOMEM;
	page = alloc_zeroed(order);
	if (!page)
		return -ENOMEM;
	*mfn = page_to_pfn(page);
	return add_block(d, page, gpfn, order);
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
