// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: The generic netlink client
 *
 * Requests to the family "lodge" and its events, over libnl.  What the module
 * answers is parsed by the policy below; a reply function gets the attributes.
 * The numbers are in lodge_netlink.h.
 */
#include <ctype.h>
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include <linux/netlink.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/netlink.h>

#include "cli.h"

#define ATTRS_MAX	64	/* more than any set has */
#define RECEIVE_BUFFER	(1 << 20)
#define SEND_BUFFER	32768	/* what libnl asks for */

/* One request under way. */
struct exchange {
	reply_fn fn;
	void *data;
	bool done;
	int error;		/* errno of the module's answer */
	uint32_t bad_offset;	/* of the attribute that it is about, in the request; or 0 */
	char message[160];	/* its sentence, or "" */
};

static int on_valid(struct nl_msg *msg, void *arg)
{
	struct nlattr *attrs[ATTRS_MAX + 1];
	struct genlmsghdr *h = nlmsg_data(nlmsg_hdr(msg));
	struct exchange *x = arg;

	if (x->fn && !genlmsg_parse(nlmsg_hdr(msg), 0, attrs, ATTRS_MAX, NULL)) {
		struct reply r = {
			.cmd = h->cmd, .attrs = attrs,
			.first = genlmsg_attrdata(h, 0), .len = genlmsg_attrlen(h, 0),
		};

		x->fn(&r, x->data);
	}
	return NL_OK;
}

static int on_end(struct nl_msg *msg, void *arg)
{
	const struct nlmsghdr *h = nlmsg_hdr(msg);
	struct exchange *x = arg;
	int32_t error;

	/* A dump that fails half-way says so in its last message. */
	if (h->nlmsg_type == NLMSG_DONE && nlmsg_datalen(h) >= (int)sizeof(error)) {
		memcpy(&error, nlmsg_data(h), sizeof(error));
		x->error = error < 0 ? -error : 0;
	}
	x->done = true;
	return NL_STOP;
}

static int on_sequence(struct nl_msg *msg, void *arg)
{
	(void)msg;
	(void)arg;
	return NL_OK;	/* events answer no request */
}

/* The module's sentence is an attribute after the request it echoes. */
static void read_message(struct exchange *x, struct nlmsgerr *err)
{
	struct nlmsghdr *h = (struct nlmsghdr *)err - 1;
	size_t skip = sizeof(*err);
	struct nlattr *a, *first;
	size_t len;
	int rest;

	if (!(h->nlmsg_flags & NLM_F_ACK_TLVS))
		return;
	if (!(h->nlmsg_flags & NLM_F_CAPPED))
		skip += err->msg.nlmsg_len - sizeof(err->msg);
	if (h->nlmsg_len < sizeof(*h) + NLMSG_ALIGN(skip))
		return;
	rest = h->nlmsg_len - sizeof(*h) - NLMSG_ALIGN(skip);
	first = (struct nlattr *)((char *)err + NLMSG_ALIGN(skip));
	x->bad_offset = attr_u64(nla_find(first, rest, NLMSGERR_ATTR_OFFS));
	a = nla_find(first, rest, NLMSGERR_ATTR_MSG);
	attr_string(x->message, sizeof(x->message), a);
	len = strlen(x->message);
	/* It becomes a part of our line: no capital, no full stop. */
	if (len && x->message[len - 1] == '.')
		x->message[len - 1] = '\0';
	if (islower((unsigned char)x->message[1]) || x->message[1] == ' ')
		x->message[0] = tolower((unsigned char)x->message[0]);
}

static int on_error(struct sockaddr_nl *from, struct nlmsgerr *err, void *arg)
{
	struct exchange *x = arg;

	(void)from;
	x->error = -err->error;
	read_message(x, err);
	x->done = true;
	return NL_STOP;
}

static struct nl_sock *open_socket(struct errbuf *e)
{
	struct nl_sock *sock = nl_socket_alloc();
	int on = 1;

