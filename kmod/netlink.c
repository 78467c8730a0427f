// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: The generic netlink family "lodge"
 *
 * How domain 0 looks at domains and steers them: uapi/lodge_netlink.h has the
 * numbers, Documentation/netlink/specs/lodge.yaml the description, and
 * selftests/netlink_spec.sh compares them with the policies here.  Policies
 * are strict and per command; every error comes with a plain sentence.
 *
 * Commands run in parallel and hold nothing but a reference on the domain, so
 * one that waits (destroy) is in nobody's way.  Events are sent in sleepable
 * context only: what happens elsewhere reaches domain_end.c's work first.
 */
#include <linux/capability.h>
#include <net/genetlink.h>

#include "../ptvalidate/ptvalidate.h"
#include "compat.h"
#include "netlink.h"
#include "netlink_policy.h"

static struct genl_family lodge_family;

#define MCGRP_EVENTS	0

/* ---- which domain ---- */

/**
 * netlink_find_domain() - the domain that attributes name
 * @attrs: by type; ID and NAME are the first two of every set
 * @extack: a sentence is left there if there is none
 *
 * Context: sleepable.
 * Return: the domain with a reference, or -EINVAL, -ENOENT.
 */
struct domain *netlink_find_domain(struct nlattr **attrs, struct netlink_ext_ack *extack)
{
	struct nlattr *id = attrs[LODGE_A_DOMAIN_ID], *name = attrs[LODGE_A_DOMAIN_NAME];
	char own_name[LODGE_NAME_MAX];
	struct domain *d;

	if (!id && !name)
		return ERR_PTR(fail(extack, -EINVAL, "Name a domain, by ID or by NAME."));
	d = id ? domain_get(nla_get_u32(id)) : domain_get_by_name(nla_data(name));
	if (!d)
		return ERR_PTR(fail(extack, -ENOENT, "There is no such domain."));
	domain_get_name(d, own_name);
	if (id && name && strcmp(own_name, nla_data(name))) {
		domain_put(d);
		return ERR_PTR(fail(extack, -EINVAL, "ID and NAME are not of one domain."));
	}
	return d;
}

/**
 * netlink_check_capable() - may whoever sent this do so?
 * @skb: the request
 * @extack: a sentence is left there if not
 *
 * GENL_ADMIN_PERM asks for CAP_NET_ADMIN, which is not what rules here.
 *
 * Context: any.
 * Return: 0 or -EPERM.
 */
int netlink_check_capable(struct sk_buff *skb, struct netlink_ext_ack *extack)
{
	if (netlink_capable(skb, CAP_SYS_ADMIN))
		return 0;
	return fail(extack, -EPERM, "This needs CAP_SYS_ADMIN.");
}

/**
 * netlink_request_domain() - the domain that a request is about
 * @skb: the request
 * @info: its; a sentence is left there if there is none
 *
 * Context: sleepable.
 * Return: the domain with a reference, or -EPERM, -EINVAL, -ENOENT.
 */
struct domain *netlink_request_domain(struct sk_buff *skb, struct genl_info *info)
{
	int ret = netlink_check_capable(skb, info->extack);

	return ret ? ERR_PTR(ret) : netlink_find_domain(info->attrs, info->extack);
}

/**
 * netlink_explain() - leave the sentence for what the functions of domain.c return
 * @info: the request's
 * @err: 0 or an errno
 *
 * Context: any.
 * Return: @err.
 */
int netlink_explain(struct genl_info *info, int err)
{
	struct netlink_ext_ack *extack = info->extack;

	switch (err) {
	case -EBUSY:
		return fail(extack, err, "The domain is still under construction.");
	case -ESHUTDOWN:
		return fail(extack, err, "The domain has ended or is about to.");
	case -EOPNOTSUPP:
		return fail(extack, err,
			    "The guest has shut down, and only its memory is kept.");
	case -ENOENT:
		return fail(extack, err, "There is no such domain any more.");
	case -EINTR:
		return fail(extack, err, "Interrupted by a signal while waiting.");
	case -EINVAL:
		return fail(extack, err, "A value is out of range.");
	case -ENOMEM:
		return fail(extack, err, "The host is out of memory.");
	case -EMSGSIZE:
		return fail(extack, err, "The reply does not fit into a message.");
	}
	return err;
}

