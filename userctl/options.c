// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: Arguments
 *
 * Every wrong argument ends in usage_error(), which does not return.
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"

/**
 * next_option() - getopt_long() with our own messages
 * @argc: of the subcommand
 * @argv: of the subcommand
 * @options: its long options; some have short forms, which then are their val
 *
 * Options may come before and after arguments; "--" ends them.
 *
 * Return: the option's val, or -1 after the last.
 */
int next_option(int argc, char **argv, const struct option *options)
{
	static const char * const with_short[] = {
		"json", "output", "batch", "iterations", "delay", "sort", "vcpus", "file",
	};
	char shorts[2 * ARRAY_SIZE(with_short) + 2] = ":";
	size_t used = 1;
	const char *word;
	int c;

	for (const struct option *o = options; o->name; o++)
		for (size_t i = 0; i < ARRAY_SIZE(with_short); i++)
			if (!strcmp(o->name, with_short[i]) && o->val < 128 && islower(o->val)) {
				shorts[used++] = o->val;
				if (o->has_arg)
					shorts[used++] = ':';
			}
	opterr = 0;
	c = getopt_long(argc, argv, shorts, options, NULL);
	word = optind ? argv[optind - 1] : "";
	if (c == ':')
		usage_error("option '%s' needs a value", word);
	/* getopt names a wrong short option by its letter, others not. */
	if (c == '?' && strncmp(word, "--", 2) && optopt)
		usage_error("unknown option '-%c'", optopt);
	if (c == '?' && optopt)
		usage_error("option '%s' takes no value", word);
	if (c == '?')
		usage_error("unknown option '%s'", word);
	return c;
}

/**
 * name_argument() - the one argument that is the domain's name
 * @argc: after the last option
 * @argv: after the last option
 */
const char *name_argument(int argc, char **argv)
{
	const char *name;

	if (optind >= argc)
		usage_error("the name of a domain is missing");
	name = argv[optind++];
	no_more_arguments(argc, argv);
	check_name(name);
	return name;
}

/**
 * next_argument() - an argument that is not an option, before the last one
 * @argc: after the last option
 * @argv: after the last option
 * @what: it is, for the user
 */
const char *next_argument(int argc, char **argv, const char *what)
{
	if (optind >= argc)
		usage_error("%s is missing", what);
	return argv[optind++];
}

/**
 * no_more_arguments() - exit if there is an argument left
 * @argc: after the last option
 * @argv: after the last option
 */
void no_more_arguments(int argc, char **argv)
{
	if (optind < argc)
		usage_error("'%s' is one argument too many", argv[optind]);
}

/**
 * parse_name_and_json() - for the commands that take NAME and -j only
 * @argc: of the subcommand
 * @argv: of the subcommand
 * @name: filled; NULL if the command takes no name
 *
 * Return: whether JSON is wanted.
 */
bool parse_name_and_json(int argc, char **argv, const char **name)
{
	static const struct option options[] = {
		{ "json", no_argument, NULL, 'j' },
		{ }
	};
	bool json = false;

	while (next_option(argc, argv, options) != -1)
		json = true;
	if (name)
		*name = name_argument(argc, argv);
	else
		no_more_arguments(argc, argv);
	return json;
}

/**
 * is_name() - can a domain be called so?
 * @name: the text
 */
bool is_name(const char *name)
{
	size_t len = strlen(name);

	return len && len < LODGE_NAME_MAX && isalnum((unsigned char)*name) &&
	       strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-") == len;
}

/**
 * check_name() - exit if this cannot be a domain's name
 * @name: the text
 */
void check_name(const char *name)
{
	if (!strcmp(name, LODGE_DOMAIN0_NAME))
		usage_error("%s is the host; only 'lodge sched' knows it by this name", name);
	if (!is_name(name))
		usage_error("'%.80s' is no name: up to %u of A-Z a-z 0-9 . _ -, the first a letter or digit",
			    name, LODGE_NAME_MAX - 1);
}

/**
 * parse_size() - an amount of memory
 * @what: the option's name
 * @text: a decimal number and K, M, G or T
 *
 * Return: bytes, a multiple of the page size.
 */
uint64_t parse_size(const char *what, const char *text)
{
	static const char units[] = "KMGT";
	unsigned long long n;
	unsigned int shift;
	const char *unit;
	char *end;

	errno = 0;
	n = strtoull(text, &end, 10);
	if (!isdigit((unsigned char)*text) || errno || !n)
		usage_error("%s '%s' is no size; write it as in 96M or 1G", what, text);
	unit = *end ? strchr(units, toupper((unsigned char)*end)) : NULL;
	if (!unit || end[1])
		usage_error("%s '%s' needs a unit, K, M, G or T, as in 96M or 1G", what, text);
	shift = 10 * (unit - units + 1);
	if (n > (1ULL << 44) >> shift)
		usage_error("%s '%s' is too much; at most 16T", what, text);
	n <<= shift;
	if (n & 4095)
		usage_error("%s '%s' is no multiple of 4K, a page", what, text);
	return n;
}

/**
 * read_time() - a span of time
 * @what: what it is of, for the user
 * @text: a decimal number and ns, us, ms, s, m or h
 * @min_ns: least
 * @max_ns: most
 * @ns: filled
 * @e: why not
 *
 * Return: 0 or -1.
 */
int read_time(const char *what, const char *text, uint64_t min_ns, uint64_t max_ns,
	      uint64_t *ns, struct errbuf *e)
{
	static const struct {
		const char *name;
		uint64_t ns;
	} units[] = {
		{ "ns", 1 }, { "us", 1000 }, { "ms", 1000000 }, { "s", 1000000000 },
		{ "m", 60000000000 }, { "h", 3600000000000 },
	};
	char least[24], most[24], *end;
	unsigned long long n;
	size_t i = 0;

	errno = 0;
	n = strtoull(text, &end, 10);
	if (!isdigit((unsigned char)*text))
		return fail(e, "%s '%s' is no time; write it as in 5ms or 100us", what, text);
	while (i < ARRAY_SIZE(units) && strcmp(end, units[i].name))
		i++;
	if (i == ARRAY_SIZE(units))
		return fail(e, "%s '%s' needs a unit, ns, us, ms, s, m or h, as in 5ms", what,
			    text);
	if (errno || n > max_ns / units[i].ns || n * units[i].ns < min_ns)
		return fail(e, "%s '%s' is not in the range from %s to %s", what, text,
			    format_time(least, sizeof(least), min_ns),
			    format_time(most, sizeof(most), max_ns));
	*ns = n * units[i].ns;
	return 0;
}

/**
 * parse_time() - read_time() of an option
 * @what: the option's name
 * @text: as for read_time()
 * @min_ns: least
 * @max_ns: most
 *
 * Return: ns.
 */
uint64_t parse_time(const char *what, const char *text, uint64_t min_ns, uint64_t max_ns)
{
	struct errbuf e;
	uint64_t ns;

	if (read_time(what, text, min_ns, max_ns, &ns, &e))
		usage_error("%s", e.text);
	return ns;
}

/**
 * parse_number() - a plain decimal number
 * @what: the option's name
 * @text: the number
 * @min: least
 * @max: most
 */
unsigned int parse_number(const char *what, const char *text, unsigned int min,
			  unsigned int max)
{
	unsigned long n;
	char *end;

	errno = 0;
	n = strtoul(text, &end, 10);
	if (!isdigit((unsigned char)*text) || errno || *end || n < min || n > max)
		usage_error("%s '%s' is not a number from %u to %u", what, text, min, max);
	return n;
}
