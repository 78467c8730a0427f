// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: What is to be done with a device
 *
 * A function of what both ends say and of what the back end is, and of nothing
 * that happened before: a daemon that has just been started decides as one that
 * saw it all, and what was half done is done again.
 */
#include "devices.h"

/* The guest's driver has said where its rings are. */
static struct device_step front_is_ready(const struct device_view *v)
{
	struct device_step s = { 0 };

	if (v->kernel == KERNEL_NONE)
		return s;
	if (v->back == XENBUS_INIT_WAIT || v->back == XENBUS_INITIALISING) {
		/* Connected already: by a daemon that did not get to saying so. */
		s.disconnect = v->kernel != KERNEL_CREATED;
		s.connect = true;
		s.back = XENBUS_CONNECTED;
	} else if (v->kernel == KERNEL_FAILED) {
		s.disconnect = true;
		if (v->back == XENBUS_CONNECTED) {
			s.failed = true;
			s.back = XENBUS_CLOSING;
		}
	} else if (v->back == XENBUS_CONNECTED && v->kernel == KERNEL_CREATED) {
		s.back = XENBUS_CLOSING;	/* it begins anew */
	}
	/* Closing or closed: it is the guest's turn. */
	return s;
}

static bool in_use(const struct device_view *v)
{
	return v->kernel == KERNEL_CONNECTED || v->kernel == KERNEL_FAILED;
}

/**
 * device_decide() - what is to be done with a device now
 * @v: how it is
 *
 * When it is done and nothing else has changed, nothing is left to be done.
 *
 * Return: the step; all zero: nothing.
 */
struct device_step device_decide(const struct device_view *v)
{
	struct device_step s = { 0 };

	switch (v->front) {
	case XENBUS_INITIALISED:
	case XENBUS_CONNECTED:
		return front_is_ready(v);
	case XENBUS_INITIALISING:
		s.disconnect = in_use(v);
		if (!v->online)
			s.remove = true;
		else if (v->back != XENBUS_INIT_WAIT && v->kernel != KERNEL_NONE)
			s.back = XENBUS_INIT_WAIT;
		return s;
	case XENBUS_CLOSING:
		s.disconnect = in_use(v);
		if (v->back != XENBUS_CLOSING && v->back != XENBUS_CLOSED)
			s.back = XENBUS_CLOSING;
		return s;
	case XENBUS_UNKNOWN:
	case XENBUS_CLOSED:
		s.disconnect = in_use(v);
		if (!v->online)
			s.remove = true;
		else if (v->back != XENBUS_CLOSED)
			s.back = XENBUS_CLOSED;
		return s;
	default:
		return s;	/* states that no front end of ours has */
	}
}
