/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sim.h: a machine of pCPUs and domains in simulated time, for a scheduler to run.
 *
 * engine.c knows time and work, and asks a struct model who runs.  All times
 * are ns; one thing happens at a time, so nothing locks.
 */
#ifndef LODGE_SIM_H
#define LODGE_SIM_H

#include <stdio.h>
#include "bvt.h"

#define CPUS_MAX	256
#define VCPUS_MAX	(1U << 18)
#define NAME_MAX_LEN	31
#define NEVER_NS	(~0ULL)
#define US		1000ULL
#define MS		1000000ULL
#define SEC		1000000000ULL

typedef int32_t s32;

struct sim;
struct vcpu;

struct cpuset {
	u64 bits[CPUS_MAX / 64];
};

/* In the engine's heap of what comes next while pos is not 0. */
struct timer {
	u64 at_ns, seq;
	unsigned int pos;
	void (*fire)(struct sim *s, struct timer *t);
};

/**
 * struct job - what a vCPU does
 * @work_ns: it runs so long, then sleeps; 0: it runs for ever
 * @sleep_ns: it sleeps so long
 * @every_ns: it wakes each time this is over instead, counted from its start; what
 *	      it has not done by then it does first
 * @random: work and sleep are exponentially distributed with these means
 */
struct job {
	u64 work_ns, sleep_ns, every_ns;
	bool random;
};

#define HIST_SUB	32		/* steps within a factor of two: 3 % */
#define HIST_SIZE	(64 * HIST_SUB)

struct hist {
	u64 nr, max_ns;
	u32 bucket[HIST_SIZE];
};

/* A line of the workload file: so many domains that are alike. */
struct class {
	char name[NAME_MAX_LEN + 1];
	unsigned int nr_domains, nr_vcpus;	/* vCPUs of each */
	struct bvt_entity_params params;
	struct job job;
	struct cpuset affinity;
	bool later;			/* not there before an action creates it */
	struct domain *domains;
	struct hist wake;		/* from wake-up to dispatch */
	u64 wait_max_ns;		/* longest wait of all, woken or not */
	double *plot;			/* pCPUs used in each stretch of time */
	u64 plot_got_ns;
};

struct domain {
	struct class *class;
	struct bvt_entity_params params;
	struct bvt_group group;		/* for the lodge model */
	struct vcpu *vcpus;
	unsigned int nr_vcpus;
	bool alive, paused;
	u64 got_ns, window_got_ns, counted_got_ns;	/* in all, before this window, before settling */
	double ideal_ns, window_ideal_ns, counted_ideal_ns;
	double ideal_rate;		/* pCPUs that it should have now */
	double worst_whole, worst_own;	/* errors of a window: of the machine, of its share */
};

enum vcpu_state { V_DOWN, V_SLEEPS, V_READY };

/* What the models keep; each uses its own. */
struct vcpu_credit2 {
	s64 credit_ns;
	u64 runs_since_ns;
};

struct vcpu_fair {
	s64 vr, lag, deadline;		/* virtual ns at weight 1024 */
	u64 ran_ns, slice_ran_ns;
	double load;
};

struct vcpu_oldbvt {
	u32 avt;
	u64 partial_ns;			/* run since it was charged in whole MCUs */
};

struct vcpu {
	struct domain *domain;
	unsigned int cpu;		/* whose queue it is in: the model's to change */
	int last_cpu;			/* where it ran last; -1: nowhere yet */
	enum vcpu_state state;
	bool runs;			/* it is its cpu's curr */
	bool queued;			/* for the comparison models */
	struct cpuset affinity;
	u64 left_ns;			/* of this stretch of work */
	u64 release_ns;			/* with job.every_ns: when the next one is due */
	u64 ready_ns;			/* waits since */
	bool woken;			/* and had slept before */
	double bound_ns;		/* it must not wait longer: see check.c */
	u32 least_load;			/* lodge: that it was charged at since it was dispatched */
	struct timer timer;		/* to wake up */
	struct vcpu *next;		/* in a list of the model's */
	struct bvt_entity bvt;
	union {
		struct vcpu_credit2 c2;
		struct vcpu_fair fair;
		struct vcpu_oldbvt old;
	};
};

