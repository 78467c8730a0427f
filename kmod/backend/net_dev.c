// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: Network back end, the interface in domain 0
 *
 * An Ethernet interface for each of a guest's, vifDOMID.HANDLE unless domain 0
 * names it.  What the kernel sends through it waits in a queue for that queue's
 * thread; what the guest can take of checksums and segments is what its front end
 * said.  It has a carrier while a front end is connected that takes packets.
 */
#include <linux/ethtool.h>
#include <linux/rtnetlink.h>

#include "net.h"

#define MTU_MAX		(XEN_NETIF_MAX_TX_SIZE - ETH_HLEN - 4) /* and a VLAN tag */

static struct net_backend *of(const struct net_device *dev)
{
	return *(struct net_backend **)netdev_priv(dev);
}

/* ---- addresses that the guest wants ---- */

static int find_mcast(const struct net_backend *nb, const u8 *addr)
{
	unsigned int i;

	for (i = 0; i < nb->nr_mcast; i++)
		if (ether_addr_equal_unaligned(nb->mcast[i], addr))
			return i;
	return -1;
}

/**
 * net_mcast_change() - the guest wants an address, or no longer
 * @nb: the device
 * @addr: any 6 bytes
 * @add: wants it
 *
 * Context: task.
 * Return: false: that is not to be had.
 */
bool net_mcast_change(struct net_backend *nb, const u8 *addr, bool add)
{
	bool ok = is_multicast_ether_addr(addr);
	int i;

	spin_lock_bh(&nb->lock);
	i = find_mcast(nb, addr);
	if (!add && i >= 0)
		memcpy(nb->mcast[i], nb->mcast[--nb->nr_mcast], ETH_ALEN);
	else if (add && i < 0 && nb->nr_mcast == NET_MCAST_MAX)
		ok = false;
	else if (add && i < 0 && ok)
		memcpy(nb->mcast[nb->nr_mcast++], addr, ETH_ALEN);
	spin_unlock_bh(&nb->lock);
	return ok;
}

static bool wants(struct net_backend *nb, const struct sk_buff *skb)
{
	const u8 *addr = eth_hdr(skb)->h_dest;
	bool found;

	if (!(nb->features & LODGE_VIF_MULTICAST_CONTROL) || !is_multicast_ether_addr(addr) ||
	    is_broadcast_ether_addr(addr))
		return true;
	spin_lock_bh(&nb->lock);
	found = find_mcast(nb, addr) >= 0;
	spin_unlock_bh(&nb->lock);
	return found;
}

/* ---- the interface's operations ---- */

static bool fits(const struct net_backend *nb, const struct sk_buff *skb)
{
	const unsigned int pages = net_rx_entries(skb->len, false);

	return pages <= (nb->features & LODGE_VIF_SG ? NET_FRAGS_MAX : 1);
}

static netdev_tx_t vif_xmit(struct sk_buff *skb, struct net_device *dev)
{
	struct net_backend *nb = of(dev);
	unsigned int i = skb_get_queue_mapping(skb);
	struct net_queue *q;

	/* Connected, or the interface's queues are stopped: net_dev_attach(). */
	if (!READ_ONCE(nb->connected) || i >= nb->nr_queues) {
		dev_kfree_skb_any(skb);
		return NETDEV_TX_OK;
	}
	q = &nb->queue[i];
	skb_reset_mac_header(skb);
	if (READ_ONCE(nb->shut) || !fits(nb, skb) || !wants(nb, skb)) {
		q->counts.rx_refused++;
		dev_kfree_skb_any(skb);
		return NETDEV_TX_OK;
	}
	nf_reset_ct(skb);
	net_waiting(skb)->until_ns = ktime_get_ns() + NET_RX_WAIT_NS;
	spin_lock(&q->packets.lock);
	__skb_queue_tail(&q->packets, skb);
	q->bytes += skb->len;
	if (q->bytes >= NET_RX_QUEUE_BYTES)
		netif_tx_stop_queue(netdev_get_tx_queue(dev, i));
	spin_unlock(&q->packets.lock);
	net_kick(q);
	return NETDEV_TX_OK;
}

