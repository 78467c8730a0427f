// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: The end of a domain
 *
 * How a domain ends, whoever wants it to: its guest (domain_shutdown), a rule
 * it broke (domain_kill), domain 0 (domain_destroy), or a creator that went
 * away (domain_builder_gone).  All leave a reason and queue one piece of work,
 * which does the rest in a sleepable context.  Who excludes whom is said at
 * the top of domain.c.
 */
#include <linux/module.h>
#include <linux/ratelimit.h>
#include <linux/workqueue.h>

#include "lodge.h"
#include "uapi/lodge_netlink.h"

static struct workqueue_struct *end_queue;

/**
 * domain_init() - prepare for domains
 *
 * Context: sleepable, module load.
 * Return: 0 or -ENOMEM.
 */
int domain_init(void)
{
	/* Unbound: an end sleeps and takes long, and one must not wait for another. */
	end_queue = alloc_workqueue("lodge", WQ_UNBOUND, 0);
	return end_queue ? 0 : -ENOMEM;
}

/**
 * domain_exit() - forget all records and wait for the last end_work to return
 *
 * Context: sleepable, module unload; /dev/lodge and the netlink family are gone.
 */
void domain_exit(void)
{
	destroy_workqueue(end_queue);
	domains_forget_ended();
}

/* ---- reasons ---- */

/* Queue end_work with a reference of its own. */
static void queue_end(struct domain *d)
{
	kref_get(&d->ref);
	if (!queue_work(end_queue, &d->end_work))
		domain_put(d);	/* it was queued already; not the last reference */
}

/**
 * domain_set_reason() - say why something failed, while the domain lives on
 * @d: the domain
 * @fmt: one plain sentence
 *
 * Overwritten by the reason of the domain's end; never overwrites that.
 *
 * Context: any.
 */
void domain_set_reason(struct domain *d, const char *fmt, ...)
{
	char text[LODGE_REASON_MAX];
	unsigned long flags;
	va_list args;

	va_start(args, fmt);
	vscnprintf(text, sizeof(text), fmt, args);
	va_end(args);

	spin_lock_irqsave(&d->reason_lock, flags);
	if (!d->ended)
		strscpy(d->reason, text, sizeof(d->reason));
	spin_unlock_irqrestore(&d->reason_lock, flags);
}

/**
 * domain_get_reason() - why a domain ended, or why its start failed
 * @d: the domain
 * @reason: LODGE_REASON_MAX bytes, for the sentence; empty if there is none
 *
 * Context: any.
 * Return: SHUTDOWN_* or LODGE_SHUTDOWN_*.
 */
u8 domain_get_reason(struct domain *d, char *reason)
{
	unsigned long flags;
	u8 code;

	spin_lock_irqsave(&d->reason_lock, flags);
	strscpy(reason, d->reason, LODGE_REASON_MAX);
	code = d->shutdown_reason;
	spin_unlock_irqrestore(&d->reason_lock, flags);
	return code;
}

/* Does only the domain stop, or do its resources go, too? */
static bool keeps_memory(const struct domain *d, u8 code)
{
	if (code == SHUTDOWN_suspend)
		return true;
	/* One that never ran has nothing worth keeping. */
	return READ_ONCE(d->state) == DOMAIN_RUNNING && code < BITS_PER_BYTE && d->keep & BIT(code);
}

/*
 * The one way to the end.  The first reason is kept, except that a suspended
 * domain can be destroyed.  Returns true if this call's reason is it.
 */
static bool end_with(struct domain *d, u8 code, const char *text)
{
	unsigned long flags;
	bool first, goes;

	spin_lock_irqsave(&d->reason_lock, flags);
	goes = code == LODGE_SHUTDOWN_DESTROYED && !test_bit(DOMAIN_END_BIT, &d->ended);
	first = !d->ended || (goes && d->shutdown_reason == SHUTDOWN_suspend);
	if (first) {
		d->shutdown_reason = code;
		strscpy(d->reason, text, sizeof(d->reason));
		set_bit(DOMAIN_STOP_BIT, &d->ended);
		goes |= !keeps_memory(d, code);
	}
	if (goes)
		set_bit(DOMAIN_END_BIT, &d->ended);
	spin_unlock_irqrestore(&d->reason_lock, flags);
	if (first || goes)
		queue_end(d);
	return first;
}

