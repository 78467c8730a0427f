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

struct genl_info;
struct pt_audit_result;
struct sk_buff;

int netlink_put_domain(struct sk_buff *skb, struct domain *d);
int netlink_put_sched(struct sk_buff *skb, struct domain *d);
int netlink_put_stats(struct sk_buff *skb, struct domain *d);
int netlink_put_vcpu(struct sk_buff *skb, struct domain *d, unsigned int id);
int netlink_put_audit(struct sk_buff *skb, struct domain *d,
		      const struct pt_audit_result *result);
int netlink_put_info(struct sk_buff *skb);

/* netlink.c, for the commands in netlink_life.c */
struct domain *netlink_request_domain(struct sk_buff *skb, struct genl_info *info);
int netlink_explain(struct genl_info *info, int err);
int netlink_resume_doit(struct sk_buff *skb, struct genl_info *info);
int netlink_rename_doit(struct sk_buff *skb, struct genl_info *info);
int netlink_pin_doit(struct sk_buff *skb, struct genl_info *info);

/* Set the sentence, be the errno. */
#define fail(extack, err, msg)			\
({						\
	NL_SET_ERR_MSG(extack, msg);		\
	err;					\
})

#endif
