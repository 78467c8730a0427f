// SPDX-License-Identifier: GPL-2.0-only
/*
 * workload.c: reads a workload file; Documentation/scheduling.rst describes it.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include "sim.h"

/**
 * DOC: workload
 *
 * One statement a line, '#' begins a comment.  What is not understood is an error
 * with its line number; nothing is guessed, and times need a unit.
 */

#define WORDS_MAX 16

struct reader {
	struct workload *w;
	unsigned int line;
	char *error;
	size_t size;
};

__attribute__((format(printf, 2, 3)))
static bool bad(struct reader *r, const char *fmt, ...)
{
	int len = snprintf(r->error, r->size, "line %u: ", r->line);
	va_list ap;

	va_start(ap, fmt);
	if (len > 0 && (size_t)len < r->size)
		vsnprintf(r->error + len, r->size - (size_t)len, fmt, ap);
	va_end(ap);
	return false;
}

/**
 * parse_time() - read a time with its unit
 * @text: such as "5ms", "1.5s", "100us" or "20ns"
 * @ns: out
 *
 * Return: false when that is no time of at most 100000 s.
 */
bool parse_time(const char *text, u64 *ns)
{
	static const struct {
		const char *name;
		double ns;
	} units[] = { { "ns", 1 }, { "us", US }, { "ms", MS }, { "s", SEC } };
	char *end;
	double x = strtod(text, &end);
	size_t i;

	for (i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (end != text && !strcmp(end, units[i].name) && x >= 0 &&
		    x * units[i].ns <= 1e5 * SEC) {
			*ns = (u64)(x * units[i].ns + 0.5);
			return true;
		}
	return false;
}

static bool number(struct reader *r, const char *text, u64 min, u64 max, u64 *value)
{
	char *end;

	errno = 0;
	*value = strtoull(text, &end, 0);
	if (end == text || *end || errno || *value < min || *value > max)
		return bad(r, "\"%s\" is no number from %llu to %llu", text,
			   (unsigned long long)min, (unsigned long long)max);
	return true;
}

static bool time_of(struct reader *r, const char *text, u64 *ns)
{
	return parse_time(text, ns) || bad(r, "\"%s\" is no time such as 5ms or 100us", text);
}

/* "0,2-5" */
static bool cpus_of(struct reader *r, const char *text, struct cpuset *set)
{
	unsigned int first, last;
	int used;

	memset(set, 0, sizeof(*set));
	for (;;) {
		used = 0;
		if (sscanf(text, "%u%n", &first, &used) < 1)
			return bad(r, "\"%s\" is no list of pCPUs such as 0,2-5", text);
		text += used;
		last = first;
		if (*text == '-' && sscanf(text, "-%u%n", &last, &used) == 1)
			text += used;
		if (first > last || last >= r->w->nr_cpus)
			return bad(r, "there are pCPUs 0 to %u", r->w->nr_cpus - 1);
		for (; first <= last; first++)
			cpuset_add(set, first);
		if (!*text)
			return true;
		if (*text++ != ',')
			return bad(r, "pCPUs are separated by commas");
	}
}

/* If @word is "@name=...", what follows. */
static const char *value_of(const char *word, const char *name)
{
	size_t len = strlen(name);

	return !strncmp(word, name, len) && word[len] == '=' ? word + len + 1 : NULL;
}

static bool class_word(struct reader *r, struct class *k, const char *word)
{
	struct {
		const char *name;
		u64 *ns;
	} times[] = {
		{ "work", &k->job.work_ns }, { "sleep", &k->job.sleep_ns },
		{ "every", &k->job.every_ns },
		{ "warp", &k->params.warp_ns }, { "limit", &k->params.limit_ns },
		{ "rest", &k->params.rest_ns },
	};
	const char *value;
	size_t i;
	u64 x;

	for (i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		value = value_of(word, times[i].name);
		if (!value)
			continue;
		if (times[i].ns == &k->params.warp_ns)
			k->params.warp = true;
		return time_of(r, value, times[i].ns);
	}
	value = value_of(word, "weight");
	if (value) {
		if (!number(r, value, BVT_WEIGHT_MIN, BVT_WEIGHT_MAX, &x))
			return false;
		k->params.weight = (u32)x;
		return true;
	}
	value = value_of(word, "count");
	if (value && number(r, value, 1, VCPUS_MAX, &x)) {
		k->nr_domains = (unsigned int)x;
		return true;
	}
	value = value ? NULL : value_of(word, "vcpus");
	if (value && number(r, value, 1, CPUS_MAX, &x)) {
		k->nr_vcpus = (unsigned int)x;
		return true;
	}
	value = value_of(word, "affinity");
	if (value) {
		r->w->no_fair = true;
		r->w->needs_all = true;
		return cpus_of(r, value, &k->affinity);
	}
	if (!strcmp(word, "random")) {
		k->job.random = true;
		return true;
	}
	return *r->error ? false : bad(r, "what is \"%s\"?", word);
}

static bool new_class(struct reader *r, char **word, unsigned int nr)
{
	struct workload *w = r->w;
	struct class *k;
	unsigned int i;

	if (nr < 2 || strlen(word[1]) > NAME_MAX_LEN)
		return bad(r, "a domain needs a name of at most %d letters", NAME_MAX_LEN);
	w->classes = realloc(w->classes, (w->nr_classes + 1) * sizeof(*w->classes));
	if (!w->classes)
		abort();
	k = &w->classes[w->nr_classes++];
	memset(k, 0, sizeof(*k));
	strcpy(k->name, word[1]);
	k->nr_domains = 1;
	k->nr_vcpus = 1;
	k->params.weight = BVT_WEIGHT_DEFAULT;
	memset(&k->affinity, 0xff, sizeof(k->affinity));
	for (i = 2; i < nr; i++)
		if (!class_word(r, k, word[i]))
			return false;
	if (!!k->job.work_ns != (k->job.sleep_ns || k->job.every_ns) ||
	    (k->job.sleep_ns && k->job.every_ns))
		return bad(r, "work=, and one of sleep= and every=, or none of them: it spins");
	if (!bvt_params_valid(&k->params))
		return bad(r, "warp, limit and rest are 100s at most");
	return true;
}

static bool find_class(struct reader *r, const char *name, unsigned int *class)
{
	for (*class = 0; *class < r->w->nr_classes; ++*class)
		if (!strcmp(r->w->classes[*class].name, name))
			return true;
	return bad(r, "there is no domain \"%s\" above", name);
}

static bool has_action(const struct workload *w, unsigned int class)
{
	unsigned int i;

	for (i = 0; i < w->nr_actions; i++)
		if (w->actions[i].kind < ACT_ONLINE && w->actions[i].class == class)
			return true;
	return false;
}

/* at TIME WHAT NAME [VALUE] */
static bool new_action(struct reader *r, char **word, unsigned int nr)
{
	static const char * const names[] = {
		"weight", "warp", "pause", "resume", "destroy", "create", "affinity", "online",
		"offline",
	};
	struct action a = { 0 };
	struct workload *w = r->w;
	u64 x = 0;

	while (nr > 2 && a.kind <= ACT_OFFLINE && strcmp(names[a.kind], word[2]))
		a.kind++;
	if (nr < 4 || a.kind > ACT_OFFLINE)
		return bad(r, "at TIME weight|warp|pause|resume|destroy|create|affinity|online|offline");
	if (!time_of(r, word[1], &a.at_ns))
		return false;
	if (w->nr_actions && a.at_ns < w->actions[w->nr_actions - 1].at_ns)
		return bad(r, "actions come in the order of their times");
	if (a.kind == ACT_ONLINE || a.kind == ACT_OFFLINE) {
		if (!number(r, word[3], 0, w->nr_cpus - 1, &x))
			return false;
		a.cpu = (unsigned int)x;
	} else if (!find_class(r, word[3], &a.class)) {
		return false;
	}
	if (nr != (a.kind == ACT_WEIGHT || a.kind == ACT_WARP || a.kind == ACT_AFFINITY ? 5 : 4))
		return bad(r, "%s: too few or too many words", names[a.kind]);
	if (a.kind == ACT_WEIGHT && !number(r, word[4], BVT_WEIGHT_MIN, BVT_WEIGHT_MAX, &x))
		return false;
	if (a.kind == ACT_WARP && strcmp(word[4], "on") && strcmp(word[4], "off"))
		return bad(r, "warp is on or off");
	if (a.kind == ACT_AFFINITY && !cpus_of(r, word[4], &a.affinity))
		return false;
	if (a.kind == ACT_CREATE && !has_action(w, a.class))
		w->classes[a.class].later = true;
	w->no_fair |= a.kind == ACT_AFFINITY;
	w->needs_all |= a.kind >= ACT_AFFINITY;
	a.params.weight = (u32)x;
	a.params.warp = nr > 4 && !strcmp(word[4], "on");
	w->actions = realloc(w->actions, (w->nr_actions + 1) * sizeof(a));
	if (!w->actions)
		abort();
	w->actions[w->nr_actions++] = a;
	return true;
}

static bool setting(struct reader *r, char **word, unsigned int nr)
{
	struct workload *w = r->w;
	struct {
		const char *name;
		u64 *ns;
	} times[] = {
		{ "time", &w->time_ns }, { "settle", &w->settle_ns }, { "window", &w->window_ns },
		{ "switch", &w->switch_ns }, { "migrate", &w->migrate_ns }, { "late", &w->late_ns },
		{ "allowance", &w->allowance_ns }, { "unit", &w->unit_ns },
	};
	size_t i;
	u64 x;

	if (nr != 2)
		return bad(r, "\"%s\" needs one value", word[0]);
	for (i = 0; i < sizeof(times) / sizeof(times[0]); i++)
		if (!strcmp(word[0], times[i].name))
			return time_of(r, word[1], times[i].ns);
	if (!strcmp(word[0], "seed"))
		return number(r, word[1], 0, ~0ULL, &w->seed);
	if (!strcmp(word[0], "storm")) {
		w->no_fair = true;
		w->needs_all = true;
		if (!number(r, word[1], 1, 1000000, &x))
			return false;
		w->storm_rate = (double)x;
		return true;
	}
	if (strcmp(word[0], "pcpus"))
		return bad(r, "what is \"%s\"?", word[0]);
	if (w->nr_classes || w->nr_actions)
		return bad(r, "pcpus comes first");
	if (!number(r, word[1], 1, CPUS_MAX, &x))
		return false;
	w->nr_cpus = (unsigned int)x;
	return true;
}

static bool statement(struct reader *r, char *line)
{
	char *word[WORDS_MAX], *next;
	unsigned int nr = 0;

	line[strcspn(line, "#\n")] = 0;
	for (next = strtok(line, " \t"); next; next = strtok(NULL, " \t")) {
		if (nr == WORDS_MAX)
			return bad(r, "more than %d words", WORDS_MAX);
		word[nr++] = next;
	}
	if (!nr)
		return true;
	if (!strcmp(word[0], "domain"))
		return new_class(r, word, nr);
	if (!strcmp(word[0], "at"))
		return new_action(r, word, nr);
	return setting(r, word, nr);
}

static bool sensible(struct reader *r)
{
	struct workload *w = r->w;
	unsigned int i;
	u64 nr = 0;

	for (i = 0; i < w->nr_classes; i++)
		nr += (u64)w->classes[i].nr_domains * w->classes[i].nr_vcpus;
	if (!nr || nr > VCPUS_MAX)
		return bad(r, "1 to %u vCPUs in all", VCPUS_MAX);
	if (!w->unit_ns || w->unit_ns > BVT_PARAM_MAX_NS || w->allowance_ns > BVT_PARAM_MAX_NS)
		return bad(r, "unit is not 0, unit and allowance are 100s at most");
	if (!w->window_ns || w->time_ns < w->settle_ns + w->window_ns)
		return bad(r, "time holds at least one window after settle");
	return true;
}

/**
 * workload_read() - read a workload file
 * @file: the open file
 * @name: what to call it
 * @error: what is wrong with it
 * @size: of @error
 *
 * Return: the workload, for workload_free(); NULL: see @error.
 */
struct workload *workload_read(FILE *file, const char *name, char *error, size_t size)
{
	struct workload *w = calloc(1, sizeof(*w));
	struct reader r = { .w = w, .error = error, .size = size };
	char line[512];
	bool ok = true;

	if (!w)
		abort();
	snprintf(w->name, sizeof(w->name), "%s", name);
	w->nr_cpus = 1;
	w->seed = 1;
	w->time_ns = 7 * SEC;
	w->settle_ns = SEC;
	w->window_ns = 2 * SEC;
	w->allowance_ns = BVT_ALLOWANCE_NS;
	w->unit_ns = BVT_UNIT_NS;
	*error = 0;
	while (ok && fgets(line, sizeof(line), file)) {
		r.line++;
		ok = statement(&r, line);
	}
	if (ok && sensible(&r))
		return w;
	workload_free(w);
	return NULL;
}

void workload_free(struct workload *w)
{
	unsigned int i;

	for (i = 0; i < w->nr_classes; i++)
		free(w->classes[i].plot);
	free(w->classes);
	free(w->actions);
	free(w);
}
