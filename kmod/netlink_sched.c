// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: Netlink commands about scheduling
 *
 * What domain 0 decides about the scheduler, looked at and changed.  A request
 * may name any number of domains, and C and the unit with them.  First all of it
 * is checked, then all of it is done, by steps that cannot fail; a domain that
 * ends between the two has ended right after.  One request is carried out at a
 * time, so of two that contradict each other one wins as a whole.
 *
 * netlink.c has the table of commands and calls in here; the values have passed
 * netlink_policy.h by then.  Who runs when is sched/'s.
 */
#include <linux/cpumask.h>
#include <linux/slab.h>
#include <net/genetlink.h>

#include "compat.h"
#include "netlink.h"

/* What a request says of one domain, or of all. */
struct target {
	struct domain *d;	/* NULL: all, or domain 0 */
	struct nlattr *attrs[LODGE_A_SCHED_MAX + 1];
};

struct request {
	struct target *targets;
	unsigned int nr;
	struct nlattr *allowance, *unit;
	cpumask_var_t mask;	/* scratch */
};

static DEFINE_MUTEX(sched_set_lock);

/**
 * netlink_names_host() - is it domain 0 that attributes name?
 * @attrs: by type; ID 0, or the name that only it has
 *
 * Context: any.
 */
bool netlink_names_host(struct nlattr **attrs)
{
	struct nlattr *id = attrs[LODGE_A_SCHED_ID], *name = attrs[LODGE_A_SCHED_NAME];

	return (!id || !nla_get_u32(id)) && (id || name) &&
	       (!name || !strcmp(nla_data(name), LODGE_DOMAIN0_NAME));
}

/* d->lock held: has it vCPUs, or will it have some? */
static bool lives(const struct domain *d)
{
	return d->state == DOMAIN_BUILDING || d->state == DOMAIN_RUNNING;
}

static bool lives_now(struct domain *d)
{
	bool yes;

	mutex_lock(&d->lock);
	yes = lives(d);
	mutex_unlock(&d->lock);
	return yes;
}

/* ---- looking ---- */

/* The one affinity of all vCPUs, in @mask.  Return: false if there is no such. */
static bool common_affinity(struct domain *d, struct cpumask *mask, struct cpumask *other)
{
	bool any = false;
	unsigned int i;

	mutex_lock(&d->lock);
	for (i = 0; i < d->nr_vcpus; i++) {
		if (!d->vcpu[i])
			continue;
		sched_get_affinity(d->vcpu[i], any ? other : mask);
		if (any && !cpumask_equal(mask, other))
			break;
		any = true;
	}
	mutex_unlock(&d->lock);
	return any && i == d->nr_vcpus;
}

static int put_affinity(struct sk_buff *skb, struct domain *d)
{
	cpumask_t *mask = kmalloc_array(2, sizeof(*mask), GFP_KERNEL);
	char text[128];
	int ret = 0;

	if (!mask)
		return -ENOMEM;
	if (common_affinity(d, &mask[0], &mask[1])) {
		scnprintf(text, sizeof(text), "%*pbl", cpumask_pr_args(&mask[0]));
		ret = nla_put_string(skb, LODGE_A_SCHED_AFFINITY, text);
	}
	kfree(mask);
	return ret;
}

static int put_params(struct sk_buff *skb, const struct bvt_entity_params *params, u32 warp)
{
	const int pad = LODGE_A_SCHED_PAD;

	if (nla_put_u32(skb, LODGE_A_SCHED_WEIGHT, params->weight) ||
	    nla_put_u32(skb, LODGE_A_SCHED_WARP, warp) ||
	    nla_put_u64_64bit(skb, LODGE_A_SCHED_WARP_VALUE, params->warp_ns, pad) ||
	    nla_put_u64_64bit(skb, LODGE_A_SCHED_WARP_LIMIT, params->limit_ns, pad) ||
	    nla_put_u64_64bit(skb, LODGE_A_SCHED_UNWARP_TIME, params->rest_ns, pad))
		return -EMSGSIZE;
	return 0;
}

static u32 warp_of(const struct bvt_entity_params *params, bool guest_warp)
{
	if (guest_warp)
		return LODGE_WARP_GUEST;
	return params->warp ? LODGE_WARP_ON : LODGE_WARP_OFF;
}

/**
 * netlink_put_sched() - the set "sched" of a domain
 * @skb: message
 * @d: the domain
 *
 * Context: sleepable; takes d->lock.
 * Return: 0, -EMSGSIZE or -ENOMEM.
 */
