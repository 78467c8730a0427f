/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * lodge: what user space may say to the module.
 *
 * /dev/lodge builds a domain: open, LODGE_CREATE, mmap and fill its memory,
 * LODGE_START.  From then on the domain lives until it shuts down or is
 * destroyed; a file closed before LODGE_START leaves nothing behind.
 * Everything else goes through the generic netlink family
 * (Documentation/netlink/specs/lodge.yaml).
 */
#ifndef _UAPI_LODGE_H
#define _UAPI_LODGE_H

#include <linux/ioctl.h>
#include <linux/types.h>

/* Raised at every incompatible change; the CLI and the module must agree. */
#define LODGE_ABI_VERSION	4
#define LODGE_NAME_MAX		64	/* with the final NUL */
#define LODGE_DOMAIN0_NAME	"domain-0"	/* no other domain is called so */
#define LODGE_REASON_MAX	160
#define LODGE_MAX_VCPUS		64
#define LODGE_MAX_PAGES		(1ULL << 32)	/* of a domain */
#define LODGE_CMDLINE_MAX	1024	/* MAX_GUEST_CMDLINE of the Xen ABI */

/**
 * struct lodge_create - LODGE_CREATE: make this open file a domain under construction
 * @abi_version: in: LODGE_ABI_VERSION; -EPROTO if the module has another
 * @flags: in: LODGE_CREATE_STORE, LODGE_CREATE_KEEP() of any of poweroff, reboot,
 *	crash, watchdog
 * @name: in: [A-Za-z0-9][A-Za-z0-9._-]*, NUL-terminated; -EEXIST if a live domain has it
 * @nr_pages: in: pseudo-physical memory, 4 KiB pages; -ENOMEM if the host has not enough
 * @max_pages: in: the most it may ever have, at least @nr_pages: the rest it can get
 *	by ballooning; its memory map ends there
 * @nr_vcpus: in: 1..LODGE_MAX_VCPUS
 * @weight: in: scheduler weight, 1..65535, 256 is usual
 * @domid: out
 * @max_mfn: out: machine frame numbers are below this
 * @mmap_offset: out: mmap() this file at mmap_offset + (gpfn << 12)
 * @shared_info_mfn: out: for start_info.shared_info
 * @console_gpfn: in: the page of the console ring; the module is its back end
 * @console_port: out: for start_info.console.domU.evtchn
 * @store_gpfn: in: with LODGE_CREATE_STORE: the page of the xenstore ring, another than
 *	the console's; it is granted to domain 0 by the entry that the ABI reserves for it
 * @store_port: out: for start_info.store_evtchn; domain 0 may bind it; 0 without
 *	LODGE_CREATE_STORE
 * @reserved: in: 0
 */
struct lodge_create {
	__u32 abi_version;
	__u32 flags;
	char name[LODGE_NAME_MAX];
	__u64 nr_pages;
	__u64 max_pages;
	__u32 nr_vcpus;
	__u32 weight;
	__u32 domid;
	__u32 console_port;
	__u64 console_gpfn;
	__u64 max_mfn;
	__u64 mmap_offset;
	__u64 shared_info_mfn;
	__u64 store_gpfn;
	__u32 store_port;
	__u32 reserved;
};
/* Keep the domain's memory after a shutdown with this SHUTDOWN_* code. */
#define LODGE_CREATE_KEEP(code)	(1U << (code))
/* The guest gets a xenstore. */
#define LODGE_CREATE_STORE	(1U << 16)

/**
 * struct lodge_frames - LODGE_FRAMES: read the machine frame numbers of a range
 * @gpfn: in: first pseudo-physical frame
 * @count: in: how many; gpfn + count must lie within the domain
 * @mfns: in: user address of an array of count __u64
 */
struct lodge_frames {
	__u64 gpfn;
	__u64 count;
	__u64 mfns;
};

/**
 * struct lodge_start - LODGE_START: hand over the state of vCPU 0 and let the domain live
 * @rip: in: entry point, a guest virtual address
 * @rsp: in: initial stack
 * @start_info: in: guest virtual address, passed in RSI
 * @l4_gpfn: in: the initial top-level page table; it is validated and pinned
 * @flags: in: LODGE_START_PAUSED
 * @reserved: in: 0
 *
 * The file's mappings of the domain's memory are gone when this returns 0.
 * -EINVAL if the page tables break a rule; the reason is in the log and in
 * the domain's reason, and the domain is still under construction.
 */
