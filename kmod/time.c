// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: A guest's time
 *
 * System time is the host's CLOCK_MONOTONIC less the domain's epoch.  The
 * guest computes it from an anchor (TSC, nanoseconds, rate) in its vcpu_info.
 * The rate is measured on each pCPU against the host's clock, so that neither NTP
 * nor a badly calibrated TSC makes the two drift.
 *
 * All vCPUs of a domain have the same anchor, so that no clock is behind what
 * another vCPU has read.  It is renewed a few times a second, by whoever comes
 * first, while none of them is in the guest:
 *
 *	clock_gen becomes odd: no vCPU is entered whose own clock_gen is another
 *	an IPI: those that were inside have come out
 *	the new anchor starts where the old one has got to; if that is ahead of
 *	true time the rate is lowered
 *	clock_gen is even again: each vCPU takes the anchor before its next entry
 *
 * This needs TSCs that agree.  Linux calls them unstable on mere suspicion, so we
 * look ourselves: those of the pCPUs that answer must lie between the question
 * and the last answer.  Once they do not, each vCPU has anchors of its own, which
 * never make its clock go back; across vCPUs it is the guest kernel that takes
 * care then (PVCLOCK_TSC_STABLE_BIT is not set).
 *
 * Timers and runstate are in timer.c and runstate.c.
 */
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/percpu.h>
#include <asm/tsc.h>
#include "clock_rate.h"
#include "lodge.h"
#include "time.h"
#include "../hypercall/hypercall.h"

#define MEASURE_NS	NSEC_PER_SEC		/* rate measured over at least this */
#define RENEW_MS	2			/* a vCPU's own anchor younger than this stays */
#define RENEW_COMMON_MS	250			/* a domain's */
#define WALLCLOCK_NS	NSEC_PER_MSEC		/* a step worth telling the guest */

/* What a pCPU knows about its TSC; used with IRQs off. */
struct tsc_rate {
	u64 tsc, ns;			/* where the measurement began */
	struct clock_rate rate;		/* mul 0: nothing yet */
};

static DEFINE_PER_CPU(struct tsc_rate, tsc_rate);
static bool tsc_differs;		/* seen: the TSC is not one clock on this host */

/**
 * domain_system_time() - nanoseconds since the domain's epoch
 * @d: the domain
 *
 * Context: any.
 */
u64 domain_system_time(const struct domain *d)
{
	return ktime_get_ns() - d->time_epoch_ns;
}

/* IRQs off. Anything between the two readings makes time seem late, never early. */
static void read_clocks(u64 *tsc, u64 *ns)
{
	u64 limit = tsc_khz / 100, after;	/* 10 us */
	unsigned int tries = 3;

	do {
		*tsc = rdtsc_ordered();
		*ns = ktime_get_ns();
		after = rdtsc_ordered();
	} while (after - *tsc > limit && --tries);
}

/* Measure this pCPU's TSC against the host's clock. Return: was it time to? */
static bool rate_measure(struct tsc_rate *r, u64 tsc, u64 ns)
{
	const bool can = r->rate.mul && tsc > r->tsc;

	if (can && ns - r->ns < MEASURE_NS)
		return false;
	if (can && clock_plausible(ns - r->ns, tsc - r->tsc, tsc_khz))
		r->rate = clock_rate_of(ns - r->ns, tsc - r->tsc);
	else
		r->rate = clock_rate_of(NSEC_PER_MSEC, tsc_khz);
	r->tsc = tsc;
	r->ns = ns;
	return true;
}

/* What the guest reads at @tsc from its present anchor; time_lock held. */
static u64 clock_at(const struct vcpu_clock *c, u64 tsc)
{
	return c->system_ns + (tsc > c->tsc ? clock_scale(tsc - c->tsc, c->mul, c->shift) : 0);
}