	if (!sock) {
		fail(e, "no memory for a netlink socket; free some memory");
		return NULL;
	}
	if (genl_connect(sock)) {
		fail(e, "cannot open a netlink socket: %m; is netlink allowed here?");
		nl_socket_free(sock);
		return NULL;
	}
	setsockopt(nl_socket_get_fd(sock), SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof(on));
	setsockopt(nl_socket_get_fd(sock), SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof(on));
	return sock;
}

/* Which of the request's attributes, the domain's name or id not counted. */
static int find_bad_attr(const struct exchange *x, struct nl_msg *msg, bool has_ref)
{
	struct nlmsghdr *h = nlmsg_hdr(msg);
	int rest, i = has_ref ? -1 : 0;
	struct nlattr *a;

	nlmsg_for_each_attr(a, h, GENL_HDRLEN, rest) {
		uint32_t at = (char *)a - (char *)h;

		if (x->bad_offset >= at && x->bad_offset < at + nla_len(a) + NLA_HDRLEN)
			return i;
		i++;
	}
	return -1;
}

static int explain(const struct exchange *x, const struct domain_ref *ref,
		   const struct request_attr *bad, struct errbuf *e)
{
	char who[LODGE_NAME_MAX + 16] = "the domain";

	if (ref && ref->name)
		snprintf(who, sizeof(who), "%s", ref->name);
	else if (bad && bad->nest && bad->nest->text)
		snprintf(who, sizeof(who), "%s", bad->nest->text);
	switch (x->error) {
	case EPERM:
	case EACCES:
		return fail(e, "no permission to talk to the lodge module; run lodge as root");
	case ENOENT:
		return fail(e, "there is no domain '%s'; 'lodge list' shows what there is", who);
	case EALREADY:
		return fail(e, "%s: %s; nothing was changed", who,
			    x->message[0] ? x->message : "it is in that state already");
	case ESHUTDOWN:
		return fail(e, "%s: %s; 'lodge show' tells why", who,
			    x->message[0] ? x->message : "it has ended");
	case EEXIST:
		return fail(e, "%s: %s; choose another, or 'lodge destroy' that one", who,
			    x->message[0] ? x->message : "the name is taken");
	case EBUSY:
		return fail(e, "%s: %s; try again in a moment", who,
			    x->message[0] ? x->message : "it is under construction");
	default:
		return fail(e, "%s: %s; 'dmesg' may tell more", who,
			    x->message[0] ? x->message : strerror(x->error));
	}
}

static int put_attrs(struct nl_msg *msg, const struct request_attr *a)
{
	struct nlattr *nest;
	int rc = 0;

	for (; a && a->type && !rc; a++) {
		if (a->nest) {
			nest = nla_nest_start(msg, a->type | NLA_F_NESTED);
			rc = nest ? put_attrs(msg, a->nest) : -NLE_NOMEM;
			if (!rc)
				nla_nest_end(msg, nest);
		} else if (a->text) {
			rc = nla_put_string(msg, a->type, a->text);
		} else if (a->data) {
			rc = nla_put(msg, a->type, a->len, a->data);
		} else if (a->flag) {
			rc = nla_put_flag(msg, a->type);
		} else if (a->wide) {
			rc = nla_put_u64(msg, a->type, a->number);
		} else {
			rc = nla_put_u32(msg, a->type, a->number);
		}
	}
	return rc;
}

static size_t attrs_size(const struct request_attr *a)
{
	size_t size = 0;

	for (; a && a->type; a++)
		size += nla_total_size(a->nest ? attrs_size(a->nest) :
				       a->text ? strlen(a->text) + 1 :
				       a->data ? a->len : sizeof(a->number));
	return size;
}

