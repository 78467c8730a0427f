// SPDX-License-Identifier: GPL-2.0-only
/*
 * host.c: domain 0's own tasks get their share, no more and no less.
 */
#include <linux/hrtimer.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/sched.h>
#include <linux/sched/stat.h>
#include "../kmod/compat.h"
#include "sched.h"

/**
 * DOC: host
 *
 * On each pCPU domain 0 is one entity of BVT (host_entity.c), runnable while both
 * a host task and a vCPU want the pCPU.  Which of the host's tasks runs is for the
 * host's own scheduler to say; to it the pCPU's kthread is one more normal task,
 * and this file makes that task want the pCPU when it is a vCPU's turn, and no
 * longer when it is the host's:
 *
 * - Alone with the vCPUs, and domain 0 not ahead of its share: nice 0.  Who wakes
 *   preempts it, as any other.
 * - A vCPU's turn, and host tasks wait: nice -20.  They get what little the host's
 *   scheduler still gives them, and are charged for it.
 * - The host's turn: the kthread sleeps until it is over.  A timer looks more and
 *   more seldom whether the pCPU has become idle, and ends the sleep if so.
 *
 * It is never a real-time task: those of the host win always, and their budget is
 * their own.  What host tasks got is seen from how long the kthread waited for the
 * pCPU, whatever the reason, so cgroups, niceness and quotas need no model here.
 *
 * Host tasks move between pCPUs, and domain 0's entities do not.  Thus the lead of
 * one that goes idle is kept in host_lead_vt, for the next that wakes.
 *
 * rq_lock holds for struct host_turn, but for what only the kthread uses.
 */

/*
 * No higher: at nice 19 each ms counts as 68, and if the pCPU itself stood still for
 * 100 ms (a hypervisor under it), the kthread would have to wait for 7 s.
 */
#define NICE_ALONE	0
#define NICE_FIRST	MIN_NICE
#define LONG_SLICE_NS	(2 * NSEC_PER_MSEC)	/* before that, it is not worth NICE_ALONE */
#define POLL_MIN_NS	(20 * NSEC_PER_USEC)
#define POLL_MAX_NS	(500 * NSEC_PER_USEC)

static struct bvt_group host_group;
static atomic64_t host_lead_vt = ATOMIC64_INIT(0);

static struct {
	raw_spinlock_t lock;
	unsigned int version;
	struct bvt_entity_params params;
} host = {
	.lock = __RAW_SPIN_LOCK_UNLOCKED(host.lock),
	.params = {
		.weight = BVT_WEIGHT_DEFAULT, .warp = true, .warp_ns = HOST_WARP_NS,
	},
};

/**
 * sched_get_host_params() - domain 0's weight and warp
 * @params: out
 *
 * Context: any.
 */
void sched_get_host_params(struct bvt_entity_params *params)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&host.lock, flags);
	*params = host.params;
	raw_spin_unlock_irqrestore(&host.lock, flags);
}

/**
 * sched_set_host_params() - change domain 0's weight and warp, at any moment
 * @params: what each pCPU uses from its next pick on
 *
 * Context: any.
 * Return: 0; -EINVAL: out of range, nothing is changed.
 */
int sched_set_host_params(const struct bvt_entity_params *params)
{
	unsigned long flags;

	if (!bvt_params_valid(params))
		return -EINVAL;
	raw_spin_lock_irqsave(&host.lock, flags);
	host.params = *params;
	WRITE_ONCE(host.version, host.version + 1);
	raw_spin_unlock_irqrestore(&host.lock, flags);
	return 0;
}

/**
 * host_share() - what domain 0 is for bvt_cap_load()
 *
 * Context: any.
 */
struct bvt_share host_share(void)
{
	return (struct bvt_share){ READ_ONCE(host.params.weight), READ_ONCE(host_group.runnable) };
}

/**
 * host_is_entity() - is this domain 0's, not a vCPU's?
 * @e: what is in a pCPU's queue
 *
 * Context: any.
 */
bool host_is_entity(const struct bvt_entity *e)
{
	return e->group == &host_group;
}

static enum hrtimer_restart host_poll(struct hrtimer *timer)
{
	struct pcpu *p = container_of(timer, struct pcpu, host.timer);
	struct host_turn *t = &p->host;
	u64 now_ns = ktime_get_ns();

	/* No lock here: the kthread waits for this callback while it sleeps. */
	if (!is_idle_task(current) && now_ns < t->end_ns) {
		t->poll_ns = min_t(u64, 2 * t->poll_ns, POLL_MAX_NS);
		hrtimer_set_expires(timer, ns_to_ktime(min(now_ns + t->poll_ns, t->end_ns)));
		return HRTIMER_RESTART;
	}
	WRITE_ONCE(p->need_pick, true);
	wake_up_process(p->thread);
	return HRTIMER_NORESTART;
}

/**
 * host_pcpu_init() - domain 0 has an entity on this pCPU
 * @p: the pCPU, its queue set up; once
 *
 * Context: sleepable.
 */
void host_pcpu_init(struct pcpu *p)
{
	struct bvt_entity_params params;

	sched_get_host_params(&params);
	host_entity_init(&p->host.entity, &params, &host_group);
	compat_hrtimer_setup(&p->host.timer, host_poll, HRTIMER_MODE_ABS_PINNED_HARD);
}

static void take_params(struct pcpu *p, u64 now_ns)
{
	unsigned int version = READ_ONCE(host.version);
	struct bvt_entity_params params;

	if (likely(p->host.version == version))
		return;
	p->host.version = version;
	sched_get_host_params(&params);
	bvt_set_params(&p->rq, &p->host.entity.bvt, &params, now_ns);
}

