/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * lodge_netlink.h: the numbers of the generic netlink family "lodge".
 *
 * Documentation/netlink/specs/lodge.yaml describes the same family for people
 * and for the kernel's YNL tools; selftests/netlink_spec.sh compares the two
 * and the module's policies.  Numbers are never reused or moved: add at the
 * end of a list.  Every request needs CAP_SYS_ADMIN.
 *
 * A request names its domain by ID or by NAME (in every set the first two
 * attributes); if both are given they must be the same domain.
 */
#ifndef _UAPI_LODGE_NETLINK_H
#define _UAPI_LODGE_NETLINK_H

#define LODGE_FAMILY_NAME	"lodge"
#define LODGE_FAMILY_VERSION	1
#define LODGE_MCGRP_EVENTS	"events"

/* LODGE_A_DOMAIN_STATE */
enum lodge_domain_state {
	LODGE_DOMAIN_STATE_BUILDING,	/* its creator fills its memory */
	LODGE_DOMAIN_STATE_RUNNING,
	LODGE_DOMAIN_STATE_PAUSED,	/* by LODGE_START_PAUSED or DOMAIN_PAUSE */
	LODGE_DOMAIN_STATE_SUSPENDED,	/* the guest asked for it; memory is kept */
	LODGE_DOMAIN_STATE_DYING,	/* resources are being freed */
	LODGE_DOMAIN_STATE_ENDED,	/* a record: name, reason, console log */
	LODGE_DOMAIN_STATE_PRESERVED,	/* it has shut down; memory is kept, as LODGE_CREATE asked */
};

/* LODGE_A_DOMAIN_SHUTDOWN: 0..5 are SHUTDOWN_* of the Xen ABI. */
enum lodge_shutdown_code {
	LODGE_SHUTDOWN_CODE_POWEROFF,
	LODGE_SHUTDOWN_CODE_REBOOT,
	LODGE_SHUTDOWN_CODE_SUSPEND,
	LODGE_SHUTDOWN_CODE_CRASH,	/* by the guest, or ended by lodge for a fault of its own */
	LODGE_SHUTDOWN_CODE_WATCHDOG,
	LODGE_SHUTDOWN_CODE_SOFT_RESET,
	LODGE_SHUTDOWN_CODE_DESTROYED,	/* by DOMAIN_DESTROY */
	LODGE_SHUTDOWN_CODE_NONE,	/* still alive */
};

/* LODGE_A_VCPU_STATE */
enum lodge_vcpu_state {
	LODGE_VCPU_STATE_DOWN,		/* never brought up, or VCPUOP_down */
	LODGE_VCPU_STATE_RUNNABLE,
	LODGE_VCPU_STATE_BLOCKED,	/* waits for an event */
	LODGE_VCPU_STATE_STOPPED,	/* its domain is paused or has ended */
};

/* LODGE_A_SCHED_WARP: who says that a domain's vCPUs are warped, within W, L and U */
enum lodge_warp {
	LODGE_WARP_OFF,		/* they never are */
	LODGE_WARP_ON,		/* they always are */
	LODGE_WARP_GUEST,	/* each vCPU itself, by LODGE_SCHEDOP_WARP (lodge_guest.h) */
};

/* LODGE_A_BACKEND_TYPE */
enum lodge_backend_type {
	LODGE_BACKEND_TYPE_NONE,
	LODGE_BACKEND_TYPE_VBD,		/* a disk */
	LODGE_BACKEND_TYPE_VIF,		/* a network interface */
};

/* LODGE_A_BACKEND_STATE */
enum lodge_backend_state {
	LODGE_BACKEND_STATE_CREATED,	/* no front end uses it */
	LODGE_BACKEND_STATE_CONNECTED,
	LODGE_BACKEND_STATE_FAILED,	/* REASON says why; until BACKEND_DISCONNECT */
	LODGE_BACKEND_STATE_REMOVED,	/* in events alone */
};

/*
 * Set "domain": what DOMAIN_GET replies, and every notification carries.
 * All of them are always there, except REASON (only when there is one).
 */
