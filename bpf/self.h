/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Where is the tracer? In a container it can know neither its host pid nor its cgroup's path. It takes a name that
 * nobody else can guess; the program that sees that name looks up the rest.
 */
#ifndef SELF_H
#define SELF_H

#include "scope.h"

static __noinline int locate(struct task_struct *task)
{
	struct css_set *set = task->cgroups;
	struct cgroup *cgroup = set->dfl_cgrp;

	if (config.v1_controller && cgroup->level == 0)
		cgroup = v1_cgroup(set);
	shared.self.levels = 0;
#pragma unroll
	for (int i = 0; i < SELF_LEVELS; i++) {
		shared.self.cgroups[i] = cgroup_key(cgroup);
		bpf_probe_read_kernel_str(shared.self.names[i], SELF_NAME_BYTES, cgroup->kn->name);
		shared.self.levels++;
		cgroup = cgroup->self.parent->cgroup;
		if (!cgroup)
			break;
	}
	shared.self.pid = task->tgid;
	return 0;
}

static __always_inline void find_self(struct task_struct *task, const char *comm)
{
	u64 wanted[2], seen[2] = {};

	__builtin_memcpy(wanted, shared.self_name, sizeof(wanted));
	bpf_probe_read_kernel_str(seen, sizeof(seen), comm);
	if (wanted[0] && seen[0] == wanted[0] && seen[1] == wanted[1])
		locate(task);
}

#endif
