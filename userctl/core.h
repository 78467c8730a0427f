/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * DOC: Core files of domains
 *
 * core_read.c asks the module for a domain's frames and registers; core_view.c
 * walks its kernel's page tables; core_write.c makes the file of both.
 */
#ifndef LODGE_CORE_H
#define LODGE_CORE_H

#include "cli.h"

#define CORE_PAGE	4096UL
#define CORE_NONE	UINT64_MAX

/**
 * struct core_source - a domain that stands still, and its frames
 * @fd: the view, of /dev/lodge
 * @nr_vcpus: of the domain
 * @shared_info_mfn: the page that it shares with the hypervisor
 * @frames: what it has, by ascending mfn; gpfn is the place in the file that was
 *	chosen for it (CORE_NONE: none), and no two have the same
 * @nr: how many
 * @slots: places in the file: gpfn is below
 * @mfn_of: by place: its frame, CORE_NONE for a hole
 */
struct core_source {
	int fd;
	uint32_t nr_vcpus;
	uint64_t shared_info_mfn;
	struct lodge_frame *frames;
	uint64_t nr;
	uint64_t slots;
	uint64_t *mfn_of;
};

/**
 * struct core_run - virtual pages whose frames, and places in the file, are consecutive
 * @va: the first address
 * @slot: its place
 * @mfn: its frame
 * @pages: how many
 * @flags: PF_R, PF_W, PF_X
 */
struct core_run {
	uint64_t va, slot, mfn, pages;
	uint32_t flags;
};

struct core_view {
	struct core_run *runs;
	uint64_t nr, room;
};

/* ---- core_read.c ---- */
int core_open(struct core_source *s, uint32_t domid, const char *name, struct errbuf *e);
void core_close(struct core_source *s);
uint64_t core_slot(const struct core_source *s, uint64_t mfn);
int core_read_frames(const struct core_source *s, const uint64_t *mfns, uint64_t count,
		     void *data, struct errbuf *e);
int core_vcpu(const struct core_source *s, uint32_t vcpu, struct lodge_dump_vcpu *regs,
	      struct errbuf *e);

/* ---- core_view.c ---- */
int core_walk(struct core_view *view, const struct core_source *s, struct errbuf *e);
int core_add_run(struct core_view *view, const struct core_run *run, struct errbuf *e);

/* ---- core_write.c ---- */
int core_write(int fd, const struct core_source *s, struct core_view *view,
	       void (*progress)(uint64_t done, uint64_t all), struct errbuf *e);

#endif
