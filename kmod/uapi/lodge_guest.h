/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * lodge_guest.h: what a guest kernel may ask of lodge beside the Xen ABI.
 *
 * A guest that runs on lodge sees the text of Xen at the usual places, so it
 * simply asks: everybody else answers -ENOSYS (-38).
 */
#ifndef _UAPI_LODGE_GUEST_H
#define _UAPI_LODGE_GUEST_H

/*
 * A command of the hypercall sched_op, far from those of Xen.  Its argument is a
 * value, not an address:
 *
 *   LODGE_WARP_WANT_OFF  from now on the calling vCPU does without warp
 *   LODGE_WARP_WANT_ON   it is warped whenever W, L and U allow
 *   LODGE_WARP_WANT_ASK  changes nothing
 *
 * Returns what the vCPU wanted before, 0 or 1; -EPERM if domain 0 does not leave
 * that to the guest ("lodge sched NAME --warp guest"); -EINVAL for other values.
 * In the beginning, and whenever domain 0 begins to allow it, a vCPU wants none.
 */
#define LODGE_SCHEDOP_WARP	0x10d6e001

#define LODGE_WARP_WANT_OFF	0
#define LODGE_WARP_WANT_ON	1
#define LODGE_WARP_WANT_ASK	2

#endif