struct lodge_start {
	__u64 rip;
	__u64 rsp;
	__u64 start_info;
	__u64 l4_gpfn;
	__u32 flags;
	__u32 reserved;
};
#define LODGE_START_PAUSED	1

/**
 * struct lodge_console - LODGE_CONSOLE: turn a fresh open file into a domain's console
 * @domid: in: the domain; ended domains keep their log
 * @flags: in: LODGE_CONSOLE_LOG: read the kept log, then end of file
 *
 * Then read() gives output (from the start of the kept log), write() sends
 * input, poll() works, end of file comes when the domain has ended.
 */
struct lodge_console {
	__u32 domid;
	__u32 flags;
};
#define LODGE_CONSOLE_LOG	1

/**
 * struct lodge_dump - LODGE_DUMP: turn a fresh open file into a view of a domain's inside
 * @domid: in: a domain that was started and whose memory is there; others -ESHUTDOWN,
 *	one under construction -EBUSY
 * @flags: in: 0
 * @nr_vcpus: out
 * @reserved: in, out: 0
 * @max_mfn: out: machine frame numbers are below this
 * @shared_info_mfn: out
 *
 * While the file is open no vCPU of the domain runs.  It can be destroyed; then
 * what is asked of the file is -ESHUTDOWN.
 */
struct lodge_dump {
	__u32 domid;
	__u32 flags;
	__u32 nr_vcpus;
	__u32 reserved;
	__u64 max_mfn;
	__u64 shared_info_mfn;
};

/**
 * struct lodge_frame - one frame of a domain
 * @mfn: machine frame number
 * @gpfn: where the guest says it is in its memory; LODGE_NO_GPFN or anything else it says
 * @type: 1..4: a valid page table of that level; else 0
 * @reserved: 0
 */
struct lodge_frame {
	__u64 mfn;
	__u64 gpfn;
	__u32 type;
	__u32 reserved;
};
#define LODGE_NO_GPFN	0x5555555555555555ULL

/**
 * struct lodge_dump_list - LODGE_DUMP_LIST: the frames that a domain has
 * @mfn: in: list those from here on; out: where to go on
 * @count: in: room, at least 512; out: entries, 0: there are no more
 * @frames: in: user address of an array of count struct lodge_frame; by ascending mfn
 */
struct lodge_dump_list {
	__u64 mfn;
	__u64 count;
	__u64 frames;
};

/**
 * struct lodge_dump_read - LODGE_DUMP_READ: copy frames of a domain
 * @count: in: how many
 * @mfns: in: user address of an array of count __u64; -ENXIO if one is not the domain's
 * @data: in: user address of count pages
 */
struct lodge_dump_read {
	__u64 count;
	__u64 mfns;
	__u64 data;
};

/**
 * struct lodge_dump_vcpu - LODGE_DUMP_VCPU: the registers of a vCPU
 * @vcpu: in: its number; -ENOENT if there is none
 * @flags: out: LODGE_VCPU_*
 * @r15: out, and so on: general registers
 * @l4_kernel: out: mfn of the top-level table in kernel mode; 0: it never ran
 * @l4_user: out: that in user mode; 0: none
 * @kernel_sp: out: the stack that it enters its kernel with
 * @fs_base: out
 * @gs_base: out: in the mode it is in
 * @gs_base_other: out: in the other mode
 * @ds: out, and so on: selectors
 */
struct lodge_dump_vcpu {
	__u32 vcpu;
	__u32 flags;
	__u64 r15, r14, r13, r12, rbp, rbx, r11, r10, r9, r8, rax, rcx, rdx, rsi, rdi;
	__u64 rip, cs, rflags, rsp, ss;
	__u64 l4_kernel, l4_user, kernel_sp;
	__u64 fs_base, gs_base, gs_base_other;
	__u16 ds, es, fs, gs;
};
#define LODGE_VCPU_UP		1
#define LODGE_VCPU_KERNEL_MODE	2

#define LODGE_CREATE	_IOWR('L', 1, struct lodge_create)
#define LODGE_FRAMES	_IOW('L', 2, struct lodge_frames)
#define LODGE_START	_IOW('L', 3, struct lodge_start)
#define LODGE_CONSOLE	_IOW('L', 4, struct lodge_console)
#define LODGE_DUMP	_IOWR('L', 5, struct lodge_dump)
#define LODGE_DUMP_LIST	_IOWR('L', 6, struct lodge_dump_list)
#define LODGE_DUMP_READ	_IOW('L', 7, struct lodge_dump_read)
#define LODGE_DUMP_VCPU	_IOWR('L', 8, struct lodge_dump_vcpu)

#endif
