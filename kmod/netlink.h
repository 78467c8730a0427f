/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * netlink.h: between netlink.c (the family and its commands) and
 * netlink_fill.c, netlink_stats.c (what goes into replies).
 *
 * The fill functions put one attribute set into a message, and return 0 or
 * -EMSGSIZE; what is in the message by then is the caller's to drop.
 */
#ifndef LODGE_NETLINK_H
#define LODGE_NETLINK_H

#include "lodge.h"
#include "uapi/lodge_netlink.h"

struct genl_info;
struct netlink_callback;
struct pt_audit_result;
struct sk_buff;

int netlink_put_domain(struct sk_buff *skb, struct domain *d);
int netlink_put_sched(struct sk_buff *skb, struct domain *d);
int netlink_put_stats(struct sk_buff *skb, struct domain *d);
int netlink_put_name(struct sk_buff *skb, int attr, struct domain *d);
int netlink_put_audit(struct sk_buff *skb, struct domain *d,
		      const struct pt_audit_result *result);
int netlink_put_info(struct sk_buff *skb);

/* netlink.c, for the commands in netlink_life.c */
struct domain *netlink_request_domain(struct sk_buff *skb, struct genl_info *info);
int netlink_explain(struct genl_info *info, int err);
int netlink_resume_doit(struct sk_buff *skb, struct genl_info *info);
int netlink_rename_doit(struct sk_buff *skb, struct genl_info *info);
int netlink_pin_doit(struct sk_buff *skb, struct genl_info *info);

/* netlink.c, for the dumps in netlink_stats.c */
void *netlink_dump_begin(struct sk_buff *skb, struct netlink_callback *cb, u8 cmd);
int netlink_dump_end(struct sk_buff *skb, void *header, int err);
struct domain *netlink_dump_domain(struct netlink_callback *cb);
int netlink_pcpu_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int netlink_vcpu_start(struct netlink_callback *cb);
int netlink_vcpu_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int netlink_vcpu_done(struct netlink_callback *cb);

/* Set the sentence, be the errno. */
#define fail(extack, err, msg)			\
({						\
	NL_SET_ERR_MSG(extack, msg);		\
	err;					\
})

#endif
