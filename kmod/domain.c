// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: Life and death of a domain
 *
 * Creation (for chardev.c), pause and pinning (for netlink.c) are here; the
 * start is in domain_start.c, the end in domain_end.c.  What creation makes,
 * the end undoes once, in the mirror order.  Nothing here touches guest
 * memory, page types or run queues itself.
 *
 * Who excludes whom:
 *
 * - Every transition runs under @life_lock from its first check to its last
 *   change: create, start, pause, unpause, pin, and end_work.  So an end
 *   that is asked for during a start waits for the start, and a start that
 *   comes later finds DOMAIN_ENDED.
 * - Asking for the end is lock-free for that reason: domain_shutdown() and
 *   domain_kill() leave a reason and a bit and queue end_work, in any context.
 *   From then on no vCPU of the domain is entered (@ended is not 0).
 * - @lock guards what others read about a domain: it is held briefly, so list
 *   and page faults do not wait for a start or an end.  vCPU pointers are
 *   cleared under it before a vCPU is destroyed.  It is taken in page faults,
 *   under mmap_lock, so nothing under it may touch user memory.
 * - Creator against destroy: a destroyed domain under construction is sealed
 *   like one that starts, its file only holds the record; the file's own end
 *   (domain_builder_gone) waits for that or does it.  The file outlives its
 *   mappings, so @mapping is valid while it is set.
 * - A queued end_work holds a reference on the domain; a domain that is not
 *   DOMAIN_ENDED holds one on the module.  end_work may still run its last
 *   instructions when that is dropped: domain_exit() waits for its queue.
 */
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/uuid.h>

#include "lodge.h"
#include "uapi/lodge_netlink.h"

/**
 * domain_count_vcpu() - add up what a vCPU did so far
 * @sum: what to add it to
 * @v: the vCPU; if it runs, its counters are read as they are
 *
 * Context: any; the vCPU stays: its domain's lock is held, or it is the caller's.
 */
void domain_count_vcpu(struct vcpu_counters *sum, struct vcpu *v)
{
	const struct vcpu_page *page = v->page;
	unsigned int i;
	u64 ns[4];

	runstate_total(v, ns);
	sum->run_ns += ns[RUNSTATE_running];
	sum->wait_ns += ns[RUNSTATE_runnable];
	for (i = 0; i < EXIT_CLASSES; i++)
		sum->exits_of[i] += READ_ONCE(v->nr_exits[i]);
	sum->exits += READ_ONCE(page->nr_exits);
	sum->syscalls += READ_ONCE(page->nr_syscalls);
	sum->bounces += READ_ONCE(page->nr_bounces);
	sum->irets += READ_ONCE(page->nr_irets);
	sum->events += READ_ONCE(page->nr_events);
	sum->hole_hypercalls += READ_ONCE(page->nr_hole_hypercalls);
}

/**
 * domain_count() - what a domain's vCPUs did so far, ended ones included
 * @d: the domain, d->lock held
 * @sum: out
 *
 * Context: sleepable.
 */
void domain_count(struct domain *d, struct vcpu_counters *sum)
{
	unsigned int i;

	lockdep_assert_held(&d->lock);
	*sum = d->gone;
	for (i = 0; i < d->nr_vcpus; i++) {
		if (d->vcpu[i])
			domain_count_vcpu(sum, d->vcpu[i]);
	}
}

static void destroy_vcpus(struct domain *d)
{
	unsigned int i;

	for (i = d->nr_vcpus; i-- > 0;) {
		struct vcpu *v = d->vcpu[i];

		if (!v)
			continue;
		mutex_lock(&d->lock);
		domain_count_vcpu(&d->gone, v);
		d->vcpu[i] = NULL;
		mutex_unlock(&d->lock);
		vcpu_destroy(v);
	}
}

static int create_vcpus(struct domain *d)
{
	unsigned int i;

	for (i = 0; i < d->nr_vcpus; i++) {
		/* It puts itself in d->vcpu[] when it is complete. */
		if (!vcpu_create(d, i)) {
			destroy_vcpus(d);
			return -ENOMEM;
		}
	}
	return 0;
}

/**
 * domain_free_resources() - all that domain_create() made, except the record
 * @d: the domain; no vCPU of it runs, nobody can map its memory
 *
 * Devices before all else: what they have begun uses grants and memory.
 * Console before event channels before vCPUs on the way down: the console's
 * writers send events, events look at vCPUs, and all of them use memory.
 *
 * Context: sleepable, life_lock held.
 */
void domain_free_resources(struct domain *d)
{
	backends_exit(d);
	console_stop(d);
	evtchn_domain_exit(d);
	grant_domain_exit(d);
	destroy_vcpus(d);
	domain_free_memory(d);
	hole_domain_exit(d);
}

