// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: Network back end
 *
 * The other end of a guest's network interface (xen/interface/io/netif.h), as
 * device.c makes, connects and removes it.  The interface in domain 0 lives as
 * long as the device; its queues (net_queue.c) as long as a front end is
 * connected.  What a bridge, a route or NAT makes of the interface is for user
 * space to say.
 *
 * A front end that breaks the rules is shut, and only it: net_break().
 */
#include <linux/slab.h>

#include "../netlink.h"
#include "net.h"

static struct net_backend *of(struct backend *be)
{
	return container_of(be, struct net_backend, be);
}

/**
 * net_break() - take nothing more from a front end
 * @nb: the device
 * @fmt: why, as for backend_fail()
 *
 * Context: a queue's thread.
 */
void net_break(struct net_backend *nb, const char *fmt, ...)
{
	char why[LODGE_REASON_MAX];
	va_list args;

	va_start(args, fmt);
	vscnprintf(why, sizeof(why), fmt, args);
	va_end(args);
	WRITE_ONCE(nb->shut, true);
	netif_carrier_off(nb->dev);
	backend_fail(&nb->be, "%s", why);
}

static void set_limit(struct net_backend *nb)
{
	spin_lock(&nb->limit_lock);
	nb->bytes_limit.rate = nb->be.limit_bps;
	nb->bytes_limit.paid_ns = 0;
	nb->packets_limit.rate = nb->be.limit_iops;
	nb->packets_limit.paid_ns = 0;
	spin_unlock(&nb->limit_lock);
}

static int refuse(struct netlink_ext_ack *extack, const char *why)
{
	if (extack)
		extack->_msg = why;
	return -EINVAL;
}

static int net_create(struct backend *be, const struct backend_args *args)
{
	struct net_backend *nb = of(be);
	char name[IFNAMSIZ];
	int n;

	if (args->file || args->flags)
		return refuse(args->extack, "A network interface takes neither FD nor FLAGS.");
	if (!args->mac || !is_valid_ether_addr(args->mac))
		return refuse(args->extack, "MAC is missing, or no address of an interface.");
	if (args->ifname && (!dev_valid_name(args->ifname) || strchr(args->ifname, '%')))
		return refuse(args->extack, "IFNAME is no name of an interface.");
	n = args->ifname ? strscpy(name, args->ifname, sizeof(name)) :
	    snprintf(name, sizeof(name), "vif%u.%u", be->domain->id, be->handle);
	if (n < 0 || n >= IFNAMSIZ)
		return refuse(args->extack, "The interface's name gets too long: give IFNAME.");

	be->queues_max = clamp_t(u32, args->queues_max ?: NET_QUEUES_MAX, 1,
				 LODGE_BACKEND_QUEUES_MAX);
	spin_lock_init(&nb->limit_lock);
	spin_lock_init(&nb->lock);
	ether_addr_copy(nb->mac, args->mac);
	set_limit(nb);
	nb->dev = net_dev_create(nb, name, be->queues_max, args->extack);
	return PTR_ERR_OR_ZERO(nb->dev);
}

static void net_remove(struct backend *be)
{
	net_dev_destroy(of(be)->dev);
}

static void close_queues(struct net_backend *nb, unsigned int nr)
{
	while (nr)
		net_queue_close(&nb->queue[--nr]);
	netif_carrier_off(nb->dev);	/* a queue that got room may have turned it on */
	kvfree(net_counts_keep(nb));
}

static int net_connect(struct backend *be, const struct backend_connect_args *args)
{
	struct net_backend *nb = of(be);
	struct net_queue *queue;
	unsigned int i;
	int ret = 0;

	if (!(args->features & LODGE_VIF_RX_NOTIFY))
		return refuse(args->extack, "The front end has no feature-rx-notify.");
	queue = kvcalloc(args->nr_queues, sizeof(*queue), GFP_KERNEL_ACCOUNT);
	if (!queue)
		return -ENOMEM;
	nb->nr_queues = args->nr_queues;
	nb->queue = queue;
	nb->features = args->features;
	nb->shut = false;
	nb->nr_mcast = 0;
	atomic_set(&nb->stalled, 0);
	for (i = 0; !ret && i < args->nr_queues; i++) {
		queue[i].nb = nb;
		queue[i].index = i;
		ret = net_queue_open(&queue[i], &args->queue[i]);
	}
	if (ret) {
		close_queues(nb, i - 1);
		return ret;
	}
	ret = net_dev_attach(nb);
	if (ret) {
		close_queues(nb, i);
		return ret;
	}
	for (i = 0; i < args->nr_queues; i++)
		net_queue_start(&queue[i]);
	return 0;
}

static void net_disconnect(struct backend *be)
{
	struct net_backend *nb = of(be);

	net_dev_detach(nb);
	WRITE_ONCE(nb->shut, true);
	close_queues(nb, nb->nr_queues);
}

static int net_set(struct backend *be, const struct backend_args *args)
{
	struct net_backend *nb = of(be);
	unsigned int i;

	if (args->resized)
		return refuse(args->extack, "A network interface has no size.");
	set_limit(nb);
	for (i = 0; nb->queue && i < nb->nr_queues; i++)
		net_kick(&nb->queue[i]);
	return 0;
}

static int put_counts(struct sk_buff *skb, const struct net_counts *c)
{
	const struct {
		const char *name;
		u64 count;
	} list[] = {
		{ "tx-packets", c->tx_packets }, { "tx-bytes", c->tx_bytes },
		{ "tx-dropped", c->tx_dropped }, { "tx-zerocopy", c->tx_zerocopy },
		{ "rx-packets", c->rx_packets }, { "rx-bytes", c->rx_bytes },
		{ "rx-dropped", c->rx_dropped }, { "rx-refused", c->rx_refused },
		{ "stalls", c->stalls }, { "spurious-events", c->spurious },
	};
	unsigned int i;
	int ret = 0;

	for (i = 0; !ret && i < ARRAY_SIZE(list); i++)
		ret = netlink_put_backend_stat(skb, i, list[i].name, list[i].count);
	return ret;
}

static int net_fill(struct backend *be, struct sk_buff *skb)
{
	struct net_backend *nb = of(be);
	struct net_counts sum;

	net_counts_sum(nb, &sum);
	if (nla_put(skb, LODGE_A_BACKEND_MAC, ETH_ALEN, nb->mac) ||
	    nla_put_string(skb, LODGE_A_BACKEND_IFNAME, nb->dev->name) ||
	    nla_put_u32(skb, LODGE_A_BACKEND_IFINDEX, nb->dev->ifindex) ||
	    nla_put_u32(skb, LODGE_A_BACKEND_FEATURES, nb->queue ? nb->features : 0) ||
	    put_counts(skb, &sum))
		return -EMSGSIZE;
	return 0;
}

const struct backend_ops net_backend_ops = {
	.type = LODGE_BACKEND_TYPE_VIF,
	.name = "vif",
	.size = sizeof(struct net_backend),
	.create = net_create,
	.remove = net_remove,
	.connect = net_connect,
	.disconnect = net_disconnect,
	.set = net_set,
	.fill = net_fill,
};
