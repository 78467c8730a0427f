/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * DOC: A trace, from the kernel's events to a picture
 *
 * trace_record.c fills a struct trace; trace_lanes.c makes lanes of segments of
 * it, and numbers; trace_svg.c and trace_json.c write them.  Only the first
 * makes system calls: the others are unit tested with traces made by hand.
 */
#ifndef LODGE_TRACE_H
#define LODGE_TRACE_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "error.h"

#define TRACE_NOBODY	0xffff	/* domid of nobody: kmod/trace.h */
#define TRACE_NAME_MAX	64

/* One kind for each tracepoint of the module, and the host's sched_switch. */
enum trace_kind {
	TRACE_SWITCH, TRACE_RUN, TRACE_LEAVE, TRACE_WAKE, TRACE_BLOCK, TRACE_MIGRATE,
	TRACE_WARP, TRACE_EXIT, TRACE_TASK,
	TRACE_KINDS
};

/* A vCPU's state: kmod/lodge.h. */
enum { TRACE_DOWN, TRACE_RUNNABLE, TRACE_BLOCKED, TRACE_STOPPED };

struct trace_event {
	uint64_t ts_ns;
	uint32_t code;		/* exit: hypercall or error code; task: the next one's number */
	uint32_t seq;		/* trace_add_event() */
	uint32_t prev;		/* task: the one before; migrate: pCPU it comes from */
	uint16_t pcpu, domid, vcpu;
	uint16_t vector;	/* exit */
	uint8_t kind, state, warped;
};

/* A task of the host; number 0 is the idle task of each CPU. */
struct trace_task {
	uint32_t pid;
	char comm[16];
};

/* What netlink tells: who a domain is, and states of vCPUs that do nothing. */
struct trace_vcpu {
	uint16_t domid, vcpu;
	uint8_t state;		/* when the trace began */
	char name[TRACE_NAME_MAX];	/* the domain's */
};

struct trace {
	const char *what;		/* a domain's name, or "all" */
	struct trace_event *events;	/* by time, once trace_sort() was called */
	struct trace_task *tasks;
	struct trace_vcpu *vcpus;
	size_t nr_events, nr_tasks, nr_vcpus;
	unsigned int nr_pcpus;
	uint64_t begin_ns, end_ns;	/* CLOCK_MONOTONIC */
	uint64_t lost;			/* events */
};

/* ---- trace.c: the container ---- */
int trace_add_event(struct trace *t, const struct trace_event *event, struct errbuf *e);
int trace_add_vcpu(struct trace *t, const struct trace_vcpu *vcpu, struct errbuf *e);
int trace_task(struct trace *t, uint32_t pid, const char *comm, uint32_t *task, struct errbuf *e);
void trace_sort(struct trace *t);
int trace_name_all(struct trace *t, struct errbuf *e);
void trace_free(struct trace *t);
const char *trace_domain_name(const struct trace *t, uint16_t domid, char *buf, size_t size);
const char *trace_exit_name(unsigned int vector);

/* ---- trace_record.c ---- */
struct trace_options {
	uint64_t duration_ns;
	uint64_t buffer_bytes;		/* per pCPU */
	bool exits;
};
int trace_record(struct trace *t, const struct trace_options *o,
		 const volatile sig_atomic_t *stop, struct errbuf *e);

/* ---- trace_lanes.c ---- */
enum trace_use { USE_IDLE, USE_HOST, USE_RUNS, USE_WAITS, USE_BLOCKED, USE_OFF };

struct trace_segment {
	uint64_t start_ns, end_ns;
	enum trace_use use;
	uint16_t domid, vcpu;	/* USE_RUNS on a pCPU's lane */
	uint16_t pcpu;		/* USE_RUNS on a vCPU's lane */
	uint32_t task;		/* USE_HOST */
	bool warped;
};

struct trace_lane {
	bool is_pcpu;
	uint16_t pcpu, domid, vcpu;
	struct trace_segment *segments;
	size_t nr, room;
	uint64_t use_ns[USE_OFF + 1];
	/* of a vCPU */
	unsigned int runs, wakes, migrations;
	uint64_t *waits_ns;	/* from a wake-up to running, sorted */
	size_t nr_waits, waits_room;
	uint64_t woken_ns;	/* 0: not waiting after a wake-up */
	bool warped;
};

struct trace_lanes {
	const struct trace *trace;
	struct trace_lane *lanes;	/* pCPUs first, then vCPUs by domain */
	size_t nr, nr_pcpus;
};
int trace_lanes_make(struct trace_lanes *l, const struct trace *t, int only_domid,
		     struct errbuf *e);
void trace_lanes_free(struct trace_lanes *l);
/* ---- trace_summary.c, trace_svg.c, trace_json.c: results ---- */
struct cJSON;
void trace_print_summary(const struct trace_lanes *l);
struct cJSON *trace_summary_json(const struct trace_lanes *l);
int trace_write_svg(const struct trace_lanes *l, FILE *out, struct errbuf *e);
int trace_write_json(const struct trace_lanes *l, FILE *out, struct errbuf *e);

#endif
