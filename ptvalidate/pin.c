// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: Pins, base pointers, whole pages
 *
 * The operations of mmuext_op on one frame.  Each is one attempt under the
 * domain's mmu_lock: 0, an error that leaves nothing changed, or -ERESTART.
 * A tree that is released here is torn down by undo.c, later.
 */
#include "env.h"

/**
 * pt_pin() - keep a page table valid while nothing refers to it
 * @v: vCPU that asks; its domain's mmu_lock held
 * @mfn: any value
 * @type: FRAME_L1..FRAME_L4
 *
 * Return: 0; -EINVAL if the frame is not the domain's, has another type or is
 * pinned already; what a bad entry says; -ERESTART.
 */
int pt_pin(struct vcpu *v, u64 mfn, u8 type)
{
	struct frame *f;
	int rc;

	rc = pt_begin(v);
	if (rc)
		return rc;
	f = pt_owned(env_domain(v), mfn);
	if (!f || (f->flags & FRAME_PINNED))
		return pt_end(v, -EINVAL);
	rc = pt_get_type(v, mfn, type);
	if (!rc)
		f->flags |= FRAME_PINNED;
	return pt_end(v, rc);
}

/**
 * pt_unpin() - undo pt_pin()
 * @v: vCPU that asks; its domain's mmu_lock held
 * @mfn: any value
 *
 * Return: 0; -EINVAL if the frame is not the domain's or not pinned; -ERESTART.
 */
int pt_unpin(struct vcpu *v, u64 mfn)
{
	struct frame *f;
	int rc;

	rc = pt_begin(v);
	if (rc)
		return rc;
	f = pt_owned(env_domain(v), mfn);
	if (!f || !(f->flags & FRAME_PINNED))
		return pt_end(v, -EINVAL);
	f->flags &= ~FRAME_PINNED;
	pt_put_type(v, mfn);
	return pt_end(v, 0);
}

/**
 * pt_new_base() - load a base pointer
 * @v: vCPU that works; its domain's mmu_lock held
 * @target: vCPU whose base pointer it is: @v, or one that does not run
 * @mfn: the L4; 0 with @user: none
 * @user: the one for user mode
 *
 * Return: 0; errors of pt_get_type(); -ERESTART.
 */
int pt_new_base(struct vcpu *v, struct vcpu *target, u64 mfn, bool user)
{
	const u64 old = env_base(target, user);
	int rc;

	rc = pt_begin(v);
	if (rc)
		return rc;
	if (mfn == old)
		return pt_end(v, 0);
	if (mfn || !user) {
		rc = pt_get_type(v, mfn, FRAME_L4);
		if (rc)
			return pt_end(v, rc);
	}
	env_set_base(target, user, mfn);
	if (old)
		pt_put_type(v, old);
	return pt_end(v, 0);
}

/**
 * pt_drop_base() - a vCPU has no base pointer any more
 * @v: a vCPU that does not run, and cannot before it gets another
 * @user: the one for user mode
 *
 * What it was the last reference of is torn down by pt_undo().
 *
 * Return: 0, or -ERESTART: not yet, call again.
 * Context: slice or sleepable, mmu_lock held.
 */
int pt_drop_base(struct vcpu *v, bool user)
{
	const u64 old = env_base(v, user);
	int rc;

	rc = pt_begin(v);
	if (rc)
		return rc;
	env_set_base(v, user, 0);
	if (old)
		pt_put_type(v, old);
	return pt_end(v, 0);
}

/**
 * pt_clear_page() - write zeros to a frame for the guest
 * @v: vCPU that asks; its domain's mmu_lock held
 * @mfn: any value
 *
 * Return: 0; -EINVAL if the guest could not map it writable; -ERESTART.
 */
int pt_clear_page(struct vcpu *v, u64 mfn)
{
	int rc;

	rc = pt_begin(v);
	if (rc)
		return rc;
	rc = pt_get_type(v, mfn, FRAME_WRITABLE);
	if (rc)
		return pt_end(v, rc == -ERESTART ? rc : -EINVAL);
	env_clear_page(mfn);
	pt_put_type(v, mfn);
	return pt_end(v, 0);
}

/**
 * pt_copy_page() - copy one frame of the domain to another
 * @v: vCPU that asks; its domain's mmu_lock held
 * @dst_mfn: any value
 * @src_mfn: any value
 *
 * Return: 0; -EINVAL if the source is not the domain's or the guest could not
 * map the destination writable; -ERESTART.
 */
int pt_copy_page(struct vcpu *v, u64 dst_mfn, u64 src_mfn)
{
	int rc;

	rc = pt_begin(v);
	if (rc)
		return rc;
	if (!pt_owned(env_domain(v), src_mfn))
		return pt_end(v, -EINVAL);
	rc = pt_get_type(v, dst_mfn, FRAME_WRITABLE);
	if (rc)
		return pt_end(v, rc == -ERESTART ? rc : -EINVAL);
	env_copy_page(dst_mfn, src_mfn);
	pt_put_type(v, dst_mfn);
	return pt_end(v, 0);
}
