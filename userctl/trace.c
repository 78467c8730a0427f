// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: What a trace holds
 *
 * Events, and the names that belong to the numbers in them.
 */
#include <stdlib.h>
#include <string.h>

#include "trace.h"

/* Room for one more in an array that doubles. */
static int room_for(void **array, size_t nr, size_t size, struct errbuf *e)
{
	void *more;

	if (nr & (nr - 1))		/* full at 0 and at powers of two only */
		return 0;
	more = realloc(*array, (nr ? 2 * nr : 1) * size);
	if (!more)
		return fail(e, "no memory for the trace; free some, or trace for a shorter time");
	*array = more;
	return 0;
}

/**
 * trace_add_event() - keep an event
 * @t: the trace
 * @event: copied; may come before ones that are there already
 * @e: why not
 *
 * Return: 0 or -1.
 */
int trace_add_event(struct trace *t, const struct trace_event *event, struct errbuf *e)
{
	if (room_for((void **)&t->events, t->nr_events, sizeof(*event), e))
		return -1;
	t->events[t->nr_events] = *event;
	t->events[t->nr_events].seq = t->nr_events;
	t->nr_events++;
	return 0;
}

/**
 * trace_add_vcpu() - say who a vCPU is
 * @t: the trace
 * @vcpu: copied; one that is known already changes nothing
 * @e: why not
 *
 * Return: 0 or -1.
 */
int trace_add_vcpu(struct trace *t, const struct trace_vcpu *vcpu, struct errbuf *e)
{
	for (size_t i = 0; i < t->nr_vcpus; i++)
		if (t->vcpus[i].domid == vcpu->domid && t->vcpus[i].vcpu == vcpu->vcpu)
			return 0;
	if (room_for((void **)&t->vcpus, t->nr_vcpus, sizeof(*vcpu), e))
		return -1;
	t->vcpus[t->nr_vcpus++] = *vcpu;
	return 0;
}

/**
 * trace_task() - the number of a task of the host
 * @t: the trace
 * @pid: 0: the idle task
 * @comm: its name now
 * @task: filled
 * @e: why not
 *
 * Return: 0 or -1.
 */
int trace_task(struct trace *t, uint32_t pid, const char *comm, uint32_t *task, struct errbuf *e)
{
	struct trace_task *k;
	size_t i;

	if (!t->nr_tasks && pid && trace_task(t, 0, "idle", task, e))
		return -1;
	for (i = 0; i < t->nr_tasks; i++)
		if (t->tasks[i].pid == pid && (!pid || !strcmp(t->tasks[i].comm, comm)))
			break;
	*task = i;
	if (i < t->nr_tasks)
		return 0;
	if (room_for((void **)&t->tasks, t->nr_tasks, sizeof(*k), e))
		return -1;
	k = &t->tasks[t->nr_tasks++];
	k->pid = pid;
	snprintf(k->comm, sizeof(k->comm), "%s", pid ? comm : "idle");
	text_clean(k->comm);
	return 0;
}

/* What one pCPU recorded at the same moment keeps its order. */
static int by_time(const void *a, const void *b)
{
	const struct trace_event *x = a, *y = b;

	if (x->ts_ns != y->ts_ns)
		return x->ts_ns < y->ts_ns ? -1 : 1;
	return x->seq < y->seq ? -1 : x->seq > y->seq;
}

/**
 * trace_sort() - bring the events of all pCPUs into one order
 * @t: the trace
 */
void trace_sort(struct trace *t)
{
	if (t->nr_events)
		qsort(t->events, t->nr_events, sizeof(*t->events), by_time);
}

static bool names_vcpu(const struct trace_event *ev)
{
	return ev->kind != TRACE_TASK && ev->kind != TRACE_SWITCH && ev->vcpu < 64;
}

/**
 * trace_name_all() - every vCPU that an event is about gets an entry
 * @t: the trace; those that have one keep it
 * @e: why not
 *
 * Of a domain that came and went meanwhile only the number is known.
 *
 * Return: 0 or -1.
 */
int trace_name_all(struct trace *t, struct errbuf *e)
{
	uint64_t *seen = calloc(TRACE_NOBODY + 1, sizeof(*seen));
	int rc = 0;

	if (!seen)
		return fail(e, "no memory for the trace; free some");
	for (size_t i = 0; !rc && i < t->nr_events; i++) {
		const struct trace_event *ev = &t->events[i];
		struct trace_vcpu vcpu = { .domid = ev->domid, .vcpu = ev->vcpu };

		if (!names_vcpu(ev) || seen[ev->domid] >> ev->vcpu & 1)
			continue;
		seen[ev->domid] |= 1ULL << ev->vcpu;
		rc = trace_add_vcpu(t, &vcpu, e);
	}
	free(seen);
	return rc;
}

/**
 * trace_free() - give back what the functions above allocated
 * @t: the trace
 */
void trace_free(struct trace *t)
{
	free(t->events);
	free(t->tasks);
	free(t->vcpus);
}

/**
 * trace_domain_name() - who is a domain?
 * @t: the trace
 * @domid: its number
 * @buf: for a name that has to be made
 * @size: of @buf
 */
const char *trace_domain_name(const struct trace *t, uint16_t domid, char *buf, size_t size)
{
	for (size_t i = 0; i < t->nr_vcpus; i++)
		if (t->vcpus[i].domid == domid && t->vcpus[i].name[0])
			return t->vcpus[i].name;
	snprintf(buf, size, "domain %u", domid);
	return buf;
}

/**
 * trace_exit_name() - why a vCPU came out of the guest, in a word
 * @vector: a hardware vector, or EXIT_* of the switcher's layout.h
 */
const char *trace_exit_name(unsigned int vector)
{
	static const char * const traps[32] = {
		[0] = "divide error", [1] = "debug", [2] = "NMI", [3] = "breakpoint",
		[4] = "overflow", [5] = "bound", [6] = "invalid opcode", [7] = "no FPU",
		[8] = "double fault", [10] = "invalid TSS", [11] = "no segment",
		[12] = "stack fault", [13] = "protection fault", [14] = "page fault",
		[16] = "x87 error", [17] = "alignment", [18] = "machine check",
		[19] = "SIMD error",
	};
	static const char * const others[] = {
		"hypercall", "NMI pending", "bounce failed", "bad iret", "iret fault",
		"32-bit syscall", "no handler", "not entered",
	};

	if (vector < ARRAY_SIZE(traps) && traps[vector])
		return traps[vector];
	if (vector >= 32 && vector < 256)
		return "interrupt";
	if (vector >= 256 && vector - 256 < ARRAY_SIZE(others))
		return others[vector - 256];
	return "other";
}
