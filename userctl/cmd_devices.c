// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: lodge devices
 *
 * The daemon that connects devices: a guest's driver comes, goes and comes again
 * when it likes, so somebody must watch the store for it.  It knows nothing but
 * which devices there are; what is to be done follows from what is there
 * (device_state.c).  Data does not go through it, so while it does not run
 * devices work on, but none connects or goes.
 *
 * Events only mark a device; all that are marked are looked at once, in turn: a
 * guest that writes its nodes without pause gets no more attention than others.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include <xenstore.h>

#include "cli.h"
#include "devices.h"
#include "store.h"

#define LOOK_MS		5000	/* libxenstore does not wake us when xenstored ends */
#define BACK_DIR	"/local/domain/0/backend"

struct device {
	struct device *next;
	struct device_id id;
	bool marked;
};

struct daemon {
	struct client client;
	struct xs_handle *xs;
	struct device *devices;
};

static bool same(const struct device_id *a, const struct device_id *b)
{
	return a->domid == b->domid && a->type == b->type && a->handle == b->handle;
}

static struct device *find(struct daemon *d, const struct device_id *id)
{
	struct device *dev = d->devices;

	while (dev && !same(&dev->id, id))
		dev = dev->next;
	return dev;
}

/* Mark a device; one that is new is watched from now on. */
static void mark(struct daemon *d, const struct device_id *id)
{
	struct device *dev = find(d, id);
	char path[DEVICE_PATH_MAX];

	if (!dev) {
		dev = calloc(1, sizeof(*dev));
		if (!dev) {
			syslog(LOG_ERR, "no memory for a device of domain %u", id->domid);
			return;
		}
		dev->id = *id;
		dev->next = d->devices;
		d->devices = dev;
		device_path(DIR_FRONT, path, sizeof(path), id, "state");
		if (!xs_watch(d->xs, path, "front"))
			syslog(LOG_ERR, "cannot watch %s: %m", path);
	}
	dev->marked = true;
}

static void forget(struct daemon *d, struct device *dev)
{
	struct device **at = &d->devices;
	char path[DEVICE_PATH_MAX];

	device_path(DIR_FRONT, path, sizeof(path), &dev->id, "state");
	xs_unwatch(d->xs, path, "front");
	while (*at != dev)
		at = &(*at)->next;
	*at = dev->next;
	free(dev);
}

/* All devices in the store: at the start, and when a whole directory came or went. */
static void mark_all(struct daemon *d)
{
	char type_dir[DEVICE_PATH_MAX], dir[DEVICE_PATH_MAX + 16], **domains, **handles;
	struct device_id id;
	unsigned int n, m;

	for (struct device *dev = d->devices; dev; dev = dev->next)
		dev->marked = true;
	for (id.type = LODGE_BACKEND_TYPE_VBD; id.type <= LODGE_BACKEND_TYPE_VIF; id.type++) {
		snprintf(type_dir, sizeof(type_dir), BACK_DIR "/%s", device_type_name(id.type));
		domains = xs_directory(d->xs, XBT_NULL, type_dir, &n);
		for (unsigned int i = 0; domains && i < n; i++) {
			id.domid = strtoul(domains[i], NULL, 10);
			snprintf(dir, sizeof(dir), "%s/%u", type_dir, id.domid);
			handles = xs_directory(d->xs, XBT_NULL, dir, &m);
			for (unsigned int j = 0; handles && j < m; j++) {
				id.handle = strtoul(handles[j], NULL, 10);
				mark(d, &id);
			}
			free(handles);
		}
		free(domains);
	}
}

static void take_watch(struct daemon *d)
{
	struct device_id id;
	char type[4], **event;
	struct device *dev;

	while ((event = xs_check_watch(d->xs))) {
		const char *path = event[XS_WATCH_PATH];

		if (!strcmp(event[XS_WATCH_TOKEN], "front")) {
			if (sscanf(path, "/local/domain/%u/device/%3[a-z]/%u", &id.domid, type,
				   &id.handle) == 3) {
				id.type = strcmp(type, "vbd") ? LODGE_BACKEND_TYPE_VIF :
					  LODGE_BACKEND_TYPE_VBD;
				dev = find(d, &id);
				if (dev)
					dev->marked = true;
			}
		} else if (back_path_parse(path, &id)) {
			mark(d, &id);
		} else {
			mark_all(d);
		}
		free(event);
	}
}

static void note_event(const struct reply *r, void *data)
{
	struct device_id id = {
		.domid = attr_u64(r->attrs[LODGE_A_BACKEND_ID]),
	};
	struct device *dev;

	if (r->cmd != LODGE_CMD_BACKEND_EVENT)
		return;
	id.type = attr_u64(r->attrs[LODGE_A_BACKEND_TYPE]);
	id.handle = attr_u64(r->attrs[LODGE_A_BACKEND_HANDLE]);
	dev = find(data, &id);
	if (dev)
		dev->marked = true;
}

