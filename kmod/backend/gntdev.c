// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: /dev/xen/gntdev
 *
 * Frames that guests have granted to domain 0, in the memory of its programs:
 * Linux's own interface (xen/gntdev.h), so that programs written for Xen run
 * unchanged.  A *map* is a list of grants under one file offset.  The ioctl
 * names them, the first mmap() of that offset maps them, and they are mapped
 * until the ioctl's name for them and the last VMA are both gone.
 *
 * Locks: file->lock guards the list of maps and what a map is mapped to.  It is
 * taken under mmap_lock (mmap), so nothing is copied from user space under it.
 * Maps are gntdev_map.c's; nothing here looks into a granted page.
 */
#include <linux/capability.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "backend.h"
#include "gntdev.h"

#define MAX_GRANTS	(64u << 10)	/* of a file, as Linux's own driver */

/* The lowest offsets that are free; the first map of a file gets 0. */
static int add_map(struct gntdev_file *f, struct gntdev_map *m)
{
	struct gntdev_map *other;

	lockdep_assert_held(&f->lock);
	if (m->count > f->limit - f->count)
		return -ENOSPC;
	list_for_each_entry(other, &f->maps, list) {
		if (m->index + m->count <= other->index)
			break;
		m->index = other->index + other->count;
	}
	list_add_tail(&m->list, &other->list);
	f->count += m->count;
	return 0;
}

/* ---- ioctls ---- */

static long ioctl_map(struct gntdev_file *f, struct ioctl_gntdev_map_grant_ref __user *uargs)
{
	struct ioctl_gntdev_map_grant_ref args;
	struct gntdev_map *m;
	long ret;

	if (copy_from_user(&args, uargs, offsetof(typeof(args), refs)))
		return -EFAULT;
	if (!args.count || args.count > MAX_GRANTS)
		return -EINVAL;
	m = gntdev_map_alloc(args.count);
	if (!m)
		return -ENOMEM;
	ret = -EFAULT;
	if (copy_from_user(m->refs, uargs->refs, args.count * sizeof(m->refs[0])))
		goto free;
	mutex_lock(&f->lock);
	ret = add_map(f, m);
	if (!ret)
		args.index = m->index << PAGE_SHIFT;
	mutex_unlock(&f->lock);
	if (ret)
		goto free;
	/* If this fails the map is still there, under an offset nobody was told. */
	return copy_to_user(uargs, &args, offsetof(typeof(args), refs)) ? -EFAULT : 0;

free:
	gntdev_map_put(m);
	return ret;
}

static long ioctl_unmap(struct gntdev_file *f,
			const struct ioctl_gntdev_unmap_grant_ref __user *uargs)
{
	struct ioctl_gntdev_unmap_grant_ref args;
	struct gntdev_map *m = NULL;

	if (copy_from_user(&args, uargs, sizeof(args)))
		return -EFAULT;
	mutex_lock(&f->lock);
	if (args.count && !offset_in_page(args.index))
		m = gntdev_map_find(f, args.index >> PAGE_SHIFT, args.count);
	if (m) {
		list_del(&m->list);
		f->count -= m->count;
	}
	mutex_unlock(&f->lock);
	if (!m)
		return -ENOENT;
	gntdev_map_put(m);
	return 0;
}

static long ioctl_offset(struct file *file,
			 struct ioctl_gntdev_get_offset_for_vaddr __user *uargs)
{
	struct ioctl_gntdev_get_offset_for_vaddr args;
	struct vm_area_struct *vma;
	struct gntdev_map *m;
	long ret = -EINVAL;

	if (copy_from_user(&args, uargs, sizeof(args)))
		return -EFAULT;
	mmap_read_lock(current->mm);
	vma = find_vma(current->mm, args.vaddr);
	m = vma && vma->vm_start == args.vaddr && vma->vm_file == file ? gntdev_vma_map(vma) : NULL;
	if (m) {
		args.offset = m->index << PAGE_SHIFT;
		args.count = m->count;
		ret = 0;
	}
	mmap_read_unlock(current->mm);
	if (!ret && copy_to_user(uargs, &args, sizeof(args)))
		ret = -EFAULT;
	return ret;
}

static long ioctl_limit(struct gntdev_file *f,
			const struct ioctl_gntdev_set_max_grants __user *uargs)
{
	struct ioctl_gntdev_set_max_grants args;
	long ret = 0;

	if (copy_from_user(&args, uargs, sizeof(args)))
		return -EFAULT;
	if (args.count > MAX_GRANTS)
		return -E2BIG;
	mutex_lock(&f->lock);
	if (f->count)
		ret = -EBUSY;
	else
		f->limit = args.count;
	mutex_unlock(&f->lock);
	return ret;
}

