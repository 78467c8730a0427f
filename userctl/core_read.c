// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: Reading a domain
 *
 * The frames of a domain, and where each goes in a core file.  A guest says of
 * every frame where it is in its memory; it may lie, say nothing, or say the
 * same of two: then the frame goes behind the others.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "core.h"

#define LIST_ROOM	4096

static int explain(const char *name, struct errbuf *e)
{
	switch (errno) {
	case ESHUTDOWN:
		return fail(e, "%s has ended, and its memory is gone; 'lodge create --on-crash preserve' keeps it",
			    name);
	case EBUSY:
		return fail(e, "%s is still under construction; try again in a moment", name);
	case ENOENT:
		return fail(e, "there is no domain '%s'; 'lodge list' shows what there is", name);
	default:
		return fail(e, "cannot look into %s: %s; 'dmesg' may tell more", name,
			    strerror(errno));
	}
}

static int list_frames(struct core_source *s, const char *name, struct errbuf *e)
{
	struct lodge_dump_list arg = { 0 };
	uint64_t room = 0;

	do {
		if (s->nr + LIST_ROOM > room) {
			struct lodge_frame *more;

			room = room * 2 + LIST_ROOM;
			more = realloc(s->frames, room * sizeof(*more));
			if (!more)
				return fail(e, "no memory for the list of frames; free some memory");
			s->frames = more;
		}
		arg.count = LIST_ROOM;
		arg.frames = (uintptr_t)(s->frames + s->nr);
		if (ioctl(s->fd, LODGE_DUMP_LIST, &arg))
			return explain(name, e);
		s->nr += arg.count;
	} while (arg.count);
	return 0;
}

/* No guest is larger than its frames say, but for what it has ballooned out. */
static uint64_t end_of_places(const struct core_source *s)
{
	uint64_t end = 0, limit = s->nr * 16 + (1 << 18);

	for (uint64_t i = 0; i < s->nr; i++)
		if (s->frames[i].gpfn < limit && s->frames[i].gpfn >= end)
			end = s->frames[i].gpfn + 1;
	return end;
}

static int choose_places(struct core_source *s, struct errbuf *e)
{
	uint64_t end = end_of_places(s);

	s->slots = end + s->nr;
	s->mfn_of = malloc(s->slots * sizeof(*s->mfn_of));
	if (!s->mfn_of)
		return fail(e, "no memory for the list of pages; free some memory");
	memset(s->mfn_of, 0xff, s->slots * sizeof(*s->mfn_of));
	s->slots = end;
	for (uint64_t i = 0; i < s->nr; i++) {
		struct lodge_frame *f = &s->frames[i];

		if (f->gpfn >= end || s->mfn_of[f->gpfn] != CORE_NONE)
			f->gpfn = s->slots++;
		s->mfn_of[f->gpfn] = f->mfn;
	}
	return 0;
}

/**
 * core_open() - make a domain stand still, and look what it has
 * @s: filled; core_close() it, also after a failure
 * @domid: the domain
 * @name: its name, for the user
 * @e: why not
 *
 * Return: 0 or -1.
 */
int core_open(struct core_source *s, uint32_t domid, const char *name, struct errbuf *e)
{
	struct lodge_dump arg = { .domid = domid };

	*s = (struct core_source){ .fd = device_open(e) };
	if (s->fd < 0)
		return -1;
	if (ioctl(s->fd, LODGE_DUMP, &arg))
		return explain(name, e);
	s->nr_vcpus = arg.nr_vcpus;
	s->shared_info_mfn = arg.shared_info_mfn;
	return list_frames(s, name, e) || choose_places(s, e) ? -1 : 0;
}

/**
 * core_close() - let it go on
 * @s: from core_open()
 */
void core_close(struct core_source *s)
{
	free(s->frames);
	free(s->mfn_of);
	if (s->fd >= 0)
		close(s->fd);
}

/**
 * core_slot() - where a frame goes in the file
 * @s: the domain
 * @mfn: any number
 *
 * Return: its place, CORE_NONE if the frame is not the domain's.
 */
uint64_t core_slot(const struct core_source *s, uint64_t mfn)
{
	uint64_t low = 0, high = s->nr, middle;

	while (low < high) {
		middle = (low + high) / 2;
		if (s->frames[middle].mfn < mfn)
			low = middle + 1;
		else
			high = middle;
	}
	return low < s->nr && s->frames[low].mfn == mfn ? s->frames[low].gpfn : CORE_NONE;
}

/**
 * core_read_frames() - copy frames
 * @s: the domain
 * @mfns: frames that it has
 * @count: how many
 * @data: count pages, filled
 * @e: why not
 *
 * Return: 0 or -1.
 */
int core_read_frames(const struct core_source *s, const uint64_t *mfns, uint64_t count,
		     void *data, struct errbuf *e)
{
	struct lodge_dump_read arg = {
		.count = count, .mfns = (uintptr_t)mfns, .data = (uintptr_t)data,
	};

	return ioctl(s->fd, LODGE_DUMP_READ, &arg) ? explain("the domain", e) : 0;
}

/**
 * core_vcpu() - the registers of a vCPU
 * @s: the domain
 * @vcpu: its number
 * @regs: filled
 * @e: why not
 *
 * Return: 0 or -1.
 */
int core_vcpu(const struct core_source *s, uint32_t vcpu, struct lodge_dump_vcpu *regs,
	      struct errbuf *e)
{
	*regs = (struct lodge_dump_vcpu){ .vcpu = vcpu };
	return ioctl(s->fd, LODGE_DUMP_VCPU, regs) ? explain("the domain", e) : 0;
}
