/* SPDX-License-Identifier: GPL-2.0-only */
/* What the host half knows about the switcher's image (entry.S). */
#ifndef LODGE_HOLE_H
#define LODGE_HOLE_H

#include <linux/types.h>
#include "layout.h"

/* The image starts with the offsets of its doors. */
struct hole_header {
	u32 enter;
	u32 syscall;
	u32 syscall32;
	u32 sysenter;
	u32 nmi;
	u32 mc;
	u32 db;
	u32 df;
	u32 stubs;		/* 256 of HOLE_STUB_SIZE */
};
#define HOLE_STUB_SIZE	16

extern const u8 hole_image[], hole_image_end[];

static inline const struct hole_header *hole_doors(void)
{
	return (const struct hole_header *)hole_image;
}

void switch_to_guest(struct pcpu_page *page, u64 enter);
void host_gate(u64 handler, u64 flags);

#endif