static struct nl_msg *build(const struct client *c, uint8_t cmd, int flags,
			    const struct domain_ref *ref, const struct request_attr *attrs)
{
	struct nl_msg *msg = nlmsg_alloc_size(getpagesize() + attrs_size(attrs));

	if (!msg || !genlmsg_put(msg, NL_AUTO_PORT, NL_AUTO_SEQ, c->family, 0, flags, cmd,
				 LODGE_FAMILY_VERSION))
		goto err;
	/* In every set the first two attributes are id and name. */
	if (ref && ref->name && nla_put_string(msg, LODGE_A_DOMAIN_NAME, ref->name))
		goto err;
	if (ref && !ref->name && nla_put_u32(msg, LODGE_A_DOMAIN_ID, ref->id))
		goto err;
	if (put_attrs(msg, attrs))
		goto err;
	return msg;
err:
	nlmsg_free(msg);
	return NULL;
}

/* The kernel takes no message that is larger than the socket's send buffer. */
static void make_room(struct client *c, struct nl_msg *msg)
{
	int size = 2 * nlmsg_hdr(msg)->nlmsg_len;

	if (size > SEND_BUFFER)
		setsockopt(nl_socket_get_fd(c->sock), SOL_SOCKET, SO_SNDBUFFORCE, &size,
			   sizeof(size));
}

static int exchange(struct client *c, uint8_t cmd, int flags, const struct domain_ref *ref,
		    const struct request_attr *attrs, struct exchange *x, struct errbuf *e)
{
	struct nl_msg *msg = build(c, cmd, flags, ref, attrs);
	struct nl_cb *cb = nl_cb_alloc(NL_CB_DEFAULT);
	int rc = -NLE_NOMEM;

	c->bad_attr = -1;
	if (!msg || !cb)
		goto out;
	make_room(c, msg);
	nl_cb_set(cb, NL_CB_VALID, NL_CB_CUSTOM, on_valid, x);
	nl_cb_set(cb, NL_CB_FINISH, NL_CB_CUSTOM, on_end, x);
	nl_cb_set(cb, NL_CB_ACK, NL_CB_CUSTOM, on_end, x);
	nl_cb_err(cb, NL_CB_CUSTOM, on_error, x);
	rc = nl_send_auto(c->sock, msg);
	while (rc >= 0 && !x->done) {
		rc = nl_recvmsgs(c->sock, cb);
		if (rc == -NLE_INTR)
			rc = 0;
	}
	/* on_error() stops the loop with the error as its result. */
	if (x->done)
		rc = 0;
	c->error = x->error;
	if (x->error && x->bad_offset)
		c->bad_attr = find_bad_attr(x, msg, ref);
out:
	nlmsg_free(msg);
	nl_cb_put(cb);
	if (rc < 0)
		return fail(e, "cannot talk to the lodge module: %s; try again", nl_geterror(rc));
	if (!x->error)
		return 0;
	return explain(x, ref, attrs && c->bad_attr >= 0 ? &attrs[c->bad_attr] : NULL, e);
}

/**
 * client_request() - ask for one thing
 * @c: open
 * @cmd: LODGE_CMD_*
 * @ref: which domain, or NULL
 * @attrs: what else to say, ended by a type of 0; may be NULL
 * @fn: called with the reply; may be NULL
 * @data: for @fn
 * @e: why not
 *
 * Return: 0 or -1.
 */
int client_request(struct client *c, uint8_t cmd, const struct domain_ref *ref,
		   const struct request_attr *attrs, reply_fn fn, void *data, struct errbuf *e)
{
	struct exchange x = { .fn = fn, .data = data };

	return exchange(c, cmd, NLM_F_REQUEST | NLM_F_ACK, ref, attrs, &x, e);
}

/**
 * client_dump() - ask for many
 * @c: open
 * @cmd: LODGE_CMD_*
 * @ref: which domain, or NULL
 * @fn: called once for each
 * @data: for @fn
 * @e: why not
 *
 * Return: 0 or -1.
 */
int client_dump(struct client *c, uint8_t cmd, const struct domain_ref *ref,
		reply_fn fn, void *data, struct errbuf *e)
{
	struct exchange x = { .fn = fn, .data = data };

	return exchange(c, cmd, NLM_F_REQUEST | NLM_F_DUMP, ref, NULL, &x, e);
}

