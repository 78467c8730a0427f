// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: /dev/xen/evtchn
 *
 * Event channels for user space in domain 0, with the interface that Linux has
 * on Xen (xen/evtchn.h): libxenevtchn, xenstored and other back ends run as they
 * are.  The ports themselves are hypercall/evtchn_dom0.c's; here are the files,
 * and in evtchn_queue.c what happens to their events.
 */
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/poll.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <xen/interface/xen.h>
#include <xen/evtchn.h>

#include "evtchn_dev.h"

#define CHUNK	64U	/* ports copied at once */

/* ---- binding; f->lock held ---- */

/* @port: what binding @p has returned.  Return: the same, or an error of ours. */
static int port_add(struct evtchn_file *f, struct user_port *p, int port)
{
	int err;

	if (port < 0) {
		queue_port_free(f, p);
		return port;
	}
	p->port = port;
	err = xa_err(xa_store(&f->ports, port, p, GFP_KERNEL_ACCOUNT));
	if (err) {
		evtchn_dom0_close(port);
		queue_port_free(f, p);
		return err;
	}
	return port;
}

static void port_remove(struct evtchn_file *f, struct user_port *p)
{
	evtchn_dom0_close(p->port);
	xa_erase(&f->ports, p->port);
	queue_port_free(f, p);
}

static struct user_port *port_find(struct evtchn_file *f, u32 port)
{
	return xa_load(&f->ports, port);
}

static long bind_virq(struct evtchn_file *f, void __user *uarg)
{
	struct ioctl_evtchn_bind_virq arg;
	struct user_port *p;

	if (f->restricted)
		return -EACCES;
	if (copy_from_user(&arg, uarg, sizeof(arg)))
		return -EFAULT;
	p = queue_port_new(f);
	if (!p)
		return -ENOMEM;
	return port_add(f, p, evtchn_dom0_bind_virq(&p->sink, arg.virq));
}

static long bind_interdomain(struct evtchn_file *f, void __user *uarg)
{
	struct ioctl_evtchn_bind_interdomain arg;
	struct user_port *p;

	if (copy_from_user(&arg, uarg, sizeof(arg)))
		return -EFAULT;
	if (f->restricted && f->only_domid != arg.remote_domain)
		return -EACCES;
	if (arg.remote_domain >= DOMID_FIRST_RESERVED)
		return -ESRCH;
	p = queue_port_new(f);
	if (!p)
		return -ENOMEM;
	return port_add(f, p, evtchn_dom0_bind_interdomain(&p->sink, arg.remote_domain,
							   arg.remote_port));
}

static long bind_unbound_port(struct evtchn_file *f, void __user *uarg)
{
	struct ioctl_evtchn_bind_unbound_port arg;
	struct user_port *p;

	if (f->restricted)
		return -EACCES;
	if (copy_from_user(&arg, uarg, sizeof(arg)))
		return -EFAULT;
	if (arg.remote_domain >= DOMID_FIRST_RESERVED)
		return -ESRCH;
	p = queue_port_new(f);
	if (!p)
		return -ENOMEM;
	return port_add(f, p, evtchn_dom0_alloc_unbound(&p->sink, arg.remote_domain));
}

static long unbind(struct evtchn_file *f, void __user *uarg)
{
	struct ioctl_evtchn_unbind arg;
	struct user_port *p;

	if (copy_from_user(&arg, uarg, sizeof(arg)))
		return -EFAULT;
	if (arg.port >= EVTCHN_2L_NR_CHANNELS)
		return -EINVAL;
	p = port_find(f, arg.port);
	if (!p)
		return -ENOTCONN;
	port_remove(f, p);
	return 0;
}

static long notify(struct evtchn_file *f, void __user *uarg)
{
	struct ioctl_evtchn_notify arg;

	if (copy_from_user(&arg, uarg, sizeof(arg)))
		return -EFAULT;
	if (!port_find(f, arg.port))
		return -ENOTCONN;
	evtchn_dom0_send(arg.port);	/* a VIRQ's cannot send: no error, as on Xen */
	return 0;
}

static long restrict_domid(struct evtchn_file *f, void __user *uarg)
{
	struct ioctl_evtchn_restrict_domid arg;

	if (f->restricted)
		return -EACCES;
	if (copy_from_user(&arg, uarg, sizeof(arg)))
		return -EFAULT;
	if (!arg.domid || arg.domid >= DOMID_FIRST_RESERVED)
		return -EINVAL;
	f->only_domid = arg.domid;
	f->restricted = true;
	return 0;
}

static long evtchn_ioctl_locked(struct evtchn_file *f, unsigned int cmd, void __user *uarg)
{
	switch (cmd) {
	case IOCTL_EVTCHN_BIND_VIRQ:
		return bind_virq(f, uarg);
	case IOCTL_EVTCHN_BIND_INTERDOMAIN:
		return bind_interdomain(f, uarg);
	case IOCTL_EVTCHN_BIND_UNBOUND_PORT:
		return bind_unbound_port(f, uarg);
	case IOCTL_EVTCHN_UNBIND:
		return unbind(f, uarg);
	case IOCTL_EVTCHN_NOTIFY:
		return notify(f, uarg);
	case IOCTL_EVTCHN_RESET:
		queue_reset(f);
		return 0;
	case IOCTL_EVTCHN_RESTRICT_DOMID:
		return restrict_domid(f, uarg);
	}
	return -ENOSYS;		/* what Linux's driver says */
}