/* The least that a new anchor may say. */
static u64 clock_floor(const struct vcpu_clock *c, u64 tsc, u64 now_ns)
{
	u64 seen_ns;

	if (!c->mul)
		return 0;
	/* TSCs that differ: on another pCPU the old anchor says nothing. */
	if (c->cpu != smp_processor_id() && check_tsc_unstable())
		return now_ns + c->ahead_ns;
	seen_ns = clock_at(c, tsc);
	/* The TSC went on while the host was suspended, the guest did not. */
	if (seen_ns > now_ns + NSEC_PER_SEC)
		return max(c->system_ns, now_ns);
	return seen_ns;
}

/* time_lock held: the version protocol of asm/pvclock-abi.h. */
static void clock_write(struct pvclock_vcpu_time_info *t, const struct vcpu_clock *c)
{
	WRITE_ONCE(t->version, c->version - 1);
	smp_wmb();
	WRITE_ONCE(t->tsc_timestamp, c->tsc);
	WRITE_ONCE(t->system_time, c->system_ns);
	WRITE_ONCE(t->tsc_to_system_mul, c->mul);
	WRITE_ONCE(t->tsc_shift, c->shift);
	WRITE_ONCE(t->flags, 0);
	smp_wmb();
	WRITE_ONCE(t->version, c->version);
}

/**
 * time_is_current() - has a pCPU's thread picked this vCPU to run?
 * @v: the vCPU
 *
 * Context: any.
 */
bool time_is_current(const struct vcpu *v)
{
	const struct pcpu *p = READ_ONCE(v->pcpu);

	return p && READ_ONCE(p->current_vcpu) == v;
}

/**
 * time_copy_out() - write to an area that the guest's kernel has registered
 * @v: the current vCPU, in any mode
 * @gva: guest virtual address
 * @src: host buffer
 * @len: bytes
 *
 * The area is the kernel's, mapped in its tables and not in user mode's.
 *
 * Context: slice.
 * Return: 0 or -EFAULT.
 */
int time_copy_out(struct vcpu *v, u64 gva, const void *src, size_t len)
{
	const u32 flags = v->page->flags;
	int ret;

	v->page->flags = flags | VCPU_KERNEL_MODE;
	ret = copy_to_guest(v, gva, src, len);
	v->page->flags = flags;
	return ret;
}

/* The second copy that a guest can ask for, by virtual address. */
static void clock_copy_secondary(struct vcpu *v, const struct vcpu_clock *c)
{
	struct pvclock_vcpu_time_info t = { .version = c->version - 1 };
	const u64 gva = v->time_gva;

	/* Unmapped: the guest's own loss, as on Xen. */
	if (time_copy_out(v, gva, &t.version, sizeof(t.version)))
		return;
	smp_wmb();
	t.tsc_timestamp = c->tsc;
	t.system_time = c->system_ns;
	t.tsc_to_system_mul = c->mul;
	t.tsc_shift = c->shift;
	if (time_copy_out(v, gva, &t, sizeof(t)))
		return;
	smp_wmb();
	t.version++;
	time_copy_out(v, gva, &t.version, sizeof(t.version));
}

static void wallclock_check(struct domain *d)
{
	s64 epoch_ns = ktime_get_real_ns() - domain_system_time(d);

	if (abs(epoch_ns - d->wc_epoch_ns) > WALLCLOCK_NS)
		time_update_wallclock(d);
}

/* A new anchor; copied to @anchor for what is written without the lock. */
static bool clock_renew(struct vcpu *v, struct vcpu_clock *anchor)
{
	struct vcpu_clock *c = &v->clock;
	struct tsc_rate *r;
	unsigned long flags;
	u64 tsc, now_ns;
	bool measured;

	raw_spin_lock_irqsave(&v->time_lock, flags);
	r = this_cpu_ptr(&tsc_rate);
	read_clocks(&tsc, &now_ns);
	measured = rate_measure(r, tsc, now_ns);
	now_ns -= v->domain->time_epoch_ns;

	c->system_ns = max(now_ns, clock_floor(c, tsc, now_ns));
	c->ahead_ns = c->system_ns - now_ns;
	c->tsc = tsc;
	c->mul = clock_slewed(r->rate.mul, c->ahead_ns);
	c->shift = r->rate.shift;
	c->cpu = smp_processor_id();
	c->version += 2;
	clock_write(&READ_ONCE(v->info)->time, c);
	*anchor = *c;
	raw_spin_unlock_irqrestore(&v->time_lock, flags);
	return measured;
}

