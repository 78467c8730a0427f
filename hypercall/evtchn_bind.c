// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: Event channels, binding and closing
 *
 * Ports are opened, joined and closed here, for guests (evtchn_op.c) and for
 * domain 0 (evtchn_host.c, evtchn_dom0.c).  Delivery is evtchn.c's, which also
 * says what the locks are.
 *
 * A pair is made and broken under the locks of both ends.  Who closes a port
 * learns under its own lock who is at the other end, drops it to take both in
 * their order, and looks again.
 */
#include <linux/nospec.h>
#include <linux/slab.h>
#include "evtchn.h"

/* ---- the locks of two domains ---- */

static void lock_pair(struct domain *a, struct domain *b, unsigned long *flags)
	__acquires(&a->evtchn_lock) __acquires(&b->evtchn_lock)
{
	if (b->id < a->id)
		swap(a, b);
	spin_lock_irqsave(&a->evtchn_lock, *flags);
	spin_lock_nested(&b->evtchn_lock, SINGLE_DEPTH_NESTING);
}

static void unlock_pair(struct domain *a, struct domain *b, unsigned long flags)
	__releases(&a->evtchn_lock) __releases(&b->evtchn_lock)
{
	spin_unlock(&a->evtchn_lock);
	spin_unlock_irqrestore(&b->evtchn_lock, flags);
}

/* ---- ports; evtchn_lock held ---- */

/**
 * evtchn_alloc() - take the lowest free port
 * @d: the domain, evtchn_lock held
 * @sink: domain 0: who takes its events; for others NULL
 *
 * The caller gives the channel its state before it drops the lock.
 *
 * Return: the port, -ENOSPC, -ENOMEM, or -EINVAL if the domain is going.
 */
int evtchn_alloc(struct domain *d, struct evtchn_sink *sink)
{
	struct evtchn_table *t = d->evtchn;
	struct evtchn **bucket;
	unsigned long port;

	if (!t || t->going)
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
	if (t->dom0)
		t->dom0->sink[port] = sink;
	return port;
}

static void free_port(struct domain *d, struct evtchn *chn, u32 port)
{
	struct evtchn_table *t = d->evtchn;

	/* No stale event for whoever gets the port next. */
	if (d->shared_info)
		clear_bit(port, (unsigned long *)d->shared_info->evtchn_pending);
	if (t->dom0)
		t->dom0->sink[port] = NULL;
	memset(chn, 0, sizeof(*chn));
	__clear_bit(port, t->used);
}

/**
 * evtchn_virq_port() - where the port of a VIRQ is kept
 * @d: the domain, evtchn_lock held
 * @virq: below NR_VIRQS
 * @vcpu: the vCPU it is bound to; global ones are vCPU 0's
 *
 * Return: NULL if there is no such vCPU (any more).
 */
u32 *evtchn_virq_port(struct domain *d, unsigned int virq, unsigned int vcpu)
{
	if (d->evtchn && d->evtchn->dom0)
		return &d->evtchn->dom0->virq_port[virq];
	if (virq_is_global(virq))
		vcpu = 0;
	return d->vcpu[vcpu] ? &d->vcpu[vcpu]->virq_port[virq] : NULL;
}

/* ---- opening ---- */

static bool vcpu_exists(const struct domain *d, u32 id)
{
	return id < d->nr_vcpus && d->vcpu[array_index_nospec(id, LODGE_MAX_VCPUS)];
}

/**
 * evtchn_bind_unbound() - a port that another domain may bind
 * @d: the domain
 * @remote_id: who may
 * @sink: as evtchn_alloc()
 *
 * Context: any.
 * Return: the port, or as evtchn_alloc().
 */
int evtchn_bind_unbound(struct domain *d, domid_t remote_id, struct evtchn_sink *sink)
{
	struct evtchn *chn;
	unsigned long flags;
	int port;

	spin_lock_irqsave(&d->evtchn_lock, flags);
	port = evtchn_alloc(d, sink);
	if (port > 0) {
		chn = evtchn_get(d, port);
		chn->state = EVTCHN_UNBOUND;
		chn->remote_id = remote_id;
	}
	spin_unlock_irqrestore(&d->evtchn_lock, flags);
	return port;
}

/* Both locks are held. */
static int bind_pair(struct domain *d, struct domain *remote, u32 remote_port,
		     struct evtchn_sink *sink)
{
	struct evtchn *peer = evtchn_get(remote, remote_port);
	struct evtchn *chn;
	int port;

