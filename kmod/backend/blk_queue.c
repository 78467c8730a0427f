// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: A ring of the block back end and its thread
 *
 * The thread takes requests from the ring, has each judged, begins it, and
 * answers those that are done.  It never waits for one of them.  There is room
 * for as many as the ring has slots, all of it allocated before the first, and
 * blk_ring_take() gives no more.
 *
 * A guest pays for its events itself, but not for the thread that they wake: one
 * that is woken for nothing time and again stays asleep for a tick.
 */
#include <linux/blkdev.h>
#include <linux/kthread.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>

#include "blk.h"

#define IDLE_EVENTS_MAX	32
#define WAIT_FOREVER_NS	U64_MAX

/* ---- the end of a request ---- */

/**
 * blk_io_done() - a request is done
 * @io: begun
 * @status: BLK_*
 *
 * Context: any.
 */
void blk_io_done(struct blk_io *io, s16 status)
{
	struct blk_queue *q = io->q;

	io->status = status;
	/* Once it is in the list the thread may take it, and it may be the last. */
	rcu_read_lock();
	if (llist_add(&io->link, &q->done))
		wake_up(&q->wait);
	rcu_read_unlock();
}

static void count(struct blk_queue *q, const struct blk_io *io)
{
	static const enum blk_stat stat[] = {
		[BLK_OP_READ] = BLK_STAT_READS, [BLK_OP_WRITE] = BLK_STAT_WRITES,
		[BLK_OP_BARRIER] = BLK_STAT_FLUSHES, [BLK_OP_FLUSH] = BLK_STAT_FLUSHES,
		[BLK_OP_DISCARD] = BLK_STAT_DISCARDS,
	};

	q->stat[stat[io->req.op]]++;
	q->stat[io->req.op == BLK_OP_READ ? BLK_STAT_READ_BYTES : BLK_STAT_WRITE_BYTES] +=
		io->bytes;
}

static void answer(struct blk_queue *q, struct blk_io *io, s16 status)
{
	if (status)
		q->stat[BLK_STAT_ERRORS]++;
	blk_ring_respond(&q->ring, io->req.id, io->req.abi_op, status);
	io->next_free = q->free;
	q->free = io;
}

static void finish(struct blk_queue *q)
{
	struct llist_node *list = llist_reverse_order(llist_del_all(&q->done));
	struct blk_io *io, *next;

	llist_for_each_entry_safe(io, next, list, link) {
		blk_io_unpin(io);
		count(q, io);
		q->under_way--;
		if (io->req.op == BLK_OP_BARRIER)
			q->barrier = false;
		answer(q, io, io->status);
	}
}

static void push(struct blk_queue *q)
{
	if (q->ring.rsp != q->ring.pushed && blk_ring_push(&q->ring))
		backend_notify(&q->port);
}

/* ---- the beginning of one ---- */

/* The segments of an indirect request, out of the guest's page at once. */
static int copy_segments(struct blk_io *io, struct blk_abi_segment *seg)
{
	struct grant_pin pin;
	int ret = backend_pin(&io->q->dev->be, io->req.indirect_ref, true, &pin);

	if (ret)
		return ret;
	memcpy(seg, page_address(backend_pinned_page(&pin)), io->req.nr_segs * sizeof(*seg));
	barrier();	/* nothing is read from there again */
	grant_unpin(&pin);
	return 0;
}

static int judge_and_pin(struct blk_io *io, const struct blk_abi_segment *seg)
{
	struct blk_limits limits = io->q->dev->limits;
	int status;

	limits.sectors = READ_ONCE(io->q->dev->limits.sectors);
	status = blk_judge(&io->req, seg, &limits);
	if (status)
		return status;
	io->bytes = io->req.op == BLK_OP_DISCARD ? 0 : io->req.nr_sectors << BLK_SECTOR_SHIFT;
	return blk_io_pin(io, seg) ? BLK_ERROR : BLK_OKAY;
}

