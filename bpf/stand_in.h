/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Since 7.0 a program on a tracepoint can be preempted, and while it is, the kernel does not run it for others on the
 * same CPU: their events would be lost, and whoever times it well could hide one. So there each of these programs has
 * stand-ins behind it on the same hook. The first does the work where the program itself is under way in a task that was
 * preempted, the next where that one is, too.
 */
#ifndef STAND_IN_H
#define STAND_IN_H

#include "state.h"

enum hook {
	HOOK_FORK,
	HOOK_RENAME,
	HOOK_EXEC,
	HOOK_EXIT,
	HOOKS,
};

/* The program itself is 0. A preempted program keeps its CPU, so a word is written by one task at a time. */
struct under_way {
	u32 hooks[HOOKS][1 + STAND_INS];
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct under_way);
} under_way SEC(".maps");

/* Whether a program is to do the work: itself always, a stand-in where the kernel refused to run all before it. */
static __always_inline bool begins_work(enum hook hook, u32 stand_in)
{
	struct under_way *found;
	u32 zero = 0, before;

	if (!config.possible_cpus)
		return stand_in == 0;
	found = bpf_map_lookup_elem(&under_way, &zero);
	if (!found)
		return stand_in == 0;
#pragma unroll
	for (before = 0; before < stand_in; before++)
		if (!*(volatile u32 *)&found->hooks[hook][before])
			return false;
	if (stand_in)
		__sync_fetch_and_add(&shared.stood_in, 1);
	*(volatile u32 *)&found->hooks[hook][stand_in] = 1;
	return true;
}

static __always_inline void ends_work(enum hook hook, u32 stand_in)
{
	struct under_way *found;
	u32 zero = 0;

	if (!config.possible_cpus)
		return;
	found = bpf_map_lookup_elem(&under_way, &zero);
	if (found)
		*(volatile u32 *)&found->hooks[hook][stand_in] = 0;
}

#endif
