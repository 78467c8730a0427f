// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: Input and output of the block back end
 *
 * A request becomes one bio on the guest's own pages if there is a block device
 * behind, and direct, asynchronous I/O on a file.  What may wait (a file's flush, discard,
 * files that only have the page cache) is a work item's.  All of it ends in
 * blk_io_done(), in any context.  The pages stay pinned until the queue's thread
 * unpins them.
 */
#include <linux/bio.h>
#include <linux/blkdev.h>
#include <linux/falloc.h>
#include <linux/slab.h>
#include <linux/uio.h>

#include "blk.h"

/* ---- pages ---- */

/**
 * blk_io_unpin() - give the guest's pages back
 * @io: nothing uses them any more
 *
 * Context: its queue's thread.
 */
void blk_io_unpin(struct blk_io *io)
{
	while (io->nr_pins)
		grant_unpin(&io->pin[--io->nr_pins]);
	kfree(io->big);
	io->big = NULL;
}

static bool get_room(struct blk_io *io, u32 nr)
{
	io->pin = io->small_pin;
	io->vec = io->small_vec;
	if (nr <= BLK_DIRECT_SEGS)
		return true;
	io->big = kmalloc_array(nr, sizeof(*io->pin) + sizeof(*io->vec), GFP_NOIO | __GFP_NOWARN);
	if (!io->big)
		return false;
	io->pin = io->big;
	io->vec = (struct bio_vec *)(io->pin + nr);
	return true;
}

/**
 * blk_io_pin() - get hold of the pages that a request is about
 * @io: has a request that was judged
 * @seg: its segments, a copy
 *
 * Context: its queue's thread.
 * Return: 0, -ENOMEM, or as backend_pin(); then nothing is pinned.
 */
int blk_io_pin(struct blk_io *io, const struct blk_abi_segment *seg)
{
	struct backend *be = &io->q->dev->be;
	const u32 nr = io->req.nr_segs;
	const bool readonly = io->req.op != BLK_OP_READ;
	u32 i;
	int ret;

	if (!get_room(io, nr))
		return -ENOMEM;
	for (i = 0; i < nr; i++) {
		ret = backend_pin(be, seg[i].ref, readonly, &io->pin[i]);
		if (ret) {
			blk_io_unpin(io);
			return ret;
		}
		io->nr_pins++;
		io->vec[i].bv_page = backend_pinned_page(&io->pin[i]);
		io->vec[i].bv_offset = seg[i].first << BLK_SECTOR_SHIFT;
		io->vec[i].bv_len = (seg[i].last - seg[i].first + 1) << BLK_SECTOR_SHIFT;
	}
	return 0;
}

/* ---- block devices ---- */

static void bio_done(struct bio *bio)
{
	struct blk_io *io = bio->bi_private;
	s16 status = BLK_OKAY;

	if (bio->bi_status)
		status = bio->bi_status == BLK_STS_NOTSUPP ? BLK_NOT_SUPPORTED : BLK_ERROR;
	bio_put(bio);
	blk_io_done(io, status);
}

static blk_opf_t bio_flags(const struct blk_io *io)
{
	switch (io->req.op) {
	case BLK_OP_READ:
		return REQ_OP_READ;
	case BLK_OP_BARRIER:
		return REQ_OP_WRITE | REQ_PREFLUSH | REQ_FUA;
	case BLK_OP_FLUSH:
		return REQ_OP_WRITE | REQ_PREFLUSH;
	default:
		return REQ_OP_WRITE | REQ_SYNC | REQ_IDLE;
	}
}

static void start_bio(struct blk_io *io)
{
	struct bio *bio = bio_alloc(io->q->dev->bdev, io->nr_pins, bio_flags(io), GFP_NOIO);
	u32 i;

	bio->bi_iter.bi_sector = io->bytes ? io->req.sector : 0;
	bio->bi_private = io;
	bio->bi_end_io = bio_done;
	for (i = 0; i < io->nr_pins; i++) {
		const struct bio_vec *v = &io->vec[i];

		if (WARN_ON_ONCE(bio_add_page(bio, v->bv_page, v->bv_len, v->bv_offset) !=
				 v->bv_len)) {
			bio_io_error(bio);
			return;
		}
	}
	submit_bio(bio);
}

/* ---- files ---- */

