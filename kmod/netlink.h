/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * netlink.h: between netlink.c (the family and its commands), netlink_fill.c and
 * netlink_stats.c (what goes into replies), netlink_life.c, netlink_sched.c and
 * netlink_backend.c (more commands).
 *
 * The fill functions put one attribute set into a message, and return 0 or
 * -EMSGSIZE; what is in the message by then is the caller's to drop.
 */
#ifndef LODGE_NETLINK_H
#define LODGE_NETLINK_H

#include "lodge.h"
#include "uapi/lodge_netlink.h"

struct backend;
struct genl_info;
struct netlink_callback;
struct netlink_ext_ack;
struct nlattr;
struct pt_audit_result;
struct sk_buff;

int netlink_put_domain(struct sk_buff *skb, struct domain *d);
int netlink_put_stats(struct sk_buff *skb, struct domain *d);
int netlink_put_name(struct sk_buff *skb, int attr, struct domain *d);
int netlink_put_audit(struct sk_buff *skb, struct domain *d,
		      const struct pt_audit_result *result);
int netlink_put_info(struct sk_buff *skb);

/* netlink.c, for the commands in other files */
struct domain *netlink_request_domain(struct sk_buff *skb, struct genl_info *info);
struct domain *netlink_find_domain(struct nlattr **attrs, struct netlink_ext_ack *extack);
int netlink_check_capable(struct sk_buff *skb, struct netlink_ext_ack *extack);
int netlink_explain(struct genl_info *info, int err);
void netlink_notify_general(u8 ntf, int (*put)(struct sk_buff *skb));
void netlink_notify_backend(struct backend *be,
			    int (*put)(struct sk_buff *skb, struct backend *be));
void *netlink_start_reply(struct sk_buff *skb, struct genl_info *info);

/* netlink_life.c */
int netlink_resume_doit(struct sk_buff *skb, struct genl_info *info);
int netlink_rename_doit(struct sk_buff *skb, struct genl_info *info);
int netlink_pin_doit(struct sk_buff *skb, struct genl_info *info);

/* netlink.c, for the dumps in netlink_stats.c and netlink_sched.c */
void *netlink_dump_begin(struct sk_buff *skb, struct netlink_callback *cb, u8 cmd);
int netlink_dump_end(struct sk_buff *skb, void *header, int err);
struct domain *netlink_dump_domain(struct netlink_callback *cb);
int netlink_pcpu_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int netlink_vcpu_start(struct netlink_callback *cb);
int netlink_vcpu_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int netlink_vcpu_done(struct netlink_callback *cb);

/* netlink_sched.c */
int netlink_put_sched(struct sk_buff *skb, struct domain *d);
int netlink_put_sched_system(struct sk_buff *skb);
int netlink_put_sched_host(struct sk_buff *skb);
bool netlink_names_host(struct nlattr **attrs);
int netlink_sched_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int netlink_sched_set_doit(struct sk_buff *skb, struct genl_info *info);

/* netlink_stats.c */
int netlink_put_counter(struct sk_buff *skb, int attr, u32 id, const char *name, u64 count);

/* netlink_backend.c */
int netlink_backend_create_doit(struct sk_buff *skb, struct genl_info *info);
int netlink_backend_remove_doit(struct sk_buff *skb, struct genl_info *info);
int netlink_backend_connect_doit(struct sk_buff *skb, struct genl_info *info);
int netlink_backend_disconnect_doit(struct sk_buff *skb, struct genl_info *info);
int netlink_backend_set_doit(struct sk_buff *skb, struct genl_info *info);
int netlink_backend_get_doit(struct sk_buff *skb, struct genl_info *info);
int netlink_backend_start(struct netlink_callback *cb);
int netlink_backend_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int netlink_put_backend_stat(struct sk_buff *skb, u32 id, const char *name, u64 count);
void netlink_backend_event(struct backend *be);

/* Set the sentence, be the errno. */
#define fail(extack, err, msg)			\
({						\
	NL_SET_ERR_MSG(extack, msg);		\
	err;					\
})

#endif