/* ---- replies ---- */

/**
 * netlink_start_reply() - begin the reply to a request
 * @skb: reply
 * @info: the request's
 *
 * Return: what genlmsg_end() wants; NULL: there is no room.
 */
void *netlink_start_reply(struct sk_buff *skb, struct genl_info *info)
{
	return genlmsg_put(skb, info->snd_portid, info->snd_seq, &lodge_family, 0,
			   info->genlhdr->cmd);
}

/* Send one set about a domain, and drop the reference on it. */
static int reply_with(struct genl_info *info, struct domain *d,
		      int (*put)(struct sk_buff *skb, struct domain *d))
{
	struct sk_buff *skb = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
	int ret = -ENOMEM;
	void *header;

	if (!skb)
		goto out;
	header = netlink_start_reply(skb, info);
	ret = header ? put(skb, d) : -EMSGSIZE;
	if (ret) {
		nlmsg_free(skb);
		goto out;
	}
	genlmsg_end(skb, header);
	domain_put(d);
	return genlmsg_reply(skb, info);
out:
	domain_put(d);
	return netlink_explain(info, ret);
}

static int get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct domain *d = netlink_request_domain(skb, info);

	return IS_ERR(d) ? PTR_ERR(d) : reply_with(info, d, netlink_put_domain);
}


static int stats_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct domain *d = netlink_request_domain(skb, info);

	return IS_ERR(d) ? PTR_ERR(d) : reply_with(info, d, netlink_put_stats);
}

/* A set that is about no domain. */
static int reply_general(struct sk_buff *request, struct genl_info *info,
			 int (*put)(struct sk_buff *skb))
{
	struct sk_buff *skb;
	void *header;
	int ret;

	ret = netlink_check_capable(request, info->extack);
	if (ret)
		return ret;
	skb = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
	if (!skb)
		return netlink_explain(info, -ENOMEM);
	header = netlink_start_reply(skb, info);
	ret = header ? put(skb) : -EMSGSIZE;
	if (ret) {
		nlmsg_free(skb);
		return netlink_explain(info, ret);
	}
	genlmsg_end(skb, header);
	return genlmsg_reply(skb, info);
}

static int info_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	return reply_general(skb, info, netlink_put_info);
}

static int sched_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct domain *d;

	if (netlink_names_host(info->attrs))
		return reply_general(skb, info, netlink_put_sched_host);
	d = netlink_request_domain(skb, info);
	return IS_ERR(d) ? PTR_ERR(d) : reply_with(info, d, netlink_put_sched);
}

static int sched_system_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	return reply_general(skb, info, netlink_put_sched_system);
}

static int audit_doit(struct sk_buff *request, struct genl_info *info)
{
	struct domain *d = netlink_request_domain(request, info);
	struct pt_audit_result result = {};
	struct sk_buff *skb = NULL;
	void *header;
	int ret;

	if (IS_ERR(d))
		return PTR_ERR(d);
	ret = domain_hold(d);
	if (ret)
		goto out;
	ret = pt_audit(d, &result);
	domain_release(d);
	if (ret)
		goto out;

	ret = -ENOMEM;
	skb = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
	if (!skb)
		goto out;
	header = netlink_start_reply(skb, info);
	ret = header ? netlink_put_audit(skb, d, &result) : -EMSGSIZE;
	if (ret)
		goto out;
	genlmsg_end(skb, header);
	domain_put(d);
	return genlmsg_reply(skb, info);
out:
	nlmsg_free(skb);
	domain_put(d);
	return netlink_explain(info, ret);
}

/* ---- commands that change something ---- */

static int pause_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct domain *d = netlink_request_domain(skb, info);
	int ret;

	if (IS_ERR(d))
		return PTR_ERR(d);
	ret = domain_pause(d);
	domain_put(d);
	if (ret == -EALREADY)
		return fail(info->extack, ret, "The domain is paused already.");
	return netlink_explain(info, ret);
}

