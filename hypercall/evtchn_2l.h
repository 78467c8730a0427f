/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * evtchn_2l.h: the bits of the 2-level ABI, and the order in which they are set.
 *
 * Knows no kernel: selftests/unit/events.c runs it against a guest's side in all
 * orders of steps.  Whoever includes it has set_bit()'s relatives and xchg(),
 * full barriers all; the bits are in guest memory and may hold anything.
 */
#ifndef LODGE_EVTCHN_2L_H
#define LODGE_EVTCHN_2L_H

/**
 * evtchn_2l_set() - first level: a port has an event
 * @pending: shared_info.evtchn_pending
 * @port: below 4096
 *
 * Return: true if it had none.
 */
static inline bool evtchn_2l_set(unsigned long *pending, unsigned int port)
{
	return !test_and_set_bit(port, pending);
}

/**
 * evtchn_2l_raise() - second and third level: an unmasked port has an event
 * @sel: vcpu_info.evtchn_pending_sel of the vCPU it is for
 * @upcall: its evtchn_upcall_pending
 * @port: below 4096
 *
 * Return: true if nobody has told the vCPU yet.
 */
static inline bool evtchn_2l_raise(unsigned long *sel, u8 *upcall, unsigned int port)
{
	return !test_and_set_bit(port / 64, sel) && !xchg(upcall, 1);
}

/**
 * evtchn_2l_unmask() - let a port's events through again
 * @mask: shared_info.evtchn_mask
 * @pending: as above
 * @port: below 4096
 *
 * Return: true if there is one: evtchn_2l_raise() it.
 */
static inline bool evtchn_2l_unmask(unsigned long *mask, unsigned long *pending,
				    unsigned int port)
{
	return test_and_clear_bit(port, mask) && test_bit(port, pending);
}

#endif