static void take_abi(const struct reply *r, void *data)
{
	*(uint32_t *)data = attr_u64(r->attrs[LODGE_A_INFO_ABI]);
}

/**
 * client_open() - reach the module, and make sure that it is ours
 * @c: filled; close with client_close() after success
 * @e: why not
 *
 * Return: 0 or -1.
 */
int client_open(struct client *c, struct errbuf *e)
{
	uint32_t abi = 0;

	*c = (struct client){ 0 };
	c->sock = open_socket(e);
	if (!c->sock)
		return -1;
	c->family = genl_ctrl_resolve(c->sock, LODGE_FAMILY_NAME);
	if (c->family < 0) {
		fail(e, "the lodge module is not loaded; load it with 'modprobe lodge' or 'insmod lodge.ko', as root");
		goto err;
	}
	if (client_request(c, LODGE_CMD_INFO_GET, NULL, NULL, take_abi, &abi, e))
		goto err;
	if (abi != LODGE_ABI_VERSION) {
		fail(e, "the loaded module speaks version %u of the interface, this command version %u; install both from the same release",
		     abi, LODGE_ABI_VERSION);
		goto err;
	}
	return 0;
err:
	client_close(c);
	return -1;
}

/**
 * client_close() - the end of client_open() and client_subscribe()
 * @c: may be all zero
 */
void client_close(struct client *c)
{
	nl_socket_free(c->sock);
	nl_socket_free(c->events);
	*c = (struct client){ 0 };
}

/**
 * client_subscribe() - hear of events from now on
 * @c: open
 * @e: why not
 *
 * Return: 0 or -1.
 */
int client_subscribe(struct client *c, struct errbuf *e)
{
	int group = genl_ctrl_resolve_grp(c->sock, LODGE_FAMILY_NAME, LODGE_MCGRP_EVENTS);

	c->events = open_socket(e);
	if (!c->events)
		return -1;
	nl_socket_set_buffer_size(c->events, RECEIVE_BUFFER, 0);
	if (group < 0 || nl_socket_add_membership(c->events, group))
		return fail(e, "cannot listen to the lodge module's events; run lodge as root");
	return 0;
}

/**
 * client_event_fd() - for poll(2): readable when client_event() has something
 * @c: subscribed
 */
int client_event_fd(const struct client *c)
{
	return nl_socket_get_fd(c->events);
}

/**
 * client_event() - wait for events, and hand them on
 * @c: subscribed
 * @fn: called for each
 * @data: for @fn
 * @timeout_ms: return after so long even without one; -1: never
 * @e: why not
 *
 * Return: 0 after an event or the timeout, 1 if events were lost, -1 on a
 * failure.
 */
int client_event(struct client *c, reply_fn fn, void *data, int timeout_ms, struct errbuf *e)
{
	struct pollfd p = { .fd = nl_socket_get_fd(c->events), .events = POLLIN };
	struct exchange x = { .fn = fn, .data = data };
	struct nl_cb *cb;
	int rc;

	if (poll(&p, 1, timeout_ms) <= 0)
		return 0;
	cb = nl_cb_alloc(NL_CB_DEFAULT);
	if (!cb)
		return fail(e, "no memory; free some memory");
	nl_cb_set(cb, NL_CB_VALID, NL_CB_CUSTOM, on_valid, &x);
	nl_cb_set(cb, NL_CB_SEQ_CHECK, NL_CB_CUSTOM, on_sequence, NULL);
	rc = nl_recvmsgs(c->events, cb);
	nl_cb_put(cb);
	if (rc >= 0 || rc == -NLE_INTR)
		return 0;
	/* libnl's name for ENOBUFS: the socket's buffer overflowed. */
	if (rc == -NLE_NOMEM)
		return 1;
	return fail(e, "cannot receive events: %s; try again", nl_geterror(rc));
}
