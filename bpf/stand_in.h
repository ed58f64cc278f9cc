/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Since 7.0 a program on a tracepoint can be preempted, and while it is, the kernel does not run it for others on the
 * same CPU: their events would be lost, and whoever times it well could hide one. So there each of these programs has
 * stand-ins behind it on the same hook: the same program again, for what has not been done. A task comes to all of them
 * with one event before its next one, and what one of them has begun is done when the task comes to the next.
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

/* Tells an event from all others on its hook: by its task, and where that has several by their number. */
struct event {
	u64 start_ns;
	u32 pid;
	u32 number;
};

static __always_inline struct event event_of(struct task_struct *task, u32 number)
{
	return (struct event){ .start_ns = task->start_boottime, .pid = task->pid, .number = number };
}

struct latest_events {
	struct event hooks[HOOKS];
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct latest_events);
} latest_events SEC(".maps");

/*
 * Whether this event was begun just before, on this CPU: then stand-ins are done with it at once. If not, another task
 * came between, or the kernel refused to run the programs before; what was done tells which.
 */
static __always_inline bool is_latest(enum hook hook, u32 stand_in, const struct event event)
{
	struct latest_events *events;
	struct event *latest;
	u32 zero = 0;

	events = bpf_map_lookup_elem(&latest_events, &zero);
	if (!events)
		return false;
	latest = &events->hooks[hook];
	if (stand_in && latest->start_ns == event.start_ns && latest->pid == event.pid &&
	    latest->number == event.number) {
		/* A rename's number is not its own. */
		if (stand_in == STAND_INS)
			latest->start_ns = 0;
		return true;
	}
	*latest = event;
	return false;
}

#endif
