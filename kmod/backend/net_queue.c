// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: Network back end, queues
 *
 * A queue is a pair of rings and a thread of domain 0's, which alone touches
 * them: it takes what the guest sends (net_tx.c), gives it what it gets
 * (net_rx.c), and ends the pins of packets that are gone.  Pins want a task, so
 * neither the guest's events nor the kernel's transmission do more than wake it.
 *
 * A guest that sends events for nothing has the thread sleep before it looks
 * again: work that is really there wakes it no later than the next tick.
 */
#include <linux/kthread.h>
#include <linux/sched.h>

#include "net.h"

#define IDLE_EVENTS_MAX	32u	/* running; then they are looked at once a tick */
#define DRAIN_MS	1000	/* how long a queue that closes waits for its packets */

static void queue_event(struct backend_port *port)
{
	struct net_queue *q = container_of(port, struct net_queue, port[0]);

	net_kick(q);
}

static void queue_event_rx(struct backend_port *port)
{
	struct net_queue *q = container_of(port, struct net_queue, port[1]);

	net_kick(q);
}

/* All that can be done now; is anything left? */
static bool work(struct net_queue *q, u64 *wake_ns, bool *idle)
{
	const u32 tx = q->tx_cons, rsp = q->tx_rsp, rx = q->rx_cons;
	const u64 now_ns = ktime_get_ns();
	bool more;

	*wake_ns = U64_MAX;
	more = net_tx_finish(q);
	if (!READ_ONCE(q->nb->shut)) {
		more |= net_tx_work(q, now_ns, wake_ns);
		more |= net_rx_work(q, now_ns, wake_ns);
	}
	*idle = !more && tx == q->tx_cons && rsp == q->tx_rsp && rx == q->rx_cons;
	return more;
}

static bool wanted(struct net_queue *q)
{
	return READ_ONCE(q->kicked) || !llist_empty(&q->flight->done) || kthread_should_stop();
}

static void wait_until(struct net_queue *q, u64 wake_ns)
{
	const u64 now_ns = ktime_get_ns();

	if (wake_ns == U64_MAX)
		wait_event_idle(q->flight->wait, wanted(q));
	else if (wake_ns > now_ns)
		wait_event_idle_timeout(q->flight->wait, wanted(q),
					nsecs_to_jiffies(wake_ns - now_ns) + 1);
}

static int queue_thread(void *data)
{
	struct net_queue *q = data;
	u64 wake_ns = U64_MAX;
	bool idle, kicked;

	while (!kthread_should_stop()) {
		kicked = xchg(&q->kicked, false);
		if (work(q, &wake_ns, &idle)) {
			cond_resched();
			continue;
		}
		if (!kicked || !idle) {
			q->idle_events = 0;
		} else {
			q->counts.spurious++;
			if (++q->idle_events > IDLE_EVENTS_MAX)
				schedule_timeout_idle(1);
		}
		wait_until(q, wake_ns);
	}
	return 0;
}

static int bind_ports(struct net_queue *q, const struct backend_queue_args *args)
{
	int ret = backend_bind_port(&q->nb->be, args->evtchn[0], queue_event, &q->port[0]);

	if (!ret && args->split)
		ret = backend_bind_port(&q->nb->be, args->evtchn[1], queue_event_rx, &q->port[1]);
	return ret;
}

static int map_rings(struct net_queue *q, const struct backend_queue_args *args)
{
	int ret = backend_map_ring(&q->nb->be, &args->ref[0], 1, &q->ring[0]);

	if (!ret)
		ret = backend_map_ring(&q->nb->be, &args->ref[1], 1, &q->ring[1]);
	if (ret)
		return ret;
	BUILD_BUG_ON(__CONST_RING_SIZE(xen_netif_tx, PAGE_SIZE) != NET_RING_SIZE);
	BUILD_BUG_ON(__CONST_RING_SIZE(xen_netif_rx, PAGE_SIZE) != NET_RING_SIZE);
	q->tx = q->ring[0].addr;
	q->rx = q->ring[1].addr;
	/* Go on where an earlier connection ended, as front ends that survive one expect. */
	q->tx_cons = READ_ONCE(q->tx->rsp_prod);
	q->tx_rsp = q->tx_cons;
	q->tx_told = q->tx_cons;
	q->rx_cons = READ_ONCE(q->rx->rsp_prod);
	q->rx_told = q->rx_cons;
	return 0;
}

static void release(struct net_queue *q)
{
	backend_close_port(&q->port[1]);
	backend_close_port(&q->port[0]);
	__skb_queue_purge(&q->packets);
	if (q->flight)
		net_flight_close(q->flight);
	q->flight = NULL;
	backend_unmap_ring(&q->ring[1]);
	backend_unmap_ring(&q->ring[0]);
}

/**
 * net_queue_open() - a queue as a front end describes it; nothing happens yet
 * @q: zeroed but for @nb and @index
 * @args: any values
 *
 * Context: sleepable.
 * Return: 0, or what backend_map_ring() and backend_bind_port() return, -ENOMEM;
 * then nothing is left.
 */
int net_queue_open(struct net_queue *q, const struct backend_queue_args *args)
{
	struct task_struct *thread;
	int ret = -ENOMEM;

	skb_queue_head_init(&q->packets);
	q->flight = net_flight_open();
	if (!q->flight)
		return ret;
	ret = map_rings(q, args);
	if (!ret)
		ret = bind_ports(q, args);
	if (ret)
		goto release;
	thread = kthread_create(queue_thread, q, "%s-q%u", q->nb->dev->name, q->index);
	if (IS_ERR(thread)) {
		ret = PTR_ERR(thread);
		goto release;
	}
	q->thread = thread;
	return 0;

release:
	release(q);
	return ret;
}

/**
 * net_queue_start() - begin
 * @q: open
 *
 * Context: sleepable.
 */
void net_queue_start(struct net_queue *q)
{
	WRITE_ONCE(q->kicked, true);	/* what came before */
	wake_up_process(q->thread);
}

/**
 * net_queue_close() - undo net_queue_open() and net_queue_start()
 * @q: the interface sends it nothing more
 *
 * Packets under way in domain 0 are waited for, but not for long: what somebody
 * keeps is unpinned when he lets go.
 *
 * Context: sleepable.
 */
void net_queue_close(struct net_queue *q)
{
	wait_event_timeout(q->flight->wait, !atomic_read(&q->flight->nr),
			   msecs_to_jiffies(DRAIN_MS));
	kthread_stop(q->thread);
	release(q);
}
