// SPDX-License-Identifier: GPL-2.0-only
/*
 * vbd.c: disks of a domain by hand, without xenstore: for fronts that know what to do.
 *
 *	vbd create DOMID HANDLE FILE [ro] [iops=N] [bps=N] [no-discard]
 *	vbd connect DOMID HANDLE EVTCHN REF...	one ring of that many pages
 *	vbd disconnect|remove DOMID HANDLE
 *	vbd resized DOMID HANDLE
 *	vbd get DOMID HANDLE			state, size, flags, reason, counters
 *
 * Exit status: 0, 1 with the errno's text on standard error, 2 for wrong words.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "genl.h"

static struct genl g;

static void begin(uint8_t cmd, char **word)
{
	genl_begin(&g, g.family, cmd, NLM_F_ACK);
	genl_u32(&g, LODGE_A_BACKEND_ID, strtoul(word[2], NULL, 0));
	genl_u32(&g, LODGE_A_BACKEND_TYPE, LODGE_BACKEND_TYPE_VBD);
	genl_u32(&g, LODGE_A_BACKEND_HANDLE, strtoul(word[3], NULL, 0));
}

static uint64_t number(uint16_t type)
{
	struct nlattr *a = genl_find(&g, type);

	return a ? genl_number(a) : 0;
}

static void print_stat(struct nlattr *nest)
{
	char *at = (char *)nest + NLA_HDRLEN, *end = (char *)nest + nest->nla_len;
	const char *name = "?";
	uint64_t count = 0;

	while (at + NLA_HDRLEN <= end) {
		struct nlattr *a = (struct nlattr *)at;

		if (a->nla_type == LODGE_A_COUNTER_NAME)
			name = at + NLA_HDRLEN;
		if (a->nla_type == LODGE_A_COUNTER_COUNT)
			count = genl_number(a);
		at += NLA_ALIGN(a->nla_len);
	}
	printf("%s %" PRIu64 "\n", name, count);
}

static void print_reply(void)
{
	static const char * const state[] = { "created", "connected", "failed", "removed" };
	struct nlmsghdr *h = genl_header(&g);
	char *at = (char *)h + NLMSG_HDRLEN + GENL_HDRLEN, *end = (char *)h + h->nlmsg_len;
	struct nlattr *reason = genl_find(&g, LODGE_A_BACKEND_REASON);

	printf("state %s\nsectors %" PRIu64 "\nsector-size %" PRIu64 "\nflags %" PRIu64 "\n",
	       state[number(LODGE_A_BACKEND_STATE) & 3], number(LODGE_A_BACKEND_SECTORS),
	       number(LODGE_A_BACKEND_SECTOR_SIZE), number(LODGE_A_BACKEND_FLAGS));
	if (reason)
		printf("reason %s\n", (char *)reason + NLA_HDRLEN);
	while (at + NLA_HDRLEN <= end) {
		struct nlattr *a = (struct nlattr *)at;

		if ((a->nla_type & NLA_TYPE_MASK) == LODGE_A_BACKEND_STAT)
			print_stat(a);
		at += NLA_ALIGN(a->nla_len);
	}
}

static int call(void)
{
	int ret = genl_call(&g);

	if (ret)
		fprintf(stderr, "vbd: %s\n", strerror(ret));
	return !!ret;
}

static int create(int words, char **word)
{
	uint32_t flags = 0;
	uint64_t iops = 0, bps = 0;
	int fd, i;

	for (i = 5; i < words; i++) {
		if (!strcmp(word[i], "ro"))
			flags |= LODGE_VBD_READ_ONLY;
		else if (!strcmp(word[i], "no-discard"))
			flags |= LODGE_VBD_NO_DISCARD;
		else if (sscanf(word[i], "iops=%" SCNu64, &iops) != 1 &&
			 sscanf(word[i], "bps=%" SCNu64, &bps) != 1)
			return 2;
	}
	fd = open(word[4], (flags & LODGE_VBD_READ_ONLY ? O_RDONLY : O_RDWR) | O_CLOEXEC);
	if (fd < 0) {
		perror(word[4]);
		return 1;
	}
	begin(LODGE_CMD_BACKEND_CREATE, word);
	genl_u32(&g, LODGE_A_BACKEND_FD, fd);
	genl_u32(&g, LODGE_A_BACKEND_FLAGS, flags);
	genl_attr(&g, LODGE_A_BACKEND_LIMIT_IOPS, &iops, sizeof(iops));
	genl_attr(&g, LODGE_A_BACKEND_LIMIT_BPS, &bps, sizeof(bps));
	if (call())
		return 1;
	print_reply();
	return 0;
}

static int connect_queue(int words, char **word)
{
	struct nlattr *nest;
	size_t from;
	int i;

	begin(LODGE_CMD_BACKEND_CONNECT, word);
	from = g.len;
	genl_attr(&g, LODGE_A_BACKEND_QUEUE | NLA_F_NESTED, NULL, 0);
	nest = (struct nlattr *)(g.buf + from);
	genl_u32(&g, LODGE_A_QUEUE_EVTCHN, strtoul(word[4], NULL, 0));
	for (i = 5; i < words; i++)
		genl_u32(&g, LODGE_A_QUEUE_RING_REF, strtoul(word[i], NULL, 0));
	nest->nla_len = g.len - from;
	return call();
}

static int simple(uint8_t cmd, char **word)
{
	begin(cmd, word);
	return call();
}

static int run(int words, char **word)
{
	if (words >= 5 && !strcmp(word[1], "create"))
		return create(words, word);
	if (words >= 6 && !strcmp(word[1], "connect"))
		return connect_queue(words, word);
	if (words != 4)
		return 2;
	if (!strcmp(word[1], "disconnect"))
		return simple(LODGE_CMD_BACKEND_DISCONNECT, word);
	if (!strcmp(word[1], "remove"))
		return simple(LODGE_CMD_BACKEND_REMOVE, word);
	begin(!strcmp(word[1], "resized") ? LODGE_CMD_BACKEND_SET : LODGE_CMD_BACKEND_GET, word);
	if (!strcmp(word[1], "resized"))
		genl_attr(&g, LODGE_A_BACKEND_RESIZED, NULL, 0);
	else if (strcmp(word[1], "get"))
		return 2;
	if (call())
		return 1;
	print_reply();
	return 0;
}

int main(int words, char **word)
{
	int ret = genl_open(&g);

	if (ret) {
		fprintf(stderr, "vbd: %s\n", strerror(ret));
		return 1;
	}
	return run(words, word);
}
