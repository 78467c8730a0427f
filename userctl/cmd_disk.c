// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: lodge disk, lodge net
 *
 * Devices of a domain that lives: one more, one less, and a list.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli.h"
#include "devices.h"
#include "store.h"

#define DEFAULT_TIMEOUT_S	10
#define LOOK_MS			50

struct args {
	uint32_t type;
	bool json, force;
	int timeout_s;
	struct domain_ref ref;
	const char *what;	/* a description, or a device's name */
};

static void name_device(char *name, size_t size, const struct device_id *id)
{
	if (id->type == LODGE_BACKEND_TYPE_VBD)
		disk_name_format(name, size, id->handle);
	else
		snprintf(name, size, "%u", id->handle);
}

/* Wait for @done: 0 when it is, 1 after the time, -1 when it cannot be any more. */
static int wait_for(struct client *c, const struct device_id *id, int timeout_s,
		    int (*done)(struct client *c, const struct device_id *id, struct errbuf *e),
		    struct errbuf *e)
{
	const struct timespec pause = { .tv_nsec = LOOK_MS * 1000000 };
	int rc;

	for (int ms = 0;; ms += LOOK_MS) {
		rc = done(c, id, e);
		if (rc <= 0 || ms >= timeout_s * 1000)
			return rc;
		nanosleep(&pause, NULL);
	}
}

static int connected(struct client *c, const struct device_id *id, struct errbuf *e)
{
	struct backend_info b;
	struct device_view v;
	char text[256];

	if (backend_get(c, id, &b, e))
		return -1;
	if (device_look(id, &v))
		return fail(e, "the device is gone again");
	if (b.state == LODGE_BACKEND_STATE_CONNECTED && v.front == XENBUS_CONNECTED)
		return 0;
	if (b.state == LODGE_BACKEND_STATE_FAILED)
		return fail(e, "the device has failed: %s", b.reason);
	if (v.back >= XENBUS_CLOSING && device_error_read(id, text, sizeof(text)))
		return fail(e, "the device cannot be connected: %s", text);
	return 1;
}

static int gone(struct client *c, const struct device_id *id, struct errbuf *e)
{
	struct backend_info b;

	if (backend_get(c, id, &b, e))
		return c->error == ENOENT || c->error == ESHUTDOWN ? 0 : -1;
	return 1;
}

static int check_domain(struct client *c, const struct args *a, struct domain_info *info,
			struct errbuf *e)
{
	if (client_get(c, &a->ref, info, e))
		return -1;
	if (!store_knows(info->id))
		return fail(e, "%s has no xenstore, by which it would learn of devices", info->name);
	return 0;
}

/* Return: an exit status. */
static int attach_it(struct client *c, const struct args *a, struct errbuf *e)
{
	char name[SPEC_NAME_MAX];
	struct domain_info info;
	struct errbuf why = { "" };
	struct disk_spec disk;
	struct device_id id;
	struct net_spec net;
	int rc;

	if (a->type == LODGE_BACKEND_TYPE_VBD ? disk_parse(&disk, a->what, e) :
	    net_parse(&net, a->what, e))
		usage_error("%s", e->text);
	if (check_domain(c, a, &info, e))
		return report(e);
	rc = a->type == LODGE_BACKEND_TYPE_VBD ? attach_disk(c, info.id, &disk, &id, &why) :
	     attach_net(c, info.id, &net, &id, &why);
	if (rc) {
		fail(e, "%s gets no such device: %s", info.name, why.text);
		return report(e);
	}
	name_device(name, sizeof(name), &id);
	printf("%s\n", name);
	rc = wait_for(c, &id, a->timeout_s, connected, &why);
	if (!rc)
		return EXIT_OK;
	if (rc < 0)
		fail(e, "%s of %s: %s", name, info.name, why.text);
	else
		fail(e, "%s has not taken %s up within %d s; it can still do so", info.name, name,
		     a->timeout_s);
	report(e);
	return rc < 0 ? EXIT_FAILED : EXIT_TIMEOUT;
}

static int find_device(struct args *a, struct device_id *id, struct errbuf *e)
{
	uint64_t handle;

	id->type = a->type;
	if (a->type == LODGE_BACKEND_TYPE_VBD && !disk_name_parse(a->what, &id->handle))
		return 0;
	if (spec_number("the device", a->what, 0, UINT32_MAX, &handle, e))
		return fail(e, "'%.40s' is no device; 'lodge %s list' shows them", a->what,
			    a->type == LODGE_BACKEND_TYPE_VBD ? "disk" : "net");
	id->handle = handle;
	return 0;
}

static int detach_it(struct client *c, struct args *a, struct errbuf *e)
{
	struct domain_info info;
	struct backend_info b;
	struct device_id id;
	int rc;

	if (check_domain(c, a, &info, e) || find_device(a, &id, e))
		return report(e);
	id.domid = info.id;
	if (backend_get(c, &id, &b, e)) {
		if (c->error == ENOENT)
			fail(e, "%s has no device '%s'; 'lodge %s list' shows them", info.name,
			     a->what, a->type == LODGE_BACKEND_TYPE_VBD ? "disk" : "net");
		return report(e);
	}
	if (a->force)
		return detach_now(c, &id, e) ? report(e) : EXIT_OK;
	if (device_ask_away(&id)) {
		fail(e, "cannot write to xenstore: %s", strerror(errno));
		return report(e);
	}
	devices_spawn();
	rc = wait_for(c, &id, a->timeout_s, gone, e);
	if (!rc)
		return EXIT_OK;
	if (rc > 0)
		fail(e, "%s has not let go of '%s' within %d s; it still may; --force takes it away",
		     info.name, a->what, a->timeout_s);
	report(e);
	return rc > 0 ? EXIT_TIMEOUT : EXIT_FAILED;
}

