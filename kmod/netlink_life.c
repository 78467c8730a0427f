// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: Netlink commands about a domain's life
 *
 * Resume, name, pinning.  netlink.c has the table of commands, finds the
 * domain of a request and explains errors; what is done here is only to take
 * attributes apart.
 */
#include <linux/cpumask.h>
#include <linux/slab.h>
#include <net/genetlink.h>

#include "netlink.h"

/**
 * netlink_resume_doit() - DOMAIN_RESUME
 * @skb: request
 * @info: its
 *
 * Context: sleepable.
 * Return: as domain_resume(), or what netlink_request_domain() says.
 */
int netlink_resume_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct domain *d = netlink_request_domain(skb, info);
	int ret;

	if (IS_ERR(d))
		return PTR_ERR(d);
	ret = domain_resume(d);
	domain_put(d);
	if (ret == -EALREADY)
		return fail(info->extack, ret, "The domain is not suspended.");
	if (ret == -ENXIO)
		return fail(info->extack, ret,
			    "The guest named a start_info page that is none when it suspended itself.");
	return netlink_explain(info, ret);
}

/**
 * netlink_rename_doit() - DOMAIN_RENAME
 * @skb: request
 * @info: its
 *
 * Context: sleepable.
 * Return: as domain_rename(), or what netlink_request_domain() says.
 */
int netlink_rename_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct domain *d = netlink_request_domain(skb, info);
	struct nlattr *name = info->attrs[LODGE_A_DOMAIN_NEW_NAME];
	int ret;

	if (IS_ERR(d))
		return PTR_ERR(d);
	ret = name ? domain_rename(d, nla_data(name)) : -EINVAL;
	domain_put(d);
	if (ret == -EINVAL)
		return fail(info->extack, ret, "Give NEW_NAME, a domain's name.");
	if (ret == -EEXIST)
		return fail(info->extack, ret, "A domain that lives has this name.");
	if (ret == -EALREADY)
		return fail(info->extack, ret, "The domain has this name already.");
	return netlink_explain(info, ret);
}

/**
 * netlink_pin_doit() - VCPU_PIN
 * @skb: request
 * @info: its
 *
 * Context: sleepable.
 * Return: as domain_pin(), or what netlink_request_domain() says.
 */
int netlink_pin_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct domain *d = netlink_request_domain(skb, info);
	struct nlattr *index = info->attrs[LODGE_A_VCPU_INDEX];
	struct nlattr *list = info->attrs[LODGE_A_VCPU_AFFINITY];
	cpumask_var_t mask;
	int ret;

	if (IS_ERR(d))
		return PTR_ERR(d);
	ret = -ENOMEM;
	if (!zalloc_cpumask_var(&mask, GFP_KERNEL))
		goto put;
	ret = -EINVAL;
	if (list && !cpulist_parse(nla_data(list), mask))
		ret = domain_pin(d, index ? (int)nla_get_u32(index) : -1, mask);
	free_cpumask_var(mask);
put:
	domain_put(d);
	if (ret == -EINVAL)
		return fail(info->extack, ret, "AFFINITY names no CPU that this host has.");
	if (ret == -ENXIO)
		return fail(info->extack, ret, "The domain has no such vCPU.");
	return netlink_explain(info, ret);
}