static void add_counts(struct net_counts *sum, const struct net_counts *c)
{
	sum->tx_packets += READ_ONCE(c->tx_packets);
	sum->tx_bytes += READ_ONCE(c->tx_bytes);
	sum->tx_dropped += READ_ONCE(c->tx_dropped);
	sum->tx_zerocopy += READ_ONCE(c->tx_zerocopy);
	sum->rx_packets += READ_ONCE(c->rx_packets);
	sum->rx_bytes += READ_ONCE(c->rx_bytes);
	sum->rx_dropped += READ_ONCE(c->rx_dropped);
	sum->rx_refused += READ_ONCE(c->rx_refused);
	sum->stalls += READ_ONCE(c->stalls);
	sum->spurious += READ_ONCE(c->spurious);
}

/**
 * net_counts_sum() - what a device did so far
 * @nb: the device
 * @sum: out
 *
 * Context: any but hard interrupt.
 */
void net_counts_sum(struct net_backend *nb, struct net_counts *sum)
{
	unsigned int i;

	spin_lock_bh(&nb->lock);
	*sum = nb->past;
	for (i = 0; nb->queue && i < nb->nr_queues; i++)
		add_counts(sum, &nb->queue[i].counts);
	spin_unlock_bh(&nb->lock);
}

/**
 * net_counts_keep() - a device loses its queues, not what they did
 * @nb: the device
 *
 * Context: task.
 * Return: the queues; the device has none.
 */
struct net_queue *net_counts_keep(struct net_backend *nb)
{
	struct net_queue *queue = nb->queue;
	unsigned int i;

	spin_lock_bh(&nb->lock);
	for (i = 0; i < nb->nr_queues; i++)
		add_counts(&nb->past, &queue[i].counts);
	nb->queue = NULL;
	spin_unlock_bh(&nb->lock);
	return queue;
}

static void vif_stats(struct net_device *dev, struct rtnl_link_stats64 *s)
{
	struct net_counts sum;

	net_counts_sum(of(dev), &sum);
	s->rx_packets = sum.tx_packets;
	s->rx_bytes = sum.tx_bytes;
	s->rx_dropped = sum.tx_dropped;
	s->tx_packets = sum.rx_packets;
	s->tx_bytes = sum.rx_bytes;
	s->tx_dropped = sum.rx_dropped + sum.rx_refused;
}

static int vif_open(struct net_device *dev)
{
	if (of(dev)->connected)
		netif_tx_start_all_queues(dev);
	return 0;
}

static int vif_stop(struct net_device *dev)
{
	netif_tx_stop_all_queues(dev);
	return 0;
}

/* What the front end said that it takes; all of it while there is none. */
static netdev_features_t vif_fix_features(struct net_device *dev, netdev_features_t features)
{
	const struct net_backend *nb = of(dev);
	const u32 has = nb->features;

	if (!nb->connected)
		return features;
	if (!(has & LODGE_VIF_SG))
		features &= ~NETIF_F_SG;
	if (!(has & LODGE_VIF_GSO_TCPV4))
		features &= ~NETIF_F_TSO;
	if (!(has & LODGE_VIF_GSO_TCPV6))
		features &= ~NETIF_F_TSO6;
	if (has & LODGE_VIF_NO_CSUM_OFFLOAD)
		features &= ~NETIF_F_IP_CSUM;
	if (!(has & LODGE_VIF_IPV6_CSUM_OFFLOAD))
		features &= ~NETIF_F_IPV6_CSUM;
	return features;
}

static const struct net_device_ops vif_ops = {
	.ndo_open = vif_open,
	.ndo_stop = vif_stop,
	.ndo_start_xmit = vif_xmit,
	.ndo_get_stats64 = vif_stats,
	.ndo_fix_features = vif_fix_features,
	.ndo_set_mac_address = eth_mac_addr,
	.ndo_validate_addr = eth_validate_addr,
};

