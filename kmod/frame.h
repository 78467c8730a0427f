/* SPDX-License-Identifier: GPL-2.0-only */
/* frame.h: between frame.c (the table) and frame_alloc.c (where frames come from). */
#ifndef LODGE_FRAME_H
#define LODGE_FRAME_H

#include "lodge.h"
#include "../ptvalidate/env.h"

#define CHUNK_SHIFT	9
#define CHUNK_FRAMES	BIT(CHUNK_SHIFT)
#define CHUNK_ORDER	1	/* pages of records, of 16 bytes each */
#define FRAME_CHUNK_BYTES	((PAGE_SIZE << CHUNK_ORDER) + 32)

int frame_add(struct domain *d, u64 mfn, u64 gpfn, unsigned int count, u8 flags);
void frame_drop(u64 mfn);
void frame_drop_chunk(struct domain *d, unsigned long chunk, unsigned long *owned);
void frame_put_chunks(struct domain *d);
void frame_copy_chunk(struct domain *d, unsigned long chunk, struct frame *frames);
bool frame_next_chunk(struct domain *d, unsigned long *chunk);

/* ---- frame_change.c ---- */
void frame_count_pages(struct domain *d, long count);
void frame_queue_free(struct domain *d, u64 mfn);
void frame_free_work(struct work_struct *work);

#endif