/* If a host task woke now: would it have to wait, since domain 0 is ahead of its share? */
static bool host_leads(const struct pcpu *p)
{
	u64 evt_vt = (u64)atomic64_read(&host_lead_vt) - p->host.entity.bvt.warp_vt;

	return (s64)(evt_vt - READ_ONCE(p->view.svt_vt)) > 0;
}

static void wake(struct pcpu *p, u64 now_ns)
{
	struct host_entity *h = &p->host.entity;

	if (host_entity_wants(h))
		return;
	h->bvt.avt_vt = (u64)atomic64_xchg(&host_lead_vt, (s64)bvt_svt(&p->rq));
	host_entity_wake(&p->rq, h, now_ns, rq_base_vt(p));
}

static void block(struct pcpu *p, u64 now_ns)
{
	struct host_entity *h = &p->host.entity;
	s64 old_vt, avt_vt;

	if (!host_entity_wants(h))
		return;
	host_entity_block(&p->rq, h, now_ns);
	avt_vt = (s64)h->bvt.avt_vt;
	old_vt = atomic64_read(&host_lead_vt);
	while (avt_vt - old_vt > 0 && !atomic64_try_cmpxchg(&host_lead_vt, &old_vt, avt_vt))
		;
}

/**
 * host_charge() - bring domain 0's account up to date, if it has its turn
 * @p: the pCPU, rq_lock held
 * @now_ns: CLOCK_MONOTONIC
 */
void host_charge(struct pcpu *p, u64 now_ns)
{
	struct host_turn *t = &p->host;
	u64 ran_ns = now_ns - t->from_ns;

	/* Another CPU may have read its clock before it waited for the lock. */
	if (!host_entity_has_turn(&t->entity) || (s64)ran_ns <= 0)
		return;
	t->from_ns = now_ns;
	host_entity_ran(&p->rq, &t->entity, ran_ns, now_ns);
}

/* The time that the kthread had to wait for the pCPU, though it was not the host's turn. */
static void charge_delay(struct pcpu *p, u64 now_ns)
{
	struct host_turn *t = &p->host;
	u64 delay_ns = compat_run_delay_ns();
	u64 ran_ns = delay_ns - t->delay_ns;

	t->delay_ns = delay_ns;
	if (host_entity_has_turn(&t->entity) || !ran_ns)
		return;
	wake(p, now_ns);
	host_entity_ran(&p->rq, &t->entity, ran_ns, now_ns);
}

/**
 * host_pick() - bvt_pick(), after a look at what the host wants and has got
 * @p: this pCPU, rq_lock held; its kthread asks
 * @now_ns: CLOCK_MONOTONIC
 *
 * Return: the entity of a vCPU; NULL: it is the host's turn (host_has_turn()), or
 * no vCPU is runnable.
 */
struct bvt_entity *host_pick(struct pcpu *p, u64 now_ns)
{
	struct host_turn *t = &p->host;
	struct bvt_entity *next;

	take_params(p, now_ns);
	host_charge(p, now_ns);
	charge_delay(p, now_ns);
	if (!single_task_running() && p->rq.nr_runnable > host_entity_wants(&t->entity))
		wake(p, now_ns);
	else
		block(p, now_ns);
	next = host_entity_pick(&p->rq, &t->entity, now_ns);
	if (!host_has_turn(p))
		return next;
	t->from_ns = now_ns;
	t->end_ns = now_ns + min_t(u64, host_slice_ns(p, now_ns), HOST_WAIT_NS);
	return NULL;
}

/**
 * host_leave() - the kthread stops running vCPUs for now
 * @p: this pCPU, rq_lock held
 * @now_ns: CLOCK_MONOTONIC
 */
void host_leave(struct pcpu *p, u64 now_ns)
{
	host_charge(p, now_ns);
	block(p, now_ns);
}

/* How much the kthread is to mean to the host's scheduler; only itself asks. */
static void set_nice(int nice)
{
	if (task_nice(current) != nice)
		set_user_nice(current, nice);
}

/**
 * host_picked() - this pCPU's kthread is about to run a vCPU
 * @p: this pCPU
 *
 * Context: sleepable.
 */
void host_picked(struct pcpu *p)
{
	if (host_entity_wants(&p->host.entity) || host_leads(p))
		set_nice(NICE_FIRST);
}

/**
 * host_look() - after an interrupt: has what the host wants changed?
 * @p: this pCPU
 *
 * Context: slice.
 */
void host_look(struct pcpu *p)
{
	const bool wants = !single_task_running();

	if (wants != host_entity_wants(&p->host.entity))
		WRITE_ONCE(p->need_pick, true);
	else if (!wants && task_nice(current) != NICE_ALONE && !host_leads(p) &&
		 (s64)(ktime_get_ns() - READ_ONCE(p->slice_start_ns)) > LONG_SLICE_NS)
		set_nice(NICE_ALONE);
}

/**
 * host_run() - let the host have the pCPU for its turn
 * @p: this pCPU; sched_pick() found no vCPU to run
 *
 * Context: sleepable, only the pCPU's kthread.
 * Return: false: it is not the host's turn, there is just no vCPU to run; then the
 * kthread sleeps until there is, and then it must get the pCPU soon.
 */
bool host_run(struct pcpu *p)
{
	struct host_turn *t = &p->host;

	set_nice(NICE_FIRST);
	if (!host_has_turn(p))
		return false;
	rq_call_idle(p);
	t->poll_ns = POLL_MIN_NS;
	hrtimer_start(&t->timer, ns_to_ktime(min(t->from_ns + t->poll_ns, t->end_ns)),
		      HRTIMER_MODE_ABS_PINNED_HARD);
	wait_event_interruptible(p->wait, sched_has_work(p) || kthread_should_stop());
	hrtimer_cancel(&t->timer);
	return true;
}
