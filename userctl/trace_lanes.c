// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: Lanes
 *
 * Walks the events once and keeps, for each pCPU, who has it, and for each vCPU,
 * what it does.  What was before a lane's first event follows from that event; a
 * vCPU without any has done one thing all the time, which netlink told.
 *
 * A pCPU in a slice is the vCPU's; else it is whatever task the host's scheduler
 * says: the host has also what the module's own thread does between slices.
 */
#include <stdlib.h>
#include <string.h>

#include "trace.h"

/* ---- lanes and segments ---- */

static int lane_order(const void *a, const void *b)
{
	const struct trace_lane *x = a, *y = b;

	if (x->is_pcpu != y->is_pcpu)
		return x->is_pcpu ? -1 : 1;
	if (x->is_pcpu)
		return (int)x->pcpu - y->pcpu;
	return x->domid != y->domid ? (int)x->domid - y->domid : (int)x->vcpu - y->vcpu;
}

static struct trace_lane *find_vcpu(struct trace_lanes *l, uint16_t domid, uint16_t vcpu)
{
	struct trace_lane key = { .domid = domid, .vcpu = vcpu };

	return bsearch(&key, l->lanes, l->nr, sizeof(key), lane_order);
}

static int no_memory(struct errbuf *e)
{
	return fail(e, "no memory for the lanes; free some, or trace for a shorter time");
}

/* From @ts_ns on the lane is used as @next says; the last segment is open. */
static int change(struct trace_lane *lane, uint64_t ts_ns, const struct trace_segment *next,
		  struct errbuf *e)
{
	struct trace_segment *last = lane->nr ? &lane->segments[lane->nr - 1] : NULL;
	struct trace_segment *more;

	if (last && last->use == next->use && last->domid == next->domid &&
	    last->vcpu == next->vcpu && last->pcpu == next->pcpu && last->task == next->task &&
	    last->warped == next->warped)
		return 0;
	if (last && last->start_ns == ts_ns) {
		lane->nr--;		/* it lasted no time */
		return change(lane, ts_ns, next, e);
	}
	if (last)
		last->end_ns = ts_ns;
	if (lane->nr == lane->room) {
		lane->room = lane->room ? 2 * lane->room : 16;
		more = realloc(lane->segments, lane->room * sizeof(*more));
		if (!more)
			return no_memory(e);
		lane->segments = more;
	}
	lane->segments[lane->nr] = *next;
	lane->segments[lane->nr++].start_ns = ts_ns;
	return 0;
}

/* What was before the first event that tells. */
static int begin(struct trace_lanes *l, struct trace_lane *lane, struct trace_segment before,
		 struct errbuf *e)
{
	return lane->nr ? 0 : change(lane, l->trace->begin_ns, &before, e);
}

/* ---- pCPUs ---- */

static struct trace_segment host_has(uint32_t task)
{
	return (struct trace_segment){ .use = task ? USE_HOST : USE_IDLE, .task = task };
}

/*
 * @task: what the host's scheduler runs on this pCPU now, the module's thread
 * while there is a slice.
 */
static int pcpu_event(struct trace_lanes *l, struct trace_lane *lane, uint32_t *task,
		      const struct trace_event *ev, struct errbuf *e)
{
	const struct trace_segment runs = {
		.use = USE_RUNS, .domid = ev->domid, .vcpu = ev->vcpu,
	};
	struct trace_segment now;

	switch (ev->kind) {
	case TRACE_RUN:
		return begin(l, lane, host_has(*task), e) || change(lane, ev->ts_ns, &runs, e);
	case TRACE_LEAVE:
		now = host_has(*task);
		return begin(l, lane, runs, e) || change(lane, ev->ts_ns, &now, e);
	case TRACE_TASK:
		*task = ev->code;
		now = host_has(*task);
		return begin(l, lane, host_has(ev->prev), e) || change(lane, ev->ts_ns, &now, e);
	}
	return 0;
}

/* ---- vCPUs ---- */

