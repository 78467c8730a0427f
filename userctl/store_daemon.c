// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: xenstored itself
 *
 * Starts the distribution's xenstored, unmodified, when the first domain needs
 * it, and stops it again, which must be before the module can be unloaded:
 * xenstored holds its devices open.  While domains live it cannot be replaced:
 * what is in the store exists in its memory only.
 */
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli.h"
#include "devices.h"
#include "store.h"

#define RUN_DIR		"/var/run/xenstored"	/* compiled into xenstored */
#define PID_FILE	RUN_DIR "/xenstored.pid"
#define STOP_LIMIT_MS	10000

/* Where distributions put the program itself; Debian's in PATH is a wrapper for Xen. */
static const char * const places[] = {
	"/usr/lib/xen-*/bin/xenstored",
	"/usr/libexec/xen/bin/xenstored",
	"/usr/local/sbin/xenstored",
	"/usr/sbin/xenstored",
};

static void find_programs(glob_t *found)
{
	memset(found, 0, sizeof(*found));
	for (size_t i = 0; i < ARRAY_SIZE(places); i++)
		glob(places[i], i ? GLOB_APPEND : 0, NULL, found);
}

/**
 * store_installed() - is there a xenstored that could be started?
 */
bool store_installed(void)
{
	glob_t found;
	bool any;

	find_programs(&found);
	any = found.gl_pathc;
	globfree(&found);
	return any;
}

/* In the child: becomes xenstored.  Its errors go into @err until it is ready. */
static _Noreturn void become_daemon(const char *program, int err)
{
	int null = open("/dev/null", O_RDWR), adj;

	dup2(null, STDIN_FILENO);
	dup2(null, STDOUT_FILENO);
	dup2(err, STDERR_FILENO);
	/* Guests cannot go on without it: not the first to be killed for memory. */
	adj = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
	if (adj >= 0)
		(void)!write(adj, "-500", 4);
	execl(program, program, "--pid-file", PID_FILE, (char *)NULL);
	dprintf(STDERR_FILENO, "%s", strerror(errno));
	_exit(1);
}

/* What it said, until it closed its standard error: it is ready then, or dead. */
static void read_words(int fd, char *text, size_t size)
{
	size_t len = 0;
	char more[256];
	ssize_t n;

	while ((n = read(fd, more, sizeof(more))) > 0 || (n < 0 && errno == EINTR)) {
		if (n < 0)
			continue;
		if ((size_t)n > size - 1 - len)
			n = size - 1 - len;
		memcpy(text + len, more, n);
		len += n;
	}
	while (len && text[len - 1] == '\n')
		len--;
	text[len] = '\0';
}

static enum store_start run(const char *program, struct errbuf *e)
{
	char said[256];
	int pipefd[2];
	pid_t pid;

	if (pipe2(pipefd, O_CLOEXEC))
		return fail(e, "cannot start xenstored: %s", strerror(errno));
	pid = fork();
	if (!pid)
		become_daemon(program, pipefd[1]);
	close(pipefd[1]);
	if (pid < 0) {
		close(pipefd[0]);
		return fail(e, "cannot start xenstored: %s", strerror(errno));
	}
	/* It forks: the first process ends at once. */
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	read_words(pipefd[0], said, sizeof(said));
	close(pipefd[0]);
	if (store_running())
		return STORE_RUNS;
	return fail(e, "%s does not start: %.200s; --no-store does without it", program,
		    said[0] ? said : "it says nothing, the system log may");
}

/**
 * store_start() - see to it that xenstored runs
 * @e: why it does not, on STORE_FAILED
 *
 * Return: STORE_RUNS, STORE_ABSENT if none is installed, STORE_FAILED.
 */
enum store_start store_start(struct errbuf *e)
{
	enum store_start result = STORE_ABSENT;
	glob_t found;

