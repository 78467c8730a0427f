// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: The block back end
 *
 * A guest's disk: a block device or a raw image file of domain 0, which whoever
 * makes the disk has opened for what the guest may do.  What it can (size, flush,
 * discard, secure erase) is found out once, here; a ring each is served in
 * blk_queue.c.  Nothing is copied: input and output is on the guest's own pages.
 */
#include <linux/blkdev.h>
#include <linux/slab.h>
#include <net/netlink.h>
#include <xen/interface/io/blkif.h>

#include "../netlink.h"
#include "blk.h"

static struct blk_device *to_blk(struct backend *be)
{
	return container_of(be, struct blk_device, be);
}

static void check_abi(void)
{
	BUILD_BUG_ON(sizeof(struct blk_abi_request) != sizeof(struct blkif_request));
	BUILD_BUG_ON(sizeof(struct blk_abi_response) != sizeof(struct blkif_response));
	BUILD_BUG_ON(offsetof(struct blk_abi_request, seg) !=
		     offsetof(struct blkif_request, u.rw.seg));
	BUILD_BUG_ON(offsetof(struct blk_abi_request, indirect.ref) !=
		     offsetof(struct blkif_request, u.indirect.indirect_grefs));
	BUILD_BUG_ON(offsetof(struct blk_abi_request, nr_sectors) !=
		     offsetof(struct blkif_request, u.discard.nr_sectors));
	BUILD_BUG_ON(sizeof(struct blk_abi_ring) != offsetof(struct blkif_sring, ring));
	BUILD_BUG_ON(BLK_OP_INDIRECT != BLKIF_OP_INDIRECT || BLK_OP_DISCARD != BLKIF_OP_DISCARD ||
		     BLK_OP_BARRIER != BLKIF_OP_WRITE_BARRIER ||
		     BLK_NOT_SUPPORTED != BLKIF_RSP_EOPNOTSUPP || BLK_ERROR != BLKIF_RSP_ERROR);
	BUILD_BUG_ON(BLK_INDIRECT_SEGS > PAGE_SIZE / sizeof(struct blk_abi_segment));
}

/* ---- what it can ---- */

static u64 sectors_now(const struct blk_device *dev)
{
	u64 sectors = dev->bdev ? bdev_nr_sectors(dev->bdev) :
				  i_size_read(file_inode(dev->file)) >> BLK_SECTOR_SHIFT;

	return round_down(sectors, dev->limits.align);
}

/* What the device below asks for; of a file that of its file system's. */
static struct block_device *device_below(const struct blk_device *dev)
{
	return dev->bdev ?: file_inode(dev->file)->i_sb->s_bdev;
}

static void find_limits(struct blk_device *dev, u32 flags)
{
	struct block_device *below = device_below(dev);

	dev->direct = dev->bdev || dev->file->f_mode & FMODE_CAN_ODIRECT;
	dev->limits.align = 1;
	if (below && dev->direct)
		dev->limits.align = bdev_logical_block_size(below) >> BLK_SECTOR_SHIFT;
	dev->limits.readonly = flags & (LODGE_VBD_READ_ONLY | LODGE_VBD_CDROM) ||
			       !(dev->file->f_mode & FMODE_WRITE) ||
			       (dev->bdev && bdev_read_only(dev->bdev));
	if (!dev->limits.readonly && !(flags & LODGE_VBD_NO_DISCARD)) {
		dev->limits.discard = dev->bdev ? bdev_max_discard_sectors(dev->bdev) :
						  !!dev->file->f_op->fallocate;
		dev->limits.secure = dev->limits.discard && dev->bdev &&
				     bdev_max_secure_erase_sectors(dev->bdev);
	}
	dev->limits.sectors = sectors_now(dev);
	dev->flags = (flags & (LODGE_VBD_CDROM | LODGE_VBD_NO_DISCARD)) |
		     (dev->limits.readonly ? LODGE_VBD_READ_ONLY : LODGE_VBD_FLUSH) |
		     (dev->limits.discard ? LODGE_VBD_DISCARD : 0) |
		     (dev->limits.secure ? LODGE_VBD_SECURE_ERASE : 0);
}

static void set_limits(struct blk_device *dev)
{
	spin_lock(&dev->limit_lock);
	WRITE_ONCE(dev->iops.rate, dev->be.limit_iops);
	WRITE_ONCE(dev->bps.rate, dev->be.limit_bps);
	dev->iops.paid_ns = 0;
	dev->bps.paid_ns = 0;
	spin_unlock(&dev->limit_lock);
}

/* ---- the operations ---- */

static int check_file(const struct file *file, struct netlink_ext_ack *extack)
{
	const struct inode *inode;

	if (!file)
		return fail(extack, -EINVAL, "A vbd needs FD.");
	inode = file->f_mapping->host;
	if (!(file->f_mode & FMODE_READ))
		return fail(extack, -EINVAL, "FD is not open for reading.");
	if (S_ISBLK(inode->i_mode))
		return 0;
	if (!S_ISREG(inode->i_mode) || !file->f_op->read_iter ||
	    (file->f_mode & FMODE_WRITE && !file->f_op->write_iter))
		return fail(extack, -EINVAL, "FD is neither a block device nor a plain file.");
	if (IS_SWAPFILE(inode))
		return fail(extack, -ETXTBSY, "The host swaps to this file.");
	return 0;
}

/* Requests go past the page cache: nothing in it may be newer, or stay and be older. */
static int clean_cache(const struct blk_device *dev)
{
	int ret;

	if (!dev->bdev)
		return 0;	/* a file system sees to that */
	ret = sync_blockdev(dev->bdev);
	invalidate_bdev(dev->bdev);
	return ret;
}