static s16 file_status(const struct blk_io *io, long ret)
{
	return ret == io->bytes ? BLK_OKAY : BLK_ERROR;
}

static void iocb_done(struct kiocb *iocb, long ret)
{
	struct blk_io *io = container_of(iocb, struct blk_io, iocb);

	if (io->writing)
		kiocb_end_write(iocb);
	io->writing = false;
	blk_io_done(io, file_status(io, ret));
}

/* Return: bytes, -EIOCBQUEUED if @done will be called, or another errno. */
static long file_rw(struct blk_io *io, void (*done)(struct kiocb *iocb, long ret))
{
	struct file *file = io->q->dev->file;
	const bool write = io->req.op != BLK_OP_READ;
	struct kiocb *iocb = &io->iocb;
	struct iov_iter iter;

	memset(iocb, 0, sizeof(*iocb));
	iocb->ki_filp = file;
	iocb->ki_pos = io->req.sector << BLK_SECTOR_SHIFT;
	iocb->ki_complete = done;
	iocb->ki_flags = (io->q->dev->direct ? IOCB_DIRECT : 0) | (write ? IOCB_WRITE : 0);
	iov_iter_bvec(&iter, write ? WRITE : READ, io->vec, io->nr_pins, io->bytes);
	if (!write)
		return file->f_op->read_iter(iocb, &iter);
	kiocb_start_write(iocb);
	io->writing = true;
	return file->f_op->write_iter(iocb, &iter);
}

static void start_file(struct blk_io *io)
{
	long ret = file_rw(io, iocb_done);

	if (ret != -EIOCBQUEUED)
		iocb_done(&io->iocb, ret);
}

static long file_rw_wait(struct blk_io *io)
{
	long ret = file_rw(io, NULL);

	if (io->writing)
		kiocb_end_write(&io->iocb);
	io->writing = false;
	return ret;
}

/* A flush covers all that was answered before it came; a barrier is on disk itself, too. */
static s16 file_flush(struct blk_io *io)
{
	struct file *file = io->q->dev->file;

	if (vfs_fsync(file, 1))
		return BLK_ERROR;
	if (!io->bytes)
		return BLK_OKAY;
	if (file_status(io, file_rw_wait(io)))
		return BLK_ERROR;
	return io->req.op == BLK_OP_BARRIER && vfs_fsync(file, 1) ? BLK_ERROR : BLK_OKAY;
}

/* ---- what waits ---- */

static s16 discard(const struct blk_io *io)
{
	const struct blk_request *req = &io->req;
	struct blk_device *dev = io->q->dev;
	int ret;

	if (!req->nr_sectors)
		return BLK_OKAY;
	if (!dev->bdev)
		ret = vfs_fallocate(dev->file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
				    req->sector << BLK_SECTOR_SHIFT,
				    req->nr_sectors << BLK_SECTOR_SHIFT);
	else if (req->secure)
		ret = blkdev_issue_secure_erase(dev->bdev, req->sector, req->nr_sectors, GFP_NOIO);
	else
		ret = blkdev_issue_discard(dev->bdev, req->sector, req->nr_sectors, GFP_NOIO);
	if (ret == -EOPNOTSUPP)
		return BLK_NOT_SUPPORTED;
	return ret ? BLK_ERROR : BLK_OKAY;
}

static void run(struct work_struct *work)
{
	struct blk_io *io = container_of(work, struct blk_io, work);

	switch (io->req.op) {
	case BLK_OP_DISCARD:
		blk_io_done(io, discard(io));
		break;
	case BLK_OP_FLUSH:
	case BLK_OP_BARRIER:
		blk_io_done(io, file_flush(io));
		break;
	default:
		blk_io_done(io, file_status(io, file_rw_wait(io)));
	}
}

/**
 * blk_io_start() - begin a request
 * @io: judged, its pages pinned; blk_io_done() follows, perhaps before this returns
 *
 * Context: its queue's thread.
 */
void blk_io_start(struct blk_io *io)
{
	const struct blk_device *dev = io->q->dev;

	if (io->req.op != BLK_OP_DISCARD && dev->bdev) {
		start_bio(io);
	} else if (io->req.op <= BLK_OP_WRITE && dev->direct) {
		start_file(io);
	} else {
		INIT_WORK(&io->work, run);
		queue_work(dev->waiters, &io->work);
	}
}