/* ---- the file ---- */

static long evtchn_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct evtchn_file *f = file->private_data;
	long ret;

	mutex_lock(&f->lock);
	ret = evtchn_ioctl_locked(f, cmd, (void __user *)arg);
	mutex_unlock(&f->lock);
	return ret;
}

/* Return: bytes, 0 if there is nothing to read, -EFAULT. */
static ssize_t read_ports(struct evtchn_file *f, char __user *buf, size_t len)
{
	u32 ports[CHUNK];
	size_t done = 0;
	unsigned int n;

	mutex_lock(&f->lock);
	while (done < len) {
		n = queue_peek(f, ports, min_t(size_t, CHUNK, (len - done) / sizeof(*ports)));
		if (!n)
			break;
		if (copy_to_user(buf + done, ports, n * sizeof(*ports))) {
			mutex_unlock(&f->lock);
			return done ?: -EFAULT;
		}
		queue_drop(f, n);
		done += n * sizeof(*ports);
	}
	mutex_unlock(&f->lock);
	return done;
}

static ssize_t evtchn_read(struct file *file, char __user *buf, size_t len, loff_t *pos)
{
	struct evtchn_file *f = file->private_data;
	ssize_t ret;

	len = min_t(size_t, rounddown(len, sizeof(u32)), PAGE_SIZE);
	if (!len)
		return 0;
	for (;;) {
		ret = read_ports(f, buf, len);
		if (ret)
			return ret;
		if (file->f_flags & O_NONBLOCK)
			return -EAGAIN;
		ret = wait_event_interruptible(f->wait, queue_has_events(f));
		if (ret)
			return ret;
	}
}

static ssize_t evtchn_write(struct file *file, const char __user *buf, size_t len, loff_t *pos)
{
	struct evtchn_file *f = file->private_data;
	struct user_port *p;
	u32 ports[CHUNK];
	size_t done, n;
	unsigned int i;

	len = min_t(size_t, rounddown(len, sizeof(u32)), PAGE_SIZE);
	for (done = 0; done < len; done += n) {
		n = min(len - done, sizeof(ports));
		if (copy_from_user(ports, buf + done, n))
			return done ?: -EFAULT;
		mutex_lock(&f->lock);
		for (i = 0; i < n / sizeof(*ports); i++) {
			p = port_find(f, ports[i]);
			if (p)
				queue_write_back(f, p);
		}
		mutex_unlock(&f->lock);
	}
	return len;
}

static __poll_t evtchn_poll(struct file *file, poll_table *wait)
{
	struct evtchn_file *f = file->private_data;

	poll_wait(file, &f->wait, wait);
	return EPOLLOUT | EPOLLWRNORM | (queue_has_events(f) ? EPOLLIN | EPOLLRDNORM : 0);
}

static int evtchn_fasync(int fd, struct file *file, int on)
{
	struct evtchn_file *f = file->private_data;

	return fasync_helper(fd, file, on, &f->fasync);
}

static int evtchn_open(struct inode *inode, struct file *file)
{
	struct evtchn_file *f = kzalloc(sizeof(*f), GFP_KERNEL_ACCOUNT);

	if (!f)
		return -ENOMEM;
	mutex_init(&f->lock);
	xa_init(&f->ports);
	queue_init(f);
	file->private_data = f;
	return stream_open(inode, file);
}

static int evtchn_release(struct inode *inode, struct file *file)
{
	struct evtchn_file *f = file->private_data;
	struct user_port *p;
	unsigned long port;

	mutex_lock(&f->lock);
	xa_for_each(&f->ports, port, p)
		port_remove(f, p);
	mutex_unlock(&f->lock);
	queue_exit(f);
	xa_destroy(&f->ports);
	kfree(f);
	return 0;
}

static const struct file_operations evtchn_fops = {
	.owner		= THIS_MODULE,	/* no unload while a file is open */
	.open		= evtchn_open,
	.release	= evtchn_release,
	.unlocked_ioctl	= evtchn_ioctl,
	.read		= evtchn_read,
	.write		= evtchn_write,
	.poll		= evtchn_poll,
	.fasync		= evtchn_fasync,
};

static struct miscdevice evtchn_miscdev = {
	.minor	= MISC_DYNAMIC_MINOR,
	.name	= "xen/evtchn",
	.fops	= &evtchn_fops,
	.mode	= 0600,
};

/**
 * evtchn_dev_init() - make /dev/xen/evtchn
 *
 * Context: sleepable, module load; domain 0 has its ports.
 * Return: 0 or an errno.
 */
int evtchn_dev_init(void)
{
	return misc_register(&evtchn_miscdev);
}

/**
 * evtchn_dev_exit() - remove /dev/xen/evtchn; no file of it is open
 *
 * Context: sleepable.
 */
void evtchn_dev_exit(void)
{
	misc_deregister(&evtchn_miscdev);
}
