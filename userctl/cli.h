/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * DOC: The lodge command
 *
 * main.c has the table of subcommands; each cmd_*.c is one (or a few of a
 * kind), and takes its parts from the files below.  A subcommand gets its
 * arguments with argv[0] its own name and returns an exit status; errors go
 * through report() and usage_error(), one line each.
 */
#ifndef LODGE_CLI_H
#define LODGE_CLI_H

#include <getopt.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include <cjson/cJSON.h>

#include "error.h"
#include "lodge.h"
#include "lodge_netlink.h"

/* Exit statuses: part of the contract, see lodge(8). */
#define EXIT_OK		0	/* and: the guest powered off */
#define EXIT_FAILED	1
#define EXIT_USAGE	2
#define EXIT_CRASHED	3	/* crash, watchdog, soft reset */
#define EXIT_REBOOT	4
#define EXIT_DESTROYED	5
#define EXIT_SUSPENDED	6
#define EXIT_DETACHED	7	/* create --console: Ctrl-] */
#define EXIT_TIMEOUT	8	/* --timeout is over */

/* ---- main.c ---- */
struct command {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *usage;	/* after "lodge NAME" */
	const char *summary;
	const char *help;	/* options, a line each; may be NULL */
};
extern const struct command *current_command;
int report(const struct errbuf *e);
_Noreturn void usage_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* ---- options.c ---- */
int next_option(int argc, char **argv, const struct option *options);
const char *name_argument(int argc, char **argv);
const char *next_argument(int argc, char **argv, const char *what);
void no_more_arguments(int argc, char **argv);
uint64_t parse_size(const char *what, const char *text);
int read_time(const char *what, const char *text, uint64_t min_ns, uint64_t max_ns,
	      uint64_t *ns, struct errbuf *e);
uint64_t parse_time(const char *what, const char *text, uint64_t min_ns, uint64_t max_ns);
unsigned int parse_number(const char *what, const char *text, unsigned int min,
			  unsigned int max);
bool is_name(const char *name);
void check_name(const char *name);
bool parse_name_and_json(int argc, char **argv, const char **name);

/* ---- client.c: generic netlink ---- */
struct domain_info {
	uint32_t id, state, shutdown, vcpus, weight;
	uint64_t memory, memory_max, created_ns, uptime_ns, cpu_time_ns;
	char name[LODGE_NAME_MAX];
	char reason[LODGE_REASON_MAX];
	uint8_t uuid[16];
};
struct client {
	struct nl_sock *sock;
	struct nl_sock *events;
	int family;
	int bad_attr;		/* which of a request's the module complained about, or -1 */
	int error;		/* errno of the last answer */
};
struct nlattr;
struct reply {
	uint8_t cmd;
	struct nlattr **attrs;		/* by type; of one that is repeated, the last */
	struct nlattr *first;		/* all of them, in order */
	int len;
};
typedef void (*reply_fn)(const struct reply *r, void *data);
struct domain_ref {
	const char *name;	/* or NULL: by id */
	uint32_t id;
};
struct request_attr {
	int type;		/* LODGE_A_*; 0 ends a list */
	const char *text;	/* a string, or NULL */
	uint64_t number;	/* else this u32, */
	bool wide;		/* or u64, */
	bool flag;		/* or nothing but itself, */
	const void *data;	/* or so many bytes, */
	size_t len;
	const struct request_attr *nest;	/* or these */
};
int client_open(struct client *c, struct errbuf *e);
void client_close(struct client *c);
int client_request(struct client *c, uint8_t cmd, const struct domain_ref *ref,
		   const struct request_attr *attrs, reply_fn fn, void *data, struct errbuf *e);
int client_dump(struct client *c, uint8_t cmd, const struct domain_ref *ref,
		reply_fn fn, void *data, struct errbuf *e);
int client_subscribe(struct client *c, struct errbuf *e);
int client_event_fd(const struct client *c);
int client_event(struct client *c, reply_fn fn, void *data, int timeout_ms, struct errbuf *e);

