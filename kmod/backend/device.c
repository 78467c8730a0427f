// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: Devices of guests that domain 0's kernel serves
 *
 * The object that a back end is: made, connected to a front end, disconnected
 * and removed as domain 0 asks (netlink_backend.c), and removed with its domain.
 * What it does between connect and disconnect is its kind's: blk.c, net.c.
 *
 * A back end outlives whoever made it, and its front end: a guest that reboots
 * its driver or resumes is connected anew.  A front end that breaks the rules
 * fails its own device (backend_fail()): nothing more is taken from it, until
 * domain 0 disconnects it.
 *
 * Order of locks: domain.life_lock > backend.lock > domain.backends_lock.
 */
#include <linux/slab.h>

#include "../netlink.h"
#include "device.h"

static const struct backend_ops * const kinds[] = {
	[LODGE_BACKEND_TYPE_VBD] = &blk_backend_ops,
	[LODGE_BACKEND_TYPE_VIF] = &net_backend_ops,
};

static atomic64_t last_serial = ATOMIC64_INIT(0);

static void free_backend(struct kref *ref)
{
	struct backend *be = container_of(ref, struct backend, ref);

	domain_put(be->domain);
	kfree(be);
}

/**
 * backend_put() - drop a reference
 * @be: from backend_create(), backend_find() or backend_next()
 *
 * Context: sleepable.
 */
void backend_put(struct backend *be)
{
	kref_put(&be->ref, free_backend);
}

/* ---- state ---- */

/**
 * backend_get_state() - what a back end is doing
 * @be: the back end
 * @reason: LODGE_REASON_MAX bytes: why it has failed, else empty
 *
 * Context: any.
 * Return: enum lodge_backend_state.
 */
u32 backend_get_state(struct backend *be, char *reason)
{
	unsigned long flags;
	u32 state;

	spin_lock_irqsave(&be->state_lock, flags);
	state = be->state;
	strscpy(reason, be->reason, LODGE_REASON_MAX);
	spin_unlock_irqrestore(&be->state_lock, flags);
	return state;
}

static void set_state(struct backend *be, u32 state)
{
	spin_lock_irq(&be->state_lock);
	be->state = state;
	be->reason[0] = '\0';
	spin_unlock_irq(&be->state_lock);
}

static void tell(struct work_struct *work)
{
	netlink_backend_event(container_of(work, struct backend, event_work));
}

/**
 * backend_fail() - a front end has broken the rules, or it cannot be served
 * @be: connected; else nothing happens, and the first reason stays
 * @fmt: one plain sentence
 *
 * It is logged once and told to who listens.  The caller takes nothing more from
 * the front end; what has begun is finished.
 *
 * Context: any.
 */
void backend_fail(struct backend *be, const char *fmt, ...)
{
	char text[LODGE_REASON_MAX];
	unsigned long flags;
	va_list args;
	bool first;

	va_start(args, fmt);
	vscnprintf(text, sizeof(text), fmt, args);
	va_end(args);

	spin_lock_irqsave(&be->state_lock, flags);
	first = be->state == LODGE_BACKEND_STATE_CONNECTED;
	if (first) {
		be->state = LODGE_BACKEND_STATE_FAILED;
		strscpy(be->reason, text, sizeof(be->reason));
		schedule_work(&be->event_work);
	}
	spin_unlock_irqrestore(&be->state_lock, flags);
	if (first)
		pr_notice_ratelimited("%s: %s %u: %s\n", be->domain->name, be->ops->name,
				      be->handle, text);
}

/* ---- which one ---- */

static struct backend *find_locked(struct domain *d, u32 type, u32 handle)
{
	struct backend *be;

	list_for_each_entry(be, &d->backends, link) {
		if (be->ops->type == type && be->handle == handle)
			return be;
	}
	return NULL;
}

/**
 * backend_find() - look a back end up
 * @d: the domain
 * @type: enum lodge_backend_type
 * @handle: any value
 *
 * Context: sleepable.
 * Return: it with a reference, or NULL; it may be removed at any moment.
 */
struct backend *backend_find(struct domain *d, u32 type, u32 handle)
{
	struct backend *be;

	mutex_lock(&d->backends_lock);
	be = find_locked(d, type, handle);
	if (be)
		kref_get(&be->ref);
	mutex_unlock(&d->backends_lock);
	return be;
}

/**
 * backend_next() - walk a domain's back ends, oldest first
 * @d: the domain
 * @serial: that of the last one, 0 for the first
 *
 * Context: sleepable.
 * Return: it with a reference, or NULL.
 */
struct backend *backend_next(struct domain *d, u64 serial)
{
	struct backend *be, *next = NULL;

	mutex_lock(&d->backends_lock);
	list_for_each_entry(be, &d->backends, link) {
		if (be->serial > serial) {
			kref_get(&be->ref);
			next = be;
			break;
		}
	}
	mutex_unlock(&d->backends_lock);
	return next;
}

/* ---- transitions ---- */

static struct backend *alloc_backend(struct domain *d, const struct backend_ops *ops, u32 handle)
{
	struct backend *be = kzalloc(ops->size, GFP_KERNEL_ACCOUNT);

	if (!be)
		return NULL;
	kref_init(&be->ref);
	mutex_init(&be->lock);
	spin_lock_init(&be->state_lock);
	INIT_WORK(&be->event_work, tell);
	kref_get(&d->ref);
	be->domain = d;
	be->ops = ops;
	be->handle = handle;
	be->serial = atomic64_inc_return(&last_serial);
	be->state = LODGE_BACKEND_STATE_CREATED;
	return be;
}