static enum trace_use use_of(uint8_t state)
{
	switch (state) {
	case TRACE_RUNNABLE: return USE_WAITS;
	case TRACE_BLOCKED: return USE_BLOCKED;
	default: return USE_OFF;
	}
}

static int keep_wait(struct trace_lane *lane, uint64_t ns, struct errbuf *e)
{
	uint64_t *more;

	if (lane->nr_waits == lane->waits_room) {
		lane->waits_room = lane->waits_room ? 2 * lane->waits_room : 16;
		more = realloc(lane->waits_ns, lane->waits_room * sizeof(*more));
		if (!more)
			return no_memory(e);
		lane->waits_ns = more;
	}
	lane->waits_ns[lane->nr_waits++] = ns;
	return 0;
}

static enum trace_use use_now(const struct trace_lane *lane)
{
	return lane->nr ? lane->segments[lane->nr - 1].use : USE_OFF;
}

static int starts_to_run(struct trace_lane *lane, const struct trace_event *ev, struct errbuf *e)
{
	lane->runs++;
	if (lane->woken_ns) {
		if (keep_wait(lane, ev->ts_ns - lane->woken_ns, e))
			return -1;
		lane->woken_ns = 0;
	}
	return change(lane, ev->ts_ns, &(struct trace_segment){
		.use = USE_RUNS, .pcpu = ev->pcpu, .warped = ev->warped }, e);
}

/* Its warp changed, or its state to something else than running. */
static int becomes(struct trace_lane *lane, uint64_t ts_ns, enum trace_use use, struct errbuf *e)
{
	struct trace_segment now = { .use = use, .warped = lane->warped };

	if (use == use_now(lane) && lane->nr) {
		now = lane->segments[lane->nr - 1];
		now.warped = lane->warped;
	}
	return change(lane, ts_ns, &now, e);
}

static int vcpu_event(struct trace_lanes *l, struct trace_lane *lane,
		      const struct trace_event *ev, struct errbuf *e)
{
	const enum trace_use use = use_of(ev->state);
	struct trace_segment before = { .use = USE_WAITS, .warped = ev->warped };

	if (ev->kind != TRACE_MIGRATE && ev->kind != TRACE_EXIT)
		lane->warped = ev->warped;
	switch (ev->kind) {
	case TRACE_RUN:
		return begin(l, lane, before, e) || starts_to_run(lane, ev, e);
	case TRACE_LEAVE:
		before.use = USE_RUNS;
		before.pcpu = ev->pcpu;
		return begin(l, lane, before, e) || becomes(lane, ev->ts_ns, use, e);
	case TRACE_WAKE:
		before.use = USE_BLOCKED;
		if (begin(l, lane, before, e))
			return -1;
		/* It blocked and woke within one slice: it does not wait. */
		if (use_now(lane) == USE_RUNS)
			return 0;
		lane->wakes++;
		lane->woken_ns = ev->ts_ns;
		return becomes(lane, ev->ts_ns, USE_WAITS, e);
	case TRACE_BLOCK:
		lane->woken_ns = 0;
		if (begin(l, lane, before, e))
			return -1;
		/* It runs until it leaves, which tells the state again. */
		return use_now(lane) == USE_RUNS ? 0 : becomes(lane, ev->ts_ns, use, e);
	case TRACE_WARP:
		before.warped = !ev->warped;
		return begin(l, lane, before, e) || becomes(lane, ev->ts_ns, use_now(lane), e);
	case TRACE_MIGRATE:
		lane->migrations++;
		before.use = use;
		before.warped = lane->warped;
		return begin(l, lane, before, e);
	}
	return 0;
}

/* ---- all of it ---- */

static bool tells_of_vcpu(const struct trace_event *ev)
{
	return ev->kind != TRACE_TASK && ev->kind != TRACE_SWITCH;
}

