// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: Handles of grant mappings
 *
 * A guest names what it has mapped by number.  Handles are allocated by chunks,
 * when they are needed, and stay until the domain ends; free ones are chained.
 * Called by grant_map.c.  Must not touch what a handle holds.
 */
#include <linux/mm.h>
#include <linux/nospec.h>
#include "grant.h"
#include "hypercall.h"

static struct grant_handle *handle_at(struct grant_table *gt, u32 nr)
{
	return &gt->handles[nr / GRANT_CHUNK][nr % GRANT_CHUNK];
}

/**
 * grant_handle_grow() - allocate more handles
 * @d: domain
 *
 * Context: sleepable, mmu_lock not held.
 * Return: 0, -ENOMEM, -ENOSPC at the limit.
 */
int grant_handle_grow(struct domain *d)
{
	struct grant_handle *chunk, **handles = NULL;
	struct grant_table *gt = d->grant;
	unsigned int i;
	u32 first;

	chunk = kvcalloc(GRANT_CHUNK, sizeof(*chunk), GFP_KERNEL_ACCOUNT);
	if (chunk && !READ_ONCE(gt->handles))
		handles = kcalloc(GRANT_CHUNKS_MAX, sizeof(*handles), GFP_KERNEL_ACCOUNT);
	if (!chunk || (!handles && !READ_ONCE(gt->handles))) {
		kvfree(chunk);
		return -ENOMEM;
	}
	domain_mmu_lock(d);
	if (!gt->handles)
		swap(gt->handles, handles);
	first = gt->nr_handles;
	if (first / GRANT_CHUNK >= GRANT_CHUNKS_MAX) {
		domain_mmu_unlock(d);
		kvfree(chunk);
		kfree(handles);
		return -ENOSPC;
	}
	for (i = 0; i < GRANT_CHUNK; i++)
		chunk[i].next_free = i + 1 < GRANT_CHUNK ? first + i + 2 : gt->free_handle;
	gt->handles[first / GRANT_CHUNK] = chunk;
	gt->nr_handles += GRANT_CHUNK;
	gt->free_handle = first + 1;
	domain_mmu_unlock(d);
	kfree(handles);		/* another vCPU was first */
	return 0;
}

/**
 * grant_handle_alloc() - a free handle, busy from now on
 * @d: domain, mmu_lock held
 * @nr: out: its number
 *
 * Return: NULL if there is none.
 */
struct grant_handle *grant_handle_alloc(struct domain *d, u32 *nr)
{
	struct grant_table *gt = d->grant;
	struct grant_handle *h;

	lockdep_assert_held(&d->mmu_lock);
	if (!gt->free_handle)
		return NULL;
	*nr = gt->free_handle - 1;
	h = handle_at(gt, *nr);
	gt->free_handle = h->next_free;
	h->state = GRANT_HANDLE_BUSY;
	return h;
}

/**
 * grant_handle_free() - nothing is behind a handle any more
 * @d: domain, mmu_lock held
 * @nr: its number
 */
void grant_handle_free(struct domain *d, u32 nr)
{
	struct grant_table *gt = d->grant;
	struct grant_handle *h = handle_at(gt, nr);

	lockdep_assert_held(&d->mmu_lock);
	h->state = GRANT_HANDLE_FREE;
	h->next_free = gt->free_handle;
	gt->free_handle = nr + 1;
}

/**
 * grant_handle_find() - what a guest means by a number
 * @d: domain, mmu_lock held
 * @nr: any value
 *
 * Return: NULL if nothing is mapped under it.
 */
struct grant_handle *grant_handle_find(struct domain *d, u32 nr)
{
	struct grant_table *gt = d->grant;
	struct grant_handle *h;

	lockdep_assert_held(&d->mmu_lock);
	if (nr >= gt->nr_handles)
		return NULL;
	h = handle_at(gt, array_index_nospec(nr, gt->nr_handles));
	return h->state == GRANT_HANDLE_MAPPED ? h : NULL;
}

/**
 * grant_handle_maps() - is a frame mapped under some handle?
 * @d: domain, mmu_lock held
 * @mfn: any value
 */
bool grant_handle_maps(struct domain *d, u64 mfn)
{
	const struct grant_table *gt = d->grant;
	const struct grant_handle *h;
	u32 nr;

	lockdep_assert_held(&d->mmu_lock);
	for (nr = 0; nr < gt->nr_handles; nr++) {
		h = &gt->handles[nr / GRANT_CHUNK][nr % GRANT_CHUNK];
		if (h->state == GRANT_HANDLE_MAPPED && h->pin.mfn == mfn)
			return true;
	}
	return false;
}
