/* SPDX-License-Identifier: GPL-2.0-only */
/* DOC: Repeated counters of the module's answers, for show, stat and top */
#ifndef LODGE_COUNTERS_H
#define LODGE_COUNTERS_H

#include <stdint.h>

#include <cjson/cJSON.h>

struct reply;

/* Names for ids that the module gave none; NULL: it has none. */
typedef const char *(*counter_name_fn)(unsigned int id);

cJSON *json_counters(const struct reply *r, int type, counter_name_fn name);
void print_counters(const char *prefix, const struct reply *r, int type, counter_name_fn name);
uint64_t named_counter(const struct reply *r, int type, const char *name);

#endif
