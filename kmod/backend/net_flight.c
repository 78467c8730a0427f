// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: Network back end, guest pages under way
 *
 * Large packets of a guest's are not copied: the packet in domain 0 consists of
 * the guest's own pages, which stay pinned until the kernel says, at the end of
 * the packet or when it had to copy them after all, that it needs them no more.
 * That comes in any context, and pins are ended by a task alone: the queue's
 * thread, or a work item when the queue is gone.  Called by net_tx.c and
 * net_queue.c.
 */
#include <linux/slab.h>

#include "net.h"

static void flight_put(struct net_flight *f)
{
	if (refcount_dec_and_test(&f->ref))
		kfree(f);
}

static void flight_queue_work(struct net_flight *f)
{
	refcount_inc(&f->ref);
	if (!schedule_work(&f->work))
		flight_put(f);
}

/* The kernel is done with a packet's pages: any context. */
static void cargo_arrived(struct sk_buff *skb, struct ubuf_info *ubuf, bool zerocopy)
{
	struct net_cargo *cargo = container_of(ubuf, struct net_cargo, ubuf);
	struct net_flight *f = cargo->flight;

	if (!refcount_dec_and_test(&ubuf->refcnt))
		return;
	refcount_inc(&f->ref);	/* @cargo's may go at once */
	llist_add(&cargo->node, &f->done);
	smp_mb();	/* against net_flight_close(): one of us sees the other */
	if (READ_ONCE(f->closed))
		flight_queue_work(f);
	else
		wake_up(&f->wait);
	flight_put(f);
}

COMPAT_UBUF_OPS(cargo_ops, cargo_arrived);

static void take_done(struct net_flight *f)
{
	struct net_cargo *cargo, *next;

	llist_for_each_entry_safe(cargo, next, llist_del_all(&f->done), node)
		net_cargo_free(cargo);
}

static void flight_work(struct work_struct *work)
{
	struct net_flight *f = container_of(work, struct net_flight, work);

	take_done(f);
	flight_put(f);
}

/**
 * net_flight_open() - for a new queue
 *
 * Context: sleepable.
 * Return: it, or NULL.
 */
struct net_flight *net_flight_open(void)
{
	struct net_flight *f = kzalloc(sizeof(*f), GFP_KERNEL);

	if (!f)
		return NULL;
	refcount_set(&f->ref, 1);
	init_waitqueue_head(&f->wait);
	init_llist_head(&f->done);
	INIT_WORK(&f->work, flight_work);
	return f;
}

/**
 * net_flight_close() - the queue goes
 * @f: its thread has ended
 *
 * What is still under way goes by itself; its pins keep the domain, and so the
 * module.
 *
 * Context: sleepable.
 */
void net_flight_close(struct net_flight *f)
{
	WRITE_ONCE(f->closed, true);
	smp_mb();
	take_done(f);
	flight_put(f);
}

/**
 * net_cargo_alloc() - for a packet of guest pages
 * @f: the queue's
 * @nr: pieces, at most; the caller sets cargo->nr to those that are pinned
 *
 * Context: sleepable.
 * Return: it, or NULL.
 */
struct net_cargo *net_cargo_alloc(struct net_flight *f, unsigned int nr)
{
	struct net_cargo *cargo = kmalloc(struct_size(cargo, piece, nr),
					  GFP_KERNEL | __GFP_NOWARN);

	if (!cargo)
		return NULL;
	refcount_inc(&f->ref);
	cargo->flight = f;
	cargo->nr = 0;
	cargo->boarded = false;
	return cargo;
}

/**
 * net_cargo_free() - undo net_cargo_alloc(), and end the pins
 * @cargo: no packet has it
 *
 * Context: task; does not sleep.
 */
void net_cargo_free(struct net_cargo *cargo)
{
	struct net_flight *f = cargo->flight;
	unsigned int i;

	for (i = 0; i < cargo->nr; i++)
		grant_unpin(&cargo->piece[i].pin);
	if (cargo->boarded && atomic_sub_and_test(cargo->nr, &f->nr))
		wake_up(&f->wait);	/* net_queue_close() */
	kfree(cargo);
	flight_put(f);
}

/**
 * net_cargo_board() - a packet has these pages
 * @cargo: all that are pinned
 * @skb: new; it comes to flight.done when @skb has gone
 *
 * Context: task.
 */
void net_cargo_board(struct net_cargo *cargo, struct sk_buff *skb)
{
	cargo->boarded = true;
	atomic_add(cargo->nr, &cargo->flight->nr);
	compat_ubuf_init(&cargo->ubuf, cargo_ops);
	refcount_set(&cargo->ubuf.refcnt, 1);
	cargo->ubuf.flags = SKBFL_ZEROCOPY_FRAG;
	skb_zcopy_init(skb, &cargo->ubuf);
}
