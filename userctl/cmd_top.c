// SPDX-License-Identifier: GPL-2.0-only
/* DOC: lodge top: who uses the CPUs, as it happens, or as text for a file */
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "top.h"

#define DELAY_NS	2000000000ULL
#define DELAY_MIN_NS	100000000ULL
#define DELAY_MAX_NS	3600000000000ULL

/**
 * top_refresh() - a new sample, and rows of what happened since the last one
 * @t: top; rows are in order
 * @e: why not
 *
 * Return: 0 or -1.
 */
int top_refresh(struct top *t, struct errbuf *e)
{
	struct top_sample oldest = t->before;

	t->before = t->after;
	t->after = oldest;
	if (top_sample(&t->c, &t->after, t->vcpus, e))
		return -1;
	if (top_compare(&t->rows, &t->before, &t->after, e))
		return -1;
	top_sort(&t->rows, &t->order);
	return 0;
}

static void print_rows(const struct top *t)
{
	uint64_t columns = top_choose(t->vcpus, 1000);
	char line[512];

	top_heading(line, sizeof(line), &t->rows);
	printf("%s\n", line);
	for (unsigned int i = 0; i < t->rows.nr_cpus; i++) {
		top_cpu_line(line, sizeof(line), &t->rows.cpus[i]);
		printf("%s\n", line);
	}
	top_line(line, sizeof(line), columns, NULL);
	printf("\n%s\n", line);
	for (unsigned int i = 0; i < t->rows.nr; i++) {
		top_line(line, sizeof(line), columns, &t->rows.rows[i]);
		printf("%s\n", line);
	}
	printf("\n");
}

static int batch(struct top *t, bool json, struct errbuf *e)
{
	const struct timespec delay = {
		.tv_sec = t->delay_ns / 1000000000, .tv_nsec = t->delay_ns % 1000000000,
	};

	if (top_refresh(t, e))
		return -1;
	for (unsigned int i = 0; !t->iterations || i < t->iterations; i++) {
		nanosleep(&delay, NULL);
		if (top_refresh(t, e))
			return -1;
		if (json)
			print_json(top_json(&t->rows, t->delay_ns));
		else
			print_rows(t);
		/* Whoever reads it wants it now; a closed pipe ends this. */
		if (fflush(stdout))
			return fail(e, "cannot write the output: %m; is the disk full?");
	}
	return 0;
}

static int column_argument(const char *name)
{
	int column = top_find_column(name);

	if (column < 0)
		usage_error("--sort '%s' is no column; try cpu, steal, exit, hcall, memory, name or id",
			    name);
	return column;
}

int cmd_top(int argc, char **argv)
{
	static const struct option options[] = {
		{ "batch", no_argument, NULL, 'b' },
		{ "iterations", required_argument, NULL, 'n' },
		{ "delay", required_argument, NULL, 'd' },
		{ "sort", required_argument, NULL, 's' },
		{ "vcpus", no_argument, NULL, 'v' },
		{ "json", no_argument, NULL, 'j' },
		{ }
	};
	struct top t = { .delay_ns = DELAY_NS, .order.column = top_find_column("cpu") };
	bool in_batch = false, json = false;
	struct errbuf e;
	int option, rc;

	while ((option = next_option(argc, argv, options)) != -1) {
		if (option == 'b')
			in_batch = true;
		else if (option == 'n')
			t.iterations = parse_number("--iterations", optarg, 1, 1000000000);
		else if (option == 'd')
			t.delay_ns = parse_time("--delay", optarg, DELAY_MIN_NS, DELAY_MAX_NS);
		else if (option == 's')
			t.order.column = column_argument(optarg);
		else if (option == 'v')
			t.vcpus = true;
		else
			json = in_batch = true;
	}
	no_more_arguments(argc, argv);
	if (!in_batch && (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO)))
		usage_error("this is no terminal; --batch prints text");
	rc = client_open(&t.c, &e);
	if (!rc)
		rc = in_batch ? batch(&t, json, &e) : top_screen(&t, &e);
	top_rows_free(&t.rows);
	top_sample_free(&t.before);
	top_sample_free(&t.after);
	client_close(&t.c);
	return rc ? report(&e) : EXIT_OK;
}