static int unpause_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct domain *d = netlink_request_domain(skb, info);
	int ret;

	if (IS_ERR(d))
		return PTR_ERR(d);
	ret = domain_unpause(d);
	domain_put(d);
	if (ret == -EALREADY)
		return fail(info->extack, ret, "The domain is not paused.");
	return netlink_explain(info, ret);
}

static int destroy_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct domain *d = netlink_request_domain(skb, info);
	int ret;

	if (IS_ERR(d))
		return PTR_ERR(d);
	ret = domain_destroy(d);
	domain_put(d);
	return netlink_explain(info, ret);
}

static int memory_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct domain *d = netlink_request_domain(skb, info);
	struct nlattr *max = info->attrs[LODGE_A_DOMAIN_MEMORY_MAX];
	int ret;

	if (IS_ERR(d))
		return PTR_ERR(d);
	if (max)
		ret = domain_set_max_pages(d, nla_get_u64(max) >> PAGE_SHIFT);
	else
		ret = fail(info->extack, -EINVAL, "Nothing to set: give MEMORY_MAX.");
	domain_put(d);
	return max ? netlink_explain(info, ret) : ret;
}

/* ---- dumps ---- */

static int get_start(struct netlink_callback *cb)
{
	struct nlattr **attrs = compat_dump_attrs(cb);

	if (attrs[LODGE_A_DOMAIN_ID] || attrs[LODGE_A_DOMAIN_NAME])
		return fail(cb->extack, -EINVAL, "A dump is of all domains.");
	return netlink_check_capable(cb->skb, cb->extack);
}

/**
 * netlink_dump_begin() - begin one message of a dump
 * @skb: reply
 * @cb: the dump's
 * @cmd: LODGE_CMD_*
 *
 * Return: what netlink_dump_end() wants; NULL: there is no room.
 */
void *netlink_dump_begin(struct sk_buff *skb, struct netlink_callback *cb, u8 cmd)
{
	return genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq, &lodge_family,
			   NLM_F_MULTI, cmd);
}

/**
 * netlink_dump_end() - end one message of a dump
 * @skb: reply
 * @header: what netlink_dump_begin() returned
 * @err: not 0: take the message back
 *
 * An empty buffer that is too small for a message is an error, a full one not.
 *
 * Return: @err.
 */
int netlink_dump_end(struct sk_buff *skb, void *header, int err)
{
	if (err)
		genlmsg_cancel(skb, header);
	else
		genlmsg_end(skb, header);
	return err;
}

/**
 * netlink_dump_domain() - the domain that a dump is about
 * @cb: the dump's
 *
 * Context: sleepable.
 * Return: the domain with a reference; NULL: none is named; -EPERM, -EINVAL, -ENOENT.
 */
struct domain *netlink_dump_domain(struct netlink_callback *cb)
{
	struct nlattr **attrs = compat_dump_attrs(cb);
	int ret = netlink_check_capable(cb->skb, cb->extack);

	if (ret)
		return ERR_PTR(ret);
	if (!attrs[LODGE_A_DOMAIN_ID] && !attrs[LODGE_A_DOMAIN_NAME])
		return NULL;
	return netlink_find_domain(attrs, cb->extack);
}

/* A message for each domain. cb->args[0]: least id not dumped yet */
static int dump_domains(struct sk_buff *skb, struct netlink_callback *cb, u8 cmd,
			int (*put)(struct sk_buff *skb, struct domain *d))
{
	unsigned int id = cb->args[0];
	struct domain *d;
	void *header;
	int ret = 0;

	for (; !ret && (d = domain_get_next(&id)); id += !ret) {
		header = netlink_dump_begin(skb, cb, cmd);
		ret = netlink_dump_end(skb, header, header ? put(skb, d) : -EMSGSIZE);
		domain_put(d);
	}
	cb->args[0] = id;
	return skb->len ?: ret;
}

static int get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	return dump_domains(skb, cb, LODGE_CMD_DOMAIN_GET, netlink_put_domain);
}

static int stats_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	return dump_domains(skb, cb, LODGE_CMD_STATS_GET, netlink_put_stats);
}