int netlink_put_sched(struct sk_buff *skb, struct domain *d)
{
	struct bvt_entity_params params;
	char name[LODGE_NAME_MAX];
	int ret;
	u32 warp;

	mutex_lock(&d->lock);
	params = d->sched_params;
	warp = warp_of(&params, d->guest_warp);
	strscpy(name, d->name, sizeof(name));
	mutex_unlock(&d->lock);

	if (nla_put_u32(skb, LODGE_A_SCHED_ID, d->id) ||
	    nla_put_string(skb, LODGE_A_SCHED_NAME, name))
		return -EMSGSIZE;
	ret = put_params(skb, &params, warp);
	return ret ? ret : put_affinity(skb, d);
}

/**
 * netlink_put_sched_host() - the set "sched" of domain 0
 * @skb: message
 *
 * Context: any.
 * Return: 0 or -EMSGSIZE.
 */
int netlink_put_sched_host(struct sk_buff *skb)
{
	struct bvt_entity_params params;

	sched_get_host_params(&params);
	if (nla_put_u32(skb, LODGE_A_SCHED_ID, 0) ||
	    nla_put_string(skb, LODGE_A_SCHED_NAME, LODGE_DOMAIN0_NAME))
		return -EMSGSIZE;
	return put_params(skb, &params, warp_of(&params, false));
}

/* As netlink_put_domain() and the nest "sched", of what there is of domain 0. */
static int put_host_event(struct sk_buff *skb)
{
	struct bvt_entity_params params;
	struct nlattr *nest;

	sched_get_host_params(&params);
	if (nla_put_u32(skb, LODGE_A_DOMAIN_ID, 0) ||
	    nla_put_string(skb, LODGE_A_DOMAIN_NAME, LODGE_DOMAIN0_NAME) ||
	    nla_put_u32(skb, LODGE_A_DOMAIN_STATE, LODGE_DOMAIN_STATE_RUNNING) ||
	    nla_put_u32(skb, LODGE_A_DOMAIN_SHUTDOWN, LODGE_SHUTDOWN_CODE_NONE) ||
	    nla_put_u32(skb, LODGE_A_DOMAIN_WEIGHT, params.weight))
		return -EMSGSIZE;
	nest = nla_nest_start(skb, LODGE_A_DOMAIN_SCHED);
	if (!nest || netlink_put_sched_host(skb))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

/**
 * netlink_put_sched_system() - of the set "sched" what is the whole system's
 * @skb: message
 *
 * Context: any.
 * Return: 0 or -EMSGSIZE.
 */
int netlink_put_sched_system(struct sk_buff *skb)
{
	u64 allowance_ns, unit_ns;

	sched_get_system(&allowance_ns, &unit_ns);
	if (nla_put_u64_64bit(skb, LODGE_A_SCHED_ALLOWANCE, allowance_ns, LODGE_A_SCHED_PAD) ||
	    nla_put_u64_64bit(skb, LODGE_A_SCHED_UNIT, unit_ns, LODGE_A_SCHED_PAD))
		return -EMSGSIZE;
	return 0;
}

/**
 * netlink_sched_dumpit() - SCHED_GET of domain 0 and all domains that live
 * @skb: to fill
 * @cb: args[0]: least id not dumped yet
 *
 * Context: sleepable.
 * Return: as genetlink wants it.
 */
int netlink_sched_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	unsigned int id = cb->args[0];
	struct domain *d;
	void *header;
	int ret = 0;

	if (!id) {
		header = netlink_dump_begin(skb, cb, LODGE_CMD_SCHED_GET);
		ret = netlink_dump_end(skb, header,
				       header ? netlink_put_sched_host(skb) : -EMSGSIZE);
		id += !ret;
	}
	for (; !ret && (d = domain_get_next(&id)); id += !ret) {
		if (lives_now(d)) {
			header = netlink_dump_begin(skb, cb, LODGE_CMD_SCHED_GET);
			ret = netlink_dump_end(skb, header,
					       header ? netlink_put_sched(skb, d) : -EMSGSIZE);
		}
		domain_put(d);
	}
	cb->args[0] = id;
	return skb->len ?: ret;
}

/* ---- changing: is all of it possible? ---- */

static const int values[] = {
	LODGE_A_SCHED_WEIGHT, LODGE_A_SCHED_WARP, LODGE_A_SCHED_WARP_VALUE,
	LODGE_A_SCHED_WARP_LIMIT, LODGE_A_SCHED_UNWARP_TIME, LODGE_A_SCHED_AFFINITY,
};

static bool has_values(struct nlattr **attrs)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(values); i++)
		if (attrs[values[i]])
			return true;
	return false;
}

