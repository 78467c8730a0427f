// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: Console, the side of user space
 *
 * Reading the kept log, and putting input into the guest's ring.  Called by
 * chardev.c for files that LODGE_CONSOLE made, for domains in any state.
 */
#include <linux/minmax.h>
#include <linux/poll.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "console.h"

#define READ_CHUNK	4096UL
#define WRITE_CHUNK	256UL

/* c->lock held. Who fell behind goes on with the oldest byte that is left. */
static size_t log_copy(const struct console *c, u64 *pos, u64 end, char *buf, size_t len)
{
	size_t n, done;
	char *from;

	*pos = max(*pos, console_log_oldest(c));
	end = min(end, c->written);
	if (*pos >= end)
		return 0;
	len = min_t(u64, len, end - *pos);
	for (done = 0; done < len; done += n) {
		from = console_log_at(c, *pos + done, &n);
		n = min(len - done, n);
		memcpy(buf + done, from, n);
	}
	return len;
}

/* c->lock held. Room for input; none if the guest's index makes no sense. */
static u32 input_room(const struct console *c)
{
	u32 used;

	if (!c->ring)
		return 0;
	used = c->in_prod - READ_ONCE(c->ring->in_cons);
	return used <= sizeof(c->ring->in) ? sizeof(c->ring->in) - used : 0;
}

static size_t put_input(struct console *c, const char *text, size_t len)
{
	struct xencons_interface *ring = c->ring;
	size_t i;

	len = min_t(size_t, len, input_room(c));
	if (!len)
		return 0;
	virt_mb();	/* the guest is done with that room before we fill it */
	for (i = 0; i < len; i++)
		ring->in[MASK_XENCONS_IDX(c->in_prod + i, ring->in)] = text[i];
	c->in_prod += len;
	virt_wmb();	/* the data before the index that covers it */
	WRITE_ONCE(ring->in_prod, c->in_prod);
	return len;
}

static bool readable(struct console *c, u64 pos)
{
	return READ_ONCE(c->written) > pos || READ_ONCE(c->stopped);
}

/**
 * console_read() - read a domain's output
 * @d: the domain; the caller has a reference
 * @buf: user memory
 * @len: its size
 * @pos: position of the next byte wanted, moved on; skips what is lost
 * @end: end of file here at the latest
 * @nonblock: do not wait
 *
 * Context: sleepable.
 * Return: bytes, 0 at the end of file, -EAGAIN, -EFAULT,
 * -ENOMEM, -ERESTARTSYS.
 */
ssize_t console_read(struct domain *d, char __user *buf, size_t len, u64 *pos,
		     u64 end, bool nonblock)
{
	struct console *c = d->console;
	size_t n = 0;
	ssize_t ret;
	bool eof;
	char *tmp;

	len = min(len, READ_CHUNK);
	if (!len)
		return 0;
	tmp = kmalloc(len, GFP_KERNEL);
	if (!tmp)
		return -ENOMEM;
	for (;;) {
		spin_lock(&c->lock);
		n = log_copy(c, pos, end, tmp, len);
		eof = !n && (c->stopped || *pos >= end);
		spin_unlock(&c->lock);
		ret = 0;
		if (n || eof)
			break;
		ret = nonblock ? -EAGAIN : wait_event_interruptible(c->wait, readable(c, *pos));
		if (ret)
			break;
	}
	if (n && copy_to_user(buf, tmp, n))
		ret = -EFAULT;
	else if (n)
		ret = n;
	if (ret > 0)
		*pos += ret;
	kfree(tmp);
	return ret;
}

/* One chunk, as much of it as there is room for, and the event that goes with it. */
static ssize_t write_some(struct domain *d, const char *text, size_t len)
{
	struct console *c = d->console;
	ssize_t n;

	mutex_lock(&c->write_lock);
	spin_lock(&c->lock);
	n = c->stopped ? -EPIPE : put_input(c, text, len);
	spin_unlock(&c->lock);
	if (n > 0)
		evtchn_notify_guest(d, c->port);
	mutex_unlock(&c->write_lock);
	return n;
}

static bool writable(struct console *c)
{
	bool ret;

	spin_lock(&c->lock);
	ret = c->stopped || input_room(c);
	spin_unlock(&c->lock);
	return ret;
}

/**
 * console_write() - send input to a domain
 * @d: the domain; the caller has a reference
 * @buf: user memory
 * @len: bytes
 * @nonblock: do not wait for room
 *
 * Context: sleepable.
 * Return: bytes taken; if none: -EPIPE when the domain has
 * ended, -EAGAIN, -EFAULT, -ERESTARTSYS.
 */
ssize_t console_write(struct domain *d, const char __user *buf, size_t len, bool nonblock)
{
	struct console *c = d->console;
	char tmp[WRITE_CHUNK];
	size_t done = 0;
	ssize_t ret = 0;

	while (done < len) {
		size_t chunk = min(len - done, WRITE_CHUNK);

		if (copy_from_user(tmp, buf + done, chunk)) {
			ret = -EFAULT;
			break;
		}
		ret = write_some(d, tmp, chunk);
		if (ret < 0)
			break;
		done += ret;
		if (ret)
			continue;
		ret = nonblock ? -EAGAIN : wait_event_interruptible(c->wait, writable(c));
		if (ret)
			break;
	}
	return done ?: ret;
}

/**
 * console_poll() - what can be done now without waiting
 * @d: the domain; the caller has a reference
 * @file: the open file
 * @wait: poll table
 * @pos: the reader's position
 *
 * Context: sleepable.
 * Return: EPOLL*
 */
__poll_t console_poll(struct domain *d, struct file *file, poll_table *wait, u64 pos)
{
	struct console *c = d->console;
	__poll_t mask = 0;

	poll_wait(file, &c->wait, wait);
	if (readable(c, pos))
		mask |= EPOLLIN | EPOLLRDNORM;
	if (READ_ONCE(c->stopped))
		mask |= EPOLLHUP;
	else if (writable(c))
		mask |= EPOLLOUT | EPOLLWRNORM;
	return mask;
}
