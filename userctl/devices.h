/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * DOC: Disks and network interfaces of domains
 *
 * The back ends live in the module and belong to their domain.  What is here
 * makes and removes them (device_attach.c), announces them in the store
 * (device_store.c), and connects them when a guest's driver is ready, in the
 * daemon "lodge devices" (cmd_devices.c), which asks device_state.c what is to be
 * done.  The daemon keeps nothing that it cannot find again: it may be killed
 * and started at any moment.
 */
#ifndef LODGE_DEVICES_H
#define LODGE_DEVICES_H

#include <stdbool.h>
#include <stdint.h>

#include "error.h"
#include "lodge_netlink.h"
#include "spec.h"

struct client;
struct xs_handle;

/* The states of the ABI, of both ends. */
enum xenbus {
	XENBUS_UNKNOWN, XENBUS_INITIALISING, XENBUS_INIT_WAIT, XENBUS_INITIALISED,
	XENBUS_CONNECTED, XENBUS_CLOSING, XENBUS_CLOSED, XENBUS_RECONFIGURING,
	XENBUS_RECONFIGURED,
};

/* A device; @type is LODGE_BACKEND_TYPE_*. */
struct device_id {
	uint32_t domid, type, handle;
};

/* ---- device_state.c: what is to be done ---- */
enum kernel_state { KERNEL_NONE, KERNEL_CREATED, KERNEL_CONNECTED, KERNEL_FAILED };

/**
 * struct device_view - a device at one moment
 * @front: what the guest says; anything
 * @back: what domain 0 has said
 * @kernel: the back end
 * @online: not to be removed
 */
struct device_view {
	enum xenbus front, back;
	enum kernel_state kernel;
	bool online;
};

/* In this order. @back: to be said then, or XENBUS_UNKNOWN. */
struct device_step {
	bool failed;		/* tell the guest why */
	bool disconnect, connect, remove;
	enum xenbus back;
};
struct device_step device_decide(const struct device_view *v);

/* ---- device_front.c: what a front end wrote ---- */
#define FRONT_QUEUES_MAX	LODGE_BACKEND_QUEUES_MAX
#define FRONT_PAGES_MAX		LODGE_BACKEND_RING_PAGES_MAX
#define FRONT_VALUE_MAX		64

struct front_queue {
	uint32_t refs[FRONT_PAGES_MAX];	/* of a vif: transmit, receive */
	unsigned int nr_refs;
	uint32_t evtchn, evtchn_rx;	/* of a vif: that of transmit, or of both */
	bool split;
};

struct front {
	uint32_t features;		/* LODGE_VIF_* */
	struct front_queue queues[FRONT_QUEUES_MAX];
	unsigned int nr_queues;
};
/* Fills @value, of FRONT_VALUE_MAX bytes. Return: false if there is no such node, or none so short. */
typedef bool (*front_read_fn)(void *data, const char *node, char *value);
int front_parse(struct front *f, uint32_t type, unsigned int queues_max, unsigned int order_max,
		front_read_fn read, void *data, struct errbuf *e);

/* ---- device_kernel.c: the module's part ---- */
struct backend_info {
	struct device_id id;
	uint32_t state, flags, queues_max;
	char name[64], reason[160], ifname[SPEC_NAME_MAX];
	uint64_t limit_iops, limit_bps, sectors;
	uint32_t sector_size, physical_sector_size, discard_granularity, discard_alignment;
	uint32_t indirect_max, ring_order_max, ifindex;
	bool has_discard;
};
const char *device_type_name(uint32_t type);
const char *device_state_name(const struct backend_info *b);
int backend_create_vbd(struct client *c, const struct device_id *id, int fd,
		       const struct disk_spec *d, struct backend_info *b, struct errbuf *e);
int backend_create_vif(struct client *c, const struct device_id *id, const struct net_spec *n,
		       struct backend_info *b, struct errbuf *e);
int backend_get(struct client *c, const struct device_id *id, struct backend_info *b,
		struct errbuf *e);
int backend_connect(struct client *c, const struct device_id *id, const struct front *f,
		    struct errbuf *e);
int backend_disconnect(struct client *c, const struct device_id *id, struct errbuf *e);
int backend_remove(struct client *c, const struct device_id *id, struct errbuf *e);
int backend_list(struct client *c, uint32_t domid, uint32_t type, struct backend_info **list,
		 unsigned int *nr, struct errbuf *e);

/* ---- device_write.c: nodes in one transaction ---- */
#define DEVICE_PATH_MAX	128

/* Of the front end's directory, the back end's, or what domain 0 alone sees. */
enum device_dir { DIR_FRONT, DIR_BACK, DIR_RECORD };

/* The first failure is kept. */
struct device_writer {
	struct xs_handle *xs;
	uint32_t t;
	const struct device_id *id;
	int failed;
};
typedef void (*device_fill_fn)(struct device_writer *w, void *data);
void device_path(enum device_dir dir, char *path, size_t size, const struct device_id *id,
		 const char *node);
void device_put(struct device_writer *w, enum device_dir dir, const char *node, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
int device_transact(const struct device_id *id, device_fill_fn fill, void *data);

/* ---- device_announce.c: what a device is ---- */
struct device_record {
	char source[SPEC_PATH_MAX];	/* a disk's file, or where an interface leads */
	char nbd[64];			/* the nbd device between, or "" */
};
void device_put_size(struct device_writer *w, const struct backend_info *b);
int device_announce(const struct device_id *id, const struct backend_info *b,
		    const struct disk_spec *d, const struct net_spec *n,
		    const struct device_record *r, struct errbuf *e);

/* ---- device_store.c: the nodes ---- */
bool back_path_parse(const char *path, struct device_id *id);
int device_look(const struct device_id *id, struct device_view *v);
int device_say(const struct device_id *id, enum xenbus seen, enum xenbus back,
	       const struct backend_info *b);
void device_say_error(const struct device_id *id, const char *text);
int device_ask_away(const struct device_id *id);
int device_start_over(const struct device_id *id);
void device_record_read(const struct device_id *id, struct device_record *r);
int device_forget(const struct device_id *id);
void device_forget_domain(uint32_t domid);
bool front_node(void *id, const char *node, char *value);
bool device_error_read(const struct device_id *id, char *text, size_t size);

/* ---- device_image.c: the file of a disk ---- */
int image_open(const struct disk_spec *d, struct device_record *r, struct errbuf *e);
void image_close(const struct device_record *r);

/* ---- device_net.c: where an interface leads ---- */
int net_connect(const struct net_spec *n, const struct backend_info *b, struct errbuf *e);

/* ---- device_attach.c: a device comes and goes ---- */
int attach_disk(struct client *c, uint32_t domid, struct disk_spec *d, struct device_id *id,
		struct errbuf *e);
int attach_net(struct client *c, uint32_t domid, struct net_spec *n, struct device_id *id,
	       struct errbuf *e);
int detach_now(struct client *c, const struct device_id *id, struct errbuf *e);
int devices_start_over(struct client *c, uint32_t domid, struct errbuf *e);

/* ---- store_daemon.c ---- */
void devices_spawn(void);

#endif