/* What domain 0 needs to serve the guest's xenstore ring; xenstored does the rest. */
static int offer_store(struct domain *d, struct lodge_create *args)
{
	int ret;

	args->store_port = 0;
	if (!(args->flags & LODGE_CREATE_STORE))
		return 0;
	ret = evtchn_alloc_unbound_host(d, &args->store_port);
	if (ret)
		return ret;
	ret = grant_permit_host(d, GNTTAB_RESERVED_XENSTORE, args->store_gpfn);
	if (ret)
		return ret;
	d->store_port = args->store_port;
	d->store_mfn = d->build_mfns[args->store_gpfn];
	return grant_permit_host(d, GNTTAB_RESERVED_CONSOLE, args->console_gpfn);
}

static int alloc_resources(struct domain *d, struct lodge_create *args)
{
	int ret;

	ret = hole_domain_init(d);
	if (ret)
		return ret;
	ret = domain_alloc_memory(d, args->nr_pages);
	if (ret)
		goto err_hole;
	ret = domain_alloc_shared_info(d);
	if (ret)
		goto err_memory;
	ret = create_vcpus(d);
	if (ret)
		goto err_memory;
	ret = grant_domain_init(d);
	if (ret)
		goto err_vcpus;
	ret = offer_store(d, args);
	if (ret)
		goto err_grants;
	ret = console_connect(d, args->console_gpfn, &args->console_port);
	if (ret)
		goto err_grants;
	return 0;

err_grants:
	grant_domain_exit(d);
err_vcpus:
	destroy_vcpus(d);
err_memory:
	domain_free_memory(d);
err_hole:
	hole_domain_exit(d);
	return ret;
}

static struct domain *alloc_domain(const struct lodge_create *args)
{
	struct domain *d = kzalloc(sizeof(*d), GFP_KERNEL);

	if (!d)
		return NULL;
	kref_init(&d->ref);
	INIT_LIST_HEAD(&d->list);
	mutex_init(&d->life_lock);
	mutex_init(&d->lock);
	spin_lock_init(&d->reason_lock);
	spin_lock_init(&d->mmu_lock);
	backends_init(d);
	INIT_WORK(&d->end_work, domain_end_work);
	init_waitqueue_head(&d->wait);
	strscpy(d->name, args->name, sizeof(d->name));
	generate_random_uuid(d->uuid);
	d->state = DOMAIN_BUILDING;
	d->shutdown_reason = LODGE_SHUTDOWN_NONE;
	d->created_ns = ktime_get_boottime_ns();
	d->created_real_ns = ktime_get_real_ns();
	d->time_epoch_ns = ktime_get_ns();
	d->nr_vcpus = args->nr_vcpus;
	d->max_pages = args->max_pages;
	d->map_pages = args->max_pages;
	d->keep = args->flags;
	d->sched_params.weight = args->weight;
	d->sched_params.warp_ns = SCHED_WARP_NS;

	/* What others may reach as soon as the domain is listed. */
	d->page = (struct domain_page *)get_zeroed_page(GFP_KERNEL_ACCOUNT);
	if (!d->page || !zalloc_cpumask_var(&d->running_on, GFP_KERNEL) || console_create(d) ||
	    grant_domain_alloc(d) || evtchn_domain_init(d)) {
		domain_put(d);
		return NULL;
	}
	return d;
}

/* List the domain and give it what it needs, or undo all of it. */
static int build(struct domain *d, struct lodge_create *args)
{
	int ret;

	mutex_lock(&d->life_lock);
	ret = domain_list_add(d);
	if (ret) {
		evtchn_domain_exit(d);
		module_put(THIS_MODULE);
		goto unlock;
	}
	kref_get(&d->ref);	/* the caller's; the first is the list's now */
	ret = alloc_resources(d, args);
	if (!ret) {
		netlink_notify(d, LODGE_CMD_CREATED_NTF);
		goto unlock;
	}
	backends_exit(d);
	console_stop(d);
	evtchn_domain_exit(d);
	domain_become_record(d, false);
unlock:
	mutex_unlock(&d->life_lock);
	return ret;
}

/**
 * domain_create() - make a domain under construction
 * @args: LODGE_CREATE's; the inputs have been checked, the outputs are filled in
 *
 * The domain is listed at once (its name is taken), and belongs to the caller
 * until domain_start(): whoever calls this calls domain_builder_gone() too.
 *
 * Context: sleepable; takes long for much memory, a fatal signal ends it.
 * Return: the domain with a reference, or -EEXIST for a name in use, -ENOMEM,
 * -ENOSPC (no domain id is free), -EINTR.
 */
struct domain *domain_create(struct lodge_create *args)
{
	struct domain *d;
	int ret;

