// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: Where a network interface leads
 *
 * Domain 0's end becomes a port of a bridge, of a bridge of our own behind NAT, or
 * gets a route.  All by libnl-route, but for the rules of NAT, which nft sets.
 * What is set up for all (the bridge of NAT, its rules) stays when the last
 * guest has gone; what is an interface's own goes with it.
 */
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <netlink/netlink.h>
#include <netlink/route/addr.h>
#include <netlink/route/link.h>
#include <netlink/route/link/bridge.h>
#include <netlink/route/route.h>

#include "devices.h"
#include "run.h"

#define NAT_BRIDGE	"lodge-nat"
#define NAT_ADDRESS	"192.168.242.1/24"
#define NAT_NETWORK	"192.168.242.0/24"

/* A second time it changes nothing. */
static const char nat_rules[] =
	"table ip lodge\n"
	"delete table ip lodge\n"
	"table ip lodge {\n"
	"	chain postrouting {\n"
	"		type nat hook postrouting priority srcnat;\n"
	"		ip saddr " NAT_NETWORK " oifname != \"" NAT_BRIDGE "\" masquerade\n"
	"	}\n"
	"}\n";

static int write_file(const char *path, const char *text, struct errbuf *e)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t n = fd >= 0 ? write(fd, text, strlen(text)) : -1;
	int error = errno;

	if (fd >= 0)
		close(fd);
	return n == (ssize_t)strlen(text) ? 0 :
	       fail(e, "cannot write %s to %s: %s", text, path, strerror(error));
}

/* Change a link: up, and a port of @master if that is not 0. */
static int set_up(struct nl_sock *sock, unsigned int ifindex, unsigned int master, const char *name,
		  struct errbuf *e)
{
	struct rtnl_link *old = rtnl_link_alloc(), *new = rtnl_link_alloc();
	int rc = -NLE_NOMEM;

	if (old && new) {
		rtnl_link_set_ifindex(old, ifindex);
		rtnl_link_set_flags(new, IFF_UP);
		if (master)
			rtnl_link_set_master(new, master);
		rc = rtnl_link_change(sock, old, new, 0);
	}
	rtnl_link_put(old);
	rtnl_link_put(new);
	return rc < 0 ? fail(e, "cannot set the interface %s up: %s", name, nl_geterror(rc)) : 0;
}

/* The bridge's number, or 0. */
static unsigned int find_bridge(struct nl_sock *sock, const char *name, struct errbuf *e)
{
	struct rtnl_link *link;
	unsigned int ifindex;
	const char *type;

	if (rtnl_link_get_kernel(sock, 0, name, &link) < 0) {
		fail(e, "there is no bridge %s; 'ip link add %s type bridge' makes one, and bridge=, nat, route= are the choices",
		     name, name);
		return 0;
	}
	type = rtnl_link_get_type(link);
	ifindex = type && !strcmp(type, "bridge") ? rtnl_link_get_ifindex(link) : 0;
	rtnl_link_put(link);
	if (!ifindex)
		fail(e, "%s is not a bridge", name);
	return ifindex;
}

static int add_address(struct nl_sock *sock, unsigned int ifindex, const char *text,
		       struct errbuf *e)
{
	struct rtnl_addr *address = rtnl_addr_alloc();
	struct nl_addr *local = NULL;
	int rc = address ? nl_addr_parse(text, AF_INET, &local) : -NLE_NOMEM;

	if (!rc) {
		rtnl_addr_set_ifindex(address, ifindex);
		rtnl_addr_set_local(address, local);
		rc = rtnl_addr_add(sock, address, 0);
	}
	nl_addr_put(local);
	rtnl_addr_put(address);
	if (rc < 0 && rc != -NLE_EXIST)
		return fail(e, "cannot give " NAT_BRIDGE " the address %s: %s", text,
			    nl_geterror(rc));
	return 0;
}

static int set_nat_rules(struct errbuf *e)
{
	char *const nft[] = { "nft", "-f", "-", NULL };
	char said[160];
	int rc = run_program(nft, nat_rules, said, sizeof(said));

	if (rc == RUN_MISSING)
		return fail(e, "'nat' needs nft; install it (Debian: nftables), or use bridge= or route=");
	return rc ? fail(e, "nft does not take the rules for 'nat': %s", said) : 0;
}

