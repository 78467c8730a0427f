// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: Machine frames
 *
 * One struct frame for every machine frame that a domain owns, in a table by
 * chunks of 512 frames (2 MiB) that exist only where there are such frames.
 * Anybody may look a frame up, at any moment, without a lock; what the record
 * says may be believed only under the mmu_lock of the domain it names, or if
 * it names one's own domain under one's own lock.
 *
 * The second half of the file is ptvalidate/'s door for the rest of the
 * module: the same functions, with the lock taken.
 */
#include <linux/nospec.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>
#include "frame.h"

/**
 * struct frame_chunk - 512 frames, 2 MiB of machine memory
 * @rcu: to free it behind frame_lookup()
 * @frames: their records: two pages of their own, the hole maps them too
 * @users: domains that have, or had, frames here: their holes map the records
 */
struct frame_chunk {
	struct rcu_head rcu;
	struct frame *frames;
	unsigned int users;
};

static struct frame_chunk __rcu **chunks;
static unsigned long nr_chunks;
static DEFINE_MUTEX(chunks_lock);	/* which chunks there are, users */
static atomic_long_t nr_frames = ATOMIC_LONG_INIT(0);

/**
 * frame_init() - at load
 *
 * Context: sleepable, after hole_init().
 * Return: 0 or -ENOMEM.
 */
int frame_init(void)
{
	BUILD_BUG_ON(sizeof(struct frame) * CHUNK_FRAMES != PAGE_SIZE << CHUNK_ORDER);
	BUILD_BUG_ON(sizeof(struct frame_chunk) > 32);	/* FRAME_CHUNK_BYTES */

	nr_chunks = DIV_ROUND_UP(hole_max_mfn(), CHUNK_FRAMES);
	chunks = vcalloc(nr_chunks, sizeof(*chunks));
	if (!chunks)
		return -ENOMEM;

	pt_rules.nx = __supported_pte_mask & _PAGE_NX;
	pt_rules.l1tf = boot_cpu_has_bug(X86_BUG_L1TF);
	pt_rules.l1tf_mask = GENMASK_ULL(boot_cpu_data.x86_cache_bits - 1, 0);
	pt_rules.l1tf_below = hole_max_mfn() << PAGE_SHIFT;
	pt_rules.max_mfn = hole_max_mfn();
	hole_set_rules();
	return 0;
}

static void chunk_free(struct rcu_head *rcu)
{
	struct frame_chunk *c = container_of(rcu, struct frame_chunk, rcu);

	free_pages((unsigned long)c->frames, CHUNK_ORDER);
	kfree(c);
}

/**
 * frame_exit() - at unload; no domain is left
 *
 * Context: sleepable.
 */
void frame_exit(void)
{
	WARN_ON_ONCE(frames_in_use());
	rcu_barrier();
	vfree(chunks);
	chunks = NULL;
	nr_chunks = 0;
}

/**
 * frames_in_use() - machine frames that lodge holds for domains now
 *
 * Context: any.
 */
unsigned long frames_in_use(void)
{
	return atomic_long_read(&nr_frames);
}

/**
 * frames_kept() - count frames that an ended domain's grants keep allocated
 * @n: how many more; less than 0: they are gone
 *
 * A frame that is mapped several times counts as often.
 *
 * Context: any.
 */
void frames_kept(long n)
{
	atomic_long_add(n, &nr_frames);
}

/**
 * frame_lookup() - the record of a machine frame
 * @mfn: any value
 *
 * Return: the record, or NULL if no domain owns that frame.
 * Context: preemption off, or the mmu_lock of the owner; the record stays
 * until that ends.
 */
struct frame *frame_lookup(u64 mfn)
{
	unsigned long i = mfn >> CHUNK_SHIFT;
	struct frame_chunk *c;
	struct frame *f;

	if (i >= nr_chunks)
		return NULL;
	i = array_index_nospec(i, nr_chunks);
	c = rcu_dereference_check(chunks[i], !preemptible());
	if (!c)
		return NULL;
	f = &c->frames[mfn & (CHUNK_FRAMES - 1)];
	return READ_ONCE(f->owner) ? f : NULL;
}

/**
 * frame_address() - where the host maps a frame
 * @mfn: a frame that some domain owns
 *
 * Context: any.
 */
void *frame_address(u64 mfn)
{
	return __va(mfn << PAGE_SHIFT);
}

