// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: A look at a domain's inside
 *
 * For files of /dev/lodge that LODGE_DUMP made: the list of a domain's frames,
 * their contents, its vCPUs' registers.  The domain's vCPUs stand still while
 * such a file is open.  Reads only; what it means (page tables, notes, symbols)
 * is the reader's business.
 *
 * life_lock is held while the domain is looked at, and never across a copy to
 * user space: everything goes by way of the file's buffer.
 */
#include <linux/nospec.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "dump.h"
#include "frame.h"

#define BUFFER_PAGES	16UL

/**
 * struct dump - an open view
 * @domain: whose; with a reference
 * @buffer: BUFFER_PAGES pages, for one call at a time (the file's lock)
 */
struct dump {
	struct domain *domain;
	void *buffer;
};

/* life_lock held: one more reason for its vCPUs to stand still, or one less. */
static void add_pause(struct domain *d, int n)
{
	mutex_lock(&d->lock);
	WRITE_ONCE(d->pause_count, d->pause_count + n);
	mutex_unlock(&d->lock);
}

static int freeze(struct domain *d)
{
	if (mutex_lock_killable(&d->life_lock))
		return -EINTR;
	if (d->state != DOMAIN_RUNNING) {
		mutex_unlock(&d->life_lock);
		return d->state == DOMAIN_BUILDING ? -EBUSY : -ESHUTDOWN;
	}
	add_pause(d, 1);
	domain_stop_vcpus(d);
	mutex_unlock(&d->life_lock);
	return 0;
}

static void thaw(struct domain *d)
{
	mutex_lock(&d->life_lock);
	add_pause(d, -1);
	if (d->state == DOMAIN_RUNNING && !d->ended && !d->pause_count)
		domain_start_vcpus(d);
	mutex_unlock(&d->life_lock);
}

/**
 * dump_open() - look at a domain
 * @d: the domain; the reference is taken over after success
 * @args: LODGE_DUMP's; the outputs are filled in
 *
 * Context: sleepable.
 * Return: the view, or -EBUSY (under construction), -ESHUTDOWN, -EINTR, -ENOMEM.
 */
struct dump *dump_open(struct domain *d, struct lodge_dump *args)
{
	struct dump *dump = kzalloc(sizeof(*dump), GFP_KERNEL);
	int ret = -ENOMEM;

	if (!dump)
		return ERR_PTR(-ENOMEM);
	dump->buffer = kvmalloc(BUFFER_PAGES << PAGE_SHIFT, GFP_KERNEL);
	if (dump->buffer)
		ret = freeze(d);
	if (ret) {
		kvfree(dump->buffer);
		kfree(dump);
		return ERR_PTR(ret);
	}
	dump->domain = d;
	args->nr_vcpus = d->nr_vcpus;
	args->max_mfn = hole_max_mfn();
	args->shared_info_mfn = d->shared_info_mfn;
	return dump;
}

/**
 * dump_close() - let the domain go on
 * @dump: from dump_open()
 *
 * Context: sleepable.
 */
void dump_close(struct dump *dump)
{
	thaw(dump->domain);
	domain_put(dump->domain);
	kvfree(dump->buffer);
	kfree(dump);
}

/* life_lock held: are memory and vCPUs there? */
static int hold(struct domain *d)
{
	int ret = domain_hold(d);

	if (!ret && d->state != DOMAIN_RUNNING) {
		domain_release(d);
		ret = -ESHUTDOWN;
	}
	return ret;
}

/* Frames of one chunk from @mfn on, into the second half of the buffer. */
static unsigned int list_chunk(struct dump *dump, unsigned long chunk, u64 mfn)
{
	struct frame *f = dump->buffer;
	struct lodge_frame *out = dump->buffer + (BUFFER_PAGES / 2 << PAGE_SHIFT);
	unsigned int i, n = 0;

	BUILD_BUG_ON(CHUNK_FRAMES * sizeof(*out) > BUFFER_PAGES / 2 << PAGE_SHIFT);
	frame_copy_chunk(dump->domain, chunk, f);
	for (i = 0; i < CHUNK_FRAMES; i++) {
		const u64 this = ((u64)chunk << CHUNK_SHIFT) + i;

		if (!f[i].owner || this < mfn)
			continue;
		out[n++] = (struct lodge_frame) {
			.mfn = this,
			.gpfn = hole_get_m2p(dump->domain, this),
			.type = frame_is_table(&f[i]) && f[i].type_refs ? f[i].type : 0,
		};
	}
	return n;
}

static long list(struct dump *dump, struct lodge_dump_list __user *uargs)
{
	struct lodge_frame *found = dump->buffer + (BUFFER_PAGES / 2 << PAGE_SHIFT);
	struct lodge_dump_list args;
	unsigned long chunk;
	unsigned int n = 0;
	int ret;

	BUILD_BUG_ON(LODGE_NO_GPFN != FRAME_NO_GPFN);
	if (copy_from_user(&args, uargs, sizeof(args)))
		return -EFAULT;
	if (args.count < CHUNK_FRAMES)
		return -EINVAL;
	ret = hold(dump->domain);
	if (ret)
		return ret;
	for (chunk = args.mfn >> CHUNK_SHIFT; !n && frame_next_chunk(dump->domain, &chunk);
	     chunk++) {
		n = list_chunk(dump, chunk, args.mfn);
		args.mfn = (u64)(chunk + 1) << CHUNK_SHIFT;
		cond_resched();
	}
	domain_release(dump->domain);
	args.count = n;
	if (copy_to_user(u64_to_user_ptr(args.frames), found, n * sizeof(*found)) ||
	    copy_to_user(uargs, &args, sizeof(args)))
		return -EFAULT;
	return 0;
}