static bool affinity_ok(struct nlattr *list, struct cpumask *mask)
{
	return !cpulist_parse(nla_data(list), mask) && cpumask_intersects(mask, cpu_possible_mask);
}

static int check_host(struct nlattr **a, struct netlink_ext_ack *extack)
{
	struct nlattr *warp = a[LODGE_A_SCHED_WARP];

	if (a[LODGE_A_SCHED_AFFINITY])
		return fail(extack, -EOPNOTSUPP, "The host's own scheduler places domain 0's tasks.");
	if (warp && nla_get_u32(warp) == LODGE_WARP_GUEST)
		return fail(extack, -EOPNOTSUPP, "Domain 0 is no guest: its warp is on or off.");
	return 0;
}

/* t->attrs is set: find the domain, check what is wanted of it. */
static int take_target(struct request *r, struct target *t, struct netlink_ext_ack *extack)
{
	struct nlattr **a = t->attrs;
	struct domain *d;

	if (!a[LODGE_A_SCHED_ALL] && netlink_names_host(a)) {
		if (check_host(a, extack))
			return -EOPNOTSUPP;
	} else if (!a[LODGE_A_SCHED_ALL]) {
		d = netlink_find_domain(a, extack);
		if (IS_ERR(d))
			return PTR_ERR(d);
		t->d = d;
		if (!lives_now(d))
			return fail(extack, -ESHUTDOWN, "The domain has ended or is about to.");
	} else if (a[LODGE_A_SCHED_ID] || a[LODGE_A_SCHED_NAME]) {
		return fail(extack, -EINVAL, "ALL and one domain's ID or NAME exclude each other.");
	}
	if (!has_values(a))
		return fail(extack, -EINVAL, "Nothing to set: give WEIGHT, WARP or the like.");
	if (a[LODGE_A_SCHED_AFFINITY] && !affinity_ok(a[LODGE_A_SCHED_AFFINITY], r->mask))
		return fail(extack, -EINVAL, "AFFINITY names no CPU that this host has.");
	return 0;
}

/* The request itself may be about a domain, and so may each ENTRY. */
static int take_targets(struct request *r, struct genl_info *info)
{
	struct nlattr **a = info->attrs, *nla;
	struct target *t = r->targets;
	int ret = 0, rest;

	r->allowance = a[LODGE_A_SCHED_ALLOWANCE];
	r->unit = a[LODGE_A_SCHED_UNIT];
	if (a[LODGE_A_SCHED_ID] || a[LODGE_A_SCHED_NAME] || a[LODGE_A_SCHED_ALL] || has_values(a)) {
		memcpy(t->attrs, a, sizeof(t->attrs));
		r->nr++;
		ret = take_target(r, t++, info->extack);
	}
	nlmsg_for_each_attr(nla, info->nlhdr, GENL_HDRLEN, rest) {
		if (ret)
			return ret;
		if (nla_type(nla) != LODGE_A_SCHED_ENTRY)
			continue;
		/* The command's policy has looked at what is inside. */
		ret = nla_parse_nested(t->attrs, LODGE_A_SCHED_MAX, nla, NULL, info->extack);
		r->nr++;
		ret = ret ?: take_target(r, t++, info->extack);
		if (ret)
			NL_SET_BAD_ATTR(info->extack, nla);
	}
	if (!ret && !r->nr && !r->allowance && !r->unit)
		return fail(info->extack, -EINVAL, "Nothing to set: name a domain, or give ALLOWANCE or UNIT.");
	return ret;
}

static unsigned int count_entries(struct genl_info *info)
{
	struct nlattr *nla;
	unsigned int n = 0;
	int rest;

	nlmsg_for_each_attr(nla, info->nlhdr, GENL_HDRLEN, rest)
		n += nla_type(nla) == LODGE_A_SCHED_ENTRY;
	return n;
}

/* ---- changing: do it ---- */

static void take_u64(u64 *value, struct nlattr *nla)
{
	if (nla)
		*value = nla_get_u64(nla);
}

static void take_params(struct bvt_entity_params *params, struct nlattr **a)
{
	if (a[LODGE_A_SCHED_WEIGHT])
		params->weight = nla_get_u32(a[LODGE_A_SCHED_WEIGHT]);
	if (a[LODGE_A_SCHED_WARP])
		params->warp = nla_get_u32(a[LODGE_A_SCHED_WARP]) == LODGE_WARP_ON;
	take_u64(&params->warp_ns, a[LODGE_A_SCHED_WARP_VALUE]);
	take_u64(&params->limit_ns, a[LODGE_A_SCHED_WARP_LIMIT]);
	take_u64(&params->rest_ns, a[LODGE_A_SCHED_UNWARP_TIME]);
}

