// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: Frames taken from a domain that uses them for nothing
 *
 * exchange wants frames that nothing refers to but the domain's own hold: they
 * are taken out of the domain (no reference, no type, no M2P entry can be had
 * any more) and either go to the host or come back as they were.  Between the
 * two the record has no owner, as with a frame on its way to the host.
 */
#include <linux/mm.h>
#include <linux/workqueue.h>
#include "frame.h"

static void put_back(struct domain *d, const struct stolen_frames *s, unsigned int n)
{
	while (n--) {
		hole_set_m2p(d, s->frame[n].mfn, s->frame[n].gpfn);
		WRITE_ONCE(s->frame[n].record->owner, d->id);
	}
}

/**
 * frames_steal() - take frames out of a domain, all or none
 * @d: domain
 * @s: in: nr, and mfn of each, any values; out: the rest
 *
 * Context: sleepable, on a vCPU of @d: it ends them before it stops.
 * Return: 0; -EINVAL: one is not the domain's, was given up, or is in use.
 */
int frames_steal(struct domain *d, struct stolen_frames *s)
{
	struct frame *f;
	unsigned int i;
	int ret = 0;

	domain_mmu_lock(d);
	for (i = 0; i < s->nr; i++) {
		f = pt_owned(d, s->frame[i].mfn);
		/* One reference, and it is the domain's: no mapping, pin, handle, partial table. */
		if (!f || f->flags != FRAME_ALLOC || f->refs != 1) {
			put_back(d, s, i);
			ret = -EINVAL;
			break;
		}
		s->frame[i].record = f;
		s->frame[i].gpfn = hole_get_m2p(d, s->frame[i].mfn);
		WRITE_ONCE(f->owner, 0);
		hole_disown_frame(d, s->frame[i].mfn);
	}
	domain_mmu_unlock(d);
	return ret;
}

/**
 * frames_unsteal() - give stolen frames back, as they were
 * @d: the domain that had them
 * @s: as frames_steal() left it
 *
 * Context: sleepable, as frames_steal().
 */
void frames_unsteal(struct domain *d, const struct stolen_frames *s)
{
	domain_mmu_lock(d);
	put_back(d, s, s->nr);
	domain_mmu_unlock(d);
}

/**
 * frames_free_stolen() - give stolen frames to the host
 * @d: the domain that had them; it got as many others
 * @s: as frames_steal() left it
 *
 * Context: sleepable, as frames_steal().
 */
void frames_free_stolen(struct domain *d, const struct stolen_frames *s)
{
	unsigned int i;

	domain_mmu_lock(d);
	for (i = 0; i < s->nr; i++)
		frame_queue_free(d, s->frame[i].mfn);
	domain_mmu_unlock(d);
}
