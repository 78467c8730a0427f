// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: Network back ends by hand, for scripts whose guests have no xenstore:
 *
 *   vif create DOMID HANDLE MAC IFNAME [BYTES-A-SECOND [PACKETS-A-SECOND]]
 *   vif connect DOMID HANDLE FEATURES TXREF:RXREF:PORT[:RXPORT]...
 *   vif disconnect|remove|show DOMID HANDLE
 *
 * Exit status: 0, or the errno.
 */
#include <stdio.h>
#include <stdlib.h>

#include "genl.h"

static struct genl g;

static void begin(uint8_t cmd, char **argv)
{
	genl_begin(&g, g.family, cmd, NLM_F_ACK);
	genl_u32(&g, LODGE_A_BACKEND_ID, atoi(argv[2]));
	genl_u32(&g, LODGE_A_BACKEND_TYPE, LODGE_BACKEND_TYPE_VIF);
	genl_u32(&g, LODGE_A_BACKEND_HANDLE, atoi(argv[3]));
}

static void put_u64(uint16_t type, const char *text)
{
	uint64_t value = strtoull(text, NULL, 0);

	genl_attr(&g, type, &value, sizeof(value));
}

static int create(int argc, char **argv)
{
	unsigned char mac[6];

	if (sscanf(argv[4], "%hhx:%hhx:%hhx:%hhx:%hhx:%hhx", &mac[0], &mac[1], &mac[2], &mac[3],
		   &mac[4], &mac[5]) != 6)
		return EINVAL;
	begin(LODGE_CMD_BACKEND_CREATE, argv);
	genl_attr(&g, LODGE_A_BACKEND_MAC, mac, sizeof(mac));
	genl_string(&g, LODGE_A_BACKEND_IFNAME, argv[5]);
	if (argc > 6)
		put_u64(LODGE_A_BACKEND_LIMIT_BPS, argv[6]);
	if (argc > 7)
		put_u64(LODGE_A_BACKEND_LIMIT_IOPS, argv[7]);
	return genl_call(&g);
}

static void put_queue(const char *text)
{
	size_t start = g.len;
	unsigned int v[4];
	int n = sscanf(text, "%u:%u:%u:%u", &v[0], &v[1], &v[2], &v[3]);

	genl_attr(&g, LODGE_A_BACKEND_QUEUE | NLA_F_NESTED, NULL, 0);
	genl_u32(&g, LODGE_A_QUEUE_TX_RING_REF, v[0]);
	genl_u32(&g, LODGE_A_QUEUE_RX_RING_REF, v[1]);
	genl_u32(&g, n == 4 ? LODGE_A_QUEUE_EVTCHN_TX : LODGE_A_QUEUE_EVTCHN, v[2]);
	if (n == 4)
		genl_u32(&g, LODGE_A_QUEUE_EVTCHN_RX, v[3]);
	((struct nlattr *)(g.buf + start))->nla_len = g.len - start;
}

static int connect_queues(int argc, char **argv)
{
	int i;

	begin(LODGE_CMD_BACKEND_CONNECT, argv);
	genl_u32(&g, LODGE_A_BACKEND_FEATURES, strtoul(argv[4], NULL, 0));
	for (i = 5; i < argc; i++)
		put_queue(argv[i]);
	return genl_call(&g);
}

static void print_counter(const struct nlattr *nest)
{
	const char *at = (const char *)nest + NLA_HDRLEN, *end = (const char *)nest + nest->nla_len;
	const char *name = "?";
	uint64_t value = 0;

	while (at + NLA_HDRLEN <= end) {
		const struct nlattr *a = (const struct nlattr *)at;

		if ((a->nla_type & NLA_TYPE_MASK) == LODGE_A_COUNTER_NAME)
			name = at + NLA_HDRLEN;
		if ((a->nla_type & NLA_TYPE_MASK) == LODGE_A_COUNTER_COUNT)
			value = genl_number(a);
		at += NLA_ALIGN(a->nla_len);
	}
	printf("%s %llu\n", name, (unsigned long long)value);
}

static int show(char **argv)
{
	static const char * const states[] = { "created", "connected", "failed", "removed" };
	struct nlmsghdr *h = genl_header(&g);
	struct nlattr *a;
	char *at, *end;
	int ret;

	begin(LODGE_CMD_BACKEND_GET, argv);
	ret = genl_call(&g);
	if (ret)
		return ret;
	printf("state %s\n", states[genl_number(genl_find(&g, LODGE_A_BACKEND_STATE)) & 3]);
	a = genl_find(&g, LODGE_A_BACKEND_REASON);
	if (a)
		printf("reason %s\n", (char *)a + NLA_HDRLEN);
	at = (char *)h + NLMSG_HDRLEN + GENL_HDRLEN;
	end = (char *)h + h->nlmsg_len;
	for (; at + NLA_HDRLEN <= end; at += NLA_ALIGN(a->nla_len)) {
		a = (struct nlattr *)at;
		if ((a->nla_type & NLA_TYPE_MASK) == LODGE_A_BACKEND_STAT)
			print_counter(a);
	}
	return 0;
}

int main(int argc, char **argv)
{
	int ret = argc < 4 ? EINVAL : genl_open(&g);

	if (ret)
		return ret;
	if (!strcmp(argv[1], "create") && argc >= 6)
		return create(argc, argv);
	if (!strcmp(argv[1], "connect") && argc >= 5)
		return connect_queues(argc, argv);
	if (!strcmp(argv[1], "show"))
		return show(argv);
	begin(!strcmp(argv[1], "remove") ? LODGE_CMD_BACKEND_REMOVE : LODGE_CMD_BACKEND_DISCONNECT,
	      argv);
	return genl_call(&g);
}
