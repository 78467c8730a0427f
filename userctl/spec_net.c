// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: Descriptions of network interfaces
 *
 * One of bridge=NAME, nat, route=ADDRESS and none, and KEY=VALUE for the rest;
 * xl's mac=, bridge=, vifname= and rate= mean what they mean there.
 */
#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "spec.h"

/**
 * mac_parse() - read an Ethernet address
 * @text: six pairs of hexadecimal digits, colons between
 * @mac: filled
 *
 * Return: 0, or -1 for anything else, and for group addresses and 0.
 */
int mac_parse(const char *text, uint8_t mac[6])
{
	static const uint8_t zero[6];

	for (int i = 0; i < 6; i++, text += 3) {
		if (!isxdigit((unsigned char)text[0]) || !isxdigit((unsigned char)text[1]) ||
		    text[2] != (i < 5 ? ':' : '\0'))
			return -1;
		mac[i] = strtoul((char[]){ text[0], text[1], 0 }, NULL, 16);
	}
	return mac[0] & 1 || !memcmp(mac, zero, 6) ? -1 : 0;
}

static int set_kind(struct net_spec *n, enum net_kind kind, struct errbuf *e)
{
	if (n->kind != NET_UNSAID)
		return fail(e, "say only one of bridge=, nat, route= and none");
	n->kind = kind;
	return 0;
}

static int set_interface(char *to, const char *what, const char *value, struct errbuf *e)
{
	if (spec_copy(to, SPEC_NAME_MAX, what, value, e))
		return -1;
	/* What the kernel refuses in a name; and it goes into commands. */
	for (const char *s = value; *s; s++)
		if (!isalnum((unsigned char)*s) && !strchr("._-", *s))
			return fail(e, "%s '%s' is no name of an interface", what, value);
	if (!isalnum((unsigned char)*value))
		return fail(e, "%s '%s' is no name of an interface", what, value);
	return 0;
}

static int set_address(struct net_spec *n, const char *value, struct errbuf *e)
{
	struct in6_addr address;

	if (spec_copy(n->address, sizeof(n->address), "route=", value, e))
		return -1;
	if (inet_pton(AF_INET, value, &address) != 1 && inet_pton(AF_INET6, value, &address) != 1)
		return fail(e, "route=%s is no IPv4 or IPv6 address", value);
	return 0;
}

static int set_key(struct net_spec *n, const char *key, const char *value, struct errbuf *e)
{
	uint64_t number;

	if (!strcmp(key, "bridge"))
		return set_kind(n, NET_BRIDGE, e) ||
		       set_interface(n->bridge, "bridge=", value, e) ? -1 : 0;
	if (!strcmp(key, "route"))
		return set_kind(n, NET_ROUTE, e) || set_address(n, value, e) ? -1 : 0;
	if (!strcmp(key, "mac")) {
		n->has_mac = true;
		return mac_parse(value, n->mac) ?
		       fail(e, "mac=%.40s is no address of one station, as 00:16:3e:12:34:56 is",
			    value) : 0;
	}
	if (!strcmp(key, "ifname") || !strcmp(key, "vifname"))
		return set_interface(n->ifname, "ifname=", value, e);
	if (!strcmp(key, "queues")) {
		if (spec_number("queues", value, 1, SPEC_QUEUES_MAX, &number, e))
			return -1;
		n->queues = number;
		return 0;
	}
	if (!strcmp(key, "limit-bps") || !strcmp(key, "rate"))
		return spec_rate(key, value, &n->limit_bps, e);
	if (!strcmp(key, "script"))
		return fail(e, "script= is not needed: say bridge=, nat or route=");
	if (!strcmp(key, "type") && (!strcmp(value, "vif") || !strcmp(value, "netfront")))
		return 0;
	return fail(e, "'%.40s=%.40s' says nothing about a network interface; 'man lodge' lists what can be said",
		    key, value);
}

/**
 * net_parse() - read a network interface's description
 * @n: filled
 * @text: the description
 * @e: why not
 *
 * Return: 0 or -1.
 */
int net_parse(struct net_spec *n, const char *text, struct errbuf *e)
{
	char piece[SPEC_PATH_MAX], *value;
	const char *rest = text;
	int rc = 0;

	*n = (struct net_spec){ 0 };
	if (strlen(text) >= sizeof(piece))
		return fail(e, "the interface's description is too long");
	while (!rc && spec_next(&rest, piece, sizeof(piece))) {
		value = spec_value(piece);
		if (value)
			rc = set_key(n, piece, value, e);
		else if (!strcmp(piece, "nat"))
			rc = set_kind(n, NET_NAT, e);
		else if (!strcmp(piece, "none"))
			rc = set_kind(n, NET_NONE, e);
		else if (piece[0])
			rc = fail(e, "'%.40s' says nothing about a network interface; 'man lodge' lists what can be said",
				  piece);
	}
	if (!rc && n->kind == NET_UNSAID)
		return fail(e, "say where the interface leads: bridge=NAME, nat, route=ADDRESS or none");
	return rc;
}
