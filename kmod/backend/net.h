/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * net.h: the network back end, between its files.
 *
 *   net.c         the device: made, connected, disconnected, removed
 *   net_dev.c     its interface in domain 0
 *   net_queue.c   a pair of rings, and the thread that works on it
 *   net_tx.c      packets that the guest sends
 *   net_rx.c      packets that it gets
 *   net_flight.c  guest pages in packets that are under way in domain 0
 *   net_ring.c    what the rings say, judged
 */
#ifndef LODGE_NET_H
#define LODGE_NET_H

#include <linux/etherdevice.h>
#include <linux/llist.h>
#include <linux/netdevice.h>
#include <linux/refcount.h>
#include <linux/skbuff.h>
#include <xen/interface/io/netif.h>

#include "device.h"
#include "limit.h"
#include "net_ring.h"

#define NET_QUEUES_MAX		8u	/* that we offer; a front end takes one a vCPU */
#define NET_MCAST_MAX		64u	/* addresses that a guest may ask for */
#define NET_RX_QUEUE_BYTES	(NET_RING_SIZE / 2 * NET_PAGE)	/* that wait for the guest */
#define NET_RX_WAIT_NS		(10 * NSEC_PER_SEC)	/* then a packet is dropped */

/**
 * struct net_flight - a queue's guest pages that are in packets of domain 0
 * @ref: the queue's, and one of each struct net_cargo and of the work
 * @wait: where the queue's thread waits
 * @done: struct net_cargo whose packets are gone
 * @nr: pieces under way
 * @closed: there is no thread any more: @work takes what is done
 * @work: does
 *
 * The host may keep a packet longer than the queue lives: only the pins go then.
 */
struct net_flight {
	refcount_t ref;
	wait_queue_head_t wait;
	struct llist_head done;
	atomic_t nr;
	bool closed;
	struct work_struct work;
};

/**
 * struct net_cargo - the guest's pages in one packet
 * @ubuf: by which the kernel says that it has gone
 * @node: on flight.done
 * @flight: whose; a reference
 * @boarded: a packet has them, or had: flight.nr counts them
 * @nr: pieces
 * @piece: the guest's request, and its page
 */
struct net_cargo {
	struct ubuf_info ubuf;
	struct llist_node node;
	struct net_flight *flight;
	bool boarded;
	unsigned int nr;
	struct {
		u16 id;
		struct grant_pin pin;
	} piece[];
};

/* What a queue did; written by its thread (tx, rx), or under the transmit lock. */
struct net_counts {
	u64 tx_packets, tx_bytes, tx_dropped;	/* the guest's view: it sends */
	u64 tx_zerocopy;			/* packets, of tx_packets */
	u64 rx_packets, rx_bytes, rx_dropped;
	u64 rx_refused;				/* before they were queued */
	u64 stalls;				/* the guest gave no room for too long */
	u64 spurious;				/* events with nothing to do */
};

/**
 * struct net_queue - a pair of rings
 * @nb: the device
 * @index: which
 * @thread: all that is not said otherwise is its
 * @kicked: there may be something to do; set by anyone, who then wakes flight.wait
 * @port: [0] tx, [1] rx; port[1].port is 0 if there is only one
 * @ring: [0] tx, [1] rx
 * @tx: what @ring[0] holds
 * @rx: what @ring[1] holds
 * @tx_cons: requests taken
 * @tx_rsp: responses written
 * @tx_told: and published
 * @rx_cons: requests taken, each answered at once
 * @rx_told: responses published
 * @packets: for the guest; its lock: @bytes
 * @bytes: in there
 * @stalled: the guest gives no room
 * @idle_events: running number of events that brought nothing
 * @flight: guest pages under way
 * @counts: statistics
 */
struct net_queue {
	struct net_backend *nb;
	unsigned int index;
	struct task_struct *thread;
	bool kicked;
	struct backend_port port[2];
	struct backend_ring ring[2];
	struct xen_netif_tx_sring *tx;
	struct xen_netif_rx_sring *rx;
	u32 tx_cons, tx_rsp, tx_told;
	u32 rx_cons, rx_told;
	struct sk_buff_head packets;
	unsigned long bytes;
	bool stalled;
	unsigned int idle_events;
	struct net_flight *flight;
	struct net_counts counts;
};

/**
 * struct net_backend - a network interface of a guest
 * @be: the object of device.c
 * @dev: the interface in domain 0
 * @mac: the guest's address
 * @connected: @queue may be used; changes under RTNL
 * @shut: nothing more is taken from the front end
 * @features: LODGE_VIF_* of the front end
 * @nr_queues: of @queue
 * @queue: NULL unless it is connected
 * @stalled: queues that are
 * @limit_lock: the two that follow
 * @bytes_limit: what the guest may send in a second
 * @packets_limit: and in how many packets
 * @lock: what follows, and whether @queue counts.  BH-safe
 * @nr_mcast: addresses
 * @mcast: that the guest asked for
 * @past: counts of queues that are gone
 */
struct net_backend {
	struct backend be;
	struct net_device *dev;
	u8 mac[ETH_ALEN];
	bool connected;
	bool shut;
	u32 features;
	unsigned int nr_queues;
	struct net_queue *queue;
	atomic_t stalled;
	spinlock_t limit_lock;
	struct limit bytes_limit, packets_limit;
	spinlock_t lock;
	unsigned int nr_mcast;
	u8 mcast[NET_MCAST_MAX][ETH_ALEN];
	struct net_counts past;
};

/* In an skb that waits for the guest. */
struct net_waiting {
	u64 until_ns;
};

static inline struct net_waiting *net_waiting(struct sk_buff *skb)
{
	return (struct net_waiting *)skb->cb;
}

static inline void net_kick(struct net_queue *q)
{
	WRITE_ONCE(q->kicked, true);
	wake_up(&q->flight->wait);
}

/* ---- net.c ---- */
__printf(2, 3) void net_break(struct net_backend *nb, const char *fmt, ...);

/* ---- net_dev.c ---- */
struct net_device *net_dev_create(struct net_backend *nb, const char *name,
				  unsigned int queues_max, struct netlink_ext_ack *extack);
void net_dev_destroy(struct net_device *dev);
int net_dev_attach(struct net_backend *nb);
void net_dev_detach(struct net_backend *nb);
bool net_mcast_change(struct net_backend *nb, const u8 *addr, bool add);
void net_counts_sum(struct net_backend *nb, struct net_counts *sum);
struct net_queue *net_counts_keep(struct net_backend *nb);

/* ---- net_queue.c ---- */
int net_queue_open(struct net_queue *q, const struct backend_queue_args *args);
void net_queue_start(struct net_queue *q);
void net_queue_close(struct net_queue *q);

/* ---- net_tx.c; in the queue's thread ---- */
bool net_tx_work(struct net_queue *q, u64 now_ns, u64 *wake_ns);
bool net_tx_finish(struct net_queue *q);

/* ---- net_rx.c; in the queue's thread ---- */
bool net_rx_work(struct net_queue *q, u64 now_ns, u64 *wake_ns);

/* ---- net_flight.c ---- */
struct net_flight *net_flight_open(void);
void net_flight_close(struct net_flight *f);
struct net_cargo *net_cargo_alloc(struct net_flight *f, unsigned int nr);
void net_cargo_free(struct net_cargo *cargo);
void net_cargo_board(struct net_cargo *cargo, struct sk_buff *skb);

#endif
