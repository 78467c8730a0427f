// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: Console back end
 *
 * The other end of a domain's console ring (xen/interface/io/console.h).
 * Output is taken from the ring whenever the guest sends an event, in its own
 * slice, and kept in a log: readers follow the log, so a guest never waits for
 * one, and what a dead domain last said can still be read.  domain.c creates
 * and stops consoles, console_io and the event channel call in from guests.
 *
 * Locks, and what may be trusted of the ring: see console.h.  The side that
 * faces readers and writers is in console_user.c.
 */
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/slab.h>

#include "../../ptvalidate/ptvalidate.h"
#include "console.h"

/* ---- the log; c->lock held ---- */

/*
 * The log comes to a page that it has not.  Output must not fail, nor wait for
 * memory: if the host has none now, the oldest page of the log is taken.
 */
static void log_grow(struct console *c, char **page)
{
	u64 oldest = console_log_oldest(c);

	*page = (char *)__get_free_page(GFP_NOWAIT | __GFP_NOWARN);
	if (*page) {
		c->nr_log_pages++;
		return;
	}
	swap(*page, c->log[oldest / PAGE_SIZE % CONSOLE_LOG_PAGES]);
	c->lost = round_down(oldest, PAGE_SIZE) + PAGE_SIZE;
}

static void log_append(struct console *c, const char *text, size_t len)
{
	char **page, *to;
	size_t n;

	for (; len; len -= n, text += n, c->written += n) {
		page = &c->log[c->written / PAGE_SIZE % CONSOLE_LOG_PAGES];
		if (!*page)
			log_grow(c, page);
		to = console_log_at(c, c->written, &n);
		n = min(len, n);
		memcpy(to, text, n);
	}
}

/* ---- the ring; c->lock held ---- */

/*
 * Take all output.  At most one ring's worth, so the work is bounded.  An
 * index that claims more is a guest that lies or began afresh: skip to it.
 * Returns true if the ring was full, that is if the guest may wait for room.
 */
static bool drain(struct console *c)
{
	struct xencons_interface *ring = c->ring;
	XENCONS_RING_IDX prod;
	u32 at, n, len;

	if (!ring)
		return false;
	prod = READ_ONCE(ring->out_prod);
	virt_rmb();	/* the index before the data it covers */
	len = prod - c->out_cons;
	if (len <= sizeof(ring->out)) {
		for (; c->out_cons != prod; c->out_cons += n) {
			at = MASK_XENCONS_IDX(c->out_cons, ring->out);
			n = min_t(u32, prod - c->out_cons, sizeof(ring->out) - at);
			log_append(c, ring->out + at, n);
		}
	}
	c->out_cons = prod;
	virt_mb();	/* done with the data before the guest may reuse it */
	WRITE_ONCE(ring->out_cons, prod);
	return len >= sizeof(ring->out);
}

static void wake_users(struct console *c)
{
	if (wq_has_sleeper(&c->wait))
		wake_up_interruptible_all(&c->wait);
}

/* The guest sent an event: it has written output or read input, or claims to. */
static void console_notify(struct domain *d, void *data)
{
	struct console *c = data;
	bool was_full;

	spin_lock(&c->lock);
	was_full = drain(c);
	spin_unlock(&c->lock);
	wake_users(c);
	/* Our reading is instant, so only who saw a full ring can be waiting for it. */
	if (was_full)
		evtchn_notify_guest(d, c->port);
}

/* ---- life ---- */

/**
 * console_create() - give a new domain a console, not connected yet
 * @d: the domain, not listed yet
 *
 * Context: sleepable.
 * Return: 0 or -ENOMEM.
 */
int console_create(struct domain *d)
{
	struct console *c = kzalloc(sizeof(*c), GFP_KERNEL);

	if (!c)
		return -ENOMEM;
	/* Without this one log_grow() would have none to fall back on. */
	c->log[0] = (char *)__get_free_page(GFP_KERNEL);
	if (!c->log[0]) {
		kfree(c);
		return -ENOMEM;
	}
	c->nr_log_pages = 1;
	spin_lock_init(&c->lock);
	mutex_init(&c->write_lock);
	init_waitqueue_head(&c->wait);
	d->console = c;
	return 0;
}

/**
 * console_connect() - become the back end of the guest's console ring
 * @d: the domain, under construction, with its memory
 * @gpfn: the page of the ring, below nr_pages
 * @port: out: the guest's end of the event channel
 *
 * Context: sleepable.
 * Return: 0, -EINVAL for a page that cannot be it, or what
 * evtchn_bind_host() returns.
 */