enum {
	LODGE_A_DOMAIN_ID = 1,		/* u32 */
	LODGE_A_DOMAIN_NAME,		/* string, below LODGE_NAME_MAX bytes */
	LODGE_A_DOMAIN_UUID,		/* binary, 16 bytes */
	LODGE_A_DOMAIN_STATE,		/* u32, enum lodge_domain_state */
	LODGE_A_DOMAIN_SHUTDOWN,	/* u32, enum lodge_shutdown_code */
	LODGE_A_DOMAIN_REASON,		/* string: why it ended, or why LODGE_START failed */
	LODGE_A_DOMAIN_MEMORY,		/* u64, bytes it owns now (0 when ended) */
	LODGE_A_DOMAIN_MEMORY_MAX,	/* u64, bytes it may own */
	LODGE_A_DOMAIN_VCPUS,		/* u32 */
	LODGE_A_DOMAIN_WEIGHT,		/* u32, 1..65535 */
	LODGE_A_DOMAIN_CREATED,		/* u64, ns since 1970 */
	LODGE_A_DOMAIN_UPTIME,		/* u64, ns from creation to now or its end */
	LODGE_A_DOMAIN_CPU_TIME,	/* u64, ns its vCPUs ran */
	LODGE_A_DOMAIN_PAD,
	LODGE_A_DOMAIN_NEW_NAME,	/* string, for DOMAIN_RENAME */
	LODGE_A_DOMAIN_SCHED,		/* nest "sched", in SCHED_NTF alone */

	__LODGE_A_DOMAIN_MAX,
	LODGE_A_DOMAIN_MAX = (__LODGE_A_DOMAIN_MAX - 1)
};

/*
 * Set "sched": what domain 0 decides about the scheduler, for SCHED_GET,
 * SCHED_SET and SCHED_SYSTEM_GET (Documentation/scheduling.rst).  Domain 0's own
 * share is that of ID 0, NAME "domain-0".
 */
enum {
	LODGE_A_SCHED_ID = 1,		/* u32, domain */
	LODGE_A_SCHED_NAME,		/* string */
	LODGE_A_SCHED_WEIGHT,		/* u32, 1..65535, shared by its vCPUs */
	LODGE_A_SCHED_WARP,		/* u32, enum lodge_warp */
	LODGE_A_SCHED_WARP_VALUE,	/* u64, ns of its own running: W, how far ahead it may get */
	LODGE_A_SCHED_WARP_LIMIT,	/* u64, ns: L, its longest stretch warped; 0: none */
	LODGE_A_SCHED_UNWARP_TIME,	/* u64, ns: U, least time without warp after that */
	LODGE_A_SCHED_AFFINITY,		/* string, of all its vCPUs; left out if they differ */
	LODGE_A_SCHED_ALL,		/* flag: every domain but domain 0, instead of ID and NAME */
	LODGE_A_SCHED_ENTRY,		/* nest "sched", repeated: another domain */
	LODGE_A_SCHED_ALLOWANCE,	/* u64, ns: C, of the whole system */
	LODGE_A_SCHED_UNIT,		/* u64, ns: least charge and slice, of the whole system */
	LODGE_A_SCHED_PAD,

	__LODGE_A_SCHED_MAX,
	LODGE_A_SCHED_MAX = (__LODGE_A_SCHED_MAX - 1)
};

/* What these may be, in ns; nobody waits long for one who borrows at most W. */
#define LODGE_SCHED_WARP_VALUE_MAX	1000000000ULL
#define LODGE_SCHED_WARP_LIMIT_MAX	10000000000ULL
#define LODGE_SCHED_UNWARP_TIME_MAX	100000000000ULL
#define LODGE_SCHED_ALLOWANCE_MIN	100000ULL
#define LODGE_SCHED_ALLOWANCE_MAX	100000000ULL
#define LODGE_SCHED_UNIT_MIN		10000ULL
#define LODGE_SCHED_UNIT_MAX		1000000ULL
#define LODGE_SCHED_ENTRIES_MAX		4096	/* ENTRYs of a request */

/* Set "counter": one of a family of counters; zero ones are left out. */
enum {
	LODGE_A_COUNTER_ID = 1,		/* u32: hypercall number or exit class */
	LODGE_A_COUNTER_NAME,		/* string, where the module has a name for it */
	LODGE_A_COUNTER_COUNT,		/* u64 */
	LODGE_A_COUNTER_PAD,

