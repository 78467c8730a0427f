// SPDX-License-Identifier: GPL-2.0-only
/*
 * world.c: pCPUs, domains and vCPUs before anything runs.
 */
#include <stdlib.h>
#include "sim.h"

/**
 * DOC: simulator-world
 *
 * Called by main.c and the unit tests, before and after sim_run().
 */

static void init_cpus(struct sim *s)
{
	unsigned int i;

	s->cpus = calloc(s->nr_cpus, sizeof(*s->cpus));
	for (i = 0; s->cpus && i < s->nr_cpus; i++) {
		s->cpus[i].nr = i;
		s->cpus[i].online = true;
		s->cpus[i].timer.fire = cpu_fire;
	}
}

static void init_domain(struct sim *s, struct domain *d, struct class *k)
{
	unsigned int i;

	d->class = k;
	d->params = k->params;
	d->nr_vcpus = k->nr_vcpus;
	d->vcpus = &s->vcpus[s->nr_vcpus];
	s->nr_vcpus += k->nr_vcpus;
	for (i = 0; i < d->nr_vcpus; i++) {
		d->vcpus[i].domain = d;
		d->vcpus[i].affinity = k->affinity;
		d->vcpus[i].last_cpu = -1;
		d->vcpus[i].timer.fire = wake_fire;
	}
}

static void init_domains(struct sim *s)
{
	unsigned int i, j, nr = 0;

	for (i = 0; i < s->w->nr_classes; i++) {
		s->nr_domains += s->w->classes[i].nr_domains;
		nr += s->w->classes[i].nr_domains * s->w->classes[i].nr_vcpus;
	}
	s->domains = calloc(s->nr_domains, sizeof(*s->domains));
	s->vcpus = calloc(nr, sizeof(*s->vcpus));
	s->heap = calloc(nr + 2 * s->nr_cpus + 8, sizeof(struct timer *));
	if (!s->domains || !s->vcpus || !s->heap || !s->cpus)
		abort();
	nr = 0;
	for (i = 0; i < s->w->nr_classes; i++) {
		s->w->classes[i].domains = &s->domains[nr];
		for (j = 0; j < s->w->classes[i].nr_domains; j++)
			init_domain(s, &s->domains[nr++], &s->w->classes[i]);
	}
}

/**
 * sim_new() - set up a simulation
 * @w: the workload; no other simulation may use it at the same time
 * @model: the scheduler
 *
 * Return: the simulation; ends the program when there is no memory.
 */
struct sim *sim_new(struct workload *w, const struct model *model)
{
	struct sim *s = calloc(1, sizeof(*s));

	if (!s)
		abort();
	s->w = w;
	s->model = model;
	s->random = w->seed;
	s->now_ns = SEC;	/* not 0: nothing may rely on that */
	s->start_ns = s->now_ns + w->settle_ns;
	s->nr_cpus = w->nr_cpus;
	s->nr_online = w->nr_cpus;
	s->kicked_tail = &s->kicked;
	init_cpus(s);
	init_domains(s);
	model->init(s);
	return s;
}

void sim_free(struct sim *s)
{
	free(s->shares);
	free(s->heap);
	free(s->vcpus);
	free(s->domains);
	free(s->cpus);
	free(s);
}
