// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: Event channels
 *
 * A domain's ports, and how an event reaches a vCPU (the 2-level ABI).  The
 * hypercall is decoded in evtchn_op.c; timers, the console and other back
 * ends call in from any context, hard interrupts included.
 *
 * Locking: a domain's table is under its evtchn_lock.  Binding and closing an
 * interdomain channel takes the locks of both ends, lower domain id first; so
 * holding either end's lock keeps the pair together and the peer alive.
 *
 * Nothing lost.  The sender sets the port's bit, the selector bit, then
 * upcall_pending, each with a locked instruction (a full barrier), and only
 * then asks whether the vCPU is blocked (sched_wake) or inside the guest
 * (vcpu_kick).  The sleeper first marks itself blocked, then looks at
 * upcall_pending (sched_op.c); the switcher is entered with interrupts off
 * and looks at it before it goes on to the guest.  One of the two sees the
 * other.  poll_mask is the same pattern for SCHEDOP_poll.
 */
#include <linux/nospec.h>
#include <linux/slab.h>
#include "evtchn.h"

/**
 * evtchn_get() - the channel of a port
 * @d: the domain, evtchn_lock held
 * @port: from the guest, any value
 *
 * Return: NULL if there is no such port (yet).
 */
struct evtchn *evtchn_get(struct domain *d, u32 port)
{
	struct evtchn *bucket;

	if (!d->evtchn || port >= NR_EVTCHNS)
		return NULL;
	port = array_index_nospec(port, NR_EVTCHNS);
	bucket = d->evtchn->bucket[port / EVTCHNS_PER_BUCKET];
	return bucket ? &bucket[port % EVTCHNS_PER_BUCKET] : NULL;
}

/**
 * evtchn_alloc() - take the lowest free port
 * @d: the domain, evtchn_lock held
 *
 * The caller gives the channel its state before it drops the lock.
 *
 * Return: the port, -ENOSPC, -ENOMEM, or -EINVAL if the domain is going.
 */
int evtchn_alloc(struct domain *d)
{
	struct evtchn_table *t = d->evtchn;
	struct evtchn **bucket;
	unsigned long port;

	if (!t)
		return -EINVAL;
	port = find_next_zero_bit(t->used, NR_EVTCHNS, 1);
	if (port >= NR_EVTCHNS)
		return -ENOSPC;

	bucket = &t->bucket[port / EVTCHNS_PER_BUCKET];
	if (!*bucket)
		*bucket = kcalloc(EVTCHNS_PER_BUCKET, sizeof(**bucket),
				  GFP_ATOMIC | __GFP_NOWARN);
	if (!*bucket)
		return -ENOMEM;
	__set_bit(port, t->used);
	return port;
}

static void free_port(struct domain *d, struct evtchn *chn, u32 port)
{
	/* No stale event for whoever gets the port next. */
	if (d->shared_info)
		clear_bit(port, (unsigned long *)d->shared_info->evtchn_pending);
	memset(chn, 0, sizeof(*chn));
	__clear_bit(port, d->evtchn->used);
}

/**
 * evtchn_wake() - make a vCPU look at its events
 * @v: after its pending bits have been set
 *
 * Context: any, also hard interrupt.
 */
void evtchn_wake(struct vcpu *v)
{
	clear_bit(v->id, &v->domain->poll_mask);
	sched_wake(v);
	vcpu_kick(v);
}

static void wake_pollers(struct domain *d, u32 port)
{
	unsigned long mask = READ_ONCE(d->poll_mask);
	unsigned int id;

	for_each_set_bit(id, &mask, LODGE_MAX_VCPUS) {
		struct vcpu *v = d->vcpu[id];
		u32 wanted = READ_ONCE(v->poll_port);

		if ((!wanted || wanted == port) && test_and_clear_bit(id, &d->poll_mask))
			sched_wake(v);
	}
}

/* Second and third level: the port is pending and not masked. */
static void raise_upcall(struct vcpu *v, u32 port)
{
	struct vcpu_info *info = READ_ONCE(v->info);

	if (test_and_set_bit(port / BITS_PER_LONG, &info->evtchn_pending_sel))
		return;
	if (!xchg(&info->evtchn_upcall_pending, 1))
		evtchn_wake(v);
}

/**
 * evtchn_set_pending() - an event for the guest
 * @d: the domain whose port it is
 * @chn: the port's channel; held still by evtchn_lock of either end
 * @port: the port
 */
void evtchn_set_pending(struct domain *d, const struct evtchn *chn, u32 port)
{
	struct shared_info *s = d->shared_info;
	struct vcpu *v = d->vcpu[READ_ONCE(chn->vcpu)];

	if (!s || test_and_set_bit(port, (unsigned long *)s->evtchn_pending))
		return;
	if (v && v->info && !test_bit(port, (unsigned long *)s->evtchn_mask))
		raise_upcall(v, port);
	wake_pollers(d, port);
}

/**
 * evtchn_unmask() - EVTCHNOP_unmask
 * @d: the domain
 * @port: any value
 *
 * Return: 0, or -EINVAL if there is no such port.
 */