	__LODGE_A_COUNTER_MAX,
	LODGE_A_COUNTER_MAX = (__LODGE_A_COUNTER_MAX - 1)
};

/* Set "stats": STATS_GET, sums over the vCPUs of a domain since its creation. */
enum {
	LODGE_A_STATS_ID = 1,		/* u32, domain */
	LODGE_A_STATS_NAME,		/* string */
	LODGE_A_STATS_CPU_TIME,		/* u64, ns */
	LODGE_A_STATS_EXITS,		/* u64, times the switcher went back to the host */
	LODGE_A_STATS_SYSCALLS,		/* u64, guest system calls bounced in the switcher */
	LODGE_A_STATS_BOUNCES,		/* u64, exceptions delivered to the guest kernel */
	LODGE_A_STATS_IRETS,		/* u64, iret hypercalls done in the switcher */
	LODGE_A_STATS_EVENTS,		/* u64, event upcalls delivered */
	LODGE_A_STATS_HOLE_HYPERCALLS,	/* u64, hypercalls that did not leave the switcher */
	LODGE_A_STATS_HYPERCALL,	/* nest "counter", repeated: hypercalls that exited, by number */
	LODGE_A_STATS_PTWR,		/* u64, emulated writes to page tables */
	LODGE_A_STATS_MEMORY,		/* u64, bytes the domain owns */
	LODGE_A_STATS_OVERHEAD,		/* u64, bytes of the host's that the module holds for it */
	LODGE_A_STATS_PAD,
	LODGE_A_STATS_FLUSHES,		/* u64, flushes of other pCPUs' TLBs */
	LODGE_A_STATS_FLUSH_IPIS,	/* u64, pCPUs that were interrupted for these */
	LODGE_A_STATS_WAIT_TIME,	/* u64, ns that vCPUs could run and had no pCPU */
	LODGE_A_STATS_NOW,		/* u64, ns, CLOCK_MONOTONIC when this was read */
	LODGE_A_STATS_EXIT,		/* nest "counter", repeated: exits by class */

	__LODGE_A_STATS_MAX,
	LODGE_A_STATS_MAX = (__LODGE_A_STATS_MAX - 1)
};

/* Set "vcpu": VCPU_GET (a dump: one message a vCPU of the domain, or of all). */
enum {
	LODGE_A_VCPU_ID = 1,		/* u32, domain */
	LODGE_A_VCPU_NAME,		/* string, of the domain */
	LODGE_A_VCPU_INDEX,		/* u32, vCPU number */
	LODGE_A_VCPU_STATE,		/* u32, enum lodge_vcpu_state */
	LODGE_A_VCPU_PCPU,		/* u32, CPU whose queue it is in; left out if none */
	LODGE_A_VCPU_CPU_TIME,		/* u64, ns */
	LODGE_A_VCPU_EXITS,		/* u64 */
	LODGE_A_VCPU_SYSCALLS,		/* u64 */
	LODGE_A_VCPU_BOUNCES,		/* u64 */
	LODGE_A_VCPU_IRETS,		/* u64 */
	LODGE_A_VCPU_EVENTS,		/* u64 */
	LODGE_A_VCPU_HOLE_HYPERCALLS,	/* u64 */
	LODGE_A_VCPU_EXIT,		/* nest "counter", repeated: exits by class */
	LODGE_A_VCPU_PAD,
	LODGE_A_VCPU_AFFINITY,		/* string, CPUs that it may run on, as in 0-3,6 */
	LODGE_A_VCPU_WAIT_TIME,		/* u64, ns that it could run and had no pCPU */
	LODGE_A_VCPU_NOW,		/* u64, ns, CLOCK_MONOTONIC when this was read */

	__LODGE_A_VCPU_MAX,
	LODGE_A_VCPU_MAX = (__LODGE_A_VCPU_MAX - 1)
};

