// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: The list of domains
 *
 * Who is there: ids, names, and the records that ended domains leave.  domain.c
 * adds and retires domains; chardev.c, netlink.c and hypercalls look them up.
 * A looked-up domain may be in any state, half built and ended ones included;
 * nothing here starts, stops or waits for one.
 *
 * References: the list holds one from domain_list_add() until the domain is
 * forgotten; every lookup takes one; every queued end_work holds one.  What a
 * record still needs (name, reason, console log) goes with the last.
 */
#include <linux/ctype.h>
#include <linux/idr.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>

#include "lodge.h"
#include "uapi/lodge_netlink.h"

/* Records kept of ended domains; the oldest is forgotten first. */
#define ENDED_MAX	16

DEFINE_MUTEX(domains_lock);	/* the list, the ids */
LIST_HEAD(domains);

/* Written under domains_lock, read under RCU.  Ids go round before one is reused. */
static DEFINE_IDR(domain_ids);

static void domain_free(struct kref *ref)
{
	struct domain *d = container_of(ref, struct domain, ref);

	console_free(d);
	grant_domain_free(d);
	free_cpumask_var(d->running_on);
	free_page((unsigned long)d->page);
	kfree_rcu(d, rcu);
}

/**
 * domain_put() - drop a reference
 * @d: the domain
 *
 * Context: any but hard IRQ; the last one frees the record.
 */
void domain_put(struct domain *d)
{
	kref_put(&d->ref, domain_free);
}

/**
 * domain_get() - look a domain up by its id
 * @id: domain id
 *
 * The domain may still be under construction or have ended: whoever wants more
 * than its record checks that what he wants is there.
 *
 * Context: any.
 * Return: the domain with a reference, or NULL.
 */
struct domain *domain_get(domid_t id)
{
	struct domain *d;

	rcu_read_lock();
	d = idr_find(&domain_ids, id);
	if (d && !kref_get_unless_zero(&d->ref))
		d = NULL;
	rcu_read_unlock();
	return d;
}

/**
 * domain_get_next() - walk all domains in the order of their ids
 * @id: in: the least id wanted; out: the id found
 *
 * Holds no lock between two steps: domains that come and go meanwhile may or
 * may not be seen, all others are seen once.
 *
 * Context: any.
 * Return: the domain with a reference, or NULL at the end.
 */
struct domain *domain_get_next(unsigned int *id)
{
	struct domain *d;
	int next = *id;

	rcu_read_lock();
	for (; (d = idr_get_next(&domain_ids, &next)); next++) {
		if (kref_get_unless_zero(&d->ref))
			break;
	}
	rcu_read_unlock();
	*id = next;
	return d;
}

static struct domain *find_name(const char *name)
{
	struct domain *d;

	lockdep_assert_held(&domains_lock);
	list_for_each_entry(d, &domains, list) {
		if (!strcmp(d->name, name))
			return d;
	}
	return NULL;
}

/**
 * domain_get_by_name() - look a domain up by its name
 * @name: NUL-terminated
 *
 * Context: sleepable.
 * Return: the domain with a reference, or NULL.
 */
struct domain *domain_get_by_name(const char *name)
{
	struct domain *d;

	mutex_lock(&domains_lock);
	d = find_name(name);
	if (d)
		kref_get(&d->ref);
	mutex_unlock(&domains_lock);
	return d;
}

/* Off the list; the caller inherits the list's reference. */
static void unlist(struct domain *d)
{
	lockdep_assert_held(&domains_lock);
	list_del_init(&d->list);
	idr_remove(&domain_ids, d->id);
}

static void say_forgotten(struct domain *d)
{
	netlink_notify(d, LODGE_CMD_FORGOTTEN_NTF);
	domain_put(d);
}

/**
 * domain_list_add() - make a new domain known, under a fresh id
 * @d: the domain, its name set; its initial reference goes to the list
 *
 * The record of an ended domain of the same name is forgotten.
 *
 * Context: sleepable.
 * Return: 0, -EEXIST if a live domain has the name,
 * -ENOSPC if all ids are taken, -ENOMEM.
 */
int domain_list_add(struct domain *d)
{
	struct domain *old;
	int id;

	mutex_lock(&domains_lock);
	old = find_name(d->name);
	if (old && READ_ONCE(old->state) != DOMAIN_ENDED) {
		mutex_unlock(&domains_lock);
		return -EEXIST;
	}
	id = idr_alloc_cyclic(&domain_ids, NULL, 1, DOMID_FIRST_RESERVED, GFP_KERNEL);
	if (id < 0) {
		mutex_unlock(&domains_lock);
		return id;
	}
	d->id = id;
	idr_replace(&domain_ids, d, id);
	list_add_tail(&d->list, &domains);
	if (old)
		unlist(old);
	mutex_unlock(&domains_lock);
	if (old)
		say_forgotten(old);
	return 0;
}

/**
 * domain_name_ok() - can a domain be called so?
 * @name: LODGE_NAME_MAX bytes, or less with a NUL; LODGE_DOMAIN0_NAME is the host's own
 *
 * Context: any.
 */