/* The bridge behind NAT, made when first needed. Return: its number, or 0. */
static unsigned int nat_bridge(struct nl_sock *sock, struct errbuf *e)
{
	unsigned int ifindex = if_nametoindex(NAT_BRIDGE);
	int rc = ifindex ? 0 : rtnl_link_bridge_add(sock, NAT_BRIDGE);

	if (rc < 0 && rc != -NLE_EXIST) {
		fail(e, "cannot make the bridge " NAT_BRIDGE ": %s; is the kernel's module bridge there?",
		     nl_geterror(rc));
		return 0;
	}
	ifindex = find_bridge(sock, NAT_BRIDGE, e);
	if (!ifindex || add_address(sock, ifindex, NAT_ADDRESS, e) ||
	    set_up(sock, ifindex, 0, NAT_BRIDGE, e) || set_nat_rules(e) ||
	    write_file("/proc/sys/net/ipv4/ip_forward", "1", e))
		return 0;
	return ifindex;
}

static int add_route(struct nl_sock *sock, unsigned int ifindex, const char *text,
		     struct errbuf *e)
{
	struct rtnl_nexthop *hop = rtnl_route_nh_alloc();
	struct rtnl_route *route = rtnl_route_alloc();
	struct nl_addr *to = NULL;
	int rc = hop && route ? nl_addr_parse(text, AF_UNSPEC, &to) : -NLE_NOMEM;

	if (!rc) {
		rtnl_route_nh_set_ifindex(hop, ifindex);
		rtnl_route_add_nexthop(route, hop);
		hop = NULL;	/* the route's now */
		rtnl_route_set_family(route, nl_addr_get_family(to));
		rtnl_route_set_dst(route, to);
		rtnl_route_set_scope(route, RT_SCOPE_LINK);
		rc = rtnl_route_add(sock, route, NLM_F_REPLACE);
	}
	nl_addr_put(to);
	rtnl_route_put(route);
	if (hop)
		rtnl_route_nh_free(hop);
	return rc < 0 ? fail(e, "cannot set a route to %s: %s", text, nl_geterror(rc)) : 0;
}

/* Packets to its address go to it, and domain 0 answers for everybody else to it. */
static int connect_route(struct nl_sock *sock, const struct net_spec *n,
			 const struct backend_info *b, struct errbuf *e)
{
	bool v6 = strchr(n->address, ':');
	char path[80];

	snprintf(path, sizeof(path), "/proc/sys/net/%s/conf/%s/%s", v6 ? "ipv6" : "ipv4",
		 b->ifname, v6 ? "proxy_ndp" : "proxy_arp");
	return set_up(sock, b->ifindex, 0, b->ifname, e) ||
	       add_route(sock, b->ifindex, n->address, e) || write_file(path, "1", e) ||
	       write_file(v6 ? "/proc/sys/net/ipv6/conf/all/forwarding" :
			  "/proc/sys/net/ipv4/ip_forward", "1", e) ? -1 : 0;
}

/**
 * net_connect() - connect domain 0's end of an interface
 * @n: with what
 * @b: the interface
 * @e: why not
 *
 * Return: 0 or -1.
 */
int net_connect(const struct net_spec *n, const struct backend_info *b, struct errbuf *e)
{
	struct nl_sock *sock = nl_socket_alloc();
	unsigned int master = 0;
	int rc = -1;

	if (!sock || nl_connect(sock, NETLINK_ROUTE) < 0) {
		nl_socket_free(sock);
		return fail(e, "cannot open a netlink socket: %m");
	}
	switch (n->kind) {
	case NET_BRIDGE:
		master = find_bridge(sock, n->bridge, e);
		break;
	case NET_NAT:
		master = nat_bridge(sock, e);
		break;
	case NET_ROUTE:
		rc = connect_route(sock, n, b, e);
		break;
	default:
		rc = 0;		/* the user does it */
		break;
	}
	if (master)
		rc = set_up(sock, b->ifindex, master, b->ifname, e);
	nl_socket_free(sock);
	return rc;
}