	/* Only a file of ours gets here, so the module cannot be on its way out. */
	__module_get(THIS_MODULE);
	d = alloc_domain(args);
	if (!d) {
		module_put(THIS_MODULE);
		return ERR_PTR(-ENOMEM);
	}
	ret = build(d, args);
	if (ret) {
		domain_put(d);
		return ERR_PTR(ret);
	}
	args->domid = d->id;
	args->max_mfn = hole_max_mfn();
	args->mmap_offset = lodge_mmap_offset(d->id);
	args->shared_info_mfn = d->shared_info_mfn;
	return d;
}

/* ---- pause, pin ---- */

/* life_lock held: is there a started guest whose vCPUs may be told to run or not? */
static int check_running(const struct domain *d)
{
	switch (d->state) {
	case DOMAIN_BUILDING:
		return -EBUSY;
	case DOMAIN_RUNNING:
		if (!d->ended)
			return 0;
		return test_bit(DOMAIN_END_BIT, &d->ended) ? -ESHUTDOWN : -EOPNOTSUPP;
	default:
		return -ESHUTDOWN;
	}
}

static void set_paused(struct domain *d, bool paused)
{
	mutex_lock(&d->lock);
	d->paused_by_user = paused;
	WRITE_ONCE(d->pause_count, d->pause_count + (paused ? 1 : -1));
	mutex_unlock(&d->lock);
}

/**
 * domain_pause() - stop a domain's vCPUs where they are
 * @d: the domain
 *
 * Context: sleepable.
 * Return: 0 when none runs any more, -EALREADY, -EBUSY
 * (under construction), -EOPNOTSUPP (suspended or preserved), -ESHUTDOWN (ends
 * or has ended), -EINTR.
 */
int domain_pause(struct domain *d)
{
	int ret;

	if (mutex_lock_killable(&d->life_lock))
		return -EINTR;
	ret = check_running(d);
	if (!ret && d->paused_by_user)
		ret = -EALREADY;
	if (!ret) {
		set_paused(d, true);
		domain_stop_vcpus(d);
		netlink_notify(d, LODGE_CMD_PAUSED_NTF);
	}
	mutex_unlock(&d->life_lock);
	return ret;
}

/**
 * domain_unpause() - let a paused domain's vCPUs go on
 * @d: the domain
 *
 * Context: sleepable.
 * Return: as domain_pause().
 */
int domain_unpause(struct domain *d)
{
	int ret;

	if (mutex_lock_killable(&d->life_lock))
		return -EINTR;
	ret = check_running(d);
	if (!ret && !d->paused_by_user)
		ret = -EALREADY;
	if (!ret) {
		set_paused(d, false);
		if (!d->pause_count)
			domain_start_vcpus(d);
		netlink_notify(d, LODGE_CMD_UNPAUSED_NTF);
	}
	mutex_unlock(&d->life_lock);
	return ret;
}

/**
 * domain_hold() - keep a domain from starting, pausing or ending
 * @d: the domain
 *
 * While it is held its vCPUs, frames and tables stay; guests run on.
 *
 * Context: sleepable.
 * Return: 0, and the caller calls domain_release();
 * -ESHUTDOWN if it ends or has ended, -EINTR.
 */
int domain_hold(struct domain *d)
{
	if (mutex_lock_killable(&d->life_lock))
		return -EINTR;
	if (d->state == DOMAIN_BUILDING || d->state == DOMAIN_RUNNING)
		return 0;
	mutex_unlock(&d->life_lock);
	return -ESHUTDOWN;
}

/**
 * domain_release() - the end of domain_hold()
 * @d: the domain
 *
 * Context: sleepable.
 */
void domain_release(struct domain *d)
{
	mutex_unlock(&d->life_lock);
}

/**
 * domain_pin() - choose the pCPUs that vCPUs of a domain may run on
 * @d: the domain
 * @id: number of the vCPU, -1: all of them
 * @mask: pCPUs; those that the host cannot have are left out
 *
 * Context: sleepable.
 * Return: 0, -EINVAL (the host has none of these pCPUs), -ENXIO (no such vCPU),
 * -ESHUTDOWN, -EINTR (a vCPU has not moved yet, but will).
 */
int domain_pin(struct domain *d, int id, const struct cpumask *mask)
{
	unsigned int i;
	int ret;

	ret = domain_hold(d);
	if (ret)
		return ret;
	if (id >= (int)d->nr_vcpus)
		ret = -ENXIO;
	for (i = 0; !ret && i < d->nr_vcpus; i++) {
		if (d->vcpu[i] && (id < 0 || id == i))
			ret = sched_set_affinity(d->vcpu[i], mask);
	}
	if (!ret)
		netlink_notify(d, LODGE_CMD_PINNED_NTF);
	domain_release(d);
	return ret;
}
