// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: A trace for Perfetto
 *
 * The JSON that Chrome's tracing made a habit: Perfetto (ui.perfetto.dev) and
 * other viewers load it.  Process 1 has a thread for each pCPU; each domain is a
 * process with a thread for each vCPU.  "X" is a stretch of time, "i" a moment,
 * "M" a name; ts and dur are in us, with ns behind the point.
 *
 * One event a line, printed as it is made: a trace can be long.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "trace.h"

#define PID_PCPUS	1
#define PID_DOMAIN(domid)	(100 + (domid))
#define TID_PCPU(pcpu)		(1 + (pcpu))
#define TID_VCPU(domid, vcpu)	(100000 + 100 * (domid) + (vcpu))

struct writer {
	FILE *out;
	const struct trace *trace;
	bool any, failed;
};

static void put(struct writer *w, cJSON *o)
{
	char *text = cJSON_PrintUnformatted(o);

	if (text)
		fprintf(w->out, "%s\n%s", w->any ? "," : "", text);
	else
		w->failed = true;
	w->any = true;
	free(text);
	cJSON_Delete(o);
}

static void add_us(cJSON *o, const char *key, uint64_t ns)
{
	char text[32];

	snprintf(text, sizeof(text), "%" PRIu64 ".%03u", ns / 1000, (unsigned int)(ns % 1000));
	cJSON_AddRawToObject(o, key, text);
}

static cJSON *event(const char *ph, const char *name, unsigned int pid, unsigned int tid)
{
	cJSON *o = cJSON_CreateObject();

	cJSON_AddStringToObject(o, "ph", ph);
	cJSON_AddStringToObject(o, "name", name);
	cJSON_AddNumberToObject(o, "pid", pid);
	cJSON_AddNumberToObject(o, "tid", tid);
	return o;
}

/* ---- names ---- */

static void put_meta(struct writer *w, const char *what, unsigned int pid, unsigned int tid,
		     const char *key, const char *text, unsigned int number)
{
	cJSON *o = event("M", what, pid, tid), *args = cJSON_AddObjectToObject(o, "args");

	if (text)
		cJSON_AddStringToObject(args, key, text);
	else
		cJSON_AddNumberToObject(args, key, number);
	put(w, o);
}

/* @first: of its process */
static void put_name(struct writer *w, const struct trace_lane *lane, bool first)
{
	unsigned int pid = lane->is_pcpu ? PID_PCPUS : PID_DOMAIN(lane->domid);
	unsigned int tid = lane->is_pcpu ? TID_PCPU(lane->pcpu) : TID_VCPU(lane->domid, lane->vcpu);
	char text[TRACE_NAME_MAX + 32], buf[24];

	if (!lane->is_pcpu)
		snprintf(text, sizeof(text), "%s (domain %u)",
			 trace_domain_name(w->trace, lane->domid, buf, sizeof(buf)), lane->domid);
	if (first) {
		put_meta(w, "process_name", pid, tid, "name", lane->is_pcpu ? "pCPUs" : text, 0);
		put_meta(w, "process_sort_index", pid, tid, "sort_index", NULL, pid);
	}
	snprintf(text, sizeof(text), "%s %u", lane->is_pcpu ? "pCPU" : "vCPU",
		 lane->is_pcpu ? lane->pcpu : lane->vcpu);
	put_meta(w, "thread_name", pid, tid, "name", text, 0);
	put_meta(w, "thread_sort_index", pid, tid, "sort_index", NULL, tid);
}

/* ---- stretches ---- */

static void put_pcpu_segment(struct writer *w, const struct trace_lane *lane,
			     const struct trace_segment *s)
{
	char text[TRACE_NAME_MAX + 32], buf[24];
	cJSON *o, *args;

	if (s->use == USE_IDLE)
		return;
	if (s->use == USE_HOST)
		snprintf(text, sizeof(text), "%s", w->trace->tasks[s->task].comm);
	else
		snprintf(text, sizeof(text), "%s.%u",
			 trace_domain_name(w->trace, s->domid, buf, sizeof(buf)), s->vcpu);
	o = event("X", text, PID_PCPUS, TID_PCPU(lane->pcpu));
	cJSON_AddStringToObject(o, "cat", s->use == USE_HOST ? "host" : "vcpu");
	add_us(o, "ts", s->start_ns - w->trace->begin_ns);
	add_us(o, "dur", s->end_ns - s->start_ns);
	args = cJSON_AddObjectToObject(o, "args");
	if (s->use == USE_HOST) {
		cJSON_AddNumberToObject(args, "pid", w->trace->tasks[s->task].pid);
	} else {
		cJSON_AddNumberToObject(args, "domain", s->domid);
		cJSON_AddNumberToObject(args, "vcpu", s->vcpu);
	}
	put(w, o);
}

