/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * netlink.h: between netlink.c (the family and its commands) and
 * netlink_fill.c (what goes into replies).
 *
 * The fill functions put one attribute set into a message, and return 0 or
 * -EMSGSIZE; what is in the message by then is the caller's to drop.
 */
#ifndef LODGE_NETLINK_H
#define LODGE_NETLINK_H

#include "lodge.h"
#include "uapi/lodge_netlink.h"

struct pt_audit_result;
struct sk_buff;

int netlink_put_domain(struct sk_buff *skb, struct domain *d);
int netlink_put_sched(struct sk_buff *skb, struct domain *d);
int netlink_put_stats(struct sk_buff *skb, struct domain *d);
int netlink_put_vcpu(struct sk_buff *skb, struct domain *d, unsigned int id);
int netlink_put_audit(struct sk_buff *skb, struct domain *d,
		      const struct pt_audit_result *result);
int netlink_put_info(struct sk_buff *skb);

#endif