static void vif_drvinfo(struct net_device *dev, struct ethtool_drvinfo *info)
{
	strscpy(info->driver, "lodge", sizeof(info->driver));
	strscpy(info->bus_info, dev->name, sizeof(info->bus_info));
}

static const struct ethtool_ops vif_ethtool_ops = {
	.get_drvinfo = vif_drvinfo,
	.get_link = ethtool_op_get_link,
	.get_ts_info = ethtool_op_get_ts_info,
};

/* ---- life ---- */

static void setup(struct net_device *dev)
{
	/* As on Xen: a bridge takes the address of its lowest port for its own. */
	static const u8 mac[ETH_ALEN] = { 0xfe, 0xff, 0xff, 0xff, 0xff, 0xff };

	ether_setup(dev);
	dev->netdev_ops = &vif_ops;
	dev->ethtool_ops = &vif_ethtool_ops;
	dev->hw_features = NETIF_F_SG | NETIF_F_IP_CSUM | NETIF_F_IPV6_CSUM | NETIF_F_TSO |
			   NETIF_F_TSO6;
	dev->features = dev->hw_features | NETIF_F_RXCSUM;
	dev->min_mtu = ETH_MIN_MTU;
	dev->max_mtu = MTU_MAX;
	eth_hw_addr_set(dev, mac);
}

/**
 * net_dev_create() - an interface, without a carrier
 * @nb: whose
 * @name: of it; it may be a pattern
 * @queues_max: that it can have
 * @extack: for a sentence, if the name is taken
 *
 * Context: sleepable.
 * Return: it, or ERR_PTR.
 */
struct net_device *net_dev_create(struct net_backend *nb, const char *name,
				  unsigned int queues_max, struct netlink_ext_ack *extack)
{
	struct net_device *dev;
	int ret;

	dev = alloc_netdev_mqs(sizeof(struct net_backend *), name, NET_NAME_USER, setup,
			       queues_max, queues_max);
	if (!dev)
		return ERR_PTR(-ENOMEM);
	*(struct net_backend **)netdev_priv(dev) = nb;
	netif_carrier_off(dev);
	ret = register_netdev(dev);
	if (!ret)
		return dev;
	free_netdev(dev);
	if (ret == -EEXIST)
		NL_SET_ERR_MSG_MOD(extack, "There is an interface of that name.");
	return ERR_PTR(ret);
}

/**
 * net_dev_destroy() - undo net_dev_create()
 * @dev: detached
 *
 * Context: sleepable.
 */
void net_dev_destroy(struct net_device *dev)
{
	unregister_netdev(dev);
	free_netdev(dev);
}

/**
 * net_dev_attach() - a front end is there: packets flow
 * @nb: its queues are open
 *
 * Context: sleepable.
 * Return: 0, or -ENOMEM and nothing flows.
 */
int net_dev_attach(struct net_backend *nb)
{
	struct net_device *dev = nb->dev;
	int ret;

	rtnl_lock();
	ret = netif_set_real_num_tx_queues(dev, nb->nr_queues);
	if (!ret)
		ret = netif_set_real_num_rx_queues(dev, nb->nr_queues);
	if (!ret) {
		dev->max_mtu = nb->features & LODGE_VIF_SG ? MTU_MAX : ETH_DATA_LEN;
		if (dev->mtu > dev->max_mtu)
			ret = dev_set_mtu(dev, dev->max_mtu);
	}
	if (!ret) {
		WRITE_ONCE(nb->connected, true);
		netdev_update_features(dev);
		netif_carrier_on(dev);
		if (netif_running(dev))
			netif_tx_wake_all_queues(dev);
	}
	rtnl_unlock();
	return ret;
}

/**
 * net_dev_detach() - undo net_dev_attach()
 * @nb: nothing is sent to its queues when this returns, and nothing reads them
 *
 * Context: sleepable.
 */
void net_dev_detach(struct net_backend *nb)
{
	rtnl_lock();
	netif_carrier_off(nb->dev);
	WRITE_ONCE(nb->connected, false);
	netif_tx_disable(nb->dev);
	rtnl_unlock();
	synchronize_net();	/* who is in vif_xmit() */
}