static cJSON *json_device(const struct backend_info *b, const struct device_record *r,
			  const char *name, const char *wrong)
{
	cJSON *j = cJSON_CreateObject();

	cJSON_AddStringToObject(j, "domain", b->name);
	json_u64(j, "domain_id", b->id.domid);
	cJSON_AddStringToObject(j, "name", name);
	json_u64(j, "handle", b->id.handle);
	cJSON_AddStringToObject(j, "state", device_state_name(b));
	cJSON_AddStringToObject(j, "source", r->source);
	if (b->id.type == LODGE_BACKEND_TYPE_VBD) {
		json_u64(j, "size_bytes", b->sectors * 512);
		cJSON_AddBoolToObject(j, "read_only", b->flags & LODGE_VBD_READ_ONLY);
	} else {
		cJSON_AddStringToObject(j, "interface", b->ifname);
	}
	json_u64(j, "limit_iops", b->limit_iops);
	json_u64(j, "limit_bps", b->limit_bps);
	if (*wrong)
		cJSON_AddStringToObject(j, "error", wrong);
	return j;
}

static void print_device(const struct backend_info *b, const struct device_record *r,
			 const char *name, const char *wrong)
{
	char size[24] = "";

	if (b->id.type == LODGE_BACKEND_TYPE_VBD)
		format_bytes(size, sizeof(size), b->sectors * 512);
	else
		snprintf(size, sizeof(size), "%s", b->ifname);
	printf("%-16s %-8s %-10s %12s %s%s\n", b->name, name, device_state_name(b), size,
	       b->id.type == LODGE_BACKEND_TYPE_VBD && b->flags & LODGE_VBD_READ_ONLY ? "ro " : "",
	       r->source);
	if (*wrong)
		printf("%-16s %-8s %s\n", "", "", wrong);
}

static int list_them(struct client *c, const struct args *a, struct errbuf *e)
{
	struct domain_info info = { 0 };
	cJSON *all = cJSON_CreateArray();
	struct backend_info *list;
	char name[SPEC_NAME_MAX];
	unsigned int nr;

	if ((a->ref.name && client_get(c, &a->ref, &info, e)) ||
	    backend_list(c, info.id, a->type, &list, &nr, e)) {
		cJSON_Delete(all);
		return report(e);
	}
	if (!a->json)
		printf("%-16s %-8s %-10s %12s %s\n", "DOMAIN", "DEVICE", "STATE",
		       a->type == LODGE_BACKEND_TYPE_VBD ? "SIZE" : "INTERFACE", "SOURCE");
	for (unsigned int i = 0; i < nr; i++) {
		struct device_record r;
		char wrong[256] = "";

		device_record_read(&list[i].id, &r);
		name_device(name, sizeof(name), &list[i].id);
		if (list[i].state == LODGE_BACKEND_STATE_FAILED)
			snprintf(wrong, sizeof(wrong), "%s", list[i].reason);
		else
			device_error_read(&list[i].id, wrong, sizeof(wrong));
		if (a->json)
			cJSON_AddItemToArray(all, json_device(&list[i], &r, name, wrong));
		else
			print_device(&list[i], &r, name, wrong);
	}
	free(list);
	if (a->json)
		print_json(all);	/* which frees it */
	else
		cJSON_Delete(all);
	return EXIT_OK;
}

static int run(int argc, char **argv, uint32_t type)
{
	static const struct option options[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "force", no_argument, NULL, 'F' },
		{ "timeout", required_argument, NULL, 't' },
		{ }
	};
	struct args a = { .type = type, .timeout_s = DEFAULT_TIMEOUT_S };
	struct client c = { 0 };
	const char *action;
	struct errbuf e;
	bool list;
	int ch, rc;

	while ((ch = next_option(argc, argv, options)) != -1) {
		a.json |= ch == 'j';
		a.force |= ch == 'F';
		if (ch == 't')
			a.timeout_s = parse_number("--timeout", optarg, 0, 1000000);
	}
	action = next_argument(argc, argv, "what to do (attach, detach or list)");
	list = !strcmp(action, "list");
	if (!list && strcmp(action, "attach") && strcmp(action, "detach"))
		usage_error("'%s' is none of attach, detach and list", action);
	if (!list || optind < argc)
		a.ref.name = next_argument(argc, argv, "the name of a domain");
	if (a.ref.name)
		check_name(a.ref.name);
	if (!list)
		a.what = next_argument(argc, argv, strcmp(action, "attach") ? "the device" :
				       "the device's description");
	no_more_arguments(argc, argv);
	if (client_open(&c, &e))
		rc = report(&e);
	else
		rc = list ? list_them(&c, &a, &e) : strcmp(action, "attach") ?
		     detach_it(&c, &a, &e) : attach_it(&c, &a, &e);
	client_close(&c);
	return rc;
}

int cmd_disk(int argc, char **argv)
{
	return run(argc, argv, LODGE_BACKEND_TYPE_VBD);
}

int cmd_net(int argc, char **argv)
{
	return run(argc, argv, LODGE_BACKEND_TYPE_VIF);
}
