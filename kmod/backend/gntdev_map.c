// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: Maps of /dev/xen/gntdev
 *
 * Grants that a program of domain 0 maps together, and the VMAs that show them.
 *
 * A VMA is VM_PFNMAP|VM_IO: nobody can pin such a page past its unmapping, so
 * what a guest gets back is its own again, and may become a page table.
 * (Therefore no O_DIRECT into granted pages: -EFAULT.)
 *
 * What the guest may do meanwhile is grant_host.c's business.
 */
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/slab.h>

#include "../compat.h"
#include "gntdev.h"

static void unmap_grants(struct gntdev_map *m)
{
	u32 i;

	for (i = 0; i < m->count && m->maps[i]; i++) {
		grant_unmap_host(m->maps[i]);
		m->maps[i] = NULL;
	}
	m->mapped = false;
}

static void run_notify(struct gntdev_map *m)
{
	struct gntdev_notify *n = &m->notify;

	if (n->action & UNMAP_NOTIFY_CLEAR_BYTE && m->mapped && !m->readonly) {
		u8 *page = page_address(grant_map_page(m->maps[n->offset >> PAGE_SHIFT]));

		WRITE_ONCE(page[offset_in_page(n->offset)], 0);
	}
}

/**
 * gntdev_map_put() - drop a reference, and unmap with the last
 * @m: the map
 *
 * Context: sleepable; with mmap_lock or without.
 */
void gntdev_map_put(struct gntdev_map *m)
{
	if (!refcount_dec_and_test(&m->users))
		return;
	run_notify(m);
	unmap_grants(m);
	/* After the page was given back, as on Linux: who is woken finds it so. */
	if (m->notify.action & UNMAP_NOTIFY_SEND_EVENT)
		evtchn_dom0_send(m->notify.port);
	kvfree(m->maps);
	kvfree(m);
}

/**
 * gntdev_map_one() - map one grant, named by its domain's id
 * @domid: any value
 * @ref: any value
 * @readonly: not to be written
 *
 * Context: sleepable.
 * Return: the mapping, for grant_unmap_host(); -ESRCH if there is no such
 * domain, or what grant_map_host() says.
 */
struct grant_map *gntdev_map_one(u32 domid, u32 ref, bool readonly)
{
	struct domain *d = domid < DOMID_FIRST_RESERVED ? domain_get(domid) : NULL;
	struct grant_map *g;

	if (!d)
		return ERR_PTR(-ESRCH);
	g = grant_map_host(d, ref, readonly);
	domain_put(d);
	return g;
}

static int map_grants(struct gntdev_map *m, bool readonly)
{
	struct grant_map *g;
	u32 i;

	m->readonly = readonly;
	for (i = 0; i < m->count; i++) {
		g = gntdev_map_one(m->refs[i].domid, m->refs[i].ref, readonly);
		if (IS_ERR(g)) {
			unmap_grants(m);
			return PTR_ERR(g);
		}
		m->maps[i] = g;
		cond_resched();
	}
	m->mapped = true;
	return 0;
}

/**
 * gntdev_map_alloc() - a map, not yet in a file's list
 * @count: of grants
 *
 * Context: sleepable.
 * Return: the map with a reference, or NULL.
 */
struct gntdev_map *gntdev_map_alloc(u32 count)
{
	struct gntdev_map *m = kvzalloc(struct_size(m, refs, count), GFP_KERNEL);

	if (!m)
		return NULL;
	m->maps = kvcalloc(count, sizeof(m->maps[0]), GFP_KERNEL);
	if (!m->maps) {
		kvfree(m);
		return NULL;
	}
	refcount_set(&m->users, 1);
	m->count = count;
	return m;
}

/**
 * gntdev_map_find() - look a map up
 * @f: the file, its lock held
 * @index: the map's page offset
 * @count: of pages
 *
 * Return: the map, without a reference, or NULL.
 */
struct gntdev_map *gntdev_map_find(struct gntdev_file *f, u64 index, u64 count)
{
	struct gntdev_map *m;

	lockdep_assert_held(&f->lock);
	list_for_each_entry(m, &f->maps, list) {
		if (m->index == index && m->count == count)
			return m;
	}
	return NULL;
}

/* ---- VMAs ---- */

static void gntdev_vma_open(struct vm_area_struct *vma)
{
	struct gntdev_map *m = vma->vm_private_data;

	refcount_inc(&m->users);
}

/* The page tables are clean and flushed by now. */
static void gntdev_vma_close(struct vm_area_struct *vma)
{
	gntdev_map_put(vma->vm_private_data);
}

/* A map comes and goes whole. */
static int gntdev_vma_may_split(struct vm_area_struct *vma, unsigned long addr)
{
	return -EINVAL;
}

static vm_fault_t gntdev_vma_fault(struct vm_fault *vmf)
{
	struct gntdev_map *m = vmf->vma->vm_private_data;
	u64 i = vmf->pgoff - m->index;

	if (i >= m->count)
		return VM_FAULT_SIGBUS;
	return vmf_insert_pfn(vmf->vma, vmf->address & PAGE_MASK,
			      page_to_pfn(grant_map_page(m->maps[i])));
}

static const struct vm_operations_struct gntdev_vm_ops = {
	.open		= gntdev_vma_open,
	.close		= gntdev_vma_close,
	.may_split	= gntdev_vma_may_split,
	.fault		= gntdev_vma_fault,
};

/**
 * gntdev_vma_map() - the map that a VMA shows
 * @vma: any VMA
 *
 * Context: mmap_lock held.
 * Return: the map, or NULL if it is no VMA of this device.
 */
struct gntdev_map *gntdev_vma_map(struct vm_area_struct *vma)
{
	return vma->vm_ops == &gntdev_vm_ops ? vma->vm_private_data : NULL;
}

/**
 * gntdev_map_mmap() - map the grants, if they are not, and show them in a VMA
 * @f: the file
 * @vma: new
 *
 * Context: mmap_lock held for writing.
 * Return: 0, -EINVAL for a VMA that cannot show it, or why a grant
 * cannot be mapped.
 */
int gntdev_map_mmap(struct gntdev_file *f, struct vm_area_struct *vma)
{
	bool write = vma->vm_flags & VM_WRITE;
	struct gntdev_map *m;
	int ret = 0;

	if (!(vma->vm_flags & VM_SHARED) || vma->vm_flags & VM_EXEC)
		return -EINVAL;
	mutex_lock(&f->lock);
	m = gntdev_map_find(f, vma->vm_pgoff, vma_pages(vma));
	if (!m)
		ret = -EINVAL;
	else if (!m->mapped)
		ret = map_grants(m, !write);
	else if (write && m->readonly)
		ret = -EINVAL;
	if (!ret)
		refcount_inc(&m->users);
	mutex_unlock(&f->lock);
	if (ret)
		return ret;
	compat_vma_flags(vma, VM_PFNMAP | VM_IO | VM_DONTEXPAND | VM_DONTDUMP | VM_DONTCOPY,
			 VM_MAYEXEC | (write ? 0 : VM_MAYWRITE));
	vma->vm_private_data = m;
	vma->vm_ops = &gntdev_vm_ops;
	return 0;
}
