// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: exchange
 *
 * A domain hands in frames and gets as many others, in one step: in practice
 * to get contiguous ones (Linux does for its swiotlb).  Called by memory.c;
 * the frames are kmod/frame_steal.c's business.
 *
 * It goes by chunks of the larger extent of both lists, 512 frames at most,
 * and a chunk is done or has never been begun: all that can fail comes before
 * the one step that cannot.  What a guest sees is Xen's, but for that: Xen
 * keeps the new frames of a chunk whose list it cannot write.
 */
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/workqueue.h>
#include "memory.h"

/**
 * struct chunk - one chunk under way
 * @x: the guest's request, a copy
 * @nr_in: extents handed in
 * @nr_out: extents got
 * @in: guest address of the first of them in the list
 * @out: guest address
 * @gpfn: for each new extent: what the guest wants the M2P to say
 * @mfn: for each new extent: its first frame
 * @blocks: new extents that are allocated
 * @added: new extents that are the domain's
 * @written: new extents whose frame the guest has been told
 * @stolen: the frames handed in
 */
struct chunk {
	const struct xen_memory_exchange *x;
	unsigned int nr_in, nr_out;
	u64 in, out;
	u64 gpfn[1 << MAX_ORDER_DOMU];
	u64 mfn[1 << MAX_ORDER_DOMU];
	unsigned int blocks, added, written;
	struct stolen_frames stolen;
};

/* Both lists are read before anything is done. */
static int read_lists(struct vcpu *v, struct chunk *c)
{
	const unsigned int order = c->x->in.extent_order;
	u64 in[1 << 5], i, j, k, n;

	for (i = 0; i < c->nr_in; i += n) {
		n = min_t(u64, ARRAY_SIZE(in), c->nr_in - i);
		if (copy_from_guest(v, in, c->in + i * sizeof(u64), n * sizeof(u64)))
			return -EFAULT;
		for (j = 0; j < n; j++)
			for (k = 0; k < 1U << order; k++)
				c->stolen.frame[((i + j) << order) + k].mfn = in[j] + k;
	}
	c->stolen.nr = c->nr_in << order;
	return copy_from_guest(v, c->gpfn, c->out, c->nr_out * sizeof(u64)) ? -EFAULT : 0;
}

static int get_blocks(struct vcpu *v, struct chunk *c)
{
	const unsigned int order = c->x->out.extent_order;
	const u32 bits = MEMF_ADDRESS_BITS(c->x->out.address_bits);
	struct page *page;
	int ret;

	for (; c->blocks < c->nr_out; c->blocks++) {
		page = frame_alloc_block(order, bits);
		if (!page)
			return -ENOMEM;
		c->mfn[c->blocks] = page_to_pfn(page);
	}
	for (; c->added < c->nr_out; c->added++) {
		ret = frame_add_block(v->domain, c->mfn[c->added], c->gpfn[c->added], order);
		if (ret)
			return ret;
	}
	return 0;
}

static int tell(struct vcpu *v, struct chunk *c)
{
	for (; c->written < c->nr_out; c->written++)
		if (copy_to_guest(v, c->out + c->written * sizeof(u64), &c->mfn[c->written],
				  sizeof(u64)))
			return -EFAULT;
	return 0;
}

/* The mirror of get_blocks() and tell(), from wherever they stopped. */
static void undo(struct vcpu *v, struct chunk *c)
{
	const unsigned int order = c->x->out.extent_order;

	/* What could be written a moment ago; if not any more, who cares. */
	while (c->written--)
		copy_to_guest(v, c->out + c->written * sizeof(u64), &c->gpfn[c->written],
			      sizeof(u64));
	while (c->blocks > c->added)
		frame_free_block(c->mfn[--c->blocks], order);
	while (c->added)
		frame_take_back_block(v->domain, c->mfn[--c->added], order);
}

