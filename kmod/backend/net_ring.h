/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * net_ring.h: what a network front end's rings say, judged.
 *
 * Knows no kernel but its types and xen/interface/io/netif.h;
 * selftests/unit/net_ring.c tries it.
 */
#ifndef LODGE_NET_RING_H
#define LODGE_NET_RING_H

#define NET_RING_SIZE	256u	/* entries, tx and rx alike, in a page */
#define NET_PAGE	4096u	/* what a grant reference stands for */
#define NET_FRAGS_MAX	XEN_NETIF_NR_SLOTS_MIN	/* of a packet that is taken */
#define NET_FRAGS_SANE	32u	/* with more than that the front end is broken */
#define NET_HEADER_MIN	14u	/* Ethernet's */
#define NET_GSO_MIN	8u	/* bytes of payload in a segment: Linux's own least */

enum net_verdict {
	NET_EMPTY,		/* no request is there */
	NET_PACKET,		/* a packet; it may be an empty one that carries mcast */
	NET_DROP,		/* to be answered with an error; @why says what is wrong */
	NET_BROKEN,		/* no way to go on with this ring; @why */
};

/**
 * struct net_tx_frag - a piece of a packet that the guest sends
 * @ref: grant reference, any value
 * @offset: in the granted page; with @size it stays in there
 * @size: bytes, at least 1
 * @id: the guest's name for the request, any value
 */
struct net_tx_frag {
	u32 ref;
	u16 offset;
	u16 size;
	u16 id;
};

/**
 * struct net_tx_packet - a copy of what one packet's requests say
 * @len: sum of the pieces' sizes
 * @nr_frags: requests; each is owed a response with its id.  At most
 *	NET_FRAGS_MAX for NET_PACKET, NET_FRAGS_SANE for NET_DROP
 * @nr_extras: entries that carried metadata; each is owed a null response
 * @csum_blank: the guest leaves the transport checksum to us
 * @validated: it says that the checksum is right or blank
 * @gso_type: XEN_NETIF_GSO_TYPE_*; NONE: an ordinary packet
 * @gso_size: bytes of payload of each segment
 * @mcast: XEN_NETIF_EXTRA_TYPE_MCAST_ADD or _DEL: no packet, but a wish; else 0
 * @mcast_addr: the address it is about
 * @why: what is wrong with it
 * @frag: the pieces
 */
struct net_tx_packet {
	u32 len;
	unsigned int nr_frags;
	unsigned int nr_extras;
	bool csum_blank;
	bool validated;
	u8 gso_type;
	u16 gso_size;
	u8 mcast;
	u8 mcast_addr[6];
	const char *why;
	struct net_tx_frag frag[NET_FRAGS_SANE];
};

const char *net_ring_bad(u32 prod, u32 cons, u32 answered);
enum net_verdict net_tx_take(const struct xen_netif_tx_request *entries, u32 prod, u32 *cons,
			     struct net_tx_packet *p);
unsigned int net_rx_entries(unsigned int len, bool gso);

#endif