/* ---- reply.c ---- */
uint64_t attr_u64(struct nlattr *attr);
void attr_string(char *buf, size_t size, struct nlattr *attr);
void domain_info_read(struct domain_info *info, struct nlattr **attrs);
int client_get(struct client *c, const struct domain_ref *ref, struct domain_info *info,
	       struct errbuf *e);
int client_info(struct client *c, cJSON *json, struct errbuf *e);

/* ---- device.c: /dev/lodge ---- */
int device_open(struct errbuf *e);
int device_console(uint32_t domid, bool log_only, struct errbuf *e);

/* ---- progress.c ---- */
void progress_begin(const char *name, uint64_t bytes);
void progress_end(void);

/* ---- attach.c: a console on this terminal ---- */
int attach(int console, const char *name, bool *detached, struct errbuf *e);
int copy_log(int console, struct errbuf *e);

/* ---- end_status.c ---- */
int wait_until(struct client *c, uint32_t id, bool (*done)(const struct domain_info *info),
	       int timeout_s, struct domain_info *info, struct errbuf *e);
int wait_for_end(struct client *c, uint32_t id, struct domain_info *info, struct errbuf *e);
bool has_shut_down(const struct domain_info *info);
int end_status(const struct domain_info *info);

/* ---- control.c: requests by xenstore ---- */
int control_send(const struct domain_info *info, const char *node, const char *feature,
		 const char *value, struct errbuf *e);

/* ---- sysrq.c: keys of the guest kernel's own ---- */
int sysrq_send(const struct domain_info *info, const char *keys, struct errbuf *e);

/* ---- text.c: what is printed ---- */
const char *state_name(uint32_t state);
const char *vcpu_state_name(uint32_t state);
const char *shutdown_name(uint32_t code);
const char *event_name(uint8_t cmd);
const char *warp_name(uint32_t warp);
void print_json(cJSON *json);
void json_u64(cJSON *object, const char *key, uint64_t value);
cJSON *json_domain(const struct domain_info *info);
const char *format_bytes(char *buf, size_t size, uint64_t bytes);
const char *format_time(char *buf, size_t size, uint64_t ns);
const char *format_duration(char *buf, size_t size, uint64_t ns);
void print_domain_line(const struct domain_info *info, bool heading);

/* ---- host.c: what check looks at, without the module ---- */
enum finding { FINDING_OK, FINDING_WARNING, FINDING_REFUSED };
struct host_check {
	const char *name;
	enum finding (*check)(char *text, size_t size);
};
extern const struct host_check host_checks[];
extern const unsigned int nr_host_checks;

/* ---- the subcommands ---- */
int cmd_devices(int argc, char **argv);
int cmd_disk(int argc, char **argv);
int cmd_net(int argc, char **argv);
int cmd_create(int argc, char **argv);
int cmd_list(int argc, char **argv);
int cmd_show(int argc, char **argv);
int cmd_console(int argc, char **argv);
int cmd_pause(int argc, char **argv);
int cmd_unpause(int argc, char **argv);
int cmd_destroy(int argc, char **argv);
int cmd_wait(int argc, char **argv);
int cmd_monitor(int argc, char **argv);
int cmd_sched(int argc, char **argv);
int cmd_stat(int argc, char **argv);
int cmd_top(int argc, char **argv);
int cmd_audit(int argc, char **argv);
int cmd_store(int argc, char **argv);
int cmd_trace(int argc, char **argv);
int cmd_check(int argc, char **argv);
int cmd_shutdown(int argc, char **argv);
int cmd_reboot(int argc, char **argv);
int cmd_sysrq(int argc, char **argv);
int cmd_rename(int argc, char **argv);
int cmd_dump_core(int argc, char **argv);
int cmd_suspend(int argc, char **argv);
int cmd_resume(int argc, char **argv);
int cmd_mem_set(int argc, char **argv);
int cmd_vcpu_set(int argc, char **argv);
int cmd_vcpu_list(int argc, char **argv);
int cmd_vcpu_pin(int argc, char **argv);

#endif
