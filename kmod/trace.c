// SPDX-License-Identifier: GPL-2.0-only
/*
 * trace.c: the definitions of trace.h's tracepoints, and nothing else.
 */
#include "lodge.h"	/* those that it includes are defined elsewhere */

#define CREATE_TRACE_POINTS
#include "trace.h"