/* ---- the clock that all vCPUs of a domain have in common ---- */

struct tsc_question {
	u64 asked;
	atomic64_t latest;	/* answer */
	bool early;		/* an answer was before the question */
};

static void tsc_answer(void *data)
{
	struct tsc_question *q = data;
	u64 tsc = rdtsc_ordered();
	s64 latest = atomic64_read(&q->latest);

	if (tsc < q->asked)
		WRITE_ONCE(q->early, true);
	while ((u64)latest < tsc && !atomic64_try_cmpxchg(&q->latest, &latest, tsc))
		;
}

/* Bring all vCPUs of the domain out of the guest, and see whether TSCs agree. */
static void clock_stop_all(struct domain *d)
{
	struct tsc_question q = { .latest = ATOMIC64_INIT(0) };

	lockdep_assert_irqs_enabled();
	q.asked = rdtsc_ordered();
	smp_call_function_many(d->running_on, tsc_answer, &q, true);
	if ((q.early || (u64)atomic64_read(&q.latest) > rdtsc_ordered()) &&
	    !xchg(&tsc_differs, true))
		pr_notice("TSCs of different CPUs differ: the vCPUs of a domain may, too\n");
}

/* clock_gen is odd, and ours. */
static void clock_new_anchor(struct domain *d)
{
	struct vcpu_clock *c = &d->clock;
	struct tsc_rate *r;
	unsigned long flags;
	u64 tsc, now_ns, seen_ns;
	bool measured;

	local_irq_save(flags);
	r = this_cpu_ptr(&tsc_rate);
	read_clocks(&tsc, &now_ns);
	measured = rate_measure(r, tsc, now_ns);
	c->shift = r->rate.shift;
	now_ns -= d->time_epoch_ns;
	seen_ns = c->mul ? clock_at(c, tsc) : 0;
	/* The TSC went on while the host was suspended, the guest did not. */
	if (seen_ns > now_ns + NSEC_PER_SEC)
		seen_ns = c->system_ns;
	c->system_ns = max(now_ns, seen_ns);
	c->ahead_ns = c->system_ns - now_ns;
	c->tsc = tsc;
	c->mul = clock_slewed_over(r->rate.mul, c->ahead_ns, RENEW_COMMON_MS * NSEC_PER_MSEC);
	c->cpu = smp_processor_id();
	local_irq_restore(flags);
	if (measured)
		wallclock_check(d);
}

static void clock_renew_common(struct domain *d)
{
	u32 gen = READ_ONCE(d->clock_gen);

	/* The barrier pairs with vcpu_run(): either we see it, or it sees gen + 1. */
	if ((gen & 1) || cmpxchg(&d->clock_gen, gen, gen + 1) != gen)
		return;
	clock_stop_all(d);
	clock_new_anchor(d);
	smp_store_release(&d->clock_gen, gen + 2);
}

/* Return: false if it is being changed right now. */
static bool clock_take(struct vcpu *v, struct vcpu_clock *anchor)
{
	struct domain *d = v->domain;
	unsigned long flags;
	u32 gen = smp_load_acquire(&d->clock_gen);

	if (gen & 1)
		return false;
	*anchor = d->clock;
	smp_rmb();
	if (READ_ONCE(d->clock_gen) != gen)
		return false;
	raw_spin_lock_irqsave(&v->time_lock, flags);
	anchor->version = v->clock.version + 2;
	v->clock = *anchor;
	clock_write(&READ_ONCE(v->info)->time, anchor);
	WRITE_ONCE(v->clock_gen, gen);
	raw_spin_unlock_irqrestore(&v->time_lock, flags);
	return true;
}

