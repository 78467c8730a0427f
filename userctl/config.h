/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * DOC: Configuration files of guests
 *
 * xl.cfg's syntax: KEY = VALUE a line, where a value is a number, a text in
 * quotes or a list of texts in brackets.  config.c knows the syntax,
 * create_config.c what the keys mean.
 */
#ifndef LODGE_CONFIG_H
#define LODGE_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include "error.h"

#define CONFIG_KEYS_MAX		128
#define CONFIG_LIST_MAX		64
#define CONFIG_FILE_MAX		(1 << 20)

struct config_value {
	char *key;
	unsigned int line;
	bool is_list;
	char *texts[CONFIG_LIST_MAX];	/* [0]: the value; of a list: all that it has */
	unsigned int nr;
};

struct config {
	struct config_value *values;
	unsigned int nr;
};

int config_parse(struct config *c, const char *text, struct errbuf *e);
int config_read(struct config *c, const char *path, struct errbuf *e);
void config_free(struct config *c);

#endif