static void put_vcpu_segment(struct writer *w, const struct trace_lane *lane,
			     const struct trace_segment *s)
{
	static const char * const names[] = {
		[USE_RUNS] = "runs", [USE_WAITS] = "waits", [USE_BLOCKED] = "sleeps",
		[USE_OFF] = "paused or down",
	};
	cJSON *o, *args;

	o = event("X", names[s->use], PID_DOMAIN(lane->domid), TID_VCPU(lane->domid, lane->vcpu));
	cJSON_AddStringToObject(o, "cat", "state");
	add_us(o, "ts", s->start_ns - w->trace->begin_ns);
	add_us(o, "dur", s->end_ns - s->start_ns);
	args = cJSON_AddObjectToObject(o, "args");
	if (s->use == USE_RUNS)
		cJSON_AddNumberToObject(args, "pcpu", s->pcpu);
	cJSON_AddBoolToObject(args, "warped", s->warped);
	put(w, o);
}

/* ---- moments ---- */

static bool has_lane(const struct trace_lanes *l, uint16_t domid)
{
	for (size_t i = l->nr_pcpus; i < l->nr; i++)
		if (l->lanes[i].domid == domid)
			return true;
	return false;
}

static void put_moment(struct writer *w, const struct trace_event *ev)
{
	const char *name;
	cJSON *o, *args;

	switch (ev->kind) {
	case TRACE_WAKE: name = "wake"; break;
	case TRACE_MIGRATE: name = "migrate"; break;
	case TRACE_WARP: name = ev->warped ? "warp on" : "warp off"; break;
	case TRACE_EXIT: name = trace_exit_name(ev->vector); break;
	default: return;
	}
	o = event("i", name, PID_DOMAIN(ev->domid), TID_VCPU(ev->domid, ev->vcpu));
	cJSON_AddStringToObject(o, "cat", ev->kind == TRACE_EXIT ? "exit" : "sched");
	cJSON_AddStringToObject(o, "s", "t");
	add_us(o, "ts", ev->ts_ns - w->trace->begin_ns);
	args = cJSON_AddObjectToObject(o, "args");
	if (ev->kind == TRACE_MIGRATE)
		cJSON_AddNumberToObject(args, "from", ev->prev);
	if (ev->kind == TRACE_EXIT) {
		cJSON_AddNumberToObject(args, "vector", ev->vector);
		cJSON_AddNumberToObject(args, "code", ev->code);
	} else {
		cJSON_AddNumberToObject(args, "pcpu", ev->pcpu);
	}
	put(w, o);
}

/**
 * trace_write_json() - Chrome's JSON trace format
 * @l: what to write
 * @out: where to
 * @e: why not
 *
 * Whether all was written, ferror() and fclose() tell.
 *
 * Return: 0 or -1.
 */
int trace_write_json(const struct trace_lanes *l, FILE *out, struct errbuf *e)
{
	const struct trace *t = l->trace;
	struct writer w = { .out = out, .trace = t };

	fprintf(out, "{\"displayTimeUnit\":\"ns\",\"otherData\":{\"made by\":\"lodge trace\","
		"\"clock\":\"CLOCK_MONOTONIC\",\"begin_ns\":\"%" PRIu64 "\",\"lost events\":\"%" PRIu64
		"\"},\n\"traceEvents\":[", t->begin_ns, t->lost);
	for (size_t i = 0; i < l->nr; i++)
		put_name(&w, &l->lanes[i], !i || i == l->nr_pcpus ||
			 l->lanes[i].domid != l->lanes[i - 1].domid);
	for (size_t i = 0; i < l->nr; i++)
		for (size_t k = 0; k < l->lanes[i].nr; k++)
			(l->lanes[i].is_pcpu ? put_pcpu_segment : put_vcpu_segment)
				(&w, &l->lanes[i], &l->lanes[i].segments[k]);
	for (size_t i = 0; i < t->nr_events; i++)
		if (t->events[i].kind != TRACE_TASK && t->events[i].kind != TRACE_SWITCH &&
		    has_lane(l, t->events[i].domid))
			put_moment(&w, &t->events[i]);
	fprintf(out, "\n]}\n");
	return w.failed ? fail(e, "no memory for the JSON; free some") : 0;
}
