// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: /dev/lodge
 *
 * An open file is nothing yet, a domain's builder (LODGE_CREATE), its console
 * (LODGE_CONSOLE) or a view of its inside (LODGE_DUMP); what it has become it
 * stays.  Arguments are copied once and the copy is judged here; domain.c,
 * console.c and dump.c do the work.
 *
 * Locks: @lock of the file serialises what it becomes and its reads, and is
 * held across copies to and from user space.  So the page fault handler and
 * mmap, which run under mmap_lock, do not take it: they read @kind once, with
 * acquire, and what it publishes does not change again.
 */
#include <linux/capability.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "compat.h"
#include "dump.h"
#include "lodge.h"

#define MIN_PAGES		(4UL << (20 - PAGE_SHIFT))	/* of a domain */
#define FAULT_AROUND		64	/* pages mapped at once */

enum file_kind {
	FILE_FRESH,
	FILE_BUILDER,
	FILE_CONSOLE,
	FILE_DUMP,
};

struct lodge_file {
	struct mutex lock;
	enum file_kind kind;	/* store-release once, after the rest is set */
	struct domain *domain;	/* with a reference; NULL for FILE_DUMP */
	struct dump *dump;	/* FILE_DUMP */
	u64 pos;		/* console: next byte of the log to read */
	u64 end;		/* console: end of file here */
};

/* The domain, if this is the right kind of file for what is asked. */
static struct domain *file_domain(struct lodge_file *f, enum file_kind kind)
{
	/* Pairs with become(): the kind is there, so the domain is. */
	if (smp_load_acquire(&f->kind) != kind)
		return NULL;
	return f->domain;
}

static void become(struct lodge_file *f, enum file_kind kind, struct domain *d)
{
	f->domain = d;
	/* Pairs with file_domain(): all of the above before the kind. */
	smp_store_release(&f->kind, kind);
}

static int lodge_open(struct inode *inode, struct file *file)
{
	struct lodge_file *f;

	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	f = kzalloc(sizeof(*f), GFP_KERNEL);
	if (!f)
		return -ENOMEM;
	mutex_init(&f->lock);
	file->private_data = f;
	return stream_open(inode, file);	/* console: read and write in parallel */
}

static int lodge_release(struct inode *inode, struct file *file)
{
	struct lodge_file *f = file->private_data;

	if (f->kind == FILE_BUILDER)
		domain_builder_gone(f->domain);
	if (f->kind == FILE_DUMP)
		dump_close(f->dump);
	if (f->domain)
		domain_put(f->domain);
	kfree(f);
	return 0;
}

/* ---- ioctls; f->lock held ---- */

#define KEEP_CODES	(LODGE_CREATE_KEEP(SHUTDOWN_poweroff) | \
			 LODGE_CREATE_KEEP(SHUTDOWN_reboot) | \
			 LODGE_CREATE_KEEP(SHUTDOWN_crash) | LODGE_CREATE_KEEP(SHUTDOWN_watchdog))

static int check_create(const struct lodge_create *args)
{
	if (args->abi_version != LODGE_ABI_VERSION)
		return -EPROTO;
	if (args->flags & ~(KEEP_CODES | LODGE_CREATE_STORE) || args->reserved ||
	    !domain_name_ok(args->name))
		return -EINVAL;
	if (!args->nr_vcpus || args->nr_vcpus > LODGE_MAX_VCPUS)
		return -EINVAL;
	if (args->weight < BVT_WEIGHT_MIN || args->weight > BVT_WEIGHT_MAX)
		return -EINVAL;
	if (args->nr_pages < MIN_PAGES || args->console_gpfn >= args->nr_pages)
		return -EINVAL;
	if (args->max_pages < args->nr_pages)
		return -EINVAL;
	if (args->flags & LODGE_CREATE_STORE &&
	    (args->store_gpfn >= args->nr_pages || args->store_gpfn == args->console_gpfn))
		return -EINVAL;
	/* Say so at once, instead of pushing the host out of its memory first. */
	if (args->nr_pages > max_t(long, si_mem_available(), 0))
		return -ENOMEM;
	return args->max_pages > LODGE_MAX_PAGES ? -EINVAL : 0;
}

static long ioctl_create(struct file *file, struct lodge_create __user *uargs)
{
	struct lodge_file *f = file->private_data;
	struct lodge_create args;
	struct domain *d;
	int ret;

	if (f->kind != FILE_FRESH)
		return -EBADFD;
	if (copy_from_user(&args, uargs, sizeof(args)))
		return -EFAULT;
	ret = check_create(&args);
	if (ret)
		return ret;
	d = domain_create(&args);
	if (IS_ERR(d))
		return PTR_ERR(d);
	if (copy_to_user(uargs, &args, sizeof(args))) {
		domain_builder_gone(d);
		domain_put(d);
		return -EFAULT;
	}
	domain_set_mapping(d, file->f_mapping);
	become(f, FILE_BUILDER, d);
	return 0;
}