/* Set "pcpu": PCPU_GET (a dump: one message a CPU of the host that runs vCPUs). */
enum {
	LODGE_A_PCPU_CPU = 1,		/* u32, the host's number for it */
	LODGE_A_PCPU_NOW,		/* u64, ns, CLOCK_MONOTONIC when this was read */
	LODGE_A_PCPU_RUN_TIME,		/* u64, ns that it ran vCPUs since lodge is loaded */
	LODGE_A_PCPU_IDLE_TIME,		/* u64, ns that it was idle since the host booted */
	LODGE_A_PCPU_SWITCHES,		/* u64, times that it went over to another vCPU */
	LODGE_A_PCPU_RUNNABLE,		/* u32, vCPUs in its queue that can run, or do */
	LODGE_A_PCPU_DOMAIN,		/* u32, whose vCPU runs just now; left out if none does */
	LODGE_A_PCPU_VCPU,		/* u32, and which; left out likewise */
	LODGE_A_PCPU_PAD,

	__LODGE_A_PCPU_MAX,
	LODGE_A_PCPU_MAX = (__LODGE_A_PCPU_MAX - 1)
};

/* Set "audit": AUDIT recounts every reference of a domain's frames. */
enum {
	LODGE_A_AUDIT_ID = 1,		/* u32, domain */
	LODGE_A_AUDIT_NAME,		/* string */
	LODGE_A_AUDIT_MISMATCHES,	/* u64, frames whose counts are wrong; must be 0 */
	LODGE_A_AUDIT_PAD,
	LODGE_A_AUDIT_FRAMES,		/* u64, frames it owns */
	LODGE_A_AUDIT_TABLES,		/* u64, valid page tables among them */
	LODGE_A_AUDIT_PARTIAL,		/* u64, tables being validated or torn down */
	LODGE_A_AUDIT_REFS,		/* u64, references counted */

	__LODGE_A_AUDIT_MAX,
	LODGE_A_AUDIT_MAX = (__LODGE_A_AUDIT_MAX - 1)
};

/* Set "info": INFO_GET, about the module and its host. */
enum {
	LODGE_A_INFO_VERSION = 1,	/* string, the module's */
	LODGE_A_INFO_ABI,		/* u32, LODGE_ABI_VERSION */
	LODGE_A_INFO_KERNEL,		/* string, the host's release */
	LODGE_A_INFO_CPU,		/* string, CPU model */
	LODGE_A_INFO_FEATURE,		/* string, repeated: CPU features in use that matter here */
	LODGE_A_INFO_TLB,		/* string, strategy against global host entries */
	LODGE_A_INFO_PCPUS,		/* u32, CPUs that run vCPUs */
	LODGE_A_INFO_DOMAINS,		/* u32, live ones (building to dying) */
	LODGE_A_INFO_ENDED,		/* u32, records of ended ones */
	LODGE_A_INFO_FRAMES,		/* u64, machine frames in use for domains */
	LODGE_A_INFO_MAX_MFN,		/* u64, machine frame numbers are below this */
	LODGE_A_INFO_MEMORY_FREE,	/* u64, bytes a new domain could have now, roughly */
	LODGE_A_INFO_PAD,

	__LODGE_A_INFO_MAX,
	LODGE_A_INFO_MAX = (__LODGE_A_INFO_MAX - 1)
};

/*
 * Set "backend": a device of a domain, served by domain 0's kernel.  Who makes
 * it tells the guest (by xenstore), and connects it when the front end is ready.
 */