static struct frame_chunk *chunk_alloc(unsigned long i)
{
	struct frame_chunk *c = kzalloc(sizeof(*c), GFP_KERNEL);

	if (!c)
		return NULL;
	c->frames = (void *)__get_free_pages(GFP_KERNEL | __GFP_ZERO, CHUNK_ORDER);
	if (!c->frames) {
		kfree(c);
		return NULL;
	}
	rcu_assign_pointer(chunks[i], c);
	return c;
}

static void chunk_put(unsigned long i)
{
	struct frame_chunk *c = rcu_dereference_protected(chunks[i], lockdep_is_held(&chunks_lock));

	if (c->users)
		return;
	RCU_INIT_POINTER(chunks[i], NULL);
	call_rcu(&c->rcu, chunk_free);
}

/* The chunk that a domain is about to have frames in; it stays until the domain ends. */
static struct frame_chunk *chunk_get(struct domain *d, unsigned long i)
{
	struct frame_chunk *c = xa_load(&d->chunks, i);

	if (c)
		return c;
	c = rcu_dereference_protected(chunks[i], lockdep_is_held(&chunks_lock));
	if (!c)
		c = chunk_alloc(i);
	if (!c)
		return NULL;
	if (xa_err(xa_store(&d->chunks, i, c, GFP_KERNEL))) {
		chunk_put(i);
		return NULL;
	}
	c->users++;
	WRITE_ONCE(d->nr_chunks, d->nr_chunks + 1);
	return c;
}

/* All or none. */
static int map_frames(struct domain *d, struct frame *records, u64 mfn, u64 gpfn,
		      unsigned int count)
{
	unsigned int i;
	int ret;

	for (i = 0; i < count; i++) {
		ret = hole_add_frame(d, mfn + i, gpfn == FRAME_NO_GPFN ? gpfn : gpfn + i,
				     &records[i]);
		if (ret)
			goto undo;
	}
	return 0;
undo:
	while (i--) {
		hole_disown_frame(d, mfn + i);
		hole_unmap_frame(d, mfn + i);
	}
	domain_flush_others(d);
	return ret;
}

/**
 * frame_add() - a domain gains frames
 * @d: the domain
 * @mfn: the first; zeroed, and nothing else uses them
 * @gpfn: of the first, for the M2P; or FRAME_NO_GPFN
 * @count: how many, within one chunk
 * @flags: FRAME_ALLOC if the domain may give them up, and then holds a reference; else 0
 *
 * Context: sleepable.
 * Return: 0, or -ENOMEM and it has none of them.
 */
int frame_add(struct domain *d, u64 mfn, u64 gpfn, unsigned int count, u8 flags)
{
	const unsigned long i = mfn >> CHUNK_SHIFT;
	struct frame_chunk *c;
	struct frame *f;
	int ret = -ENOMEM;

	if (WARN_ON_ONCE(i >= nr_chunks || (mfn + count - 1) >> CHUNK_SHIFT != i))
		return -EINVAL;
	mutex_lock(&chunks_lock);
	c = chunk_get(d, i);
	if (c) {
		f = &c->frames[mfn & (CHUNK_FRAMES - 1)];
		ret = map_frames(d, f, mfn, gpfn, count);
	}
	mutex_unlock(&chunks_lock);
	if (ret)
		return ret;

	atomic_long_add(count, &nr_frames);
	domain_mmu_lock(d);
	for (; count; count--, f++) {
		*f = (struct frame){ .refs = flags & FRAME_ALLOC ? 1 : 0, .flags = flags };
		WRITE_ONCE(f->owner, d->id);
	}
	domain_mmu_unlock(d);
	return 0;
}

/**
 * frame_drop() - forget a frame; its type goes with it (XSA-214)
 * @mfn: a frame that was added, has no owner any more, and that no TLB knows
 *
 * Context: any, while the domain that had it exists.
 */
void frame_drop(u64 mfn)
{
	struct frame_chunk *c;

	rcu_read_lock();
	c = rcu_dereference(chunks[mfn >> CHUNK_SHIFT]);
	c->frames[mfn & (CHUNK_FRAMES - 1)] = (struct frame){};
	rcu_read_unlock();
	atomic_long_dec(&nr_frames);
}

