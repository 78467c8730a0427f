/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ptvalidate_world.h: a world of a few dozen frames for the core of ptvalidate/.
 *
 * It is the user-space side of ptvalidate/env.h.  Two domains, two vCPUs each,
 * own frames; memory is real memory; other CPUs, their TLBs and preemption are
 * played by hooks.  world_check() recounts everything from nothing.
 */
#ifndef LODGE_PTVALIDATE_WORLD_H
#define LODGE_PTVALIDATE_WORLD_H

#include <string.h>
#include "env.h"
#include "ktap.h"

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

#define NR_FRAMES	64	/* mfn 0 belongs to nobody */
#define NR_DOMAINS	2
#define NR_VCPUS	2
#define MAX_MFN		4096	/* RAM ends here */
#define PAGES_EACH	30

struct domain {
	domid_t id;
	unsigned int first, last;	/* its mfns at the start */
	unsigned long flushes;
	u16 flush_clock;
	u64 held[4];			/* frames that the module holds: as WRITABLE or SEGDESC */
};

struct vcpu {
	struct domain *domain;
	struct pt_undo undo;
	u64 base[2];
};

/* What TLBs may still say about a frame, since the last flush of its domain. */
struct stale {
	bool writable;
	u8 levels;			/* bit n: used as Ln */
};

/* A grant that is mapped: what hypercall/grant_map.c keeps in a handle. */
struct handle {
	struct domain *mapper;		/* NULL: free */
	struct domain *granter;
	u64 mfn;
	u64 l1_mfn;
	unsigned int index;
	bool writable;
};
#define NR_HANDLES	12

struct world {
	struct frame frame[NR_FRAMES];
	struct stale stale[NR_FRAMES];
	struct handle handle[NR_HANDLES];
	bool stale_granted[NR_DOMAINS][NR_FRAMES];	/* a TLB of that domain may write it */
	bool freed[NR_FRAMES];
	struct domain domain[NR_DOMAINS];
	struct vcpu vcpu[NR_DOMAINS][NR_VCPUS];
	unsigned long bugs;
	/* hooks */
	bool (*yield)(struct vcpu *v);
	void (*on_flush)(struct domain *d);
	unsigned int others_ldt;	/* bit i: held[i] is the LDT of another vCPU */
	bool hardware;			/* sets A and D at bad moments */
	unsigned long yields_asked;
	unsigned long tables_touched;
};

extern struct world world;
extern u64 (*memory)[PT_ENTRIES];

/* Slots that the tests use; the others stay 0. */
extern const unsigned int slots[];
#define NR_SLOTS	8

void world_reset(void);
bool world_check(const char *when);
void world_drain(void);
struct vcpu *cpu0(void);
u64 own(unsigned int i);
u64 foreign(unsigned int i);

u64 entry_to(u64 mfn, u64 flags);
void poke(u64 mfn, unsigned int index, u64 entry);
u64 build_tree(u64 data, u64 leaf_flags);
int run_pin(struct vcpu *v, u64 mfn, u8 type);
int run_unpin(struct vcpu *v, u64 mfn);
int run_base(struct vcpu *v, u64 mfn, bool user);
int run_update(struct vcpu *v, u64 mfn, unsigned int index, u64 val, unsigned int flags);
int run_undo(struct vcpu *v);
bool yield_never(struct vcpu *v);
bool yield_always(struct vcpu *v);
bool yield_random(struct vcpu *v);

bool start_tree(u64 leaf_flags);
void end_tree(void);
int run_grant_map(struct vcpu *v, struct handle *h, u64 mfn, u64 l1_mfn, unsigned int index,
		  bool writable);
int run_grant_unmap(struct vcpu *v, struct handle *h);
void run_grant_exit(void);
u64 table_of_level(unsigned int level);
#define FOR_LEVELS(l) for (unsigned int l = 1; l <= 4; l++)

#define TABLE	(PTE_P | PTE_RW | PTE_US | PTE_A)

/* Frames that build_tree() uses, of domain 0. */
enum { T_L4 = 0, T_L3, T_L2, T_L1, T_DATA, T_FREE };

/* ptvalidate_model.c, ptvalidate_interleaved.c */
u8 pick_level(void);
u64 pick(unsigned int n, u8 role);
u64 pick_entry(unsigned int n, u8 level);
void test_random_results(void);
void test_random_interleaved(void);

/* ptvalidate_granted.c */
#define GRANTED(X) \
	X(test_granted, "a granted frame is mapped and unmapped; the entry holds nothing") \
	X(test_granted_refused, "no table, no entry that breaks a rule, no entry elsewhere") \
	X(test_granted_no_copy, "an entry that names a granted frame is neither copied nor widened") \
	X(test_granted_gone, "such an entry goes with its table and does not come back") \
	X(test_granted_type, "a frame that is mapped writable elsewhere does not become a table") \
	X(test_granted_replace, "what moves into its place brings its references") \
	X(test_granted_own, "a domain's own grant is an ordinary entry") \
	X(test_granted_random, "random operations and grants of two domains keep the invariants")

/* ptvalidate_lessons.c, ptvalidate_rules.c */
#define LESSONS(X) \
	X(test_entry_rules, "an entry may have these bits and no others") \
	X(test_xsa45, "XSA-45/290: (un)validation gives way after each bounded step, and ends") \
	X(test_wide, "a wide tree is validated and undone with a short list") \
	X(test_left_over, "what one operation leaves is done before the next begins") \
	X(test_abandoned, "operations that are begun and abandoned do not pile up") \
	X(test_abandoned_conflict, "nor if the last one is in another vCPU's way") \
	X(test_xsa58, "XSA-58: a pin that fails leaves no reference, wherever it fails") \
	X(test_xsa148, "XSA-148: a change of flags does not let PSE through") \
	X(test_xsa182, "XSA-182: a change of flags does not make a mapping writable uncounted") \
	X(test_xsa212, "XSA-212: nothing out of range is believed") \
	X(test_xsa214, "XSA-214: a frame leaves the domain without type, pin or entries") \
	X(test_xsa240, "XSA-240: no table maps itself or its own level") \
	X(test_xsa242, "XSA-242: the last type reference dropped in mid-update is dropped once") \
	X(test_xsa286, "XSA-286: a table that was unlinked without a flush is not made writable") \
	X(test_xsa299, "XSA-299/310: stopped at any point, resumed or given up: counts are exact") \
	X(test_xsa310, "XSA-310: another vCPU may finish or undo what one has begun") \
	X(test_xsa401, "XSA-401: contents are judged after the flush, not before") \
	X(test_xsa402, "XSA-402: no mapping with another cache attribute") \
	X(test_xsa273, "XSA-273: no non-present entry that L1TF could use") \
	X(test_hole_slots, "the hole's slots are neither read nor written for the guest") \
	X(test_foreign, "no entry names a frame of another domain, or of nobody") \
	X(test_preserve_ad, "A and D are kept when asked, and never by accident lost on a compare") \
	X(test_cmpxchg, "a compare that fails changes no count") \
	X(test_segdesc, "a descriptor page is judged, and not writable while in use") \
	X(test_overflow, "a reference count does not wrap") \
	X(test_self_writable, "a table that is being validated is not given to its own entries") \
	X(test_find_l1, "a software walk finds exactly what is mapped")

#define DECLARE(fn, name) void fn(void);
LESSONS(DECLARE)
GRANTED(DECLARE)
#undef DECLARE

#endif