enum {
	LODGE_A_BACKEND_ID = 1,		/* u32, domain */
	LODGE_A_BACKEND_NAME,		/* string, of the domain */
	LODGE_A_BACKEND_TYPE,		/* u32, enum lodge_backend_type */
	LODGE_A_BACKEND_HANDLE,		/* u32, the device's number, any value */
	LODGE_A_BACKEND_STATE,		/* u32, enum lodge_backend_state */
	LODGE_A_BACKEND_REASON,		/* string, when it has failed */
	LODGE_A_BACKEND_FD,		/* u32, vbd: open file or block device of the caller's */
	LODGE_A_BACKEND_FLAGS,		/* u32, LODGE_VBD_* */
	LODGE_A_BACKEND_MAC,		/* binary, 6 bytes, vif: the guest's address */
	LODGE_A_BACKEND_QUEUES_MAX,	/* u32, rings that a front end may have */
	LODGE_A_BACKEND_IFNAME,		/* string, vif: the interface in domain 0 */
	LODGE_A_BACKEND_LIMIT_IOPS,	/* u64, requests (vif: packets) a second; 0: no limit */
	LODGE_A_BACKEND_LIMIT_BPS,	/* u64, bytes a second; 0: no limit */
	LODGE_A_BACKEND_PAD,
	LODGE_A_BACKEND_SECTORS,	/* u64, vbd: size in units of 512 bytes */
	LODGE_A_BACKEND_SECTOR_SIZE,	/* u32, vbd: logical block size, bytes */
	LODGE_A_BACKEND_PHYSICAL_SECTOR_SIZE,	/* u32, vbd: bytes */
	LODGE_A_BACKEND_DISCARD_GRANULARITY,	/* u32, vbd: bytes; left out without discard */
	LODGE_A_BACKEND_DISCARD_ALIGNMENT,	/* u32, vbd: bytes; left out without discard */
	LODGE_A_BACKEND_INDIRECT_MAX,	/* u32, vbd: segments of an indirect request */
	LODGE_A_BACKEND_RING_ORDER_MAX,	/* u32, vbd: a ring has at most 1 << this pages */
	LODGE_A_BACKEND_IFINDEX,	/* u32, vif */
	LODGE_A_BACKEND_RESIZED,	/* flag, vbd, BACKEND_SET: look at the size again */
	LODGE_A_BACKEND_PROTOCOL,	/* u32, vbd: LODGE_VBD_PROTOCOL_* */
	LODGE_A_BACKEND_FEATURES,	/* u32, LODGE_VIF_*: what the front end can */
	LODGE_A_BACKEND_QUEUE,		/* nest "queue", repeated: the front end's rings */
	LODGE_A_BACKEND_STAT,		/* nest "counter", repeated: what it did so far */

	__LODGE_A_BACKEND_MAX,
	LODGE_A_BACKEND_MAX = (__LODGE_A_BACKEND_MAX - 1)
};

/* LODGE_A_BACKEND_FLAGS of a vbd: asked for, and (all of them) in replies. */
#define LODGE_VBD_READ_ONLY	1	/* asked for, or the file was opened so */
#define LODGE_VBD_CDROM		2	/* removable */
#define LODGE_VBD_NO_DISCARD	4	/* do not offer it */
#define LODGE_VBD_FLUSH		8	/* reply: feature-flush-cache, feature-barrier */
#define LODGE_VBD_DISCARD	16	/* reply: feature-discard */
#define LODGE_VBD_SECURE_ERASE	32	/* reply: discard-secure */

#define LODGE_VBD_PROTOCOL_X86_64	1	/* x86_64-abi; the only one */

/* LODGE_A_BACKEND_FEATURES of a vif: nodes of the front end's that are 1. */
#define LODGE_VIF_SG			1	/* feature-sg */
#define LODGE_VIF_GSO_TCPV4		2	/* feature-gso-tcpv4 */
#define LODGE_VIF_GSO_TCPV6		4	/* feature-gso-tcpv6 */
#define LODGE_VIF_NO_CSUM_OFFLOAD	8	/* feature-no-csum-offload */
#define LODGE_VIF_IPV6_CSUM_OFFLOAD	16	/* feature-ipv6-csum-offload */
#define LODGE_VIF_RX_NOTIFY		32	/* feature-rx-notify */
#define LODGE_VIF_MULTICAST_CONTROL	64	/* request-multicast-control */

/* Set "queue": one queue of a front end, as it wrote it into xenstore. */
enum {
	LODGE_A_QUEUE_RING_REF = 1,	/* u32, repeated, vbd: grant of each page of the ring */
	LODGE_A_QUEUE_EVTCHN,		/* u32, its event channel */
	LODGE_A_QUEUE_TX_RING_REF,	/* u32, vif: what the guest sends */
	LODGE_A_QUEUE_RX_RING_REF,	/* u32, vif: what it receives */
	LODGE_A_QUEUE_EVTCHN_TX,	/* u32, vif: in place of EVTCHN, */
	LODGE_A_QUEUE_EVTCHN_RX,	/* u32, vif: both or none */

	__LODGE_A_QUEUE_MAX,
	LODGE_A_QUEUE_MAX = (__LODGE_A_QUEUE_MAX - 1)
};

#define LODGE_BACKEND_QUEUES_MAX	16	/* of a device */
#define LODGE_BACKEND_RING_PAGES_MAX	16	/* of a vbd's ring */