int console_connect(struct domain *d, u64 gpfn, u32 *port)
{
	struct console *c = d->console;
	u64 mfn;
	int ret;

	if (gpfn >= d->nr_pages)
		return -EINVAL;
	mfn = d->build_mfns[gpfn];
	if (frame_get_type(d, mfn, FRAME_WRITABLE))
		return -EINVAL;
	ret = evtchn_bind_host(d, console_notify, c, &c->port);
	if (ret) {
		frame_put_type(d, mfn);
		return ret;
	}
	spin_lock(&c->lock);
	c->mfn = mfn;
	c->ring = frame_address(mfn);
	spin_unlock(&c->lock);
	*port = c->port;
	return 0;
}

/**
 * console_ring_mfn() - the frame that the back end holds, for pt_audit()
 * @d: the domain
 *
 * Context: sleepable.
 * Return: its mfn, 0 if not connected.
 */
u64 console_ring_mfn(struct domain *d)
{
	struct console *c = d->console;
	u64 mfn = 0;

	if (c) {
		spin_lock(&c->lock);
		mfn = c->ring ? c->mfn : 0;
		spin_unlock(&c->lock);
	}
	return mfn;
}

/**
 * console_stop() - let go of the guest; the log stays
 * @d: the domain; its vCPUs have stopped, its memory and ports are still there
 *
 * Takes what output is left, then readers get the rest and the end of file,
 * writers -EPIPE.  May be called for a console that never was connected.
 *
 * Context: sleepable.
 */
void console_stop(struct domain *d)
{
	struct console *c = d->console;
	bool connected;

	mutex_lock(&c->write_lock);
	spin_lock(&c->lock);
	drain(c);
	connected = c->ring;
	c->ring = NULL;
	c->stopped = true;
	spin_unlock(&c->lock);
	mutex_unlock(&c->write_lock);
	wake_up_all(&c->wait);
	if (connected)
		frame_put_type(d, c->mfn);
}

/**
 * console_pause() - the guest has suspended itself: readers get the end of file
 * @d: the domain; its vCPUs have stopped
 *
 * Ring and port stay for console_resume(), or for console_stop().
 *
 * Context: sleepable.
 */
void console_pause(struct domain *d)
{
	struct console *c = d->console;

	mutex_lock(&c->write_lock);
	spin_lock(&c->lock);
	drain(c);
	c->stopped = true;
	spin_unlock(&c->lock);
	mutex_unlock(&c->write_lock);
	wake_up_all(&c->wait);
}

/**
 * console_resume() - the end of console_pause()
 * @d: the domain; its vCPUs have not started yet
 * @mfn: out: the frame of the ring, for start_info
 * @port: out: the guest's port, for start_info
 *
 * Context: sleepable.
 */
void console_resume(struct domain *d, u64 *mfn, u32 *port)
{
	struct console *c = d->console;

	spin_lock(&c->lock);
	c->stopped = !c->ring;
	*mfn = c->mfn;
	*port = c->port;
	spin_unlock(&c->lock);
}

/**
 * console_free() - the last of a domain's record goes
 * @d: the domain; nobody has a reference
 *
 * Context: any but hard IRQ.
 */
void console_free(struct domain *d)
{
	struct console *c = d->console;
	unsigned int i;

	if (!c)
		return;
	for (i = 0; i < CONSOLE_LOG_PAGES; i++)
		free_page((unsigned long)c->log[i]);
	kfree(c);
}

/**
 * console_overhead() - host memory that a domain's console takes
 * @d: the domain
 *
 * Context: any.
 * Return: bytes.
 */
u64 console_overhead(const struct domain *d)
{
	const struct console *c = d->console;

	return ksize(c) + READ_ONCE(c->nr_log_pages) * PAGE_SIZE;
}

/* ---- for others ---- */

/**
 * console_write_log() - output that did not come through the ring (console_io)
 * @d: the domain
 * @text: not NUL-terminated
 * @len: bytes
 *
 * Context: sleepable or slice.
 */
void console_write_log(struct domain *d, const char *text, size_t len)
{
	struct console *c = d->console;

	spin_lock(&c->lock);
	drain(c);	/* keep the order of the two ways */
	log_append(c, text, len);
	spin_unlock(&c->lock);
	wake_users(c);
}

/**
 * console_log_end() - how much output there is by now
 * @d: the domain
 *
 * Context: sleepable or slice.
 * Return: the position after the last byte.
 */
u64 console_log_end(struct domain *d)
{
	struct console *c = d->console;
	u64 end;

	spin_lock(&c->lock);
	drain(c);
	end = c->written;
	spin_unlock(&c->lock);
	return end;
}
