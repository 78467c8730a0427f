/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * DOC: lodge top, from counters to a picture
 *
 * top_sample.c asks the module for all counters at once and makes rows of two
 * such samples; top_table.c knows the columns: what they say, how they sort, how
 * they print; cmd_top.c has the options and batch mode, top_screen.c the
 * terminal.  Only top_sample.c talks to the module.
 */
#ifndef LODGE_TOP_H
#define LODGE_TOP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cli.h"

/* What is counted of a domain or a vCPU, as events a second in a row. */
enum top_rate {
	TOP_EXITS, TOP_HYPERCALLS, TOP_SYSCALLS, TOP_FAULTS, TOP_EMULATED, TOP_INTERRUPTS,
	TOP_EVENTS, TOP_RATES
};

/* A domain, or one vCPU of it, at one moment. */
struct top_item {
	uint32_t id, vcpu;
	char name[LODGE_NAME_MAX];
	const char *state;
	uint32_t vcpus, weight;
	int pcpu;			/* of a vCPU; -1: none */
	uint64_t memory;
	uint64_t now_ns, run_ns, wait_ns;
	uint64_t count[TOP_RATES];
};

struct top_cpu {
	uint32_t cpu, runnable;
	int64_t domain, vcpu;		/* that runs; -1: none does */
	uint64_t now_ns, run_ns, idle_ns, switches;
};

struct top_sample {
	struct top_item *items;		/* by id and vCPU */
	struct top_cpu *cpus;		/* by number */
	unsigned int nr_items, room_items, nr_cpus, room_cpus;
	bool vcpus;			/* items are vCPUs, not domains */
	unsigned int nr_domains;	/* alive */
	uint32_t host_weight;
};

/* Per cent are of one pCPU; a value that there is none of is NAN. */
struct top_row {
	const struct top_item *item;
	double cpu, wait;
	double rate[TOP_RATES];
};

struct top_cpu_row {
	const struct top_cpu *cpu;
	double domains, host, idle, switches;
};

struct top_rows {
	struct top_item host;		/* domain 0 has no counters of its own */
	struct top_row *rows;
	struct top_cpu_row *cpus;
	unsigned int nr, nr_cpus, nr_domains;
	bool vcpus;
};

/* ---- top_sample.c ---- */
int top_sample(struct client *c, struct top_sample *s, bool vcpus, struct errbuf *e);
void top_sample_free(struct top_sample *s);
int top_compare(struct top_rows *rows, const struct top_sample *before,
		const struct top_sample *after, struct errbuf *e);
void top_rows_free(struct top_rows *rows);

/* ---- top_table.c ---- */
struct top_column {
	const char *heading;
	const char *key;		/* in JSON */
	int width;			/* of its field; negative: text, to the left */
	char press;			/* the key that sorts by it; 0: none */
	unsigned char rank;		/* what is low goes last where there is no room */
	enum { IN_BOTH, IN_DOMAINS, IN_VCPUS } where;
	bool text;
	const char *(*name)(const struct top_row *r);	/* of a text */
	double (*value)(const struct top_row *r);	/* of a number */
	const char *(*format)(char *buf, size_t size, double value);
};
extern const struct top_column top_columns[];
extern const unsigned int nr_top_columns;

struct top_order {
	unsigned int column;
	bool reverse;
};
int top_find_column(const char *name);
void top_sort(struct top_rows *rows, const struct top_order *order);
uint64_t top_choose(bool vcpus, int width);
void top_line(char *buf, size_t size, uint64_t columns, const struct top_row *r);
void top_cpu_line(char *buf, size_t size, const struct top_cpu_row *r);
void top_heading(char *buf, size_t size, const struct top_rows *rows);
cJSON *top_json(const struct top_rows *rows, uint64_t interval_ns);

/* ---- cmd_top.c ---- */
struct top {
	struct client c;
	struct top_sample before, after;
	struct top_rows rows;
	struct top_order order;
	uint64_t delay_ns;
	unsigned int iterations;	/* 0: no end */
	bool vcpus;
};
int top_refresh(struct top *t, struct errbuf *e);

/* ---- top_screen.c ---- */
int top_screen(struct top *t, struct errbuf *e);

#endif
