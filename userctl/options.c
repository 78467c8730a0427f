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
 * @options: its long options; one with val 'j' has the short form -j
 *
 * Options may come before and after arguments; "--" ends them.
 *
 * Return: the option's val, or -1 after the last.
 */
int next_option(int argc, char **argv, const struct option *options)
{
	const char *shorts = ":";
	const char *word;
	int c;

	for (const struct option *o = options; o->name; o++)
		if (o->val == 'j')
			shorts = ":j";
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
 * check_name() - exit if this cannot be a domain's name
 * @name: the text
 */
void check_name(const char *name)
{
	size_t len = strlen(name);

	if (!len || len >= LODGE_NAME_MAX || !isalnum((unsigned char)*name) ||
	    strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-") != len)
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