static enum kernel_state kernel_state(struct daemon *d, const struct device_id *id,
				      struct backend_info *b)
{
	struct errbuf ignored;

	if (backend_get(&d->client, id, b, &ignored))
		return KERNEL_NONE;
	switch (b->state) {
	case LODGE_BACKEND_STATE_CONNECTED:
		return KERNEL_CONNECTED;
	case LODGE_BACKEND_STATE_FAILED:
		return KERNEL_FAILED;
	default:
		return KERNEL_CREATED;
	}
}

/* What is wrong, for the guest's eyes, the administrator's, and whoever looks later. */
static void complain(const struct device_id *id, const char *text)
{
	syslog(LOG_WARNING, "domain %u, %s %u: %s", id->domid, device_type_name(id->type),
	       id->handle, text);
	device_say_error(id, text);
}

static int connect_device(struct daemon *d, struct device_id *id, const struct backend_info *b,
			  struct errbuf *e)
{
	struct front front;

	return front_parse(&front, id->type, b->queues_max, b->ring_order_max, front_node, id, e) ?:
	       backend_connect(&d->client, id, &front, e);
}

/* Return: false if the device is gone. */
static bool carry_out(struct daemon *d, struct device *dev, const struct device_view *v,
		      struct device_step *s, struct backend_info *b)
{
	struct errbuf e;

	if (s->failed)
		complain(&dev->id, b->reason);
	if (s->disconnect && backend_disconnect(&d->client, &dev->id, &e))
		complain(&dev->id, e.text);
	if (s->remove) {
		if (!detach_now(&d->client, &dev->id, &e))
			return false;
		complain(&dev->id, e.text);
	}
	if (s->connect && connect_device(d, &dev->id, b, &e)) {
		complain(&dev->id, e.text);
		s->back = XENBUS_CLOSING;
	} else if (s->connect) {
		device_say_error(&dev->id, NULL);
		kernel_state(d, &dev->id, b);
	}
	if (s->back && device_say(&dev->id, v->back, s->back, s->connect ? b : NULL) < 0)
		syslog(LOG_ERR, "cannot write to xenstore: %m");
	return true;
}

/* Its own writes make it look once more, so nothing is missed. */
static void look_at(struct daemon *d, struct device *dev)
{
	struct backend_info b;
	struct device_view v;
	struct device_step s;
	int rc = device_look(&dev->id, &v);

	dev->marked = false;
	if (rc > 0)
		forget(d, dev);
	if (rc)
		return;		/* no store: that ends all */
	v.kernel = kernel_state(d, &dev->id, &b);
	s = device_decide(&v);
	if (!carry_out(d, dev, &v, &s, &b))
		forget(d, dev);
}

static int serve(struct daemon *d, struct errbuf *e)
{
	struct pollfd p[] = {
		{ .fd = xs_fileno(d->xs), .events = POLLIN },
		{ .fd = client_event_fd(&d->client), .events = POLLIN },
	};
	struct device *dev, *next;
	int rc;

	for (;;) {
		if (poll(p, ARRAY_SIZE(p), LOOK_MS) < 0 && errno != EINTR)
			return fail(e, "cannot wait for events: %s", strerror(errno));
		if (p[1].revents) {
			rc = client_event(&d->client, note_event, d, 0, e);
			if (rc < 0)
				return -1;
			if (rc)
				mark_all(d);	/* events were lost */
		}
		take_watch(d);
		if (store_open() != d->xs)
			return 0;	/* xenstored has ended */
		for (dev = d->devices; dev; dev = next) {
			next = dev->next;
			if (dev->marked)
				look_at(d, dev);
		}
	}
}

int cmd_devices(int argc, char **argv)
{
	static const struct option none[] = { { } };
	struct daemon d = { 0 };
	struct errbuf e;
	int rc;

	while (next_option(argc, argv, none) != -1)
		;
	no_more_arguments(argc, argv);
	openlog("lodge", LOG_PID, LOG_DAEMON);
	d.xs = store_open();
	if (!d.xs)
		rc = fail(&e, "xenstored does not run; 'lodge store start' starts it");
	else if (store_lock("devices", &e) || client_open(&d.client, &e) || client_subscribe(&d.client, &e))
		rc = -1;
	else if (!xs_watch(d.xs, BACK_DIR, "back"))
		rc = fail(&e, "cannot watch the store: %s", strerror(errno));
	else
		rc = serve(&d, &e);
	client_close(&d.client);
	return rc ? report(&e) : EXIT_OK;
}
