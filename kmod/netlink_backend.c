// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: Netlink commands about devices
 *
 * Back ends are made, connected, disconnected, removed and looked at here; what
 * they are and do is in backend/device.c.  Who sends these commands deals with
 * xenstore and the guest's driver: what a front end wrote comes here as it
 * wrote it, and is judged here and there.
 */
#include <linux/file.h>
#include <linux/slab.h>
#include <net/genetlink.h>

#include "backend/device.h"
#include "compat.h"
#include "netlink.h"

static u32 get_u32(const struct nlattr *nla, u32 otherwise)
{
	return nla ? nla_get_u32(nla) : otherwise;
}

static u64 get_u64(const struct nlattr *nla)
{
	return nla ? nla_get_u64(nla) : 0;
}

static int explain(struct genl_info *info, int err)
{
	struct netlink_ext_ack *extack = info->extack;

	if (extack && extack->_msg)
		return err;	/* a back end has said it better */
	switch (err) {
	case -ENOENT:
		return fail(extack, err, "The domain has no such device.");
	case -EEXIST:
		return fail(extack, err, "The domain has a device of this type and handle.");
	case -EISCONN:
		return fail(extack, err, "The device is connected, or has failed: disconnect it.");
	case -ENOTCONN:
		return fail(extack, err, "The device is not connected.");
	case -EOPNOTSUPP:
		return fail(extack, err, "This module has no back end of this type.");
	case -EPERM:
	case -ENXIO:
		return fail(extack, err, "A page of the ring is not granted to domain 0.");
	}
	return netlink_explain(info, err);
}

/* ---- replies and events ---- */

/**
 * netlink_put_backend_stat() - a counter of a back end's, for backend_ops.fill()
 * @skb: message
 * @id: its number among those of its kind
 * @name: what it counts
 * @count: zero is left out
 *
 * Context: any.
 * Return: 0 or -EMSGSIZE.
 */
int netlink_put_backend_stat(struct sk_buff *skb, u32 id, const char *name, u64 count)
{
	return netlink_put_counter(skb, LODGE_A_BACKEND_STAT, id, name, count);
}

static int put_state(struct sk_buff *skb, struct backend *be)
{
	char reason[LODGE_REASON_MAX];
	u32 state = backend_get_state(be, reason);

	if (nla_put_u32(skb, LODGE_A_BACKEND_ID, be->domain->id) ||
	    netlink_put_name(skb, LODGE_A_BACKEND_NAME, be->domain) ||
	    nla_put_u32(skb, LODGE_A_BACKEND_TYPE, be->ops->type) ||
	    nla_put_u32(skb, LODGE_A_BACKEND_HANDLE, be->handle) ||
	    nla_put_u32(skb, LODGE_A_BACKEND_STATE, state) ||
	    (reason[0] && nla_put_string(skb, LODGE_A_BACKEND_REASON, reason)))
		return -EMSGSIZE;
	return 0;
}

static int put_backend(struct sk_buff *skb, struct backend *be)
{
	int ret = -ENOENT;

	mutex_lock(&be->lock);
	if (!be->removed)
		ret = put_state(skb, be) ||
		      nla_put_u32(skb, LODGE_A_BACKEND_QUEUES_MAX, be->queues_max) ||
		      nla_put_u64_64bit(skb, LODGE_A_BACKEND_LIMIT_IOPS, be->limit_iops,
					LODGE_A_BACKEND_PAD) ||
		      nla_put_u64_64bit(skb, LODGE_A_BACKEND_LIMIT_BPS, be->limit_bps,
					LODGE_A_BACKEND_PAD) ||
		      be->ops->fill(be, skb) ? -EMSGSIZE : 0;
	mutex_unlock(&be->lock);
	return ret;
}

/**
 * netlink_backend_event() - tell the group "events" what state a back end is in
 * @be: the back end
 *
 * Context: sleepable.
 */
void netlink_backend_event(struct backend *be)
{
	netlink_notify_backend(be, put_state);
}

static int reply(struct genl_info *info, struct backend *be)
{
	struct sk_buff *skb = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
	void *header;
	int ret;

	if (!skb)
		return explain(info, -ENOMEM);
	header = netlink_start_reply(skb, info);
	ret = header ? put_backend(skb, be) : -EMSGSIZE;
	if (ret) {
		nlmsg_free(skb);
		return explain(info, ret);
	}
	genlmsg_end(skb, header);
	return genlmsg_reply(skb, info);
}

