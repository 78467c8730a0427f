// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: Event channels
 *
 * How an event reaches a vCPU (the 2-level ABI).  Ports are opened and closed
 * in evtchn_bind.c, the hypercall is decoded in evtchn_op.c; timers, the
 * console and other back ends call in from any context, hard interrupts
 * included.
 *
 * Locking: a domain's table is under its evtchn_lock.  Binding and closing an
 * interdomain channel takes the locks of both ends, lower domain id first; so
 * holding either end's lock keeps the pair together and the peer alive: a
 * domain ends only after it has closed all its ports.
 *
 * Nothing lost.  The sender sets the port's bit, the selector bit, then
 * upcall_pending, each with a locked instruction (a full barrier), and only
 * then asks whether the vCPU is blocked (sched_wake) or inside the guest
 * (vcpu_kick).  Against it, pair by pair:
 *
 * - the guest masks: it sets the mask bit, the sender reads it after it has set
 *   the port's bit.  Whichever way that goes, the event is still in the port's
 *   bit, and whoever unmasks looks there.
 * - the guest unmasks (evtchn_unmask(), or its own locked instruction followed
 *   by a read of the port's bit): clear the mask, then read the port's bit; the
 *   sender: set the port's bit, then read the mask.  Both are full barriers, so
 *   at least one of the two sees the other's bit and raises the upcall.
 * - the guest takes events: it clears upcall_pending, then takes the selector,
 *   then the ports' bits, the order opposite to ours.  A bit we found set and
 *   left alone was set before he who clears it reads what stands below it.
 * - the vCPU blocks: sched_block() looks at upcall_pending under rq_lock, which
 *   sched_wake() takes, too, after it was set.
 * - the vCPU polls: op_poll() sets its bit in poll_mask, then looks at the
 *   ports' bits; the sender sets the port's bit, then looks at poll_mask.
 * - the vCPU goes into the guest: IRQs are off from the last look at
 *   upcall_pending until the guest runs, so vcpu_kick()'s IPI makes it look
 *   again.
 * - vcpu_info moves: see move_info() in vcpu_op.c.
 */
#include <linux/bitops.h>
#include <linux/nospec.h>
#include "evtchn.h"
#include "evtchn_2l.h"

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

/*
 * The vCPU itself does this, and will go on: it looks before it enters.  It might
 * have blocked already, in the same multicall.
 */
static bool in_own_slice(struct vcpu *v)
{
	struct pcpu *p = READ_ONCE(v->pcpu);

	return in_task() && p->thread == current && READ_ONCE(p->current_vcpu) == v &&
	       READ_ONCE(v->state) == VCPU_RUNNABLE;
}

/* The port is pending and not masked. */
static void raise_upcall(struct vcpu *v, u32 port)
{
	struct vcpu_info *info = READ_ONCE(v->info);

	if (evtchn_2l_raise(&info->evtchn_pending_sel, &info->evtchn_upcall_pending, port) &&
	    !in_own_slice(v))
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
	struct evtchn_sink *sink;
	struct vcpu *v;

	if (unlikely(d == domain0)) {
		sink = d->evtchn->dom0->sink[port];
		sink->event(sink, port);
		return;
	}
	v = d->vcpu[READ_ONCE(chn->vcpu)];
	if (!s || !evtchn_2l_set((unsigned long *)s->evtchn_pending, port))
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
		if (evtchn_2l_unmask((unsigned long *)s->evtchn_mask,
				     (unsigned long *)s->evtchn_pending, port))
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