static int copy_frames(struct dump *dump, const u64 *mfns, unsigned int n)
{
	struct domain *d = dump->domain;
	unsigned int i;
	int ret;

	ret = hold(d);
	if (ret)
		return ret;
	for (i = 0; !ret && i < n; i++) {
		ret = frame_get(d, mfns[i]);
		if (ret) {
			ret = -ENXIO;
			break;
		}
		memcpy(dump->buffer + (i << PAGE_SHIFT), frame_address(mfns[i]), PAGE_SIZE);
		frame_put(d, mfns[i]);
	}
	domain_release(d);
	return ret;
}

static long read(struct dump *dump, const struct lodge_dump_read __user *uargs)
{
	struct lodge_dump_read args;
	u64 mfns[BUFFER_PAGES];
	const u64 __user *in;
	unsigned int n;
	int ret = 0;
	u64 i;

	if (copy_from_user(&args, uargs, sizeof(args)))
		return -EFAULT;
	in = u64_to_user_ptr(args.mfns);
	for (i = 0; !ret && i < args.count; i += n) {
		n = min_t(u64, args.count - i, BUFFER_PAGES);
		if (copy_from_user(mfns, in + i, n * sizeof(*mfns)))
			return -EFAULT;
		ret = copy_frames(dump, mfns, n);
		if (!ret && copy_to_user(u64_to_user_ptr(args.data) + (i << PAGE_SHIFT),
					 dump->buffer, (size_t)n << PAGE_SHIFT))
			ret = -EFAULT;
		if (!ret && fatal_signal_pending(current))
			ret = -EINTR;
		cond_resched();
	}
	return ret;
}

static void fill_vcpu(struct lodge_dump_vcpu *a, const struct vcpu *v)
{
	const struct vcpu_page *page = v->page;
	const struct guest_regs *r = &page->regs;

	*a = (struct lodge_dump_vcpu) {
		.vcpu = a->vcpu,
		.flags = (v->is_up ? LODGE_VCPU_UP : 0) |
			 (page->flags & VCPU_KERNEL_MODE ? LODGE_VCPU_KERNEL_MODE : 0),
		.r15 = r->r15, .r14 = r->r14, .r13 = r->r13, .r12 = r->r12, .rbp = r->rbp,
		.rbx = r->rbx, .r11 = r->r11, .r10 = r->r10, .r9 = r->r9, .r8 = r->r8,
		.rax = r->rax, .rcx = r->rcx, .rdx = r->rdx, .rsi = r->rsi, .rdi = r->rdi,
		.rip = r->rip, .cs = r->cs, .rflags = r->rflags, .rsp = r->rsp, .ss = r->ss,
		.l4_kernel = page->l4_kernel, .l4_user = page->l4_user,
		.kernel_sp = page->kernel_sp, .fs_base = page->fs_base,
		.gs_base = page->gs_base, .gs_base_other = page->gs_base_other,
		.ds = page->ds, .es = page->es, .fs = page->fs, .gs = page->gs,
	};
}

static long get_vcpu(struct dump *dump, struct lodge_dump_vcpu __user *uargs)
{
	struct domain *d = dump->domain;
	struct lodge_dump_vcpu args;
	int ret;

	if (copy_from_user(&args, uargs, sizeof(args)))
		return -EFAULT;
	if (args.vcpu >= d->nr_vcpus)
		return -ENOENT;
	ret = hold(d);
	if (ret)
		return ret;
	fill_vcpu(&args, d->vcpu[array_index_nospec(args.vcpu, LODGE_MAX_VCPUS)]);
	domain_release(d);
	return copy_to_user(uargs, &args, sizeof(args)) ? -EFAULT : 0;
}

/**
 * dump_ioctl() - LODGE_DUMP_LIST, _READ, _VCPU
 * @dump: the view; nobody else uses it
 * @cmd: which
 * @uargs: its argument
 *
 * Context: sleepable; a fatal signal ends a long one.
 * Return: 0, -EFAULT, -EINVAL, -ENOENT, -ENXIO, -ENOTTY, -EINTR, or -ESHUTDOWN
 * when the domain's end has begun.
 */
long dump_ioctl(struct dump *dump, unsigned int cmd, void __user *uargs)
{
	switch (cmd) {
	case LODGE_DUMP_LIST:
		return list(dump, uargs);
	case LODGE_DUMP_READ:
		return read(dump, uargs);
	case LODGE_DUMP_VCPU:
		return get_vcpu(dump, uargs);
	}
	return -ENOTTY;
}