/* d->lock held. */
static void set_params(struct domain *d, struct nlattr **a)
{
	struct bvt_entity_params params = d->sched_params;
	bool guest_warp = d->guest_warp;

	take_params(&params, a);
	if (a[LODGE_A_SCHED_WARP])
		guest_warp = nla_get_u32(a[LODGE_A_SCHED_WARP]) == LODGE_WARP_GUEST;
	sched_set_params(d, &params, guest_warp);
}

static void set_host(struct nlattr **a)
{
	struct bvt_entity_params params;

	sched_get_host_params(&params);
	take_params(&params, a);
	/* The policy's ranges are narrower than its. */
	if (!WARN_ON_ONCE(sched_set_host_params(&params)))
		netlink_notify_general(LODGE_CMD_SCHED_NTF, put_host_event);
}

/* d->lock held. */
static void set_affinity(struct domain *d, const struct cpumask *mask)
{
	unsigned int i;

	for (i = 0; i < d->nr_vcpus; i++)
		if (d->vcpu[i])
			sched_choose_affinity(d->vcpu[i], mask);
}

static void set_one(struct domain *d, struct nlattr **a, struct cpumask *mask)
{
	bool set;

	mutex_lock(&d->lock);
	set = lives(d);
	if (set) {
		set_params(d, a);
		/* It has been parsed before, and is what it was. */
		if (a[LODGE_A_SCHED_AFFINITY] && affinity_ok(a[LODGE_A_SCHED_AFFINITY], mask))
			set_affinity(d, mask);
	}
	mutex_unlock(&d->lock);
	if (!set)
		return;
	netlink_notify(d, LODGE_CMD_SCHED_NTF);
	if (a[LODGE_A_SCHED_AFFINITY])
		netlink_notify(d, LODGE_CMD_PINNED_NTF);
}

static void set_all(struct nlattr **a, struct cpumask *mask)
{
	unsigned int id = 0;
	struct domain *d;

	for (; (d = domain_get_next(&id)); id++) {
		set_one(d, a, mask);
		domain_put(d);
	}
}

static void set_system(const struct request *r)
{
	u64 allowance_ns, unit_ns;

	if (!r->allowance && !r->unit)
		return;
	sched_get_system(&allowance_ns, &unit_ns);
	take_u64(&allowance_ns, r->allowance);
	take_u64(&unit_ns, r->unit);
	sched_set_system(allowance_ns, unit_ns);
	netlink_notify_general(LODGE_CMD_SCHED_SYSTEM_NTF, netlink_put_sched_system);
}

static void do_request(struct request *r)
{
	unsigned int i;

	mutex_lock(&sched_set_lock);
	set_system(r);
	for (i = 0; i < r->nr; i++) {
		struct target *t = &r->targets[i];

		if (t->attrs[LODGE_A_SCHED_ALL])
			set_all(t->attrs, r->mask);
		else if (!t->d)
			set_host(t->attrs);
		else
			set_one(t->d, t->attrs, r->mask);
		cond_resched();
	}
	mutex_unlock(&sched_set_lock);
}

/**
 * netlink_sched_set_doit() - SCHED_SET
 * @skb: request
 * @info: its
 *
 * Context: sleepable.
 * Return: 0: all of it is done; else nothing is: -EINVAL, -ENOENT, -ESHUTDOWN,
 * -EOPNOTSUPP (of domain 0), -E2BIG (too many ENTRYs), -ENOMEM, -EPERM.
 */
int netlink_sched_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	unsigned int entries = count_entries(info);
	struct request r = { 0 };
	int ret;

	ret = netlink_check_capable(skb, info->extack);
	if (ret)
		return ret;
	if (entries > LODGE_SCHED_ENTRIES_MAX)
		return fail(info->extack, -E2BIG, "At most 4096 ENTRYs are possible.");
	if (!zalloc_cpumask_var(&r.mask, GFP_KERNEL))
		return netlink_explain(info, -ENOMEM);
	r.targets = kvcalloc(entries + 1, sizeof(*r.targets), GFP_KERNEL);
	ret = r.targets ? take_targets(&r, info) : netlink_explain(info, -ENOMEM);
	if (!ret)
		do_request(&r);
	while (r.nr) {
		if (r.targets[--r.nr].d)
			domain_put(r.targets[r.nr].d);
	}
	kvfree(r.targets);
	free_cpumask_var(r.mask);
	return ret;
}
