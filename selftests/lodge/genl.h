/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * DOC: Generic netlink by hand, for tests: messages that a library would not
 * let anyone send, and answers without a library.
 */
#ifndef GENL_H
#define GENL_H

#include <errno.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lodge.h"
#include "lodge_netlink.h"

struct genl {
	int fd;
	uint16_t family;
	uint32_t seq;
	char buf[16384];	/* a request, then its reply */
	size_t len;
};

static inline struct nlmsghdr *genl_header(struct genl *g)
{
	return (struct nlmsghdr *)g->buf;
}

/* Begin a request; family GENL_ID_CTRL or g->family. */
static inline void genl_begin(struct genl *g, uint16_t family, uint8_t cmd, uint16_t flags)
{
	struct nlmsghdr *h = genl_header(g);
	struct genlmsghdr *gh = (struct genlmsghdr *)(h + 1);

	memset(g->buf, 0, NLMSG_HDRLEN + GENL_HDRLEN);
	h->nlmsg_type = family;
	h->nlmsg_flags = NLM_F_REQUEST | flags;
	h->nlmsg_seq = ++g->seq;
	gh->cmd = cmd;
	gh->version = 1;
	g->len = NLMSG_HDRLEN + GENL_HDRLEN;
}

static inline void genl_attr(struct genl *g, uint16_t type, const void *data, size_t len)
{
	struct nlattr *a = (struct nlattr *)(g->buf + g->len);

	a->nla_type = type;
	a->nla_len = NLA_HDRLEN + len;
	memcpy((char *)a + NLA_HDRLEN, data, len);
	g->len += NLA_ALIGN(a->nla_len);
}

static inline void genl_u32(struct genl *g, uint16_t type, uint32_t value)
{
	genl_attr(g, type, &value, sizeof(value));
}

static inline void genl_string(struct genl *g, uint16_t type, const char *text)
{
	genl_attr(g, type, text, strlen(text) + 1);
}

/*
 * Send what was begun and take the first message of the reply.  Return 0 if it
 * is a message of the family or a positive answer, else the errno in it.
 */
static inline int genl_call(struct genl *g)
{
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	struct nlmsghdr *h = genl_header(g);
	ssize_t n;

	h->nlmsg_len = g->len;
	if (sendto(g->fd, g->buf, g->len, 0, (struct sockaddr *)&kernel, sizeof(kernel)) < 0)
		return errno;
	n = recv(g->fd, g->buf, sizeof(g->buf), 0);
	if (n < (ssize_t)sizeof(*h))
		return n < 0 ? errno : EBADMSG;
	g->len = n;
	if (h->nlmsg_type == NLMSG_ERROR)
		return -((struct nlmsgerr *)(h + 1))->error;
	return 0;
}

/* An attribute of the reply's first message, or NULL. */
static inline struct nlattr *genl_find(struct genl *g, uint16_t type)
{
	struct nlmsghdr *h = genl_header(g);
	char *at = (char *)h + NLMSG_HDRLEN + GENL_HDRLEN, *end = (char *)h + h->nlmsg_len;

	while (at + NLA_HDRLEN <= end) {
		struct nlattr *a = (struct nlattr *)at;

		if (a->nla_len < NLA_HDRLEN || at + a->nla_len > end)
			return NULL;
		if ((a->nla_type & NLA_TYPE_MASK) == type)
			return a;
		at += NLA_ALIGN(a->nla_len);
	}
	return NULL;
}

static inline uint64_t genl_number(const struct nlattr *a)
{
	uint64_t value = 0;
	size_t len = a->nla_len - NLA_HDRLEN;

	memcpy(&value, (const char *)a + NLA_HDRLEN, len < sizeof(value) ? len : sizeof(value));
	return value;
}

/* Return 0 with the family found, or an errno. */
static inline int genl_open(struct genl *g)
{
	struct nlattr *id;
	int ret;

	g->seq = 0;
	g->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);
	if (g->fd < 0)
		return errno;
	genl_begin(g, GENL_ID_CTRL, CTRL_CMD_GETFAMILY, 0);
	genl_string(g, CTRL_ATTR_FAMILY_NAME, LODGE_FAMILY_NAME);
	ret = genl_call(g);
	id = ret ? NULL : genl_find(g, CTRL_ATTR_FAMILY_ID);
	if (!id) {
		close(g->fd);
		return ret ? ret : EBADMSG;
	}
	g->family = genl_number(id);
	return 0;
}

#endif
