/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sched.h: what the files around bvt.c share; nobody else includes it.
 */
#ifndef LODGE_SCHED_H
#define LODGE_SCHED_H

#include "../kmod/lodge.h"

struct pcpu *vcpu_rq_lock(struct vcpu *v, unsigned long *flags) __acquires(rq_lock);
void rq_charge(struct pcpu *p, u64 now_ns);
bool rq_repick(struct pcpu *p, u64 now_ns);
void rq_tell_waiters(void);
extern wait_queue_head_t rq_wait;

/* Say what others may see of a queue that has changed; rq_lock held. */
static inline void rq_publish(struct pcpu *p, u64 now_ns)
{
	bvt_publish(&p->rq, &p->view, now_ns);
}

/* place.c */
void rq_lock_two(struct pcpu *a, struct pcpu *b) __acquires(rq_lock) __acquires(rq_lock);
void rq_unlock_two(struct pcpu *a, struct pcpu *b) __releases(rq_lock) __releases(rq_lock);
bool rq_move_locked(struct pcpu *from, struct pcpu *to, struct vcpu *v);
struct pcpu *rq_choose(const struct cpumask *affinity);
bool rq_move_one(struct pcpu *p, struct vcpu *(*which)(struct pcpu *p));

/* params.c */
void rq_take_system(struct pcpu *p);

/* affinity.c */
void rq_check_affinity(struct pcpu *p);
void rq_move_misplaced(struct pcpu *p);

/* host.c */
static inline bool host_has_turn(const struct pcpu *p)
{
	return host_entity_has_turn(&p->host.entity);
}

static inline u64 host_slice_ns(const struct pcpu *p, u64 now_ns)
{
	return host_entity_slice_ns(&p->rq, &p->host.entity, now_ns);
}

bool host_is_entity(const struct bvt_entity *e);
void host_pcpu_init(struct pcpu *p);
void host_charge(struct pcpu *p, u64 now_ns);
struct bvt_entity *host_pick(struct pcpu *p, u64 now_ns);
void host_picked(struct pcpu *p);
void host_leave(struct pcpu *p, u64 now_ns);
struct bvt_share host_share(void);

/* spread.c */
void rq_refresh_base(void);
u64 rq_base_vt(const struct pcpu *p);
void rq_pull(struct pcpu *p, u64 now_ns);
bool rq_rest(struct pcpu *p);
void rq_picked(struct pcpu *p);
void rq_gone(struct pcpu *p);
void rq_call_idle(struct pcpu *p);
void rq_nudge(struct pcpu *p, u64 now_ns);
void rq_look_at_weights(u64 now_ns);
u32 rq_cap_load(void);
u64 rq_slice_ns(const struct pcpu *p, u64 now_ns);

#endif