/* Copied by way of a buffer: user space may fault and sleep, d->lock is held briefly. */
static long ioctl_frames(struct lodge_file *f, struct lodge_frames __user *uargs)
{
	struct domain *d = file_domain(f, FILE_BUILDER);
	struct lodge_frames args;
	u64 __user *out;
	u64 *buf, n;
	long ret = 0;

	if (!d)
		return -EBADFD;
	if (copy_from_user(&args, uargs, sizeof(args)))
		return -EFAULT;
	if (args.gpfn > d->nr_pages || args.count > d->nr_pages - args.gpfn)
		return -EINVAL;
	out = u64_to_user_ptr(args.mfns);
	buf = (u64 *)__get_free_page(GFP_KERNEL);
	if (!buf)
		return -ENOMEM;
	for (; args.count && !ret; args.count -= n, args.gpfn += n, out += n) {
		n = min_t(u64, args.count, PAGE_SIZE / sizeof(u64));
		mutex_lock(&d->lock);
		if (d->state == DOMAIN_BUILDING && d->build_mfns)
			memcpy(buf, d->build_mfns + args.gpfn, n * sizeof(u64));
		else
			ret = -ESHUTDOWN;
		mutex_unlock(&d->lock);
		if (!ret && copy_to_user(out, buf, n * sizeof(u64)))
			ret = -EFAULT;
		if (!ret && fatal_signal_pending(current))
			ret = -EINTR;
	}
	free_page((unsigned long)buf);
	return ret;
}

static long ioctl_start(struct lodge_file *f, const struct lodge_start __user *uargs)
{
	struct domain *d = file_domain(f, FILE_BUILDER);
	struct lodge_start args;

	if (!d)
		return -EBADFD;
	if (copy_from_user(&args, uargs, sizeof(args)))
		return -EFAULT;
	return domain_start(d, &args);
}

static long ioctl_console(struct lodge_file *f, const struct lodge_console __user *uargs)
{
	struct lodge_console args;
	struct domain *d;

	if (f->kind != FILE_FRESH)
		return -EBADFD;
	if (copy_from_user(&args, uargs, sizeof(args)))
		return -EFAULT;
	if (args.flags & ~LODGE_CONSOLE_LOG)
		return -EINVAL;
	if (args.domid >= DOMID_FIRST_RESERVED)
		return -ENOENT;
	d = domain_get(args.domid);
	if (!d)
		return -ENOENT;
	/* A log that is read while the guest writes it ends where it ended now. */
	f->end = args.flags & LODGE_CONSOLE_LOG ? console_log_end(d) : U64_MAX;
	become(f, FILE_CONSOLE, d);
	return 0;
}

static long ioctl_dump(struct lodge_file *f, struct lodge_dump __user *uargs)
{
	struct lodge_dump args;
	struct dump *dump;
	struct domain *d;

	if (f->kind != FILE_FRESH)
		return -EBADFD;
	if (copy_from_user(&args, uargs, sizeof(args)))
		return -EFAULT;
	if (args.flags || args.reserved)
		return -EINVAL;
	d = args.domid < DOMID_FIRST_RESERVED ? domain_get(args.domid) : NULL;
	if (!d)
		return -ENOENT;
	dump = dump_open(d, &args);
	if (IS_ERR(dump)) {
		domain_put(d);
		return PTR_ERR(dump);
	}
	f->dump = dump;		/* from here on the file's end is its end */
	become(f, FILE_DUMP, NULL);
	return copy_to_user(uargs, &args, sizeof(args)) ? -EFAULT : 0;
}

static long lodge_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct lodge_file *f = file->private_data;
	void __user *uargs = (void __user *)arg;
	long ret;

	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	if (mutex_lock_killable(&f->lock))
		return -EINTR;
	switch (cmd) {
	case LODGE_CREATE:
		ret = ioctl_create(file, uargs);
		break;
	case LODGE_FRAMES:
		ret = ioctl_frames(f, uargs);
		break;
	case LODGE_START:
		ret = ioctl_start(f, uargs);
		break;
	case LODGE_CONSOLE:
		ret = ioctl_console(f, uargs);
		break;
	case LODGE_DUMP:
		ret = ioctl_dump(f, uargs);
		break;
	default:
		ret = f->kind == FILE_DUMP ? dump_ioctl(f->dump, cmd, uargs) : -ENOTTY;
	}
	mutex_unlock(&f->lock);
	return ret;
}

/* ---- memory of a domain under construction ---- */

/*
 * Map the page that was touched and its next neighbours; the builder mostly
 * writes upwards.  d->lock keeps the memory from being sealed meanwhile.
 */
