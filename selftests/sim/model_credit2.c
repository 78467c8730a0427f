// SPDX-License-Identifier: GPL-2.0-only
/*
 * model_credit2.c: a simple model of Xen's credit2.
 */
#include "sim.h"

/**
 * DOC: simulated-credit2
 *
 * Xen 4.17 with its defaults, from its documentation and its numbers: up to 16
 * pCPUs share a queue.  Credit burns with the time run, faster for light weights;
 * who has most of it runs.  When the next one has none left all get 10 ms more,
 * at most 10 ms in all.  One may run at least 1 ms, and at most 10 ms.  A vCPU that
 * was on another pCPU needs 0.5 ms more credit to take over here.
 *
 * Left out: caps, soft affinity, and load averages (the present number of
 * runnable vCPUs stands for them when queues are balanced).
 */

#define QUEUE_CPUS	16
#define CREDIT_NS	((s64)(10 * MS))
#define RESIST_NS	((s64)(500 * US))
#define MOVE_NS		((s64)(50 * US))
#define LEAST_NS	MS		/* rate limit */

static struct cpu *queue_of(struct sim *s, unsigned int cpu)
{
	return &s->cpus[cpu - cpu % QUEUE_CPUS];
}

static unsigned int queue_end(const struct sim *s, const struct cpu *q)
{
	return q->nr + QUEUE_CPUS < s->nr_cpus ? q->nr + QUEUE_CPUS : s->nr_cpus;
}

static void enqueue(struct cpu *q, struct vcpu *v)
{
	v->next = q->queue;
	q->queue = v;
	q->nr_queued++;
	v->queued = true;
}

static void dequeue(struct cpu *q, struct vcpu *v)
{
	struct vcpu **link = &q->queue;

	while (*link != v)
		link = &(*link)->next;
	*link = v->next;
	q->nr_queued--;
	v->queued = false;
}

static void c2_init(struct sim *s)
{
	(void)s;
}

/* The queue with the fewest vCPUs for its pCPUs; c->load counts all of them. */
static void c2_vcpu_init(struct sim *s, struct vcpu *v)
{
	struct cpu *best = s->cpus, *q;
	unsigned int i;

	for (i = 0; i < s->nr_cpus; i += QUEUE_CPUS) {
		q = &s->cpus[i];
		if (q->load * (queue_end(s, best) - best->nr) <
		    best->load * (queue_end(s, q) - q->nr))
			best = q;
	}
	v->cpu = best->nr + best->load % (queue_end(s, best) - best->nr);
	best->load++;
	v->c2 = (struct vcpu_credit2){ .credit_ns = CREDIT_NS };
}

static void c2_vcpu_exit(struct sim *s, struct vcpu *v)
{
	queue_of(s, v->cpu)->load--;
}

static u32 max_weight(struct sim *s, const struct cpu *q)
{
	u32 max = 1;
	unsigned int i;

	for (i = 0; i < s->nr_domains; i++) {
		const struct domain *d = &s->domains[i];

		if (d->alive && d->params.weight > max && queue_of(s, d->vcpus[0].cpu) == q)
			max = d->params.weight;
	}
	return max;
}

static void c2_charge(struct sim *s, struct cpu *c, struct vcpu *v, u64 ran_ns)
{
	struct cpu *q = queue_of(s, c->nr);

	/* The greatest weight is looked up now and then: with many domains that is slow. */
	if (!q->svt || s->now_ns >= q->balance_at_ns) {
		q->svt = max_weight(s, q);
		q->balance_at_ns = s->now_ns + MS;
	}
	v->c2.credit_ns -= (s64)(ran_ns * q->svt / v->domain->params.weight);
	if (v->c2.credit_ns < -CREDIT_NS)
		v->c2.credit_ns = -CREDIT_NS;
}

static void tickle(struct sim *s, struct vcpu *v)
{
	struct cpu *q = queue_of(s, v->cpu), *best = NULL, *c = cpu_of(s, v);
	s64 score, best_score = 0;
	unsigned int i;

	if (!c->curr) {
		sim_kick(s, c);
		return;
	}
	for (i = q->nr; i < queue_end(s, q); i++) {
		c = &s->cpus[i];
		if (!c->curr) {
			if (c->need_pick)
				continue;
			sim_kick(s, c);
			return;
		}
		if (s->now_ns - c->picked_ns < LEAST_NS)
			continue;
		sim_charge(s, c);
		score = v->c2.credit_ns - c->curr->c2.credit_ns - (i == v->cpu ? 0 : RESIST_NS);
		if (score > best_score) {
			best_score = score;
			best = c;
		}
	}
	if (best)
		sim_kick(s, best);
}

