// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: Partial tables
 *
 * Validating or emptying a tree of tables can take long, so it is done by
 * steps, and what is left between two steps is a partial table: one that holds
 * the references of its first nr_valid entries and that nobody uses.  The vCPU
 * that made it partial has it on its undo list and may not enter the guest
 * before the list is empty.
 *
 * A validation that gave way finds its tables again by walking down once more;
 * completed ones leave the list, so that what stays there at the end of an
 * operation is to be torn down.
 */
#include "env.h"

static struct frame *listed(struct vcpu *v, unsigned int i)
{
	struct frame *f = pt_owned(env_domain(v), env_undo(v)->mfn[i]);

	if (!f)
		env_bug(env_domain(v), "a frame on an undo list has gone");
	return f;
}

static void remove_entry(struct vcpu *v, unsigned int i)
{
	struct pt_undo *undo = env_undo(v);
	const u64 mfn = undo->mfn[i];

	undo->mfn[i] = undo->mfn[--undo->nr];
	pt_put_ref(env_domain(v), mfn);
}

/**
 * pt_undo_push() - make a vCPU answer for a partial table
 * @v: vCPU
 * @mfn: the table
 * @f: its record
 *
 * Return: 0, also if it is there already; -ERESTART if the list is full and must
 * be worked off first.
 */
int pt_undo_push(struct vcpu *v, u64 mfn, struct frame *f)
{
	struct pt_undo *undo = env_undo(v);
	unsigned int i;

	for (i = 0; i < undo->nr; i++)
		if (undo->mfn[i] == mfn)
			return 0;
	if (undo->nr == PT_UNDO_MAX) {
		undo->conflict = true;
		return -ERESTART;
	}
	f->refs++;
	undo->mfn[undo->nr++] = mfn;
	return 0;
}

/**
 * pt_undo_forget() - a table is not partial any more
 * @v: vCPU that had it on its list, or not
 * @mfn: the table
 */
void pt_undo_forget(struct vcpu *v, u64 mfn)
{
	struct pt_undo *undo = env_undo(v);
	unsigned int i;

	for (i = 0; i < undo->nr; i++) {
		if (undo->mfn[i] == mfn) {
			remove_entry(v, i);
			return;
		}
	}
}

/*
 * The lowest level first, so that the list grows by at most two on the way
 * down.  Entries that another vCPU has finished meanwhile are dropped.
 */
static struct frame *next_partial(struct vcpu *v, u64 *mfn)
{
	struct pt_undo *undo = env_undo(v);
	struct frame *f, *lowest = NULL;
	unsigned int i = 0;

	while (i < undo->nr) {
		f = listed(v, i);
		if (!f) {
			undo->nr = 0;
			return NULL;
		}
		if (!frame_is_partial(f)) {
			remove_entry(v, i);
			continue;
		}
		if (!lowest || f->type < lowest->type) {
			lowest = f;
			*mfn = undo->mfn[i];
		}
		i++;
	}
	return lowest;
}

/* Drop entries from the top until one of them has made its table partial. */
static int tear_down(struct vcpu *v, struct frame *f, u64 mfn)
{
	const unsigned int nr = env_undo(v)->nr;
	const unsigned int level = f->type;
	u64 *table = env_table(mfn);
	u64 entry;

	while (f->nr_valid) {
		f->nr_valid--;
		if (!pt_guest_slot(level, f->nr_valid))
			continue;
		entry = env_read(&table[f->nr_valid]);
		if (!(entry & PTE_P))
			continue;
		pt_put_entry(v, level, entry);
		if (env_should_yield(v))
			return -ERESTART;
		if (env_undo(v)->nr != nr)
			return 0;
	}
	return 0;
}

/**
 * pt_undo_all() - tear down all that a vCPU answers for
 * @v: vCPU; its domain's mmu_lock held
 *
 * Return: 0 when the list is empty, -ERESTART to be called again.
 */
int pt_undo_all(struct vcpu *v)
{
	struct frame *f;
	u64 mfn;
	int rc;

	for (;;) {
		f = next_partial(v, &mfn);
		if (!f)
			break;
		rc = tear_down(v, f, mfn);
		if (rc)
			return rc;
	}
	env_undo(v)->resuming = false;
	env_undo(v)->conflict = false;
	return 0;
}

/**
 * pt_begin() - before each operation that may validate or release tables
 * @v: vCPU; its domain's mmu_lock held
 *
 * What the previous operation left is torn down first, unless this is the
 * next attempt of one that gave way.
 *
 * Return: 0, or -ERESTART: give way and call again.
 */
int pt_begin(struct vcpu *v)
{
	struct pt_undo *undo = env_undo(v);

	env_assert_locked(env_domain(v));
	if (undo->resuming && !undo->conflict && undo->nr <= PT_UNDO_CARRY)
		return 0;
	if (undo->nr)
		return pt_undo_all(v);
	undo->resuming = false;
	undo->conflict = false;
	return 0;
}

/**
 * pt_end() - after each operation that pt_begin() let begin
 * @v: vCPU
 * @rc: result of the operation
 *
 * Return: @rc.
 */
int pt_end(struct vcpu *v, int rc)
{
	env_undo(v)->resuming = rc == -ERESTART;
	return rc;
}