	if (store_running())
		return STORE_RUNS;
	find_programs(&found);
	if (found.gl_pathc && mkdir(RUN_DIR, 0755) && errno != EEXIST) {
		fail(e, "cannot make " RUN_DIR " for xenstored: %s; --no-store does without it",
		     strerror(errno));
		result = STORE_FAILED;
	} else {
		for (size_t i = 0; i < found.gl_pathc && result != STORE_RUNS; i++)
			result = run(found.gl_pathv[i], e);
	}
	globfree(&found);
	return result;
}

/* Whoever listens at the socket; 0 if that cannot be found out. */
static pid_t daemon_pid(void)
{
	static const struct sockaddr_un address = {
		.sun_family = AF_UNIX, .sun_path = RUN_DIR "/socket",
	};
	struct ucred peer = { 0 };
	socklen_t len = sizeof(peer);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	/* libxenstore does not say which file descriptor is its socket. */
	if (fd < 0 || connect(fd, (const struct sockaddr *)&address, sizeof(address)) ||
	    getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len))
		peer.pid = 0;
	if (fd >= 0)
		close(fd);
	return peer.pid;
}

/**
 * store_stop() - end xenstored, if one runs
 * @e: why not
 *
 * The caller has seen that no domain lives.
 *
 * Return: 0 when it has ended, or -1.
 */
int store_stop(struct errbuf *e)
{
	struct pollfd p = { .events = POLLIN };
	pid_t pid;
	int n;

	if (!store_running())
		return 0;
	pid = daemon_pid();
	if (pid <= 1)
		return fail(e, "cannot find out which process xenstored is; stop it by hand");
	p.fd = pidfd_open(pid, 0);
	if (p.fd < 0 || pidfd_send_signal(p.fd, SIGTERM, NULL, 0)) {
		n = errno;
		if (p.fd >= 0)
			close(p.fd);
		return n == ESRCH ? 0 : fail(e, "cannot stop xenstored (process %d): %s", pid,
					     strerror(n));
	}
	n = poll(&p, 1, STOP_LIMIT_MS);
	close(p.fd);
	return n == 1 ? 0 : fail(e, "xenstored (process %d) does not end; stop it by hand", pid);
}

/* Leave this command with these words running, as nobody's child. */
static void spawn(const char *word, const char *next)
{
	pid_t pid = fork();
	int null;

	if (pid < 0)
		return;
	if (pid) {
		while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
			;
		return;
	}
	/* Twice, so that it is nobody's child. */
	setsid();
	if (fork())
		_exit(0);
	null = open("/dev/null", O_RDWR);
	dup2(null, STDIN_FILENO);
	dup2(null, STDOUT_FILENO);
	dup2(null, STDERR_FILENO);
	(void)!chdir("/");
	execl("/proc/self/exe", "lodge", word, next, (char *)NULL);
	_exit(1);
}

/**
 * store_spawn_watch() - leave a "lodge store watch" running
 *
 * It ends at once if there is one already.  A failure means only that the
 * nodes of ended domains stay until the next command that sweeps.
 */
void store_spawn_watch(void)
{
	spawn("store", "watch");
}

/**
 * devices_spawn() - leave a "lodge devices" running
 *
 * It ends at once if there is one already.  A failure means that devices do not
 * connect before the next command that makes one, or the user, starts it.
 */
void devices_spawn(void)
{
	spawn("devices", NULL);
}

/**
 * store_lock() - be the only one of a kind that serves this xenstored
 * @kind: of process
 * @e: why not
 *
 * The lock goes with the process; one that serves a xenstored that has ended does
 * not count.
 *
 * Return: 0 or -1.
 */
int store_lock(const char *kind, struct errbuf *e)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), RUN_DIR "/lodge-%s-%d.lock", kind, daemon_pid());
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		return fail(e, "cannot open %s: %s", path, strerror(errno));
	if (!flock(fd, LOCK_EX | LOCK_NB))
		return 0;	/* open until the end */
	close(fd);
	return fail(e, "another such process runs already");
}