/* ---- which one ---- */

static int check_named(struct genl_info *info)
{
	if (info->attrs[LODGE_A_BACKEND_TYPE] && info->attrs[LODGE_A_BACKEND_HANDLE])
		return 0;
	return fail(info->extack, -EINVAL, "Name a device, by TYPE and HANDLE.");
}

static struct backend *request_backend(struct sk_buff *skb, struct genl_info *info)
{
	struct domain *d = netlink_request_domain(skb, info);
	struct backend *be;
	int ret;

	if (IS_ERR(d))
		return ERR_CAST(d);
	ret = check_named(info);
	if (ret) {
		domain_put(d);
		return ERR_PTR(ret);
	}
	be = backend_find(d, nla_get_u32(info->attrs[LODGE_A_BACKEND_TYPE]),
			  nla_get_u32(info->attrs[LODGE_A_BACKEND_HANDLE]));
	domain_put(d);
	return be ?: ERR_PTR(explain(info, -ENOENT));
}

/* A command that needs no more than that. */
static int simple(struct sk_buff *skb, struct genl_info *info, int (*fn)(struct backend *be))
{
	struct backend *be = request_backend(skb, info);
	int ret;

	if (IS_ERR(be))
		return PTR_ERR(be);
	ret = fn(be);
	backend_put(be);
	return ret ? explain(info, ret) : 0;
}

/* ---- making, changing, looking ---- */

static struct backend *create(struct domain *d, struct genl_info *info)
{
	struct nlattr **a = info->attrs;
	struct backend_args args = {
		.mac = a[LODGE_A_BACKEND_MAC] ? nla_data(a[LODGE_A_BACKEND_MAC]) : NULL,
		.ifname = a[LODGE_A_BACKEND_IFNAME] ? nla_data(a[LODGE_A_BACKEND_IFNAME]) : NULL,
		.flags = get_u32(a[LODGE_A_BACKEND_FLAGS], 0),
		.queues_max = get_u32(a[LODGE_A_BACKEND_QUEUES_MAX], 0),
		.extack = info->extack,
	};
	struct backend *be;

	if (a[LODGE_A_BACKEND_FD]) {
		args.file = fget(nla_get_u32(a[LODGE_A_BACKEND_FD]));
		if (!args.file)
			return ERR_PTR(fail(info->extack, -EBADF, "FD is no open file."));
	}
	be = backend_create(d, nla_get_u32(a[LODGE_A_BACKEND_TYPE]),
			    nla_get_u32(a[LODGE_A_BACKEND_HANDLE]),
			    get_u64(a[LODGE_A_BACKEND_LIMIT_IOPS]),
			    get_u64(a[LODGE_A_BACKEND_LIMIT_BPS]), &args);
	if (args.file)
		fput(args.file);
	return IS_ERR(be) ? ERR_PTR(explain(info, PTR_ERR(be))) : be;
}

/**
 * netlink_backend_create_doit() - BACKEND_CREATE
 * @skb: request
 * @info: its
 *
 * Context: sleepable; in the process that sent it, whose FD it is.
 * Return: as backend_create(), or what netlink_request_domain() says.
 */
int netlink_backend_create_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct domain *d = netlink_request_domain(skb, info);
	struct backend *be;
	int ret;

	if (IS_ERR(d))
		return PTR_ERR(d);
	ret = check_named(info);
	if (!ret) {
		be = create(d, info);
		ret = PTR_ERR_OR_ZERO(be);
		if (!ret) {
			ret = reply(info, be);
			backend_put(be);
		}
	}
	domain_put(d);
	return ret;
}

/**
 * netlink_backend_remove_doit() - BACKEND_REMOVE
 * @skb: request
 * @info: its
 *
 * Context: sleepable.
 * Return: as backend_remove(), or what netlink_request_domain() says.
 */
int netlink_backend_remove_doit(struct sk_buff *skb, struct genl_info *info)
{
	return simple(skb, info, backend_remove);
}

/**
 * netlink_backend_disconnect_doit() - BACKEND_DISCONNECT
 * @skb: request
 * @info: its
 *
 * Context: sleepable.
 * Return: as backend_disconnect(), or what netlink_request_domain() says.
 */
int netlink_backend_disconnect_doit(struct sk_buff *skb, struct genl_info *info)
{
	return simple(skb, info, backend_disconnect);
}

