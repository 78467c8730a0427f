/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * DOC: What a user says about a disk or a network interface
 *
 * "disk.img,ro,name=xvdb" and "bridge=br0,mac=..." become structures here, and
 * xl.cfg's way of saying the same is understood too.  Pure text: no file is
 * looked at, so that the unit tests can feed anything.
 */
#ifndef LODGE_SPEC_H
#define LODGE_SPEC_H

#include <stdbool.h>
#include <stdint.h>

#include "error.h"

#define SPEC_NAME_MAX	16	/* of a device; the kernel's limit for interfaces, too */
#define SPEC_PATH_MAX	1024
#define SPEC_QUEUES_MAX	64

/**
 * struct disk_spec - a disk
 * @target: file or block device
 * @format: of the image, "raw", "qcow2" and so on; "" if the file shall tell
 * @name: that the guest gives it, as in xvda; "" for the first that is free
 * @handle: number of @name in the ABI; 0 with ""
 * @limit_iops: operations a second; 0: no limit
 * @limit_bps: bytes a second; 0: no limit
 */
struct disk_spec {
	char target[SPEC_PATH_MAX];
	char format[SPEC_NAME_MAX];
	char name[SPEC_NAME_MAX];
	uint32_t handle;
	bool read_only, cdrom, no_discard;
	uint64_t limit_iops, limit_bps;
};

enum net_kind { NET_UNSAID, NET_NONE, NET_BRIDGE, NET_NAT, NET_ROUTE };

/**
 * struct net_spec - a network interface
 * @kind: what domain 0's end is connected to
 * @bridge: name of the bridge, with NET_BRIDGE
 * @address: the guest's IPv4 or IPv6 address, with NET_ROUTE
 * @ifname: of domain 0's end; "" for vifDOMID.HANDLE
 * @has_mac: @mac was said
 * @queues: at most; 0: as many as the module likes
 * @limit_bps: bytes a second that the guest may send; 0: no limit
 */
struct net_spec {
	enum net_kind kind;
	char bridge[SPEC_NAME_MAX];
	char address[64];
	char ifname[SPEC_NAME_MAX];
	bool has_mac;
	uint8_t mac[6];
	unsigned int queues;
	uint64_t limit_bps;
};

/* ---- spec_disk.c ---- */
int disk_parse(struct disk_spec *d, const char *text, struct errbuf *e);
int disk_name_parse(const char *name, uint32_t *handle);
void disk_name_format(char *name, size_t size, uint32_t handle);

/* ---- spec_net.c ---- */
int net_parse(struct net_spec *n, const char *text, struct errbuf *e);
int mac_parse(const char *text, uint8_t mac[6]);

/* ---- spec.c: what both need ---- */
bool spec_next(const char **text, char *piece, size_t size);
char *spec_value(char *piece);
int spec_copy(char *to, size_t size, const char *what, const char *from, struct errbuf *e);
int spec_number(const char *what, const char *text, uint64_t min, uint64_t max, uint64_t *n,
		struct errbuf *e);
int spec_rate(const char *what, const char *text, uint64_t *bps, struct errbuf *e);

#endif