static int exchange_chunk(struct vcpu *v, struct chunk *c)
{
	int ret;

	/* What was handed in before goes to the host first: nobody has more than he may. */
	flush_work(&v->domain->free_work);
	c->blocks = c->added = c->written = 0;
	ret = read_lists(v, c);
	if (ret)
		return ret;
	ret = frames_steal(v->domain, &c->stolen);
	if (ret)
		return ret;
	ret = get_blocks(v, c);
	if (!ret)
		ret = tell(v, c);
	if (ret) {
		undo(v, c);
		frames_unsteal(v->domain, &c->stolen);
		return ret;
	}
	frames_free_stolen(v->domain, &c->stolen);
	return 0;
}

/* In Xen's order: what is wrong with a request that is wrong twice is part of the ABI. */
static int check_request(const struct domain *d, const struct xen_memory_exchange *x)
{
	const unsigned int in_order = x->in.extent_order, out_order = x->out.extent_order;
	const u64 nr_in = x->in.nr_extents, nr_out = x->out.nr_extents;

	if (max(in_order, out_order) > MAX_ORDER_DOMU)
		return -EPERM;
	if (x->nr_exchanged > nr_in || x->in.domid != x->out.domid ||
	    U64_MAX >> in_order < nr_in || U64_MAX >> out_order < nr_out ||
	    nr_in << in_order != nr_out << out_order)
		return -EINVAL;
	if (x->nr_exchanged == nr_in)
		return 0;
	if (!memory_node_ok(x->out.address_bits))
		return -EINVAL;
	return memory_check_domain(d, x->in.domid);
}

/* Do chunks until the end, an error or the end of the turn; x->nr_exchanged tells. */
static int exchange_chunks(struct vcpu *v, struct xen_memory_exchange *x, struct chunk *c)
{
	const unsigned int in_order = x->in.extent_order, out_order = x->out.extent_order;
	const unsigned int in_shift = out_order > in_order ? out_order - in_order : 0;
	const unsigned int out_shift = in_order > out_order ? in_order - out_order : 0;
	u64 i = x->nr_exchanged >> in_shift;
	int ret = 0;

	c->x = x;
	c->nr_in = 1U << in_shift;
	c->nr_out = 1U << out_shift;
	while (i < x->in.nr_extents >> in_shift) {
		c->in = (u64)x->in.extent_start + (i << in_shift) * sizeof(u64);
		c->out = (u64)x->out.extent_start + (i << out_shift) * sizeof(u64);
		ret = exchange_chunk(v, c);
		if (ret)
			break;
		i++;
		if (i < x->in.nr_extents >> in_shift && vcpu_should_yield(v)) {
			ret = -ERESTART;
			break;
		}
	}
	x->nr_exchanged = i << in_shift;
	return ret;
}

/**
 * memory_exchange() - XENMEM_exchange
 * @v: the caller
 * @arg: guest address of struct xen_memory_exchange; where it stopped is
 *	written there, as on Xen, and a call that gave way goes on from there
 *
 * Context: slice or sleepable.
 * Return: 0; -EPERM: an extent too large, or not its own frames; -EINVAL: lists
 * that do not match, or a frame that is not the domain's or is in use; -ESRCH;
 * -ENOMEM; -EFAULT; -ERESTART.
 */
long memory_exchange(struct vcpu *v, u64 arg)
{
	struct xen_memory_exchange x;
	struct chunk *c;
	int ret;

	if (copy_from_guest(v, &x, arg, sizeof(x)))
		return -EFAULT;
	ret = check_request(v->domain, &x);
	if (!ret && x.nr_exchanged == x.in.nr_extents)
		return 0;
	if (!ret) {
		if (!hypercall_may_sleep(v))
			return -ERESTART;
		c = kvzalloc(sizeof(*c), GFP_KERNEL_ACCOUNT);
		ret = c ? exchange_chunks(v, &x, c) : -ENOMEM;
		kvfree(c);
	}
	if (copy_to_guest(v, arg + offsetof(struct xen_memory_exchange, nr_exchanged),
			  &x.nr_exchanged, sizeof(x.nr_exchanged)))
		return -EFAULT;
	return ret;
}
