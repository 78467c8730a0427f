// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: Segment descriptors
 *
 * Which descriptors may stand in a table that the CPU reads while a guest
 * runs.  The danger is a gate or a system segment: a call gate to a DPL 0
 * code segment would be a way to CPL 0, and TSS or LDT descriptors name
 * memory.  Code and data segments are harmless with DPL 3, so that is forced
 * on them, as Xen does.  Call gates, which Xen accepts (with DPL 0, to be
 * emulated), are refused: no 64-bit guest can use one.
 *
 * Called by ptvalidate/ for whole pages, by segment.c for single entries, by
 * unit tests in user space.
 */
#include "descriptor.h"

/**
 * segment_descriptor_fixup() - make a harmless descriptor usable at CPL 3
 * @desc: descriptor as the guest wrote it
 *
 * Stock kernels write their own segments with DPL 0 and expect to load them.
 *
 * Return: @desc with DPL 3 if it is a present code or data segment, else @desc.
 */
u64 segment_descriptor_fixup(u64 desc)
{
	if ((desc & DESC_P) && (desc & DESC_S))
		desc |= DESC_DPL;
	return desc;
}

/**
 * segment_descriptor_ok() - may this stand in a live descriptor table?
 * @desc: descriptor, after segment_descriptor_fixup()
 *
 * Absent ones fault when used and are always fine.  So is a present one of
 * type 0, the second half of a 16-byte descriptor: using it faults too.
 */
bool segment_descriptor_ok(u64 desc)
{
	if (!(desc & DESC_P))
		return true;
	if (desc & DESC_S)
		return (desc & DESC_DPL) == DESC_DPL;
	return DESC_TYPE(desc) == 0;
}

/**
 * segment_descriptor_base() - the 32-bit base of a code or data segment
 * @desc: descriptor
 */
u64 segment_descriptor_base(u64 desc)
{
	return ((desc >> 16) & 0xffffff) | ((desc >> 32) & 0xff000000);
}

/**
 * segment_loadable_as_data() - would loading DS, ES, FS or GS at CPL 3 succeed?
 * @desc: descriptor that passed segment_descriptor_ok()
 */
bool segment_loadable_as_data(u64 desc)
{
	if (!(desc & DESC_P) || !(desc & DESC_S))
		return false;
	return !(desc & DESC_CODE) || (desc & DESC_RW);
}
