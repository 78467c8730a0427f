// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: Requests of a block device's ring
 *
 * Each is copied out of the ring once, and only the copy is judged.  A request
 * that is wrong gets an error; indices that cannot be right mean that the whole
 * ring cannot be trusted.  Called by blk_queue.c, and by a fuzzer in user space;
 * does nothing but look and copy.
 */
#ifdef __KERNEL__
#include <linux/kernel.h>
#include <linux/nospec.h>
#include <linux/string.h>
#include <asm/barrier.h>
#else
#include "blk_ring_abi.h"
#endif

#include "blk_ring.h"

/**
 * blk_ring_attach() - begin with a ring, or go on with one
 * @r: out
 * @shared: the guest's
 * @pages: of it, a power of 2
 *
 * What stands in it without a response is taken (again).
 */
void blk_ring_attach(struct blk_ring *r, void *shared, u32 pages)
{
	r->shared = shared;
	r->size = blk_ring_size(pages);
	r->rsp = READ_ONCE(r->shared->rsp_prod);
	r->cons = r->rsp;
	r->pushed = r->rsp;
}

/**
 * blk_ring_take() - copy the next request
 * @r: the ring
 * @copy: out
 *
 * Return: 1: a request, 0: there is none, -1: the guest's index is beyond the
 * ring, or claims slots whose requests have no response yet.
 */
int blk_ring_take(struct blk_ring *r, struct blk_abi_request *copy)
{
	u32 prod = READ_ONCE(r->shared->req_prod);

	if (prod == r->cons)
		return 0;
	/* An index that went back is far ahead, too. */
	if (prod - r->cons > r->size - (r->cons - r->rsp))
		return -1;
	smp_rmb();	/* the index before what it says is there */
	memcpy(copy, &r->shared->slot[r->cons & (r->size - 1)].req, sizeof(*copy));
	barrier();	/* nothing is read from the ring again */
	r->cons++;
	return 1;
}

/**
 * blk_ring_idle() - ask to be told of the next request
 * @r: the ring
 *
 * Return: false: there is one already.
 */
bool blk_ring_idle(struct blk_ring *r)
{
	WRITE_ONCE(r->shared->req_event, r->cons + 1);
	smp_mb();	/* that we ask, before we look once more */
	return READ_ONCE(r->shared->req_prod) == r->cons;
}

/**
 * blk_ring_respond() - write a response; blk_ring_push() shows it
 * @r: the ring; fewer responses were given than requests taken
 * @id: the request's
 * @op: the request's
 * @status: BLK_*
 */
void blk_ring_respond(struct blk_ring *r, u64 id, u8 op, s16 status)
{
	const struct blk_abi_response rsp = { .id = id, .op = op, .status = status };

	memcpy(&r->shared->slot[r->rsp & (r->size - 1)].rsp, &rsp, sizeof(rsp));
	r->rsp++;
}

/**
 * blk_ring_push() - show the responses
 * @r: the ring
 *
 * Return: true if the guest wants to be told.
 */
bool blk_ring_push(struct blk_ring *r)
{
	u32 old = r->pushed;

	r->pushed = r->rsp;
	smp_wmb();	/* the responses before their number */
	WRITE_ONCE(r->shared->rsp_prod, r->rsp);
	smp_mb();	/* that, before what the guest asks for */
	return r->rsp - READ_ONCE(r->shared->rsp_event) < r->rsp - old;
}

static int decode_indirect(const struct blk_abi_request *a, struct blk_request *req)
{
	req->op = a->indirect_op;
	req->indirect = true;
	req->nr_segs = a->handle;
	req->indirect_ref = a->indirect.ref[0];
	if (req->op != BLK_OP_READ && req->op != BLK_OP_WRITE)
		return BLK_ERROR;
	if (!req->nr_segs || req->nr_segs > BLK_INDIRECT_SEGS)
		return BLK_ERROR;
	req->nr_segs = array_index_nospec(req->nr_segs, BLK_INDIRECT_SEGS + 1);
	return 0;
}

/**
 * blk_decode() - what a request says
 * @a: the copy
 * @req: out; id and abi_op always
 *
 * Return: 0, or the status to answer with.
 */
int blk_decode(const struct blk_abi_request *a, struct blk_request *req)
{
	req->id = a->id;
	req->abi_op = a->op == BLK_OP_INDIRECT ? a->indirect_op : a->op;
	req->op = a->op;
	req->secure = false;
	req->indirect = false;
	req->sector = a->sector;
	req->nr_segs = 0;
	req->nr_sectors = 0;
	switch (a->op) {
	case BLK_OP_READ:
	case BLK_OP_WRITE:
	case BLK_OP_BARRIER:
	case BLK_OP_FLUSH:
		req->nr_segs = a->nr_segs;
		if (req->nr_segs > BLK_DIRECT_SEGS)
			return BLK_ERROR;
		req->nr_segs = array_index_nospec(req->nr_segs, BLK_DIRECT_SEGS + 1);
		if (!req->nr_segs && a->op <= BLK_OP_WRITE)
			return BLK_ERROR;
		memcpy(req->seg, a->seg, sizeof(req->seg));
		return 0;
	case BLK_OP_DISCARD:
		req->secure = a->flags & BLK_DISCARD_SECURE;
		req->nr_sectors = a->nr_sectors;
		return 0;
	case BLK_OP_INDIRECT:
		return decode_indirect(a, req);
	default:
		return BLK_NOT_SUPPORTED;
	}
}

static int sum_segments(const struct blk_request *req, const struct blk_abi_segment *seg,
			const struct blk_limits *l, u64 *sum)
{
	u32 i, first, n;

	*sum = 0;
	for (i = 0; i < req->nr_segs; i++) {
		first = seg[i].first;
		if (seg[i].last >= BLK_PAGE_SECTORS || first > seg[i].last)
			return BLK_ERROR;
		n = seg[i].last - first + 1;
		if ((first | n) & (l->align - 1))
			return BLK_ERROR;
		*sum += n;
	}
	return 0;
}

/**
 * blk_judge() - is a request within what its device can?
 * @req: from blk_decode(); nr_sectors is set
 * @seg: copies of its segments
 * @l: the device's
 *
 * Return: 0, or the status to answer with.
 */
int blk_judge(struct blk_request *req, const struct blk_abi_segment *seg,
	      const struct blk_limits *l)
{
	if (req->op == BLK_OP_DISCARD) {
		if (!l->discard || (req->secure && !l->secure))
			return BLK_NOT_SUPPORTED;
	} else if (sum_segments(req, seg, l, &req->nr_sectors)) {
		return BLK_ERROR;
	}
	if (req->op != BLK_OP_READ && req->op != BLK_OP_FLUSH && l->readonly)
		return BLK_ERROR;
	if (req->op == BLK_OP_FLUSH && req->nr_sectors && l->readonly)
		return BLK_ERROR;
	if (!req->nr_sectors)	/* a bare flush or barrier: its sector means nothing */
		return 0;
	if (req->sector & (l->align - 1) && req->op != BLK_OP_DISCARD)
		return BLK_ERROR;
	return req->sector <= l->sectors && req->nr_sectors <= l->sectors - req->sector ?
	       0 : BLK_ERROR;
}