/*
 * Commands.  A reply has its request's number; notifications (_NTF, to the
 * group "events") have numbers of their own and carry the set "domain" where
 * nothing else is said.
 */
enum {
	LODGE_CMD_INFO_GET = 1,		/* do: nothing -> "info" */
	LODGE_CMD_DOMAIN_GET,		/* do: ID or NAME -> "domain"; dump: all, ended ones too */
	LODGE_CMD_DOMAIN_PAUSE,		/* do: ID or NAME; -EALREADY if paused */
	LODGE_CMD_DOMAIN_UNPAUSE,	/* do: ID or NAME; -EALREADY if not paused */
	LODGE_CMD_DOMAIN_DESTROY,	/* do: ID or NAME; returns when its memory is free; forgets a record */
	LODGE_CMD_SCHED_GET,		/* do: ID or NAME -> "sched"; dump: all that live */
	LODGE_CMD_SCHED_SET,		/* do: some of "sched"; all of it is done, or nothing */
	LODGE_CMD_STATS_GET,		/* do: ID or NAME -> "stats"; dump: all, ended ones too */
	LODGE_CMD_VCPU_GET,		/* dump: ID or NAME -> "vcpu" for each vCPU of a live domain; all without */
	LODGE_CMD_AUDIT,		/* do: ID or NAME -> "audit" */

	LODGE_CMD_CREATED_NTF,		/* LODGE_CREATE done */
	LODGE_CMD_STARTED_NTF,
	LODGE_CMD_PAUSED_NTF,
	LODGE_CMD_UNPAUSED_NTF,
	LODGE_CMD_SHUTDOWN_NTF,		/* SHUTDOWN and REASON are set; it suspends or dies now */
	LODGE_CMD_ENDED_NTF,		/* its resources are free; a record is left */
	LODGE_CMD_FORGOTTEN_NTF,	/* not even a record (or it never started) */
	LODGE_CMD_SCHED_NTF,		/* scheduler parameters have changed, to SCHED */

	LODGE_CMD_MEMORY_SET,		/* do: ID or NAME, MEMORY_MAX; below MEMORY: it gets no more */
	LODGE_CMD_MEMORY_NTF,		/* MEMORY_MAX has changed */
	LODGE_CMD_DOMAIN_RENAME,	/* do: ID or NAME, NEW_NAME; -EEXIST if a live domain has it */
	LODGE_CMD_RENAMED_NTF,		/* NAME has changed */
	LODGE_CMD_VCPU_PIN,		/* do: ID or NAME, AFFINITY, INDEX (all vCPUs without it) */
	LODGE_CMD_PINNED_NTF,		/* AFFINITY of a vCPU has changed */
	LODGE_CMD_DOMAIN_RESUME,	/* do: ID or NAME; -EALREADY if it is not suspended */
	LODGE_CMD_RESUMED_NTF,
	LODGE_CMD_PCPU_GET,		/* dump: nothing -> "pcpu" for each CPU */
	LODGE_CMD_SCHED_SYSTEM_GET,	/* do: nothing -> ALLOWANCE and UNIT of "sched" */
	LODGE_CMD_SCHED_SYSTEM_NTF,	/* these have changed; carries them, and no "domain" */

	/* The back end of a device is named by ID or NAME, TYPE and HANDLE. */
	LODGE_CMD_BACKEND_CREATE,	/* do: FD or MAC, what else there is -> "backend" */
	LODGE_CMD_BACKEND_REMOVE,	/* do: returns when nothing of the guest's is in use */
	LODGE_CMD_BACKEND_CONNECT,	/* do: QUEUEs, PROTOCOL, FEATURES; -EISCONN if connected */
	LODGE_CMD_BACKEND_DISCONNECT,	/* do: returns when nothing of the guest's is in use */
	LODGE_CMD_BACKEND_SET,		/* do: limits, RESIZED -> "backend" */
	LODGE_CMD_BACKEND_GET,		/* do: -> "backend"; dump: ID or NAME, or of all domains */
	LODGE_CMD_BACKEND_EVENT,	/* its STATE has changed: ID to REASON of "backend" */

	__LODGE_CMD_MAX,
	LODGE_CMD_MAX = (__LODGE_CMD_MAX - 1)
};

#endif