int evtchn_unmask(struct domain *d, u32 port)
{
	struct shared_info *s = d->shared_info;
	struct evtchn *chn;
	unsigned long flags;
	int ret = -EINVAL;

	spin_lock_irqsave(&d->evtchn_lock, flags);
	chn = evtchn_get(d, port);
	if (chn) {
		ret = 0;
		if (test_and_clear_bit(port, (unsigned long *)s->evtchn_mask) &&
		    test_bit(port, (unsigned long *)s->evtchn_pending))
			raise_upcall(d->vcpu[chn->vcpu], port);
	}
	spin_unlock_irqrestore(&d->evtchn_lock, flags);
	return ret;
}

/**
 * evtchn_poll_port() - is an event pending on a port?
 * @d: the domain
 * @port: any value
 *
 * Return: 1 or 0, -EINVAL if there is no such port.
 */
int evtchn_poll_port(struct domain *d, u32 port)
{
	struct evtchn *chn;
	unsigned long flags;
	int ret = -EINVAL;

	spin_lock_irqsave(&d->evtchn_lock, flags);
	chn = evtchn_get(d, port);
	if (chn)
		ret = chn->state > EVTCHN_RESERVED &&
		      test_bit(port, (unsigned long *)d->shared_info->evtchn_pending);
	spin_unlock_irqrestore(&d->evtchn_lock, flags);
	return ret;
}

/**
 * evtchn_send() - EVTCHNOP_send
 * @d: the sender
 * @port: its port, any value
 *
 * A back end in the kernel is called right here, in the sender's slice, with
 * no lock held.
 *
 * Return: 0, also if nobody is at the other end; -EINVAL if the port cannot send.
 */
int evtchn_send(struct domain *d, u32 port)
{
	struct evtchn_host host = {};
	struct evtchn *chn, *peer;
	unsigned long flags;
	int ret = 0;

	spin_lock_irqsave(&d->evtchn_lock, flags);
	chn = evtchn_get(d, port);
	switch (chn ? chn->state : EVTCHN_FREE) {
	case EVTCHN_INTERDOMAIN:
		peer = evtchn_get(chn->remote, chn->remote_port);
		evtchn_set_pending(chn->remote, peer, chn->remote_port);
		break;
	case EVTCHN_IPI:
		evtchn_set_pending(d, chn, port);
		break;
	case EVTCHN_HOST:
		host = *chn->host;
		break;
	case EVTCHN_UNBOUND:
		break;
	default:
		ret = -EINVAL;
	}
	spin_unlock_irqrestore(&d->evtchn_lock, flags);

	if (host.fn)
		host.fn(d, host.data);
	return ret;
}

static void close_locked(struct domain *d, struct evtchn *chn, u32 port)
{
	struct evtchn *peer;
	struct vcpu *v;

	switch (chn->state) {
	case EVTCHN_INTERDOMAIN:
		peer = evtchn_get(chn->remote, chn->remote_port);
		peer->state = EVTCHN_UNBOUND;
		peer->remote_id = d->id;
		peer->remote_port = 0;
		peer->remote = NULL;
		break;
	case EVTCHN_VIRQ:
		v = d->vcpu[virq_is_global(chn->virq) ? 0 : chn->vcpu];
		if (v)
			v->virq_port[chn->virq] = 0;
		break;
	case EVTCHN_HOST:
		kfree(chn->host);
		break;
	}
	free_port(d, chn, port);
}

/*
 * Close a port that is bound to another domain's, with that one's lock, too.
 * While @d's is held the peer cannot go away.  Where the order of the locks is
 * wrong, only try: -EAGAIN.
 */
static int close_with_peer(struct domain *d, struct evtchn *chn, u32 port)
{
	struct domain *peer = chn->remote;

	if (peer->id > d->id)
		spin_lock_nested(&peer->evtchn_lock, SINGLE_DEPTH_NESTING);
	else if (!spin_trylock(&peer->evtchn_lock))
		return -EAGAIN;
	close_locked(d, chn, port);
	spin_unlock(&peer->evtchn_lock);
	return 0;
}

static int try_close(struct domain *d, u32 port, bool by_reset)
{
	struct evtchn *chn = evtchn_get(d, port);

	if (!chn || chn->state <= EVTCHN_RESERVED ||
	    (by_reset && chn->state == EVTCHN_HOST))
		return -EINVAL;
	if (chn->state == EVTCHN_INTERDOMAIN && chn->remote != d)
		return close_with_peer(d, chn, port);
	close_locked(d, chn, port);
	return 0;
}

/**
 * evtchn_close() - give a port back
 * @d: the domain
 * @port: any value
 * @by_reset: leave channels to the kernel's own back ends alone
 *
 * Return: 0, or -EINVAL if the port is not open.
 */
int evtchn_close(struct domain *d, u32 port, bool by_reset)
{
	unsigned long flags;
	int ret;

	for (;;) {
		spin_lock_irqsave(&d->evtchn_lock, flags);
		ret = try_close(d, port, by_reset);
		spin_unlock_irqrestore(&d->evtchn_lock, flags);
		if (ret != -EAGAIN)
			return ret;
		cpu_relax();
	}
}

/**
 * vcpu_event_pending() - is there a reason not to block?
 * @v: the vCPU
 *
 * Context: any; the answer may be old at once.
 */
bool vcpu_event_pending(const struct vcpu *v)
{
	const struct vcpu_info *info = READ_ONCE(v->info);

	if (READ_ONCE(info->evtchn_upcall_pending) && !READ_ONCE(info->evtchn_upcall_mask))
		return true;
	return READ_ONCE(v->nmi_pending) && v->page->nmi_address &&
	       !(v->page->flags & VCPU_NMI_MASKED);
}
