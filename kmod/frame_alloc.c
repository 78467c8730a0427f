// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: Memory of domains
 *
 * Where a domain's frames come from and where they go.  Allocation is in
 * blocks of 2 MiB while the host has such, zeroed (XSA-100), and stops before
 * the host gets into trouble.  Nothing is handed back before every TLB has
 * forgotten it and its content is gone (XSA-313): a guest's secrets must not
 * lie about in the host's free memory.  Must not look at page types.
 */
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/sched/signal.h>
#include <linux/workqueue.h>
#include "frame.h"

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

static struct page *alloc_zeroed(unsigned int order, gfp_t zone)
{
	gfp_t gfp = GFP_KERNEL | __GFP_ZERO | __GFP_NOWARN | zone;
	struct page *page;

	gfp |= order || zone ? __GFP_NORETRY : __GFP_RETRY_MAYFAIL;
	page = alloc_pages(gfp, order);
	if (page && order)
		split_page(page, order);
	return page;
}

/**
 * frame_put_page() - drop the host's reference on a page of a domain
 * @page: who drops the reference does not know it any more, its TLBs neither
 *
 * The last one (others are those of mapped grants) gives it to the host, cleared.
 *
 * Context: any.
 */
void frame_put_page(struct page *page)
{
	if (!page_ref_dec_and_test(page))
		return;
	if (!want_init_on_free())
		clear_page(page_address(page));
	set_page_count(page, 1);
	__free_page(page);
}

/* Which zone has only addresses of @bits bits; false: none that a domain may drain. */
static bool zone_for(unsigned int bits, gfp_t *zone)
{
	*zone = 0;
	if (!bits || bits >= 64 || hole_max_mfn() << PAGE_SHIFT <= 1ULL << bits)
		return true;
	/* Below 32 there is only the zone of old devices: 16 MiB for the whole host. */
	*zone = __GFP_DMA32;
	return bits >= 32;
}

/**
 * frame_alloc_block() - contiguous pages for a domain, zeroed
 * @order: 2^@order pages, 0..9
 * @bits: their addresses have no more bits than this; 0: any
 *
 * Context: sleepable.
 * Return: the first page, or NULL if the host has not enough to spare, or none there.
 */
struct page *frame_alloc_block(unsigned int order, unsigned int bits)
{
	gfp_t zone;

	if (!zone_for(bits, &zone) || !host_has(1UL << order))
		return NULL;
	return alloc_zeroed(order, zone);
}

/**
 * frame_free_block() - what frame_alloc_block() gave was not needed
 * @mfn: the first; no domain had them
 * @order: 2^@order pages
 *
 * Context: any.
 */
void frame_free_block(u64 mfn, unsigned int order)
{
	unsigned long i;

	for (i = 0; i < 1UL << order; i++)
		__free_page(pfn_to_page(mfn + i));
}

/* The largest block, up to 2^@order, that the host has. */
static struct page *alloc_block(unsigned int *order)
{
	struct page *page;

	for (;;) {
		page = alloc_zeroed(*order, 0);
		if (page || !*order)
			return page;
		--*order;
	}
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
		ret = frame_add(d, page_to_pfn(page), gpfn, 1U << order, FRAME_ALLOC);
		if (ret) {
			frame_free_block(page_to_pfn(page), order);
			return ret;
		}
		for (i = 0; i < 1UL << order; i++)
			d->build_mfns[gpfn + i] = page_to_pfn(page) + i;
		gpfn += 1UL << order;
		frame_count_pages(d, 1UL << order);
		if (READ_ONCE(d->ended))
			return -ESHUTDOWN;
		if (fatal_signal_pending(current))
			return -EINTR;
		cond_resched();
	}
	return 0;
}

/**
 * domain_alloc_memory() - give a new domain its memory
 * @d: domain under construction
 * @nr_pages: pseudo-physical frames 0..@nr_pages-1
 *
 * Fills d->build_mfns.  Leaves nothing behind if it fails.
 *
 * Context: sleepable.
 * Return: 0; -ENOMEM if the host has not enough to spare;
 * -EINTR; -ESHUTDOWN: destroyed meanwhile.
 */
int domain_alloc_memory(struct domain *d, unsigned long nr_pages)
{
	int ret;

	INIT_WORK(&d->free_work, frame_free_work);
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

static int add_module_page(struct domain *d, struct page *page, u64 *mfn)
{
	int ret;

	if (!page)
		return -ENOMEM;
	*mfn = page_to_pfn(page);
	ret = frame_add(d, *mfn, FRAME_NO_GPFN, 1, 0);
	if (ret) {
		__free_page(page);
		return ret;
	}
	WRITE_ONCE(d->nr_extra_frames, d->nr_extra_frames + 1);
	return frame_get_type(d, *mfn, FRAME_WRITABLE);
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
	struct page *page = d->spare_page;

	d->spare_page = NULL;
	return add_module_page(d, page ?: alloc_zeroed(0, 0), mfn);
}

/**
 * domain_alloc_shared_info() - the frame for struct shared_info
 * @d: domain with memory
 *
 * The next one that the module adds, its grant table's first, shall lie beside it:
 * another block of 2 MiB would take 16 kB of records and tables.
 *
 * Context: sleepable.
 * Return: 0 or -ENOMEM.
 */
int domain_alloc_shared_info(struct domain *d)
{
	struct page *pair = alloc_zeroed(1, 0);
	int ret;

	d->spare_page = pair ? pair + 1 : NULL;
	ret = add_module_page(d, pair ?: alloc_zeroed(0, 0), &d->shared_info_mfn);
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
		frame_put_page(pfn_to_page(((u64)chunk << CHUNK_SHIFT) + i));
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
	if (d->spare_page)
		__free_page(d->spare_page);
	d->spare_page = NULL;
	d->tot_pages = 0;
	WRITE_ONCE(d->nr_extra_frames, 0);
	kvfree(d->build_mfns);
	d->build_mfns = NULL;
	kvfree(d->memory_map);
	d->memory_map = NULL;
}