	if (!peer || peer->state != EVTCHN_UNBOUND || peer->remote_id != d->id)
		return -EINVAL;
	port = evtchn_alloc(d, sink);
	if (port < 0)
		return port;

	chn = evtchn_get(d, port);
	chn->state = EVTCHN_INTERDOMAIN;
	chn->remote = remote;
	chn->remote_port = remote_port;
	peer->state = EVTCHN_INTERDOMAIN;
	peer->remote = d;
	peer->remote_port = port;

	/* What was sent to the unbound port is lost: let the binder look. */
	evtchn_set_pending(d, chn, port);
	return port;
}

/**
 * evtchn_bind_interdomain() - join a new port to another domain's unbound one
 * @d: the domain of the new port
 * @remote: the other one, may be the same
 * @remote_port: any value
 * @sink: as evtchn_alloc()
 *
 * The new port starts with an event pending.
 *
 * Context: any; the caller has a reference on @remote.
 * Return: the port, -EINVAL if @remote_port does not wait for @d, or as
 * evtchn_alloc().
 */
int evtchn_bind_interdomain(struct domain *d, struct domain *remote, u32 remote_port,
			    struct evtchn_sink *sink)
{
	unsigned long flags;
	int ret;

	if (d == remote) {
		spin_lock_irqsave(&d->evtchn_lock, flags);
		ret = bind_pair(d, d, remote_port, sink);
		spin_unlock_irqrestore(&d->evtchn_lock, flags);
		return ret;
	}
	lock_pair(d, remote, &flags);
	ret = bind_pair(d, remote, remote_port, sink);
	unlock_pair(d, remote, flags);
	return ret;
}

/**
 * evtchn_bind_virq() - a port for a virtual interrupt
 * @d: the domain
 * @virq: any value
 * @vcpu: who gets it, any value; 0 for global ones
 * @sink: as evtchn_alloc()
 *
 * Context: any.
 * Return: the port, -EINVAL, -ENOENT (no such vCPU), -EEXIST, or as
 * evtchn_alloc().
 */
int evtchn_bind_virq(struct domain *d, unsigned int virq, unsigned int vcpu,
		     struct evtchn_sink *sink)
{
	struct evtchn *chn;
	unsigned long flags;
	u32 *virq_port;
	int port;

	if (virq >= NR_VIRQS)
		return -EINVAL;
	virq = array_index_nospec(virq, NR_VIRQS);
	if (virq_is_global(virq) && vcpu)
		return -EINVAL;
	if (d != domain0 && !vcpu_exists(d, vcpu))
		return -ENOENT;
	vcpu = array_index_nospec(vcpu, LODGE_MAX_VCPUS);

	spin_lock_irqsave(&d->evtchn_lock, flags);
	virq_port = evtchn_virq_port(d, virq, vcpu);
	port = *virq_port ? -EEXIST : evtchn_alloc(d, sink);
	if (port > 0) {
		chn = evtchn_get(d, port);
		chn->state = EVTCHN_VIRQ;
		chn->vcpu = vcpu;
		chn->virq = virq;
		*virq_port = port;
	}
	spin_unlock_irqrestore(&d->evtchn_lock, flags);
	return port;
}

/**
 * evtchn_bind_ipi() - a port by which a domain's vCPUs tell one of them something
 * @d: the domain
 * @vcpu: that one, any value
 *
 * Context: any.
 * Return: the port, -ENOENT (no such vCPU), or as evtchn_alloc().
 */
int evtchn_bind_ipi(struct domain *d, unsigned int vcpu)
{
	struct evtchn *chn;
	unsigned long flags;
	int port;

	if (!vcpu_exists(d, vcpu))
		return -ENOENT;
	spin_lock_irqsave(&d->evtchn_lock, flags);
	port = evtchn_alloc(d, NULL);
	if (port > 0) {
		chn = evtchn_get(d, port);
		chn->state = EVTCHN_IPI;
		chn->vcpu = vcpu;
	}
	spin_unlock_irqrestore(&d->evtchn_lock, flags);
	return port;
}

/**
 * evtchn_bind_vcpu() - which vCPU a port's later events notify
 * @d: the domain
 * @port: any value
 * @vcpu: any value
 *
 * What is pending already stays with the vCPU that was told, as on Xen.
 *
 * Context: any.
 * Return: 0, -ENOENT (no such vCPU), or -EINVAL: no such port, or bound to its
 * vCPU by its kind.
 */
