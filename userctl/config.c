// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: The syntax of configuration files
 *
 * A small part of Python's, as xl.cfg has it: comments from # on, texts in ' or ",
 * numbers, lists that may go over several lines, and += to say more of a text.
 * A line's error names the line.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"

struct reader {
	const char *at;
	unsigned int line;
	struct errbuf *e;
};

#define bad(r, fmt, ...) fail((r)->e, "line %u: " fmt, (r)->line, ##__VA_ARGS__)

/* Blanks and comments; also ends of lines where they mean nothing. */
static void skip(struct reader *r, bool lines)
{
	for (;; r->at++) {
		if (*r->at == '#')
			r->at += strcspn(r->at, "\n");
		if (*r->at == '\n' && lines)
			r->line++;
		else if (*r->at == '\n' || !isspace((unsigned char)*r->at))
			return;
	}
}

static char *take(struct reader *r, const char *from, size_t len)
{
	char *text = strndup(from, len);

	if (!text)
		fail(r->e, "no memory for the configuration; free some memory");
	return text;
}

/* A text in quotes, with \ before a quote or another \. */
static char *take_quoted(struct reader *r)
{
	char quote = *r->at++, *text = take(r, r->at, strcspn(r->at, "\n")), *to = text;

	if (!text)
		return NULL;
	for (; *r->at != quote; r->at++) {
		if (!*r->at || *r->at == '\n') {
			free(text);
			bad(r, "a text does not end with %c", quote);
			return NULL;
		}
		if (*r->at == '\\' && (r->at[1] == quote || r->at[1] == '\\'))
			r->at++;
		*to++ = *r->at;
	}
	*to = '\0';
	r->at++;
	return text;
}

static char *take_text(struct reader *r)
{
	size_t len = strspn(r->at, "0123456789");

	if (*r->at == '"' || *r->at == '\'')
		return take_quoted(r);
	if (!len || isalnum((unsigned char)r->at[len])) {
		bad(r, "the value is neither a number nor a text in quotes");
		return NULL;
	}
	r->at += len;
	return take(r, r->at - len, len);
}

static int take_list(struct reader *r, struct config_value *v)
{
	v->is_list = true;
	for (r->at++;; r->at++) {
		skip(r, true);
		if (*r->at == ']')
			break;
		if (v->nr == CONFIG_LIST_MAX)
			return bad(r, "the list has more than %u parts", CONFIG_LIST_MAX);
		v->texts[v->nr] = take_text(r);
		if (!v->texts[v->nr])
			return -1;
		v->nr++;
		skip(r, true);
		if (*r->at == ']')
			break;
		if (*r->at != ',')
			return bad(r, "a comma or ] is missing in the list");
	}
	r->at++;
	return 0;
}

static struct config_value *find(struct config *c, const char *key)
{
	for (unsigned int i = 0; i < c->nr; i++)
		if (!strcmp(c->values[i].key, key))
			return &c->values[i];
	return NULL;
}

/* KEY += "TEXT": at the end of what it is; of a list, one more. */
static int append(struct reader *r, struct config_value *v)
{
	char *more, *both;

	if (v->is_list) {
		if (*r->at != '[')
			return bad(r, "to a list only a list can be added");
		return take_list(r, v);
	}
	more = take_text(r);
	if (!more)
		return -1;
	if (asprintf(&both, "%s%s", v->texts[0], more) < 0) {
		free(more);
		return fail(r->e, "no memory for the configuration; free some memory");
	}
	free(more);
	free(v->texts[0]);
	v->texts[0] = both;
	return 0;
}

static int take_value(struct reader *r, struct config *c, char *key, bool add)
{
	struct config_value *v = find(c, key);

	if (v && add) {
		free(key);
		return append(r, v);
	}
	if (v || c->nr == CONFIG_KEYS_MAX) {
		bad(r, "%s is %s", key, v ? "said a second time" : "one key too many");
		free(key);
		return -1;
	}
	v = &c->values[c->nr++];
	*v = (struct config_value){ .key = key, .line = r->line };
	if (*r->at == '[')
		return take_list(r, v);
	v->texts[0] = take_text(r);
	v->nr = v->texts[0] ? 1 : 0;
	return v->nr ? 0 : -1;
}

static int take_line(struct reader *r, struct config *c)
{
	const char *begin = r->at;
	bool add = false;
	char *key;

	while (isalnum((unsigned char)*r->at) || *r->at == '_')
		r->at++;
	if (r->at == begin)
		return bad(r, "a line must be KEY = VALUE");
	key = take(r, begin, r->at - begin);
	if (!key)
		return -1;
	skip(r, false);
	if (*r->at == '+') {
		add = true;
		r->at++;
	}
	if (*r->at != '=') {
		bad(r, "there is no = after %s", key);
		free(key);
		return -1;
	}
	r->at++;
	skip(r, false);
	if (take_value(r, c, key, add))
		return -1;
	skip(r, false);
	if (*r->at == ';')
		r->at++;
	else if (*r->at && *r->at != '\n')
		return bad(r, "there is more than one value");
	return 0;
}

/**
 * config_parse() - read a configuration
 * @c: filled; to be freed also after a failure
 * @text: the file's
 * @e: why not
 *
 * Return: 0 or -1.
 */
int config_parse(struct config *c, const char *text, struct errbuf *e)
{
	struct reader r = { .at = text, .line = 1, .e = e };

	*c = (struct config){ .values = calloc(CONFIG_KEYS_MAX, sizeof(*c->values)) };
	if (!c->values)
		return fail(e, "no memory for the configuration; free some memory");
	for (skip(&r, true); *r.at; skip(&r, true))
		if (take_line(&r, c))
			return -1;
	return 0;
}

/**
 * config_read() - config_parse() of a file
 * @c: filled; to be freed also after a failure
 * @path: the file; "-": standard input
 * @e: why not
 *
 * Return: 0 or -1.
 */
int config_read(struct config *c, const char *path, struct errbuf *e)
{
	FILE *f = strcmp(path, "-") ? fopen(path, "re") : stdin;
	char *text = malloc(CONFIG_FILE_MAX + 1);
	struct errbuf why;
	size_t len = 0;
	int rc;

	*c = (struct config){ 0 };
	if (f && text)
		len = fread(text, 1, CONFIG_FILE_MAX + 1, f);
	if (!f || !text || ferror(f)) {
		rc = fail(e, "cannot read %s: %s", path, strerror(errno));
	} else if (len > CONFIG_FILE_MAX || memchr(text, '\0', len)) {
		rc = fail(e, "%s is no configuration of a guest", path);
	} else {
		text[len] = '\0';
		rc = config_parse(c, text, &why);
		if (rc)
			fail(e, "%s, %s", path, why.text);
	}
	if (f && f != stdin)
		fclose(f);
	free(text);
	return rc;
}

/**
 * config_free() - the end of config_parse() and config_read()
 * @c: all zero, or what they filled
 */
void config_free(struct config *c)
{
	for (unsigned int i = 0; i < c->nr; i++) {
		free(c->values[i].key);
		for (unsigned int j = 0; j < c->values[i].nr; j++)
			free(c->values[i].texts[j]);
	}
	free(c->values);
	*c = (struct config){ 0 };
}
