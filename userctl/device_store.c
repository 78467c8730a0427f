// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: The nodes of devices
 *
 * What both ends of a device say, what is wrong with it, what domain 0 remembers
 * of it, and its end.  Values that the guest wrote are never believed.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xenstore.h>

#include "cli.h"
#include "devices.h"
#include "store.h"

/**
 * back_path_parse() - which device a node belongs to
 * @path: of a node below /local/domain/0/backend
 * @id: filled
 *
 * Return: false if it is none of a device's.
 */
bool back_path_parse(const char *path, struct device_id *id)
{
	char type[4];
	int end = 0;

	if (sscanf(path, "/local/domain/0/backend/%3[a-z]/%u/%u%n", type, &id->domid, &id->handle,
		   &end) != 3 || (path[end] && path[end] != '/'))
		return false;
	id->type = !strcmp(type, "vbd") ? LODGE_BACKEND_TYPE_VBD :
		   !strcmp(type, "vif") ? LODGE_BACKEND_TYPE_VIF : LODGE_BACKEND_TYPE_NONE;
	return id->type && id->domid;
}

static enum xenbus state_in(struct xs_handle *xs, xs_transaction_t t, const char *path)
{
	unsigned int len;
	char *value = xs_read(xs, t, path, &len);
	enum xenbus state = XENBUS_UNKNOWN;

	if (value && len == 1 && *value >= '0' && *value <= '8')
		state = *value - '0';
	free(value);
	return state;
}

struct look {
	struct device_view *v;
	bool there;
};

static void look(struct device_writer *w, void *data)
{
	char path[DEVICE_PATH_MAX], *online;
	struct look *l = data;
	unsigned int len;

	device_path(DIR_FRONT, path, sizeof(path), w->id, "state");
	l->v->front = state_in(w->xs, w->t, path);
	device_path(DIR_BACK, path, sizeof(path), w->id, "state");
	l->v->back = state_in(w->xs, w->t, path);
	device_path(DIR_BACK, path, sizeof(path), w->id, "online");
	online = xs_read(w->xs, w->t, path, &len);
	l->there = online;
	l->v->online = online && !strcmp(online, "1");
	free(online);
}

/**
 * device_look() - what the store says of a device
 * @id: of the device
 * @v: filled, but for the kernel's part
 *
 * Return: 0, 1 if there is no such device, or -1 with errno.
 */
int device_look(const struct device_id *id, struct device_view *v)
{
	struct device_writer w = { .xs = store_open(), .id = id };
	struct look l = { .v = v };

	w.t = w.xs ? xs_transaction_start(w.xs) : XBT_NULL;
	if (w.t == XBT_NULL)
		return -1;
	look(&w, &l);
	/* Given up: nothing was written, and so no guest can be in our way. */
	xs_transaction_end(w.xs, w.t, true);
	return l.there ? 0 : 1;
}

struct saying {
	enum xenbus seen, back;
	const struct backend_info *b;
	bool other;
};

static void say(struct device_writer *w, void *data)
{
	char path[DEVICE_PATH_MAX];
	struct saying *s = data;

	device_path(DIR_BACK, path, sizeof(path), w->id, "state");
	s->other = state_in(w->xs, w->t, path) != s->seen;
	if (s->other)
		return;
	if (s->b && w->id->type == LODGE_BACKEND_TYPE_VBD)
		device_put_size(w, s->b);
	device_put(w, DIR_BACK, "state", "%u", s->back);
}

/**
 * device_say() - change the back end's state
 * @id: of the device
 * @seen: what it must be
 * @back: what it becomes
 * @b: its size becomes known, too; or NULL
 *
 * Return: 0, 1 if it is not what was seen, or -1 with errno.
 */
int device_say(const struct device_id *id, enum xenbus seen, enum xenbus back,
	       const struct backend_info *b)
{
	struct saying s = { .seen = seen, .back = back, .b = b };
	int error = device_transact(id, say, &s);

	errno = error;
	return error ? -1 : s.other;
}

static void error_path(char *path, size_t size, const struct device_id *id, bool front)
{
	if (front)
		snprintf(path, size, "/local/domain/%u/error/device/%s/%u/error", id->domid,
			 device_type_name(id->type), id->handle);
	else
		snprintf(path, size, "/local/domain/0/error/backend/%s/%u/%u/error",
			 device_type_name(id->type), id->domid, id->handle);
}

/**
 * device_say_error() - leave the reason of a failure in the store
 * @id: of the device
 * @text: the reason, or NULL: there is none any more
 *
 * Where Xen's back ends leave it.  What fails here loses a message, nothing else.
 */
void device_say_error(const struct device_id *id, const char *text)
{
	struct xs_handle *xs = store_open();
	char path[DEVICE_PATH_MAX];

	error_path(path, sizeof(path), id, false);
	if (xs && text)
		xs_write(xs, XBT_NULL, path, text, strlen(text));
	else if (xs)
		xs_rm(xs, XBT_NULL, path);
}

/**
 * device_error_read() - what is wrong with a device, if the store says so
 * @id: of the device
 * @text: filled
 * @size: of @text
 *
 * Return: is something wrong?
 */