static int prepare(struct blk_io *io, const struct blk_abi_request *copy)
{
	struct blk_abi_segment *seg;
	int status = blk_decode(copy, &io->req);

	if (status || !io->req.indirect)
		return status ?: judge_and_pin(io, io->req.seg);
	seg = kmalloc_array(io->req.nr_segs, sizeof(*seg), GFP_NOIO | __GFP_NOWARN);
	if (!seg)
		return BLK_ERROR;
	status = copy_segments(io, seg) ? BLK_ERROR : judge_and_pin(io, seg);
	kfree(seg);
	return status;
}

/* Take a request. Return: NULL: there is none, or none that can be begun. */
static struct blk_io *take(struct blk_queue *q, u32 *taken)
{
	struct backend *be = &q->dev->be;
	struct blk_abi_request copy;
	struct blk_io *io;
	int ret, status;

	while (READ_ONCE(be->state) == LODGE_BACKEND_STATE_CONNECTED) {
		ret = blk_ring_take(&q->ring, &copy);
		if (ret < 0) {
			backend_fail(be, "the front end's ring index is out of range");
			return NULL;
		}
		if (!ret)
			return NULL;
		io = q->free;
		if (WARN_ON_ONCE(!io))
			return NULL;
		q->free = io->next_free;
		io->bytes = 0;
		(*taken)++;
		status = prepare(io, &copy);
		if (!status)
			return io;
		answer(q, io, status);
		if (*taken >= q->ring.size)
			return NULL;
	}
	return NULL;
}

/* How long until a request may begin; 0: it has been charged for. */
static u64 charge(struct blk_device *dev, const struct blk_io *io)
{
	u64 now_ns, wait_ns;

	if (!READ_ONCE(dev->iops.rate) && !READ_ONCE(dev->bps.rate))
		return 0;
	now_ns = ktime_get_ns();
	spin_lock(&dev->limit_lock);
	wait_ns = max(limit_wait_ns(&dev->iops, now_ns), limit_wait_ns(&dev->bps, now_ns));
	if (!wait_ns) {
		limit_take(&dev->iops, 1, now_ns);
		limit_take(&dev->bps, io->bytes, now_ns);
	}
	spin_unlock(&dev->limit_lock);
	return wait_ns;
}

/* Begin it, or say how long not to. */
static u64 try_start(struct blk_queue *q, struct blk_io *io)
{
	u64 wait_ns;

	if (q->barrier || (io->req.op == BLK_OP_BARRIER && q->under_way))
		return WAIT_FOREVER_NS;	/* until something is done */
	wait_ns = charge(q->dev, io);
	if (wait_ns)
		return wait_ns;
	q->barrier = io->req.op == BLK_OP_BARRIER;
	q->under_way++;
	blk_io_start(io);
	return 0;
}

/* One round: at most as many as there are slots. Return: how long to wait, 0: not at all. */
static u64 begin(struct blk_queue *q, u32 *taken)
{
	struct blk_io *io = q->held;
	struct blk_plug plug;
	u64 wait_ns = 0;

	blk_start_plug(&plug);
	for (; *taken < q->ring.size; io = NULL) {
		if (!io)
			io = take(q, taken);
		if (!io)
			break;
		wait_ns = try_start(q, io);
		if (wait_ns && !q->held)
			q->stat[BLK_STAT_DELAYED] += wait_ns != WAIT_FOREVER_NS;
		q->held = wait_ns ? io : NULL;
		if (wait_ns)
			break;
	}
	blk_finish_plug(&plug);
	return wait_ns;
}

/* ---- the thread ---- */

static void port_event(struct backend_port *port)
{
	struct blk_queue *q = container_of(port, struct blk_queue, port);

	WRITE_ONCE(q->event, true);
	wake_up(&q->wait);
}

static bool something_to_do(struct blk_queue *q)
{
	return kthread_should_stop() || !llist_empty(&q->done) ||
	       (!q->held && READ_ONCE(q->event));
}

static void sleep(struct blk_queue *q, u64 wait_ns)
{
	if (!q->held || wait_ns == WAIT_FOREVER_NS)
		wait_event_idle(q->wait, something_to_do(q));
	else
		wait_event_idle_timeout(q->wait, something_to_do(q), nsecs_to_jiffies(wait_ns) + 1);
}