/**
 * backend_create() - make a back end
 * @d: whose; in any state but ended
 * @type: enum lodge_backend_type
 * @handle: the device's number; none of this type has it
 * @iops: limit, 0: none
 * @bps: limit, 0: none
 * @args: what its kind wants
 *
 * Context: sleepable.
 * Return: it with a reference, -EEXIST, -ESHUTDOWN (the domain ends), -EOPNOTSUPP
 * (no such type), -ENOMEM, or what its kind says.
 */
struct backend *backend_create(struct domain *d, u32 type, u32 handle, u64 iops, u64 bps,
			       const struct backend_args *args)
{
	struct backend *be;
	int ret;

	if (type >= ARRAY_SIZE(kinds) || !kinds[type])
		return ERR_PTR(-EOPNOTSUPP);
	be = alloc_backend(d, kinds[type], handle);
	if (!be)
		return ERR_PTR(-ENOMEM);
	be->limit_iops = iops;
	be->limit_bps = bps;

	mutex_lock(&d->backends_lock);
	if (d->backends_closed)
		ret = -ESHUTDOWN;
	else if (find_locked(d, type, handle))
		ret = -EEXIST;
	else
		ret = be->ops->create(be, args);
	if (!ret) {
		kref_get(&be->ref);	/* the caller's; the first is the list's now */
		list_add_tail(&be->link, &d->backends);
	}
	mutex_unlock(&d->backends_lock);
	if (ret) {
		backend_put(be);
		return ERR_PTR(ret);
	}
	netlink_backend_event(be);
	return be;
}

/**
 * backend_connect() - begin to serve a front end
 * @be: the back end
 * @args: its front end
 *
 * Context: sleepable.
 * Return: 0, -EISCONN (it is connected, or has failed and not been disconnected),
 * -ENOENT (removed), or what its kind says.
 */
int backend_connect(struct backend *be, const struct backend_connect_args *args)
{
	int ret = 0;

	mutex_lock(&be->lock);
	if (be->removed)
		ret = -ENOENT;
	else if (be->state != LODGE_BACKEND_STATE_CREATED)
		ret = -EISCONN;
	else if (!args->nr_queues || args->nr_queues > be->queues_max)
		ret = -EINVAL;
	if (!ret) {
		set_state(be, LODGE_BACKEND_STATE_CONNECTED);
		ret = be->ops->connect(be, args);
		if (ret)
			set_state(be, LODGE_BACKEND_STATE_CREATED);
		else
			netlink_backend_event(be);
	}
	mutex_unlock(&be->lock);
	return ret;
}

static int disconnect_locked(struct backend *be)
{
	lockdep_assert_held(&be->lock);
	if (be->removed)
		return -ENOENT;
	if (be->state == LODGE_BACKEND_STATE_CREATED)
		return -ENOTCONN;
	be->ops->disconnect(be);
	set_state(be, LODGE_BACKEND_STATE_CREATED);
	return 0;
}

/**
 * backend_disconnect() - end that
 * @be: the back end
 *
 * Context: sleepable; waits for what has begun.
 * Return: 0, -ENOTCONN, -ENOENT (removed).
 */
int backend_disconnect(struct backend *be)
{
	int ret;

	mutex_lock(&be->lock);
	ret = disconnect_locked(be);
	if (!ret)
		netlink_backend_event(be);
	mutex_unlock(&be->lock);
	return ret;
}

/**
 * backend_remove() - end a back end
 * @be: the back end; the caller's reference stays the caller's
 *
 * Context: sleepable; waits for what has begun.
 * Return: 0, -ENOENT (somebody else was first).
 */
int backend_remove(struct backend *be)
{
	struct domain *d = be->domain;

	mutex_lock(&be->lock);
	if (disconnect_locked(be) == -ENOENT) {
		mutex_unlock(&be->lock);
		return -ENOENT;
	}
	be->ops->remove(be);
	be->removed = true;
	cancel_work_sync(&be->event_work);
	set_state(be, LODGE_BACKEND_STATE_REMOVED);
	mutex_lock(&d->backends_lock);
	list_del(&be->link);
	mutex_unlock(&d->backends_lock);
	netlink_backend_event(be);
	mutex_unlock(&be->lock);
	backend_put(be);
	return 0;
}

/**
 * backend_set() - change one
 * @be: the back end
 * @iops: new limit or NULL
 * @bps: new limit or NULL
 * @args: what its kind wants
 *
 * Context: sleepable.
 * Return: 0, -ENOENT (removed), or what its kind says.
 */
int backend_set(struct backend *be, const u64 *iops, const u64 *bps,
		const struct backend_args *args)
{
	int ret = -ENOENT;

	mutex_lock(&be->lock);
	if (!be->removed) {
		be->limit_iops = iops ? *iops : be->limit_iops;
		be->limit_bps = bps ? *bps : be->limit_bps;
		ret = be->ops->set(be, args);
	}
	mutex_unlock(&be->lock);
	return ret;
}

/**
 * backends_init() - a new domain has no back end, and may get some
 * @d: the domain
 *
 * Context: any.
 */
void backends_init(struct domain *d)
{
	mutex_init(&d->backends_lock);
	INIT_LIST_HEAD(&d->backends);
}

/**
 * backends_exit() - a domain ends: so do its back ends, and there will be none
 * @d: the domain; no vCPU of it runs
 *
 * Context: sleepable; waits for their input and output.
 */
void backends_exit(struct domain *d)
{
	struct backend *be;

	mutex_lock(&d->backends_lock);
	d->backends_closed = true;
	mutex_unlock(&d->backends_lock);
	while ((be = backend_next(d, 0))) {
		backend_remove(be);	/* -ENOENT: when it is off the list */
		backend_put(be);
	}
}