static long set_notify(struct gntdev_file *f, const struct ioctl_gntdev_unmap_notify *args)
{
	const u64 page = args->index >> PAGE_SHIFT;
	struct gntdev_map *m;

	lockdep_assert_held(&f->lock);
	list_for_each_entry(m, &f->maps, list) {
		if (page < m->index || page >= m->index + m->count)
			continue;
		/* Only what is mapped writable can be cleared. */
		if (args->action & UNMAP_NOTIFY_CLEAR_BYTE && m->mapped && m->readonly)
			return -EINVAL;
		m->notify = (struct gntdev_notify){
			.action = args->action,
			.offset = args->index - (m->index << PAGE_SHIFT),
			.port = args->event_channel_port,
		};
		return 0;
	}
	return -ENOENT;
}

static long ioctl_notify(struct gntdev_file *f,
			 const struct ioctl_gntdev_unmap_notify __user *uargs)
{
	struct ioctl_gntdev_unmap_notify args;
	long ret;

	if (copy_from_user(&args, uargs, sizeof(args)))
		return -EFAULT;
	if (args.action & ~(UNMAP_NOTIFY_CLEAR_BYTE | UNMAP_NOTIFY_SEND_EVENT))
		return -EINVAL;
	mutex_lock(&f->lock);
	ret = set_notify(f, &args);
	mutex_unlock(&f->lock);
	return ret;
}

static long gntdev_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct gntdev_file *f = file->private_data;
	void __user *uargs = (void __user *)arg;

	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	switch (cmd) {
	case IOCTL_GNTDEV_MAP_GRANT_REF:
		return ioctl_map(f, uargs);
	case IOCTL_GNTDEV_UNMAP_GRANT_REF:
		return ioctl_unmap(f, uargs);
	case IOCTL_GNTDEV_GET_OFFSET_FOR_VADDR:
		return ioctl_offset(file, uargs);
	case IOCTL_GNTDEV_SET_MAX_GRANTS:
		return ioctl_limit(f, uargs);
	case IOCTL_GNTDEV_SET_UNMAP_NOTIFY:
		return ioctl_notify(f, uargs);
	case IOCTL_GNTDEV_GRANT_COPY:
		return gntdev_copy(uargs);
	default:
		return -ENOTTY;
	}
}

/* ---- the device ---- */

static int gntdev_open(struct inode *inode, struct file *file)
{
	struct gntdev_file *f;

	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	f = kzalloc(sizeof(*f), GFP_KERNEL);
	if (!f)
		return -ENOMEM;
	mutex_init(&f->lock);
	INIT_LIST_HEAD(&f->maps);
	f->limit = MAX_GRANTS;
	file->private_data = f;
	return nonseekable_open(inode, file);
}

/* A VMA holds the file, so all of them are gone. */
static int gntdev_release(struct inode *inode, struct file *file)
{
	struct gntdev_file *f = file->private_data;
	struct gntdev_map *m, *next;

	list_for_each_entry_safe(m, next, &f->maps, list)
		gntdev_map_put(m);
	kfree(f);
	return 0;
}

static int gntdev_mmap(struct file *file, struct vm_area_struct *vma)
{
	return gntdev_map_mmap(file->private_data, vma);
}

static const struct file_operations gntdev_fops = {
	.owner		= THIS_MODULE,
	.open		= gntdev_open,
	.release	= gntdev_release,
	.unlocked_ioctl	= gntdev_ioctl,
	.mmap		= gntdev_mmap,
};

static struct miscdevice gntdev_miscdev = {
	.minor	= MISC_DYNAMIC_MINOR,
	.name	= "xen/gntdev",
	.fops	= &gntdev_fops,
	.mode	= 0600,
};

/**
 * gntdev_init() - make /dev/xen/gntdev
 *
 * Context: sleepable, module load.
 * Return: 0 or an errno.
 */
int gntdev_init(void)
{
	return misc_register(&gntdev_miscdev);
}

/**
 * gntdev_exit() - remove /dev/xen/gntdev; no file of it is open
 *
 * Context: sleepable, module unload.
 */
void gntdev_exit(void)
{
	misc_deregister(&gntdev_miscdev);
}