static int make_lanes(struct trace_lanes *l, int only_domid, struct errbuf *e)
{
	const struct trace *t = l->trace;

	l->lanes = calloc(t->nr_pcpus + t->nr_vcpus, sizeof(*l->lanes));
	if (!l->lanes)
		return no_memory(e);
	l->nr_pcpus = t->nr_pcpus;
	for (unsigned int i = 0; i < t->nr_pcpus; i++)
		l->lanes[l->nr++] = (struct trace_lane){ .is_pcpu = true, .pcpu = i };
	for (size_t i = 0; i < t->nr_vcpus; i++)
		if (only_domid < 0 || t->vcpus[i].domid == only_domid)
			l->lanes[l->nr++] = (struct trace_lane){
				.domid = t->vcpus[i].domid, .vcpu = t->vcpus[i].vcpu };
	qsort(l->lanes, l->nr, sizeof(*l->lanes), lane_order);
	return 0;
}

/* What the host ran on each pCPU when the trace began: the first change tells. */
static void first_tasks(const struct trace *t, uint32_t *tasks)
{
	for (size_t i = t->nr_events; i-- > 0;)
		if (t->events[i].kind == TRACE_TASK && t->events[i].pcpu < t->nr_pcpus)
			tasks[t->events[i].pcpu] = t->events[i].prev;
}

static int by_value(const void *a, const void *b)
{
	const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static int finish(struct trace_lanes *l, struct trace_lane *lane, struct errbuf *e)
{
	const struct trace *t = l->trace;
	struct trace_segment all = { .use = USE_IDLE };

	if (!lane->is_pcpu)
		for (size_t i = 0; i < t->nr_vcpus; i++)
			if (t->vcpus[i].domid == lane->domid && t->vcpus[i].vcpu == lane->vcpu)
				all.use = use_of(t->vcpus[i].state);
	if (begin(l, lane, all, e))
		return -1;
	lane->segments[lane->nr - 1].end_ns = t->end_ns;
	for (size_t i = 0; i < lane->nr; i++)
		lane->use_ns[lane->segments[i].use] +=
			lane->segments[i].end_ns - lane->segments[i].start_ns;
	if (lane->nr_waits)
		qsort(lane->waits_ns, lane->nr_waits, sizeof(*lane->waits_ns), by_value);
	return 0;
}

/**
 * trace_lanes_make() - who had each pCPU, and what each vCPU did
 * @l: filled; trace_lanes_free() in any case
 * @t: sorted, its events between begin_ns and end_ns; stays in use
 * @only_domid: lanes for this domain's vCPUs only; -1: for all
 * @e: why not
 *
 * Return: 0 or -1.
 */
int trace_lanes_make(struct trace_lanes *l, const struct trace *t, int only_domid,
		     struct errbuf *e)
{
	uint32_t *tasks = calloc(t->nr_pcpus, sizeof(*tasks));
	int rc = 0;

	*l = (struct trace_lanes){ .trace = t };
	if (!tasks)
		return no_memory(e);
	first_tasks(t, tasks);
	if (make_lanes(l, only_domid, e))
		rc = -1;
	for (size_t i = 0; !rc && i < t->nr_events; i++) {
		const struct trace_event *ev = &t->events[i];
		struct trace_lane *lane;

		if (ev->pcpu < l->nr_pcpus)
			rc = pcpu_event(l, &l->lanes[ev->pcpu], &tasks[ev->pcpu], ev, e);
		lane = tells_of_vcpu(ev) ? find_vcpu(l, ev->domid, ev->vcpu) : NULL;
		if (!rc && lane)
			rc = vcpu_event(l, lane, ev, e);
	}
	for (size_t i = 0; !rc && i < l->nr; i++)
		rc = finish(l, &l->lanes[i], e);
	free(tasks);
	return rc ? -1 : 0;
}

/**
 * trace_lanes_free() - give back what trace_lanes_make() allocated
 * @l: the lanes
 */
void trace_lanes_free(struct trace_lanes *l)
{
	for (size_t i = 0; i < l->nr; i++) {
		free(l->lanes[i].segments);
		free(l->lanes[i].waits_ns);
	}
	free(l->lanes);
}
