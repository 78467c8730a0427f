/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * gntdev.h: private to gntdev.c (the device and its ioctls), gntdev_map.c (maps
 * and their VMAs) and gntdev_copy.c.
 */
#ifndef LODGE_GNTDEV_H
#define LODGE_GNTDEV_H

#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/refcount.h>
#include <xen/interface/grant_table.h>
#include <xen/gntdev.h>

#include "../lodge.h"

struct gntdev_file {
	struct mutex lock;
	struct list_head maps;		/* by index */
	u32 count, limit;		/* grants in @maps */
};

/**
 * struct gntdev_notify - what to do when a map goes
 * @action: UNMAP_NOTIFY_*
 * @offset: of the byte to clear, from the start of the map
 * @port: of domain 0, to be notified
 */
struct gntdev_notify {
	u32 action;
	u32 offset;
	u32 port;
};

/**
 * struct gntdev_map - grants that are mapped together
 * @list: in gntdev_file.maps
 * @users: that list, and each VMA
 * @index: page offset in the file
 * @count: of grants, a page each
 * @mapped: all of @maps are set; file->lock
 * @readonly: how they were mapped
 * @notify: when they are unmapped
 * @maps: of grant_map_host()
 * @refs: what user space named
 */
struct gntdev_map {
	struct list_head list;
	refcount_t users;
	u64 index;
	u32 count;
	bool mapped, readonly;
	struct gntdev_notify notify;
	struct grant_map **maps;
	struct ioctl_gntdev_grant_ref refs[];
};

/* ---- gntdev_map.c ---- */
struct gntdev_map *gntdev_map_alloc(u32 count);
void gntdev_map_put(struct gntdev_map *m);
struct gntdev_map *gntdev_map_find(struct gntdev_file *f, u64 index, u64 count);
int gntdev_map_mmap(struct gntdev_file *f, struct vm_area_struct *vma);
struct gntdev_map *gntdev_vma_map(struct vm_area_struct *vma);
struct grant_map *gntdev_map_one(u32 domid, u32 ref, bool readonly);

/* ---- gntdev_copy.c ---- */
long gntdev_copy(struct ioctl_gntdev_grant_copy __user *uargs);

#endif