static void nap_if_woken_for_nothing(struct blk_queue *q, bool event, u32 taken)
{
	if (taken) {
		q->idle_events = 0;
	} else if (event && !q->held) {
		q->stat[BLK_STAT_IDLE_EVENTS]++;
		if (++q->idle_events >= IDLE_EVENTS_MAX && !kthread_should_stop())
			schedule_timeout_idle(1);
	}
}

static void serve(struct blk_queue *q)
{
	bool event = xchg(&q->event, false);
	bool alive = READ_ONCE(q->dev->be.state) == LODGE_BACKEND_STATE_CONNECTED;
	u64 wait_ns;
	u32 taken = 0;

	finish(q);
	wait_ns = begin(q, &taken);
	finish(q);
	push(q);
	nap_if_woken_for_nothing(q, event, taken);
	cond_resched();
	if (taken || (alive && !q->held && !blk_ring_idle(&q->ring)))
		return;		/* there is more */
	sleep(q, wait_ns);
}

static int queue_thread(void *data)
{
	unsigned int noio = memalloc_noio_save();
	struct blk_queue *q = data;

	while (!kthread_should_stop())
		serve(q);
	/* Finish what has begun; what was only judged is as if it had not been taken. */
	if (q->held)
		blk_io_unpin(q->held);
	while (q->under_way) {
		wait_event_idle(q->wait, !llist_empty(&q->done));
		finish(q);
	}
	push(q);
	memalloc_noio_restore(noio);
	return 0;
}

/* ---- beginning and end of a queue ---- */

static int alloc_ios(struct blk_queue *q)
{
	u32 i;

	q->io = kvcalloc(q->ring.size, sizeof(*q->io), GFP_KERNEL_ACCOUNT);
	if (!q->io)
		return -ENOMEM;
	for (i = 0; i < q->ring.size; i++) {
		q->io[i].q = q;
		q->io[i].next_free = q->free;
		q->free = &q->io[i];
	}
	return 0;
}

static int connect(struct blk_queue *q, const struct backend_queue_args *args, u32 nr)
{
	struct backend *be = &q->dev->be;
	int ret;

	ret = backend_map_ring(be, args->ref, args->nr_refs, &q->pages);
	if (ret)
		return ret;
	blk_ring_attach(&q->ring, q->pages.addr, args->nr_refs);
	ret = alloc_ios(q);
	if (ret)
		return ret;
	ret = backend_bind_port(be, args->evtchn[0], port_event, &q->port);
	if (ret)
		return ret;
	q->event = true;	/* look what is there already */
	q->thread = kthread_run(queue_thread, q, "lodge-vbd%u-%u.%u", be->domain->id, be->handle,
				nr);
	return PTR_ERR_OR_ZERO(q->thread);
}

static void disconnect(struct blk_queue *q)
{
	if (!IS_ERR_OR_NULL(q->thread))
		kthread_stop(q->thread);
	synchronize_rcu();	/* the last blk_io_done() */
	backend_close_port(&q->port);
	kvfree(q->io);
	backend_unmap_ring(&q->pages);
	kfree(q);
}

/**
 * blk_queue_create() - begin to serve a ring
 * @dev: its device
 * @args: what the front end said
 * @nr: its number
 *
 * Context: sleepable.
 * Return: it, -ENOMEM, or as backend_map_ring() and backend_bind_port().
 */
struct blk_queue *blk_queue_create(struct blk_device *dev, const struct backend_queue_args *args,
				   u32 nr)
{
	struct blk_queue *q = kzalloc(sizeof(*q), GFP_KERNEL_ACCOUNT);
	int ret;

	if (!q)
		return ERR_PTR(-ENOMEM);
	q->dev = dev;
	init_waitqueue_head(&q->wait);
	init_llist_head(&q->done);
	ret = connect(q, args, nr);
	if (!ret)
		return q;
	disconnect(q);
	return ERR_PTR(ret);
}

/**
 * blk_queue_destroy() - finish what has begun, and end it
 * @q: the queue
 *
 * Context: sleepable.
 */
void blk_queue_destroy(struct blk_queue *q)
{
	u32 i;

	if (!IS_ERR_OR_NULL(q->thread))
		kthread_stop(q->thread);
	q->thread = NULL;
	for (i = 0; i < BLK_STATS; i++)
		q->dev->past[i] += q->stat[i];
	disconnect(q);
}