bool device_error_read(const struct device_id *id, char *text, size_t size)
{
	char path[DEVICE_PATH_MAX], *value;

	for (int front = 0; front < 2; front++) {
		error_path(path, sizeof(path), id, front);
		value = store_read(0, path);
		if (value && *value) {
			snprintf(text, size, "%s%s", front ? "the guest says: " : "", value);
			text_clean(text);
			free(value);
			return true;
		}
		free(value);
	}
	return false;
}

static void ask_away(struct device_writer *w, void *data)
{
	(void)data;
	device_put(w, DIR_BACK, "online", "0");
	device_put(w, DIR_BACK, "state", "%u", XENBUS_CLOSING);
}

/**
 * device_ask_away() - ask the guest to let go of a device
 * @id: of the device
 *
 * The daemon removes it when the guest has.
 *
 * Return: 0 or -1 with errno.
 */
int device_ask_away(const struct device_id *id)
{
	errno = device_transact(id, ask_away, NULL);
	return errno ? -1 : 0;
}

static void start_over(struct device_writer *w, void *data)
{
	(void)data;
	device_put(w, DIR_BACK, "state", "%u", XENBUS_INIT_WAIT);
	device_put(w, DIR_FRONT, "state", "%u", XENBUS_INITIALISING);
}

/**
 * device_start_over() - both ends at their beginning again
 * @id: of the device
 *
 * For a guest that resumes: its driver connects anew.
 *
 * Return: 0 or -1 with errno.
 */
int device_start_over(const struct device_id *id)
{
	errno = device_transact(id, start_over, NULL);
	return errno ? -1 : 0;
}

static void read_record(const struct device_id *id, const char *node, char *to, size_t size)
{
	char path[DEVICE_PATH_MAX], *value;

	device_path(DIR_RECORD, path, sizeof(path), id, node);
	value = store_read(0, path);
	snprintf(to, size, "%s", value ?: "");
	free(value);
}

/**
 * device_record_read() - what domain 0 remembers of a device
 * @id: of the device
 * @r: filled; empty texts for what is not there
 */
void device_record_read(const struct device_id *id, struct device_record *r)
{
	read_record(id, "source", r->source, sizeof(r->source));
	read_record(id, "nbd", r->nbd, sizeof(r->nbd));
}

static void forget(struct device_writer *w, void *data)
{
	char path[DEVICE_PATH_MAX];

	(void)data;
	for (enum device_dir dir = DIR_FRONT; dir <= DIR_RECORD; dir++) {
		device_path(dir, path, sizeof(path), w->id, "");
		if (!w->failed && !xs_rm(w->xs, w->t, path) && errno != ENOENT)
			w->failed = errno;
	}
}

/**
 * device_forget() - remove all nodes of a device
 * @id: of the device
 *
 * Return: 0 or -1 with errno.
 */
int device_forget(const struct device_id *id)
{
	int error = device_transact(id, forget, NULL);

	device_say_error(id, NULL);
	errno = error;
	return error ? -1 : 0;
}

/**
 * device_forget_domain() - remove what is left of the devices of a domain that has ended
 * @domid: the domain
 *
 * Its own nodes go with the rest of the domain's.
 */
void device_forget_domain(uint32_t domid)
{
	struct xs_handle *xs = store_open();
	char path[DEVICE_PATH_MAX], **handles;
	unsigned int n;

	for (uint32_t type = LODGE_BACKEND_TYPE_VBD; xs && type <= LODGE_BACKEND_TYPE_VIF; type++) {
		snprintf(path, sizeof(path), "/lodge-devices/%s/%u", device_type_name(type), domid);
		handles = xs_directory(xs, XBT_NULL, path, &n);
		for (unsigned int i = 0; handles && i < n; i++) {
			struct device_id id = { domid, type, strtoul(handles[i], NULL, 10) };
			struct device_record r;

			device_record_read(&id, &r);
			image_close(&r);
		}
		free(handles);
		xs_rm(xs, XBT_NULL, path);
		snprintf(path, sizeof(path), "/local/domain/0/backend/%s/%u",
			 device_type_name(type), domid);
		xs_rm(xs, XBT_NULL, path);
		snprintf(path, sizeof(path), "/local/domain/0/error/backend/%s/%u",
			 device_type_name(type), domid);
		xs_rm(xs, XBT_NULL, path);
	}
}

/**
 * front_node() - read a node of a front end's, for front_parse()
 * @id: a struct device_id
 * @node: below its directory
 * @value: filled
 */
bool front_node(void *id, const char *node, char *value)
{
	struct xs_handle *xs = store_open();
	char path[DEVICE_PATH_MAX], *text;
	unsigned int len;

	device_path(DIR_FRONT, path, sizeof(path), id, node);
	text = xs ? xs_read(xs, XBT_NULL, path, &len) : NULL;
	if (!text)
		return false;
	/* What is too long is wrong, and stays so when it is cut; so is a NUL within. */
	snprintf(value, FRONT_VALUE_MAX, "%s%s", text, strlen(text) != len ? "\\0" : "");
	free(text);
	return true;
}
