// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: Many settings of the scheduler from a file
 *
 * A line names a domain, all domains (*) or the system (@system), and what is to
 * be set of it.  All lines become one request: the module carries out all of it
 * or nothing.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "sched.h"

struct file {
	const char *path;
	unsigned int line;
	struct sched_values *values;	/* of a line each */
	unsigned int *lines;		/* its number */
	char **texts;			/* what the values point into */
	unsigned int nr, room;
	struct sched_values system;
	char *system_text;
};

static int no_memory(struct errbuf *e)
{
	return fail(e, "no memory for the file's settings; free some memory");
}

static int make_room(struct file *f, struct errbuf *e)
{
	unsigned int room = f->room * 2 + 16;
	void *more;

	if (f->nr < f->room)
		return 0;
	more = realloc(f->values, room * sizeof(*f->values));
	if (!more)
		return no_memory(e);
	f->values = more;
	more = realloc(f->lines, room * sizeof(*f->lines));
	if (!more)
		return no_memory(e);
	f->lines = more;
	more = realloc(f->texts, room * sizeof(*f->texts));
	if (!more)
		return no_memory(e);
	f->texts = more;
	f->room = room;
	return 0;
}

static int take_words(struct sched_values *v, char **rest, bool system, struct errbuf *e)
{
	unsigned int before = v->nr;
	char *word;

	while ((word = strtok_r(NULL, " \t\n", rest)))
		if (sched_add_word(v, word, system, e))
			return -1;
	return v->nr > before ? 0 : fail(e, "nothing is set");
}

static bool has(const struct file *f, const char *name)
{
	for (unsigned int i = 0; i < f->nr; i++)
		if (f->values[i].attrs[0].text && !strcmp(f->values[i].attrs[0].text, name))
			return true;
	return false;
}

/* @text is ours to keep, also after a failure: close_file() frees it. */
static int take_line(struct file *f, char *text, struct errbuf *e)
{
	char *rest, *who = strtok_r(text, " \t\n", &rest);
	struct sched_values *v;

	if (make_room(f, e)) {
		free(text);
		return -1;
	}
	v = &f->values[f->nr];
	f->texts[f->nr] = text;
	f->lines[f->nr] = f->line;
	if (!strcmp(who, "@system")) {
		if (f->system_text) {
			free(text);
			return fail(e, "a second line for @system");
		}
		f->system_text = text;
		return take_words(&f->system, &rest, true, e);
	}
	sched_name(v, strcmp(who, "*") ? who : NULL);
	if (strcmp(who, "*") && has(f, who)) {
		free(text);
		return fail(e, "a second line for a domain");
	}
	f->nr++;
	if (strcmp(who, "*") && strcmp(who, LODGE_DOMAIN0_NAME) && !is_name(who))
		return fail(e, "'%.80s' is no name of a domain", who);
	return take_words(v, &rest, false, e);
}

static int read_file(struct file *f, FILE *in, struct errbuf *e)
{
	struct errbuf why;
	char *text = NULL;
	size_t room = 0;
	int rc = 0;

	while (!rc && getline(&text, &room, in) >= 0) {
		f->line++;
		text[strcspn(text, "#")] = '\0';
		if (!text[strspn(text, " \t\n")])
			continue;
		rc = take_line(f, text, &why);
		text = NULL;
		room = 0;
	}
	free(text);
	if (rc)
		return fail(e, "%s, line %u: %s; nothing was changed", f->path, f->line, why.text);
	if (ferror(in))
		return fail(e, "cannot read %s: %s; nothing was changed", f->path, strerror(errno));
	return 0;
}

/* All in one request, which the module refuses or carries out as a whole. */
static int send_file(struct file *f, struct client *c, struct errbuf *e)
{
	struct request_attr *attrs = calloc(f->nr + SCHED_VALUES_MAX + 1, sizeof(*attrs));
	struct errbuf why;
	unsigned int i;
	int rc;

	if (!attrs)
		return no_memory(e);
	for (i = 0; i < f->nr; i++)
		attrs[i] = (struct request_attr){
			.type = LODGE_A_SCHED_ENTRY, .nest = f->values[i].attrs,
		};
	memcpy(&attrs[i], f->system.attrs, f->system.nr * sizeof(*attrs));
	rc = client_request(c, LODGE_CMD_SCHED_SET, NULL, attrs, NULL, NULL, &why);
	if (rc && c->bad_attr >= 0 && c->bad_attr < (int)f->nr)
		fail(e, "%s, line %u: %s; nothing was changed", f->path, f->lines[c->bad_attr],
		     why.text);
	else if (rc)
		fail(e, "%s: %s; nothing was changed", f->path, why.text);
	free(attrs);
	return rc;
}

static void close_file(struct file *f)
{
	for (unsigned int i = 0; i < f->nr; i++)
		free(f->texts[i]);
	free(f->texts);
	free(f->lines);
	free(f->values);
	free(f->system_text);
}

/**
 * sched_file_set() - do what a file says, all or nothing
 * @c: open
 * @path: of the file; "-": the standard input
 * @e: why not
 *
 * Return: 0 or -1.
 */
int sched_file_set(struct client *c, const char *path, struct errbuf *e)
{
	bool is_stdin = !strcmp(path, "-");
	struct file f = { .path = is_stdin ? "standard input" : path };
	FILE *in = is_stdin ? stdin : fopen(path, "re");
	int rc;

	if (!in)
		return fail(e, "cannot open %s: %s", path, strerror(errno));
	rc = read_file(&f, in, e);
	if (!is_stdin)
		fclose(in);
	if (!rc && !f.nr && !f.system.nr)
		rc = fail(e, "%s sets nothing", f.path);
	if (!rc)
		rc = send_file(&f, c, e);
	close_file(&f);
	return rc;
}
