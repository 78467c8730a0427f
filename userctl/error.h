/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * DOC: One-line errors
 *
 * A function that can fail returns 0, or -1 after fail() wrote one line into
 * the caller's struct errbuf: what, why, and what to do.  Whoever prints it
 * (main.c) adds nothing but the program's name.  No function here prints.
 */
#ifndef LODGE_ERROR_H
#define LODGE_ERROR_H

#include <stdarg.h>
#include <stddef.h>

/* Needed everywhere, and the C library has none. */
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

struct errbuf {
	char text[512];
};

/**
 * fail() - keep the reason of a failure
 * @e: where; a later failure replaces an earlier one
 * @fmt: one line, no newline at its end
 *
 * Control characters in the result are replaced, so that a name or a path
 * cannot make the message two lines.
 *
 * Return: -1, always, for "return fail(...)".
 */
int fail(struct errbuf *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/**
 * text_clean() - make untrusted text safe to print on one line of a terminal
 * @text: changed in place; control characters become '?'
 */
void text_clean(char *text);

#endif
