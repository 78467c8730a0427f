/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * blk_ring_abi.h: what kmod/backend/blk_ring.c and limit.h have from the kernel.
 */
#ifndef BLK_RING_ABI_H
#define BLK_RING_ABI_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int16_t s16;

#define READ_ONCE(x)		(*(const volatile __typeof__(x) *)&(x))
#define WRITE_ONCE(x, val)	(*(volatile __typeof__(x) *)&(x) = (val))
#define smp_mb()		__sync_synchronize()
#define smp_rmb()		__sync_synchronize()
#define smp_wmb()		__sync_synchronize()
#define barrier()		__asm__ volatile("" : : : "memory")
#define array_index_nospec(index, size)	(index)

#endif
