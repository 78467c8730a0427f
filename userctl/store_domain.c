// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: The nodes of a domain
 *
 * What a guest and the users of a tool stack expect below /local/domain/N and
 * /vm/UUID, with the owners and permissions that Xen's own tool stack gives
 * them: what the guest may write is the guest's, everything else is domain 0's
 * and the guest can only read it.  So it cannot write what is another's, and
 * xenstored accounts to it what is its own.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <xenstore.h>

#include "cli.h"
#include "devices.h"
#include "store.h"

#define PATH_SIZE	256
#define VALUE_SIZE	1280	/* a command line has 1023 bytes at most */

enum access { GUEST_READS, GUEST_OWNS };

/* One transaction; the first failure is kept in @failed. */
struct writer {
	struct xs_handle *xs;
	xs_transaction_t t;
	uint32_t domid;
	int failed;
};

static void put(struct writer *w, const char *path, enum access access, const char *value)
{
	struct xs_permissions reads[] = {
		{ .id = 0, .perms = XS_PERM_NONE },
		{ .id = w->domid, .perms = XS_PERM_READ },
	};
	struct xs_permissions owns[] = {
		{ .id = w->domid, .perms = XS_PERM_NONE },
	};
	bool ok;

	if (w->failed)
		return;
	ok = xs_write(w->xs, w->t, path, value, strlen(value));
	if (ok && access == GUEST_OWNS)
		ok = xs_set_permissions(w->xs, w->t, path, owns, ARRAY_SIZE(owns));
	else if (ok)
		ok = xs_set_permissions(w->xs, w->t, path, reads, ARRAY_SIZE(reads));
	if (!ok)
		w->failed = errno;
}

/* Below /local/domain/N, read by the guest. */
static void __attribute__((format(printf, 3, 4)))
node(struct writer *w, const char *name, const char *fmt, ...)
{
	char path[PATH_SIZE], value[VALUE_SIZE];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(value, sizeof(value), fmt, ap);
	va_end(ap);
	snprintf(path, sizeof(path), "/local/domain/%u%s%s", w->domid, *name ? "/" : "", name);
	put(w, path, GUEST_READS, value);
}

static void guest_node(struct writer *w, const char *name)
{
	char path[PATH_SIZE];

	snprintf(path, sizeof(path), "/local/domain/%u/%s", w->domid, name);
	put(w, path, GUEST_OWNS, "");
}

static void vm_node(struct writer *w, const char *vm, const char *name, const char *value)
{
	char path[PATH_SIZE];

	snprintf(path, sizeof(path), "%s%s%s", vm, *name ? "/" : "", name);
	put(w, path, GUEST_READS, value);
}

static void write_vm(struct writer *w, const struct store_domain *d, const char *vm)
{
	char start_time[32];
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	snprintf(start_time, sizeof(start_time), "%lld.%02ld", (long long)now.tv_sec,
		 now.tv_nsec / 10000000);
	vm_node(w, vm, "", "");
	vm_node(w, vm, "uuid", vm + strlen("/vm/"));
	vm_node(w, vm, "name", d->name);
	vm_node(w, vm, "start_time", start_time);
	vm_node(w, vm, "image", "");
	vm_node(w, vm, "image/ostype", "linux");
	vm_node(w, vm, "image/kernel", d->kernel);
	if (d->initrd)
		vm_node(w, vm, "image/ramdisk", d->initrd);
	vm_node(w, vm, "image/cmdline", d->cmdline);
}

static void write_cpus(struct writer *w, const struct store_domain *d)
{
	char name[32];

	node(w, "cpu", "%s", "");
	for (unsigned int i = 0; i < d->max_vcpus; i++) {
		snprintf(name, sizeof(name), "cpu/%u", i);
		node(w, name, "%s", "");
		snprintf(name, sizeof(name), "cpu/%u/availability", i);
		node(w, name, i < d->vcpus ? "online" : "offline");
	}
}

