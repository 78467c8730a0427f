// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: What becomes of a domain that shuts down
 *
 * 'destroy' and 'preserve' are the module's work: it is told at the creation.
 * 'restart' needs somebody who reads the kernel's file and builds the domain
 * again, so "lodge create" stays: on the console, in the foreground, or in the
 * background.  Without that process the domain ends as with 'destroy'.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "create.h"

/* More restarts than that within so many seconds: it would go on for ever. */
#define RESTARTS	5
#define RESTARTS_S	60

static bool background;

/* To who can read it: the terminal, or the system's log. */
static void __attribute__((format(printf, 1, 2))) say(const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (background)
		syslog(LOG_NOTICE, "%s", text);
	else
		fprintf(stderr, "lodge: %s\n", text);
}

/**
 * parse_action() - what the user wants to become of a domain
 * @what: the option's name
 * @text: destroy, preserve or restart
 */
enum action parse_action(const char *what, const char *text)
{
	if (!strcmp(text, "destroy"))
		return ACTION_DESTROY;
	if (!strcmp(text, "preserve"))
		return ACTION_PRESERVE;
	if (!strcmp(text, "restart"))
		return ACTION_RESTART;
	usage_error("%s '%s' is not destroy, preserve or restart", what, text);
}

/**
 * may_restart() - must somebody stay with the domain?
 * @policy: its
 */
bool may_restart(const struct policy *policy)
{
	return policy->on_poweroff == ACTION_RESTART || policy->on_reboot == ACTION_RESTART ||
	       policy->on_crash == ACTION_RESTART;
}

/**
 * keep_flags() - the part of a policy that is the module's
 * @policy: of a domain
 *
 * Return: LODGE_CREATE_KEEP() of each code.
 */
uint32_t keep_flags(const struct policy *policy)
{
	uint32_t flags = 0;

	if (policy->on_poweroff == ACTION_PRESERVE)
		flags |= LODGE_CREATE_KEEP(LODGE_SHUTDOWN_CODE_POWEROFF);
	if (policy->on_reboot == ACTION_PRESERVE)
		flags |= LODGE_CREATE_KEEP(LODGE_SHUTDOWN_CODE_REBOOT);
	if (policy->on_crash == ACTION_PRESERVE)
		flags |= LODGE_CREATE_KEEP(LODGE_SHUTDOWN_CODE_CRASH) |
			 LODGE_CREATE_KEEP(LODGE_SHUTDOWN_CODE_WATCHDOG);
	return flags;
}

static enum action action_for(const struct policy *policy, uint32_t code)
{
	switch (code) {
	case LODGE_SHUTDOWN_CODE_POWEROFF:
		return policy->on_poweroff;
	case LODGE_SHUTDOWN_CODE_REBOOT:
		return policy->on_reboot;
	case LODGE_SHUTDOWN_CODE_CRASH:
	case LODGE_SHUTDOWN_CODE_WATCHDOG:
		return policy->on_crash;
	default:
		return ACTION_DESTROY;	/* what domain 0 has ended stays ended */
	}
}

/**
 * absolute_paths() - make a plan's files be found from any directory
 * @p: the plan; a file that is not there is left for its reader to tell
 */
void absolute_paths(struct plan *p)
{
	p->kernel = realpath(p->kernel, NULL) ?: p->kernel;
	if (p->initrd_path)
		p->initrd_path = realpath(p->initrd_path, NULL) ?: p->initrd_path;
	if (p->cloud_init)
		p->cloud_init = realpath(p->cloud_init, NULL) ?: p->cloud_init;
	for (unsigned int i = 0; i < p->nr_disks; i++) {
		char *full = realpath(p->disks[i].target, NULL);

		if (full && strlen(full) < sizeof(p->disks[i].target))
			strcpy(p->disks[i].target, full);
		free(full);
	}
}

/**
 * go_background() - let the caller's shell go on, and stay
 *
 * Standard input, output and error become /dev/null, messages go to syslog.
 *
 * Return: 0 in the process that stays, the other's number in that which is to
 * exit, -1 if there is no second one.
 */