static int pcpu_start(struct netlink_callback *cb)
{
	return netlink_check_capable(cb->skb, cb->extack);
}

/* ---- the family ---- */

#define POLICY(_policy)	.policy = _policy, .maxattr = ARRAY_SIZE(_policy) - 1, \
			.flags = GENL_ADMIN_PERM

static const struct genl_ops lodge_ops[] = {
	{
		.cmd	= LODGE_CMD_INFO_GET,
		.doit	= info_get_doit,
		.flags	= GENL_ADMIN_PERM,	/* no policy: no attributes */
	},
	{
		.cmd	= LODGE_CMD_DOMAIN_GET,
		.doit	= get_doit,
		.start	= get_start,
		.dumpit	= get_dumpit,
		POLICY(domain_policy),
	},
	{
		.cmd	= LODGE_CMD_DOMAIN_PAUSE,
		.doit	= pause_doit,
		POLICY(domain_policy),
	},
	{
		.cmd	= LODGE_CMD_DOMAIN_UNPAUSE,
		.doit	= unpause_doit,
		POLICY(domain_policy),
	},
	{
		.cmd	= LODGE_CMD_DOMAIN_DESTROY,
		.doit	= destroy_doit,
		POLICY(domain_policy),
	},
	{
		.cmd	= LODGE_CMD_SCHED_GET,
		.doit	= sched_get_doit,
		.start	= get_start,
		.dumpit	= netlink_sched_dumpit,
		POLICY(sched_get_policy),
	},
	{
		.cmd	= LODGE_CMD_SCHED_SET,
		.doit	= netlink_sched_set_doit,
		POLICY(sched_set_policy),
	},
	{
		.cmd	= LODGE_CMD_MEMORY_SET,
		.doit	= memory_set_doit,
		POLICY(domain_memory_policy),
	},
	{
		.cmd	= LODGE_CMD_STATS_GET,
		.doit	= stats_get_doit,
		.start	= get_start,
		.dumpit	= stats_dumpit,
		POLICY(stats_policy),
	},
	{
		.cmd	= LODGE_CMD_VCPU_GET,
		.start	= netlink_vcpu_start,
		.dumpit	= netlink_vcpu_dumpit,
		.done	= netlink_vcpu_done,
		POLICY(vcpu_policy),
	},
	{
		.cmd	= LODGE_CMD_AUDIT,
		.doit	= audit_doit,
		POLICY(audit_policy),
	},
	{
		.cmd	= LODGE_CMD_DOMAIN_RENAME,
		.doit	= netlink_rename_doit,
		POLICY(domain_rename_policy),
	},
	{
		.cmd	= LODGE_CMD_DOMAIN_RESUME,
		.doit	= netlink_resume_doit,
		POLICY(domain_policy),
	},
	{
		.cmd	= LODGE_CMD_VCPU_PIN,
		.doit	= netlink_pin_doit,
		POLICY(vcpu_pin_policy),
	},
	{
		.cmd	= LODGE_CMD_PCPU_GET,
		.start	= pcpu_start,
		.dumpit	= netlink_pcpu_dumpit,
		.flags	= GENL_ADMIN_PERM,	/* no policy: no attributes */
	},
	{
		.cmd	= LODGE_CMD_SCHED_SYSTEM_GET,
		.doit	= sched_system_get_doit,
		.flags	= GENL_ADMIN_PERM,	/* no policy: no attributes */
	},
	{
		.cmd	= LODGE_CMD_BACKEND_CREATE,
		.doit	= netlink_backend_create_doit,
		POLICY(backend_create_policy),
	},
	{
		.cmd	= LODGE_CMD_BACKEND_REMOVE,
		.doit	= netlink_backend_remove_doit,
		POLICY(backend_policy),
	},
	{
		.cmd	= LODGE_CMD_BACKEND_CONNECT,
		.doit	= netlink_backend_connect_doit,
		POLICY(backend_connect_policy),
	},
	{
		.cmd	= LODGE_CMD_BACKEND_DISCONNECT,
		.doit	= netlink_backend_disconnect_doit,
		POLICY(backend_policy),
	},
	{
		.cmd	= LODGE_CMD_BACKEND_SET,
		.doit	= netlink_backend_set_doit,
		POLICY(backend_set_policy),
	},
	{
		.cmd	= LODGE_CMD_BACKEND_GET,
		.doit	= netlink_backend_get_doit,
		.start	= netlink_backend_start,
		.dumpit	= netlink_backend_dumpit,
		POLICY(backend_policy),
	},
};