static void write_rings(struct writer *w, const struct store_domain *d)
{
	node(w, "store", "%s", "");
	node(w, "store/ring-ref", "%llu", (unsigned long long)d->store_mfn);
	node(w, "store/port", "%u", d->store_port);
	/* A type that xenconsoled leaves alone: the module is the back end. */
	node(w, "console", "%s", "");
	node(w, "console/ring-ref", "%llu", (unsigned long long)d->console_mfn);
	node(w, "console/port", "%u", d->console_port);
	node(w, "console/limit", "%u", 128 << 10);
	node(w, "console/type", "lodge");
	node(w, "console/output", "lodge");
	node(w, "console/tty", "%s", "");
}

static void write_domain(struct writer *w, const struct store_domain *d, const char *vm)
{
	static const char * const guests_own[] = {
		"control/shutdown", "control/feature-poweroff", "control/feature-reboot",
		"control/feature-suspend", "control/sysrq",
		"device/suspend/event-channel", "data", "drivers", "feature", "attr", "error",
	};

	node(w, "", "%s", "");
	node(w, "vm", "%s", vm);
	node(w, "name", "%s", d->name);
	node(w, "domid", "%u", d->domid);
	node(w, "memory", "%s", "");
	node(w, "memory/static-max", "%llu", (unsigned long long)d->max_memory_kib);
	node(w, "memory/target", "%llu", (unsigned long long)d->memory_kib);
	write_cpus(w, d);
	node(w, "device", "%s", "");
	node(w, "device/suspend", "%s", "");
	node(w, "control", "%s", "");
	node(w, "control/platform-feature-multiprocessor-suspend", "1");
	node(w, "control/platform-feature-xs_reset_watches", "1");
	for (size_t i = 0; i < ARRAY_SIZE(guests_own); i++)
		guest_node(w, guests_own[i]);
	write_rings(w, d);
}

static int write_nodes(const struct store_domain *d, struct xs_handle *xs)
{
	struct writer w = { .xs = xs, .domid = d->domid };
	const uint8_t *u = d->uuid;
	char vm[64];

	snprintf(vm, sizeof(vm),
		 "/vm/%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x",
		 u[0], u[1], u[2], u[3], u[4], u[5], u[6], u[7], u[8], u[9], u[10], u[11], u[12],
		 u[13], u[14], u[15]);
	do {
		w.failed = 0;
		w.t = xs_transaction_start(xs);
		if (w.t == XBT_NULL)
			return errno;
		write_domain(&w, d, vm);
		write_vm(&w, d, vm);
		/* Someone else's change in between: once more. */
		if (!xs_transaction_end(xs, w.t, w.failed) && !w.failed)
			w.failed = errno;
	} while (w.failed == EAGAIN);
	return w.failed;
}

/* Domain 0's own, which nobody else writes where Xen's init script does not run. */
static int write_domain0(void)
{
	char *name = store_read(0, "name");
	int rc = 0;

	if (!name)
		rc = store_write(0, "name", "Domain-0") || store_write(0, "domid", "0");
	free(name);
	return rc ? -1 : 0;
}

/**
 * store_introduce() - tell xenstored about a domain
 * @d: all about it; built, but not started, as xenstored resets the ring
 * @e: why not
 *
 * Leaves no node behind if it fails.
 *
 * Return: 0 or -1.
 */
int store_introduce(const struct store_domain *d, struct errbuf *e)
{
	struct xs_handle *xs = store_open();
	int error;

	if (!xs)
		return fail(e, "xenstored does not answer any more: %s; 'lodge store start' starts it",
			    strerror(errno));
	error = write_domain0() ? errno : write_nodes(d, xs);
	if (error) {
		store_remove(d->domid);
		return fail(e, "xenstored does not take the nodes of %s: %s; --no-store does without it",
			    d->name, strerror(error));
	}
	if (xs_introduce_domain(xs, d->domid, d->store_mfn, d->store_port))
		return 0;
	error = errno;
	store_remove(d->domid);
	return fail(e, "xenstored cannot connect to %s: %s; --no-store does without it", d->name,
		    strerror(error));
}