/**
 * frame_drop_chunk() - forget all frames that a domain has in a chunk
 * @d: the domain, none of whose vCPUs is left
 * @chunk: from frame_next_chunk()
 * @owned: out: bitmap of CHUNK_FRAMES, the frames it had
 *
 * Context: sleepable.
 */
void frame_drop_chunk(struct domain *d, unsigned long chunk, unsigned long *owned)
{
	struct frame_chunk *c = xa_load(&d->chunks, chunk);
	unsigned int i, count = 0;

	bitmap_zero(owned, CHUNK_FRAMES);
	domain_mmu_lock(d);
	for (i = 0; i < CHUNK_FRAMES; i++) {
		if (c->frames[i].owner != d->id)
			continue;
		c->frames[i] = (struct frame){};
		__set_bit(i, owned);
		count++;
	}
	domain_mmu_unlock(d);
	atomic_long_sub(count, &nr_frames);
}

/**
 * frame_copy_chunk() - what is known of all frames that a domain has in a chunk
 * @d: the domain; it gains no frames meanwhile
 * @chunk: from frame_next_chunk()
 * @frames: out: CHUNK_FRAMES records; those of others' frames are zero
 *
 * Context: sleepable.
 */
void frame_copy_chunk(struct domain *d, unsigned long chunk, struct frame *frames)
{
	struct frame_chunk *c = xa_load(&d->chunks, chunk);
	unsigned int i;

	domain_mmu_lock(d);
	memcpy(frames, c->frames, CHUNK_FRAMES * sizeof(*frames));
	domain_mmu_unlock(d);
	for (i = 0; i < CHUNK_FRAMES; i++) {
		if (frames[i].owner != d->id)
			frames[i] = (struct frame){};
	}
}

/**
 * frame_put_chunks() - a domain has no frames any more
 * @d: the domain; its hole is not used any more
 *
 * Context: sleepable.
 */
void frame_put_chunks(struct domain *d)
{
	struct frame_chunk *c;
	unsigned long i;

	mutex_lock(&chunks_lock);
	xa_for_each(&d->chunks, i, c) {
		c->users--;
		chunk_put(i);
	}
	mutex_unlock(&chunks_lock);
	xa_destroy(&d->chunks);
	WRITE_ONCE(d->nr_chunks, 0);
}

/**
 * frame_next_chunk() - where may a domain have frames?
 * @d: the domain; it gains no frames meanwhile
 * @chunk: in: where to start; out: the next chunk that may have some
 *
 * Context: sleepable.
 * Return: false at the end.
 */
bool frame_next_chunk(struct domain *d, unsigned long *chunk)
{
	return xa_find(&d->chunks, chunk, ULONG_MAX, XA_PRESENT);
}

/**
 * env_bug() - a count is wrong: our bug, the domain pays
 * @d: the domain; its mmu_lock held
 * @what: for the log and its reason
 */
void env_bug(struct domain *d, const char *what)
{
	WARN_ONCE(1, "lodge: %s\n", what);
	domain_kill(d, "a bug of lodge: %s", what);
}

/**
 * frame_get() - take a general reference
 * @d: domain
 * @mfn: any value
 *
 * Context: not with @d's mmu_lock, IRQs on.
 * Return: as pt_get_ref().
 */
int frame_get(struct domain *d, u64 mfn)
{
	int ret;

	domain_mmu_lock(d);
	ret = pt_get_ref(d, mfn);
	domain_mmu_unlock(d);
	return ret;
}

/**
 * frame_put() - drop a general reference
 * @d: domain
 * @mfn: frame that the caller holds a reference on
 *
 * Context: not with @d's mmu_lock, IRQs on.
 */
void frame_put(struct domain *d, u64 mfn)
{
	domain_mmu_lock(d);
	pt_put_ref(d, mfn);
	domain_mmu_unlock(d);
}

/**
 * frame_get_type() - take a general and a type reference, to use a guest's frame
 * @d: domain
 * @mfn: any value
 * @type: FRAME_WRITABLE (the module writes it: vcpu_info, rings) or FRAME_SEGDESC
 *
 * Context: not with @d's mmu_lock, IRQs on.
 * Return: as pt_get_simple_type().
 */
int frame_get_type(struct domain *d, u64 mfn, enum frame_type type)
{
	int ret;

	domain_mmu_lock(d);
	ret = pt_get_simple_type(d, mfn, type);
	domain_mmu_unlock(d);
	return ret;
}