static const struct genl_multicast_group lodge_mcgrps[] = {
	[MCGRP_EVENTS] = { .name = LODGE_MCGRP_EVENTS, .flags = GENL_MCAST_CAP_SYS_ADMIN },
};

static struct genl_family lodge_family __ro_after_init = {
	.name		= LODGE_FAMILY_NAME,
	.version	= LODGE_FAMILY_VERSION,
	.module		= THIS_MODULE,
	.parallel_ops	= true,
	.ops		= lodge_ops,
	.n_ops		= ARRAY_SIZE(lodge_ops),
	.resv_start_op	= LODGE_CMD_INFO_GET,	/* strict from the first command on */
	.mcgrps		= lodge_mcgrps,
	.n_mcgrps	= ARRAY_SIZE(lodge_mcgrps),
};

/* Parameters are told, not only that they changed. */
static int put_sched_nest(struct sk_buff *skb, struct domain *d)
{
	struct nlattr *nest = nla_nest_start(skb, LODGE_A_DOMAIN_SCHED);

	if (!nest || netlink_put_sched(skb, d))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

/* @header NULL or @err: it cannot be told, and listeners are told that. */
static void notify(struct sk_buff *skb, void *header, int err)
{
	if (!header || err) {
		nlmsg_free(skb);
		genl_set_err(&lodge_family, &init_net, 0, MCGRP_EVENTS, -ENOBUFS);
		return;
	}
	genlmsg_end(skb, header);
	/* -ESRCH: nobody listens; -ENOBUFS: the listener has been told. */
	genlmsg_multicast(&lodge_family, skb, 0, MCGRP_EVENTS, GFP_KERNEL);
}

/**
 * netlink_notify() - tell the group "events" that something happened to a domain
 * @d: the domain
 * @ntf: LODGE_CMD_*_NTF
 *
 * Listeners that cannot be told, for want of memory, get -ENOBUFS and know
 * that they have missed something.
 *
 * Context: sleepable, d->lock not held.
 */
void netlink_notify(struct domain *d, u8 ntf)
{
	struct sk_buff *skb = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
	void *header = skb ? genlmsg_put(skb, 0, 0, &lodge_family, 0, ntf) : NULL;

	notify(skb, header, header && (netlink_put_domain(skb, d) ||
				       (ntf == LODGE_CMD_SCHED_NTF && put_sched_nest(skb, d))));
}

/**
 * netlink_notify_general() - tell the group what is about no guest
 * @ntf: LODGE_CMD_*_NTF
 * @put: what to say
 *
 * Context: sleepable.
 */
void netlink_notify_general(u8 ntf, int (*put)(struct sk_buff *skb))
{
	struct sk_buff *skb = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
	void *header = skb ? genlmsg_put(skb, 0, 0, &lodge_family, 0, ntf) : NULL;

	notify(skb, header, header && put(skb));
}

/**
 * netlink_notify_backend() - tell the group what became of a device
 * @be: its back end
 * @put: what to say
 *
 * Context: sleepable.
 */
void netlink_notify_backend(struct backend *be,
			    int (*put)(struct sk_buff *skb, struct backend *be))
{
	struct sk_buff *skb = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
	void *header = skb ? genlmsg_put(skb, 0, 0, &lodge_family, 0,
					 LODGE_CMD_BACKEND_EVENT) : NULL;

	notify(skb, header, header && put(skb, be));
}

/**
 * netlink_init() - register the family
 *
 * Context: sleepable, module load.
 * Return: 0 or an errno.
 */
int netlink_init(void)
{
	return genl_register_family(&lodge_family);
}

/**
 * netlink_exit() - unregister the family; no command or dump is under way after
 *
 * Context: sleepable, module unload.
 */
void netlink_exit(void)
{
	genl_unregister_family(&lodge_family);
}
