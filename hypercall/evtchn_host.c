// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: Event channels, the host's side
 *
 * Events that come from the module itself: virtual interrupts, and back ends
 * in the kernel at the other end of a port.  And the beginning and end of a
 * domain's ports.  evtchn.c has the channels, and says what locks there are.
 */
#include <linux/sched.h>
#include <linux/slab.h>
#include "evtchn.h"

/**
 * virq_is_global() - does a VIRQ exist once per domain, not once per vCPU?
 * @virq: below NR_VIRQS
 */
bool virq_is_global(unsigned int virq)
{
	switch (virq) {
	case VIRQ_TIMER:
	case VIRQ_DEBUG:
	case VIRQ_XENOPROF:
	case VIRQ_XENPMU:
		return false;
	}
	return true;
}

/**
 * evtchn_send_virq() - raise a virtual interrupt, if the guest has bound it
 * @v: the vCPU it is for
 * @virq: VIRQ_*
 *
 * Context: any, also hard interrupt.
 */
void evtchn_send_virq(struct vcpu *v, unsigned int virq)
{
	struct domain *d = v->domain;
	struct evtchn *chn;
	unsigned long flags;
	u32 port;

	spin_lock_irqsave(&d->evtchn_lock, flags);
	port = v->virq_port[virq];
	chn = evtchn_get(d, port);
	if (port && chn)
		evtchn_set_pending(d, chn, port);
	spin_unlock_irqrestore(&d->evtchn_lock, flags);
}

/**
 * evtchn_bind_host() - a port whose other end is in the kernel
 * @d: the domain
 * @fn: called when the guest sends: in the sender's slice, must not sleep
 * @data: for @fn; must stay valid until the domain's vCPUs have stopped
 * @port: result
 *
 * The guest sees a channel to domain 0, and may close it.
 *
 * Context: sleepable.
 * Return: 0, -ENOMEM, -ENOSPC, or -EINVAL if the domain is going.
 */
int evtchn_bind_host(struct domain *d, evtchn_notify_fn fn, void *data, u32 *port)
{
	struct evtchn_host *host = kmalloc(sizeof(*host), GFP_KERNEL);
	struct evtchn *chn;
	unsigned long flags;
	int ret;

	if (!host)
		return -ENOMEM;
	host->fn = fn;
	host->data = data;

	spin_lock_irqsave(&d->evtchn_lock, flags);
	ret = evtchn_alloc(d, NULL);
	if (ret > 0) {
		chn = evtchn_get(d, ret);
		chn->state = EVTCHN_HOST;
		chn->built_in = true;
		chn->host = host;
	}
	spin_unlock_irqrestore(&d->evtchn_lock, flags);

	if (ret < 0) {
		kfree(host);
		return ret;
	}
	*port = ret;
	return 0;
}

/**
 * evtchn_alloc_unbound_host() - a port that only domain 0 may bind
 * @d: the domain
 * @port: result, e.g. for start_info.store_evtchn
 *
 * User space in domain 0 binds it through /dev/xen/evtchn, the kernel with
 * evtchn_dom0_bind_interdomain().  The guest may close it.
 *
 * Context: any.
 * Return: 0, -ENOMEM, -ENOSPC, or -EINVAL if the domain is going.
 */
int evtchn_alloc_unbound_host(struct domain *d, u32 *port)
{
	int ret = evtchn_bind_unbound(d, 0, NULL);
	struct evtchn *chn;
	unsigned long flags;

	if (ret < 0)
		return ret;
	*port = ret;
	spin_lock_irqsave(&d->evtchn_lock, flags);
	chn = evtchn_get(d, ret);
	if (chn)	/* else the guest was quick to close it */
		chn->built_in = chn->state > EVTCHN_RESERVED;
	spin_unlock_irqrestore(&d->evtchn_lock, flags);
	return 0;
}

/**
 * evtchn_notify_guest() - an event from a back end in the kernel
 * @d: the domain
 * @port: from evtchn_bind_host(); nothing happens if the guest closed it
 *
 * Context: any.
 */
void evtchn_notify_guest(struct domain *d, u32 port)
{
	struct evtchn *chn;
	unsigned long flags;

	spin_lock_irqsave(&d->evtchn_lock, flags);
	chn = evtchn_get(d, port);
	if (chn && chn->state == EVTCHN_HOST)
		evtchn_set_pending(d, chn, port);
	spin_unlock_irqrestore(&d->evtchn_lock, flags);
}