/**
 * domain_end_suspend() - a suspended domain is alive again
 * @d: the domain
 *
 * From here on it can shut down and be killed anew.
 *
 * Context: any.
 * Return: false if it is not suspended, or about to be destroyed.
 */
bool domain_end_suspend(struct domain *d)
{
	unsigned long flags;
	bool ret;

	spin_lock_irqsave(&d->reason_lock, flags);
	ret = d->shutdown_reason == SHUTDOWN_suspend && !test_bit(DOMAIN_END_BIT, &d->ended);
	if (ret) {
		d->shutdown_reason = LODGE_SHUTDOWN_NONE;
		d->reason[0] = '\0';
		d->shutdown_code = 0;
		WRITE_ONCE(d->ended, 0);
	}
	spin_unlock_irqrestore(&d->reason_lock, flags);
	return ret;
}

/**
 * domain_shutdown() - the guest has shut itself down
 * @d: the domain
 * @reason: SHUTDOWN_*, as the guest gave it; unknown ones end the domain too
 *
 * No vCPU of @d is entered any more; the rest happens in end_work.  Suspend
 * keeps the domain's memory, and so does what LODGE_CREATE named; everything
 * else frees it.
 *
 * Context: any, hard IRQ included; @d must be alive (a vCPU of it runs, or its
 * timers do).
 */
void domain_shutdown(struct domain *d, u8 reason)
{
	static const char * const sentence[] = {
		[SHUTDOWN_poweroff]	= "the guest powered off",
		[SHUTDOWN_reboot]	= "the guest asked for a reboot",
		[SHUTDOWN_suspend]	= "the guest suspended itself",
		[SHUTDOWN_crash]	= "the guest kernel crashed",
		[SHUTDOWN_watchdog]	= "the guest's watchdog expired",
		[SHUTDOWN_soft_reset]	= "the guest asked for a soft reset, which is not offered",
	};

	if (reason >= ARRAY_SIZE(sentence)) {
		domain_kill(d, "the guest shut down with the unknown reason %u", reason);
		return;
	}
	if (!end_with(d, reason, sentence[reason]))
		return;
	if (reason == SHUTDOWN_crash || reason == SHUTDOWN_watchdog)
		pr_notice_ratelimited("%s: %s\n", d->name, sentence[reason]);
}

/**
 * domain_kill() - end a domain that broke a rule, or that we cannot go on with
 * @d: the domain
 * @fmt: one plain sentence, shown to the user; the first one is kept
 *
 * Counts as a crash.  Returns at once; the caller leaves the vCPU alone after.
 *
 * Context: any, hard IRQ included; @d must be alive.
 */
void domain_kill(struct domain *d, const char *fmt, ...)
{
	char text[LODGE_REASON_MAX];
	va_list args;

	va_start(args, fmt);
	vscnprintf(text, sizeof(text), fmt, args);
	va_end(args);

	if (end_with(d, SHUTDOWN_crash, text))
		pr_notice_ratelimited("%s: %s\n", d->name, text);
}

/* ---- the work ---- */

static void set_state(struct domain *d, enum domain_state state)
{
	lockdep_assert_held(&d->life_lock);
	mutex_lock(&d->lock);
	WRITE_ONCE(d->state, state);
	mutex_unlock(&d->lock);
}

/**
 * domain_become_record() - nothing is left but a record: say so
 * @d: the domain, its resources freed
 * @keep: the record stays; if not, the domain is forgotten
 *
 * Drops the domain's hold on the module.
 *
 * Context: sleepable, life_lock held.
 */
