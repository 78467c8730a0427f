/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * DOC: Scheduling, what can be set and what is shown
 *
 * Between sched_set.c (words of a user become attributes), sched_show.c
 * (attributes become words), sched_file.c (many settings in a file), and the
 * commands that use them: sched, create, monitor.
 */
#ifndef LODGE_SCHED_H
#define LODGE_SCHED_H

#include "cli.h"

/* One for each of what can be set, the domain, and the end of the list. */
#define SCHED_VALUES_MAX	8

/* What is to be set of one domain, or of the system; a list for client_request(). */
struct sched_values {
	struct request_attr attrs[SCHED_VALUES_MAX + 2];
	unsigned int nr;
};

struct sched_info {
	uint32_t id, weight, warp;
	uint64_t value_ns, limit_ns, unwarp_ns;
	char name[LODGE_NAME_MAX];
	char affinity[160];		/* "": its vCPUs differ */
};

struct sched_system {
	uint64_t allowance_ns, unit_ns;
};

/* ---- sched_set.c ---- */

/* As val of a long option: the setting's attribute is SCHED_ATTR(val). */
#define SCHED_OPTION(attr)	(0x1000 | (attr))
#define SCHED_IS_OPTION(val)	((val) >= 0x1000)
#define SCHED_ATTR(val)		((val) & 0xfff)
#define SCHED_OPTIONS							\
	{ "weight", required_argument, NULL, SCHED_OPTION(LODGE_A_SCHED_WEIGHT) },	\
	{ "warp", required_argument, NULL, SCHED_OPTION(LODGE_A_SCHED_WARP) },		\
	{ "warp-value", required_argument, NULL, SCHED_OPTION(LODGE_A_SCHED_WARP_VALUE) }, \
	{ "warp-limit", required_argument, NULL, SCHED_OPTION(LODGE_A_SCHED_WARP_LIMIT) }, \
	{ "unwarp-time", required_argument, NULL, SCHED_OPTION(LODGE_A_SCHED_UNWARP_TIME) }, \
	{ "affinity", required_argument, NULL, SCHED_OPTION(LODGE_A_SCHED_AFFINITY) }
#define SCHED_SYSTEM_OPTIONS						\
	{ "allowance", required_argument, NULL, SCHED_OPTION(LODGE_A_SCHED_ALLOWANCE) },	\
	{ "unit", required_argument, NULL, SCHED_OPTION(LODGE_A_SCHED_UNIT) }

void sched_name(struct sched_values *v, const char *name);
int sched_add(struct sched_values *v, int attr, const char *text, struct errbuf *e);
int sched_add_word(struct sched_values *v, char *word, bool system, struct errbuf *e);
void sched_add_option(struct sched_values *v, int val, const char *text);
const struct request_attr *sched_find(const struct sched_values *v, int attr);

/* ---- sched_show.c ---- */
void sched_info_read(struct sched_info *s, struct nlattr **attrs);
void sched_system_read(struct sched_system *s, struct nlattr **attrs);
void print_sched(const struct sched_info *s);
void print_sched_line(const struct sched_info *s, bool heading);
void print_sched_words(FILE *f, const struct sched_info *s);
void print_sched_system_words(FILE *f, const struct sched_system *s);
cJSON *json_sched(const struct sched_info *s);
cJSON *json_sched_system(const struct sched_system *s);

/* ---- sched_file.c ---- */
int sched_file_set(struct client *c, const char *path, struct errbuf *e);

#endif