/**
 * evtchn_domain_init() - a new domain's event channels and watchdogs
 * @d: the domain; before its vCPUs are created
 *
 * Context: sleepable.
 * Return: 0 or -ENOMEM.
 */
int evtchn_domain_init(struct domain *d)
{
	struct evtchn_table *t = kzalloc(sizeof(*t), GFP_KERNEL);

	BUILD_BUG_ON(sizeof(struct evtchn) != 16);
	BUILD_BUG_ON(LODGE_MAX_VCPUS > BITS_PER_LONG);
	spin_lock_init(&d->evtchn_lock);
	watchdog_init(d);
	if (!t)
		return -ENOMEM;
	t->bucket[0] = kcalloc(EVTCHNS_PER_BUCKET, sizeof(struct evtchn), GFP_KERNEL);
	if (!t->bucket[0]) {
		kfree(t);
		return -ENOMEM;
	}
	t->bucket[0][0].state = EVTCHN_RESERVED;
	d->evtchn = t;
	return 0;
}

static void close_all(struct domain *d, enum evtchn_closer by)
{
	unsigned int port;

	for_each_set_bit(port, d->evtchn->used, NR_EVTCHNS) {
		evtchn_close(d, port, by);
		cond_resched();
	}
}

/**
 * evtchn_domain_exit() - close everything
 * @d: the domain; its vCPUs and timers have stopped, shared_info is still there
 *
 * Also after an evtchn_domain_init() that failed, and a second time.
 *
 * Context: sleepable.
 */
void evtchn_domain_exit(struct domain *d)
{
	struct evtchn_table *t = d->evtchn;
	unsigned long flags;
	unsigned int i;

	watchdog_exit(d);
	if (!t)
		return;
	spin_lock_irqsave(&d->evtchn_lock, flags);
	t->going = true;
	spin_unlock_irqrestore(&d->evtchn_lock, flags);
	/* None is opened any more, and a closed one nobody can bind. */
	close_all(d, EVTCHN_BY_OWNER);

	spin_lock_irqsave(&d->evtchn_lock, flags);
	d->evtchn = NULL;
	spin_unlock_irqrestore(&d->evtchn_lock, flags);

	for (i = 0; i < NR_EVTCHN_BUCKETS; i++)
		kfree(t->bucket[i]);
	kfree(t);
}

/* Notify vCPU 0, as a new port does, and let the guest look at it. */
static void resume_port(struct domain *d, u32 port)
{
	struct evtchn *chn;
	unsigned long flags;

	spin_lock_irqsave(&d->evtchn_lock, flags);
	chn = evtchn_get(d, port);
	if (chn && chn->state > EVTCHN_RESERVED) {
		WRITE_ONCE(chn->vcpu, 0);
		evtchn_set_pending(d, chn, port);
	}
	spin_unlock_irqrestore(&d->evtchn_lock, flags);
}

/**
 * evtchn_reset_for_resume() - the ports that a resumed guest expects
 * @d: the domain; its vCPUs are stopped
 *
 * A guest that returns from suspend takes itself for a new domain: it opens its
 * ports anew and knows none but those in its start_info.  So those that domain
 * 0 has made for it stay as they are, with an event pending and vCPU 0 to be
 * notified; all others are closed.  One that the guest had closed stays closed.
 *
 * Context: sleepable.
 */
void evtchn_reset_for_resume(struct domain *d)
{
	unsigned int port;

	close_all(d, EVTCHN_BY_RESUME);
	memset(d->shared_info->evtchn_pending, 0, sizeof(d->shared_info->evtchn_pending));
	for_each_set_bit(port, d->evtchn->used, NR_EVTCHNS)
		resume_port(d, port);
}

/**
 * evtchn_overhead() - host memory that a domain's event channels take
 * @d: the domain
 *
 * Context: any but with its evtchn_lock.
 * Return: bytes.
 */
u64 evtchn_overhead(struct domain *d)
{
	const struct evtchn_table *t;
	unsigned long flags;
	unsigned int i;
	u64 bytes = 0;

	spin_lock_irqsave(&d->evtchn_lock, flags);
	t = d->evtchn;
	if (t) {
		bytes = ksize(t);
		for (i = 0; i < NR_EVTCHN_BUCKETS; i++)
			if (t->bucket[i])
				bytes += ksize(t->bucket[i]);
	}
	spin_unlock_irqrestore(&d->evtchn_lock, flags);
	return bytes;
}
