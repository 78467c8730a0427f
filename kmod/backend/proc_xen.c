// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: /proc/xen
 *
 * The three files by which xenstored learns that it runs in domain 0, and how
 * to talk to the kernel there: on Xen the kernel is a client of the store,
 * through a page of its own (xsd_kva) and a port (xsd_port).  This kernel's
 * xenbus driver does not run, as it is no Xen guest; the page stays idle and
 * the port silent, but xenstored does not start without them.
 *
 * The directory is free: Linux makes /proc/xen only when it runs on Xen, where
 * this module refuses to load.
 */
#include <linux/capability.h>
#include <linux/mm.h>
#include <linux/proc_fs.h>
#include <linux/seq_file.h>
#include <xen/interface/io/xs_wire.h>

#include "../lodge.h"
#include "backend.h"

static struct page *store_page;
static int store_port;
static struct proc_dir_entry *dir;

/* xenstored says once that it is there; nobody here waits for that. */
static void store_event(struct evtchn_sink *sink, u32 port)
{
}

static struct evtchn_sink store_sink = { .event = store_event };

static int kva_open(struct inode *inode, struct file *file)
{
	return capable(CAP_SYS_ADMIN) ? 0 : -EPERM;
}

static int kva_mmap(struct file *file, struct vm_area_struct *vma)
{
	if (vma->vm_pgoff || vma_pages(vma) != 1)
		return -EINVAL;
	return vm_insert_page(vma, vma->vm_start, store_page);
}

static const struct proc_ops kva_ops = {
	.proc_open = kva_open,
	.proc_mmap = kva_mmap,
};

static int port_show(struct seq_file *m, void *unused)
{
	seq_printf(m, "%u", store_port);
	return 0;
}

static int capabilities_show(struct seq_file *m, void *unused)
{
	seq_puts(m, "control_d\n");
	return 0;
}

/**
 * proc_xen_init() - make /proc/xen and its files
 *
 * Context: sleepable, module load, after evtchn_dom0_init().
 * Return: 0 or an errno.
 */
int proc_xen_init(void)
{
	/* Of our own: xenstored binds to it as it would to a guest's. */
	store_port = evtchn_dom0_alloc_unbound(&store_sink, 0);
	if (store_port < 0)
		return store_port;
	store_page = alloc_page(GFP_KERNEL | __GFP_ZERO);
	if (!store_page) {
		evtchn_dom0_close(store_port);
		return -ENOMEM;
	}
	dir = proc_mkdir("xen", NULL);
	if (dir && proc_create_single("capabilities", 0444, dir, capabilities_show) &&
	    proc_create_single("xsd_port", 0400, dir, port_show) &&
	    proc_create("xsd_kva", 0600, dir, &kva_ops))
		return 0;
	proc_xen_exit();
	return -ENOMEM;
}

/**
 * proc_xen_exit() - remove them
 *
 * A process that still maps the page keeps it.
 *
 * Context: sleepable, module unload.
 */
void proc_xen_exit(void)
{
	if (dir)
		proc_remove(dir);
	dir = NULL;
	__free_page(store_page);
	evtchn_dom0_close(store_port);
}
