// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: /dev/xen/evtchn, events on their way
 *
 * From the sink of a port to the queue that its file's reader empties.
 *
 * A port that has had an event is masked until its number is written back;
 * events that come meanwhile are one event, right after that.  So a port is in
 * the queue of its file once at most, and the queue needs no size.
 *
 * Storms.  A guest pays for its sends itself, but not for the wake-ups of
 * whoever listens here.  So each port has a budget of events, refilled with
 * time.  What goes beyond waits, as one event, until the next tick of the
 * file's timer after there is budget again (Documentation/events.rst).
 */
#include <linux/fs.h>
#include <linux/ktime.h>
#include <linux/poll.h>
#include <linux/slab.h>

#include "../compat.h"
#include "evtchn_dev.h"

#define TICK_NS		NSEC_PER_MSEC		/* when those are looked at that wait */

/* queue_lock held, here and in the next one. */
static void enqueue(struct evtchn_file *f, struct user_port *p)
{
	bool first = list_empty(&f->queue);

	list_move_tail(&p->link, &f->queue);
	/* Whoever reads goes on until it is empty, so only the first need be told. */
	if (first) {
		wake_up_interruptible(&f->wait);
		kill_fasync(&f->fasync, SIGIO, POLL_IN);
	}
}

static void deliver(struct evtchn_file *f, struct user_port *p)
{
	p->masked = true;
	if (!list_empty(&p->link))
		return;		/* written back before it was read: still to be read */
	if (event_budget_take(&p->budget, ktime_get_ns())) {
		enqueue(f, p);
		return;
	}
	list_add_tail(&p->link, &f->waiting);
	if (!hrtimer_is_queued(&f->timer))
		hrtimer_start(&f->timer, ns_to_ktime(TICK_NS), HRTIMER_MODE_REL_SOFT);
}

/* The sink: an event for a port, in any context. */
static void port_event(struct evtchn_sink *sink, u32 port)
{
	struct user_port *p = container_of(sink, struct user_port, sink);
	struct evtchn_file *f = p->file;
	unsigned long flags;

	spin_lock_irqsave(&f->queue_lock, flags);
	if (p->masked)
		p->again = true;
	else
		deliver(f, p);
	spin_unlock_irqrestore(&f->queue_lock, flags);
}

/* Let those go on that have budget again. */
static enum hrtimer_restart tick(struct hrtimer *timer)
{
	struct evtchn_file *f = container_of(timer, struct evtchn_file, timer);
	enum hrtimer_restart restart = HRTIMER_NORESTART;
	struct user_port *p, *next;
	unsigned long flags;

	spin_lock_irqsave(&f->queue_lock, flags);
	list_for_each_entry_safe(p, next, &f->waiting, link) {
		if (event_budget_take(&p->budget, ktime_get_ns()))
			enqueue(f, p);
	}
	/* Somebody may have started it anew before we had the lock. */
	if (!list_empty(&f->waiting) && !hrtimer_is_queued(timer)) {
		hrtimer_forward_now(timer, ns_to_ktime(TICK_NS));
		restart = HRTIMER_RESTART;
	}
	spin_unlock_irqrestore(&f->queue_lock, flags);
	return restart;
}

/**
 * queue_write_back() - the reader has dealt with a port: unmask it
 * @f: the file, lock held
 * @p: the port
 *
 * Context: sleepable.
 */
void queue_write_back(struct evtchn_file *f, struct user_port *p)
{
	spin_lock_irq(&f->queue_lock);
	if (p->masked) {
		p->masked = false;
		if (p->again) {
			p->again = false;
			deliver(f, p);
		}
	}
	spin_unlock_irq(&f->queue_lock);
}

/**
 * queue_port_new() - a port that is not bound yet
 * @f: its file
 *
 * Context: sleepable.
 * Return: the port or NULL (no memory).
 */
struct user_port *queue_port_new(struct evtchn_file *f)
{
	struct user_port *p = kzalloc(sizeof(*p), GFP_KERNEL_ACCOUNT);

	if (!p)
		return NULL;
	p->sink.event = port_event;
	p->file = f;
	INIT_LIST_HEAD(&p->link);
	event_budget_init(&p->budget, ktime_get_ns());
	return p;
}

/**
 * queue_port_free() - undo queue_port_new()
 * @f: its file, lock held
 * @p: the port; it is closed: no event comes any more
 *
 * Context: sleepable.
 */
void queue_port_free(struct evtchn_file *f, struct user_port *p)
{
	spin_lock_irq(&f->queue_lock);
	list_del(&p->link);
	spin_unlock_irq(&f->queue_lock);
	kfree(p);
}

/**
 * queue_peek() - the oldest ports with events
 * @f: the file, lock held
 * @ports: out: their numbers; they stay in the queue
 * @max: room in @ports
 *
 * Context: sleepable.
 * Return: how many.
 */
unsigned int queue_peek(struct evtchn_file *f, u32 *ports, unsigned int max)
{
	struct user_port *p;
	unsigned int n = 0;

	spin_lock_irq(&f->queue_lock);
	list_for_each_entry(p, &f->queue, link) {
		if (n == max)
			break;
		ports[n++] = p->port;
	}
	spin_unlock_irq(&f->queue_lock);
	return n;
}

/**
 * queue_drop() - those that queue_peek() found have been read
 * @f: the file, lock held since
 * @n: how many of them
 *
 * Only who holds f->lock takes any out, so they still are the first.
 *
 * Context: sleepable.
 */
void queue_drop(struct evtchn_file *f, unsigned int n)
{
	spin_lock_irq(&f->queue_lock);
	while (n--)
		list_del_init(f->queue.next);
	spin_unlock_irq(&f->queue_lock);
}

/**
 * queue_reset() - forget what has not been read
 * @f: the file, lock held
 *
 * Those ports stay masked until they are written back, as on Xen.
 *
 * Context: sleepable.
 */
void queue_reset(struct evtchn_file *f)
{
	struct user_port *p, *next;

	spin_lock_irq(&f->queue_lock);
	list_for_each_entry_safe(p, next, &f->queue, link)
		list_del_init(&p->link);
	spin_unlock_irq(&f->queue_lock);
}

/**
 * queue_init() - a new file's queue
 * @f: the file
 *
 * Context: sleepable.
 */
void queue_init(struct evtchn_file *f)
{
	spin_lock_init(&f->queue_lock);
	INIT_LIST_HEAD(&f->queue);
	INIT_LIST_HEAD(&f->waiting);
	compat_hrtimer_setup(&f->timer, tick, HRTIMER_MODE_REL_SOFT);
	init_waitqueue_head(&f->wait);
}

/**
 * queue_exit() - undo queue_init(); the file has no port
 * @f: the file
 *
 * Context: sleepable.
 */
void queue_exit(struct evtchn_file *f)
{
	hrtimer_cancel(&f->timer);
}