bool domain_name_ok(const char *name)
{
	size_t i, len = strnlen(name, LODGE_NAME_MAX);

	if (!len || len == LODGE_NAME_MAX || !isalnum(name[0]) || !isascii(name[0]))
		return false;
	for (i = 1; i < len; i++) {
		if (!isascii(name[i]) || (!isalnum(name[i]) && !strchr("._-", name[i])))
			return false;
	}
	return strncmp(name, LODGE_DOMAIN0_NAME, LODGE_NAME_MAX);
}

/**
 * domain_get_name() - what a domain is called now
 * @d: the domain, in any state
 * @name: out: LODGE_NAME_MAX bytes
 *
 * Messages for the log read d->name itself: its last byte is always 0, and who
 * renames a domain that dies at that moment may find a mixture there.
 *
 * Context: sleepable; takes d->lock.
 */
void domain_get_name(struct domain *d, char *name)
{
	mutex_lock(&d->lock);
	strscpy(name, d->name, LODGE_NAME_MAX);
	mutex_unlock(&d->lock);
}

/**
 * domain_rename() - give a domain another name, in any state
 * @d: the domain; the caller has a reference
 * @name: the new one
 *
 * The record of an ended domain that has this name is forgotten.
 *
 * Context: sleepable.
 * Return: 0, -EINVAL if it is no name, -EEXIST if another live domain has it,
 * -EALREADY if it is the domain's own, -ENOENT if it was forgotten.
 */
int domain_rename(struct domain *d, const char *name)
{
	struct domain *old;
	int ret = 0;

	if (!domain_name_ok(name))
		return -EINVAL;
	mutex_lock(&domains_lock);
	old = find_name(name);
	if (list_empty(&d->list))
		ret = -ENOENT;
	else if (old == d)
		ret = -EALREADY;
	else if (old && READ_ONCE(old->state) != DOMAIN_ENDED)
		ret = -EEXIST;
	if (!ret) {
		mutex_lock(&d->lock);
		strscpy(d->name, name, sizeof(d->name));
		mutex_unlock(&d->lock);
		if (old)
			unlist(old);
	}
	mutex_unlock(&domains_lock);
	if (ret)
		return ret;
	if (old)
		say_forgotten(old);
	netlink_notify(d, LODGE_CMD_RENAMED_NTF);
	return 0;
}

/* The record that goes first, if there are too many. */
static struct domain *oldest_surplus_record(void)
{
	struct domain *d, *oldest = NULL;
	unsigned int n = 0;

	list_for_each_entry(d, &domains, list) {
		if (READ_ONCE(d->state) != DOMAIN_ENDED)
			continue;
		n++;
		if (!oldest || d->died_ns < oldest->died_ns)
			oldest = d;
	}
	return n > ENDED_MAX ? oldest : NULL;
}

/**
 * domain_list_ended() - a domain has become a record: keep their number down
 * @d: the domain, DOMAIN_ENDED; the caller has a reference
 *
 * Context: sleepable, life_lock held.
 */
void domain_list_ended(struct domain *d)
{
	struct domain *old;

	mutex_lock(&domains_lock);
	old = oldest_surplus_record();
	if (old)
		unlist(old);
	mutex_unlock(&domains_lock);
	if (old)
		say_forgotten(old);
}

/**
 * domain_forget() - drop the record of an ended domain
 * @d: the domain; the caller has a reference
 *
 * Context: sleepable.
 * Return: 0, -EBUSY if it has not ended, -ENOENT if it
 * was forgotten before.
 */
int domain_forget(struct domain *d)
{
	int ret = 0;

	mutex_lock(&domains_lock);
	if (READ_ONCE(d->state) != DOMAIN_ENDED)
		ret = -EBUSY;
	else if (list_empty(&d->list))
		ret = -ENOENT;
	else
		unlist(d);
	mutex_unlock(&domains_lock);
	if (!ret)
		say_forgotten(d);
	return ret;
}

/**
 * domains_forget_ended() - drop all records, when the module goes
 *
 * Live domains hold a reference on the module, so there are none then.
 *
 * Context: sleepable.
 */
void domains_forget_ended(void)
{
	struct domain *d, *next;

	mutex_lock(&domains_lock);
	list_for_each_entry_safe(d, next, &domains, list) {
		if (WARN_ON_ONCE(READ_ONCE(d->state) != DOMAIN_ENDED))
			continue;
		unlist(d);
		domain_put(d);
	}
	idr_destroy(&domain_ids);
	mutex_unlock(&domains_lock);
}

/**
 * domains_count() - how many there are
 * @live: out: building, running or dying
 * @ended: out: records
 *
 * Context: sleepable.
 */
void domains_count(unsigned int *live, unsigned int *ended)
{
	struct domain *d;

	*live = 0;
	*ended = 0;
	mutex_lock(&domains_lock);
	list_for_each_entry(d, &domains, list) {
		if (READ_ONCE(d->state) == DOMAIN_ENDED)
			++*ended;
		else
			++*live;
	}
	mutex_unlock(&domains_lock);
}
