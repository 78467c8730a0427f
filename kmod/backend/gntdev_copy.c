// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: Copying for /dev/xen/gntdev
 *
 * IOCTL_GNTDEV_GRANT_COPY: between a granted frame and a program's buffer, or
 * two granted frames, without a mapping that the program would keep.  Each
 * segment is copied in once and judged by itself; what is wrong with a grant is
 * in its status, what is wrong with the request is the ioctl's error.
 */
#include <linux/mm.h>
#include <linux/sched/signal.h>
#include <linux/uaccess.h>

#include "gntdev.h"

/* One end that is a grant. */
struct end {
	struct grant_map *map;
	u8 *address;
};

static s16 status_of(long error)
{
	switch (error) {
	case 0:
		return GNTST_okay;
	case -ESRCH:
		return GNTST_bad_domain;
	case -EPERM:
	case -EACCES:
		return GNTST_permission_denied;
	default:
		return GNTST_general_error;
	}
}

static int map_end(struct end *e, domid_t domid, u32 ref, u16 offset, bool readonly)
{
	e->map = gntdev_map_one(domid, ref, readonly);
	if (IS_ERR(e->map))
		return PTR_ERR(e->map);
	e->address = (u8 *)page_address(grant_map_page(e->map)) + offset;
	return 0;
}

static long copy_between(const struct gntdev_grant_copy_segment *s)
{
	struct end from, to;
	long ret;

	ret = map_end(&from, s->source.foreign.domid, s->source.foreign.ref,
		      s->source.foreign.offset, true);
	if (ret)
		return ret;
	ret = map_end(&to, s->dest.foreign.domid, s->dest.foreign.ref,
		      s->dest.foreign.offset, false);
	if (!ret) {
		memmove(to.address, from.address, s->len);	/* may be one frame */
		grant_unmap_host(to.map);
	}
	grant_unmap_host(from.map);
	return ret;
}

static long copy_out(const struct gntdev_grant_copy_segment *s)
{
	struct end from;
	long ret;

	ret = map_end(&from, s->source.foreign.domid, s->source.foreign.ref,
		      s->source.foreign.offset, true);
	if (ret)
		return ret;
	if (copy_to_user(s->dest.virt, from.address, s->len))
		ret = -EFAULT;
	grant_unmap_host(from.map);
	return ret;
}

static long copy_in(const struct gntdev_grant_copy_segment *s)
{
	struct end to;
	long ret;

	ret = map_end(&to, s->dest.foreign.domid, s->dest.foreign.ref,
		      s->dest.foreign.offset, false);
	if (ret)
		return ret;
	if (copy_from_user(to.address, s->source.virt, s->len))
		ret = -EFAULT;
	grant_unmap_host(to.map);
	return ret;
}

static int check_segment(const struct gntdev_grant_copy_segment *s)
{
	const u16 both = GNTCOPY_source_gref | GNTCOPY_dest_gref;

	if (s->flags & ~both || !(s->flags & both))
		return -EINVAL;
	if (s->flags & GNTCOPY_source_gref &&
	    (u32)s->source.foreign.offset + s->len > PAGE_SIZE)
		return -EINVAL;
	if (s->flags & GNTCOPY_dest_gref && (u32)s->dest.foreign.offset + s->len > PAGE_SIZE)
		return -EINVAL;
	return 0;
}

static long copy_segment(const struct gntdev_grant_copy_segment *s)
{
	if (!(s->flags & GNTCOPY_source_gref))
		return copy_in(s);
	if (!(s->flags & GNTCOPY_dest_gref))
		return copy_out(s);
	return copy_between(s);
}

/**
 * gntdev_copy() - IOCTL_GNTDEV_GRANT_COPY
 * @uargs: the ioctl's argument
 *
 * Context: sleepable, no lock held.
 * Return: 0 if each segment has its status; -EINVAL for a segment that crosses
 * the end of a granted frame or has no grant at all; -EFAULT; -EINTR.
 */
long gntdev_copy(struct ioctl_gntdev_grant_copy __user *uargs)
{
	struct ioctl_gntdev_grant_copy args;
	struct gntdev_grant_copy_segment s;
	unsigned int i;
	long ret;

	if (copy_from_user(&args, uargs, sizeof(args)))
		return -EFAULT;
	for (i = 0; i < args.count; i++) {
		if (copy_from_user(&s, args.segments + i, sizeof(s)))
			return -EFAULT;
		ret = check_segment(&s);
		if (ret)
			return ret;
		ret = copy_segment(&s);
		if (ret == -EFAULT)
			return ret;
		if (put_user(status_of(ret), &args.segments[i].status))
			return -EFAULT;
		if (fatal_signal_pending(current))
			return -EINTR;
		cond_resched();
	}
	return 0;
}