static void c2_wake(struct sim *s, struct vcpu *v)
{
	enqueue(queue_of(s, v->cpu), v);
	tickle(s, v);
}

static void c2_block(struct sim *s, struct vcpu *v)
{
	if (v->queued)
		dequeue(queue_of(s, v->cpu), v);
}

static void reset_credit(struct sim *s, const struct cpu *q, const struct vcpu *next)
{
	s64 more = next->c2.credit_ns <= -CREDIT_NS ? 2 * CREDIT_NS : CREDIT_NS;
	unsigned int i;

	for (i = q->nr; i < queue_end(s, q); i++)
		sim_charge(s, &s->cpus[i]);
	for (i = 0; i < s->nr_vcpus; i++) {
		struct vcpu *v = &s->vcpus[i];

		if (!v->domain->alive || queue_of(s, v->cpu) != q)
			continue;
		v->c2.credit_ns += more;
		if (v->c2.credit_ns > CREDIT_NS)
			v->c2.credit_ns = CREDIT_NS;
	}
}

static double queue_load(struct sim *s, const struct cpu *q)
{
	unsigned int i, runs = 0;

	for (i = q->nr; i < queue_end(s, q); i++)
		runs += s->cpus[i].curr != NULL;
	return (double)(q->nr_queued + runs) / (queue_end(s, q) - q->nr);
}

/* Push one vCPU to the queue with the least load, if it is an eighth less. */
static void balance(struct sim *s, struct cpu *q)
{
	double own = queue_load(s, q), load, least = own;
	struct cpu *to = NULL;
	struct vcpu *v = q->queue;
	unsigned int i;

	for (i = 0; i < s->nr_cpus; i += QUEUE_CPUS) {
		load = queue_load(s, &s->cpus[i]);
		if (load < least) {
			least = load;
			to = &s->cpus[i];
		}
	}
	if (!to || !v || own - least < own / 8 || own - least < 1.0 / QUEUE_CPUS)
		return;
	dequeue(q, v);
	q->load--;
	to->load++;
	v->cpu = to->nr + (unsigned int)(sim_random(s) % (queue_end(s, to) - to->nr));
	enqueue(to, v);
	tickle(s, v);
}

static struct vcpu *candidate(const struct cpu *q, const struct cpu *c)
{
	s64 best_ns = c->curr ? c->curr->c2.credit_ns : -2 * CREDIT_NS, need_ns;
	struct vcpu *best = c->curr, *v;

	if (c->curr && c->since_ns - c->picked_ns < LEAST_NS)
		return best;
	for (v = q->queue; v; v = v->next) {
		need_ns = best && v->cpu != c->nr ? best_ns + RESIST_NS : best_ns;
		if (v->c2.credit_ns <= need_ns)
			continue;
		best_ns = v->c2.credit_ns;
		best = v;
	}
	return best;
}

static struct vcpu *c2_pick(struct sim *s, struct cpu *c)
{
	struct cpu *q = queue_of(s, c->nr);
	struct vcpu *next = candidate(q, c);

	if (next && next != c->curr) {
		dequeue(q, next);
		if (c->curr)
			enqueue(q, c->curr);
		if (next->cpu != c->nr)
			next->c2.credit_ns += MOVE_NS;
		next->cpu = c->nr;
	}
	if (next && next->c2.credit_ns <= 0) {
		reset_credit(s, q, next);
		balance(s, q);
	}
	return next;
}

static u64 c2_slice_ns(struct sim *s, struct cpu *c)
{
	const struct cpu *q = queue_of(s, c->nr);
	s64 run_ns = c->curr->c2.credit_ns, wait_ns = 0;
	const struct vcpu *v;

	for (v = q->queue; v; v = v->next)
		if (v->c2.credit_ns > wait_ns)
			wait_ns = v->c2.credit_ns;
	run_ns = (run_ns - wait_ns) * c->curr->domain->params.weight / (s64)(q->svt ? q->svt : 1);
	if (run_ns < (s64)LEAST_NS)
		return LEAST_NS;
	return run_ns > CREDIT_NS ? CREDIT_NS : (u64)run_ns;
}

static void c2_set_params(struct sim *s, struct domain *d)
{
	(void)s;
	(void)d;
}

const struct model model_credit2 = {
	.name = "credit2",
	.init = c2_init,
	.vcpu_init = c2_vcpu_init,
	.vcpu_exit = c2_vcpu_exit,
	.wake = c2_wake,
	.block = c2_block,
	.charge = c2_charge,
	.pick = c2_pick,
	.slice_ns = c2_slice_ns,
	.set_params = c2_set_params,
};