/**
 * netlink_backend_set_doit() - BACKEND_SET
 * @skb: request
 * @info: its
 *
 * Context: sleepable.
 * Return: as backend_set(), or what netlink_request_domain() says.
 */
int netlink_backend_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *iops = info->attrs[LODGE_A_BACKEND_LIMIT_IOPS];
	struct nlattr *bps = info->attrs[LODGE_A_BACKEND_LIMIT_BPS];
	u64 new_iops = get_u64(iops), new_bps = get_u64(bps);
	struct backend *be = request_backend(skb, info);
	struct backend_args args = {
		.resized = nla_get_flag(info->attrs[LODGE_A_BACKEND_RESIZED]),
		.extack = info->extack,
	};
	int ret;

	if (IS_ERR(be))
		return PTR_ERR(be);
	ret = backend_set(be, iops ? &new_iops : NULL, bps ? &new_bps : NULL, &args);
	ret = ret ? explain(info, ret) : reply(info, be);
	backend_put(be);
	return ret;
}

/**
 * netlink_backend_get_doit() - BACKEND_GET
 * @skb: request
 * @info: its
 *
 * Context: sleepable.
 * Return: 0, or what netlink_request_domain() says.
 */
int netlink_backend_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct backend *be = request_backend(skb, info);
	int ret;

	if (IS_ERR(be))
		return PTR_ERR(be);
	ret = reply(info, be);
	backend_put(be);
	return ret;
}

/* ---- connecting ---- */

static const struct nla_policy queue_policy[LODGE_A_QUEUE_MAX + 1] = {
	[LODGE_A_QUEUE_RING_REF]	= { .type = NLA_U32 },
	[LODGE_A_QUEUE_EVTCHN]		= { .type = NLA_U32 },
	[LODGE_A_QUEUE_TX_RING_REF]	= { .type = NLA_U32 },
	[LODGE_A_QUEUE_RX_RING_REF]	= { .type = NLA_U32 },
	[LODGE_A_QUEUE_EVTCHN_TX]	= { .type = NLA_U32 },
	[LODGE_A_QUEUE_EVTCHN_RX]	= { .type = NLA_U32 },
};

static int parse_ports(struct nlattr **a, struct backend_queue_args *q)
{
	struct nlattr *tx = a[LODGE_A_QUEUE_EVTCHN_TX], *rx = a[LODGE_A_QUEUE_EVTCHN_RX];
	struct nlattr *one = a[LODGE_A_QUEUE_EVTCHN];

	if (!tx != !rx || !one == !tx)
		return -EINVAL;
	q->split = tx;
	q->evtchn[0] = nla_get_u32(one ?: tx);
	q->evtchn[1] = nla_get_u32(one ?: rx);
	return 0;
}

static int parse_vif_rings(struct nlattr **a, struct backend_queue_args *q)
{
	if (!a[LODGE_A_QUEUE_TX_RING_REF] || !a[LODGE_A_QUEUE_RX_RING_REF])
		return -EINVAL;
	q->nr_refs = 2;
	q->ref[0] = nla_get_u32(a[LODGE_A_QUEUE_TX_RING_REF]);
	q->ref[1] = nla_get_u32(a[LODGE_A_QUEUE_RX_RING_REF]);
	return 0;
}

static int parse_vbd_ring(struct nlattr *nest, struct backend_queue_args *q)
{
	struct nlattr *nla;
	int rest;

	nla_for_each_nested(nla, nest, rest) {
		if (nla_type(nla) != LODGE_A_QUEUE_RING_REF)
			continue;
		if (q->nr_refs == LODGE_BACKEND_RING_PAGES_MAX)
			return -EINVAL;
		q->ref[q->nr_refs++] = nla_get_u32(nla);
	}
	return is_power_of_2(q->nr_refs) ? 0 : -EINVAL;
}

static int parse_queue(struct nlattr *nest, u32 type, struct backend_queue_args *q,
		       struct netlink_ext_ack *extack)
{
	struct nlattr *a[LODGE_A_QUEUE_MAX + 1];
	int ret = nla_parse_nested(a, LODGE_A_QUEUE_MAX, nest, queue_policy, extack);

	if (!ret && (parse_ports(a, q) || (type == LODGE_BACKEND_TYPE_VIF ?
					   parse_vif_rings(a, q) : parse_vbd_ring(nest, q))))
		ret = fail(extack, -EINVAL, "A QUEUE has not what its type of device needs.");
	return ret;
}

