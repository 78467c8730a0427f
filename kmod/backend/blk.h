/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * blk.h: between the files of the block back end: blk.c (the device), blk_queue.c
 * (a ring and its thread), blk_io.c (input and output).
 */
#ifndef LODGE_BLK_H
#define LODGE_BLK_H

#include <linux/bvec.h>
#include <linux/fs.h>
#include <linux/llist.h>
#include <linux/wait.h>

#include "blk_ring.h"
#include "device.h"
#include "limit.h"

#define BLK_RING_ORDER_MAX	4	/* 16 pages, 512 requests */

/* What a device did; each is written by one thread and read as it is. */
enum blk_stat {
	BLK_STAT_READS,
	BLK_STAT_WRITES,
	BLK_STAT_FLUSHES,
	BLK_STAT_DISCARDS,
	BLK_STAT_READ_BYTES,
	BLK_STAT_WRITE_BYTES,
	BLK_STAT_ERRORS,		/* answered with something else than okay */
	BLK_STAT_DELAYED,		/* had to wait for a limit */
	BLK_STAT_IDLE_EVENTS,		/* events that announced nothing */
	BLK_STATS
};

/**
 * struct blk_device - a disk of a guest
 * @be: the object
 * @file: a reference; what is opened
 * @bdev: if that is a block device, else NULL
 * @direct: the file can be read and written past the page cache
 * @waiters: for what cannot be done without waiting
 * @limits: what requests are judged by; sectors changes, the rest does not
 * @flags: LODGE_VBD_* for replies
 * @limit_lock: the next two
 * @iops: requests
 * @bps: bytes
 * @nr_queues: while connected
 * @queue: those
 * @past: what queues did that are gone; be.lock
 */
struct blk_device {
	struct backend be;
	struct file *file;
	struct block_device *bdev;
	bool direct;
	struct workqueue_struct *waiters;
	struct blk_limits limits;
	u32 flags;
	spinlock_t limit_lock;
	struct limit iops, bps;
	u32 nr_queues;
	struct blk_queue *queue[LODGE_BACKEND_QUEUES_MAX];
	u64 past[BLK_STATS];
};

/**
 * struct blk_io - a request under way
 * @q: its queue
 * @next_free: while it is not used
 * @link: in q->done
 * @req: the request
 * @status: the answer
 * @bytes: that it reads or writes
 * @nr_pins: pages of the guest's that it has
 * @pin: they
 * @vec: where in them
 * @big: memory of an indirect one: holds @pin and @vec, else NULL
 * @writing: the file system knows that a write is under way
 * @iocb: of files
 * @work: what cannot be done without waiting
 */
struct blk_io {
	struct blk_queue *q;
	struct blk_io *next_free;
	struct llist_node link;
	struct blk_request req;
	s16 status;
	u32 bytes;
	u32 nr_pins;
	struct grant_pin *pin;
	struct bio_vec *vec;
	void *big;
	bool writing;
	struct kiocb iocb;
	struct work_struct work;
	struct grant_pin small_pin[BLK_DIRECT_SEGS];
	struct bio_vec small_vec[BLK_DIRECT_SEGS];
};

/**
 * struct blk_queue - a ring, and the thread that serves it
 * @dev: its device
 * @pages: of the ring
 * @ring: our side of it
 * @port: its event channel
 * @thread: all that follows is its, but for @event and @done
 * @wait: where it sleeps
 * @event: the guest has sent an event
 * @done: struct blk_io that are done, from any context
 * @under_way: how many are begun and not answered
 * @free: those not in use
 * @held: one that is judged and must wait
 * @barrier: one that nothing may overtake is under way
 * @idle_events: in a row
 * @stat: counters
 * @io: one for each slot of the ring
 */
struct blk_queue {
	struct blk_device *dev;
	struct backend_ring pages;
	struct blk_ring ring;
	struct backend_port port;
	struct task_struct *thread;
	wait_queue_head_t wait;
	bool event;
	struct llist_head done;
	u32 under_way;
	struct blk_io *free;
	struct blk_io *held;
	bool barrier;
	u32 idle_events;
	u64 stat[BLK_STATS];
	struct blk_io *io;
};

/* ---- blk_queue.c ---- */
struct blk_queue *blk_queue_create(struct blk_device *dev, const struct backend_queue_args *args,
				   u32 nr);
void blk_queue_destroy(struct blk_queue *q);
void blk_io_done(struct blk_io *io, s16 status);

/* ---- blk_io.c ---- */
int blk_io_pin(struct blk_io *io, const struct blk_abi_segment *seg);
void blk_io_unpin(struct blk_io *io);
void blk_io_start(struct blk_io *io);

#endif