struct cpu {
	unsigned int nr;
	bool online, need_pick, kicked;
	struct vcpu *curr;
	u64 since_ns;			/* curr is charged up to here */
	u64 picked_ns;			/* when curr was dispatched */
	u64 cost_left_ns;		/* of the switch: time without work done */
	u64 end_ns;			/* of its slice */
	u64 idle_ns;
	struct timer timer;		/* end of slice or of work */
	struct timer tick;		/* the model's */
	struct cpu *next_kicked;

	/* lodge: what struct pcpu has */
	struct bvt_queue rq;
	struct bvt_view view;
	u64 balance_ns;
	unsigned int load;
	bool idle, misplaced, nudged;
	/* the others, which use load as well */
	struct vcpu *queue;
	unsigned int nr_queued;
	s64 min_vr;
	u64 balance_at_ns;
	unsigned int failed;
	u32 svt;
	u64 preempt_at_ns;
};

/**
 * struct model - a scheduler
 * @name: how users call it
 * @init: pCPUs and vCPUs are there, none is runnable
 * @vcpu_init: @v is new; choose v->cpu
 * @wake: @v became runnable; choose v->cpu; sim_kick() the pCPU that must pick
 * @block: @v is not runnable any more; if v->runs it was just taken off
 * @charge: @v, which runs, has run @ran_ns
 * @pick: who runs on @c now, where c->curr is charged and may go on; NULL: nobody
 * @slice_ns: c->curr may run so long before @pick is to be asked
 * @set_params: domain->params were changed
 * @set_affinity: v->affinity was changed, or where pCPUs are online
 * @offline: move everything away from @c, whose curr is put back (v->runs false)
 * @online: @c is online
 * @vcpu_exit: @v, which is not runnable, is gone; NULL: nothing to do
 * @check: invariants of its own, of @all vCPUs or what is cheap; NULL: none
 */
struct model {
	const char *name;
	void (*init)(struct sim *s);
	void (*vcpu_init)(struct sim *s, struct vcpu *v);
	void (*vcpu_exit)(struct sim *s, struct vcpu *v);
	void (*wake)(struct sim *s, struct vcpu *v);
	void (*block)(struct sim *s, struct vcpu *v);
	void (*charge)(struct sim *s, struct cpu *c, struct vcpu *v, u64 ran_ns);
	struct vcpu *(*pick)(struct sim *s, struct cpu *c);
	u64 (*slice_ns)(struct sim *s, struct cpu *c);
	void (*set_params)(struct sim *s, struct domain *d);
	void (*set_affinity)(struct sim *s, struct vcpu *v);
	void (*offline)(struct sim *s, struct cpu *c);
	void (*online)(struct sim *s, struct cpu *c);
	void (*check)(struct sim *s, bool all);
};

extern const struct model model_lodge, model_credit2, model_cfs, model_eevdf, model_oldbvt;

enum action_kind {
	ACT_WEIGHT, ACT_WARP, ACT_PAUSE, ACT_RESUME, ACT_DESTROY, ACT_CREATE, ACT_AFFINITY,
	ACT_ONLINE, ACT_OFFLINE,
};

/* A line "at TIME ..." of the workload file. */
struct action {
	u64 at_ns;
	enum action_kind kind;
	unsigned int class, cpu;
	struct bvt_entity_params params;
	struct cpuset affinity;
};

/* What a workload file says. */
struct workload {
	char name[64];
	unsigned int nr_cpus, nr_classes, nr_actions;
	u64 seed, time_ns, settle_ns, window_ns;
	u64 switch_ns, migrate_ns;	/* what a switch and a move cost */
	u64 late_ns;			/* timers may be so late */
	u64 allowance_ns, unit_ns;
	double storm_rate;		/* random actions per second */
	bool no_fair;			/* its share error is not to be judged */
	bool needs_all;			/* affinity, hotplug or storms: few models know them */
	struct class *classes;
	struct action *actions;
};