static vm_fault_t map_around(struct vm_fault *vmf, struct domain *d, u64 gpfn)
{
	struct vm_area_struct *vma = vmf->vma;
	unsigned long addr = vmf->address & PAGE_MASK;
	unsigned int n = min3((u64)FAULT_AROUND, d->nr_pages - gpfn,
			      (u64)(vma->vm_end - addr) >> PAGE_SHIFT);
	vm_fault_t ret;
	unsigned int i;

	ret = vmf_insert_pfn(vma, addr, d->build_mfns[gpfn]);
	for (i = 1; i < n && ret == VM_FAULT_NOPAGE; i++) {
		if (vmf_insert_pfn(vma, addr + i * PAGE_SIZE, d->build_mfns[gpfn + i]) !=
		    VM_FAULT_NOPAGE)
			break;	/* a neighbour only: its own fault will tell */
	}
	return ret;
}

static vm_fault_t builder_fault(struct vm_fault *vmf)
{
	struct lodge_file *f = vmf->vma->vm_file->private_data;
	struct domain *d = f->domain;	/* set before this could be mapped */
	u64 gpfn = vmf->pgoff - (lodge_mmap_offset(d->id) >> PAGE_SHIFT);
	vm_fault_t ret = VM_FAULT_SIGBUS;

	mutex_lock(&d->lock);
	if (!d->sealed && d->build_mfns && gpfn < d->nr_pages)
		ret = map_around(vmf, d, gpfn);
	mutex_unlock(&d->lock);
	return ret;
}

static const struct vm_operations_struct builder_vm_ops = {
	.fault = builder_fault,
};

/*
 * Shared only (a private copy would outlive the seal), never executable, and
 * VM_PFNMAP|VM_IO so that nobody pins a page past the seal.
 */
static int lodge_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct domain *d = file_domain(file->private_data, FILE_BUILDER);
	u64 base, pages = vma_pages(vma);

	if (!d)
		return -EBADFD;
	if (!(vma->vm_flags & VM_SHARED) || vma->vm_flags & VM_EXEC)
		return -EINVAL;
	base = lodge_mmap_offset(d->id) >> PAGE_SHIFT;
	if (vma->vm_pgoff < base || vma->vm_pgoff - base > d->nr_pages ||
	    pages > d->nr_pages - (vma->vm_pgoff - base))
		return -EINVAL;
	compat_vma_flags(vma, VM_PFNMAP | VM_IO | VM_DONTEXPAND | VM_DONTDUMP | VM_DONTCOPY,
			 VM_MAYEXEC);
	vma->vm_ops = &builder_vm_ops;
	return 0;
}

/* ---- console ---- */

static ssize_t lodge_read(struct file *file, char __user *buf, size_t len, loff_t *ppos)
{
	struct lodge_file *f = file->private_data;
	struct domain *d = file_domain(f, FILE_CONSOLE);
	bool nonblock = file->f_flags & O_NONBLOCK;
	ssize_t ret;

	if (!d)
		return -EBADFD;
	if (nonblock) {
		if (!mutex_trylock(&f->lock))
			return -EAGAIN;
	} else if (mutex_lock_interruptible(&f->lock)) {
		return -ERESTARTSYS;
	}
	ret = console_read(d, buf, len, &f->pos, f->end, nonblock);
	mutex_unlock(&f->lock);
	return ret;
}

static ssize_t lodge_write(struct file *file, const char __user *buf, size_t len, loff_t *ppos)
{
	struct lodge_file *f = file->private_data;
	struct domain *d = file_domain(f, FILE_CONSOLE);

	if (!d || f->end != U64_MAX)
		return -EBADFD;
	return console_write(d, buf, len, file->f_flags & O_NONBLOCK);
}

static __poll_t lodge_poll(struct file *file, poll_table *wait)
{
	struct lodge_file *f = file->private_data;
	struct domain *d = file_domain(f, FILE_CONSOLE);

	if (!d)
		return EPOLLERR;
	if (f->end != U64_MAX)
		return EPOLLIN | EPOLLRDNORM;	/* a read never waits */
	return console_poll(d, file, wait, READ_ONCE(f->pos));
}

static const struct file_operations lodge_fops = {
	.owner		= THIS_MODULE,	/* no unload while a file is open */
	.open		= lodge_open,
	.release	= lodge_release,
	.unlocked_ioctl	= lodge_ioctl,
	.compat_ioctl	= compat_ptr_ioctl,
	.mmap		= lodge_mmap,
	.read		= lodge_read,
	.write		= lodge_write,
	.poll		= lodge_poll,
};

static struct miscdevice lodge_miscdev = {
	.minor	= MISC_DYNAMIC_MINOR,
	.name	= "lodge",
	.fops	= &lodge_fops,
	.mode	= 0600,
};

/**
 * chardev_init() - make /dev/lodge
 *
 * The last step of loading but one: from here on domains can come.
 *
 * Context: sleepable.
 * Return: 0 or an errno.
 */
int chardev_init(void)
{
	return misc_register(&lodge_miscdev);
}

/**
 * chardev_exit() - remove /dev/lodge; no file of it is open
 *
 * Context: sleepable.
 */
void chardev_exit(void)
{
	misc_deregister(&lodge_miscdev);
}
