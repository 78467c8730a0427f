// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: Pieces of a device's description
 *
 * What disks and network interfaces have in common: words between commas, some
 * of them KEY=VALUE, and numbers.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "spec.h"

/**
 * spec_next() - the next word between commas, without blanks around it
 * @text: moved on behind it; NULL at the end
 * @piece: filled
 * @size: of @piece; it has room for any word if it has for the whole text
 *
 * Return: false when there is none left.
 */
bool spec_next(const char **text, char *piece, size_t size)
{
	const char *begin = *text, *end;
	size_t len;

	if (!begin)
		return false;
	end = strchr(begin, ',');
	*text = end ? end + 1 : NULL;
	end = end ? end : begin + strlen(begin);
	while (begin < end && isspace((unsigned char)*begin))
		begin++;
	while (end > begin && isspace((unsigned char)end[-1]))
		end--;
	len = end - begin;
	if (len >= size)
		len = size - 1;
	memcpy(piece, begin, len);
	piece[len] = '\0';
	return true;
}

/**
 * spec_value() - cut KEY=VALUE in two
 * @piece: becomes the key
 *
 * Return: the value, or NULL if there is no '='.
 */
char *spec_value(char *piece)
{
	char *at = strchr(piece, '='), *end;

	if (!at)
		return NULL;
	for (end = at; end > piece && isspace((unsigned char)end[-1]); end--)
		;
	*end = '\0';
	for (at++; isspace((unsigned char)*at); at++)
		;
	return at;
}

/**
 * spec_copy() - keep a text
 * @to: where
 * @size: of @to
 * @what: it is, for the user
 * @from: the text
 * @e: why not
 *
 * Return: 0 or -1: it is empty or too long.
 */
int spec_copy(char *to, size_t size, const char *what, const char *from, struct errbuf *e)
{
	size_t len = strlen(from);

	if (!len)
		return fail(e, "%s is empty", what);
	if (len >= size)
		return fail(e, "%s '%.40s' is too long; %zu characters at most", what, from,
			    size - 1);
	memcpy(to, from, len + 1);
	return 0;
}

/**
 * spec_number() - a decimal number
 * @what: it is, for the user
 * @text: nothing but digits
 * @min: least
 * @max: most
 * @n: filled
 * @e: why not
 *
 * Return: 0 or -1.
 */
int spec_number(const char *what, const char *text, uint64_t min, uint64_t max, uint64_t *n,
		struct errbuf *e)
{
	unsigned long long value;
	char *end;

	errno = 0;
	value = strtoull(text, &end, 10);
	if (!isdigit((unsigned char)*text) || *end || errno || value < min || value > max)
		return fail(e, "%s '%.40s' is not a number from %llu to %llu", what, text,
			    (unsigned long long)min, (unsigned long long)max);
	*n = value;
	return 0;
}

/**
 * spec_rate() - bytes a second
 * @what: it is, for the user
 * @text: a number and K, M or G for powers of 1024; or as xl has it, 10Mb/s (bits)
 *	or 1MB/s (bytes) with powers of 1000
 * @bps: filled, at least 1
 * @e: why not
 *
 * Return: 0 or -1.
 */
int spec_rate(const char *what, const char *text, uint64_t *bps, struct errbuf *e)
{
	static const char units[] = "KMG";
	unsigned int divide = 1, thousand = 1024;
	unsigned long long n;
	const char *unit;
	char *end;

	errno = 0;
	n = strtoull(text, &end, 10);
	if (!isdigit((unsigned char)*text) || errno)
		goto bad;
	unit = *end ? strchr(units, *end) : NULL;
	if (unit)
		end++;
	if (!strcmp(end, "b/s") || !strcmp(end, "B/s")) {
		divide = *end == 'b' ? 8 : 1;
		thousand = 1000;
	} else if (*end) {
		goto bad;
	}
	for (const char *u = units; unit && u <= unit; u++)
		if (__builtin_mul_overflow(n, thousand, &n))
			goto bad;
	n /= divide;
	if (!n)
		goto bad;
	*bps = n;
	return 0;
bad:
	return fail(e, "%s '%.40s' is no rate; write bytes a second, as in 10M, or 100Mb/s", what,
		    text);
}
