/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * net_ring_abi.h: what kmod/backend/net_ring.c has from the kernel: types, and the
 * kernel headers' own definition of the ring, without what that includes.
 */
#ifndef NET_RING_ABI_H
#define NET_RING_ABI_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef uint32_t grant_ref_t;

#define READ_ONCE(x)	(*(const volatile __typeof__(x) *)&(x))

#define __XEN_PUBLIC_GRANT_TABLE_H__
#define __XEN_PUBLIC_IO_RING_H__
#define DEFINE_RING_TYPES(name, request, response)	struct name##_sring
#include <xen/interface/io/netif.h>

#endif