void domain_become_record(struct domain *d, bool keep)
{
	mutex_lock(&d->lock);
	d->died_ns = ktime_get_boottime_ns();
	WRITE_ONCE(d->state, DOMAIN_ENDED);
	mutex_unlock(&d->lock);
	if (keep) {
		netlink_notify(d, LODGE_CMD_ENDED_NTF);
		domain_list_ended(d);
	} else {
		domain_forget(d);	/* -ENOENT: someone forgot it first */
	}
	wake_up_all(&d->wait);
	evtchn_dom0_virq(VIRQ_DOM_EXC);
	module_put(THIS_MODULE);
}

/**
 * domain_keep() - a suspended or preserved domain keeps all it has
 * @d: the domain, shut down but not to end; nothing happens the second time
 *
 * Context: sleepable, life_lock held.
 */
void domain_keep(struct domain *d)
{
	lockdep_assert_held(&d->life_lock);
	if (d->kept)
		return;
	d->kept = true;
	domain_stop_vcpus(d);
	watchdog_exit(d);
	mutex_lock(&d->lock);
	WRITE_ONCE(d->pause_count, d->pause_count + 1);
	mutex_unlock(&d->lock);
	console_pause(d);	/* whoever reads it gets the end of file */
	netlink_notify(d, LODGE_CMD_SHUTDOWN_NTF);
	wake_up_all(&d->wait);
	evtchn_dom0_virq(VIRQ_DOM_EXC);
}

static void end(struct domain *d)
{
	bool started = d->state == DOMAIN_RUNNING;

	set_state(d, DOMAIN_DYING);
	/* Why a preserved one has shut down has been said. */
	if (started && (!d->kept || d->shutdown_reason == LODGE_SHUTDOWN_DESTROYED))
		netlink_notify(d, LODGE_CMD_SHUTDOWN_NTF);
	evtchn_dom0_virq(VIRQ_DOM_EXC);
	domain_seal_memory(d);
	domain_free_resources(d);
	domain_become_record(d, started);
}

/**
 * domain_end_work() - do what domain_shutdown() and its like asked for
 * @work: the domain's end_work
 *
 * May run more often than needed (suspend, then resume or destroy; or a
 * destroy that loses to another end): whatever is done already is left alone.
 *
 * Context: workqueue; owns a reference on the domain.
 */
void domain_end_work(struct work_struct *work)
{
	struct domain *d = container_of(work, struct domain, end_work);

	mutex_lock(&d->life_lock);
	if (d->state != DOMAIN_ENDED && d->ended) {
		if (!test_bit(DOMAIN_END_BIT, &d->ended)) {
			domain_keep(d);
		} else {
			domain_stop_vcpus(d);
			end(d);
		}
	}
	mutex_unlock(&d->life_lock);
	domain_put(d);
}

/**
 * domain_destroy() - end a domain, or forget one that has ended
 * @d: the domain; the caller has a reference
 *
 * If it dies already, for whatever reason, that reason is kept and this waits.
 *
 * Context: sleepable.
 * Return: 0 when its resources are free; -EINTR if a fatal
 * signal came first, and the end goes on; -ENOENT for a record that someone
 * else forgot.
 */
int domain_destroy(struct domain *d)
{
	if (READ_ONCE(d->state) == DOMAIN_ENDED)
		return domain_forget(d);
	end_with(d, LODGE_SHUTDOWN_DESTROYED, "destroyed by domain 0");
	if (wait_event_killable(d->wait, READ_ONCE(d->state) == DOMAIN_ENDED))
		return -EINTR;
	return 0;
}

/**
 * domain_builder_gone() - the creator's file is closed
 * @d: the domain; the caller has a reference
 *
 * A file is closed after its last mapping, so there is nothing to revoke from
 * here on.  A domain that was never started goes, and leaves no record.
 *
 * Context: sleepable; waits for the end of such a domain.
 */
void domain_builder_gone(struct domain *d)
{
	bool unfinished;

	mutex_lock(&d->life_lock);
	d->mapping = NULL;
	unfinished = d->state == DOMAIN_BUILDING;
	mutex_unlock(&d->life_lock);
	if (!unfinished)
		return;
	end_with(d, LODGE_SHUTDOWN_DESTROYED, "its creator went away before starting it");
	wait_event(d->wait, READ_ONCE(d->state) == DOMAIN_ENDED);
}