int evtchn_bind_vcpu(struct domain *d, u32 port, unsigned int vcpu)
{
	struct evtchn *chn;
	unsigned long flags;
	int ret = -EINVAL;

	if (!vcpu_exists(d, vcpu))
		return -ENOENT;
	spin_lock_irqsave(&d->evtchn_lock, flags);
	chn = evtchn_get(d, port);
	switch (chn ? chn->state : EVTCHN_FREE) {
	case EVTCHN_VIRQ:
		if (!virq_is_global(chn->virq))
			break;
		fallthrough;
	case EVTCHN_UNBOUND:
	case EVTCHN_INTERDOMAIN:
	case EVTCHN_HOST:
		WRITE_ONCE(chn->vcpu, vcpu);	/* the peer's senders read it */
		ret = 0;
	}
	spin_unlock_irqrestore(&d->evtchn_lock, flags);
	return ret;
}

/* ---- closing ---- */

/* The domain at the other end, if its lock is needed, too. */
static struct domain *peer_of(struct domain *d, u32 port)
{
	struct evtchn *chn = evtchn_get(d, port);

	if (!chn || chn->state != EVTCHN_INTERDOMAIN || chn->remote == d)
		return NULL;
	return chn->remote;
}

/* The other end of a channel that closes waits again for whom it was bound to. */
static void leave_unbound(struct evtchn *peer, domid_t remote_id)
{
	peer->state = EVTCHN_UNBOUND;
	peer->remote_id = remote_id;
	peer->remote_port = 0;
	peer->remote = NULL;
}

static void close_locked(struct domain *d, struct evtchn *chn, u32 port)
{
	u32 *virq_port;

	switch (chn->state) {
	case EVTCHN_INTERDOMAIN:
		leave_unbound(evtchn_get(chn->remote, chn->remote_port), d->id);
		break;
	case EVTCHN_VIRQ:
		virq_port = evtchn_virq_port(d, chn->virq, chn->vcpu);
		if (virq_port)
			*virq_port = 0;
		break;
	case EVTCHN_HOST:
		kfree(chn->host);
		break;
	}
	free_port(d, chn, port);
}

static bool may_close(const struct evtchn *chn, enum evtchn_closer by)
{
	if (!chn || chn->state <= EVTCHN_RESERVED)
		return false;
	if (by == EVTCHN_BY_RESET)
		return chn->state != EVTCHN_HOST;
	return by != EVTCHN_BY_RESUME || !chn->built_in;
}

/* evtchn_lock held, that of the other end, too. */
static int try_close(struct domain *d, u32 port, enum evtchn_closer by)
{
	struct evtchn *chn = evtchn_get(d, port);

	if (!may_close(chn, by))
		return -EINVAL;
	close_locked(d, chn, port);
	return 0;
}

/* Return: -EAGAIN if the port is bound to yet another domain by now. */
static int close_pair(struct domain *d, struct domain *peer, u32 port, enum evtchn_closer by)
{
	struct domain *now;
	unsigned long flags;
	int ret = -EAGAIN;

	lock_pair(d, peer, &flags);
	now = peer_of(d, port);
	if (!now || now == peer)
		ret = try_close(d, port, by);
	unlock_pair(d, peer, flags);
	return ret;
}

/**
 * evtchn_close() - give a port back
 * @d: the domain
 * @port: any value
 * @by: who wants it
 *
 * The other end of an interdomain channel becomes unbound, for @d.  A sink is
 * not called any more when this returns.
 *
 * Context: any but hard IRQ.
 * Return: 0, or -EINVAL if the port is not open, or not for @by to close.
 */
int evtchn_close(struct domain *d, u32 port, enum evtchn_closer by)
{
	struct domain *peer;
	unsigned long flags;
	int ret = 0;

	do {
		spin_lock_irqsave(&d->evtchn_lock, flags);
		peer = peer_of(d, port);
		if (peer)
			kref_get(&peer->ref);	/* it has our port, so it has a reference */
		else
			ret = try_close(d, port, by);
		spin_unlock_irqrestore(&d->evtchn_lock, flags);
		if (peer) {
			ret = close_pair(d, peer, port, by);
			domain_put(peer);
		}
	} while (ret == -EAGAIN);
	return ret;
}