struct totals {
	u64 switches, migrations, decisions, wakeups;
	u64 cost_ns, cost_calls;
	u64 checks, failures;
	double worst_whole, worst_own;
	u64 busy_ns, idle_ns;
	u64 lead_max_ns;		/* lodge: largest lead over SVT beyond W, own running */
	u64 apart_max_ns;		/* lodge: largest lag of one that waits behind one that runs */
};

struct sim {
	const struct model *model;
	struct workload *w;
	u64 now_ns, begin_ns, start_ns, random;
	struct cpu *cpus;
	unsigned int nr_cpus, nr_online;
	struct domain *domains;
	unsigned int nr_domains;
	struct vcpu *vcpus;
	unsigned int nr_vcpus;
	struct timer **heap;
	unsigned int heap_len;
	u64 heap_seq;
	struct cpu *kicked, **kicked_tail;
	unsigned int next_action;
	struct timer script, storm, window, plot;
	bool check, measure, ideal_old;
	unsigned int nr_plot, plot_len;
	u64 plot_ns, ideal_since_ns;
	struct totals t;
	/* lodge */
	u64 base_ns, base_vt, cap_ns;
	unsigned int base_busy, base_online;
	u32 cap_load;
	struct bvt_share *shares;
	double sum_lead_ns, sum_weight;	/* check.c: the most that there was of both */
};

/* timer.c */
u64 sim_random(struct sim *s);
double sim_random_unit(struct sim *s);
void timer_set(struct sim *s, struct timer *t, u64 at_ns);
void timer_cancel(struct sim *s, struct timer *t);

/* world.c */
struct sim *sim_new(struct workload *w, const struct model *model);
void sim_free(struct sim *s);

/* engine.c */
void sim_run(struct sim *s);
void sim_kick(struct sim *s, struct cpu *c);
void sim_unkick(struct sim *s, struct cpu *c);
void sim_charge(struct sim *s, struct cpu *c);
void sim_rearm(struct sim *s, struct cpu *c);
void vcpu_wake(struct sim *s, struct vcpu *v);
void vcpu_stop(struct sim *s, struct vcpu *v);
void cpu_fire(struct sim *s, struct timer *t);
void wake_fire(struct sim *s, struct timer *t);

/* actions.c */
void sim_action(struct sim *s, const struct action *a);
void domain_start(struct sim *s, struct domain *d);
void domain_end(struct sim *s, struct domain *d);
void storm_init(struct sim *s);
void script_init(struct sim *s);

/* stats.c */
void stats_init(struct sim *s);
void stats_ideal(struct sim *s);
void stats_end(struct sim *s);
void hist_add(struct hist *h, u64 ns);
u64 hist_percentile(const struct hist *h, double percent);
void hist_merge(struct hist *to, const struct hist *from);

/* report.c */
void report_text(const struct sim *s, FILE *out);
void report_table_head(FILE *out);
void report_table_end(FILE *out);
void report_table_row(const struct sim *s, FILE *out);

/* plot.c */
int plot_svg(struct sim **runs, unsigned int nr, const char *path);

/* check.c */
void check_state(struct sim *s, bool all);
void check_dispatch(struct sim *s, struct vcpu *v);
void check_bound_start(struct sim *s, struct vcpu *v);
void check_changed(struct sim *s);
void check_lodge(struct sim *s, bool all);
__attribute__((format(printf, 2, 3)))
void sim_fail(struct sim *s, const char *fmt, ...);

/* workload.c */
struct workload *workload_read(FILE *file, const char *name, char *error, size_t size);
void workload_free(struct workload *w);
bool parse_time(const char *text, u64 *ns);

static inline struct cpu *cpu_of(struct sim *s, const struct vcpu *v)
{
	return &s->cpus[v->cpu];
}

static inline bool cpuset_has(const struct cpuset *set, unsigned int cpu)
{
	return set->bits[cpu / 64] >> cpu % 64 & 1;
}

static inline void cpuset_add(struct cpuset *set, unsigned int cpu)
{
	set->bits[cpu / 64] |= 1ULL << cpu % 64;
}

#endif