static int parse_queues(struct genl_info *info, u32 type, struct backend_connect_args *args)
{
	struct nlattr *nla;
	int rest, ret = 0;

	nlmsg_for_each_attr(nla, info->nlhdr, GENL_HDRLEN, rest) {
		if (nla_type(nla) != LODGE_A_BACKEND_QUEUE)
			continue;
		if (args->nr_queues == LODGE_BACKEND_QUEUES_MAX)
			return fail(info->extack, -EINVAL, "There are too many QUEUEs.");
		ret = parse_queue(nla, type, &args->queue[args->nr_queues++], info->extack);
		if (ret)
			break;
	}
	return ret;
}

static int connect(struct backend *be, struct genl_info *info)
{
	struct backend_connect_args args = {
		.protocol = get_u32(info->attrs[LODGE_A_BACKEND_PROTOCOL],
				    LODGE_VBD_PROTOCOL_X86_64),
		.features = get_u32(info->attrs[LODGE_A_BACKEND_FEATURES], 0),
		.extack = info->extack,
	};
	int ret;

	args.queue = kcalloc(LODGE_BACKEND_QUEUES_MAX, sizeof(*args.queue), GFP_KERNEL);
	if (!args.queue)
		return -ENOMEM;
	ret = parse_queues(info, be->ops->type, &args);
	if (!ret)
		ret = backend_connect(be, &args);
	kfree(args.queue);
	return ret;
}

/**
 * netlink_backend_connect_doit() - BACKEND_CONNECT
 * @skb: request
 * @info: its
 *
 * Context: sleepable.
 * Return: as backend_connect(), or what netlink_request_domain() says.
 */
int netlink_backend_connect_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct backend *be = request_backend(skb, info);
	int ret;

	if (IS_ERR(be))
		return PTR_ERR(be);
	ret = connect(be, info);
	backend_put(be);
	return ret ? explain(info, ret) : 0;
}

/* ---- the dump ---- */

/* cb->args: least id of a domain that is not done; serial of its last; beyond the last id */
static int dump_domain(struct sk_buff *skb, struct netlink_callback *cb, struct domain *d)
{
	struct backend *be;
	void *header;
	int ret = 0;

	while (!ret && (be = backend_next(d, cb->args[1]))) {
		header = netlink_dump_begin(skb, cb, LODGE_CMD_BACKEND_GET);
		ret = header ? put_backend(skb, be) : -EMSGSIZE;
		if (header)
			netlink_dump_end(skb, header, ret);
		if (ret == -ENOENT)
			ret = 0;	/* it has just gone */
		if (!ret)
			cb->args[1] = be->serial;
		backend_put(be);
	}
	return ret;
}

/**
 * netlink_backend_start() - BACKEND_GET, the dump: of which domain?
 * @cb: the dump's
 *
 * Context: sleepable.
 * Return: 0, -EINVAL, -EPERM, -ENOENT.
 */
int netlink_backend_start(struct netlink_callback *cb)
{
	struct nlattr **a = compat_dump_attrs(cb);
	struct domain *d;

	if (a[LODGE_A_BACKEND_TYPE] || a[LODGE_A_BACKEND_HANDLE])
		return fail(cb->extack, -EINVAL, "A dump is of all devices.");
	d = netlink_dump_domain(cb);
	if (IS_ERR(d))
		return PTR_ERR(d);
	cb->args[0] = d ? d->id : 0;
	cb->args[2] = d ? d->id + 1 : DOMID_FIRST_RESERVED;
	if (d)
		domain_put(d);
	return 0;
}

/**
 * netlink_backend_dumpit() - BACKEND_GET, the dump
 * @skb: reply
 * @cb: the dump's
 *
 * Context: sleepable.
 * Return: bytes; -EMSGSIZE.
 */
int netlink_backend_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	const unsigned int end = cb->args[2];
	unsigned int id = cb->args[0];
	struct domain *d;
	int ret = 0;

	for (; !ret && id < end && (d = domain_get_next(&id)); id += !ret) {
		if (id != cb->args[0])
			cb->args[1] = 0;
		cb->args[0] = id;
		if (id < end)
			ret = dump_domain(skb, cb, d);
		domain_put(d);
	}
	cb->args[0] = id;
	if (!ret)
		cb->args[1] = 0;
	return skb->len ?: ret;
}