/**
 * frame_put_type() - drop both references again
 * @d: domain
 * @mfn: frame that the caller holds them on
 *
 * Context: not with @d's mmu_lock, IRQs on.
 */
void frame_put_type(struct domain *d, u64 mfn)
{
	domain_mmu_lock(d);
	pt_put_simple_type(d, mfn);
	domain_mmu_unlock(d);
}

/**
 * pt_undo() - tear down the partial tables that a vCPU answers for
 * @v: vCPU; not with its domain's mmu_lock
 *
 * The run loop calls this before every entry of the guest.
 *
 * Context: slice or sleepable.
 * Return: 0, or -ERESTART: give way, call again.
 */
int pt_undo(struct vcpu *v)
{
	int ret;

	if (likely(!v->undo.nr))
		return 0;
	/* What is to be carried out again still wants its tables. */
	if (v->undo.resuming && !v->undo.conflict)
		return 0;
	domain_mmu_lock(v->domain);
	ret = pt_undo_all(v);
	domain_mmu_unlock(v->domain);
	return ret;
}

/**
 * pt_update_entry() - pt_update() with the lock taken
 * @v: vCPU that asks
 * @u: what to change
 *
 * Context: slice or sleepable.
 * Return: as pt_update().
 */
int pt_update_entry(struct vcpu *v, struct pt_update *u)
{
	int ret;

	domain_mmu_lock(v->domain);
	ret = pt_update(v, u);
	domain_mmu_unlock(v->domain);
	return ret;
}

/**
 * pt_set_base() - pt_new_base() with the lock taken
 * @v: vCPU that works
 * @target: whose base pointer: @v, or a vCPU that does not run
 * @mfn: the L4; 0 with @user: none
 * @user: the one for user mode
 *
 * Context: slice or sleepable.
 * Return: as pt_new_base().
 */
int pt_set_base(struct vcpu *v, struct vcpu *target, u64 mfn, bool user)
{
	int ret;

	domain_mmu_lock(v->domain);
	ret = pt_new_base(v, target, mfn, user);
	domain_mmu_unlock(v->domain);
	return ret;
}

/**
 * pt_forget_bases() - a vCPU has no page tables any more
 * @v: a vCPU that is down
 *
 * Context: sleepable.
 */
void pt_forget_bases(struct vcpu *v)
{
	unsigned int user;
	int ret;

	for (user = 0; user < 2; user++) {
		do {
			domain_mmu_lock(v->domain);
			ret = pt_drop_base(v, user);
			domain_mmu_unlock(v->domain);
			cond_resched();
		} while (ret == -ERESTART);
	}
	while (pt_undo(v) == -ERESTART)
		cond_resched();
}

static int start_once(struct vcpu *v, u64 l4_mfn, bool *pinned)
{
	int ret = 0;

	domain_mmu_lock(v->domain);
	if (!*pinned)
		ret = pt_pin(v, l4_mfn, FRAME_L4);
	if (!ret) {
		*pinned = true;
		ret = pt_new_base(v, v, l4_mfn, false);
	}
	domain_mmu_unlock(v->domain);
	return ret;
}

/**
 * pt_start_vcpu() - validate, pin and load the first page tables
 * @v: vCPU 0 of a domain under construction
 * @l4_mfn: what its builder says is the L4
 *
 * Pinned, as Xen's domain builder leaves it: stock kernels unpin it when they
 * have tables of their own.  If it fails nothing is left validated.
 *
 * Context: sleepable.
 * Return: 0, -EINTR, or a negative error: a rule is broken.
 */
int pt_start_vcpu(struct vcpu *v, u64 l4_mfn)
{
	bool pinned = false;
	int ret;

	do {
		ret = start_once(v, l4_mfn, &pinned);
		cond_resched();
		if (ret == -ERESTART && fatal_signal_pending(current))
			ret = -EINTR;
	} while (ret == -ERESTART);
	if (!ret)
		return 0;

	if (pinned) {
		domain_mmu_lock(v->domain);
		pt_unpin(v, l4_mfn);
		domain_mmu_unlock(v->domain);
	}
	while (pt_undo(v))
		cond_resched();
	if (ret != -EINTR)
		domain_set_reason(v->domain, "the initial page tables break a rule (error %d)",
				  ret);
	return ret;
}
