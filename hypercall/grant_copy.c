// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: Copies between granted frames
 *
 * GNTTABOP_copy: from a frame of the caller's own or a granted one to another.
 * A granted frame is pinned for the copy exactly as for a mapping; a list that
 * names the same frame again and again pins it once.  Nothing stays pinned when
 * the call gives way or is over.
 */
#include <linux/mm.h>
#include <linux/string.h>
#include "grant.h"
#include "hypercall.h"

/**
 * struct copy_buf - one end of a copy
 * @held: it is pinned
 * @gref: it is a grant: @pin; else a frame of the caller's own
 * @writable: it is the destination
 * @domid: as the guest gave it
 * @name: grant reference or frame number, as the guest gave it
 * @mfn: the frame
 * @pin: the grant
 */
struct copy_buf {
	bool held;
	bool gref;
	bool writable;
	domid_t domid;
	u64 name;
	u64 mfn;
	struct grant_pin pin;
};

static void release(struct domain *d, struct copy_buf *b)
{
	if (!b->held)
		return;
	b->held = false;
	if (b->gref)
		grant_unpin(&b->pin);
	else if (b->writable)
		frame_put_type(d, b->mfn);
	else
		frame_put(d, b->mfn);
}

static int claim_own(struct domain *d, struct copy_buf *b)
{
	int rc;

	b->mfn = b->name;
	domain_mmu_lock(d);
	if (!pt_owned(d, b->mfn)) {
		domain_mmu_unlock(d);
		return GNTST_bad_page;
	}
	rc = b->writable ? pt_get_simple_type(d, b->mfn, FRAME_WRITABLE) : pt_get_ref(d, b->mfn);
	domain_mmu_unlock(d);
	return rc ? GNTST_general_error : GNTST_okay;
}

static int claim_grant(struct domain *d, struct copy_buf *b)
{
	struct domain *granter = domain_get(b->domid == DOMID_SELF ? d->id : b->domid);
	int rc;

	if (!granter)
		return GNTST_bad_domain;
	rc = grant_pin(granter, b->name, d->id, !b->writable, false, &b->pin);
	b->mfn = b->pin.mfn;
	domain_put(granter);
	return rc;
}

static int claim(struct domain *d, struct copy_buf *b, const struct gnttab_copy *op, bool dest)
{
	const struct gnttab_copy_ptr *ptr = dest ? &op->dest : &op->source;
	const bool gref = op->flags & (dest ? GNTCOPY_dest_gref : GNTCOPY_source_gref);
	const u64 name = gref ? ptr->u.ref : ptr->u.gmfn;
	int rc;

	if (b->held && b->gref == gref && b->domid == ptr->domid && b->name == name)
		return GNTST_okay;
	release(d, b);
	b->gref = gref;
	b->writable = dest;
	b->domid = ptr->domid;
	b->name = name;
	rc = gref ? claim_grant(d, b) : claim_own(d, b);
	b->held = rc == GNTST_okay;
	return rc;
}

static int copy_one(struct domain *d, const struct gnttab_copy *op, struct copy_buf *src,
		    struct copy_buf *dest)
{
	int rc;

	/* By frame number one's own, and not by any other name (as in Xen). */
	if ((!(op->flags & GNTCOPY_source_gref) && op->source.domid != DOMID_SELF) ||
	    (!(op->flags & GNTCOPY_dest_gref) && op->dest.domid != DOMID_SELF))
		return GNTST_permission_denied;
	rc = claim(d, src, op, false);
	if (!rc)
		rc = claim(d, dest, op, true);
	if (rc)
		return rc;
	if (op->source.offset + op->len > PAGE_SIZE || op->dest.offset + op->len > PAGE_SIZE)
		return GNTST_bad_copy_arg;
	memmove(frame_address(dest->mfn) + op->dest.offset,
		frame_address(src->mfn) + op->source.offset, op->len);
	return GNTST_okay;
}

static int copy_at(struct vcpu *v, u64 at, struct copy_buf *src, struct copy_buf *dest)
{
	struct gnttab_copy op;
	s16 status;

	if (copy_from_guest(v, &op, at, sizeof(op)))
		return -EFAULT;
	status = copy_one(v->domain, &op, src, dest);
	return copy_to_guest(v, at + offsetof(typeof(op), status), &status, sizeof(status));
}

/**
 * grant_op_copy() - GNTTABOP_copy
 * @v: the caller
 * @list: of struct gnttab_copy
 * @count: how many
 *
 * Context: slice.
 * Return: 0, -EFAULT, -ERESTART.
 */
long grant_op_copy(struct vcpu *v, u64 list, u32 count)
{
	struct copy_buf src = {}, dest = {};
	u64 *done = &v->resume.done;
	long rc = 0;

	while (!rc && *done < count) {
		rc = copy_at(v, list + *done * sizeof(struct gnttab_copy), &src, &dest);
		if (rc)
			break;
		++*done;
		if (*done < count && vcpu_should_yield(v))
			rc = -ERESTART;
	}
	release(v->domain, &src);
	release(v->domain, &dest);
	return rc;
}