static void clock_update(struct vcpu *v, struct vcpu_clock *anchor)
{
	if (READ_ONCE(tsc_differs)) {
		bool measured = clock_renew(v, anchor);

		WRITE_ONCE(v->clock_gen, READ_ONCE(v->domain->clock_gen) & ~1U);
		if (measured && !v->id)
			wallclock_check(v->domain);
		return;
	}
	/* Whoever changes it has preemption off, and waits for nobody but our IPI. */
	while (!clock_take(v, anchor))
		cpu_relax();
}

/**
 * time_update_down() - set the clock of a vCPU that is down
 * @v: the vCPU; somebody else's call has moved its vcpu_info
 *
 * Context: slice or sleepable.
 */
void time_update_down(struct vcpu *v)
{
	struct vcpu_clock anchor;

	clock_update(v, &anchor);
}

/**
 * time_update_soon() - a vCPU takes the domain's anchor anew before its next entry
 * @v: the vCPU, not the caller's own
 *
 * It has registered a second copy, say; that is written by itself alone.
 *
 * Context: any.
 */
void time_update_soon(struct vcpu *v)
{
	/* Even, so it is not the one that is being made either. */
	WRITE_ONCE(v->clock_gen, (READ_ONCE(v->domain->clock_gen) & ~1U) - 2);
}

/**
 * time_update_now() - renew the clock, and the second copy if there is one
 * @v: the current vCPU
 *
 * Context: slice.
 */
void time_update_now(struct vcpu *v)
{
	struct vcpu_clock anchor;

	clock_update(v, &anchor);
	if (v->time_gva)
		clock_copy_secondary(v, &anchor);
}

/**
 * time_update() - renew a vCPU's clock if it is time to
 * @v: the current vCPU
 *
 * Called when a slice begins, after interrupts, and when the domain's anchor has
 * changed; cheap if there is nothing to do.
 *
 * Context: slice.
 */
void time_update(struct vcpu *v)
{
	const struct vcpu_clock *c = &v->clock;
	struct domain *d = v->domain;

	if (unlikely(READ_ONCE(tsc_differs))) {
		if (c->mul && c->cpu == smp_processor_id() && time_entry_ok(v) &&
		    rdtsc() - c->tsc < (u64)RENEW_MS * tsc_khz)
			return;
		time_update_now(v);
		return;
	}
	if (!d->clock.mul || rdtsc() - READ_ONCE(d->clock.tsc) >= (u64)RENEW_COMMON_MS * tsc_khz)
		clock_renew_common(d);
	if (!time_entry_ok(v) && !(READ_ONCE(d->clock_gen) & 1))
		time_update_now(v);
}

/**
 * time_vcpu_now() - the system time that a vCPU reads now
 * @v: the vCPU, time_lock held
 *
 * Context: any.
 */
u64 time_vcpu_now(const struct vcpu *v)
{
	return clock_at(&v->clock, rdtsc_ordered());
}

/**
 * time_update_wallclock() - tell a domain what time of day its epoch was
 * @d: the domain; nobody else calls this for it at the same time
 *
 * Called when the domain is made, and by vCPU 0 after the host's clock was set.
 *
 * Context: any.
 */
void time_update_wallclock(struct domain *d)
{
	struct shared_info *s = d->shared_info;
	s64 epoch_ns = ktime_get_real_ns() - domain_system_time(d);
	s32 nsec;
	s64 sec = div_s64_rem(epoch_ns, NSEC_PER_SEC, &nsec);

	d->wc_epoch_ns = epoch_ns;
	d->wc_version += 2;
	WRITE_ONCE(s->wc.version, d->wc_version - 1);
	smp_wmb();
	WRITE_ONCE(s->wc.sec, (u32)sec);
	WRITE_ONCE(s->wc_sec_hi, (u32)(sec >> 32));
	WRITE_ONCE(s->wc.nsec, nsec);
	smp_wmb();
	WRITE_ONCE(s->wc.version, d->wc_version);
}