int go_background(void)
{
	int null;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid)
		return pid;
	setsid();
	null = open("/dev/null", O_RDWR);
	for (int fd = 0; null >= 0 && fd < 3; fd++)
		dup2(null, fd);
	if (null > 2)
		close(null);
	if (chdir("/"))		/* keep no file system busy; the paths are absolute */
		syslog(LOG_WARNING, "cannot leave the working directory: %m");
	openlog("lodge", LOG_PID, LOG_DAEMON);
	background = true;
	return 0;
}

static uint64_t now_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec;
}

/* The times of the last restarts go round. */
static bool too_often(void)
{
	static uint64_t last_s[RESTARTS];
	static unsigned int nr;
	uint64_t *oldest = &last_s[nr % RESTARTS], now = now_s();

	if (nr >= RESTARTS && now - *oldest < RESTARTS_S)
		return true;
	*oldest = now;
	nr++;
	return false;
}

static bool goes_on(const struct domain_info *info)
{
	return info->state != LODGE_DOMAIN_STATE_SUSPENDED;
}

/*
 * Be its console until it ends.  Return: 0, 1 if the user has detached and this
 * process shall exit, or -1.
 */
static int on_console(struct plan *p, int console, struct errbuf *e)
{
	bool detached;

	if (attach(console, p->name, &detached, e))
		return -1;
	if (!detached)
		return 0;
	p->console = false;
	return may_restart(&p->policy) ? go_background() : 1;
}

/* Until it has shut down for good.  Return: 0, 1: exit, the user has detached; -1. */
static int wait_for_last_end(struct plan *p, struct client *c, uint32_t domid, int console,
			     struct domain_info *info, struct errbuf *e)
{
	int rc;

	for (;;) {
		rc = p->console ? on_console(p, console, e) : 0;
		close(console);
		if (rc)
			return rc < 0 ? -1 : 1;
		if (wait_for_end(c, domid, info, e))
			return -1;
		if (info->state != LODGE_DOMAIN_STATE_SUSPENDED || !may_restart(&p->policy))
			return 0;
		/* Suspended: that is no end, so stay with it. */
		say("%s: %s; waiting for 'lodge resume'", info->name, info->reason);
		if (wait_until(c, domid, goes_on, -1, info, e))
			return -1;
		console = p->console ? device_console(domid, false, e) : -1;
		if (p->console && console < 0)
			return -1;
	}
}

static int again(struct plan *p, struct client *c, const struct domain_info *info,
		 uint32_t *domid, int *console)
{
	struct errbuf e;

	/* It may have been renamed. */
	p->name = strdup(info->name) ?: p->name;
	p->paused = false;
	*console = -1;
	if (too_often()) {
		say("%s: restarted %u times within %u s; it is left as it is now", p->name,
		    RESTARTS, RESTARTS_S);
		return end_status(info);
	}
	say("%s: %s; restarting it", p->name,
	    info->reason[0] ? info->reason : shutdown_name(info->shutdown));
	if (!create_domain(p, c, domid, console, &e))
		return -1;
	say("%s", e.text);
	return EXIT_FAILED;
}

/**
 * watch_domain() - stay with a domain until its end, and start it again if so wished
 * @p: what it was made from
 * @c: subscribed to events, before the domain was started
 * @domid: the domain
 * @console: its console, or -1; closed here
 *
 * Return: the exit status.
 */
int watch_domain(struct plan *p, struct client *c, uint32_t domid, int console)
{
	struct domain_info info;
	struct errbuf e;
	int rc;

	for (;;) {
		rc = wait_for_last_end(p, c, domid, console, &info, &e);
		if (rc > 0)
			return EXIT_DETACHED;
		if (rc < 0) {
			say("%s", e.text);
			return EXIT_FAILED;
		}
		if (action_for(&p->policy, info.shutdown) != ACTION_RESTART) {
			say("%s: %s", info.name,
			    info.reason[0] ? info.reason : shutdown_name(info.shutdown));
			return end_status(&info);
		}
		rc = again(p, c, &info, &domid, &console);
		if (rc >= 0)
			return rc;
	}
}
