// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: Event channels, domain 0's ports
 *
 * The host is domain 0, and has ports as any domain: a guest binds to them,
 * or they are bound to a guest's.  Instead of bits in a shared page, each has a
 * *sink* that takes its events.  Callers: /dev/xen/evtchn
 * (kmod/backend/evtchn_dev.c) for user space, and back ends in the kernel that
 * bind a port which a guest has offered.
 *
 * Domain 0 is a struct domain that has nothing but event channels.  It is on no
 * list and domain_get() does not find it.
 */
#include <linux/mm.h>
#include <linux/slab.h>
#include "evtchn.h"

struct domain *domain0;		/* from evtchn_dom0_init() to evtchn_dom0_exit() */

/**
 * evtchn_find_domain() - the domain with this id, if it may have ports
 * @id: any value; 0 is domain 0
 *
 * A record of a domain that has ended is no domain.
 *
 * Context: any.
 * Return: the domain with a reference, or NULL.
 */
struct domain *evtchn_find_domain(domid_t id)
{
	struct domain *d;

	if (!id) {
		kref_get(&domain0->ref);
		return domain0;
	}
	d = id < DOMID_FIRST_RESERVED ? domain_get(id) : NULL;
	if (d && READ_ONCE(d->state) == DOMAIN_ENDED) {
		domain_put(d);
		return NULL;
	}
	return d;
}

/**
 * evtchn_dom0_alloc_unbound() - a port of domain 0 that a guest may bind
 * @sink: takes its events
 * @remote_id: who may bind it; 0 is domain 0 itself
 *
 * Context: sleepable.
 * Return: the port, -ENOSPC, -ENOMEM.
 */
int evtchn_dom0_alloc_unbound(struct evtchn_sink *sink, domid_t remote_id)
{
	return evtchn_bind_unbound(domain0, remote_id, sink);
}

/**
 * evtchn_dom0_bind_interdomain() - bind a port that a domain offers to domain 0
 * @sink: takes its events; the first may come before this returns
 * @remote_id: the domain; 0 is domain 0 itself
 * @remote_port: its port, any value
 *
 * Context: sleepable.
 * Return: the port in domain 0, -ESRCH (no such domain), -EINVAL (not unbound,
 * or not for domain 0), -ENOSPC, -ENOMEM.
 */
int evtchn_dom0_bind_interdomain(struct evtchn_sink *sink, domid_t remote_id, u32 remote_port)
{
	struct domain *remote = evtchn_find_domain(remote_id);
	int ret;

	if (!remote)
		return -ESRCH;
	ret = evtchn_bind_interdomain(domain0, remote, remote_port, sink);
	domain_put(remote);
	return ret;
}

/**
 * evtchn_dom0_bind_virq() - be told about a virtual interrupt
 * @sink: takes its events
 * @virq: any value
 *
 * VIRQs of a vCPU are refused: the host's kernel has its own timers.
 *
 * Context: sleepable.
 * Return: the port, -EINVAL, -EEXIST, -ENOSPC, -ENOMEM.
 */
int evtchn_dom0_bind_virq(struct evtchn_sink *sink, unsigned int virq)
{
	if (virq < NR_VIRQS && !virq_is_global(virq))
		return -EEXIST;
	return evtchn_bind_virq(domain0, virq, 0, sink);
}

/**
 * evtchn_dom0_close() - close a port of domain 0
 * @port: the caller's own
 *
 * Its sink is not called any more when this returns; a guest at the other end
 * sees its port unbound.
 *
 * Context: sleepable.
 */
void evtchn_dom0_close(u32 port)
{
	WARN_ON_ONCE(evtchn_close(domain0, port, EVTCHN_BY_OWNER));
}

/**
 * evtchn_dom0_send() - an event for the other end of a port of domain 0
 * @port: the caller's own
 *
 * Context: any but inside a sink.
 * Return: 0, also if nobody is there; -EINVAL if the port cannot send.
 */
int evtchn_dom0_send(u32 port)
{
	return evtchn_send(domain0, port);
}

/**
 * evtchn_dom0_virq() - raise a virtual interrupt of domain 0's, if it is bound
 * @virq: VIRQ_*, a global one
 *
 * Context: any.
 */
void evtchn_dom0_virq(unsigned int virq)
{
	unsigned long flags;
	u32 port;

	spin_lock_irqsave(&domain0->evtchn_lock, flags);
	port = *evtchn_virq_port(domain0, virq, 0);
	if (port)
		evtchn_set_pending(domain0, evtchn_get(domain0, port), port);
	spin_unlock_irqrestore(&domain0->evtchn_lock, flags);
}

/**
 * evtchn_dom0_init() - domain 0's ports, all closed
 *
 * Context: sleepable, module load, before there are domains.
 * Return: 0 or -ENOMEM.
 */
int evtchn_dom0_init(void)
{
	struct domain *d = kzalloc(sizeof(*d), GFP_KERNEL);

	if (!d)
		return -ENOMEM;
	kref_init(&d->ref);
	if (evtchn_domain_init(d))
		goto free;
	d->evtchn->dom0 = kvzalloc(sizeof(*d->evtchn->dom0), GFP_KERNEL);
	if (!d->evtchn->dom0)
		goto exit;
	domain0 = d;
	return 0;

exit:
	evtchn_domain_exit(d);
free:
	kfree(d);
	return -ENOMEM;
}

/**
 * evtchn_dom0_exit() - undo evtchn_dom0_init(); no file and no domain is left
 *
 * Context: sleepable, module unload.
 */
void evtchn_dom0_exit(void)
{
	struct evtchn_dom0 *dom0 = domain0->evtchn->dom0;

	evtchn_domain_exit(domain0);
	kvfree(dom0);
	kfree(domain0);
	domain0 = NULL;
}