/**
 * store_knows() - is the domain in the store?
 * @domid: any but 0
 *
 * False for one that was made with --no-store, or before xenstored was started:
 * what is written for it nobody reads.
 */
bool store_knows(uint32_t domid)
{
	struct xs_handle *xs = store_open();

	return xs && xs_is_domain_introduced(xs, domid);
}

/**
 * store_resumed() - tell xenstored that a suspended domain goes on
 * @domid: the domain
 *
 * Otherwise xenstored takes it for shut down already, and does not tell the
 * tools that watch for it when it does.
 *
 * Return: 0, also for a domain that is not in the store, or -1 with errno.
 */
int store_resumed(uint32_t domid)
{
	struct xs_handle *xs = store_open();

	return !xs || xs_resume_domain(xs, domid) || errno == ENOENT ? 0 : -1;
}

/**
 * store_remove() - remove a domain from the store
 * @domid: any but 0; it is not in the store, or has ended
 *
 * xenstored lets go of the domain's page and port, if it has not yet.
 *
 * Return: 0, also if there was nothing, or -1 with errno.
 */
int store_remove(uint32_t domid)
{
	struct xs_handle *xs = store_open();
	char path[64];
	char *vm;
	int rc = 0;

	if (!xs || !domid)
		return -1;
	device_forget_domain(domid);
	if (!xs_release_domain(xs, domid) && errno != ENOENT)
		rc = -1;
	vm = store_read(domid, "vm");
	if (vm && !strncmp(vm, "/vm/", 4) && vm[4] && !xs_rm(xs, XBT_NULL, vm) && errno != ENOENT)
		rc = -1;
	free(vm);
	snprintf(path, sizeof(path), "/local/domain/%u", domid);
	if (!xs_rm(xs, XBT_NULL, path) && errno != ENOENT)
		rc = -1;
	return rc;
}

/* Ids of domains that live, a bit each. */
struct living {
	uint8_t bit[65536 / 8];
};

static void note_living(const struct reply *r, void *data)
{
	struct living *l = data;
	struct domain_info info;

	domain_info_read(&info, r->attrs);
	if (info.state != LODGE_DOMAIN_STATE_ENDED && info.state != LODGE_DOMAIN_STATE_DYING &&
	    info.id < 65536)
		l->bit[info.id / 8] |= 1 << info.id % 8;
}

/**
 * store_sweep() - remove from the store all domains that do not live
 * @c: for asking the module
 * @e: why not
 *
 * Harmless at any time, and where no xenstored runs.  The store is listed
 * before the module is asked: who is created meanwhile is not removed.
 *
 * Return: 0 or -1.
 */
int store_sweep(struct client *c, struct errbuf *e)
{
	struct xs_handle *xs = store_open();
	struct living l = { { 0 } };
	unsigned int n = 0;
	char **ids;
	int rc = 0;

	ids = xs ? xs_directory(xs, XBT_NULL, "/local/domain", &n) : NULL;
	if (!ids)
		return 0;
	if (client_dump(c, LODGE_CMD_DOMAIN_GET, NULL, note_living, &l, e)) {
		free(ids);
		return -1;
	}
	for (unsigned int i = 0; i < n; i++) {
		unsigned long id = strtoul(ids[i], NULL, 10);

		if (!id || id > 65535 || l.bit[id / 8] & 1 << id % 8)
			continue;
		if (store_remove(id))
			rc = fail(e, "cannot remove domain %lu from xenstored: %s; 'xenstore-rm /local/domain/%lu' may",
				  id, strerror(errno), id);
	}
	free(ids);
	return rc;
}