static int create(struct backend *be, const struct backend_args *args)
{
	struct blk_device *dev = to_blk(be);
	int ret = check_file(args->file, args->extack);

	check_abi();
	if (ret)
		return ret;
	dev->waiters = alloc_workqueue("lodge-vbd%u-%u", WQ_UNBOUND, 0, be->domain->id,
				       be->handle);
	if (!dev->waiters)
		return -ENOMEM;
	dev->file = get_file(args->file);
	if (S_ISBLK(dev->file->f_mapping->host->i_mode))
		dev->bdev = I_BDEV(dev->file->f_mapping->host);
	spin_lock_init(&dev->limit_lock);
	find_limits(dev, args->flags);
	set_limits(dev);
	be->queues_max = args->queues_max ?:
			 min_t(u32, num_online_cpus(), LODGE_BACKEND_QUEUES_MAX);
	return 0;
}

static void remove(struct backend *be)
{
	struct blk_device *dev = to_blk(be);

	destroy_workqueue(dev->waiters);
	fput(dev->file);
}

static void disconnect(struct backend *be)
{
	struct blk_device *dev = to_blk(be);

	while (dev->nr_queues) {
		dev->nr_queues--;
		blk_queue_destroy(dev->queue[dev->nr_queues]);
		dev->queue[dev->nr_queues] = NULL;
	}
	clean_cache(dev);
}

static int connect(struct backend *be, const struct backend_connect_args *args)
{
	struct blk_device *dev = to_blk(be);
	struct blk_queue *q;
	int ret = clean_cache(dev);

	if (ret)
		return fail(args->extack, ret, "The device cannot be written.");
	while (dev->nr_queues < args->nr_queues) {
		q = blk_queue_create(dev, &args->queue[dev->nr_queues], dev->nr_queues);
		if (IS_ERR(q)) {
			disconnect(be);
			return PTR_ERR(q);
		}
		dev->queue[dev->nr_queues++] = q;
	}
	return 0;
}

static int set(struct backend *be, const struct backend_args *args)
{
	struct blk_device *dev = to_blk(be);

	set_limits(dev);
	if (args->resized)
		WRITE_ONCE(dev->limits.sectors, sectors_now(dev));
	return 0;
}

static int fill_stats(struct blk_device *dev, struct sk_buff *skb)
{
	static const char * const name[BLK_STATS] = {
		[BLK_STAT_READS] = "reads", [BLK_STAT_WRITES] = "writes",
		[BLK_STAT_FLUSHES] = "flushes", [BLK_STAT_DISCARDS] = "discards",
		[BLK_STAT_READ_BYTES] = "read-bytes", [BLK_STAT_WRITE_BYTES] = "write-bytes",
		[BLK_STAT_ERRORS] = "errors", [BLK_STAT_DELAYED] = "delayed",
		[BLK_STAT_IDLE_EVENTS] = "idle-events",
	};
	u32 i, n;
	u64 sum;

	for (i = 0; i < BLK_STATS; i++) {
		sum = dev->past[i];
		for (n = 0; n < dev->nr_queues; n++)
			sum += READ_ONCE(dev->queue[n]->stat[i]);
		if (netlink_put_backend_stat(skb, i, name[i], sum))
			return -EMSGSIZE;
	}
	return 0;
}

static int fill_discard(const struct blk_device *dev, struct sk_buff *skb)
{
	u32 granularity = dev->bdev ? bdev_discard_granularity(dev->bdev) :
				      i_blocksize(file_inode(dev->file));
	u32 alignment = dev->bdev ? bdev_discard_alignment(dev->bdev) : 0;

	return nla_put_u32(skb, LODGE_A_BACKEND_DISCARD_GRANULARITY, granularity) ||
	       nla_put_u32(skb, LODGE_A_BACKEND_DISCARD_ALIGNMENT, alignment) ? -EMSGSIZE : 0;
}

static int fill(struct backend *be, struct sk_buff *skb)
{
	struct blk_device *dev = to_blk(be);
	u32 size = dev->limits.align << BLK_SECTOR_SHIFT;
	u32 physical = dev->bdev ? bdev_physical_block_size(dev->bdev) : size;

	if (nla_put_u32(skb, LODGE_A_BACKEND_FLAGS, dev->flags) ||
	    nla_put_u64_64bit(skb, LODGE_A_BACKEND_SECTORS, READ_ONCE(dev->limits.sectors),
			      LODGE_A_BACKEND_PAD) ||
	    nla_put_u32(skb, LODGE_A_BACKEND_SECTOR_SIZE, size) ||
	    nla_put_u32(skb, LODGE_A_BACKEND_PHYSICAL_SECTOR_SIZE, physical) ||
	    nla_put_u32(skb, LODGE_A_BACKEND_INDIRECT_MAX, BLK_INDIRECT_SEGS) ||
	    nla_put_u32(skb, LODGE_A_BACKEND_RING_ORDER_MAX, BLK_RING_ORDER_MAX) ||
	    (dev->limits.discard && fill_discard(dev, skb)))
		return -EMSGSIZE;
	return fill_stats(dev, skb);
}

const struct backend_ops blk_backend_ops = {
	.type		= LODGE_BACKEND_TYPE_VBD,
	.name		= "vbd",
	.size		= sizeof(struct blk_device),
	.create		= create,
	.remove		= remove,
	.connect	= connect,
	.disconnect	= disconnect,
	.set		= set,
	.fill		= fill,
};
